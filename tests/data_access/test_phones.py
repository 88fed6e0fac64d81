"""Who sees which phone, call and voicemail of the moment."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.cast import ALICE, BIRGIT, BOB, CARL, at
from support.databases import Load
from support.live_agency import a_morning, load_live_agency, messages, phones
from support.relatel_fake import TOKEN, FakeRelatel, served

from data_access.questions.people import viewer_of
from data_access.questions.phones import (
    latest_call,
    live_calls,
    people_on_phones,
    phone_source_state,
    unheard_voicemails,
    unmapped_employees,
)
from data_access.relatel.api import Clock, DisconnectedError, RelatelApi
from data_access.relatel.sync import Sync
from data_access.scope import Scope, scope_of
from metrics.house_rules import HouseRules

Rows = Callable[[str], list[tuple[object, ...]]]
NOON = at("12:00")
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)


def as_seen_by(initials: str) -> Scope:
    viewer = viewer_of(initials, NOON, NOON.date())
    assert viewer is not None
    return scope_of(viewer)


def poll(fake: FakeRelatel, rules: HouseRules) -> None:
    with RelatelApi(fake.address, TOKEN, Clock(lambda: NOON, lambda: 0.0, lambda _: None), 1_000_000) as api:
        Sync(api, lambda: rules, follows=True, say=print).once(NOON - timedelta(days=1))


@pytest.fixture
def live(load: Load, tmp_path: Path, house_rules: HouseRules) -> FakeRelatel:  # noqa: ARG001
    load_live_agency(tmp_path, house_rules, NOON)
    fake = FakeRelatel(a_morning(NOON), lambda: NOON, phones(NOON), messages(NOON))
    with served(fake):
        poll(fake, house_rules)
    return fake


@pytest.mark.usefixtures("live")
def test_the_calls_that_go_on_are_seen_by_their_teams_and_by_whose_phone_it_is(house_rules: HouseRules) -> None:
    scopes = [("all", EVERYTHING), *((one, as_seen_by(one)) for one in (ALICE, BOB, BIRGIT, CARL))]
    seen = {}
    for who, scope in scopes:
        found = live_calls(scope, house_rules, NOON)
        seen[who] = [(row.queue, row.agents, row.state, row.seconds) for row in found.itertuples()]
    talk, wait = ("Hovednummer", BOB, "talking", 86), ("Skade", f"{CARL}, Employee#9", "ringing", 21)
    cut = ("Skade", f"{CARL} +1", "ringing", 21)
    # Alice leads North, whose queue is Hovednummer; Skade is South's. Birgit has neither a team to lead nor a call.
    # Carl sees that another phone rings too, and not whose.
    assert seen == {"all": [talk, wait], ALICE: [talk], BOB: [talk], BIRGIT: [], CARL: [cut]}


@pytest.mark.usefixtures("live")
def test_a_call_shows_its_customer_to_who_may_see_customers(house_rules: HouseRules) -> None:
    assert live_calls(EVERYTHING, house_rules, NOON)["customer"].dropna().tolist() == ["C-1"]
    blind = Scope(sees_everything=True)
    assert live_calls(blind, house_rules, NOON)["customer"].dropna().tolist() == []


@pytest.mark.usefixtures("live")
def test_everybody_on_shift_stands_with_the_state_of_his_phone(house_rules: HouseRules) -> None:
    people = people_on_phones(EVERYTHING, house_rules, NOON)
    assert [(row.agent, row.state, row.on_shift, row.is_blocked) for row in people.itertuples()] == [
        ("DOR", "do_not_disturb", True, True),
        (BOB, "talking", True, False),
        (CARL, "ringing", True, False),
        (BIRGIT, "free", True, False),
    ]
    assert people.set_index("agent").loc[BOB, "since"] == NOON - timedelta(seconds=86)  # since he answered
    assert people_on_phones(as_seen_by(ALICE), house_rules, NOON)["agent"].tolist() == ["DOR", BOB, BIRGIT]
    assert people_on_phones(as_seen_by(CARL), house_rules, NOON)["agent"].tolist() == [CARL]


@pytest.mark.usefixtures("live")
@pytest.mark.usefixtures("tmp_path")
def test_who_is_absent_is_not_expected_at_his_phone(load: Load, house_rules: HouseRules) -> None:
    absence = "agent,kind,first_day,last_day\nDOR,vacation,2026-05-06,2026-05-06\n"
    assert not load("absences", absence).rejects
    people = people_on_phones(EVERYTHING, house_rules, NOON).set_index("agent")
    assert not people.loc["DOR", "on_shift"]
    assert not people["is_blocked"].any()


@pytest.mark.usefixtures("load")
def test_a_phone_that_is_off_outside_a_shift_is_nobodys_matter(tmp_path: Path, house_rules: HouseRules) -> None:
    load_live_agency(tmp_path, house_rules, NOON - timedelta(days=1))  # shifts of yesterday
    fake = FakeRelatel([], lambda: NOON, [one | {"live_presence": "offline"} for one in phones(NOON)])
    with served(fake):
        poll(fake, house_rules)
    # Dora's phone is off and says do not disturb: shown, and no fault without a shift.
    people = people_on_phones(EVERYTHING, house_rules, NOON)
    assert [(row.agent, row.is_blocked) for row in people.itertuples()] == [("DOR", False)]


@pytest.mark.usefixtures("live")
def test_voicemails_and_the_last_call_are_seen_by_the_queues_teams(house_rules: HouseRules) -> None:
    for scope, count in ((EVERYTHING, 1), (as_seen_by(ALICE), 1), (as_seen_by(CARL), 0)):
        found = unheard_voicemails(scope, house_rules, NOON)
        assert list(found["customer"]) == ["C-1"] * count
        assert (latest_call(scope, house_rules, NOON) is not None) == bool(count)
    # The call of seven minutes ago lasted 200 seconds.
    ended_at = NOON - timedelta(minutes=7) + timedelta(seconds=200)
    assert latest_call(EVERYTHING, house_rules, NOON) == (ended_at, "Hovednummer", "answered")


@pytest.mark.usefixtures("live")
def test_an_employee_whom_nobody_knows_is_listed_for_who_sees_everything() -> None:
    assert [(row.endpoint, row.name) for row in unmapped_employees(EVERYTHING).itertuples()] == [
        ("Employee#9", "Karsten Kollega")
    ]
    assert unmapped_employees(as_seen_by(ALICE)).empty


def test_how_it_stands_is_said_to_everybody_and_why_to_who_sees_everything(
    live: FakeRelatel, house_rules: HouseRules
) -> None:
    state = phone_source_state(EVERYTHING, house_rules, NOON)
    assert state is not None
    assert (state.follows, state.is_late, state.problem, state.answered_at) == (True, False, None, NOON)
    live.faults, live.fault_rate = ("403",), 1.0
    with served(live), pytest.raises(DisconnectedError):
        poll(live, house_rules)
    for scope, detail in ((EVERYTHING, "/calls: answers 403"), (as_seen_by(CARL), None)):
        state = phone_source_state(scope, house_rules, NOON + timedelta(minutes=3))
        assert state is not None
        assert (state.is_late, state.problem, state.detail) == (True, "forbidden", detail)
        assert (state.answered_at, state.failing_since) == (NOON, NOON)


@pytest.mark.usefixtures("agency")
def test_without_a_live_telephone_system_there_is_nothing_to_say(house_rules: HouseRules) -> None:
    assert phone_source_state(EVERYTHING, house_rules, NOON) is None
    for question in (live_calls, people_on_phones, unheard_voicemails):
        assert question(EVERYTHING, house_rules, NOON).empty

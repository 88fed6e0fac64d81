"""Relatel, live: what an account may say that nobody expects, and what must not be lost, shown or undone by it."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.cast import BIRGIT, BOB, at
from support.databases import ON_SQLITE, Load, begins_with
from support.relatel_fake import TOKEN, FakeRelatel, Leg, PlannedCall, employee, served, some_calls
from support.relatel_runs import ALIASES, NOON, Rows, Watch, fake_of, run, stored_calls, true_calls
from support.templates import AGENCY

from data_access.database.engine import current_engine
from data_access.loading.load import load_file, rebuild
from data_access.questions.phones import live_calls, people_on_phones
from data_access.relatel.api import Clock, DisconnectedError, RelatelApi, StoppedError
from data_access.relatel.sync import Sync
from data_access.scope import Scope
from metrics.house_rules import HouseRules, Seconds

EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
MAPPING = Path("data_access/sources/mappings/relatel_calls.toml")
NOT_UNICODE = "\ud800"


@begins_with(AGENCY)
def mapped(load: Load) -> None:
    load.all_of(("aliases", ALIASES))


class Twisted(FakeRelatel):
    """The fake, whose pages of calls are twisted before they are sent."""

    twist: Callable[[list[dict[str, Any]], dict[str, str]], list[Any]] = staticmethod(lambda page, _asked: page)

    def page(self, asked: dict[str, str]) -> list[Any]:
        return self.twist(super().page(asked), asked)


def twisted(calls: list[PlannedCall], watch: Watch, twist: Callable[..., list[Any]]) -> Twisted:
    fake = Twisted(calls, watch.now, [employee(number) for number in range(1, 10)])
    fake.twist = twist  # type: ignore[method-assign]
    return fake


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_an_outage_after_a_file_of_the_newest_calls_loses_nothing(house_rules: HouseRules, tmp_path: Path) -> None:
    watch = Watch()
    calls = some_calls(400, NOON, NOON + timedelta(days=3), seed=21)
    fake = fake_of([PlannedCall(900, NOON - timedelta(hours=1))], watch)
    with served(fake):
        run(fake, watch, house_rules)
        watch.at += timedelta(days=3, hours=1)
        fake.plan([*fake.calls, *calls])
        export = tmp_path / "export.json"
        export.write_text(json.dumps({"calls": [fake.calls[-1].as_seen(watch.at)]}))
        load_file("calls", export, MAPPING, house_rules, watch.now)
        run(fake, watch, house_rules)
    assert stored_calls() == true_calls(fake)


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_one_call_of_long_ago_among_the_newest_ends_nothing(house_rules: HouseRules) -> None:
    """A page ends a span when its last calls are older, not when any is."""
    watch = Watch()
    old = PlannedCall(900, at("12:00").replace(year=2001))

    def with_an_old_one(page: list[Any], asked: dict[str, str]) -> list[Any]:
        return page if "started_at_lt_or_eq" in asked else [*page[:3], old.as_seen(NOON), *page[3:-1]]

    fake = twisted(some_calls(400, NOON - timedelta(days=20), NOON, seed=22), watch, with_an_old_one)
    with served(fake):
        run(fake, watch, house_rules)
    assert stored_calls() == true_calls(fake) | {old.true_call()}


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_a_short_page_with_the_boundary_alone_hides_no_call_of_its_second(house_rules: HouseRules) -> None:
    watch = Watch()
    second = NOON - timedelta(hours=2)
    calls = [PlannedCall(number, second) for number in range(1, 4)] + [PlannedCall(4, NOON - timedelta(hours=1))]
    fake = twisted(calls, watch, lambda page, asked: page[:2] if "started_at_lt_or_eq" not in asked else page[:1])
    # Asked for exactly that second, it still sends one a page: what cannot be had otherwise, direction and status give.
    with served(fake):
        run(fake, watch, house_rules)
    assert {call.uuid for call in calls[2:]} <= {row[0] for row in stored_calls()}
    full = twisted(calls, watch, lambda page, asked: page[:2] if len(asked) < 3 else page)
    with served(full):
        run(full, Watch(NOON + timedelta(hours=5)), house_rules)
    assert stored_calls() == true_calls(full)


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_an_empty_page_is_believed_the_second_time(house_rules: HouseRules) -> None:
    watch = Watch()
    asked_for = []

    def empty_once(page: list[Any], asked: dict[str, str]) -> list[Any]:
        asked_for.append(asked)
        return [] if len(asked_for) == 4 else page

    fake = twisted(some_calls(600, NOON - timedelta(days=20), NOON, seed=23), watch, empty_once)
    with served(fake):
        run(fake, watch, house_rules)
    assert stored_calls() == true_calls(fake)


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_a_source_that_ignores_what_is_asked_for_is_a_fault(house_rules: HouseRules) -> None:
    watch = Watch()
    calls = some_calls(300, NOON - timedelta(days=20), NOON, seed=24)
    fake = twisted(calls, watch, lambda page, _asked: page)
    fake.page = lambda _asked: FakeRelatel.page(fake, {"limit": "100"})  # type: ignore[method-assign]
    with served(fake), pytest.raises(DisconnectedError, match="later calls than were asked for"):
        run(fake, watch, house_rules)
    assert fake.asked["/calls"] < 20


GOOD = PlannedCall(1, NOON - timedelta(hours=1), answered=3, legs=(Leg("Employee#1", 1, 3, 60),), answered_by=1)
GOES_ON = PlannedCall(2, NOON - timedelta(seconds=20), ended=None, legs=(Leg("Employee#2", 1, None, None),))
HOSTILE: list[dict[str, Any]] = [
    *({name: text} for name in ("call_uuid", "direction", "endpoint", "endpoint_name", "remote_number", "status")
      for text in (NOT_UNICODE, "\0", "x" * 30_000)),
    *({"call_uuid": value} for value in (None, 5, [], {}, "")),
    *({"direction": value} for value in ([], {}, 5)),
    *({"nodes": value} for value in (5, "none", {}, [None], [{"endpoint": 5}], [{"endpoint": "Employee#1"}])),
    *({"nodes": [{"endpoint": f"Employee#{text}", "started_at": "2026-05-06T12:00:00Z", "node_uuid": text}]}
      for text in (NOT_UNICODE, "\0", "x" * 9000)),
    *({"answered_by": value} for value in (5, [], {"id": []}, {"id": 10**400}, {"id": NOT_UNICODE})),
    *({"started_at": value} for value in (None, 5, "soon", "2026-05-06", "9999-12-31T23:59:59Z", NOT_UNICODE)),
    *({"ended_at": value} for value in (5, [], "never", "0001-01-01T00:00:00Z")),
    *({"answered_at": value} for value in (5, [], "never", NOT_UNICODE)),
]  # fmt: skip


def beside(entries: list[Any], page: list[Any], asked: dict[str, str]) -> list[Any]:
    return page if "started_at_lt_or_eq" in asked else [*entries, *page]


@pytest.mark.parametrize("base", [GOOD, GOES_ON], ids=["ended", "going on"])
@pytest.mark.usefixtures("mapped")
def test_no_entry_stops_the_others(base: PlannedCall, house_rules: HouseRules, rows_of: Rows) -> None:
    """Some hostile entries stand on one page with a good call: that is loaded, and the run ends as runs do."""
    watch, hostile = Watch(), [*HOSTILE, None, [], "call", 5]
    for place in range(0, len(hostile), 5):
        some = hostile[place : place + 5]
        good = PlannedCall(1000 + place, NOON - timedelta(minutes=place + 1))
        entries = [base.as_seen(NOON) | wrong if isinstance(wrong, dict) else wrong for wrong in some]
        fake = twisted([good], watch, partial(beside, entries))
        with served(fake):
            run(fake, watch, house_rules)
        assert rows_of(f"SELECT count(*) FROM call WHERE source_id = '{good.uuid}'") == [(1,)], some
        assert rows_of("SELECT problem FROM phone_source")[0][0] in (None, "changed"), some


HOSTILE_NAMES: list[dict[str, Any]] = [
    *({name: text} for name in ("name", "endpoint", "number") for text in (NOT_UNICODE, "\0", "x" * 9000, 5, [])),
    {"live_presence": []},
    {"do_not_disturb": "yes", "dnd_timeout_at": 5},
    {"id": None},
    {"id": 10**400, "endpoint": None},
]


@ON_SQLITE
@pytest.mark.parametrize("path", ["/employees", "/employee_groups", "/receptions", "/voice_mails"])
@pytest.mark.usefixtures("mapped")
def test_no_name_stops_the_calls(path: str, house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    usual = {"id": 4, "name": "Navn", "endpoint": "Reception#4", "created_at": "2026-05-06T11:00:00Z", "heard": False}
    for place in range(0, len(HOSTILE_NAMES), 4):
        some = HOSTILE_NAMES[place : place + 4]
        good = PlannedCall(1000 + place, NOON - timedelta(minutes=place + 1))
        fake = fake_of([good], watch)
        entries = [usual | wrong for wrong in some for _twice in range(2)]
        fake.answer = partial(with_entries, fake.answer, path, entries)  # type: ignore[method-assign]
        with served(fake), suppress(DisconnectedError):
            run(fake, watch, house_rules)
        assert rows_of(f"SELECT count(*) FROM call WHERE source_id = '{good.uuid}'") == [(1,)], some
        assert rows_of("SELECT problem FROM phone_source")[0][0] in (None, "changed"), some


def with_entries(normal: Callable[..., Any], path: str, entries: list[Any], asked_path: str, asked: Any) -> Any:
    """The usual answer, to which entries are added in one of the lists."""
    answer = normal(asked_path, asked)
    if asked_path == path:
        name = path.removeprefix("/")
        answer = {name: [*answer[name][:1], *entries]}
    return answer


@ON_SQLITE
@pytest.mark.parametrize("path", ["/employees", "/employee_groups", "/receptions", "/voice_mails"])
@pytest.mark.usefixtures("mapped")
def test_a_list_that_is_refused_is_told_and_keeps_no_call_away(
    path: str, house_rules: HouseRules, rows_of: Rows
) -> None:
    watch = Watch()
    fake = fake_of([GOOD], watch)
    normal = fake.answer
    fake.answer = lambda asked_path, asked: None if asked_path == path else normal(asked_path, asked)  # type: ignore[method-assign]
    with served(fake), pytest.raises(DisconnectedError, match=f"{path}: answers 404"):
        run(fake, watch, house_rules)
    assert rows_of("SELECT count(*) FROM call") == [(1,)]
    told = "SELECT problem, problem_detail, answered_at IS NOT NULL, failing_since IS NOT NULL FROM phone_source"
    assert rows_of(told) == [("refused", f"{path}: answers 404", True, True)]


@pytest.mark.usefixtures("mapped")
def test_an_entry_that_cannot_be_read_is_recorded_once(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch(ends_at=NOON + timedelta(minutes=5))
    fake = twisted([GOOD], watch, lambda page, _asked: [*page, GOOD.as_seen(NOON) | {"started_at": None}])
    with served(fake), RelatelApi(fake.address, TOKEN, watch.clock, 600) as api, pytest.raises(StoppedError):
        Sync(api, lambda: house_rules, follows=True, say=print).follow(NOON - timedelta(days=1), poll_seconds=10)
    assert rows_of("SELECT count(*) FROM import_run WHERE kind = 'calls'")[0][0] <= 2
    assert rows_of("SELECT count(*) FROM import_reject WHERE reason LIKE '%started_at is missing%'") == [(1,)]


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_rules_that_change_while_it_follows_hold_from_then_on(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    longer = [Seconds.model_validate({"from": "2000-01-01", "value": 25})]
    thresholds = house_rules.thresholds.model_copy(update={"short_seconds": longer})
    changed = house_rules.model_copy(update={"thresholds": thresholds})
    in_force = [house_rules]
    fake = fake_of([PlannedCall(1, NOON - timedelta(hours=1), status="missed", ended=20)], watch)
    with served(fake), RelatelApi(fake.address, TOKEN, watch.clock, 600) as api:
        sync = Sync(api, lambda: in_force[0], follows=True, say=print)
        sync.begin(NOON - timedelta(days=1))
        sync.poll()
        assert rows_of("SELECT outcome FROM call") == [("abandoned",)]
        in_force[0] = changed
        rebuild(changed)
        fake.plan([*fake.calls, PlannedCall(2, NOON - timedelta(minutes=50), status="missed", ended=20)])
        sync.poll()
    assert rows_of("SELECT outcome FROM call") == [("short",), ("short",)]
    assert rows_of("SELECT rules_digest FROM database_info") == [(changed.derivation_digest,)]


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_one_reading_beside_the_follower_leaves_the_live_pages_on(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    fake = fake_of([GOOD], watch)
    with served(fake):
        with RelatelApi(fake.address, TOKEN, watch.clock, 600) as api:
            follower = Sync(api, lambda: house_rules, follows=True, say=print)
            follower.begin(None)
            follower.poll()
        run(fake, watch, house_rules)
        assert rows_of("SELECT follows FROM phone_source")[0][0]
        watch.at += timedelta(days=1)  # nobody has followed it for a day
        run(fake, watch, house_rules)
    assert not rows_of("SELECT follows FROM phone_source")[0][0]


@pytest.mark.usefixtures("mapped")
def test_what_the_phones_said_is_as_old_as_the_question(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    fake = fake_of([GOOD], watch)
    normal = fake.answer

    def slow(path: str, asked: dict[str, str]) -> Any:
        if path == "/calls":
            watch.at += timedelta(minutes=20)
        return normal(path, asked)

    fake.answer = slow  # type: ignore[method-assign]
    with served(fake), RelatelApi(fake.address, TOKEN, watch.clock, 600) as api:
        sync = Sync(api, lambda: house_rules, follows=True, say=print)
        sync.begin(NOON - timedelta(hours=2))
        sync.poll()
        sync.catch_up(10)
    [(answered_at,)] = rows_of("SELECT answered_at FROM phone_source")
    assert str(answered_at).startswith("2026-05-06 10:00:00")


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_who_is_told_to_come_back_much_later_says_so_at_once(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch(ends_at=NOON + timedelta(hours=1))
    asked_at = []

    class Later(RelatelApi):
        """A 429 with an hour to wait, as it would come from the server."""

        def ask(self, path: str, parameters: dict[str, str]) -> Any:
            self.clock.pause(0)
            asked_at.append(watch.at)
            assert path or parameters
            raise DisconnectedError("rate_limited", f"{path}: answers 429", 900.0)

    with Later("http://127.0.0.1", TOKEN, watch.clock, 600) as api:
        sync = Sync(api, lambda: house_rules, follows=True, say=print)
        with pytest.raises(StoppedError):
            sync.follow(None)
    assert rows_of("SELECT problem FROM phone_source") == [("rate_limited",)]
    waits = {(later - earlier).total_seconds() for earlier, later in pairwise(asked_at)}
    assert waits <= {0.0, 900.0}


def test_a_forgotten_call_keeps_nobody_busy(mapped: Load, house_rules: HouseRules) -> None:
    mapped("shifts", f"agent,starts_at,ends_at\n{BOB},2026-05-06T09:00,2026-05-06T22:00\n")
    watch = Watch()
    talks = PlannedCall(5, NOON - timedelta(minutes=5), answered=2, ended=None, legs=(Leg("Employee#1", 1, 2, None),))
    fake = fake_of([talks], watch)
    fake.employees = [employee(1, do_not_disturb=True), employee(2)]
    with served(fake):
        run(fake, watch, house_rules)
        states = [people_on_phones(EVERYTHING, house_rules, watch.at)["state"].tolist()]
        watch.at += timedelta(hours=6)
        run(fake, watch, house_rules)
    states.append(people_on_phones(EVERYTHING, house_rules, watch.at)["state"].tolist())
    assert states == [["talking", "free"], ["do_not_disturb", "free"]]
    assert live_calls(EVERYTHING, house_rules, watch.at)["state"].tolist() == ["unknown"]


@pytest.mark.parametrize(
    ("call", "agents", "state"),
    [
        (PlannedCall(5, NOON, direction="outgoing", endpoint="Employee#1", ended=None), BOB, "ringing"),
        (PlannedCall(5, NOON, answered=1, ended=None), "", "talking"),
        (PlannedCall(5, NOON, ended=None, legs=(Leg("Employee#9", 1),)), "Employee#9", "ringing"),
    ],
)
@pytest.mark.usefixtures("mapped")
def test_who_is_in_a_call_is_told_also_without_a_leg(
    call: PlannedCall, agents: str, state: str, house_rules: HouseRules
) -> None:
    watch = Watch(NOON + timedelta(seconds=5))
    fake = fake_of([call], watch)
    with served(fake):
        run(fake, watch, house_rules)
    found = live_calls(EVERYTHING, house_rules, watch.at)
    assert (found["agents"].tolist(), found["state"].tolist()) == ([agents], [state])


def test_an_alias_that_comes_while_a_call_goes_on_names_its_phone(mapped: Load, house_rules: HouseRules) -> None:
    watch = Watch(NOON + timedelta(seconds=5))
    fake = fake_of([PlannedCall(5, NOON, ended=None, legs=(Leg("Employee#9", 1),))], watch)
    with served(fake):
        run(fake, watch, house_rules)
        mapped("aliases", "agent,source,source_agent\nCAR,relatel,Employee#9\n")
        run(fake, watch, house_rules)
    assert live_calls(EVERYTHING, house_rules, watch.at)["agents"].tolist() == ["CAR"]


def test_who_has_two_phones_is_one_person(mapped: Load, house_rules: HouseRules) -> None:
    mapped("aliases", f"agent,source,source_agent\n{BIRGIT},relatel,Employee#3\n")
    watch = Watch()
    fake = fake_of([], watch)
    fake.employees = [employee(2, "offline"), employee(3)]
    with served(fake):
        run(fake, watch, house_rules)
    people = people_on_phones(EVERYTHING, house_rules, NOON)
    assert people[["agent", "state"]].to_numpy().tolist() == [[BIRGIT, "free"]]


@pytest.mark.usefixtures("mapped")
def test_a_voicemail_that_is_deleted_waits_for_nobody(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    fake = fake_of([], watch)
    left = {"created_at": "2026-05-06T08:00:00Z", "heard": False, "from_number": None, "endpoint": "Reception#1"}
    fake.voice_mails = [left | {"id": 1}, left | {"id": 2}, left | {"id": 0, "created_at": "2026-05-01T08:00:00Z"}]
    with served(fake):
        run(fake, watch, house_rules)
        fake.voice_mails = fake.voice_mails[1:2]
        run(fake, watch, house_rules)
    # The list reaches back to the second alone: of the one from before nothing is known.
    assert rows_of("SELECT source_id FROM voicemail ORDER BY 1") == [("0",), ("2",)]


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_who_waits_for_another_writer_hears_that_it_should_stop(house_rules: HouseRules) -> None:
    waited = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if seconds == 1:
            raise StoppedError

    fake = fake_of([], Watch())
    clock = Clock(lambda: NOON, lambda: 0.0, pause)
    with current_engine().connect() as other, served(fake), RelatelApi(fake.address, TOKEN, clock, 60) as api:
        other.execution_options(writes=True)
        with other.begin(), pytest.raises(StoppedError):
            Sync(api, lambda: house_rules, follows=True, say=print).follow(None)
    assert waited[-1] == 1


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_what_cannot_be_read_of_long_ago_holds_nothing_up(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch(ends_at=NOON + timedelta(minutes=2))
    border = NOON - timedelta(days=5)

    def broken_before(page: list[Any], asked: dict[str, str]) -> list[Any]:
        too_old = "started_at_lt_or_eq" in asked and asked["started_at_lt_or_eq"] < border.isoformat()
        return [one | {"started_at": None} for one in page] if too_old else page

    fake = twisted(some_calls(600, NOON - timedelta(days=20), NOON, seed=25), watch, broken_before)
    with served(fake), RelatelApi(fake.address, TOKEN, watch.clock, 600) as api, pytest.raises(StoppedError):
        Sync(api, lambda: house_rules, follows=True, say=print).follow(NOON - timedelta(days=30), poll_seconds=10)
    assert rows_of("SELECT problem FROM phone_source") == [(None,)]
    assert fake.asked["/employees"] >= 8  # it went on every ten seconds but for the time that asking again took
    assert len(stored_calls()) > 100

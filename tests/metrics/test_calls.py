"""Rule C1 as tables: what a call counts as, and what a ring on one agent's phone counts as."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from support.cast import WEDNESDAY, at

from metrics.calls import belongs_to_its_call, call_outcome, falls_in_opening_hours, pair_outcome
from metrics.house_rules import HouseRules

UTC = "datetime64[us, UTC]"
BOB, BIRGIT, NORTH = 1, 2, 10
TEN = at("10:00")


def a_call(**facts: object) -> dict[str, object]:
    usual = {"status": None, "answered_at": None, "ended_after": 60, "rang": True, "picked_up": False}
    return usual | {"started_at": TEN, "local_date": WEDNESDAY} | facts


def outcome_of(call: dict[str, object], rules: HouseRules) -> str:
    frame = pd.DataFrame([call])
    ended = [None if call["ended_after"] is None else TEN + timedelta(seconds=float(str(call["ended_after"])))]
    frame = frame.assign(ended_at=pd.Series(ended, dtype=UTC)).astype({"started_at": UTC, "answered_at": UTC})
    return call_outcome(frame, rules)[0]


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        # answered comes before everything
        (a_call(picked_up=True), "answered"),
        (a_call(status="answered"), "answered"),
        (a_call(status="answered", rang=False), "answered"),  # the source names nobody
        (a_call(answered_at=at("10:00:20")), "answered"),  # the source has no status
        (a_call(status="overflow", picked_up=True), "answered"),  # answered after an overflow
        (a_call(status="voicemail", picked_up=True), "answered"),
        (a_call(picked_up=True, ended_after=5), "answered"),  # a quick answer is not short
        # short: hung up, unanswered, before 10 seconds
        (a_call(ended_after=9), "short"),
        (a_call(ended_after=9.9), "short"),
        (a_call(ended_after=10), "missed"),  # exactly 10 seconds are not short
        (a_call(status="voicemail", ended_after=9), "short"),  # short comes before redirected
        (a_call(rang=False, ended_after=9), "short"),  # short comes before abandoned
        (a_call(ended_after=None), "missed"),  # nobody knows when it ended
        # redirected: a machine, or an overflow without a person
        (a_call(status="voicemail"), "redirected"),
        (a_call(status="voicemail", answered_at=at("10:00:20")), "redirected"),  # the machine's pick-up is no answer
        (a_call(status="overflow"), "redirected"),
        (a_call(status="overflow", rang=False), "redirected"),  # redirected comes before abandoned
        # missed: a phone rang; abandoned: none did
        (a_call(status="unanswered"), "missed"),
        (a_call(status="unanswered", answered_at=at("10:00:20")), "missed"),  # the source's word decides
        (a_call(rang=False), "abandoned"),
        (a_call(status="orphaned", rang=False), "abandoned"),  # an unknown word says nothing
    ],
)
def test_a_call_counts_once_by_precedence(call: dict[str, object], outcome: str, house_rules: HouseRules) -> None:
    assert outcome_of(call, house_rules) == outcome


@pytest.mark.parametrize(
    ("started_at", "desks", "inside"),
    [
        (at("08:59:59"), ["agents"], False),  # a second before opening
        (at("09:00"), ["agents"], True),  # left boundary, should be counted
        (at("16:59:59"), ["agents"], True),
        (at("17:00"), ["agents"], False),  # right boundary, should not be counted
        (at("17:30"), ["agents", "kc"], True),  # a queue of two desks is open while one of them is
        (at("18:00"), ["agents", "kc"], False),
        (at("10:00"), [], True),  # a queue of no desk keeps the hours of the agents
        (at("16:30", date(2026, 5, 8)), ["agents"], False),  # on Fridays half an hour earlier
        (at("10:00", date(2026, 5, 1)), ["agents"], True),  # 1 May is no public holiday
        (at("10:00", date(2026, 5, 14)), ["agents"], False),  # Ascension Day is one
        (at("12:00", date(2026, 6, 5)), ["agents"], False),  # closed from noon on Constitution Day
        (at("11:59:59", date(2026, 6, 5)), ["agents"], True),
        (at("10:00", date(2026, 5, 10)), ["kc"], False),  # Sunday: KC opens at 11
        (at("11:00", date(2026, 5, 10)), ["kc"], True),
        # opening by the clock on the wall, on both days the clocks change (Sundays, so KC's hours)
        (datetime.fromisoformat("2026-03-29T08:59:59+00:00"), ["kc"], False),
        (datetime.fromisoformat("2026-03-29T09:00:00+00:00"), ["kc"], True),  # 11:00 summer time
        (datetime.fromisoformat("2026-10-25T09:59:59+00:00"), ["kc"], False),
        (datetime.fromisoformat("2026-10-25T10:00:00+00:00"), ["kc"], True),  # 11:00 winter time
    ],
)
def test_a_call_falls_in_the_opening_hours_by_its_start(
    started_at: datetime, desks: list[str], inside: bool, house_rules: HouseRules
) -> None:
    day = started_at.astimezone(house_rules.tzinfo).date()
    calls = pd.DataFrame({"queue_id": [7], "local_date": [day], "started_at": [started_at]}).astype({"started_at": UTC})
    queue_desks = pd.DataFrame({"queue_id": [7] * len(desks), "desk": desks, "from_date": day, "to_date": None})
    queue_desks = queue_desks.astype({"queue_id": "int64"})
    assert falls_in_opening_hours(calls, queue_desks, house_rules).tolist() == [inside]


def ring(
    outcome: str = "no_answer", rang_for: int = 20, agent: int | None = BOB, clock: str = "10:00"
) -> dict[str, object]:
    return {"outcome": outcome, "ring_seconds": rang_for, "agent_id": agent, "rang_at": at(clock)}


def spans(*clocks: tuple[int, str, str]) -> pd.DataFrame:
    rows = [
        {"agent_id": agent, "team_id": NORTH, "starts_at": at(start), "ends_at": at(end), "local_date": WEDNESDAY}
        for agent, start, end in clocks
    ]
    frame = pd.DataFrame(rows, columns=["agent_id", "team_id", "starts_at", "ends_at", "local_date"])
    return frame.astype({"agent_id": "int64", "starts_at": UTC, "ends_at": UTC})


NOBODYS = spans()
ALL_DAY = spans((BOB, "09:00", "17:00"), (BIRGIT, "09:00", "17:00"))


def outcomes(
    rings: list[dict[str, object]],
    rules: HouseRules,
    shifts: pd.DataFrame = ALL_DAY,
    absences: pd.DataFrame = NOBODYS,
    talks: pd.DataFrame = NOBODYS,
    call_answered: bool = False,
) -> list[str]:
    frame = pd.DataFrame(rings).assign(
        call_id=1,
        team_id=NORTH,
        call_answered=call_answered or any(row["outcome"] == "answered" for row in rings),
        local_date=WEDNESDAY,
        ring_date=WEDNESDAY,
    )
    frame = frame.astype({"rang_at": UTC, "agent_id": "Int64"})
    return pair_outcome(frame, shifts, absences, talks, rules).tolist()


@pytest.mark.parametrize(
    ("rang_for", "outcome"),
    [
        (9, "too_short"),
        (10, "not_picked_up"),  # left boundary: exactly the short threshold is a fair chance
        (60, "not_picked_up"),
    ],
)
def test_a_phone_that_rang_at_least_the_short_threshold_was_a_fair_chance(
    rang_for: int, outcome: str, house_rules: HouseRules
) -> None:
    assert outcomes([ring(rang_for=rang_for)], house_rules) == [outcome]


@pytest.mark.parametrize(
    ("rang_for", "outcome"),
    [
        (5, "taken_by_colleague"),
        (14, "taken_by_colleague"),
        (15, "taken_by_colleague"),  # exactly 15 seconds are not more than 15
        (16, "let_it_ring"),
    ],
)
def test_a_colleague_who_takes_the_call_makes_it_no_miss(rang_for: int, outcome: str, house_rules: HouseRules) -> None:
    birgits = ring("answered", agent=BIRGIT)
    assert outcomes([ring(rang_for=rang_for), birgits], house_rules) == [outcome, "answered"]
    assert outcomes([ring("answered_elsewhere", rang_for=rang_for)], house_rules) == [outcome]
    assert outcomes([ring(rang_for=rang_for)], house_rules, call_answered=True) == [outcome]  # by whom is not known


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], ["declined"]),
        ([ring("answered", agent=BIRGIT)], ["declined", "answered"]),  # whoever answers later
        ([ring("answered", clock="10:01")], ["repeated", "answered"]),  # the same agent answers in the end: one pair
        ([ring("no_answer", clock="10:01")], ["declined", "repeated"]),
    ],
)
def test_a_declined_pair_is_always_missed(
    others: list[dict[str, object]], expected: list[str], house_rules: HouseRules
) -> None:
    assert outcomes([ring("declined", rang_for=2), *others], house_rules) == expected


def test_repeated_rings_of_one_call_are_one_pair_and_their_seconds_add_up(house_rules: HouseRules) -> None:
    twice = [ring(rang_for=6), ring(rang_for=6, clock="10:01")]
    assert outcomes(twice, house_rules) == ["not_picked_up", "repeated"]  # 6 + 6 = 12 ≥ 10
    assert outcomes([ring(rang_for=4), ring(rang_for=4, clock="10:01")], house_rules) == ["too_short", "repeated"]


@pytest.mark.parametrize(
    ("clock", "outcome"),
    [
        ("09:59", "already_talking"),
        ("10:04:59", "already_talking"),
        ("10:05", "not_picked_up"),  # right boundary: he has just hung up
        ("09:54:59", "not_picked_up"),
        ("09:55", "already_talking"),  # left boundary
    ],
)
def test_who_is_already_talking_has_no_fair_chance(clock: str, outcome: str, house_rules: HouseRules) -> None:
    talks = spans((BOB, "09:55", "10:05"))
    assert outcomes([ring(clock=clock)], house_rules, talks=talks) == [outcome]


def test_overlapping_talks_count_until_the_last_one_ends(house_rules: HouseRules) -> None:
    talks = spans((BOB, "09:55", "10:05"), (BOB, "09:56", "09:57"))
    assert outcomes([ring(clock="10:04")], house_rules, talks=talks) == ["already_talking"]


@pytest.mark.parametrize(
    ("clock", "outcome"),
    [
        ("08:59:59", "off_shift"),
        ("09:00", "not_picked_up"),  # left boundary
        ("16:59:59", "not_picked_up"),
        ("17:00", "off_shift"),  # right boundary
    ],
)
def test_a_ring_off_shift_is_a_configuration_fault(clock: str, outcome: str, house_rules: HouseRules) -> None:
    assert outcomes([ring(clock=clock)], house_rules) == [outcome]


@pytest.mark.parametrize(
    ("clock", "outcome"),
    [("11:59:59", "absent"), ("12:00", "not_picked_up")],  # absent until noon: the afternoon counts
)
def test_absent_half_a_day_excuses_that_half(clock: str, outcome: str, house_rules: HouseRules) -> None:
    morning = spans((BOB, "00:00", "12:00"))
    assert outcomes([ring(clock=clock)], house_rules, absences=morning) == [outcome]


@pytest.mark.parametrize("outcome", ["answered", "declined"])
def test_who_answers_or_declines_off_shift_or_absent_had_a_fair_chance(outcome: str, house_rules: HouseRules) -> None:
    away = spans((BOB, "00:00", "23:59"))
    assert outcomes([ring(outcome, clock="20:00")], house_rules, absences=away) == [outcome]


@pytest.mark.parametrize("outcome", ["answered", "declined"])
def test_the_first_of_two_rings_stands_for_the_pair_whatever_the_rota_says(
    outcome: str, house_rules: HouseRules
) -> None:
    # The first came while he was away, the second on shift: the rota must not choose between them.
    rings = [ring(outcome, clock="08:00"), ring(outcome, clock="10:00")]
    for absences in (NOBODYS, spans((BOB, "07:00", "09:00"))):
        assert outcomes(rings, house_rules, absences=absences) == [outcome, "repeated"]


def test_a_ring_on_somebody_absent_is_a_fault_even_where_a_colleague_took_the_call(house_rules: HouseRules) -> None:
    away = spans((BOB, "00:00", "23:59"))
    rings = [ring(rang_for=20), ring("answered", agent=BIRGIT)]
    assert outcomes(rings, house_rules, absences=away) == ["absent", "answered"]


def test_where_no_rota_is_loaded_everybody_counts_as_on_shift(house_rules: HouseRules) -> None:
    assert outcomes([ring(clock="20:00")], house_rules, shifts=NOBODYS) == ["not_picked_up"]


def test_one_shift_in_the_week_makes_the_teams_rota_count_as_loaded(house_rules: HouseRules) -> None:
    birgits = spans((BIRGIT, "09:00", "17:00"))
    assert outcomes([ring()], house_rules, shifts=birgits) == ["off_shift"]
    southerners = birgits.assign(team_id=NORTH + 1)
    assert outcomes([ring()], house_rules, shifts=southerners) == ["not_picked_up"]  # another team's rota


def test_a_second_ring_when_free_again_is_the_fair_chance(house_rules: HouseRules) -> None:
    talks = spans((BOB, "09:55", "10:01"))
    rings = [ring(rang_for=30), ring(rang_for=12, clock="10:01")]
    assert outcomes(rings, house_rules, talks=talks) == ["repeated", "not_picked_up"]


def test_a_ring_without_an_agent_is_nobodys_fault(house_rules: HouseRules) -> None:
    assert outcomes([ring("answered", agent=None)], house_rules) == ["answered"]
    assert outcomes([ring(agent=None, clock="20:00")], house_rules) == ["not_picked_up"]


def test_the_threshold_in_force_when_the_call_began_decides(house_rules: HouseRules) -> None:
    stricter = {"from": WEDNESDAY + timedelta(days=1), "value": 30}
    content = house_rules.model_dump(by_alias=True)
    content["thresholds"]["short_seconds"].append(stricter)
    later = HouseRules.model_validate(content)
    assert outcome_of(a_call(ended_after=20), later) == "missed"  # the new threshold begins tomorrow
    tomorrow = a_call(ended_after=20, local_date=WEDNESDAY + timedelta(days=1))
    assert outcome_of(tomorrow, later) == "short"


@pytest.mark.parametrize(
    ("clock", "belongs"),
    [
        ("09:58:59", False),
        ("09:59", True),  # left boundary: clocks may differ by a minute
        ("10:00", True),
        ("16:59:59", True),
    ],
)
def test_a_ring_belongs_to_a_call_that_can_have_lasted_until_then(clock: str, belongs: bool) -> None:
    ring_of_ten = pd.DataFrame({"rang_at": [at(clock)], "started_at": [TEN], "outcome": ["no_answer"]})
    assert belongs_to_its_call(ring_of_ten).tolist() == [belongs]
    next_day = ring_of_ten.assign(rang_at=at("10:00", WEDNESDAY + timedelta(days=1)))
    assert belongs_to_its_call(next_day).tolist() == [False]  # right boundary: a day later
    assert belongs_to_its_call(next_day.assign(outcome="answered")).tolist() == [True]  # an answer is always theirs


def test_what_nobody_can_tell_is_made_no_miss(house_rules: HouseRules) -> None:
    assert outcomes([ring() | {"ring_seconds": None}], house_rules) == ["unknown"]
    assert outcomes([ring("busy")], house_rules) == ["unknown"]
    assert outcomes([ring("busy"), ring("answered", agent=BIRGIT)], house_rules) == ["let_it_ring", "answered"]


@pytest.mark.parametrize(
    ("from_date", "to_date", "inside"),
    [
        (date(2026, 5, 6), date(2026, 5, 8), True),  # the queue is KC's today, and will not be later
        (date(2026, 5, 1), date(2026, 5, 7), True),  # its last day
        (date(2026, 5, 1), date(2026, 5, 6), False),  # the first day no longer: the agents' hours
        (date(2026, 5, 7), None, False),  # not yet
        (date(2026, 5, 6), None, True),  # the first day
    ],
)
def test_a_queue_has_the_hours_of_whose_it_is_that_day(
    from_date: date, to_date: date | None, inside: bool, house_rules: HouseRules
) -> None:
    """At half past five on Wednesday KC is there and the agents are not."""
    calls = pd.DataFrame(
        {"queue_id": [7], "local_date": [date(2026, 5, 6)], "started_at": [at("17:30")]}, index=[41]
    ).astype({"started_at": UTC})
    queue_desks = pd.DataFrame({"queue_id": [7], "desk": ["kc"], "from_date": [from_date], "to_date": [to_date]})
    judged = falls_in_opening_hours(calls, queue_desks, house_rules)
    assert (judged.tolist(), judged.index.tolist()) == ([inside], [41])

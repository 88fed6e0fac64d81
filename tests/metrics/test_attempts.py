"""Rules A1 and A2, row by row; each boundary says why it stands there."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cast import WEDNESDAY, at

from metrics.attempts import (
    AttemptDay,
    PatternFacts,
    attempt_days,
    draws_reminders,
    is_new,
    is_not_reached_for_long,
    must_follow_the_pattern,
    upsets_customers,
)
from metrics.callbacks import Attempt, CallIn, HandOver, Holder, Note, Promise, Request, judge
from metrics.house_rules import DEFAULT_FILE, read_house_rules

RULES = read_house_rules(DEFAULT_FILE)
BOB, BIRGIT, KC = Holder("agents", 2), Holder("agents", 3), Holder("kc")
THURSDAY, FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 5, day) for day in (7, 8, 9, 11, 12))
SECOND = timedelta(seconds=1)
# Written on Wednesday at 10, so due on Thursday at 10.
REQUEST = Request(at("10:00"), BOB)


def call(clock: str, day: date = WEDNESDAY, *, reached: bool = False, by: int = 2) -> Attempt:
    return Attempt(at(clock, day), by, "call", reached)


def wrote(clock: str, day: date = WEDNESDAY, channel: str = "sms") -> Attempt:
    return Attempt(at(clock, day), 2, channel, reached=False)


def days_of(request: Request, now: datetime) -> tuple[AttemptDay, ...]:
    return attempt_days(request, judge(request, RULES, now), RULES, now)


def steps_on(day: date, request: Request, now: datetime) -> str:
    """First call, second call and message in short: d(one), m(issing), p(ending), n(ot required); empty where it is no
    attempt day."""
    return "".join("".join(step[0] for step in one.steps[:3]) for one in days_of(request, now) if one.day == day)


@pytest.mark.parametrize(
    ("attempts", "steps"),
    [
        ([], ""),  # due on Thursday only, and nobody has tried: Wednesday asks for nothing
        ([call("11:00")], "dmm"),  # stopped after one
        ([call("11:00"), call("11:30")], "dmm"),  # two dials exactly the gap apart are one attempt
        ([call("11:00"), call("11:30:01")], "ddm"),  # a second more: two attempts
        # A third dial is measured from the first of its attempt, not from the dial before.
        ([call("11:00"), call("11:20"), call("11:40")], "ddm"),
        ([call("11:00"), call("21:15")], "ddm"),  # the second in the evening counts for its day
        ([call("23:50"), call("00:10", THURSDAY)], "dmm"),  # past midnight it is the next day's
        ([call("11:00"), wrote("12:00"), call("14:00")], "ddm"),  # a message before the second call does not count
        ([call("11:00"), call("14:00"), wrote("14:05")], "ddd"),
        ([call("11:00"), call("14:00"), wrote("14:00")], "ddd"),  # noted in the same minute as the call
        ([call("11:00"), call("14:00"), wrote("14:05", channel="mail")], "ddd"),  # mail after does, too
        ([call("11:00"), call("14:00"), wrote("08:00", THURSDAY)], "ddm"),  # the next morning is too late for it
        ([wrote("11:00")], ""),  # a message alone is no attempt to call: no attempt day begins
        ([call("11:00"), call("14:00"), call("15:00"), wrote("15:01")], "ddd"),  # more is welcome
    ],
)
def test_the_steps_of_a_day_that_is_over(attempts: list[Attempt], steps: str) -> None:
    assert steps_on(WEDNESDAY, replace(REQUEST, attempts=tuple(attempts)), at("09:00", THURSDAY)) == steps


@pytest.mark.parametrize(
    ("now", "steps"),
    [
        (at("12:00"), "dpp"),  # today is pending
        (at("00:00", THURSDAY) - SECOND, "dpp"),  # until midnight
        (at("00:00", THURSDAY), "dmm"),  # then it is missing
    ],
)
def test_today_is_pending_until_midnight(now: datetime, steps: str) -> None:
    assert steps_on(WEDNESDAY, replace(REQUEST, attempts=(call("11:00"),)), now) == steps


def test_what_is_missing_today_is_named_in_order() -> None:
    (today,) = days_of(replace(REQUEST, attempts=(call("11:00"),)), at("12:00"))
    assert today.steps == ("done", "pending", "pending", "done")
    assert not today.is_due  # a day counts once it is over


@pytest.mark.parametrize(
    ("ending", "steps"),
    [
        ({"attempts": (call("11:00", reached=True),)}, "dnn"),  # reached on the first attempt: nothing more is due
        ({"attempts": (call("11:00"), call("14:00", reached=True))}, "ddn"),
        ({"attempts": (call("11:00"),), "call_ins": (CallIn(at("15:00"), 2),)}, "dnn"),  # he called in himself
        ({"attempts": (call("11:00"),), "withdrawn_at": at("15:00")}, "dnn"),
        ({"attempts": (call("11:00"),), "done_at": at("15:00")}, "dnn"),
        # Voicemail is not reached, whatever the telephone system calls it: the attempt is noted as not reached.
        ({"attempts": (call("11:00", reached=False),)}, "dmm"),
        # An answer by SMS is no reaching either.
        ({"attempts": (call("11:00"), Attempt(at("12:00"), None, "sms", reached=True))}, "dmm"),
    ],
)
def test_the_pattern_ends_when_the_customer_is_reached(ending: dict[str, Any], steps: str) -> None:
    request = replace(REQUEST, **ending)
    assert steps_on(WEDNESDAY, request, at("12:00", FRIDAY)) == steps


def test_reached_on_the_first_attempt_the_matter_stays_open_until_done() -> None:
    request = replace(REQUEST, attempts=(call("11:00", reached=True),))
    now = at("12:00", TUESDAY)
    assert [one.day for one in days_of(request, now)] == [WEDNESDAY]
    assert judge(request, RULES, now).is_stalled  # nothing noted, not done: B3 goes on where A1 ends


@pytest.mark.parametrize(
    ("request_", "now", "days"),
    [
        (REQUEST, at("23:59"), []),  # not due yet
        (REQUEST, at("00:00", THURSDAY), [THURSDAY]),  # the day it falls due is the first, from its midnight
        (REQUEST, at("12:00", FRIDAY), [THURSDAY, FRIDAY]),  # never called at all: days count from the due time
        (REQUEST, at("12:00", TUESDAY), [THURSDAY, FRIDAY, MONDAY, TUESDAY]),  # a weekend in between
        (
            replace(REQUEST, attempts=(call("11:00"),)),
            at("12:00", THURSDAY),
            [WEDNESDAY, THURSDAY],
        ),  # the first attempt
        # Due on Saturday: the first attempt day is Monday.
        (Request(at("15:00", FRIDAY), BOB), at("12:00", MONDAY), [MONDAY]),
        # Tried on Saturday: no attempt day of the agents' desk, but days count from then.
        (Request(at("15:00", FRIDAY), BOB, attempts=(call("11:00", SATURDAY),)), at("12:00", MONDAY), [MONDAY]),
        # KC opens on Saturdays, and has four days: until Tuesday nothing is due by itself.
        (Request(at("15:00", FRIDAY), KC), at("12:00", SATURDAY), []),
        (Request(at("15:00", FRIDAY), KC, attempts=(call("11:00", SATURDAY),)), at("12:00", SATURDAY), [SATURDAY]),
        # Ascension Day, Thursday 14 May 2026, is a holiday.
        (
            Request(at("10:00", date(2026, 5, 12)), BOB),
            at("12:00", date(2026, 5, 15)),
            [date(2026, 5, 13), date(2026, 5, 15)],
        ),
    ],
)
def test_attempt_days_are_working_days_from_the_first_attempt_or_the_due_day(
    request_: Request, now: datetime, days: list[date]
) -> None:
    assert [one.day for one in days_of(request_, now)] == days


def test_of_several_attempts_the_first_begins_the_days_and_a_day_keeps_when_each_began() -> None:
    request = replace(REQUEST, attempts=(call("12:00", THURSDAY), call("11:00"), call("14:00")))
    wednesday, thursday = days_of(request, at("13:00", THURSDAY))
    assert wednesday.day == WEDNESDAY
    assert wednesday.calls == (at("11:00"), at("14:00"))
    assert (wednesday.is_over, thursday.is_over) == (True, False)
    assert days_of(request, at("00:00", FRIDAY))[1].is_over  # over from its midnight
    assert not days_of(request, at("00:00", FRIDAY) - SECOND)[1].is_over


def test_who_withdraws_at_midnight_leaves_the_day_before_as_it_was() -> None:
    tried = replace(REQUEST, attempts=(call("11:00"),))
    last_second = replace(tried, withdrawn_at=at("00:00", THURSDAY) - SECOND)
    assert steps_on(WEDNESDAY, last_second, at("12:00", THURSDAY)) == "dnn"
    assert steps_on(WEDNESDAY, replace(tried, withdrawn_at=at("00:00", THURSDAY)), at("12:00", THURSDAY)) == "dmm"


def test_a_time_that_begins_on_a_later_day_puts_the_pattern_off_until_that_day() -> None:
    # Asked for from Friday evening to Monday noon: Friday is the day, not Monday.
    span = Promise(1, at("12:00"), at("16:00", FRIDAY), at("12:00", MONDAY), asked_by_customer=True)
    request = replace(REQUEST, attempts=(call("11:00"),), promises=(span,))
    steps = [steps_on(day, request, at("09:00", TUESDAY)) for day in (WEDNESDAY, THURSDAY, FRIDAY)]
    assert steps == ["dnn", "nnn", "mmm"]


def dial(clock: str, by: int | None = 2) -> Attempt:
    """A call that the phone log alone knows of."""
    return Attempt(at(clock), by, "call", reached=False, is_derived=True)


@pytest.mark.parametrize(
    ("attempts", "notes", "noted", "kept"),
    [
        # Two dials, an SMS, and one note afterwards: nothing is missing.
        ([dial("11:00"), dial("14:00"), wrote("14:05")], [Note(at("14:06"), 2)], "done", True),
        ([dial("11:00"), dial("14:00"), wrote("14:05")], [], "missing", False),  # all done, and nothing noted
        ([dial("11:00"), dial("14:00"), wrote("14:05")], [Note(at("13:00"), 2)], "missing", False),  # before the second
        ([dial("11:00"), dial("14:00"), wrote("14:05")], [Note(at("14:00"), 2)], "done", True),  # in the same second
        ([dial("11:00"), dial("14:00"), wrote("14:05")], [Note(at("14:06"), 3)], "missing", False),  # of somebody else
        (
            [dial("11:00"), dial("14:00", None), wrote("14:05")],
            [Note(at("14:06"), 2)],
            "done",
            True,
        ),  # whose is unknown
        (
            [dial("11:00"), dial("14:00"), wrote("14:05")],
            [Note(at("08:00", THURSDAY), 2)],
            "missing",
            False,
        ),  # too late
        ([call("11:00"), call("14:00"), wrote("14:05")], [], "done", True),  # each was noted by itself
        (
            [dial("11:00"), call("14:00"), wrote("14:05")],
            [],
            "done",
            True,
        ),  # a noted attempt answers for the dial before
        ([call("11:00"), dial("14:00"), wrote("14:05")], [], "missing", False),
    ],
)
def test_one_note_after_the_last_step_is_enough_for_the_day(
    attempts: list[Attempt], notes: list[Note], noted: str, kept: bool
) -> None:
    request = replace(REQUEST, attempts=tuple(attempts), notes=tuple(notes))
    wednesday = days_of(request, at("09:00", THURSDAY))[0]
    assert wednesday.steps == ("done", "done", "done", noted)
    assert wednesday.is_kept is kept


def test_a_note_can_still_be_written_until_midnight_and_where_nothing_was_made_none_is_asked() -> None:
    request = replace(REQUEST, attempts=(dial("11:00"),))
    assert days_of(request, at("15:00"))[0].steps == ("done", "pending", "pending", "pending")
    reached = replace(request, call_ins=(CallIn(at("12:00"), 2),))
    # Reached at 12:00: no more is due, but the dial at 11:00 was never noted, and the day is not kept.
    assert days_of(reached, at("15:00"))[0].steps == ("done", "not_required", "not_required", "pending")
    assert days_of(reached, at("09:00", THURSDAY))[0].steps == ("done", "not_required", "not_required", "missing")
    untried = days_of(REQUEST, at("09:00", FRIDAY))[0]
    assert untried.steps == ("missing", "missing", "missing", "not_required")


def test_the_buddys_attempts_count_while_the_agent_is_on_vacation() -> None:
    request = replace(REQUEST, attempts=(call("11:00", by=3), call("14:00", by=3), wrote("14:10")))
    assert steps_on(WEDNESDAY, request, at("09:00", THURSDAY)) == "ddd"


def test_a_status_in_the_crm_changes_nothing() -> None:
    # Told, sent on, noted: what the CRM says of the request neither makes a step nor ends the pattern.
    busy = replace(REQUEST, told_at=(at("12:00"),), notes=(Note(at("12:00"), 2),), attempts=(call("11:00"),))
    assert steps_on(WEDNESDAY, busy, at("09:00", THURSDAY)) == "dmm"


def test_on_the_day_of_a_hand_over_both_count_and_the_day_is_of_whoever_has_it_at_its_end() -> None:
    request = replace(
        REQUEST,
        attempts=(call("11:00", by=2), call("15:00", by=3), wrote("15:10")),
        hand_overs=(HandOver(at("13:00"), BIRGIT, "forwarded"),),
    )
    wednesday, thursday = days_of(request, at("12:00", THURSDAY))
    assert (wednesday.steps, wednesday.holder) == (("done", "done", "done", "done"), BIRGIT)
    assert thursday.holder == BIRGIT
    # Handed over at midnight sharp: the day before was the other's.
    at_midnight = replace(request, hand_overs=(HandOver(at("00:00", THURSDAY), BIRGIT, "forwarded"),))
    assert [one.holder for one in days_of(at_midnight, at("12:00", THURSDAY))] == [BOB, BIRGIT]


def test_a_customer_who_asks_for_a_later_day_puts_the_pattern_off_until_then() -> None:
    asked = Promise(1, at("12:00"), at("10:00", FRIDAY), at("11:00", FRIDAY), asked_by_customer=True)
    request = replace(REQUEST, attempts=(call("11:00"),), promises=(asked,))
    found = {one.day: "".join(step[0] for step in one.steps[:3]) for one in days_of(request, at("12:00", MONDAY))}
    # Wednesday's call was made; Thursday he did not want to be called; from Friday the pattern is due again.
    assert found == {WEDNESDAY: "dnn", THURSDAY: "nnn", FRIDAY: "mmm", MONDAY: "ppp"}
    # A time that nobody asked for puts nothing off.
    promised = replace(request, promises=(replace(asked, asked_by_customer=False),))
    assert steps_on(THURSDAY, promised, at("12:00", MONDAY)) == "mmm"


def test_what_the_customer_asked_for_last_counts() -> None:
    # First for Friday, then, on Thursday, for the same afternoon: from Thursday on the pattern is due.
    friday = Promise(1, at("12:00"), at("10:00", FRIDAY), at("11:00", FRIDAY), asked_by_customer=True)
    sooner = Promise(2, at("09:00", THURSDAY), at("15:00", THURSDAY), at("16:00", THURSDAY), asked_by_customer=True)
    request = replace(REQUEST, attempts=(call("11:00"),), promises=(friday, sooner))
    assert steps_on(THURSDAY, request, at("12:00", MONDAY)) == "mmm"


@pytest.mark.parametrize(
    ("now", "is_long"),
    [
        (at("12:00", MONDAY), False),  # Thursday, Friday, Monday: three working days since Wednesday
        (at("00:00", TUESDAY), True),  # the fourth begins
    ],
)
def test_not_reached_for_long_counts_working_days(now: datetime, is_long: bool) -> None:
    assert is_not_reached_for_long(REQUEST, judge(REQUEST, RULES, now), RULES, now) is is_long


def test_who_asked_for_a_later_time_is_not_unreached_for_long() -> None:
    asked = Promise(1, at("12:00"), None, at("12:00", date(2026, 5, 20)), asked_by_customer=True)
    request, now = replace(REQUEST, promises=(asked,)), at("12:00", date(2026, 5, 19))
    assert not is_not_reached_for_long(request, judge(request, RULES, now), RULES, now)


@pytest.mark.parametrize(
    ("hired_on", "day", "new"),
    [
        (date(2025, 11, 6), WEDNESDAY, False),  # six months to the day: no longer
        (date(2025, 11, 7), WEDNESDAY, True),
        (date(2025, 8, 31), date(2026, 2, 27), True),  # six months after 31 August is 28 February
        (date(2025, 8, 31), date(2026, 2, 28), False),
        (date(2026, 5, 7), WEDNESDAY, False),  # begins tomorrow
        (WEDNESDAY, WEDNESDAY, True),  # begins today
        (None, WEDNESDAY, False),  # nobody knows since when
    ],
)
def test_new_is_hired_within_six_months(hired_on: date | None, day: date, new: bool) -> None:
    assert is_new(hired_on, day, RULES) is new


@pytest.mark.parametrize(
    ("own", "agency", "draws"),
    [
        ((3, 30), (50, 1000), True),  # 10 % against 5 %: exactly twice
        ((3, 31), (50, 1000), False),  # a little less than twice
        ((2, 2), (50, 1000), False),  # fewer than three
        ((3, 0), (50, 1000), True),  # three reminders of requests older than the window
        ((3, 10), (3, 10), False),  # he is the whole agency
    ],
)
def test_three_reminders_and_twice_the_rate_draw_the_pattern(
    own: tuple[int, int], agency: tuple[int, int], draws: bool
) -> None:
    facts = PatternFacts(reminders=own[0], callbacks=own[1], agency_reminders=agency[0], agency_callbacks=agency[1])
    assert draws_reminders(facts, WEDNESDAY, RULES) is draws
    # The same numbers as low ratings: the same rule.
    rated = PatternFacts(upset=own[0], ratings=own[1], agency_upset=agency[0], agency_ratings=agency[1])
    assert upsets_customers(rated, WEDNESDAY, RULES) is draws


def test_every_reason_is_given() -> None:
    facts = PatternFacts(date(2026, 4, 1), 3, 10, 10, 1000, 3, 10, 10, 1000)
    assert must_follow_the_pattern(facts, WEDNESDAY, RULES) == ("new", "draws_reminders", "upsets_customers")
    assert must_follow_the_pattern(PatternFacts(date(2020, 1, 1)), WEDNESDAY, RULES) == ()


moments = st.integers(0, 9 * 24 * 60).map(lambda minutes: at("10:00") + timedelta(minutes=minutes))
tries = st.builds(Attempt, moments, st.sampled_from((2, 3)), st.sampled_from(("call", "sms", "mail")), st.booleans())


@given(st.lists(tries, max_size=12), moments)
def test_another_vain_attempt_never_unmakes_a_step(attempts: list[Attempt], now: datetime) -> None:
    vain = [replace(one, reached=False) for one in attempts]
    before = {one.day: one for one in days_of(replace(REQUEST, attempts=tuple(vain[1:])), now)}
    after = {one.day: one for one in days_of(replace(REQUEST, attempts=tuple(vain)), now)}
    for day in before.keys() & after.keys():
        # The message is measured from the second call: an earlier second call can only make it count sooner.
        for step_before, step_after in zip(before[day].steps[:2], after[day].steps[:2], strict=True):
            assert step_before != "done" or step_after == "done"


@given(st.lists(tries, max_size=12), moments)
def test_every_day_is_a_working_day_and_ends_with_the_request(attempts: list[Attempt], now: datetime) -> None:
    request = replace(REQUEST, attempts=tuple(attempts))
    judged = judge(request, RULES, now)
    days = attempt_days(request, judged, RULES, now)
    assert [one.day for one in days] == sorted({one.day for one in days})
    assert all(one.day.weekday() < 5 for one in days)
    today = now.astimezone(RULES.tzinfo).date()
    assert all("pending" not in one.steps for one in days if one.day < today)
    assert all("missing" not in one.steps for one in days if one.day == today)
    if judged.reached_at:
        last = judged.reached_at.astimezone(RULES.tzinfo).date()
        assert all(one.day <= last for one in days)
        assert all("missing" not in one.steps for one in days if one.day == last)

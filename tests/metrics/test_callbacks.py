"""Rules B1 to B8, row by row; each boundary says why it stands there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cast import COPENHAGEN, WEDNESDAY, at

from metrics.callbacks import (
    MESSAGE_FOLLOWS_CALL_WITHIN,
    TO_DO,
    Attempt,
    CallIn,
    HandOver,
    Holder,
    Note,
    Promise,
    PromiseVerdict,
    Request,
    State,
    answers_in_a_call,
    is_keepable,
    is_preferred,
    is_reminder,
    judge,
    judge_promise,
    soon_until,
    what_to_do,
)
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

RULES = read_house_rules(DEFAULT_FILE)
BOB, BIRGIT, CARL = Holder("agents", 2), Holder("agents", 3), Holder("kc", 4)
KC, ECONOMY, POLICY, CLAIMS = Holder("kc"), Holder("economy"), Holder("policy"), Holder("claims")
THURSDAY, FRIDAY, MONDAY, TUESDAY = (date(2026, 5, day) for day in (7, 8, 11, 12))
SECOND = timedelta(seconds=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


def call(when: datetime, *, reached: bool = False, by: int = 2) -> Attempt:
    return Attempt(when, by, "call", reached)


def promise(made_at: datetime, to_at: datetime, *, asked: bool = False, from_at: datetime | None = None) -> Promise:
    return Promise(1, made_at, from_at, to_at, asked)


def with_untold_target(whose: str) -> HouseRules:
    versions = [RULES.thresholds.untold_target[0].model_copy(update={"value": whose})]
    return RULES.model_copy(update={"thresholds": RULES.thresholds.model_copy(update={"untold_target": versions})})


def with_clock(clock: str) -> HouseRules:
    versions = [RULES.response_clock.all[0].model_copy(update={"value": clock})]
    return RULES.model_copy(update={"response_clock": RULES.response_clock.model_copy(update={"all": versions})})


# The worked case of B4: written Thursday 15:57.
WRITTEN = at("15:57", THURSDAY)
WORKED = Request(
    WRITTEN,
    BOB,
    promises=(
        replace(promise(WRITTEN, at("16:30", THURSDAY)), id=1),
        replace(promise(at("19:14", THURSDAY), at("19:29", THURSDAY), from_at=at("19:24", THURSDAY)), id=2),
    ),
    attempts=(call(at("19:14", THURSDAY)), call(at("19:52", THURSDAY), reached=True)),
    done_at=at("20:05", THURSDAY),
)


@pytest.mark.parametrize(
    ("now", "state", "due", "minutes_late", "promises"),
    [
        ("15:57", "due_soon", "16:30", 0, [("pending", 0)]),  # just written: the promise is the deadline
        ("16:30", "due_soon", "16:30", 0, [("pending", 0)]),  # exactly on the deadline is in time
        ("16:31", "overdue", "16:30", 1, [("broken", 1)]),
        ("19:13", "overdue", "16:30", 163, [("broken", 163)]),
        # The first attempt ends the first promise's lateness; the customer still waits.
        ("19:14", "overdue", "16:30", 164, [("broken", 164), ("pending", 0)]),
        # The new promise was made after the old one had passed: it makes nothing un-overdue.
        ("19:29", "overdue", "16:30", 179, [("broken", 164), ("pending", 0)]),
        ("19:30", "overdue", "16:30", 180, [("broken", 164), ("broken", 1)]),
        ("19:51", "overdue", "16:30", 201, [("broken", 164), ("broken", 22)]),
        ("19:52", "reached", "16:30", 202, [("broken", 164), ("broken", 23)]),
        ("23:59", "reached", "16:30", 202, [("broken", 164), ("broken", 23)]),
    ],
)
def test_the_worked_case_minute_by_minute(
    now: str, state: str, due: str, minutes_late: int, promises: list[tuple[str, int]]
) -> None:
    verdict = judge(WORKED, RULES, at(now, THURSDAY))
    assert (verdict.state, verdict.due_at, verdict.minutes_late) == (state, at(due, THURSDAY), minutes_late)
    assert [(one.state, one.minutes_late) for one in verdict.promises] == promises
    assert [one.promise for one in verdict.promises] == list(WORKED.promises[: len(promises)])
    assert verdict.rule == "B4"


def test_the_worked_case_at_its_end() -> None:
    verdict = judge(WORKED, RULES, at("23:59", THURSDAY))
    assert verdict.reached_at == at("19:52", THURSDAY)
    assert (verdict.attempted_in_time, verdict.reached_in_time) == (False, False)
    assert verdict.waited_minutes == 3 * 60 + 55  # 15:57 to 19:52
    assert (verdict.breached_at, verdict.breached_by) == (at("16:30", THURSDAY), BOB)
    assert verdict.attempts == 2


@pytest.mark.parametrize(
    ("holder", "created", "due"),
    [
        (BOB, "2026-05-06T10:00:00", "2026-05-07T10:00:00"),  # 24 hours
        (BOB, "2026-05-08T15:00:00", "2026-05-09T15:00:00"),  # Friday: the promise says hours, the weekend counts
        (BOB, "2026-03-28T12:00:00", "2026-03-29T13:00:00"),  # the clocks go forward: still 24 hours
        (BOB, "2026-10-24T12:00:00", "2026-10-25T11:00:00"),  # and back
        (KC, "2025-12-31T23:59:59", "2026-01-01T23:59:59"),  # the day before KC's four days begin
        (POLICY, "2026-05-06T10:00:00", "2026-05-11T10:00:00"),  # five days, and nobody has to be told
        (CLAIMS, "2026-05-06T10:00:00", "2026-05-07T10:00:00"),  # a desk without a target has that of the agents
    ],
)
def test_a_target_runs_by_elapsed_time(holder: Holder, created: str, due: str) -> None:
    verdict = judge(Request(local(created), holder), RULES, local(created))
    assert verdict.due_at == local(due)


def test_a_target_begins_with_its_day_in_the_agencys_zone() -> None:
    written = local("2026-01-01T00:30:00")  # still 31 December in UTC; KC's four days begin on 1 January
    assert judge(Request(written, KC, told_at=(written,)), RULES, written).due_at == local("2026-01-05T00:30:00")


@pytest.mark.parametrize(
    ("created", "due"),
    [
        ("2026-05-06T10:00:00", "2026-05-07T10:00:00"),  # an ordinary Wednesday
        ("2026-05-08T15:00:00", "2026-05-11T15:00:00"),  # Friday 15:00 to Monday 15:00
        ("2026-04-01T14:00:00", "2026-04-07T14:00:00"),  # over Easter 2026: Thursday 2 to Monday 6 April are holidays
        ("2026-12-23T11:00:00", "2026-12-28T11:00:00"),  # 24 is a closing day, 25 and 26 are holidays, 27 a Sunday
        ("2026-06-04T15:00:00", "2026-06-05T15:00:00"),  # the desk opens on 5 June, if only until noon
        ("2026-05-09T12:00:00", "2026-05-11T12:00:00"),  # written on a Saturday
        ("2026-03-27T15:00:00", "2026-03-30T15:00:00"),  # the clocks change in between: the same clock time
    ],
)
def test_a_target_runs_by_working_days_where_the_house_says_so(created: str, due: str) -> None:
    verdict = judge(Request(local(created), BOB), with_clock("working_days"), local(created))
    assert verdict.due_at == local(due)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (at("10:00", THURSDAY), "due_soon"),  # exactly 24 hours: in time
        (at("10:00", THURSDAY) + SECOND, "overdue"),  # a second more
    ],
)
def test_exactly_on_the_deadline_is_in_time(now: datetime, state: str) -> None:
    assert judge(Request(at("10:00"), BOB), RULES, now).state == state


@pytest.mark.parametrize(
    ("told", "due", "rule"),
    [
        ([], at("10:00", THURSDAY), "B1"),  # never told: 24 hours
        ([at("10:00")], at("10:00", date(2026, 5, 10)), "B2"),  # told when it was written
        ([at("15:00")], at("15:00", date(2026, 5, 10)), "B2"),  # told later: four days from then
        ([at("10:00", THURSDAY)], at("10:00", MONDAY), "B2"),  # told in the last second of the 24 hours
        ([at("10:00", THURSDAY) + SECOND], at("10:00", THURSDAY), "B1"),  # a second too late: the breach stands
    ],
    ids=["never", "at once", "later", "at the last second", "too late"],
)
def test_where_the_untold_have_the_agents_time_kc_has_four_days_once_the_customer_was_told(
    told: list[datetime], due: datetime, rule: str
) -> None:
    request = Request(at("10:00"), KC, told_at=tuple(told))
    verdict = judge(request, with_untold_target("agents"), at("10:00", date(2026, 5, 20)))
    assert (verdict.due_at, verdict.rule) == (due, rule)
    # As shipped the desk's time holds, told or not; that nobody told the customer is a figure of its own.
    shipped = judge(request, RULES, at("10:00", date(2026, 5, 20)))
    assert (shipped.due_at, shipped.rule) == (at("10:00", date(2026, 5, 10)), "B2")


@pytest.mark.parametrize(
    ("desk", "written", "due"),
    [
        # Four days at the same clock time: over the change to winter time they are 97 hours.
        ("kc", "2026-10-23T10:00:00", "2026-10-27T10:00:00"),
        ("economy", "2026-03-27T10:00:00", "2026-03-31T10:00:00"),  # and 95 in spring
        ("agents", "2026-10-24T10:00:00", "2026-10-25T09:00:00"),  # 24 hours are 24 hours
        ("kc", "2026-03-25T02:30:00", "2026-03-29T03:30:00"),  # the clock jumps over that time
    ],
)
def test_days_end_at_the_same_clock_time_and_hours_are_counted(desk: str, written: str, due: str) -> None:
    created_at = local(written)
    assert judge(Request(created_at, Holder(desk)), RULES, created_at).due_at == local(due)


@pytest.mark.parametrize(
    ("promises", "due", "rule"),
    [
        ([promise(at("10:00"), at("16:30"))], at("16:30"), "B4"),  # earlier than the target: the deadline
        ([promise(at("10:00"), at("16:30", FRIDAY))], at("10:00", THURSDAY), "B1"),  # later, and nobody asked
        ([promise(at("10:00"), at("16:30", FRIDAY), asked=True)], at("16:30", FRIDAY), "B4"),  # the customer asked
        # Replaced in time: told of the new one before, or exactly when, the old one passed.
        ([promise(at("10:00"), at("12:00")), promise(at("11:59"), at("14:00"))], at("14:00"), "B4"),
        ([promise(at("10:00"), at("12:00")), promise(at("12:00"), at("14:00"))], at("14:00"), "B4"),
        # Too late by a second: the old deadline stands.
        ([promise(at("10:00"), at("12:00")), promise(at("12:00") + SECOND, at("14:00"))], at("12:00"), "B4"),
        # Too late, but the customer asked for the later time: the deadline moves, the breach stays.
        ([promise(at("10:00"), at("12:00")), promise(at("13:00"), at("14:00"), asked=True)], at("14:00"), "B4"),
    ],
    ids=["earlier", "later", "later, asked", "replaced", "replaced on time", "replaced late", "replaced late, asked"],
)
def test_an_earlier_promise_is_the_deadline_and_a_later_one_only_if_asked_for(
    promises: list[Promise], due: datetime, rule: str
) -> None:
    numbered = tuple(replace(one, id=number) for number, one in enumerate(promises))
    verdict = judge(Request(at("10:00"), BOB, promises=numbered), RULES, at("15:00", FRIDAY))
    assert (verdict.due_at, verdict.rule) == (due, rule)


def test_a_later_time_that_was_asked_for_ends_being_overdue_but_not_the_breach() -> None:
    request = Request(
        at("10:00"),
        BOB,
        promises=(
            replace(promise(at("10:00"), at("12:00")), id=1),
            replace(promise(at("13:00"), at("16:00"), asked=True), id=2),
        ),
    )
    assert judge(request, RULES, at("12:59")).state == "overdue"
    assert judge(request, RULES, at("13:30")).state == "waiting"
    later = judge(request, RULES, at("14:00"))
    assert later.state == "due_soon"
    assert (later.breached_at, later.reached_in_time) == (at("12:00"), False)


def test_a_time_that_the_customer_asked_for_stays_when_an_earlier_one_is_promised() -> None:
    request = Request(
        at("10:00", date(2026, 5, 4)),
        BOB,
        promises=(
            replace(promise(at("11:00", date(2026, 5, 4)), at("16:00", THURSDAY), asked=True), id=1),
            replace(promise(at("12:00", date(2026, 5, 5)), at("10:00")), id=2),
        ),
    )
    before = judge(request, RULES, at("09:00"))
    assert (before.state, before.due_at) == ("due_soon", at("10:00"))  # Wednesday 10:00, not Tuesday's target
    after = judge(request, RULES, at("12:00", FRIDAY))
    assert (after.breached_at, after.due_at) == (at("10:00"), at("10:00"))


def test_a_promise_that_ran_out_before_the_request_was_written_is_no_deadline() -> None:
    request = Request(at("10:00"), BOB, promises=(promise(at("08:00"), at("09:00")),))
    assert judge(request, RULES, at("11:00")).due_at == at("10:00", THURSDAY)


def test_of_two_promises_made_in_one_breath_the_earlier_counts() -> None:
    promises = (replace(promise(at("10:00"), at("12:00")), id=1), replace(promise(at("10:00"), at("16:00")), id=2))
    for order in (promises, promises[::-1]):
        assert judge(Request(at("10:00"), BOB, promises=order), RULES, at("11:00")).due_at == at("12:00")


def test_a_promise_at_once_and_its_request_are_judged_alike() -> None:
    at_once = Promise(1, at("11:00"), None, at("11:00"), asked_by_customer=False)
    for reached_at, in_time in ((at("11:00"), True), (at("11:00") + SECOND, False)):
        request = Request(at("10:00"), BOB, promises=(at_once,), attempts=(call(reached_at, reached=True),))
        verdict = judge(request, RULES, at("20:00"))
        assert (verdict.reached_in_time, verdict.promises[0].state == "kept") == (in_time, in_time)


@pytest.mark.parametrize(
    ("facts", "state", "late"),
    [
        ({}, "broken", 360),  # made in the call that reached the customer, and nobody rang again
        ({"attempts": (call(at("11:00"), reached=True), call(at("13:30"), reached=True))}, "kept", 0),
        ({"attempts": (call(at("11:00"), reached=True), call(at("13:30")))}, "kept_not_reached", 0),
        ({"attempts": (call(at("11:00"), reached=True), call(at("14:23")))}, "broken", 23),
        ({"done_at": at("13:00")}, "kept", 0),  # the matter was finished before
        ({"done_at": at("15:00")}, "broken", 60),
    ],
    ids=["nobody rang", "reached", "rung", "late", "done", "done late"],
)
def test_a_promise_made_when_the_customer_was_reached_is_judged_by_what_follows(
    facts: dict[str, Any], state: str, late: int
) -> None:
    request = Request(
        at("10:00"),
        BOB,
        promises=(promise(at("11:03"), at("14:00")),),
        **{"attempts": (call(at("11:00"), reached=True),)} | facts,
    )
    (verdict,) = judge(request, RULES, at("20:00")).promises
    assert (verdict.state, verdict.minutes_late) == (state, late)


@pytest.mark.parametrize(
    ("attempts", "state", "late"),
    [
        ([call(at("11:30"))], "kept_not_reached", 0),  # rung in time, not reached: kept
        ([call(at("11:30"), reached=True)], "kept", 0),
        ([call(at("12:00"))], "kept_not_reached", 0),  # exactly at the end
        ([call(at("12:00") + SECOND)], "broken", 0),  # less than a minute late is broken all the same
        ([call(at("10:30"))], "broken", 60),  # before the promised hours: the customer was not there
        ([call(at("10:30"), reached=True)], "kept", 0),  # reached before: nothing is left to keep
        ([Attempt(at("11:30"), 2, "sms", reached=False)], "broken", 60),  # a message is no ringing
        ([Attempt(at("11:30"), 2, "sms", reached=True)], "broken", 60),  # not even an answered one
        ([], "broken", 60),
    ],
    ids=["in time", "reached", "at the end", "late", "before", "reached before", "sms", "sms answered", "nothing"],
)
def test_a_promise_is_kept_by_ringing_in_time(attempts: list[Attempt], state: str, late: int) -> None:
    made = promise(at("10:00"), at("12:00"), from_at=at("11:00"))
    request = Request(at("10:00"), BOB, promises=(made,), attempts=tuple(attempts))
    (verdict,) = judge(request, RULES, at("13:00")).promises
    assert (verdict.state, verdict.minutes_late) == (state, late)


def test_a_promise_replaced_in_time_is_no_break_and_one_to_a_customer_who_withdrew_neither() -> None:
    promises = (
        replace(promise(at("10:00"), at("12:00")), id=1),
        replace(promise(at("11:30"), at("15:00")), id=2),
    )
    states = [one.state for one in judge(Request(at("10:00"), BOB, promises=promises), RULES, at("14:00")).promises]
    assert states == ["replaced", "pending"]
    withdrawn = Request(at("10:00"), BOB, promises=promises[:1], withdrawn_at=at("11:00"))
    verdict = judge(withdrawn, RULES, at("14:00"))
    assert (verdict.state, verdict.promises[0].state) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize(
    ("facts", "state", "how"),
    [
        ({"attempts": (call(at("11:00"), reached=True),)}, "reached", "call"),
        ({"attempts": (Attempt(at("11:00"), 2, "sms", reached=True),)}, "waiting", None),  # an answer by SMS
        ({"attempts": (call(at("11:00")),)}, "waiting", None),  # tried, not reached
        ({"call_ins": (CallIn(at("11:00"), 2),)}, "reached", "called_in"),  # the owner answered, no new message
        ({"stated_reached_at": at("11:00")}, "reached", "stated"),
        ({"done_at": at("11:00")}, "reached", "done"),  # whoever is helped was reached
        ({"withdrawn_at": at("11:00")}, "withdrawn", None),
        ({"attempts": (call(at("09:00"), reached=True),)}, "waiting", None),  # before the request: another matter
        ({"attempts": (call(at("10:00"), reached=True),)}, "reached", "call"),  # in the same second
    ],
    ids=["call", "sms", "vain", "called in", "stated", "done", "withdrawn", "before", "same second"],
)
def test_reaching_the_customer_stops_the_clock(facts: dict[str, Any], state: str, how: str | None) -> None:
    # At half past eleven on Wednesday nothing of Thursday is due soon yet.
    verdict = judge(Request(at("10:00"), BOB, **facts), RULES, at("11:30"))
    assert (verdict.state, verdict.how) == (state, how)


@pytest.mark.parametrize(
    ("first_call", "reached", "attempted_in_time", "reached_in_time"),
    [
        ("09:00", "09:00", True, True),
        ("10:00", "10:00", True, True),  # exactly 24 hours
        ("09:59", "10:01", True, False),  # the agent tried in time, the customer waited too long
        ("10:00", "10:01", True, False),  # in the last second
        ("10:01", "10:01", False, False),
    ],
)
def test_attempted_in_time_and_reached_in_time_are_two_facts(
    first_call: str, reached: str, attempted_in_time: bool, reached_in_time: bool
) -> None:
    attempts = (call(at(first_call, THURSDAY)), call(at(reached, THURSDAY), reached=True))
    verdict = judge(Request(at("10:00"), BOB, attempts=attempts), RULES, at("12:00", THURSDAY))
    assert (verdict.attempted_in_time, verdict.reached_in_time) == (attempted_in_time, reached_in_time)


def test_before_the_deadline_nothing_is_decided() -> None:
    verdict = judge(Request(at("10:00"), BOB), RULES, at("11:00"))
    assert (verdict.attempted_in_time, verdict.reached_in_time, verdict.breached_at) == (None, None, None)


@pytest.mark.parametrize(
    ("hand_overs", "told", "due", "blamed"),
    [
        # Before the breach: the old deadline stands until the customer is told; the one who has it then is late.
        ([HandOver(at("15:00"), KC, "reassigned")], [], at("10:00", THURSDAY), KC),
        # Told in time: KC's four days run from then, and nobody is late.
        ([HandOver(at("15:00"), KC, "reassigned")], [at("16:00")], at("16:00", date(2026, 5, 10)), None),
        # Told before the hand-over: that was about somebody else.
        ([HandOver(at("15:00"), KC, "reassigned")], [at("14:00")], at("10:00", THURSDAY), KC),
        # After the breach: it stays with whom it had.
        ([HandOver(at("11:00", THURSDAY), KC, "reassigned")], [], at("10:00", THURSDAY), BOB),
        ([HandOver(at("11:00", THURSDAY), KC, "reassigned")], [at("12:00", THURSDAY)], at("10:00", THURSDAY), BOB),
    ],
    ids=["before", "before, told", "told too early", "after", "after, told"],
)
def test_a_clock_survives_a_hand_over_and_a_breach_stays(
    hand_overs: list[HandOver], told: list[datetime], due: datetime, blamed: Holder | None
) -> None:
    request = Request(at("10:00"), BOB, hand_overs=tuple(hand_overs), told_at=tuple(told))
    verdict = judge(request, RULES, at("18:00", FRIDAY))
    assert (verdict.due_at, verdict.breached_by, verdict.holder) == (due, blamed, KC)
    assert verdict.waited_minutes == 2 * 24 * 60 + 8 * 60  # the whole wait, Wednesday 10:00 to Friday 18:00


@pytest.mark.parametrize(
    ("hand_overs", "told", "rule"),
    [
        ((), at("10:00"), "B2"),  # KC had it from the beginning
        ((HandOver(at("15:00"), KC, "reassigned"),), at("16:00"), "B8"),  # the target of who took over
    ],
)
def test_a_longer_target_says_whether_it_came_with_a_hand_over(
    hand_overs: tuple[HandOver, ...], told: datetime, rule: str
) -> None:
    request = Request(at("10:00"), BOB if hand_overs else KC, hand_overs=hand_overs, told_at=(told,))
    assert judge(request, RULES, at("09:00", THURSDAY)).rule == rule


def test_what_kc_returns_keeps_the_customers_clock() -> None:
    request = Request(at("10:00"), KC, hand_overs=(HandOver(at("14:00"), BOB, "returned"),))
    due = at("10:00", date(2026, 5, 10))
    verdict = judge(request, RULES, due + SECOND)
    assert (verdict.state, verdict.due_at, verdict.breached_by) == ("overdue", due, BOB)


def test_promises_move_with_a_hand_over_unchanged() -> None:
    made = promise(at("10:00"), at("16:30"))
    request = Request(at("10:00"), BOB, promises=(made,), hand_overs=(HandOver(at("12:00"), CARL, "reassigned"),))
    verdict = judge(request, RULES, at("17:00"))
    assert (verdict.due_at, verdict.breached_by, verdict.promises[0].state) == (at("16:30"), CARL, "broken")
    assert verdict.rule == "B4"  # the promise is still what was not kept


@pytest.mark.parametrize(
    ("desk", "now", "soon"),
    [
        ("agents", at("10:00", WEDNESDAY), at("12:00", WEDNESDAY)),  # in the morning: two hours, and no more
        ("agents", at("14:59", WEDNESDAY), at("16:59", WEDNESDAY)),
        ("agents", at("15:00", WEDNESDAY), at("11:00", THURSDAY)),  # two hours before closing: until two hours open
        ("agents", at("08:00", WEDNESDAY), at("11:00", WEDNESDAY)),  # not open yet: today's opening
        ("agents", at("14:29", FRIDAY), at("16:29", FRIDAY)),
        ("agents", at("14:30", FRIDAY), at("11:00", MONDAY)),  # Friday afternoon shows what the weekend makes late
        ("kc", at("15:00", FRIDAY), at("13:00", date(2026, 5, 9))),  # KC opens on Saturday at 11
        ("kc", at("15:30", WEDNESDAY), at("17:30", WEDNESDAY)),  # and is there until 18: two hours
        ("agents", local("2026-04-01T15:00:00"), local("2026-04-07T11:00:00")),  # over Easter
    ],
)
def test_due_soon_is_within_two_hours_and_from_two_hours_before_closing_what_the_desk_meets_when_it_opens(
    desk: str, now: datetime, soon: datetime
) -> None:
    assert soon_until(RULES, desk, now) == soon
    request = Request(now - timedelta(minutes=1), Holder(desk), promises=(promise(now, soon, asked=True),))
    assert judge(request, RULES, now).state == "due_soon"
    request = Request(now - timedelta(minutes=1), Holder(desk), promises=(promise(now, soon + SECOND, asked=True),))
    assert judge(request, RULES, now).state == "waiting"


@pytest.mark.parametrize(
    ("noted", "done", "now", "stalled"),
    [
        (None, None, at("11:00", FRIDAY), False),  # exactly two working days after Wednesday 11:00
        (None, None, at("11:00", FRIDAY) + SECOND, True),
        (at("12:00", THURSDAY), None, at("12:00", MONDAY), False),  # noted on Thursday: two days from then
        (at("12:00", THURSDAY), None, at("12:00", MONDAY) + SECOND, True),
        (None, at("11:30"), at("11:00", MONDAY), False),  # done
    ],
)
def test_reached_but_lying_is_stalled(
    noted: datetime | None, done: datetime | None, now: datetime, stalled: bool
) -> None:
    notes = (Note(noted, 2),) if noted else ()
    request = Request(at("10:00"), BOB, attempts=(call(at("11:00"), reached=True),), notes=notes, done_at=done)
    verdict = judge(request, RULES, now)
    assert (verdict.state, verdict.is_stalled) == ("reached", stalled)


def test_a_customer_who_asks_again_while_it_is_open_reminds() -> None:
    assert is_reminder(at("12:00"), at("10:00"), None)
    assert is_reminder(at("12:00"), at("10:00"), at("13:00"))
    assert not is_reminder(at("12:00"), at("10:00"), at("12:00"))  # just reached: a new matter
    assert not is_reminder(at("10:00"), at("10:00"), None)  # the same second: the same request


def test_a_message_written_in_the_call_makes_it_no_answer() -> None:
    assert answers_in_a_call(at("11:00"), [at("10:00")])
    assert not answers_in_a_call(at("11:00"), [at("10:00"), at("11:07")])
    assert answers_in_a_call(at("11:00"), [at("12:01")])  # later: another call


MADE, TO = at("10:00"), at("12:00")
PROMISED = promise(MADE, TO)


@pytest.mark.parametrize(
    ("facts", "reached_at", "expected"),
    [
        ({}, None, ("broken", None, 120)),  # nobody has rung by 14:00
        (
            {"attempts": (call(MADE),)},
            None,
            ("broken", None, 120),
        ),  # in the second in which it was made: not yet for it
        ({"attempts": (call(MADE + SECOND),)}, None, ("kept_not_reached", MADE + SECOND, 0)),
        ({"attempts": (call(at("12:30")),)}, None, ("broken", at("12:30"), 30)),  # late since 12:00, until it rang
        ({"attempts": (call(at("11:00"), reached=True),)}, at("11:00"), ("kept", at("11:00"), 0)),
        ({}, MADE, ("broken", None, 120)),  # reached in the second in which it was made: made in that call
        ({"done_at": TO}, MADE, ("kept", TO, 0)),  # finished exactly at its end
        ({"done_at": MADE}, MADE, ("kept", MADE, 0)),  # made and settled in the same second
        ({"done_at": MADE - SECOND}, MADE - SECOND, ("broken", None, 120)),  # finished before it was made
        ({"done_at": TO + SECOND}, MADE, ("broken", TO + SECOND, 0)),
        ({"withdrawn_at": TO}, None, ("withdrawn", TO, 0)),  # exactly at its end
        ({"withdrawn_at": at("12:20")}, None, ("broken", at("12:20"), 20)),  # nobody had to ring from then on
        ({"withdrawn_at": at("11:00")}, MADE, ("broken", None, 120)),  # who was reached has nothing to withdraw
        ({"attempts": (call(at("13:00")),), "withdrawn_at": at("12:20")}, None, ("broken", at("12:20"), 20)),
    ],
)
def test_a_promise_says_when_it_was_kept_or_how_long_it_was_late(
    facts: dict[str, Any], reached_at: datetime | None, expected: tuple[str, datetime | None, int]
) -> None:
    state, ended_at, minutes_late = expected
    request = Request(at("09:00"), BOB, promises=(PROMISED,), **facts)
    assert judge_promise(request, PROMISED, reached_at, at("14:00")) == PromiseVerdict(
        PROMISED, state, ended_at, minutes_late
    )


def test_a_promise_made_for_hours_may_be_kept_from_their_first_second() -> None:
    hours = promise(MADE, TO, from_at=at("11:00"))
    request = Request(at("09:00"), BOB, promises=(hours,), attempts=(call(at("11:00")),))
    assert judge_promise(request, hours, None, at("14:00")).state == "kept_not_reached"


@pytest.mark.parametrize(
    ("made_again", "state"),
    [(TO, "replaced"), (TO + SECOND, "broken"), (MADE, "broken")],  # told by its end; too late; in one breath
)
def test_a_promise_is_replaced_by_one_that_the_customer_was_told_in_time(made_again: datetime, state: str) -> None:
    other = replace(promise(made_again, at("16:00")), id=2)
    request = Request(at("09:00"), BOB, promises=(PROMISED, other))
    verdict = judge_promise(request, PROMISED, None, at("14:00"))
    assert (verdict.promise, verdict.state) == (PROMISED, state)


@pytest.mark.parametrize(
    ("shifts", "absences", "keepable"),
    [
        ([("09:00", "17:00")], [], True),
        ([], [], False),  # not on the rota
        ([("08:00", "10:00")], [], False),  # gone when it begins: half-open
        ([("12:00", "17:00")], [], False),  # comes when it ends
        ([("08:00", "10:01")], [], True),  # a minute of it
        ([("11:59", "17:00")], [], True),
        ([("09:00", "17:00")], [("10:00", "12:00")], False),  # away for exactly that time
        ([("09:00", "17:00")], [("10:01", "12:00")], True),  # a minute is left before
        ([("09:00", "17:00")], [("10:00", "11:59")], True),  # and after
        ([("09:00", "10:30"), ("11:30", "17:00")], [("10:00", "10:30")], True),  # the second shift is left
        ([("09:00", "10:30"), ("11:30", "17:00")], [("10:00", "10:30"), ("11:30", "12:00")], False),
    ],
)
def test_a_promise_can_be_kept_by_whoever_is_there_for_a_part_of_its_time(
    shifts: list[tuple[str, str]], absences: list[tuple[str, str]], keepable: bool
) -> None:
    spans, away = ([(at(start), at(end)) for start, end in some] for some in (shifts, absences))
    assert is_keepable(MADE, TO, spans, away) is keepable


@pytest.mark.parametrize(
    ("moment", "preferred"),
    [(at("10:00") - SECOND, False), (at("10:00"), True), (at("12:00") - SECOND, True), (at("12:00"), False)],
)
def test_the_preferred_time_ends_before_its_end(moment: datetime, preferred: bool) -> None:
    assert is_preferred(Request(at("09:00"), BOB, preferred=(at("10:00"), at("12:00"))), moment) is preferred
    assert not is_preferred(Request(at("09:00"), BOB), moment)


def test_a_message_belongs_to_the_call_from_its_first_second_to_the_end_of_an_hour() -> None:
    assert not answers_in_a_call(at("11:00"), [at("11:00")])
    assert not answers_in_a_call(at("11:00"), [at("11:00") + MESSAGE_FOLLOWS_CALL_WITHIN])
    assert answers_in_a_call(at("11:00"), [at("11:00") + MESSAGE_FOLLOWS_CALL_WITHIN + SECOND])


# Whatever happens, in whatever order it becomes known.

HOURS = st.integers(0, 200).map(lambda quarters: at("10:00") + timedelta(minutes=15 * quarters))
PROMISES = st.builds(
    lambda number, made, length, asked: Promise(number, made, None, made + timedelta(minutes=15 * length), asked),
    st.integers(1, 999),
    HOURS,
    st.integers(1, 60),
    st.booleans(),
)
HAND_OVERS = st.builds(HandOver, HOURS, st.sampled_from([BOB, BIRGIT, KC, ECONOMY, POLICY]), st.just("reassigned"))
ATTEMPTS = st.builds(Attempt, HOURS, st.just(2), st.sampled_from(["call", "sms"]), st.booleans())


def few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


REQUESTS = st.builds(
    Request,
    created_at=HOURS,
    holder=st.sampled_from([BOB, KC, ECONOMY]),
    told_at=few(HOURS),
    promises=few(PROMISES).map(lambda some: tuple({one.id: one for one in some}.values())),
    hand_overs=few(HAND_OVERS).map(lambda some: tuple({one.at: one for one in some}.values())),
    attempts=few(ATTEMPTS),
    call_ins=few(st.builds(CallIn, HOURS, st.just(2))),
    withdrawn_at=st.one_of(st.none(), HOURS),
)


@pytest.mark.parametrize(
    ("state", "calls", "owner_why", "to_do"),
    [
        ("due_soon", 0, "handler", "call_first"),
        ("due_soon", 1, "handler", "call_again"),
        ("overdue", 0, "desk", "late_never_called"),
        ("overdue", 2, "buddy", "late_called"),
        ("waiting", 0, "receiver", "later"),
        ("waiting", 0, "gone", "hand_over"),  # whatever its deadline, nobody is there to call (K1)
        ("overdue", 3, "gone", "hand_over"),
        ("due_soon", 0, "nobody_there", "find_cover"),  # the handler and the buddy are away (R5)
    ],
)
def test_what_an_open_request_asks_for(state: State, calls: int, owner_why: str, to_do: str) -> None:
    assert what_to_do(state, calls, owner_why) == to_do
    assert to_do in TO_DO


@given(REQUESTS, HOURS, HOURS)
def test_only_reaching_withdrawing_or_a_time_the_customer_asked_for_ends_being_overdue(
    request: Request, one: datetime, other: datetime
) -> None:
    earlier, later = sorted((max(one, request.created_at), max(other, request.created_at)))
    before, after = judge(request, RULES, earlier), judge(request, RULES, later)
    if before.state == "overdue" and after.state in ("waiting", "due_soon"):
        assert any(
            promise.asked_by_customer and earlier < promise.made_at <= later and promise.to_at >= later
            for promise in request.promises
        )


@given(REQUESTS, HOURS, HOURS, st.one_of(st.none(), HAND_OVERS))
def test_a_breach_is_never_taken_back(
    request: Request, one: datetime, other: datetime, hand_over: HandOver | None
) -> None:
    earlier, later = sorted((max(one, request.created_at), max(other, request.created_at)))
    before = judge(request, RULES, earlier)
    if hand_over and hand_over.at > earlier:
        request = replace(request, hand_overs=(*request.hand_overs, hand_over))
    after = judge(request, RULES, later)
    if before.breached_at is not None:
        assert (after.breached_at, after.breached_by) == (before.breached_at, before.breached_by)
        assert after.reached_in_time is False
    assert after.waited_minutes >= before.waited_minutes


@given(REQUESTS, HOURS)
def test_what_is_overdue_was_breached_and_what_was_reached_late_was_not_in_time(
    request: Request, now: datetime
) -> None:
    verdict = judge(request, RULES, max(now, request.created_at))
    if verdict.state == "overdue":
        assert verdict.breached_at is not None
        assert verdict.reached_in_time is False
    if verdict.reached_at is not None and verdict.reached_at > verdict.due_at:
        assert verdict.reached_in_time is False


@given(REQUESTS, HOURS)
def test_events_that_become_known_late_give_the_same_verdict(request: Request, now: datetime) -> None:
    now = max(now, request.created_at)
    verdict = judge(request, RULES, now)
    for attempts in permutations(request.attempts):
        turned = replace(
            request,
            attempts=attempts,
            promises=request.promises[::-1],
            hand_overs=request.hand_overs[::-1],
            told_at=request.told_at[::-1],
            call_ins=request.call_ins[::-1],
        )
        again = judge(turned, RULES, now)
        assert replace(again, promises=()) == replace(verdict, promises=())
        assert sorted(map(str, again.promises)) == sorted(map(str, verdict.promises))


def test_who_withdrew_before_they_were_reached_was_not_reached() -> None:
    reached = {"stated_reached_at": at("12:00"), "attempts": (call(at("12:00"), reached=True),)}
    before = judge(Request(at("10:00"), BOB, withdrawn_at=at("11:00"), **reached), RULES, at("13:00"))
    assert (before.state, before.reached_at, before.how, before.attempts) == ("withdrawn", None, None, 0)
    # In the same second the call counts: somebody heard it from the customer.
    together = judge(Request(at("10:00"), BOB, withdrawn_at=at("12:00"), **reached), RULES, at("13:00"))
    assert (together.state, together.reached_at, together.how) == ("reached", at("12:00"), "call")


def test_what_comes_after_the_end_moves_no_deadline_and_is_no_attempt() -> None:
    later = (promise(at("12:00"), at("16:00", FRIDAY), asked=True),)
    calls = (call(at("10:30")), call(at("11:00"), reached=True), call(at("12:30")))
    verdict = judge(Request(at("10:00"), BOB, promises=later, attempts=calls), RULES, at("13:00"))
    assert (verdict.due_at, verdict.attempts, verdict.first_attempt_at) == (at("10:00", THURSDAY), 2, at("10:30"))
    withdrawn = Request(at("10:00"), BOB, attempts=(calls[0], calls[2]), withdrawn_at=at("11:00"))
    assert judge(withdrawn, RULES, at("13:00")).attempts == 1


def test_a_hand_over_in_the_second_of_the_end_still_counts() -> None:
    request = Request(at("10:00"), BOB, hand_overs=(HandOver(at("11:00"), CARL, "routed"),), done_at=at("11:00"))
    assert judge(request, RULES, at("13:00")).holder == CARL


def test_attempts_in_the_preferred_time_are_counted() -> None:
    calls = (call(at("09:30")), call(at("10:00")), call(at("11:30")), call(at("12:00")))
    request = Request(at("09:00"), BOB, attempts=calls, preferred=(at("10:00"), at("12:00")))
    assert judge(request, RULES, at("13:00")).attempts_in_preferred_time == 2  # 10:00 and 11:30


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"stated_reached_at": at("12:00")}, ("reached", BOB, at("10:00", THURSDAY))),
        ({"call_ins": (CallIn(at("12:00"), 2),)}, ("reached", BOB, at("10:00", THURSDAY))),
        # The call in which it was written is the matter itself, and reaches nobody.
        ({"call_ins": (CallIn(at("10:00"), 2),)}, ("waiting", BOB, at("10:00", THURSDAY))),
        ({"hand_overs": (HandOver(at("12:00"), CARL, "routed"),)}, ("waiting", CARL, at("10:00", THURSDAY))),
    ],
    ids=["stated", "called in", "the call itself", "handed over"],
)
def test_what_happens_in_the_very_second_is_known(
    facts: dict[str, Any], expected: tuple[str, Holder, datetime]
) -> None:
    verdict = judge(Request(at("10:00"), BOB, **facts), RULES, at("12:00"))
    assert (verdict.state, verdict.holder, verdict.due_at) == expected


def test_telling_and_noting_in_the_very_second_count() -> None:
    told = Request(at("10:00"), KC, told_at=(at("12:00"),))
    verdict = judge(told, with_untold_target("agents"), at("12:00"))
    assert (verdict.due_at, verdict.rule) == (at("12:00", date(2026, 5, 10)), "B2")  # four days from being told
    lying = Request(at("10:00"), BOB, attempts=(call(at("11:00"), reached=True),))
    now = at("11:00", FRIDAY) + SECOND
    assert judge(lying, RULES, now).is_stalled
    assert not judge(replace(lying, notes=(Note(now, 2),)), RULES, now).is_stalled


def test_of_two_hand_overs_in_one_second_the_same_one_counts_whichever_is_loaded_first() -> None:
    several = (HandOver(at("11:00"), BIRGIT, "routed"), HandOver(at("11:00"), BOB, "routed"))
    holders = {
        judge(Request(at("10:00"), CARL, hand_overs=order), RULES, at("12:00")).holder
        for order in permutations(several)
    }
    assert holders == {BIRGIT}


def test_working_days_are_those_of_the_desk_and_a_rest_of_hours_is_added() -> None:
    days = with_clock("working_days")
    # KC is there on Saturdays and Sundays: four days after Thursday are Friday, Saturday, Sunday, Monday.
    assert judge(Request(at("10:00", THURSDAY), KC), days, at("10:00", THURSDAY)).due_at == at("10:00", MONDAY)
    target = RULES.response_targets["agents"][0].model_copy(update={"hours": 28})
    longer = days.model_copy(update={"response_targets": days.response_targets | {"agents": [target]}})
    assert judge(Request(at("10:00"), BOB), longer, at("10:00")).due_at == at("14:00", THURSDAY)  # one day, four hours


def test_kcs_days_without_a_note_are_kcs_own() -> None:
    reached = Request(at("10:00", FRIDAY), KC, attempts=(call(at("11:00", FRIDAY), reached=True),))
    sunday = at("11:00", date(2026, 5, 10))
    assert [judge(reached, RULES, now).is_stalled for now in (sunday, sunday + SECOND)] == [False, True]


def test_a_promise_that_has_run_out_when_it_is_made_leaves_the_next_one_its_place() -> None:
    promises = (promise(at("10:30"), at("10:15")), replace(promise(at("11:00"), at("14:00")), id=2))
    verdict = judge(Request(at("10:00"), BOB, promises=promises), RULES, at("12:00"))
    assert (verdict.due_at, verdict.rule) == (at("14:00"), "B4")


def test_who_asked_for_a_time_keeps_it_when_they_are_told_of_kcs_days() -> None:
    asked = (promise(at("10:30"), at("16:30", FRIDAY), asked=True),)
    request = Request(at("10:00"), KC, told_at=(at("11:00"),), promises=asked)
    verdict = judge(request, with_untold_target("agents"), at("12:00"))
    assert (verdict.due_at, verdict.rule) == (at("16:30", FRIDAY), "B4")


def test_a_promise_for_the_second_of_the_target_leaves_the_target_its_rule() -> None:
    request = Request(at("10:00"), BOB, promises=(promise(at("10:30"), at("10:00", THURSDAY)),))
    assert judge(request, RULES, at("12:00")).rule == "B1"


def test_where_the_untold_have_the_agents_time_a_desk_that_need_not_tell_keeps_its_days() -> None:
    verdict = judge(Request(at("10:00"), POLICY), with_untold_target("agents"), at("12:00"))
    assert (verdict.due_at, verdict.rule) == (at("10:00", MONDAY), "B2")  # five days

"""Rules B1 to B8: which customer waits longer than promised, since when, by whose clock; and C3 for the clock.

One request is judged by `judge`, which every page, list and figure calls. A verdict is not a flag: it carries the rule
and the times that it was reached from. All instants are UTC; all deadlines are inclusive: exactly on time is in time.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from metrics.calendar import (
    ONE_DAY,
    closes_within,
    local_day,
    next_opening,
    same_time_after_working_days,
    same_time_on,
)
from metrics.house_rules import HouseRules, ResponseTarget, in_force

State = Literal["waiting", "due_soon", "overdue", "reached", "withdrawn"]
PromiseState = Literal["pending", "kept", "kept_not_reached", "replaced", "withdrawn", "broken"]
OPEN_STATES: tuple[State, ...] = ("overdue", "due_soon", "waiting")
CALL = "call"
DUE_SOON_WITHIN = timedelta(hours=2)
MESSAGE_FOLLOWS_CALL_WITHIN = timedelta(minutes=60)
"""A message about the same matter so soon after the customer called in was written in that call."""


@dataclass(frozen=True)
class Holder:
    """Who has a request: an agent, or a desk where nobody in person has it. `desk` is the agent's own desk."""

    desk: str
    agent_id: int | None = None


@dataclass(frozen=True)
class Attempt:
    """Somebody tried to reach the customer; `channel` call, sms or mail.

    `is_derived`: nobody noted it, the phone log shows it.
    """

    at: datetime
    agent_id: int | None
    channel: str
    reached: bool
    is_derived: bool = False


@dataclass(frozen=True)
class Promise:
    """A time that the customer was told: between `from_at` (missing: at once) and `to_at`."""

    id: int
    made_at: datetime
    from_at: datetime | None
    to_at: datetime
    asked_by_customer: bool


@dataclass(frozen=True)
class HandOver:
    """From `at` on somebody else has the request."""

    at: datetime
    holder: Holder
    why: str


@dataclass(frozen=True)
class CallIn:
    """The customer called in, and somebody who may settle the matter answered and wrote no new message (B3)."""

    at: datetime
    agent_id: int | None


@dataclass(frozen=True)
class Note:
    """A customer note and who wrote it; missing where the source does not say."""

    at: datetime
    agent_id: int | None


@dataclass(frozen=True)
class Request:
    """One first request of a customer with everything that happened to it; reminders are no requests of their own.

    `told_at`: each instant at which the customer was told the desk's response time. `stated_reached_at`, `done_at` and
    `withdrawn_at` are what the source says. `notes`: the customer's, since then. `preferred`: the preferred time.
    """

    created_at: datetime
    holder: Holder
    told_at: tuple[datetime, ...] = ()
    promises: tuple[Promise, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    call_ins: tuple[CallIn, ...] = ()
    stated_reached_at: datetime | None = None
    done_at: datetime | None = None
    withdrawn_at: datetime | None = None
    notes: tuple[Note, ...] = ()
    preferred: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class Deadline:
    """A deadline that held from `since`: until when the customer is to be reached, by which rule, in whose hands."""

    since: datetime
    due_at: datetime
    rule: str
    holder: Holder


@dataclass(frozen=True)
class PromiseVerdict:
    """What became of one promise (B4). `minutes_late` only where it is broken, up to `ended_at` or now."""

    promise: Promise
    state: PromiseState
    attempted_at: datetime | None = None
    minutes_late: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a request counts as at one instant, and the times that decide.

    `due_at` and `rule`: the deadline that holds now. `deadlines`: all it has had. `breached_at`: the first deadline
    that passed before the customer was reached, `breached_by`: who had the request then; neither ever changes
    afterwards. `attempted_in_time` and `reached_in_time` are missing while it is not yet decided. `waited_minutes`: the
    customer's whole wait since the request was written.
    """

    state: State
    rule: str
    due_at: datetime
    deadlines: tuple[Deadline, ...]
    holder: Holder
    reached_at: datetime | None
    how: str | None
    first_attempt_at: datetime | None
    attempted_in_time: bool | None
    reached_in_time: bool | None
    breached_at: datetime | None
    breached_by: Holder | None
    minutes_late: int
    waited_minutes: int
    attempts: int
    attempts_in_preferred_time: int
    is_stalled: bool
    promises: tuple[PromiseVerdict, ...]


def judge(request: Request, rules: HouseRules, now: datetime) -> Verdict:
    """The verdict on one request at `now`, from what had happened by then (B1 to B8)."""
    request = as_known_at(request, now)
    reached_at, how = when_reached(request)
    ended_at = earliest(reached_at, request.withdrawn_at)
    deadlines = deadlines_of(request, rules, ended_at)
    due = deadlines[-1]
    end = ended_at or now
    breach = breach_of(deadlines, end)
    calls = calls_made(request)
    first_attempt_at = calls[0].at if calls else None
    was_withdrawn = ended_at is not None and (reached_at is None or request.withdrawn_at == ended_at != reached_at)
    reached_at = None if was_withdrawn else reached_at
    is_waiting = ended_at is None and not is_overdue(due.due_at, now)
    soon_before = soon_until(rules, due.holder.desk, now) if is_waiting else now
    withdrawn_at = request.withdrawn_at if was_withdrawn else None
    state = callback_state(due.due_at, reached_at, withdrawn_at, soon_before, now)
    breached_at = breach.due_at if breach else None
    return Verdict(
        state=state,
        rule=due.rule,
        due_at=due.due_at,
        deadlines=deadlines,
        holder=due.holder,
        reached_at=reached_at,
        how=how if reached_at else None,
        first_attempt_at=first_attempt_at,
        attempted_in_time=was_attempted_in_time(first_attempt_at or reached_at, breached_at),
        reached_in_time=was_reached_in_time(reached_at, breached_at),
        breached_at=breached_at,
        breached_by=breach.holder if breach else None,
        minutes_late=whole_minutes(end - due.due_at) if end > due.due_at else 0,
        waited_minutes=whole_minutes(end - request.created_at),
        attempts=len(calls),
        attempts_in_preferred_time=sum(is_preferred(request, attempt.at) for attempt in calls),
        is_stalled=is_stalled(request, reached_at, due.holder.desk, rules, now),
        promises=tuple(judge_promise(request, promise, reached_at, now) for promise in request.promises),
    )


def calls_made(request: Request) -> list[Attempt]:
    """The calls in which somebody tried to reach the customer, until they were reached or withdrew, in order (B3)."""
    ended_at = earliest(when_reached(request)[0], request.withdrawn_at)
    calls = sorted((attempt for attempt in request.attempts if attempt.channel == CALL), key=attempt_order)
    return [attempt for attempt in calls if ended_at is None or attempt.at <= ended_at]


def callback_state(
    due_at: datetime,
    reached_at: datetime | None,
    withdrawn_at: datetime | None,
    soon_before: datetime,
    now: datetime,
) -> State:
    """What a request is at `now` (B3): exactly on the deadline is in time.

    Counts in the database ask the same by `is_open_at` and `due_at < now`; tests hold the two equal for every figure.
    """
    if reached_at is not None:
        return "reached"
    if withdrawn_at is not None:
        return "withdrawn"
    if is_overdue(due_at, now):
        return "overdue"
    return "due_soon" if due_at <= soon_before else "waiting"


def is_overdue(due_at: datetime, now: datetime) -> bool:
    return now > due_at


TO_DO = ("call_first", "call_again", "late_never_called", "late_called", "hand_over", "find_cover", "later")
"""What open requests ask for, in the order in which a list shows them: first what can still be kept."""


def what_to_do(state: State, calls: int, owner_why: str) -> str:
    """What an open request asks for, one of TO_DO: a call before its deadline or after it, by whether anybody has
    called yet; another holder, where nobody is there to call (R5, K1); nothing for now."""
    if owner_why == "gone":
        return "hand_over"
    if owner_why == "nobody_there":
        return "find_cover"
    if state == "overdue":
        return "late_called" if calls else "late_never_called"
    if state == "due_soon":
        return "call_again" if calls else "call_first"
    return "later"


def soon_until(rules: HouseRules, desk: str, now: datetime) -> datetime:
    """Deadlines up to this instant are due soon (B3): within two hours or, from two hours before the desk closes, those
    that fall before it has been open for two hours again.

    So Friday afternoon's list shows what the weekend would make late, and the list of a weekday's morning stays short.
    """
    opens_again = next_opening(rules, desk, now) if closes_within(rules, desk, now, DUE_SOON_WITHIN) else None
    return (opens_again or now) + DUE_SOON_WITHIN


def as_known_at(request: Request, now: datetime) -> Request:
    """The request as it stood at `now`; events in order of time, whichever was loaded first."""

    def known(at: datetime | None) -> datetime | None:
        return at if at is not None and at <= now else None

    return Request(
        created_at=request.created_at,
        holder=request.holder,
        told_at=tuple(sorted(at for at in request.told_at if at <= now)),
        promises=tuple(sorted((event for event in request.promises if event.made_at <= now), key=promise_order)),
        hand_overs=tuple(sorted((event for event in request.hand_overs if event.at <= now), key=hand_over_order)),
        attempts=tuple(
            sorted((event for event in request.attempts if request.created_at <= event.at <= now), key=attempt_order)
        ),
        call_ins=tuple(
            sorted(
                (event for event in request.call_ins if request.created_at < event.at <= now),
                key=lambda event: event.at,
            )
        ),
        stated_reached_at=known(request.stated_reached_at),
        done_at=known(request.done_at),
        withdrawn_at=known(request.withdrawn_at),
        notes=tuple(written for written in request.notes if written.at <= now),
        preferred=request.preferred,
    )


def promise_order(promise: Promise) -> tuple[datetime, float, int]:
    """By when they were made; of two made in one breath the earlier time comes last and counts."""
    return promise.made_at, -promise.to_at.timestamp(), promise.id


def hand_over_order(hand_over: HandOver) -> tuple[datetime, str, int]:
    return hand_over.at, hand_over.holder.desk, hand_over.holder.agent_id or 0


def attempt_order(attempt: Attempt) -> tuple[datetime, str, int, bool]:
    return attempt.at, attempt.channel, attempt.agent_id or 0, not attempt.reached


def when_reached(request: Request) -> tuple[datetime | None, str | None]:
    """When the customer was reached, and how (B3): by a call, by calling in, or because the source says so.

    An answer by SMS or mail is no reaching. A matter that is done was reached at that instant at the latest.
    """
    contacts = [(attempt.at, "call") for attempt in request.attempts if attempt.channel == CALL and attempt.reached]
    contacts += [(attempt.at, "called_in") for attempt in request.call_ins]
    contacts += [(at, "stated") for at in (request.stated_reached_at,) if at]
    contacts += [(at, "done") for at in (request.done_at,) if at]
    return min(contacts) if contacts else (None, None)


def earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def target_in_force(rules: HouseRules, desk: str, created_at: datetime) -> ResponseTarget:
    """A desk's target as it was when the request was written; a desk without one has that of the agents (B1, B2)."""
    versions = rules.response_targets.get(desk, rules.response_targets["agents"])
    return in_force(versions, local_day(created_at, rules))


def due_by_target(rules: HouseRules, desk: str, start: datetime, created_at: datetime) -> datetime:
    """When a desk's target, counted from `start`, has passed: by elapsed time or by working days (B1).

    A target in days ends at the same clock time, also over a change of the clocks; one in hours counts hours (B2).
    Working days: the same clock time on the next day on which the desk opens; a rest of hours counts as elapsed time.
    """
    target = target_in_force(rules, desk, created_at)
    clock = in_force(rules.response_clock.all, local_day(created_at, rules)).value
    if clock == "elapsed" and target.days:
        return same_time_on(rules, start, local_day(start, rules) + target.length)
    if clock == "elapsed":
        return start + target.length
    days, rest = divmod(target.length, ONE_DAY)
    return same_time_after_working_days(rules, desk, start, days) + rest


def deadlines_of(request: Request, rules: HouseRules, ended_at: datetime | None) -> tuple[Deadline, ...]:
    """Every deadline that a request has had, in order, up to its end (B1, B2, B4, B8).

    It begins with its holder's target, whether or not the customer was told; where the house says so, a target longer
    than the agents' counts only once the customer was told, from then. The longer target of a desk that it is handed to
    always does. A time that the customer asked for takes the
    target's place; any other promise is the deadline where it is earlier, until another replaces it. Only a time that
    the customer asked for moves a deadline that has passed. A hand-over moves none.
    """
    created_at, holder = request.created_at, request.holder
    told = [max(at, created_at) for at in request.told_at]
    handed_at = created_at
    target_due, target_rule, length_that_counts = first_target(rules, holder, created_at, told)
    promise: Promise | None = None
    was_asked_for = False
    deadlines = [Deadline(created_at, target_due, target_rule, holder)]
    changes: list[tuple[datetime, int, HandOver | Promise | None]] = [
        *((max(event.at, created_at), 0, event) for event in request.hand_overs),
        *((at, 1, None) for at in told),
        *((max(event.made_at, created_at), 2, event) for event in request.promises),
    ]
    for at, _, change in sorted(changes, key=lambda each: each[:2]):
        if ended_at is not None and at > ended_at:
            break
        has_passed = at > deadlines[-1].due_at
        if isinstance(change, HandOver):
            holder, handed_at = change.holder, at
            deadlines.append(Deadline(at, deadlines[-1].due_at, deadlines[-1].rule, holder))
            continue
        if isinstance(change, Promise):
            if change.to_at < at or (has_passed and not change.asked_by_customer):
                continue
            promise = change
            if change.asked_by_customer:
                target_due, target_rule, was_asked_for, promise = change.to_at, "B4", True, None
        else:
            target = target_in_force(rules, holder.desk, created_at)
            was_handed_over = handed_at > created_at
            # After a hand-over any desk has to tell the customer, who so far knows the former desk's time.
            is_about_longer = target.length > length_that_counts and (target.must_tell or was_handed_over)
            if has_passed or was_asked_for or not is_about_longer:
                continue
            length_that_counts, target_due = target.length, due_by_target(rules, holder.desk, at, created_at)
            target_rule = "B8" if was_handed_over else "B2"
        due_at, rule = target_due, target_rule
        if promise and promise.to_at < target_due:
            due_at, rule = promise.to_at, "B4"
        if due_at != deadlines[-1].due_at:
            deadlines.append(Deadline(at, due_at, rule, holder))
    return tuple(deadlines)


def first_target(
    rules: HouseRules, holder: Holder, created_at: datetime, told: list[datetime]
) -> tuple[datetime, str, timedelta]:
    """The deadline with which a request begins, its rule and length (B1, B2).

    It is the desk's. Where the house gives whoever was not told the agents' time (`untold_target`), that one stands.
    """
    desk_target, agents = (target_in_force(rules, desk, created_at) for desk in (holder.desk, "agents"))
    untold = in_force(rules.thresholds.untold_target, local_day(created_at, rules)).value
    is_longer = desk_target.must_tell and desk_target.length > agents.length
    if untold == "agents" and is_longer and created_at not in told:
        return due_by_target(rules, "agents", created_at, created_at), "B1", agents.length
    return (
        due_by_target(rules, holder.desk, created_at, created_at),
        "B1" if desk_target == agents else "B2",
        desk_target.length,
    )


def breach_of(deadlines: tuple[Deadline, ...], end: datetime) -> Deadline | None:
    """The first deadline that passed while it held and the customer was not reached; it stays whoever comes later."""
    following = [after.since for _, after in pairwise(deadlines)] + [end]
    for deadline, held_until in zip(deadlines, following, strict=True):
        if deadline.since <= deadline.due_at < min(held_until, end):
            return deadline
    return None


def was_attempted_in_time(attempted_at: datetime | None, breached_at: datetime | None) -> bool | None:
    """The agents' effort (B3): a call before the first deadline passed. Missing while neither has happened."""
    if breached_at is None:
        return None if attempted_at is None else True
    return attempted_at is not None and attempted_at <= breached_at


def was_reached_in_time(reached_at: datetime | None, breached_at: datetime | None) -> bool | None:
    """What the customer met (B3): reached before any deadline passed. Missing while neither has happened."""
    if breached_at is not None:
        return False
    return None if reached_at is None else True


def is_stalled(request: Request, reached_at: datetime | None, desk: str, rules: HouseRules, now: datetime) -> bool:
    """Reached, not done, and nothing noted for `stalled_days` working days (B3)."""
    if reached_at is None or request.done_at is not None:
        return False
    day = local_day(now, rules)
    days = in_force(rules.thresholds.stalled_days, day).value
    latest = max([reached_at, *(written.at for written in request.notes)])
    return now > same_time_after_working_days(rules, desk, latest, days)


def is_preferred(request: Request, at: datetime) -> bool:
    """Whether an instant lies in the preferred time, its end excluded."""
    return request.preferred is not None and request.preferred[0] <= at < request.preferred[1]


def judge_promise(request: Request, promise: Promise, reached_at: datetime | None, now: datetime) -> PromiseVerdict:
    """One promise by itself (B4): ringing in time keeps it, reached or not.

    A new time that the customer was told before the old one passed replaces it. Reaching them before the promised time
    has passed keeps it too; for a promise made when they had been reached already, so does finishing the matter, if
    only in the instant in which it was made. A promise "at once" is kept by reaching them in that instant.
    """
    begins = promise.from_at or promise.made_at
    calls = [attempt for attempt in request.attempts if attempt.channel == CALL and attempt.at > promise.made_at]
    in_time = next((attempt for attempt in calls if begins <= attempt.at <= promise.to_at), None)
    is_at_once = promise.to_at == promise.made_at
    is_before_reached = reached_at is not None and (
        promise.made_at < reached_at or (is_at_once and promise.made_at == reached_at)
    )
    settled_at = reached_at if is_before_reached else request.done_at
    withdrawn_at = request.withdrawn_at if reached_at is None else None
    if settled_at is not None and promise.made_at <= settled_at <= promise.to_at:
        return PromiseVerdict(promise, "kept", settled_at)
    if in_time:
        return PromiseVerdict(promise, "kept" if in_time.reached else "kept_not_reached", in_time.at)
    if withdrawn_at is not None and withdrawn_at <= promise.to_at:
        return PromiseVerdict(promise, "withdrawn", withdrawn_at)
    if any(promise.made_at < attempt.made_at <= promise.to_at for attempt in request.promises):
        return PromiseVerdict(promise, "replaced")
    if now <= promise.to_at:
        return PromiseVerdict(promise, "pending")
    is_settled_late = settled_at is not None and settled_at > promise.to_at
    late = earliest(
        next((attempt.at for attempt in calls if attempt.at > promise.to_at), None),
        settled_at if is_settled_late else None,
        withdrawn_at,
    )
    return PromiseVerdict(promise, "broken", late, whole_minutes((late or now) - promise.to_at))


def is_keepable(
    begins: datetime,
    ends: datetime,
    shifts: list[tuple[datetime, datetime]],
    absences: list[tuple[datetime, datetime]],
) -> bool:
    """Whether somebody is on shift, and not away all of that time, while a promise runs (B4). Times are half-open."""
    overlaps = [(max(begins, start), min(ends, end)) for start, end in shifts if start < ends and begins < end]
    return any(not any(away <= start and end <= back for away, back in absences) for start, end in overlaps)


def whole_minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def is_reminder(created_at: datetime, first_created_at: datetime, first_ended_at: datetime | None) -> bool:
    """The customer asks again about a matter that is still open (B7)."""
    return first_created_at < created_at and (first_ended_at is None or created_at < first_ended_at)


def answers_in_a_call(call_in_at: datetime, messages: Sequence[datetime]) -> bool:
    """Whether no new message was written in a call in which the customer called in (B3).

    `messages`: when messages were written, in order.
    """
    following = bisect_left(messages, call_in_at)
    return following == len(messages) or messages[following] > call_in_at + MESSAGE_FOLLOWS_CALL_WITHIN

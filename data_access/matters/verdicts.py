"""The verdicts on requests and promises, which are stored although derived."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from data_access.database.frames import insert_rows
from data_access.database.schema import (
    attempt_day,
    callback,
    callback_holder,
    callback_verdict,
    customer,
    promise,
    promise_verdict,
)
from data_access.matters.attempt_days import AttemptDays, is_cover
from data_access.matters.directory import Directory, read_directory, receiver_of
from data_access.matters.matter import Matter, is_frozen, matters_of, receivers
from metrics.calendar import local_day
from metrics.callbacks import CALL, Holder, Request, Verdict, judge
from metrics.house_rules import HouseRules
from metrics.routing import is_complete, is_misrouted, is_returned

CUSTOMERS_AT_A_TIME = 5_000
ALL_KNOWN = datetime(9000, 1, 1, tzinfo=UTC)


def derive_matters(connection: Connection, customers: set[int] | None, rules: HouseRules) -> None:
    """Judge all callbacks and promises of the given customers (None: of every one) and store the verdicts."""
    directory = read_directory(connection, rules)
    days = AttemptDays(directory)
    asked = (
        connection.scalars(select(callback.c.customer_id).distinct().order_by(callback.c.customer_id)).all()
        if customers is None
        else sorted(customers)
    )
    for start in range(0, len(asked), CUSTOMERS_AT_A_TIME):
        chunk = asked[start : start + CUSTOMERS_AT_A_TIME]
        some = select(customer.c.id).where(customer.c.id.in_(chunk))
        matters = matters_of(connection, directory, some)
        ours = select(callback.c.id).where(callback.c.customer_id.in_(chunk), ~is_frozen(connection, rules))
        connection.execute(delete(callback_verdict).where(callback_verdict.c.callback_id.in_(ours)))
        theirs = select(promise.c.id).where(promise.c.callback_id.in_(ours))
        connection.execute(delete(promise_verdict).where(promise_verdict.c.promise_id.in_(theirs)))
        connection.execute(delete(callback_holder).where(callback_holder.c.first_id.in_(ours)))
        connection.execute(delete(attempt_day).where(attempt_day.c.callback_id.in_(ours)))
        store(connection, matters, days, rules)


def store(connection: Connection, matters: list[Matter], days: AttemptDays, rules: HouseRules) -> None:
    judged = [(matter, judge(matter.request, rules, ALL_KNOWN)) for matter in matters]
    verdicts = [
        stored_verdict(matter, position, verdict, days.directory, rules)
        for matter, verdict in judged
        for position in range(1 + len(matter.reminders))
    ]
    promises = [
        {
            "promise_id": promised.promise.id,
            "state": promised.state,
            "attempted_at": promised.attempted_at,
            "minutes_late": promised.minutes_late if promised.attempted_at else None,
            "local_date": local_day(promised.promise.to_at, rules),
        }
        for _, verdict in judged
        for promised in verdict.promises
    ]
    holders = [
        {"first_id": matter.facts.callback_id, "position": position, "from_at": since}
        | {"agent_id": holder.agent_id, "desk": holder.desk}
        for matter in matters
        for position, (since, holder) in enumerate(holders_of(matter.request))
    ]
    # Of what is still open the days go on, so they are worked out when somebody looks.
    attempts = [
        row
        for matter, verdict in judged
        if ended_at(matter.request, verdict)
        for row in days.of(matter, verdict, ALL_KNOWN)
    ]
    for table, rows in (
        (callback_verdict, verdicts),
        (callback_holder, holders),
        (attempt_day, attempts),
        (promise_verdict, promises),
    ):
        insert_rows(connection, table, rows)


def holders_of(request: Request) -> list[tuple[datetime, Holder]]:
    """Who had a request, and since when; of two at one instant the last (B8)."""
    since = {request.created_at: request.holder}
    for change in request.hand_overs:
        since[max(change.at, request.created_at)] = change.holder
    return list(since.items())


def held_by(request: Request, at: datetime) -> int | None:
    """Who in person had a request at an instant, where it was somebody."""
    before = [holder.agent_id for since, holder in holders_of(request) if since <= at]
    return before[-1] if before else None


def ended_at(request: Request, judged: Verdict) -> datetime | None:
    """When the customer was reached or withdrew."""
    return judged.reached_at or (request.withdrawn_at if judged.state == "withdrawn" else None)


def last_called_at(request: Request, judged: Verdict, now: datetime) -> datetime | None:
    """When the customer was last called, up to the request's end or, while it is open, up to now."""
    end = ended_at(request, judged) or now
    calls = (attempt.at for attempt in request.attempts if attempt.channel == CALL and attempt.at <= end)
    return max(calls, default=None)


def has_preferred_time(row: Any) -> bool:
    """A beginning or a latest time is enough to say when (B6)."""
    return row.preferred_from is not None or row.preferred_to is not None


def stored_verdict(
    matter: Matter, position: int, verdict: Verdict, directory: Directory, rules: HouseRules
) -> dict[str, Any]:
    """One row of callback_verdict: a reminder shares its first request's clock and has its own completeness."""
    row = matter.reminders[position - 1] if position else matter.facts
    again = position > 0
    created_day = local_day(row.created_at, rules)
    handler = matter.handlers[position]
    right = receivers(row, handler, directory, again=again)
    blamed = verdict.breached_by
    sent_to = receiver_of(row, directory, created_day)
    was_sent = sent_to is not None and row.sent_at is not None
    handed_to = [change.holder for change in matter.request.hand_overs]
    returned = not again and is_returned(sent_to, right, handed_to, row.created_by_id)
    return {
        "callback_id": row.callback_id,
        "first_id": matter.facts.callback_id,
        "agent_id": verdict.holder.agent_id,
        "desk": verdict.holder.desk,
        "created_at": row.created_at,
        "due_at": verdict.due_at,
        "rule": verdict.rule,
        "ended_at": ended_at(matter.request, verdict),
        "reached_at": verdict.reached_at,
        "how": verdict.how,
        "first_attempt_at": verdict.first_attempt_at,
        "breached_at": verdict.breached_at,
        "breached_by_id": blamed.agent_id if blamed else None,
        "breached_desk": blamed.desk if blamed else None,
        "attempts": verdict.attempts,
        "attempts_in_preferred_time": verdict.attempts_in_preferred_time,
        "reminders": len(matter.reminders),
        "was_told": bool(matter.request.told_at),
        "is_complete": is_complete(row.reason, has_preferred_time(row), row.phones, was_sent),
        "is_misrouted": not returned and is_misrouted(sent_to, right),
        "is_returned": returned,
        "is_cover": is_cover(matter.handlers, blamed or verdict.holder),
        "held_by_id": held_by(matter.request, row.created_at),
        "last_called_at": last_called_at(matter.request, verdict, ALL_KNOWN),
        "local_date": created_day,
    }

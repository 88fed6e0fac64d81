"""The verdicts on requests and promises, which are stored although derived."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from data_access.database.frames import insert_frame, rows_as_frame
from data_access.database.schema import (
    callback,
    callback_holder,
    callback_verdict,
    customer,
    promise,
    promise_verdict,
)
from data_access.matters.directory import Directory, read_directory, receiver_of
from data_access.matters.matter import Matter, is_frozen, matters_of, receivers
from metrics.calendar import local_day
from metrics.callbacks import Holder, Request, Verdict, judge
from metrics.house_rules import HouseRules
from metrics.routing import CaseHandler, is_complete, is_misrouted, is_returned

CUSTOMERS_AT_A_TIME = 5_000
ALL_KNOWN = datetime(9000, 1, 1, tzinfo=UTC)


def derive_matters(connection: Connection, customers: set[int] | None, rules: HouseRules) -> None:
    """Judge all callbacks and promises of the given customers (None: of every one) and store the verdicts."""
    directory = read_directory(connection, rules)
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
        store(connection, matters, directory, rules)


def store(connection: Connection, matters: list[Matter], directory: Directory, rules: HouseRules) -> None:
    judged = [(matter, judge(matter.request, rules, ALL_KNOWN)) for matter in matters]
    verdicts = [
        stored_verdict(matter, position, verdict, directory, rules)
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
    for table, rows in (
        (callback_verdict, verdicts),
        (callback_holder, holders),
        (promise_verdict, promises),
    ):
        if rows:
            insert_frame(connection, table, rows_as_frame(table, rows))


def holders_of(request: Request) -> list[tuple[datetime, Holder]]:
    """Who had a request, and since when; of two at one instant the last (B8)."""
    since = {request.created_at: request.holder}
    for change in request.hand_overs:
        since[max(change.at, request.created_at)] = change.holder
    return list(since.items())


def is_cover(handlers: tuple[CaseHandler, ...], holder: Holder) -> bool:
    """Whether somebody has a request as the buddy of a case handler who was away when it, or a reminder, came (R5)."""
    covered = (handler.buddy_id for handler in handlers if handler.is_away)
    return holder.agent_id is not None and holder.agent_id in covered


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
    ended_at = verdict.reached_at or (matter.request.withdrawn_at if verdict.state == "withdrawn" else None)
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
        "ended_at": ended_at,
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
        "local_date": created_day,
    }

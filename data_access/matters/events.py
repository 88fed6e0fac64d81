"""What happened to the customers of some matters: attempts, calls, notes."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, func, literal, null, select

from data_access.database.schema import call, contact_attempt, note, ring
from data_access.matters.directory import Rows, grouped
from metrics.calendar import local_day
from metrics.house_rules import HouseRules, in_force


@dataclass(frozen=True)
class Events:
    """What happened to some customers and callbacks, by customer or by callback."""

    promises: dict[int, Rows]
    hand_overs: dict[int, Rows]
    attempts: dict[int, Rows]
    noted_requests: set[int]
    """The callbacks of which an attempt was noted."""
    call_ins: dict[int, Rows]
    owners: dict[int, Rows]
    handed: dict[int, Rows]
    notes: dict[int, Rows]


def attempts_by_customer(connection: Connection, customers: Any, rules: HouseRules) -> dict[int, Rows]:
    """Noted attempts and dialled calls of customers: callback_id (may be missing), at, agent_id, channel, reached,
    is_derived (nobody noted it), is_contradicted (noted, and the phone log shows that it never was).

    The phone log alone does not tell a customer from their voicemail: a call that nobody noted was an attempt, no more.
    """
    names = ("customer_id", "callback_id", "at", "agent_id", "channel", "reached")
    noted = select(
        *(contact_attempt.c[name] for name in names),
        literal(False).label("is_derived"),
        (func.coalesce(contact_attempt.c.log_state, "") == "not_in_the_log").label("is_contradicted"),
    ).where(contact_attempt.c.customer_id.in_(customers))
    dialled = select(
        call.c.customer_id,
        null().label("callback_id"),
        call.c.started_at.label("at"),
        agent_of_call().label("agent_id"),
        literal("call").label("channel"),
        literal(False).label("reached"),
        literal(True).label("is_derived"),
        literal(False).label("is_contradicted"),
    ).where(call.c.direction == "outgoing", call.c.customer_id.in_(customers))
    attempts = grouped(connection, noted, "customer_id")
    for customer_id, calls in grouped(connection, dialled, "customer_id").items():
        noted_calls = sorted(
            (attempt for attempt in attempts[customer_id] if attempt.channel == "call" and not attempt.is_contradicted),
            key=attrgetter("at"),
        )
        attempts[customer_id] += [
            dialled_call for dialled_call in calls if not is_noted(dialled_call, noted_calls, rules)
        ]
    return attempts


def agent_of_call() -> Any:
    """Who dialled a call: of several phones the first; missing where the source names nobody."""
    first = select(ring.c.agent_id).where(ring.c.call_id == call.c.id, ring.c.agent_id.is_not(None))
    return first.order_by(ring.c.rang_at, ring.c.source_id).limit(1).scalar_subquery()


def is_noted(dialled: Any, noted: Rows, rules: HouseRules) -> bool:
    """Whether an attempt was noted so close to a dialled call that they are one (C2).

    By the same agent, or by a colleague where the house counts other phones, or where nobody knows whose phone it was.
    `noted`: the customer's noted calls in order of time.
    """
    day = local_day(dialled.at, rules)
    tolerance = timedelta(minutes=in_force(rules.thresholds.attempt_tolerance_minutes, day).value)
    anybody = dialled.agent_id is None or in_force(rules.thresholds.other_phones_answer, day).value
    first = bisect_left(noted, dialled.at - tolerance, key=attrgetter("at"))
    last = bisect_right(noted, dialled.at + tolerance, key=attrgetter("at"))
    return any(anybody or attempt.agent_id == dialled.agent_id for attempt in noted[first:last])


def call_ins_of(customers: Any) -> Any:
    """Calls in which these customers reached somebody: customer_id, agent_id, started_at, answered_at, and of the
    phone that was picked up rang_at and ring_seconds."""
    return (
        select(
            call.c.customer_id,
            ring.c.agent_id,
            call.c.started_at,
            call.c.answered_at,
            ring.c.rang_at,
            ring.c.ring_seconds,
        )
        .join(ring, ring.c.call_id == call.c.id)
        .where(
            call.c.direction == "incoming",
            ring.c.outcome == "answered",
            ring.c.agent_id.is_not(None),
            call.c.customer_id.in_(customers),
        )
        .order_by(call.c.started_at)
    )


def answered_at(call_in: Any) -> datetime:
    """When somebody's phone was picked up, as far as the telephone system tells."""
    if call_in.ring_seconds is not None:
        return call_in.rang_at + timedelta(seconds=call_in.ring_seconds)
    return max(call_in.answered_at or call_in.started_at, call_in.rang_at)


def notes_of(customers: Any) -> Any:
    return (
        select(note.c.customer_id, note.c.at, note.c.agent_id)
        .where(note.c.customer_id.in_(customers))
        .order_by(note.c.at)
    )

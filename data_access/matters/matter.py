"""A customer's matters put together from everything that is stored about them, judged, and the verdicts stored.

A matter is a first request with its reminders. What belongs to it is found here; what it counts as is decided by
`metrics.callbacks.judge`, for the stored verdicts and for every list and history alike.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, MetaData, Table, false, insert, select

from data_access.database.schema import (
    callback,
    callback_owner,
    callback_verdict,
    customer,
    customer_owner,
    database_info,
    promise,
    reassignment,
)
from data_access.database.temporary import create_afresh
from data_access.matters.directory import Directory, Rows, as_owner, grouped, holds, receiver, receiver_of
from data_access.matters.events import Events, attempts_by_customer, call_ins_of, last_notes
from metrics.calendar import local_day, local_to_utc
from metrics.callbacks import (
    Attempt,
    CallIn,
    HandOver,
    Promise,
    Request,
    answers_in_a_call,
    earliest,
    hand_over_order,
    is_reminder,
    when_reached,
)
from metrics.house_rules import HouseRules
from metrics.routing import CaseHandler

HAND_OVER = "reassignment"
"""The source of owners that came by a hand-over and not from the CRM."""

asked_customer = Table(
    "asked_customer",
    MetaData(),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True)
class Matter:
    """A first request, the callbacks that remind of it, and what the rules judge."""

    facts: Any
    """The row of the first request: callback_id, customer_id, topic, insurer, portfolio, sent_to_id and so on."""
    request: Request
    reminders: tuple[Any, ...]
    handlers: tuple[CaseHandler, ...]
    """The customer's case handler when the request, and each reminder, was written."""

    @property
    def handler(self) -> CaseHandler:
        return self.handlers[0]


def matters_of(connection: Connection, directory: Directory, customers: Any) -> list[Matter]:
    """All matters of the customers that a query names, in the order of customer, topic and time.

    Without those that are frozen: what decided them has been blanked, and their stored verdicts stand.
    """
    create_afresh(connection, asked_customer)
    connection.execute(insert(asked_customer).from_select(["customer_id"], customers))
    theirs = select(asked_customer.c.customer_id)
    requests = (
        select(
            callback.c.id.label("callback_id"),
            *(column for column in callback.c if column.name != "id"),
            customer.c.number,
            customer.c.insurer,
            customer.c.portfolio,
        )
        .join(customer)
        .where(callback.c.customer_id.in_(theirs), ~is_frozen(connection, directory.rules))
        .order_by(callback.c.customer_id, callback.c.created_at, callback.c.source, callback.c.source_id)
    )
    ours = select(callback.c.id).where(callback.c.customer_id.in_(theirs))
    owned = select(*customer_owner.c).where(customer_owner.c.customer_id.in_(theirs))
    given_to_kc = select(reassignment.c.customer_id, reassignment.c.at).where(
        reassignment.c.customer_id.in_(theirs), reassignment.c.callback_id.is_(None), reassignment.c.undoes_id.is_(None)
    )
    handed = select(*callback_owner.c).where(callback_owner.c.callback_id.in_(ours))
    attempts = attempts_by_customer(connection, theirs, directory.rules)
    events = Events(
        promises=grouped(connection, select(*promise.c).where(promise.c.callback_id.in_(ours)), "callback_id"),
        hand_overs=grouped(connection, handed, "callback_id"),
        attempts=attempts,
        noted_requests={written.callback_id for noted in attempts.values() for written in noted},
        call_ins=grouped(connection, call_ins_of(theirs), "customer_id"),
        owners=grouped(connection, owned, "customer_id"),
        handed=grouped(connection, given_to_kc, "customer_id"),
        notes=grouped(connection, last_notes(theirs), "customer_id"),
    )
    matters: list[Matter] = []
    for rows in grouped(connection, requests, "customer_id").values():
        matters += threads(rows, events, directory)
    return matters


def is_frozen(connection: Connection, rules: HouseRules) -> ColumnElement[bool]:
    """The request ended before the day up to which calls name nobody any more (P2)."""
    blanked_before = connection.scalar(select(database_info.c.blanked_before))
    if blanked_before is None:
        return false()
    its = callback_verdict.alias("its_verdict")
    ended = its.c.ended_at < local_to_utc(blanked_before, 0, rules)
    return select(its.c.callback_id).where(its.c.callback_id == callback.c.id, ended).exists()


@dataclass
class Thread:
    """A matter while its customer's requests are gone through: its requests so far, and when it ended."""

    rows: list[Any]
    begun: Matter
    """What it was before anybody reminded of it."""
    ended_at: datetime | None

    @property
    def first(self) -> Any:
        return self.rows[0]

    @cached_property
    def names(self) -> set[tuple[str, str]]:
        """By which the source can say of a later request that it reminds of this matter."""
        return {(row.source, row.source_id) for row in self.rows}

    def add(self, row: Any) -> None:
        self.rows.append(row)
        self.names.add((row.source, row.source_id))


def threads(rows: Rows, events: Events, directory: Directory) -> list[Matter]:
    """The matters of one customer: whoever asks again while one is open reminds of it, flagged or not (B7).

    One pass in the order of time: what has ended is never asked again, so that a thousand requests of one customer cost
    a thousand times one.
    """
    written_at: dict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        written_at[row.topic].append(row.created_at)
    every_thread: list[Thread] = []
    open_threads: list[Thread] = []
    for row in rows:
        open_threads = [each for each in open_threads if each.ended_at is None or row.created_at < each.ended_at]
        earlier = [each for each in open_threads if is_reminder(row.created_at, each.first.created_at, each.ended_at)]
        flagged = (each for each in earlier if (row.source, row.reminder_of) in each.names)
        same_topic = (each for each in earlier if each.first.topic == row.topic)
        reminded = next(flagged, None) or next(same_topic, None)
        if reminded:
            reminded.add(row)
            reminded.ended_at = ended_after_reminder(reminded, written_at[reminded.first.topic], events, directory)
        else:
            begun = matter_of([row], written_at[row.topic], events, directory)
            open_threads.append(Thread([row], begun, ended(begun.request)))
            every_thread.append(open_threads[-1])
    return [
        matter_of(each.rows, written_at[each.first.topic], events, directory) if len(each.rows) > 1 else each.begun
        for each in every_thread
    ]


def ended_after_reminder(
    thread: Thread, written_at: list[datetime], events: Events, directory: Directory
) -> datetime | None:
    """When a matter ended, now that its latest reminder is known too.

    Most reminders bring no more than what their own row says; then nothing else is asked again.
    """
    latest = thread.rows[-1]
    if events.hand_overs[latest.callback_id] or latest.callback_id in events.noted_requests:
        return ended(matter_of(thread.rows, written_at, events, directory).request)
    return earliest(thread.ended_at, latest.reached_at, latest.done_at, latest.withdrawn_at)


def ended(request: Request) -> datetime | None:
    """When the customer was reached or withdrew, whichever was first."""
    return earliest(when_reached(request)[0], request.withdrawn_at)


def matter_of(together: Rows, written_at: list[datetime], events: Events, directory: Directory) -> Matter:
    """Everything about one first request, from what the source says of it and of its reminders.

    `written_at`: when the customer wrote about this topic, in order.
    """
    row, *reminders = together
    created_day = local_day(row.created_at, directory.rules)
    owned, handed = events.owners[row.customer_id], events.handed[row.customer_id]
    handlers = tuple(handler_of(written, owned, handed, directory) for written in together)
    holder = receiver_of(row, directory, created_day) or as_owner(handlers[0], directory, created_day)
    hand_overs = sorted(
        (
            HandOver(change.from_at, receiver(change.agent_id, change.desk, directory, created_day), change.why)
            for written in together
            for change in events.hand_overs[written.callback_id]
        ),
        key=hand_over_order,
    )
    holders = [holder, *(written.holder for written in hand_overs)]
    since = [row.created_at, *(written.at for written in hand_overs)]
    ids = {written.callback_id for written in together}
    attempts = tuple(
        Attempt(written.at, written.agent_id, written.channel, bool(written.reached), bool(written.is_derived))
        for written in events.attempts[row.customer_id]
        if written.at >= row.created_at and (written.callback_id in ids or written.callback_id is None)
    )
    call_ins = tuple(
        CallIn(written.at, written.agent_id)
        for written in events.call_ins[row.customer_id]
        if written.at > row.created_at
        and directory.may_settle(written.agent_id, holders[max(bisect_right(since, written.at) - 1, 0)], written.at)
        and answers_in_a_call(written.at, written_at)
    )
    noted = events.notes[row.customer_id]
    stated = [(written.reached_at, written.done_at, written.withdrawn_at) for written in together]
    request = Request(
        created_at=row.created_at,
        holder=holder,
        told_at=tuple(written.told_at for written in together if written.told_at),
        promises=tuple(
            Promise(written.id, written.made_at, written.from_at, written.to_at, bool(written.asked_by_customer))
            for each in together
            for written in events.promises[each.callback_id]
        ),
        hand_overs=tuple(hand_overs),
        attempts=attempts,
        call_ins=call_ins,
        stated_reached_at=min((written[0] for written in stated if written[0]), default=None),
        done_at=min((written[1] for written in stated if written[1]), default=None),
        withdrawn_at=min((written[2] for written in stated if written[2]), default=None),
        noted_at=noted[0].at if noted else None,
        preferred=preferred_span(row),
    )
    return Matter(row, request, tuple(reminders), handlers)


def preferred_span(row: Any) -> tuple[datetime, datetime] | None:
    """The preferred time, where it is one: with a beginning, an end, and something in between."""
    if row.preferred_from is None or row.preferred_to is None or row.preferred_to <= row.preferred_from:
        return None
    return row.preferred_from, row.preferred_to


def handler_of(row: Any, owners: Rows, handed: Rows, directory: Directory) -> CaseHandler:
    """The customer's own case handler when a request was written.

    Owners are held by days; on the day of a hand-over to KC its time decides (B8).
    """
    rules = directory.rules
    day = local_day(row.created_at, rules)
    owner = next((entry for entry in owners if holds(entry, day)), None)
    was_handed_later = any(local_day(entry.at, rules) == day and row.created_at < entry.at for entry in handed)
    if owner is not None and owner.source == HAND_OVER and owner.from_date == day and was_handed_later:
        owner = next((entry for entry in owners if entry.to_date == day), owner)
    owner_id = None if owner is None else owner.agent_id
    if owner_id is None:
        return CaseHandler(None, is_active=False, is_away=False, buddy_id=None)
    return CaseHandler(
        owner_id,
        is_active=directory.is_active(owner_id, row.created_at),
        is_away=directory.is_away_for_the_day(owner_id, row.created_at),
        buddy_id=directory.buddy_of(owner_id, day),
    )

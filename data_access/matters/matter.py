"""A customer's matters put together from everything that is stored about them, judged, and the verdicts stored.

A matter is a first request with its reminders. What belongs to it is found here; what it counts as is decided by
`metrics.callbacks.judge`, for the stored verdicts and for every list and history alike.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
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
from data_access.matters.events import Events, answered_at, attempts_by_customer, call_ins_of, notes_of
from metrics.calendar import local_day, local_to_utc
from metrics.callbacks import (
    Attempt,
    CallIn,
    HandOver,
    Holder,
    Note,
    Promise,
    Request,
    answers_in_a_call,
    earliest,
    hand_over_order,
    is_reminder,
    when_reached,
)
from metrics.house_rules import HouseRules
from metrics.routing import CaseHandler, Receivers, is_misrouted, right_receivers

HAND_OVER = "reassignment"
"""The source of owners that came by a hand-over and not from the CRM."""
REMINDED = "reminded"
"""Why somebody has a request to whom the customer's reminder was rightly sent."""

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
    contradicted: tuple[Attempt, ...] = ()
    """Noted call attempts that the phone log shows never to have been made."""

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
        notes=grouped(connection, notes_of(theirs), "customer_id"),
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
    done_at: datetime | None
    """When the customer was helped or withdrew: until then the source can say of a request that it reminds of this."""

    @property
    def first(self) -> Any:
        return self.rows[0]

    def takes_flagged(self, row: Any) -> bool:
        return self.first.created_at < row.created_at and (self.done_at is None or row.created_at < self.done_at)

    def add(self, row: Any) -> None:
        self.rows.append(row)
        self.done_at = earliest(self.done_at, row.done_at, row.withdrawn_at)


def threads(rows: Rows, events: Events, directory: Directory) -> list[Matter]:
    """The matters of one customer: whoever asks again while one is open reminds of it; so does whoever the source says
    reminds of one that is not done yet (B7).

    One pass in the order of time: what has ended is never asked again, so that a thousand requests of one customer cost
    a thousand times one.
    """
    written_at: dict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        written_at[row.topic].append(row.created_at)
    every_thread: list[Thread] = []
    open_threads: list[Thread] = []
    thread_of: dict[tuple[str, str | None], Thread] = {}
    for row in rows:
        open_threads = [each for each in open_threads if each.ended_at is None or row.created_at < each.ended_at]
        earlier = [each for each in open_threads if is_reminder(row.created_at, each.first.created_at, each.ended_at)]
        flagged = thread_of.get((row.source, row.reminder_of))
        if flagged and not flagged.takes_flagged(row):
            flagged = None
        reminded = flagged or next((each for each in earlier if each.first.topic == row.topic), None)
        if reminded:
            reminded.add(row)
            reminded.ended_at = ended_after_reminder(reminded, written_at[reminded.first.topic], events, directory)
        else:
            begun = matter_of([row], written_at[row.topic], events, directory)
            open_threads.append(Thread([row], begun, ended(begun.request), earliest(row.done_at, row.withdrawn_at)))
            every_thread.append(open_threads[-1])
        thread_of[row.source, row.source_id] = reminded or open_threads[-1]
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
    handlers = tuple(handler_at(written.created_at, owned, handed, directory) for written in together)
    holder = receiver_of(row, directory, created_day) or as_owner(handlers[0], directory, created_day)
    hand_overs = sorted(
        (
            HandOver(change.from_at, receiver(change.agent_id, change.desk, directory, created_day), change.why)
            for written in together
            for change in events.hand_overs[written.callback_id]
        ),
        key=hand_over_order,
    )
    hand_overs = with_reminders_passed_on(holder, hand_overs, together, handlers, directory)
    holders = [holder, *(written.holder for written in hand_overs)]
    since = [row.created_at, *(written.at for written in hand_overs)]

    def may_settle(agent_id: int, at: datetime) -> bool:
        if directory.may_settle(agent_id, holders[max(bisect_right(since, at) - 1, 0)], at):
            return True
        owner_id = owner_at(at, owned, handed, directory)
        is_handler = owner_id is not None and directory.is_active(owner_id, at)
        return is_handler and directory.may_settle(agent_id, Holder("agents", owner_id), at)

    ids = {written.callback_id for written in together}
    of_matter = [
        written
        for written in events.attempts[row.customer_id]
        if written.at >= row.created_at and (written.callback_id in ids or written.callback_id is None)
    ]
    # What the phone log contradicts keeps no step and no clock (C2).
    attempts, contradicted = (
        tuple(
            Attempt(written.at, written.agent_id, written.channel, bool(written.reached), bool(written.is_derived))
            for written in of_matter
            if bool(written.is_contradicted) == is_contradicted
        )
        for is_contradicted in (False, True)
    )
    call_ins = tuple(
        CallIn(answered_at(written), written.agent_id)
        for written in events.call_ins[row.customer_id]
        if written.started_at > row.created_at
        and answers_in_a_call(written.started_at, written_at)
        and may_settle(written.agent_id, answered_at(written))
    )
    notes = tuple(
        Note(written.at, written.agent_id) for written in events.notes[row.customer_id] if written.at >= row.created_at
    )
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
        notes=notes,
        preferred=preferred_span(row),
    )
    return Matter(row, request, tuple(reminders), handlers, contradicted)


def preferred_span(row: Any) -> tuple[datetime, datetime] | None:
    """The preferred time, where it is one: with an end, and something before it; a latest time alone is one (B6)."""
    begins = row.preferred_from or row.created_at
    return None if row.preferred_to is None or row.preferred_to <= begins else (begins, row.preferred_to)


def with_reminders_passed_on(
    holder: Holder,
    hand_overs: list[HandOver],
    together: Rows,
    handlers: tuple[CaseHandler, ...],
    directory: Directory,
) -> list[HandOver]:
    """The hand-overs of a request, and those that a reminder is: rightly sent to somebody else, it moves the request to
    them (B3)."""
    moves = list(hand_overs)
    for written, handler in zip(together[1:], handlers[1:], strict=True):
        sent_to = receiver_of(written, directory, local_day(written.created_at, directory.rules))
        if sent_to is None or written.sent_at is None or is_misrouted(sent_to, receivers(written, handler, directory)):
            continue
        before = [move.holder for move in moves if move.at <= written.sent_at]
        if sent_to != (before[-1] if before else holder):
            moves = sorted([*moves, HandOver(written.sent_at, sent_to, REMINDED)], key=hand_over_order)
    return moves


def receivers(row: Any, handler: CaseHandler, directory: Directory, *, again: bool = True) -> Receivers:
    """To whom a message, or a reminder, may go (B5)."""
    day = local_day(row.created_at, directory.rules)
    customer_of_kc = directory.is_portfolio_of_kc(row.portfolio, day)
    return right_receivers(
        directory.rules,
        row.topic,
        row.insurer,
        row.portfolio,
        handler,
        row.created_at,
        again=again,
        is_portfolio_of_kc=customer_of_kc,
    )


def handler_at(at: datetime, owners: Rows, handed: Rows, directory: Directory) -> CaseHandler:
    """The customer's own case handler at an instant."""
    owner_id = owner_at(at, owners, handed, directory)
    if owner_id is None:
        return CaseHandler(None, is_active=False, is_away=False, buddy_id=None)
    return CaseHandler(
        owner_id,
        is_active=directory.is_active(owner_id, at),
        is_away=directory.is_away_for_the_day(owner_id, at),
        buddy_id=directory.buddy_of(owner_id, local_day(at, directory.rules)),
    )


def owner_at(at: datetime, owners: Rows, handed: Rows, directory: Directory) -> int | None:
    """Who in person owned the customer at an instant.

    Owners are held by days; on the day of a hand-over to KC its time decides (B8).
    """
    rules = directory.rules
    day = local_day(at, rules)
    owner = next((entry for entry in owners if holds(entry, day)), None)
    was_handed_later = any(local_day(entry.at, rules) == day and at < entry.at for entry in handed)
    if owner is not None and owner.source == HAND_OVER and owner.from_date == day and was_handed_later:
        owner = next((entry for entry in owners if entry.to_date == day), owner)
    return None if owner is None else owner.agent_id

"""A customer's matters put together from everything that is stored about them, judged, and the verdicts stored.

A matter is a first request with its reminders. What belongs to it is found here; what it counts as is decided by
`metrics.callbacks.judge`, for the stored verdicts and for every list and history alike.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    select,
)

from data_access.frames import insert_frame, rows_as_frame
from data_access.schema import (
    absence,
    agent,
    buddy_pair,
    call,
    callback,
    callback_owner,
    callback_verdict,
    contact_attempt,
    customer,
    customer_owner,
    database_info,
    employment,
    kc_list,
    note,
    promise,
    promise_verdict,
    reassignment,
    ring,
    team,
    team_member,
)
from data_access.staging import create_afresh
from metrics.calendar import local_to_utc, rest_of_working_day
from metrics.callbacks import (
    Attempt,
    CallIn,
    HandOver,
    Holder,
    Promise,
    Request,
    Verdict,
    answers_in_a_call,
    hand_over_order,
    is_reminder,
    judge,
)
from metrics.house_rules import HouseRules, in_force
from metrics.routing import CaseHandler, is_complete, is_misrouted, right_receivers

CUSTOMERS_AT_A_TIME = 5_000
HAND_OVER = "reassignment"
"""The source of owners that came by a hand-over and not from the CRM."""
ALL_KNOWN = datetime(9000, 1, 1, tzinfo=UTC)

asked_customer = Table(
    "asked_customer",
    MetaData(),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    prefixes=["TEMPORARY"],
)

Rows = list[Any]


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


@dataclass
class Directory:
    """Who is who, and since when: teams' desks, absences, buddies, owners; read once for many matters."""

    rules: HouseRules
    initials: dict[int, str]
    memberships: dict[int, Rows]
    employments: dict[int, Rows]
    absences: dict[int, Rows]
    buddies: dict[int, Rows]
    disabled_at: dict[int, datetime]
    inactive: set[str] = field(default_factory=set)

    @cached_property
    def ids(self) -> dict[str, int]:
        return {initials: agent_id for agent_id, initials in self.initials.items()}

    def desk_of(self, agent_id: int, day: date) -> str:
        return next((row.desk for row in self.memberships[agent_id] if holds(row, day)), "agents")

    def buddy_of(self, agent_id: int, day: date) -> int | None:
        for row in self.buddies[agent_id]:
            if holds(row, day):
                return int(row.buddy_id if row.agent_id == agent_id else row.agent_id)
        return None

    def is_absent(self, agent_id: int, at: datetime) -> bool:
        return any(row.starts_at <= at < row.ends_at for row in self.absences[agent_id])

    def is_away_for_the_day(self, agent_id: int, at: datetime, desk: str = "agents") -> bool:
        """Away for at least the rest of the working day (B5); outside opening hours the next working day counts."""
        rest = rest_of_working_day(self.rules, desk, at)
        if rest is None:
            return False
        away_until, closes = rest
        for row in sorted(self.absences[agent_id], key=lambda one: one.starts_at):
            if row.starts_at <= away_until < row.ends_at:
                away_until = row.ends_at
        return away_until >= closes

    def is_active(self, agent_id: int, at: datetime) -> bool:
        """Employed, and not on the list of those whose customers pass to KC (K1)."""
        return self.is_employed(agent_id, at) and self.initials[agent_id] not in self.inactive

    def is_employed(self, agent_id: int, at: datetime) -> bool:
        """Employed then, as far as anybody says, and not disabled."""
        day = at.astimezone(self.rules.tzinfo).date()
        employed = not self.employments[agent_id] or any(holds(row, day) for row in self.employments[agent_id])
        return employed and not (agent_id in self.disabled_at and self.disabled_at[agent_id] <= at)

    def hired_on(self, agent_id: int, day: date) -> date | None:
        """Since when somebody has been employed without a break, as of a day."""
        spans = sorted(self.employments[agent_id], key=lambda row: row.from_date, reverse=True)
        begun = next((row.from_date for row in spans if holds(row, day)), None)
        for row in spans:
            if begun is not None and row.from_date < begun and (row.to_date is None or row.to_date >= begun):
                begun = row.from_date
        return begun

    def was_in_one_of(self, agent_id: int, team_ids: tuple[int, ...], day: date) -> bool:
        return any(row.team_id in team_ids and holds(row, day) for row in self.memberships[agent_id])

    def may_settle(self, agent_id: int, holder: Holder, at: datetime) -> bool:
        """Whether an answer of this agent stops the clock (B3): the owner, the covering buddy, the owning desk."""
        day = at.astimezone(self.rules.tzinfo).date()
        if holder.agent_id is None:
            return self.desk_of(agent_id, day) == holder.desk
        covers = self.is_absent(holder.agent_id, at) and self.buddy_of(holder.agent_id, day) == agent_id
        return agent_id == holder.agent_id or covers


def holds(row: Any, day: date) -> bool:
    return row.from_date <= day and (row.to_date is None or day < row.to_date)


def grouped(connection: Connection, query: Any, key: str) -> dict[Any, Rows]:
    """The rows of a query by one column, in their order."""
    found: dict[Any, Rows] = defaultdict(list)
    for row in connection.execute(query):
        found[getattr(row, key)].append(row)
    return found


def read_directory(connection: Connection, rules: HouseRules) -> Directory:
    people = connection.execute(select(agent.c.id, agent.c.initials, agent.c.disabled_at)).all()
    held = (team_member.c.from_date, team_member.c.to_date)
    members = select(team_member.c.agent_id, team_member.c.team_id, team.c.desk, *held).join(team)
    buddies: dict[int, Rows] = defaultdict(list)
    initials = {row.id: row.initials for row in people}
    pairs = connection.execute(select(*buddy_pair.c)).all()
    # In an order that does not depend on which pair was loaded first.
    for pair in sorted(pairs, key=lambda one: (one.from_date, initials[one.agent_id], initials[one.buddy_id])):
        buddies[pair.agent_id].append(pair)
        buddies[pair.buddy_id].append(pair)
    return Directory(
        rules,
        initials=initials,
        memberships=grouped(connection, members.order_by(team_member.c.from_date, team.c.name), "agent_id"),
        employments=grouped(connection, select(*employment.c), "agent_id"),
        absences=grouped(connection, select(absence.c.agent_id, absence.c.starts_at, absence.c.ends_at), "agent_id"),
        buddies=buddies,
        disabled_at={row.id: row.disabled_at for row in people if row.disabled_at},
        inactive=set(connection.scalars(select(kc_list.c.name).where(kc_list.c.kind == "handler"))),
    )


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
    events = Events(
        promises=grouped(connection, select(*promise.c).where(promise.c.callback_id.in_(ours)), "callback_id"),
        hand_overs=grouped(connection, handed, "callback_id"),
        attempts=attempts_of(connection, theirs, directory.rules),
        call_ins=grouped(connection, call_ins_of(theirs), "customer_id"),
        owners=grouped(connection, owned, "customer_id"),
        handed=grouped(connection, given_to_kc, "customer_id"),
        notes=grouped(connection, last_notes(theirs), "customer_id"),
    )
    found: list[Matter] = []
    for rows in grouped(connection, requests, "customer_id").values():
        found += threads(rows, events, directory)
    return found


def is_frozen(connection: Connection, rules: HouseRules) -> ColumnElement[bool]:
    """The request ended before the day up to which calls name nobody any more (P2)."""
    blanked_before = connection.scalar(select(database_info.c.blanked_before))
    if blanked_before is None:
        return false()
    its = callback_verdict.alias("its_verdict")
    ended = its.c.ended_at < local_to_utc(blanked_before, 0, rules)
    return select(its.c.callback_id).where(its.c.callback_id == callback.c.id, ended).exists()


@dataclass(frozen=True)
class Events:
    """What happened to some customers and callbacks, by customer or by callback."""

    promises: dict[int, Rows]
    hand_overs: dict[int, Rows]
    attempts: dict[int, Rows]
    call_ins: dict[int, Rows]
    owners: dict[int, Rows]
    handed: dict[int, Rows]
    notes: dict[int, Rows]


def attempts_of(connection: Connection, customers: Any, rules: HouseRules) -> dict[int, Rows]:
    """Noted attempts and dialled calls of customers: callback_id (may be missing), at, agent_id, channel, reached,
    is_derived (nobody noted it).

    The phone log alone does not tell a customer from his voicemail: a call that nobody noted was an attempt, no more.
    """
    names = ("customer_id", "callback_id", "at", "agent_id", "channel", "reached")
    noted = select(*(contact_attempt.c[name] for name in names), literal(False).label("is_derived")).where(
        contact_attempt.c.customer_id.in_(customers)
    )
    dialled = select(
        call.c.customer_id,
        null().label("callback_id"),
        call.c.started_at.label("at"),
        agent_of_call().label("agent_id"),
        literal("call").label("channel"),
        literal(False).label("reached"),
        literal(True).label("is_derived"),
    ).where(call.c.direction == "outgoing", call.c.customer_id.in_(customers))
    found = grouped(connection, noted, "customer_id")
    for customer_id, calls in grouped(connection, dialled, "customer_id").items():
        found[customer_id] += [one for one in calls if not is_noted(one, found[customer_id], rules)]
    return found


def agent_of_call() -> Any:
    """Who dialled a call: of several phones the first; missing where the source names nobody."""
    first = select(ring.c.agent_id).where(ring.c.call_id == call.c.id, ring.c.agent_id.is_not(None))
    return first.order_by(ring.c.rang_at, ring.c.source_id).limit(1).scalar_subquery()


def is_noted(dialled: Any, noted: Rows, rules: HouseRules) -> bool:
    """Whether an attempt was noted so close to a dialled call that they are one (C2).

    By the same agent, or by a colleague where the house counts other phones, or where nobody knows whose phone it was.
    """
    day = dialled.at.astimezone(rules.tzinfo).date()
    tolerance = timedelta(minutes=in_force(rules.thresholds.attempt_tolerance_minutes, day).value)
    anybody = dialled.agent_id is None or in_force(rules.thresholds.other_phones_answer, day).value
    return any(
        one.channel == "call"
        and (anybody or one.agent_id == dialled.agent_id)
        and abs(one.at - dialled.at) <= tolerance
        for one in noted
    )


def call_ins_of(customers: Any) -> Any:
    """Calls in which these customers reached somebody: customer_id, at, agent_id."""
    return (
        select(call.c.customer_id, call.c.started_at.label("at"), ring.c.agent_id)
        .join(ring, ring.c.call_id == call.c.id)
        .where(
            call.c.direction == "incoming",
            ring.c.outcome == "answered",
            ring.c.agent_id.is_not(None),
            call.c.customer_id.in_(customers),
        )
        .order_by(call.c.started_at)
    )


def last_notes(customers: Any) -> Any:
    return (
        select(note.c.customer_id, func.max(note.c.at).label("at"))
        .where(note.c.customer_id.in_(customers))
        .group_by(note.c.customer_id)
    )


def threads(rows: Rows, events: Events, directory: Directory) -> list[Matter]:
    """The matters of one customer: whoever asks again while one is open reminds of it, flagged or not (B7)."""
    found: list[Matter] = []
    for row in rows:
        still_open = [
            matter
            for matter in found
            if is_reminder(row.created_at, matter.facts.created_at, ended(matter, directory.rules))
        ]
        flagged = (matter for matter in still_open if is_flagged_for(row, matter))
        same_topic = (matter for matter in still_open if matter.facts.topic == row.topic)
        reminded = next(flagged, None) or next(same_topic, None)
        if reminded:
            together = matter_of(reminded.facts, (*reminded.reminders, row), rows, events, directory)
            found[found.index(reminded)] = together
        else:
            found.append(matter_of(row, (), rows, events, directory))
    return found


def is_flagged_for(row: Any, matter: Matter) -> bool:
    """Whether the source says that a request reminds of this matter."""
    return any(
        one.source == row.source and one.source_id == row.reminder_of for one in (matter.facts, *matter.reminders)
    )


def ended(matter: Matter, rules: HouseRules) -> datetime | None:
    verdict = judge(matter.request, rules, ALL_KNOWN)
    return verdict.reached_at or (matter.request.withdrawn_at if verdict.state == "withdrawn" else None)


def matter_of(row: Any, reminders: tuple[Any, ...], rows: Rows, events: Events, directory: Directory) -> Matter:
    """Everything about one first request, from what the source says of it and of its reminders."""
    tz = directory.rules.tzinfo
    created_day = row.created_at.astimezone(tz).date()
    together = (row, *reminders)
    owned, handed = events.owners[row.customer_id], events.handed[row.customer_id]
    handlers = tuple(handler_of(one, owned, handed, directory) for one in together)
    holder = receiver_of(row, directory, created_day) or as_owner(handlers[0], directory, created_day)
    hand_overs = sorted(
        (
            HandOver(change.from_at, receiver(change.agent_id, change.desk, directory, created_day), change.why)
            for one in together
            for change in events.hand_overs[one.callback_id]
        ),
        key=hand_over_order,
    )
    holders = [holder, *(one.holder for one in hand_overs)]
    since = [row.created_at, *(one.at for one in hand_overs)]
    messages = [one.created_at for one in rows if one.topic == row.topic and one.callback_id != row.callback_id]
    ids = {one.callback_id for one in together}
    attempts = tuple(
        Attempt(one.at, one.agent_id, one.channel, bool(one.reached), bool(one.is_derived))
        for one in events.attempts[row.customer_id]
        if one.at >= row.created_at and (one.callback_id in ids or one.callback_id is None)
    )
    call_ins = tuple(
        CallIn(one.at, one.agent_id)
        for one in events.call_ins[row.customer_id]
        if one.at > row.created_at
        and directory.may_settle(one.agent_id, holders[max(bisect_right(since, one.at) - 1, 0)], one.at)
        and answers_in_a_call(one.at, messages)
    )
    noted = events.notes[row.customer_id]
    stated = [(one.reached_at, one.done_at, one.withdrawn_at) for one in together]
    request = Request(
        created_at=row.created_at,
        holder=holder,
        told_at=tuple(one.told_at for one in together if one.told_at),
        promises=tuple(
            Promise(one.id, one.made_at, one.from_at, one.to_at, bool(one.asked_by_customer))
            for each in together
            for one in events.promises[each.callback_id]
        ),
        hand_overs=tuple(hand_overs),
        attempts=attempts,
        call_ins=call_ins,
        stated_reached_at=min((one[0] for one in stated if one[0]), default=None),
        done_at=min((one[1] for one in stated if one[1]), default=None),
        withdrawn_at=min((one[2] for one in stated if one[2]), default=None),
        noted_at=noted[0].at if noted else None,
        preferred=preferred_span(row),
    )
    return Matter(row, request, reminders, handlers)


def preferred_span(row: Any) -> tuple[datetime, datetime] | None:
    """The preferred time, where it is one: with a beginning, an end, and something in between."""
    if row.preferred_from is None or row.preferred_to is None or row.preferred_to <= row.preferred_from:
        return None
    return row.preferred_from, row.preferred_to


def handler_of(row: Any, owners: Rows, handed: Rows, directory: Directory) -> CaseHandler:
    """The customer's own case handler when a request was written.

    Owners are held by days; on the day of a hand-over to KC its time decides (B8).
    """
    tz = directory.rules.tzinfo
    day = row.created_at.astimezone(tz).date()
    owner = next((one for one in owners if holds(one, day)), None)
    was_handed_later = any(one.at.astimezone(tz).date() == day and row.created_at < one.at for one in handed)
    if owner is not None and owner.source == HAND_OVER and owner.from_date == day and was_handed_later:
        owner = next((one for one in owners if one.to_date == day), owner)
    own = None if owner is None else owner.agent_id
    if own is None:
        return CaseHandler(None, is_active=False, is_away=False, buddy_id=None)
    return CaseHandler(
        own,
        is_active=directory.is_active(own, row.created_at),
        is_away=directory.is_away_for_the_day(own, row.created_at),
        buddy_id=directory.buddy_of(own, day),
    )


def receiver(agent_id: int | None, desk: str | None, directory: Directory, day: date) -> Holder:
    return Holder(directory.desk_of(agent_id, day), agent_id) if agent_id else Holder(desk or "agents")


def receiver_of(row: Any, directory: Directory, day: date) -> Holder | None:
    """To whom a message was sent; None where it never was, or the source does not say."""
    if row.sent_to_id is None and row.sent_to_desk is None:
        return None
    return receiver(row.sent_to_id, row.sent_to_desk, directory, day)


def as_owner(handler: CaseHandler, directory: Directory, day: date) -> Holder:
    """Who has a request that was sent to nobody: the handler, else KC."""
    if handler.agent_id is None or not handler.is_active:
        return Holder("kc")
    return Holder(directory.desk_of(handler.agent_id, day), handler.agent_id)


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
        store(connection, matters, directory, rules)


def store(connection: Connection, matters: list[Matter], directory: Directory, rules: HouseRules) -> None:
    judged = [(matter, judge(matter.request, rules, ALL_KNOWN)) for matter in matters]
    verdicts = [
        stored_verdict(matter, row, verdict, directory, rules)
        for matter, verdict in judged
        for row in (matter.facts, *matter.reminders)
    ]
    promises = [
        {
            "promise_id": one.promise.id,
            "state": one.state,
            "attempted_at": one.attempted_at,
            "minutes_late": one.minutes_late if one.attempted_at else None,
            "local_date": one.promise.to_at.astimezone(rules.tzinfo).date(),
        }
        for _, verdict in judged
        for one in verdict.promises
    ]
    for table, rows in ((callback_verdict, verdicts), (promise_verdict, promises)):
        if rows:
            insert_frame(connection, table, rows_as_frame(table, rows))


def stored_verdict(
    matter: Matter, row: Any, verdict: Verdict, directory: Directory, rules: HouseRules
) -> dict[str, Any]:
    """One row of callback_verdict: a reminder shares its first request's clock and has its own completeness."""
    position = (matter.facts, *matter.reminders).index(row)
    again = position > 0
    created_day = row.created_at.astimezone(rules.tzinfo).date()
    handler = matter.handlers[position]
    right = right_receivers(rules, row.topic, row.insurer, row.portfolio, handler, row.created_at, again=again)
    ended_at = verdict.reached_at or (matter.request.withdrawn_at if verdict.state == "withdrawn" else None)
    blamed = verdict.breached_by
    sent_to = receiver_of(row, directory, created_day)
    was_sent = sent_to is not None and row.sent_at is not None
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
        "is_complete": is_complete(row.reason, row.preferred_from is not None, row.phones, was_sent),
        "is_misrouted": is_misrouted(sent_to, right),
        "local_date": created_day,
    }

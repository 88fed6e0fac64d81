"""The phone log held against the customer notes (C2): what was not noted, and what was noted but never dialled.

Whether a conversation was noted is the database's to find (a join that finds nothing); which noted attempt belongs to
which call is scipy's (an assignment). Both are asked of the whole agency and then cut to the viewer's scope, because a
call from a colleague's phone answers for an attempt too.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import (
    Connection,
    Integer,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    select,
    true,
    union,
    union_all,
)

from data_access.database.engine import reading
from data_access.database.frames import frame
from data_access.database.schema import agent, call, callback, contact_attempt, customer, customer_phone, note, ring
from data_access.questions.calls import Filters, is_chosen
from data_access.scope import Scope, may_see_agent
from metrics.calendar import ONE_DAY
from metrics.callbacks import CALL
from metrics.figures import FIGURES
from metrics.house_rules import HouseRules, in_force
from metrics.notes import hidden_key, pair_attempts_with_calls

IDS_AT_A_TIME = 10_000
NOTE_OF_ATTEMPT = "attempt"
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Reconciliation:
    """What was dialled in a period and what was noted of it, held against each other; what the viewer may see.

    dialled: calls to known customers of which the notes can tell: call_id, agent_id, customer_id, at, local_date and
    `is_noted`. attempts: noted call attempts, attempt_id (negative: the note's), agent_id, customer_id, at, local_date
    and `state`: in_the_log, not_in_the_log, cannot_be_checked.
    """

    dialled: pd.DataFrame
    attempts: pd.DataFrame


def reconcile(scope: Scope, filters: Filters, rules: HouseRules, today: date) -> Reconciliation:
    """Hold what was dialled against what was noted, for the days of the period that are over."""
    last_day = last_day_over(filters, today)
    with reading() as connection:
        dialled, attempts = held_against_each_other(connection, scope, filters, last_day, rules)

    def shown(rows: pd.DataFrame) -> pd.DataFrame:
        days = pd.Series([filters.from_date <= day <= last_day for day in rows["local_date"]], dtype="bool")
        return rows[rows["is_seen"].astype(bool) & days.to_numpy()].reset_index(drop=True)

    can_be_told = dialled["can_be_told"].astype(bool) & dialled["customer_id"].notna()
    return Reconciliation(dialled=shown(dialled[can_be_told]), attempts=shown(attempts))


def held_against_each_other(
    connection: Connection, scope: Scope, filters: Filters, last_day: date, rules: HouseRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was dialled, with `is_noted`, and what was noted, with `state`, from the day before the period to the day
    after `last_day`: so that it does not depend on the period which call answers for which attempt."""
    around = (filters.from_date - ONE_DAY, last_day + ONE_DAY)
    dialled = in_fixed_order(frame(connection, dialled_query(scope, filters, *around)))
    made = in_fixed_order(frame(connection, attempts_query(scope, filters, *around)))
    written = in_fixed_order(frame(connection, notes_of_attempts_query(scope, filters, *around)))
    numbers = frame(connection, numbers_query(*around))
    newest_call = connection.scalar(select(newest_of(call, "started_at"))) or EVER
    attempts = in_fixed_order(pd.concat([made, not_given(made, written, rules)]))
    call_of_attempt = pair_attempts_with_calls(keys_of_attempts(attempts, numbers, rules), keys_of_calls(dialled))
    is_paired = attempts.index.isin(call_of_attempt.index)
    is_logged = attempts["local_date"].isin(set(dialled["local_date"])) & (attempts["at"] <= newest_call)
    can_be_checked = is_logged & (has_number(attempts, numbers) | is_paired)
    states = np.select([is_paired, can_be_checked], ["in_the_log", "not_in_the_log"], "cannot_be_checked")
    is_noted = dialled["has_note"].astype(bool) | dialled.index.isin(call_of_attempt)
    return (
        dialled.assign(is_noted=is_noted),
        attempts.assign(state=pd.Series(states, index=attempts.index, dtype="str")),
    )


def last_day_over(filters: Filters, today: date) -> date:
    """The last day of the period that is over: until midnight a note can still be written."""
    return min(filters.to_date, today - ONE_DAY)


def not_given(made: pd.DataFrame, written: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Notes of call attempts that the CRM gives no attempt for: one of the same agent and customer, as close in time as
    an attempt and its call have to be."""
    key = [part["agent_id"].astype("str") + "/" + part["customer_id"].astype("str") for part in (written, made)]
    notes = with_rules_of_day(written, rules).assign(key=key[0])
    paired = pair_attempts_with_calls(notes, made[["agent_id", "at"]].assign(key=key[1]))
    return written[~written.index.isin(paired.index)]


def newest_of(table: Table, name: str) -> Any:
    """The newest record of a table, as a query."""
    newest = table.alias()
    last_day = select(func.max(table.c.local_date)).scalar_subquery()
    return select(func.max(newest.c[name])).where(newest.c.local_date == last_day).scalar_subquery()


def can_be_told(day: Any, at: Any) -> Any:
    """Whether the notes can tell of an instant: there are some of that day, and newer ones than it."""
    written = note.alias()
    return and_(day.in_(select(written.c.local_date).distinct()), func.coalesce(at <= newest_of(note, "at"), false()))


def in_fixed_order(rows: pd.DataFrame) -> pd.DataFrame:
    """In an order that does not depend on which row was loaded first."""
    return rows.sort_values(["at", "source", "source_id"], kind="stable", ignore_index=True)


def is_seen(scope: Scope, filters: Filters, agent_id: Any, day: Any) -> Any:
    """Whether a row is of an agent whom the viewer may see as of that day, and chose."""
    return and_(agent_id.is_not(None), may_see_agent(scope, agent_id, day), is_chosen(filters, agent_id, day))


def conversations_query(
    scope: Scope, filters: Filters, last_day: date, agent_ids: tuple[int, ...] | None = None
) -> Select[Any]:
    """Answered incoming calls of known customers of which the notes can tell: call_id, agent_id, customer_id, at,
    local_date, and whether that agent noted anything about the customer that day (is_noted).

    `agent_ids`: only the calls of these, however far the viewer sees.
    """
    days = note.c.local_date.between(filters.from_date, last_day)
    noted_by, answered_by = (
        true() if agent_ids is None else column.in_(agent_ids) for column in (note.c.agent_id, ring.c.agent_id)
    )
    # Once for all calls, not for each: the database can hash them.
    written = select(note.c.customer_id, note.c.agent_id, note.c.local_date).where(days, noted_by).distinct().subquery()
    same_day = and_(
        written.c.customer_id == call.c.customer_id,
        written.c.agent_id == ring.c.agent_id,
        written.c.local_date == call.c.local_date,
    )
    return (
        select(
            call.c.id.label("call_id"),
            ring.c.agent_id,
            call.c.customer_id,
            call.c.started_at.label("at"),
            call.c.local_date,
            written.c.customer_id.is_not(None).label("is_noted"),
        )
        .join(ring, ring.c.call_id == call.c.id)
        .outerjoin(written, same_day)
        .where(
            call.c.local_date.between(filters.from_date, last_day),
            call.c.direction == "incoming",
            call.c.customer_id.is_not(None),
            ring.c.outcome == "answered",
            answered_by,
            is_seen(scope, filters, ring.c.agent_id, call.c.local_date),
            can_be_told(call.c.local_date, call.c.started_at),
        )
        .distinct()
    )


def dialled_query(scope: Scope, filters: Filters, first_day: date, last_day: date) -> Select[Any]:
    """Every outgoing call, whose it is, and whether that agent noted something of the customer from then to midnight.

    One note after the last of several dials answers for all of them (S0); a noted attempt is such a note.
    """
    which = and_(call.c.local_date.between(first_day, last_day), call.c.direction == "outgoing")
    in_order = func.row_number().over(partition_by=ring.c.call_id, order_by=[ring.c.rang_at, ring.c.source_id])
    phones = select(ring.c.call_id, ring.c.agent_id, in_order.label("place")).join(call, call.c.id == ring.c.call_id)
    first_phone = phones.where(which, ring.c.agent_id.is_not(None)).subquery()
    names = ("id", "source", "source_id", "customer_id", "remote_number", "local_date")
    calls = (
        select(*(call.c[name] for name in names), call.c.started_at.label("at"), first_phone.c.agent_id)
        .outerjoin(first_phone, and_(first_phone.c.call_id == call.c.id, first_phone.c.place == 1))
        .where(which)
        .subquery()
    )
    dialled = calls.c
    keys = (note.c.customer_id, note.c.agent_id, note.c.local_date)
    days = note.c.local_date.between(first_day, last_day)
    made = contact_attempt.c
    tried = made.local_date.between(first_day, last_day)
    attempts = select(*(made[key.name] for key in keys), made.at).where(tried)
    written = union_all(select(*keys, note.c.at).where(days), attempts).subquery().c
    by_key = [written[key.name] for key in keys]
    latest = select(*by_key, func.max(written.at).label("at")).group_by(*by_key).subquery()
    same_day = and_(*(latest.c[key.name] == dialled[key.name] for key in keys))
    query = select(
        dialled.id.label("call_id"),
        dialled.source,
        dialled.source_id,
        dialled.agent_id,
        dialled.customer_id,
        dialled.remote_number,
        dialled.at,
        dialled.local_date,
        func.coalesce(latest.c.at >= dialled.at, false()).label("has_note"),
        can_be_told(dialled.local_date, dialled.at).label("can_be_told"),
        is_seen(scope, filters, dialled.agent_id, dialled.local_date).label("is_seen"),
    )
    return query.select_from(calls.outerjoin(latest, same_day))


def belongs_to_an_attempt() -> Any:
    """The CRM says of which attempt a note is."""
    made = contact_attempt.c
    return exists().where(made.customer_id == note.c.customer_id, made.note_id == note.c.id)


def attempts_query(scope: Scope, filters: Filters, first_day: date, last_day: date) -> Select[Any]:
    """The call attempts that the CRM gives."""
    made = contact_attempt.c
    names = ("source", "source_id", "agent_id", "customer_id", "at", "local_date")
    return select(
        made.id.label("attempt_id"),
        *(made[name] for name in names),
        is_seen(scope, filters, made.agent_id, made.local_date).label("is_seen"),
    ).where(made.local_date.between(first_day, last_day), made.channel == CALL)


def notes_of_attempts_query(scope: Scope, filters: Filters, first_day: date, last_day: date) -> Select[Any]:
    """Notes of call attempts of which the CRM does not say that they belong to one; their ids are negative."""
    names = ("source", "source_id", "agent_id", "customer_id", "at", "local_date")
    return select(
        (-note.c.id).label("attempt_id"),
        *(note.c[name] for name in names),
        is_seen(scope, filters, note.c.agent_id, note.c.local_date).label("is_seen"),
    ).where(note.c.local_date.between(first_day, last_day), note.c.kind == NOTE_OF_ATTEMPT, ~belongs_to_an_attempt())


def numbers_query(first_day: date, last_day: date) -> Select[Any]:
    """Numbers under which a customer of whom an attempt was noted may have been called: customer_id, phones.

    Those of the customer, and those that stand on their messages.
    """
    made = contact_attempt.c
    tried = (
        select(made.customer_id)
        .where(made.local_date.between(first_day, last_day))
        .union(
            select(note.c.customer_id).where(
                note.c.local_date.between(first_day, last_day), note.c.kind == NOTE_OF_ATTEMPT
            )
        )
    )
    known = select(customer_phone.c.customer_id, customer_phone.c.phone_number.label("phones")).where(
        customer_phone.c.customer_id.in_(tried)
    )
    written = select(callback.c.customer_id, callback.c.phones).where(
        callback.c.customer_id.in_(tried), callback.c.phones.is_not(None)
    )
    return select(*union(known, written).subquery().c)


def has_number(attempts: pd.DataFrame, numbers: pd.DataFrame) -> pd.Series:
    """Whether any number is known under which the attempt's customer can have been called."""
    return attempts["customer_id"].isin(numbers["customer_id"])


def with_rules_of_day(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Rows with the house rules of their local_date: tolerance_seconds, other_phones, hidden_numbers."""
    thresholds = rules.thresholds
    days = pd.Series(rows["local_date"].unique(), dtype="object")
    of_day = pd.DataFrame(
        {
            "tolerance_seconds": [60 * in_force(thresholds.attempt_tolerance_minutes, day).value for day in days],
            "other_phones": [in_force(thresholds.other_phones_answer, day).value for day in days],
            "hidden_numbers": [in_force(thresholds.hidden_numbers_answer, day).value for day in days],
        },
        index=days,
    )
    return rows.join(of_day, on="local_date")


def keys_of_attempts(attempts: pd.DataFrame, numbers: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Under which keys a call for each attempt may be found, with the rules of its day."""
    rows = with_rules_of_day(attempts, rules)
    split = numbers.assign(phones=numbers["phones"].str.split(",")).explode("phones").dropna(subset="phones")
    by_number = split.assign(key="number:" + split["phones"].astype("str"))[["customer_id", "key"]].drop_duplicates()
    label = rows.rename_axis("label").reset_index()
    pieces = [
        label.merge(by_number, on="customer_id").set_index("label"),
        rows.assign(key="customer:" + rows["customer_id"].astype("str")),
        rows.assign(key=hidden_key(rows["agent_id"])),
    ]
    columns = ["key", "agent_id", "at", "tolerance_seconds", "other_phones", "hidden_numbers"]
    return pd.concat([part[columns] for part in pieces])


def keys_of_calls(dialled: pd.DataFrame) -> pd.DataFrame:
    """Under which keys each outgoing call is found: number, customer; else only its agent knows whom they rang."""
    has_number, has_customer = dialled["remote_number"].notna(), dialled["customer_id"].notna()
    by_number, by_customer, hidden = (
        dialled[has_number],
        dialled[has_customer],
        dialled[~has_number & ~has_customer],
    )
    pieces = [
        by_number.assign(key="number:" + by_number["remote_number"]),
        by_customer.assign(key="customer:" + by_customer["customer_id"].astype("str")),
        hidden.assign(key=hidden_key(hidden["agent_id"])),
    ]
    return pd.concat([part[["key", "agent_id", "at"]] for part in pieces])


def note_discipline(scope: Scope, filters: Filters, rules: HouseRules, today: date) -> pd.DataFrame:
    """One row an agent, by name (C2): agent_id, agent, name and, of the days of the period before today, the counts

    conversations, conversations_noted, dialled, dialled_noted, attempts, attempts_without_call, attempts_unverifiable.
    """
    reconciled = reconcile(scope, filters, rules, today)
    talked = conversations_query(scope, filters, last_day_over(filters, today)).subquery().c
    per_agent = select(
        talked.agent_id,
        func.count().label("conversations"),
        func.sum(case((talked.is_noted, 1), else_=0)).cast(Integer).label("conversations_noted"),
    ).group_by(talked.agent_id)
    with reading() as connection:
        people = frame(connection, select(agent.c.id.label("agent_id"), agent.c.initials.label("agent"), agent.c.name))
        conversations = frame(connection, per_agent).set_index("agent_id")
    parts = [
        conversations,
        reconciled.dialled.groupby("agent_id")["is_noted"].agg(dialled="size", dialled_noted="sum"),
        reconciled.attempts.groupby("agent_id")["state"].agg(
            attempts="size",
            attempts_without_call=lambda states: (states == "not_in_the_log").sum(),
            attempts_unverifiable=lambda states: (states == "cannot_be_checked").sum(),
        ),
    ]
    counts = pd.concat([part.astype("Int64") for part in parts], axis=1).fillna(0).astype("int64")
    return people.merge(counts, left_on="agent_id", right_index=True).sort_values("agent").reset_index(drop=True)


def note_totals(discipline: pd.DataFrame) -> dict[str, int]:
    """The counts of `note_discipline` of all agents together, and what is missing of them."""
    totals = {str(name): int(discipline[name].sum()) for name in discipline.columns.drop(["agent_id", "agent", "name"])}
    return totals | {
        "conversations_not_noted": totals["conversations"] - totals["conversations_noted"],
        "dialled_not_noted": totals["dialled"] - totals["dialled_noted"],
    }


def note_rows(scope: Scope, filters: Filters, rules: HouseRules, today: date, figure_id: str) -> pd.DataFrame:
    """The rows that a figure of C2 counts: customer, agent, at, local_date and is_noted or state."""
    counted = FIGURES[figure_id].opens[0]
    with reading() as connection:
        rows = (
            conversation_rows(connection, scope, filters, last_day_over(filters, today), counted)
            if counted.startswith("conversations")
            else dialled_or_noted_rows(reconcile(scope, filters, rules, today), counted)
        )
        people = {row.id: row.initials for row in connection.execute(select(agent.c.id, agent.c.initials))}
        numbers = numbers_of(connection, rows["customer_id"]) if scope.may_see_customers else {}
    named = rows.assign(
        agent=rows["agent_id"].map(people).astype("str"), customer=rows["customer_id"].map(numbers).astype("str")
    )
    judged = [name for name in ("is_noted", "state") if name in rows]
    return named[["customer", "agent", "at", "local_date", *judged]].reset_index(drop=True)


def conversation_rows(
    connection: Connection, scope: Scope, filters: Filters, last_day: date, counted: str
) -> pd.DataFrame:
    talked = conversations_query(scope, filters, last_day).subquery().c
    query = select(*talked).order_by(talked.at, talked.call_id)
    return frame(connection, query.where(~talked.is_noted) if counted == "conversations_not_noted" else query)


def dialled_or_noted_rows(reconciled: Reconciliation, counted: str) -> pd.DataFrame:
    return {
        "dialled": reconciled.dialled,
        "dialled_not_noted": reconciled.dialled[~reconciled.dialled["is_noted"].astype(bool)],
        "attempts_without_call": reconciled.attempts[reconciled.attempts["state"] == "not_in_the_log"],
        "attempts_unverifiable": reconciled.attempts[reconciled.attempts["state"] == "cannot_be_checked"],
    }[counted]


def numbers_of(connection: Connection, customer_ids: pd.Series) -> dict[int, str]:
    """The customer numbers of some customers, asked for in portions that every database takes."""
    wanted = sorted(int(customer_id) for customer_id in customer_ids.dropna().unique())
    numbers: dict[int, str] = {}
    for start in range(0, len(wanted), IDS_AT_A_TIME):
        some = customer.c.id.in_(wanted[start : start + IDS_AT_A_TIME])
        numbers |= {
            row.id: row.number for row in connection.execute(select(customer.c.id, customer.c.number).where(some))
        }
    return numbers

"""The open requests, one by one: what each asks for, who has to act on it, who has taken it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, typed_frame
from data_access.database.schema import agent, callback, callback_mark, callback_verdict, shift
from data_access.database.versions import kept_while_unchanged
from data_access.matters.directory import Directory, read_directory
from data_access.matters.matter import Matter, matters_of
from data_access.matters.verdicts import last_called_at
from data_access.questions.callbacks import IS_FIRST, CallbackFilters, is_open_at, verdict, visible
from data_access.scope import Scope
from metrics.calendar import ONE_DAY, Span, local_day, opening_intervals
from metrics.callbacks import (
    DUE_SOON_WITHIN,
    OPEN_STATES,
    Holder,
    Promise,
    Verdict,
    is_keepable,
    judge,
    what_to_do,
)
from metrics.house_rules import HouseRules

WORKLIST_DTYPES = {
    "callback_id": "Int64",
    "customer": "str",
    "topic": "str",
    "owner": "str",
    "owner_why": "str",
    "covered_for": "str",
    "desk": "str",
    "state": "str",
    "rule": "str",
    "due_at": UTC_DTYPE,
    "minutes_late": "Int64",
    "waited_minutes": "Int64",
    "attempts": "Int64",
    "reminders": "Int64",
    "created_at": UTC_DTYPE,
    "preferred_from": UTC_DTYPE,
    "preferred_to": UTC_DTYPE,
    "phone": "str",
    "told_at": UTC_DTYPE,
    "promised_to": UTC_DTYPE,
    "promise_broken": "boolean",
    "unkeepable": "boolean",
    "last_called_at": UTC_DTYPE,
    "taken_by": "str",
    "taken_at": UTC_DTYPE,
    "to_do": "str",
}
"""The columns of the worklist. `owner`: initials, or nothing where a desk has it; `owner_why`: handler, receiver,
buddy (of `covered_for`, who is away), nobody_there (both are away), gone (no longer employed), desk; `taken_at`, if
anybody has taken the request, and `taken_by`, their initials, missing for somebody who is no colleague; `to_do`: one of
TO_DO."""
WORKLIST_VIEWS = ("all", "overdue", "within_two_hours", "nobody_called", "promised")
"""The parts of the worklist that a reader may choose."""


def in_view(work: pd.DataFrame, view: str, now: datetime) -> "pd.Series[bool]":
    """Which lines of the worklist belong to a view, one of WORKLIST_VIEWS: what is overdue, what is due within two
    hours, what nobody has called about yet, what was promised for a time still to come."""
    match view:
        case "overdue":
            return work["state"] == "overdue"
        case "within_two_hours":
            return work["due_at"].between(now, now + DUE_SOON_WITHIN)
        case "nobody_called":
            return work["attempts"] == 0
        case "promised":
            return work["promised_to"].notna()
    return pd.Series(data=True, index=work.index)


@dataclass(frozen=True)
class Mark:
    """Who has taken a request, and when; `by_id` and their initials are missing for somebody who is no colleague."""

    by_id: int | None
    by: str | None
    at: datetime


def marks_of(connection: Connection, now: datetime) -> dict[int, Mark]:
    """Who has taken which open request, by its id."""
    marked = callback_mark.c
    query = (
        select(marked.callback_id, marked.by_id, agent.c.initials, marked.at)
        .join_from(callback_mark, callback_verdict, verdict.callback_id == marked.callback_id)
        .outerjoin(agent, agent.c.id == marked.by_id)
        .where(is_open_at(now))
    )
    return {row.callback_id: Mark(row.by_id, row.initials, row.at) for row in connection.execute(query)}


def worklist(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The open requests: overdue first, then due soon, then waiting; the latest and most often asked for first.

    Columns: WORKLIST_DTYPES. Names stay out of it and numbers are masked until a row is opened (P1).
    """
    chosen = and_(IS_FIRST, is_open_at(now), visible(scope, filters, now, rules))
    asked = select(callback.c.customer_id).join(callback_verdict, verdict.callback_id == callback.c.id).where(chosen)
    with reading() as connection:
        wanted = set(connection.scalars(select(verdict.callback_id).where(chosen)))
        directory = read_directory(connection, rules)
        matters = matters_of(connection, directory, asked.distinct()) if wanted else []
        shifts = shifts_ahead(connection, rules, now)
        marks = marks_of(connection, now)
    rows = [
        worklist_row(scope, matter, judge(matter.request, rules, now), directory, shifts, marks, now)
        for matter in matters
        if matter.facts.callback_id in wanted
    ]
    work = typed_frame(rows, WORKLIST_DTYPES)
    order = work["state"].map({state: place for place, state in enumerate(OPEN_STATES)})
    work = work.assign(order=order).sort_values(
        ["order", "minutes_late", "reminders", "due_at", "callback_id"], ascending=[True, False, False, True, True]
    )
    return work.drop(columns="order").reset_index(drop=True)


def shifts_ahead(connection: Connection, rules: HouseRules, now: datetime) -> dict[int, list[Span]]:
    """Planned shifts by agent from today on, to see which promises nobody can keep."""
    today = local_day(now, rules)

    def as_stored() -> dict[int, list[Span]]:
        shifts: dict[int, list[Span]] = {}
        for row in connection.execute(
            select(shift.c.agent_id, shift.c.starts_at, shift.c.ends_at).where(shift.c.local_date >= today)
        ):
            shifts.setdefault(row.agent_id, []).append((row.starts_at, row.ends_at))
        return shifts

    return kept_while_unchanged(connection, "shifts_ahead", (today,), as_stored)


def request_row(scope: Scope, matter: Matter, judged: Verdict, directory: Directory, now: datetime) -> dict[str, Any]:
    """What every list says of a request: whose it is, who acts and why, its state and its deadline."""
    facts = matter.facts
    owner, why, covered_for = who_acts(matter, judged.holder, directory, now)
    return {
        "callback_id": facts.callback_id,
        "customer": facts.number if scope.may_see_customers else None,
        "topic": facts.topic,
        "owner": owner,
        "owner_why": why,
        "covered_for": covered_for,
        "desk": judged.holder.desk,
        "state": judged.state,
        "due_at": judged.due_at,
        "created_at": facts.created_at,
        "attempts": judged.attempts,
    }


def worklist_row(
    scope: Scope,
    matter: Matter,
    judged: Verdict,
    directory: Directory,
    shifts: dict[int, list[Span]],
    marks: dict[int, Mark],
    now: datetime,
) -> dict[str, Any]:
    facts = matter.facts
    mark = marks.get(facts.callback_id)
    pending = [promised.promise for promised in judged.promises if promised.state == "pending"]
    row = request_row(scope, matter, judged, directory, now)
    return row | {
        "rule": judged.rule,
        "minutes_late": judged.minutes_late,
        "waited_minutes": judged.waited_minutes,
        "reminders": sum(reminder.created_at <= now for reminder in matter.reminders),
        "preferred_from": facts.preferred_from,
        "preferred_to": facts.preferred_to,
        "phone": masked(facts.phones) if scope.may_see_customers else None,
        "told_at": facts.told_at,
        "promised_to": min((promised.to_at for promised in pending), default=None),
        "promise_broken": any(promised.state == "broken" for promised in judged.promises),
        "unkeepable": any(not keepable(promised, judged.holder, directory, shifts, now) for promised in pending),
        "last_called_at": last_called_at(matter.request, judged, now),
        "taken_by": mark and mark.by,
        "taken_at": mark and mark.at,
        "to_do": what_to_do(judged.state, judged.attempts, row["owner_why"]),
    }


def who_acts(matter: Matter, holder: Holder, directory: Directory, now: datetime) -> tuple[str | None, str, str | None]:
    """Who has to act now, why, and for whom: the buddy while the owner is away (B5, B8)."""
    if holder.agent_id is None:
        return None, "desk", None
    initials = directory.initials[holder.agent_id]
    if not directory.is_active(holder.agent_id, now):
        return initials, "gone", None
    if directory.is_absent(holder.agent_id, now):
        buddy = directory.buddy_of(holder.agent_id, local_day(now, directory.rules))
        if buddy is None or not directory.is_active(buddy, now) or directory.is_absent(buddy, now):
            return initials, "nobody_there", None
        return directory.initials[buddy], "buddy", initials
    return initials, "handler" if holder.agent_id == matter.handler.agent_id else "receiver", None


def masked(phones: str | None) -> str | None:
    """The first number with all but its last two digits hidden."""
    return None if not phones else f"•• {phones.partition(',')[0][-2:]}"


def keepable(
    promise: Promise, holder: Holder, directory: Directory, shifts: dict[int, list[Span]], now: datetime
) -> bool:
    """Whether the owner or the buddy is on shift while a promise runs, or the desk that has it open (B4).

    Where they have no rota nobody can say.
    """
    begins = max(promise.from_at or promise.made_at, now)
    if holder.agent_id is None:
        day = local_day(begins, directory.rules)
        open_hours = opening_intervals(directory.rules, holder.desk, day)
        return promise.to_at >= begins + ONE_DAY or is_keepable(begins, promise.to_at, open_hours, [])
    buddy = directory.buddy_of(holder.agent_id, local_day(begins, directory.rules))
    people = [person for person in (holder.agent_id, buddy) if person in shifts]
    absences = {person: [(row.starts_at, row.ends_at) for row in directory.absences[person]] for person in people}
    return not people or any(is_keepable(begins, promise.to_at, shifts[person], absences[person]) for person in people)

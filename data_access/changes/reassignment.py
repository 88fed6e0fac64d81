"""The one thing that is changed in the agency's data: the customers of somebody no longer active go to KC (K1, K2, B8).

It is previewed, needs a reason, is one transaction, happens once however often it is asked for, and is undone by a new
entry. What calls, notes and attempts there were stays with who made them, and no deadline moves.
"""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from data_access.changes.logs import record_change
from data_access.changes.refusals import ChangeRefusedError
from data_access.database.schema import (
    agent,
    call,
    callback,
    callback_owner,
    contact_attempt,
    customer,
    customer_owner,
    promise,
    reassignment,
)
from data_access.database.versions import mark_changed
from data_access.database.writing import writing_alone
from data_access.matters.matter import HAND_OVER
from data_access.matters.verdicts import derive_matters
from data_access.questions.callbacks import verdict
from data_access.questions.reassignment import fingerprint_of, handlers_in, may_see_handler, rows_that_move
from data_access.scope import Viewer, may_hand_over, scope_of
from metrics.calendar import ONE_DAY, local_day
from metrics.house_rules import HouseRules
from metrics.routing import KC

LONGEST_REASON = 500


def hand_over(
    viewer: Viewer,
    agent_ids: tuple[int, ...],
    fingerprint: str,
    reason: str,
    rules: HouseRules,
    now: datetime,
    *,
    despite_shifts: bool = False,
) -> str:
    """Hand the customers and open requests of these handlers to KC: all of it or nothing. Gives the batch's name.

    `fingerprint`: of the preview that was confirmed. `despite_shifts`: somebody was asked again because a listed
    handler has shifts ahead. Raises `ChangeRefusedError` with not_allowed, no_reason, already_done (by, at),
    nothing_there, active (agents), shifts_ahead (agents) or changed, and `BusyError` while a load goes on.
    """
    reason, today = checked_reason(reason), local_day(now, rules)
    with writing_alone() as connection:
        require_right(connection, viewer, set(agent_ids), today)
        handlers = handlers_in(connection, scope_of(viewer), rules, now)
        handlers = handlers[handlers["agent_id"].isin(agent_ids)]
        owned, requests = rows_that_move(connection, agent_ids, now)
        # Who was handed over already owns nothing any more; that comes before every other reason.
        if not owned and not requests:
            raise already_done(connection, agent_ids)
        if len(active := handlers[handlers["why"].isna()]):
            raise ChangeRefusedError("active", agents=", ".join(active["agent"]))
        ahead = handlers[handlers["next_shift"].notna() & (handlers["why"] == "listed")]
        if len(ahead) and not despite_shifts:
            raise ChangeRefusedError("shifts_ahead", agents=", ".join(ahead["agent"]))
        if fingerprint_of(agent_ids, owned, requests) != fingerprint:
            raise ChangeRefusedError("changed")
        batch = uuid4().hex
        move_customers(connection, owned, today)
        move_requests(connection, requests, now)
        common = {"batch": batch, "to_desk": KC, "reason": reason, "at": now, "by_id": viewer.agent_id}
        rows: list[dict[str, Any]] = [
            common | {"customer_id": row.customer_id, "from_agent_id": row.agent_id, "callback_id": None}
            for row in owned
        ]
        rows += [
            common | {"customer_id": row.customer_id, "from_agent_id": row.agent_id, "callback_id": row.callback_id}
            for row in requests
        ]
        connection.execute(insert(reassignment), rows)
        for handler in handlers.itertuples():
            moved = sum(row.agent_id == handler.agent_id for row in owned)
            asked = sum(row.agent_id == handler.agent_id for row in requests)
            details = f"customers={moved} requests={asked} batch={batch}"
            record_change(connection, viewer, "reassign", f"agent {handler.agent}", details, now)
        derive_matters(connection, {row.customer_id for row in (*owned, *requests)}, rules)
        mark_changed(connection, rules)
    return batch


def require_right(connection: Connection, viewer: Viewer, agent_ids: set[int], today: date) -> dict[int, str]:
    """The initials of these handlers, where the viewer may hand over the customers of each of them."""
    query = select(agent.c.id, agent.c.initials).where(
        agent.c.id.in_(agent_ids), may_see_handler(scope_of(viewer), today)
    )
    seen = {row.id: row.initials for row in connection.execute(query)}
    if not may_hand_over(viewer) or seen.keys() != agent_ids:
        raise ChangeRefusedError("not_allowed")
    return seen


def checked_reason(reason: str) -> str:
    """A reason as it is kept: some words, on one line, not endless."""
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON:
        raise ChangeRefusedError("no_reason")
    return words


def already_done(connection: Connection, agent_ids: tuple[int, ...]) -> ChangeRefusedError:
    """Why there is nothing to hand over: by whom and when it was done, if it was."""
    entry, undoing = reassignment.c, reassignment.alias("undoing")
    last = connection.execute(
        select(entry.at, agent.c.initials)
        .outerjoin_from(reassignment, agent, agent.c.id == entry.by_id)
        .where(entry.from_agent_id.in_(agent_ids), entry.undoes_id.is_(None))
        .where(~exists().where(undoing.c.undoes_id == entry.id))
        .order_by(entry.id.desc())
        .limit(1)
    ).first()
    return (
        ChangeRefusedError("nothing_there")
        if last is None
        else ChangeRefusedError("already_done", by=last.initials, at=last.at)
    )


def move_customers(connection: Connection, owned: list[Any], today: date) -> None:
    """KC has them from today; where the present owner began today, from tomorrow: no day has two owners."""
    if not owned:
        return
    begins = {row.id: max(today, row.from_date + ONE_DAY) for row in owned}
    ends = (
        update(customer_owner).where(customer_owner.c.id == bindparam("this_id")).values(to_date=bindparam("ends_on"))
    )
    connection.execute(ends, [{"this_id": row.id, "ends_on": begins[row.id]} for row in owned])
    to_kc = {"agent_id": None, "desk": KC, "to_date": None, "source": HAND_OVER}
    rows = [to_kc | {"customer_id": row.customer_id, "from_date": begins[row.id]} for row in owned]
    connection.execute(insert(customer_owner), rows)


def move_requests(connection: Connection, requests: list[Any], now: datetime) -> None:
    if requests:
        to_kc = {"agent_id": None, "desk": KC, "from_at": now, "why": HAND_OVER}
        connection.execute(insert(callback_owner), [to_kc | {"callback_id": row.callback_id} for row in requests])


def moved_by(batch: str, column: Any, *, requests: bool) -> Any:
    """A column of one hand-over's rows: those of customers, or those of open requests."""
    entry = reassignment.c
    is_request = entry.callback_id.is_not(None) if requests else entry.callback_id.is_(None)
    return select(column).where(entry.batch == batch, entry.undoes_id.is_(None), is_request)


def counts_since_hand_over(connection: Connection, batch: str, at: datetime, now: datetime) -> dict[str, int]:
    """What has happened since a hand-over that an undo would contradict, counted by what it is."""
    customers = moved_by(batch, reassignment.c.customer_id, requests=False)
    requests = moved_by(batch, reassignment.c.callback_id, requests=True)
    asked = moved_by(batch, reassignment.c.customer_id, requests=True)
    ownership, tried, later = customer_owner.c, contact_attempt.c, reassignment.alias("later")
    latest = moved_by(batch, func.max(reassignment.c.id), requests=False).scalar_subquery()
    handed_again = exists().where(
        later.c.customer_id == ownership.customer_id,
        later.c.callback_id.is_(None),
        later.c.undoes_id.is_(None),
        later.c.id > latest,
        later.c.batch != batch,
    )
    still_ours = select(func.count()).where(
        ownership.customer_id.in_(customers), ownership.to_date.is_(None), ownership.source == HAND_OVER, ~handed_again
    )
    dialled = select(func.count()).where(
        call.c.customer_id.in_(asked), call.c.direction == "outgoing", call.c.started_at >= at
    )
    counts = {
        "in_crm": select(func.count()).where(customer.c.id.in_(customers), customer.c.crm_desk == KC),
        "handed_on": select(func.count()).where(
            callback_owner.c.callback_id.in_(requests), callback_owner.c.from_at > at
        ),
        "ended": select(func.count()).where(verdict.callback_id.in_(requests), verdict.ended_at >= at),
        "late": select(func.count()).where(verdict.callback_id.in_(requests), verdict.breached_at.between(at, now)),
        "promised": select(func.count()).where(promise.c.callback_id.in_(requests), promise.c.made_at >= at),
        "told": select(func.count()).where(callback.c.id.in_(requests), callback.c.told_at >= at),
        "tried": select(func.count()).where(tried.customer_id.in_(asked), tried.at >= at),
        "called": dialled,
        "written": select(func.count()).where(callback.c.customer_id.in_(customers), callback.c.created_at >= at),
    }
    counts_since = {name: connection.scalar(query) or 0 for name, query in counts.items()}
    moved = connection.scalar(select(func.count()).select_from(customers.subquery())) or 0
    counts_since["new_owner"] = moved - (connection.scalar(still_ours) or 0)
    return {name: count for name, count in counts_since.items() if count}


def undo(viewer: Viewer, batch: str, reason: str, rules: HouseRules, now: datetime) -> str:
    """Take a hand-over back by a new entry: owners and requests stand again as they stood, row by row.

    Raises `ChangeRefusedError` with not_allowed, no_reason, nothing_there, already_undone (by, at), or newer
    (what) where something has happened since that depends on it; and `BusyError` while a load goes on.
    """
    reason, today = checked_reason(reason), local_day(now, rules)
    entry, first = reassignment.c, reassignment.alias("first_entry")
    with writing_alone() as connection:
        moved = connection.execute(select(*entry).where(entry.batch == batch, entry.undoes_id.is_(None))).all()
        if not moved:
            raise ChangeRefusedError("nothing_there")
        seen = require_right(connection, viewer, {row.from_agent_id for row in moved}, today)
        undone = connection.execute(
            select(entry.at, agent.c.initials)
            .outerjoin_from(reassignment, agent, agent.c.id == entry.by_id)
            .where(entry.undoes_id.in_(select(first.c.id).where(first.c.batch == batch)))
            .limit(1)
        ).first()
        if undone is not None:
            raise ChangeRefusedError("already_undone", by=undone.initials, at=undone.at)
        if newer := counts_since_hand_over(connection, batch, moved[0].at, now):
            raise ChangeRefusedError("newer", what=newer)
        take_back(connection, batch, list(moved))
        common = {"batch": uuid4().hex, "reason": reason, "at": now, "by_id": viewer.agent_id}
        kept = ("customer_id", "callback_id", "from_agent_id", "to_desk")
        rows = [common | {name: getattr(row, name) for name in kept} | {"undoes_id": row.id} for row in moved]
        connection.execute(insert(reassignment), rows)
        for agent_id, initials in sorted(seen.items()):
            theirs = [row for row in moved if row.from_agent_id == agent_id]
            asked = sum(row.callback_id is not None for row in theirs)
            details = f"customers={len(theirs) - asked} requests={asked} batch={common['batch']} undoes={batch}"
            record_change(connection, viewer, "undo_reassign", f"agent {initials}", details, now)
        derive_matters(connection, {row.customer_id for row in moved}, rules)
        mark_changed(connection, rules)
    return str(common["batch"])


def take_back(connection: Connection, batch: str, moved: list[Any]) -> None:
    """Remove what the hand-over brought, and let the former owners' time go on."""
    ownership = customer_owner.c
    customers = [row for row in moved if row.callback_id is None]
    present = {
        row.customer_id: row
        for row in connection.execute(
            select(ownership.id, ownership.customer_id, ownership.from_date).where(
                ownership.customer_id.in_(moved_by(batch, reassignment.c.customer_id, requests=False)),
                ownership.to_date.is_(None),
            )
        )
    }
    if customers:
        connection.execute(
            delete(customer_owner).where(ownership.id == bindparam("this_id")),
            [{"this_id": present[row.customer_id].id} for row in customers],
        )
        connection.execute(
            update(customer_owner)
            .where(
                ownership.customer_id == bindparam("of_customer"),
                ownership.agent_id == bindparam("of_agent"),
                ownership.to_date == bindparam("ended_on"),
            )
            .values(to_date=None),
            [
                {
                    "of_customer": row.customer_id,
                    "of_agent": row.from_agent_id,
                    "ended_on": present[row.customer_id].from_date,
                }
                for row in customers
            ],
        )
    connection.execute(
        delete(callback_owner).where(
            callback_owner.c.callback_id.in_(moved_by(batch, reassignment.c.callback_id, requests=True)),
            callback_owner.c.from_at == moved[0].at,
            callback_owner.c.why == HAND_OVER,
        )
    )

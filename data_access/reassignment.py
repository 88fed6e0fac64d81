"""The one thing that is changed in the agency's data: the customers of somebody no longer active go to KC (K1, K2, B8).

It is previewed, needs a reason, is one transaction, happens once however often it is asked for, and is undone by a new
entry. What calls, notes and attempts there were stays with who made them, and no deadline moves.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from data_access.audit import record_change
from data_access.callbacks import IS_FIRST, is_open_at, verdict
from data_access.database import mark_changed
from data_access.engine import reading, writing_alone
from data_access.frames import frame
from data_access.matters import HAND_OVER, derive_matters, matters_of, read_directory
from data_access.schema import (
    absence,
    agent,
    agent_rollup,
    call,
    call_rollup,
    callback,
    callback_owner,
    callback_verdict,
    contact_attempt,
    customer,
    customer_owner,
    employment,
    kc_list,
    note,
    promise,
    reassignment,
    ring,
    shift,
    team_member,
)
from data_access.scope import Scope, Viewer, held_on, may_hand_over, scope_of
from metrics.calendar import ONE_DAY
from metrics.callbacks import HandOver, Holder, judge
from metrics.house_rules import HouseRules, in_force
from metrics.reassignment import DeskLoad, Traces, why_no_longer_active
from metrics.routing import KC

RATE_DAYS = 28
"""Over so many past days one reads how many requests a day come to KC and are finished there."""
LONGEST_REASON = 500
LONGEST_SILENCE_LOOKED_AT, LONGEST_WITHOUT_DIALLING = timedelta(days=400), timedelta(days=100)


class HandOverRefusedError(Exception):
    """Why nothing was changed: `code`, and what the sentence about it names."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def may_see_handler(scope: Scope, today: date) -> ColumnElement[bool]:
    """A handler is the teams' that he belongs to; once he has left them all, the last one's."""
    if scope.sees_everything:
        return true()
    if not scope.team_ids:
        return false()
    member, last = team_member.alias("member"), team_member.alias("last_team")
    is_held = and_(member.c.agent_id == agent.c.id, held_on(member.c, today))
    last_team = (
        select(last.c.team_id)
        .where(last.c.agent_id == agent.c.id, last.c.to_date <= today)
        .order_by(last.c.to_date.desc(), last.c.from_date.desc(), last.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return or_(
        exists().where(is_held, member.c.team_id.in_(scope.team_ids)),
        and_(~exists().where(is_held), last_team.in_(scope.team_ids)),
    )


def case_handlers(scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Everybody who has customers or open requests, by initials, with the evidence whether he is still active (K1).

    agent_id, agent (initials), name, why (left, disabled, listed, silent; missing: active), customers, open_callbacks,
    overdue (int), left_on, last_call, last_note, last_shift, next_shift (date), is_listed (bool).
    """
    with reading() as connection:
        return handlers_in(connection, scope, rules, now)


def handlers_in(connection: Connection, scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    today = now.astimezone(rules.tzinfo).date()
    held, open_first = customer_owner.c, and_(IS_FIRST, is_open_at(now))
    looked_at_from = today - LONGEST_SILENCE_LOOKED_AT

    def last_of(agent_id: Any, day: Any) -> Select[Any]:
        return per_agent(agent_id, func.max(day), day > looked_at_from)

    by_agent = {
        "customers": per_agent(held.agent_id, func.count(), held.to_date.is_(None)),
        "open_callbacks": per_agent(verdict.agent_id, func.count(), open_first),
        "overdue": per_agent(verdict.agent_id, func.count(), open_first, verdict.due_at < now),
        "last_call": per_agent(
            agent_rollup.c.agent_id, func.max(agent_rollup.c.local_date), agent_rollup.c.answered > 0
        ),
        "last_dialled": last_dialled(today),
        "last_noted": last_of(note.c.agent_id, note.c.local_date),
        "last_tried": last_of(contact_attempt.c.agent_id, contact_attempt.c.local_date),
        "last_written": last_of(callback.c.created_by_id, callback.c.local_date),
        "last_shift": per_agent(shift.c.agent_id, func.max(shift.c.local_date), shift.c.local_date < today),
        "next_shift": per_agent(shift.c.agent_id, func.min(shift.c.local_date), shift.c.local_date >= today),
        "away": per_agent(absence.c.agent_id, func.count(), absence.c.starts_at <= now, absence.c.ends_at > now),
        "back_from": per_agent(absence.c.agent_id, func.max(absence.c.last_day), absence.c.last_day <= today),
        "hired": per_agent(employment.c.agent_id, func.max(employment.c.from_date)),
    }
    found: dict[str, dict[int, Any]] = {
        name: {row[0]: row[1] for row in connection.execute(query)} for name, query in by_agent.items()
    }
    people = connection.execute(
        select(agent.c.id, agent.c.initials, agent.c.name, agent.c.role, agent.c.takes_calls, agent.c.disabled_at)
        .where(may_see_handler(scope, today))
        .order_by(agent.c.initials)
    ).all()
    left_on = days_of_leaving(connection, today)
    listed = set(connection.scalars(select(kc_list.c.name).where(kc_list.c.kind == "handler")))
    known_since, known_until = days_on_record(connection)
    silent_days = in_force(rules.thresholds.silent_days, today).value
    rows = []
    for one in people:
        if not (found["customers"].get(one.id) or found["open_callbacks"].get(one.id)):
            continue

        def latest(*names: str, agent_id: int = one.id) -> date | None:
            return max((day for name in names if (day := found[name].get(agent_id))), default=None)

        seen = {
            "last_call": latest("last_call", "last_dialled"),
            "last_note": latest("last_noted", "last_tried", "last_written"),
            "last_shift": latest("last_shift"),
            "next_shift": latest("next_shift"),
        }
        traces = Traces(
            left_on=left_on.get(one.id),
            is_disabled=one.disabled_at is not None and one.disabled_at <= now,
            is_listed=one.initials in listed,
            is_away=bool(found["away"].get(one.id)),
            is_on_phones=one.role == "agent" and one.takes_calls is not False,
            back_since=latest("back_from", "hired"),
            known_since=known_since,
            known_until=known_until,
            **seen,
        )
        counts = {name: found[name].get(one.id, 0) for name in ("customers", "open_callbacks", "overdue")}
        why = why_no_longer_active(traces, today, silent_days)
        who = {"agent_id": one.id, "agent": one.initials, "name": one.name, "why": why}
        rows.append(who | counts | {"left_on": traces.left_on, **seen, "is_listed": traces.is_listed})
    columns = [
        "agent_id", "agent", "name", "why", "customers", "open_callbacks", "overdue",
        "left_on", "last_call", "last_note", "last_shift", "next_shift", "is_listed",
    ]  # fmt: skip
    kinds = dict.fromkeys(("agent_id", "customers", "open_callbacks", "overdue"), "int64")
    kinds |= dict.fromkeys(("agent", "name", "why"), "str") | {"is_listed": "bool"}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def last_dialled(today: date) -> Select[Any]:
    """The latest day on which each agent rang somebody; roll-ups count only what came in."""
    lately = and_(call.c.direction == "outgoing", call.c.local_date > today - LONGEST_WITHOUT_DIALLING)
    return (
        select(ring.c.agent_id, func.max(call.c.local_date))
        .join(call, call.c.id == ring.c.call_id)
        .where(ring.c.agent_id.is_not(None), lately)
        .group_by(ring.c.agent_id)
    )


def per_agent(agent_id: Any, value: Any, *where: Any) -> Select[Any]:
    return select(agent_id, value).where(agent_id.is_not(None), *where).group_by(agent_id)


def days_of_leaving(connection: Connection, today: date) -> dict[int, date]:
    """The first day no longer employed, of those who were employed and are not today."""
    held, present = employment.c, employment.alias("present")
    still = exists().where(present.c.agent_id == held.agent_id, held_on(present.c, today))
    ended = select(held.agent_id, func.max(held.to_date)).where(held.to_date <= today, ~still)
    return {row[0]: row[1] for row in connection.execute(ended.group_by(held.agent_id))}


def days_on_record(connection: Connection) -> tuple[date | None, date | None]:
    """The first and the last day of which both the phone log and the notes tell; of one, where there is only one."""
    spans = [
        connection.execute(select(func.min(column), func.max(column))).one()
        for column in (call_rollup.c.local_date, note.c.local_date)
    ]
    known = [(first, last) for first, last in spans if first is not None]
    return max((first for first, _ in known), default=None), min((last for _, last in known), default=None)


@dataclass(frozen=True)
class Preview:
    """What a hand-over would do, before anything is written.

    handlers: the rows of `case_handlers`. portfolios: portfolio (missing: none), customers. callbacks: the open
    requests that move, with state, rule_before, due_before, rule_after, due_after, minutes_late, promised_to, breached.
    kc_before and kc_after: what KC has to do. fingerprint: which customers and requests these are.
    """

    handlers: pd.DataFrame
    customers: int
    portfolios: pd.DataFrame
    callbacks: pd.DataFrame
    kc_before: DeskLoad
    kc_after: DeskLoad
    kc_target: timedelta
    fingerprint: str


def preview(scope: Scope, agent_ids: tuple[int, ...], rules: HouseRules, now: datetime) -> Preview:
    """What becomes of the customers and open requests of these handlers if they are handed to KC now."""
    today = now.astimezone(rules.tzinfo).date()
    with reading() as connection:
        handlers = handlers_in(connection, scope, rules, now)
        handlers = handlers[handlers["agent_id"].isin(agent_ids)].reset_index(drop=True)
        ids = tuple(int(agent_id) for agent_id in handlers["agent_id"])
        owned, requests = what_moves(connection, ids, now)
        by_portfolio = (
            select(customer.c.portfolio, func.count().label("customers"))
            .join(customer_owner, customer_owner.c.customer_id == customer.c.id)
            .where(customer_owner.c.agent_id.in_(ids), customer_owner.c.to_date.is_(None))
            .group_by(customer.c.portfolio)
            .order_by(func.count().desc(), customer.c.portfolio)
        )
        portfolios = frame(connection, by_portfolio)
        callbacks = clocks_before_and_after(connection, requests, rules, now)
        kc_before = load_of_kc(connection, now)
        arriving = arriving_per_day(connection, verdict.agent_id.in_(ids), now)
    kc_after = replace(
        kc_before,
        open_requests=kc_before.open_requests + len(callbacks),
        arriving_per_day=kc_before.arriving_per_day + arriving,
    )
    target = in_force(rules.response_targets.get(KC, rules.response_targets["agents"]), today).length
    fingerprint = fingerprint_of(ids, owned, requests)
    return Preview(handlers, len(owned), portfolios, callbacks, kc_before, kc_after, target, fingerprint)


def what_moves(connection: Connection, agent_ids: tuple[int, ...], now: datetime) -> tuple[list[Any], list[Any]]:
    """The present ownerships of these handlers, and the open requests that lie with them."""
    held = customer_owner.c
    owned = connection.execute(
        select(held.id, held.customer_id, held.agent_id, held.from_date)
        .where(held.agent_id.in_(agent_ids), held.to_date.is_(None))
        .order_by(held.id)
    ).all()
    requests = connection.execute(
        select(verdict.callback_id, callback.c.customer_id, verdict.agent_id)
        .join(callback, callback.c.id == verdict.callback_id)
        .where(IS_FIRST, is_open_at(now), verdict.agent_id.in_(agent_ids), verdict.created_at <= now)
        .order_by(verdict.callback_id)
    ).all()
    return list(owned), list(requests)


def fingerprint_of(agent_ids: tuple[int, ...], owned: list[Any], requests: list[Any]) -> str:
    whole = (sorted(agent_ids), [row.id for row in owned], [row.callback_id for row in requests])
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def clocks_before_and_after(
    connection: Connection, requests: list[Any], rules: HouseRules, now: datetime
) -> pd.DataFrame:
    """Each open request with its clock as it is and as it would be with KC, by the rule that judges both (B8)."""
    directory = read_directory(connection, rules)
    ids = {row.callback_id for row in requests}
    theirs = select(callback.c.customer_id).where(callback.c.id.in_(ids)).distinct()
    to_kc = HandOver(now, Holder(KC), HAND_OVER)
    rows = []
    for matter in matters_of(connection, directory, theirs) if ids else []:
        if matter.facts.callback_id not in ids:
            continue
        before = judge(matter.request, rules, now)
        after = judge(replace(matter.request, hand_overs=(*matter.request.hand_overs, to_kc)), rules, now)
        pending = [one.promise.to_at for one in before.promises if one.state == "pending"]
        rows.append(
            {
                "callback_id": matter.facts.callback_id,
                "customer": matter.facts.number,
                "agent": directory.initials[before.holder.agent_id or 0],
                "state": before.state,
                "rule_before": before.rule,
                "due_before": before.due_at,
                "rule_after": after.rule,
                "due_after": after.due_at,
                "minutes_late": before.minutes_late,
                "promised_to": min(pending, default=None),
                "promises": len(pending),
                "breached": before.breached_at is not None,
            }
        )
    times = dict.fromkeys(("due_before", "due_after", "promised_to"), "datetime64[us, UTC]")
    texts = dict.fromkeys(("customer", "agent", "state", "rule_before", "rule_after"), "str")
    counts = dict.fromkeys(("callback_id", "minutes_late", "promises"), "int64")
    kinds: dict[str, str] = {**counts, **texts, **times, "breached": "bool"}
    order = [
        "callback_id", "customer", "agent", "state", "due_before", "rule_before", "due_after", "rule_after",
        "minutes_late", "promised_to", "promises", "breached",
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=order).astype(kinds)
    return found.sort_values(["due_before", "callback_id"]).reset_index(drop=True)


def arriving_per_day(connection: Connection, whose: ColumnElement[bool], now: datetime) -> float:
    since = now - timedelta(days=RATE_DAYS)
    query = select(func.count()).where(IS_FIRST, whose, verdict.created_at > since, verdict.created_at <= now)
    return (connection.scalar(query.select_from(callback_verdict)) or 0) / RATE_DAYS


def load_of_kc(connection: Connection, now: datetime) -> DeskLoad:
    """What lies with KC now, and how many requests a day came and were finished in the last 28 days."""
    since, of_kc = now - timedelta(days=RATE_DAYS), and_(IS_FIRST, verdict.desk == KC, verdict.created_at <= now)
    open_now = select(func.count()).select_from(callback_verdict).where(of_kc, is_open_at(now))
    finished = (
        select(func.count())
        .select_from(callback_verdict)
        .where(of_kc, verdict.ended_at > since, verdict.ended_at <= now)
    )
    return DeskLoad(
        connection.scalar(open_now) or 0,
        arriving_per_day(connection, verdict.desk == KC, now),
        (connection.scalar(finished) or 0) / RATE_DAYS,
    )


def hand_over(
    viewer: Viewer, agent_ids: tuple[int, ...], fingerprint: str, reason: str, rules: HouseRules, now: datetime
) -> str:
    """Hand the customers and open requests of these handlers to KC: all of it or nothing. Gives the batch's name.

    `fingerprint`: of the preview that was confirmed. Raises `HandOverRefusedError` with not_allowed, no_reason,
    already_done (by, at), nothing_there, active (agents) or changed, and `BusyError` while a load goes on.
    """
    reason, today = checked_reason(reason), now.astimezone(rules.tzinfo).date()
    with writing_alone() as connection:
        require_right(connection, viewer, set(agent_ids), today)
        handlers = handlers_in(connection, scope_of(viewer), rules, now)
        handlers = handlers[handlers["agent_id"].isin(agent_ids)]
        owned, requests = what_moves(connection, agent_ids, now)
        # Who was handed over already owns nothing any more; that comes before every other reason.
        if not owned and not requests:
            raise already_done(connection, agent_ids)
        if len(active := handlers[handlers["why"].isna()]):
            raise HandOverRefusedError("active", agents=", ".join(active["agent"]))
        if fingerprint_of(agent_ids, owned, requests) != fingerprint:
            raise HandOverRefusedError("changed")
        batch = uuid4().hex
        move_customers(connection, owned, today)
        move_requests(connection, requests, now)
        said = {"batch": batch, "to_desk": KC, "reason": reason, "at": now, "by_id": viewer.agent_id}
        rows: list[dict[str, Any]] = [
            said | {"customer_id": row.customer_id, "from_agent_id": row.agent_id, "callback_id": None} for row in owned
        ]
        rows += [
            said | {"customer_id": row.customer_id, "from_agent_id": row.agent_id, "callback_id": row.callback_id}
            for row in requests
        ]
        connection.execute(insert(reassignment), rows)
        for one in handlers.itertuples():
            moved = sum(row.agent_id == one.agent_id for row in owned)
            asked = sum(row.agent_id == one.agent_id for row in requests)
            details = f"customers={moved} requests={asked} batch={batch}"
            record_change(connection, viewer, "reassign", f"agent {one.agent}", details, now)
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
        raise HandOverRefusedError("not_allowed")
    return seen


def checked_reason(reason: str) -> str:
    """A reason as it is kept: some words, on one line, not endless."""
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON:
        raise HandOverRefusedError("no_reason")
    return words


def already_done(connection: Connection, agent_ids: tuple[int, ...]) -> HandOverRefusedError:
    """Why there is nothing to hand over: by whom and when it was done, if it was."""
    one, undoing = reassignment.c, reassignment.alias("undoing")
    last = connection.execute(
        select(one.at, agent.c.initials)
        .outerjoin_from(reassignment, agent, agent.c.id == one.by_id)
        .where(one.from_agent_id.in_(agent_ids), one.undoes_id.is_(None))
        .where(~exists().where(undoing.c.undoes_id == one.id))
        .order_by(one.id.desc())
        .limit(1)
    ).first()
    return (
        HandOverRefusedError("nothing_there")
        if last is None
        else HandOverRefusedError("already_done", by=last.initials, at=last.at)
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


def hand_overs(scope: Scope, today: date) -> pd.DataFrame:
    """Every hand-over, newest first: batch, at (UTC), by, agents (initials), customers, requests (int), reason,
    undone_at (UTC), undone_by."""
    one, by = reassignment.c, agent.alias("by_whom")
    handler = agent.alias("handler")
    query = (
        select(
            one.id,
            one.batch,
            one.at,
            by.c.initials.label("by"),
            handler.c.initials.label("agent"),
            one.reason,
            one.callback_id.is_not(None).label("is_request"),
            one.undoes_id,
        )
        .outerjoin_from(reassignment, by, by.c.id == one.by_id)
        .join(handler, handler.c.id == one.from_agent_id)
        .where(one.from_agent_id.in_(select(agent.c.id).where(may_see_handler(scope, today))))
        .order_by(one.id)
    )
    with reading() as connection:
        rows = frame(connection, query)
    batch_of = rows.set_index("id")["batch"]
    done, undone = rows[rows["undoes_id"].isna()], rows[rows["undoes_id"].notna()]
    undoing = undone.assign(batch=undone["undoes_id"].map(batch_of)).drop_duplicates("batch").set_index("batch")
    found = done.groupby("batch", sort=False).agg(
        at=("at", "first"),
        by=("by", "first"),
        agents=("agent", lambda names: ", ".join(sorted(set(names)))),
        customers=("is_request", lambda asked: int((~asked.astype("bool")).sum())),
        requests=("is_request", lambda asked: int(asked.astype("bool").sum())),
        reason=("reason", "first"),
    )
    found["undone_at"] = undoing["at"].reindex(found.index)
    found["undone_by"] = undoing["by"].reindex(found.index)
    return found.iloc[::-1].reset_index()


def not_yet_in_crm(scope: Scope, today: date) -> pd.DataFrame:
    """Customers handed over whose new owner the CRM has not shown yet, by number: customer, former_owner (initials),
    new_owner, from_date (date)."""
    held, before = customer_owner.alias("held"), customer_owner.alias("before")
    query = (
        select(
            customer.c.number.label("customer"),
            agent.c.initials.label("former_owner"),
            held.c.desk.label("new_owner"),
            held.c.from_date,
        )
        .join(held, and_(held.c.customer_id == customer.c.id, held.c.to_date.is_(None), held.c.source == HAND_OVER))
        .join(before, and_(before.c.customer_id == customer.c.id, before.c.to_date == held.c.from_date))
        .join(agent, agent.c.id == before.c.agent_id)
        .where(customer.c.crm_desk.is_distinct_from(held.c.desk), may_see_handler(scope, today))
        .order_by(customer.c.number)
    )
    with reading() as connection:
        rows = frame(connection, query)
    return rows.assign(new_owner=rows["new_owner"].str.upper())


def moved_by(batch: str, column: Any, *, requests: bool) -> Any:
    """A column of one hand-over's rows: those of customers, or those of open requests."""
    one = reassignment.c
    is_request = one.callback_id.is_not(None) if requests else one.callback_id.is_(None)
    return select(column).where(one.batch == batch, one.undoes_id.is_(None), is_request)


def what_depends_on(connection: Connection, batch: str, at: datetime, now: datetime) -> dict[str, int]:
    """What has happened since a hand-over that an undo would contradict, counted by what it is."""
    customers = moved_by(batch, reassignment.c.customer_id, requests=False)
    requests = moved_by(batch, reassignment.c.callback_id, requests=True)
    asked = moved_by(batch, reassignment.c.customer_id, requests=True)
    held, tried, later = customer_owner.c, contact_attempt.c, reassignment.alias("later")
    latest = moved_by(batch, func.max(reassignment.c.id), requests=False).scalar_subquery()
    handed_again = exists().where(
        later.c.customer_id == held.customer_id,
        later.c.callback_id.is_(None),
        later.c.undoes_id.is_(None),
        later.c.id > latest,
        later.c.batch != batch,
    )
    still_ours = select(func.count()).where(
        held.customer_id.in_(customers), held.to_date.is_(None), held.source == HAND_OVER, ~handed_again
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
    found = {name: connection.scalar(query) or 0 for name, query in counts.items()}
    moved = connection.scalar(select(func.count()).select_from(customers.subquery())) or 0
    found["new_owner"] = moved - (connection.scalar(still_ours) or 0)
    return {name: count for name, count in found.items() if count}


def undo(viewer: Viewer, batch: str, reason: str, rules: HouseRules, now: datetime) -> str:
    """Take a hand-over back by a new entry: owners and requests stand again as they stood, row by row.

    Raises `HandOverRefusedError` with not_allowed, no_reason, nothing_there, already_undone (by, at), or newer
    (what) where something has happened since that depends on it; and `BusyError` while a load goes on.
    """
    reason, today = checked_reason(reason), now.astimezone(rules.tzinfo).date()
    one, first = reassignment.c, reassignment.alias("first_entry")
    with writing_alone() as connection:
        moved = connection.execute(select(*one).where(one.batch == batch, one.undoes_id.is_(None))).all()
        if not moved:
            raise HandOverRefusedError("nothing_there")
        seen = require_right(connection, viewer, {row.from_agent_id for row in moved}, today)
        undone = connection.execute(
            select(one.at, agent.c.initials)
            .outerjoin_from(reassignment, agent, agent.c.id == one.by_id)
            .where(one.undoes_id.in_(select(first.c.id).where(first.c.batch == batch)))
            .limit(1)
        ).first()
        if undone is not None:
            raise HandOverRefusedError("already_undone", by=undone.initials, at=undone.at)
        if newer := what_depends_on(connection, batch, moved[0].at, now):
            raise HandOverRefusedError("newer", what=newer)
        take_back(connection, batch, list(moved))
        said = {"batch": uuid4().hex, "reason": reason, "at": now, "by_id": viewer.agent_id}
        kept = ("customer_id", "callback_id", "from_agent_id", "to_desk")
        rows = [said | {name: getattr(row, name) for name in kept} | {"undoes_id": row.id} for row in moved]
        connection.execute(insert(reassignment), rows)
        for agent_id, initials in sorted(seen.items()):
            theirs = [row for row in moved if row.from_agent_id == agent_id]
            asked = sum(row.callback_id is not None for row in theirs)
            details = f"customers={len(theirs) - asked} requests={asked} batch={said['batch']} undoes={batch}"
            record_change(connection, viewer, "undo_reassign", f"agent {initials}", details, now)
        derive_matters(connection, {row.customer_id for row in moved}, rules)
        mark_changed(connection, rules)
    return str(said["batch"])


def take_back(connection: Connection, batch: str, moved: list[Any]) -> None:
    """Remove what the hand-over brought, and let the former owners' time go on."""
    held = customer_owner.c
    customers = [row for row in moved if row.callback_id is None]
    present = {
        row.customer_id: row
        for row in connection.execute(
            select(held.id, held.customer_id, held.from_date).where(
                held.customer_id.in_(moved_by(batch, reassignment.c.customer_id, requests=False)),
                held.to_date.is_(None),
            )
        )
    }
    if customers:
        connection.execute(
            delete(customer_owner).where(held.id == bindparam("this_id")),
            [{"this_id": present[row.customer_id].id} for row in customers],
        )
        connection.execute(
            update(customer_owner)
            .where(
                held.customer_id == bindparam("of_customer"),
                held.agent_id == bindparam("of_agent"),
                held.to_date == bindparam("ended_on"),
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

"""Who is no longer active, what a hand-over to KC would move, and what was handed over (K1, B8)."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, or_, select, true

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame, typed_frame
from data_access.database.schema import (
    absence,
    agent,
    agent_rollup,
    call,
    call_rollup,
    callback,
    callback_holder,
    callback_verdict,
    contact_attempt,
    customer,
    customer_owner,
    employment,
    kc_list,
    note,
    reassignment,
    ring,
    shift,
    team_member,
)
from data_access.matters.directory import read_directory
from data_access.matters.matter import HAND_OVER, matters_of
from data_access.questions.callbacks import IS_FIRST, is_open_at, is_unfinished_at, verdict
from data_access.scope import Scope, held_on
from metrics.calendar import local_day
from metrics.callbacks import HandOver, Holder, judge
from metrics.house_rules import HouseRules, in_force
from metrics.reassignment import DeskLoad, Traces, why_no_longer_active
from metrics.routing import KC

RATE_DAYS = 28
"""Over so many past days one reads how many requests a day come to KC and are finished there."""


LONGEST_SILENCE_LOOKED_AT, LONGEST_WITHOUT_DIALLING = timedelta(days=400), timedelta(days=100)


HANDLER_DTYPES = {
    "agent_id": "int64",
    "agent": "str",
    "name": "str",
    "why": "str",
    "customers": "int64",
    "open_callbacks": "int64",
    "overdue": "int64",
    "left_on": "object",
    "last_call": "object",
    "last_note": "object",
    "last_shift": "object",
    "next_shift": "object",
    "is_listed": "bool",
}
CLOCK_DTYPES = {
    "callback_id": "int64",
    "customer": "str",
    "agent": "str",
    "state": "str",
    "due_before": UTC_DTYPE,
    "rule_before": "str",
    "due_after": UTC_DTYPE,
    "rule_after": "str",
    "minutes_late": "int64",
    "promised_to": UTC_DTYPE,
    "promises": "int64",
    "breached": "bool",
}


def may_see_handler(scope: Scope, today: date) -> ColumnElement[bool]:
    """A handler is of the teams that they belong to; once they have left them all, of the last one."""
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
    """Everybody who has customers or open requests, by initials, with the evidence whether they are still active (K1).

    agent_id, agent (initials), name, why (left, disabled, listed, silent; missing: active), customers, open_callbacks,
    overdue (int), left_on, last_call, last_note, last_shift, next_shift (date), is_listed (bool).
    """
    with reading() as connection:
        return handlers_in(connection, scope, rules, now)


def handlers_in(connection: Connection, scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    today = local_day(now, rules)
    ownership, open_first = customer_owner.c, and_(IS_FIRST, is_open_at(now))
    looked_at_from = today - LONGEST_SILENCE_LOOKED_AT

    def last_of(agent_id: Any, day: Any) -> Select[Any]:
        return per_agent(agent_id, func.max(day), day > looked_at_from)

    by_agent = {
        "customers": per_agent(ownership.agent_id, func.count(), ownership.to_date.is_(None)),
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
    counts_by_agent: dict[str, dict[int, Any]] = {
        name: {row[0]: row[1] for row in connection.execute(query)} for name, query in by_agent.items()
    }
    people = connection.execute(
        select(agent.c.id, agent.c.initials, agent.c.name, agent.c.role, agent.c.takes_calls, agent.c.disabled_at)
        .where(may_see_handler(scope, today))
        .order_by(agent.c.initials)
    ).all()
    left_on = days_of_leaving(connection, today)
    in_force_today = held_on(kc_list.c, today)
    listed = set(connection.scalars(select(kc_list.c.name).where(kc_list.c.kind == "handler", in_force_today)))
    known_since, known_until = days_on_record(connection)
    silent_days = in_force(rules.thresholds.silent_days, today).value
    rows = []
    for person in people:
        if not (counts_by_agent["customers"].get(person.id) or counts_by_agent["open_callbacks"].get(person.id)):
            continue

        def latest(*names: str, agent_id: int = person.id) -> date | None:
            return max((day for name in names if (day := counts_by_agent[name].get(agent_id))), default=None)

        seen = {
            "last_call": latest("last_call", "last_dialled"),
            "last_note": latest("last_noted", "last_tried", "last_written"),
            "last_shift": latest("last_shift"),
            "next_shift": latest("next_shift"),
        }
        traces = Traces(
            left_on=left_on.get(person.id),
            is_disabled=person.disabled_at is not None and person.disabled_at <= now,
            is_listed=person.initials in listed,
            is_away=bool(counts_by_agent["away"].get(person.id)),
            is_on_phones=person.role == "agent" and person.takes_calls is not False,
            back_since=latest("back_from", "hired"),
            known_since=known_since,
            known_until=known_until,
            **seen,
        )
        counts = {name: counts_by_agent[name].get(person.id, 0) for name in ("customers", "open_callbacks", "overdue")}
        why = why_no_longer_active(traces, today, silent_days)
        who = {"agent_id": person.id, "agent": person.initials, "name": person.name, "why": why}
        rows.append(who | counts | {"left_on": traces.left_on, **seen, "is_listed": traces.is_listed})
    return typed_frame(rows, HANDLER_DTYPES)


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
    former, present = employment.c, employment.alias("present")
    still = exists().where(present.c.agent_id == former.agent_id, held_on(present.c, today))
    ended = select(former.agent_id, func.max(former.to_date)).where(former.to_date <= today, ~still)
    return {row[0]: row[1] for row in connection.execute(ended.group_by(former.agent_id))}


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

    handlers: the rows of `case_handlers`. portfolios: portfolio (missing: none), customers. callbacks: the requests
    that move, open or reached and not done (K2), with state, rule_before, due_before, rule_after, due_after,
    minutes_late, promised_to, breached. kc_before and kc_after: what KC has to do. fingerprint: which customers and
    requests these are.
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
    today = local_day(now, rules)
    with reading() as connection:
        handlers = handlers_in(connection, scope, rules, now)
        handlers = handlers[handlers["agent_id"].isin(agent_ids)].reset_index(drop=True)
        ids = tuple(int(agent_id) for agent_id in handlers["agent_id"])
        owned, requests = rows_that_move(connection, ids, now)
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
        open_requests=kc_before.open_requests + int((callbacks["state"] != "reached").sum()),
        arriving_per_day=kc_before.arriving_per_day + arriving,
    )
    target = in_force(rules.response_targets.get(KC, rules.response_targets["agents"]), today).length
    fingerprint = fingerprint_of(ids, owned, requests)
    return Preview(handlers, len(owned), portfolios, callbacks, kc_before, kc_after, target, fingerprint)


def rows_that_move(connection: Connection, agent_ids: tuple[int, ...], now: datetime) -> tuple[list[Any], list[Any]]:
    """The present ownerships of these handlers, and the requests that lie with them: those that are open, and those
    whose customer was reached and not yet helped (K2)."""
    ownership = customer_owner.c
    owned = connection.execute(
        select(ownership.id, ownership.customer_id, ownership.agent_id, ownership.from_date)
        .where(ownership.agent_id.in_(agent_ids), ownership.to_date.is_(None))
        .order_by(ownership.id)
    ).all()
    requests = connection.execute(
        select(verdict.callback_id, callback.c.customer_id, holder_of_request().label("agent_id"))
        .join(callback, callback.c.id == verdict.callback_id)
        .where(
            IS_FIRST,
            or_(is_open_at(now), is_unfinished_at(now)),
            holder_of_request().in_(agent_ids),
            verdict.created_at <= now,
        )
        .order_by(verdict.callback_id)
    ).all()
    return list(owned), list(requests)


def holder_of_request() -> Any:
    """Who has a request in person, also after the customer was reached."""
    its = callback_holder.c
    last = select(its.agent_id).where(its.first_id == verdict.first_id).order_by(its.position.desc()).limit(1)
    return last.correlate(callback_verdict).scalar_subquery()


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
        pending = [promised.promise.to_at for promised in before.promises if promised.state == "pending"]
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
    clocks = typed_frame(rows, CLOCK_DTYPES)
    return clocks.sort_values(["due_before", "callback_id"]).reset_index(drop=True)


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


def hand_overs(scope: Scope, today: date) -> pd.DataFrame:
    """Every hand-over, newest first: batch, at (UTC), by, agents (initials), customers, requests (int), reason,
    undone_at (UTC), undone_by."""
    entry, by = reassignment.c, agent.alias("by_whom")
    handler = agent.alias("handler")
    query = (
        select(
            entry.id,
            entry.batch,
            entry.at,
            by.c.initials.label("by"),
            handler.c.initials.label("agent"),
            entry.reason,
            entry.callback_id.is_not(None).label("is_request"),
            entry.undoes_id,
        )
        .outerjoin_from(reassignment, by, by.c.id == entry.by_id)
        .join(handler, handler.c.id == entry.from_agent_id)
        .where(entry.from_agent_id.in_(select(agent.c.id).where(may_see_handler(scope, today))))
        .order_by(entry.id)
    )
    with reading() as connection:
        rows = frame(connection, query)
    batch_of = rows.set_index("id")["batch"]
    done, undone = rows[rows["undoes_id"].isna()], rows[rows["undoes_id"].notna()]
    undoing = undone.assign(batch=undone["undoes_id"].map(batch_of)).drop_duplicates("batch").set_index("batch")
    batches = done.groupby("batch", sort=False).agg(
        at=("at", "first"),
        by=("by", "first"),
        agents=("agent", lambda names: ", ".join(sorted(set(names)))),
        customers=("is_request", lambda asked: int((~asked.astype("bool")).sum())),
        requests=("is_request", lambda asked: int(asked.astype("bool").sum())),
        reason=("reason", "first"),
    )
    batches["undone_at"] = undoing["at"].reindex(batches.index)
    batches["undone_by"] = undoing["by"].reindex(batches.index)
    return batches.iloc[::-1].reset_index()


def not_yet_in_crm(scope: Scope, today: date) -> pd.DataFrame:
    """Customers handed over whose new owner the CRM has not shown yet, by number: customer, former_owner (initials),
    new_owner, from_date (date)."""
    present, before = customer_owner.alias("held"), customer_owner.alias("before")
    query = (
        select(
            customer.c.number.label("customer"),
            agent.c.initials.label("former_owner"),
            present.c.desk.label("new_owner"),
            present.c.from_date,
        )
        .join(
            present,
            and_(present.c.customer_id == customer.c.id, present.c.to_date.is_(None), present.c.source == HAND_OVER),
        )
        .join(before, and_(before.c.customer_id == customer.c.id, before.c.to_date == present.c.from_date))
        .join(agent, agent.c.id == before.c.agent_id)
        .where(customer.c.crm_desk.is_distinct_from(present.c.desk), may_see_handler(scope, today))
        .order_by(customer.c.number)
    )
    with reading() as connection:
        rows = frame(connection, query)
    return rows.assign(new_owner=rows["new_owner"].str.upper())

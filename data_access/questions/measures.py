"""The cases of every measure by which colleagues are compared (Q1), over the whole agency: one row a case.

Each has the columns agent_id, local_date, stratum (the kind of work, as text), success (bool), at (UTC), customer_id
(may be missing). What is a success, and whose case it is, is decided by the house rules of C1 to Q3. Asked with
`agent_ids`, those that cost most count these agents alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Text, case, cast, exists, extract, false, func, literal, select

from data_access.database.frames import UTC_DTYPE, frame
from data_access.database.schema import (
    absence,
    call,
    callback,
    callback_holder,
    callback_verdict,
    contact_attempt,
    promise,
    promise_verdict,
    ring,
    survey_response,
)
from data_access.matters.directory import read_directory
from data_access.questions.attempts import pattern_days_due
from data_access.questions.callbacks import IS_FIRST, CallbackFilters, conditions, verdict
from data_access.questions.notes import conversations_query
from data_access.questions.satisfaction import is_satisfied, main_scale, traceable_since
from data_access.scope import EVERYBODY
from metrics.calendar import local_day
from metrics.calls import ANSWERED, FAIR_CHANCES
from metrics.house_rules import HouseRules
from metrics.routing import ESCALATION

ONE_KIND = "all"
FACT_DTYPES = {
    "agent_id": "Int64",
    "local_date": "object",
    "stratum": "str",
    "success": "boolean",
    "at": UTC_DTYPE,
    "customer_id": "Int64",
}
People = tuple[int, ...] | None
"""Of whom cases are asked; of everybody where it is None."""
Cases = Any
"""A query that the database groups, or a frame where only the rules can tell."""


def between(day: Any, period: CallbackFilters) -> ColumnElement[bool]:
    return day.between(period.from_date, period.to_date)


def weekday(day: Any) -> Any:
    return cast(extract("dow", day), Text)


def chances(
    _connection: Connection, period: CallbackFilters, _rules: HouseRules, _now: datetime, _agent_ids: People
) -> Cases:
    """Fair chances and whether they were answered (C1); alike are those of one queue and half hour."""
    kind = func.coalesce(cast(call.c.queue_id, Text), "-") + literal("/") + cast(call.c.half_hour, Text)
    return (
        select(
            ring.c.agent_id,
            ring.c.local_date,
            kind.label("stratum"),
            (ring.c.pair_outcome == ANSWERED).label("success"),
            ring.c.rang_at.label("at"),
            call.c.customer_id,
        )
        .join(call, call.c.id == ring.c.call_id)
        .where(
            between(ring.c.local_date, period),
            ring.c.agent_id.is_not(None),
            ring.c.pair_outcome.in_(FAIR_CHANCES),
            call.c.direction == "incoming",
        )
    )


def decided_requests(success: str) -> Callable[..., Cases]:
    """Requests that were reached or whose deadline passed, of whoever had them then (B8).

    Alike are those of one desk that were written on the same weekday. Left out: those that came or fell due while they
    were away, for then the buddy answers; what they had as a buddy, which is never held against them (Q1); and
    escalations, which count in no agent's figures (Q4).
    """

    def query(
        _connection: Connection, period: CallbackFilters, rules: HouseRules, now: datetime, _agent_ids: People
    ) -> Cases:
        counted = conditions(rules, now)
        was_late = func.coalesce(verdict.breached_at < now, false())
        whose = case((was_late, verdict.breached_by_id), else_=verdict.agent_id)
        desk = case((was_late, verdict.breached_desk), else_=verdict.desk)
        return (
            select(
                whose.label("agent_id"),
                verdict.local_date,
                (func.coalesce(desk, "-") + literal("/") + weekday(verdict.local_date)).label("stratum"),
                func.coalesce(counted[success], false()).label("success"),
                verdict.created_at.label("at"),
                callback.c.customer_id,
            )
            .join(callback, callback.c.id == verdict.callback_id)
            .where(
                between(verdict.local_date, period),
                verdict.created_at <= now,
                counted["decided"],
                whose.is_not(None),
                callback.c.topic != ESCALATION,
                ~verdict.is_cover,
                ~was_away_at(whose, verdict.created_at),
                ~was_away_at(whose, func.coalesce(verdict.breached_at, verdict.due_at)),
            )
        )

    return query


def was_away_at(agent_id: Any, at: Any) -> ColumnElement[bool]:
    away = absence.alias().c
    return exists().where(away.agent_id == agent_id, away.starts_at <= at, away.ends_at > at)


def promises(
    _connection: Connection, period: CallbackFilters, _rules: HouseRules, now: datetime, _agent_ids: People
) -> Cases:
    """Promised times that have passed, kept or broken, of whoever had the request then (B4, B8)."""
    state, whose = promise_verdict.c.state, agent_who_had_it_at(promise.c.to_at)
    return (
        select(
            whose.label("agent_id"),
            promise_verdict.c.local_date,
            literal(ONE_KIND).label("stratum"),
            (state != "broken").label("success"),
            promise.c.to_at.label("at"),
            callback.c.customer_id,
        )
        .select_from(promise)
        .join(promise_verdict, promise_verdict.c.promise_id == promise.c.id)
        .join(callback_verdict, verdict.callback_id == promise.c.callback_id)
        .join(callback, callback.c.id == promise.c.callback_id)
        .where(
            between(promise_verdict.c.local_date, period),
            promise.c.to_at < now,
            state.in_(("kept", "kept_not_reached", "broken")),
            whose.is_not(None),
            ~verdict.is_cover,
        )
    )


def agent_who_had_it_at(at: Any) -> Any:
    """Who had a request at an instant, where it was somebody in person."""
    its = callback_holder.c
    last = select(its.agent_id).where(its.first_id == verdict.first_id, its.from_at <= at)
    return last.order_by(its.position.desc()).limit(1).correlate(callback_verdict, promise).scalar_subquery()


def messages(
    _connection: Connection, period: CallbackFilters, _rules: HouseRules, now: datetime, _agent_ids: People
) -> Cases:
    """Messages by their author, and whether they are complete (B6)."""
    return (
        select(
            callback.c.created_by_id.label("agent_id"),
            verdict.local_date,
            literal(ONE_KIND).label("stratum"),
            verdict.is_complete.label("success"),
            verdict.created_at.label("at"),
            callback.c.customer_id,
        )
        .join(callback, callback.c.id == verdict.callback_id)
        .where(between(verdict.local_date, period), verdict.created_at <= now, callback.c.created_by_id.is_not(None))
    )


def conversations(
    _connection: Connection, period: CallbackFilters, _rules: HouseRules, _now: datetime, agent_ids: People
) -> Cases:
    """Answered calls of known customers, and whether the agent noted them on that day (C2)."""
    talked = conversations_query(EVERYBODY, period, period.to_date, agent_ids).subquery().c
    return select(
        talked.agent_id,
        talked.local_date,
        literal(ONE_KIND).label("stratum"),
        talked.is_noted.label("success"),
        talked.at,
        talked.customer_id,
    )


def ratings(
    connection: Connection, period: CallbackFilters, rules: HouseRules, now: datetime, _agent_ids: People
) -> Cases:
    """Ratings on the scale that most of the agency's answers are on, and whether they are satisfied (Q3)."""
    rated = survey_response.c
    # By the year that ends with the period, so that a longer look at one colleague is on the same scale.
    scale = main_scale(connection, period.to_date - timedelta(days=365), period.to_date)
    since = traceable_since(rules, local_day(now, rules))
    return select(
        rated.agent_id,
        rated.local_date,
        literal(ONE_KIND).label("stratum"),
        is_satisfied(rules).label("success"),
        rated.answered_at.label("at"),
        case((rated.local_date >= since, rated.customer_id)).label("customer_id"),
    ).where(
        between(rated.local_date, period),
        rated.answered_at <= now,
        rated.scale == scale,
        rated.agent_id.is_not(None),
    )


def reminded_requests(
    connection: Connection, period: CallbackFilters, rules: HouseRules, now: datetime, agent_ids: People
) -> Cases:
    """Requests, of everybody who had one when it was written or asked about again, and whether it was (B7).

    Alike are those of one desk. What came while they were away is the buddy's and left out, and so is what they had as
    a buddy.
    """
    ours = select(verdict.callback_id).where(IS_FIRST, between(verdict.local_date, period), ~verdict.is_cover)
    if agent_ids is not None:
        ours = ours.where(verdict.first_id.in_(select(verdict.first_id).where(verdict.held_by_id.in_(agent_ids))))
    asked = connection.execute(
        select(
            verdict.local_date,
            verdict.created_at,
            verdict.callback_id,
            verdict.first_id,
            verdict.held_by_id,
            verdict.desk,
            callback.c.customer_id,
        )
        .join(callback, callback.c.id == verdict.callback_id)
        .where(verdict.first_id.in_(ours), verdict.created_at <= now, callback.c.topic != ESCALATION)
        .order_by(verdict.created_at)
    ).all()
    directory = read_directory(connection, rules)
    requests: dict[tuple[int, int], dict[str, Any]] = {}
    first_day = {row.first_id: row.local_date for row in asked if row.callback_id == row.first_id}
    for row in asked:
        holder = row.held_by_id
        is_asked_for = agent_ids is None or holder in agent_ids
        if holder is None or not is_asked_for or directory.is_absent(holder, row.created_at):
            continue
        request = requests.setdefault(
            (row.first_id, holder),
            {
                "agent_id": holder,
                "local_date": first_day[row.first_id],
                "stratum": row.desk,
                "success": False,
                "at": row.created_at,
                "customer_id": row.customer_id,
            },
        )
        request["success"] |= row.callback_id != row.first_id
    return pd.DataFrame(list(requests.values()), columns=list(FACT_DTYPES)).astype(FACT_DTYPES)


def pattern_days(
    connection: Connection, period: CallbackFilters, rules: HouseRules, now: datetime, agent_ids: People
) -> Cases:
    """Customer-days on which the pattern was due of somebody who must follow it, and whether it was kept (A1, A2)."""
    days = pattern_days_due(connection, period, agent_ids, rules, now)
    noon = pd.to_datetime(days["local_date"].astype("str")).dt.tz_localize(rules.zone) + pd.Timedelta(hours=12)
    facts = days.assign(stratum=ONE_KIND, success=days["is_kept"], at=noon.dt.tz_convert("UTC"))
    return facts[list(FACT_DTYPES)].astype(FACT_DTYPES)


def noted_attempts(
    _connection: Connection, period: CallbackFilters, _rules: HouseRules, _now: datetime, _agent_ids: People
) -> Cases:
    """Noted call attempts that can be checked, and whether the phone log has the call (C2)."""
    made = contact_attempt.c
    return select(
        made.agent_id,
        made.local_date,
        literal(ONE_KIND).label("stratum"),
        (made.log_state == "in_the_log").label("success"),
        made.at,
        made.customer_id,
    ).where(
        between(made.local_date, period),
        made.log_state.in_(("in_the_log", "not_in_the_log")),
        made.agent_id.is_not(None),
    )


MEASURES: dict[str, Callable[..., Cases]] = {
    "chances_answered": chances,
    "requests_attempted": decided_requests("attempted_in_time"),
    "requests_reached": decided_requests("reached_in_time"),
    "promises_kept": promises,
    "pattern_days_kept": pattern_days,
    "conversations_written": conversations,
    "attempts_in_the_log": noted_attempts,
    "messages_complete": messages,
    "requests_reminded": reminded_requests,
    "ratings_satisfied": ratings,
}
"""By the id of the figure that declares each."""


def cells_of(connection: Connection, measure: str, period: CallbackFilters, rules: HouseRules, now: datetime) -> Any:
    """How many cases and successes each agent had of each kind of work: agent (id), stratum, successes, cases."""
    cases = MEASURES[measure](connection, period, rules, now, None)
    if isinstance(cases, pd.DataFrame):
        sums = cases.groupby(["agent_id", "stratum"])["success"].agg(successes="sum", cases="size").reset_index()
    else:
        facts = cases.subquery().c
        counted = func.sum(case((facts.success, 1), else_=0))
        sums = frame(
            connection,
            select(facts.agent_id, facts.stratum, counted.label("successes"), func.count().label("cases")).group_by(
                facts.agent_id, facts.stratum
            ),
        )
    return sums.rename(columns={"agent_id": "agent"}).astype({"agent": "int64", "successes": "int64", "cases": "int64"})


def cases_of(
    connection: Connection,
    measure: str,
    agent_ids: tuple[int, ...],
    period: CallbackFilters,
    rules: HouseRules,
    now: datetime,
) -> pd.DataFrame:
    """The cases of some agents, newest first."""
    cases = MEASURES[measure](connection, period, rules, now, agent_ids)
    if isinstance(cases, pd.DataFrame):
        theirs = cases[cases["agent_id"].isin(agent_ids)]
    else:
        facts = cases.subquery().c
        theirs = frame(connection, select(*facts).where(facts.agent_id.in_(agent_ids)))
    return theirs.sort_values("at", ascending=False, kind="stable").astype(FACT_DTYPES).reset_index(drop=True)

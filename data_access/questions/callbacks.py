"""Questions about callbacks, answered for one viewer: what is open, who waits too long, what became of promises."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    null,
    or_,
    select,
)

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame, typed_frame
from data_access.database.schema import (
    agent,
    callback,
    callback_holder,
    callback_verdict,
    customer,
    promise,
    promise_verdict,
)
from data_access.matters.directory import read_directory
from data_access.matters.matter import matters_of
from data_access.questions.calls import Filters, within
from data_access.scope import Scope, desk_of_teams, may_see_callback, was_in_team
from metrics.calendar import local_day, local_to_utc, monday_of, period_before
from metrics.callbacks import (
    DUE_SOON_WITHIN,
    callback_state,
    calls_made,
    is_preferred,
    judge,
    soon_until,
)
from metrics.figures import FIGURES
from metrics.house_rules import HouseRules

UNFINISHED_WITHIN_DAYS = 30
verdict, writer = callback_verdict.c, agent.alias("writer")
IS_FIRST = verdict.callback_id == verdict.first_id


@dataclass(frozen=True)
class CallbackFilters(Filters):
    """What the viewer has chosen besides period, team and agent: a desk."""

    desk: str | None = None


def is_open_at(now: datetime) -> ColumnElement[bool]:
    """Neither reached nor withdrawn by `now`: what ended later counts as open, whenever it became known."""
    return or_(verdict.ended_at.is_(None), verdict.ended_at > now)


def is_unfinished_at(now: datetime) -> ColumnElement[bool]:
    """Reached in the last 30 days, and not done: neither the request nor a reminder of it."""
    its, written = callback_verdict.alias().c, callback.alias().c
    is_done = exists().where(its.first_id == verdict.first_id, written.id == its.callback_id, written.done_at <= now)
    return and_(verdict.reached_at.between(now - timedelta(days=UNFINISHED_WITHIN_DAYS), now), ~is_done)


def visible(
    scope: Scope, filters: CallbackFilters, now: datetime, rules: HouseRules, person: Any = verdict.agent_id
) -> ColumnElement[bool]:
    """Callbacks that the viewer may see, of the chosen team, agent and desk; of any day.

    `person`: whose they are, the one who has them or, for how a message was written, its writer (B6).
    """
    today, day = local_day(now, rules), verdict.local_date
    chosen = [
        verdict.created_at <= now,
        may_see_callback(scope, person, verdict.desk, day, is_open_at(now), today, now),
    ]
    if filters.team_id is not None:
        of_desk = and_(verdict.agent_id.is_(None), desk_of_teams(verdict.desk, (filters.team_id,)))
        chosen.append(or_(was_in_team(person, day, (filters.team_id,)), of_desk))
    if filters.agent_id is not None:
        chosen.append(person == filters.agent_id)
    if filters.desk is not None:
        chosen.append(verdict.desk == filters.desk)
    return and_(*chosen)


def person_of(name: str) -> Any:
    """Whom a count is about: the writer of a message for its faults, else the one who has it."""
    return callback.c.created_by_id if name in OF_WRITER else verdict.agent_id


def must_tell(rules: HouseRules) -> ColumnElement[bool]:
    """Requests that went to desks of which the customer must be told how long it takes, by their day's rule (B2)."""
    first = callback_holder.c
    sent_to = select(first.desk).where(first.first_id == verdict.first_id, first.position == 0).scalar_subquery()
    spans = []
    for desk, versions in rules.response_targets.items():
        for position, version in enumerate(versions):
            if version.must_tell:
                until = versions[position + 1].from_date if position + 1 < len(versions) else date.max
                begins = date.min if position == 0 else version.from_date
                spans.append(and_(sent_to == desk, verdict.local_date >= begins, verdict.local_date < until))
    return or_(false(), *spans)


def was_told_a_new_time() -> ColumnElement[bool]:
    """Before the deadline passed the customer was promised a time after it (B4)."""
    its, told = callback_verdict.alias().c, promise.alias().c
    return exists().where(
        its.first_id == verdict.first_id,
        told.callback_id == its.callback_id,
        told.made_at <= verdict.breached_at,
        told.to_at > verdict.breached_at,
    )


def conditions(rules: HouseRules, now: datetime) -> dict[str, ColumnElement[bool]]:
    """Which callbacks each count takes, of those that the viewer may see and chose."""
    has_breach = func.coalesce(verdict.breached_at < now, false())
    was_reached, is_open = verdict.reached_at <= now, is_open_at(now)
    decided = and_(IS_FIRST, or_(was_reached, has_breach))
    tried = func.coalesce(verdict.first_attempt_at, verdict.reached_at)
    open_first = and_(IS_FIRST, is_open)
    breached = and_(IS_FIRST, has_breach)
    return {
        "open_callbacks": open_first,
        "overdue": and_(open_first, verdict.due_at < now),
        "due_within_two_hours": and_(open_first, verdict.due_at >= now, verdict.due_at <= now + DUE_SOON_WITHIN),
        "decided": decided,
        "reached_in_time": and_(decided, was_reached, ~has_breach),
        "attempted_in_time": and_(decided, or_(~has_breach, tried <= verdict.breached_at)),
        "breached": breached,
        "told_new_time": and_(breached, was_told_a_new_time()),
        "misrouted": verdict.is_misrouted,
        "incomplete": ~verdict.is_complete,
        "returned": verdict.is_returned,
        "must_tell": and_(IS_FIRST, must_tell(rules)),
        "told": and_(IS_FIRST, must_tell(rules), verdict.was_told),
    }


HAS_PREFERRED_TIME = and_(
    IS_FIRST, func.coalesce(callback.c.preferred_from, callback.c.created_at) < callback.c.preferred_to
)
ATTEMPTS = {
    "attempts_with_preferred_time": case((HAS_PREFERRED_TIME, verdict.attempts), else_=0),
    "attempts_in_preferred_time": case((HAS_PREFERRED_TIME, verdict.attempts_in_preferred_time), else_=0),
}
"""Counts of attempts, of the requests written in the period (B6)."""


OF_NOW = ("open_callbacks", "overdue", "due_within_two_hours")
"""Counts of what is open, whenever it was written; the others are of what was written in the period."""
OF_WRITER = ("misrouted", "returned", "incomplete", "must_tell", "told")
"""Counts of how messages were written, scored for their authors (B2, B6)."""


def count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((func.coalesce(condition, False), 1), else_=0)), 0).cast(Integer)


def callback_totals(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> dict[str, int]:
    """Every count that the page's figures are made of: what is open now, and what was written in the period."""
    return counts_of_requests(scope, filters, rules, now) | {
        "promises_broken": len(broken_promises(scope, filters, rules, now)),
        "stalled": len(stalled(scope, filters, rules, now)),
    }


def counts_of_requests(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> dict[str, int]:
    with reading() as connection:
        counts = connection.execute(counting(scope, filters, rules, now)).one()
    return {name: int(value) for name, value in counts._mapping.items()}


def counting(
    scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime, *keys: Any
) -> Select[tuple[Any, ...]]:
    """The query of every count of `conditions`, perhaps by some keys: each of its own rows and its own person."""
    in_period, is_open = within(verdict.local_date, filters), is_open_at(now)
    people = {person_of(name) for name in conditions(rules, now)}
    seen = {person: visible(scope, filters, now, rules, person) for person in people}
    columns = [
        count(and_(is_open if name in OF_NOW else in_period, seen[person_of(name)], condition)).label(name)
        for name, condition in conditions(rules, now).items()
    ]
    is_counted = and_(in_period, seen[verdict.agent_id])
    columns += [
        func.coalesce(func.sum(case((is_counted, attempts), else_=0)), 0).cast(Integer).label(name)
        for name, attempts in ATTEMPTS.items()
    ]
    return (
        select(*keys, *columns)
        .select_from(callback_verdict.join(callback, callback.c.id == verdict.callback_id))
        .where(or_(in_period, is_open), or_(*seen.values()))
    )


def totals_before(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> dict[str, int] | None:
    """What was written in the period before, as `callback_totals` counts it; None where nothing had been on its first
    day. Promises and what is stalled are counted now, not by period."""
    from_date, to_date = period_before(filters.from_date, filters.to_date)
    before = replace(filters, from_date=from_date, to_date=to_date)
    with reading() as connection:
        first_day = connection.scalar(select(func.min(verdict.local_date)))
    is_known = first_day is not None and first_day <= before.from_date
    return counts_of_requests(scope, before, rules, now) if is_known else None


def callbacks_by_desk(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """One row a desk: desk and the counts of `callback_totals`, but for promises and what is stalled."""
    query = counting(scope, filters, rules, now, verdict.desk).group_by(verdict.desk).order_by(verdict.desk)
    with reading() as connection:
        return frame(connection, query)


def callbacks_by_week(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """One row a week with requests, by its Monday: week (date), decided, reached_in_time, attempted_in_time, and
    promises, promises_kept (int), of the weeks in which the promised times lay."""
    counted = conditions(rules, now)
    names = ("decided", "reached_in_time", "attempted_in_time")
    query = (
        select(verdict.local_date, *(count(counted[name]).label(name) for name in names))
        .where(within(verdict.local_date, filters), visible(scope, filters, now, rules))
        .group_by(verdict.local_date)
    )
    promised = promises_query(scope, filters, rules, now).where(within(promise_verdict.c.local_date, filters))
    with reading() as connection:
        days, promises = frame(connection, query), frame(connection, promised)
    promises = promises[promises["to_at"] < now]
    kept = promises["state"].isin(("kept", "kept_not_reached"))
    judged = pd.DataFrame(
        {
            "local_date": promises["local_date"],
            "promises": (kept | (promises["state"] == "broken")).astype("Int64"),
            "promises_kept": kept.astype("Int64"),
        }
    )
    together = pd.concat([days, judged])
    weeks = together["local_date"].map(monday_of).rename("week")
    sums = together.drop(columns="local_date").groupby(weeks).sum().reset_index()
    return sums.astype(dict.fromkeys(sums.columns.drop("week"), "int64"))


LATE_BY_HOURS = (2, 8, 24, 72)
"""Where the distribution of lateness is cut, in hours; each class includes its upper end."""


def lateness_of(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """How late the requests of the period were, or are by now, one row a class and desk, those in time apart.

    late_class (int: 0 in time, 1 up to LATE_BY_HOURS[0] hours late, … the last later than all), desk, requests (int).
    Late from the first deadline that passed until the customer was reached; withdrawn ones until they withdrew.
    """
    query = select(verdict.desk, verdict.breached_at, verdict.ended_at).where(
        within(verdict.local_date, filters), visible(scope, filters, now, rules), conditions(rules, now)["decided"]
    )
    with reading() as connection:
        rows = frame(connection, query)
    until = rows["ended_at"].where(rows["ended_at"] <= now, pd.Timestamp(now))
    hours = (until - rows["breached_at"]).dt.total_seconds() / 3600
    late_class = pd.cut(hours, [0, *LATE_BY_HOURS, float("inf")], labels=False).fillna(-1).astype("int64") + 1
    counts = rows.assign(late_class=late_class).groupby(["late_class", "desk"]).size()
    return counts.rename("requests").reset_index()


def promises_query(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> Any:
    """Promises about callbacks that the viewer may see and chose, with what became of each (B4)."""
    return (
        select(
            promise.c.id.label("promise_id"),
            verdict.first_id.label("callback_id"),
            number_for(scope),
            promise.c.made_at,
            writer.c.initials.label("made_by"),
            promise.c.from_at,
            promise.c.to_at,
            promise_verdict.c.state,
            promise_verdict.c.attempted_at,
            promise_verdict.c.minutes_late,
            promise_verdict.c.local_date,
            agent.c.initials.label("agent"),
            verdict.desk,
        )
        .select_from(promise)
        .join(promise_verdict, promise_verdict.c.promise_id == promise.c.id)
        .join(callback_verdict, verdict.callback_id == promise.c.callback_id)
        .join(callback, callback.c.id == promise.c.callback_id)
        .join(customer, customer.c.id == callback.c.customer_id)
        .outerjoin(writer, writer.c.id == promise.c.made_by_id)
        .outerjoin(agent, agent.c.id == verdict.agent_id)
        .where(visible(scope, filters, now, rules))
    )


def broken_promises(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The promises of this week, since Monday, that are broken by `now` (B4), by the promised time."""
    monday = local_to_utc(monday_of(local_day(now, rules)), 0, rules)
    query = promises_query(scope, filters, rules, now).where(
        promise_verdict.c.state == "broken", promise.c.to_at >= monday, promise.c.to_at < now
    )
    with reading() as connection:
        rows = frame(connection, query.order_by(promise.c.to_at, promise.c.id))
    still_waiting = ((now - rows["to_at"]).dt.total_seconds() // 60).astype("Int64")
    return rows.assign(minutes_late=rows["minutes_late"].fillna(still_waiting))


def callback_rows(
    scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime, figure_id: str
) -> pd.DataFrame:
    """The rows that a figure counts: as many as it says or, for a share, as its denominator says."""
    if figure_id == "promises_broken":
        return broken_promises(scope, filters, rules, now)
    if figure_id == "stalled":
        return stalled(scope, filters, rules, now)
    if figure_id == "in_preferred_time":
        return attempts_with_preferred_time(scope, filters, rules, now)
    (name,) = FIGURES[figure_id].opens
    wanted = conditions(rules, now)[name]
    of_when = is_open_at(now) if name in OF_NOW else within(verdict.local_date, filters)
    query = listed(scope).where(of_when, wanted, visible(scope, filters, now, rules, person_of(name)))
    with reading() as connection:
        rows = frame(connection, query.order_by(callback.c.created_at, callback.c.id))
    return with_states(rows, rules, now)


def attempts_with_preferred_time(
    scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime
) -> pd.DataFrame:
    """The calls made for requests of the period that have a preferred time, in order of time (B6): callback_id,
    customer, topic, agent, desk, called_at (UTC), in_preferred_time (bool)."""
    which = and_(HAS_PREFERRED_TIME, verdict.attempts > 0, within(verdict.local_date, filters))
    which = and_(which, visible(scope, filters, now, rules))
    customers = select(callback.c.customer_id).join(callback_verdict, verdict.callback_id == callback.c.id).where(which)
    with reading() as connection:
        requests = frame(connection, listed(scope).where(which))
        matters = matters_of(connection, read_directory(connection, rules), customers.distinct())
    wanted = set(requests["callback_id"])
    calls = [
        (matter.facts.callback_id, call.at, is_preferred(matter.request, call.at))
        for matter in matters
        if matter.facts.callback_id in wanted
        for call in calls_made(matter.request)
    ]
    called = typed_frame(calls, {"callback_id": "Int64", "called_at": UTC_DTYPE, "in_preferred_time": "boolean"})
    columns = ["callback_id", "customer", "topic", "agent", "desk"]
    return requests[columns].merge(called, on="callback_id").sort_values(["called_at", "callback_id"], kind="stable")


def number_for(scope: Scope) -> Any:
    return (customer.c.number if scope.may_see_customers else cast(null(), Text)).label("customer")


def listed(scope: Scope) -> Any:
    return (
        select(
            verdict.callback_id,
            number_for(scope),
            callback.c.topic,
            callback.c.created_at,
            writer.c.initials.label("written_by"),
            agent.c.initials.label("agent"),
            verdict.desk,
            verdict.due_at,
            verdict.rule,
            verdict.reached_at,
            verdict.ended_at,
            verdict.how,
            verdict.attempts,
        )
        .select_from(callback_verdict)
        .join(callback, callback.c.id == verdict.callback_id)
        .join(customer, customer.c.id == callback.c.customer_id)
        .outerjoin(writer, writer.c.id == callback.c.created_by_id)
        .outerjoin(agent, agent.c.id == verdict.agent_id)
    )


def with_states(rows: pd.DataFrame, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Add `state`, by the one function that decides it."""
    soon = {desk: soon_until(rules, desk, now) for desk in rows["desk"].unique()}
    states = [
        callback_state(
            row.due_at,
            unless_yet_to_come(row.reached_at, now),
            unless_yet_to_come(row.ended_at, now),
            soon[row.desk],
            now,
        )
        for row in rows.itertuples()
    ]
    return rows.assign(state=pd.Series(states, index=rows.index, dtype="str")).drop(columns="ended_at")


def unless_yet_to_come(at: Any, now: datetime) -> datetime | None:
    return None if pd.isna(at) or at > now else at


def stalled(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Reached in the last 30 days, not done, and nothing noted for `stalled_days` working days (B3)."""
    undone = and_(IS_FIRST, is_unfinished_at(now))
    customers = (
        select(callback.c.customer_id)
        .join(callback_verdict, verdict.callback_id == callback.c.id)
        .where(undone, visible(scope, filters, now, rules))
    )
    with reading() as connection:
        rows = frame(connection, listed(scope).where(undone, visible(scope, filters, now, rules)))
        directory = read_directory(connection, rules)
        matters = matters_of(connection, directory, customers.distinct())
    lying = {matter.facts.callback_id for matter in matters if judge(matter.request, rules, now).is_stalled}
    rows = rows[rows["callback_id"].isin(lying)].sort_values("reached_at", kind="stable").reset_index(drop=True)
    return with_states(rows, rules, now)

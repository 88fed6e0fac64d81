"""Questions about calls, answered for one viewer. Figures come from the roll-ups, rows from the calls and rings."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, null, or_, select, true

from data_access.database.engine import reading
from data_access.database.frames import frame
from data_access.database.schema import (
    agent,
    agent_rollup,
    call,
    call_rollup,
    callback,
    queue,
    queue_team,
    ring,
    shift,
    survey_response,
    team,
    team_member,
)
from data_access.scope import Scope, may_see_call, may_see_pair, pair_of_team, team_of, was_in_team, was_teams_queue
from metrics.calendar import ONE_DAY, monday_of, period_before
from metrics.calls import CALL_OUTCOMES, CONFIGURATION_FAULTS, FAIR_CHANCES, MISSES, NO_CHANCES, has_rota
from metrics.figures import FIGURES, Figure
from metrics.proportions import honest_rate

CALL_SUMS = (*CALL_OUTCOMES, "outside", "outside_answered", "timed_answers", "answer_seconds")
AGENT_SUMS = (
    *FAIR_CHANCES,
    *NO_CHANCES,
    "talk_seconds",
    "timed_talks",
    "timed_answers",
    "answer_seconds",
)
IN_VAIN = ("let_it_ring", "taken_by_colleague", "too_short", "unknown", *CONFIGURATION_FAULTS)
"""What a ring that nobody answered can be besides a miss."""
FEWEST_UNANSWERED = 20


@dataclass(frozen=True)
class Filters:
    """What the viewer has chosen: a period of local dates, both included, and perhaps a team and an agent."""

    from_date: date
    to_date: date
    team_id: int | None = None
    agent_id: int | None = None

    def before(self) -> "Filters":
        """The same choice in the period of the same length that ends the day before."""
        from_date, to_date = period_before(self.from_date, self.to_date)
        return replace(self, from_date=from_date, to_date=to_date)


def within(day: Any, filters: Filters) -> ColumnElement[bool]:
    return and_(day >= filters.from_date, day <= filters.to_date)


def is_chosen(filters: Filters, agent_id: Any, day: Any) -> ColumnElement[bool]:
    """Whether an agent is the one chosen, if one is, and was in the team chosen on that day."""
    return and_(
        true() if filters.team_id is None else was_in_team(agent_id, day, (filters.team_id,)),
        true() if filters.agent_id is None else agent_id == filters.agent_id,
    )


def chosen_calls(scope: Scope, filters: Filters, queue_id: Any, day: Any) -> ColumnElement[bool]:
    """Calls of the period that the viewer may see, of the chosen team's queues. An agent has rings, not calls."""
    team = true() if filters.team_id is None else was_teams_queue(queue_id, day, (filters.team_id,))
    return and_(within(day, filters), may_see_call(scope, queue_id, day), team)


def chosen_pairs(scope: Scope, filters: Filters, agent_id: Any, queue_id: Any, day: Any) -> ColumnElement[bool]:
    """Pairs of the period that the viewer may see, of the chosen team's members and of the chosen agent."""
    chosen = true() if filters.agent_id is None else agent_id == filters.agent_id
    team = true() if filters.team_id is None else pair_of_team(agent_id, queue_id, day, (filters.team_id,))
    return and_(within(day, filters), may_see_pair(scope, agent_id, queue_id, day), chosen, team)


def sums(table: Any, names: tuple[str, ...]) -> list[Any]:
    return [func.coalesce(func.sum(table.c[name]), 0).cast(table.c[name].type).label(name) for name in names]


def with_call_totals(counts: pd.DataFrame) -> pd.DataFrame:
    """received = answered + missed + abandoned + short + redirected (C1), and received without the short ones."""
    received = counts[list(CALL_OUTCOMES)].sum(axis=1)
    return counts.assign(received=received, received_not_short=received - counts["short"])


def count_calls(scope: Scope, filters: Filters, keys: list[Any]) -> pd.DataFrame:
    rollup = call_rollup.c
    query = select(*keys, *sums(call_rollup, CALL_SUMS)).where(
        chosen_calls(scope, filters, rollup.queue_id, rollup.local_date)
    )
    with reading() as connection:
        counts = frame(connection, query.group_by(*keys).order_by(*keys))
    return with_call_totals(counts.astype(dict.fromkeys(CALL_SUMS, "int64")))


def team_totals(scope: Scope, filters: Filters) -> dict[str, int]:
    """The calls of the period, counted once each: every term of the identity, and what stands beside it (C1)."""
    totals = count_calls(scope, filters, [])
    return {str(name): int(value) for name, value in totals.iloc[0].items()}


def period_before_totals(scope: Scope, filters: Filters) -> dict[str, int] | None:
    """The totals of the period before; None where calls were not yet on record from its first day on."""
    before = filters.before()
    with reading() as connection:
        first_day = connection.scalar(select(func.min(call_rollup.c.local_date)))
    return None if first_day is None or first_day > before.from_date else team_totals(scope, before)


def calls_by_day(scope: Scope, filters: Filters) -> pd.DataFrame:
    """One row a local date with calls: local_date (date) and the counts of `team_totals`."""
    return count_calls(scope, filters, [call_rollup.c.local_date])


def calls_by_half_hour(scope: Scope, filters: Filters) -> pd.DataFrame:
    """One row a weekday (0 = Monday) and half hour (0…47) with calls, and the counts of `team_totals`."""
    return count_calls(scope, filters, [call_rollup.c.weekday, call_rollup.c.half_hour])


def calls_by_agent(scope: Scope, filters: Filters) -> pd.DataFrame:
    """One row an agent whose phone rang, by initials, which stand first; calls that somebody unnamed took stand last.

    agent_id (missing for the unnamed), agent (initials), name; rang = received (the fair chances: answered, declined,
    not_picked_up) + let_it_ring + taken_by_colleague + too_short + already_talking + faults + unknown; missed,
    timed_answers (int); answer_rate, rate_low, rate_high (fractions, missing
    where the cases are too few); time_to_answer_seconds, talk_time_seconds (means over the known ones).
    """
    rollup = agent_rollup.c
    keys = [rollup.agent_id, agent.c.initials.label("agent"), agent.c.name]
    query = (
        select(*keys, *sums(agent_rollup, AGENT_SUMS))
        .outerjoin_from(agent_rollup, agent, agent.c.id == rollup.agent_id)
        .where(chosen_pairs(scope, filters, rollup.agent_id, rollup.queue_id, rollup.local_date))
        .group_by(*keys)
    )
    with reading() as connection:
        counts = frame(connection, query).astype(dict.fromkeys(AGENT_SUMS, "int64"))
    counts = counts.sort_values("agent").sort_values("agent_id", key=pd.isna, kind="stable")
    return with_agent_totals(counts.reset_index(drop=True))


def with_agent_totals(counts: pd.DataFrame) -> pd.DataFrame:
    received = counts[list(FAIR_CHANCES)].sum(axis=1)
    # Whoever took an unnamed call had no other chances on record: there is no rate.
    cases = received.where(counts["agent_id"].notna(), 0)
    rate = honest_rate(counts["answered"], cases).rename(
        columns={"rate": "answer_rate", "low": "rate_low", "high": "rate_high"}
    )
    return counts.assign(
        rang=counts[[*FAIR_CHANCES, *NO_CHANCES]].sum(axis=1),
        received=received,
        missed=counts[list(MISSES)].sum(axis=1),
        faults=counts[list(CONFIGURATION_FAULTS)].sum(axis=1),
        time_to_answer_seconds=counts["answer_seconds"] / counts["timed_answers"].where(counts["timed_answers"] > 0),
        talk_time_seconds=counts["talk_seconds"] / counts["timed_talks"].where(counts["timed_talks"] > 0),
    ).join(rate)


def names_only_who_answered(_scope: Scope) -> bool:
    """Whether the telephone system never tells whose phone rang in vain, so that answer rates say nothing of anybody.

    So it is where at least `FEWEST_UNANSWERED` calls went unanswered and, on all that is on record, nobody missed one,
    let one ring or was rung while away. That is one fact of the telephone system, the same for every viewer: of those
    whom somebody may see perhaps nobody happened to miss a call.
    """
    pairs_of, calls_of = agent_rollup.c, call_rollup.c
    told = sum((pairs_of[name] for name in (*MISSES, *IN_VAIN)), literal(0))
    is_told = select(pairs_of.id).where(pairs_of.agent_id.is_not(None), told > 0)
    lost = calls_of.missed + calls_of.abandoned + calls_of.redirected
    some = select(lost.label("lost")).where(lost > 0)
    with reading() as connection:
        if connection.execute(is_told.limit(1)).first() is not None:
            return False
        unanswered = connection.scalars(some.limit(FEWEST_UNANSWERED)).all()
    return sum(unanswered) >= FEWEST_UNANSWERED


def rows_behind(scope: Scope, filters: Filters, figure_id: str) -> pd.DataFrame:
    """The rows that a figure counts: as many as it says or, for a share or a mean, as its denominator says."""
    figure = FIGURES[figure_id]
    return call_rows(scope, filters, figure) if figure.grain == "call" else pair_rows(scope, filters, figure)


def call_rows(scope: Scope, filters: Filters, figure: Figure) -> pd.DataFrame:
    """Calls behind a figure, newest first.

    started_at (UTC), queue, outcome, answer_seconds, customer (its number), in_opening_hours.
    """
    inside = call.c.in_opening_hours
    match figure.opens:
        case ("outside",):
            which = ~inside
        case ("timed_answers",):
            which = and_(inside, call.c.outcome == "answered", call.c.answer_seconds.is_not(None))
        case outcomes:
            which = and_(inside, call.c.outcome.in_(outcomes))
    query = (
        select(
            call.c.started_at,
            queue.c.name.label("queue"),
            call.c.outcome,
            call.c.answer_seconds,
            customer_number(scope),
            call.c.in_opening_hours,
        )
        .outerjoin_from(call, queue, queue.c.id == call.c.queue_id)
        .where(chosen_calls(scope, filters, call.c.queue_id, call.c.local_date), call.c.direction == "incoming", which)
        .order_by(call.c.started_at.desc(), call.c.id)
    )
    with reading() as connection:
        return frame(connection, query)


def pair_rows(scope: Scope, filters: Filters, figure: Figure) -> pd.DataFrame:
    """Pairs of call and agent behind a figure, newest first.

    rang_at (UTC), agent, queue, pair_outcome, ring_seconds, talk_seconds, answer_seconds, customer (its number).
    """
    match figure.opens:
        case ("timed_answers",):
            which = and_(ring.c.pair_outcome == "answered", call.c.answer_seconds.is_not(None))
        case ("timed_talks",):
            which = and_(ring.c.pair_outcome == "answered", ring.c.talk_seconds.is_not(None))
        case outcomes:
            which = ring.c.pair_outcome.in_(outcomes)
    query = pairs(scope, filters).where(which)
    with reading() as connection:
        return frame(connection, query)


def agent_pairs(scope: Scope, filters: Filters, agent_id: int | None) -> pd.DataFrame:
    """Every pair of one agent in the period, also those that were no fair chance; columns as in `pair_rows`."""
    with reading() as connection:
        return frame(connection, pairs(scope, filters).where(ring.c.agent_id.is_not_distinct_from(agent_id)))


def pairs(scope: Scope, filters: Filters) -> Select[Any]:
    return (
        select(
            ring.c.rang_at,
            agent.c.initials.label("agent"),
            queue.c.name.label("queue"),
            ring.c.pair_outcome,
            ring.c.ring_seconds,
            ring.c.talk_seconds,
            call.c.answer_seconds,
            customer_number(scope),
        )
        .select_from(ring)
        .join(call, call.c.id == ring.c.call_id)
        .outerjoin(queue, queue.c.id == call.c.queue_id)
        .outerjoin(agent, agent.c.id == ring.c.agent_id)
        .where(
            chosen_pairs(scope, filters, ring.c.agent_id, call.c.queue_id, ring.c.local_date),
            call.c.direction == "incoming",
            ring.c.pair_outcome != "repeated",
        )
        .order_by(ring.c.rang_at.desc(), ring.c.id)
    )


def customer_number(scope: Scope) -> Any:
    """The customer's number, or nothing for viewers who may not see customers."""
    return (call.c.customer_number if scope.may_see_customers else null()).label("customer")


@dataclass(frozen=True)
class Choices:
    """What a viewer can filter by: teams and agents by name, and the first and last local date that has calls.

    Where no calls are loaded they are those of the requests, else of the ratings. `last_rota_day`: of the last shift.
    """

    teams: dict[str, int]
    agents: dict[str, int]
    first_day: date | None
    last_day: date | None
    last_rota_day: date | None


def choices(scope: Scope) -> Choices:
    """The teams and agents that the viewer may choose among, and the span of the data."""
    teams = select(team.c.name, team.c.id).order_by(team.c.name)
    people = select(agent.c.initials, agent.c.id).order_by(agent.c.initials)
    if not scope.sees_everything:
        teams = teams.where(team.c.id.in_(scope.team_ids))
        # Whoever was ever in one of the teams: what is shown of them is of those days.
        members = select(team_member.c.agent_id).where(team_member.c.team_id.in_(scope.team_ids))
        people = people.where(or_(agent.c.id.in_(scope.agent_ids), agent.c.id.in_(members)))
    first_days, last_days = (
        [select(which(days.c.local_date)).scalar_subquery() for days in (call_rollup, callback, survey_response)]
        for which in (func.min, func.max)
    )
    last_rota_day = select(func.max(shift.c.local_date)).scalar_subquery()
    span = select(func.coalesce(*first_days), func.coalesce(*last_days), last_rota_day)
    with reading() as connection:
        first_day, last_day, rota_day = connection.execute(span).one()
        return Choices(
            {name: number for name, number in connection.execute(teams)},
            {name: number for name, number in connection.execute(people)},
            first_day,
            last_day,
            rota_day,
        )


def teams_without_queue(scope: Scope, filters: Filters) -> list[str]:
    """The team chosen, or the viewer's teams, if no queue belongs to any of them: no call can be counted for them."""
    seen = true() if scope.sees_everything else team.c.id.in_(scope.team_ids)
    chosen = seen if filters.team_id is None else team.c.id == filters.team_id
    has_queue = exists().where(queue_team.c.team_id == team.c.id).label("has_queue")
    with reading() as connection:
        teams = connection.execute(select(team.c.name, has_queue).where(chosen).order_by(team.c.name)).all()
    return [] if any(row.has_queue for row in teams) else [row.name for row in teams]


def days_without_rota(scope: Scope, filters: Filters) -> list[date]:
    """The days on which a phone rang in a team without a rota; there everybody counts as on shift (C1)."""
    rollup = agent_rollup.c
    rang = select(rollup.local_date, team_of(rollup.agent_id, rollup.local_date).label("team_id")).where(
        chosen_pairs(scope, filters, rollup.agent_id, rollup.queue_id, rollup.local_date),
        rollup.agent_id.is_not(None),
    )
    weeks = shift.c.local_date.between(monday_of(filters.from_date), filters.to_date + 6 * ONE_DAY)
    planned = select(shift.c.local_date, team_of(shift.c.agent_id, shift.c.local_date).label("team_id")).where(weeks)
    with reading() as connection:
        days = frame(connection, rang.distinct())
        shifts = frame(connection, planned.distinct())
    without = days[~has_rota(days["team_id"], days["local_date"], shifts)]
    return sorted(without["local_date"].unique())

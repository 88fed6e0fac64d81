"""Questions about colleagues: who differs by more than chance, what else could explain it, one colleague over time.

Compared is the whole agency, on days that are over; only then is the answer cut to the viewer's scope (P1, Q1).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Integer, func, select

from data_access.database.engine import reading
from data_access.database.schema import absence, agent, agent_rollup, customer, database_info, team_member
from data_access.matters.directory import Directory, holds, read_directory
from data_access.matters.pattern import read_pattern_book
from data_access.questions.attempts import people_seen
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.calls import Filters, names_only_who_answered
from data_access.questions.coverage import days_between
from data_access.questions.measures import MEASURES, cases_of, cells_of
from data_access.scope import Scope
from metrics.attempts import is_new
from metrics.calendar import ONE_DAY, local_to_utc, monday_of
from metrics.calls import CONFIGURATION_FAULTS, FAIR_CHANCES
from metrics.coaching import (
    CHART_WEEKS,
    FEWEST_PEERS,
    LOOKED_BACK_DAYS,
    MIX_MATTERS,
    SIGNALS,
    SPELL_DAYS,
    MeasureOverTime,
    compare,
    compare_with_goal,
    compare_with_own_past,
    dispersion_of,
    exact_tail,
    expected_by_case_mix,
    expected_rate_of,
    first_week_that_still_says_it,
    hangs_on_one_spell,
    keeps_the_goal,
    measures_over_time,
    shrunken_rates,
    spell_days,
    state_of,
    without_case_mix,
)
from metrics.figures import FIGURES
from metrics.house_rules import HouseRules, in_force
from metrics.proportions import FEWEST_FOR_RATE, honest_rate

FAULTS_MATTER = 0.05
AWAY_MATTERS = 0.33
TEAM_DIFFERS = 0.05
SEPARATOR = " "
SATURDAY = 5
COMPARISON_DTYPES = {
    "agent_id": "int64",
    "agent": "str",
    "name": "str",
    "measure": "str",
    "successes": "int64",
    "cases": "int64",
    "rate": "float64",
    "low": "float64",
    "high": "float64",
    "expected_rate": "float64",
    "against": "str",
    "shrunken_rate": "float64",
    "p_value": "float64",
    "state": "str",
    "kind": "str",
    "since": "object",
    "explanations": "str",
    "rule": "str",
}


@dataclass(frozen=True)
class Funnel:
    """What a measure's picture needs of the whole agency, pooled: the rate and τ²."""

    rate: float
    tau_squared: float


@dataclass(frozen=True)
class Signals:
    """Every colleague of the viewer's scope on every measure, columns COMPARISON_DTYPES, by name, then measure.

    state: one of metrics.coaching.State. kind: help, strength or neither. against: peers, rule (A2) or own_past, where
    fewer than eleven have cases enough. Of signals also `since` (the Monday from which the data still say it, missing
    where they say it of the whole year) and `explanations`: codes of what else could explain it, with a space
    between. funnels: by measure. period: the days that were compared, both included. moved: how many colleagues
    are left out because part of the period they were in a team that is not the viewer's.
    """

    comparisons: pd.DataFrame
    funnels: dict[str, Funnel]
    period: tuple[date, date]
    moved: int = 0

    @property
    def signals(self) -> pd.DataFrame:
        return self.comparisons[self.comparisons["state"].isin(SIGNALS)]


@dataclass(frozen=True)
class AgencySignals:
    """Everybody of the agency on every measure, before it is cut to a viewer: comparisons and funnels as in `Signals`,
    those who have left included; cells: by measure, how many cases and successes each had of each kind of work."""

    comparisons: pd.DataFrame
    funnels: dict[str, Funnel]
    cells: dict[str, pd.DataFrame]
    period: CallbackFilters
    past_version: int
    """Of which data they are: with the period it tells them from all others."""


def agency_signals(everybody: Scope, period: CallbackFilters, rules: HouseRules, today: date) -> AgencySignals:
    """Who in the whole agency differs from colleagues by more than chance in days that are over, and in what (Q1).

    It takes long, is the same for every viewer, and names everybody: only for `coaching_signals`, `new_signals` and
    `colleague`, which cut it.
    """
    if not everybody.sees_everything:
        raise ValueError("signals are worked out over the whole agency, and then cut to a viewer's scope")
    now = local_to_utc(today, 0, rules)
    with reading() as connection:
        version = connection.scalars(select(database_info.c.past_version)).one()
        people = {row.id: row for row in connection.execute(select(agent.c.id, agent.c.initials, agent.c.name))}
        directory = read_directory(connection, rules)
        told = [name for name in MEASURES if name != "chances_answered" or not names_only_who_answered(everybody)]
        cells = {name: cells_of(connection, name, period, rules, now) for name in told}
        goals = goals_of(rules, period.to_date)
        whole = compared(cells, goals, past_of_few(connection, cells, goals, period, rules, now))
        comparisons = looked_at(whole, Looks(connection, directory, cells, whole, period, rules, now), people)
    order = {name: place for place, name in enumerate(MEASURES)}
    comparisons = comparisons.sort_values(
        ["agent", "measure"], key=lambda person: person.map(order) if person.name == "measure" else person
    )
    funnels = {name: funnel_of(whole[whole["measure"] == name], goals.get(name)) for name in cells}
    return AgencySignals(comparisons.reset_index(drop=True), funnels, cells, period, version)


def coaching_signals(scope: Scope, agency: AgencySignals, filters: Filters, rules: HouseRules, today: date) -> Signals:
    """What the viewer may see of the agency's signals, of the people whom they chose (P1)."""
    now = local_to_utc(today, 0, rules)
    with reading() as connection:
        seen = people_seen(connection, scope, filters, min(filters.to_date, today))
        directory = read_directory(connection, rules)
    # Whoever has left is nobody's to coach; their work still counts for what is expected of the others.
    people = {person.id for person in seen if directory.is_employed(person.id, now)}
    moved = {person for person in people if not was_seen_all_the_time(directory, scope, person, agency.period)}
    rows = agency.comparisons[agency.comparisons["agent_id"].isin(people - moved)]
    return Signals(
        rows.reset_index(drop=True), agency.funnels, (agency.period.from_date, agency.period.to_date), len(moved)
    )


def was_seen_all_the_time(directory: Directory, scope: Scope, agent_id: int, period: Filters) -> bool:
    """On every day of the period on which they were in a team, the viewer may see them: else their figures are partly
    of days that are another lead's to see (P1)."""
    if scope.sees_everything or agent_id in scope.agent_ids:
        return True
    return all(
        directory.was_in_one_of(agent_id, scope.team_ids, day)
        for day in days_between(period.from_date, period.to_date)
        if any(holds(row, day) for row in directory.memberships[agent_id])
    )


def looked_at(rows: pd.DataFrame, looks: "Looks", people: dict[int, Any]) -> pd.DataFrame:
    """Comparisons of some people with the closer look at what stands out, columns COMPARISON_DTYPES."""
    closer = {}
    for measure, standing_out in rows[rows["state"].isin(SIGNALS)].groupby("measure"):
        cases = looks.cases(measure, tuple(standing_out["agent_id"]))
        for place, signal in standing_out.iterrows():
            closer[place] = looks.at(signal, cases[cases["agent_id"] == signal["agent_id"]].reset_index(drop=True))
    seen_as, since, explained = ({place: facts[part] for place, facts in closer.items()} for part in range(3))
    states = [seen_as.get(place, state) for place, state in rows["state"].items()]
    facts = rows.assign(
        agent=[people[agent_id].initials for agent_id in rows["agent_id"]],
        name=[people[agent_id].name for agent_id in rows["agent_id"]],
        state=states,
        kind=[kind if state in SIGNALS else "" for kind, state in zip(rows["kind"], states, strict=True)],
        since=[since.get(place) for place in rows.index],
        explanations=[explained.get(place, "") for place in rows.index],
        rule=[FIGURES[name].rule for name in rows["measure"]],
    )
    return facts[list(COMPARISON_DTYPES)].astype(COMPARISON_DTYPES)


def days_over(filters: Filters, today: date) -> CallbackFilters:
    """The days of a period that are over, of everybody."""
    return CallbackFilters(filters.from_date, min(filters.to_date, today - ONE_DAY))


def goals_of(rules: HouseRules, day: date) -> dict[str, float]:
    """Measures that are held against what a rule asks for, and not against colleagues (A2), with the goal."""
    return {"pattern_days_kept": in_force(rules.thresholds.pattern_goal, day).value}


def past_of_few(
    connection: Connection,
    cells: dict[str, pd.DataFrame],
    goals: dict[str, float],
    period: CallbackFilters,
    rules: HouseRules,
    now: datetime,
) -> dict[str, pd.DataFrame]:
    """Of measures in which too few have cases enough to be compared with each other: everybody's cells of the year
    before the period."""
    year = CallbackFilters(period.from_date - timedelta(weeks=CHART_WEEKS), period.from_date - ONE_DAY)
    few = [name for name, of_measure in cells.items() if name not in goals and has_too_few_peers(of_measure)]
    return {name: cells_of(connection, name, year, rules, now) for name in few}


def has_too_few_peers(cells: pd.DataFrame) -> bool:
    enough = cells.groupby("agent")["cases"].sum() >= FEWEST_FOR_RATE
    return bool(enough.any()) and enough.sum() <= FEWEST_PEERS


def compared(cells: dict[str, pd.DataFrame], goals: dict[str, float], past: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Everybody on every measure, with what can be said: the false discoveries are counted over all of it."""
    parts = []
    for name, of_measure in cells.items():
        counts = expected_by_case_mix(of_measure)
        if name in goals:
            against, fair = "rule", compare_with_goal(counts, goals[name])
        elif name in past:
            against, fair = "own_past", compare_with_own_past(counts, past[name])
        else:
            against, fair = "peers", compare(counts)
        crude = compare(without_case_mix(counts)) if against == "peers" else fair
        rates = honest_rate(fair["successes"], fair["cases"])
        shrunken = shrunken_rates(fair["successes"].to_numpy(float), fair["cases"].to_numpy(float))
        good = FIGURES[name].better
        parts.append(
            fair.assign(
                measure=name,
                against=against,
                crude_p_value=crude["p_value"],
                crude_rate=crude["expected_rate"],
                shrunken_rate=shrunken,
                kind=np.where(fair["direction"] == good, "strength", "help"),
                **rates,
            )
        )
    whole = pd.concat(parts, ignore_index=True).rename(columns={"agent": "agent_id"})
    goal = whole["measure"].map(goals).astype("float64")
    return whole.assign(state=state_of(whole).mask(keeps_the_goal(whole, goal), "look"))


def funnel_of(counts: pd.DataFrame, goal: float | None) -> Funnel:
    if goal is not None:
        return Funnel(goal, 0.0)
    enough = counts[counts["cases"] >= FEWEST_FOR_RATE]
    cases, successes = counts["cases"].sum(), counts["successes"].sum()
    rate = float(successes / cases) if cases else float("nan")
    if enough.empty:
        return Funnel(rate, 0.0)
    columns = (enough[name].to_numpy(float) for name in ("successes", "cases", "expected_rate"))
    return Funnel(rate, dispersion_of(*columns).tau_squared)


def with_expected(facts: pd.DataFrame, cells: pd.DataFrame, rate: float | None) -> pd.DataFrame:
    """Cases with what is `expected` of each: a rate that a rule or the colleague's own past asks for, else the pooled
    rates of `cells`."""
    return facts.assign(expected=expected_rate_of(facts["stratum"], cells) if rate is None else rate)


def by_week(facts: pd.DataFrame, first_monday: date, last_day: date) -> pd.DataFrame:
    """One agent's cases week by week: week (Monday), successes, cases (int), expected (float).

    facts: as of `with_expected`. Weeks without cases are there with zeros.
    """
    weeks = facts.assign(week=[monday_of(day) for day in facts["local_date"]])
    sums = weeks.groupby("week").agg(
        successes=("success", "sum"), cases=("success", "size"), expected=("expected", "sum")
    )
    count = (monday_of(last_day) - first_monday).days // 7 + 1
    mondays = [first_monday + timedelta(weeks=place) for place in range(count)]
    filled = sums.reindex(mondays).fillna(0).rename_axis("week").reset_index()
    return filled.astype({"successes": "int64", "cases": "int64", "expected": "float64"})


class Looks:
    """A closer look at what stands out: since when, whether it hangs on one bad spell, and what could explain it before
    the person does: the data, the kind of work, the process (Q1)."""

    def __init__(
        self,
        connection: Connection,
        directory: Directory,
        cells: dict[str, pd.DataFrame],
        whole: pd.DataFrame,
        period: CallbackFilters,
        rules: HouseRules,
        now: datetime,
    ) -> None:
        self.connection, self.directory, self.cells, self.whole = connection, directory, cells, whole
        self.period, self.rules, self.now = period, rules, now
        self.goals = goals_of(rules, period.to_date)

    @property
    def first_monday(self) -> date:
        return monday_of(self.period.to_date) - timedelta(weeks=CHART_WEEKS - 1)

    def cases(self, measure: str, agent_ids: tuple[int, ...]) -> pd.DataFrame:
        """The cases of those who stand out in a measure, of the year that ends with the period."""
        long = CallbackFilters(min(self.first_monday, self.period.from_date), self.period.to_date)
        ids = tuple(int(agent_id) for agent_id in agent_ids)
        return cases_of(self.connection, measure, ids, long, self.rules, self.now)

    def at(self, signal: pd.Series, cases: pd.DataFrame) -> tuple[str, date | None, str]:
        """State, since when (a Monday, missing where always), and the codes of what could explain it.

        cases: the agent's of this measure, as of `cases`.
        """
        measure, last_day = signal["measure"], self.period.to_date
        facts = with_expected(
            cases, self.cells[measure], None if signal["against"] == "peers" else signal["expected_rate"]
        )
        weeks = by_week(facts, self.first_monday, last_day)
        weeks = weeks[weeks["cases"] > 0].reset_index(drop=True)
        first = first_week_that_still_says_it(weeks, signal["direction"])
        # Without a spell there must be as much left to go by.
        period_days = (last_day - self.period.from_date).days + 1
        is_short = period_days < 2 * SPELL_DAYS
        in_period = facts[facts["local_date"].map(lambda day: day >= self.period.from_date).astype(bool)]
        # Whoever keeps to a rule keeps to it in good weeks and bad ones.
        is_norm = measure in self.goals and signal["kind"] == "strength"
        since = weeks["week"].iloc[first] if first else None
        is_new = since is not None and last_day - since < timedelta(days=SPELL_DAYS)
        is_spell = is_new or hangs_on_one_spell(in_period, spell_days(period_days))
        state = "one_spell" if is_spell and not is_short and not is_norm else signal["state"]
        return state, since, self.about(signal)

    def about(self, signal: pd.Series) -> str:
        """The codes of all that could explain a signal, data first; empty where nothing was found."""
        agent_id = int(signal["agent_id"])
        checks = {
            "faults": signal["measure"] == "chances_answered" and self.has_faults(agent_id),
            "kind_of_work": eased_by_kind_of_work(signal),
            "team_too": self.team_differs_too(agent_id, signal),
            "new": is_new(self.directory.hired_on(agent_id, self.period.to_date), self.period.to_date, self.rules),
            "away": self.was_away(agent_id),
        }
        return SEPARATOR.join(code for code, holds in checks.items() if holds)

    def has_faults(self, agent_id: int) -> bool:
        """Many calls rang while they were absent or off shift: rota or telephone are not as they are written down."""
        rollup = agent_rollup.c

        def total(names: tuple[str, ...]) -> Any:
            return func.coalesce(func.sum(sum((rollup[name] for name in names[1:]), rollup[names[0]])), 0)

        days = rollup.local_date.between(self.period.from_date, self.period.to_date)
        faults, chances = self.connection.execute(
            select(total(CONFIGURATION_FAULTS).cast(Integer), total(FAIR_CHANCES).cast(Integer)).where(
                days, rollup.agent_id == agent_id
            )
        ).one()
        return faults >= FAULTS_MATTER * (faults + chances) > 0

    def team_differs_too(self, agent_id: int, signal: pd.Series) -> bool:
        """The team without them differs from what is expected of it in the same direction."""
        team_id = next(
            (row.team_id for row in self.directory.memberships[agent_id] if holds(row, self.period.to_date)), None
        )
        others = [
            member_id
            for member_id, rows in self.directory.memberships.items()
            if member_id != agent_id and any(row.team_id == team_id and holds(row, self.period.to_date) for row in rows)
        ]
        of_measure = self.whole[(self.whole["measure"] == signal["measure"]) & self.whole["agent_id"].isin(others)]
        successes, cases, expected = (of_measure[name].sum() for name in ("successes", "cases", "expected"))
        if not cases:
            return False
        tail = exact_tail(np.array([successes]), np.array([cases]), float(expected / cases))[0]
        return bool(tail < TEAM_DIFFERS and (successes > expected) == (signal["direction"] == "high"))

    def was_away(self, agent_id: int) -> bool:
        """Away for at least a third of the period's days."""
        first, last = self.period.from_date, self.period.to_date
        return len(whole_days_away(self.connection, agent_id, first, last, self.rules)) >= AWAY_MATTERS * (
            (last - first).days + 1
        )


def eased_by_kind_of_work(signal: pd.Series) -> bool:
    """Part of the difference from everybody's rate is the kind of work, and was taken off already."""
    moved = signal["expected_rate"] - signal["crude_rate"]
    return bool((moved if signal["direction"] == "high" else -moved) >= MIX_MATTERS)


def new_signals(
    scope: Scope, agency: AgencySignals, before: AgencySignals, rules: HouseRules, today: date
) -> pd.DataFrame:
    """Of the agency's signals of the last twelve weeks those that the viewer may see and that were none `before`, when
    the week began; columns COMPARISON_DTYPES."""
    signals = coaching_signals(scope, agency, agency.period, rules, today).signals
    known_rows = before.comparisons[before.comparisons["state"].isin(SIGNALS)]
    known = set(zip(known_rows["agent_id"], known_rows["measure"], strict=True))
    keys = zip(signals["agent_id"], signals["measure"], strict=True)
    # As a column with a type: an empty list would choose no columns instead of no rows.
    is_new_one = pd.Series([key not in known for key in keys], index=signals.index, dtype="bool")
    return signals[is_new_one].reset_index(drop=True)


def looked_back(today: date) -> CallbackFilters:
    """The twelve weeks before today."""
    return CallbackFilters(today - LOOKED_BACK_DAYS * ONE_DAY, today - ONE_DAY)


def evidence(scope: Scope, filters: Filters, rules: HouseRules, today: date, figure_id: str) -> pd.DataFrame:
    """The cases of one agent behind a measure, newest first: at (UTC), local_date, customer (number), success (bool).

    A lead sees those of the days on which the agent was in their team (P1).
    """
    if filters.agent_id is None:
        raise ValueError("evidence is about one agent")
    with reading() as connection:
        rows = cases_of(
            connection, figure_id, (filters.agent_id,), days_over(filters, today), rules, local_to_utc(today, 0, rules)
        )
        rows = rows[may_see_days(connection, scope, filters.agent_id, rows["local_date"])]
        ids = {int(customer_id) for customer_id in rows["customer_id"].dropna()}
        query = select(customer.c.id, customer.c.number).where(customer.c.id.in_(ids))
        numbers = {row.id: row.number for row in connection.execute(query)} if scope.may_see_customers else {}
    shown = rows.assign(customer=rows["customer_id"].map(numbers).astype("str"))
    return shown[["at", "local_date", "customer", "success"]].reset_index(drop=True)


def may_see_days(connection: Connection, scope: Scope, agent_id: int, days: pd.Series) -> pd.Series:
    """On which of these days the agent is one whom the viewer may see."""
    if scope.sees_everything or agent_id in scope.agent_ids:
        return pd.Series(True, index=days.index)
    membership = team_member.c
    spans = connection.execute(
        select(membership.from_date, membership.to_date).where(
            membership.agent_id == agent_id, membership.team_id.in_(scope.team_ids)
        )
    ).all()
    return pd.Series([any(holds(row, day) for row in spans) for day in days], index=days.index, dtype="bool")


@dataclass(frozen=True)
class Colleague:
    """One colleague over time. `comparisons` as in `Signals`; `weeks`: one row a week and measure (week, measure,
    successes, cases, expected), of 52 weeks; `charts`: those weeks as they are drawn, by measure; `away`: days away by
    Monday; `pattern`: why they must follow it today."""

    agent_id: int
    agent: str
    name: str
    hired_on: date | None
    pattern: tuple[str, ...]
    comparisons: pd.DataFrame
    weeks: pd.DataFrame
    charts: dict[str, MeasureOverTime]
    away: pd.DataFrame


def colleague(
    scope: Scope, agency: AgencySignals, filters: Filters, rules: HouseRules, today: date
) -> Colleague | None:
    """Everything that is counted of the chosen agent; None where the viewer may not see them."""
    period, now = agency.period, local_to_utc(today, 0, rules)
    of_agent = replace(filters, team_id=None)
    with reading() as connection:
        people = people_seen(connection, scope, of_agent, min(filters.to_date, today)) if filters.agent_id else []
        if not people:
            return None
        person = people[0]
        directory = read_directory(connection, rules)
        is_whole = was_seen_all_the_time(directory, scope, person.id, period)
        comparisons = agency.comparisons[(agency.comparisons["agent_id"] == person.id) & is_whole]
        first_monday, last = monday_of(period.to_date) - timedelta(weeks=CHART_WEEKS - 1), period.to_date
        goals = goals_of(rules, last)
        of_measures = [
            weeks_of(connection, scope, person.id, name, cells, goals.get(name), (first_monday, last), rules, now)
            for name, cells in agency.cells.items()
        ]
        weeks = pd.concat(of_measures, ignore_index=True)
        day = min(filters.to_date, today)
        reasons = read_pattern_book(connection, directory, day, day).reasons(person.id, day)
        away = days_away(connection, scope, person.id, first_monday, period.to_date, rules)
    return Colleague(
        person.id,
        person.initials,
        person.name,
        directory.hired_on(person.id, day),
        reasons,
        comparisons.reset_index(drop=True),
        weeks,
        measures_over_time(weeks),
        away,
    )


def weeks_of(
    connection: Connection,
    scope: Scope,
    agent_id: int,
    measure: str,
    cells: pd.DataFrame,
    goal: float | None,
    span: tuple[date, date],
    rules: HouseRules,
    now: datetime,
) -> pd.DataFrame:
    first_monday, last_day = span
    facts = cases_of(connection, measure, (agent_id,), CallbackFilters(first_monday, last_day), rules, now)
    facts = facts[may_see_days(connection, scope, agent_id, facts["local_date"])]
    return by_week(with_expected(facts, cells, goal), first_monday, last_day).assign(measure=measure)


def days_away(
    connection: Connection, scope: Scope, agent_id: int, first_monday: date, last_day: date, rules: HouseRules
) -> pd.DataFrame:
    """Whole weekdays on which somebody was away, whatever for, by week: week (Monday), days (int)."""
    days = sorted(whole_days_away(connection, agent_id, first_monday, last_day, rules))
    column = pd.Series([day for day in days if day.weekday() < SATURDAY], dtype="object")
    column = column[may_see_days(connection, scope, agent_id, column)]
    counts = column.map(monday_of).value_counts().sort_index()
    return pd.DataFrame({"week": counts.index, "days": counts.to_numpy()}).astype({"days": "int64"})


def whole_days_away(
    connection: Connection, agent_id: int, first_day: date, last_day: date, rules: HouseRules
) -> set[date]:
    """The days that an absence covers from midnight to midnight; an errand of an hour is no day away."""
    spans = connection.execute(
        select(absence.c.first_day, absence.c.last_day, absence.c.starts_at, absence.c.ends_at).where(
            absence.c.agent_id == agent_id, absence.c.first_day <= last_day, absence.c.last_day >= first_day
        )
    )
    return {
        day
        for row in spans
        for day in days_between(max(row.first_day, first_day), min(row.last_day, last_day))
        if row.starts_at <= local_to_utc(day, 0, rules) and row.ends_at >= local_to_utc(day + ONE_DAY, 0, rules)
    }

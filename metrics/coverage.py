"""Rule R1: somebody is on the phones in each half hour of the opening hours, as many as are needed.

How many are needed is a staffing need or follows from the calls expected, with Erlang C (Erlang 1917).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, exp

import pandas as pd

from metrics.calendar import Span, opening_intervals
from metrics.house_rules import HouseRules, ServiceGoal, in_force

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Hole:
    """A stretch of half hours in which fewer than needed are on the phones; half-open. `planned`: the fewest."""

    starts_at: datetime
    ends_at: datetime
    needed: int
    planned: int


def is_on_phones(at: datetime, shifts: Sequence[Span], absences: Sequence[Span]) -> bool:
    """On shift for the whole half hour that begins at `at`, if on two shifts that adjoin, and away in no part of it."""
    until, on_shift_until = at + HALF_HOUR, at
    for start, end in sorted(shifts):
        if start <= on_shift_until < end:
            on_shift_until = end
    return on_shift_until >= until and not any(start < until and at < end for start, end in absences)


def holes_of(needs: Sequence[tuple[datetime, int]], planned: Sequence[int]) -> list[Hole]:
    """The half hours with fewer than needed, those that follow each other joined where the need is the same.

    needs: the half hour's beginning and the least number, in order; planned: as many numbers.
    """
    holes: list[Hole] = []
    for (at, needed), there in zip(needs, planned, strict=True):
        if there >= needed:
            continue
        if holes and holes[-1].ends_at == at and holes[-1].needed == needed:
            last = holes.pop()
            holes.append(Hole(last.starts_at, at + HALF_HOUR, needed, min(last.planned, there)))
        else:
            holes.append(Hole(at, at + HALF_HOUR, needed, there))
    return holes


def half_hours_of(rules: HouseRules, desk: str, day: date) -> list[datetime]:
    """The half hours in which a desk is open on a local day, by their beginnings (UTC), in order (C3).

    They partition the opening hours: a half hour of the clock belongs to them if the desk is open in any part of it.
    """
    half_hours: list[datetime] = []
    for opens, closes in opening_intervals(rules, desk, day):
        seconds = int(opens.timestamp()) // 1800 * 1800
        at = opens - timedelta(seconds=int(opens.timestamp()) - seconds, microseconds=opens.microsecond)
        while at < closes:
            if at not in half_hours[-1:]:
                half_hours.append(at)
            at += HALF_HOUR
    return half_hours


def agent_hours_under_and_over(needed: Sequence[int], planned: Sequence[int]) -> tuple[float, float]:
    """Agent-hours missing and agent-hours to spare over some half hours: reported apart, never netted."""
    pairs = list(zip(needed, planned, strict=True))
    under = sum(max(need - there, 0) for need, there in pairs)
    over = sum(max(there - need, 0) for need, there in pairs)
    return under / 2, over / 2


def waiting_probability(load: float, agents: int) -> float:
    """Erlang C: the share of callers who wait, at a load in erlangs; 1 where the load is more than the agents carry."""
    if agents <= load:
        return 1.0
    blocked = 1.0
    for k in range(1, agents + 1):
        blocked = load * blocked / (k + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def service_level(calls: float, handle_seconds: float, agents: int, within_seconds: float) -> float:
    """The share of the calls of a half hour that are answered within so many seconds (Erlang C)."""
    load = erlangs(calls, handle_seconds)
    if load == 0:
        return 1.0
    if agents <= load:
        return 0.0
    waits = waiting_probability(load, agents)
    return 1 - waits * exp(-(agents - load) * within_seconds / handle_seconds)


def average_speed_of_answer(calls: float, handle_seconds: float, agents: int) -> float | None:
    """Mean seconds until an answer (Erlang C); None where the queue would grow without end."""
    load = erlangs(calls, handle_seconds)
    return None if agents <= load else waiting_probability(load, agents) * handle_seconds / (agents - load)


def erlangs(calls: float, handle_seconds: float) -> float:
    """The load that the calls of a half hour bring."""
    return calls * handle_seconds / HALF_HOUR.total_seconds()


def agents_needed(calls: float, handle_seconds: float, goal_share: float, within_seconds: float) -> int:
    """The fewest agents with whom the calls expected in a half hour meet the service goal; none where none are."""
    if calls <= 0 or handle_seconds <= 0:
        return 0
    agents = max(ceil(erlangs(calls, handle_seconds)), 1)
    while service_level(calls, handle_seconds, agents, within_seconds) < goal_share:
        agents += 1
    return agents


def needed_for(calls: float, handle_seconds: float, rules: HouseRules, day: date) -> int:
    """How many are needed for the calls expected, by the service goal in force on a day (R1)."""
    goal = in_force(rules.service_goal, day)
    return agents_needed(calls, handle_seconds + goal.after_call_seconds, goal.share, goal.within_seconds)


def forecast_of(counts: Sequence[float]) -> float | None:
    """Calls expected in a half hour: the mean of the same weekday and half hour of recent open days; None without."""
    return sum(counts) / len(counts) if counts else None


def forecast_error(forecasts: Sequence[float], arrived: Sequence[int]) -> float | None:
    """How far the forecasts of some half hours lay beside the calls that came, as a share of these (WAPE)."""
    total = sum(arrived)
    apart = sum(abs(forecast - came) for forecast, came in zip(forecasts, arrived, strict=True))
    return apart / total if total else None


def service_expected(
    calls: float, handle_seconds: float, planned: int, goal: ServiceGoal
) -> tuple[float, float, float | None]:
    """What so many on the phones give in a half hour: the share answered in time, the share with one fewer, and the
    mean wait in seconds (None where it grows without end). After each call its notes are written."""
    busy_seconds = handle_seconds + goal.after_call_seconds
    levels = [service_level(calls, busy_seconds, max(planned - fewer, 0), goal.within_seconds) for fewer in (0, 1)]
    return levels[0], levels[1], average_speed_of_answer(calls, busy_seconds, planned)


def known_half_hours(half_hours: pd.DataFrame) -> pd.DataFrame:
    """Those of which both the need and the rota are known. half_hours: needed, planned (int, may be missing)."""
    return half_hours[half_hours["needed"].notna() & half_hours["planned"].notna()]


def half_hours_behind(half_hours: pd.DataFrame, counted: str) -> pd.DataFrame:
    """The known half hours that a count takes (R1): too_few, covered (of those in which anybody is needed),
    needed_at_all. Columns as in `known_half_hours`, and whatever else there is."""
    rows = known_half_hours(half_hours)
    is_needed, is_enough = rows["needed"] > 0, rows["planned"] >= rows["needed"]
    return rows[{"too_few": ~is_enough, "covered": is_needed & is_enough, "needed_at_all": is_needed}[counted]]


def counts_of_half_hours(half_hours: pd.DataFrame) -> dict[str, int]:
    """Every count of half hours by its name: as many as `half_hours_behind` gives."""
    return {name: len(half_hours_behind(half_hours, name)) for name in ("too_few", "covered", "needed_at_all")}


def days_by_worst_half_hour(half_hours: pd.DataFrame) -> pd.DataFrame:
    """Each day by its worst half hour: a day is as good as that one (R1).

    half_hours: local_date, half_hour, team, needed, planned (int). Returns those of the worst, and under_hours and
    over_hours: the agent-hours missing and to spare of the whole day, which do not make up for each other.
    """
    days = []
    for _day, rows in half_hours.groupby("local_date"):
        worst = rows.loc[(rows["planned"] - rows["needed"]).idxmin()]
        under, over = agent_hours_under_and_over(rows["needed"].tolist(), rows["planned"].tolist())
        of_worst = {name: worst[name] for name in ("local_date", "half_hour", "team", "needed", "planned")}
        days.append(of_worst | {"under_hours": under, "over_hours": over})
    return pd.DataFrame(days)

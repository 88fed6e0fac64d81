"""Where too few are planned on the phones in the weeks ahead, and who could fill it (R1)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import select

from data_access.database.engine import reading
from data_access.database.schema import agent
from data_access.questions.coverage import (
    Rota,
    Unit,
    coverage_of,
    read_rota,
    spans_within,
    staffing_needs,
    teams_of,
    teams_seen,
    units_of,
)
from data_access.scope import EVERYBODY, Scope
from metrics.calendar import ONE_DAY, local_day, local_to_utc
from metrics.coverage import Hole, holes_of, known_half_hours
from metrics.house_rules import HouseRules

DAYS_AHEAD = 28


@dataclass(frozen=True)
class HoleAhead:
    """A hole that lies ahead. free: who of the team is on the rota of these weeks, has no shift that day and is not
    away; elsewhere: who of the team works that day at another time; both by initials. spare: the other teams that the
    viewer may see and that have more than needed all through the hole, each with how many more."""

    team: str
    hole: Hole
    free: tuple[str, ...]
    elsewhere: tuple[str, ...]
    spare: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Ahead:
    """holes: by time and team. known_to: the last day of which rota and need are known; None where none is."""

    holes: tuple[HoleAhead, ...]
    known_to: date | None


def holes_ahead(scope: Scope, team_id: int | None, first_day: date, rules: HouseRules) -> Ahead:
    """The holes of four weeks from a day on, of one team or all that the viewer may see, with who could fill each."""
    last_day, begins = first_day + timedelta(days=DAYS_AHEAD - 1), local_to_utc(first_day, 0, rules)
    every_team = known_half_hours(coverage_of(scope, None, first_day, last_day, rules, begins))
    with reading() as connection:
        chosen = {team.id for team in teams_seen(connection, scope, team_id)}
        units = units_of(teams_seen(connection, EVERYBODY, None), staffing_needs(connection))
        asked = [unit for unit in units if chosen & set(unit.team_ids)]
        rota = read_rota(connection, teams_of(asked), first_day, last_day, rules, begins)
        initials = {row.id: row.initials for row in connection.execute(select(agent.c.id, agent.c.initials))}
    holes = []
    for unit in asked:
        rows = every_team[every_team["team_id"] == unit.team_ids[0]]
        needs = [(row.starts_at.to_pydatetime(), int(row.needed)) for row in rows.itertuples()]
        for hole in holes_of(needs, [int(planned) for planned in rows["planned"]]):
            free, elsewhere = who_could_come(unit, hole, rota, rules)
            holes.append(
                HoleAhead(
                    unit.name,
                    hole,
                    tuple(sorted(initials[agent_id] for agent_id in free)),
                    tuple(sorted(initials[agent_id] for agent_id in elsewhere)),
                    teams_to_spare(every_team, unit, hole),
                )
            )
    known = every_team if team_id is None else every_team[every_team["team_id"].isin(chosen)]
    known_to = None if known.empty else max(known["local_date"])
    return Ahead(tuple(sorted(holes, key=lambda ahead: (ahead.hole.starts_at, ahead.team))), known_to)


def who_could_come(unit: Unit, hole: Hole, rota: Rota, rules: HouseRules) -> tuple[list[int], list[int]]:
    """Members of a team who are not away in a hole: those without a shift that day, those who work at another time."""
    day = local_day(hole.starts_at, rules)
    day_begins, day_ends = local_to_utc(day, 0, rules), local_to_utc(day + ONE_DAY, 0, rules)
    free: list[int] = []
    elsewhere: list[int] = []
    for agent_id in rota.members_of_unit(unit, day):
        shifts = rota.shifts.get(agent_id, [])
        of_day = spans_within(shifts, day_begins, day_ends)
        is_away = bool(spans_within(rota.absences.get(agent_id, []), hole.starts_at, hole.ends_at))
        if is_away or not shifts or spans_within(of_day, hole.starts_at, hole.ends_at):
            continue
        (elsewhere if of_day else free).append(agent_id)
    return free, elsewhere


def teams_to_spare(half_hours: pd.DataFrame, unit: Unit, hole: Hole) -> tuple[tuple[str, int], ...]:
    """The other teams that have more than needed in each half hour of a hole, and how many more at the least."""
    starts_at: datetime = hole.starts_at
    meanwhile = half_hours[(half_hours["starts_at"] >= starts_at) & (half_hours["starts_at"] < hole.ends_at)]
    others = meanwhile[meanwhile["team_id"] != unit.team_ids[0]]
    spare = (others["planned"] - others["needed"]).groupby(others["team"]).min()
    return tuple((str(name), int(more)) for name, more in spare.items() if more > 0)

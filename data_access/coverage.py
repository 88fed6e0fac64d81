"""Questions about the rota: who is on the phones today, against what is needed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, literal, select, true

from data_access.engine import reading
from data_access.schema import absence, shift, staffing_need, team
from data_access.scope import Scope, team_of
from metrics.calendar import is_working_day, local_to_utc
from metrics.coverage import Hole, Span, holes_of, on_phones
from metrics.house_rules import HouseRules


@dataclass(frozen=True)
class TeamDay:
    """One team's half hours of a day: when each begins, how many are needed and planned, and the holes."""

    team: str
    half_hours: tuple[datetime, ...]
    needed: tuple[int, ...]
    planned: tuple[int, ...]
    holes: tuple[Hole, ...]


def coverage_of_day(scope: Scope, day: date, rules: HouseRules) -> list[TeamDay]:
    """The teams that the viewer may see and that have needs on that weekday, by name (R1).

    Days on which the team's desk is closed need nobody. Where no rota is loaded for a team that day nothing is said.
    """
    midnight = local_to_utc(day, 12 * 60, rules) - timedelta(hours=12)
    with reading() as connection:
        needs = needs_of_day(connection, scope, day)
        shifts = spans_by_team(connection, shift, shift.c.local_date == day, day)
        away = and_(absence.c.first_day <= day, absence.c.last_day >= day)
        absences = spans_by_team(connection, absence, away, day)
    found = []
    for (team_id, name, desk), minimums in needs.items():
        if not is_working_day(rules, desk, day) or team_id not in shifts:
            continue
        starts = tuple(midnight + timedelta(minutes=30 * half_hour) for half_hour in minimums)
        required = tuple(minimums.values())
        planned = tuple(on_phones(at, shifts[team_id], absences.get(team_id, {})) for at in starts)
        holes = tuple(holes_of(list(zip(starts, required, strict=True)), planned))
        found.append(TeamDay(name, starts, required, planned, holes))
    return found


def needs_of_day(connection: Connection, scope: Scope, day: date) -> dict[tuple[int, str, str], dict[int, int]]:
    """For each team (id, name, desk), by name, the least number of agents by half hour, as the latest version says."""
    visible = true() if scope.sees_everything else team.c.id.in_(scope.team_ids)
    need = staffing_need.c
    query = (
        select(team.c.id, team.c.name, team.c.desk, need.half_hour, need.minimum)
        .join(staffing_need, need.team_id == team.c.id)
        .where(visible, need.weekday == day.weekday(), need.from_date <= day)
        .order_by(team.c.name, need.half_hour, need.from_date)
    )
    found: dict[tuple[int, str, str], dict[int, int]] = {}
    for row in connection.execute(query):
        found.setdefault((row.id, row.name, row.desk), {})[row.half_hour] = row.minimum
    return found


def spans_by_team(
    connection: Connection, table: Table, which: ColumnElement[bool], day: date
) -> dict[int, dict[int, list[Span]]]:
    """Shifts or absences by the team that their agent belongs to on the day, and by agent."""
    team_id = team_of(table.c.agent_id, literal(day)).label("team_id")
    found: dict[int, dict[int, list[Span]]] = {}
    for row in connection.execute(select(team_id, table.c.agent_id, table.c.starts_at, table.c.ends_at).where(which)):
        found.setdefault(row.team_id, {}).setdefault(row.agent_id, []).append((row.starts_at, row.ends_at))
    return found

"""Questions about the rota: who is on the phones today, against what is needed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from data_access.engine import reading
from data_access.schema import absence, shift, staffing_need, team, team_member
from data_access.scope import Scope
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
    found = []
    with reading() as connection:
        teams = select(team.c.id, team.c.name, team.c.desk).order_by(team.c.name)
        if not scope.sees_everything:
            teams = teams.where(team.c.id.in_(scope.team_ids))
        for one in connection.execute(teams).all():
            needs = connection.execute(
                select(staffing_need.c.half_hour, staffing_need.c.minimum, staffing_need.c.from_date)
                .where(
                    staffing_need.c.team_id == one.id,
                    staffing_need.c.weekday == day.weekday(),
                    staffing_need.c.from_date <= day,
                )
                .order_by(staffing_need.c.half_hour, staffing_need.c.from_date)
            ).all()
            latest = {row.half_hour: row.minimum for row in needs}
            if not latest or not is_working_day(rules, one.desk, day):
                continue
            members = select(team_member.c.agent_id).where(
                team_member.c.team_id == one.id,
                team_member.c.from_date <= day,
                or_(team_member.c.to_date.is_(None), day < team_member.c.to_date),
            )
            shifts: dict[int, list[Span]] = {}
            for row in connection.execute(
                select(shift.c.agent_id, shift.c.starts_at, shift.c.ends_at).where(
                    shift.c.agent_id.in_(members), shift.c.local_date == day
                )
            ):
                shifts.setdefault(row.agent_id, []).append((row.starts_at, row.ends_at))
            absences: dict[int, list[Span]] = {}
            for row in connection.execute(
                select(absence.c.agent_id, absence.c.starts_at, absence.c.ends_at).where(
                    absence.c.agent_id.in_(members), absence.c.first_day <= day, absence.c.last_day >= day
                )
            ):
                absences.setdefault(row.agent_id, []).append((row.starts_at, row.ends_at))
            if not shifts:
                continue
            starts = [midnight + timedelta(minutes=30 * half_hour) for half_hour in latest]
            planned = [on_phones(at, shifts, absences) for at in starts]
            required = list(latest.values())
            holes = holes_of(list(zip(starts, required, strict=True)), planned)
            found.append(TeamDay(one.name, tuple(starts), tuple(required), tuple(planned), tuple(holes)))
    return found

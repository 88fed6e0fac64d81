"""Who works here, and what somebody may see because of who they are."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, func, or_, select

from data_access.database.engine import reading
from data_access.database.schema import agent, employment, team_lead, team_member
from data_access.scope import Scope, Viewer, held_on

PERSON = select(agent.c.id, agent.c.initials, agent.c.role)


def viewer_of(initials: str, now: datetime, today: date) -> Viewer | None:
    """The viewer that a person is today: role, and the teams that they lead.

    None where nobody has these initials, they have left or do not work here yet, or their access is switched off.
    """
    return viewer_where(agent.c.initials == initials, now, today)


def viewer_by_email(email: str, now: datetime, today: date) -> Viewer | None:
    """The viewer with this e-mail address, in capitals or not; None as in `viewer_of`, or where two people have it."""
    return viewer_where(func.lower(agent.c.email) == email.strip().lower(), now, today)


def viewer_where(is_meant: ColumnElement[bool], now: datetime, today: date) -> Viewer | None:
    may_look = [or_(agent.c.disabled_at.is_(None), agent.c.disabled_at > now), works_here(today)]
    with reading() as connection:
        people = connection.execute(PERSON.where(is_meant, *may_look)).all()
        return as_viewer(connection, people[0], today) if len(people) == 1 else None


def works_here(today: date) -> ColumnElement[bool]:
    """Employed today. Of whom no employment is loaded, whoever has a team has begun with the first of them."""

    def exists_in(rows: Table, *that: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(rows.c.agent_id == agent.c.id, *that)

    teams = (team_member, team_lead)
    has_team = or_(*(exists_in(rows) for rows in teams))
    has_begun = or_(*(exists_in(rows, rows.c.from_date <= today) for rows in teams))
    is_employed = exists_in(employment, held_on(employment.c, today))
    return or_(is_employed, and_(~exists_in(employment), or_(~has_team, has_begun)))


def as_viewer(connection: Connection, person: Any, today: date) -> Viewer:
    leads = team_lead.c
    teams = connection.scalars(select(leads.team_id).where(leads.agent_id == person.id, held_on(leads, today))).all()
    return Viewer(person.initials, person.role, person.id, tuple(sorted(teams)))


def employees(scope: Scope, today: date) -> dict[str, str]:
    """Everybody employed today, initials → role, by initials. Only for viewers who see everything, as anybody may in
    simulated data."""
    if not scope.sees_everything:
        return {}
    employed = employment.c
    query = select(agent.c.initials, agent.c.role).join(employment, employed.agent_id == agent.c.id)
    query = query.where(held_on(employed, today))
    with reading() as connection:
        return {row.initials: row.role for row in connection.execute(query.order_by(agent.c.initials))}


def addresses(scope: Scope, roles: tuple[str, ...], today: date) -> dict[str, str]:
    """The e-mail of everybody employed today in one of the roles, by initials. Only for who sees everything."""
    if not scope.sees_everything:
        return {}
    has_address = agent.c.email.is_not(None), agent.c.role.in_(roles), works_here(today)
    query = select(agent.c.initials, agent.c.email).where(*has_address).order_by(agent.c.initials)
    with reading() as connection:
        return {row.initials: row.email for row in connection.execute(query)}

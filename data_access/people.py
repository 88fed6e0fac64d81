"""Who works here, and what somebody may see because of who he is."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from data_access.engine import reading
from data_access.schema import agent, employment, team_lead
from data_access.scope import Scope, Viewer, held_on

PERSON = select(agent.c.id, agent.c.initials, agent.c.role)


def viewer_of(initials: str, now: datetime, today: date) -> Viewer | None:
    """The viewer that a person is today: role, and the teams that he leads.

    None where nobody has these initials, he has left, or his access is switched off.
    """
    return viewer_where(agent.c.initials == initials, now, today)


def viewer_by_email(email: str, now: datetime, today: date) -> Viewer | None:
    """The viewer with this e-mail address, in capitals or not; None as in `viewer_of`, or where two people have it."""
    return viewer_where(func.lower(agent.c.email) == email.strip().lower(), now, today)


def viewer_where(is_meant: ColumnElement[bool], now: datetime, today: date) -> Viewer | None:
    held = employment.c
    employments = exists().where(held.agent_id == agent.c.id)
    works = exists().where(held.agent_id == agent.c.id, held_on(held, today))
    may_look = [or_(agent.c.disabled_at.is_(None), agent.c.disabled_at > now), or_(~employments, works)]
    with reading() as connection:
        found = connection.execute(PERSON.where(is_meant, *may_look)).all()
        return as_viewer(connection, found[0], today) if len(found) == 1 else None


def as_viewer(connection: Connection, person: Any, today: date) -> Viewer:
    held = team_lead.c
    teams = connection.scalars(select(held.team_id).where(held.agent_id == person.id, held_on(held, today))).all()
    return Viewer(person.initials, person.role, person.id, tuple(sorted(teams)))


def employees(scope: Scope, today: date) -> dict[str, str]:
    """Everybody employed today, initials → role, by initials. Only for who sees everything, as anybody may in simulated
    data."""
    if not scope.sees_everything:
        return {}
    held = employment.c
    query = select(agent.c.initials, agent.c.role).join(employment, held.agent_id == agent.c.id)
    query = query.where(held_on(held, today))
    with reading() as connection:
        return {row.initials: row.role for row in connection.execute(query.order_by(agent.c.initials))}

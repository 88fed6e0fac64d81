"""Who works here, and what somebody may see because of who he is."""

from datetime import date

from sqlalchemy import or_, select

from data_access.engine import reading
from data_access.schema import agent, employment, team_lead
from data_access.scope import Scope, Viewer


def viewer_of(initials: str, today: date) -> Viewer | None:
    """The viewer that a person is today: role, and the teams that he leads. None where nobody has these initials, or
    his access is switched off."""
    held = team_lead.c
    leads_now = [held.from_date <= today, or_(held.to_date.is_(None), held.to_date > today)]
    with reading() as connection:
        person = connection.execute(
            select(agent.c.id, agent.c.role).where(agent.c.initials == initials, agent.c.disabled_at.is_(None))
        ).first()
        if person is None:
            return None
        teams = connection.scalars(select(held.team_id).where(held.agent_id == person.id, *leads_now)).all()
    return Viewer(initials, person.role, person.id, tuple(sorted(teams)))


def employees(_scope: Scope, today: date) -> dict[str, str]:
    """Everybody employed today, initials → role, by initials. Only for simulated data, where anybody may be anybody."""
    held = employment.c
    works = [held.from_date <= today, or_(held.to_date.is_(None), held.to_date > today)]
    query = select(agent.c.initials, agent.c.role).join(employment, held.agent_id == agent.c.id).where(*works)
    with reading() as connection:
        return {row.initials: row.role for row in connection.execute(query.order_by(agent.c.initials))}

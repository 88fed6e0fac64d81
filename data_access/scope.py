"""Who may see whose rows. A Viewer comes from the login, a Scope from the Viewer; every read takes the Scope first."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.sql.elements import KeyedColumnElement

from data_access.schema import queue_team, team, team_member

SEES_EVERYTHING = ("quality", "admin")


@dataclass(frozen=True)
class Viewer:
    """Who is looking: name, role (agent, team_lead, quality, kc, admin), own agent id, teams led."""

    name: str
    role: str
    agent_id: int | None = None
    team_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Scope:
    """Whose rows a viewer may see (P1): everything, or these agents and the teams' members as they were at the time."""

    sees_everything: bool = False
    agent_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    may_see_customers: bool = False


def scope_of(viewer: Viewer) -> Scope:
    """The scope of a viewer (P1)."""
    if viewer.role in SEES_EVERYTHING:
        return Scope(sees_everything=True, may_see_customers=True)
    own = () if viewer.agent_id is None else (viewer.agent_id,)
    if viewer.role == "team_lead":
        return Scope(agent_ids=own, team_ids=tuple(sorted(viewer.team_ids)), may_see_customers=True)
    return Scope(agent_ids=own, may_see_customers=True)


Column = KeyedColumnElement[object]


def team_of(agent_id: Column, day: Column) -> ColumnElement[int]:
    """The team an agent belonged to on that day (of several the one joined first, then by name), or NULL."""
    member = (
        select(team_member.c.team_id)
        .join(team, team.c.id == team_member.c.team_id)
        .where(
            team_member.c.agent_id == agent_id,
            team_member.c.from_date <= day,
            or_(team_member.c.to_date.is_(None), day < team_member.c.to_date),
        )
        .order_by(team_member.c.from_date, team.c.name)
        .limit(1)
    )
    return member.scalar_subquery()


def was_in_team(agent_id: Column, day: Column, team_ids: tuple[int, ...]) -> ColumnElement[bool]:
    """The agent belonged to one of the teams on that day."""
    return exists().where(
        team_member.c.agent_id == agent_id,
        team_member.c.team_id.in_(team_ids),
        team_member.c.from_date <= day,
        or_(team_member.c.to_date.is_(None), day < team_member.c.to_date),
    )


def was_teams_queue(queue_id: Column, day: Column, team_ids: tuple[int, ...]) -> ColumnElement[bool]:
    """The queue belonged to one of the teams on that day; a queue of several teams is seen by each."""
    return exists().where(
        queue_team.c.queue_id == queue_id,
        queue_team.c.team_id.in_(team_ids),
        queue_team.c.from_date <= day,
        or_(queue_team.c.to_date.is_(None), day < queue_team.c.to_date),
    )


def may_see_call(scope: Scope, queue_id: Column, day: Column) -> ColumnElement[bool]:
    """Calls as the customer met them belong to the queue's teams; an agent alone has none."""
    if scope.sees_everything:
        return true()
    return was_teams_queue(queue_id, day, scope.team_ids) if scope.team_ids else false()


def may_see_pair(scope: Scope, agent_id: Column, queue_id: Column, day: Column) -> ColumnElement[bool]:
    """A pair belongs to its agent and his team that day; one without an agent to the queue's teams."""
    if scope.sees_everything:
        return true()
    return or_(agent_id.in_(scope.agent_ids), pair_of_team(agent_id, queue_id, day, scope.team_ids))


def pair_of_team(agent_id: Column, queue_id: Column, day: Column, team_ids: tuple[int, ...]) -> ColumnElement[bool]:
    """The pair's agent was in one of the teams that day, or it has no agent and the queue was theirs."""
    return or_(
        was_in_team(agent_id, day, team_ids),
        and_(agent_id.is_(None), was_teams_queue(queue_id, day, team_ids)),
    )

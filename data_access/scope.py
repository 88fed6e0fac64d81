"""Who may see whose rows. A Viewer comes from the login, a Scope from the Viewer; every read takes the Scope first."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.sql.elements import KeyedColumnElement

from data_access.database.schema import absence, buddy_pair, queue_team, team, team_member

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
    """Whose rows a viewer may see (P1): everything, or these agents and the teams' members as they were at the time.

    `desks`: the desks whose callbacks the viewer may see although nobody in person has them. `may_see_reasons`: also
    reasons of absence that are health data, which concern the own lead and the administrator alone (R4).
    `may_see_concerns`: what colleagues wrote to quality about each other, which quality alone sees, but for what is
    about themselves (Q5).
    `may_see_rejected_values`: what stood in the cells that a load set aside, which may be anybody's health or address
    and is for administrators alone.
    """

    sees_everything: bool = False
    agent_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    desks: tuple[str, ...] = ()
    may_see_customers: bool = False
    may_see_reasons: bool = False
    may_see_concerns: bool = False
    may_see_rejected_values: bool = False

    @property
    def sees_a_team(self) -> bool:
        """Whether what belongs to a team is the viewer's to see: the calls of its queues, how its phones are manned."""
        return self.sees_everything or bool(self.team_ids)


EVERYBODY = Scope(sees_everything=True)
"""For what is worked out over the whole agency and then cut to a viewer's scope (P1)."""


def scope_of(viewer: Viewer) -> Scope:
    """The scope of a viewer (P1)."""
    agent_ids = () if viewer.agent_id is None else (viewer.agent_id,)
    if viewer.role in SEES_EVERYTHING:
        return Scope(
            sees_everything=True,
            agent_ids=agent_ids,
            may_see_customers=True,
            may_see_reasons=viewer.role == "admin",
            may_see_concerns=viewer.role == "quality",
            may_see_rejected_values=viewer.role == "admin",
        )
    if viewer.role == "kc":
        return Scope(agent_ids=agent_ids, desks=("kc",), may_see_customers=True, may_see_reasons=True)
    if viewer.role == "team_lead":
        team_ids = tuple(sorted(viewer.team_ids))
        return Scope(agent_ids=agent_ids, team_ids=team_ids, may_see_customers=True, may_see_reasons=True)
    return Scope(agent_ids=agent_ids, may_see_customers=True, may_see_reasons=True)


def may_hand_over(viewer: Viewer) -> bool:
    """Who may hand customers to KC: team leads for their teams, quality and administrators (K2)."""
    return viewer.role in (*SEES_EVERYTHING, "team_lead")


def may_coach(viewer: Viewer) -> bool:
    """Who may agree on coaching sessions and follow up low scores: team leads with their people, quality and
    administrators (Q1, Q3)."""
    return viewer.role in (*SEES_EVERYTHING, "team_lead")


Column = KeyedColumnElement[object]


def held_on(interval: Any, day: Any) -> ColumnElement[bool]:
    """Whether something that is held from–to (its columns, half-open) was held on a day."""
    return and_(interval.from_date <= day, or_(interval.to_date.is_(None), interval.to_date > day))


def team_of(agent_id: Column, day: Column) -> ColumnElement[int]:
    """The team an agent belonged to on that day (of several the one joined first, then by name), or NULL."""
    member = (
        select(team_member.c.team_id)
        .join(team, team.c.id == team_member.c.team_id)
        .where(
            team_member.c.agent_id == agent_id,
            held_on(team_member.c, day),
        )
        .order_by(team_member.c.from_date, team.c.name)
        .limit(1)
    )
    return member.scalar_subquery()


def was_in_team(
    agent_id: Column, day: Column | ColumnElement[date] | date, team_ids: tuple[int, ...]
) -> ColumnElement[bool]:
    """The agent belonged to one of the teams on that day."""
    return exists().where(
        team_member.c.agent_id == agent_id,
        team_member.c.team_id.in_(team_ids),
        held_on(team_member.c, day),
    )


def was_teams_queue(queue_id: Column, day: Column, team_ids: tuple[int, ...]) -> ColumnElement[bool]:
    """The queue belonged to one of the teams on that day; a queue of several teams is seen by each."""
    return exists().where(
        queue_team.c.queue_id == queue_id,
        queue_team.c.team_id.in_(team_ids),
        held_on(queue_team.c, day),
    )


def may_see_agent(scope: Scope, agent_id: Any, day: Any) -> ColumnElement[bool]:
    """Viewers see themselves and who was in one of their teams on that day. Quality sees everybody (P1)."""
    if scope.sees_everything:
        return true()
    return or_(agent_id.in_(scope.agent_ids), was_in_team(agent_id, day, scope.team_ids))


def may_see_call(scope: Scope, queue_id: Column, day: Column) -> ColumnElement[bool]:
    """Calls as the customer met them belong to the queue's teams; an agent alone has none."""
    if scope.sees_everything:
        return true()
    return was_teams_queue(queue_id, day, scope.team_ids) if scope.team_ids else false()


def may_see_pair(scope: Scope, agent_id: Column, queue_id: Column, day: Column) -> ColumnElement[bool]:
    """A pair belongs to its agent and the agent's team that day; one without an agent to the queue's teams."""
    if scope.sees_everything:
        return true()
    return or_(agent_id.in_(scope.agent_ids), pair_of_team(agent_id, queue_id, day, scope.team_ids))


def desk_of_teams(desk: Column, team_ids: tuple[int, ...]) -> ColumnElement[bool]:
    """The desk is served by one of the teams alone: the agents' desk belongs to several and to none of them."""
    return and_(desk != "agents", desk.in_(select(team.c.desk).where(team.c.id.in_(team_ids))))


def covers_as_buddy(agent_id: Column, buddies: tuple[int, ...], day: date, now: datetime) -> ColumnElement[bool]:
    """Whoever has it is away at `now`, on the local date `day`, and one of these is their buddy then."""
    pair, away = buddy_pair.c, absence.c
    covers = or_(
        and_(pair.agent_id == agent_id, pair.buddy_id.in_(buddies)),
        and_(pair.buddy_id == agent_id, pair.agent_id.in_(buddies)),
    )
    is_away = exists().where(away.agent_id == agent_id, away.starts_at <= now, away.ends_at > now)
    return and_(exists().where(held_on(pair, day), covers), is_away)


def may_see_callback(
    scope: Scope,
    agent_id: Column,
    desk: Column,
    day: Column,
    is_open: ColumnElement[bool],
    today: date,
    now: datetime,
) -> ColumnElement[bool]:
    """A callback belongs to its holder and the holder's team on the day it was written, or to a desk and those who
    serve it.

    KC sees KC's; a buddy sees what is open with whom they cover at `now` (P1).
    """
    if scope.sees_everything:
        return true()
    return or_(
        may_see_agent(scope, agent_id, day),
        desk.in_(scope.desks),
        and_(agent_id.is_(None), desk_of_teams(desk, scope.team_ids)),
        and_(is_open, covers_as_buddy(agent_id, scope.agent_ids, today, now)),
    )


def pair_of_team(agent_id: Column, queue_id: Column, day: Column, team_ids: tuple[int, ...]) -> ColumnElement[bool]:
    """The pair's agent was in one of the teams that day, or it has no agent and the queue was theirs."""
    return or_(
        was_in_team(agent_id, day, team_ids),
        and_(agent_id.is_(None), was_teams_queue(queue_id, day, team_ids)),
    )

"""Questions about how Svartid opens for somebody, as they have said."""

from dataclasses import dataclass

from sqlalchemy import select

from data_access.database.engine import reading
from data_access.database.schema import own_view, team
from data_access.scope import Scope


@dataclass(frozen=True)
class OwnView:
    """team: by its name. period_days: how many days back a page of four weeks begins. What somebody has not said is
    missing."""

    team: str | None = None
    period_days: int | None = None
    language: str | None = None


def own_view_of(scope: Scope, agent_id: int | None) -> OwnView:
    """How Svartid opens for a person: for themselves, and for who sees everything."""
    if agent_id is None or not (scope.sees_everything or agent_id in scope.agent_ids):
        return OwnView()
    columns = team.c.name, own_view.c.period_days, own_view.c.language
    query = select(*columns).select_from(own_view).outerjoin(team).where(own_view.c.agent_id == agent_id)
    with reading() as connection:
        row = connection.execute(query).one_or_none()
        return OwnView() if row is None else OwnView(*row)

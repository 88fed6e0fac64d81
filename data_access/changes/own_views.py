"""A reader keeps how Svartid opens for them; it concerns nobody else and stands in no log."""

from sqlalchemy import delete, insert, select

from data_access.database.schema import own_view, team
from data_access.database.writing import writing_alone
from data_access.questions.own_views import OwnView
from data_access.scope import Viewer


def keep_own_view(viewer: Viewer, own: OwnView) -> None:
    """Keep it instead of what the viewer kept before. A team that is no more counts as none.

    Raises `BusyError` while a load goes on.
    """
    with writing_alone() as connection:
        team_id = connection.scalar(select(team.c.id).where(team.c.name == own.team))
        values = {"team_id": team_id, "period_days": own.period_days, "language": own.language}
        connection.execute(delete(own_view).where(own_view.c.agent_id == viewer.agent_id))
        connection.execute(insert(own_view).values(agent_id=viewer.agent_id, **values))

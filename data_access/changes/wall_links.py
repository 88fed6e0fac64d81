"""Links for screens on a wall: an administrator makes and ends them at the command line; both are in the audit log."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import insert, select, update

from data_access.changes.logs import record_change
from data_access.database.engine import reading
from data_access.database.schema import team, wall_link
from data_access.database.writing import writing
from data_access.errors import UserError
from data_access.questions.wall import digest_of
from data_access.scope import Viewer

AT_THE_COMMAND_LINE = Viewer("the command line", "admin")
TOKEN_BYTES = 32


class WallLinkError(UserError):
    """The link cannot be made or ended."""


@dataclass(frozen=True)
class ListedLink:
    """team: missing where it shows the whole agency. ended_at: missing while it counts."""

    link_id: int
    team: str | None
    made_at: datetime
    ended_at: datetime | None


def make_link(team_name: str | None, now: datetime) -> str:
    """Make a link for a team, or for the whole agency; gives its token, which nobody can read again later."""
    token = token_urlsafe(TOKEN_BYTES)
    with writing() as connection:
        query = select(team.c.name, team.c.id).order_by(team.c.name)
        teams = {row.name: row.id for row in connection.execute(query)}
        if team_name is not None and team_name not in teams:
            raise WallLinkError(f"there is no team '{team_name}'; there are {', '.join(teams) or 'none'}")
        team_id = None if team_name is None else teams[team_name]
        values = {"token_digest": digest_of(token), "team_id": team_id, "made_at": now}
        link_id = connection.execute(insert(wall_link).values(**values).returning(wall_link.c.id)).scalar_one()
        details = "" if team_id is None else f"team={team_id}"
        record_change(connection, AT_THE_COMMAND_LINE, "make_wall_link", f"wall link {link_id}", details, now)
    return token


def end_link(link_id: int, now: datetime) -> None:
    """End a link: from the next look its screen shows nothing any more."""
    with writing() as connection:
        which = wall_link.c.id == link_id, wall_link.c.ended_at.is_(None)
        if not connection.execute(update(wall_link).where(*which).values(ended_at=now)).rowcount:
            raise WallLinkError(f"there is no link {link_id} that still counts; `wall list` names them")
        record_change(connection, AT_THE_COMMAND_LINE, "end_wall_link", f"wall link {link_id}", "", now)


def listed_links() -> list[ListedLink]:
    """All links, in the order in which they were made."""
    columns = wall_link.c.id, team.c.name, wall_link.c.made_at, wall_link.c.ended_at
    query = select(*columns).outerjoin(team, team.c.id == wall_link.c.team_id).order_by(wall_link.c.id)
    with reading() as connection:
        return [ListedLink(*row) for row in connection.execute(query)]

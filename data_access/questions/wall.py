"""A team's day for a screen on the wall: numbers that anybody in the room may read, no colleague and no customer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data_access.database.engine import reading
from data_access.database.schema import team, wall_link
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.calls import Filters, calls_by_day
from data_access.questions.coverage import coverage_of_day, next_holes, on_phones_now
from data_access.questions.phones import PhoneSource, live_calls, people_on_phones, waiting_callers
from data_access.questions.sources import sources_by_kind
from data_access.questions.worklist import in_view, worklist
from data_access.scope import EVERYBODY, Scope
from metrics.calendar import local_day
from metrics.coverage import Hole
from metrics.house_rules import HouseRules
from metrics.phones import AWAY, DO_NOT_DISTURB

COUNTED_FROM = ("calls", "callbacks", "attempts", "shifts")
"""The kinds of data from which a wall's numbers are counted."""


@dataclass(frozen=True)
class WallLink:
    """Whose day a link shows: a team's, or the whole agency's (both missing)."""

    team_id: int | None
    team: str | None

    @property
    def scope(self) -> Scope:
        """What a wall may count: the team's rows, without customers, reasons and names."""
        return EVERYBODY if self.team_id is None else Scope(team_ids=(self.team_id,))


@dataclass(frozen=True)
class Day:
    """answered of `received` calls today, short ones left out (C1). overdue, within_two_hours: customers who wait too
    long, and whose deadline falls within two hours (B3). planned, needed: on the phones in this half hour (R1); needed
    is missing where nobody knows. hole: whose the next one today or tomorrow is, and when. late: of COUNTED_FROM those
    of which nothing has come for too long.
    """

    answered: int
    received: int
    overdue: int
    within_two_hours: int
    needed: int | None
    planned: int
    hole: tuple[str, Hole] | None
    late: tuple[str, ...]


@dataclass(frozen=True)
class PhonesNow:
    """waiting: callers who wait, the longest for so many seconds; there: colleagues on shift at their phones."""

    waiting: int
    longest_seconds: int
    there: int


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_of_token(token: str) -> WallLink | None:
    """The link that a token belongs to; None where it is none, or has ended."""
    query = (
        select(wall_link.c.team_id, team.c.name)
        .outerjoin(team, team.c.id == wall_link.c.team_id)
        .where(wall_link.c.token_digest == digest_of(token), wall_link.c.ended_at.is_(None))
    )
    with reading() as connection:
        row = connection.execute(query).first()
    return None if row is None else WallLink(row.team_id, row.name)


def day_of(scope: Scope, rules: HouseRules, now: datetime) -> Day:
    """How a team's day stands, as Today counts it."""
    today = local_day(now, rules)
    calls = calls_by_day(scope, Filters(today, today))
    work = worklist(scope, CallbackFilters(today, today), rules, now)
    planned, needed = on_phones_now(coverage_of_day(scope, today, rules, now), now)
    holes = next_holes(scope, rules, now)
    loads = sources_by_kind(EVERYBODY, rules, now)
    return Day(
        answered=int(calls["answered"].sum()),
        received=int(calls["received_not_short"].sum()),
        overdue=int(in_view(work, "overdue", now).sum()),
        within_two_hours=int(in_view(work, "within_two_hours", now).sum()),
        needed=needed,
        planned=planned,
        hole=min(holes, key=lambda each: (each[1].starts_at, each[0]), default=None),
        late=tuple(kind for kind in COUNTED_FROM if (loads["is_late"] & (loads["kind"] == kind)).any()),
    )


def phones_of(scope: Scope, source: PhoneSource | None, rules: HouseRules, now: datetime) -> PhonesNow | None:
    """The phones of this moment; None where no telephone system is followed, or it has not answered for too long."""
    if source is None or not source.follows or source.is_late:
        return None
    waiting, people = waiting_callers(live_calls(scope, rules, now)), people_on_phones(scope, rules, now)
    there = people[people["on_shift"] & ~people["state"].isin((AWAY, DO_NOT_DISTURB))]
    return PhonesNow(len(waiting), int(waiting["seconds"].max()) if len(waiting) else 0, len(there))

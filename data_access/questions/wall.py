"""A team's day for a screen on the wall: numbers that anybody in the room may read, no colleague and no customer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data_access.database.engine import reading
from data_access.database.schema import team, wall_link
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.calls import Filters, calls_by_day
from data_access.questions.coverage import coverage_of_day
from data_access.questions.phones import live_calls, people_on_phones, phone_source_state
from data_access.questions.sources import sources_by_kind
from data_access.questions.worklist import worklist
from data_access.scope import EVERYBODY, Scope
from metrics.calendar import ONE_DAY, local_day
from metrics.coverage import HALF_HOUR, Hole
from metrics.house_rules import HouseRules
from metrics.phones import AWAY, DO_NOT_DISTURB, RINGING

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
    """answered of `received` calls today, short ones left out (C1). overdue, due_soon: customers who wait too long and
    who will within two hours (B2). needed, planned: on the phones in this half hour (R1); missing where nobody knows.
    hole: the next one today or tomorrow, and whose. late: of COUNTED_FROM those of which nothing has come for too long.
    """

    answered: int
    received: int
    overdue: int
    due_soon: int
    needed: int | None
    planned: int | None
    hole: tuple[Hole, str] | None
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
    days = [coverage_of_day(scope, day, rules, now) for day in (today, today + ONE_DAY)]
    half_hours = [
        (needed, planned)
        for team_day in days[0]
        for at, needed, planned in zip(team_day.half_hours, team_day.needed, team_day.planned, strict=True)
        if at <= now < at + HALF_HOUR
    ]
    holes = sorted(
        ((hole, team_day.team) for day in days for team_day in day for hole in team_day.holes if hole.ends_at > now),
        key=lambda each: (each[0].starts_at, each[1]),
    )
    loads = sources_by_kind(EVERYBODY, rules, now)
    return Day(
        answered=int(calls["answered"].sum()),
        received=int(calls["received_not_short"].sum()),
        overdue=int((work["state"] == "overdue").sum()),
        due_soon=int((work["state"] == "due_soon").sum()),
        needed=sum(needed for needed, _planned in half_hours) if half_hours else None,
        planned=sum(planned for _needed, planned in half_hours) if half_hours else None,
        hole=holes[0] if holes else None,
        late=tuple(kind for kind in COUNTED_FROM if (loads["is_late"] & (loads["kind"] == kind)).any()),
    )


def phones_of(scope: Scope, rules: HouseRules, now: datetime) -> PhonesNow | None:
    """The phones of this moment; None where no telephone system is followed, or it has not answered for too long."""
    source = phone_source_state(scope, rules, now)
    if source is None or not source.follows or source.is_late:
        return None
    calls, people = live_calls(scope, rules, now), people_on_phones(scope, rules, now)
    waiting = calls[(calls["state"] == RINGING) & (calls["direction"] == "incoming")]
    there = people[people["on_shift"] & ~people["state"].isin((AWAY, DO_NOT_DISTURB))]
    return PhonesNow(len(waiting), int(waiting["seconds"].max()) if len(waiting) else 0, len(there))

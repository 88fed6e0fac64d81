"""Questions about the rota: who is on the phones, against what is needed, half hour by half hour (R1)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select, true

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame, typed_frame
from data_access.database.schema import (
    absence,
    agent,
    agent_rollup,
    call,
    call_rollup,
    presence,
    queue_team,
    ring,
    shift,
    staffing_need,
    team,
    team_member,
)
from data_access.database.versions import kept_while_unchanged
from data_access.matters.directory import holds
from data_access.scope import EVERYBODY, Scope, held_on
from metrics.calendar import ONE_DAY, Span, local_day, local_to_utc, monday_of
from metrics.coverage import HALF_HOUR, Hole, forecast_of, half_hours_of, holes_of, is_on_phones, needed_for
from metrics.house_rules import HouseRules, in_force

WEEK = timedelta(days=7)
Spans = dict[int, list[Span]]
HALF_HOUR_DTYPES = {
    "team_id": "Int64",
    "team": "str",
    "local_date": "object",
    "half_hour": "Int64",
    "starts_at": UTC_DTYPE,
    "needed": "Int64",
    "need_from": "str",
    "planned": "Int64",
    "away": "Int64",
    "seen": "Int64",
    "forecast": "float64",
    "arrived": "Int64",
    "handle_seconds": "float64",
}


@dataclass(frozen=True)
class TeamDay:
    """One team's half hours of a day: when each begins, how many are needed and planned, and the holes."""

    team: str
    half_hours: tuple[datetime, ...]
    needed: tuple[int, ...]
    planned: tuple[int, ...]
    holes: tuple[Hole, ...]


@dataclass(frozen=True)
class Away:
    """An absence that is only thought of: whose, and when."""

    agent_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Unit:
    """Who is counted together against one need: a team or, where the need is its desk's, all the desk's teams."""

    name: str
    desk: str
    team_ids: tuple[int, ...]
    needs: tuple[Any, ...]

    @cached_property
    def needs_by_place(self) -> dict[tuple[int, int], list[Any]]:
        """Its needs by weekday and half hour, the oldest version first."""
        places: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for need_row in self.needs:
            places[need_row.weekday, need_row.half_hour].append(need_row)
        return places

    @cached_property
    def needs_begin_on(self) -> date | None:
        return min((need_row.from_date for need_row in self.needs), default=None)


@dataclass
class Rota:
    """What is planned, by agent: shifts, absences, and of which team each is on which days."""

    members: dict[int, list[Any]]
    shifts: Spans
    absences: Spans
    loaded_weeks: dict[int, set[date]]
    seen: dict[int, set[datetime]] = field(default_factory=dict)

    def members_of_unit(self, unit: Unit, day: date) -> list[int]:
        return [
            agent_id
            for agent_id, rows in self.members.items()
            if (membership := member_on(rows, day)) is not None and membership.team_id in unit.team_ids
        ]

    def is_loaded(self, unit: Unit, day: date) -> bool:
        return any(monday_of(day) in self.loaded_weeks.get(team_id, ()) for team_id in unit.team_ids)

    def with_absence(self, extra: Away | None) -> "Rota":
        if extra is None:
            return self
        absences = [*self.absences.get(extra.agent_id, []), (extra.starts_at, extra.ends_at)]
        return replace(self, absences=self.absences | {extra.agent_id: absences})


def member_on(rows: Sequence[Any], day: date) -> Any:
    """The membership that counts on a day: of several the one joined first."""
    return next((row for row in rows if holds(row, day)), None)


def coverage_of(
    scope: Scope,
    team_id: int | None,
    first_day: date,
    last_day: date,
    rules: HouseRules,
    now: datetime,
    extra: Away | None = None,
) -> pd.DataFrame:
    """One row a team and half hour of its opening hours, columns HALF_HOUR_DTYPES, by team and time (R1).

    A need of a desk with several teams is held against all of them together: then `team` names them all.
    needed: the staffing need in force, else what the calls expected ask for (need_from: staffing_need, forecast, or
    empty where neither is known). planned: on shift for the whole half hour and not away; missing where no rota is
    loaded for that team and week. away: on shift but away. seen: those of whom the telephone system shows that they
    were there, so at least so many; missing for what is yet to come. forecast: calls expected, arrived: calls that
    came. `extra`: an absence that is only thought of.
    """
    with reading() as connection:
        seen = {seen_team.id for seen_team in teams_seen(connection, scope, team_id)}
        everybody = teams_seen(connection, EVERYBODY, None)
        units = [unit for unit in units_of(everybody, staffing_needs(connection)) if seen & set(unit.team_ids)]
        teams = teams_of(units)
        rota = read_rota(connection, teams, first_day, last_day, rules, now).with_absence(extra)
        expected = Expected(connection, teams, rules, first_day, last_day, now)
    rows: list[dict[str, Any]] = []
    for each in units:
        handle_seconds = expected.handle_seconds(each)
        for day in days_between(first_day, last_day):
            members = rota.members_of_unit(each, day)
            is_planned = rota.is_loaded(each, day)
            begins, ends = local_to_utc(day, 0, rules), local_to_utc(day + ONE_DAY, 0, rules)
            shifts = {seen_team: spans_within(rota.shifts.get(seen_team, []), begins, ends) for seen_team in members}
            absences = {
                seen_team: spans_within(rota.absences.get(seen_team, []), begins, ends) for seen_team in members
            }
            for at in half_hours_of(rules, each.desk, day):
                forecast = expected.calls(each, at)
                needed, need_from = need_of(each, at, forecast, handle_seconds, rules)
                on_shift = [seen_team for seen_team in members if is_on_phones(at, shifts[seen_team], [])]
                there = [seen_team for seen_team in on_shift if not is_away(at, absences[seen_team])]
                rows.append(
                    {
                        "team_id": each.team_ids[0],
                        "team": each.name,
                        "local_date": day,
                        "half_hour": half_hour_of(at, rules),
                        "starts_at": at,
                        "needed": needed,
                        "need_from": need_from,
                        "planned": len(there) if is_planned else None,
                        "away": len(on_shift) - len(there) if is_planned else None,
                        "seen": sum(at in rota.seen.get(seen_team, ()) for seen_team in members) if at < now else None,
                        "forecast": forecast,
                        "arrived": expected.arrived(each, at) if at < now else None,
                        "handle_seconds": handle_seconds,
                    }
                )
    return typed_frame(rows, HALF_HOUR_DTYPES)


def units_of(teams: list[Any], needs: dict[tuple[str, Any], list[Any]]) -> list[Unit]:
    """Each team by itself, but teams without a need of their own together where their desk has one; by name."""
    units: list[Unit] = []
    of_desk: dict[str, list[Any]] = defaultdict(list)
    for team_row in teams:
        if ("team", team_row.id) not in needs and ("desk", team_row.desk) in needs:
            of_desk[team_row.desk].append(team_row)
        else:
            units.append(
                Unit(team_row.name, team_row.desk, (team_row.id,), tuple(needs.get(("team", team_row.id), ())))
            )
    for desk, together in of_desk.items():
        name = " + ".join(team_row.name for team_row in together)
        units.append(Unit(name, desk, tuple(team_row.id for team_row in together), tuple(needs["desk", desk])))
    return sorted(units, key=lambda unit: unit.name)


def teams_of(units: Sequence[Unit]) -> tuple[int, ...]:
    return tuple(sorted({team_id for unit in units for team_id in unit.team_ids}))


def need_of(
    unit: Unit, at: datetime, forecast: float | None, handle_seconds: float | None, rules: HouseRules
) -> tuple[int | None, str]:
    """How many are needed in a half hour, and where that comes from. A need that has not begun yet is none."""
    local = at.astimezone(rules.tzinfo)
    day = local.date()
    if unit.needs_begin_on is not None and unit.needs_begin_on <= day:
        versions = unit.needs_by_place.get((local.weekday(), half_hour_of(at, rules)), ())
        minimums = [version.minimum for version in versions if version.from_date <= day]
        return (minimums[-1] if minimums else 0), "staffing_need"
    if forecast is None or handle_seconds is None:
        return None, ""
    return needed_for(forecast, handle_seconds, rules, day), "forecast"


def spans_within(spans: Sequence[Span], begins: datetime, ends: datetime) -> list[Span]:
    """Those of which some part lies in [begins, ends)."""
    return [(start, end) for start, end in spans if start < ends and begins < end]


def is_away(at: datetime, absences: Sequence[Span]) -> bool:
    return bool(spans_within(absences, at, at + HALF_HOUR))


def half_hour_of(at: datetime, rules: HouseRules) -> int:
    local = at.astimezone(rules.tzinfo)
    return local.hour * 2 + local.minute // 30


def days_between(first_day: date, last_day: date) -> Iterator[date]:
    for offset in range((last_day - first_day).days + 1):
        yield first_day + offset * ONE_DAY


def teams_seen(connection: Connection, scope: Scope, team_id: int | None) -> list[Any]:
    """The teams that serve customers on the phones and that a viewer may see and chose, by name."""
    visible = true() if scope.sees_everything else team.c.id.in_(scope.team_ids)
    chosen = true() if team_id is None else team.c.id == team_id
    has_phones = or_(
        team.c.id.in_(select(queue_team.c.team_id)),
        team.c.id.in_(select(staffing_need.c.team_id)),
        team.c.desk.in_(select(staffing_need.c.desk)),
    )
    query = select(team.c.id, team.c.name, team.c.desk).where(visible, chosen, has_phones).order_by(team.c.name)
    return list(connection.execute(query))


def staffing_needs(connection: Connection) -> dict[tuple[str, Any], list[Any]]:
    """All needs by ("team", id) or ("desk", name), the oldest version first."""

    def as_stored() -> dict[tuple[str, Any], list[Any]]:
        needs: dict[tuple[str, Any], list[Any]] = defaultdict(list)
        need = staffing_need.c
        for need_row in connection.execute(select(*need).order_by(need.from_date)):
            needs["team" if need_row.team_id else "desk", need_row.team_id or need_row.desk].append(need_row)
        return dict(needs)

    return kept_while_unchanged(connection, "staffing_needs", (), as_stored)


def read_rota(
    connection: Connection,
    team_ids: tuple[int, ...],
    first_day: date,
    last_day: date,
    rules: HouseRules,
    now: datetime,
) -> Rota:
    """Shifts, absences and traces of presence around some days, of everybody who ever was in one of the teams."""
    membership = team_member.c
    members: dict[int, list[Any]] = defaultdict(list)
    of_teams = select(membership.agent_id).where(membership.team_id.in_(team_ids))
    # All teams of theirs, because of several the one joined first counts.
    query = select(membership.agent_id, membership.team_id, membership.from_date, membership.to_date).join(team)
    query = query.where(membership.agent_id.in_(of_teams))
    for row in connection.execute(query.order_by(membership.from_date, team.c.name)):
        members[row.agent_id].append(row)
    around = shift.c.local_date.between(monday_of(first_day) - ONE_DAY, monday_of(last_day) + WEEK)
    shifts: Spans = defaultdict(list)
    loaded: dict[int, set[date]] = defaultdict(set)
    planned = select(shift.c.agent_id, shift.c.starts_at, shift.c.ends_at, shift.c.local_date)
    planned = planned.where(around, shift.c.agent_id.in_(of_teams))
    for planned_shift in connection.execute(planned):
        shifts[planned_shift.agent_id].append((planned_shift.starts_at, planned_shift.ends_at))
        if (member := member_on(members[planned_shift.agent_id], planned_shift.local_date)) is not None:
            loaded[member.team_id].add(monday_of(planned_shift.local_date))
    absences = spans_by_agent(
        connection,
        absence,
        and_(
            absence.c.first_day <= last_day,
            absence.c.last_day >= first_day - ONE_DAY,
            absence.c.agent_id.in_(of_teams),
        ),
    )
    seen = seen_on_phones(connection, of_teams, first_day, last_day, rules, now)
    return Rota(dict(members), dict(shifts), absences, dict(loaded), seen)


def spans_by_agent(connection: Connection, table: Table, which: ColumnElement[bool]) -> Spans:
    spans: Spans = defaultdict(list)
    for row in connection.execute(select(table.c.agent_id, table.c.starts_at, table.c.ends_at).where(which)):
        spans[row.agent_id].append((row.starts_at, row.ends_at))
    return dict(spans)


def seen_on_phones(
    connection: Connection,
    of_whom: Select[tuple[int]],
    first_day: date,
    last_day: date,
    rules: HouseRules,
    now: datetime,
) -> dict[int, set[datetime]]:
    """The half hours in which the telephone system shows somebody at the phone: a call taken or dialled, or a snapshot
    in which they were available or busy."""
    begins, ends = local_to_utc(first_day, 0, rules), min(local_to_utc(last_day + ONE_DAY, 0, rules), now)
    talked = (
        select(ring.c.agent_id, ring.c.rang_at, ring.c.ring_seconds, ring.c.talk_seconds)
        .join(call, call.c.id == ring.c.call_id)
        .where(
            call.c.local_date.between(first_day, last_day),
            ring.c.agent_id.in_(of_whom),
            or_(ring.c.outcome == "answered", call.c.direction == "outgoing"),
        )
    )
    half_hours: dict[int, set[datetime]] = defaultdict(set)
    for row in connection.execute(talked):
        until = row.rang_at + timedelta(seconds=(row.ring_seconds or 0) + (row.talk_seconds or 0))
        at = beginning_of_half_hour(row.rang_at)
        while at <= until:
            half_hours[row.agent_id].add(at)
            at += HALF_HOUR
    shown = select(presence.c.agent_id, presence.c.at).where(
        presence.c.at >= begins,
        presence.c.at < ends,
        presence.c.agent_id.in_(of_whom),
        or_(presence.c.available, presence.c.busy),
    )
    for agent_id, at in connection.execute(shown):
        half_hours[agent_id].add(beginning_of_half_hour(at))
    return dict(half_hours)


def beginning_of_half_hour(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


class Expected:
    """Calls that came and calls to be expected, by team and half hour: from the same weekday of recent weeks.

    A queue of several teams is divided evenly among them. Days on which nobody called anybody, and half hours in which
    the desk was closed, say nothing about an ordinary day and are left out.
    """

    def __init__(
        self,
        connection: Connection,
        team_ids: tuple[int, ...],
        rules: HouseRules,
        first_day: date,
        last_day: date,
        now: datetime,
    ) -> None:
        self.rules, self.today = rules, local_day(now, rules)
        self.weeks = in_force(rules.service_goal, first_day).forecast_weeks
        self.since = min(first_day, self.today) - (self.weeks + 1) * WEEK
        served: dict[int | None, list[Any]] = defaultdict(list)
        for row in connection.execute(select(*queue_team.c)):
            served[row.queue_id].append(row)
        cells = call_rollup.c
        received = cells.answered + cells.missed + cells.abandoned + cells.short + cells.redirected
        counts = select(cells.local_date, cells.half_hour, cells.queue_id, received.label("calls"))
        self.counts: dict[int, dict[tuple[date, int], float]] = defaultdict(lambda: defaultdict(float))
        answers: dict[tuple[int | None, date], list[int]] = {}
        theirs = {row.queue_id for rows in served.values() for row in rows if row.team_id in team_ids}
        lately = cells.local_date.between(self.since, last_day)
        # A day on which nobody called any queue says nothing, whoever's queue it was.
        self.days = set(connection.scalars(select(cells.local_date).where(lately).distinct()))
        for row in connection.execute(counts.where(lately, cells.queue_id.in_(theirs))):
            place = (row.queue_id, row.local_date)
            if place not in answers:
                answers[place] = [serving.team_id for serving in served[row.queue_id] if holds(serving, row.local_date)]
            for team_id in answers[place]:
                self.counts[team_id][row.local_date, row.half_hour] += row.calls / len(answers[place])
        self.talks = self.read_talks(connection, team_ids)
        self.opened: dict[tuple[str, date], set[int]] = {}

    def read_talks(self, connection: Connection, team_ids: tuple[int, ...]) -> dict[int, float]:
        """Mean seconds of talk by team over the weeks of the forecast."""
        rollup, membership = agent_rollup.c, team_member.c
        lately = rollup.local_date.between(self.since, self.today)
        belongs = and_(membership.agent_id == rollup.agent_id, held_on(membership, rollup.local_date))
        query = (
            select(
                membership.team_id,
                func.sum(rollup.talk_seconds).label("talked"),
                func.sum(rollup.timed_talks).label("calls"),
            )
            .join(team_member, belongs)
            .where(lately, membership.team_id.in_(team_ids))
            .group_by(membership.team_id)
        )
        return {row.team_id: float(row.talked / row.calls) for row in connection.execute(query) if row.calls}

    def handle_seconds(self, unit: Unit) -> float | None:
        """Mean seconds of talk; of several teams the mean of theirs."""
        known = [self.talks[team_id] for team_id in unit.team_ids if team_id in self.talks]
        return sum(known) / len(known) if known else None

    def count(self, unit: Unit, day: date, half_hour: int) -> float:
        return sum(self.counts[team_id].get((day, half_hour), 0) for team_id in unit.team_ids)

    def arrived(self, unit: Unit, at: datetime) -> int:
        return round(self.count(unit, local_day(at, self.rules), half_hour_of(at, self.rules)))

    def calls(self, unit: Unit, at: datetime) -> float | None:
        """Calls to be expected in a half hour, from the weeks before its own and before today."""
        day, half_hour = local_day(at, self.rules), half_hour_of(at, self.rules)
        before = [day - number * WEEK for number in range(1, 2 * self.weeks + 1)]
        lately = [past_day for past_day in before if self.since <= past_day < self.today and past_day in self.days]
        usual = [past_day for past_day in lately if half_hour in self.open_half_hours(unit.desk, past_day)]
        counts = [self.count(unit, past_day, half_hour) for past_day in usual[: self.weeks]]
        return forecast_of(counts) if any(team_id in self.counts for team_id in unit.team_ids) else None

    def open_half_hours(self, desk: str, day: date) -> set[int]:
        """The half hours of the clock in which a desk was open on a day: none on holidays, few on half days."""
        if (desk, day) not in self.opened:
            self.opened[desk, day] = {half_hour_of(at, self.rules) for at in half_hours_of(self.rules, desk, day)}
        return self.opened[desk, day]


def coverage_of_day(scope: Scope, day: date, rules: HouseRules, now: datetime) -> list[TeamDay]:
    """The teams that the viewer may see and that have needs and a rota on a day, by name, with their holes (R1)."""
    table = coverage_of(scope, None, day, day, rules, now)
    known = table[table["planned"].notna() & table["needed"].notna()]
    teams = []
    for name, rows in known.groupby("team"):
        starts = tuple(at.to_pydatetime() for at in rows["starts_at"])
        needed, planned = tuple(map(int, rows["needed"])), tuple(map(int, rows["planned"]))
        holes = tuple(holes_of(list(zip(starts, needed, strict=True)), planned))
        teams.append(TeamDay(str(name), starts, needed, planned, holes))
    return teams


def on_phones_now(teams: Sequence[TeamDay], now: datetime) -> tuple[int, int | None]:
    """How many are planned on the phones in this half hour and how many are needed, all teams together (R1)."""
    current = [
        (planned, needed)
        for team_day in teams
        for at, planned, needed in zip(team_day.half_hours, team_day.planned, team_day.needed, strict=True)
        if at <= now < at + HALF_HOUR
    ]
    if not current:
        return 0, None
    return sum(planned for planned, _needed in current), sum(needed for _planned, needed in current)


def next_holes(scope: Scope, rules: HouseRules, now: datetime) -> list[tuple[str, Hole]]:
    """The holes of today and tomorrow that have not ended, by day and team (R1)."""
    today = local_day(now, rules)
    return [
        (team_day.team, hole)
        for day in (today, today + ONE_DAY)
        for team_day in coverage_of_day(scope, day, rules, now)
        for hole in team_day.holes
        if hole.ends_at > now
    ]


def absences_behind(
    scope: Scope, team_id: int | None, starts_at: datetime, ends_at: datetime, rules: HouseRules
) -> pd.DataFrame:
    """Who of the teams was or is to be on shift in a stretch of time and is away: agent, team, starts_at, ends_at."""
    day = local_day(starts_at, rules)
    with reading() as connection:
        teams = {seen_team.id: seen_team.name for seen_team in teams_seen(connection, scope, team_id)}
        membership = team_member.c
        members = {
            row.agent_id: teams[row.team_id]
            for row in connection.execute(select(*membership))
            if row.team_id in teams and member_on([row], day) is not None
        }
        rows = frame(
            connection,
            select(absence.c.agent_id, agent.c.initials.label("agent"), absence.c.starts_at, absence.c.ends_at)
            .join(agent, agent.c.id == absence.c.agent_id)
            .join(shift, shift.c.agent_id == absence.c.agent_id)
            .where(
                absence.c.starts_at < ends_at,
                absence.c.ends_at > starts_at,
                shift.c.starts_at < ends_at,
                shift.c.ends_at > starts_at,
            )
            .distinct()
            .order_by(agent.c.initials, absence.c.starts_at),
        )
    rows = rows[rows["agent_id"].isin(set(members))]
    return rows.assign(team=rows["agent_id"].map(members).astype("str"))[["agent", "team", "starts_at", "ends_at"]]


def adherence_of(
    scope: Scope, team_id: int | None, first_day: date, last_day: date, rules: HouseRules, now: datetime
) -> dict[str, int]:
    """Snapshots of people who were on shift and not away, and in how many of them they were at the phone.

    planned_snapshots, there (int); both 0 where the telephone system sends no snapshots.
    """
    rows = adherence_rows(scope, team_id, first_day, last_day, rules, now)
    return {"planned_snapshots": len(rows), "there": int(rows["there"].sum())}


def adherence_rows(
    scope: Scope, team_id: int | None, first_day: date, last_day: date, rules: HouseRules, now: datetime
) -> pd.DataFrame:
    """The snapshots that `adherence_of` counts: agent, at (UTC), there (bool), by time."""
    begins, ends = local_to_utc(first_day, 0, rules), min(local_to_utc(last_day + ONE_DAY, 0, rules), now)
    with reading() as connection:
        teams = {seen_team.id for seen_team in teams_seen(connection, scope, team_id)}
        rota = read_rota(connection, tuple(sorted(teams)), first_day, last_day, rules, now)
        snapshots = connection.execute(
            select(presence.c.agent_id, presence.c.at, or_(presence.c.available, presence.c.busy).label("there")).where(
                presence.c.at >= begins, presence.c.at < ends, presence.c.agent_id.is_not(None)
            )
        ).all()
        initials = {row.id: row.initials for row in connection.execute(select(agent.c.id, agent.c.initials))}
    sightings = []
    for row in snapshots:
        membership = member_on(rota.members.get(row.agent_id, []), local_day(row.at, rules))
        on_shift = any(start <= row.at < end for start, end in rota.shifts.get(row.agent_id, []))
        away = any(start <= row.at < end for start, end in rota.absences.get(row.agent_id, []))
        if membership is not None and membership.team_id in teams and on_shift and not away:
            sightings.append((initials[row.agent_id], row.at, bool(row.there)))
    seen = typed_frame(sightings, {"agent": "str", "at": UTC_DTYPE, "there": "bool"})
    return seen.sort_values(["at", "agent"])

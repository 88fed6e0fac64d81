"""Questions about absences: told in time or not, and who covers (R2 to R6)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, exists, or_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, typed_frame
from data_access.database.schema import absence, absence_extension, agent, buddy_pair, shift, team, team_member
from data_access.matters.directory import Directory, read_directory
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.calls import Filters, is_chosen
from data_access.questions.coverage import member_on
from data_access.questions.worklist import worklist
from data_access.scope import EVERYBODY, Scope, held_on, may_see_agent
from metrics.absence import (
    NOT_ABOUT_HEALTH,
    VACATION,
    Absence,
    AddedDays,
    both_away,
    got_a_copy,
    is_not_a_reason,
    judge_notice,
    went_through_the_right_channel,
)
from metrics.calendar import ONE_DAY, Span, local_day, local_to_utc, quarter_of
from metrics.house_rules import HouseRules

HIDDEN_REASON = "away"
"""What stands for a reason that is health data where the viewer may not see it (R4)."""
QUARTERS_SHOWN = 5
LOOKS_AHEAD = timedelta(days=90)
REGISTER_DTYPES = {
    "absence_id": "Int64",
    "agent_id": "Int64",
    "agent": "str",
    "team": "str",
    "kind": "str",
    "first_day": "object",
    "last_day": "object",
    "starts_at": UTC_DTYPE,
    "ends_at": UTC_DTYPE,
    "requested_on": "object",
    "channel": "str",
    "state": "str",
    "rule": "str",
    "days_given": "Int64",
    "latest_day": "object",
    "is_on_the_last_day": "boolean",
    "added_from": "object",
    "is_not_a_reason": "boolean",
    "right_channel": "boolean",
    "got_a_copy": "boolean",
    "buddy": "str",
    "is_planned": "boolean",
    "is_upcoming": "boolean",
    "in_period": "boolean",
}
PAIR_DTYPES = {
    "agent": "str",
    "buddy": "str",
    "starts_at": UTC_DTYPE,
    "ends_at": UTC_DTYPE,
    "is_planned": "boolean",
}
ABSENT_DTYPES = {
    "absence_id": "Int64",
    "agent": "str",
    "team": "str",
    "until": UTC_DTYPE,
    "buddy": "str",
    "cover": "str",
    "messages": "Int64",
}


def absence_register(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The absences that touch the period, go on today or lie ahead, each with its verdicts, columns REGISTER_DTYPES, by
    first day.

    state: of the notice (R2, R3), see `NoticeState`; requested_on: when the days that decide were asked for;
    added_from: the first of them where an edit added them. is_not_a_reason: missing where there is no verdict (R4).
    Reasons that are health data stand as "away" for viewers who may not see them. is_planned: not acute, so that
    somebody could have looked. in_period: its first day lies in the period.
    """
    today = local_day(now, rules)
    its = absence.c
    touches = and_(its.first_day <= filters.to_date, its.last_day >= filters.from_date)
    with reading() as connection:
        directory = read_directory(connection, rules)
        rows = absences_seen(connection, scope, filters, or_(touches, its.last_day >= today))
        shifts, edits = shifts_around(connection, rows), edits_of(connection, rows)
    entries = []
    for row in rows:
        away = as_absence(row, edits[row.absence_id])
        verdict = judge_notice(away, rules)
        is_hidden = row.kind not in NOT_ABOUT_HEALTH and not scope.may_see_reasons
        buddy = directory.buddy_of(row.agent_id, row.first_day)
        entries.append(
            {name: getattr(row, name) for name in ("absence_id", "agent_id", "agent", "team", "channel")}
            | {name: getattr(row, name) for name in ("first_day", "last_day", "starts_at", "ends_at")}
            | {"kind": HIDDEN_REASON if is_hidden else row.kind}
            | {name: getattr(verdict, name) for name in ("state", "rule", "days_given", "latest_day", "requested_on")}
            | {
                "is_on_the_last_day": verdict.is_on_the_last_day,
                "added_from": verdict.first_day if verdict.first_day != row.first_day else None,
                "is_not_a_reason": None if is_hidden else is_not_a_reason(away, shifts.get(row.agent_id, [])),
                "right_channel": went_through_the_right_channel(away, rules),
                "got_a_copy": got_a_copy(away, rules),
                "buddy": directory.initials.get(buddy or 0),
                "is_planned": is_planned(away),
                "is_upcoming": row.first_day > today,
                "in_period": filters.from_date <= row.first_day <= filters.to_date,
            }
        )
    return typed_frame(entries, REGISTER_DTYPES)


def is_planned(away: Absence) -> bool:
    """Somebody asked for it before it began, so that somebody could have looked who else is away."""
    return not away.acute and away.requested_on is not None and away.requested_on < away.first_day


def absences_seen(connection: Connection, scope: Scope, filters: Filters, which: Any) -> list[Any]:
    """Absences of agents whom a viewer may see as of the first day, and chose; with initials, team and any swap."""
    away, person = absence.c, agent.c
    chosen = [which, may_see_agent(scope, person.id, away.first_day), is_chosen(filters, person.id, away.first_day)]
    member = (
        select(team.c.name)
        .join(team_member, team_member.c.team_id == team.c.id)
        .where(
            team_member.c.agent_id == person.id,
            held_on(team_member.c, away.first_day),
        )
        .order_by(team_member.c.from_date, team.c.name)
        .limit(1)
        .scalar_subquery()
    )
    meanwhile = and_(shift.c.starts_at < away.ends_at, shift.c.ends_at > away.starts_at)
    is_left = exists().where(shift.c.agent_id == person.id, meanwhile)
    # What is left of the shift after a swap of a part of it is an errand like any other (R3).
    taken_over = and_(exists().where(shift.c.swapped_with_id == person.id, meanwhile), ~is_left)
    names = ("agent_id", "kind", "first_day", "last_day", "starts_at", "ends_at", "requested_on", "channel", "acute")
    query = (
        select(
            away.id.label("absence_id"),
            person.initials.label("agent"),
            member.label("team"),
            *(away[name] for name in names),
            away.swap_tried,
            taken_over.label("is_swapped"),
        )
        .join(agent, person.id == away.agent_id)
        .where(*chosen)
        .order_by(away.first_day, person.initials, away.starts_at, away.source_id)
    )
    return list(connection.execute(query))


def edits_of(connection: Connection, rows: list[Any]) -> dict[int, list[AddedDays]]:
    """The days that edits added, by absence, in the order of the edits."""
    its = absence_extension.c
    edits: dict[int, list[AddedDays]] = defaultdict(list)
    which = its.absence_id.in_([row.absence_id for row in rows])
    for edit in connection.execute(select(*its).where(which).order_by(its.id)):
        edits[edit.absence_id].append(AddedDays(edit.first_day, edit.last_day, edit.requested_on))
    return edits


def shifts_around(connection: Connection, rows: list[Any]) -> dict[int, list[Span]]:
    if not rows:
        return {}
    first, last = min(row.first_day for row in rows), max(row.last_day for row in rows)
    shifts: dict[int, list[Span]] = {}
    planned = shift.c.local_date.between(first - ONE_DAY, last)
    for row in connection.execute(select(shift.c.agent_id, shift.c.starts_at, shift.c.ends_at).where(planned)):
        shifts.setdefault(row.agent_id, []).append((row.starts_at, row.ends_at))
    return shifts


def as_absence(row: Any, edits: Sequence[AddedDays] = ()) -> Absence:
    return Absence(
        row.kind,
        row.first_day,
        row.last_day,
        row.starts_at,
        row.ends_at,
        row.requested_on,
        row.channel,
        acute=None if row.acute is None else bool(row.acute),
        swap_tried=None if row.swap_tried is None else bool(row.swap_tried),
        is_swapped=bool(row.is_swapped),
        added=tuple(edits),
    )


def notice_by_quarter(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Vacations told in time by team and quarter of their first day, the last quarters up to today's (R2).

    team, quarter (its first day), vacations, in_time (int); those of which nobody wrote down when are left out.
    """
    today = local_day(now, rules)
    since, _last = quarter_of(today - timedelta(days=92 * (QUARTERS_SHOWN - 1)))
    away = absence.c
    which = and_(away.kind == VACATION, away.first_day >= since, away.first_day <= today)
    with reading() as connection:
        rows = absences_seen(connection, scope, filters, which)
        edits = edits_of(connection, rows)
    verdicts = [
        (row.team, quarter_of(row.first_day)[0], judge_notice(as_absence(row, edits[row.absence_id]), rules).state)
        for row in rows
    ]
    table = pd.DataFrame(verdicts, columns=["team", "quarter", "state"])
    told = table[table["state"].isin(("in_time", "late"))]
    counts = told.assign(in_time=told["state"] == "in_time").groupby(["team", "quarter"], dropna=False)["in_time"]
    return counts.agg(vacations="size", in_time="sum").astype("int64").reset_index()


def buddies_both_away(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """When two buddies are away at the same time (R5), in the period or ahead: columns PAIR_DTYPES, by time.

    is_planned: both absences were asked for before they began.
    """
    today = local_day(now, rules)
    begins = local_to_utc(filters.from_date, 0, rules)
    ends = local_to_utc(max(filters.to_date, today + LOOKS_AHEAD) + ONE_DAY, 0, rules)
    away, pair = absence.c, buddy_pair.c
    with reading() as connection:
        whole = Filters(filters.from_date, filters.to_date)
        around = and_(away.starts_at < ends, away.ends_at > begins)
        seen = {row.absence_id for row in absences_seen(connection, scope, filters, around)}
        rows = absences_seen(connection, EVERYBODY, whole, around)
        pairs = connection.execute(select(*pair)).all()
        initials = {row.id: row.initials for row in connection.execute(select(agent.c.id, agent.c.initials))}
    by_agent: dict[int, list[Any]] = {}
    for row in rows:
        by_agent.setdefault(row.agent_id, []).append(row)
    entries = []
    done: set[tuple[frozenset[int], datetime]] = set()
    for buddies in pairs:
        held_since = local_to_utc(buddies.from_date, 0, rules)
        held_until = local_to_utc(buddies.to_date, 0, rules) if buddies.to_date else ends
        absences, buddys = by_agent.get(buddies.agent_id, []), by_agent.get(buddies.buddy_id, [])
        if not seen & {row.absence_id for row in (*absences, *buddys)}:
            continue
        planned = both_away(planned_spans(absences), planned_spans(buddys))
        for start, end in both_away(spans_of(absences), spans_of(buddys)):
            start, end = max(start, held_since), min(end, held_until)
            people = frozenset((buddies.agent_id, buddies.buddy_id))
            # A pair may be written in both directions.
            if start >= end or (people, start) in done:
                continue
            done.add((people, start))
            entries.append(
                {
                    "agent": initials[buddies.agent_id],
                    "buddy": initials[buddies.buddy_id],
                    "starts_at": start,
                    "ends_at": end,
                }
                | {"is_planned": any(begin < end and start < over for begin, over in planned)}
            )
    table = typed_frame(entries, PAIR_DTYPES)
    return table.sort_values(["starts_at", "agent"]).reset_index(drop=True)


def spans_of(rows: list[Any]) -> list[Span]:
    return [(row.starts_at, row.ends_at) for row in rows]


def planned_spans(rows: list[Any]) -> list[Span]:
    return spans_of([row for row in rows if is_planned(as_absence(row))])


def absent_now(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Who is away at `now`, by name: by which absence and until when, the buddy, whether they cover, and the messages
    that lie with whoever is away (R5).

    cover: buddy, buddy_away, no_buddy. Columns ABSENT_DTYPES.
    """
    today = local_day(now, rules)
    work = worklist(scope, CallbackFilters(today, today, filters.team_id, None), rules, now)
    return absent_among(work, scope, filters, rules, now)


def absent_among(work: pd.DataFrame, scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """`absent_now` for a worklist that has been read already."""
    away = absence.c
    today = local_day(now, rules)
    with reading() as connection:
        directory = read_directory(connection, rules)
        rows = absences_seen(connection, scope, filters, and_(away.starts_at <= now, away.ends_at > now))
    holder = work["covered_for"].fillna(work["owner"])
    absent: dict[str, dict[str, Any]] = {}
    for row in rows:
        buddy, cover = cover_of(row.agent_id, directory, today, now)
        if row.agent in absent and absent[row.agent]["until"] >= row.ends_at:
            continue
        absent[row.agent] = {
            "absence_id": row.absence_id,
            "agent": row.agent,
            "team": row.team,
            "until": row.ends_at,
            "buddy": directory.initials.get(buddy or 0),
            "cover": cover,
            "messages": int((holder == row.agent).sum()),
        }
    table = pd.DataFrame(list(absent.values()), columns=list(ABSENT_DTYPES)).astype(ABSENT_DTYPES)
    return table.sort_values("agent").reset_index(drop=True)


def without_buddy(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Case handlers on the phones who have nobody to cover for them today, by initials (R5): agent, team (str)."""
    today = local_day(now, rules)
    with reading() as connection:
        directory = read_directory(connection, rules)
        people = connection.execute(
            select(agent.c.id, agent.c.initials)
            .where(agent.c.role == "agent", agent.c.takes_calls.is_not(False))
            .where(may_see_agent(scope, agent.c.id, today), is_chosen(filters, agent.c.id, today))
            .order_by(agent.c.initials)
        ).all()
        names = {row.id: row.name for row in connection.execute(select(team.c.id, team.c.name))}
    alone = []
    for person in people:
        membership = member_on(directory.memberships[person.id], today)
        buddy, _cover = cover_of(person.id, directory, today, now)
        covers = buddy is not None and directory.is_active(buddy, now)
        if (
            membership is not None
            and membership.desk == "agents"
            and directory.is_active(person.id, now)
            and not covers
        ):
            alone.append((person.initials, names[membership.team_id]))
    return typed_frame(alone, {"agent": "str", "team": "str"})


def cover_of(agent_id: int, directory: Directory, day: date, now: datetime) -> tuple[int | None, str]:
    """Who covers for somebody who is away, and whether they are there (R5)."""
    buddy = directory.buddy_of(agent_id, day)
    if buddy is None or not directory.is_active(buddy, now):
        return buddy, "no_buddy"
    return buddy, "buddy_away" if directory.is_absent(buddy, now) else "buddy"

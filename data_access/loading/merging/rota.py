"""The merge of the rota: shifts, absences, staffing needs; what a source has cancelled is taken out."""

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Table, and_, delete, exists, false, func, insert, or_, select, update

from data_access.database.schema import absence, absence_extension, shift, staffing_need, team
from data_access.loading.resolve import resolve_agents, resolve_by_initials
from data_access.loading.stage import good
from data_access.loading.upsert import Days, Merge, Upsert, record_key, with_neighbours
from data_access.sources.files import REPEATS_AROUND
from data_access.sources.preparing import HELD_SINCE_EVER
from metrics.calendar import ONE_DAY, monday_of
from metrics.house_rules import WEEKDAYS

PLANNED_START = re.compile(r"/\d{8}(T\d{6}Z)?$")


def merge_shifts(merge: Merge) -> Days:
    staged = merge.staged
    resolve_agents(merge, merge.mapping.source)
    resolve_by_initials(
        merge, staged.c.swapped_with, "swapped_with", into="other_agent_id", source=merge.mapping.source
    )
    values = {name: staged.c[name] for name in ("agent_id", "starts_at", "ends_at", "local_date")}
    upsert = Upsert(
        merge, shift, record_key(merge), values | {"swapped_with_id": staged.c.other_agent_id}, where=is_kept(merge)
    )
    upsert.mark()
    mark_cancelled(merge, shift)
    before = select(shift.c.local_date).join(staged, upsert.stored).where(staged.c.changed).distinct()
    days = merge.dates(before) | merge.dates(
        select(staged.c.local_date).where(good(staged), staged.c.changed).distinct()
    )
    upsert.write()
    take_out_cancelled(merge, shift)
    days |= forget_what_left_its_event(merge, shift, shift.c.local_date)
    # The first shift of a week makes the whole week's rota count as loaded.
    return with_neighbours({monday_of(day) + timedelta(days=offset) for day in days for offset in range(7)})


def merge_absences(merge: Merge) -> Days:
    """The day of the first request counts: a later edit of the request does not move it (R2)."""
    staged = merge.staged
    resolve_agents(merge, merge.mapping.source)
    resolve_by_initials(merge, staged.c.covered_by, "covered_by", into="other_agent_id", source=merge.mapping.source)
    added = added_days(merge)
    first_asked = select(absence.c.requested_on).where(stored_record(merge, absence)).scalar_subquery()
    merge.run(update(staged).where(staged.c.requested_on > first_asked).values(requested_on=first_asked))
    days = ("first_day", "last_day", "starts_at", "ends_at")
    columns = ("agent_id", "kind", *days, "requested_on", "channel", "acute", "swap_tried")
    values = {name: staged.c[name] for name in columns} | {"covered_by_id": staged.c.other_agent_id}
    keep_part_of_a_day(merge)
    upsert = Upsert(merge, absence, record_key(merge), values, where=is_kept(merge))
    upsert.mark()
    mark_cancelled(merge, absence)
    before = select(absence.c.first_day, absence.c.last_day).join(staged, upsert.stored).where(staged.c.changed)
    after = select(staged.c.first_day, staged.c.last_day).where(good(staged), staged.c.changed)
    spans = [tuple(row) for query in (before, after) for row in merge.connection.execute(query)]
    upsert.write()
    if added:
        merge.connection.execute(insert(absence_extension), added)
    take_out_cancelled(merge, absence)
    gone = forget_what_left_its_event(merge, absence, absence.c.first_day)
    away = {first + timedelta(days=offset) for first, last in spans for offset in range((last - first).days + 1)}
    return with_neighbours(away | gone)


def added_days(merge: Merge) -> list[dict[str, Any]]:
    """Days that the file adds to absences on record, with the day on which they were asked for (R2).

    That is the day that the file names, where it is later than that of the first request; else it is known today for
    the first time. Where nobody ever said when an absence was asked for, nobody says it of its added days.
    """
    staged, stored = merge.staged, absence.c
    is_longer = or_(staged.c.first_day < stored.first_day, staged.c.last_day > stored.last_day)
    edits = (
        select(
            stored.id,
            *(part.label(f"{name}_{which}") for which, of in (("before", stored), ("now", staged.c))
              for name, part in (("first", of.first_day), ("last", of.last_day), ("asked", of.requested_on))),
        )
        .join(staged, stored_record(merge, absence))
        .where(good(staged), is_kept(merge), stored.requested_on.is_not(None), is_longer)
    )  # fmt: skip
    rows = []
    for edit in merge.connection.execute(edits):
        is_said = edit.asked_now is not None and edit.asked_now > edit.asked_before
        requested_on = edit.asked_now if is_said else merge.today
        spans = (
            (edit.first_now, min(edit.last_now, edit.first_before - ONE_DAY)),
            (max(edit.first_now, edit.last_before + ONE_DAY), edit.last_now),
        )
        rows += [
            {"absence_id": edit.id, "first_day": first, "last_day": last, "requested_on": requested_on}
            for first, last in spans
            if first <= last
        ]
    return rows


def keep_part_of_a_day(merge: Merge) -> None:
    """A file that knows no hours does not turn a part of a day, known from an earlier load, into the whole day."""
    staged = merge.staged
    if {"from_time", "to_time"} & set(merge.mapping.fields):
        return
    same_days = and_(absence.c.first_day == staged.c.first_day, absence.c.last_day == staged.c.last_day)
    stored = and_(stored_record(merge, absence), same_days)
    hours = {name: select(absence.c[name]).where(stored).scalar_subquery() for name in ("starts_at", "ends_at")}
    merge.run(update(staged).where(good(staged), exists().where(stored)).values(**hours))


def forget_what_left_its_event(merge: Merge, target: Table, day: Any) -> set[date]:
    """Take out what an event of a calendar no longer has, where the event itself is in the file; gives their days.

    An event's records are known by its UID or, of a repetition, by UID/planned start. Only repetitions near today are
    read, so older ones stay.
    """
    if merge.mapping.format != "icalendar":
        return set()
    present = set(merge.connection.scalars(select(merge.staged.c.source_id)))
    uids = {uid_of(source_id) for source_id in present}
    stored = select(target.c.id, target.c.source_id, day.label("day")).where(target.c.source == merge.mapping.source)
    oldest = merge.today - REPEATS_AROUND
    gone = [
        row
        for row in merge.connection.execute(stored)
        if row.source_id not in present and uid_of(row.source_id) in uids and row.day >= oldest
    ]
    for row in gone:
        merge.run(delete(target).where(target.c.id == row.id))
    return {row.day for row in gone}


def uid_of(source_id: str) -> str:
    """The UID of an event's record, with or without the start that was planned."""
    return PLANNED_START.sub("", source_id)


def is_kept(merge: Merge) -> Any:
    return ~func.coalesce(merge.staged.c.cancelled, false())


def stored_record(merge: Merge, target: Table) -> Any:
    return and_(target.c.source == merge.mapping.source, target.c.source_id == merge.staged.c.source_id)


def mark_cancelled(merge: Merge, target: Table) -> None:
    """A cancelled record brings something new where it takes a stored one out."""
    staged = merge.staged
    takes_out = and_(good(staged), staged.c.cancelled, exists().where(stored_record(merge, target)))
    merge.run(update(staged).where(takes_out).values(changed=True))


def take_out_cancelled(merge: Merge, target: Table) -> None:
    staged = merge.staged
    merge.run(delete(target).where(exists().where(stored_record(merge, target), good(staged), staged.c.cancelled)))


def merge_needs(merge: Merge) -> Days:
    """A row says how many a team or a desk needs in each half hour of a span, from a day on; said again it replaces."""
    staged = merge.staged
    team_id = select(team.c.id).where(team.c.name == staged.c.team).scalar_subquery()
    merge.run(update(staged).where(staged.c.team.is_not(None)).values(team_id=team_id))
    unknown = and_(staged.c.team.is_not(None), staged.c.team_id.is_(None))
    merge.set_aside("team", "no team has this name; load teams first", unknown)
    stored = {
        (row.team_id, row.desk, row.weekday, row.half_hour, row.from_date): row.minimum
        for row in merge.connection.execute(select(*staffing_need.c))
    }
    need_of: dict[tuple[Any, ...], tuple[int, int]] = {}
    changed: set[int] = set()
    for row in merge.connection.execute(select(*staged.c).where(good(staged)).order_by(staged.c.row)):
        for half_hour in range(row.from_time // 30, row.to_time // 30):
            since = row.from_date or HELD_SINCE_EVER
            key = (row.team_id, row.desk, WEEKDAYS.index(row.weekday), half_hour, since)
            need_of[key] = (row.minimum, row.row)
    for key, (minimum, number) in need_of.items():
        if stored.get(key) == minimum:
            continue
        changed.add(number)
        names = dict(zip(("team_id", "desk", "weekday", "half_hour", "from_date"), key, strict=True))
        known = and_(*(staffing_need.c[name].is_not_distinct_from(value) for name, value in names.items()))
        if key in stored:
            merge.run(update(staffing_need).where(known).values(minimum=minimum))
        else:
            merge.run(insert(staffing_need).values(minimum=minimum, **names))
    merge.run(update(staged).where(staged.c.row.in_(sorted(changed))).values(changed=True))
    return set()

"""Reading a calendar (iCalendar, RFC 5545): each event or occurrence of it becomes a row with what it says of itself.

Columns: source_id, uid, summary, description, location, categories, organizer, attendee, calendar; starts_at and
ends_at of events with hours; first_day and last_day (both included), from_time and to_time where an absence begins or
ends within a day; cancelled (yes, or empty).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from data_access.sources.files import REPEATS_AROUND, FileRefusedError, Mapped, Problem, Rows
from data_access.sources.records import Record, as_rows_of_lines

COLUMNS = (
    "source_id", "uid", "summary", "description", "location", "categories", "organizer", "attendee", "calendar",
    "starts_at", "ends_at", "first_day", "last_day", "from_time", "to_time", "cancelled",
)  # fmt: skip
TEXTS = ("summary", "description", "location")
Event = Any
"""A VEVENT of the library, whose properties are typed as anything."""
LARGEST_FILE = 64 * 1024 * 1024
ONCE = ("UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "SEQUENCE", "STATUS")
"""What says when an event is, and which: two of it contradict each other."""


def read_calendar(file: Path, mapped: Mapped, kind: str, zone: str, today: date) -> Rows:
    """The events of an .ics file. A time without a zone is of `zone`; Windows' names of zones are understood.

    An occurrence is known by its event's UID and the start it was first planned for, so an edit of it, moved or
    cancelled, is the same record. What was taken out of a repetition (EXDATE) or is cancelled comes as a row that is
    cancelled. Raises `FileRefusedError` for what is no calendar or is cut off.
    """
    if file.stat().st_size > LARGEST_FILE:
        raise FileRefusedError(f"{file}: is larger than {LARGEST_FILE // 1024**2} MB")
    try:
        text = file.read_bytes().decode(mapped.encoding)
    except UnicodeError as error:
        raise FileRefusedError(f"{file}: is not text in {mapped.encoding} ({error.__class__.__name__})") from error
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except Exception as error:  # the library has several kinds for one mistake
        raise FileRefusedError(f"{file}: cannot be read as a calendar: {error}") from error
    # Not splitlines: a text may hold other signs that end lines elsewhere.
    all_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [line.upper().partition(":")[0] for line in all_lines]
    if starts.count("BEGIN") != starts.count("END"):
        raise FileRefusedError(f"{file}: is cut off in the middle")
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise FileRefusedError(f"{file}: holds no calendar (VCALENDAR)")
    lines = [number for number, line in enumerate(all_lines, start=1) if line.strip().upper() == "BEGIN:VEVENT"]
    records = list(records_of(calendars, lines, kind, ZoneInfo(zone), today))
    return as_rows_of_lines(
        COLUMNS, ((line, record, place) for place, (line, record) in enumerate(records, 1)), len(records)
    )


def records_of(
    calendars: list[Calendar], lines: list[int], kind: str, zone: ZoneInfo, today: date
) -> Iterator[tuple[int, Record | Problem]]:
    """The records of all events by the line in which each begins."""
    line_of: dict[int, int] = {}
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            line_of[id(event)] = lines[len(line_of)] if len(line_of) < len(lines) else 0
    for calendar in calendars:
        name = str(calendar.get("X-WR-CALNAME", ""))
        by_uid: dict[str, list[Event]] = {}
        for event in calendar.walk("VEVENT"):
            line = line_of[id(event)]
            if problem := fault_of_event(event):
                yield line, Problem(line, *problem)
            else:
                by_uid.setdefault(str(event["UID"]), []).append(event)
        for events in (events for of_uid in by_uid.values() for events in separate_events(of_uid)):
            line = min(line_of[id(event)] for event in events)
            is_alone = len(separate_events(by_uid[str(events[0]["UID"])])) == 1
            try:
                records = records_of_event(events, name, kind, zone, today, line, is_alone=is_alone)
                yield from ((line, record) for record in records)
            except Exception as error:  # the library has several kinds for one mistake
                yield line, Problem(line, "RRULE", f"the repetition cannot be read: {error}")


def separate_events(events: list[Event]) -> list[list[Event]]:
    """The events under one UID, each with its edits: some programs give all shifts of a person the same UID.

    Of one version (SEQUENCE), events that begin at different times and are no edit of an occurrence are several.
    """
    whole = [event for event in events if "RECURRENCE-ID" not in event]
    newest = max((int(event.get("SEQUENCE", 0)) for event in whole), default=0)
    by_start = {str(event["DTSTART"].dt): event for event in whole if int(event.get("SEQUENCE", 0)) == newest}
    if len(by_start) < 2:
        return [latest_versions(events)]
    edits = [event for event in events if "RECURRENCE-ID" in event]
    return [*([event] for event in by_start.values()), *([latest_versions(edits)] if edits else [])]


def latest_versions(events: list[Event]) -> list[Event]:
    """Of an event that stands several times for the same occurrence the one with the highest SEQUENCE."""
    latest: dict[str, Event] = {}
    for event in sorted(events, key=lambda candidate: int(candidate.get("SEQUENCE", 0))):
        latest[str(event["RECURRENCE-ID"].dt) if "RECURRENCE-ID" in event else ""] = event
    return list(latest.values())


def fault_of_event(event: Event) -> tuple[str, str] | None:
    """Why an event cannot be used at all: the property and the reason."""
    if event.errors:
        property_name, reason = event.errors[0]
        return str(property_name or "VEVENT"), f"cannot be read: {reason}"
    for name in ONCE:
        if isinstance(event.get(name), list):
            return name, "stands twice in this event"
    if "UID" not in event:
        return "UID", "is missing, so the event could not be told from another"
    if "DTSTART" not in event:
        return "DTSTART", "is missing"
    if zone := undefined_zone(event):
        return "DTSTART", f"names the time zone '{zone[:40]}', which nobody defines"
    try:
        is_turned_round = as_moment(event.end) < as_moment(event.start)
    except Exception as error:  # the library has several kinds for one mistake
        return "DTEND", f"cannot be read: {error}"
    if is_turned_round:
        return "DTEND", "is before DTSTART"
    if "RECURRENCE-ID" in event and event["RECURRENCE-ID"].params.get("RANGE"):
        return "RECURRENCE-ID", "changes all that follow (RANGE), which is not read; end the series and begin another"
    if any(repeats_within_a_day(rule) for rule in all_of(event, "RRULE")):
        return "RRULE", "repeats more often than once a day, which no shift does"
    return None


def undefined_zone(event: Event) -> str | None:
    """The name of a time zone that neither the calendar nor anybody else defines: its times could be of anywhere."""
    for name in ("DTSTART", "DTEND"):
        stated = event.get(name)
        zone = stated.params.get("TZID") if stated is not None else None
        if zone and isinstance(stated.dt, datetime) and stated.dt.tzinfo is None:
            return str(zone)
    return None


def all_of(event: Event, name: str) -> list[Any]:
    """The values of a property that may stand once or several times."""
    values = event.get(name, [])
    return values if isinstance(values, list) else [values]


def repeats_within_a_day(rule: Any) -> bool:
    frequencies = [str(frequency).upper() for frequency in rule.get("FREQ", [])]
    within = bool({"HOURLY", "MINUTELY", "SECONDLY"} & set(frequencies)) or min(rule.get("INTERVAL", [1])) < 1
    return within or any(name in rule for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def as_moment(at: date | datetime) -> datetime:
    """For comparing the ends of one event, whose form is the same."""
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def records_of_event(
    events: list[Event], calendar: str, kind: str, zone: ZoneInfo, today: date, line: int, *, is_alone: bool
) -> Iterator[Record | Problem]:
    """The occurrences of one event with its edits, then what was taken out of its repetition.

    `is_alone`: no other event has its UID.
    """
    whole = Calendar()
    for event in events:
        whole.add_component(event)
    repeats = any("RRULE" in event or "RDATE" in event for event in events)
    if repeats:
        occurrences = recurring_ical_events.of(whole, keep_recurrence_attributes=True).between(
            today - REPEATS_AROUND, today + REPEATS_AROUND
        )
    else:
        occurrences = list(events)
    for occurrence in occurrences:
        yield from records_of_occurrence(
            occurrence, calendar, kind, zone, line, has_start_in_id=repeats or not is_alone
        )
    for event in events:
        for excluded in excluded_starts(event):
            is_near = abs(as_moment(excluded).date() - today) <= REPEATS_AROUND
            if is_near:
                yield {"source_id": occurrence_id(event, excluded, zone), "uid": str(event["UID"])} | cancelled_at(
                    event, excluded, calendar, kind, zone
                )


def excluded_starts(event: Event) -> list[date | datetime]:
    dates = [entry.dt for part in all_of(event, "EXDATE") for entry in part.dts]
    if not isinstance(event.start, datetime):
        return dates
    # A whole day takes out what begins on it.
    return [start if isinstance(start, datetime) else datetime.combine(start, event.start.timetz()) for start in dates]


def cancelled_at(event: Event, start: date | datetime, calendar: str, kind: str, zone: ZoneInfo) -> Record:
    """A row that takes an occurrence out: what its event says, at the start it was planned for."""
    length = event.end - event.start
    return described(event, calendar) | times_of(start, start + length, kind, zone) | {"cancelled": "yes"}


def records_of_occurrence(
    event: Event, calendar: str, kind: str, zone: ZoneInfo, line: int, *, has_start_in_id: bool
) -> Iterator[Record | Problem]:
    start, end = event.start, event.end
    if kind == "shifts" and not isinstance(start, datetime):
        yield Problem(line, "DTSTART", "lasts whole days; a shift needs its hours")
        return
    # Programs show a vacation as free unless somebody changes it: that says nothing of where its owner is.
    is_free = kind == "shifts" and str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    if is_free:
        yield Problem(line, "TRANSP", "is marked as free, so it plans nobody")
    planned_for = event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else start if has_start_in_id else None
    is_cancelled = is_free or str(event.get("STATUS", "")).upper() == "CANCELLED"
    yield (
        {"source_id": occurrence_id(event, planned_for, zone), "uid": str(event["UID"])}
        | described(event, calendar)
        | times_of(start, end, kind, zone)
        | ({"cancelled": "yes"} if is_cancelled else {})
    )


def occurrence_id(event: Event, planned_for: date | datetime | None, zone: ZoneInfo) -> str:
    """An event's UID, and of a repetition the start it was planned for in UTC."""
    if planned_for is None:
        return str(event["UID"])
    if isinstance(planned_for, datetime):
        return f"{event['UID']}/{in_utc(planned_for, zone):%Y%m%dT%H%M%SZ}"
    return f"{event['UID']}/{planned_for:%Y%m%d}"


def described(event: Event, calendar: str) -> Record:
    texts = {name: str(event.get(name.upper(), "")) for name in TEXTS}
    return texts | {
        "categories": ",".join(str(name) for part in all_of(event, "CATEGORIES") for name in part.cats),
        "organizer": address_of(event.get("ORGANIZER", "")),
        "attendee": address_of(event.get("ATTENDEE", "")),
        "calendar": calendar,
    }


def address_of(value: Any) -> str:
    """The name, else the address of the first person named."""
    first = value[0] if isinstance(value, list) else value
    name = first.params.get("CN") if hasattr(first, "params") else None
    return str(name or first).removeprefix("mailto:").removeprefix("MAILTO:")


def times_of(start: date | datetime, end: date | datetime, kind: str, zone: ZoneInfo) -> Record:
    """Hours as instants; whole days by their first and last day: the end of an all-day event is not included."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        times = {"starts_at": in_utc(start, zone).isoformat(), "ends_at": in_utc(end, zone).isoformat()}
        return times if kind == "shifts" else times | days_of(in_utc(start, zone), in_utc(end, zone), zone)
    return {"first_day": str(start), "last_day": str(max(start, end - timedelta(days=1)))}


def days_of(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Record:
    """The first and the last local day of a time away, and its hours on them where they are not the whole day."""
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    ends_at_midnight = last.time() == time() and last > first
    hours = {} if first.time() == time() else {"from_time": f"{first:%H:%M}"}
    hours |= {} if ends_at_midnight else {"to_time": f"{last:%H:%M}"}
    last_day = last.date() - timedelta(days=1) if ends_at_midnight else last.date()
    return {"first_day": str(first.date()), "last_day": str(last_day)} | hours


def in_utc(at: datetime, zone: ZoneInfo) -> datetime:
    """An instant; a floating time is of the zone, in the doubled hour of autumn the first of the two."""
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)

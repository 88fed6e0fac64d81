"""Keeping up with Relatel: read what is new, read again what may have changed, and go on where the last run ended.

What has not been read yet is itself stored, as spans of time, in the transaction that stores what was read. So a run
can end anywhere, and the next one misses nothing and repeats little.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import OperationalError

from data_access import database
from data_access.engine import begin_load, current_engine, reading
from data_access.live_loading import (
    SOURCE,
    Phone,
    fingerprint,
    instant_of,
    load_calls,
    store_live_calls,
    store_names,
    store_phones,
    store_voicemails,
)
from data_access.loading import LoadReport, record
from data_access.schema import call, database_info, live_call, phone_source, unread_span
from data_access.sources.files import FileRefusedError
from data_access.sources.relatel import EMPLOYEE
from data_access.sources.relatel_api import CALLS_PER_PAGE, DisconnectedError, RelatelApi
from metrics.house_rules import HouseRules

POLL_SECONDS = 10.0
RECENT = timedelta(minutes=30)
"""What is read again each time: calls that go on change."""
OVERLAP, OVERLAP_EVERY = timedelta(hours=4), timedelta(minutes=10)
"""What is read again now and then: some fields arrive late."""
NAMES_EVERY = timedelta(hours=1)
GOES_ON_FOR = timedelta(hours=24)
"""A call of which no end is heard for so long is taken as it is."""
FIRST_READ = timedelta(days=90)
WATCH_GAP = timedelta(minutes=5)
PAGES_AT_A_TIME = 10
MOST_PAGES = 5_000
LONGEST_PAUSE_SECONDS = 60.0
RECORDED_AT_ONCE, RECORDED_EVERY = 100, timedelta(hours=1)
STEP = timedelta(seconds=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
DIRECTIONS = ("incoming", "outgoing")
STATUSES = ("new", "ringing", "answered", "missed", "voicemail", "orphaned")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Span:
    """Calls that began between two instants, both included; without an end, until now."""

    from_at: datetime
    to_at: datetime | None


@dataclass
class SyncReport:
    """What a run did: pages of calls read, rows by kind as in a load, what is unread still, what was said about it."""

    pages: int = 0
    loaded: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    unread: list[Span] = field(default_factory=list)
    bound_was_hit: bool = False

    def add(self, loads: Iterable[LoadReport]) -> None:
        for load in loads:
            self.loaded[load.kind] = self.loaded.get(load.kind, 0) + load.loaded
            self.rejected[load.kind] = self.rejected.get(load.kind, 0) + load.rejected


@dataclass
class Sync:
    """One run against one account. `say` tells whoever watches what happens."""

    api: RelatelApi
    rules: HouseRules
    follows: bool
    say: Say
    report: SyncReport = field(default_factory=SyncReport)
    _stored: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _unrecorded: dict[str, LoadReport | None] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _has_calls: bool = False
    _names_read_at: datetime = EVER
    _overlap_read_at: datetime = EVER

    def now(self) -> datetime:
        return self.api.clock.now()

    def begin(self, since: datetime | None) -> None:
        """Note what is to be read beyond what is stored. Raises `FileRefusedError` for simulated data."""
        with current_engine().connect() as connection:
            database.require_up_to_date(connection)
            if connection.scalar(select(database_info.c.simulated)):
                raise FileRefusedError("this database holds a simulated year; own data need one of their own")
            connection.rollback()
            begin_load(connection)
            found = connection.execute(select(phone_source).where(phone_source.c.source == SOURCE)).first()
            if found is None:
                connection.execute(insert(phone_source).values(source=SOURCE, follows=self.follows))
            read_from = found.read_from if found else None
            values: dict[str, Any] = {"follows": self.follows}
            if read_from is None:
                values["read_from"] = since or self.now() - FIRST_READ
                leave_unread(connection, [Span(values["read_from"], self.now())])
            elif since is not None and since < read_from:
                values["read_from"] = since
                leave_unread(connection, [*unread_spans(connection), Span(since, read_from)])
            connection.execute(update(phone_source).where(phone_source.c.source == SOURCE).values(**values))
            connection.commit()

    def poll(self) -> None:
        """Read the phones, what is new, and what may have changed since. Raises `DisconnectedError`."""
        began = self.now()
        phones = phones_of(self.api.listed("/employees", "employees"))
        if began - self._names_read_at >= NAMES_EVERY:
            self.read_names()
        is_overlap = began - self._overlap_read_at >= OVERLAP_EVERY
        span = self.recent_span(began, OVERLAP if is_overlap else RECENT, every_live_call=is_overlap)
        calls, unread = self.read(span, PAGES_AT_A_TIME)
        messages = self.api.listed("/voice_mails", "voice_mails") if is_overlap else []
        self.store(calls, span, unread, phones, messages)
        if is_overlap:
            self._overlap_read_at = began

    def read_names(self) -> None:
        for path, name in (("/employee_groups", "employee_groups"), ("/receptions", "receptions")):
            for entry in self.api.listed(path, name):
                kind = "Reception" if name == "receptions" else "EmployeeGroup"
                endpoint = str(entry.get("endpoint") or f"{kind}#{entry.get('id')}")
                if isinstance(entry.get("name"), str):
                    self._names[endpoint] = entry["name"]
        self._names_read_at = self.now()

    def recent_span(self, now: datetime, length: timedelta, *, every_live_call: bool) -> Span:
        """From before the last answer and before the newest call that is known, because the clocks may differ; and from
        the oldest call that goes on."""
        since = EVER if every_live_call else now - OVERLAP
        with reading() as connection:
            stored = select(func.max(call.c.started_at)).where(call.c.source == SOURCE)
            # One call that is dated years ahead must not hide that nothing was read for days.
            newest = connection.scalar(stored.where(call.c.started_at <= now))
            goes_on = select(func.min(live_call.c.started_at)).where(
                live_call.c.source == SOURCE, live_call.c.started_at >= since
            )
            oldest = connection.scalar(goes_on)
            answered = connection.scalar(select(phone_source.c.answered_at).where(phone_source.c.source == SOURCE))
        self._has_calls = newest is not None
        from_at = min(at for at in (newest, answered, now) if at is not None) - length
        return Span(min(from_at, oldest or from_at), None)

    def read(self, span: Span, most_pages: int) -> tuple[list[Any], Span | None]:
        """Read a span, newest first: the calls, each once, and what of the span is unread still.

        A page ends nothing by being short. The last call of a page comes again with the next, and so does everything
        of its second; where nothing else comes, what is older than that second is asked for. Raises
        `DisconnectedError`.
        """
        found: dict[str, Any] = {}
        broken: list[Any] = []
        cursor = span.to_at
        for _ in range(most_pages):
            page = self.api.calls(**({} if cursor is None else {"started_at_lt_or_eq": cursor.isoformat()}))
            self.report.pages += 1
            began = [at for one in page if (at := began_at(one)) is not None]
            if page and not began:
                raise DisconnectedError("changed", "/calls: no call says when it began")
            is_new = [one for one in page if identity(one) not in found]
            broken += [one for one in is_new if began_at(one) is None]
            found |= {identity(one): one for one in is_new if began_at(one) is not None}
            if not page and cursor is None and self._has_calls:
                raise DisconnectedError("changed", "/calls: the list is empty, although there were calls before")
            if not page or (oldest := min(began)) < span.from_at:
                return [*found.values(), *broken], None
            if is_new:
                cursor = oldest if cursor is None else min(oldest, cursor)
            else:
                cursor = min(oldest, cursor or oldest)
                if len(page) >= CALLS_PER_PAGE:
                    found |= self.read_full_second(cursor)
                cursor -= STEP
            if cursor < span.from_at:
                return [*found.values(), *broken], None
        return [*found.values(), *broken], Span(span.from_at, cursor or span.from_at)

    def read_full_second(self, at: datetime) -> dict[str, Any]:
        """More calls than a page holds began in one second: asked for by direction and status."""
        found: dict[str, Any] = {}
        for direction in DIRECTIONS:
            for status in STATUSES:
                bounds = {"started_at_gt_or_eq": at.isoformat(), "started_at_lt_or_eq": at.isoformat()}
                page = self.api.calls(**bounds, direction=direction, status=status)
                found |= {identity(one): one for one in page if began_at(one) is not None}
                if len(page) >= CALLS_PER_PAGE:
                    self.say(f"More than {CALLS_PER_PAGE} calls began at {at}; some of them cannot be asked for.")
        return found

    def catch_up(self, most_pages: int) -> bool:
        """Read some of what is unread still, newest first; whether there was any. Raises `DisconnectedError`."""
        with reading() as connection:
            spans = unread_spans(connection)
        if not spans:
            return False
        span = max(spans, key=lambda one: one.to_at or EVER)
        calls, unread = self.read(span, most_pages)
        self.store(calls, span, unread)
        return True

    def store(
        self,
        calls: list[Any],
        span: Span,
        unread: Span | None,
        phones: list[Phone] | None = None,
        messages: Iterable[Any] = (),
    ) -> None:
        """Write one reading and what it leaves unread, together or not at all."""
        now = self.now()
        for one in calls:
            if isinstance(one, dict) and not one.get("endpoint_name"):
                one["endpoint_name"] = self._names.get(str(one.get("endpoint")))
        live = [one for one in calls if goes_on(one, now)]
        names = {identity(one) for one in live}
        ended = [one for one in calls if identity(one) not in names]
        changed = [one for one in ended if self._stored.get(identity(one), (now, ""))[1] != fingerprint(one)]
        with current_engine().connect() as connection:
            begin_load(connection)
            if changed:
                self.note_loads(connection, load_calls(connection, changed, self.rules, now), now)
            gone = {identity(one) for one in ended}
            if unread is None:
                gone |= self.vanished(connection, span, names)
            store_live_calls(connection, live, gone, self.rules, now)
            if phones is not None:
                store_phones(connection, phones, self.rules, now)
                store_names(connection, self._names)
                blanked_before = connection.scalar(select(database_info.c.blanked_before))
                store_voicemails(connection, list(messages), self._names, self.rules, blanked_before)
            spans = [one for one in unread_spans(connection) if one != span]
            leave_unread(connection, [*spans, *([unread] if unread else [])])
            self.note_answer(connection, now)
            connection.commit()
        self.remember(changed, now)

    def note_loads(self, connection: Connection, loads: list[LoadReport], now: datetime) -> None:
        """Record what was loaded: the first and what is much or wrong at once, the rest hourly: one record
        for each call would fill the list of loads."""
        self.report.add(loads)
        for load in loads:
            is_first = load.kind not in self._unrecorded
            before = self._unrecorded.get(load.kind)
            whole = load if before is None else together(before, load)
            is_much = whole.rows_read >= RECORDED_AT_ONCE or now - whole.started_at >= RECORDED_EVERY
            if is_first or is_much or whole.problems:
                record(connection, whole, now)
                self._unrecorded[load.kind] = None
            else:
                self._unrecorded[load.kind] = whole

    def record_the_rest(self) -> None:
        """Record what has been loaded since the last record; at the end of a run."""
        with current_engine().connect() as connection:
            begin_load(connection)
            for load in self._unrecorded.values():
                if load is not None and load.rows_read:
                    record(connection, load, self.now())
            connection.commit()
        self._unrecorded.clear()

    def vanished(self, connection: Connection, span: Span, names: set[str]) -> set[str]:
        """Calls that went on, lie in a span that was read to its end, and are not there any more."""
        in_span = live_call.c.started_at >= span.from_at
        if span.to_at is not None:
            in_span &= live_call.c.started_at <= span.to_at
        query = select(live_call.c.source_id).where(live_call.c.source == SOURCE, in_span)
        return set(connection.scalars(query)) - names

    def remember(self, changed: list[Any], now: datetime) -> None:
        """What was stored need not be written again as long as it stays the same; only what is read again is kept."""
        for one in changed:
            at = began_at(one)
            if at is not None and at > now - 2 * OVERLAP:
                self._stored[identity(one)] = (at, fingerprint(one))
        if len(self._stored) > 1000:
            self._stored = {name: kept for name, kept in self._stored.items() if kept[0] > now - 2 * OVERLAP}

    def note_answer(self, connection: Connection, now: datetime) -> None:
        held = phone_source.c
        before = connection.execute(select(held.answered_at, held.watching_since).where(held.source == SOURCE)).one()
        watches_on = before.answered_at is not None and now - before.answered_at <= WATCH_GAP
        connection.execute(
            update(phone_source)
            .where(held.source == SOURCE)
            .values(
                asked_at=now,
                answered_at=now,
                watching_since=before.watching_since if watches_on else now,
                failing_since=None,
                problem=None,
                problem_detail=None,
                clock_ahead_seconds=self.api.clock_ahead_seconds,
            )
        )

    def note_failure(self, error: DisconnectedError) -> None:
        """Say on the pages that the source does not answer, in what way, and since when."""
        held = phone_source.c
        now = self.now()
        with current_engine().connect() as connection:
            begin_load(connection)
            connection.execute(
                update(phone_source)
                .where(held.source == SOURCE)
                .values(
                    asked_at=now,
                    failing_since=func.coalesce(held.failing_since, now),
                    problem=error.problem,
                    problem_detail=str(error),
                    clock_ahead_seconds=self.api.clock_ahead_seconds,
                )
            )
            connection.commit()

    def once(self, since: datetime | None, most_pages: int = MOST_PAGES) -> SyncReport:
        """Read all that is new or unread, at most so many pages of calls. Raises `DisconnectedError`."""
        self.begin(since)
        try:
            self.poll()
            while self.report.pages < most_pages and self.catch_up(min(PAGES_AT_A_TIME, most_pages)):
                pass
        except DisconnectedError as error:
            self.note_failure(error)
            raise
        self.record_the_rest()
        with reading() as connection:
            self.report.unread = unread_spans(connection)
        self.report.bound_was_hit = bool(self.report.unread)
        return self.report

    def follow(self, since: datetime | None, poll_seconds: float = POLL_SECONDS) -> None:
        """Read again and again until the clock's `pause` says stop. What does not answer is asked again, ever later."""
        self.begin(since)
        failures = 0
        while True:
            began = self.api.clock.monotonic()
            try:
                failures = self.read_or_say_why(failures)
            except OperationalError as error:
                failures += 1
                self.say(f"The database cannot be written: {type(error.orig).__name__}")
            backed_off = min(poll_seconds * 2.0 ** min(failures, 10), LONGEST_PAUSE_SECONDS) if failures else 0.0
            took = self.api.clock.monotonic() - began
            self.api.clock.pause(max(poll_seconds - took, backed_off, 0.0))

    def read_or_say_why(self, failures: int) -> int:
        """Read once; returns how often in a row that failed."""
        try:
            self.poll()
            self.catch_up(PAGES_AT_A_TIME)
        except DisconnectedError as error:
            if not failures:
                self.say(f"Relatel does not answer as it should ({error.problem}): {error}")
            self.note_failure(error)
            return failures + 1
        if failures:
            self.say("Relatel answers again.")
        return 0


def together(earlier: LoadReport, later: LoadReport) -> LoadReport:
    newest = max((at for at in (earlier.newest_record, later.newest_record) if at), default=None)
    return replace(
        later,
        started_at=earlier.started_at,
        rows_read=earlier.rows_read + later.rows_read,
        loaded=earlier.loaded + later.loaded,
        newest_record=newest,
    )


def identity(one: Any) -> str:
    return str(one.get("call_uuid")) if isinstance(one, dict) else repr(one)


def began_at(one: Any) -> datetime | None:
    return instant_of(one.get("started_at")) if isinstance(one, dict) else None


def goes_on(one: Any, now: datetime) -> bool:
    """Whether a call has not ended yet as far as anybody knows; one dated days ahead is a mistake, taken as it is."""
    at = began_at(one)
    return at is not None and one.get("ended_at") is None and abs(at - now) < GOES_ON_FOR


def unread_spans(connection: Connection) -> list[Span]:
    held = unread_span.c
    query = select(held.from_at, held.to_at).where(held.source == SOURCE).order_by(held.from_at)
    return [Span(row.from_at, row.to_at) for row in connection.execute(query)]


def leave_unread(connection: Connection, spans: list[Span]) -> None:
    """Write what is unread still; spans that touch become one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: one.from_at):
        last = merged[-1] if merged else None
        if last is not None and last.to_at is not None and span.to_at is not None and span.from_at <= last.to_at:
            merged[-1] = Span(last.from_at, max(last.to_at, span.to_at))
        else:
            merged.append(span)
    connection.execute(delete(unread_span).where(unread_span.c.source == SOURCE))
    if merged:
        rows = [{"source": SOURCE, "from_at": one.from_at, "to_at": one.to_at} for one in merged]
        connection.execute(insert(unread_span), rows)


def phones_of(employees: list[Any]) -> list[Phone]:
    """What the employees' phones say. Raises `DisconnectedError` where there are none: an account has somebody."""
    if not employees:
        raise DisconnectedError("changed", "/employees: the list is empty")
    return [phone_of(one) for one in employees if isinstance(one, dict) and one.get("id") is not None]


def phone_of(employee: dict[str, Any]) -> Phone:
    name, number, presence = (employee.get(key) for key in ("name", "number", "live_presence"))
    return Phone(
        str(employee.get("endpoint") or f"{EMPLOYEE}{employee['id']}"),
        name if isinstance(name, str) else None,
        number if isinstance(number, str) else None,
        presence == "available",
        presence == "busy",
        employee.get("do_not_disturb") is True,
        instant_of(employee.get("dnd_timeout_at")),
    )

"""Keeping up with Relatel: read what is new, read again what may have changed, and go on where the last run ended.

What has not been read yet is itself stored, as spans of time, in the transaction that stores what was read. So a run
can end anywhere, and the next one misses nothing and repeats little.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import OperationalError

from data_access.database import versions
from data_access.database.engine import DatabaseAwayError, current_engine, reading
from data_access.database.schema import call, database_info, live_call, phone_source, unread_span
from data_access.database.writing import LOAD_PATIENCE_MS, begin_alone
from data_access.loading.load import LoadReport, record
from data_access.relatel import MOST_PAGES, SOURCE
from data_access.relatel.api import DisconnectedError, RelatelApi, StoppedError, is_documented_call
from data_access.relatel.reading import CallSpan, Reader, began_at, fingerprint, identity, instant_of
from data_access.relatel.storing import (
    Phone,
    load_calls,
    store_live_calls,
    store_names,
    store_phones,
    store_voicemails,
)
from data_access.sources.files import FileRefusedError
from data_access.sources.relatel import EMPLOYEE
from metrics.house_rules import HouseRules, HouseRulesError

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
LONGEST_PAUSE_SECONDS = 60.0
RECORDED_AT_ONCE, RECORDED_EVERY = 100, timedelta(hours=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
PATIENCE_MS = 2_000
"""How long an attempt to write waits for another writer. Between two attempts the program can be told to stop."""
CATCHES_UP_AGAIN = timedelta(minutes=5)

Say = Callable[[str], None]


@dataclass
class SyncReport:
    """What a run did: rows by kind as in a load, and what is unread still."""

    loaded: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    unread: list[CallSpan] = field(default_factory=list)
    bound_was_hit: bool = False

    def add(self, loads: Iterable[LoadReport]) -> None:
        for load in loads:
            self.loaded[load.kind] = self.loaded.get(load.kind, 0) + load.loaded
            self.rejected[load.kind] = self.rejected.get(load.kind, 0) + load.rejected


@dataclass
class Sync:
    """One run against one account. `read_rules`: the house rules in force, asked for each time, because they may change
    while it follows. `say` tells whoever watches what happens. `simulated`: the account is a simulated agency's."""

    api: RelatelApi
    read_rules: Callable[[], HouseRules]
    follows: bool
    say: Say
    simulated: bool = False
    report: SyncReport = field(default_factory=SyncReport)
    _stored: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _unrecorded: dict[str, LoadReport | None] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _trouble: DisconnectedError | None = None
    _names_read_at: datetime = EVER
    _overlap_read_at: datetime = EVER
    _catches_up_at: datetime = EVER

    def __post_init__(self) -> None:
        self.rules = self.read_rules()
        self.reader = Reader(self.api, self.say)

    def now(self) -> datetime:
        return self.api.clock.now()

    def begin(self, since: datetime | None) -> None:
        """Note what is to be read beyond what is stored. Raises `FileRefusedError` where simulated data and own data
        would mix."""
        with current_engine().connect() as connection:
            versions.require_up_to_date(connection)
            if bool(connection.scalar(select(database_info.c.simulated))) != self.simulated:
                raise FileRefusedError(
                    "this database holds no simulated year"
                    if self.simulated
                    else "this database holds a simulated year; own data need one of their own"
                )
        with self.writing() as connection:
            source = connection.execute(select(phone_source).where(phone_source.c.source == SOURCE)).first()
            if source is None:
                connection.execute(insert(phone_source).values(source=SOURCE, follows=self.follows))
            read_from = source.read_from if source else None
            values: dict[str, Any] = {"follows": self.follows or (source is not None and self.is_followed(source))}
            if read_from is None:
                values["read_from"] = since or self.now() - FIRST_READ
                leave_unread(connection, [CallSpan(values["read_from"], self.now())])
            elif since is not None and since < read_from:
                values["read_from"] = since
                leave_unread(connection, [*unread_spans(connection), CallSpan(since, read_from)])
            connection.execute(update(phone_source).where(phone_source.c.source == SOURCE).values(**values))

    def is_followed(self, source: Any) -> bool:
        """Another run follows it, or did today: one that reads once beside it must not switch the live pages off."""
        return source.follows and source.answered_at is not None and self.now() - source.answered_at < timedelta(days=1)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction beside which no load runs. Whoever waits for one hears that the program should stop."""
        gives_up = self.api.clock.monotonic() + LOAD_PATIENCE_MS / 1000
        while True:
            with current_engine().connect() as connection:
                try:
                    begin_alone(connection, PATIENCE_MS)
                except (OperationalError, DatabaseAwayError):
                    if self.api.clock.monotonic() > gives_up:
                        raise
                    self.api.clock.pause(1)
                    continue
                yield connection
                connection.commit()
                return

    def poll(self) -> None:
        """Read what is new, what may have changed since, and the phones. Raises `DisconnectedError`.

        Calls are read and stored also where the lists beside them are refused; then the pages say so.
        """
        began = self.now()
        self.rules, self._trouble = self.read_rules(), None
        employees = self.listed("/employees", "employees")
        phones = self.phones_of(employees)
        if began - self._names_read_at >= NAMES_EVERY:
            self.read_names()
        is_overlap = began - self._overlap_read_at >= OVERLAP_EVERY
        span = self.recent_span(began, OVERLAP if is_overlap else RECENT, every_live_call=is_overlap)
        calls, unread = self.reader.read(span, PAGES_AT_A_TIME, knows_calls=self.knows_calls())
        messages = self.listed("/voice_mails", "voice_mails") if is_overlap else None
        self.store(calls, span, unread, Poll(began, phones, messages))
        if is_overlap:
            self._overlap_read_at = began

    def listed(self, path: str, name: str) -> list[Any] | None:
        """A list beside the calls; None where it is refused, which is noted."""
        try:
            return self.api.listed(path, name)
        except DisconnectedError as error:
            self._trouble = self._trouble or error
            return None

    def phones_of(self, employees: list[Any] | None) -> list[Phone] | None:
        """What the employees' phones say, each once. An account has somebody: none at all is a fault that is noted."""
        if employees is None:
            return None
        usable = [entry for entry in employees if isinstance(entry, dict) and isinstance(entry.get("id"), int | str)]
        if not usable:
            self._trouble = self._trouble or DisconnectedError("changed", "/employees: the list names nobody")
            return None
        return list({phone.endpoint: phone for phone in map(phone_of, usable)}.values())

    def read_names(self) -> None:
        for path, kind in (("/employee_groups", "EmployeeGroup"), ("/receptions", "Reception")):
            for entry in self.listed(path, path.removeprefix("/")) or []:
                if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                    self._names[str(entry.get("endpoint") or f"{kind}#{entry.get('id')}")] = entry["name"]
        self._names_read_at = self.now()

    def knows_calls(self) -> bool:
        """Whether an empty list of calls is a fault. A simulated agency tells of the calls since it was started."""
        if self.simulated:
            return False
        with reading() as connection:
            return connection.scalar(select(call.c.id).where(call.c.source == SOURCE).limit(1)) is not None

    def recent_span(self, now: datetime, length: timedelta, *, every_live_call: bool) -> CallSpan:
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
        from_at = min(at for at in (newest, answered, now) if at is not None) - length
        return CallSpan(min(from_at, oldest or from_at), None)

    def catch_up(self, most_pages: int) -> bool:
        """Read some of what is unread still, newest first; whether there was any. Raises `DisconnectedError`."""
        with reading() as connection:
            spans = unread_spans(connection)
        if not spans:
            return False
        span = spans[-1]  # the latest
        calls, unread = self.reader.read(span, most_pages, knows_calls=False)
        self.store(calls, span, unread)
        return True

    def store(self, calls: list[Any], span: CallSpan, unread: CallSpan | None, poll: "Poll | None" = None) -> None:
        """Write one reading and what it leaves unread, together or not at all."""
        now = self.now()
        for told in calls:
            if isinstance(told, dict) and not told.get("endpoint_name"):
                told["endpoint_name"] = self._names.get(str(told.get("endpoint")))
        live = [told for told in calls if goes_on(told, now)]
        names = {identity(told) for told in live}
        ended = [told for told in calls if identity(told) not in names]
        changed = [told for told in ended if self._stored.get(identity(told), (now, ""))[1] != fingerprint(told)]
        with self.writing() as connection:
            if changed:
                self.note_loads(connection, load_calls(connection, changed, self.rules, now), now)
            gone = {identity(told) for told in ended}
            if unread is None:
                gone |= self.vanished(connection, span, names)
            store_live_calls(connection, live, gone, self.rules, now)
            if poll is not None:
                self.store_poll(connection, poll)
            spans = [other for other in unread_spans(connection) if other != span]
            leave_unread(connection, [*spans, *([unread] if unread else [])])
        self.remember(changed, now)

    def store_poll(self, connection: Connection, poll: "Poll") -> None:
        """Write what was read beside the calls, as of the moment at which it was asked for."""
        if poll.phones is not None:
            store_phones(connection, poll.phones, self.rules, poll.began)
        store_names(connection, self._names)
        if poll.messages is not None:
            blanked_before = connection.scalar(select(database_info.c.blanked_before))
            store_voicemails(connection, poll.messages, self._names, self.rules, blanked_before)
        self.note_answer(connection, poll.began)

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
        with self.writing() as connection:
            for load in self._unrecorded.values():
                if load is not None and load.rows_read:
                    record(connection, load, self.now())
        self._unrecorded.clear()

    def vanished(self, connection: Connection, span: CallSpan, names: set[str]) -> set[str]:
        """Calls that went on, lie in a span that was read to its end, and are not there any more."""
        in_span = live_call.c.started_at >= span.from_at
        if span.to_at is not None:
            in_span &= live_call.c.started_at <= span.to_at
        query = select(live_call.c.source_id).where(live_call.c.source == SOURCE, in_span)
        return set(connection.scalars(query)) - names

    def remember(self, changed: list[Any], now: datetime) -> None:
        """What was stored need not be written again as long as it stays the same; only what is read again is kept."""
        for told in changed:
            at = began_at(told) or now
            if at > now - 2 * OVERLAP:
                self._stored[identity(told)] = (at, fingerprint(told))
        if len(self._stored) > 1000:
            self._stored = {name: kept for name, kept in self._stored.items() if kept[0] > now - 2 * OVERLAP}

    def note_answer(self, connection: Connection, at: datetime) -> None:
        """Note that it answered what was asked at an instant; `_trouble`: but for a list beside the calls."""
        source, trouble = phone_source.c, self._trouble
        before = connection.execute(
            select(source.answered_at, source.watching_since).where(source.source == SOURCE)
        ).one()
        watches_on = before.answered_at is not None and at - before.answered_at <= WATCH_GAP
        wrong = {
            "failing_since": func.coalesce(source.failing_since, at) if trouble else None,
            "problem": trouble.problem if trouble else None,
            "problem_detail": str(trouble) if trouble else None,
        }
        self.note(connection, answered_at=at, watching_since=before.watching_since if watches_on else at, **wrong)

    def note_failure(self, error: DisconnectedError) -> None:
        """Say on the pages that the source does not answer, in what way, and since when."""
        now = self.now()
        failing_since = func.coalesce(phone_source.c.failing_since, now)
        with self.writing() as connection:
            self.note(connection, failing_since=failing_since, problem=error.problem, problem_detail=str(error))

    def note(self, connection: Connection, **values: Any) -> None:
        values |= {"asked_at": self.now(), "clock_ahead_seconds": self.api.clock_ahead_seconds}
        connection.execute(update(phone_source).where(phone_source.c.source == SOURCE).values(**values))

    def once(self, since: datetime | None, most_pages: int = MOST_PAGES) -> SyncReport:
        """Read all that is new or unread, at most so many pages of calls. Raises `DisconnectedError`."""
        self.begin(since)
        try:
            with unexpected_errors_as_source_faults():
                self.poll()
                while self.reader.pages < most_pages and self.catch_up(min(PAGES_AT_A_TIME, most_pages)):
                    pass
        except DisconnectedError as error:
            self.note_failure(error)
            raise
        self.record_the_rest()
        with reading() as connection:
            self.report.unread = unread_spans(connection)
        self.report.bound_was_hit = bool(self.report.unread)
        if self._trouble:
            raise self._trouble
        return self.report

    def follow(self, since: datetime | None, poll_seconds: float = POLL_SECONDS) -> None:
        """Read again and again until the clock's `pause` says stop. What does not answer is asked again, ever later."""
        self.begin(since)
        failures = 0
        while True:
            began, error = self.api.clock.monotonic(), self.read_or_say_why(is_first=not failures)
            if error is None and failures:
                self.say("Relatel answers again.")
            failures = 0 if error is None else failures + 1
            backed_off = min(poll_seconds * 2.0 ** min(failures, 10), LONGEST_PAUSE_SECONDS) if failures else 0.0
            asked_for = getattr(error, "retry_after_seconds", None) or 0.0
            took = self.api.clock.monotonic() - began
            self.api.clock.pause(max(poll_seconds - took, backed_off, asked_for))

    def read_or_say_why(self, *, is_first: bool) -> Exception | None:
        """Read once; returns what was wrong with what is read now. What is unread of before waits when it fails."""
        try:
            try:
                with unexpected_errors_as_source_faults():
                    self.poll()
            except DisconnectedError as error:
                if is_first:
                    self.say(f"Relatel does not answer as it should ({error.problem}): {error}")
                self.note_failure(error)
                return error
            self.catch_up_now_and_then()
        except (OperationalError, DatabaseAwayError, HouseRulesError) as error:
            if is_first:
                self.say(f"It cannot be stored: {type(error).__name__}")
            return error
        return None

    def catch_up_now_and_then(self) -> None:
        if self.now() < self._catches_up_at:
            return
        try:
            with unexpected_errors_as_source_faults():
                self.catch_up(PAGES_AT_A_TIME)
        except DisconnectedError as error:
            self.say(f"What is unread of before cannot be read ({error.problem}): {error}")
            self._catches_up_at = self.now() + CATCHES_UP_AGAIN


@dataclass(frozen=True)
class Poll:
    """What is read beside the calls: when it was asked for, the phones and the voicemails (missing: not read)."""

    began: datetime
    phones: list[Phone] | None
    messages: list[Any] | None


@contextmanager
def unexpected_errors_as_source_faults() -> Iterator[None]:
    """An unexpected exception while reading Relatel is recorded as a fault of the source, and reading is tried
    again."""
    try:
        yield
    except (DisconnectedError, StoppedError, OperationalError, DatabaseAwayError, HouseRulesError):
        raise
    except Exception as error:
        raise DisconnectedError("changed", f"cannot be used: {type(error).__name__}") from error


def together(earlier: LoadReport, later: LoadReport) -> LoadReport:
    newest = max((at for at in (earlier.newest_record, later.newest_record) if at), default=None)
    return replace(
        later,
        started_at=earlier.started_at,
        rows_read=earlier.rows_read + later.rows_read,
        loaded=earlier.loaded + later.loaded,
        newest_record=newest,
    )


def goes_on(record: Any, now: datetime) -> bool:
    """Whether a call has not ended yet as far as anybody knows; one dated days ahead is a mistake, taken as it is."""
    at = began_at(record)
    return at is not None and is_documented_call(record) and not record.get("ended_at") and abs(at - now) < GOES_ON_FOR


def unread_spans(connection: Connection) -> list[CallSpan]:
    unread = unread_span.c
    query = select(unread.from_at, unread.to_at).where(unread.source == SOURCE).order_by(unread.from_at)
    return [CallSpan(row.from_at, row.to_at) for row in connection.execute(query)]


def leave_unread(connection: Connection, spans: list[CallSpan]) -> None:
    """Write what is unread still; spans that touch become one."""
    merged: list[CallSpan] = []
    for span in sorted(spans, key=lambda stretch: stretch.from_at):
        last = merged[-1] if merged else None
        if last is not None and last.to_at is not None and span.to_at is not None and span.from_at <= last.to_at:
            merged[-1] = CallSpan(last.from_at, max(last.to_at, span.to_at))
        else:
            merged.append(span)
    connection.execute(delete(unread_span).where(unread_span.c.source == SOURCE))
    if merged:
        rows = [{"source": SOURCE, "from_at": stretch.from_at, "to_at": stretch.to_at} for stretch in merged]
        connection.execute(insert(unread_span), rows)


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

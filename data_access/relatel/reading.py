"""Reading Relatel's calls newest first, span by span, past everything that its paging is known to do."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from data_access.relatel.api import CALLS_PER_PAGE, DisconnectedError, RelatelApi

DIRECTIONS = ("incoming", "outgoing")
STATUSES = ("new", "ringing", "answered", "missed", "voicemail", "orphaned")
JUST_BEFORE = timedelta(milliseconds=1)
ONE_SECOND = timedelta(seconds=1)
SAME_SECOND_TRIES = 3


@dataclass(frozen=True)
class CallSpan:
    """Calls that began between two instants, both included; without an end, until now."""

    from_at: datetime
    to_at: datetime | None


@dataclass
class Reader:
    """Reads spans of calls. `say` is told what cannot be read. `pages` counts the pages asked for."""

    api: RelatelApi
    say: Callable[[str], None]
    pages: int = 0

    def read(self, span: CallSpan, most_pages: int, *, knows_calls: bool) -> tuple[list[Any], CallSpan | None]:
        """A span's calls, each once, and what of the span is unread still: after so many pages, or where it fails after
        some. `knows_calls`: there were calls before, so an empty list is a fault.

        A page ends nothing by being short. The last call of a page comes again with the next, and so does everything
        of its second; where nothing else comes, what is older than that second is asked for. Raises
        `DisconnectedError` where not even the first page can be read.
        """
        calls: dict[str, Any] = {}
        cursor, last_page = span.to_at, self.pages + most_pages
        while self.pages < last_page:
            try:
                page = self.page_until(cursor, knows_calls=knows_calls)
                is_news = bool({identity(call) for call in page} - set(calls))
                calls |= {identity(call): call for call in page}
                if page and not is_news and cursor is not None:
                    calls |= self.second_of(cursor, set(calls))
            except DisconnectedError:
                if not calls:
                    raise
                break
            if not page or has_passed(page, span.from_at):
                return list(calls.values()), None
            oldest = min(at for call in page if (at := began_at(call)) is not None and at >= span.from_at)
            cursor = oldest if cursor is None else min(oldest, cursor)
            if not is_news:
                cursor = whole_second(cursor) - JUST_BEFORE
            if cursor < span.from_at:
                return list(calls.values()), None
        return list(calls.values()), CallSpan(span.from_at, cursor or span.from_at)

    def page_until(self, cursor: datetime | None, *, knows_calls: bool) -> list[Any]:
        """The page of the newest calls, or of those that began until the cursor. An empty one is asked for again before
        it is believed."""
        page = self.page(cursor) or self.page(cursor)
        if not page and cursor is None and knows_calls:
            raise DisconnectedError("changed", "/calls: the list is empty, although there were calls before")
        began = [at for call in page if (at := began_at(call)) is not None]
        if page and not began:
            raise DisconnectedError("changed", "/calls: no call says when it began")
        later = 0 if cursor is None else sum(at > cursor + ONE_SECOND for at in began)
        if later * 2 > len(began):
            raise DisconnectedError("changed", "/calls: a page holds later calls than were asked for")
        return page

    def page(self, cursor: datetime | None) -> list[Any]:
        self.pages += 1
        return self.api.calls(**({} if cursor is None else {"started_at_lt_or_eq": cursor.isoformat()}))

    def second_of(self, cursor: datetime, known: set[str]) -> dict[str, Any]:
        """What is not known yet of the second that ends with the cursor: a short page may have held back some of it."""
        bounds = {"started_at_gt_or_eq": whole_second(cursor).isoformat(), "started_at_lt_or_eq": cursor.isoformat()}
        calls: dict[str, Any] = {}
        for _ in range(SAME_SECOND_TRIES):
            page = self.api.calls(**bounds)
            self.pages += 1
            if len(page) >= CALLS_PER_PAGE:
                return calls | self.full_second(bounds)
            news = {identity(call): call for call in page if identity(call) not in known | set(calls)}
            if not news:
                break
            calls |= news
        return calls

    def full_second(self, bounds: dict[str, str]) -> dict[str, Any]:
        """More calls than a page holds began in one second: asked for by direction and status."""
        calls: dict[str, Any] = {}
        for direction in DIRECTIONS:
            for status in STATUSES:
                page = self.api.calls(**bounds, direction=direction, status=status)
                self.pages += 1
                calls |= {identity(call): call for call in page}
                if len(page) >= CALLS_PER_PAGE:
                    at = bounds["started_at_lt_or_eq"]
                    self.say(f"More than {CALLS_PER_PAGE} calls began at {at}; some of them cannot be asked for.")
        return calls


def has_passed(page: list[Any], from_at: datetime) -> bool:
    """Whether a page, newest first, reaches below an instant: its last two calls began before it. One alone may be a
    call with a wrong date."""
    began = [at for call in page if (at := began_at(call)) is not None]
    return all(at < from_at for at in began) or (len(began) > 1 and max(began[-2:]) < from_at)


def whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def fingerprint(record: Any) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def identity(record: Any) -> str:
    """What tells a call from others: its id, or all that it says where it has none."""
    name = record.get("call_uuid") if isinstance(record, dict) else None
    return name if isinstance(name, str) else fingerprint(record)


def instant_of(text: Any) -> datetime | None:
    """An instant as the source writes it; None where it is none, or has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return None if moment.tzinfo is None or not 1970 <= moment.year <= 2199 else moment


def began_at(record: Any) -> datetime | None:
    return instant_of(record.get("started_at")) if isinstance(record, dict) else None

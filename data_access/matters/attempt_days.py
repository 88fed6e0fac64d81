"""The attempt days of requests (A1), and who had to act on each: worked out once for the stored ones and the lists."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from data_access.matters.directory import Directory
from data_access.matters.matter import Matter
from metrics.attempts import attempt_days
from metrics.calendar import local_to_utc
from metrics.callbacks import Holder, Verdict
from metrics.routing import CaseHandler


class AttemptDays:
    """The attempt days of any number of requests, with one directory."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.agent_of = lru_cache(maxsize=None)(self.find_agent)

    def find_agent(self, owner: int | None, desk: str, day: date) -> int | None:
        """Who has it or, while they are away all day, the buddy (B5); where both are away nobody."""
        midnight = local_to_utc(day, 0, self.directory.rules)
        if owner is None or not self.directory.is_away_for_the_day(owner, midnight, desk):
            return owner
        buddy = self.directory.buddy_of(owner, day)
        is_there = buddy is not None and self.directory.is_active(buddy, midnight)
        return buddy if is_there and not self.directory.is_away_for_the_day(buddy or 0, midnight, desk) else None

    def of(self, matter: Matter, judged: Verdict, now: datetime) -> Iterable[dict[str, Any]]:
        """The rows of `attempt_day` that a request has up to `now`."""
        for day in attempt_days(matter.request, judged, self.directory.rules, now):
            agent_id = self.agent_of(day.holder.agent_id, day.holder.desk, day.day)
            is_the_buddy = agent_id != day.holder.agent_id or is_cover(matter.handlers, day.holder)
            yield {
                "callback_id": matter.facts.callback_id,
                "local_date": day.day,
                "agent_id": agent_id,
                "desk": day.holder.desk,
                "first_call": day.first_call,
                "second_call": day.second_call,
                "message": day.message,
                "noted": day.noted,
                "calls": len(day.calls),
                "is_due": day.is_due,
                "is_kept": day.is_kept,
                "is_cover": agent_id is not None and is_the_buddy,
            }


def is_cover(handlers: tuple[CaseHandler, ...], holder: Holder) -> bool:
    """Whether somebody has a request as the buddy of a case handler who was away when it, or a reminder, came (R5)."""
    covered = (handler.buddy_id for handler in handlers if handler.is_away)
    return holder.agent_id is not None and holder.agent_id in covered

"""Rules K1 and B2 for a hand-over: who is no longer active, and whether KC still keeps its four days afterwards."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Traces:
    """What is on record of a case handler: the days are missing where there is nothing.

    `left_on`: the first day no longer employed. `last_call`: taken or dialled. `last_note`: also an attempt noted or a
    message written. `last_shift`: before today. `next_shift`: the first one from today on. `is_on_phones`: who is not
    leaves no traces. `back_since`: the last day of the latest absence, or the first day employed. `known_since`,
    `known_until`: the days that phone log and notes both cover.
    """

    left_on: date | None = None
    is_disabled: bool = False
    is_listed: bool = False
    is_away: bool = False
    is_on_phones: bool = True
    back_since: date | None = None
    last_call: date | None = None
    last_note: date | None = None
    last_shift: date | None = None
    next_shift: date | None = None
    known_since: date | None = None
    known_until: date | None = None

    @property
    def last_seen(self) -> date | None:
        """The latest day with a call, a note or a shift."""
        return max((day for day in (self.last_call, self.last_note, self.last_shift) if day), default=None)


def why_no_longer_active(traces: Traces, today: date, silent_days: int) -> str | None:
    """Why a case handler counts as no longer active (K1), or None where they are active.

    left: no longer employed, and no call or note since. disabled: their access is switched off. listed: on KC's list in
    force; with a shift ahead, whoever hands over is asked twice. silent: no call, note or shift for `silent_days`,
    though phone log and notes reach back that far, nobody knows of an absence, and no shift is ahead.
    """
    if traces.left_on is not None and traces.left_on <= today and not has_worked_since(traces, traces.left_on):
        return "left"
    if traces.is_disabled:
        return "disabled"
    if traces.is_listed:
        return "listed"
    if traces.next_shift is not None:
        return None
    return "silent" if is_silent(traces, silent_days) else None


def has_worked_since(traces: Traces, day: date) -> bool:
    return any(worked >= day for worked in (traces.last_call, traces.last_note) if worked)


def is_silent(traces: Traces, silent_days: int) -> bool:
    """Neither call, note nor shift in the last `silent_days` that the sources cover, by somebody who works on the
    phones, is not away, and was there all that time."""
    if traces.is_away or not traces.is_on_phones or traces.known_since is None or traces.known_until is None:
        return False
    silence_begins = traces.known_until - timedelta(days=silent_days)
    last = max((day for day in (traces.last_seen, traces.back_since) if day), default=traces.known_since)
    return traces.known_since <= silence_begins and last <= silence_begins


@dataclass(frozen=True)
class DeskLoad:
    """What a desk has to do: open requests, and how many a day come and are finished, over the same past days."""

    open_requests: int
    arriving_per_day: float
    finished_per_day: float

    @property
    def days_to_clear(self) -> float | None:
        """How long the open requests take at the present rate; None where nothing is being finished."""
        if self.open_requests == 0:
            return 0.0
        return self.open_requests / self.finished_per_day if self.finished_per_day > 0 else None


def keeps_its_target(load: DeskLoad, target: timedelta) -> bool:
    """Whether who asks today is answered within the target (B2): the open ones are cleared before it has passed."""
    days = load.days_to_clear
    return days is not None and timedelta(days=days) <= target


def grows(load: DeskLoad) -> bool:
    """Whether more requests come than are finished: then no target is kept for long."""
    return load.arriving_per_day > load.finished_per_day

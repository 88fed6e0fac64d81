"""Contact attempts in words: the steps of the pattern, what is missing, and why somebody must follow it."""

from datetime import datetime
from typing import Any

import pandas as pd

from metrics.callbacks import OPEN_STATES
from pages.parts.wording import _, short_time, weekday_names
from pages.parts.words import PATTERN_REASONS, STEP_NAMES

BOTH_CALLS = ("first_call second_call", "two_calls")


def steps_in_words(codes: str) -> str:
    """Steps in the order in which they are to be made: second call, then SMS or mail."""
    return _(", then ").join(_(STEP_NAMES[code]) for code in codes.replace(*BOTH_CALLS).split())


def why_words(codes: str) -> str:
    return ", ".join(_(PATTERN_REASONS[code]) for code in codes.split())


def next_step(row: Any, now: datetime) -> str:
    """What comes next for one request: a step of today, the first call before it is due, or the next day's calls."""
    if row.state not in OPEN_STATES:
        return _("ended")
    if row.missing_today:
        return _("today: {steps}", steps=steps_in_words(row.missing_today))
    if pd.isna(row.last_attempt_at) and row.due_at >= now:
        return _("first call before {time}", time=short_time(row.due_at, now))
    if pd.isna(row.next_day):
        return _("the same again")
    day = f"{weekday_names()[row.next_day.weekday()]} {row.next_day:%d.%m.}"
    return _("{day}: first call", day=day) if pd.isna(row.last_attempt_at) else _("{day}: the same again", day=day)

"""Verdicts on callbacks in words: as a colleague would say them, each with its rule."""

from datetime import datetime
from typing import Any

import pandas as pd

from metrics.callbacks import PromiseVerdict
from pages.parts.wording import NOTHING, _, lateness, short_time
from pages.parts.words import DESK_LABELS, PROMISE_STATES


def verdict_words(row: Any, now: datetime) -> str:
    """A verdict as a colleague would say it, with its rule."""
    due = short_time(row.due_at, now)
    if row.state == "overdue":
        late = lateness(int(row.minutes_late))
        text = (
            _("{length} too late: promised {time}", length=late, time=due)
            if row.rule == "B4"
            else _("{length} too late: due {time}", length=late, time=due)
        )
    else:
        text = _("promised {time}", time=due) if row.rule == "B4" else _("due {time}", time=due)
    text = f"{text} ({row.rule})"
    if row.unkeepable:
        text += " · " + _("nobody is on shift to keep the promise (B4)")
    return text


def owner_words(row: Any) -> str:
    """Who has to act now, and why."""
    match row.owner_why:
        case "desk":
            return _(DESK_LABELS.get(row.desk, row.desk))
        case "buddy":
            return _("{buddy} for {agent}, who is away", buddy=row.owner, agent=row.covered_for)
        case "nobody_there":
            return _("{agent}, away, and so is the buddy", agent=row.owner)
        case "gone":
            return _("{agent}, no longer with us", agent=row.owner)
        case _:
            return str(row.owner)


def preferred_words(row: Any, now: datetime) -> str:
    if pd.isna(row.preferred_from):
        return NOTHING if pd.isna(row.preferred_to) else _("until {time}", time=short_time(row.preferred_to, now))
    until = "" if pd.isna(row.preferred_to) else f"–{short_time(row.preferred_to, row.preferred_to)}"
    return f"{short_time(row.preferred_from, now)}{until}"


def promise_words(judged: PromiseVerdict, now: datetime) -> str:
    """What became of one promise (B4)."""
    promised = short_time(judged.promise.to_at, now)
    if judged.state != "broken":
        return _("Promised {time}: {state} (B4).", time=promised, state=_(PROMISE_STATES[judged.state]))
    late = lateness(judged.minutes_late)
    if judged.attempted_at is None:
        return _("{length} too late: promised {time}, nobody has rung (B4).", length=late, time=promised)
    attempt = short_time(judged.attempted_at, now)
    return _(
        "{length} too late: promised {time}, next attempt {attempt} (B4).", length=late, time=promised, attempt=attempt
    )

"""Verdicts on callbacks in words: as a colleague would say them, each with its rule."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from metrics.callbacks import PromiseVerdict
from pages.parts.wording import _, age, lateness, ngettext, short_time
from pages.parts.words import DESK_LABELS, PROMISE_STATES, TOPIC_LABELS

SAID_AS_TIME_LEFT = timedelta(hours=3)
"""So short before a deadline the time that is left says more than the clock."""


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


def time_left(due_at: datetime, now: datetime) -> str:
    """How a deadline stands, in a word or two: 45 hours over, in 15 min, tomorrow 10:11."""
    if due_at < now:
        return _("{length} over", length=length_words(now - due_at))
    if due_at - now < SAID_AS_TIME_LEFT:
        return _("in {length}", length=lateness(int((due_at - now) / timedelta(minutes=1))))
    return short_time(due_at, now)


def length_words(length: timedelta) -> str:
    minutes = int(length / timedelta(minutes=1))
    return _("{minutes} min", minutes=minutes) if minutes < 60 else age(timedelta(minutes=minutes))


def calls_words(row: Any, now: datetime) -> str:
    """How often somebody has called, and when last."""
    if row.attempts == 0 or pd.isna(row.last_called_at):
        return _("nobody yet")
    return ngettext(
        "once, {time}", "{count} calls, last {time}", int(row.attempts), time=short_time(row.last_called_at, now)
    )


def topic_words(topic: str, reminders: int) -> str:
    """What it is about, and how often the customer has asked again (B7)."""
    about = _(TOPIC_LABELS.get(topic, topic))
    if not reminders:
        return about
    return about + " · " + ngettext("asked again", "asked again {count} times", reminders)


def taken_words(by: str | None, at: datetime, now: datetime) -> str:
    """Who has taken a request, and when."""
    who = _("somebody at this computer") if by is None or pd.isna(by) else by
    return _("{who} has taken it, {time}", who=who, time=short_time(at, now))


def taken_briefly(by: str | None, at: datetime, now: datetime) -> str:
    """The same, short enough for a list."""
    time = short_time(at, now)
    return _("taken, {time}", time=time) if pd.isna(by) else _("taken by {who}, {time}", who=by, time=time)


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
    """When the customer would like to be called; a time that has passed says so."""
    if pd.isna(row.preferred_from):
        if pd.isna(row.preferred_to):
            return _("any time")
        words = _("until {time}", time=short_time(row.preferred_to, now))
    else:
        words = short_time(row.preferred_from, now)
        if pd.isna(row.preferred_to):
            words = _("from {time}", time=words)
        else:
            words += f"–{short_time(row.preferred_to, row.preferred_to)}"
    return _("{time} (passed)", time=words) if has_passed(row, now) else words


def preferred_ahead(row: Any, now: datetime) -> str:
    """As `preferred_words`, for a list: nothing of a time that has passed, because it asks for nothing any more."""
    return "" if has_passed(row, now) else preferred_words(row, now)


def has_passed(row: Any, now: datetime) -> bool:
    return not pd.isna(row.preferred_to) and row.preferred_to < now


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

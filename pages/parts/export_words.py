"""What columns and codes of an export are called in a file that people read: as on screen, in the reader's language.

The CSV keeps names and codes, so that a program that reads it every week needs no translation.
"""

from collections.abc import Callable, Mapping

import pandas as pd

from metrics.figures import FIGURES, N_
from pages.parts.absence_words import CHANNELS, KINDS, NOTICE_STATES
from pages.parts.attempt_words import steps_in_words, why_words
from pages.parts.log_words import ACTIONS, PAGES, details_in_words
from pages.parts.wording import _
from pages.parts.words import (
    DESK_LABELS,
    FOLLOW_UP_WORDS,
    OUTCOME_LABELS,
    SCALE_LABELS,
    SIGNAL_EXPLANATIONS,
    SIGNAL_KINDS,
    SIGNAL_STATES,
    STATE_LABELS,
    STEP_NAMES,
    STEP_STATES,
    TOPIC_LABELS,
)

DAYS = tuple(f"day_{number}" for number in range(1, 6))
LABELS = {
    "customer": N_("Customer"),
    "topic": N_("Topic"),
    "owner": N_("Who acts"),
    "owner_why": N_("Why they"),
    "covered_for": N_("Covers for"),
    "desk": N_("Desk"),
    "state": N_("State"),
    "rule": N_("Rule"),
    "due_at": N_("Deadline"),
    "minutes_late": N_("Minutes late"),
    "waited_minutes": N_("Minutes waited"),
    "attempts": N_("Attempts"),
    "reminders": N_("Asked again"),
    "created_at": N_("Message written"),
    "preferred_from": N_("Best called from"),
    "preferred_to": N_("Best called until"),
    "phone": N_("Phone"),
    "told_at": N_("Told how long it takes"),
    "promised_to": N_("Promised"),
    "promise_broken": N_("Promise broken"),
    "unkeepable": N_("Nobody on shift can keep it"),
    "last_called_at": N_("Last called"),
    "taken_by": N_("Taken by"),
    "taken_at": N_("Taken at"),
    "to_do": N_("What to do"),
    "pattern": N_("Must follow the pattern because"),
    "missing_today": N_("Missing today"),
    "next_day": N_("Next day"),
    "days_due": N_("Days due"),
    "days_kept": N_("Days kept"),
    "last_attempt_at": N_("Last attempt"),
    "is_not_reached_for_long": N_("Not reached for many working days"),
    **{day: N_("Day {number}") for day in DAYS},
    "agent": N_("Agent"),
    "name": N_("Name"),
    "team": N_("Team"),
    **{name: OUTCOME_LABELS[name] for name in OUTCOME_LABELS},
    "talk_seconds": N_("Seconds talked"),
    "timed_talks": N_("Talks with a length"),
    "timed_answers": N_("Answers with a time"),
    "answer_seconds": N_("Seconds until answered"),
    "rang": N_("Rang"),
    "received": N_("Received"),
    "faults": N_("Configuration faults"),
    "time_to_answer_seconds": N_("Mean seconds until answered"),
    "talk_time_seconds": N_("Mean seconds of talk"),
    "answer_rate": N_("Answer rate"),
    "rate": N_("Rate"),
    **dict.fromkeys(("rate_low", "low"), N_("Interval from")),
    **dict.fromkeys(("rate_high", "high"), N_("Interval to")),
    "kind": N_("Kind"),
    "first_day": N_("First day"),
    "last_day": N_("Last day"),
    "starts_at": N_("From"),
    "ends_at": N_("Until"),
    "requested_on": N_("Asked on"),
    "channel": N_("Asked by"),
    "days_given": N_("Days' notice"),
    "latest_day": N_("At the latest on"),
    "is_on_the_last_day": N_("Told on the last day"),
    "added_from": N_("Longer since"),
    "is_not_a_reason": N_("No reason to be off the phones"),
    "right_channel": N_("Right channel"),
    "got_a_copy": N_("Copy sent"),
    "buddy": N_("Buddy"),
    "is_planned": N_("Planned"),
    "is_upcoming": N_("Lies ahead"),
    "in_period": N_("In the period"),
    "measure": N_("In what"),
    "successes": N_("Successes"),
    "cases": N_("Cases"),
    "expected_rate": N_("Expected rate"),
    "against": N_("Compared with"),
    "shrunken_rate": N_("Rate, drawn to the mean"),
    "p_value": N_("Chance alone (p)"),
    "since": N_("Since"),
    "explanations": N_("What could explain it"),
    "week": N_("Week from"),
    "expected": N_("Expected"),
    "answered_at": N_("Answered"),
    "scale": N_("Scale"),
    "score": N_("Score"),
    "has_comment": N_("With a comment"),
    "followed_up_by": N_("Called by"),
    "followed_up_at": N_("Called at"),
    "follow_up_outcome": N_("What came of it"),
    "conversations": N_("Conversations"),
    "conversations_noted": N_("Conversations noted"),
    "dialled": N_("Calls dialled"),
    "dialled_noted": N_("Calls dialled and noted"),
    "attempts_without_call": N_("Noted attempts without a call"),
    "attempts_unverifiable": N_("Noted attempts that cannot be checked"),
    "former_owner": N_("Former case handler"),
    "new_owner": N_("New owner"),
    "from_date": N_("Since"),
    "at": N_("Time"),
    "by": N_("Who"),
    "action": N_("What they did"),
    "page": N_("Page"),
    "about": N_("About colleague"),
    "purpose": N_("Purpose"),
    "details": N_("Details"),
}
WHY = {
    "handler": N_("their customer"),
    "receiver": N_("sent to them"),
    "buddy": N_("buddy of who is away"),
    "nobody_there": N_("away, and so is the buddy"),
    "gone": N_("no longer with us"),
    "desk": N_("the desk's"),
}
TO_DO = {
    "call_first": N_("call: nobody has called yet"),
    "call_again": N_("call again, in time"),
    "late_never_called": N_("overdue: call, nobody has called"),
    "late_called": N_("overdue: call again"),
    "hand_over": N_("hand over"),
    "find_cover": N_("find cover"),
    "later": N_("later"),
}
AGAINST = {"peers": N_("colleagues"), "rule": N_("the rule"), "own_past": N_("their own past")}
MEASURES = {name: figure.label for name, figure in FIGURES.items()}
CODES: dict[str, Mapping[str, str]] = {
    "topic": TOPIC_LABELS,
    "desk": DESK_LABELS,
    "owner_why": WHY,
    "to_do": TO_DO,
    "state": STATE_LABELS | NOTICE_STATES | SIGNAL_STATES,
    "action": ACTIONS,
    "page": PAGES,
    "kind": KINDS | SIGNAL_KINDS | {"look": N_("look"), "change": N_("change")},
    "channel": CHANNELS,
    "measure": MEASURES,
    "against": AGAINST,
    "scale": SCALE_LABELS,
    "follow_up_outcome": FOLLOW_UP_WORDS,
}
"""Columns of which each cell is one code."""


def explanations_in_words(codes: str) -> str:
    return "; ".join(_(SIGNAL_EXPLANATIONS[code]) for code in codes.split())


def day_in_words(codes: str) -> str:
    """A day of the pattern: each step and what became of it."""
    return ", ".join(
        f"{_(STEP_NAMES[step])}: {_(STEP_STATES[code])}"
        for step, code in zip(("first_call", "second_call", "message", "noted"), codes.split(), strict=False)
    )


IN_WORDS: dict[str, Callable[[str], str]] = {
    "pattern": why_words,
    "missing_today": steps_in_words,
    "explanations": explanations_in_words,
    "details": lambda text: details_in_words(text) or "",
    **dict.fromkeys(DAYS, day_in_words),
}
"""Columns of which each cell is several codes."""


def label_of(column: str) -> str:
    return _(LABELS[column], number=column.rpartition("_")[2]) if column in DAYS else _(LABELS[column])


def in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with columns and codes in words; what only the database knows a row by is left out."""
    shown = rows[[column for column in rows if not str(column).endswith("_id")]].copy()
    for column in shown:
        if column in CODES:
            known = CODES[column]
            shown[column] = [_(known[cell]) if cell in known else cell for cell in shown[column]]
        elif column in IN_WORDS:
            shown[column] = [IN_WORDS[column](cell) if isinstance(cell, str) else cell for cell in shown[column]]
        elif shown[column].dtype in ("bool", "boolean"):
            shown[column] = [None if pd.isna(cell) else _("yes") if cell else _("no") for cell in shown[column]]
    return shown

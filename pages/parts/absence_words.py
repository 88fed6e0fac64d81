"""Absences and their verdicts in words: reasons, notice, cover and channels."""

from datetime import date
from typing import Any

import pandas as pd

from metrics.absence import CHILD_SICK, ERRAND, VACATION
from metrics.figures import N_
from pages.parts.wording import NOTHING, _, number

KINDS = {
    VACATION: N_("vacation"),
    ERRAND: N_("private errand"),
    "sick": N_("sick"),
    CHILD_SICK: N_("child ill"),
    "dentist": N_("dentist"),
    "doctor": N_("doctor"),
    "vehicle_inspection": N_("vehicle inspection"),
    "course": N_("course"),
    "other": N_("other"),
    "away": N_("away"),
}
NOTICE_STATES = {
    "in_time": N_("in time"),
    "late": N_("too late"),
    "swapped": N_("swapped"),
    "swap_first": N_("told in time, but no swap was tried first"),
    "unknown": N_("nobody wrote down when"),
    "no_rule": N_("no notice asked for"),
}
CHANNELS = {
    "rota_mailbox": N_("the rota mailbox"),
    "lead_mailbox": N_("the lead's mailbox"),
    "phone": N_("the phone"),
    "corridor": N_("word of mouth"),
}
COVER = {"buddy": N_("the buddy covers"), "buddy_away": N_("the buddy is away too"), "no_buddy": N_("has no buddy")}


def notice_words(row: Any) -> str:
    """A verdict on the notice as a colleague would say it, with its rule."""
    if row.state == "no_rule":
        text = _("no reason to be off the phones (R4)") if row.is_not_a_reason is True else NOTHING
    elif row.state == "late" and row.days_given < 0:
        text = _("too late: asked for {days} days after it began ({rule})", days=number(-row.days_given), rule=row.rule)
    elif row.state == "late":
        text = _(
            "too late: {days} days before, at the latest {day} ({rule})",
            days=number(row.days_given),
            day=f"{row.latest_day:%d.%m.}",
            rule=row.rule,
        )
    elif row.state == "in_time" and row.is_on_the_last_day:
        text = _("in time, on the last day that would do ({rule})", rule=row.rule)
    elif row.state == "in_time":
        text = _("in time: {days} days before ({rule})", days=number(row.days_given), rule=row.rule)
    else:
        text = f"{_(NOTICE_STATES[row.state])} ({row.rule})"
    if isinstance(row.added_from, date):
        text += " · " + _("for the days from {day}, which were added", day=f"{row.added_from:%d.%m.}")
    if row.right_channel is False or (not pd.isna(row.right_channel) and not row.right_channel):
        text += " · " + _("not to the rota mailbox (R6)")
    return text


def channel_words(channel: object) -> str:
    """Where a request went, as a colleague would say it; a channel that we do not know as the source writes it."""
    if not isinstance(channel, str):
        return NOTHING
    return ", ".join(_(CHANNELS[part]) if part in CHANNELS else part for part in channel.split("+"))

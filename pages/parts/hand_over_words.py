"""Hand-overs in words: who is no longer active and why (K1), and why something was not handed over (K2)."""

from datetime import date, datetime
from typing import Any

from data_access.changes.reassignment import LONGEST_REASON
from data_access.changes.refusals import ChangeRefusedError
from metrics.calendar import ONE_DAY
from metrics.figures import N_
from pages.parts.forms import refusal_words
from pages.parts.wording import NOTHING, _, escaped, ngettext, number, short_day

HANDLERS = "handlers"
"""Whose hand-over is open: initials, in the address too."""
REFUSALS = {
    "not_allowed": N_("Nothing was changed: these customers are not yours to hand over."),
    "no_reason": N_("Nothing was changed: give a reason, in at most {most} characters."),
    "already_done": N_("Nothing was changed: {who} handed them over already, {time}."),
    "already_undone": N_("Nothing was changed: {who} undid it already, {time}."),
    "nothing_there": N_("Nothing was changed: there is nothing to hand over."),
    "active": N_("Nothing was changed: {agents} became active meanwhile."),
    "shifts_ahead": N_("Nothing was changed: {agents} stands on KC's list and has shifts ahead. Confirm it first."),
    "changed": N_("Nothing was changed: the data have changed since you looked. Look at the preview again."),
    "others": N_("Nothing was changed: you have chosen others since. Look at the preview again."),
    "newer": N_("Nothing was undone, because of what has happened since: {what}."),
}
NEWER = {
    "new_owner": N_("customers with a new owner"),
    "in_crm": N_("customers whose new owner IBA shows already"),
    "handed_on": N_("requests handed on"),
    "ended": N_("requests ended"),
    "late": N_("requests that became overdue with KC"),
    "promised": N_("promises made"),
    "told": N_("customers told the response time"),
    "tried": N_("contact attempts"),
    "called": N_("calls to these customers"),
    "written": N_("new requests of these customers"),
}


def customers_in_words(count: int) -> str:
    return ngettext("{count} customer", "{count} customers", count)


def day_in_words(day: object, now: datetime) -> str:
    return short_day(day, now) if isinstance(day, date) else NOTHING


def why_words(row: Any, now: datetime) -> str:
    """Why somebody counts as no longer active, or what speaks against it, in words (K1)."""
    match row.why:
        case "left":
            words = _("left, last day {day}", day=short_day(row.left_on - ONE_DAY, now))
        case "disabled":
            words = _("access switched off")
        case "listed":
            words = _("on KC's list")
        case "silent":
            words = _("no call, note or shift for a long time")
        case _other:
            return _("still active")
    if isinstance(row.next_shift, date):
        words += _("; but still on the rota {day}", day=short_day(row.next_shift, now))
    return words


def refused(error: ChangeRefusedError) -> str:
    words: dict[str, object] = {"most": number(LONGEST_REASON), "agents": escaped(str(error.facts.get("agents", "")))}
    if isinstance(newer := error.facts.get("what"), dict):
        words["what"] = ", ".join(f"{_(NEWER[name])}: {number(count)}" for name, count in newer.items())
    return refusal_words(error, REFUSALS, **words)

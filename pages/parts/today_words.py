"""What Today says of each line, as text: shown on the page, and written in the morning's mail."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from data_access.questions.overview import GROUPS, Today
from data_access.scope import Viewer, may_hand_over
from metrics.coaching import LOOKED_BACK_DAYS
from metrics.figures import FIGURES, N_
from pages.parts.attempt_words import steps_in_words
from pages.parts.drawer import HOLE, hole_name
from pages.parts.hand_over_words import HANDLERS
from pages.parts.wording import NOTHING, _, lateness, ngettext, number, short_time
from pages.parts.words import DESK_LABELS, KIND_LABELS, SIGNAL_KINDS
from pages.parts.worklist import Line

CALLBACKS, SOURCES = "pages/service/callbacks.py", "pages/system/sources.py"
COVERAGE = "pages/rota/coverage.py"
ABSENCE, HAND_OVER = "pages/rota/absence.py", "pages/customers/reassign.py"
COACHING, SATISFACTION = "pages/quality/coaching.py", "pages/quality/satisfaction.py"
MARK_OF = {
    "hand_over": "late",
    "promise_overdue": "late",
    "promise_unkeepable": "late",
    "promise_due": "soon",
    "not_reached": "late",
    "overdue_reminded": "late",
    "overdue": "late",
    "with_absent": "soon",
    "with_gone": "soon",
    "no_cover": "soon",
    "hole": "soon",
    "due_soon": "soon",
    "steps_missing": "soon",
    "low_score": "soon",
    "new_signal": "later",
    "stale_source": "later",
    "set_aside": "later",
}
TITLES = {
    "keep": N_("Can still be kept"),
    "late": N_("Too late"),
    "team": N_("Rota and team"),
    "sources": N_("Sources"),
}
WHAT = {
    "hand_over": N_("To be handed over to KC"),
    "promise_overdue": N_("A promise is broken and the customer still waits"),
    "promise_unkeepable": N_("A promise that nobody on shift can keep"),
    "promise_due": N_("A promise is due"),
    "not_reached": N_("Not reached for many working days"),
    "overdue_reminded": N_("Waits too long and has asked again"),
    "overdue": N_("Waits too long"),
    "with_absent": N_("Lies with somebody who is away"),
    "with_gone": N_("Lies with somebody who has left"),
    "no_cover": N_("Away, and nobody covers"),
    "hole": N_("Too few on the phones"),
    "due_soon": N_("Due within two hours"),
    "steps_missing": N_("A step of the pattern is missing today"),
    "low_score": N_("A dissatisfied customer has not been called"),
    "new_signal": N_("New this week: a clear difference"),
    "stale_source": N_("No new data arrive"),
    "set_aside": N_("Many rows of the last load were set aside"),
}


def sentence_words(today_seen: Today, *, knows_requests: bool = True) -> str:
    """Who needs a person, in a sentence; also when there is nothing to do. Where requests were never loaded nothing is
    said of who waits."""
    others = today_seen.others
    if not today_seen.overdue and not others:
        text = _("Nobody needs you right now.")
    elif today_seen.overdue:
        text = ngettext(
            "{count} customer is overdue.",
            "{count} customers are overdue.",
            today_seen.overdue,
        )
        if others:
            text += " " + ngettext("{count} more thing needs attention.", "{count} more things need attention.", others)
    else:
        text = _("Nobody is overdue.") + " " if knows_requests else ""
        text += ngettext("{count} thing needs attention.", "{count} things need attention.", others)
    return text


def id_of(row: Any) -> str:
    """What tells a line from all others: a request its number, a hole its team and hour."""
    if pd.notna(row.callback_id):
        return str(row.callback_id)
    return " ".join(str(part) for part in (row.what, row.who, row.why, row.by, row.customer))


def line_of(row: Any, now: datetime) -> Line:
    cells = {
        "subject": subject_words(row),
        "what": _(WHAT[row.what]),
        "by": deadline_words(row, now),
        "who": holder_words(row),
    }
    return Line(id_of(row), cells, MARK_OF[row.what])


def subject_words(row: Any) -> str:
    if row.what in GROUPS["sources"]:
        return _(KIND_LABELS.get(row.why, row.why))
    if row.what in ("hole", "no_cover", "new_signal"):
        return str(row.who)
    if pd.notna(row.requests):
        return ngettext("{count} customer", "{count} customers", int(row.requests))
    return NOTHING if pd.isna(row.customer) else str(row.customer)


def deadline_words(row: Any, now: datetime) -> str:
    if row.what == "hole":
        until = short_time(row.until, row.until)
        return _(
            "{start}–{end}: {planned} of {needed}",
            start=short_time(row.by, now),
            end=until,
            planned=number(row.planned),
            needed=number(row.needed),
        )
    if row.what == "low_score":
        time = short_time(row.by, now)
        return _("the oldest answered {time}", time=time) if pd.notna(row.requests) else _("answered {time}", time=time)
    if pd.notna(row.requests):
        if pd.notna(row.minutes_late) and row.minutes_late > 0:
            return _("up to {length} too late", length=lateness(int(row.minutes_late)))
        return _("the first by {time}", time=short_time(row.by, now))
    if row.what == "steps_missing":
        return _("today: {steps}", steps=steps_in_words(row.steps))
    if row.what == "no_cover":
        return _("until {time}", time=short_time(row.until, now))
    if row.what == "new_signal":
        kind, measure = row.why.split()
        return f"{_(FIGURES[measure].label)}: {_(SIGNAL_KINDS[kind])}"
    if row.what == "stale_source":
        return _("nothing since {time}", time=short_time(row.by, now))
    if row.what == "set_aside":
        return _("loaded {time}", time=short_time(row.by, now))
    if pd.notna(row.minutes_late) and row.minutes_late > 0:
        return _("{length} too late, due {time}", length=lateness(int(row.minutes_late)), time=short_time(row.by, now))
    return _("by {time}", time=short_time(row.by, now))


def holder_words(row: Any) -> str:
    match row.what:
        case "hole" | "no_cover" | "low_score" | "new_signal":
            return _("the team's lead")
        case "stale_source" | "set_aside":
            return _("an administrator")
    match row.why:
        case "gone":
            return _("{agent}, no longer with us", agent=row.who)
        case "nobody_there":
            return _("{agent}, away, and so is the buddy", agent=row.who)
        case why if why in DESK_LABELS:
            return _(DESK_LABELS[why])
        case _:
            return str(row.who)


def leads_to(viewer: Viewer, line: Any, today: date) -> tuple[str, dict[str, str]]:
    """The page on which a line is answered, and what stands in its address besides the reader's filters."""
    if pd.notna(line.callback_id):
        return CALLBACKS, {"callback": str(int(line.callback_id))}
    match line.what:
        case "stale_source" | "set_aside":
            return SOURCES, {}
        case "low_score":
            return SATISFACTION, {}
        case "new_signal":
            since = today - timedelta(days=LOOKED_BACK_DAYS)
            return COACHING, {"colleague": str(line.who), "from": f"{since}", "to": f"{today}"}
        case "hole":
            return COVERAGE, {"team": str(line.who), HOLE: hole_name(line.by, str(line.who))}
        case "no_cover":
            return ABSENCE, {}
    if line.why == "gone" and may_hand_over(viewer):
        return HAND_OVER, {HANDLERS: str(line.who)}
    whose = {"desk": str(line.why)} if line.why in DESK_LABELS else {"colleague": str(line.who)}
    return CALLBACKS, whose

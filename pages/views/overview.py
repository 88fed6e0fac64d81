"""The pieces of the Today page. They show what was judged and judge nothing."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.coverage import TeamDay
from data_access.questions.overview import GROUPS, Today
from data_access.scope import Scope, Viewer, may_hand_over
from metrics.coaching import LOOKED_BACK_DAYS
from metrics.coverage import HALF_HOUR
from metrics.figures import FIGURES, N_, Figure
from pages.parts.attempt_words import steps_in_words
from pages.parts.drawer import HOLE, drawer, hole_name, open_drawer, opened_row
from pages.parts.filters import with_filters
from pages.parts.gate import local_today
from pages.parts.hand_over_words import HANDLERS
from pages.parts.wording import NOTHING, _, escaped, lateness, ngettext, number, percent, short_time
from pages.parts.words import DESK_LABELS, KIND_LABELS, SIGNAL_KINDS
from pages.parts.worklist import Column, Group, Line, show_worklist

USUAL_DAYS = 14
CALLBACKS, SOURCES = "pages/service/callbacks.py", "pages/system/sources.py"
COVERAGE = "pages/rota/coverage.py"
ABSENCE, HAND_OVER = "pages/rota/absence.py", "pages/customers/reassign.py"
COACHING, SATISFACTION = "pages/quality/coaching.py", "pages/quality/satisfaction.py"
NEW_SIGNALS = "new_signals"
WRITE, TO_WRITE, MOST_NAMED = "write", "keep", 3
FIGURES_SHOWN: tuple[Figure, ...] = tuple(FIGURES[name] for name in ("received", "answer_rate", "overdue"))
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
}


def sentence(today_seen: Today) -> None:
    """The page's question answered in words, also when there is nothing to do."""
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
        text = _("Nobody is overdue.") + " "
        text += ngettext("{count} thing needs attention.", "{count} things need attention.", others)
    st.header(text, anchor=False)


def known_signals(viewer: Viewer) -> tuple[tuple[str, str, str], ...]:
    """The signals that the week brought, as far as they have been looked for."""
    known: tuple[tuple[str, str, str], ...] = st.session_state.get(NEW_SIGNALS, {}).get(viewer.name, ())
    return known


def look_for_signals(viewer: Viewer, brought: pd.DataFrame) -> None:
    """Remember the signals that the week brought, and show the page again where they are others."""
    signals = tuple(zip(brought["agent"], brought["measure"], brought["kind"], strict=True))
    if signals != known_signals(viewer):
        st.session_state[NEW_SIGNALS] = {viewer.name: signals}
        st.rerun()


def day_so_far(scope: Scope, days: pd.DataFrame, coverage: Sequence[TeamDay], today: date, now: datetime) -> None:
    """One line under the sentence: the calls of today beside the two weeks before, who is on the phones, and when this
    was looked at. Of a team, for viewers who see a team."""
    said = [_("Updated {time}", time=short_time(now, now))]
    if scope.sees_a_team:
        is_today = days["local_date"] == today
        if received := int(days.loc[is_today, "received"].sum()):
            said.append(ngettext("{count} call received", "{count} calls received", received))
        if rate := rate_of(days[is_today]):
            usual = rate_of(days[~is_today])
            said.append(
                _("{rate} answered", rate=rate)
                if usual is None
                else _("{rate} answered ({usual} in the two weeks before)", rate=rate, usual=usual)
            )
        now_there, now_needed = on_phones_now(coverage, now)
        if now_needed is not None:
            said.append(
                _("{there} of {needed} needed on the phones now", there=number(now_there), needed=number(now_needed))
            )
    st.caption(" · ".join(said))


def rate_of(days: pd.DataFrame) -> str | None:
    """The answer rate of some days in words (C1); None where nobody called."""
    received = int(days["received_not_short"].sum())
    return percent(days["answered"].sum() / received) if received else None


def on_phones_now(coverage: Sequence[TeamDay], now: datetime) -> tuple[int, int | None]:
    """How many are planned on the phones in this half hour and how many are needed, all teams together (R1)."""
    current = [
        (planned, needed)
        for team in coverage
        for at, planned, needed in zip(team.half_hours, team.planned, team.needed, strict=True)
        if at <= now < at + HALF_HOUR
    ]
    if not current:
        return 0, None
    return sum(planned for planned, _needed in current), sum(needed for _planned, needed in current)


def lines_list(viewer: Viewer, today_seen: Today, now: datetime) -> None:
    """What needs a person, in groups; a line opens the request, or leads to the page that it comes from."""
    lines = today_seen.lines
    if lines.empty:
        return
    groups = {group: lines[lines["what"].isin(kinds)] for group, kinds in GROUPS.items()}
    press = show_worklist(
        _("What needs you"),
        {
            "subject": Column(_("Customer or team"), "opens"),
            "what": Column(_("What"), "marked"),
            "by": Column(_("By when"), "begins"),
            "who": Column(_("Who acts")),
        },
        [
            Group(
                _(TITLES[group]),
                [line_of(row, now) for row in rows.itertuples()],
                write_label(rows) if group == TO_WRITE else None,
            )
            for group, rows in groups.items()
        ],
        key="overview",
        opened=opened_row(),
    )
    if today_seen.left_out:
        hidden = ngettext("{count} more: all callbacks", "{count} more: all callbacks", today_seen.left_out)
        st.page_link(CALLBACKS, label=hidden, icon=":material/phone_callback:", query_params=with_filters())
    if press.line is not None:
        (line,) = (row for row in lines.itertuples() if id_of(row) == press.line)
        follow(viewer, line)
    elif press.group is not None:
        st.query_params[WRITE] = TO_WRITE
        st.rerun()


def by_holder(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The lines that are about one request each, by who acts."""
    about_one = lines[lines["callback_id"].notna()]
    holders = pd.Series([holder_words(row) for row in about_one.itertuples()], index=about_one.index, dtype="str")
    return dict(list(about_one.groupby(holders)))


def write_label(lines: pd.DataFrame) -> str | None:
    """What the button is called that words a message to those who act; None where there is nobody to write to."""
    names = list(by_holder(lines))
    if not names:
        return None
    if len(names) <= MOST_NAMED:
        return _("Write to {names}", names=", ".join(names))
    return ngettext("Write to {count} colleague", "Write to {count} colleagues", len(names))


def is_to_be_written() -> bool:
    return st.query_params.get(WRITE) == TO_WRITE


def show_messages(today_seen: Today, now: datetime) -> None:
    """What can be copied into a message to each who acts: customer numbers and deadlines, no names."""
    lines = today_seen.lines[today_seen.lines["what"].isin(GROUPS[TO_WRITE])]

    def draw() -> None:
        if not (messages := by_holder(lines)):
            st.info(_("Nothing of this is left to write about."))
        for holder, rows in messages.items():
            st.markdown(f"**{escaped(holder)}**")
            st.code("\n".join(message_line(row, now) for row in rows.itertuples()), language=None, wrap_lines=True)

    drawer(_("Write to those who act"), WRITE, draw)


def message_line(row: Any, now: datetime) -> str:
    return f"{row.customer}: {_(WHAT[row.what])}, {deadline_words(row, now)}"


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
    if row.what == "stale_source":
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
    if pd.notna(row.minutes_late) and row.minutes_late > 0:
        return _("{length} too late, due {time}", length=lateness(int(row.minutes_late)), time=short_time(row.by, now))
    return _("by {time}", time=short_time(row.by, now))


def holder_words(row: Any) -> str:
    match row.what:
        case "hole" | "no_cover" | "low_score" | "new_signal":
            return _("the team's lead")
        case "stale_source":
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


def follow(viewer: Viewer, line: Any) -> None:
    """Open the request that a line is about, or the page that it comes from, filtered to what it is about."""
    if pd.notna(line.callback_id):
        open_drawer(int(line.callback_id))
        st.rerun()
    page, parameters = leads_to(viewer, line)
    st.switch_page(page, query_params=parameters)


def leads_to(viewer: Viewer, line: Any) -> tuple[str, dict[str, str]]:
    """The page of a line that is about no single request, and its filters."""
    match line.what:
        case "stale_source":
            return SOURCES, with_filters()
        case "low_score":
            return SATISFACTION, with_filters()
        case "new_signal":
            today = local_today()
            since = today - timedelta(days=LOOKED_BACK_DAYS)
            return COACHING, with_filters(colleague=str(line.who)) | {"from": f"{since}", "to": f"{today}"}
        case "hole":
            return COVERAGE, with_filters(team=str(line.who)) | {HOLE: hole_name(line.by, str(line.who))}
        case "no_cover":
            return ABSENCE, with_filters()
    if line.why == "gone" and may_hand_over(viewer):
        return HAND_OVER, with_filters() | {HANDLERS: str(line.who)}
    whose = {"desk": str(line.why)} if line.why in DESK_LABELS else {"colleague": str(line.who)}
    return CALLBACKS, with_filters(**whose)

"""The worklist of open requests: what each asks for, in groups; a line opens its whole history."""

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.worklist import WORKLIST_VIEWS, in_view
from data_access.scope import Viewer, may_hand_over
from metrics.callbacks import TO_DO
from metrics.figures import N_
from metrics.house_rules import HouseRules
from pages.parts.callback_words import (
    calls_words,
    owner_words,
    preferred_ahead,
    preferred_words,
    taken_briefly,
    time_left,
    topic_words,
    verdict_words,
)
from pages.parts.colours import palette
from pages.parts.drawer import open_chosen, open_drawer, opened_row
from pages.parts.filters import view_switch, with_filters
from pages.parts.tables import in_zone, show_table, state_mark
from pages.parts.wording import NOTHING, _, lateness, ngettext, number, short_time
from pages.parts.words import STATE_LABELS, TOPIC_LABELS
from pages.parts.worklist import MARKS, MOST_LINES, Column, Group, Line, show_worklist

HAND_OVER = "pages/customers/reassign.py"
PATTERN = "pattern"
VIEWS = {
    "all": N_("All open {count}"),
    "overdue": N_("Overdue {count}"),
    "within_two_hours": N_("Within 2 hours {count}"),
    "nobody_called": N_("Nobody has called {count}"),
    "promised": N_("Promised a time {count}"),
}
GROUPS = {
    "call_first": N_("Can still be kept, nobody has called ({count})"),
    "call_again": N_("Can still be kept, called already ({count})"),
    "late_never_called": N_("Overdue, nobody has called ({count})"),
    "late_called": N_("Overdue, called already ({count})"),
    "hand_over": N_("Lies with somebody who has left ({count})"),
    "find_cover": N_("Lies with somebody who is away, and so is the buddy ({count})"),
    "later": N_("Later ({count})"),
}


def chosen_view(work: pd.DataFrame, now: datetime) -> str:
    """Counts as views, and the call pattern; gives the code of the view that is chosen."""
    counts = {view: int(in_view(work, view, now).sum()) for view in WORKLIST_VIEWS}
    labels = {view: _(VIEWS[view], count=number(count)) for view, count in counts.items()}
    return view_switch("view", labels | {PATTERN: _("Call pattern")})


def show_requests(viewer: Viewer, shown: pd.DataFrame, rules: HouseRules, now: datetime) -> None:
    """The lines of a view, in groups by what each asks for."""
    groups = {to_do: shown[shown["to_do"] == to_do] for to_do in TO_DO}
    press = show_worklist(
        _("Open requests"),
        {
            "customer": Column(_("Customer"), "opens"),
            "state": Column(_("Due"), "marked"),
            "owner": Column(_("Who acts"), "begins"),
            "called": Column(_("Called")),
            "preferred": Column(_("Best called"), "aside"),
            "topic": Column(_("Topic")),
        },
        [
            Group(
                _(GROUPS[to_do], count=number(len(rows))),
                [line_of(row, now) for row in rows.head(MOST_LINES).itertuples()],
                _("To the hand-over") if to_do == "hand_over" and may_hand_over(viewer) else None,
            )
            for to_do, rows in groups.items()
        ],
        key="callbacks",
        opened=opened_row(),
        search=_("Customer number"),
    )
    if press.line is not None:
        open_drawer(int(press.line))
    elif press.group is not None:
        st.switch_page(HAND_OVER, query_params=with_filters())
    said = _("Updated {time}.", time=short_time(now, now))
    if len(shown) > MOST_LINES:
        hidden = ngettext(
            "{count} more stands in the table.", "{count} more stand in the table.", len(shown) - MOST_LINES
        )
        said = f"{hidden} {said}"
    elif shown.empty:
        said = f"{_('Nothing is open in this view.')} {said}"
    st.caption(said)
    if st.toggle(_("As a table with all columns"), key="all_callback_columns", persist_state="session"):
        requests_table(shown, rules, now)


def line_of(row: Any, now: datetime) -> Line:
    cells = {
        "customer": NOTHING if pd.isna(row.customer) else row.customer,
        "state": time_left(row.due_at, now),
        "owner": owner_words(row) if pd.isna(row.taken_at) else taken_briefly(row.taken_by, row.taken_at, now),
        "called": calls_words(row, now),
        "preferred": preferred_ahead(row, now),
        "topic": topic_words(row.topic, int(row.reminders)),
    }
    return Line(str(row.callback_id), cells, MARKS[row.state])


def requests_table(work: pd.DataFrame, rules: HouseRules, now: datetime) -> None:
    """The same as a table that can be sorted, with every column and every line."""
    colours = palette()
    table = pd.DataFrame(
        {
            "mark": [state_mark(state, colours) for state in work["state"]],
            "customer": work["customer"],
            "verdict": [verdict_words(row, now) for row in work.itertuples()],
            "owner": [owner_words(row) for row in work.itertuples()],
            "due_at": in_zone(work["due_at"], rules.zone),
            "minutes_late": work["minutes_late"],
            "reminders": work["reminders"],
            "preferred": [preferred_words(row, now) for row in work.itertuples()],
            "state": work["state"],
            "topic": [_(TOPIC_LABELS.get(topic, topic)) for topic in work["topic"]],
            "attempts": work["attempts"],
            "phone": work["phone"],
            "told_at": in_zone(work["told_at"], rules.zone),
            "created_at": in_zone(work["created_at"], rules.zone),
            "waited": [lateness(int(minutes)) for minutes in work["waited_minutes"]],
            "rule": work["rule"],
        }
    )
    column, time_form = st.column_config, "DD.MM. HH:mm"
    open_chosen("callbacks_table", [int(callback_id) for callback_id in work["callback_id"]])
    show_table(
        table,
        {
            "mark": column.ImageColumn(
                _("Mark"), width=50, help=_("Triangle: overdue. Diamond: due soon. Circle: waiting.")
            ),
            "customer": column.TextColumn(_("Customer"), pinned=True, width=90),
            "verdict": column.TextColumn(_("Verdict"), width=280),
            "owner": column.TextColumn(_("Who acts"), width=170),
            "due_at": column.DatetimeColumn(_("Due"), format=time_form, width=105),
            "minutes_late": _("Minutes late"),
            "reminders": column.NumberColumn(_("Reminders"), width=85, help=_("How often the customer asked again.")),
            "preferred": column.TextColumn(_("Preferred time"), width=150),
            "state": column.SelectboxColumn(
                _("State"), options=list(STATE_LABELS), format_func=lambda state: _(STATE_LABELS[str(state)])
            ),
            "topic": _("Topic"),
            "attempts": _("Attempts"),
            "phone": _("Phone"),
            "told_at": column.DatetimeColumn(_("Told how long it takes"), format=time_form),
            "created_at": column.DatetimeColumn(_("Written"), format=time_form),
            "waited": _("Waited in all"),
            "rule": _("Rule"),
        },
        key="callbacks_table",
        most_rows=15,
        chooses="single-row",
    )

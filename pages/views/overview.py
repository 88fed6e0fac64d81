"""The pieces of the Today page. They show what was judged and judge nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.coverage import TeamDay, on_phones_now
from data_access.questions.overview import GROUPS, Today
from data_access.scope import Scope, Viewer
from metrics.figures import FIGURES, Figure
from pages.parts.drawer import drawer, open_drawer, opened_row
from pages.parts.filters import with_filters
from pages.parts.gate import local_today
from pages.parts.today_words import (
    CALLBACKS,
    TITLES,
    WHAT,
    deadline_words,
    holder_words,
    id_of,
    leads_to,
    line_of,
    sentence_words,
)
from pages.parts.wording import _, escaped, ngettext, number, percent, short_time
from pages.parts.worklist import Column, Group, show_worklist

USUAL_DAYS = 14
NEW_SIGNALS = "new_signals"
WRITE, TO_WRITE, MOST_NAMED = "write", "keep", 3
FIGURES_SHOWN: tuple[Figure, ...] = tuple(FIGURES[name] for name in ("received", "answer_rate", "overdue"))


def sentence(today_seen: Today, *, knows_requests: bool) -> None:
    """The page's question answered in words, also when there is nothing to do."""
    st.header(sentence_words(today_seen, knows_requests=knows_requests), anchor=False)


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


def follow(viewer: Viewer, line: Any) -> None:
    """Open the request that a line is about, or the page that it comes from, filtered to what it is about."""
    if pd.notna(line.callback_id):
        open_drawer(int(line.callback_id))
        st.rerun()
    page, parameters = leads_to(viewer, line, local_today())
    st.switch_page(page, query_params=with_filters(**parameters))

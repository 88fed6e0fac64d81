"""Whose customers may have to be handed over: the list of those who are no longer active, and who is chosen (K1)."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data_access.scope import Scope
from metrics.figures import N_
from pages.parts.filters import take_choice, take_from_address, view_switch, write_into_address
from pages.parts.hand_over_words import HANDLERS, customers_in_words, day_in_words, why_words
from pages.parts.wording import NOTHING, _, escaped, ngettext, number, short_day, text_of
from pages.parts.worklist import Column, Group, Line, show_worklist

LATELY = timedelta(days=90)
VIEWS = {"lately": N_("Lately {count}"), "all": N_("All {count}")}


def sentence(scope: Scope, handlers: pd.DataFrame) -> None:
    """The page's question answered in words."""
    gone = handlers[handlers["why"].notna()]
    if gone.empty:
        text = (
            _("Nobody who is no longer active has customers or open requests.")
            if scope.sees_everything
            else _("Nobody in your team who is no longer active has customers or open requests.")
        )
        st.header(text, anchor=False)
        return
    text = ngettext(
        "{count} case handler seems no longer active and still has {customers}.",
        "{count} case handlers seem no longer active and still have {customers}.",
        len(gone),
        customers=customers_in_words(int(gone["customers"].sum())),
    )
    waiting, late = int(gone["open_callbacks"].sum()), int(gone["overdue"].sum())
    if waiting:
        text += " " + ngettext(
            "{count} request lies with them, {late} overdue.",
            "{count} requests lie with them, {late} overdue.",
            waiting,
            late=number(late),
        )
    st.header(text, anchor=False)


def choose(handlers: pd.DataFrame, now: datetime) -> tuple[int, ...]:
    """Who is to be handed over: a line that was pressed, or initials written or taken from KC's list."""
    take_from_address(HANDLERS, str)
    gone = handlers[handlers["why"].notna()].sort_values("agent")
    if not gone.empty:
        opened = show_handlers(gone, now)
        if opened is not None:
            st.session_state[HANDLERS] = opened
    line = st.container(horizontal=True, vertical_alignment="bottom")
    written = line.text_input(
        _("Initials, also several"),
        key=HANDLERS,
        placeholder="BDA KM",
        max_chars=1000,
        width=320,
        on_change=take_choice,
        args=(HANDLERS,),
    )
    write_into_address(HANDLERS, written or None)
    listed = " ".join(gone.loc[gone["is_listed"], "agent"])
    line.button(
        _("Use KC's list"),
        on_click=st.session_state.__setitem__,
        args=(HANDLERS, listed),
        disabled=not listed,
        help=_("All handlers on KC's list who still have customers or open requests."),
    )
    return tuple(sorted(ids_of(written or "", handlers, now)))


def show_handlers(gone: pd.DataFrame, now: datetime) -> str | None:
    """The list by name, those with open requests first; says whose line was pressed. Those who left long ago and left
    nothing open stand behind a view of their own."""
    has_open = gone["open_callbacks"] > 0
    is_lately = has_open | pd.Series([was_here_lately(row, now) for row in gone.itertuples()], index=gone.index)
    counts = {"lately": int(is_lately.sum()), "all": len(gone)}
    view = "all"
    if 0 < counts["lately"] < counts["all"]:
        view = view_switch("view", {name: _(VIEWS[name], count=number(count)) for name, count in counts.items()})
    shown = gone if view == "all" else gone[is_lately]
    groups = {
        _("With open requests"): shown[shown["open_callbacks"] > 0],
        _("Customers only"): shown[shown["open_callbacks"] == 0],
    }
    press = show_worklist(
        _("Case handlers who are no longer active"),
        {
            "agent": Column(_("Hand over"), "opens"),
            "why": Column(_("Why no longer active"), "marked"),
            "open_callbacks": Column(_("Open requests"), "begins"),
            "last_seen": Column(_("Last seen")),
        },
        [Group(title, [line_of(row, now) for row in rows.itertuples()]) for title, rows in groups.items()],
        key="reassign",
    )
    return press.line


def was_here_lately(row: Any, now: datetime) -> bool:
    days = [day for day in (row.left_on, row.last_call, row.last_note, row.last_shift) if isinstance(day, date)]
    return bool(days) and max(days) >= now.date() - LATELY


def line_of(row: Any, now: datetime) -> Line:
    seen = [day for day in (row.last_call, row.last_note, row.last_shift) if isinstance(day, date)]
    waiting = ""
    if row.open_callbacks:
        waiting = ngettext("{count} open request", "{count} open requests", int(row.open_callbacks))
    if row.overdue:
        waiting += ", " + _("{count} overdue", count=number(row.overdue))
    cells = {
        "agent": " · ".join(filter(None, (row.agent, text_of(row.name), customers_in_words(int(row.customers))))),
        "why": why_words(row, now),
        "open_callbacks": waiting,
        "last_seen": short_day(max(seen), now) if seen else NOTHING,
    }
    return Line(row.agent, cells, "late" if row.overdue else "soon" if row.open_callbacks else None)


def ids_of(written: str, handlers: pd.DataFrame, now: datetime) -> set[int]:
    """The handlers whose initials somebody wrote; who cannot be handed over is said, with the reason."""
    ids = set()
    by_initials = handlers.set_index("agent")
    for initials in dict.fromkeys(written.upper().replace(",", " ").replace(";", " ").split()):
        if initials not in by_initials.index:
            st.warning(_("{agent} has no customers and no open requests here.", agent=escaped(initials)))
            continue
        row = by_initials.loc[initials]
        if pd.isna(row["why"]):
            st.warning(_("{agent} is still active: {signs}.", agent=escaped(initials), signs=signs_of_life(row, now)))
            continue
        ids.add(int(row["agent_id"]))
    return ids


def signs_of_life(row: pd.Series, now: datetime) -> str:
    return _(
        "last call {call}, last note {note}, next shift {shift}",
        call=day_in_words(row["last_call"], now),
        note=day_in_words(row["last_note"], now),
        shift=day_in_words(row["next_shift"], now),
    )

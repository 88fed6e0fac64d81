"""One request opened: what was decided and from which times, a time line, every event."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.changes.customer_looks import open_customer
from data_access.questions.callback_history import Customer, History
from data_access.scope import Viewer
from metrics.house_rules import HouseRules
from pages.parts.callback_words import promise_words
from pages.parts.charts import time_line
from pages.parts.colours import Palette
from pages.parts.gate import still_there
from pages.parts.tables import in_zone, show_table
from pages.parts.wording import NOTHING, _, escaped, lateness, short_time
from pages.parts.words import DESK_LABELS, EVENT_LABELS, HOW_LABELS, NOTE_KINDS, PROMISE_STATES

OPENED = "opened_customer"


def show_history(
    viewer: Viewer, page: str, history: History, rules: HouseRules, now: datetime, colours: Palette, place: str = ""
) -> None:
    """One request from its writing to its end: what was decided and from which times, a time line, every event.

    `place`: tells apart what two tables of a page have opened.
    """
    verdict = history.verdict
    with st.container(border=True):
        show_customer(viewer, page, history, rules, now, place)
        for text in explained(history, now):
            st.markdown(f"- {text}")
        events = history.events.assign(
            at=in_zone(history.events["at"], rules.zone),
            label=[_(EVENT_LABELS.get(event, event)) for event in history.events["event"]],
            detail=[detail_words(row, now) for row in history.events.itertuples()],
        )
        titles = {"at": _("Time"), "label": _("What happened"), "who": _("Who"), "detail": _("Detail")}
        st.vega_lite_chart(
            spec=time_line(events, titles, colours), key=f"{place}time_line", alt=_("Time line of the request")
        )
        show_table(
            events[["at", "label", "who", "detail"]],
            {**titles, "at": st.column_config.DatetimeColumn(titles["at"], format="DD.MM.YYYY HH:mm")},
            key=f"{place}callback_history",
        )
        st.caption(
            _("The customer has waited {length} in all.", length=lateness(verdict.waited_minutes))
            if verdict.reached_at is None
            else _("The customer waited {length} in all.", length=lateness(verdict.waited_minutes))
        )


def show_customer(viewer: Viewer, page: str, history: History, rules: HouseRules, now: datetime, place: str) -> None:
    """The customer's number; name, telephone and what they wanted only once somebody asks for it, one at a time."""
    head = st.container(horizontal=True, vertical_alignment="center")
    head.markdown(f"**{escaped(history.customer)}**", width="content")
    # By viewer: in the simulated agency one session may look through several people's eyes.
    opened_by, opened_id, opened = st.session_state.get(OPENED, (None, None, None))
    if (opened_by, opened_id) != (viewer.name, history.callback_id):
        head.button(
            _("Show name and number"),
            key=f"{place}open_customer",
            on_click=remember_customer,
            args=(still_there(viewer), page, history.callback_id, rules, now),
            icon=":material/visibility:",
            help=_("That you looked is logged."),
        )
    elif opened is not None:
        show_opened(opened, now)


def remember_customer(
    who: Callable[[], Viewer | None], page: str, callback_id: int, rules: HouseRules, now: datetime
) -> None:
    viewer = who()
    if viewer is None:
        return
    st.session_state[OPENED] = (viewer.name, callback_id, open_customer(viewer, page, callback_id, rules, now))


def show_opened(opened: Customer, now: datetime) -> None:
    st.markdown(f"{escaped(opened.name or NOTHING)} · {escaped(', '.join(opened.phones) or NOTHING)}")
    for at, reason in opened.reasons:
        st.markdown(f"{short_time(at, now)}: {escaped(reason)}")


def explained(history: History, now: datetime) -> list[str]:
    """The verdicts on one request in words, each with its rule and the times it was reached from."""
    verdict = history.verdict
    facts = {"due": short_time(verdict.due_at, now), "rule": verdict.rule, "length": lateness(verdict.minutes_late)}
    lines = [promise_words(promised, now) for promised in verdict.promises]
    if verdict.state == "withdrawn":
        lines.append(_("The customer withdrew the request."))
    elif verdict.reached_at is not None:
        how = _(HOW_LABELS.get(str(verdict.how), ""))
        facts |= {"time": short_time(verdict.reached_at, now), "how": how}
        lines.append(
            _("Reached {time}, {how}: in time, due {due} ({rule}).", **facts)
            if verdict.reached_in_time
            else _("Reached {time}, {how}: {length} after the deadline {due} ({rule}).", **facts)
        )
    elif verdict.state == "overdue":
        lines.append(_("Not reached, {length} after the deadline {due} ({rule}).", **facts))
    else:
        lines.append(_("Not reached yet, due {due} ({rule}).", **facts))
    if verdict.breached_at is not None and history.breached_by:
        by = _(DESK_LABELS[history.breached_by]) if history.breached_by in DESK_LABELS else escaped(history.breached_by)
        passed = short_time(verdict.breached_at, now)
        lines.append(_("When the deadline {time} passed, {who} had it (B8).", time=passed, who=by))
    if verdict.attempted_in_time is not None:
        lines.append(_("Tried in time (B3).") if verdict.attempted_in_time else _("Not tried in time (B3)."))
    if verdict.is_stalled:
        lines.append(_("Reached, but the matter lies: nothing noted, not done (B3)."))
    return lines


def detail_words(row: Any, now: datetime) -> str | None:
    if pd.isna(row.text):
        return None
    match row.event:
        case "promised":
            return _("until {time}", time=short_time(datetime.fromisoformat(row.text), now))
        case "promised_time":
            return _(PROMISE_STATES[row.text])
        case "sent" | "handed_over" | "returned":
            return _(DESK_LABELS.get(row.text, row.text))
        case "note":
            return _(NOTE_KINDS.get(row.text, row.text))
        case "call" if row.text == "contradicted":
            return _("noted, but the phone log shows no such call: it keeps no step and no time (C2)")
        case "call" | "reached_call":
            return _("from the phone log, nobody noted it (C2)")
        case _:
            return str(row.text)

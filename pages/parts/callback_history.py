"""One request opened: what was decided and from which times, a time line, every event."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.changes.callback_marks import give_request_back, may_give_back, take_request
from data_access.changes.customer_looks import open_customer
from data_access.changes.refusals import ChangeRefusedError
from data_access.questions.callback_history import Customer, History
from data_access.scope import Viewer
from metrics.callbacks import OPEN_STATES
from metrics.figures import N_
from metrics.house_rules import HouseRules
from pages.parts.callback_words import (
    calls_words,
    owner_words,
    preferred_words,
    promise_words,
    taken_words,
    time_left,
)
from pages.parts.forms import press, refusal_words, show_result
from pages.parts.gate import still_there
from pages.parts.loaders import this_minute
from pages.parts.wording import NOTHING, _, escaped, lateness, short_time
from pages.parts.words import DESK_LABELS, EVENT_LABELS, HOW_LABELS, NOTE_KINDS, PROMISE_STATES

OPENED = "opened_customer"
REFUSALS = {
    "already": N_("{who} took it first, {time}."),
    "not_allowed": N_("Not saved: the request has ended, or it is not yours to see."),
}


def show_history(viewer: Viewer, page: str, history: History, rules: HouseRules, now: datetime) -> None:
    """One request from its writing to its end: how it stands, what can be done, what was decided from which times, and
    every event, one step after the other."""
    verdict = history.verdict
    is_open = verdict.state in OPEN_STATES
    if is_open:
        left = time_left(verdict.due_at, now)
        said = [
            f"**{left if verdict.state == 'overdue' else _('due {time}', time=left)}**",
            _("lies with {who}", who=escaped(owner_words(history))),
            _("nobody has called yet") if not history.attempts else calls_words(history, now),
            _("best called: {time}", time=preferred_words(history, now)),
        ]
        st.markdown(" · ".join(said))
    show_result()
    line = st.container(horizontal=True, vertical_alignment="center")
    show_customer(line, viewer, page, history, rules, now)
    if is_open:
        mark_buttons(line, viewer, history, rules, now)
    st.markdown("\n".join(f"- {text}" for text in explained(history, now)))
    st.markdown("\n".join(f"1. {step_words(row, now)}" for row in history.events.itertuples()))
    st.caption(
        _("The customer has waited {length} in all.", length=lateness(verdict.waited_minutes))
        if verdict.reached_at is None
        else _("The customer waited {length} in all.", length=lateness(verdict.waited_minutes))
    )


def step_words(row: Any, now: datetime) -> str:
    """One event: when, what, by whom, and what there is to say about it."""
    words = f"{short_time(row.at, now)} **{escaped(_(EVENT_LABELS.get(row.event, row.event)))}**"
    if pd.notna(row.who):
        words += f" · {escaped(row.who)}"
    detail = detail_words(row, now)
    return f"{words} · {escaped(detail)}" if detail else words


def mark_buttons(line: DeltaGenerator, viewer: Viewer, history: History, rules: HouseRules, now: datetime) -> None:
    """Who has taken the request; else a button to take it."""
    mark, callback_id = history.mark, history.callback_id

    def write(change: Callable[[Viewer, int, HouseRules, datetime], None]) -> Callable[[Viewer], None]:
        return lambda presser: change(presser, callback_id, rules, this_minute())

    if mark is None:
        line.button(
            _("I take it"),
            key="take_request",
            on_click=press,
            args=(still_there(viewer), write(take_request), _("It is yours."), refused, ()),
            icon=":material/front_hand:",
            help=_("Everybody who sees the request sees that you have taken it. The CRM is not told."),
        )
        return
    line.markdown(escaped(taken_words(mark.by, mark.at, now)), width="content")
    if may_give_back(viewer, mark.by_id):
        line.button(
            _("Give it back"),
            key="give_request_back",
            on_click=press,
            args=(still_there(viewer), write(give_request_back), _("It is nobody's again."), refused, ()),
        )


def refused(error: ChangeRefusedError) -> str:
    return refusal_words(error, REFUSALS)


def show_customer(
    line: DeltaGenerator, viewer: Viewer, page: str, history: History, rules: HouseRules, now: datetime
) -> None:
    """Name, telephone and what the customer wanted, only once somebody asks for it, one at a time."""
    # By viewer: in the simulated agency one session may look through several people's eyes.
    opened_by, opened_id, opened = st.session_state.get(OPENED, (None, None, None))
    if (opened_by, opened_id) != (viewer.name, history.callback_id):
        line.button(
            _("Show name and number"),
            key="open_customer",
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

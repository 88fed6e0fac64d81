"""The drawer at the right in which a line opens: over the list it came from, by a press or by the address."""

from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from data_access.questions.callback_history import History, history_of
from data_access.scope import Viewer, scope_of
from metrics.house_rules import HouseRules
from pages.parts.callback_history import show_history
from pages.parts.loaders import ask, this_minute
from pages.parts.tables import choose_rows, forget_choice
from pages.parts.wording import _, escaped
from pages.parts.words import TOPIC_LABELS

REQUEST, RATING, ABSENCE, HOLE = "callback", "rating", "absence", "hole"
"""The query parameters that name what is open: the number of its row, never a customer's; of a hole, which is no row,
when it begins and of which team."""


def hole_name(starts_at: datetime, team: str) -> str:
    """What the address calls a hole."""
    return f"{starts_at:%Y-%m-%dT%H:%M} {team}"


def open_drawer(row_id: int, what: str = REQUEST) -> None:
    st.query_params[what] = str(row_id)


def opened_row(what: str = REQUEST) -> int | None:
    """The row that the address names, if it can be one."""
    asked = st.query_params.get(what, "")
    return int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 18 else None


def open_chosen(key: str, ids: Sequence[int], what: str = REQUEST) -> None:
    """Open what a reader has ticked in the table that is drawn next under this key, and take the tick away: else the
    table would open it again after the browser's Back has closed it."""
    for row_id in choose_rows(key, ids):
        forget_choice(key)
        open_drawer(row_id, what)


def drawer(title: str, what: str, draw: Callable[[], None]) -> None:
    """Open the drawer; when it closes the address names nothing. `draw` is called again by itself once something was
    pressed in it."""

    def close() -> None:
        st.query_params.pop(what, None)

    st.dialog(escaped(title), width="medium", position="right", on_dismiss=close)(draw)()


def show_drawer(
    viewer: Viewer,
    page: str,
    rules: HouseRules,
    now: datetime,
    more: Callable[[History], None] | None = None,
) -> None:
    """The whole history of the request that the address names, and under it what else the page knows of it."""
    callback_id = opened_row()
    if callback_id is None:
        return

    def draw() -> None:
        at = this_minute()
        history = ask(history_of, scope_of(viewer), callback_id, rules, at)
        if history is None:
            st.info(_("There is no such request, it is not yours to see, or it is older than what is kept."))
            return
        show_history(viewer, page, history, rules, at)
        if more is not None:
            more(history)

    asked = ask(history_of, scope_of(viewer), callback_id, rules, now)
    title = _("Request") if asked is None else f"{asked.customer} · {_(TOPIC_LABELS.get(asked.topic, asked.topic))}"
    drawer(title, REQUEST, draw)

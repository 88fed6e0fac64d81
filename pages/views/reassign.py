"""The pieces of the Hand-over page that look back: what IBA does not show yet, and what was handed over."""

import pandas as pd
import streamlit as st

from data_access.changes.reassignment import LONGEST_REASON, undo
from data_access.scope import Viewer
from data_access.settings import now as clock
from metrics.house_rules import HouseRules
from pages.parts.forms import press
from pages.parts.gate import still_there
from pages.parts.hand_over_words import refused
from pages.parts.tables import choose_rows, in_zone, show_table
from pages.parts.wording import _, escaped, ngettext

UNDO_REASON = "undo_reason"
TABLES = ("hand_overs",)
"""In which nothing is chosen any more after an undoing."""


def waiting_table(waiting: pd.DataFrame) -> None:
    """Customers handed over whose new owner the CRM has not shown yet; the same rows are the export."""
    if waiting.empty:
        st.caption(_("Nothing waits for IBA."))
        return
    st.markdown(
        ngettext(
            "{count} customer was handed over, and IBA does not show it yet.",
            "{count} customers were handed over, and IBA does not show it yet.",
            len(waiting),
        )
    )
    show_table(
        waiting,
        {
            "customer": _("Customer"),
            "former_owner": _("Former owner"),
            "new_owner": _("New owner"),
            "from_date": st.column_config.DateColumn(_("From"), format="DD.MM.YYYY"),
        },
        key="not_yet_in_iba",
        most_rows=8,
    )


def history(viewer: Viewer, done: pd.DataFrame, rules: HouseRules) -> None:
    """Every hand-over; a row opens the form that undoes it."""
    if done.empty:
        st.caption(_("No customers have been handed over yet."))
        return
    shown = done.drop(columns="batch").copy()
    for name in ("at", "undone_at"):
        shown[name] = in_zone(shown[name], rules.zone)
    column = st.column_config
    time = "DD.MM.YYYY HH:mm"
    opened = choose_rows("hand_overs", list(done["batch"]))
    show_table(
        shown,
        {
            "at": column.DatetimeColumn(_("Time"), format=time),
            "by": _("By"),
            "agents": _("Handlers"),
            "customers": _("Customers"),
            "requests": _("Open requests"),
            "reason": _("Reason"),
            "undone_at": column.DatetimeColumn(_("Undone"), format=time),
            "undone_by": _("Undone by"),
        },
        key="hand_overs",
        most_rows=8,
        chooses="single-row",
    )
    st.caption(_("Choose a row to undo it."))
    for batch in opened:
        row = done[done["batch"] == batch].iloc[0]
        if pd.notna(row["undone_at"]):
            st.info(_("This hand-over was undone already."))
            continue

        def write(presser: Viewer, batch: str = batch) -> None:
            undo(presser, batch, st.session_state[UNDO_REASON], rules, clock())
            st.session_state[UNDO_REASON] = ""

        with st.form("undo"):
            st.text_input(_("Reason for undoing, kept for ever in the log"), key=UNDO_REASON, max_chars=LONGEST_REASON)
            st.form_submit_button(
                _("Undo the hand-over of {handlers}", handlers=escaped(row["agents"])),
                on_click=press,
                args=(
                    still_there(viewer),
                    write,
                    _("Undone: everything stands as it stood before."),
                    refused,
                    TABLES,
                ),
            )

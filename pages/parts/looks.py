"""Looks at one person and exports: written into the log before anything is shown or handed out (P1)."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pandas as pd
import streamlit as st

from data_access.changes.logs import Look, record_look
from data_access.scope import Viewer
from data_access.settings import current_rules, now
from pages.parts.foot import Explained, newest_of
from pages.parts.gate import LOGGED_FIRST, ROLES, still_there
from pages.parts.tables import in_zone
from pages.parts.wording import NOTHING, _, language, local_time, written_in
from pages.parts.workbook import as_workbook

LOOKED_AT = "looked_at"
ONE_LOOK = timedelta(hours=1)
"""So long coming back to the same person on the same page is the same look."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOTHING_TO_EXPLAIN: Explained = ((), ())
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def look_at(viewer: Viewer, page: str, agent_id: int | None) -> None:
    """Log that a viewer looks at one colleague's figures; at their own they may look unlogged."""
    if agent_id is None or agent_id == viewer.agent_id:
        return
    looked, at = st.session_state.setdefault(LOOKED_AT, {}), now()
    last = looked.get((viewer.name, page, agent_id))
    if last is None or at - last >= ONE_LOOK:
        with st.spinner(_(LOGGED_FIRST)):
            record_look(viewer, Look("view", page, about_id=agent_id), at)
        looked[viewer.name, page, agent_id] = at


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a leading quote; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(STARTS_A_FORMULA) else value


def as_csv(rows: pd.DataFrame, zone: str) -> bytes:
    """Rows as a CSV file that a Danish Excel opens: semicolons, UTF-8 with a mark, the agency's wall clock."""
    shown = rows.copy()
    for column in shown:
        if isinstance(shown[column].dtype, pd.DatetimeTZDtype):
            shown[column] = in_zone(shown[column], zone).dt.strftime("%Y-%m-%d %H:%M:%S")
    cells = shown.astype("object").where(shown.notna(), "").map(safe_cell)
    cells.columns = [safe_cell(str(name)) for name in cells.columns]
    text = StringIO()
    cells.to_csv(text, sep=";", index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    return text.getvalue().encode("utf-8-sig")


def logged_export(
    viewer: Viewer, page: str, rows: pd.DataFrame, write: Callable[[], bytes], about_id: int | None = None
) -> Callable[[], bytes]:
    """What writes an export when it is asked for, after it has been logged; nothing once the login has ended."""
    ask_again, code = still_there(viewer), language()

    def build() -> bytes:
        if ask_again() != viewer:
            raise PermissionError("the login has ended, or its rights have changed")
        look = Look("export", page, about_id=about_id, details=f"rows={len(rows)}")
        record_look(viewer, look, now())
        # Whoever asks for a file has no session of a page any more.
        with written_in(code):
            return write()

    return build


def export_buttons(
    viewer: Viewer,
    page: str,
    rows: pd.DataFrame,
    about_id: int | None = None,
    explained: Explained = NOTHING_TO_EXPLAIN,
) -> None:
    """The rows that the page shows, as a file for programs and one for people; written, and logged, only when somebody
    asks for it.

    `about_id`: the one colleague whom the rows are about, where somebody chose one. `explained`: what the second
    sheet tells of.
    """
    if rows.empty:
        return
    zone, where, newest = current_rules().zone, st.context.url or "", newest_of(explained[1])

    def workbook() -> bytes:
        about = [
            (_("Where they stand"), where),
            (_("Exported at"), local_time(now())),
            (_("Exported by"), f"{viewer.name} ({_(ROLES[viewer.role])})"),
            (_("Newest record in these figures"), NOTHING if newest is None else local_time(newest)),
        ]
        return as_workbook(rows, about, explained[0], zone)

    files: dict[str, tuple[str, str, Callable[[], bytes]]] = {
        _("Export as CSV"): ("csv", "text/csv", lambda: as_csv(rows, zone)),
        _("Export to Excel"): ("xlsx", XLSX, workbook),
    }
    with st.container(horizontal=True):
        for label, (ending, kind, write) in files.items():
            st.download_button(
                label,
                logged_export(viewer, page, rows, write, about_id),
                file_name=f"svartid-{page}.{ending}",
                mime=kind,
                key=f"export_{page}_{ending}",
                on_click="ignore",
                icon=":material/download:",
                help=_("That you exported is logged."),
            )

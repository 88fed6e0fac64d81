"""An export as a spreadsheet: the rows of the page, in their order and in words, and nothing that would be run."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any, NamedTuple

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook
from streamlit.testing.v1 import AppTest
from support.payloads import PAYLOADS

from metrics.figures import CALLBACK_FIGURES
from pages.parts import looks
from pages.parts.export_words import LABELS, in_words
from pages.parts.looks import safe_cell
from pages.parts.wording import written_in
from pages.parts.workbook import as_workbook

ZONE = "Europe/Copenhagen"
PAGES: dict[str, dict[str, Any]] = {
    "pages/service/callbacks.py": {"view": "overdue"},
    "pages/service/calls.py": {},
    "pages/rota/absence.py": {},
    "pages/quality/coaching.py": {},
    "pages/quality/agent.py": {"agent": "CGL"},
    "pages/quality/satisfaction.py": {},
    "pages/quality/notes.py": {},
    "pages/system/audit.py": {},
}


@pytest.fixture
def danish() -> Iterator[None]:
    with written_in("da"):
        yield


def sheets(file: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(file))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


class Offer(NamedTuple):
    """What a page offers to export: its rows, and what writes them as a workbook."""

    rows: pd.DataFrame
    write: Callable[[], bytes]


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> dict[str, Offer]:
    """The latest offer of each page; the workbook comes after the CSV."""
    offered: dict[str, Offer] = {}
    offer = looks.logged_export

    def note(viewer: Any, page: str, rows: pd.DataFrame, write: Callable[[], bytes], *others: Any) -> Any:
        offered[page] = Offer(rows, write)
        return offer(viewer, page, rows, write, *others)

    monkeypatch.setattr(looks, "logged_export", note)
    return offered


@pytest.mark.parametrize("page", PAGES)
def test_every_page_gives_its_rows_in_words_without_a_code(
    page: str, open_year: Callable[..., AppTest], exported: dict[str, Offer]
) -> None:
    open_year(page, **PAGES[page])
    [(rows, write)] = exported.values()
    with written_in("da"):
        book = sheets(write())
    assert list(book) == ["Rækker", "Om"]
    head, *lines = book["Rækker"]
    assert len(lines) == len(rows) > 0
    assert len(head) == len([column for column in rows if not column.endswith("_id")])
    # A code is one word of small letters with a line in it, and stands in no cell.
    cells = {cell for line in lines for cell in line if isinstance(cell, str)}
    assert not [cell for cell in cells if "_" in cell], cells
    about = dict(book["Om"])
    assert about["Eksporteret af"] == "quality (kvalitetsansvarlig)"
    assert about["Eksporteret"] == "fre. 20. nov. 2026 14.00"
    assert (len(about) > 4) is (page != "pages/system/audit.py")  # its figures, where it has some


def test_the_worklist_gives_the_view_that_is_shown(
    open_year: Callable[..., AppTest], exported: dict[str, Offer]
) -> None:
    app = open_year("pages/service/callbacks.py", view="overdue")
    assert set(exported["callbacks"].rows["state"]) == {"overdue"}
    everything = len(exported["callbacks"].rows)
    open_year("pages/service/callbacks.py")
    assert len(exported["callbacks"].rows) > everything
    open_year("pages/service/callbacks.py", view="pattern")
    assert set(exported["attempts"].rows["state"]) <= {"overdue", "due_soon", "waiting"}
    assert [button.label for button in app.get("download_button")] == ["Export as CSV", "Export to Excel"]


def test_times_are_local_shares_are_shares_and_a_missing_value_is_an_empty_cell() -> None:
    rows = pd.DataFrame(
        {
            "callback_id": [7, 8],
            "customer": ["K1", None],
            "due_at": pd.to_datetime(["2026-05-06T10:00:00Z", None]).astype("datetime64[us, UTC]"),
            "first_day": [date(2026, 5, 6), None],
            "rate": [0.125, float("nan")],
            "promise_broken": pd.array([True, None], dtype="boolean"),
            "state": ["overdue", "waiting"],
        }
    )
    with written_in("en"):
        [head, first, second] = sheets(as_workbook(rows, [], [], ZONE))["Rows"]
    assert head == ["Customer", "Deadline", "First day", "Rate", "Promise broken", "State"]
    assert first == ["K1", datetime.fromisoformat("2026-05-06T12:00:00"), date(2026, 5, 6), 0.125, "yes", "Overdue"]
    assert second == ["", "", "", "", "", "Waiting"]


def test_no_cell_is_a_formula_a_link_or_a_fault_of_the_file() -> None:
    hostile = [*PAYLOADS, "=1+1", "@SUM(1)", "http://evil.example", "\x00\x01\x0bQuokka", "<x>&amp;", "-" * 40_000]
    rows = pd.DataFrame({"customer": hostile})
    with written_in("en"):
        file = as_workbook(rows, [("=1+1", "=2+2")], CALLBACK_FIGURES, ZONE)
    [_head, *lines] = sheets(file)["Rows"]
    # As they are, but for what no spreadsheet may hold and what is longer than a cell.
    assert [line[0] for line in lines][: len(PAYLOADS)] == list(PAYLOADS)
    assert lines[len(PAYLOADS)] == ["=1+1"]
    assert lines[-3] == ["Quokka"]
    assert len(lines[-1][0]) == 32_767
    assert b"<f>" not in file
    assert safe_cell("=1+1") == "'=1+1"  # the CSV has no types and needs a quote


@pytest.mark.usefixtures("danish")
def test_codes_that_nobody_knows_stay_as_they_are() -> None:
    shown = in_words(pd.DataFrame({"topic": ["claims", "of a later version"], "kind": ["vacation", None]}))
    assert shown["topic"].tolist() == ["skade", "of a later version"]
    assert "Emne" not in LABELS.values()

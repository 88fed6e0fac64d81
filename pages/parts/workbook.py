"""An export as a spreadsheet for people: words instead of codes, dates as dates, shares as shares, and a second sheet
that says what the figures mean, how old the data are, and who took them."""

from collections.abc import Iterable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from metrics.figures import Figure
from pages.parts.export_words import in_words, label_of
from pages.parts.tables import in_zone
from pages.parts.wording import _

SHARES = ("answer_rate", "rate", "rate_low", "rate_high", "low", "high", "expected_rate", "shrunken_rate")
NARROWEST, WIDEST = 8, 45
NO_CONTROL_CHARACTERS = {number: None for number in range(32) if number not in (9, 10)}


def as_workbook(rows: pd.DataFrame, about: Iterable[tuple[str, str]], figures: Iterable[Figure], zone: str) -> bytes:
    """The rows in their order, and what is to be known of them. `about`: lines of two cells, above the definitions.

    No cell is a formula or a link, whatever stands in it.
    """
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    write_rows(book.add_worksheet(_("Rows")), book, head, rows, zone)
    sheet = book.add_worksheet(_("About"))
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 90)
    lines = [*about, *((f"{_(figure.label)} ({figure.rule})", _(figure.definition)) for figure in figures)]
    for place, (name, text) in enumerate(lines):
        sheet.write_string(place, 0, clean(name), head)
        sheet.write_string(place, 1, clean(text), wrapped)
    book.close()
    return file.getvalue()


def write_rows(sheet: Worksheet, book: Workbook, head: Format, rows: pd.DataFrame, zone: str) -> None:
    day, time, share = (book.add_format({"num_format": form}) for form in ("dd.mm.yyyy", "dd.mm.yyyy hh:mm", "0.0%"))
    shown = in_words(rows)
    for place, column in enumerate(shown):
        cells = shown[column]
        if isinstance(cells.dtype, pd.DatetimeTZDtype):
            cells = in_zone(cells, zone)
        label = label_of(str(column))
        sheet.write_string(0, place, label, head)
        widest = len(label)
        for line, cell in enumerate(cells, 1):
            if pd.isna(cell):
                continue
            if isinstance(cell, datetime):
                sheet.write_datetime(line, place, pd.Timestamp(cell).floor("s").to_pydatetime(), time)
                widest = max(widest, 16)
            elif isinstance(cell, date):
                sheet.write_datetime(line, place, datetime.combine(cell, datetime.min.time()), day)
                widest = max(widest, 10)
            else:
                widest = max(widest, write_cell(sheet, line, place, cell, share if column in SHARES else None))
        sheet.set_column(place, place, min(max(widest + 2, NARROWEST), WIDEST))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(shown), 1), max(len(shown.columns) - 1, 0))


def write_cell(sheet: Worksheet, line: int, place: int, cell: Any, form: Format | None) -> int:
    """Write a number or a text; gives how many letters it takes."""
    if isinstance(cell, str):
        sheet.write_string(line, place, text := clean(cell))
        return len(text)
    sheet.write_number(line, place, cell, form)
    return len(f"{cell:g}") if form is None else 6


def clean(text: str) -> str:
    """Without what no spreadsheet may hold."""
    return text.translate(NO_CONTROL_CHARACTERS)

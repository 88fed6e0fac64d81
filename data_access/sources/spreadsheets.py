"""Reading a spreadsheet (XLSX) row by row, with the same words for numbers and dates as a text file has."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from data_access.sources.files import FileRefusedError, Line, Mapped, Rows, with_header

MOST_BYTES_UNPACKED = 2 * 1024**3
MOST_CELLS = 50_000_000
BYTES_AT_A_TIME, LONGEST_CELL_NAME = 1024 * 1024, 64
CELL_NAME = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
"""The name of a cell, or the number of a row."""
MOST_TIMES_UNPACKED = 200
"""A real spreadsheet unpacks to some ten times its size; one that unpacks to more than this is an attack."""


def read_spreadsheet(file: Path, mapped: Mapped) -> Rows:
    """The rows of one sheet: the one the mapping names, else the first.

    Formulas give the value they had when the file was saved; of merged cells only the first holds a value.
    Raises `FileRefusedError` for what is no XLSX, is locked by a password, or unpacks to too much.
    """
    refuse_what_is_no_spreadsheet(file)
    try:
        workbook = CalamineWorkbook.from_path(file)
        names = workbook.sheet_names
        if mapped.sheet is not None and mapped.sheet not in names:
            raise FileRefusedError(f"{file}: has no sheet '{mapped.sheet}', but {', '.join(names)}")
        sheet = workbook.get_sheet_by_name(mapped.sheet or names[0])
    except CalamineError as error:
        raise FileRefusedError(f"{file}: cannot be read as a spreadsheet: {error}") from error
    return with_header(file, mapped, sheet_lines(sheet, mapped.decimal), sheet.total_height)


def refuse_what_is_no_spreadsheet(file: Path) -> None:
    with file.open("rb") as raw:
        start = raw.read(512).lstrip()
    if start.startswith(b"<"):
        raise FileRefusedError(f"{file}: is a web page under the name of a spreadsheet; save it as XLSX or CSV")
    try:
        with ZipFile(file) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > min(MOST_BYTES_UNPACKED, MOST_TIMES_UNPACKED * file.stat().st_size):
                raise FileRefusedError(f"{file}: unpacks to {unpacked:,} bytes, which no spreadsheet of ours does")
            # An entry that is longer than it says, or cut off, fails its checksum.
            broken = archive.testzip()
    except (BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise FileRefusedError(f"{file}: is no spreadsheet (XLSX): {error}") from error
    if broken:
        raise FileRefusedError(f"{file}: is damaged in {broken}")
    refuse_what_claims_too_much(file)


def refuse_what_claims_too_much(file: Path) -> None:
    """A sheet is read as wide and as long as its farthest cell, whatever lies between: one cell at the very end of a
    sheet of two kilobytes would take all memory."""
    with ZipFile(file) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            rows = columns = 0
            with archive.open(name) as sheet:
                tail = b""
                while part := sheet.read(BYTES_AT_A_TIME):
                    for letters, digits in CELL_NAME.findall(tail + part):
                        rows, columns = max(rows, int(digits)), max(columns, column_number(letters))
                    tail = part[-LONGEST_CELL_NAME:]
            if rows * columns > MOST_CELLS:
                raise FileRefusedError(f"{file}: a cell stands in row {rows:,} of column {columns:,}; empty it")


def column_number(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def sheet_lines(sheet: CalamineSheet, decimal: str) -> Iterator[Line]:
    first = sheet.start[0] if sheet.start else 0
    with_clock = columns_with_clock(sheet)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [cell_text(cell, decimal, has_clock=place in with_clock) for place, cell in enumerate(row)]
        if number > first and any(cells):
            yield Line(number, cells, number)


def columns_with_clock(sheet: CalamineSheet) -> set[int]:
    """Columns that hold a time of day beside the date: there a date alone is its midnight."""
    return {place for row in sheet.iter_rows() for place, cell in enumerate(row) if isinstance(cell, datetime)}


def cell_text(cell: object, decimal: str, *, has_clock: bool = False) -> str:
    """A cell as a text file would hold it: ISO dates and times, whole numbers without a fraction."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else str(cell).replace(".", decimal)
        case datetime():
            return f"{cell:%Y-%m-%d}" if cell.time() == time() else cell.isoformat(" ")
        case date() if has_clock:
            return f"{cell.isoformat()} 00:00:00"
        case date() | time():
            return cell.isoformat()
        case timedelta():
            seconds = round(cell.total_seconds())
            return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
        case _:
            return str(cell)

"""Which reader reads a file: by the mapping's format, and a table by the end of its name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from data_access.sources.asterisk_cdr import read_cdr
from data_access.sources.asterisk_queue_log import read_queue_log
from data_access.sources.files import FileRefusedError, Mapped, Rows, read_delimited
from data_access.sources.grids import as_grid
from data_access.sources.relatel import read_relatel

SPREADSHEETS = (".xlsx", ".xlsm")
READERS: dict[str, Callable[[Path, Mapped, str], Rows]] = {
    "asterisk_queue_log": read_queue_log,
    "asterisk_cdr": read_cdr,
    "relatel": read_relatel,
}


def table_of(file: Path, mapped: Mapped) -> Rows:
    if file.suffix.lower() not in SPREADSHEETS:
        return read_delimited(file, mapped)
    from data_access.sources.spreadsheets import read_spreadsheet

    return read_spreadsheet(file, mapped)


def read_rows(file: Path, mapped: Mapped, form: str, kind: str, zone: str, today: date) -> Rows:
    """The header and the rows of a file. Raises `FileRefusedError` where it is missing or cannot be read.

    `zone` and `today` are for calendars: the zone of times without one, and the day around which events repeat.
    """
    if not file.is_file():
        raise FileRefusedError(f"{file}: there is no such file")
    if form in READERS:
        return READERS[form](file, mapped, kind)
    if form == "icalendar":
        # Imported where it is needed, because its libraries take half a second.
        from data_access.sources.calendars import read_calendar

        return read_calendar(file, mapped, kind, zone, today)
    table = table_of(file, mapped)
    if form != "grid":
        return table
    codes = frozenset(value for rule in mapped.leave_out if rule.column == "code" for value in rule.values)
    return as_grid(file, table, kind, mapped.grid_dates, codes)

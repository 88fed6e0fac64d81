"""Reading a rota that is written as a grid: names down, dates across, a span or a code in each cell.

Each cell becomes rows: source_id, agent, day, last_day, from, to (clock times of a span), code (any other word), and
cancelled (yes) where a cell holds nothing of the kind: whoever clears a cell takes out what stood in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from data_access.sources.files import Chunk, FileRefusedError, Problem, Rows
from data_access.sources.records import Record, as_rows_of_lines
from metrics.calendar import ONE_DAY

COLUMNS = ("source_id", "agent", "day", "last_day", "from", "to", "code", "cancelled")
MOST_SPANS = 2
"""Of one cell: a shift before and one after lunch."""
NO_CODE = "other"
"""What is cancelled says some reason, because an absence has to."""
NO_HOURS = {"from": "00:00", "to": "00:30", "cancelled": "yes"}
"""What is cancelled says some hours, because a shift has to."""
CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?"
SPAN = re.compile(rf"\s*(?:kl\.?\s*)?{CLOCK}\s*(?:-|–|til)\s*{CLOCK}\s*")
BETWEEN_SPANS = re.compile(r"\s*(?:,|\+|/|&|\bog\b|\n)\s*")
WEEKDAY = re.compile(r"^[^\W\d_]+\.?,?\s+")
"""A weekday's name before a date, such as "man. 16-11-2026"; it is not needed."""


@dataclass(frozen=True)
class DayColumn:
    position: int
    name: str
    day: date


def as_grid(file: Path, rows: Rows, kind: str, dates: str | None, codes: frozenset[str]) -> Rows:
    """The rows of a table read as a grid. `dates`: how the dates of the header are written; without it ISO 8601.
    `codes`: words in cells that are no shifts and are left out on purpose.

    The first column names the agent; columns before the first date are not read. For absences, cells with the same code
    on columns that follow each other are one absence. Raises `FileRefusedError` where the header holds no dates, or
    something else between them.
    """
    days = day_columns(file, rows.header, dates)
    return as_rows_of_lines(COLUMNS, records_of(rows, days, kind, codes), rows.size)


def day_columns(file: Path, header: list[str], dates: str | None) -> list[DayColumn]:
    columns = [
        DayColumn(place, name, day) for place, name in enumerate(header) if place and (day := read_day(name, dates))
    ]
    if not columns:
        expected = f"written {dates}" if dates else "such as 2026-11-16; another form needs grid_dates in the mapping"
        raise FileRefusedError(f"{file}:1: no column is headed by a date {expected}")
    first, last = columns[0].position, columns[-1].position
    others = [name for place, name in enumerate(header) if first < place < last and not read_day(name, dates)]
    if any(others):
        raise FileRefusedError(f"{file}:1 {next(filter(None, others))}: is no date, but stands between dates")
    if [dated.day for dated in columns] != sorted({dated.day for dated in columns}):
        raise FileRefusedError(f"{file}:1: the dates are out of order or stand twice")
    return columns


def read_day(text: str, form: str | None) -> date | None:
    """A header as a date, with or without a weekday before it. Month and day are never guessed."""
    text = WEEKDAY.sub("", text.strip())
    for pattern in ("%Y-%m-%d", form):
        if pattern is not None:
            try:
                return datetime.strptime(text, pattern).date()  # noqa: DTZ007
            except ValueError:
                continue
    return None


def records_of(
    rows: Rows, days: list[DayColumn], kind: str, codes: frozenset[str]
) -> Iterator[tuple[int, Record | Problem, int]]:
    chunk: Chunk
    times_seen: dict[str, int] = {}
    for chunk in rows.chunks:
        for problem in chunk.problems:
            yield problem.row, problem, chunk.done
        for number, cells in zip(chunk.numbers, chunk.rows, strict=True):
            name = cells[0].strip() if cells else ""
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) <= days[-1].position:
                first_missing = next(day.name for day in days if day.position >= len(cells))
                yield number, Problem(number, first_missing, "the row is cut off before this column"), chunk.done
                continue
            # Somebody who stands on several rows has shifts on each.
            times_seen[name] = times_seen.get(name, 0) + 1
            row_id = name if times_seen[name] == 1 else f"{name}#{times_seen[name]}"
            reader = absences_of_row if kind == "absences" else shifts_of_row
            for record in reader(number, name, row_id, cells, days, codes):
                yield number, record, chunk.done


def absences_of_row(
    number: int, name: str, row_id: str, cells: list[str], days: list[DayColumn], codes: frozenset[str]
) -> Iterator[Record | Problem]:
    """Cells with the same code on columns that follow each other are one absence, known by its first day; a day on
    which none begins takes out what began on it before."""
    spell: Record | None = None
    for column in days:
        text = cells[column.position].strip()
        at = {"agent": name, "day": str(column.day), "last_day": str(column.day)}
        at["source_id"] = f"{row_id}/{column.day}"
        if spans_of(text) is None and any(character.isdigit() for character in text):
            yield Problem(number, column.name, "the cell is neither hours such as 9-17 nor a code")
            text = ""
        is_code = spans_of(text) is None and text not in codes
        continues = spell is not None and is_code and spell["code"] == text
        if spell is not None and continues:
            spell["last_day"] = str(column.day)
        elif spell is not None:
            yield spell
            spell = None
        if is_code and not continues:
            spell = at | {"code": text}
        else:
            yield at | {"code": NO_CODE, "cancelled": "yes"}
    if spell is not None:
        yield spell


def shifts_of_row(
    number: int, name: str, row_id: str, cells: list[str], days: list[DayColumn], codes: frozenset[str]
) -> Iterator[Record | Problem]:
    for column in days:
        text = cells[column.position].strip()
        at = {"agent": name, "day": str(column.day), "last_day": str(column.day)}
        if text in codes:
            yield at | {"source_id": f"{row_id}/{column.day}", "code": text}
            text = ""
        spans = spans_of(text)
        if spans is None or len(spans) > MOST_SPANS or any("" in span for span in spans):
            reason = "the cell is no shift such as 9-17, nor two, nor a word that the mapping leaves out"
            yield Problem(number, column.name, reason)
            continue
        for place in range(MOST_SPANS):
            hours = {"from": spans[place][0], "to": spans[place][1]} if place < len(spans) else NO_HOURS
            # "18-23 og 0-4": what begins before the first span did is the next day's night.
            is_next_day = 0 < place < len(spans) and spans[place][0] < spans[0][0]
            day = {"day": str(column.day + ONE_DAY)} if is_next_day else {}
            yield at | {"source_id": f"{row_id}/{column.day}/{place + 1}"} | hours | day


def spans_of(text: str) -> list[tuple[str, str]] | None:
    """The spans of clock times in a cell such as "9-12 og 13-17"; None where it holds anything else.

    Clock times that do not exist are empty texts.
    """
    if not text:
        return []
    matches = [SPAN.fullmatch(part) for part in BETWEEN_SPANS.split(text)]
    if not all(matches):
        return None
    return [(clock(*match.group(1, 2)), clock(*match.group(3, 4))) for match in matches if match]


def clock(hours: str, minutes: str | None) -> str:
    is_one = int(hours) < 24 and int(minutes or 0) < 60
    is_midnight = int(hours) == 24 and int(minutes or 0) == 0
    return f"{int(hours):02d}:{int(minutes or 0):02d}" if is_one else "00:00" if is_midnight else ""

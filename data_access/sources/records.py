"""Logs that are no tables: records are put together from events first, and then read like rows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from data_access.sources.files import Line, Problem, Rows, in_chunks

Record = dict[str, str]


def as_rows(columns: tuple[str, ...], records: Iterable[tuple[int, Record | Problem, int]], size: int) -> Rows:
    """Records as rows with these columns; what a record does not say is empty."""

    def lines() -> Iterator[Line]:
        for number, record, done in records:
            if isinstance(record, Problem):
                yield Line(number, record, done)
            else:
                yield Line(number, [record.get(name, "") for name in columns], done)

    return Rows(list(columns), in_chunks(lines()), size)


def as_rows_of_lines(columns: tuple[str, ...], records: Iterable[tuple[int, Record | Problem, int]], size: int) -> Rows:
    """Records as rows where a line of the file may give several: numbered one by one, with the line of each kept."""
    lines: list[int] = []

    def numbered() -> Iterator[tuple[int, Record | Problem, int]]:
        for line, record, done in records:
            lines.append(line)
            number = len(lines)
            yield number, replace(record, row=number) if isinstance(record, Problem) else record, done

    rows = as_rows(columns, numbered(), size)
    return Rows(rows.header, rows.chunks, rows.size, lines)


MOST_DIGITS, TOO_LONG = 9, 10**9


def whole_seconds(text: str) -> int:
    """A length as a log writes it, in its own unit; what is no number is 0.

    A number that is longer than any length is given as one that is set aside later, like all of more than a week.
    """
    if not text.isdecimal():
        return 0
    return int(text) if len(text) <= MOST_DIGITS else TOO_LONG


def instant_text(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat()

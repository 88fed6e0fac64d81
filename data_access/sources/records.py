"""Logs that are no tables: records are put together from events first, and then read like rows."""

from collections.abc import Iterable, Iterator
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


def instant_text(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat()

"""Reading a file row by row: delimited text, spreadsheets, logs. Nothing is guessed, nothing is lost."""

import csv
import gzip
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import BufferedReader, TextIOWrapper
from itertools import count
from pathlib import Path
from typing import IO, NamedTuple, Protocol, cast

from data_access.errors import UserError

MOST_COLUMNS = 1_000
LONGEST_CELL = 10_000
ROWS_AT_A_TIME = 20_000
LONGEST_FIELD = 1024 * 1024
LONGEST_LINE = 4 * LONGEST_FIELD
CHARACTERS_AT_A_TIME = 64 * 1024 * 1024
EARLIEST_YEAR, LATEST_YEAR = 1970, 2199
"""Of a time or a day; others are slips."""
REPEATS_AROUND = timedelta(days=400)
"""A repeating event of a calendar is read so far back and ahead of today; a single event whenever it is."""
FEED_ADDRESSES = ("https://", "http://", "webcal://")
"""How the name of what is no file begins."""


class FileRefusedError(UserError):
    """A file that cannot be loaded at all; the text names the file and the reason."""


@dataclass(frozen=True)
class Problem:
    """Something about one row. `loaded`: the row is loaded all the same and this is only a notice."""

    row: int
    column: str
    reason: str
    loaded: bool = False


class LeftOut(Protocol):
    """Rows that a mapping leaves out on purpose: those whose column holds one of the values."""

    @property
    def column(self) -> str: ...
    @property
    def values(self) -> list[str]: ...


class Mapped(Protocol):
    """What reading a file needs to know of its mapping."""

    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def decimal(self) -> str: ...
    @property
    def sheet(self) -> str | None: ...
    @property
    def grid_dates(self) -> str | None: ...
    @property
    def header_row(self) -> int: ...
    @property
    def leave_out(self) -> Sequence[LeftOut]: ...


@dataclass(frozen=True)
class Unmapped:
    """How a file without a mapping is read."""

    encoding: str = "utf-8-sig"
    delimiter: str = ","
    decimal: str = "."
    sheet: str | None = None
    grid_dates: str | None = None
    header_row: int = 1
    leave_out: tuple[LeftOut, ...] = ()


class Line(NamedTuple):
    """One row: its number as a spreadsheet counts (the header is 1), its cells or what is wrong with it.

    `done`: how far the reader has come, of `Rows.size`.
    """

    number: int
    cells: list[str] | Problem
    done: int


@dataclass(frozen=True)
class Chunk:
    """Some rows as they stand in the file, with their numbers; rows that could not be told apart are problems."""

    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    done: int = 0

    @property
    def rows_read(self) -> int:
        return len(self.rows) + len(self.problems)


@dataclass(frozen=True)
class Rows:
    """A file's header and its rows in chunks; `size` is what `done` counts up to.

    `lines`: where several rows come from one line of the file, the line of each row, from the first on; it grows while
    the chunks are read.
    """

    header: list[str]
    chunks: Iterator[Chunk]
    size: int
    lines: list[int] = field(default_factory=list)


def checked_header(file: Path, cells: list[str]) -> list[str]:
    """The names of the columns; refused where there are too many."""
    header = [name.strip() for name in cells]
    if len(header) > MOST_COLUMNS:
        raise FileRefusedError(f"{file}:1: has {len(header)} columns; more than {MOST_COLUMNS} is no table of ours")
    return header


def with_header(file: Path, mapped: Mapped, lines: Iterator[Line], size: int) -> Rows:
    """The rows of a file whose header stands in the line that the mapping says; what stands above it is no row."""
    first = next((line for line in lines if line.number >= mapped.header_row), None)
    if first is None or isinstance(first.cells, Problem):
        raise FileRefusedError(f"{file}: {'is empty' if mapped.header_row == 1 else 'has nothing from header_row on'}")
    return Rows(checked_header(file, first.cells), in_chunks(lines), size)


def read_delimited(file: Path, mapped: Mapped) -> Rows:
    """The rows of a CSV file (also `.csv.gz`), decoded strictly.

    Raises `FileRefusedError` for a file that is empty, no text in the given encoding, or no table.
    """
    csv.field_size_limit(LONGEST_FIELD)
    return with_header(
        file, mapped, without_separator(file, mapped, delimited_lines(file, mapped)), file.stat().st_size
    )


def without_separator(file: Path, mapped: Mapped, lines: Iterator[Line]) -> Iterator[Line]:
    """The lines after `sep=;`, which some spreadsheets write first; refused where the mapping says another
    delimiter."""
    first = next(lines, None)
    if first is None:
        return
    cells = first.cells
    if isinstance(cells, list) and cells[0].startswith("sep="):
        named = mapped.delimiter.join(cells).removeprefix("sep=")[:1]
        if named != mapped.delimiter:
            raise FileRefusedError(f'{file}:1: the first line is sep={named}: say delimiter = "{named}" in a mapping')
    else:
        yield first
    yield from lines


def open_text(file: Path, encoding: str) -> tuple[BufferedReader, TextIOWrapper]:
    raw = file.open("rb")
    plain = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if file.suffix == ".gz" else raw
    return raw, TextIOWrapper(plain, encoding=encoding, newline="")


def delimited_lines(file: Path, mapped: Mapped, *, has_quotes: bool = True) -> Iterator[Line]:
    """The rows of delimited text; without quotes a quote is a character like others."""
    number = 0
    try:
        raw, text = open_text(file, mapped.encoding)
        with raw, text:
            # Strict: a quote that is never closed would swallow all rows after it.
            lines = bounded_lines(file, text)
            quoted = csv.reader(lines, delimiter=mapped.delimiter, strict=True)
            plain = csv.reader(lines, delimiter=mapped.delimiter, quoting=csv.QUOTE_NONE)
            rows = quoted if has_quotes else plain
            for number, row in enumerate(rows, start=1):
                if row:
                    yield Line(number, row, raw.tell())
    except UnicodeError as error:
        if starts_as_utf16(file):
            raise FileRefusedError(f'{file}: is UTF-16; say encoding = "utf-16" in a mapping') from error
        raise FileRefusedError(
            f"{file}:{number + 1}: is not text in {mapped.encoding} ({error.__class__.__name__}); "
            'a mapping can say another, for instance encoding = "windows-1252"'
        ) from error
    except (csv.Error, EOFError, OSError) as error:
        raise FileRefusedError(f"{file}:{number + 1}: cannot be read: {error}") from error


def bounded_lines(file: Path, text: TextIOWrapper) -> Iterator[str]:
    """The lines of a text, none of them so long that it fills the memory: a few kilobytes can unpack to gigabytes."""
    for number in count(1):
        line = text.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise FileRefusedError(f"{file}:{number}: has a line of more than {LONGEST_LINE:,} characters")
        if not line:
            return
        yield line


def starts_as_utf16(file: Path) -> bool:
    with file.open("rb") as raw:
        return raw.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE)


def in_chunks(lines: Iterator[Line]) -> Iterator[Chunk]:
    chunk, characters = Chunk(), 0
    for number, cells, done in lines:
        if isinstance(cells, Problem):
            chunk.problems.append(cells)
        else:
            chunk.numbers.append(number)
            chunk.rows.append(cells)
            characters += sum(map(len, cells))
        if chunk.rows_read == ROWS_AT_A_TIME or characters > CHARACTERS_AT_A_TIME:
            yield Chunk(chunk.numbers, chunk.rows, chunk.problems, done)
            chunk, characters = Chunk(), 0
    if chunk.rows_read:
        yield chunk

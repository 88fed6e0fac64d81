"""Reading a delimited text file row by row: nothing is guessed, nothing is lost."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, Protocol, cast

MOST_COLUMNS = 1_000
LONGEST_CELL = 10_000
ROWS_AT_A_TIME = 20_000
LONGEST_LINE = 64 * 1024 * 1024


class FileRefusedError(Exception):
    """A file that cannot be loaded at all; the text names the file and the reason."""


class Mapped(Protocol):
    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...


@dataclass(frozen=True)
class Chunk:
    """Some rows as they stand in the file. `numbers`: the row of each as a spreadsheet counts, the header being 1.

    `bytes_read` of the file so far, for the progress bar.
    """

    numbers: list[int]
    rows: list[list[str]]
    bytes_read: int


@dataclass(frozen=True)
class Rows:
    header: list[str]
    chunks: Iterator[Chunk]


def open_text(file: Path, mapped: Mapped) -> tuple[BufferedReader, TextIOWrapper]:
    raw = file.open("rb")
    plain = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if file.suffix == ".gz" else raw
    return raw, TextIOWrapper(plain, encoding=mapped.encoding, newline="")


def read_rows(file: Path, mapped: Mapped) -> Rows:
    """The header and the rows of a CSV file (also `.csv.gz`), decoded strictly.

    Raises `FileRefusedError` for a file that is missing, empty, no text in the given encoding, or no table.
    """
    if not file.is_file():
        raise FileRefusedError(f"{file}: there is no such file")
    csv.field_size_limit(LONGEST_LINE)
    rows = numbered_rows(file, mapped)
    first = next(rows, None)
    if first is None:
        raise FileRefusedError(f"{file}: is empty")
    header = [name.strip() for name in first[1]]
    if len(header) > MOST_COLUMNS:
        raise FileRefusedError(f"{file}:1: has {len(header)} columns; more than {MOST_COLUMNS} is no table of ours")
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise FileRefusedError(f"{file}:1 {twice[0]}: this column stands twice")
    return Rows(header, in_chunks(rows))


def numbered_rows(file: Path, mapped: Mapped) -> Iterator[tuple[int, list[str], int]]:
    number = 0
    try:
        raw, text = open_text(file, mapped)
        with raw, text:
            for number, row in enumerate(csv.reader(text, delimiter=mapped.delimiter), start=1):
                if row:
                    yield number, row, raw.tell()
    except UnicodeError as error:
        raise FileRefusedError(
            f"{file}:{number + 1}: is not text in {mapped.encoding} ({error.__class__.__name__}); "
            'a mapping can say another, for instance encoding = "windows-1252"'
        ) from error
    except (csv.Error, EOFError, OSError) as error:
        raise FileRefusedError(f"{file}:{number + 1}: cannot be read: {error}") from error


def in_chunks(rows: Iterator[tuple[int, list[str], int]]) -> Iterator[Chunk]:
    numbers: list[int] = []
    cells: list[list[str]] = []
    position = 0
    for number, row, position in rows:
        numbers.append(number)
        cells.append(row)
        if len(cells) == ROWS_AT_A_TIME:
            yield Chunk(numbers, cells, position)
            numbers, cells = [], []
    if cells:
        yield Chunk(numbers, cells, position)

"""A draft of a mapping, guessed from a file: what it is sure of, and what one has to look at ("?").

A guess is sure where the column is called as exports call the field, no other column is, and its values have the
field's form. Everything else bears a question mark. A draft is for a person to read; nothing is loaded by it.
"""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from data_access.sources.field_names import FIELD_NAMES, OUR_WORDS
from data_access.sources.files import Chunk, FileRefusedError, Unmapped, open_text, starts_as_utf16
from data_access.sources.kinds import KINDS, Field
from data_access.sources.mapping import Mapping
from data_access.sources.parsing import Parsed, parse_chunk
from data_access.sources.reading import SPREADSHEETS, read_rows, table_of
from metrics.calendar import local_day
from metrics.house_rules import HouseRules

LINES_READ, VALUES_LOOKED_AT, ROWS_SHOWN = 300, 500, 20
MOST = 0.9
"""The part of the values that must have a form before it is guessed; where not all of them have it there is a doubt."""
MOST_QUEUES = 50
DELIMITERS = (";", ",", "\t", "|")
DAYS = ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%y", "%d/%m/%y", "%d.%m.%y", "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y",
        "%Y/%m/%d", "%y%m%d", "%d %b %Y", "%d %B %Y")  # fmt: skip
CLOCKS = ("%H:%M:%S", "%H:%M", "%H.%M", "%I:%M:%S %p", "%I:%M %p")
WRITTEN_DAYS = tuple(form for form in DAYS if form != "%y%m%d")
"""Forms that no number has by chance."""
MONTH_FIRST = {"%d-%m-%Y": "%m-%d-%Y", "%d/%m/%Y": "%m/%d/%Y", "%d/%m/%y": "%m/%d/%y"}
ISO, ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:?\d{2}"), re.compile(r"\d{4}-\d{2}-\d{2}$")
LENGTH, WHOLE_NUMBER = re.compile(r"(\d+:)?\d{1,2}:\d{2}([.,]\d+)?$"), re.compile(r"\d+([.,]\d+)?$")
PHONE = re.compile(r"\+?[\d ()-]{8,}$")
NAMES_OF_UNITS = {"ms": "ms", "min": "min", "minutes": "min", "minutter": "min"}
SECONDS_NAMED = ("sec", "seconds", "sek", "sekunder", "s")
KNOWN_FORMATS = (
    (re.compile(r"BEGIN:VCALENDAR"), "a calendar: --mapping data_access/sources/mappings/calendar_shifts.toml"),
    (re.compile(r"\d{9,}(\.\d+)?\|[^|\n]*\|"), "Asterisk's queue log: mappings/asterisk_queue_log_calls.toml reads it"),
    (re.compile(r'[^\n]*,"(ANSWERED|NO ANSWER|BUSY|FAILED|CONGESTION|CANCEL)"'),
     "Asterisk's call detail records: mappings/asterisk_cdr_calls.toml reads them"),
    (re.compile(r'\s*\{\s*"calls"'), "Relatel's JSON: mappings/relatel_calls.toml reads it"),
)  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """One field's source: its columns, the line of TOML, and why it is unsure where it is."""

    columns: tuple[str, ...]
    toml: str
    doubt: str = ""


@dataclass
class Draft:
    """A mapping as it is guessed. `unused`: the columns that no field reads."""

    kind: str
    source: str
    look: Unmapped
    fields: dict[str, Guess] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The mapping as TOML. A line that somebody has to look at ends with a question mark and the reason."""
        lines = [
            f'kind = "{self.kind}"',
            f"source = {quoted(self.source)} # ? what the system is called, from the first import on",
        ]
        if self.look.encoding != "utf-8-sig":
            doubt = " # ? no text in UTF-8" if self.look.encoding == "windows-1252" else ""
            lines.append(f'encoding = "{self.look.encoding}"{doubt}')
        if self.look.delimiter != ",":
            lines.append(f"delimiter = {quoted(self.look.delimiter)}")
        if self.look.header_row != 1:
            lines.append(f"header_row = {self.look.header_row}")
        lines += ["", "[fields]"]
        lines += [f"{name} = {g.toml}{f' # ? {g.doubt}' if g.doubt else ''}" for name, g in self.fields.items()]
        lines += [f'# {name} = "…" # ? cannot be missing, and no column looks like it' for name in self.missing]
        if self.unused:
            lines += ["", f"# Columns that nothing reads: {', '.join(self.unused)}"]
        return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'


def guess(kind: str, file: Path) -> Draft:
    """The draft of a mapping for one file. Raises `FileRefusedError` where it is no table, with what it is instead."""
    if not file.is_file():
        raise FileRefusedError(f"{file}: there is no such file")
    look = look_of(file)
    lines = list(first_lines(file, look))
    number, header = header_of(file, lines)
    draft = Draft(kind, file.stem, replace(look, header_row=number if number > lines[0][0] else 1))
    rows = [cells for at, cells in lines if at > number and len(cells) >= len(header)]
    columns = {
        name: spread([row[place].strip() for row in rows if row[place].strip()])
        for place, name in enumerate(header)
        if name and header.count(name) == 1
    }
    assign(draft, columns)
    return draft


def first_rows(draft: Draft, file: Path, rules: HouseRules, now: datetime) -> Parsed:
    """What the draft would make of the first rows of its file."""
    mapping = Mapping.model_validate(tomllib.loads(draft.text()))
    rows = read_rows(file, mapping, mapping.format, draft.kind, rules.zone, local_day(now, rules))
    chunk = next(rows.chunks, Chunk())
    return parse_chunk(
        replace(chunk, numbers=chunk.numbers[:ROWS_SHOWN], rows=chunk.rows[:ROWS_SHOWN]), rows.header, mapping, rules
    )


def spread(values: list[str]) -> list[str]:
    """So many values from the whole of a column: what settles which is the month may stand far down."""
    return values[:: max(len(values) // VALUES_LOOKED_AT, 1)]


def look_of(file: Path) -> Unmapped:
    """Encoding and delimiter, from the file's beginning."""
    if file.suffix.lower() in SPREADSHEETS:
        return Unmapped()
    encoding = "utf-16" if starts_as_utf16(file) else "utf-8-sig"
    try:
        start = beginning(file, encoding)
    except UnicodeError:
        encoding = "windows-1252"
        start = beginning(file, encoding)
    for form, name in KNOWN_FORMATS:
        if form.match(start):
            raise FileRefusedError(f"{file}: needs no draft; it is {name}")
    return Unmapped(encoding, delimiter_of(start))


def beginning(file: Path, encoding: str) -> str:
    raw, text = open_text(file, encoding)
    try:
        with raw, text:
            return "".join(line for _, line in zip(range(LINES_READ), text, strict=False))
    except OSError as error:
        raise FileRefusedError(f"{file}: cannot be read: {error}") from error


def delimiter_of(text: str) -> str:
    """The character that divides most lines into the same number of cells, more than one."""

    def agreement(delimiter: str) -> tuple[float, int]:
        lengths = Counter(len(row) for row in csv.reader(text.splitlines(), delimiter=delimiter) if row)
        length, lines = max(lengths.items(), key=lambda entry: (entry[1], entry[0]), default=(1, 0))
        return (lines / max(lengths.total(), 1), length) if length > 1 else (0.0, length)

    return max(DELIMITERS, key=agreement) if text else ","


def first_lines(file: Path, look: Unmapped) -> Iterator[tuple[int, list[str]]]:
    rows = table_of(file, look)
    chunk = next(rows.chunks, None)
    before = chunk.numbers[0] - 1 if chunk is not None and chunk.numbers else 1
    yield max(before, 1) if before < 3 else 1, rows.header
    if chunk is not None:
        yield from zip(chunk.numbers, chunk.rows, strict=True)


def header_of(file: Path, lines: list[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The line that names the columns: the first that is as long as most lines, and in which no value stands."""
    usual = Counter(len(cells) for _, cells in lines).most_common(1)[0][0]
    for number, cells in lines:
        names = [cell.strip() for cell in cells]
        filled = [name for name in names if name]
        if len(cells) >= usual and len(filled) >= max(len(names) / 2, 1) and not any(map(is_value, filled)):
            return number, names
    raise FileRefusedError(f"{file}: no line names the columns; write one above the rows")


def is_value(text: str) -> bool:
    return bool(WHOLE_NUMBER.match(text) or ISO.match(text) or day_formats([text], WRITTEN_DAYS) or LENGTH.match(text))


def day_formats(values: list[str], forms: Sequence[str] = DAYS) -> list[str]:
    """The forms in which most values are a date, or whatever the forms say; those of all values first."""
    hits = {form: sum(is_written(value, form) for value in values) for form in forms}
    return sorted((form for form in forms if is_most(hits[form], values)), key=lambda form: -hits[form])


def is_most(count: int, values: list[str]) -> bool:
    return bool(values) and count >= MOST * len(values)


def has_form(values: list[str], form: re.Pattern[str]) -> bool:
    return is_most(sum(bool(form.match(value)) for value in values), values)


def is_written(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def words_of(name: str) -> tuple[str, ...]:
    """A name in small letters and whole words: "startTime" and "Start-time" are both start, time."""
    spaced = re.sub(r"(?<=[a-zæøå])(?=[A-ZÆØÅ])", " ", name)
    return tuple(re.findall(r"[a-zæøå]+|\d+", spaced.lower()))


def likeness(name: str, column: str) -> int:
    """How much a column is called as exports call a field: 3 so, 2 among other words, 0 not."""
    of_column = words_of(column)
    names = [words_of(other) for other in (name, *FIELD_NAMES.get(name, ()))]
    if of_column in names or "".join(of_column) in {"".join(words) for words in names}:
        return 3
    return 2 if any(set(words) <= set(of_column) for words in names) else 0


def assign(draft: Draft, columns: dict[str, list[str]]) -> None:
    """Give each field the column that is called most like it and whose values have its form; each column once."""
    fields = KINDS[draft.kind].fields
    options = [
        (-likeness(name, column), rank(name, column), not form.required, name, column)
        for name, form in fields.items()
        for column in columns
        if likeness(name, column)
    ]
    used: set[str] = set()
    chosen: dict[str, Guess] = {}
    for minus_likeness, _, _, name, column in sorted(options):
        if name in chosen or column in used:
            continue
        made = source_of(name, fields[name], column, columns, used)
        if made is None:
            continue
        left = [other for other in columns if other not in made.columns and other not in used]
        rivals = [other for other in left if likeness(name, other) == 3]
        doubt = made.doubt or ("the name only resembles the field" if minus_likeness > -3 else "")
        if not doubt and rivals:
            doubt = f"or is it {' or '.join(rivals)}"
        chosen[name] = replace(made, doubt=doubt or ("" if columns[column] else "no value to look at"))
        used |= set(made.columns)
    for name, form in fields.items():
        if form.required and form.form == "time" and name not in chosen:
            options_by_form = [time_source(column, columns, used) for column in columns if column not in used]
            if made := next(filter(None, options_by_form), None):
                chosen[name] = replace(made, doubt="only its form says so")
                used |= set(made.columns)
    draft.fields = {name: chosen[name] for name in fields if name in chosen}
    draft.missing = [name for name, form in fields.items() if form.required and name not in chosen]
    draft.unused = [column for column in columns if column not in used]


def rank(name: str, column: str) -> int:
    """How common it is to call the field so, the commonest first."""
    names = ["".join(words_of(other)) for other in (name, *FIELD_NAMES.get(name, ()))]
    joined = "".join(words_of(column))
    return names.index(joined) if joined in names else len(names)


def source_of(name: str, form: Field, column: str, columns: dict[str, list[str]], used: set[str]) -> Guess | None:
    """How a column gives a field; None where its values have another form."""
    values = columns[column]
    plain = Guess((column,), quoted(column))
    match form.form:
        case "time":
            return time_source(column, columns, used)
        case "date":
            if not values or has_form(values, ISO_DAY):
                return plain
            return with_format((column,), day_formats(values), values)
        case "duration":
            return duration_source(column, values)
        case "number":
            return plain if not values or has_form(values, WHOLE_NUMBER) else None
        case "clock":
            return plain if all(re.match(r"\d{1,2}[:.]\d{2}", value) for value in values) else None
        case "phone" | "phones" | "phone_list":
            return plain if not values or any(PHONE.search(value) for value in values) else None
        case "word" | "choice":
            return word_source(name, form, column, values)
        case _:
            if name == "source_id" and len(set(values)) < len(values):
                return replace(plain, doubt="some values stand there twice")
            if name == "queue" and len(set(values)) > MOST_QUEUES:
                return None
            looks_otherwise = (
                bool(values)
                and name != "source_id"
                and bool(day_formats(values, WRITTEN_DAYS) or all(map(ISO.match, values)))
            )
            return None if looks_otherwise else plain


def time_source(column: str, columns: dict[str, list[str]], used: set[str]) -> Guess | None:
    """A column of times, or a column of days with the one of clock times beside it."""
    values = columns[column]
    if not values or has_form(values, ISO):
        strange = [value for value in values if not ISO.match(value)]
        return Guess((column,), quoted(column), f"some are written otherwise, as {strange[0]}" if strange else "")
    if forms := day_formats(values, [f"{day} {clock}" for day in DAYS for clock in CLOCKS]):
        return with_format((column,), forms, values)
    days = ["%Y-%m-%d"] if has_form(values, ISO_DAY) else day_formats(values)
    if not days:
        return None
    names = list(columns)
    nearest = sorted(
        (other for other in names if other != column and other not in used),
        key=lambda other: abs(names.index(other) - names.index(column)),
    )
    for other in nearest:
        if clocks := day_formats(columns[other], CLOCKS):
            made = with_format((column, other), [f"{day} {clocks[0]}" for day in days], [])
            return replace(made, doubt=made.doubt or f"is {other} the clock time of it")
    return None


def with_format(columns: tuple[str, ...], forms: list[str], values: list[str]) -> Guess:
    """A source whose values are written in the first form; in doubt where month and day may be the other way round."""
    named = f"columns = [{', '.join(map(quoted, columns))}]" if len(columns) > 1 else f"column = {quoted(columns[0])}"
    if not forms:
        return Guess(columns, f"{{ {named} }}", "the dates are written in more than one way")
    day = forms[0].partition(" ")[0]
    other = MONTH_FIRST.get(day)
    strange = [value for value in values if not is_written(value, forms[0])]
    is_open = not strange and other is not None and any(form.startswith(other) for form in forms)
    doubt = f"or {other}" if is_open else f"some are written otherwise, as {strange[0]}" if strange else ""
    return Guess(columns, f"{{ {named}, format = {quoted(forms[0])} }}", doubt)


def duration_source(column: str, values: list[str]) -> Guess | None:
    if has_form(values, LENGTH):
        return Guess((column,), f'{{ column = {quoted(column)}, unit = "hh:mm:ss" }}')
    if values and not has_form(values, WHOLE_NUMBER):
        return None
    words = words_of(column)
    unit = next((NAMES_OF_UNITS[word] for word in words if word in NAMES_OF_UNITS), None)
    if unit is not None:
        return Guess((column,), f'{{ column = {quoted(column)}, unit = "{unit}" }}')
    is_said = any(word in SECONDS_NAMED for word in words)
    return Guess((column,), quoted(column), "" if is_said else "in seconds")


def word_source(name: str, form: Field, column: str, values: list[str]) -> Guess | None:
    """A column of words, with the source's words for ours; in doubt where a word is none that we know."""
    told = Counter(values)
    if len(told) > 25:
        return None
    ours = {spelling: word for word, spellings in OUR_WORDS.get(name, {}).items() for spelling in spellings}
    known = {value: ours[value.lower()] for value in told if ours.get(value.lower()) in form.words}
    strange = [value for value in told if value not in known and value.lower() not in form.words]
    if told and len(strange) == len(told):
        return None
    pairs = ", ".join(f"{quoted(theirs)} = {quoted(word)}" for theirs, word in known.items())
    toml = f"{{ column = {quoted(column)}, values = {{ {pairs} }} }}" if known else quoted(column)
    return Guess((column,), toml, f"what is {', '.join(strange)}" if strange else "")

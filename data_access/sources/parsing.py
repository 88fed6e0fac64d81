"""From the cells of a file to typed fields: each row is read whole or set aside with row, column and reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from data_access.sources.files import EARLIEST_YEAR, LATEST_YEAR, LONGEST_CELL, Chunk, Problem
from data_access.sources.kinds import KINDS, Field
from data_access.sources.mapping import FieldSource, Mapping
from data_access.sources.summing import QUOTED
from metrics.house_rules import MINUTES_PER_DAY, HouseRules, minutes_of_day

STARTS = {"calls": "started_at", "rings": "rang_at", "shifts": "starts_at"}
ENDS = {"calls": ("answered_at", "ended_at"), "rings": (), "shifts": ("ends_at",)}
HALF_A_DAY = pd.Timedelta(hours=12)
LONGEST_SHIFT = pd.Timedelta(hours=24)
ISO = "ISO8601"
WITH_OFFSET = r"[T ]\d{2}[\d:.,]*\s?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"
"""An offset behind a time, in the extended form of ISO 8601, its basic one and with hours alone."""
DAY_ALONE = r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}$"
WITH_CLOCK = r":|T\d{2}"
NO_END = ["9999-12-31"]
"""How other systems write that something has no last day."""
LENGTH = r"^(?:(?P<hours>\d+):)?(?P<minutes>\d{1,2}):(?P<seconds>\d{2}(?:[.,]\d+)?)$"
"""Telephone systems write short lengths without hours: 05:33 is five and a half minutes."""
LONGEST_SECONDS = 7 * 24 * 3600
NO_PHONE = "is no phone number; loaded without it"
SECONDS_PER_UNIT = {"s": 1.0, "ms": 0.001, "min": 60.0}
TRUE_WORDS, FALSE_WORDS = ("1", "true", "yes", "ja"), ("0", "false", "no", "nej")
DTYPES = {"time": "datetime64[us, UTC]", "duration": "Int64", "clock": "Int64", "number": "Int64"}
MOST_PEOPLE = 10_000
WITH_PRIVATE_TEXTS = (
    "absences", "attempts", "callbacks", "concerns", "customers", "invitations", "notes", "promises", "shifts",
    "surveys",
)  # fmt: skip
"""Kinds whose cells, also where they stand in a wrong column, can say something of somebody's health or of a customer:
what was wrong is said there without the value (R4, Q5)."""


@dataclass(frozen=True)
class Parsed:
    """Typed rows with their `row` number and a `content` fingerprint; how many were left out; what was wrong."""

    frame: pd.DataFrame
    left_out: dict[str, int]
    problems: list[Problem]


class ChunkReader:
    """One chunk while it is read: its cells by column, the problems found, and the other readings of doubled hours."""

    def __init__(self, chunk: Chunk, header: list[str], mapping: Mapping, rules: HouseRules) -> None:
        self.mapping = mapping
        self.rules = rules
        self.problems: list[Problem] = list(chunk.problems)
        self.second_readings: dict[str, list[pd.Series]] = {}
        # Some programs end each row with a delimiter.
        rows_read = [row[:-1] if len(row) == len(header) + 1 and not row[-1] else row for row in chunk.rows]
        whole = [len(row) == len(header) for row in rows_read]
        for number, row, fits in zip(chunk.numbers, rows_read, whole, strict=True):
            if not fits:
                self.problems.append(Problem(number, *wrong_length(row, header)))
        numbers = [number for number, fits in zip(chunk.numbers, whole, strict=True) if fits]
        rows = [row for row, fits in zip(rows_read, whole, strict=True) if fits]
        positions = {name: header.index(name) for name in mapping.source_columns}
        self.frame = pd.DataFrame(
            {name: pd.Series([row[at] for row in rows], dtype="str").str.strip() for name, at in positions.items()}
        )
        self.frame.index = pd.Index(numbers, name="row")

    def zone_of(self, source: FieldSource) -> str:
        return source.zone or self.mapping.zone or self.rules.zone

    def second_reading(self, name: str) -> pd.Series:
        """The later reading of a field's times that fall into the doubled hour; missing elsewhere."""
        places = self.second_readings.get(name, [])
        empty = pd.Series(dtype="datetime64[us, UTC]")
        return (pd.concat(places) if places else empty).reindex(self.frame.index)

    def report(
        self, column: str, wrong: pd.Series, reason: Callable[[object], str] | str, *, loaded: bool = False
    ) -> None:
        """Note a problem for every row where `wrong` holds a value (the text that is wrong) or is True."""
        if not (wrong if wrong.dtype == bool else wrong.notna()).any():
            return
        for row, value in wrong[wrong.notna() & (wrong != False)].items():  # noqa: E712
            text = reason if isinstance(reason, str) else reason(value)
            if self.mapping.kind in WITH_PRIVATE_TEXTS:
                text = QUOTED.sub("the value", text)
            self.problems.append(Problem(int(str(row)), column, text, loaded))

    def drop_rows_with_problems(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.drop(index=[p.row for p in self.problems if not p.loaded], errors="ignore")


def wrong_length(row: list[str], header: list[str]) -> tuple[str, str]:
    if len(row) < len(header):
        return header[len(row)], "the row is cut off before this column"
    return header[-1] if header else "", f"the row has {len(row)} cells, the header {len(header)}"


def shown(value: object) -> str:
    """A cell as it may stand in a message: shortened."""
    text = str(value).replace("\0", "\\0")
    return f"'{text}'" if len(text) <= 40 else f"'{text[:40]}…'"


def parse_chunk(chunk: Chunk, header: list[str], mapping: Mapping, rules: HouseRules) -> Parsed:
    """Read a chunk's rows as the mapping says. Times become UTC, durations whole seconds, phones digits."""
    reader = ChunkReader(chunk, header, mapping, rules)
    left_out = leave_out(reader)
    for column in reader.frame:
        texts = reader.frame[column]
        reader.report(str(column), texts.str.len() > LONGEST_CELL, f"the cell is longer than {LONGEST_CELL} characters")
        reader.report(str(column), texts.str.contains("\0", regex=False), "the cell holds NUL bytes")
    reader.frame = reader.drop_rows_with_problems(reader.frame)
    frame = pd.DataFrame(index=reader.frame.index)
    for name, field in KINDS[mapping.kind].fields.items():
        frame[name] = read_field(reader, name, field)
    check_order_of_times(reader, frame)
    check_days(reader, frame)
    content = pd.util.hash_pandas_object(reader.frame, index=False).astype("int64")
    frame = reader.drop_rows_with_problems(frame.assign(content=content))
    return Parsed(frame.reset_index(), left_out, reader.problems)


def leave_out(reader: ChunkReader) -> dict[str, int]:
    """Drop the rows that the mapping leaves out on purpose; returns how many by reason."""
    counts = {}
    for rule in reader.mapping.leave_out:
        named = reader.frame[rule.column].isin(rule.values)
        counts[rule.reason] = int(named.sum())
        reader.frame = reader.frame[~named]
    return counts


def read_field(reader: ChunkReader, name: str, field: Field) -> pd.Series:
    """One field of all rows: the first of its sources that is not empty, in the field's form."""
    dtype, sources = DTYPES.get(field.form, "object"), reader.mapping.fields.get(name, [])
    if not sources and not field.required:
        return pd.Series([None] * len(reader.frame), reader.frame.index, dtype=dtype)
    parts: list[pd.Series] = []
    waiting = pd.Series(True, index=reader.frame.index)
    lacks_part = ~waiting
    origin = name
    for source in sources:
        texts = source_texts(reader, source, is_last_day=name.endswith("last_day"))
        if source.part is not None:
            parts_of_cells = texts.str.extract(source.part)["part"]
            lacks_part |= texts.notna() & parts_of_cells.isna()
            texts = parts_of_cells.replace(source.values)
        texts = texts[waiting & texts.notna()]
        waiting[texts.index] = False
        origin = ", ".join(source.source_columns) or name
        parts.append(in_form(reader, texts, origin, name, field, source))
    result = (
        pd.concat(parts).reindex(reader.frame.index) if parts else pd.Series(None, reader.frame.index, dtype="object")
    )
    reader.report(origin, waiting & lacks_part, "the part that the mapping takes is not in this cell", loaded=True)
    if field.required:
        reader.report(origin, waiting, f"{name} is missing")
    return result.astype(dtype) if dtype != "object" else result.astype("object").where(result.notna(), None)


def source_texts(reader: ChunkReader, source: FieldSource, *, is_last_day: bool) -> pd.Series:
    """The text of a source, missing where it is empty; of several columns, where any of them is."""
    if source.value is not None:
        return pd.Series(source.value, index=reader.frame.index, dtype="str")
    columns = [reader.frame[column] for column in source.source_columns]
    empty = ["", *source.empty, *(NO_END if is_last_day else [])]
    columns = [texts.where(~texts.isin(empty)) for texts in columns]
    joined = columns[0]
    for texts in columns[1:]:
        joined = joined + source.join + texts
    return joined.replace(source.values) if source.values else joined


def in_form(
    reader: ChunkReader, texts: pd.Series, origin: str, name: str, field: Field, source: FieldSource
) -> pd.Series:
    country = reader.rules.country
    match field.form:
        case "time":
            times, second = read_times(reader, texts, origin, source)
            reader.second_readings.setdefault(name, []).append(second)
            return times
        case "date":
            return read_dates(reader, texts, origin, source.format)
        case "clock":
            whole_minutes = texts.str.replace(r"^(\d{1,2}:\d{2}):00$", r"\1", regex=True)
            return read_with(reader, whole_minutes, origin, minutes_of_day, "is not a clock time such as 09:00")
        case "number":
            return read_with(reader, texts, origin, number_of_people, "is not a whole number such as 2")
        case "duration":
            return read_durations(reader, texts, origin, source.unit)
        case "boolean":
            words = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
            values = texts.str.lower().map(words).astype(object)
            reader.report(origin, texts.where(values.isna()), lambda text: f"{shown(text)} is neither yes nor no")
            return values
        case "phone":
            from data_access.sources.phone_numbers import digits_of_phone

            values = texts.map(lambda text: digits_of_phone(text, country)).astype(object)
            unreadable = texts.where(values.isna() & texts.str.contains(r"\d"))
            reader.report(origin, unreadable.notna(), NO_PHONE, loaded=True)
            report_cut_numbers(reader, texts, origin)
            return values
        case "phone_list" | "phones":
            from data_access.sources.phone_numbers import phones_of

            numbers = texts.map(lambda text: phones_of(text, country)).astype(object)
            is_lost = texts[(numbers.map(len) == 0) & texts.str.contains(r"\d")]
            reader.report(origin, is_lost.notna(), NO_PHONE, loaded=True)
            report_cut_numbers(reader, texts, origin)
            return numbers if field.form == "phones" else numbers.map(lambda several: ",".join(several) or None)
        case "choice":
            texts = in_our_spelling(texts, field.words)
            reader.report(
                origin,
                texts.where(~texts.isin(field.words)),
                lambda text: f"{shown(text)} is none of {', '.join(field.words)}",
            )
            return texts.astype(object)
        case "word":
            texts = in_our_spelling(texts, field.words)
            # In a rota any other word may be about the hours: nobody is away because of what is not understood.
            is_grid = reader.mapping.format == "grid"
            otherwise = "is no code that the mapping knows" if is_grid else field.otherwise
            reader.report(
                origin,
                texts.where(~texts.isin(field.words)),
                lambda text: f"{shown(text)} {otherwise}",
                loaded=not is_grid,
            )
            return texts.astype(object)
        case _:
            return texts.astype(object)


def report_cut_numbers(reader: ChunkReader, texts: pd.Series, origin: str) -> None:
    from data_access.sources.phone_numbers import CUT_NUMBER

    cut = texts.str.contains(CUT_NUMBER)
    reader.problems = [
        problem for problem in reader.problems if not (problem.reason == NO_PHONE and cut.get(problem.row, False))
    ]
    reader.report(origin, cut, "a spreadsheet has cut this number; loaded without it", loaded=True)


def in_our_spelling(texts: pd.Series, words: tuple[str, ...]) -> pd.Series:
    """Words in the spelling of the house, whatever capitals the source writes them with."""
    return texts.where(~texts.str.lower().isin(words), texts.str.lower())


def read_times(reader: ChunkReader, texts: pd.Series, origin: str, source: FieldSource) -> tuple[pd.Series, pd.Series]:
    """Times as UTC, and the later reading of those in the doubled hour of autumn.

    A time without an offset is local time of the source's zone. In the doubled hour the earlier instant is taken; a
    time in the missing hour of spring does not exist and is set aside.
    """
    form, zone = source.format, reader.zone_of(source)
    # Texts in the mapping's own form, and ISO 8601, which spreadsheets give and nobody can misread.
    in_form = pd.to_datetime(texts, format=form or ISO, errors="coerce", utc=True).notna() & (form is not None)
    with_offset = texts.str.contains(WITH_OFFSET).where(~in_form, has_zone(form))
    read = partial(pd.to_datetime, errors="coerce")
    absolute, naive = (
        pd.concat(
            [
                read(texts[which & in_form], format=form or ISO, utc=utc),
                read(texts[which & ~in_form], format=ISO, utc=utc),
            ]
        )
        for which, utc in ((with_offset, True), (~with_offset, False))
    )
    naive = without_zones(naive)
    in_range = [times.dt.year.between(EARLIEST_YEAR, LATEST_YEAR) for times in (absolute, naive)]
    # A date alone is no time: midnight would be a guess.
    has_clock = texts.str.contains(WITH_CLOCK) | (in_form & ("%H" in (form or "")))
    absolute, naive = absolute.where(in_range[0] & has_clock), naive.where(in_range[1] & has_clock)
    unreadable = pd.concat([absolute.isna(), naive.isna()]).reindex(texts.index)
    expected = (
        f"written {form}" if form else "such as 2026-03-29T14:05:00+02:00; another form needs a format in the mapping"
    )
    is_day = texts.str.match(DAY_ALONE)
    reader.report(
        origin,
        texts.where(unreadable & is_day),
        lambda text: f"{shown(text)} is not a time but a day alone; join a column with the time of day",
    )
    reader.report(origin, texts.where(unreadable & ~is_day), lambda text: f"{shown(text)} is not a time {expected}")
    first = local_to_utc(naive, zone, in_summer_time=True)
    second = local_to_utc(naive, zone, in_summer_time=False)
    gone = first.isna() & naive.notna()
    reader.report(
        origin,
        texts[~with_offset].where(gone),
        lambda text: f"{shown(text)} does not exist in {zone}: the clocks went forward over it",
    )
    times = pd.concat([absolute.astype("datetime64[us, UTC]"), first]).reindex(texts.index)
    return times, second[second.notna() & (second != first)]


def has_zone(form: str | None) -> bool:
    """Whether a form of the mapping has the offset (%z) or the zone (%Z) in it."""
    return form is not None and ("%z" in form or "%Z" in form)


def without_zones(naive: pd.Series) -> pd.Series:
    """Times without a zone; one that has a zone after all, where none was looked for, cannot be read as local."""
    if naive.dtype.kind != "M" or isinstance(naive.dtype, pd.DatetimeTZDtype):
        naive = naive.map(lambda time: pd.NaT if pd.isna(time) or time.tzinfo else time)
    return pd.to_datetime(naive).astype("datetime64[us]")


def local_to_utc(naive: pd.Series, zone: str, *, in_summer_time: bool) -> pd.Series:
    passes = np.full(len(naive), in_summer_time)
    return naive.dt.tz_localize(zone, ambiguous=passes, nonexistent="NaT").dt.tz_convert("UTC")


def read_dates(reader: ChunkReader, texts: pd.Series, origin: str, form: str | None) -> pd.Series:
    """Dates, ISO 8601 unless a format says otherwise: month and day are never guessed."""
    iso = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    dates = iso if form is None else pd.to_datetime(texts, format=form, errors="coerce").fillna(iso)
    dates = dates.where(dates.dt.year.between(EARLIEST_YEAR, LATEST_YEAR))
    expected = f"written {form}" if form else "such as 2026-03-29; another form needs a format in the mapping"
    reader.report(origin, texts.where(dates.isna()), lambda text: f"{shown(text)} is not a date {expected}")
    return dates.dt.date.astype(object).where(dates.notna(), None)


def read_with(
    reader: ChunkReader, texts: pd.Series, origin: str, read: Callable[[str], int], otherwise: str
) -> pd.Series:
    """Each text through a reader that raises ValueError."""

    def or_none(text: str) -> int | None:
        try:
            return read(text)
        except ValueError:
            return None

    values = texts.map(or_none).astype(object)
    reader.report(origin, texts.where(values.isna()), lambda text: f"{shown(text)} {otherwise}")
    return values


def number_of_people(text: str) -> int:
    text = re.sub(r"[.,]0+$", "", text)
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST_PEOPLE):
        raise ValueError(text)
    return int(text)


def read_durations(reader: ChunkReader, texts: pd.Series, origin: str, unit: str) -> pd.Series:
    """Durations as whole seconds, from seconds, milliseconds, minutes or hh:mm:ss; a negative one is set aside."""
    if unit == "hh:mm:ss":
        parts = texts.str.extract(LENGTH).replace({"hours": ""}, None)
        hours, minutes, rest = (
            pd.to_numeric(parts[name].str.replace(",", ".", regex=False)) for name in ("hours", "minutes", "seconds")
        )
        seconds = hours.fillna(0) * 3600 + minutes * 60 + rest
    else:
        seconds = (
            pd.to_numeric(texts.str.replace(reader.mapping.decimal, ".", regex=False), errors="coerce")
            * SECONDS_PER_UNIT[unit]
        )
    wrong = ~((seconds >= 0) & (seconds <= LONGEST_SECONDS))
    if reader.mapping.decimal == "," and unit != "hh:mm:ss":
        wrong |= texts.str.contains(".", regex=False)  # thousands, or a fraction? Never guessed.
    reader.report(
        origin, texts.where(wrong), lambda text: f"{shown(text)} is not a duration in {unit} of at most a week"
    )
    return seconds.where(~wrong).round().astype("Int64")


def check_order_of_times(reader: ChunkReader, frame: pd.DataFrame) -> None:
    """Bring ends after their start where the doubled hour or midnight explains it; set the row aside elsewhere."""
    kind = reader.mapping.kind
    if kind not in STARTS:
        return
    start = frame[STARTS[kind]]
    doubled = reader.second_reading(STARTS[kind]).notna()
    reader.report(STARTS[kind], doubled, "lies in the hour that occurs twice; read as the first", loaded=True)
    for name in ENDS[kind]:
        sources = reader.mapping.fields.get(name, [])
        end = frame[name]
        second = reader.second_reading(name)
        end = end.mask((end < start) & (second >= start), second)
        if any(source.rolls_past_midnight for source in sources):
            gap = HALF_A_DAY if kind == "calls" else pd.Timedelta(0)
            end = end.mask(end <= start - gap, next_day(end, reader.zone_of(sources[0])))
        frame[name] = end
        reader.report(name, end < start, f"is before {STARTS[kind]}")
    if kind == "calls":
        reader.report("ended_at", frame["ended_at"] < frame["answered_at"], "is before answered_at")
    if kind == "shifts":
        length = frame["ends_at"] - start
        reader.report("ends_at", length > LONGEST_SHIFT, "the shift would last longer than 24 hours")
        reader.report("ends_at", length == pd.Timedelta(0), "the shift ends when it starts")


def next_day(times: pd.Series, zone: str) -> pd.Series:
    """The same clock time on the next day of the zone; in the skipped hour of spring the next time there is."""
    local = times.dt.tz_convert(zone).dt.tz_localize(None) + pd.Timedelta(days=1)
    passes = np.full(len(local), True)
    return local.dt.tz_localize(zone, ambiguous=passes, nonexistent="shift_forward").dt.tz_convert("UTC")


def check_days(reader: ChunkReader, frame: pd.DataFrame) -> None:
    """A last day before its first day is set aside, and so is part of a day that ends before it starts."""
    for first, last in (("first_day", "last_day"), ("queue_first_day", "queue_last_day")):
        if first in frame and last in frame:
            both = frame[[first, last]].dropna()
            reader.report(last, both[last] < both[first], f"is before {first}")
    if "weekday" in frame:
        reader.report("to_time", frame["to_time"] <= frame["from_time"], "is not after from_time")
        for name in ("from_time", "to_time"):
            reader.report(name, frame[name] % 30 != 0, "does not lie on a half hour")
        named = frame[["team", "desk"]].notna().sum(axis=1)
        reader.report("team", named != 1, "give either a team or a desk")
    elif "to_time" in frame:
        one_day = frame[frame["first_day"] == frame["last_day"]]
        turned_round = one_day["to_time"].fillna(MINUTES_PER_DAY) <= one_day["from_time"].fillna(0)
        reader.report("to_time", turned_round, "is not after from_time")

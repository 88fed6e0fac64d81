"""A mapping (TOML) says, per field, where an export of any phone system or CRM keeps it and in what form."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from data_access.errors import UserError
from data_access.sources.kinds import KINDS
from metrics.house_rules import describe_mistakes

UNNAMED = ("calls", "rings")
"""Kinds that may be kept although nobody knows yet whom they name."""
CREATING = (
    *UNNAMED, "customers", "shifts", "absences", "notes", "callbacks", "promises", "attempts", "invitations", "surveys",
)  # fmt: skip
"""Kinds of files that may bring in the people they name."""
Unit = Literal["s", "ms", "min", "hh:mm:ss"]


class MappingError(UserError):
    """A mapping that cannot be used; the text names the file, the key and the reason."""


class Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSource(Checked):
    """Where one field comes from.

    column or columns: the source's column, or several joined by `join`. value: a constant instead.
    format: how a time or date is written (strptime); without it ISO 8601. zone: the zone of times without one.
    unit: of a duration. part: a pattern whose group `part` is taken out of the cell. values: the source's words for
    ours. empty: texts that mean nothing is there.
    rolls_past_midnight: a clock time that lies more than half a day before the row's start belongs to the next day.
    """

    column: str | None = None
    columns: list[str] = []
    join: str = " "
    value: str | None = None
    format: str | None = None
    zone: str | None = None
    unit: Unit = "s"
    part: str | None = None
    values: dict[str, str] = {}
    empty: list[str] = []
    rolls_past_midnight: bool = False

    @model_validator(mode="after")
    def names_one_place(self) -> "FieldSource":
        if sum((self.column is not None, bool(self.columns), self.value is not None)) != 1:
            raise ValueError("give one of column, columns, value")
        return self

    @field_validator("zone")
    @classmethod
    def is_a_zone(cls, zone: str | None) -> str | None:
        if zone is not None and zone not in available_timezones():
            raise ValueError(f"'{zone}' is not a time zone such as Europe/Copenhagen")
        return zone

    @field_validator("format")
    @classmethod
    def is_a_format(cls, form: str | None) -> str | None:
        try:
            pd.to_datetime(pd.Series(["no time"]), format=form, errors="coerce")
        except (ValueError, re.error) as error:
            raise ValueError(f"'{form}' is not a form of dates and times such as %d-%m-%Y %H:%M ({error})") from None
        return form

    @field_validator("part")
    @classmethod
    def names_a_part(cls, part: str | None) -> str | None:
        if part is None:
            return None
        try:
            groups = re.compile(part).groupindex
        except re.error as error:
            raise ValueError(f"'{part}' is not a pattern ({error})") from None
        if "part" not in groups:
            raise ValueError(f"'{part}' does not say what to take: put (?P<part>…) around it")
        return part

    @property
    def source_columns(self) -> list[str]:
        return self.columns or ([self.column] if self.column is not None else [])


def as_list(value: object) -> object:
    """A plain text is the name of a column; several sources are tried in order until one is not empty."""
    entries = value if isinstance(value, list) else [value]
    return [{"column": entry} if isinstance(entry, str) else entry for entry in entries]


FieldSources = Annotated[list[FieldSource], BeforeValidator(as_list), Field(min_length=1)]


class LeaveOut(Checked):
    """Rows to leave out on purpose: those whose column holds one of the values. They are counted and reported."""

    column: str
    values: list[str] = Field(min_length=1)
    reason: str


class Mapping(Checked):
    """A checked mapping. `header_row`: the line that names the columns. `unknown_agents`: rows that name somebody
    unknown are set aside, or the person is created, or the rows are kept as somebody's whom nobody knows yet (calls and
    rings). `agent_of_unanswered`: whether the agent of a call that nobody answered missed it. `says`: a row holds the
    whole state of its record, so that an end which is empty is taken back, or only what has changed."""

    kind: str
    source: str = Field(min_length=1)
    format: Literal["table", "grid", "icalendar", "asterisk_queue_log", "asterisk_cdr", "relatel"] = "table"
    sheet: str | None = None
    grid_dates: str | None = None
    header_row: int = Field(default=1, ge=1)
    zone: str | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    unknown_agents: Literal["list", "create", "unnamed"] = "list"
    agent_of_unanswered: Literal["missed", "not_told"] = "missed"
    says: Literal["state", "changes"] = "state"
    leave_out: list[LeaveOut] = []
    fields: dict[str, FieldSources]

    @field_validator("kind")
    @classmethod
    def is_a_kind(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"'{kind}' is not a kind of file ({', '.join(KINDS)})")
        return kind

    @field_validator("encoding")
    @classmethod
    def is_an_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError(f"'{encoding}' is not an encoding such as utf-8 or windows-1252") from None
        return encoding

    @model_validator(mode="after")
    def maps_the_kinds_fields(self) -> "Mapping":
        known = KINDS[self.kind].fields
        if unknown := sorted(set(self.fields) - set(known)):
            raise ValueError(f"fields.{unknown[0]} is not a field of {self.kind} ({', '.join(known)})")
        missing = [f"fields.{name}" for name, field in known.items() if field.required and name not in self.fields]
        if missing:
            are = (
                "are missing; {} cannot be loaded without them"
                if len(missing) > 1
                else "is missing; {} cannot be loaded without it"
            )
            raise ValueError(f"{', '.join(missing)} {are.format(self.kind)}")
        return self

    @model_validator(mode="after")
    def creates_where_that_makes_sense(self) -> "Mapping":
        allowed = {"create": CREATING, "unnamed": UNNAMED, "list": tuple(KINDS)}[self.unknown_agents]
        if self.kind not in allowed:
            kinds = ", ".join(allowed)
            raise ValueError(f"unknown_agents: '{self.unknown_agents}' is for {kinds}; load agents before {self.kind}")
        if self.kind != "calls" and self.agent_of_unanswered != "missed":
            raise ValueError("agent_of_unanswered is for calls")
        return self

    @property
    def source_columns(self) -> list[str]:
        """Every column of the source that the mapping reads, in order, once."""
        named = [column for sources in self.fields.values() for source in sources for column in source.source_columns]
        return list(dict.fromkeys([*named, *(rule.column for rule in self.leave_out)]))


def read_mapping(file: Path, kind: str) -> Mapping:
    """Read and check a mapping for one kind of file. Raises `MappingError` with file, key and reason."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        mapping = Mapping.model_validate(content)
    except OSError as error:
        raise MappingError(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(f"{file}: is not TOML: {error}") from error
    except ValidationError as error:
        raise MappingError("\n".join(describe_mistakes(file, error))) from error
    if mapping.kind != kind:
        raise MappingError(f"{file}: kind: is '{mapping.kind}', but the file is loaded as '{kind}'")
    return mapping


def mapping_by_names(kind: str, header: list[str]) -> Mapping:
    """The mapping of a file whose columns are called as the fields are; other columns are not read."""
    fields = [name for name in KINDS[kind].fields if name in header]
    if missing := [name for name, field in KINDS[kind].fields.items() if field.required and name not in header]:
        raise MappingError(
            f"the column '{missing[0]}' is missing; the file has {', '.join(header[:20]) or 'none'}. "
            "Files with other names are loaded with --mapping"
        )
    return Mapping(kind=kind, source="file", fields={name: [FieldSource(column=name)] for name in fields})

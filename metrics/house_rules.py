"""The house rules: targets, opening hours and thresholds, each with the date from which it holds."""

import hashlib
import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from holidays.registry import COUNTRIES
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

DEFAULT_FILE = Path(__file__).with_name("house_rules.toml")
DESKS = ("agents", "kc", "economy", "policy", "travel", "claims", "assistance", "partners", "escalation")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
HANDLER = "handler"
"""In a routing line: the customer's own case handler."""

CONCERN_RULES = ("C1", "C2", "C4", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "A1", "R2", "R3", "R4", "R5", "R6", "Q3")
"""The house rules that somebody can forget: what a concern, or a coaching session, is about (Q5)."""

COUNTRY_CODES = frozenset(codes[1] for codes in COUNTRIES.values())
"""Of the countries whose public holidays are known; their calendars are not read for that."""


class HouseRulesError(Exception):
    """A house-rules file that cannot be used; the text names the file, the key and the reason."""


class HasFromDate(Protocol):
    from_date: date


Version = TypeVar("Version", bound=HasFromDate)


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class DatedRule(Rule):
    """One version of a rule; it holds from `from_date` (included) until the next version begins."""

    from_date: date = Field(alias="from")


class Seconds(DatedRule):
    value: int = Field(ge=0, le=3600)


class Minutes(DatedRule):
    value: int = Field(ge=0, le=24 * 60)


class Days(DatedRule):
    value: int = Field(ge=0, le=365)


class Months(DatedRule):
    value: int = Field(ge=0, le=120)


class Cases(DatedRule):
    value: int = Field(ge=1, le=10_000)


class Factor(DatedRule):
    value: float = Field(ge=1, le=100)


class Share(DatedRule):
    value: float = Field(gt=0, lt=1)


class Switch(DatedRule):
    value: bool


class Hours(DatedRule):
    value: float = Field(gt=0, le=1000)


class Clock(DatedRule):
    value: Literal["elapsed", "working_days"]


class UntoldTarget(DatedRule):
    """Whose target holds while nobody has told the customer of a desk's longer one."""

    value: Literal["desk", "agents"]


class ResponseTarget(DatedRule):
    """How long a desk has to come back to a customer: hours, or days of 24 hours (B1, B2).

    `must_tell`: the customer must be told; whoever was not, counts for the author of the message.
    """

    hours: int | None = Field(default=None, gt=0)
    days: int | None = Field(default=None, gt=0)
    must_tell: bool = False

    @model_validator(mode="after")
    def has_one_length(self) -> "ResponseTarget":
        if (self.hours is None) == (self.days is None):
            raise ValueError("give either hours or days")
        return self

    @property
    def length(self) -> timedelta:
        return timedelta(hours=self.hours or 0, days=self.days or 0)


class ServiceGoal(DatedRule):
    """So large a share of calls is to be answered within so many seconds; after each call so many are written (R1)."""

    share: float = Field(gt=0, lt=1)
    within_seconds: int = Field(ge=0, le=3600)
    after_call_seconds: int = Field(ge=0, le=3600)
    forecast_weeks: int = Field(ge=1, le=52)


class Notice(DatedRule):
    """How long before an absence is told: vacation in calendar months (R2), an errand in days (R3).

    `counting`: plain, first day off at the earliest on the same day of the month; statutory, one day later.
    """

    vacation_months: int = Field(ge=0, le=24)
    counting: Literal["plain", "statutory"]
    errand_days: int = Field(ge=0, le=365)


class Requests(DatedRule):
    """Through which channel a request about the rota goes, and who gets a copy (R6)."""

    channel: str = Field(min_length=1)
    copy_to: str = Field(min_length=1)


class Retention(DatedRule):
    """After how many months what names a customer is blanked: in answers to surveys (Q2), in calls and notes (P2)."""

    survey_months: int = Field(ge=1, le=3)
    customer_months: int = Field(ge=3, le=600)


SCALES = {"1-10": (1, 10), "smileys": (1, 5), "nps": (0, 10)}
"""The scales on which customers rate, with their lowest and highest rating."""


class Scale(Rule):
    """From which rating a customer counts as satisfied, and up to which somebody calls them (Q3)."""

    satisfied_from: int
    low_to: int

    @model_validator(mode="after")
    def leaves_a_gap(self) -> "Scale":
        if self.low_to >= self.satisfied_from:
            raise ValueError("low_to must lie below satisfied_from")
        return self


class Satisfaction(DatedRule):
    """The goal and, by scale, what is satisfied and what is low (Q3); for how long nobody is asked again (Q2)."""

    goal: float = Field(gt=0, lt=1)
    rest_weeks: int = Field(ge=0, le=52)
    scales: dict[str, Scale]

    @field_validator("scales")
    @classmethod
    def names_every_scale(cls, scales: dict[str, Scale]) -> dict[str, Scale]:
        if scales.keys() != SCALES.keys():
            raise ValueError(f"names {', '.join(sorted(scales))} and not each of {', '.join(SCALES)}")
        for name, scale in scales.items():
            lowest, highest = SCALES[name]
            if not lowest <= scale.low_to < scale.satisfied_from <= highest:
                raise ValueError(f"{name} runs from {lowest} to {highest}")
        return scales


class RoutingLine(Rule):
    """To whom requests go that fit every condition given (B5): desks, or `handler`. No condition fits all.

    `again`: where the customer's reminder goes: to the case handler alone, to the same receivers, or to either.
    """

    topics: list[str] | None = None
    insurers: list[str] | None = None
    portfolios: list[str] | None = None
    to: list[str] = Field(min_length=1)
    again: Literal["handler", "same", "either"] = "handler"

    @field_validator("to")
    @classmethod
    def names_receivers(cls, to: list[str]) -> list[str]:
        if unknown := [name for name in to if name not in (*DESKS, HANDLER)]:
            raise ValueError(f"'{unknown[0]}' is neither {HANDLER} nor a desk ({', '.join(DESKS)})")
        return to

    @property
    def fits_all(self) -> bool:
        return self.topics is None and self.insurers is None and self.portfolios is None

    def fits(self, topic: str, insurer: str | None, portfolio: str | None) -> bool:
        wanted = ((self.topics, topic), (self.insurers, insurer), (self.portfolios, portfolio))
        return all(names is None or value in names for names, value in wanted)


class Routing(DatedRule):
    """The routing lines in force from a day; the first that fits decides."""

    lines: list[RoutingLine] = Field(min_length=1)

    @field_validator("lines")
    @classmethod
    def decides_always(cls, lines: list[RoutingLine]) -> list[RoutingLine]:
        if not lines[-1].fits_all:
            raise ValueError("the last line must fit every request, with nothing but 'to'")
        return lines


def minutes_of_day(text: str) -> int:
    """Minutes since midnight of a clock time `HH:MM`; 24:00 is the end of the day."""
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == 2 and len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):
        raise ValueError(f"'{text}' is not a clock time such as 09:00")
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > MINUTES_PER_DAY:
        raise ValueError(f"'{text}' is not a clock time such as 09:00")
    return total


class TimeOfDay(DatedRule):
    """A clock time, local."""

    value: str

    @field_validator("value")
    @classmethod
    def is_a_clock_time(cls, value: str) -> str:
        minutes_of_day(value)
        return value

    @property
    def minutes(self) -> int:
        return minutes_of_day(self.value)


class ClosingDay(DatedRule):
    """A day on which the agency is closed: once (`on`) or every year (`every`, month-day)."""

    on: date | None = None
    every: str | None = None
    closed_from: str = "00:00"

    @model_validator(mode="after")
    def names_a_day(self) -> "ClosingDay":
        if (self.on is None) == (self.every is None):
            raise ValueError("give either on (one date) or every (month-day such as 12-24)")
        if self.every is not None:
            try:
                date.fromisoformat(f"2024-{self.every}")
            except ValueError:
                raise ValueError(f"every = '{self.every}' is not a month-day such as 12-24") from None
        minutes_of_day(self.closed_from)
        return self

    def falls_on(self, day: date) -> bool:
        return day >= self.from_date and (day == self.on or f"{day:%m-%d}" == self.every)


def as_minutes(span: str) -> tuple[int, int]:
    """`"09:00-17:00"` as minutes since midnight, start included, end excluded."""
    start, _, end = span.partition("-")
    opens, closes = minutes_of_day(start.strip()), minutes_of_day(end.strip())
    if opens >= closes:
        raise ValueError(f"'{span}' ends before it starts")
    return opens, closes


def in_order(spans: list[str]) -> list[str]:
    minutes = [as_minutes(span) for span in spans]
    if any(earlier[1] > later[0] for earlier, later in pairwise(minutes)):
        raise ValueError(f"{spans} overlap or are out of order")
    return spans


Spans = Annotated[list[str], AfterValidator(in_order)]


class WeeklyHours(DatedRule):
    """A desk's opening hours by weekday, local time; a weekday that is not named is closed (C3)."""

    mon: Spans = []
    tue: Spans = []
    wed: Spans = []
    thu: Spans = []
    fri: Spans = []
    sat: Spans = []
    sun: Spans = []

    def on(self, day: date) -> list[tuple[int, int]]:
        return [as_minutes(span) for span in getattr(self, WEEKDAYS[day.weekday()])]


def oldest_first(versions: list[Version]) -> list[Version]:
    dates = [version.from_date for version in versions]
    if not versions:
        raise ValueError("has no version")
    if len(set(dates)) < len(dates):
        raise ValueError("has two versions from the same date")
    return sorted(versions, key=lambda version: version.from_date)


def in_force(versions: Sequence[Version], day: date) -> Version:
    """The version that held on `day`; before the first version the first one is used."""
    begun = [version for version in versions if version.from_date <= day]
    return begun[-1] if begun else versions[0]


class Thresholds(Rule):
    short_seconds: Annotated[list[Seconds], AfterValidator(oldest_first)]
    let_ring_seconds: Annotated[list[Seconds], AfterValidator(oldest_first)]
    untold_target: Annotated[list[UntoldTarget], AfterValidator(oldest_first)]
    stalled_days: Annotated[list[Days], AfterValidator(oldest_first)]
    attempt_gap_minutes: Annotated[list[Minutes], AfterValidator(oldest_first)]
    steps_missing_from: Annotated[list[TimeOfDay], AfterValidator(oldest_first)]
    not_reached_days: Annotated[list[Days], AfterValidator(oldest_first)]
    new_agent_months: Annotated[list[Months], AfterValidator(oldest_first)]
    pattern_window_days: Annotated[list[Days], AfterValidator(oldest_first)]
    reminders_at_least: Annotated[list[Cases], AfterValidator(oldest_first)]
    upset_score: Annotated[list[Cases], AfterValidator(oldest_first)]
    upset_at_least: Annotated[list[Cases], AfterValidator(oldest_first)]
    times_the_agency: Annotated[list[Factor], AfterValidator(oldest_first)]
    pattern_goal: Annotated[list[Share], AfterValidator(oldest_first)]
    attempt_tolerance_minutes: Annotated[list[Minutes], AfterValidator(oldest_first)]
    other_phones_answer: Annotated[list[Switch], AfterValidator(oldest_first)]
    hidden_numbers_answer: Annotated[list[Switch], AfterValidator(oldest_first)]
    silent_days: Annotated[list[Days], AfterValidator(oldest_first)]
    live_late_seconds: Annotated[list[Seconds], AfterValidator(oldest_first)]


class ResponseClock(Rule):
    all: Annotated[list[Clock], AfterValidator(oldest_first)]


class HouseRules(Rule):
    """All house rules of one file. Read with `read_house_rules`, never changed afterwards."""

    zone: str
    country: str
    closing_days: list[ClosingDay]
    thresholds: Thresholds
    stale_after_open_hours: dict[str, Annotated[list[Hours], AfterValidator(oldest_first)]]
    response_targets: dict[str, Annotated[list[ResponseTarget], AfterValidator(oldest_first)]]
    response_clock: ResponseClock
    service_goal: Annotated[list[ServiceGoal], AfterValidator(oldest_first)]
    notice: Annotated[list[Notice], AfterValidator(oldest_first)]
    rota_requests: Annotated[list[Requests], AfterValidator(oldest_first)]
    retention: Annotated[list[Retention], AfterValidator(oldest_first)]
    satisfaction: Annotated[list[Satisfaction], AfterValidator(oldest_first)]
    routing: Annotated[list[Routing], AfterValidator(oldest_first)]
    opening_hours: dict[str, Annotated[list[WeeklyHours], AfterValidator(oldest_first)]]

    @field_validator("zone")
    @classmethod
    def is_a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"'{zone}' is not a time zone such as Europe/Copenhagen")
        return zone

    @field_validator("country")
    @classmethod
    def is_a_country(cls, country: str) -> str:
        if country and country not in COUNTRY_CODES:
            raise ValueError(f"'{country}' is not a country code such as DK; '' is a place without holidays")
        return country

    @field_validator("opening_hours", "response_targets")
    @classmethod
    def names_desks(cls, by_desk: dict[str, list[DatedRule]]) -> dict[str, list[DatedRule]]:
        for desk in by_desk:
            if desk not in DESKS:
                raise ValueError(f"'{desk}' is not a desk ({', '.join(DESKS)})")
        if "agents" not in by_desk:
            raise ValueError("lacks the desk agents, whose rule holds for all desks that are not listed")
        return by_desk

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def derivation_digest(self) -> str:
        """A fingerprint of every rule that decides a stored figure; another digest asks for a rebuild."""
        whole = ("zone", "country", "closing_days", "opening_hours", "response_targets", "response_clock", "routing")
        stored = {
            "short_seconds",
            "let_ring_seconds",
            "attempt_gap_minutes",
            "attempt_tolerance_minutes",
            "other_phones_answer",
            "hidden_numbers_answer",
            "untold_target",
        }
        deciding: dict[str, Any] = dict.fromkeys(whole, True) | {"thresholds": stored}
        return hashlib.sha256(self.model_dump_json(include=deciding).encode()).hexdigest()[:16]

    def weekly_hours(self, desk: str, day: date) -> WeeklyHours:
        return in_force(self.opening_hours.get(desk, self.opening_hours["agents"]), day)

    def route(self, topic: str, insurer: str | None, portfolio: str | None, day: date) -> RoutingLine:
        """The line that decides where a request goes that is written on `day` (B5): the first that fits."""
        lines = in_force(self.routing, day).lines
        return next(line for line in lines if line.fits(topic, insurer, portfolio))

    def closing_minute(self, day: date) -> int:
        """Minutes past midnight from which the agency's own closing days close `day`; 1440 where none does."""
        return min(
            (minutes_of_day(rule.closed_from) for rule in self.closing_days if rule.falls_on(day)),
            default=MINUTES_PER_DAY,
        )


def read_house_rules(file: Path = DEFAULT_FILE) -> HouseRules:
    """Read and check a house-rules file, which holds what differs from the file that comes along.

    A list of dated rules in it takes the place of the whole list that comes along; in a table the keys that it names
    take the place of theirs. Raises `HouseRulesError` with file, key and reason when it is missing, malformed or wrong
    in any line.
    """
    content = toml_of(DEFAULT_FILE)
    if file != DEFAULT_FILE:
        content = with_differences(content, toml_of(file))
    try:
        return HouseRules.model_validate(content)
    except ValidationError as error:
        raise HouseRulesError("\n".join(describe_mistakes(file, error))) from error


def toml_of(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise HouseRulesError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise HouseRulesError(f"{file}: is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise HouseRulesError(f"{file}: is not TOML: {error}") from error


def with_differences(shipped: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """`shipped` with what another table says instead, table by table."""
    both = {
        key: with_differences(shipped[key], value) if isinstance(value, dict) else value
        for key, value in other.items()
        if isinstance(shipped.get(key), type(value))
    }
    return shipped | other | both


def describe_mistakes(file: Path, error: ValidationError) -> list[str]:
    """One line `FILE: key: reason` for each mistake that pydantic found."""
    return [
        ": ".join(
            filter(None, (str(file), ".".join(map(str, mistake["loc"])), mistake["msg"].removeprefix("Value error, ")))
        )
        for mistake in error.errors(include_url=False)
    ]

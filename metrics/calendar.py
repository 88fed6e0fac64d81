"""Opening hours, holidays and half hours. UTC inside; the agency's zone only where a day begins and ends."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays
import pandas as pd

from metrics.house_rules import MINUTES_PER_DAY, HouseRules

ONE_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]
"""From an instant, included, to another, excluded."""
LONGEST_CLOSED_DAYS = 30
"""How far to look for the next opening; no agency is closed longer."""


def half_hour_label(half_hour: int) -> str:
    """Half hour 0…47 of a day as the clock time at which it starts."""
    return f"{half_hour // 2:02d}:{half_hour % 2 * 30:02d}"


@lru_cache
def public_holidays_of(country: str, year: int) -> frozenset[date]:
    # Only the category "public": the agency's own closing days are house rules, not holidays (C3).
    return frozenset(holidays.country_holidays(country, years=year, categories=("public",)))


def is_public_holiday(rules: HouseRules, day: date) -> bool:
    return bool(rules.country) and day in public_holidays_of(rules.country, day.year)


def local_to_utc(day: date, minutes: int, rules: HouseRules) -> datetime:
    """When the agency's wall clock shows `minutes` past midnight on `day`; 1440 is the next midnight."""
    if minutes == MINUTES_PER_DAY:
        day, minutes = day + ONE_DAY, 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), rules.tzinfo).astimezone(UTC)


def local_day(at: datetime, rules: HouseRules) -> date:
    """The date on the agency's calendar at an instant."""
    return at.astimezone(rules.tzinfo).date()


def opening_intervals(rules: HouseRules, desk: str, day: date) -> list[tuple[datetime, datetime]]:
    """When a desk is open on a local day: half-open intervals in UTC, in order (C3).

    Public holidays are closed; the agency's own closing days cut the day off where they begin.
    """
    if is_public_holiday(rules, day):
        return []
    latest = rules.closing_minute(day)
    spans = [(opens, min(closes, latest)) for opens, closes in rules.weekly_hours(desk, day).on(day) if opens < latest]
    return [(local_to_utc(day, opens, rules), local_to_utc(day, closes, rules)) for opens, closes in spans]


def is_working_day(rules: HouseRules, desk: str, day: date) -> bool:
    """A day on which the desk opens, if only for the morning."""
    return bool(opening_intervals(rules, desk, day))


def same_time_after_working_days(rules: HouseRules, desk: str, start: datetime, days: int) -> datetime:
    """The same clock time `days` working days later; none later is `start` itself."""
    day, left = local_day(start, rules), days
    while left:
        day += ONE_DAY
        left -= is_working_day(rules, desk, day)
    return same_time_on(rules, start, day)


def same_time_on(rules: HouseRules, start: datetime, day: date) -> datetime:
    """The clock time of `start` on another local day.

    A clock time that the change to summer time skips is read in winter time: 02:30 is 03:30.
    """
    local = start.astimezone(rules.tzinfo)
    return datetime.combine(day, local.time(), rules.tzinfo).replace(fold=local.fold).astimezone(UTC)


def rest_of_working_day(rules: HouseRules, desk: str, at: datetime) -> tuple[datetime, datetime] | None:
    """From `at` to the desk's closing; outside the opening hours the next time it is open. None where it never is."""
    day = local_day(at, rules)
    for offset in range(LONGEST_CLOSED_DAYS):
        spans = opening_intervals(rules, desk, day + offset * ONE_DAY)
        if spans and spans[-1][1] > at:
            return max(at, spans[0][0]), spans[-1][1]
    return None


def next_opening(rules: HouseRules, desk: str, at: datetime) -> datetime | None:
    """When a desk opens next after `at`, although it may be open now. None where it never does."""
    day = local_day(at, rules)
    for offset in range(LONGEST_CLOSED_DAYS):
        for opens, _ in opening_intervals(rules, desk, day + offset * ONE_DAY):
            if opens > at:
                return opens
    return None


def closes_within(rules: HouseRules, desk: str, at: datetime, length: timedelta) -> bool:
    """Whether a desk is closed at `at`, or closes so soon after it; exactly so soon is."""
    day = local_day(at, rules)
    spans = opening_intervals(rules, desk, day)
    return not any(opens <= at < closes - length for opens, closes in spans)


def open_hours_between(rules: HouseRules, desk: str, start: datetime, end: datetime, at_most: float) -> float:
    """Opening hours of a desk within [start, end); stops counting once `at_most` is passed."""
    total = timedelta()
    day = local_day(start, rules)
    last_day = local_day(end, rules)
    while day <= last_day and total <= timedelta(hours=at_most):
        for opens, closes in opening_intervals(rules, desk, day):
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += ONE_DAY
    return total / timedelta(hours=1)


def opening_hours_frame(rules: HouseRules, desks_and_days: Iterable[tuple[str, date]]) -> pd.DataFrame:
    """Opening intervals, one row each: desk (str), local_date (date), opens_at and closes_at (UTC)."""
    rows = [
        (desk, day, opens, closes)
        for desk, day in desks_and_days
        for opens, closes in opening_intervals(rules, desk, day)
    ]
    frame = pd.DataFrame(rows, columns=["desk", "local_date", "opens_at", "closes_at"])
    return frame.astype({"opens_at": "datetime64[us, UTC]", "closes_at": "datetime64[us, UTC]"})


def add_local_times(frame: pd.DataFrame, column: str, rules: HouseRules) -> pd.DataFrame:
    """Add local_date (date) and half_hour (0…47) of a UTC column, in the agency's zone.

    In the doubled hour of autumn both passes fall into the same half hours.
    """
    local = frame[column].dt.tz_convert(rules.zone)
    return frame.assign(local_date=local.dt.date, half_hour=local.dt.hour * 2 + local.dt.minute // 30)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def period_before(from_date: date, to_date: date) -> tuple[date, date]:
    """The period of the same length that ends the day before; both ends are included."""
    length = to_date - from_date + ONE_DAY
    return from_date - length, to_date - length


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day, both included, of the quarter that a day lies in."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    after = date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    return first, after - ONE_DAY

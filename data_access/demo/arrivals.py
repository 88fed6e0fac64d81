"""When customers call: a Poisson number in each half hour, by hour, weekday, season and holiday."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from metrics.calendar import is_public_holiday
from metrics.house_rules import MINUTES_PER_DAY, HouseRules

CALLS_PER_MONTH = 6000
SHARE_OF_FIRST_CALLS = 0.925
"""The rest are customers who call again because nobody answered, or nobody came back."""
DAYS_PER_MONTH = 365.25 / 12
BY_HALF_HOUR = {
    **dict.fromkeys(range(14, 18), 0.25),
    **dict(enumerate([5, 7.4, 8.8, 9, 8.6, 7.8, 6, 5.4, 6.8, 7.6, 7.6, 7, 6.4, 5.6, 4.6, 3.4], start=18)),
    **dict(enumerate([1.6, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3], start=34)),
}
"""How busy each half hour (0…47) of an ordinary day is; the phones open at 18 (09:00)."""
BY_WEEKDAY = (1.18, 1.06, 1.0, 0.97, 0.84)
BY_MONTH = (1.16, 1.05, 1.03, 0.98, 0.97, 0.96, 0.72, 0.95, 1.04, 1.05, 1.06, 1.0)
ON_CLOSED_DAYS = 0.08
SHARES = {"selling": 0.152, "main": 0.21, "kc": 0.182}
"""Which number they call: each of the four teams' own, the main number, KC."""


@dataclass(frozen=True)
class Profile:
    """Expected first calls of one branch: `rate(day)` for each half hour of a day, all numbers together."""

    calls_per_unit: float
    rules: HouseRules

    def rates(self, day: date) -> np.ndarray:
        return self.calls_per_unit * weights(day, self.rules)


def weights(day: date, rules: HouseRules) -> np.ndarray:
    """How busy the half hours of a day are, relative to others."""
    is_closed = day.weekday() >= 5 or is_public_holiday(rules, day) or rules.closing_minute(day) < MINUTES_PER_DAY
    factor = ON_CLOSED_DAYS if is_closed else BY_WEEKDAY[day.weekday()]
    by_half_hour = np.zeros(48)
    by_half_hour[list(BY_HALF_HOUR)] = list(BY_HALF_HOUR.values())
    return by_half_hour * factor * BY_MONTH[day.month - 1]


def profile_of(days: list[date], rules: HouseRules) -> Profile:
    """The profile that brings the agency's calls a month over these days."""
    total = sum(weights(day, rules).sum() for day in days)
    wanted = CALLS_PER_MONTH * SHARE_OF_FIRST_CALLS * len(days) / DAYS_PER_MONTH
    return Profile(wanted / total, rules)


def arrivals_of(rates: np.ndarray, rng: np.random.Generator) -> Iterator[float]:
    """Seconds past midnight at which one number's callers arrive, in order."""
    counts = rng.poisson(rates)
    for half_hour in np.flatnonzero(counts):
        yield from np.sort(half_hour * 1800 + rng.random(counts[half_hour]) * 1800)

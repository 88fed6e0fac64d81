"""Is a colleague different, or is it chance? Q1: pointed out only where the data are strong enough.

Funnel method after Spiegelhalter (2005), over-dispersion and winsorising as in FunnelPlotR, false discoveries after
Benjamini and Hochberg (1995); one colleague over time by an XmR chart, for large counts by Laney's p′ (2002).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from metrics.proportions import FEWEST_FOR_RATE

FEWEST_PEERS = 10
"""With fewer colleagues to compare with, intervals are all there is."""
LOOK_HERE, ACT = 0.10, 0.05
"""Shares of false discoveries that are put up with: signals to look at, and those that ask for something to be done."""
WINSORISED_AT = 0.10
MOVING_RANGE_TO_LIMIT, MOVING_RANGE_OUTSIDE = 2.66, 3.267
MOVING_RANGE_TO_SIGMA = 1.128
FEWEST_FOR_LIMITS = 12
RUN, TREND_STEPS = 7, 6
Direction = Literal["high", "low"]


def expected_by_case_mix(cells: pd.DataFrame) -> pd.DataFrame:
    """What each colleague would have reached with the pooled rate of the same kind of work (indirect standardisation).

    cells: agent, stratum (queue and half hour, or whatever the work is told apart by), successes, cases (int).
    One row an agent: successes, cases, expected (float: the sum over strata of cases times that stratum's pooled rate).
    """
    pooled = cells.groupby("stratum")[["successes", "cases"]].sum()
    rate = pooled["successes"] / pooled["cases"].where(pooled["cases"] > 0)
    expected = cells["cases"] * cells["stratum"].map(rate).fillna(0.0)
    sums = cells.assign(expected=expected).groupby("agent")[["successes", "cases", "expected"]].sum()
    return sums.astype({"successes": "int64", "cases": "int64", "expected": "float64"}).reset_index()


@dataclass(frozen=True)
class Dispersion:
    """How far colleagues lie from what is expected: `z` as it is, `phi` and `tau_squared` after winsorising,
    `z_adjusted` with the differences that colleagues have anyway taken into account."""

    z: np.ndarray
    phi: float
    tau_squared: float
    z_adjusted: np.ndarray


def dispersion_of(
    successes: np.ndarray, cases: np.ndarray, expected_rate: np.ndarray | float, *, winsorise: bool = True
) -> Dispersion:
    """Distances on the arcsine scale, `Y = asin √(x/n)`, and the variance between colleagues (additive, τ²)."""
    share = successes / cases
    half_width = 1 / (2 * np.sqrt(cases))
    distance = np.arcsin(np.sqrt(share)) - np.arcsin(np.sqrt(np.clip(expected_rate, 0, 1)))
    z = distance / half_width
    held = np.clip(z, *np.quantile(z, (WINSORISED_AT, 1 - WINSORISED_AT))) if winsorise else z
    count, phi = len(z), float(np.mean(held**2))
    weight = 1 / half_width**2
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    excess = count * phi - (count - 1)
    tau_squared = max(0.0, float(excess / spread)) if excess > 0 and spread > 0 else 0.0
    return Dispersion(z, phi, tau_squared, distance / np.sqrt(half_width**2 + tau_squared))


def exact_tail(successes: np.ndarray, cases: np.ndarray, expected_rate: np.ndarray | float) -> np.ndarray:
    """The two-sided exact binomial p-value: twice the smaller tail, its own count included, at most 1."""
    rate = np.clip(expected_rate, 0, 1)
    lower = stats.binom.cdf(successes, cases, rate)
    upper = stats.binom.sf(successes - 1, cases, rate)
    return np.minimum(1.0, 2 * np.minimum(lower, upper))


def exact_limits(cases: np.ndarray, rate: float, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """The funnel's exact limits as fractions, interpolated between counts (Spiegelhalter 2005); on one is inside."""
    tail = (1 - coverage) / 2
    return limit_at(cases, rate, tail), limit_at(cases, rate, 1 - tail)


def limit_at(cases: np.ndarray, rate: float, quantile: float) -> np.ndarray:
    count = stats.binom.ppf(quantile, cases, rate)
    reached, before = stats.binom.cdf(count, cases, rate), stats.binom.cdf(count - 1, cases, rate)
    return np.clip((count - (reached - quantile) / (reached - before)) / cases, 0, 1)


def compare(counts: pd.DataFrame) -> pd.DataFrame:
    """Each colleague against what is expected of his kind of work.

    counts: agent, successes, cases, expected, as of `expected_by_case_mix`. Adds expected_rate, p_value (missing where
    nothing can be said: fewer than 20 cases, or fewer than 10 colleagues with as many), z (adjusted), direction (high,
    low). The p-value is the larger of the exact tail and the adjusted z: both have to say so.
    """
    enough = counts["cases"] >= FEWEST_FOR_RATE
    shown = counts.assign(
        expected_rate=counts["expected"] / counts["cases"].where(counts["cases"] > 0), p_value=np.nan, z=np.nan
    )
    if enough.sum() >= FEWEST_PEERS:
        some = shown[enough]
        successes, cases = some["successes"].to_numpy(float), some["cases"].to_numpy(float)
        rate = some["expected_rate"].to_numpy(float)
        z = dispersion_of(successes, cases, rate).z_adjusted
        both = np.maximum(exact_tail(successes, cases, rate), 2 * stats.norm.sf(np.abs(z)))
        shown.loc[enough, "p_value"], shown.loc[enough, "z"] = both, z
    above = shown["successes"] > shown["expected"]
    return shown.assign(direction=np.where(above, "high", "low"))


def rejected(p_values: Sequence[float] | np.ndarray, share: float) -> np.ndarray:
    """Which of all p-values of a view stand where such a share of false ones is put up with (Benjamini–Hochberg)."""
    values = np.asarray(p_values, dtype=float)
    known = ~np.isnan(values)
    found = np.zeros(len(values), dtype=bool)
    if known.any():
        found[known] = stats.false_discovery_control(values[known], method="bh") <= share
    return found


def shrunken_rates(successes: np.ndarray, cases: np.ndarray) -> np.ndarray:
    """Each rate drawn towards everybody's as far as its cases are few (beta-binomial, fitted by maximum likelihood).

    Missing without cases; shown beside small counts, never a reason for a signal by itself.
    """
    known = cases > 0
    rates = np.full(len(cases), np.nan)
    if not known.any():
        return rates
    x, n = successes[known].astype(float), cases[known].astype(float)
    overall = x.sum() / n.sum()
    if overall in (0.0, 1.0) or len(x) < 2:
        rates[known] = overall
        return rates

    def surprise(logs: np.ndarray) -> float:
        mean, size = special.expit(logs[0]), np.exp(logs[1])
        return -float(stats.betabinom.logpmf(x, n, mean * size, (1 - mean) * size).sum())

    start = np.array([special.logit(overall), np.log(50.0)])
    fitted = optimize.minimize(surprise, start, method="L-BFGS-B", bounds=[(-12, 12), (-2, 12)])
    mean, size = special.expit(fitted.x[0]), np.exp(fitted.x[1])
    rates[known] = (x + mean * size) / (n + size)
    return rates


@dataclass(frozen=True)
class ControlChart:
    """One colleague over time: the values' centre and limits, which points signal what, and whether the limits are only
    for trial (fewer than 12 points). Limits are per point, because those of shares follow their counts.

    `signals`: for each point the names of the rules it completes: outside, run, trend, two_of_three.
    """

    centre: float
    lower: np.ndarray
    upper: np.ndarray
    signals: tuple[tuple[str, ...], ...]
    is_trial: bool


def xmr_chart(values: Sequence[float]) -> ControlChart:
    """Individuals and moving range: mean ± 2.66 × the mean moving range, ranges of 3.267 × the mean dropped once."""
    points = np.asarray(values, dtype=float)
    centre = float(points.mean()) if len(points) else np.nan
    ranges = np.abs(np.diff(points))
    if len(ranges) and ranges.mean() > 0:
        kept = ranges[ranges < MOVING_RANGE_OUTSIDE * ranges.mean()]
        ranges = kept if len(kept) else ranges
    reach = MOVING_RANGE_TO_LIMIT * (float(ranges.mean()) if len(ranges) else 0.0)
    return chart_of(points, centre, np.full(len(points), reach))


def p_prime_chart(successes: np.ndarray, cases: np.ndarray) -> ControlChart:
    """Shares of large counts (Laney's p′): limits follow the counts and how much the shares really vary."""
    share, centre = successes / cases, float(successes.sum() / cases.sum())
    sigma = np.sqrt(centre * (1 - centre) / cases)
    if len(share) < 2 or not sigma.all():
        return chart_of(share, centre, np.zeros(len(share)))
    z = (share - centre) / sigma
    varies = float(np.abs(np.diff(z)).mean() / MOVING_RANGE_TO_SIGMA)
    return chart_of(share, centre, 3 * sigma * varies)


def chart_of(points: np.ndarray, centre: float, reach: np.ndarray) -> ControlChart:
    signals = tuple(
        tuple(name for name, rule in RULES.items() if rule(points - centre, reach, place))
        for place in range(len(points))
    )
    return ControlChart(centre, centre - reach, centre + reach, signals, len(points) < FEWEST_FOR_LIMITS)


def is_outside(distance: np.ndarray, reach: np.ndarray, place: int) -> bool:
    """Beyond a limit; on it is inside."""
    return bool(abs(distance[place]) > reach[place] > 0)


def completes_a_run(distance: np.ndarray, _reach: np.ndarray, place: int) -> bool:
    """The seventh in a row on one side of the centre."""
    last = distance[max(place - RUN + 1, 0) : place + 1]
    return len(last) == RUN and bool((last > 0).all() or (last < 0).all())


def completes_a_trend(distance: np.ndarray, _reach: np.ndarray, place: int) -> bool:
    """The sixth step in one direction; a tie breaks it."""
    steps = np.diff(distance[max(place - TREND_STEPS, 0) : place + 1])
    return len(steps) == TREND_STEPS and bool((steps > 0).all() or (steps < 0).all())


def completes_two_of_three(distance: np.ndarray, reach: np.ndarray, place: int) -> bool:
    """Two of three beyond two thirds of the way to the limit on one side, this one among them."""
    last = slice(max(place - 2, 0), place + 1)
    if place < 2 or not reach[place]:
        return False
    side = np.sign(distance[place])
    far = (distance[last] * side) > reach[last] * 2 / 3
    return bool(far[-1] and far.sum() >= 2)


RULES = {
    "outside": is_outside,
    "run": completes_a_run,
    "trend": completes_a_trend,
    "two_of_three": completes_two_of_three,
}

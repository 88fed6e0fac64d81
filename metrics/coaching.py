"""Is a colleague different, or is it chance? Q1: pointed out only where the data are strong enough.

Funnel method after Spiegelhalter (2005), over-dispersion and winsorising as in FunnelPlotR, false discoveries after
Benjamini and Hochberg (1995); one colleague over time by an XmR chart, for large counts by Laney's p′ (2002), and when
they did otherwise by a temporal scan (Kulldorff 1997).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from metrics.proportions import FEWEST_FOR_INTERVAL, FEWEST_FOR_RATE

FEWEST_PEERS = 10
"""With fewer others to compare with, intervals are all there is."""
LOOK_HERE, ACT = 0.10, 0.05
"""Shares of false discoveries that are put up with: signals to look at, and those that ask for something to be done."""
WINSORISED_AT = 0.10
MOVING_RANGE_TO_LIMIT, MOVING_RANGE_OUTSIDE = 2.66, 3.267
MOVING_RANGE_TO_SIGMA, MEDIAN_RANGE_TO_SIGMA = 1.128, 0.954
FEWEST_FOR_LIMITS = 12
FALSE_PAGES = 0.05
"""Of the pages of colleagues in whom nothing changed, how many may bear a mark."""
MOST_SPELLS, FEWEST_POINTS_TO_SCAN = 3, 8
SCAN_DRAWS, SCAN_SEED = (99, 400, 500), 21
LOOKED_BACK_DAYS = 84
"""Twelve weeks: long enough that most measures have twenty cases, short enough to speak of now."""
CHART_WEEKS, WEEKS_TO_A_POINT = 52, (1, 2, 4)
HARD_TO_COMPARE = 0.5
MIX_MATTERS = 0.02
EVERYTHING = "*"
Direction = Literal["high", "low"]
SPELL_DAYS, SPELL_SHARE, STANDS_WITHOUT_SPELL = 28, 3, 0.05
"""A spell is four weeks, or a third of a longer period."""
WAS_OTHERWISE_BEFORE = 4.0
"""Standard deviations by which the weeks before must differ until a day is named from which something holds."""
State = Literal["act", "look", "one_spell", "explained", "as_expected", "no_peers", "too_few"]
SIGNALS: tuple[State, ...] = ("act", "look")


def expected_by_case_mix(cells: pd.DataFrame) -> pd.DataFrame:
    """What each colleague would have reached with the pooled rate of the same kind of work (indirect standardisation).

    cells: agent, stratum (queue/half hour, or whatever the work is told apart by), successes, cases (int). Where fewer
    than ten others have a kind of work it is widened: to all queues in that half hour, and then to everything.
    One row an agent: successes, cases, expected (float: the sum over strata of cases times that stratum's pooled rate)
    and own_share (float: how much of what they are compared with is their own work, 0 to 1).
    """
    pooled = pooled_by_kind(cells)
    expected = cells["cases"] * pooled["rate"].fillna(0.0)
    own_share = cells["cases"] * pooled["own_cases"] / pooled["cases"].where(pooled["cases"] > 0)
    sums = (
        cells.assign(expected=expected, own=own_share).groupby("agent")[["successes", "cases", "expected", "own"]].sum()
    )
    sums = sums.astype({"successes": "int64", "cases": "int64", "expected": "float64", "own": "float64"})
    share = sums["own"] / sums["cases"].where(sums["cases"] > 0)
    return sums.drop(columns="own").assign(own_share=share.astype("float64")).reset_index()


def pooled_by_kind(cells: pd.DataFrame) -> pd.DataFrame:
    """For each cell the narrowest kind of work that ten others have too: its pooled rate and cases, and how many of
    those cases are the agent's own (own_cases).

    Kinds, from narrow to wide: the stratum, what stands behind its slash, everything. On the index of `cells`.
    """
    successes, cases = (cells[name].to_numpy("float64") for name in ("successes", "cases"))
    agent, agents = pd.factorize(cells["agent"])
    rate, of_kind, own = (np.full(len(cells), np.nan) for _column in range(3))
    kinds = kinds_of(cells["stratum"])
    for of_cells in reversed(kinds):
        kind, names = pd.factorize(of_cells)
        pair = kind * len(agents) + agent
        # By numbers of kinds and agents: grouping frames takes many times as long.
        sums = np.bincount(kind, successes, len(names)), np.bincount(kind, cases, len(names))
        by_agent = np.bincount(pair, cases, len(names) * len(agents))
        has_cases = by_agent.reshape(len(names), len(agents)) > 0
        use = (has_cases.sum(axis=1)[kind] > FEWEST_PEERS) | (of_cells is kinds[-1])
        pooled_rate = np.divide(sums[0], sums[1], out=np.full(len(names), np.nan), where=sums[1] > 0)
        rate[use], of_kind[use], own[use] = pooled_rate[kind][use], sums[1][kind][use], by_agent[pair][use]
    return pd.DataFrame({"rate": rate, "cases": of_kind, "own_cases": own}, index=cells.index)


def kinds_of(strata: pd.Series) -> list[pd.Series]:
    """The kinds of work that a stratum belongs to, from narrow to wide."""
    behind = strata.map({kind: wider_kind(kind) for kind in strata.unique()})
    return [strata, behind, pd.Series(EVERYTHING, index=strata.index, dtype="str")]


def wider_kind(stratum: str) -> str:
    return "/" + stratum.rpartition("/")[2]


def expected_rate_of(strata: pd.Series, cells: pd.DataFrame) -> list[float]:
    """What is expected of cases of some strata, by the pooled rates of `cells`; of a kind that nobody has there, of the
    next wider one."""
    pooled = pooled_by_kind(cells)
    rates: dict[str, float] = dict(zip(cells["stratum"], pooled["rate"], strict=True))
    for kinds in kinds_of(cells["stratum"])[1:]:
        sums = cells.groupby(kinds.to_numpy())[["successes", "cases"]].sum()
        rates |= (sums["successes"] / sums["cases"].where(sums["cases"] > 0)).to_dict()
    overall = rates.get(EVERYTHING, 0.0)
    return [float(rates.get(kind, rates.get(wider_kind(kind), overall))) for kind in strata]


def without_case_mix(counts: pd.DataFrame) -> pd.DataFrame:
    """The same counts with the pooled rate of everybody as what is expected, whatever the kind of work."""
    cases = counts["cases"].sum()
    rate = counts["successes"].sum() / cases if cases else 0.0
    return counts.assign(expected=counts["cases"] * rate)


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
    clipped = np.clip(z, *np.quantile(z, (WINSORISED_AT, 1 - WINSORISED_AT))) if winsorise else z
    count, phi = len(z), float(np.mean(clipped**2))
    weight = 1 / half_width**2
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    excess = count * phi - (count - 1)
    tau_squared = max(0.0, float(excess / spread)) if excess > 0 and spread > 0 else 0.0
    return Dispersion(z, phi, tau_squared, distance / np.sqrt(half_width**2 + tau_squared))


def exact_tail(
    successes: np.ndarray | float, cases: np.ndarray | float, expected_rate: np.ndarray | float
) -> np.ndarray:
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
    """Each colleague against what is expected of their kind of work.

    counts: agent, successes, cases, expected, as of `expected_by_case_mix`. Adds expected_rate, p_value (missing where
    nothing can be said: fewer than 20 cases, or fewer than 10 others with as many), z (adjusted), direction (high,
    low). The p-value is the larger of the exact tail and the adjusted z: both have to say so.
    """
    enough = counts["cases"] >= FEWEST_FOR_RATE
    shown = counts.assign(
        expected_rate=counts["expected"] / counts["cases"].where(counts["cases"] > 0), p_value=np.nan, z=np.nan
    )
    if enough.sum() > FEWEST_PEERS:
        some = shown[enough]
        successes, cases = some["successes"].to_numpy(float), some["cases"].to_numpy(float)
        rate = some["expected_rate"].to_numpy(float)
        z = dispersion_of(successes, cases, rate).z_adjusted
        both = np.maximum(exact_tail(successes, cases, rate), 2 * stats.norm.sf(np.abs(z)))
        shown.loc[enough, "p_value"], shown.loc[enough, "z"] = both, z
    above = shown["successes"] > shown["expected"]
    return shown.assign(direction=np.where(above, "high", "low"))


def compare_with_goal(counts: pd.DataFrame, goal: float) -> pd.DataFrame:
    """Each colleague against what a rule asks for, and not against peers (A2).

    counts: agent, successes, cases. Adds what `compare` adds, with the goal as what is expected; the p-value is the
    exact tail's, missing with fewer than 20 cases.
    """
    cases, successes = counts["cases"].to_numpy(float), counts["successes"].to_numpy(float)
    expected = cases * goal
    enough = cases >= FEWEST_FOR_RATE
    p_value = np.where(enough, exact_tail(successes, cases, goal), np.nan)
    return counts.assign(
        expected=expected,
        expected_rate=goal,
        own_share=0.0,
        p_value=p_value,
        z=np.nan,
        direction=np.where(successes > expected, "high", "low"),
    )


def compare_with_own_past(counts: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Each colleague against their own record, where there are too few others to compare with (Q1).

    counts and past: agent, successes, cases, of the period and of the year before it. Adds what `compare` adds, with
    their own former rate as what is expected; the p-value is Fisher's exact one, missing with fewer than 20 cases in
    either.
    """
    before = past.groupby("agent")[["successes", "cases"]].sum().reindex(counts["agent"]).fillna(0).to_numpy(int)
    now = counts[["successes", "cases"]].to_numpy(int)
    rate = np.divide(before[:, 0], before[:, 1], out=np.full(len(before), np.nan), where=before[:, 1] > 0)
    enough = (before[:, 1] >= FEWEST_FOR_RATE) & (now[:, 1] >= FEWEST_FOR_RATE)
    p_values = [
        stats.fisher_exact([[new[0], new[1] - new[0]], [old[0], old[1] - old[0]]]).pvalue if is_enough else np.nan
        for new, old, is_enough in zip(now, before, enough, strict=True)
    ]
    expected = counts["cases"] * rate
    return counts.assign(
        expected=expected,
        expected_rate=rate,
        own_share=0.0,
        p_value=np.array(p_values, dtype=float),
        z=np.nan,
        direction=np.where(counts["successes"] > expected, "high", "low"),
    )


def keeps_the_goal(counts: pd.DataFrame, goal: pd.Series) -> pd.Series:
    """Whether somebody keeps to what a rule asks for, and the data are strong enough: the whole interval lies there.

    counts: cases, low (Wilson's 95 % interval, missing with few cases). goal: missing where no rule asks for a share.
    """
    return ((counts["cases"] >= FEWEST_FOR_RATE) & (counts["low"] >= goal)).fillna(False).astype(bool)


def rejected(p_values: Sequence[float] | np.ndarray, share: float) -> np.ndarray:
    """Which of all p-values of a view stand where such a share of false ones is put up with (Benjamini–Hochberg)."""
    values = np.asarray(p_values, dtype=float)
    known = ~np.isnan(values)
    is_rejected = np.zeros(len(values), dtype=bool)
    if known.any():
        is_rejected[known] = stats.false_discovery_control(values[known], method="bh") <= share
    return is_rejected


def rejected_by_kind(p_values: pd.Series, kinds: pd.Series, share: float) -> np.ndarray:
    """As `rejected`, for each kind of its own among all comparisons of the view: that many are weak in something makes
    no false praise likely, and the other way round."""
    is_rejected = np.zeros(len(p_values), dtype=bool)
    for kind in kinds.unique():
        is_kind = (kinds == kind).to_numpy()
        others_are_sure = p_values.where(is_kind | p_values.isna(), 1.0).to_numpy(float)
        is_rejected |= is_kind & rejected(others_are_sure, share)
    return is_rejected


def state_of(comparisons: pd.DataFrame) -> pd.Series:
    """What can be said of each colleague and measure of one view, over all of which false discoveries are counted.

    comparisons: cases (int), p_value, crude_p_value (as of `compare`, with and without the kind of work), own_share,
    kind (help or strength).
    act, look: hardly chance. explained: it would be, did the kind of work not explain it. too_few: fewer than 20 cases.
    no_peers: fewer than 10 others with as many, or most of that kind of work is their own. Else as_expected.
    """
    # Whoever does most of a kind of work would be compared with themselves: nothing can be said.
    is_alone = comparisons["own_share"] > HARD_TO_COMPARE
    p_values = comparisons["p_value"].mask(is_alone)
    kinds = comparisons["kind"]
    crude = rejected_by_kind(comparisons["crude_p_value"], kinds, LOOK_HERE)
    states = np.select(
        [
            comparisons["cases"] < FEWEST_FOR_RATE,
            p_values.isna(),
            rejected_by_kind(p_values, kinds, ACT),
            rejected_by_kind(p_values, kinds, LOOK_HERE),
            crude,
        ],
        ["too_few", "no_peers", "act", "look", "explained"],
        "as_expected",
    )
    return pd.Series(states, index=comparisons.index, dtype="str")


def funnel_limits(cases: np.ndarray, rate: float, tau_squared: float, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits that a colleague of ordinary differences stays within: of the exact ones and those widened by τ² the
    wider, because a signal needs both."""
    exact = exact_limits(cases, rate, coverage)
    reach = stats.norm.ppf((1 + coverage) / 2) * np.sqrt(1 / (4 * cases) + tau_squared)
    centre = np.arcsin(np.sqrt(rate))
    lower, upper = (np.sin(np.clip(centre + sign * reach, 0, np.pi / 2)) ** 2 for sign in (-1, 1))
    return np.minimum(exact[0], lower), np.maximum(exact[1], upper)


def first_week_that_still_says_it(weeks: pd.DataFrame, direction: Direction) -> int:
    """From which week on a colleague has differed as they do now: 0 where they always have.

    weeks: successes, cases, expected, in order, none without cases. Of all stretches up to the last week it is the one
    that lies farthest from what is expected, unless the weeks before it say the same.
    """
    successes, cases, expected = weeks[["successes", "cases", "expected"]].to_numpy(float).T
    rate = np.clip(expected / cases, 0, 1)
    sign = 1 if direction == "high" else -1
    difference, variance = (
        np.cumsum(values[::-1])[::-1] for values in (successes - expected, cases * rate * (1 - rate))
    )
    distance = np.divide(sign * difference, np.sqrt(variance), out=np.zeros_like(variance), where=variance > 0)
    first = int(distance.argmax())
    before, since = slice(None, first), slice(first, None)
    # As they do now, the weeks before would have come to this.
    as_now = np.clip(rate[before] * successes[since].sum() / max(expected[since].sum(), 1e-9), 0, 1)
    spread = np.sqrt((cases[before] * np.maximum(as_now * (1 - as_now), rate[before] * (1 - rate[before]))).sum())
    apart = sign * ((cases[before] * as_now).sum() - successes[before].sum())
    return first if apart > WAS_OTHERWISE_BEFORE * spread else 0


def spell_days(period_days: int) -> int:
    return max(SPELL_DAYS, period_days // SPELL_SHARE)


def hangs_on_one_spell(cases: pd.DataFrame, days: int) -> bool:
    """Whether a difference would be chance without some stretch of so many days: a bad spell, not a way of working.

    cases of one colleague, of a longer period: local_date, success (bool), expected (float, of each case).
    """
    by_day = cases.assign(cases=1).groupby("local_date")[["success", "cases", "expected"]].sum()
    counts = by_day.to_numpy(float)
    numbers = np.array([day.toordinal() for day in by_day.index])
    total = counts.sum(axis=0)
    up_to = np.vstack([np.zeros(3), counts.cumsum(axis=0)])
    # Without the stretch that begins with each of the days.
    ends = np.searchsorted(numbers, numbers + days)
    successes, left, expected = (total - (up_to[ends] - up_to[:-1])).T
    if (left < 1).any():
        return True
    tails = exact_tail(successes, left, expected / left)
    is_same_side = (successes > expected) == (total[0] > total[2])
    return bool(np.where(is_same_side, tails, 1.0).max() > STANDS_WITHOUT_SPELL)


def weeks_to_a_point(cases: Sequence[int]) -> int:
    """How many weeks make one point of a chart: so few that half the points have five cases, four at most."""
    counts = np.asarray(cases, dtype=float)
    for weeks in WEEKS_TO_A_POINT:
        points = [counts[start : start + weeks].sum() for start in range(0, len(counts), weeks)]
        if points and np.median(points) >= FEWEST_FOR_INTERVAL:
            return weeks
    return WEEKS_TO_A_POINT[-1]


def chart_of_shares(successes: np.ndarray, cases: np.ndarray) -> "ControlChart":
    """Shares over time: by Laney's p′ where the counts are large, as individual values where they are not."""
    if len(cases) and np.median(cases) >= FEWEST_FOR_RATE:
        return p_prime_chart(successes, cases)
    return within_zero_and_one(xmr_chart(successes / cases))


def within_zero_and_one(chart: "ControlChart") -> "ControlChart":
    return replace(chart, lower=chart.lower.clip(0, 1), upper=chart.upper.clip(0, 1))


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
    """One colleague over time: the values' centre and limits, and whether the limits are only for trial (fewer than 12
    points). Limits are per point, because those of shares follow their counts."""

    centre: float
    lower: np.ndarray
    upper: np.ndarray
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
    return chart_of(centre, np.full(len(points), reach))


def p_prime_chart(successes: np.ndarray, cases: np.ndarray) -> ControlChart:
    """Shares of large counts (Laney's p′): limits follow the counts and how much the shares really vary."""
    share, centre = successes / cases, float(successes.sum() / cases.sum())
    sigma = np.sqrt(centre * (1 - centre) / cases)
    if len(share) < 2 or not sigma.all():
        return chart_of(centre, np.zeros(len(share)))
    z = (share - centre) / sigma
    return within_zero_and_one(chart_of(centre, 3 * sigma * spread_between_neighbours(z)))


def spread_between_neighbours(z: np.ndarray) -> float:
    """How far neighbouring points lie apart, as a multiple of what chance gives (Laney 2002)."""
    return float(np.abs(np.diff(z)).mean() / MOVING_RANGE_TO_SIGMA)


def chart_of(centre: float, reach: np.ndarray) -> ControlChart:
    return ControlChart(centre, centre - reach, centre + reach, len(reach) < FEWEST_FOR_LIMITS)


@dataclass(frozen=True)
class Spell:
    """A stretch of points that differs from the colleague's other points by more than chance: both ends included."""

    first: int
    last: int
    direction: Direction


def spells_of_change(points: pd.DataFrame, charts: int) -> list[Spell]:
    """When a colleague did otherwise than in their other weeks, by a temporal scan (Kulldorff 1997), in order.

    points: successes, cases, expected, in order of time. Of all stretches of up to half the points the one that stands
    out most is compared with the most outstanding ones of 999 simulated series in which nothing changes and which vary
    from point to point as much as this one does. `charts`: how many are on the page; with all of them together at most
    one page in twenty of colleagues in whom nothing changed bears a mark. What was found is taken out and the rest
    looked at again; where the colleague had recovered in the middle of a stretch, it is two.
    """
    counts = points[["successes", "cases", "expected"]].to_numpy(float)
    enough, varies = FALSE_PAGES / charts, how_much_points_vary(counts)
    left, spells = np.arange(len(counts)), list[Spell]()
    while len(spells) < MOST_SPELLS and len(left) >= FEWEST_POINTS_TO_SCAN and counts[left, 0].sum() > 0:
        some = counts[left]
        distance, first, length = most_outstanding(some[None])
        if chance_of(abs(distance[0]), some, varies, enough) > enough:
            break
        stretch = left[first[0] : first[0] + length[0]]
        direction: Direction = "high" if distance[0] > 0 else "low"
        for part in without_recovery(counts, stretch, direction, varies, enough):
            spells.append(Spell(int(part[0]), int(part[-1]), direction))
        left = np.setdiff1d(left, stretch)
    return sorted(spells, key=lambda spell: spell.first)


def without_recovery(
    counts: np.ndarray, stretch: np.ndarray, direction: Direction, varies: float, enough: float
) -> list[np.ndarray]:
    """The parts of a stretch of points, without those in its middle in which the colleague had recovered.

    Two bad spells stand out farther together than each alone, also where there were good weeks between them.
    """
    some = counts[stretch]
    if len(stretch) < FEWEST_POINTS_TO_SCAN or not 0 < some[:, 0].sum() < some[:, 1].sum():
        return [stretch]
    distance, first, length = most_outstanding(some[None])
    is_recovery = (distance[0] > 0) == (direction == "low")
    if not is_recovery or chance_of(abs(distance[0]), some, varies, enough) > enough:
        return [stretch]
    parts = stretch[: first[0]], stretch[first[0] + length[0] :]
    return [part for part in parts if len(part)]


def how_much_points_vary(counts: np.ndarray) -> float:
    """How far neighbouring points usually lie apart, as a multiple of what chance gives, and no less (after Laney
    2002): by the median, so that a jump between good and bad weeks does not make all weeks look unsteady."""
    successes, cases, _expected = counts.T
    if len(counts) < FEWEST_POINTS_TO_SCAN or not successes.any():
        return 1.0
    rate, sigma = own_level(counts)
    z = np.divide(successes - cases * rate, sigma, out=np.zeros_like(sigma), where=sigma > 0)
    return max(1.0, float(np.median(np.abs(np.diff(z))) / MEDIAN_RANGE_TO_SIGMA))


def own_level(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each point would be at the colleague's overall level, as a rate, and the standard deviation of its count."""
    successes, cases, expected = counts.T
    rate = np.clip(expected * successes.sum() / expected.sum() / cases, 0, 1)
    return rate, np.sqrt(cases * rate * (1 - rate))


def chance_of(distance: float, counts: np.ndarray, varies: float, enough: float) -> float:
    """How often a series in which nothing changes has a stretch that stands out as far; few are drawn where it is
    often.

    Each point is drawn from its own cases at the colleague's overall level, and its distance from that is widened by
    how much points vary.
    """
    _successes, cases, expected = counts.T
    rate, _sigma = own_level(counts)
    random = np.random.default_rng(SCAN_SEED)
    farther, drawn = 1, 1
    for portion in SCAN_DRAWS:
        draws = random.binomial(cases.astype(int), rate, (portion, len(cases)))
        around = cases * rate + varies * (draws - cases * rate)
        series = np.stack(
            [around, np.broadcast_to(cases, around.shape), np.broadcast_to(expected, around.shape)], axis=-1
        )
        farther += int((np.abs(most_outstanding(series)[0]) >= distance).sum())
        drawn += portion
        if farther / drawn > 4 * enough:
            break
    return farther / drawn


def most_outstanding(series: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each series of points (successes, cases, expected) the stretch farthest from what its own overall level makes
    one expect: distance in standard deviations, its first point, its length."""
    successes, cases, expected = np.moveaxis(series, -1, 0)
    expected = expected * (successes.sum(axis=1) / expected.sum(axis=1))[:, None]
    rate = np.clip(expected / cases, 0, 1)
    sums = [
        np.pad(values.cumsum(axis=1), ((0, 0), (1, 0)))
        for values in (successes - expected, cases * rate * (1 - rate), cases)
    ]
    best = np.zeros(len(series))
    first, length = np.zeros(len(series), dtype=int), np.ones(len(series), dtype=int)
    for points in range(1, series.shape[1] // 2 + 1):
        difference, variance, inside = (values[:, points:] - values[:, :-points] for values in sums)
        spread = np.sqrt(variance * (1 - inside / sums[2][:, -1:]))
        distances = np.divide(difference, spread, out=np.zeros_like(difference), where=spread > 0)
        farthest = np.abs(distances).argmax(axis=1)
        value = np.take_along_axis(distances, farthest[:, None], axis=1)[:, 0]
        is_farther = np.abs(value) > np.abs(best)
        best, first = np.where(is_farther, value, best), np.where(is_farther, farthest, first)
        length = np.where(is_farther, points, length)
    return best, first, length


@dataclass(frozen=True)
class BeforeAndAfter:
    """What a colleague reached in the twelve weeks before a session and in all weeks since, as (successes, cases)."""

    before: tuple[int, int]
    after: tuple[int, int]


def before_and_after(weeks: pd.DataFrame, held_on: date) -> BeforeAndAfter:
    """weeks: week (Monday), successes, cases, in order. The session's own week belongs to neither."""
    monday = held_on - timedelta(days=held_on.weekday())
    before = weeks[(weeks["week"] < monday) & (weeks["week"] >= monday - timedelta(days=LOOKED_BACK_DAYS))]
    after = weeks[weeks["week"] > monday]

    def sums(some: pd.DataFrame) -> tuple[int, int]:
        return int(some["successes"].sum()), int(some["cases"].sum())

    return BeforeAndAfter(sums(before), sums(after))


def chart_points(weeks: pd.DataFrame) -> tuple[pd.DataFrame, ControlChart]:
    """The points of one measure's chart, and the chart. Weeks before the first case and points without a case are left
    out; a point is one, two or four weeks, and the last is a whole one.

    weeks: week (date), successes, cases, expected, in order. The points have the same columns.
    """
    begun = weeks[weeks["cases"].cumsum() > 0].reset_index(drop=True)
    length = weeks_to_a_point(begun["cases"].tolist())
    # From the latest week backwards.
    group = (len(begun) - 1 - np.arange(len(begun))) // length
    points = begun.groupby(-group).agg(
        week=("week", "first"), successes=("successes", "sum"), cases=("cases", "sum"), expected=("expected", "sum")
    )
    points = points[points["cases"] > 0].reset_index(drop=True)
    chart = chart_of_shares(points["successes"].to_numpy(float), points["cases"].to_numpy(float))
    return points, chart


@dataclass(frozen=True)
class MeasureOverTime:
    """One measure of a colleague as a chart shows it: points (week, successes, cases, expected), its centre and limits,
    and the stretches that differ from the colleague's other points by more than chance."""

    points: pd.DataFrame
    chart: ControlChart
    spells: list[Spell]


def measures_over_time(weeks: pd.DataFrame) -> dict[str, MeasureOverTime]:
    """The charts of one colleague, by measure: of each with enough cases for an interval.

    weeks: measure, week (date), successes, cases, expected, in order. All charts of a page share its false marks.
    """
    drawn = {
        str(measure): chart_points(of_measure)
        for measure, of_measure in weeks.groupby("measure", sort=False)
        if of_measure["cases"].sum() >= FEWEST_FOR_INTERVAL
    }
    return {
        measure: MeasureOverTime(points, chart, spells_of_change(points, len(drawn)))
        for measure, (points, chart) in drawn.items()
    }


def rates_as_if_alike(rates: pd.Series, expected_rates: pd.Series, pooled_rate: float) -> pd.Series:
    """Everybody's rate as if all had the same kind of work: the pooled rate times how far the rate lies from what is
    expected of its own mix (indirect standardisation). Where nothing is expected the rate itself stands."""
    far = rates / expected_rates.where(expected_rates > 0)
    return (pooled_rate * far).fillna(rates).clip(0, 1)


def funnel_of_limits(cases: pd.Series, rate: float, tau_squared: float) -> pd.DataFrame:
    """The limits of a funnel over the range of cases, at forty places: cases, low_95, high_95, low_998, high_998."""
    least, most = cases.min(), cases.max()
    places = np.unique(np.linspace(least, max(most * 1.05, least + 5), 40).round())
    limits = pd.DataFrame({"cases": places})
    for name, coverage in (("95", 0.95), ("998", 0.998)):
        limits[f"low_{name}"], limits[f"high_{name}"] = funnel_limits(places, rate, tau_squared, coverage)
    return limits

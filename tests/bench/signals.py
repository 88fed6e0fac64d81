"""How often does a method point at somebody wrongly, and how often does it find who is weaker? Simulated agencies.

`python -m tests.bench.signals [AGENCIES]` prints the tables of docs/signals.md. An agency has twenty colleagues and
eight measures with 40 to 380 cases each in twelve weeks; nobody differs, or two are truly twenty points worse in one
measure, or one has the lunch shift, when everybody picks up less. Counted is who is pointed out as weak, and for the
program's own method also who is praised, in periods of 12, 26 and 52 weeks.
"""

import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta

import numpy as np
import pandas as pd

from metrics.coaching import (
    SIGNALS,
    chart_points,
    compare,
    exact_limits,
    expected_by_case_mix,
    hangs_on_one_spell,
    spell_days,
    spells_of_change,
    state_of,
    without_case_mix,
)

COLLEAGUES, POINTS_WORSE, SEED = 20, 0.20, 9
WEAK, LUNCH_AGENT = (4, 11), 7
BASE_RATES = (0.92, 0.94, 0.80, 0.95, 0.66, 0.95, 0.79, 0.84)
MEDIAN_CASES = (380, 60, 60, 40, 50, 360, 80, 45)
MANY, FEW = 0, 2
"""The measures in which somebody is truly weaker: calls, of which there are many, and requests."""
AT_LUNCH, SHARE_AT_LUNCH = 0.74, 0.15
PERIODS = (12, 26, 52)
Flags = dict[int, np.ndarray]
"""By measure, which colleagues are pointed out as weak."""


def generator_of(name: str) -> np.random.Generator:
    """Chance of its own for each row of a table, so that rows can be drawn beside each other and in any order."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def agency(
    rng: np.random.Generator,
    weak: tuple[int, ...] = (),
    weak_in: int = MANY,
    lunch_agent: int | None = None,
    weeks: int = 12,
) -> pd.DataFrame:
    """One agency's cells: measure, agent, stratum, successes, cases."""
    rows = []
    for measure, (rate, median) in enumerate(zip(BASE_RATES, MEDIAN_CASES, strict=True)):
        for agent in range(COLLEAGUES):
            cases = max(int(rng.lognormal(np.log(median * weeks / 12), 0.35)), 1)
            own = rate - POINTS_WORSE if measure == weak_in and agent in weak else rate
            at_lunch = rng.binomial(cases, SHARE_AT_LUNCH) if measure == MANY else 0
            at_lunch = cases if measure == MANY and agent == lunch_agent else at_lunch
            for stratum, number, true in (
                ("lunch", at_lunch, own * AT_LUNCH),
                ("other", cases - at_lunch, own),
            ):
                if number:
                    rows.append((measure, agent, stratum, rng.binomial(number, true), number))
    return pd.DataFrame(rows, columns=["measure", "agent", "stratum", "successes", "cases"])


def counts_of(cells: pd.DataFrame) -> dict[int, pd.DataFrame]:
    return {measure: expected_by_case_mix(part) for measure, part in cells.groupby("measure")}


def ours(rng: np.random.Generator, *, case_mix: bool = True, spell: bool = True) -> Callable[[pd.DataFrame], Flags]:
    """Whom the page points out as weak."""
    return lambda cells: pointed_out(rng, cells, 12, case_mix=case_mix, spell=spell)["help"]


def pointed_out(
    rng: np.random.Generator, cells: pd.DataFrame, weeks: int, *, case_mix: bool = True, spell: bool = True
) -> dict[str, Flags]:
    """What the page does: both tails, over-dispersion, false discoveries over the view, and no bad spell. Whom it
    points out as weak (help), and whom it praises (strength)."""
    parts = []
    for measure, counts in counts_of(cells).items():
        crude = compare(without_case_mix(counts))
        fair = compare(counts) if case_mix else crude
        parts.append(fair.assign(measure=measure, crude_p_value=crude["p_value"]))
    whole = pd.concat(parts, ignore_index=True)
    whole = whole.assign(kind=np.where(whole["direction"] == "low", "help", "strength"))
    is_flag = state_of(whole).isin(SIGNALS)
    if spell:
        is_flag &= ~pd.Series(
            [holds and hangs(rng, row, 7 * weeks) for holds, row in zip(is_flag, whole.itertuples(), strict=True)]
        )
    return {
        kind: {
            measure: np.flatnonzero((is_flag & (whole["kind"] == kind))[whole["measure"] == measure])
            for measure in sorted(whole["measure"].unique())
        }
        for kind in ("help", "strength")
    }


def hangs(rng: np.random.Generator, row: object, period_days: int) -> bool:
    """One colleague's cases on days of the period drawn evenly, then looked at without any one spell."""
    days = [date(2026, 1, 1) + timedelta(days=int(one)) for one in rng.integers(0, period_days, row.cases)]
    success = rng.permutation(np.arange(row.cases) < row.successes)
    return hangs_on_one_spell(
        pd.DataFrame({"local_date": days, "success": success, "expected": row.expected / row.cases}),
        spell_days(period_days),
    )


def raw_rates(counts: pd.DataFrame) -> tuple[np.ndarray, float]:
    return (counts["successes"] / counts["cases"]).to_numpy(), counts["successes"].sum() / counts["cases"].sum()


def lowest_three(cells: pd.DataFrame) -> Flags:
    return {measure: np.argsort(raw_rates(counts)[0])[:3] for measure, counts in counts_of(cells).items()}


def below_average(cells: pd.DataFrame) -> Flags:
    found = {measure: raw_rates(counts) for measure, counts in counts_of(cells).items()}
    return {measure: np.flatnonzero(rates < mean) for measure, (rates, mean) in found.items()}


def funnel_95(cells: pd.DataFrame) -> Flags:
    found = {}
    for measure, counts in counts_of(cells).items():
        rates, mean = raw_rates(counts)
        lower, _upper = exact_limits(counts["cases"].to_numpy(float), mean, 0.95)
        found[measure] = np.flatnonzero(rates < lower)
    return found


CASES_A_WEEK = (32, 5, 5, 3, 4, 30, 7, 4, 6)
RATES = (0.92, 0.94, 0.80, 0.95, 0.66, 0.95, 0.79, 0.84, 0.97)
CHANGES: dict[str, tuple[int, tuple[tuple[int, int], ...], float]] = {
    "nothing changed": (0, (), 0.0),
    "calls: 13 weeks 15 points worse": (0, ((20, 33),), -0.15),
    "ratings: 13 weeks 40 points worse": (7, ((10, 23),), -0.40),
    "requests: 13 weeks 40 points worse": (2, ((10, 23),), -0.40),
    "calls: 8 weeks 20 points worse, twice": (0, ((8, 16), (30, 38)), -0.20),
}
"""What changes on a page: in which chart, in which weeks, and by how much."""


def page_of(
    rng: np.random.Generator, changed: int, weeks: tuple[tuple[int, int], ...], by: float, length: int = 52
) -> list[pd.DataFrame]:
    """One colleague's charts over so many weeks: successes, cases, expected."""
    charts = []
    for chart, (rate, mean_cases) in enumerate(zip(RATES, CASES_A_WEEK, strict=True)):
        cases, rates = rng.poisson(mean_cases, length), np.full(length, rate)
        for first, last in weeks if chart == changed else ():
            rates[first:last] += by
        week = [date(2026, 1, 5) + timedelta(weeks=place) for place in range(length)]
        successes = rng.binomial(cases, rates)
        charts.append(pd.DataFrame({"week": week, "successes": successes, "cases": cases, "expected": cases * rate}))
    return charts


def marks_of_pages(pages: int, name: str) -> str:
    changed, weeks, by = CHANGES[name]
    rng, found, beside = generator_of(name), 0, 0
    for _page in range(pages):
        charts = page_of(rng, changed, weeks, by)
        spells = [spells_of_change(chart_points(chart)[0], len(charts)) for chart in charts]
        lows = sum(spell.direction == "low" for spell in spells[changed]) if weeks else 0
        found += min(lows, len(weeks))
        beside += any(some for chart, some in enumerate(spells) if chart != changed or not weeks)
    share = f"{found / pages / len(weeks):.1%}" if weeks else "–"
    return f"| {name} | {share} | {beside / pages:.1%} |"


def marks_by_length(pages: int, weeks: int) -> str:
    """Of colleagues with so many weeks on record; a change takes the middle third of them."""
    rng, third = generator_of(f"pages of {weeks} weeks"), ((weeks // 3, 2 * weeks // 3),)
    kinds = {"nothing": (0, (), 0.0), "calls": (MANY, third, -0.2), "requests": (FEW, third, -0.4)}
    found, beside = dict.fromkeys(kinds, 0), dict.fromkeys(kinds, 0)
    for name, (changed, stretch, by) in kinds.items():
        for _page in range(pages):
            charts = page_of(rng, changed, stretch, by, weeks)
            spells = [spells_of_change(chart_points(chart)[0], len(charts)) for chart in charts]
            found[name] += any(spell.direction == "low" for spell in spells[changed]) and bool(stretch)
            beside[name] += any(some for chart, some in enumerate(spells) if chart != changed or not stretch)
    shares = [beside["nothing"], found["calls"], found["requests"], (beside["calls"] + beside["requests"]) / 2]
    return f"| {weeks} | " + " | ".join(f"{share / pages:.1%}" for share in shares) + " |"


def signals_by_length(agencies: int, weeks: int) -> str:
    """The program's own method in a period of so many weeks."""
    rng = generator_of(f"agencies of {weeks} weeks")
    counts = dict.fromkeys(("false", "praise", MANY, FEW, "beside", "praise beside", "lunch"), 0)
    for _round in range(agencies):
        same = pointed_out(rng, agency(rng, weeks=weeks), weeks)
        counts["false"] += any(len(flagged) for flagged in same["help"].values())
        counts["praise"] += any(len(flagged) for flagged in same["strength"].values())
        for weak_in in (MANY, FEW):
            found = pointed_out(rng, agency(rng, WEAK, weak_in, weeks=weeks), weeks)
            right = len(set(found["help"][weak_in]) & set(WEAK))
            counts[weak_in] += right
            counts["beside"] += sum(len(people) for people in found["help"].values()) > right
            counts["praise beside"] += any(len(people) for people in found["strength"].values())
        lunch = pointed_out(rng, agency(rng, lunch_agent=LUNCH_AGENT, weeks=weeks), weeks)
        counts["lunch"] += LUNCH_AGENT in lunch["help"][MANY]
    shares = {name: count / agencies for name, count in counts.items()}
    return (
        f"| {weeks} | {shares['false']:.1%} | {shares['praise']:.1%} | {shares[MANY]:.2f} | {shares[FEW]:.2f} | "
        f"{shares['beside'] / 2:.1%} | {shares['praise beside'] / 2:.1%} | {shares['lunch']:.1%} |"
    )


def signals_of_method(agencies: int, name: str) -> str:
    """Each method sees the same agencies."""
    drawn, method = generator_of("methods"), METHODS[name](generator_of(name))
    false_views = false_beside = lunch = 0
    found = {MANY: 0, FEW: 0}
    for _round in range(agencies):
        false_views += any(len(flagged) for flagged in method(agency(drawn)).values())
        for weak_in in found:
            flagged = method(agency(drawn, WEAK, weak_in))
            right = len(set(flagged[weak_in]) & set(WEAK))
            found[weak_in] += right
            false_beside += sum(len(people) for people in flagged.values()) > right
        lunch += LUNCH_AGENT in method(agency(drawn, lunch_agent=LUNCH_AGENT))[0]
    many, few = (f"{count / agencies:.2f}" for count in found.values())
    same_share, beside, at_lunch = (f"{count / agencies:.1%}" for count in (false_views, false_beside / 2, lunch))
    return f"| {name} | {same_share} | {many} | {few} | {beside} | {at_lunch} |"


METHODS: dict[str, Callable[[np.random.Generator], Callable[[pd.DataFrame], Flags]]] = {
    "lowest three": lambda _rng: lowest_three,
    "below average": lambda _rng: below_average,
    "95 % funnel": lambda _rng: funnel_95,
    "Svartid, without the kind of work": lambda rng: ours(rng, case_mix=False),
    "Svartid, without the rule of the bad spell": lambda rng: ours(rng, spell=False),
    "Svartid": ours,
}
TABLES: dict[str, tuple[Callable[..., str], tuple]] = {
    "| method | nobody differs: views with a false flag | two 20 points worse in calls: found of 2 | in requests: "
    "found of 2 | beside them a false flag | the lunch shift flagged |": (signals_of_method, tuple(METHODS)),
    "| weeks | nobody differs: views with a false flag | with false praise | two 20 points worse in calls: found of 2 "
    "| in requests: found of 2 | beside them a false flag | false praise | the lunch shift flagged |": (
        signals_by_length,
        PERIODS,
    ),
    "| what changed | each change found | pages with a mark on another chart |": (marks_of_pages, tuple(CHANGES)),
    "| weeks on record | nothing changed: pages with a mark | calls, 20 points worse: found | requests, 40 points "
    "worse: found | pages with a mark on another chart |": (marks_by_length, PERIODS),
}
"""Head of each table, and what counts its rows."""


def main() -> None:
    agencies = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"{agencies} agencies, or pages, of each kind, seed {SEED}")
    with ProcessPoolExecutor() as workers:
        tables = {
            head: [workers.submit(row_of, agencies, kind) for kind in kinds] for head, (row_of, kinds) in TABLES.items()
        }
        for head, rows in tables.items():
            print(f"\n{head}\n{'|---' * (head.count('|') - 1)}|")
            for row in rows:
                print(row.result(), flush=True)


if __name__ == "__main__":
    main()

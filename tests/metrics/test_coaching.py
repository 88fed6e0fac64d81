"""Every reference number of the methods, to the digits given; chart rules as rows; nothing breaks on little."""

from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from metrics.coaching import (
    ACT,
    FEWEST_PEERS,
    Spell,
    chart_of_shares,
    chart_points,
    compare,
    compare_with_goal,
    compare_with_own_past,
    dispersion_of,
    exact_limits,
    exact_tail,
    expected_by_case_mix,
    expected_rate_of,
    first_week_that_still_says_it,
    funnel_limits,
    funnel_of_limits,
    hangs_on_one_spell,
    keeps_the_goal,
    p_prime_chart,
    rates_as_if_alike,
    rejected,
    rejected_by_kind,
    shrunken_rates,
    spell_days,
    spells_of_change,
    state_of,
    weeks_to_a_point,
    without_case_mix,
    xmr_chart,
)
from metrics.figures import COACHING_FIGURES
from metrics.house_rules import CONCERN_RULES
from metrics.proportions import honest_rate, wilson_interval

# FunnelPlotR's own working-out data.
NUMERATOR = np.array([12, 30, 26, 50, 42, 71, 4, 29, 48, 36], dtype=float)
DENOMINATOR = np.array([82, 98, 100, 125, 162, 151, 12, 100, 82, 99], dtype=float)
POOLED = NUMERATOR.sum() / DENOMINATOR.sum()
# Benjamini and Hochberg (1995), their example.
BH_1995 = [
    .0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0,
]  # fmt: skip
# NHSRplotthedots' own test.
XMR = [
    -.56047565, -.23017749, 1.55870831, .07050839, .12928774, 1.71506499, .46091621, -1.26506123, -.68685285,
    -.44566197, 1.22408180, .35981383, .40077145, .11068272, -.55584113, 1.78691314, .49785048, -1.96661716,
    .70135590, -.47279141,
]  # fmt: skip


@pytest.mark.parametrize(
    ("successes", "cases", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (8, 10, 0.490162, 0.943318),
        (3, 3, 0.438503, 1),
    ],
)
def test_wilsons_interval(successes: int, cases: int, low: float, high: float) -> None:
    found = wilson_interval(pd.Series([successes]), pd.Series([cases])).iloc[0]
    digits = 6 if cases < 20 else 4
    assert (round(found["low"], digits), round(found["high"], digits)) == (low, high)


def test_benjamini_hochberg_rejects_four_where_bonferroni_rejects_three() -> None:
    assert rejected(BH_1995, ACT).sum() == 4
    assert sum(p <= ACT / len(BH_1995) for p in BH_1995) == 3
    assert rejected([np.nan, *BH_1995, np.nan], ACT).tolist() == [False, *[True] * 4, *[False] * 11, False]
    assert rejected([], ACT).tolist() == []
    assert rejected([np.nan], ACT).tolist() == [False]


def test_over_dispersion_of_ten_units() -> None:
    assert round(POOLED, 10) == 0.3442136499
    plain = dispersion_of(NUMERATOR, DENOMINATOR, POOLED, winsorise=False)
    assert plain.z.round(4).tolist() == [
        -4.2456, -.8053, -1.8381, 1.2912, -2.361, 3.1606, -.0796, -1.166, 4.4228, .4042,
    ]  # fmt: skip
    assert round(plain.phi, 7) == 6.0373910
    assert round(plain.tau_squared, 10) == 0.0143564579
    held = dispersion_of(NUMERATOR, DENOMINATOR, POOLED)
    assert round(held.phi, 7) == 4.0090529
    assert round(held.tau_squared, 10) == 0.0086882597
    assert np.flatnonzero(np.abs(held.z) > 1.959964).tolist() == [0, 4, 5, 8]
    assert np.flatnonzero(np.abs(held.z_adjusted) > 1.959964).tolist() == [0, 8]
    assert np.flatnonzero(np.abs(held.z_adjusted) > 3.090232).tolist() == []


@pytest.mark.parametrize(
    ("cases", "low", "high"), [(20, 0.46075, 0.99566), (50, 0.60086, 0.94522), (100, 0.66323, 0.90902)]
)
def test_exact_limits_of_the_funnel(cases: int, low: float, high: float) -> None:
    found = exact_limits(np.array([cases]), 0.8, 0.998)
    assert [round(float(limit[0]), 5) for limit in found] == [low, high]


def test_the_exact_tail_is_twice_the_smaller_one() -> None:
    # Ten of ten heads: 1/1024 above, twice; five of ten: more than half on both sides.
    assert exact_tail(np.array([10, 5]), np.array([10, 10]), 0.5).tolist() == pytest.approx([2 / 1024, 1.0])


def test_individuals_and_moving_ranges() -> None:
    chart = xmr_chart(XMR)
    assert round(chart.centre, 7) == 0.1416238
    assert (round(float(chart.lower[0]), 5), round(float(chart.upper[0]), 6)) == (-3.01138, 3.294627)
    assert not chart.is_trial
    jumped = xmr_chart([*XMR[:14], 10.0, *XMR[15:]])
    assert round(jumped.centre, 7) == 0.6694159
    assert (round(float(jumped.lower[0]), 6), round(float(jumped.upper[0]), 6)) == (-2.383666, 3.722497)


# Six of ten are satisfied each week, but for three weeks in the middle.
STEADY, FALL, SMALL_FALL = [6] * 12, [6] * 5 + [2] * 3 + [6] * 4, [6] * 5 + [4] * 3 + [6] * 4


@pytest.mark.parametrize(
    ("kept", "days", "state"),
    [
        (5, 27, ("low", True, False)),  # of 27 days nine of ten are asked for, and five were kept
        (24, 27, ("low", False, False)),  # a day short of it: nothing can be said
        (27, 27, ("high", False, False)),  # all of few days: the interval still reaches below nine of ten
        (35, 35, ("high", False, True)),  # 35 / (35 + 1.96²) = 0.901
        (34, 34, ("high", False, False)),  # 0.898
        (5, 19, ("low", False, False)),  # fewer than twenty days say nothing
    ],
)
def test_a_norm_is_held_against_the_rule_and_not_against_peers(
    kept: int, days: int, state: tuple[str, bool, bool]
) -> None:
    counts = pd.DataFrame({"agent": [1], "successes": [kept], "cases": [days]})
    judged = compare_with_goal(counts, 0.9)
    keeps = keeps_the_goal(judged.join(honest_rate(judged["successes"], judged["cases"])), pd.Series([0.9]))
    is_weak = rejected(judged["p_value"], ACT)[0] and judged["direction"].iloc[0] == "low"
    assert (judged["direction"].iloc[0], bool(is_weak), bool(keeps[0])) == state


def points_of(successes: list[int], cases: int = 10) -> pd.DataFrame:
    return pd.DataFrame({"successes": successes, "cases": cases, "expected": 0.6 * cases})


@pytest.mark.parametrize(
    ("successes", "cases", "spells"),
    [
        (STEADY, 10, []),
        (SMALL_FALL, 10, []),  # 6 of 30 fewer: among nine charts that is chance
        (FALL, 10, [Spell(5, 7, "low")]),  # 12 of 30 fewer
        ([10 * value for value in FALL], 100, [Spell(5, 7, "low")]),
        # Twice: the clearer one is found first, then the other among what is left.
        (
            [60, 60, 20, 20, 60, 60, 60, 60, 60, 60, 60, 30, 30, 60, 60, 60],
            100,
            [Spell(2, 3, "low"), Spell(11, 12, "low")],
        ),
        # Bad for most of the time and better at the end: what stands out is the end.
        ([20] * 9 + [60] * 3, 100, [Spell(9, 11, "high")]),
        ([60, 60, 60, 20, 60, 60, 60], 100, []),  # seven points are too few to look at
        ([0] * 12, 10, []),  # never: nothing changed
    ],
)
def test_what_differs_from_the_other_weeks_is_a_spell(successes: list[int], cases: int, spells: list[Spell]) -> None:
    assert spells_of_change(points_of(successes, cases), charts=9) == spells


def test_two_bad_spells_with_good_weeks_between_them_are_two() -> None:
    twice = [90] * 12 + [60] * 8 + [90] * 4 + [60] * 8 + [90] * 20
    assert spells_of_change(points_of(twice, 100), charts=9) == [Spell(12, 19, "low"), Spell(24, 31, "low")]
    one_good_week = [90] * 12 + [60] * 8 + [66] + [60] * 8 + [90] * 20
    assert spells_of_change(points_of(one_good_week, 100), charts=9) == [Spell(12, 28, "low")]


def test_how_much_the_weeks_vary_anyway_is_taken_into_account() -> None:
    # Good and bad weeks in turn, and two bad ones together once: with such weeks that is nothing.
    swings = [80, 40] * 6 + [40, 80] * 6
    assert spells_of_change(points_of(swings, 100), charts=1) == []


def test_what_was_expected_of_the_weeks_is_taken_into_account() -> None:
    points = points_of([60] * 6 + [30] * 3 + [60] * 6, 100)
    harder = points.assign(expected=[60.0] * 6 + [30.0] * 3 + [60.0] * 6)  # in these weeks half as many were
    assert spells_of_change(points, charts=9) == [Spell(6, 8, "low")]
    assert spells_of_change(harder, charts=9) == []


def test_of_pages_on_which_nothing_changed_about_one_in_twenty_bears_a_mark() -> None:
    rng = np.random.default_rng(3)
    marked = 0
    for _page in range(60):
        charts = [rng.poisson(8, 52) for _chart in range(3)]
        marked += any(
            spells_of_change(
                pd.DataFrame({"successes": rng.binomial(cases, 0.8), "cases": cases, "expected": 0.8 * cases})[
                    cases > 0
                ],
                charts=len(charts),
            )
            for cases in charts
        )
    # Of 60 with a chance of one in twenty, more than eight would be one in a hundred.
    assert marked <= 8


def test_few_points_give_trial_limits_and_none_give_nothing() -> None:
    assert xmr_chart([1.0] * 11).is_trial
    assert not xmr_chart([1.0] * 12).is_trial
    assert xmr_chart([]).lower.tolist() == []
    one = xmr_chart([5.0])
    assert (one.centre, one.lower.tolist()) == (5.0, [5.0])


def test_limits_of_shares_follow_their_counts() -> None:
    chart = p_prime_chart(np.array([90.0, 45.0, 88.0, 46.0]), np.array([100.0, 50.0, 100.0, 50.0]))
    widths = chart.upper - chart.lower
    assert widths[1] > widths[0]
    assert widths[0] == widths[2]
    same = p_prime_chart(np.array([10.0, 10.0]), np.array([10.0, 10.0]))
    assert same.lower.tolist() == same.upper.tolist() == [1.0, 1.0]


def cells_of(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["agent", "stratum", "successes", "cases"])


def test_what_is_expected_comes_from_the_same_kind_of_work() -> None:
    # At noon half the calls are answered, in the morning all; the lunch agent has noon calls alone.
    others = [(f"O{place:02}", "q/24", 10, 20) for place in range(10)]
    mornings = [(f"O{place:02}", "q/18", 30, 30) for place in range(11)]
    found = expected_by_case_mix(cells_of(("LUN", "q/24", 10, 20), *others, *mornings)).set_index("agent")
    assert found.loc["LUN"].tolist() == pytest.approx([10, 20, 10.0, 20 / 220])  # 20 × 110/220
    # 20 × 110/220 + 30 × 330/330; of what he is compared with (20 × 20/220 + 30 × 30/330)/50 are his own.
    assert found.loc["O00"].tolist() == pytest.approx([40, 50, 40.0, (20 * 20 / 220 + 30 * 30 / 330) / 50])


def test_a_kind_of_work_that_few_others_have_is_widened() -> None:
    # Two have a queue of their own. Alone with each other each would be measured by the other's rate.
    others = [(f"O{place:02}", "q/24", 18, 20) for place in range(11)]
    found = expected_by_case_mix(cells_of(("A", "own/24", 20, 20), ("B", "own/24", 10, 20), *others))
    # Noon in all queues: (20 + 10 + 11 × 18)/260.
    assert found.set_index("agent").loc[["A", "B"], "expected"].tolist() == pytest.approx([20 * 228 / 260] * 2)
    # The same at an hour that nobody else has: everything.
    found = expected_by_case_mix(cells_of(("A", "own/40", 20, 20), ("B", "own/40", 10, 20), *others))
    assert found.set_index("agent").loc[["A", "B"], "expected"].tolist() == pytest.approx([20 * 228 / 260] * 2)
    kept = expected_by_case_mix(cells_of(("A", "q/24", 20, 20), *others)).set_index("agent")
    assert kept.loc["A", "expected"] == pytest.approx(20 * 218 / 240)  # eleven others: his own kind


def test_what_is_expected_of_an_earlier_week_follows_from_the_kinds_of_this_period() -> None:
    cells = cells_of(*((f"O{place:02}", "q/24", 18, 20) for place in range(11)), ("O00", "q/18", 10, 20))
    rates = expected_rate_of(pd.Series(["q/24", "p/24", "q/40"]), cells)
    assert rates == pytest.approx([0.9, 0.9, 208 / 240])  # itself; its half hour; everything
    assert expected_rate_of(pd.Series(["q/24"]), cells.head(0)) == [0.0]


def colleagues(count: int, successes: int, cases: int) -> pd.DataFrame:
    agents = [f"A{number}" for number in range(count)]
    return pd.DataFrame({"agent": agents, "stratum": "all", "successes": successes, "cases": cases})


@pytest.mark.parametrize(
    "cells",
    [
        colleagues(0, 0, 0),
        colleagues(1, 18, 20),
        colleagues(12, 0, 0),
        colleagues(12, 1, 1),
        colleagues(12, 4, 4),
        colleagues(12, 5, 5),
        colleagues(12, 19, 19),
        colleagues(12, 20, 20),  # all 100 %
        colleagues(12, 0, 20),
        colleagues(12, 18, 20),  # all equal
        colleagues(400, 90, 100),
    ],
)
def test_little_or_equal_data_accuse_nobody_and_break_nothing(cells: pd.DataFrame) -> None:
    found = compare(expected_by_case_mix(cells))
    assert not rejected(found["p_value"].to_numpy(), 0.10).any()
    rates = shrunken_rates(cells["successes"].to_numpy(float), cells["cases"].to_numpy(float))
    assert ((rates >= 0) & (rates <= 1) | np.isnan(rates)).all()


def test_too_few_cases_or_too_few_colleagues_say_nothing() -> None:
    many = colleagues(FEWEST_PEERS + 1, 18, 20)
    many.loc[0, ["successes", "cases"]] = [2, 19]
    found = compare(expected_by_case_mix(many))
    assert found["p_value"].isna().all()  # ten with twenty cases: each has nine others, one short of ten
    more = pd.concat([many, colleagues(1, 18, 20).assign(agent="B")], ignore_index=True)
    assert compare(expected_by_case_mix(more))["p_value"].isna().sum() == 1  # only who has 19


def test_one_colleague_far_below_is_found_and_the_others_are_not() -> None:
    cells = colleagues(20, 90, 100)
    cells.loc[3, "successes"] = 60
    found = compare(expected_by_case_mix(cells))
    assert found.loc[rejected(found["p_value"].to_numpy(), ACT), "agent"].tolist() == ["A3"]
    assert found.loc[found["agent"] == "A3", "direction"].tolist() == ["low"]


def test_a_shrunken_rate_lies_between_its_own_and_everybodys() -> None:
    successes, cases = np.array([0.0, 90.0, 88.0, 70.0, 60.0]), np.array([2.0, 100.0, 100.0, 100.0, 100.0])
    rates = shrunken_rates(successes, cases)
    everybody = successes.sum() / cases.sum()
    assert 0.3 < rates[0] < everybody  # two cases say little
    assert abs(rates[1] - 0.9) < 0.03


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=30))
def test_any_counts_give_p_values_or_nothing(pairs: list[tuple[int, int]]) -> None:
    rows = [(f"A{place}", "all", min(pair), max(pair)) for place, pair in enumerate(pairs)]
    found = compare(expected_by_case_mix(pd.DataFrame(rows, columns=["agent", "stratum", "successes", "cases"])))
    known = found["p_value"].dropna()
    assert ((known >= 0) & (known <= 1)).all()
    assert len(known) in (0, int((found["cases"] >= 20).sum()))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_statsmodels_rejects_the_same(p_values: list[float]) -> None:
    expected = multipletests(p_values, alpha=ACT, method="fdr_bh")[0]
    assert rejected(p_values, ACT).tolist() == expected.tolist()


@given(st.integers(0, 500), st.integers(1, 500))
def test_statsmodels_gives_the_same_interval(one: int, other: int) -> None:
    successes, cases = min(one, other), max(one, other)
    found = wilson_interval(pd.Series([successes]), pd.Series([cases])).iloc[0]
    low, high = proportion_confint(successes, cases, method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-12)


def test_without_the_kind_of_work_everybody_is_held_against_all() -> None:
    counts = pd.DataFrame({"agent": ["A", "B"], "successes": [10, 50], "cases": [20, 100], "expected": [0.0, 0.0]})
    assert without_case_mix(counts)["expected"].tolist() == [10.0, 50.0]  # 60 of 120
    assert without_case_mix(counts.head(0))["expected"].tolist() == []


@pytest.mark.parametrize(
    ("cases", "p_value", "crude", "own_share", "state"),
    [
        (19, np.nan, np.nan, 0.1, "too_few"),  # one short of twenty
        (20, np.nan, np.nan, 0.1, "no_peers"),
        (20, 1e-9, 1e-9, 0.51, "no_peers"),  # most of that kind of work is his own
        (20, 1e-9, 1e-9, 0.5, "act"),  # half of it is not most
        (20, 0.05, 0.9, 0.1, "act"),  # the only one of its view: on the bound is within
        (20, 0.051, 0.9, 0.1, "look"),
        (20, 0.10, 0.9, 0.1, "look"),
        (20, 0.101, 0.9, 0.1, "as_expected"),
        (20, 0.5, 1e-9, 0.1, "explained"),  # stands out only as long as nobody asks which calls
    ],
)
def test_what_can_be_said_of_one_colleague(
    cases: int, p_value: float, crude: float, own_share: float, state: str
) -> None:
    one = {"cases": [cases], "p_value": [p_value], "crude_p_value": [crude], "own_share": [own_share], "kind": ["help"]}
    assert state_of(pd.DataFrame(one)).tolist() == [state]


def days_of(results: list[tuple[int, int, int]]) -> pd.DataFrame:
    """Cases as (day, successes, failures), nine of ten expected of each."""
    rows = [
        (date(2026, 5, 1) + timedelta(days=day), success)
        for day, successes, failures in results
        for success in [True] * successes + [False] * failures
    ]
    return pd.DataFrame(rows, columns=["local_date", "success"]).assign(expected=0.9)


@pytest.mark.parametrize(
    ("results", "hangs"),
    [
        ([(7 * week, 6, 4) for week in range(12)], False),  # the same every week
        ([(7 * week, 9, 1) for week in range(8)] + [(7 * week, 2, 8) for week in range(8, 12)], True),
        ([(7 * week, 2, 8) for week in range(4)] + [(7 * week, 9, 1) for week in range(4, 12)], True),
        ([(7 * week, 2, 8) for week in range(5)] + [(7 * week, 9, 1) for week in range(5, 12)], False),  # a fifth week
        ([(7 * week, 5, 5) for week in range(8)] + [(7 * week, 9, 1) for week in range(8, 12)], False),
        ([(0, 5, 20)], True),  # nothing else to go by
    ],
)
def test_a_bad_spell_of_four_weeks_is_no_way_of_working(results: list[tuple[int, int, int]], hangs: bool) -> None:
    assert hangs_on_one_spell(days_of(results), 28) is hangs


def weeks_with(successes: list[int], cases: int = 40) -> pd.DataFrame:
    """Weeks of so many cases each, of which nine in ten are expected to succeed."""
    counts = {"successes": successes, "cases": cases, "expected": 0.9 * cases}
    return pd.DataFrame(counts)


@pytest.mark.parametrize(
    ("successes", "direction", "first"),
    [
        ([24] * 12, "low", 0),  # the same all the time
        ([36] * 8 + [24] * 4, "low", 8),  # as expected, then less
        ([24] * 4 + [36] * 4 + [24] * 4, "low", 0),  # better in between, and low over all of it
        ([24] * 2 + [36] * 8 + [24] * 4, "low", 10),  # the first time is forgotten by now
        ([30] * 8 + [24] * 4, "low", 0),  # a bit less and then much less: low all the time
        ([20] * 8 + [30] * 4, "low", 0),  # even worse before
        ([36] * 8 + [40] * 4, "high", 8),  # all of forty since
        ([40] * 12, "high", 0),
        ([36] * 11 + [30], "low", 11),  # nothing before the last week says it
        ([36, 24] * 6, "low", 0),  # every other week
        ([24], "low", 0),
    ],
)
def test_since_is_the_earliest_week_from_which_the_data_still_say_it(
    successes: list[int], direction: Literal["high", "low"], first: int
) -> None:
    assert first_week_that_still_says_it(weeks_with(successes), direction) == first


@pytest.mark.parametrize(("period_days", "days"), [(28, 28), (84, 28), (86, 28), (87, 29), (182, 60), (364, 121)])
def test_a_spell_is_four_weeks_or_a_third_of_a_longer_period(period_days: int, days: int) -> None:
    assert spell_days(period_days) == days


def test_a_longer_spell_is_no_way_of_working_in_a_longer_period() -> None:
    half_a_year = [(7 * week, 2, 8) for week in range(8)] + [(7 * week, 9, 1) for week in range(8, 26)]
    assert not hangs_on_one_spell(days_of(half_a_year), 28)
    assert hangs_on_one_spell(days_of(half_a_year), 60)  # eight weeks are 50 days and lie within


def past_of(**counts: tuple[int, int]) -> pd.DataFrame:
    rows = [(agent, successes, cases) for agent, (successes, cases) in counts.items()]
    return pd.DataFrame(rows, columns=["agent", "successes", "cases"])


def test_where_there_are_few_others_everybody_is_compared_with_their_own_past() -> None:
    now = past_of(FELL=(10, 40), SAME=(36, 40), ROSE=(40, 40), FEW=(2, 19), NEW=(10, 40), YOUNG=(10, 40))
    past = past_of(FELL=(360, 400), SAME=(360, 400), ROSE=(200, 400), FEW=(360, 400), YOUNG=(17, 19), GONE=(1, 40))
    shown = compare_with_own_past(now.assign(expected=0.0), past).set_index("agent")
    fell = fisher_exact([[10, 30], [360, 40]]).pvalue
    assert shown["p_value"]["FELL"] == pytest.approx(fell)
    assert fell < 1e-10
    assert shown["p_value"]["SAME"] == 1.0  # nine of ten before and now
    assert shown["expected_rate"].dropna().round(3).to_dict() == {
        "FELL": 0.9, "SAME": 0.9, "ROSE": 0.5, "FEW": 0.9, "YOUNG": 0.895,
    }  # fmt: skip
    # Fewer than twenty now; nothing before; nineteen before.
    assert shown["p_value"][shown["p_value"].isna()].index.tolist() == ["FEW", "NEW", "YOUNG"]
    assert shown["direction"][["FELL", "ROSE"]].tolist() == ["low", "high"]
    assert (shown["own_share"] == 0).all()


def test_many_who_are_weak_make_no_false_praise_likely() -> None:
    p_values = pd.Series([1e-9] * 9 + [0.004] + [0.9] * 190)
    kinds = pd.Series(["help"] * 9 + ["strength"] * 191)
    # Among all 200 the tenth smallest may be 10 × 0.10 / 200 = 0.005, among the strengths the first 0.0005.
    assert rejected(p_values.to_numpy(), 0.10).sum() == 10
    assert rejected_by_kind(p_values, kinds, 0.10).tolist() == [True] * 9 + [False] * 191
    assert rejected_by_kind(p_values.replace(0.004, 0.0005), kinds, 0.10).sum() == 10
    missing = pd.Series([np.nan, 1e-9])
    assert rejected_by_kind(missing, pd.Series(["help", "help"]), 0.10).tolist() == [False, True]


@pytest.mark.parametrize(
    ("cases", "weeks"), [([5] * 12, 1), ([4] * 12, 2), ([2] * 12, 4), ([1] * 12, 4), ([0] * 12, 4), ([], 4)]
)
def test_a_point_of_a_chart_has_five_cases_where_four_weeks_have_them(cases: list[int], weeks: int) -> None:
    assert weeks_to_a_point(cases) == weeks


def test_large_counts_get_limits_that_follow_them_and_small_ones_a_chart_of_single_values() -> None:
    large = chart_of_shares(np.array([90.0, 45.0] * 6), np.array([100.0, 50.0] * 6))
    assert large.upper[1] >= large.upper[0]
    small = chart_of_shares(np.array([4.0, 2.0] * 6), np.array([5.0, 5.0] * 6))
    assert small.upper[0] == small.upper[1]
    assert small.lower.min() >= 0
    assert small.upper.max() <= 1
    assert chart_of_shares(np.array([]), np.array([])).lower.tolist() == []


def test_a_funnel_is_at_least_as_wide_as_the_exact_limits_and_wider_with_more_dispersion() -> None:
    cases = np.array([20.0, 50.0, 100.0])
    exact = exact_limits(cases, 0.8, 0.998)
    narrow, wide = (funnel_limits(cases, 0.8, tau, 0.998) for tau in (0.0, 0.02))
    assert (narrow[0] <= exact[0]).all()
    assert (narrow[1] >= exact[1]).all()
    assert (wide[0] < narrow[0]).all()
    for rate in (0.0, 1.0):
        lower, upper = funnel_limits(cases, rate, 0.0, 0.95)
        assert ((lower >= 0) & (upper <= 1) & (lower <= upper)).all()


def test_every_measure_can_be_practised() -> None:
    assert {figure.rule for figure in COACHING_FIGURES} <= set(CONCERN_RULES)


def test_a_point_of_the_chart_is_a_whole_stretch_and_has_cases() -> None:
    cases = [0, 0, 5, 2, 0, 0, 0, 6, 5, 3]  # of pairs of weeks half have five cases, of weeks they have not
    first = date(2026, 3, 2)
    weeks = pd.DataFrame(
        {
            "week": [first + timedelta(weeks=place) for place in range(len(cases))],
            "successes": [number // 2 for number in cases],
            "cases": cases,
            "expected": [number * 0.5 for number in cases],
        }
    )
    points, _chart = chart_points(weeks)
    # Before the first case there is nothing; then 5 + 2, 0 + 0 (no point), 0 + 6, 5 + 3.
    assert points["cases"].tolist() == [7, 6, 8]
    assert points["week"].tolist() == [first + timedelta(weeks=place) for place in (2, 6, 8)]
    assert points["successes"].tolist() == [3, 3, 3]  # 2 + 1, 3, 2 + 1
    assert points["expected"].tolist() == [3.5, 3.0, 4.0]


def test_rates_are_compared_as_if_all_had_the_same_kind_of_work() -> None:
    rates, expected = pd.Series([0.6, 0.9, 0.3]), pd.Series([0.5, 0.9, 0.0])
    # 0.6 where 0.5 is expected is a fifth more: 0.8 · 1.2; as expected: 0.8; nothing expected: as it is.
    assert rates_as_if_alike(rates, expected, 0.8).tolist() == pytest.approx([0.96, 0.8, 0.3])
    assert rates_as_if_alike(pd.Series([0.9]), pd.Series([0.3]), 0.8).tolist() == [1.0]  # no rate is above 100 %


def test_the_limits_of_a_funnel_reach_a_little_beyond_the_largest() -> None:
    limits = funnel_of_limits(pd.Series([20, 200]), 0.8, 0.0)
    assert (limits["cases"].min(), limits["cases"].max()) == (20, 210)
    assert len(limits) == 40
    assert (limits["low_998"] <= limits["low_95"]).all()
    assert (limits["high_95"] <= limits["high_998"]).all()

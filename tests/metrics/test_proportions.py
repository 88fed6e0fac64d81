"""Wilson's interval against published numbers, and the gates for few cases."""

import pandas as pd
import pytest

from metrics.proportions import honest_rate, wilson_interval


@pytest.mark.parametrize(
    ("successes", "cases", "low", "high", "digits"),
    [
        (81, 263, 0.2553, 0.3662, 4),
        (15, 148, 0.0624, 0.1605, 4),
        (0, 20, 0.0, 0.1611, 4),
        (8, 10, 0.490162, 0.943318, 6),
        (3, 3, 0.438503, 1.0, 6),
    ],
)
def test_wilsons_interval_is_the_published_one(
    successes: int, cases: int, low: float, high: float, digits: int
) -> None:
    interval = wilson_interval(pd.Series([successes]), pd.Series([cases])).round(digits)
    assert interval.iloc[0].tolist() == [low, high]


def test_no_cases_have_no_interval() -> None:
    assert wilson_interval(pd.Series([0]), pd.Series([0])).isna().all(axis=None)


@pytest.mark.parametrize(
    ("cases", "interval", "rate"),
    [
        (0, False, False),
        (4, False, False),  # fewer than 5: nothing
        (5, True, False),  # 5 to 19: the interval alone
        (19, True, False),
        (20, True, True),  # from 20 the rate as well
    ],
)
def test_a_rate_is_shown_only_as_far_as_the_cases_carry_it(cases: int, interval: bool, rate: bool) -> None:
    shown = honest_rate(pd.Series([cases // 2]), pd.Series([cases])).iloc[0].notna()
    assert shown.tolist() == [rate, interval, interval]


@pytest.mark.parametrize(("successes", "cases"), [(0, 30), (30, 30), (0, 5), (5, 5)])
def test_an_interval_ends_at_none_and_at_all(successes: int, cases: int) -> None:
    low, high = wilson_interval(pd.Series([successes]), pd.Series([cases])).iloc[0]
    assert (low if successes == 0 else high) == pytest.approx(successes / cases)
    assert 0 <= low < high <= 1


def test_a_rate_is_successes_of_cases_and_a_frame_without_cases_has_its_columns() -> None:
    shown = honest_rate(pd.Series([10, 0]), pd.Series([40, 0]))
    assert shown.columns.tolist() == ["rate", "low", "high"]
    assert shown["rate"].tolist()[0] == 0.25
    assert shown.dtypes.astype(str).tolist() == ["float64"] * 3
    assert shown.iloc[1].isna().all()

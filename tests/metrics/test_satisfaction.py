"""Rules Q2 and Q3 by hand: quarters, the published days, whether the goal can be told."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.calendar import quarter_of
from metrics.house_rules import DEFAULT_FILE, in_force, read_house_rules
from metrics.proportions import wilson_interval
from metrics.satisfaction import (
    judge_goal,
    publishing_days,
    quarter_before,
    state_against,
    was_asked_too_soon,
)


@pytest.mark.parametrize(
    ("published_on", "first_day", "last_day"),
    [
        (date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),  # the year before
        (date(2026, 4, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 7, 1), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 10, 1), date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_a_score_is_about_the_whole_quarter_before(published_on: date, first_day: date, last_day: date) -> None:
    assert quarter_before(published_on) == (first_day, last_day)
    assert publishing_days(published_on, published_on) == [published_on]


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_one_quarter_of_three_months(day: date) -> None:
    first, last = quarter_of(day)
    assert first <= day <= last
    assert (first.day, first.month % 3, last.month - first.month) == (1, 1, 2)
    assert quarter_of(last) == quarter_of(first) == (first, last)


def test_quarters_begin_in_january_april_july_and_october() -> None:
    days = (date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31))
    assert [quarter_of(day)[0] for day in days] == [date(2026, month, 1) for month in (1, 1, 4, 10)]


def test_a_year_publishes_four_times() -> None:
    days = publishing_days(date(2025, 12, 31), date(2026, 12, 31))
    assert [day.month for day in days] == [1, 4, 7, 10]
    assert publishing_days(date(2026, 1, 2), date(2026, 3, 31)) == []


@pytest.mark.parametrize(
    ("satisfied", "answers", "state", "needed"),
    [
        (990, 1000, "reached", None),
        (850, 1000, "missed", None),
        (0, 0, "cannot_tell", None),  # nobody answered
        (9, 10, "cannot_tell", None),  # on the goal itself no number tells
        (88, 100, "cannot_tell", 865),  # 88 % of 865: the interval ends just under 90 %
        (95, 100, "cannot_tell", 139),
    ],
)
def test_the_goal_is_reached_missed_or_cannot_be_told(
    satisfied: int, answers: int, state: str, needed: int | None
) -> None:
    found = judge_goal(satisfied, answers, 0.9)
    assert (found.state, found.answers_needed) == (state, needed)


@given(st.integers(0, 300), st.integers(1, 300))
def test_with_as_many_answers_as_said_it_can_be_told_and_with_one_fewer_it_cannot(one: int, other: int) -> None:
    satisfied, answers = min(one, other), max(one, other)
    needed = judge_goal(satisfied, answers, 0.9).answers_needed
    if needed is not None:
        share = satisfied / answers
        assert state_against(share * needed, needed, 0.9) != "cannot_tell"
        assert state_against(share * (needed - 1), needed - 1, 0.9) == "cannot_tell"


@pytest.mark.parametrize(
    ("days_since", "too_soon"),
    [
        (0, True),  # twice on one day
        (27, True),
        (28, False),  # four weeks have passed
        (None, False),  # not asked before
    ],
)
def test_a_customer_rests_four_weeks_between_invitations(days_since: int | None, too_soon: bool) -> None:
    rules = read_house_rules(DEFAULT_FILE)
    assert in_force(rules.satisfaction, date(2026, 5, 6)).rest_weeks == 4
    found = was_asked_too_soon(pd.Series([days_since], dtype="Int64"), rules, date(2026, 5, 6))
    assert found.tolist() == [too_soon]
    assert found.dtype == "bool"


def test_an_interval_that_begins_at_the_goal_reaches_it_and_one_that_ends_there_tells_nothing() -> None:
    interval = wilson_interval(pd.Series([88]), pd.Series([100])).iloc[0]
    assert state_against(88, 100, float(interval["low"])) == "reached"
    assert state_against(88, 100, float(interval["high"])) == "cannot_tell"

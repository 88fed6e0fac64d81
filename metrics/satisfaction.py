"""Rules Q2 and Q3: the published score of a quarter, who is satisfied, whom somebody calls, who was asked too soon."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from metrics.calendar import ONE_DAY, quarter_of
from metrics.house_rules import HouseRules, in_force
from metrics.proportions import wilson_interval

MOST_ANSWERS = 1_000_000
"""So many answers would not tell a share from the goal: they are the same."""
GoalState = Literal["reached", "missed", "cannot_tell"]
FOLLOW_UP_OUTCOMES = ("content", "dissatisfied", "leaves", "not_reached")
"""What came of calling a dissatisfied customer (Q3): content now, still dissatisfied, leaves us, was not reached."""


def publishing_days(first_day: date, last_day: date) -> list[date]:
    """The days from `first_day` to `last_day`, both included, on which a score is published: 1 January, April, July,
    October (Q2)."""
    years = range(first_day.year, last_day.year + 1)
    days = (date(year, month, 1) for year in years for month in (1, 4, 7, 10))
    return [day for day in days if first_day <= day <= last_day]


def quarter_before(published_on: date) -> tuple[date, date]:
    """The whole quarter that a score is about, both days included."""
    return quarter_of(published_on - ONE_DAY)


@dataclass(frozen=True)
class GoalVerdict:
    """Whether a share of satisfied customers reaches the goal, is under it, or cannot be told yet (Q3).

    `answers_needed`: how many answers it takes at this share until the 95 % interval lies on one side of the goal; None
    where it does already, without answers, or where no number would.
    """

    state: GoalState
    answers_needed: int | None = None


def judge_goal(satisfied: int, answers: int, goal: float) -> GoalVerdict:
    """The goal is reached, or missed, where the whole Wilson interval lies on one side of it."""
    if not answers:
        return GoalVerdict("cannot_tell")
    state = state_against(satisfied, answers, goal)
    if state != "cannot_tell":
        return GoalVerdict(state)
    return GoalVerdict(state, answers_to_tell(satisfied / answers, answers, goal))


def state_against(satisfied: float, answers: int, goal: float) -> GoalState:
    interval = wilson_interval(pd.Series([satisfied]), pd.Series([answers])).iloc[0]
    if interval["low"] >= goal:
        return "reached"
    return "missed" if interval["high"] < goal else "cannot_tell"


def answers_to_tell(share: float, answers: int, goal: float) -> int | None:
    """The least number of answers at this share with which the interval lies on one side of the goal."""
    if state_against(share * MOST_ANSWERS, MOST_ANSWERS, goal) == "cannot_tell":
        return None
    too_few, enough = answers, MOST_ANSWERS
    while enough - too_few > 1:
        between = (too_few + enough) // 2
        if state_against(share * between, between, goal) == "cannot_tell":
            too_few = between
        else:
            enough = between
    return enough


def was_asked_too_soon(days_since: pd.Series, rules: HouseRules, day: date) -> pd.Series:
    """Invitations to customers who had been asked less than `rest_weeks` before (Q2): 27 days and 23 hours are too soon
    for four weeks. days_since: Int64, the whole days that had passed, missing where they were not asked before."""
    rest_days = 7 * in_force(rules.satisfaction, day).rest_weeks
    return (days_since < rest_days).fillna(False).astype(bool)

"""A source is late by the opening hours that have passed, recomputed as the clock runs."""

from datetime import date, datetime

import pytest
from support.cast import at

from metrics.freshness import is_late
from metrics.house_rules import HouseRules

FRIDAY, MONDAY = date(2026, 5, 8), date(2026, 5, 11)


@pytest.mark.parametrize(
    ("kind", "newest", "now", "late"),
    [
        ("calls", at("10:00"), at("14:00"), False),  # exactly four opening hours are allowed
        ("calls", at("10:00"), at("14:01"), True),
        ("calls", at("16:30", FRIDAY), at("12:59", MONDAY), False),  # the weekend does not count
        ("calls", at("16:30", FRIDAY), at("13:01", MONDAY), True),
        ("rings", at("10:00"), at("14:01"), True),
        ("shifts", at("17:00", FRIDAY), at("16:00", FRIDAY), False),  # the last shift is still running
        ("shifts", at("17:00", FRIDAY), at("17:00", FRIDAY), True),  # the rota has ended
        ("agents", at("10:00"), at("10:00", MONDAY), False),  # people change when they change
        ("surveys", at("10:00"), at("17:00"), False),  # seven hours: twelve are allowed
        ("calls", None, at("10:00"), False),  # nothing was ever loaded: the page says that instead
    ],
)
def test_a_source_is_late_when_too_many_opening_hours_have_passed(
    kind: str, newest: datetime | None, now: datetime, late: bool, house_rules: HouseRules
) -> None:
    assert is_late(kind, newest, house_rules, now) is late

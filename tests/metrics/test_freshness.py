"""A source is late by the opening hours that have passed, recomputed as the clock runs."""

from datetime import date, datetime

import pytest
from support.cast import at

from metrics.freshness import is_far_smaller_than_usual, is_late, lacks_many_rows
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


@pytest.mark.parametrize(
    ("wanted", "used", "before", "least", "small"),
    [
        (9, 0, 0, None, True),  # the first file, and no row of it could be used
        (0, 0, 0, None, True),  # the first file, and it is empty
        (9, 4, 0, None, True),  # the first file, and most of it was set aside
        (8, 4, 0, None, False),  # the first file, and half of it could be used
        (9, 1, 1, 9, False),  # a source that sends nine wanted rows and one: what is usual is not known yet
        (0, 0, 1, 12, True),  # empty, and the file before was not
        (0, 0, 1, 0, False),  # a day without changes, as there was one before
        (9, 0, 5, 0, True),  # but rows of which none can be used are no day without changes
        (9, 1, 4, 100, False),  # four loads do not say yet what is usual
        (50, 50, 5, 100, False),  # exactly half of the least of five
        (49, 49, 5, 100, True),
        (300, 49, 5, 100, True),  # most rows were set aside
    ],
)
def test_a_load_that_brings_nothing_or_far_less_than_usual_is_noticed(
    wanted: int, used: int, before: int, least: int | None, small: bool
) -> None:
    assert is_far_smaller_than_usual(wanted, used, before, least) is small


@pytest.mark.parametrize(
    ("wanted", "used", "lacks"),
    [
        (100, 90, False),  # exactly a tenth
        (100, 89, True),
        (20, 11, False),  # nine rows: a handful is looked at one by one
        (20, 10, True),
        (0, 0, False),  # an empty file lacks nothing
    ],
)
def test_a_load_of_which_many_rows_were_set_aside_lacks_them(wanted: int, used: int, lacks: bool) -> None:
    assert lacks_many_rows(wanted, used) is lacks

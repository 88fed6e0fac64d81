"""Opening hours and half hours over holidays, closing days and both clock changes."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cast import COPENHAGEN, WEDNESDAY, at

from metrics.calendar import (
    add_local_times,
    half_hour_label,
    is_public_holiday,
    is_working_day,
    local_to_utc,
    next_opening,
    open_hours_between,
    opening_intervals,
    period_before,
    rest_of_working_day,
    same_time_after_working_days,
)
from metrics.house_rules import DEFAULT_FILE, WeeklyHours, read_house_rules

RULES = read_house_rules(DEFAULT_FILE)
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 5, 6), 8.0),  # Wednesday 09–17
        (date(2026, 5, 8), 7.5),  # Friday 09–16:30
        (date(2026, 5, 9), 0.0),  # Saturday
        (date(2026, 4, 2), 0.0),  # Maundy Thursday
        (date(2026, 4, 6), 0.0),  # Easter Monday
        (date(2026, 5, 1), 7.5),  # 1 May is a Friday and no public holiday
        (date(2026, 6, 5), 3.0),  # closed from 12:00
        (date(2026, 12, 24), 0.0),  # a closing day of the agency
        (date(2025, 12, 31), 0.0),
        (date(2024, 4, 26), 7.5),  # Great Prayer Day is gone since 2024
        (date(2023, 5, 5), 0.0),  # and was a holiday in 2023
    ],
)
def test_a_day_is_open_as_long_as_the_rules_say(day: date, hours: float) -> None:
    spans = opening_intervals(RULES, "agents", day)
    assert sum((closes - opens for opens, closes in spans), timedelta()) == timedelta(hours=hours)


def test_christmas_eve_and_constitution_day_are_closing_days_and_no_public_holidays() -> None:
    assert not any(is_public_holiday(RULES, day) for day in (date(2026, 12, 24), date(2026, 6, 5), date(2026, 12, 31)))
    assert is_public_holiday(RULES, date(2026, 12, 25))


@given(DAYS, st.sampled_from(["agents", "kc"]))
def test_opening_intervals_are_in_order_and_on_their_own_day(day: date, desk: str) -> None:
    spans = opening_intervals(RULES, desk, day)
    assert all(opens < closes for opens, closes in spans)
    assert all(opens.astimezone(COPENHAGEN).date() == day for opens, _ in spans)


@given(DAYS)
def test_a_local_day_lasts_23_24_or_25_hours(day: date) -> None:
    length = local_to_utc(day, 1440, RULES) - local_to_utc(day, 0, RULES)
    changes = {date(2026, 3, 29): 23, date(2026, 10, 25): 25}
    assert length in {timedelta(hours=hours) for hours in (23, 24, 25)}
    assert length == timedelta(hours=changes.get(day, length / timedelta(hours=1)))


@given(st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2028-12-31")))
def test_every_instant_has_one_local_date_and_one_half_hour(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    frame = add_local_times(pd.DataFrame({"at": pd.Series([instant], dtype="datetime64[us, UTC]")}), "at", RULES)
    local = instant.astimezone(COPENHAGEN)
    assert frame["local_date"][0] == local.date()
    assert half_hour_label(frame["half_hour"][0]) == f"{local:%H}:{local.minute // 30 * 30:02d}"


def test_both_passes_of_the_doubled_hour_fall_into_the_same_half_hour() -> None:
    times = pd.Series(["2026-10-25T00:10Z", "2026-10-25T01:10Z"], dtype="datetime64[us, UTC]")  # 02:10 twice
    assert add_local_times(pd.DataFrame({"at": times}), "at", RULES)["half_hour"].tolist() == [4, 4]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at("16:00"), at("10:00", WEDNESDAY + timedelta(days=1)), 2.0),  # the night does not count
        (at("16:00", date(2026, 5, 8)), at("09:30", date(2026, 5, 11)), 1.0),  # nor does the weekend: 0.5 + 0.5
        (at("08:00"), at("09:00"), 0.0),
        (at("10:00"), at("10:00"), 0.0),
    ],
)
def test_only_opening_hours_count(start: datetime, end: datetime, hours: float) -> None:
    assert open_hours_between(RULES, "agents", start, end, at_most=100) == hours


def test_the_period_before_has_the_same_length_and_touches() -> None:
    assert period_before(date(2026, 5, 4), date(2026, 5, 10)) == (date(2026, 4, 27), date(2026, 5, 3))
    assert period_before(WEDNESDAY, WEDNESDAY) == (WEDNESDAY - timedelta(days=1),) * 2


FRIDAY, MONDAY = date(2026, 5, 8), date(2026, 5, 11)


@pytest.mark.parametrize(
    ("moment", "rest"),
    [
        (at("10:00"), (at("10:00"), at("17:00"))),
        (at("08:00"), (at("09:00"), at("17:00"))),  # before opening: the whole day
        (at("17:00"), (at("09:00", date(2026, 5, 7)), at("17:00", date(2026, 5, 7)))),  # closed: the next day
        (at("16:30", FRIDAY), (at("09:00", MONDAY), at("17:00", MONDAY))),  # Friday closes at 16:30
    ],
)
def test_the_rest_of_the_working_day_reaches_to_closing(moment: datetime, rest: tuple[datetime, datetime]) -> None:
    assert rest_of_working_day(RULES, "agents", moment) == rest


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at("08:59"), at("09:00")),
        (at("09:00"), at("09:00", date(2026, 5, 7))),  # it is open now: the next time
        (at("12:00", FRIDAY), at("09:00", MONDAY)),
    ],
)
def test_the_next_opening_comes_after_now_although_it_may_be_open(moment: datetime, opens: datetime) -> None:
    assert next_opening(RULES, "agents", moment) == opens


def test_a_desk_that_never_opens_has_no_next_opening() -> None:
    never = WeeklyHours.model_validate({"from": date(2000, 1, 1)})
    rules = RULES.model_copy(update={"opening_hours": {"agents": [never]}})
    assert next_opening(rules, "agents", at("10:00")) is None
    assert rest_of_working_day(rules, "agents", at("10:00")) is None


@given(DAYS, st.integers(0, 1439), st.integers(0, 6), st.sampled_from(["agents", "kc"]))
def test_working_days_later_it_is_the_same_clock_time_on_a_working_day(
    day: date, minute: int, days: int, desk: str
) -> None:
    start = local_to_utc(day, minute, RULES)
    later = same_time_after_working_days(RULES, desk, start, days)
    before, after = start.astimezone(COPENHAGEN), later.astimezone(COPENHAGEN)
    passed = [before.date() + timedelta(days=offset) for offset in range(1, (after.date() - before.date()).days + 1)]
    assert sum(is_working_day(RULES, desk, each) for each in passed) == days
    assert not days or is_working_day(RULES, desk, after.date())
    if day.month not in (3, 10) and after.month not in (3, 10):  # the hours that clock changes skip or double
        assert (before.hour, before.minute) == (after.hour, after.minute)

"""Rule R1: half hours of rota minus absence against the need."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cast import COPENHAGEN, at

from metrics.calendar import Span, opening_intervals
from metrics.coverage import (
    HALF_HOUR,
    Hole,
    agent_hours_under_and_over,
    agents_needed,
    average_speed_of_answer,
    counts_of_half_hours,
    days_by_worst_half_hour,
    forecast_error,
    forecast_of,
    half_hours_behind,
    half_hours_of,
    holes_of,
    is_on_phones,
    known_half_hours,
    service_expected,
    service_level,
    waiting_probability,
)
from metrics.house_rules import DEFAULT_FILE, read_house_rules

RULES = read_house_rules(DEFAULT_FILE)

MORNING: Span = (at("09:00"), at("12:00"))


@pytest.mark.parametrize(
    ("half_hour", "absences", "there"),
    [
        (at("09:00"), [], True),  # the shift begins with it
        (at("08:30"), [], False),
        (at("11:30"), [], True),  # the last half hour of the shift
        (at("11:45"), [], False),  # not the whole of it
        (at("12:00"), [], False),
        (at("10:00"), [(at("10:00"), at("10:30"))], False),
        (at("10:30"), [(at("10:00"), at("10:30"))], True),  # back when it begins
        (at("10:00"), [(at("10:20"), at("11:00"))], False),  # away in a part of it
        (at("09:30"), [(at("10:00"), at("11:00"))], True),  # leaves when it ends
    ],
)
def test_on_the_phones_is_on_shift_for_the_whole_half_hour_and_away_in_no_part_of_it(
    half_hour: datetime, absences: list[Span], there: bool
) -> None:
    assert is_on_phones(half_hour, [MORNING], absences) is there


def test_two_shifts_that_adjoin_in_a_half_hour_cover_it() -> None:
    early, late = (at("09:00"), at("12:10")), (at("12:10"), at("17:00"))
    assert is_on_phones(at("12:00"), [late, early], [])
    assert not is_on_phones(at("12:00"), [early, (at("12:11"), at("17:00"))], [])  # a minute is missing


def half_hours(needs: list[int]) -> list[tuple[datetime, int]]:
    return [(at("09:00") + timedelta(minutes=30 * place), needed) for place, needed in enumerate(needs)]


@pytest.mark.parametrize(
    ("needs", "planned", "holes"),
    [
        ([2, 2, 2, 2], [2, 3, 2, 4], []),
        ([2, 2, 2, 2], [0, 4, 4, 0], [("09:00", "09:30", 2, 0), ("10:30", "11:00", 2, 0)]),  # over does not net under
        ([2, 2, 2], [1, 0, 1], [("09:00", "10:30", 2, 0)]),  # joined; the fewest is said
        ([2, 1], [1, 0], [("09:00", "09:30", 2, 1), ("09:30", "10:00", 1, 0)]),  # another need, another hole
        ([0], [0], []),  # nobody is needed
    ],
)
def test_a_hole_is_a_stretch_with_fewer_than_needed(
    needs: list[int], planned: list[int], holes: list[tuple[str, str, int, int]]
) -> None:
    expected = [Hole(at(start), at(end), needed, there) for start, end, needed, there in holes]
    assert holes_of(half_hours(needs), planned) == expected


@pytest.mark.parametrize(
    ("calls", "handle_seconds", "agents", "level"),
    [
        (100, 180, 13, 0.795595),  # misses 80 % in 20 seconds
        (100, 180, 14, 0.888350),
        (100, 180, 15, 0.941453),
        (6, 240, 2, 0.7932),
        (6, 240, 3, 0.9567),  # on a small desk one absence costs 15 points and more
        (100, 180, 10, 0.0),  # ten erlangs and ten agents: the queue grows without end
        (0, 180, 0, 1.0),  # nobody calls, nobody waits
    ],
)
def test_erlang_c_gives_the_published_service_levels(
    calls: int, handle_seconds: int, agents: int, level: float
) -> None:
    assert service_level(calls, handle_seconds, agents, 20) == pytest.approx(level, abs=5e-5)


def test_erlang_c_at_fourteen_agents() -> None:
    assert waiting_probability(10, 14) == pytest.approx(0.174132, abs=5e-7)
    assert average_speed_of_answer(100, 180, 14) == pytest.approx(7.835937, abs=5e-7)
    assert average_speed_of_answer(100, 180, 10) is None


@pytest.mark.parametrize(
    ("calls", "handle_seconds", "needed"), [(100, 180, 14), (6, 240, 3), (0, 240, 0), (0.1, 240, 1), (5, 0, 0)]
)
def test_as_many_are_needed_as_meet_the_goal(calls: float, handle_seconds: float, needed: int) -> None:
    assert agents_needed(calls, handle_seconds, 0.8, 20) == needed


@given(st.floats(0.01, 300), st.floats(10, 1200), st.floats(0.05, 0.99))
def test_one_fewer_misses_the_goal(calls: float, handle_seconds: float, goal: float) -> None:
    needed = agents_needed(calls, handle_seconds, goal, 20)
    assert service_level(calls, handle_seconds, needed, 20) >= goal
    is_least = needed == 1 or needed - 1 < calls * handle_seconds / 1800
    assert is_least or service_level(calls, handle_seconds, needed - 1, 20) < goal


def test_under_and_over_are_reported_apart() -> None:
    assert agent_hours_under_and_over([2, 2, 2, 2], [0, 4, 4, 0]) == (2.0, 2.0)
    assert agent_hours_under_and_over([0], [2]) == (0.0, 1.0)
    assert agent_hours_under_and_over([], []) == (0.0, 0.0)


@pytest.mark.parametrize(("counts", "expected"), [([4, 6], 5.0), ([0], 0.0), ([], None)])
def test_the_forecast_is_the_mean_of_recent_weeks(counts: list[int], expected: float | None) -> None:
    assert forecast_of(counts) == expected


def test_the_forecasts_error_is_a_share_of_the_calls_that_came() -> None:
    assert forecast_error([5, 5], [4, 8]) == pytest.approx((1 + 3) / 12)
    assert forecast_error([5.0], [0]) is None


@pytest.mark.parametrize(
    ("start", "end", "half_hours"),
    [
        ("2026-03-28T22:00", "2026-03-29T06:00", 14),  # the clocks go forward: seven hours
        ("2026-10-24T22:00", "2026-10-25T06:00", 18),  # and back: nine
        ("2026-05-05T22:00", "2026-05-06T06:00", 16),
    ],
)
def test_a_night_shift_lasts_as_long_as_the_night(start: str, end: str, half_hours: int) -> None:
    begins, ends = (datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC) for text in (start, end))
    nights = [begins.replace(hour=0) + place * HALF_HOUR for place in range(-10, 80)]
    assert sum(is_on_phones(half_hour, [(begins, ends)], []) for half_hour in nights) == half_hours


DAYS = [date(2024, 1, 1) + timedelta(days=offset) for offset in range((date(2028, 12, 31) - date(2024, 1, 1)).days + 1)]


@pytest.mark.parametrize("desk", ["agents", "kc"])
def test_half_hours_partition_the_opening_hours_on_every_day_of_five_years(desk: str) -> None:
    for day in DAYS:
        found = half_hours_of(RULES, desk, day)
        opens = [(start, end) for start, end in opening_intervals(RULES, desk, day)]
        assert found == sorted(set(found))
        covered = sum(
            (
                min(end, at + HALF_HOUR) - max(start, at)
                for at in found
                for start, end in opens
                if start < at + HALF_HOUR and at < end
            ),
            timedelta(),
        )
        assert covered == sum((end - start for start, end in opens), timedelta())
        assert all(any(start < at + HALF_HOUR and at < end for start, end in opens) for at in found)


spans = st.tuples(st.integers(0, 32), st.integers(1, 20)).map(
    lambda pair: (at("06:00") + pair[0] * HALF_HOUR, at("06:00") + (pair[0] + pair[1]) * HALF_HOUR)
)
some_spans = st.lists(spans, max_size=4)


@given(some_spans, some_spans, st.integers(0, 40))
def test_a_shift_more_takes_nobody_off_the_phones_and_an_absence_more_puts_nobody_there(
    shifts: list[Span], absences: list[Span], place: int
) -> None:
    half_hour = at("06:00") + place * HALF_HOUR
    is_there = is_on_phones(half_hour, shifts, absences)
    for one_more in (MORNING, (at("00:00"), at("23:59"))):
        assert is_on_phones(half_hour, [*shifts, one_more], absences) >= is_there
        assert is_on_phones(half_hour, shifts, [*absences, one_more]) <= is_there
    assert not is_on_phones(half_hour, [], absences)


HALF_HOURS = pd.DataFrame(
    [
        # local_date, half_hour, team, needed, planned
        (date(2026, 5, 6), 18, "North", 2, 1),  # one too few
        (date(2026, 5, 6), 19, "North", 2, 4),  # two to spare: they do not make up for it
        (date(2026, 5, 6), 20, "South", 0, 0),  # nobody is needed, so nothing is covered and nothing is missing
        (date(2026, 5, 7), 18, "North", 1, 1),  # exactly enough
        (date(2026, 5, 7), 19, "North", None, 3),  # nobody knows how many are needed
        (date(2026, 5, 7), 20, "North", 2, None),  # no rota is loaded
    ],
    columns=["local_date", "half_hour", "team", "needed", "planned"],
).astype({"needed": "Int64", "planned": "Int64"})


def test_only_half_hours_of_which_need_and_rota_are_known_are_counted() -> None:
    assert known_half_hours(HALF_HOURS).index.tolist() == [0, 1, 2, 3]
    assert half_hours_behind(HALF_HOURS, "too_few").index.tolist() == [0]
    assert half_hours_behind(HALF_HOURS, "covered").index.tolist() == [1, 3]
    assert counts_of_half_hours(HALF_HOURS) == {"too_few": 1, "covered": 2, "needed_at_all": 3}


def test_a_day_is_as_good_as_its_worst_half_hour() -> None:
    days = days_by_worst_half_hour(known_half_hours(HALF_HOURS))
    assert days[["local_date", "half_hour", "planned", "needed"]].to_numpy().tolist() == [
        [date(2026, 5, 6), 18, 1, 2],
        [date(2026, 5, 7), 18, 1, 1],
    ]
    assert days["under_hours"].tolist() == [0.5, 0]  # one agent for half an hour
    assert days["over_hours"].tolist() == [1.0, 0]  # two agents for half an hour


def test_what_a_half_hour_gives_counts_the_time_for_notes() -> None:
    goal = RULES.service_goal[0]
    # 140 seconds of talk and 60 of notes are the 200 seconds that an agent is busy.
    level, with_one_fewer, wait = service_expected(100, 140, 14, goal)
    assert level == service_level(100, 200, 14, 20)
    assert with_one_fewer == service_level(100, 200, 13, 20) < level
    assert wait == average_speed_of_answer(100, 200, 14)
    assert service_expected(100, 140, 0, goal) == (0.0, 0.0, None)

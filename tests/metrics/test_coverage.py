"""Rule R1: half hours of rota minus absence against the need."""

from datetime import datetime, timedelta

import pytest
from cast import at

from metrics.coverage import Hole, Span, holes_of, is_on_phones, on_phones

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


def test_everybody_counts_once_however_his_shifts_are_cut() -> None:
    shifts = {1: [MORNING, (at("09:00"), at("17:00"))], 2: [(at("10:00"), at("17:00"))], 3: [MORNING]}
    assert on_phones(at("10:00"), shifts, {3: [MORNING]}) == 2


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

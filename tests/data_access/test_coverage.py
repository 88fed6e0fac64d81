"""Who is on the phones today against what is needed, on both databases and cut to the viewer's teams."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, update
from support.cast import WEDNESDAY, at
from support.databases import NOW, Load

from data_access.database.schema import staffing_need
from data_access.database.writing import writing
from data_access.questions.coverage import coverage_of_day
from data_access.scope import Scope
from metrics.coverage import Hole
from metrics.house_rules import HouseRules

EVERYTHING = Scope(sees_everything=True)
TEN, HALF_PAST_TEN = 20, 21
RowsOf = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def team_ids(agency: Load, rows_of: RowsOf) -> dict[str, int]:  # noqa: ARG001
    """North needs two at 10:00 and, since May, one at 10:30; South needs one at 10:00."""
    ids = {str(name): int(str(team_id)) for name, team_id in rows_of("SELECT name, id FROM team")}
    needs = (
        ("North", TEN, 2, date(2026, 1, 1)),
        ("North", HALF_PAST_TEN, 2, date(2026, 1, 1)),
        ("North", HALF_PAST_TEN, 1, date(2026, 5, 1)),
        ("North", HALF_PAST_TEN, 9, date(2026, 6, 1)),  # yet to come
        ("South", TEN, 1, date(2026, 1, 1)),
    )
    with writing() as connection:
        for team, half_hour, minimum, since in needs:
            values = {"team_id": ids[team], "weekday": 2, "half_hour": half_hour, "minimum": minimum}
            connection.execute(insert(staffing_need).values(from_date=since, **values))
    return ids


def test_a_team_is_counted_by_rota_minus_absence(
    agency: Load, team_ids: dict[str, int], house_rules: HouseRules
) -> None:
    assert coverage_of_day(EVERYTHING, WEDNESDAY, house_rules, NOW) == []  # no rota is loaded: nothing is said
    day = "2026-05-06T"
    shifts = "".join(f"{agent},{day}09:00:00+02:00,{day}17:00:00+02:00\n" for agent in ("BO", "BIR", "CAR"))
    agency("shifts", f"agent,starts_at,ends_at\n{shifts}")
    agency("absences", "agent,kind,first_day,last_day\nBO,sick,2026-05-06,2026-05-06\n")
    north, south = coverage_of_day(EVERYTHING, WEDNESDAY, house_rules, NOW)
    # Nine to five are sixteen half hours; needs are written down for ten o'clock and half past alone.
    assert (north.team, north.needed, north.planned) == ("North", (0, 0, 2, 1, *[0] * 12), (1,) * 16)
    assert north.holes == (Hole(at("10:00"), at("10:30"), 2, 1),)
    assert (south.team, south.planned, south.holes) == ("South", (1,) * 16 + (0, 0), ())  # KC is open until six
    only_south = Scope(team_ids=(team_ids["South"],))
    assert [one.team for one in coverage_of_day(only_south, WEDNESDAY, house_rules, NOW)] == ["South"]
    assert coverage_of_day(Scope(), WEDNESDAY, house_rules, NOW) == []


@pytest.mark.usefixtures("team_ids")
def test_a_closed_day_needs_nobody(agency: Load, house_rules: HouseRules) -> None:
    # Two Wednesdays: one in June, and 24 December 2025, on which the agency is closed.
    for day in ("2026-06-24", "2025-12-24"):
        assert date.fromisoformat(day).weekday() == 2
        agency("shifts", f"agent,starts_at,ends_at\nCAR,{day}T09:00:00+01:00,{day}T17:00:00+01:00\n")
    teams = [len(coverage_of_day(EVERYTHING, date(2026, 6, 24), house_rules, NOW))]
    with writing() as connection:
        connection.execute(update(staffing_need).values(from_date=date(2025, 1, 1)))
    teams += [len(coverage_of_day(EVERYTHING, date(2025, 12, 24), house_rules, NOW))]
    assert teams == [1, 0]

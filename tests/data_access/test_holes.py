"""Holes of the weeks ahead, and who could fill them (R1). The page's clock stands at Wednesday 6 May, 14:00."""

from collections.abc import Callable
from datetime import date

from support.databases import Load

from data_access.questions.holes import HoleAhead, holes_ahead
from data_access.scope import EVERYBODY, Scope
from metrics.house_rules import HouseRules

RowsOf = Callable[[str], list[tuple[object, ...]]]
FIRST = date(2026, 5, 6)
FRIDAY = "2026-05-08"
SHIFTS = f"""agent,starts_at,ends_at
BO,{FRIDAY}T09:00:00+02:00,{FRIDAY}T10:00:00+02:00
BIR,2026-05-07T09:00:00+02:00,2026-05-07T17:00:00+02:00
CAR,{FRIDAY}T09:00:00+02:00,{FRIDAY}T17:00:00+02:00
"""
NEEDS = "team,weekday,from_time,to_time,minimum\nNorth,fri,10:00,11:00,1\nSouth,mon,10:00,11:00,1\n"


def north(ahead: tuple[HoleAhead, ...]) -> HoleAhead:
    (hole,) = (each for each in ahead if each.team == "North")
    return hole


def test_a_hole_says_who_of_the_team_works_that_day_who_is_off_and_which_team_has_more_than_needed(
    agency: Load, house_rules: HouseRules
) -> None:
    agency.all_of(("needs", NEEDS), ("shifts", SHIFTS))
    ahead = holes_ahead(EVERYBODY, None, FIRST, house_rules)
    hole = north(ahead.holes)
    assert (hole.hole.planned, hole.hole.needed) == (0, 1)
    assert hole.elsewhere == ("BO",)  # goes home at ten
    assert hole.free == ("BIR",)  # works on Thursday
    assert hole.spare == (("South", 1),)  # Carl is there, and nobody is needed
    assert ahead.known_to == date(2026, 5, 10)  # the week is laid; nobody knows the next


def test_who_is_away_or_not_on_the_rota_at_all_could_not_come(agency: Load, house_rules: HouseRules) -> None:
    agency.all_of(
        ("needs", NEEDS),
        ("shifts", "\n".join(line for line in SHIFTS.splitlines() if not line.startswith("BO,"))),
        ("absences", f"agent,kind,first_day,last_day\nBIR,vacation,{FRIDAY},{FRIDAY}\n"),
    )
    hole = north(holes_ahead(EVERYBODY, None, FIRST, house_rules).holes)
    assert (hole.free, hole.elsewhere) == ((), ())


def test_a_lead_reads_of_no_other_team(agency: Load, house_rules: HouseRules, rows_of: RowsOf) -> None:
    agency.all_of(("needs", NEEDS), ("shifts", SHIFTS))
    team_id = int(str(rows_of("SELECT id FROM team WHERE name = 'North'")[0][0]))
    ahead = holes_ahead(Scope(team_ids=(team_id,)), None, FIRST, house_rules)
    assert [each.team for each in ahead.holes] == ["North"]
    assert north(ahead.holes).spare == ()
    assert holes_ahead(Scope(), None, FIRST, house_rules).holes == ()


def test_a_hole_beyond_four_weeks_is_not_ahead_yet(agency: Load, house_rules: HouseRules) -> None:
    agency.all_of(("needs", NEEDS), ("shifts", SHIFTS))
    too_early = holes_ahead(EVERYBODY, None, date(2026, 4, 10), house_rules)
    assert "North" not in {each.team for each in too_early.holes}  # the four weeks end on Thursday 7 May
    assert north(holes_ahead(EVERYBODY, None, date(2026, 4, 11), house_rules).holes)  # and these on Friday

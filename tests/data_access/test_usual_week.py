"""Leave in weeks whose rota is not laid yet: the usual week stands in for it, and says so (R1)."""

from collections.abc import Callable
from datetime import date, timedelta

from support.cast import at
from support.databases import Load

from data_access.questions.what_if import WhatIf, what_if
from data_access.scope import EVERYBODY
from metrics.house_rules import HouseRules

RowsOf = Callable[[str], list[tuple[object, ...]]]
NOW = at("14:00")  # Wednesday 6 May 2026
ASKED = date(2026, 6, 10)  # a Wednesday without a rota, five weeks later
NEEDS = "team,weekday,from_time,to_time,minimum\nNorth,wed,10:00,11:00,2\n"


def rota(load: Load, bob_on: tuple[int, ...]) -> None:
    """Birgit works on the four Wednesdays before this week, Bob on some of them: 8, 15, 22 and 29 April."""
    days = {week: date(2026, 5, 6) - timedelta(weeks=week) for week in range(1, 5)}
    rows = [("BIR", day) for day in days.values()] + [("BO", days[week]) for week in bob_on]
    text = "".join(f"{who},{day}T09:00:00+02:00,{day}T17:00:00+02:00\n" for who, day in rows)
    load("needs", NEEDS)
    load("shifts", "agent,starts_at,ends_at\n" + text)


def ask(rows_of: RowsOf, rules: HouseRules, first: date = ASKED, last: date = ASKED) -> WhatIf:
    agent_id = int(str(rows_of("SELECT id FROM agent WHERE initials = 'BO'")[0][0]))
    asked = what_if(EVERYBODY, agent_id, first, last, rules, NOW)
    assert asked is not None
    return asked


def test_the_usual_week_stands_in_for_a_rota_that_is_not_laid(
    agency: Load, rows_of: RowsOf, house_rules: HouseRules
) -> None:
    rota(agency, bob_on=(1, 2, 3))
    asked = ask(rows_of, house_rules)
    ten = asked.half_hours[asked.half_hours["half_hour"] == 20].iloc[0]
    # On the four Wednesdays 2, 2, 2 and 1 were there: the median is 2. Without Bob it is 1 of the 2 needed.
    assert (ten["needed"], ten["before"], ten["after"], bool(ten["is_usual"])) == (2, 2, 1, True)
    assert [(hole.planned, hole.needed) for hole in asked.holes] == [(1, 2)]
    assert asked.answer == "yes_but"


def test_half_a_person_is_none(agency: Load, rows_of: RowsOf, house_rules: HouseRules) -> None:
    rota(agency, bob_on=(1, 2))
    ten = (asked := ask(rows_of, house_rules)).half_hours.set_index("half_hour").loc[20]
    # 2, 2, 1 and 1: half way between is rounded down, so the hole is there already and not of Bob's making.
    assert (ten["before"], ten["after"]) == (1, 1)
    assert asked.holes == ()


def test_without_a_usual_week_nothing_is_invented(agency: Load, rows_of: RowsOf, house_rules: HouseRules) -> None:
    agency("needs", NEEDS)
    asked = ask(rows_of, house_rules)
    assert asked.half_hours["before"].isna().all()
    assert not asked.half_hours["is_usual"].any()
    assert asked.answer == "yes_but"


def test_weekdays_on_which_the_desk_is_closed_are_named(agency: Load, rows_of: RowsOf, house_rules: HouseRules) -> None:
    agency("needs", NEEDS)
    asked = ask(rows_of, house_rules, date(2026, 12, 21), date(2027, 1, 3))
    # Christmas Eve, the two days of Christmas (one a Saturday, which nobody expects to be open) and New Year's Day.
    assert date(2026, 12, 25) in asked.closed_days
    assert date(2027, 1, 1) in asked.closed_days
    assert date(2026, 12, 26) not in asked.closed_days

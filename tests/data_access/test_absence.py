"""Questions about absences on both databases: verdicts from files, cover, and the answer before anything is written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cast import ALICE, BIRGIT, BOB, at
from support.databases import NOW, Load, begins_with
from support.simulated_year import SimulatedYear
from support.templates import AGENCY

from data_access.demo import truths as planted
from data_access.questions.absence import (
    absence_register,
    absent_now,
    buddies_both_away,
    notice_by_quarter,
    without_buddy,
)
from data_access.questions.calls import Filters
from data_access.questions.coverage import absences_behind, adherence_of, coverage_of
from data_access.questions.overview import today_lines
from data_access.questions.what_if import what_if
from data_access.scope import Scope, Viewer, scope_of
from metrics.house_rules import HouseRules

RowsOf = Callable[[str], list[tuple[object, ...]]]
EVERYTHING = Scope(sees_everything=True, may_see_customers=True, may_see_reasons=True)
SUMMER = Filters(date(2026, 5, 1), date(2026, 7, 31))
ABSENCES = """source_id,agent,kind,first_day,last_day,requested_on,channel,acute,swap_tried
A1,BO,vacation,2026-06-12,2026-06-16,2026-05-12,rota_mailbox,no,
A2,BIR,vacation,2026-06-15,2026-06-19,2026-06-01,corridor,no,
A3,CAR,errand,2026-05-20,2026-05-20,2026-05-13,rota_mailbox,no,yes
A4,CAR,dentist,2026-05-06,2026-05-06,2026-04-20,phone,no,
A5,DOR,sick,2026-05-07,2026-05-08,,phone,yes,
"""
SHIFTS = "source_id,agent,starts_at,ends_at\n" + "".join(
    f"V{day}{agent},{agent},2026-05-{day:02d}T09:00:00+02:00,2026-05-{day:02d}T17:00:00+02:00\n"
    for day in (4, 5, 6, 7, 8)
    for agent in ("BO", "BIR", "CAR")
)
NEEDS = "team,weekday,from_time,to_time,minimum\n" + "".join(
    f"North,{day},09:00,17:00,2\n" for day in ("mon", "tue", "wed", "thu", "fri")
)


@begins_with(AGENCY)
def rota(load: Load) -> None:
    """Bob and Birgit, who are buddies, and Carl have a week on the phones; North needs two all day."""
    load.all_of(("buddies", "agent,buddy\nBO,BIR\n"), ("shifts", SHIFTS), ("needs", NEEDS))


def test_each_absence_has_its_verdicts(rota: Load, house_rules: HouseRules) -> None:
    assert not rota("absences", ABSENCES).rejects
    found = absence_register(EVERYTHING, SUMMER, house_rules, NOW).set_index(["agent", "kind"])
    assert found["state"].to_dict() == {
        ("CAR", "dentist"): "no_rule",
        ("DOR", "sick"): "no_rule",
        ("CAR", "errand"): "in_time",  # exactly seven days
        (BOB, "vacation"): "in_time",  # exactly one month
        (BIRGIT, "vacation"): "late",
    }
    bobs, birgits = found.loc[(BOB, "vacation")], found.loc[(BIRGIT, "vacation")]
    assert bobs["is_on_the_last_day"]
    assert (birgits["days_given"], birgits["latest_day"], bool(birgits["right_channel"])) == (
        14,
        date(2026, 5, 15),
        False,
    )
    assert bool(found.loc[("CAR", "dentist"), "is_not_a_reason"])  # in the middle of a shift
    assert (bobs["buddy"], bobs["team"]) == (BIRGIT, "North")
    pairs = buddies_both_away(EVERYTHING, SUMMER, house_rules, NOW)
    assert pairs[["agent", "buddy"]].to_numpy().tolist() == [[BOB, BIRGIT]]
    assert (pairs["starts_at"][0], pairs["ends_at"][0]) == (
        at("00:00", date(2026, 6, 15)),
        at("00:00", date(2026, 6, 17)),
    )
    quarters = notice_by_quarter(EVERYTHING, SUMMER, house_rules, at("12:00", date(2026, 7, 1)))
    # Birgit is in South since June.
    spring = date(2026, 4, 1)
    assert quarters[["team", "quarter", "vacations", "in_time"]].to_numpy().tolist() == [
        ["North", spring, 1, 1],
        ["South", spring, 1, 0],
    ]


def test_reasons_about_health_are_for_the_own_lead_and_the_administrator(
    rota: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    rota("absences", ABSENCES.splitlines(keepends=True)[0] + "A5,BO,sick,2026-05-07,2026-05-08,,phone,yes,\n")
    north, south = (
        int(str(rows_of(f"SELECT id FROM team WHERE name = '{name}'")[0][0])) for name in ("North", "South")
    )
    bob = int(str(rows_of("SELECT id FROM agent WHERE initials = 'BO'")[0][0]))
    seen = {
        "quality": Viewer("Quinn", "quality"),
        "admin": Viewer("Ada", "admin"),
        "own lead": Viewer(ALICE, "team_lead", team_ids=(north,)),
        "other lead": Viewer("Otto", "team_lead", team_ids=(south,)),
        "himself": Viewer(BOB, "agent", agent_id=bob),
    }
    kinds = {
        name: absence_register(scope_of(viewer), SUMMER, house_rules, NOW)["kind"].tolist()
        for name, viewer in seen.items()
    }
    assert kinds == {
        "quality": ["away"],
        "admin": ["sick"],
        "own lead": ["sick"],
        "other lead": [],
        "himself": ["sick"],
    }


def test_who_is_away_now_and_who_covers(rota: Load, house_rules: HouseRules) -> None:
    header = ABSENCES.splitlines(keepends=True)[0]
    rota("customers", "number,owner\nC-1,BO\n")
    rota("callbacks", "source_id,customer_number,created_at,sent_to\nB1,C-1,2026-05-07T08:00:00+02:00,BO\n")

    def away() -> dict[str, tuple[str, int]]:
        found = absent_now(EVERYTHING, SUMMER, house_rules, NOW)
        return {row.agent: (row.cover, row.messages) for row in found.itertuples()}

    def said() -> list[tuple[str, str]]:
        lines = today_lines(EVERYTHING, house_rules, NOW).lines
        return [(row.what, row.who) for row in lines.itertuples() if row.what in ("no_cover", "with_absent")]

    assert away() == {}
    rota("absences", header + "A1,BO,sick,2026-05-07,2026-05-07,,,yes,\n")
    assert away() == {BOB: ("buddy", 1)}
    assert said() == []
    rota("absences", header + "A2,BIR,sick,2026-05-07,2026-05-07,,,yes,\nA3,CAR,sick,2026-05-07,2026-05-07,,,yes,\n")
    assert away() == {BOB: ("buddy_away", 1), BIRGIT: ("buddy_away", 0), "CAR": ("no_buddy", 0)}
    # Bob's message says it by itself; the others are lines of their own.
    assert said() == [("with_absent", BOB), ("no_cover", BIRGIT), ("no_cover", "CAR")]


def ids(rows_of: RowsOf) -> dict[str, int]:
    return {str(name): int(str(key)) for key, name in rows_of("SELECT id, initials FROM agent")}


def test_what_if_shows_notice_holes_buddy_and_what_falls_due(
    rota: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    rota("customers", "number,owner\nC-1,BO\n")
    rota("callbacks", "source_id,customer_number,created_at,sent_to\nB1,C-1,2026-05-07T10:00:00+02:00,BO\n")
    friday, bob = date(2026, 5, 8), ids(rows_of)[BOB]
    found = what_if(EVERYTHING, bob, friday, friday, house_rules, NOW)
    assert found is not None
    assert (found.notice.state, found.notice.latest_day) == ("late", date(2026, 4, 8))
    # Two are needed and two are planned: without Bob one is left all day, 9 to 16:30 on a Friday.
    (hole,) = found.holes
    assert (hole.starts_at, hole.ends_at) == (at("09:00", friday), at("16:30", friday))
    assert (hole.needed, hole.planned, len(found.half_hours)) == (2, 1, 15)
    assert (found.buddy, found.buddy_away, found.due) == (BIRGIT, (), 1)
    rota("absences", ABSENCES.splitlines(keepends=True)[0] + "A1,BIR,vacation,2026-05-08,2026-05-08,2026-03-01,,no,\n")
    again = what_if(EVERYTHING, bob, friday, friday, house_rules, NOW)
    assert again is not None
    assert again.buddy_away == ((at("00:00", friday), at("00:00", date(2026, 5, 9))),)
    assert rows_of("SELECT COUNT(*) FROM absence") == [(1,)]  # nothing was written
    nobodys = Scope(agent_ids=(ids(rows_of)["CAR"],))
    assert what_if(nobodys, bob, friday, friday, house_rules, NOW) is None


def test_what_if_follows_the_agent_into_another_team_and_says_what_nobody_knows(
    rota: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    # Birgit changes to South, KC, on Monday 1 June; South needs one, and she is the only one planned.
    rota("needs", "team,weekday,from_time,to_time,minimum\nSouth,mon,09:00,17:00,1\n")
    rota("shifts", "agent,starts_at,ends_at\nBIR,2026-06-01T09:00:00+02:00,2026-06-01T17:00:00+02:00\n")
    found = what_if(EVERYTHING, ids(rows_of)[BIRGIT], date(2026, 5, 29), date(2026, 6, 1), house_rules, NOW)
    assert found is not None
    (hole,) = found.holes
    assert (hole.starts_at, hole.ends_at) == (at("09:00", date(2026, 6, 1)), at("17:00", date(2026, 6, 1)))
    # Of Friday 29 May no rota is loaded: nothing is said of it.
    assert found.half_hours[found.half_hours["local_date"] == date(2026, 5, 29)]["before"].isna().all()


def test_a_pair_written_twice_is_one_pair_and_holds_from_its_day_on(rota: Load, house_rules: HouseRules) -> None:
    rota("buddies", "agent,buddy,first_day\nCAR,DOR,2026-06-03\nDOR,CAR,2026-06-03\n")
    header = ABSENCES.splitlines(keepends=True)[0]
    rows = (
        "A1,CAR,vacation,2026-06-01,2026-06-05,2026-03-01,,no,\nA2,CAR,course,2026-06-04,2026-06-04,2026-03-01,,no,\n"
    )
    rota("absences", header + rows + "A3,DOR,vacation,2026-06-02,2026-06-08,2026-03-01,,no,\n")
    pairs = buddies_both_away(EVERYTHING, SUMMER, house_rules, NOW)
    (row,) = pairs.itertuples()
    assert (row.starts_at, row.ends_at) == (at("00:00", date(2026, 6, 3)), at("00:00", date(2026, 6, 6)))
    assert row.is_planned


def test_a_word_for_a_reason_that_nobody_knows_may_be_about_health(rota: Load, house_rules: HouseRules) -> None:
    rota("absences", "source_id,agent,kind,first_day,last_day\nA1,BO,migraine,2026-05-06,2026-05-06\n")
    quality = scope_of(Viewer("Quinn", "quality"))
    assert absence_register(quality, SUMMER, house_rules, NOW)["kind"].tolist() == ["away"]


def test_part_of_a_day_stays_part_of_a_day_when_a_file_knows_no_hours(rota: Load, rows_of: RowsOf) -> None:
    header = "source_id,agent,kind,first_day,last_day"
    rota("absences", f"{header},from_time,to_time\nA1,BO,errand,2026-05-06,2026-05-06,10:00,12:00\n")
    query = "SELECT starts_at, ends_at, swap_tried FROM absence"
    before = rows_of(query)
    rota("absences", f"{header},swap_tried\nA1,BO,errand,2026-05-06,2026-05-06,yes\n")
    assert rows_of(query)[0][:2] == before[0][:2]
    assert bool(rows_of(query)[0][2])


days = st.integers(4, 8)


@settings(max_examples=settings().max_examples // 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(days, days).map(sorted), st.sampled_from(("BO", "BIR", "CAR")))
def test_what_if_equals_the_page_after_loading_the_same_absence(
    rota: Load, house_rules: HouseRules, rows_of: RowsOf, span: list[int], who: str
) -> None:
    first, last = date(2026, 5, span[0]), date(2026, 5, span[1])
    header = "source_id,agent,kind,first_day,last_day,cancelled\n"
    rota("absences", header + f"X,{who},vacation,{first},{last},yes\n")  # what the example before left behind
    thought = what_if(EVERYTHING, ids(rows_of)[who], first, last, house_rules, NOW)
    assert thought is not None
    team_id = int(str(rows_of(f"SELECT id FROM team WHERE name = '{thought.team}'")[0][0]))
    rota("absences", header + f"X,{who},vacation,{first},{last},no\n")
    real = coverage_of(EVERYTHING, team_id, first, last, house_rules, NOW)
    assert real["planned"].tolist() == thought.half_hours["after"].tolist()
    assert real["needed"].tolist() == thought.half_hours["needed"].tolist()


def test_without_a_need_as_many_are_needed_as_the_calls_expected_ask_for(agency: Load, house_rules: HouseRules) -> None:
    header = "source_id,started_at,answered_at,ended_at,status,agent,queue\n"
    calls = ""
    # Six calls in each half hour from ten on the four Wednesdays before, of two minutes each: with a minute for notes
    # 6 calls of 180 seconds are 0.6 erlang: two answer 89 % within 20 seconds, one only 44 %.
    for week in range(1, 5):
        day = date(2026, 5, 6) - timedelta(weeks=week)
        for place in range(6):
            start = f"{day}T10:{5 * place:02d}:00+02:00"
            calls += f"{week}-{place},{start},{start},{day}T10:{5 * place + 2:02d}:00+02:00,answered,BO,Service\n"
    assert not agency("calls", header + calls).rejects
    agency("shifts", "agent,starts_at,ends_at\nCAR,2026-05-06T09:00:00+02:00,2026-05-06T17:00:00+02:00\n")
    table = coverage_of(EVERYTHING, None, date(2026, 5, 6), date(2026, 5, 6), house_rules, at("09:00"))
    south = table[table["team"] == "South"].set_index("half_hour")
    assert south.loc[20, "forecast"] == 6.0
    # Nobody of South has answered yet, so how long a call takes is not known: no need is invented.
    assert south["need_from"].tolist() == [""] * len(south)
    agency("memberships", "agent,team,first_day\nBO,South,2020-01-01\n")
    # Bob is in both teams since the same day; of several teams the first by name counts.
    table = coverage_of(EVERYTHING, None, date(2026, 5, 6), date(2026, 5, 6), house_rules, at("09:00"))
    south = table[table["team"] == "South"].set_index("half_hour")
    assert (south.loc[20, "needed"], south.loc[20, "need_from"], south.loc[20, "planned"]) == (2, "forecast", 1)
    assert south.loc[22, "needed"] == 0  # nobody calls at eleven


def test_a_need_of_a_desk_is_held_against_all_its_teams_together(agency: Load, house_rules: HouseRules) -> None:
    agency("teams", "name,desk,queue\nEast,agents,East\n")
    agency("memberships", "agent,team,first_day\nDOR,East,2020-01-01\n")
    agency("needs", "desk,weekday,from_time,to_time,minimum,first_day\nagents,wed,09:00,10:00,2,2026-05-01\n")
    rows = "".join(f"{one},2026-05-06T09:00:00+02:00,2026-05-06T17:00:00+02:00\n" for one in (BOB, "DOR"))
    agency("shifts", f"agent,starts_at,ends_at\n{rows}")
    table = coverage_of(EVERYTHING, None, date(2026, 5, 6), date(2026, 5, 6), house_rules, NOW)
    nine = table[(table["half_hour"] == 18) & (table["team"] == "East + North")]
    assert nine[["needed", "planned"]].to_numpy().tolist() == [[2, 2]]  # one of each team, two in all
    # Before the need has begun nobody knows how many are needed.
    earlier = coverage_of(EVERYTHING, None, date(2026, 4, 29), date(2026, 4, 29), house_rules, NOW)
    assert earlier["needed"].isna().all()


def test_who_is_away_in_a_hole_is_named(rota: Load, house_rules: HouseRules, rows_of: RowsOf) -> None:
    rota("absences", ABSENCES)
    rota("absences", "source_id,agent,kind,first_day,last_day\nA9,BO,sick,2026-05-06,2026-05-06\n")
    away = absences_behind(EVERYTHING, None, at("10:00"), at("10:30"), house_rules)
    assert away[["agent", "team"]].to_numpy().tolist() == [[BOB, "North"], ["CAR", "South"]]
    south = int(str(rows_of("SELECT id FROM team WHERE name = 'South'")[0][0]))
    assert absences_behind(EVERYTHING, south, at("10:00"), at("10:30"), house_rules)["agent"].tolist() == ["CAR"]
    assert absences_behind(Scope(), None, at("10:00"), at("10:30"), house_rules).empty


# What is planted in the simulated year is found, and nothing else of its kind.


@pytest.fixture
def year(simulated_year: SimulatedYear, monkeypatch: pytest.MonkeyPatch) -> SimulatedYear:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    return simulated_year


def test_the_planted_requests_and_buddies_are_found_and_no_others(year: SimulatedYear, house_rules: HouseRules) -> None:
    whole = Filters(year.start, year.until.date())
    register = absence_register(EVERYTHING, whole, house_rules, year.until)
    late = register[register["state"] == "late"]
    assert list(zip(late["agent"], late["first_day"], strict=True)) == [
        (planted.ASKED_A_DAY_LATE, year.truths["asked_a_day_late"].first_day)
    ]
    on_the_last_day = register[register["is_on_the_last_day"] & (register["kind"] == "vacation")]
    assert {planted.ASKED_IN_TIME, planted.ASKED_ON_31_JANUARY} == set(on_the_last_day["agent"])
    pairs = buddies_both_away(EVERYTHING, whole, house_rules, year.until)
    (pair,) = pairs[pairs["is_planned"]].itertuples()
    assert {pair.agent, pair.buddy} == set(planted.BUDDIES_AWAY)
    assert pair.starts_at == at("00:00", year.truths["buddies_away"].first_day)


def test_the_planted_hole_is_found_and_no_other(year: SimulatedYear, house_rules: HouseRules) -> None:
    table = coverage_of(EVERYTHING, None, year.start, year.until.date(), house_rules, year.until)
    short = table[table["planned"] < table["needed"]]
    assert set(short["team"]) == {planted.HOLE_TEAM}
    assert {day.weekday() for day in short["local_date"]} == {planted.HOLE_WEEKDAY}
    assert set(short["half_hour"]) == {24, 25}
    assert short["local_date"].min() >= year.truths["coverage_hole"].first_day
    assert len(short) > 30
    week = (None, year.until.date() - timedelta(days=4), year.until.date(), house_rules, year.until)
    snapshots = adherence_of(EVERYTHING, *week)
    assert snapshots["planned_snapshots"] == snapshots["there"] > 3000  # in the simulation everybody is where he should


def test_days_that_a_later_file_adds_are_a_request_of_their_own(
    rota: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    header = "source_id,agent,kind,first_day,last_day,requested_on\n"

    def verdict(row: str) -> tuple[str, date]:
        rota("absences", header + row)
        (shown,) = absence_register(EVERYTHING, SUMMER, house_rules, NOW).itertuples()
        return shown.state, shown.requested_on

    assert verdict("A1,BO,vacation,2026-06-12,2026-06-16,2026-05-01\n") == ("in_time", date(2026, 5, 1))
    # An edit that adds nothing moves nothing, whatever day it names.
    assert verdict("A1,BO,vacation,2026-06-12,2026-06-15,2026-05-06\n") == ("in_time", date(2026, 5, 1))
    # Five days more, asked for on 6 May, a month before 6 June: in time too.
    assert verdict("A1,BO,vacation,2026-06-10,2026-06-15,2026-05-06\n") == ("in_time", date(2026, 5, 6))
    # Nobody says when the next ones were asked for: they are known since today, 7 May, for 6 June.
    assert verdict("A1,BO,vacation,2026-06-06,2026-06-15,2026-05-01\n") == ("late", date(2026, 5, 7))
    assert rows_of("SELECT count(*) FROM absence_extension") == [(2,)]
    rota("absences", "source_id,agent,kind,first_day,last_day,cancelled\nA1,BO,vacation,2026-06-06,2026-06-15,yes\n")
    assert rows_of("SELECT count(*) FROM absence_extension") == [(0,)]


def test_what_is_left_of_a_shift_after_a_swap_of_a_part_is_an_errand(rota: Load, house_rules: HouseRules) -> None:
    header = "source_id,agent,starts_at,ends_at,swapped_with\n"
    morning, afternoon = ("2026-05-08T09:00:00+02:00,2026-05-08T13:00:00+02:00",
                          "2026-05-08T13:00:00+02:00,2026-05-08T17:00:00+02:00")  # fmt: skip
    errand = "source_id,agent,kind,first_day,last_day,requested_on\nA1,BO,errand,2026-05-08,2026-05-08,2026-05-06\n"
    rota("absences", errand)

    def state() -> str:
        (shown,) = absence_register(EVERYTHING, SUMMER, house_rules, NOW).itertuples()
        return str(shown.state)

    assert state() == "late"  # two days before
    rota("shifts", header + f"V8BO,BO,{afternoon},\nS1,CAR,{morning},BO\n")
    assert state() == "late"  # Carl has the morning; the afternoon is left
    rota("shifts", header + f"V8BO,CAR,{afternoon},BO\n")
    assert state() == "swapped"


def test_where_nobody_says_whether_it_was_acute_there_is_no_verdict(rota: Load, house_rules: HouseRules) -> None:
    header = "source_id,agent,kind,first_day,last_day,acute\n"
    rota("absences", header + "A1,BO,dentist,2026-05-06,2026-05-06,\nA2,BIR,dentist,2026-05-06,2026-05-06,no\n")
    shown = absence_register(EVERYTHING, SUMMER, house_rules, NOW).set_index("agent")["is_not_a_reason"]
    assert shown.isna()[BOB]
    assert shown[BIRGIT]
    hidden = absence_register(replace(EVERYTHING, may_see_reasons=False), SUMMER, house_rules, NOW)
    assert hidden["is_not_a_reason"].isna().all()  # nothing is said of reasons that are not to be seen


def test_who_has_no_buddy_at_all_is_named(agency: Load, house_rules: HouseRules) -> None:
    def alone() -> list[str]:
        return without_buddy(EVERYTHING, SUMMER, house_rules, NOW)["agent"].tolist()

    assert alone() == [BIRGIT, BOB]  # the lead, KC and whoever belongs to no team are no case handlers on the phones
    agency("buddies", "agent,buddy\nBO,BIR\n")
    assert alone() == []
    agency("agents", "initials,first_day,last_day\nBIR,2020-01-01,2026-05-06\n")
    assert alone() == [BOB]  # Birgit left yesterday

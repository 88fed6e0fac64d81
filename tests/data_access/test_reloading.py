"""What a later load brings changes what it says and nothing else, and ends where a fresh load would end."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from support.cast import WEDNESDAY
from support.databases import Load

from data_access.loading.load import rebuild
from data_access.questions.calls import Filters, calls_by_agent, team_totals
from data_access.questions.sources import rings_without_use
from data_access.scope import Scope
from metrics.house_rules import HouseRules

Rows = Callable[[str], list[tuple[object, ...]]]
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
ON_WEDNESDAY = Filters(WEDNESDAY, WEDNESDAY)
HEADER = "source_id,started_at,answered_at,ended_at,status,direction,agent\n"
ANSWERED = "1,2026-05-06T10:00:00+02:00,2026-05-06T10:00:20+02:00,2026-05-06T10:02:20+02:00,answered,,BO\n"
DIALLED = "2,2026-05-06T11:00:00+02:00,,,answered,outgoing,CAR\n"


def of_agents() -> dict[str, tuple[int, int, int]]:
    agents = calls_by_agent(EVERYTHING, ON_WEDNESDAY)
    return {row.agent: (row.received, row.answered, row.missed) for row in agents.itertuples()}


def test_a_partial_record_keeps_who_answered_and_which_way_it_went(agency: Load, rows_of: Rows) -> None:
    agency("calls", HEADER + ANSWERED + DIALLED)
    partial = "source_id,started_at,agent,customer_number\n"
    partial += "1,2026-05-06T10:00:00+02:00,BO,C-1\n2,2026-05-06T11:00:00+02:00,CAR,C-2\n"
    assert agency("calls", partial).loaded == 2
    assert of_agents() == {"BO": (1, 1, 0)}
    assert rows_of("SELECT direction FROM call ORDER BY source_id") == [("incoming",), ("outgoing",)]
    assert rows_of("SELECT talk_seconds FROM ring WHERE source_id = 'call:1'") == [(120,)]


def test_a_corrected_start_changes_every_length_that_follows_from_it(agency: Load, rows_of: Rows) -> None:
    agency("calls", HEADER + ANSWERED)
    agency("calls", "source_id,started_at,agent\n1,2026-05-06T10:00:10+02:00,BO\n")
    assert rows_of("SELECT answer_seconds FROM call") == [(10,)]
    assert rows_of("SELECT ring_seconds, talk_seconds FROM ring") == [(10, 120)]
    report = agency("calls", "source_id,started_at,agent\n1,2026-05-06T10:01:00+02:00,BO\n")
    assert [problem.reason for problem in report.rejects] == ["is before started_at"]  # it was answered before that


def test_a_ring_that_turns_out_to_be_another_calls_moves_there(agency: Load) -> None:
    calls = "source_id,started_at,ended_at\n"
    calls += (
        "1,2026-05-06T10:00:00+02:00,2026-05-06T10:01:00+02:00\n2,2026-05-06T10:00:00+02:00,2026-05-06T10:01:00+02:00\n"
    )
    ring = "source_id,call,agent,rang_at,ring_seconds,outcome\nr,{},BO,2026-05-06T10:00:00+02:00,20,answered\n"
    agency("calls", calls)
    agency("rings", ring.format(1))
    agency("rings", ring.format(2))
    totals = team_totals(EVERYTHING, ON_WEDNESDAY)
    assert (totals["answered"], totals["abandoned"]) == (1, 1)
    agency("rings", ring.format(9))  # a call that nobody has loaded
    assert team_totals(EVERYTHING, ON_WEDNESDAY)["answered"] == 0
    assert rings_without_use(EVERYTHING)[["waiting", "misplaced"]].to_numpy().tolist() == [[1, 0]]
    assert rings_without_use(Scope()).empty


def test_an_answer_counts_also_where_the_clocks_of_call_and_ring_disagree(agency: Load) -> None:
    agency("calls", "source_id,started_at,ended_at\n1,2026-05-06T10:00:00+02:00,2026-05-06T10:05:00+02:00\n")
    ring = "call,agent,rang_at,ring_seconds,talk_seconds,outcome\n"
    agency(
        "rings", ring + "1,BO,2026-05-06T09:00:00+02:00,5,200,answered\n1,CAR,2026-05-06T09:00:00+02:00,5,,no_answer\n"
    )
    assert of_agents() == {"BO": (1, 1, 0), "CAR": (0, 0, 0)}
    assert rings_without_use(EVERYTHING)[["waiting", "misplaced"]].to_numpy().tolist() == [[0, 1]]


def test_a_ring_of_unknown_length_lasts_until_the_call_is_answered_or_ends(agency: Load) -> None:
    agency("calls", "source_id,started_at,ended_at\n1,2026-05-06T10:00:00+02:00,2026-05-06T10:00:50+02:00\n")
    agency("rings", "call,agent,rang_at,outcome\n1,BO,2026-05-06T10:00:00+02:00,no_answer\n")
    assert of_agents() == {"BO": (1, 0, 1)}


def test_words_count_whatever_capitals_the_source_writes(agency: Load) -> None:
    agency("calls", HEADER + ANSWERED.replace(",answered,", ",ANSWERED,").replace("2026-05-06T10:00:20+02:00", ""))
    assert of_agents() == {"BO": (1, 1, 0)}


def test_somebody_named_who_took_an_overflowed_call_answered_it(agency: Load) -> None:
    agency("calls", HEADER + ANSWERED.replace(",answered,", ",overflow,"))
    assert team_totals(EVERYTHING, ON_WEDNESDAY)["answered"] == 1
    assert of_agents() == {"BO": (1, 1, 0)}


@pytest.mark.parametrize("aliases_first", [True, False])
def test_an_alias_finds_its_person_before_and_after_the_calls(aliases_first: bool, agency: Load, rows_of: Rows) -> None:
    mapping = 'kind = "calls"\nsource = "omstilling"\nunknown_agents = "create"\n[fields]\nsource_id = "source_id"\n'
    mapping += 'started_at = "started_at"\nstatus = "status"\nagent = "agent"\n'
    calls = "source_id,started_at,status,agent\n1,2026-05-06T10:00:00+02:00,answered,Bob B.\n"
    loads = [("aliases", "agent,source,source_agent\nBO,omstilling,Bob B.\n", None), ("calls", calls, mapping)]
    for kind, content, its_mapping in loads if aliases_first else reversed(loads):
        agency(kind, content, its_mapping)
    assert of_agents() == {"BO": (1, 1, 0)}
    assert rows_of("SELECT a.initials FROM ring r JOIN agent a ON a.id = r.agent_id") == [("BO",)]


def test_an_alias_names_people_by_their_initials_only(agency: Load, rows_of: Rows) -> None:
    agency("aliases", "agent,source,source_agent\nBO,relatel,CAR\n")
    agency("aliases", "agent,source,source_agent\nCAR,relatel,Employee#7\n")
    found = "SELECT a.initials FROM agent_alias s JOIN agent a ON a.id = s.agent_id WHERE s.source_agent = 'Employee#7'"
    assert rows_of(found) == [("CAR",)]


def test_the_second_row_of_a_team_adds_what_the_first_did_not_say(agency: Load, rows_of: Rows) -> None:
    content = "name,desk,queue\nWest,,q1\nWest,economy,q2\n"
    assert agency("teams", content).loaded == 2
    assert rows_of("SELECT desk FROM team WHERE name = 'West'") == [("economy",)]
    assert agency("teams", content).unchanged == 2


def test_a_lead_can_be_a_member_too(agency: Load, rows_of: Rows) -> None:
    content = "agent,team,first_day,leads\nBO,South,2026-01-01,\nBO,South,2026-01-01,yes\n"
    assert agency("memberships", content).loaded == 2
    counts = (
        "SELECT (SELECT count(*) FROM team_lead), (SELECT count(*) FROM team_member WHERE from_date = '2026-01-01')"
    )
    assert rows_of(counts) == [(2, 1)]


def test_a_record_without_an_id_is_known_again_whatever_stands_beside_it(agency: Load, rows_of: Rows) -> None:
    header = "agent,starts_at,ends_at\n"
    shift = "BO,2026-05-06T09:00:00+02:00,2026-05-06T17:00:00+02:00\n"
    agency("shifts", header + shift)
    agency("shifts", header + shift + "CAR,2026-05-06T09:00:00.5+02:00,2026-05-06T17:00:00+02:00\n")
    assert rows_of("SELECT count(*) FROM shift") == [(2,)]


def test_a_customer_set_aside_is_not_half_written(agency: Load, rows_of: Rows) -> None:
    header = "number,name,owner,owner_first_day,phones\n"
    agency("customers", header + "C-1,Ida,BO,2026-05-01,\n")
    report = agency("customers", header + "C-1,New,CAR,2026-04-01,20123456\n")
    assert (report.loaded, report.rejected) == (0, 1)
    assert rows_of("SELECT name FROM customer") == [("Ida",)]
    assert rows_of("SELECT count(*) FROM customer_phone") == [(0,)]


def test_a_row_set_aside_or_a_time_yet_to_come_makes_no_source_fresh(agency: Load) -> None:
    calls = "source_id,started_at,agent\n1,2026-05-06T10:00:00+02:00,BO\n2,2026-05-06T12:00:00+02:00,NOBODY\n"
    report = agency("calls", calls + "3,2062-03-01T10:00:00+01:00,BO\n")
    assert report.newest_record is not None
    assert report.newest_record.isoformat() == "2026-05-06T08:00:00+00:00"


@pytest.mark.parametrize(
    ("kind", "content", "rejected"),
    [
        ("calls", "source_id,started_at\n1,2026-05-06 10:00:00+02\n2,2026-05-06 10:00:00\n", 0),  # PostgreSQL's form
        ("calls", "source_id,started_at\n1,0001-01-01T00:00:00\n2,9999-12-31T23:59:59Z\n3,2026-05-06\n4,2026\n", 4),
        ("calls", "source_id,started_at,talk_seconds\n1,2026-05-06T10:00,1e30\n2,2026-05-06T10:00,-1\n", 2),
        ("calls", HEADER + ANSWERED.replace("10:02:20", "10:00:10"), 1),  # ended before it was answered
        ("rings", "call,rang_at,outcome\n1,2026-05-06T10:00,answered\n", 0),  # by nobody named
        ("memberships", "agent,team,first_day,last_day\nBO,South,2026-01-01,9999-12-31\n", 0),  # no end
        ("absences", "agent,kind,first_day,last_day\nBO,vacation,0001-01-01,0001-01-02\n", 1),
        (
            "absences",
            "agent,kind,first_day,last_day,from_time,to_time\nBO,errand,2026-05-06,2026-05-06,15:00,13:00\n",
            1,
        ),
        ("agents", "initials,last_day\nBO,2026-12-31\n", 0),
    ],
)
def test_a_strange_row_never_ends_a_load(kind: str, content: str, rejected: int, agency: Load) -> None:
    report = agency(kind, content)
    assert report.rejected == rejected
    assert report.rows_read == report.loaded + report.unchanged + report.rejected


def test_a_decimal_comma_makes_a_point_ambiguous(agency: Load) -> None:
    mapping = 'kind = "calls"\nsource = "x"\ndelimiter = ";"\ndecimal = ","\n[fields]\nsource_id = "source_id"\n'
    mapping += 'started_at = "started_at"\ntalk_seconds = "talk_seconds"\n'
    content = "source_id;started_at;talk_seconds\n1;2026-05-06T10:00;1.500\n2;2026-05-06T10:00;1,5\n"
    assert [problem.row for problem in agency("calls", content, mapping).rejects] == [2]


def test_a_shift_that_ends_in_the_skipped_hour_ends_when_the_clock_goes_on(agency: Load, rows_of: Rows) -> None:
    mapping = 'kind = "shifts"\nsource = "rota"\n[fields]\nagent = "agent"\n'
    mapping += 'starts_at = { columns = ["day", "from"], format = "%Y-%m-%d %H:%M" }\n'
    mapping += 'ends_at = { columns = ["day", "to"], format = "%Y-%m-%d %H:%M", rolls_past_midnight = true }\n'
    assert not agency("shifts", "agent,day,from,to\nBO,2026-03-28,22:00,02:30\n", mapping).rejects
    [(end,)] = rows_of("SELECT ends_at FROM shift")
    assert "01:00:00" in str(end)  # 03:00 summer time


def test_two_teams_of_one_agent_count_alike_in_whatever_order_they_were_loaded(agency: Load) -> None:
    agency("teams", "name\nZulu\nAlpha\n")
    agency("memberships", "agent,team,first_day\nDOR,Zulu,2026-01-01\nDOR,Alpha,2026-01-01\nCAR,Alpha,2026-01-01\n")
    agency("shifts", "agent,starts_at,ends_at\nDOR,2026-05-05T09:00:00+02:00,2026-05-05T17:00:00+02:00\n")
    agency("calls", "source_id,started_at,ended_at\n1,2026-05-06T10:00:00+02:00,2026-05-06T10:01:00+02:00\n")
    agency("rings", "call,agent,rang_at,ring_seconds,outcome\n1,DOR,2026-05-06T10:00:00+02:00,30,no_answer\n")
    agents = calls_by_agent(EVERYTHING, ON_WEDNESDAY).set_index("agent")
    assert agents.loc["DOR", "faults"] == 1  # Alpha, the first by name, has a rota


def test_another_zone_gives_every_record_the_local_date_of_a_fresh_load(
    agency: Load, house_rules: HouseRules, tmp_path: Path, rows_of: Rows
) -> None:
    agency("calls", "source_id,started_at\n1,2026-03-02T23:30:00Z\n")
    agency("shifts", "agent,starts_at,ends_at\nBO,2026-03-02T23:30:00Z,2026-03-03T06:00:00Z\n")
    agency("absences", "agent,kind,first_day,last_day\nBO,vacation,2026-03-02,2026-03-02\n")
    local = "SELECT local_date, half_hour FROM call"
    assert [(str(day), half_hour) for day, half_hour in rows_of(local)] == [("2026-03-03", 1)]
    greenwich = HouseRules.model_validate(house_rules.model_dump(by_alias=True) | {"zone": "UTC"})
    rebuild(greenwich)
    assert [(str(day), half_hour) for day, half_hour in rows_of(local)] == [("2026-03-02", 47)]
    assert [str(day) for (day,) in rows_of("SELECT local_date FROM shift")] == ["2026-03-02"]
    [(start,)] = rows_of("SELECT starts_at FROM absence")
    assert "2026-03-02 00:00:00" in str(start)
    assert Load(tmp_path, greenwich)("calls", "source_id,started_at\n1,2026-03-02T23:30:00Z\n").unchanged == 1
    assert team_totals(EVERYTHING, Filters(date(2026, 3, 2), date(2026, 3, 2)))["outside"] == 1

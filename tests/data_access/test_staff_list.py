"""One list of staff as an office keeps it: who they are, in which team, who leads it; and calls that name them so."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from support.databases import Load

from data_access.sources.guessing import guess

Rows = Callable[[str], list[tuple[object, ...]]]
LIST = """initials,name,team,leads,first_day,last_day
AH,Anne Holm,Nord,yes,2019-02-01,
BF,Bo Friis,Nord,no,2021-08-01,
CL,Camilla Lund,Nord,,,
DK,Ditte Krag,Syd,yes,2018-01-01,
ES,Emil Skov,Syd,,2025-09-01,2026-04-30
"""
TODAY = date(2026, 5, 7)
CALLS = """kind = "calls"
source = "phones"
{policy}
[fields]
source_id = "id"
started_at = "at"
status = "status"
agent = "who"
"""


def spans(rows: Rows, table: str) -> list[str]:
    """Who is in, or leads, which team, and from when to when."""
    query = (
        f"SELECT initials, team.name, from_date, to_date FROM {table} JOIN team ON team.id = team_id "
        "JOIN agent ON agent.id = agent_id ORDER BY initials, from_date, team.name"
    )
    return [" ".join("…" if part is None else str(part) for part in row) for row in rows(query)]


def test_a_list_of_staff_makes_teams_members_and_leads_and_loading_it_again_changes_nothing(
    load: Load, rows_of: Rows
) -> None:
    assert load("agents", LIST).loaded == 5
    members = [
        "AH Nord 2019-02-01 …",  # who leads a team takes its calls too
        "BF Nord 2021-08-01 …",
        "CL Nord 1900-01-01 …",  # since nobody knows when
        "DK Syd 2018-01-01 …",
        "ES Syd 2025-09-01 2026-05-01",  # has left: the day after their last
    ]
    assert spans(rows_of, "team_member") == members
    assert spans(rows_of, "team_lead") == ["AH Nord 2019-02-01 …", "DK Syd 2018-01-01 …"]
    assert dict(rows_of("SELECT name, desk FROM team")) == {"Nord": "agents", "Syd": "agents"}
    assert dict(rows_of("SELECT initials, role FROM agent WHERE role <> 'agent'")) == {
        "AH": "team_lead",
        "DK": "team_lead",
    }
    again = load("agents", LIST)
    assert (again.loaded, again.unchanged) == (0, 5)
    assert spans(rows_of, "team_member") == members


def test_who_stands_in_another_team_moves_today_and_may_come_back_the_same_day(load: Load, rows_of: Rows) -> None:
    load("agents", LIST)
    moved = "initials,team,leads\nBF,Syd,\nAH,Nord,no\n"
    for _again in range(2):
        load("agents", moved)
        nord = [span for span in spans(rows_of, "team_member") if span[:2] == "BF"]
        assert nord == [f"BF Nord 2021-08-01 {TODAY}", f"BF Syd {TODAY} …"]
        assert spans(rows_of, "team_lead")[0] == f"AH Nord 2019-02-01 {TODAY}"
    load("agents", "initials,team\nBF,Nord\n")
    load("agents", moved)
    load("agents", "initials,team\nBF,Nord\n")
    assert [span for span in spans(rows_of, "team_member") if span[:2] == "BF"] == [
        f"BF Nord 2021-08-01 {TODAY}",
        f"BF Nord {TODAY} …",
    ]


def test_a_list_without_teams_moves_nobody_and_a_role_that_is_known_stays(load: Load, rows_of: Rows) -> None:
    load("agents", LIST + "QM,Quinn,,,2019-01-01,\n")
    load("agents", "initials,role\nQM,admin\n")
    before = spans(rows_of, "team_member")
    load("agents", "initials,name,leads\nBF,Bo F. Friis,\nQM,Quinn,yes\n")
    assert spans(rows_of, "team_member") == before
    assert rows_of("SELECT role FROM agent WHERE initials = 'QM'") == [("admin",)]


def test_who_left_and_came_back_to_another_team_was_in_each_for_their_time(load: Load, rows_of: Rows) -> None:
    twice = "initials,team,first_day,last_day\nAH,Nord,2019-02-01,2020-01-31\nAH,Syd,2021-03-01,\n"
    for _again in range(2):
        load("agents", twice)
        assert spans(rows_of, "team_member") == ["AH Nord 2019-02-01 2020-02-01", "AH Syd 2021-03-01 …"]


def test_calls_name_people_as_the_list_does(load: Load, rows_of: Rows) -> None:
    twins = "T1,Kim Bo,Nord,,,\nT2,Kim Bo,Nord,,,\n"
    load("agents", LIST + twins)
    calls = (
        "id,at,status,who\n1,2026-05-06T10:00:00+02:00,answered,Camilla Lund\n2,2026-05-06T11:00:00+02:00,answered,BF\n"
    )
    report = load("calls", calls + "3,2026-05-06T12:00:00+02:00,answered,Kim Bo\n", CALLS.format(policy=""))
    answered = "SELECT initials FROM ring JOIN agent ON agent.id = agent_id ORDER BY ring.source_id"
    assert rows_of(answered) == [("CL",), ("BF",)]
    assert [(problem.row, problem.column) for problem in report.rejects] == [(4, "agent")]  # which of the two


def test_who_was_created_by_a_name_keeps_their_calls_when_the_list_comes(load: Load, rows_of: Rows) -> None:
    calls = "id,at,status,who\n1,2026-05-06T10:00:00+02:00,answered,Camilla Lund\n"
    calls += "2,2026-05-06T11:00:00+02:00,answered,Zoe\n"
    load("calls", calls, CALLS.format(policy='unknown_agents = "create"'))
    load("agents", LIST)
    assert rows_of("SELECT count(*) FROM agent") == [(6,)]  # the five of the list, and Zoe
    load("calls", calls.replace("2026-05-06T11", "2026-05-06T12"), CALLS.format(policy=""))
    answered = "SELECT initials FROM ring JOIN agent ON agent.id = agent_id ORDER BY ring.source_id"
    assert rows_of(answered) == [("CL",), ("Zoe",)]


def test_the_list_as_an_office_keeps_it_is_guessed_whole(tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(
        "Initialer;Navn;Team;Leder;Ansat\nAH;Anne Holm;Nord;ja;01-02-2019\nBF;Bo Friis;Nord;nej;15-08-2021\n"
    )
    draft = guess("agents", file)
    assert {name: of.columns for name, of in draft.fields.items()} == {
        "initials": ("Initialer",),
        "name": ("Navn",),
        "team": ("Team",),
        "leads": ("Leder",),
        "first_day": ("Ansat",),
    }
    assert not any(of.doubt for of in draft.fields.values())

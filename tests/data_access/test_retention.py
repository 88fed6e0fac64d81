"""What names a customer goes after its time; rows, counts and verdicts stay, and nothing brings it back."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, text
from support.databases import NOW, Load, begins_with
from support.templates import AGENCY

from data_access.changes.retention import retain
from data_access.database.schema import customer, survey_invitation, survey_response, voicemail
from data_access.database.writing import writing
from data_access.loading.load import rebuild
from data_access.questions.callbacks import CallbackFilters, callback_totals
from data_access.questions.calls import Filters, calls_by_agent, team_totals
from data_access.questions.worklist import worklist
from data_access.scope import Scope
from metrics.house_rules import HouseRules

Rows = Callable[[str], list[tuple[object, ...]]]
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
# 24 months before Thursday 7 May 2026.
LAST_BLANKED, FIRST_KEPT = "2024-05-06", "2024-05-07"
CALLS = f"""source_id,started_at,answered_at,ended_at,direction,status,queue,agent,remote_number,customer_number
1,{LAST_BLANKED}T10:00:00+02:00,,{LAST_BLANKED}T10:05:00+02:00,incoming,answered,Reception,BO,20111111,C-1
2,{FIRST_KEPT}T10:00:00+02:00,,{FIRST_KEPT}T10:05:00+02:00,incoming,answered,Reception,BO,20111111,C-1
3,{LAST_BLANKED}T11:00:00+02:00,,{LAST_BLANKED}T11:05:00+02:00,outgoing,answered,,BO,20222222,C-2
4,{LAST_BLANKED}T12:00:00+02:00,,{LAST_BLANKED}T12:05:00+02:00,incoming,answered,Reception,BO,20333333,C-3
"""
# C-1 called in and was helped; C-3 has waited for two years and the call of that day was no answer to him.
CALLBACKS = """source_id,customer_number,created_at,created_by,sent_at,sent_to,topic,reason,phones
B1,C-1,2024-05-06T09:00:00+02:00,BIR,2024-05-06T09:00:00+02:00,BO,general,New car,20111111
B2,C-3,2024-05-06T09:00:00+02:00,BIR,2024-05-06T09:00:00+02:00,BO,general,Old car,20333333
B3,C-3,2024-05-06T12:02:00+02:00,BO,2024-05-06T12:02:00+02:00,BO,general,Again,20333333
"""
NOTES = f"""source_id,customer_number,agent,at,kind,text
N1,C-1,BO,{LAST_BLANKED}T10:06:00+02:00,conversation,Private
N2,C-1,BO,{FIRST_KEPT}T10:06:00+02:00,conversation,Private
"""
WHILE = CallbackFilters(date(2024, 5, 1), date(2024, 5, 31))


@begins_with(AGENCY)
def old_data(load: Load) -> None:
    load.all_of(
        ("customers", "number,owner\nC-1,BO\nC-2,BO\nC-3,BO\n"),
        ("calls", CALLS),
        ("callbacks", CALLBACKS),
        ("notes", NOTES),
    )
    write_surveys()
    write_voicemails()


def write_voicemails() -> None:
    """Messages of the last day that is blanked and of the first that is kept."""
    with writing() as connection:
        for number, text_of_day in ((1, LAST_BLANKED), (2, FIRST_KEPT)):
            day = date.fromisoformat(text_of_day)
            at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            said = {"left_at": at, "local_date": day, "heard": True, "remote_number": "4520111111"}
            connection.execute(insert(voicemail).values(source="relatel", source_id=str(number), **said))


def write_surveys() -> None:
    """Answers of the day before, and of the day, on which three months are over."""
    with writing() as connection:
        for number, day in ((1, date(2026, 2, 6)), (2, date(2026, 2, 7))):
            when = {"local_date": day, "source": "survey", "source_id": str(number)}
            at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            asked = {"customer_id": 1, "agent_id": 2, "sent_at": at}
            connection.execute(insert(survey_invitation).values(**when, **asked))
            said = {"scale": "1-10", "score": 9, "competence": 8, "comment": "Kim was kind", "invitation_id": number}
            answered = {"customer_id": 1, "agent_id": 2, "call_id": 1, "answered_at": at}
            connection.execute(insert(survey_response).values(**when, **said, **answered))


def figures(rules: HouseRules) -> list[object]:
    """Every figure of calls and callbacks over the whole time."""
    period = Filters(date(2024, 1, 1), date(2026, 12, 31))
    rows = calls_by_agent(EVERYTHING, period).to_dict("records")
    return [team_totals(EVERYTHING, period), str(rows), callback_totals(EVERYTHING, WHILE, rules, NOW)]


CALL_NAMES = "SELECT source_id, remote_number, customer_number FROM call ORDER BY source_id"
KEPT = [("1", None, None), ("2", "4520111111", "C-1"), ("3", None, None), ("4", "4520333333", "C-3")]


@pytest.mark.usefixtures("old_data")
def test_what_is_due_is_blanked_and_every_figure_stays(rows_of: Rows, house_rules: HouseRules) -> None:
    before = figures(house_rules)
    counts = retain(house_rules, NOW)
    assert counts == {
        "survey_response": 1,
        "survey_invitation": 1,
        "call": 2,
        "note": 1,
        "concern": 0,
        "voicemail": 1,
        "import_reject": 0,
    }
    # The call of who still waits keeps its number, and so does the first day that is kept.
    assert rows_of(CALL_NAMES) == KEPT
    assert rows_of("SELECT source_id, text FROM note ORDER BY 1") == [("N1", None), ("N2", "Private")]
    assert rows_of(
        "SELECT source_id, customer_id, call_id, invitation_id, comment, score, competence, agent_id"
        " FROM survey_response ORDER BY 1"
    ) == [("1", None, None, None, None, 9, 8, 2), ("2", 1, 1, 2, "Kim was kind", 9, 8, 2)]
    assert rows_of("SELECT source_id, customer_id, agent_id FROM survey_invitation ORDER BY 1") == [
        ("1", None, 2),
        ("2", 1, 2),
    ]
    assert rows_of("SELECT source_id, remote_number FROM voicemail ORDER BY 1") == [("1", None), ("2", "4520111111")]
    assert figures(house_rules) == before
    assert rows_of("SELECT action, subject, details FROM audit_log") == [
        (
            "retain",
            "database",
            "survey_response=1 survey_invitation=1 call=2 note=1 concern=0 voicemail=1 import_reject=0",
        )
    ]
    assert set(retain(house_rules, NOW).values()) == {0}  # nothing is left to blank


def test_why_rows_were_set_aside_goes_after_its_time_too(agency: Load, rows_of: Rows, house_rules: HouseRules) -> None:
    agency("calls", "source_id,started_at\n1,Kim Kunde\n")
    quoting = "SELECT count(*) FROM import_reject WHERE reason LIKE '%Kim Kunde%'"
    assert rows_of(quoting) == [(1,)]
    assert retain(house_rules, NOW)["import_reject"] == 0  # loaded today
    later = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)  # 24 months after the load, and some days
    assert retain(house_rules, later, dry_run=True)["import_reject"] == 1
    assert rows_of(quoting) == [(1,)]
    assert retain(house_rules, later)["import_reject"] == 1
    assert rows_of("SELECT reason FROM import_reject") == [("no longer kept",)]
    assert retain(house_rules, later)["import_reject"] == 0


@pytest.mark.usefixtures("old_data")
def test_a_dry_run_counts_and_changes_nothing(rows_of: Rows, house_rules: HouseRules) -> None:
    before = rows_of("SELECT * FROM call"), rows_of("SELECT * FROM note"), rows_of("SELECT * FROM survey_response")
    state = rows_of("SELECT data_version, blanked_before FROM database_info")
    assert retain(house_rules, NOW, dry_run=True)["call"] == 2
    assert (
        rows_of("SELECT * FROM call"),
        rows_of("SELECT * FROM note"),
        rows_of("SELECT * FROM survey_response"),
    ) == before
    assert rows_of("SELECT data_version, blanked_before FROM database_info") == state
    assert rows_of("SELECT count(*) FROM audit_log") == [(0,)]


def test_neither_an_old_file_nor_a_rebuild_brings_it_back_or_changes_a_verdict(
    old_data: Load, rows_of: Rows, house_rules: HouseRules
) -> None:
    before, verdicts = figures(house_rules), rows_of("SELECT * FROM callback_verdict ORDER BY callback_id")
    assert [row[0] for row in rows_of("SELECT how FROM callback_verdict WHERE callback_id = 1")] == ["called_in"]
    retain(house_rules, NOW)
    report = old_data("calls", CALLS)
    assert (report.loaded, report.unchanged) == (0, 4)
    assert rows_of(CALL_NAMES) == KEPT
    rebuild(house_rules)
    assert rows_of("SELECT * FROM callback_verdict ORDER BY callback_id") == verdicts
    assert figures(house_rules) == before
    # A new request of the same customer opens a matter of its own and leaves the old one alone.
    old_data(
        "callbacks", "source_id,customer_number,created_at,sent_to,topic\nB9,C-1,2026-05-06T10:00:00+02:00,BO,general\n"
    )
    assert rows_of("SELECT first_id FROM callback_verdict WHERE callback_id = 4") == [(4,)]
    assert rows_of("SELECT * FROM callback_verdict WHERE callback_id = 1") == verdicts[:1]
    assert worklist(EVERYTHING, WHILE, house_rules, NOW)["customer"].tolist() == ["C-3", "C-1"]


def test_the_customer_without_a_call_is_nobodys_problem(load: Load, rows_of: Rows, house_rules: HouseRules) -> None:
    load("agents", "initials\nBO\n")
    with writing() as connection:
        connection.execute(insert(customer).values(number="C-1"))
    assert set(retain(house_rules, NOW).values()) == {0}
    assert rows_of("SELECT number FROM customer") == [("C-1",)]
    with writing() as connection:
        connection.execute(text("SELECT 1"))

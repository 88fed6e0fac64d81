"""Questions about contact attempts and notes on both databases: from files, judged by A1, A2 and C2, cut to a scope."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sqlalchemy import select, text
from support.cast import BIRGIT, BOB, at
from support.combinations import all_pairs
from support.databases import Load, begins_with
from support.places import ROOT
from support.simulated_year import SimulatedYear
from support.templates import AGENCY, END_OF_MONTH

from data_access.database.engine import current_engine, reading
from data_access.database.frames import frame
from data_access.database.schema import attempt_day, callback_verdict, customer
from data_access.demo import truths as planted
from data_access.matters.attempt_days import AttemptDays
from data_access.matters.directory import read_directory
from data_access.matters.matter import matters_of
from data_access.matters.verdicts import ended_at
from data_access.questions.attempts import Attempts, attempts_of
from data_access.questions.callback_history import history_of
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.notes import conversation_rows, note_discipline, note_rows, note_totals, reconcile
from data_access.questions.overview import today_lines
from data_access.scope import Scope
from metrics.calendar import local_day, local_to_utc
from metrics.callbacks import judge
from metrics.figures import ATTEMPT_FIGURES
from metrics.house_rules import HouseRules
from metrics.proportions import honest_rate

RowsOf = Callable[[str], list[tuple[object, ...]]]
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
THURSDAY, FRIDAY = date(2026, 5, 7), date(2026, 5, 8)
WEEK = CallbackFilters(date(2026, 5, 4), date(2026, 5, 10))
DOCUMENT = ROOT / "docs" / "demo.md"
CUSTOMERS = """number,name,phones,owner
C-1,Kim Kunde,20111111,BO
C-2,Lis Lund,20222222,BIR
C-3,Mads Munk,,BO
C-4,Nina Nord,20444444,BO
C-5,Ole Nord,20444444,BO
"""
MESSAGES = """source_id,customer_number,created_at,sent_to,phones
B1,C-1,2026-05-06T10:00:00+02:00,BO,
B2,C-2,2026-05-06T10:00:00+02:00,BIR,
"""
TRIES = """source_id,callback,agent,at,channel,reached
F1,B1,BO,2026-05-06T11:00:00+02:00,call,no
F2,B1,BO,2026-05-06T14:00:00+02:00,call,no
F3,B1,BO,2026-05-06T14:05:00+02:00,sms,no
F4,B2,BIR,2026-05-06T11:00:00+02:00,call,no
"""


@begins_with(AGENCY)
def office(load: Load) -> None:
    """The agency with its customers; Bob and Birgit are buddies, and Birgit has been hired two months ago."""
    newcomer = "initials,name,role,first_day\nBIR,Birgit Bach,agent,2026-03-06\n"
    with current_engine().begin() as connection:
        connection.execute(
            text("DELETE FROM employment WHERE agent_id = (SELECT id FROM agent WHERE initials = 'BIR')")
        )
    load.all_of(("agents", newcomer), ("customers", CUSTOMERS), ("buddies", "agent,buddy\nBO,BIR\n"))


def tried(scope: Scope, rules: HouseRules, now: datetime, filters: CallbackFilters = WEEK) -> Attempts:
    return attempts_of(scope, filters, rules, now)


def test_from_files_to_days_steps_and_what_is_missing_today(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", MESSAGES)
    office("attempts", TRIES)
    now = at("15:00", THURSDAY)
    found = tried(EVERYTHING, house_rules, now)
    rows = found.histories.set_index("customer")
    # Birgit is new: what she lacks today comes first. Bob has a system of his own.
    assert found.histories["customer"].tolist() == ["C-2", "C-1"]
    assert (rows.loc["C-2", "pattern"], rows.loc["C-1", "pattern"]) == ("new", "")
    assert rows.loc["C-2", "missing_today"] == "first_call second_call message"
    # The cells are the five working days up to Thursday: Wednesday is the fourth.
    assert rows.loc["C-1", "day_4"] == "done done done done"
    assert rows.loc["C-2", "day_4"] == "done missing missing done judged"
    assert (rows.loc["C-1", "days_due"], rows.loc["C-1", "days_kept"]) == (1, 1)
    assert rows["next_day"].tolist() == [FRIDAY, FRIDAY]
    # Only customer-days of somebody who must follow the pattern count.
    assert found.totals(WEEK) == {
        "days_due": 1,
        "days_kept": 0,
        "steps_missing_today": 1,
        "not_reached_for_long": 0,
    }
    (agent,) = found.agents.itertuples()
    assert (agent.agent, agent.pattern, agent.hired_on, agent.days_due) == (BIRGIT, "new", date(2026, 3, 6), 1)


def test_today_shows_what_is_missing_from_a_given_hour_on(office: Load, house_rules: HouseRules) -> None:
    # Asked to be called on Thursday afternoon; tried once in the morning.
    office("callbacks", "source_id,customer_number,created_at,sent_to\nB2,C-2,2026-05-07T08:00:00+02:00,BIR\n")
    office("attempts", "source_id,callback,agent,at,channel,reached\nF4,B2,BIR,2026-05-07T09:00:00+02:00,call,no\n")

    def steps(clock: str) -> list[str]:
        lines = today_lines(EVERYTHING, house_rules, at(clock, THURSDAY)).lines
        return lines.loc[lines["what"] == "steps_missing", "steps"].tolist()

    assert steps("13:59") == []
    assert steps("14:00") == ["second_call message"]  # steps_missing_from


def test_who_was_not_reached_for_many_working_days_stands_on_today(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", MESSAGES)
    for day, what in ((date(2026, 5, 11), "overdue"), (date(2026, 5, 12), "not_reached")):  # the fourth working day
        lines = today_lines(EVERYTHING, house_rules, at("09:00", day)).lines
        assert lines["what"].tolist()[:2] == [what, what]


def test_while_the_agent_is_away_the_day_is_the_buddys(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", MESSAGES)
    office("attempts", TRIES)
    office("absences", "source_id,agent,kind,first_day,last_day\nA1,BO,vacation,2026-05-06,2026-05-06\n")
    days = tried(EVERYTHING, house_rules, at("15:00", THURSDAY)).days.set_index(["customer", "local_date"])
    wednesday, thursday = days.loc[("C-1", date(2026, 5, 6))], days.loc[("C-1", THURSDAY)]
    assert (wednesday["agent"], wednesday["pattern"]) == (BIRGIT, "new")  # so it is judged by her rule
    assert (thursday["agent"], thursday["pattern"]) == (BOB, "")


def test_a_dialled_call_that_nobody_noted_is_an_attempt_and_is_marked(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", MESSAGES)
    office(
        "calls",
        "source_id,started_at,ended_at,direction,status,agent,remote_number\n"
        "K1,2026-05-06T11:00:00+02:00,,outgoing,unanswered,BIR,20222222\n"
        "K2,2026-05-06T13:00:00+02:00,,outgoing,answered,BIR,20222222\n",  # perhaps his voicemail
    )
    office("attempts", TRIES.splitlines(keepends=True)[0] + TRIES.splitlines(keepends=True)[4])
    row = tried(EVERYTHING, house_rules, at("15:00")).histories.set_index("customer").loc["C-2"]
    assert (row["attempts"], row["missing_today"]) == (2, "message noted")
    history = history_of(EVERYTHING, int(row["callback_id"]), house_rules, at("15:00"))
    assert history is not None
    calls = history.events[history.events["event"] == "call"]
    assert calls["text"].fillna("").tolist() == ["", "derived"]


def test_everybody_sees_what_is_his_and_who_must_follow_the_pattern_is_counted_over_all(
    office: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    office("callbacks", MESSAGES)
    office("attempts", TRIES)
    ids = {str(name): int(str(key)) for key, name in rows_of("SELECT id, initials FROM agent")}
    north, south = (
        int(str(rows_of(f"SELECT id FROM team WHERE name = '{name}'")[0][0])) for name in ("North", "South")
    )
    now = at("15:00", THURSDAY)

    def seen(scope: Scope) -> tuple[list[str], list[str]]:
        found = tried(scope, house_rules, now)
        assert set(found.days["customer"]) <= set(found.histories["customer"])
        return sorted(found.histories["customer"]), found.agents["agent"].tolist()

    assert seen(EVERYTHING) == (["C-1", "C-2"], [BIRGIT])
    assert seen(Scope(team_ids=(north,), may_see_customers=True)) == (["C-1", "C-2"], [BIRGIT])
    assert seen(Scope(team_ids=(south,), may_see_customers=True)) == ([], [])
    assert seen(Scope(agent_ids=(ids[BOB],), may_see_customers=True)) == (["C-1"], [])
    assert seen(Scope()) == ([], [])
    blind = tried(Scope(sees_everything=True), house_rules, now)
    assert blind.histories["customer"].isna().all()
    assert blind.days["customer"].isna().all()


def test_reminders_are_counted_over_the_agency_in_a_window_of_ninety_days(
    office: Load, house_rules: HouseRules
) -> None:
    header = "source_id,customer_number,created_at,sent_to,reminder_of,done_at\n"
    # 24 requests to Carl without a reminder, 3 to Bob with one each: 3 of 3 against 3 of 27.
    rows = [
        f"X{place},N-{place},2026-04-0{1 + place % 9}T10:00:00+02:00,CAR,,2026-04-20T10:00:00+02:00"
        for place in range(24)
    ]
    rows += [
        f"{key}{place},M-{place},2026-02-0{day}T10:00:00+01:00,BO,{of and of + str(place)},2026-02-07T10:00:00+01:00"
        for place in range(3)
        for key, day, of in (("Y", 5, ""), ("R", 6, "Y"))
    ]
    assert not office("callbacks", header + "\n".join(rows) + "\n").rejects

    def under_the_pattern(now: datetime) -> list[tuple[str, str]]:
        agents = tried(EVERYTHING, house_rules, now).agents
        return list(zip(agents["agent"], agents["pattern"], strict=True))

    assert under_the_pattern(at("12:00")) == [(BIRGIT, "new"), (BOB, "draws_reminders")]  # 6 February is day 90
    assert under_the_pattern(at("12:00", THURSDAY)) == [(BIRGIT, "new")]  # and now it is past


CALLS = """source_id,started_at,answered_at,ended_at,direction,status,agent,remote_number,customer_number
I1,2026-05-06T09:00:00+02:00,2026-05-06T09:00:05+02:00,2026-05-06T09:05:00+02:00,incoming,answered,BO,20111111,
I2,2026-05-06T09:30:00+02:00,2026-05-06T09:30:05+02:00,2026-05-06T09:35:00+02:00,incoming,answered,BO,20222222,
I3,2026-05-06T09:40:00+02:00,2026-05-06T09:40:05+02:00,2026-05-06T09:45:00+02:00,incoming,answered,BO,20999999,
I4,2026-05-07T09:00:00+02:00,2026-05-07T09:00:05+02:00,2026-05-07T09:05:00+02:00,incoming,answered,BO,20111111,
O1,2026-05-06T10:00:00+02:00,,2026-05-06T10:00:30+02:00,outgoing,unanswered,BO,20111111,
O2,2026-05-06T11:00:00+02:00,,2026-05-06T11:00:30+02:00,outgoing,unanswered,BO,20222222,
O3,2026-05-06T12:00:00+02:00,,2026-05-06T12:00:30+02:00,outgoing,unanswered,BO,20444444,
O4,2026-05-06T13:00:00+02:00,,2026-05-06T13:00:30+02:00,outgoing,unanswered,BO,20999999,
O5,2026-05-06T14:00:00+02:00,,2026-05-06T14:00:30+02:00,outgoing,unanswered,BO,20111111,
"""
NOTES = """source_id,customer_number,agent,at,kind
N1,C-1,BO,2026-05-06T09:06:00+02:00,conversation
N2,C-2,BIR,2026-05-06T09:36:00+02:00,conversation
N3,C-1,BO,2026-05-06T14:30:00+02:00,other
N4,C-4,BO,2026-05-07T17:00:00+02:00,other
"""
NOTED = """source_id,customer_number,agent,at,channel,reached
F1,C-1,BO,2026-05-06T10:05:00+02:00,call,no
F2,C-4,BO,2026-05-06T12:01:00+02:00,call,no
F3,C-3,BO,2026-05-06T12:30:00+02:00,call,no
F4,C-2,BIR,2026-05-06T15:00:00+02:00,call,no
F5,C-2,BIR,2026-05-06T15:01:00+02:00,sms,no
F6,C-2,BIR,2026-05-02T15:00:00+02:00,call,no
"""


def conversations(filters: CallbackFilters, counted: str = "conversations") -> pd.DataFrame:
    with reading() as connection:
        return conversation_rows(connection, EVERYTHING, filters, filters.to_date, counted)


def states_of(rows: pd.DataFrame, column: str) -> list[object]:
    return rows.sort_values("at")[column].tolist()


def test_the_phone_log_is_held_against_the_notes(office: Load, house_rules: HouseRules) -> None:
    for kind, content in (("calls", CALLS), ("notes", NOTES), ("attempts", NOTED)):
        assert not office(kind, content).rejects
    filters = CallbackFilters(date(2026, 5, 1), date(2026, 5, 7))
    found = reconcile(EVERYTHING, filters, house_rules, THURSDAY)
    # I1 has Bob's note; I2 only Birgit's; I3 is nobody we know; I4 is of today, which is not over.
    until_yesterday = CallbackFilters(date(2026, 5, 1), date(2026, 5, 6))
    assert states_of(conversations(until_yesterday), "is_noted") == [True, False]
    # O1 has the attempt of 10:05, O2 nothing, O5 the note of 14:30. O3's number is two customers', so nobody's; O4 is
    # nobody's either.
    assert states_of(found.dialled, "is_noted") == [True, False, True]
    # 2 May: no outgoing call at all is in the log. C-3 has no number. F4 was not dialled. A shared number answers (F2).
    assert states_of(found.attempts, "state") == [
        "cannot_be_checked",
        "in_the_log",
        "in_the_log",
        "cannot_be_checked",
        "not_in_the_log",
    ]
    discipline = note_discipline(EVERYTHING, filters, house_rules, THURSDAY).set_index("agent")
    assert discipline.loc[BOB, ["conversations", "conversations_noted", "dialled", "dialled_noted"]].tolist() == [
        2,
        1,
        3,
        2,
    ]
    assert discipline.loc[BIRGIT, ["attempts", "attempts_without_call", "attempts_unverifiable"]].tolist() == [2, 1, 1]


def test_without_notes_or_calls_nobody_is_blamed(office: Load, house_rules: HouseRules) -> None:
    assert note_discipline(EVERYTHING, WEEK, house_rules, THURSDAY).empty
    office("calls", CALLS)
    assert note_discipline(EVERYTHING, WEEK, house_rules, THURSDAY).empty  # no notes are loaded
    # Notes until noon: what happened later nobody can tell.
    office("notes", NOTES.splitlines(keepends=True)[0] + NOTES.splitlines(keepends=True)[1])
    assert states_of(conversations(WEEK), "is_noted") == [True]
    office("attempts", NOTED)
    late = CallbackFilters(date(2026, 5, 6), date(2026, 5, 6))
    later = "F9,C-1,BO,2026-05-07T23:00:00+02:00,call,no\n"
    office("attempts", NOTED.splitlines(keepends=True)[0] + later)
    found = reconcile(EVERYTHING, WEEK, house_rules, FRIDAY)
    assert states_of(found.attempts, "state")[-1] == "cannot_be_checked"  # after the newest call of the log
    assert len(reconcile(EVERYTHING, late, house_rules, THURSDAY).attempts) == 4


def test_a_note_of_an_attempt_is_a_noted_attempt_where_the_crm_gives_none(
    office: Load, house_rules: HouseRules
) -> None:
    office("calls", CALLS)
    notes = "source_id,customer_number,agent,at,kind\n"
    notes += "N1,C-2,BO,2026-05-06T11:02:00+02:00,attempt\nN2,C-1,BIR,2026-05-06T16:00:00+02:00,attempt\n"
    office("notes", notes + "N9,C-1,BIR,2026-05-07T16:00:00+02:00,other\n")
    found = reconcile(EVERYTHING, WEEK, house_rules, THURSDAY)
    assert states_of(found.attempts, "state") == ["in_the_log", "not_in_the_log"]
    # Given as an attempt too, it is not counted twice; an SMS of the same day is another thing.
    office("attempts", "source_id,customer_number,agent,at,channel\nS1,C-1,BIR,2026-05-06T17:00:00+02:00,sms\n")
    office(
        "attempts", "source_id,customer_number,agent,at,channel,reached\nF1,C-2,BO,2026-05-06T11:00:00+02:00,call,no\n"
    )
    assert len(reconcile(EVERYTHING, WEEK, house_rules, THURSDAY).attempts) == 2


def test_which_call_answers_does_not_depend_on_the_period_the_scope_or_the_order_of_loads(
    office: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    # Birgit noted what was dialled from Bob's phone, a minute before midnight and a minute after.
    office(
        "calls",
        "source_id,started_at,ended_at,direction,status,agent,remote_number\n"
        "O2,2026-05-06T00:01:00+02:00,,outgoing,unanswered,BO,20222222\n"
        "O1,2026-05-05T23:59:00+02:00,,outgoing,unanswered,BO,20222222\n"
        "O3,2026-05-06T18:00:00+02:00,,outgoing,unanswered,BO,20999999\n",
    )
    office("notes", NOTES)
    office(
        "attempts",
        "source_id,customer_number,agent,at,channel,reached\n"
        "F2,C-2,BIR,2026-05-06T00:02:00+02:00,call,no\nF1,C-2,BIR,2026-05-05T23:58:00+02:00,call,no\n",
    )
    birgit = Scope(agent_ids=(int(str(rows_of("SELECT id FROM agent WHERE initials = 'BIR'")[0][0])),))
    for scope in (EVERYTHING, birgit):
        for first, last, count in ((5, 6, 2), (5, 5, 1), (6, 6, 1)):
            filters = CallbackFilters(date(2026, 5, first), date(2026, 5, last))
            found = reconcile(scope, filters, house_rules, THURSDAY)
            assert found.attempts["state"].tolist() == ["in_the_log"] * count
    assert reconcile(birgit, WEEK, house_rules, THURSDAY).dialled.empty  # they are Bob's calls


HANDED = """source_id,customer_number,created_at,sent_to,handed_to,handed_at
B1,C-2,2026-05-04T08:00:00+02:00,BIR,CAR,2026-05-07T08:00:00+02:00
"""


def test_days_stay_with_whom_had_them_and_are_nobody_elses_business(
    office: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    # Birgit, who is new, had it from Monday, due Tuesday; on Thursday it is handed to Carl of another team.
    office("callbacks", HANDED)
    ids = {str(name): int(str(key)) for key, name in rows_of("SELECT id, initials FROM agent")}
    north, south = (
        int(str(rows_of(f"SELECT id FROM team WHERE name = '{name}'")[0][0])) for name in ("North", "South")
    )
    now = at("12:00", FRIDAY)

    def counted(scope: Scope, filters: CallbackFilters = WEEK) -> tuple[int, set[str], int]:
        found = tried(scope, house_rules, now, filters)
        named = set(found.days["agent"].dropna()) | set(found.agents["agent"])
        return found.totals(filters)["days_due"], named, len(found.histories)

    assert counted(EVERYTHING) == (2, {BIRGIT, "CAR"}, 1)  # Tuesday and Wednesday
    for theirs in (Scope(agent_ids=(ids[BIRGIT],)), Scope(team_ids=(north,))):
        assert counted(theirs) == (2, {BIRGIT}, 0)
    for not_theirs in (Scope(agent_ids=(ids["CAR"],)), Scope(team_ids=(south,))):
        assert counted(not_theirs) == (0, {"CAR"}, 1)
    assert counted(EVERYTHING, CallbackFilters(WEEK.from_date, WEEK.to_date, agent_id=ids[BIRGIT]))[0] == 2
    assert counted(EVERYTHING, CallbackFilters(WEEK.from_date, WEEK.to_date, team_id=south))[0] == 0


def test_while_both_buddies_are_away_the_day_is_nobodys(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", MESSAGES)
    office("attempts", TRIES)
    away = "A1,BIR,sick,2026-05-06,2026-05-07\nA2,BO,vacation,2026-05-06,2026-05-07\n"
    office("absences", f"source_id,agent,kind,first_day,last_day\n{away}")
    found = tried(EVERYTHING, house_rules, at("15:00", THURSDAY))
    assert found.days["agent"].isna().all()
    assert found.totals(WEEK)["days_due"] == 0


def test_reminders_count_for_whom_had_the_request_when_they_were_written(office: Load, house_rules: HouseRules) -> None:
    header = "source_id,customer_number,created_at,sent_to,reminder_of,handed_to,handed_at\n"
    others = [f"X{place},N-{place},2026-04-0{1 + place % 9}T10:00:00+02:00,CAR,,," for place in range(24)]
    own = [
        f"{key}{place},M-{place},2026-04-{day}T10:00:00+02:00,BO,{of and of + str(place)},{to}"
        for place in range(3)
        for key, day, of, to in (("Y", "20", "", "DOR,2026-05-05T10:00:00+02:00"), ("R", "21", "Y", ","))
    ]
    assert not office("callbacks", header + "\n".join(others + own) + "\n").rejects
    agents = tried(EVERYTHING, house_rules, at("12:00")).agents.set_index("agent")["pattern"]
    assert agents.to_dict() == {BIRGIT: "new", BOB: "draws_reminders"}


def test_a_contract_renewed_makes_nobody_new(office: Load, house_rules: HouseRules) -> None:
    people = "initials,first_day,last_day\nBIR,2020-01-01,2026-03-05\nCAR,2020-01-01,2025-12-31\nCAR,2026-05-01,\n"
    with current_engine().begin() as connection:
        connection.execute(
            text("DELETE FROM employment WHERE agent_id = (SELECT id FROM agent WHERE initials = 'CAR')")
        )
    office("agents", people)
    # Birgit has been there without a break; Carl came back after four months.
    assert tried(EVERYTHING, house_rules, at("12:00")).agents["agent"].tolist() == ["CAR"]


def test_one_note_answers_for_every_dial_of_its_agent_before_it(office: Load, house_rules: HouseRules) -> None:
    calls = "source_id,started_at,ended_at,direction,status,agent,remote_number\n"
    calls += "".join(
        f"O{hour},2026-05-06T{hour}:00:00+02:00,,outgoing,unanswered,BO,20222222\n" for hour in (10, 14, 15)
    )
    office("calls", calls)
    notes = "source_id,customer_number,agent,at,kind\nN1,C-2,BO,2026-05-06T14:01:00+02:00,attempt\n"
    office("notes", notes + "N9,C-1,BIR,2026-05-07T16:00:00+02:00,other\n")
    given = "source_id,customer_number,agent,at,channel,reached\nF1,C-2,BO,2026-05-06T14:00:00+02:00,call,no\n"
    for _ in range(2):  # only noted, then also given as an attempt
        found = reconcile(EVERYTHING, WEEK, house_rules, THURSDAY)
        # The dial at 10 and the one at 14; nothing was written after the one at 15.
        assert states_of(found.dialled, "is_noted") == [True, True, False]
        assert states_of(found.attempts, "state") == ["in_the_log"]
        office("attempts", given)


def test_a_number_that_stands_on_the_message_alone_is_the_customers(office: Load, house_rules: HouseRules) -> None:
    office(
        "callbacks",
        "source_id,customer_number,created_at,sent_to,phones\nB1,C-1,2026-05-05T09:00:00+02:00,BO,20999111\n",
    )
    calls = "source_id,started_at,ended_at,direction,status,agent,remote_number\n"
    dialled = [("09:00", "BO"), ("14:00", "")]  # of the second nobody knows who dialled
    for number, (clock, agent) in enumerate(dialled):
        calls += f"O{number},2026-05-06T{clock}:00+02:00,,outgoing,unanswered,{agent},20999111\n"
    office("calls", calls)
    office("attempts", "source_id,customer_number,agent,at,channel\nF1,C-1,BO,2026-05-06T09:01:00+02:00,call\n")
    office("notes", NOTES)
    assert states_of(reconcile(EVERYTHING, WEEK, house_rules, THURSDAY).attempts, "state") == ["in_the_log"]
    day = tried(EVERYTHING, house_rules, at("12:00", THURSDAY)).days.set_index("local_date").loc[date(2026, 5, 6)]
    assert (day["first_call"], day["second_call"], day["calls"]) == ("done", "done", 2)


def test_attempts_of_every_day_of_six_weeks_are_each_held_against_the_log(office: Load, rows_of: RowsOf) -> None:
    days = [THURSDAY - timedelta(days=ago) for ago in range(42, -1, -1)]
    calls = "".join(f"K{day},{day}T10:00:00+02:00,,outgoing,unanswered,BO,20111111\n" for day in days)
    office("calls", f"source_id,started_at,ended_at,direction,status,agent,remote_number\n{calls}")
    made = "".join(f"F{day},C-1,BO,{day}T10:00:00+02:00,call\n" for day in days)
    office("attempts", f"source_id,customer_number,agent,at,channel\n{made}")
    states = rows_of("SELECT log_state, count(*) FROM contact_attempt GROUP BY log_state ORDER BY count(*)")
    assert states == [(None, 1), ("in_the_log", 42)]  # the newest day may still go on


def test_today_counts_once_it_is_over(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", MESSAGES)
    tries = [("F1", "09:00", "call"), ("F2", "11:00", "call"), ("F3", "11:05", "sms")]
    rows = "".join(f"{name},B2,BIR,2026-05-07T{clock}:00+02:00,{channel},no\n" for name, clock, channel in tries)
    office("attempts", f"source_id,callback,agent,at,channel,reached\n{rows}")
    days = CallbackFilters(THURSDAY, THURSDAY)
    assert tried(EVERYTHING, house_rules, at("12:00", THURSDAY), days).totals(days)["days_due"] == 0
    assert tried(EVERYTHING, house_rules, at("00:00", FRIDAY), days).totals(days)["days_kept"] == 1


@pytest.mark.usefixtures("simulated_month")
def test_every_figure_opens_as_many_rows_as_it_says_for_every_filter(house_rules: HouseRules, rows_of: RowsOf) -> None:
    teams = [int(str(row[0])) for row in rows_of("SELECT id FROM team WHERE name IN ('Vest', 'KC') ORDER BY id")]
    agents = [int(str(row[0])) for row in rows_of("SELECT id FROM agent WHERE initials IN ('IOV', 'MST') ORDER BY id")]
    periods = [(date(2026, 4, 8), date(2026, 5, 7)), (date(2026, 4, 20), date(2026, 4, 20))]
    # By this house's rules everybody is new for ten years, so that the pattern is due of many.
    versions = [house_rules.thresholds.new_agent_months[0].model_copy(update={"value": 120})]
    strict = house_rules.thresholds.model_copy(update={"new_agent_months": versions})
    rules = house_rules.model_copy(update={"thresholds": strict})
    seen = dict.fromkeys((figure.id for figure in ATTEMPT_FIGURES), 0)
    choices = periods, [None, *teams], [None, *agents], [None, "agents"]
    for (from_date, to_date), team, agent, desk in all_pairs(*choices):
        filters = CallbackFilters(from_date, to_date, team, agent, desk)
        found = attempts_of(EVERYTHING, filters, rules, END_OF_MONTH)
        discipline = note_discipline(EVERYTHING, filters, rules, END_OF_MONTH.date())
        totals = found.totals(filters) | note_totals(discipline)
        for figure in ATTEMPT_FIGURES:
            counted = figure.denominator or figure.numerator
            rows = (
                note_rows(EVERYTHING, filters, rules, END_OF_MONTH.date(), figure.id)
                if figure.rule == "C2"
                else found.rows_behind(filters, figure.opens[0])
            )
            assert len(rows) == totals[counted], (figure.id, filters)
            seen[figure.id] += len(rows)
    # Not a comparison of nothing with nothing; every customer of the simulation has a number.
    assert [name for name, rows in seen.items() if not rows] in ([], ["attempts_unverifiable"])


# What is kept equals what is worked out anew, whenever somebody looks.

MONTH_OF_LOOKS = 21 * 24 * 60


@pytest.mark.usefixtures("simulated_month")
def test_the_kept_days_are_those_that_a_look_would_work_out(house_rules: HouseRules) -> None:
    with reading() as connection:
        directory = read_directory(connection, house_rules)
        matters = matters_of(connection, directory, select(customer.c.id))
        ended_and_kept = frame(
            connection,
            select(*attempt_day.c, callback_verdict.c.ended_at)
            .join(callback_verdict, callback_verdict.c.callback_id == attempt_day.c.callback_id)
            .order_by(attempt_day.c.callback_id, attempt_day.c.local_date),
        )
    days = AttemptDays(directory)

    @given(minutes_ago=st.integers(0, MONTH_OF_LOOKS))
    @example(minutes_ago=13 * 60)  # the midnight at which today begins
    @example(minutes_ago=13 * 60 + 1)
    @settings(max_examples=settings().max_examples // 6)
    def are_alike(minutes_ago: int) -> None:
        now = END_OF_MONTH - timedelta(minutes=minutes_ago)
        midnight = local_to_utc(local_day(now, house_rules), 0, house_rules)
        judged = [(matter, judge(matter.request, house_rules, now)) for matter in matters]
        ends = [(matter, verdict, ended_at(matter.request, verdict)) for matter, verdict in judged]
        anew = [day for matter, verdict, end in ends if end and end < midnight for day in days.of(matter, verdict, now)]
        kept = ended_and_kept[ended_and_kept["ended_at"] < midnight].drop(columns="ended_at")
        worked_out = pd.DataFrame(anew, dtype="object").astype(kept.dtypes.to_dict())
        worked_out = worked_out.sort_values(["callback_id", "local_date"])
        assert_frame_equal(kept.reset_index(drop=True), worked_out.reset_index(drop=True))

    are_alike()
    assert len(ended_and_kept) > 100


def test_a_note_that_comes_later_is_counted_on_a_day_that_is_kept(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", MESSAGES)
    office(
        "calls",
        "source_id,started_at,ended_at,direction,status,agent,remote_number\n"
        "K1,2026-05-06T11:00:00+02:00,,outgoing,unanswered,BIR,20222222\n",
    )
    office(
        "attempts",
        "source_id,callback,agent,at,channel,reached\nF1,B2,BIR,2026-05-07T09:00:00+02:00,call,yes\n",
    )

    def noted() -> str:
        days = tried(EVERYTHING, house_rules, at("09:00", FRIDAY)).days.set_index(["customer", "local_date"])
        return str(days.loc[("C-2", date(2026, 5, 6)), "noted"])

    assert noted() == "missing"
    office("notes", "source_id,customer_number,agent,at,kind\nN1,C-2,BIR,2026-05-06T11:05:00+02:00,note\n")
    assert noted() == "done"


# What is planted in the simulated year is found by the rules.


@pytest.fixture
def year(simulated_year: SimulatedYear, monkeypatch: pytest.MonkeyPatch) -> SimulatedYear:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    return simulated_year


@pytest.fixture
def whole_year(year: SimulatedYear) -> CallbackFilters:
    return CallbackFilters(year.start, year.until.date())


def test_who_stops_after_one_and_who_keeps_the_pattern_are_found(
    year: SimulatedYear, whole_year: CallbackFilters, house_rules: HouseRules
) -> None:
    found = attempts_of(EVERYTHING, whole_year, house_rules, year.until)
    due = found.days[found.days["is_due"].astype(bool) & found.days["agent"].notna()]
    per_agent = due.groupby("agent")["is_kept"].agg(kept="sum", days="size").astype("int64")
    rates = honest_rate(per_agent["kept"], per_agent["days"])
    # The one who stops keeps it on the fewest of his days, but for those whom nobody called back at all.
    tried_at_least_once = rates.drop([planted.GONE, planted.DRAWS_REMINDERS])
    assert tried_at_least_once["rate"].idxmin() == planted.STOPS_AFTER_ONE
    others = per_agent.drop([planted.GONE, planted.DRAWS_REMINDERS, planted.STOPS_AFTER_ONE]).sum()
    assert rates.loc[planted.STOPS_AFTER_ONE, "high"] < others["kept"] / others["days"]
    new = per_agent.loc[planted.NEW_AND_KEEPS_PATTERN]
    assert new["kept"] == new["days"] >= 10
    # Both must follow it, and the page says why.
    why = found.agents.set_index("agent")["pattern"]
    # Low ratings come to anybody, and may be a second reason.
    assert "new" in why[planted.NEW_AND_KEEPS_PATTERN].split()
    assert {"draws_reminders"} <= set(why[planted.STOPS_AFTER_ONE].split()) & set(why[planted.DRAWS_REMINDERS].split())


def test_who_forgets_notes_and_who_invents_attempts_are_found_and_nobody_else(
    year: SimulatedYear, whole_year: CallbackFilters, house_rules: HouseRules
) -> None:
    discipline = note_discipline(EVERYTHING, whole_year, house_rules, year.until.date()).set_index("agent")
    noted = discipline["conversations_noted"] + discipline["dialled_noted"]
    rates = honest_rate(noted, discipline["conversations"] + discipline["dialled"])
    forgets = rates.loc[planted.FORGETS_NOTES]
    assert forgets["high"] < 0.7 < rates.drop(planted.FORGETS_NOTES)["low"].min()
    without_call = discipline["attempts_without_call"]
    assert without_call[planted.INVENTS_ATTEMPTS] > 50
    assert without_call.drop(planted.INVENTS_ATTEMPTS).sum() == 0


def truth_of_the_lists(year: SimulatedYear) -> dict[str, pd.DataFrame]:
    """What really happened, from exact times of the events and none of the rules: key columns, and whether it belongs
    on its list. A note is written within three minutes of its conversation, an attempt at the second it is dialled; a
    dial is written down by itself or by whatever its agent writes about the customer later that day."""
    conversations = year.frame(
        """
        SELECT call.id AS call_id, call.local_date, NOT EXISTS (
            SELECT 1 FROM note WHERE note.customer_id = call.customer_id AND note.agent_id = ring.agent_id
            AND note.kind = 'conversation' AND note.at > call.ended_at
            AND note.at <= DATETIME(call.ended_at, '+181 seconds')) AS is_listed
        FROM call JOIN ring ON ring.call_id = call.id WHERE call.direction = 'incoming' AND ring.outcome = 'answered'
        AND call.customer_id IS NOT NULL
        """
    )
    dialled = year.frame(
        """
        SELECT call.id AS call_id, call.local_date, NOT EXISTS (
            SELECT 1 FROM contact_attempt WHERE contact_attempt.customer_id = call.customer_id
            AND contact_attempt.agent_id = ring.agent_id AND contact_attempt.at = call.started_at)
            AND NOT EXISTS (
            SELECT 1 FROM note WHERE note.customer_id = call.customer_id AND note.agent_id = ring.agent_id
            AND note.local_date = call.local_date AND note.at >= call.started_at) AS is_listed
        FROM call JOIN ring ON ring.call_id = call.id WHERE call.direction = 'outgoing' AND call.customer_id IS NOT NULL
        """
    )
    attempts = year.frame(
        """
        SELECT contact_attempt.id AS attempt_id, contact_attempt.local_date, NOT EXISTS (
            SELECT 1 FROM call JOIN ring ON ring.call_id = call.id JOIN customer_phone
            ON customer_phone.phone_number = call.remote_number WHERE call.direction = 'outgoing'
            AND customer_phone.customer_id = contact_attempt.customer_id AND ring.agent_id = contact_attempt.agent_id
            AND call.started_at = contact_attempt.at) AS is_listed
        FROM contact_attempt WHERE channel = 'call'
        """
    )
    lists = {"conversations": conversations, "dialled": dialled, "attempts": attempts}
    return {name: rows[rows["local_date"] < str(year.until.date())] for name, rows in lists.items()}


@pytest.fixture
def precision_and_recall(
    year: SimulatedYear, whole_year: CallbackFilters, house_rules: HouseRules
) -> dict[str, tuple[float, float]]:
    found = reconcile(EVERYTHING, whole_year, house_rules, year.until.date())
    yesterday = year.until.date() - timedelta(days=1)
    told = conversations(CallbackFilters(year.start, yesterday))
    listed = {
        "conversations": told[~told["is_noted"].astype(bool)]["call_id"],
        "dialled": found.dialled[~found.dialled["is_noted"].astype(bool)]["call_id"],
        "attempts": found.attempts[found.attempts["state"] == "not_in_the_log"]["attempt_id"],
    }
    measured = {}
    for name, truth in truth_of_the_lists(year).items():
        really = set(truth[truth["is_listed"] == 1].iloc[:, 0])
        right = len(really & set(listed[name]))
        measured[name] = (right / len(listed[name]), right / len(really))
    return measured


def test_the_lists_are_right_about_the_simulations_truth(
    precision_and_recall: dict[str, tuple[float, float]],
) -> None:
    for name, (precision, recall) in precision_and_recall.items():
        assert precision >= 0.99, name
        assert recall >= 0.95, name
    assert precision_and_recall["attempts"][0] == 1  # nobody innocent


def test_the_document_says_how_right_the_lists_are(precision_and_recall: dict[str, tuple[float, float]]) -> None:
    written = re.findall(r"\| `(\w+)` \| ([\d.]+) % \| ([\d.]+) % \|", DOCUMENT.read_text())
    assert {name: (float(precision), float(recall)) for name, precision, recall in written} == {
        name: (round(precision * 100, 1), round(recall * 100, 1))
        for name, (precision, recall) in precision_and_recall.items()
    }


def test_a_call_long_ago_is_not_read_for_a_day(year: SimulatedYear, house_rules: HouseRules) -> None:
    yesterday = year.until.date() - timedelta(days=1)
    found = reconcile(EVERYTHING, CallbackFilters(yesterday, yesterday), house_rules, year.until.date())
    assert set(found.dialled["local_date"]) == set(found.attempts["local_date"]) == {yesterday}

"""Questions about callbacks on both databases: loaded from files, judged by the rules, cut to the viewer's scope."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import cycle, product
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select, text
from support.cast import ALICE, BIRGIT, BOB, CARL, at
from support.combinations import all_pairs
from support.databases import ON_SQLITE, Database, Load, address, begins_with
from support.simulated_year import SimulatedYear
from support.templates import AGENCY, END_OF_MONTH

from data_access.changes.customer_looks import open_customer
from data_access.database.engine import reading
from data_access.database.schema import callback, callback_verdict, promise_verdict
from data_access.demo import truths as planted
from data_access.loading.load import load_file, rebuild
from data_access.matters.directory import read_directory
from data_access.matters.matter import matters_of
from data_access.questions import overview
from data_access.questions.callback_history import history_of
from data_access.questions.callbacks import (
    CallbackFilters,
    broken_promises,
    callback_rows,
    callback_totals,
    callbacks_by_desk,
    callbacks_by_week,
    lateness_of,
    totals_before,
)
from data_access.questions.overview import today_lines
from data_access.questions.worklist import worklist
from data_access.scope import Scope, Viewer
from metrics.callbacks import OPEN_STATES, judge
from metrics.figures import CALLBACK_FIGURES
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

RowsOf = Callable[[str], list[tuple[object, ...]]]
THURSDAY = date(2026, 5, 7)
ASKED = "source_id,customer_number,created_at"
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
QUALITY = Viewer("quality", "quality")
WEEK = CallbackFilters(date(2026, 5, 4), date(2026, 5, 10))
CUSTOMERS = (
    "number,name,phones,owner\nC-1,Kim Kunde,20111111,BO\nC-2,Lis Lund,20222222,BIR\nC-3,Mads Munk,20333333,KC\n"
)
CALLBACKS_HEADER = (
    "source_id,customer_number,created_at,created_by,sent_at,sent_to,reason,preferred_from,phones,told_at\n"
)
# The worked case of B4: Thursday 15:57, promised 16:30.
WORKED = (
    "B1,C-1,2026-05-07T15:57:00+02:00,BIR,2026-05-07T15:58:00+02:00,BO,New car,2026-05-07T16:00:00+02:00,20111111,\n"
)
PROMISES = """source_id,callback,made_by,made_at,from_at,to_at
P1,B1,BIR,2026-05-07T15:57:00+02:00,,2026-05-07T16:30:00+02:00
P2,B1,BO,2026-05-07T19:14:00+02:00,2026-05-07T19:24:00+02:00,2026-05-07T19:29:00+02:00
"""
ATTEMPTS = """source_id,callback,agent,at,channel,reached
F1,B1,BO,2026-05-07T19:14:00+02:00,call,no
F2,B1,BO,2026-05-07T19:52:00+02:00,call,yes
"""


@begins_with(AGENCY)
def office(load: Load) -> None:
    """The agency with three customers, and Bob and Birgit as buddies."""
    load.all_of(("customers", CUSTOMERS), ("buddies", "agent,buddy\nBO,BIR\n"))


def load_worked_case(office: Load) -> None:
    for kind, content in (("callbacks", CALLBACKS_HEADER + WORKED), ("promises", PROMISES), ("attempts", ATTEMPTS)):
        assert not office(kind, content).rejects


def test_the_worked_case_from_files_to_the_worklist_and_the_history(office: Load, house_rules: HouseRules) -> None:
    load_worked_case(office)
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("19:13", THURSDAY)).itertuples()
    assert (row.customer, row.state, row.rule, row.minutes_late) == ("C-1", "overdue", "B4", 163)
    assert (row.owner, row.owner_why, row.phone) == (BOB, "handler", "•• 11")
    found = history_of(EVERYTHING, int(row.callback_id), house_rules, at("20:00", THURSDAY))
    assert found is not None
    opened = open_customer(QUALITY, "callbacks", int(row.callback_id), house_rules, at("20:00", THURSDAY))
    assert opened is not None
    assert (opened.name, opened.phones) == ("Kim Kunde", ("4520111111",))
    assert [reason for _, reason in opened.reasons] == ["New car"]
    assert [(one.state, one.minutes_late) for one in found.verdict.promises] == [("broken", 164), ("broken", 23)]
    assert (found.verdict.reached_at, found.breached_by) == (at("19:52", THURSDAY), BOB)
    assert worklist(EVERYTHING, WEEK, house_rules, at("20:00", THURSDAY)).empty
    broken = broken_promises(EVERYTHING, WEEK, house_rules, at("20:00", THURSDAY))
    assert broken["minutes_late"].tolist() == [164, 23]
    totals = callback_totals(EVERYTHING, WEEK, house_rules, at("20:00", THURSDAY))
    assert (totals["decided"], totals["reached_in_time"], totals["promises_broken"]) == (1, 0, 2)


@ON_SQLITE
def test_twice_as_many_requests_of_one_customer_take_twice_the_steps(office: Load, house_rules: HouseRules) -> None:
    """Counted in calls of functions: a number that a source uses for nobody brings thousands of requests."""

    def steps(requests: int) -> int:
        rows = "".join(
            f"{number},C-1,{at('08:00', THURSDAY) + timedelta(minutes=number):%Y-%m-%dT%H:%M:00Z},{topic}\n"
            for number, topic in zip(range(requests), cycle(("general", "claims", "payment")), strict=False)
        )
        office("callbacks", "source_id,customer_number,created_at,topic\n" + rows)
        count = 0

        def add(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event == "call"

        with reading() as connection:
            directory = read_directory(connection, house_rules)
            sys.setprofile(add)
            try:
                matters = matters_of(connection, directory, select(callback.c.customer_id).distinct())
            finally:
                sys.setprofile(None)
        assert [1 + len(matter.reminders) for matter in matters] == [requests // 3] * 3
        return count

    of_150 = steps(150)
    assert steps(300) < 2.2 * of_150


def test_a_promise_is_not_yet_broken_before_its_time(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", CALLBACKS_HEADER + WORKED)
    office("promises", PROMISES.splitlines(keepends=True)[0] + PROMISES.splitlines(keepends=True)[1])
    assert broken_promises(EVERYTHING, WEEK, house_rules, at("16:30", THURSDAY)).empty  # exactly on time
    late = broken_promises(EVERYTHING, WEEK, house_rules, at("16:35", THURSDAY))
    assert late["minutes_late"].tolist() == [5]  # it goes on counting while nobody rings


def stored() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    with reading() as connection:
        return tuple(
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (callback_verdict, promise_verdict)
        )


OTHERS = "".join(
    f"{number},{customer},2026-05-0{day}T{hour}:00:00+02:00,BIR,2026-05-0{day}T{hour}:01:00+02:00,{to},Why,,20111111,\n"
    for number, (customer, day, hour, to) in enumerate(
        product(("C-1", "C-2", "C-3"), (4, 5, 6), (10, 14), ("BO", "KC"))
    )
)
CALLS = """source_id,started_at,answered_at,ended_at,direction,status,agent,customer_number
K1,2026-05-05T11:00:00+02:00,2026-05-05T11:00:10+02:00,2026-05-05T11:05:00+02:00,incoming,answered,BO,C-1
K2,2026-05-05T12:00:00+02:00,,2026-05-05T12:00:30+02:00,outgoing,unanswered,BO,C-2
K3,2026-05-06T12:00:00+02:00,2026-05-06T12:00:10+02:00,2026-05-06T12:05:00+02:00,incoming,answered,BIR,C-1
"""
ABSENCES = "source_id,agent,kind,first_day,last_day\nA1,BO,vacation,2026-05-06,2026-05-08\n"


@pytest.mark.parametrize(
    "order",
    [
        ("customers", "buddies", "callbacks", "promises", "attempts", "calls", "absences"),
        ("callbacks", "absences", "calls", "attempts", "promises", "buddies", "customers"),
        ("calls", "absences", "callbacks", "buddies", "attempts", "customers", "promises"),
    ],
    ids=["as it happened", "backwards", "mixed"],
)
def test_whichever_is_loaded_first_the_verdicts_are_the_same(
    agency: Load, house_rules: HouseRules, order: tuple[str, ...]
) -> None:
    files = {
        "customers": CUSTOMERS,
        "buddies": "agent,buddy\nBO,BIR\n",
        "callbacks": CALLBACKS_HEADER + WORKED + OTHERS,
        "promises": PROMISES,
        "attempts": ATTEMPTS,
        "calls": CALLS,
        "absences": ABSENCES,
    }
    for kind in order:
        assert not agency(kind, files[kind]).rejects, kind
    verdicts, promises = stored()
    rebuild(house_rules)
    assert stored() == (verdicts, promises)
    assert len(verdicts) == 1 + 36
    ended = {row[0] for row in verdicts if row[6] is not None}
    assert len(ended) >= 3  # K1 settles Bob's open matters with C-1, K3 those he is covered for


def test_events_imported_late_give_the_verdicts_of_a_live_import(office: Load, house_rules: HouseRules) -> None:
    """The first half today and the rest a week later, or everything at once."""
    lines = (WORKED + OTHERS).splitlines(keepends=True)
    office("callbacks", CALLBACKS_HEADER + "".join(lines[:10]))
    office("calls", CALLS)
    office("promises", PROMISES)
    office("attempts", ATTEMPTS)
    office("callbacks", CALLBACKS_HEADER + "".join(lines[10:]))
    office("absences", ABSENCES)
    live = stored()
    rebuild(house_rules)
    assert stored() == live


def test_loading_again_changes_nothing(office: Load) -> None:
    load_worked_case(office)
    before = stored()
    for kind, content in (("callbacks", CALLBACKS_HEADER + WORKED), ("promises", PROMISES), ("attempts", ATTEMPTS)):
        report = office(kind, content)
        assert (report.loaded, report.unchanged) == (0, report.rows_read)
    assert stored() == before


FIRST, LATER = "2026-05-07T10:00:00+02:00", "2026-05-07T11:00:00+02:00"
PROMISED = "callback,made_at,to_at"


@ON_SQLITE
@pytest.mark.parametrize(
    ("kind", "header", "row", "column", "reason"),
    [
        ("promises", PROMISED, f"B9,{FIRST},{LATER}", "callback", "no callback has this source_id"),
        ("promises", PROMISED, f"B1,{LATER},{FIRST}", "to_at", "is before made_at"),
        ("promises", PROMISED, f"B1,{FIRST},soon", "to_at", "the value is not a time"),
        ("attempts", "agent,at", f"BO,{FIRST}", "customer_number", "is missing, and so is callback"),
        ("attempts", "callback,agent,at", f"B1,XX,{FIRST}", "agent", "'XX' is nobody whom we know"),
        ("callbacks", ASKED, f"B1,C-2,{FIRST}", "customer_number", "belongs to another customer"),
        ("callbacks", ASKED + ",sent_to", f"B2,C-2,{FIRST},ZZ", "sent_to", "'ZZ' is nobody whom we know"),
        ("callbacks", ASKED + ",handed_to", f"B2,C-2,{FIRST},KC", "handed_at", "is missing"),
        ("callbacks", ASKED + ",reached_at", f"B2,C-2,{LATER},{FIRST}", "reached_at", "is before created_at"),
        ("callbacks", ASKED, f"B2,,{FIRST}", "customer_number", "is missing"),
        ("buddies", "agent,buddy", "BO,BO", "buddy", "nobody is their own buddy"),
        ("notes", "customer_number,agent,at", "C-1,BO,2026-05-07", "at", "is not a time"),
    ],
    ids=[
        "promise to nobody", "promise backwards", "no time", "attempt at nobody", "attempt by nobody", "other customer",
        "sent to nobody", "handed over when", "reached before", "no customer", "own buddy", "a day is no time",
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_set_aside_with_column_and_reason(
    office: Load, kind: str, header: str, row: str, column: str, reason: str
) -> None:
    office("callbacks", CALLBACKS_HEADER + WORKED)
    before = stored()
    report = office(kind, f"{header}\n{row}\n")
    (problem,) = report.rejects
    assert (problem.row, problem.column) == (2, column)
    assert reason in problem.reason
    assert (report.loaded, report.rejected) == (0, 1)
    assert stored() == before


def test_a_topic_that_nobody_knows_is_kept_reported_and_goes_to_the_handler(
    office: Load, house_rules: HouseRules
) -> None:
    report = office(
        "callbacks", "source_id,customer_number,created_at,topic,sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,boat,BO\n"
    )
    assert (report.loaded, len(report.notices)) == (1, 1)
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("11:00")).itertuples()
    assert (row.topic, row.owner) == ("boat", BOB)


def test_a_hand_over_is_recorded_and_the_clock_runs_on(office: Load, house_rules: HouseRules) -> None:
    header = "source_id,customer_number,created_at,created_by,sent_at,sent_to,handed_to,handed_at\n"
    row = "{},{},2026-05-06T10:00:00+02:00,BIR,2026-05-06T10:01:00+02:00,KC,{},2026-05-06T14:00:00+02:00\n"
    office("callbacks", header + row.format("B1", "C-1", "BIR") + row.format("B2", "C-2", "BO"))
    before = worklist(EVERYTHING, WEEK, house_rules, at("13:00"))
    assert set(zip(before["owner_why"], before["desk"], strict=True)) == {("desk", "kc")}
    # KC's four days ran on: nobody wins or loses time by a hand-over (B8).
    late = at("10:01", date(2026, 5, 10))
    returned, passed_on = worklist(EVERYTHING, WEEK, house_rules, late).itertuples()
    assert (returned.owner, returned.state, returned.minutes_late) == (BIRGIT, "overdue", 1)
    assert passed_on.owner == BOB
    for row, event in ((returned, "returned"), (passed_on, "handed_over")):
        found = history_of(EVERYTHING, int(row.callback_id), house_rules, late)
        assert found is not None
        assert event in found.events["event"].tolist()
    totals = callback_totals(EVERYTHING, WEEK, house_rules, late)
    # Given back to its author: a class of its own. Passed on to the handler: it had gone astray.
    assert (totals["returned"], totals["misrouted"]) == (1, 1)


def test_while_the_handler_is_away_the_buddy_acts_and_when_both_are_nobody_does(
    office: Load, house_rules: HouseRules
) -> None:
    office("callbacks", CALLBACKS_HEADER + WORKED)
    office("absences", ABSENCES)
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("16:00", THURSDAY)).itertuples()
    assert (row.owner, row.owner_why, row.covered_for) == (BIRGIT, "buddy", BOB)
    office("absences", "source_id,agent,kind,first_day,last_day\nA2,BIR,sick,2026-05-07,2026-05-07\n")
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("16:00", THURSDAY)).itertuples()
    assert (row.owner, row.owner_why) == (BOB, "nobody_there")
    lines = today_lines(EVERYTHING, house_rules, at("16:00", THURSDAY)).lines
    assert lines["what"].tolist() == ["with_absent", "no_cover"]  # Bob's message, and Birgit whom nobody covers


def test_today_shows_forty_lines_of_a_group_and_counts_all_who_wait(
    office: Load, house_rules: HouseRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MOST_BY_THEMSELVES", 50)
    rows = (f"B{number},N-{number},2026-05-05T10:00:00+02:00,BO" for number in range(45))
    office("callbacks", "\n".join((ASKED + ",sent_to", *rows)))
    found = today_lines(EVERYTHING, house_rules, at("12:00"))
    # 45 customers and the source of the messages, which has sent nothing since the day before: late requests are cut at
    # forty, and hide no line of another group.
    assert (len(found.lines), found.left_out, found.overdue, found.others) == (41, 5, 45, 1)
    assert found.lines["what"].tolist() == ["overdue"] * 40 + ["stale_source"]


def test_more_than_three_requests_that_ask_the_same_of_one_holder_are_one_line(
    office: Load, house_rules: HouseRules
) -> None:
    at_ten = [f"B{number},N-{number},2026-05-05T10:00:00+02:00,BO" for number in range(3)]
    office("callbacks", "\n".join((ASKED + ",sent_to", *at_ten)))
    assert len(today_lines(EVERYTHING, house_rules, at("12:00")).lines) == 3 + 1  # and the silent source
    office("callbacks", "\n".join((ASKED + ",sent_to", "B9,N-9,2026-05-05T08:00:00+02:00,BO")))
    found = today_lines(EVERYTHING, house_rules, at("12:00"))
    overdue, _source = found.lines.itertuples()
    # The oldest was due at 8:00, four hours ago.
    assert (overdue.what, overdue.who, overdue.requests, overdue.minutes_late) == ("overdue", BOB, 4, 240)
    assert (overdue.by, pd.isna(overdue.customer)) == (at("08:00"), True)
    assert (found.left_out, found.overdue, found.others) == (0, 4, 1)


def test_what_lies_with_somebody_who_has_left_is_one_line_whatever_each_of_it_asks_for(
    office: Load, house_rules: HouseRules
) -> None:
    # At twelve the first is four hours late, the second is due in an hour.
    asked = ("B1,C-1,2026-05-05T08:00:00+02:00,BO", "B2,C-2,2026-05-05T13:00:00+02:00,BO")
    office("callbacks", "\n".join((ASKED + ",sent_to", *asked)))
    office("agents", "initials,first_day,last_day\nBO,2020-01-01,2026-05-05\n")
    found = today_lines(EVERYTHING, house_rules, at("12:00"))
    (gone,) = found.lines.itertuples()
    assert (gone.what, gone.who, gone.requests, gone.minutes_late) == ("hand_over", BOB, 2, 240)
    assert (found.overdue, found.others) == (1, 1)


def test_what_can_still_be_kept_comes_first_by_the_time_that_is_left(office: Load, house_rules: HouseRules) -> None:
    asked = (
        "B1,C-1,2026-05-05T13:30:00+02:00,BO",  # due at 13:30
        "B2,C-2,2026-05-05T08:00:00+02:00,BO",  # four hours late at twelve
        "B3,C-3,2026-05-05T12:30:00+02:00,BIR",  # due at 12:30
    )
    office("callbacks", "\n".join((ASKED + ",sent_to", *asked)))
    lines = today_lines(EVERYTHING, house_rules, at("12:00")).lines
    assert lines["customer"].dropna().tolist() == ["C-3", "C-1", "C-2"]


def test_a_handler_who_left_is_said_to_be_gone(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", CALLBACKS_HEADER + WORKED)
    office("agents", "initials,first_day,last_day\nBO,2020-01-01,2026-05-06\n")
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("16:00", THURSDAY)).itertuples()
    assert (row.owner, row.owner_why) == (BOB, "gone")


def test_a_promise_that_nobody_on_shift_can_keep_is_listed_while_there_is_time(
    office: Load, house_rules: HouseRules
) -> None:
    office("callbacks", CALLBACKS_HEADER + WORKED)
    office(
        "promises",
        "callback,made_at,from_at,to_at\nB1,2026-05-07T15:57:00+02:00,2026-05-08T09:00:00+02:00,2026-05-08T10:00:00+02:00\n",
    )
    now = at("16:00", THURSDAY)

    def unkeepable() -> bool:
        (row,) = worklist(EVERYTHING, WEEK, house_rules, now).itertuples()
        return bool(row.unkeepable)

    assert not unkeepable()  # no rota is loaded: nobody can say
    office("shifts", "agent,starts_at,ends_at\nBO,2026-05-08T10:00:00+02:00,2026-05-08T17:00:00+02:00\n")
    assert unkeepable()  # Bob's shift begins when the promised time ends
    assert today_lines(EVERYTHING, house_rules, now).lines["what"].tolist()[0] == "promise_unkeepable"
    office("shifts", "agent,starts_at,ends_at\nBIR,2026-05-08T09:30:00+02:00,2026-05-08T17:00:00+02:00\n")
    assert not unkeepable()  # the buddy can


def test_a_promise_of_a_desk_is_kept_while_it_is_open(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", f"{ASKED},sent_to\nB1,C-3,2026-05-07T15:00:00+02:00,KC\n")
    promised = "source_id,callback,made_at,from_at,to_at\nP{0},B1,2026-05-07T15:0{0}:00+02:00,{1},{2}\n"
    for number, (begins, ends, unkeepable) in enumerate(
        (
            ("2026-05-07T18:00:00+02:00", "2026-05-07T19:00:00+02:00", True),  # KC closes at 18
            ("2026-05-07T17:30:00+02:00", "2026-05-07T19:00:00+02:00", False),
        )
    ):
        office("promises", promised.format(number, begins, ends))
        (row,) = worklist(EVERYTHING, WEEK, house_rules, at("15:30", THURSDAY)).itertuples()
        assert row.promised_to is not None
        assert bool(row.unkeepable) is unkeepable


def test_a_customer_who_calls_in_is_helped_or_reminds(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", "source_id,customer_number,created_at,sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,BO\n")
    call = "source_id,started_at,answered_at,ended_at,status,agent,customer_number\n"
    when = "2026-05-06T12:00:00+02:00,2026-05-06T12:00:10+02:00,2026-05-06T12:05:00+02:00,answered"
    office("calls", call + f"K1,{when},CAR,C-1\n")  # Carl is nobody to the matter: the clock runs on
    office("callbacks", "source_id,customer_number,created_at,sent_to\nB2,C-1,2026-05-06T12:05:00+02:00,BO\n")
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("10:01", THURSDAY)).itertuples()
    assert (row.reminders, row.minutes_late, row.created_at) == (1, 1, at("10:00"))
    office("calls", call + f"K2,{when.replace('T12', 'T15')},BO,C-1\n")  # the owner answers, no new message
    assert worklist(EVERYTHING, WEEK, house_rules, at("16:00")).empty


def test_the_buddy_settles_only_while_the_owner_is_away(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", "source_id,customer_number,created_at,sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,BO\n")
    call = "source_id,started_at,answered_at,ended_at,status,agent,customer_number\n"
    when = "2026-05-06T12:00:00+02:00,2026-05-06T12:00:10+02:00,2026-05-06T12:05:00+02:00,answered"
    office("calls", call + f"K1,{when},BIR,C-1\n")
    assert len(worklist(EVERYTHING, WEEK, house_rules, at("16:00"))) == 1
    office("absences", ABSENCES)
    assert worklist(EVERYTHING, WEEK, house_rules, at("16:00")).empty


def test_an_attempt_in_the_phone_log_counts_once_and_reaches_nobody_by_itself(
    office: Load, house_rules: HouseRules
) -> None:
    office("callbacks", "source_id,customer_number,created_at,sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,BO\n")
    dialled = "2026-05-06T12:00:00+02:00,2026-05-06T12:00:10+02:00,2026-05-06T12:01:00+02:00,outgoing,answered,BO,C-1"
    office("calls", f"source_id,started_at,answered_at,ended_at,direction,status,agent,customer_number\nK1,{dialled}\n")
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("16:00")).itertuples()
    assert row.attempts == 1  # it may have been the voicemail
    office("attempts", "callback,agent,at,channel,reached\nB1,BO,2026-05-06T12:03:00+02:00,call,no\n")
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("16:00")).itertuples()
    assert row.attempts == 1  # the note is about the same call


CALL = "source_id,started_at,answered_at,ended_at,status,agent,customer_number\n"


def call_in(name: str, clock: str, agent: str, customer: str) -> str:
    day = "2026-05-06T"
    times = f"{day}{clock}:00+02:00,{day}{clock}:10+02:00,{day}{clock}:50+02:00"
    return f"{CALL}{name},{times},answered,{agent},{customer}\n"


def is_as_rebuilt(rules: HouseRules) -> bool:
    loaded = stored()
    rebuild(rules)
    return stored() == loaded


def open_customers(rules: HouseRules, now: datetime) -> list[str]:
    return worklist(EVERYTHING, WEEK, rules, now)["customer"].tolist()


def test_a_loaded_call_settles_at_once_and_unsettles_when_it_turns_out_to_be_anothers(
    office: Load, house_rules: HouseRules
) -> None:
    office("callbacks", f"{ASKED},sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,BO\nB2,C-2,2026-05-06T10:00:00+02:00,BO\n")
    office("calls", call_in("K1", "12:00", BOB, "C-1"))
    assert open_customers(house_rules, at("16:00")) == ["C-2"]
    office("calls", call_in("K1", "12:00", BOB, "C-2"))
    assert open_customers(house_rules, at("16:00")) == ["C-1"]
    assert is_as_rebuilt(house_rules)


def test_a_call_of_a_customer_whom_only_the_message_brings_in_counts(office: Load, house_rules: HouseRules) -> None:
    office("calls", call_in("K1", "12:00", BOB, "C-9"))
    office("callbacks", f"{ASKED},sent_to\nB1,C-9,2026-05-06T10:00:00+02:00,BO\n")
    assert open_customers(house_rules, at("16:00")) == []
    assert is_as_rebuilt(house_rules)


@pytest.mark.parametrize(("first", "corrected"), [("KC", "BO"), ("BO", "KC"), ("BO", "BIR")])
def test_a_corrected_receiver_leaves_nothing_of_the_former_one(
    office: Load, house_rules: HouseRules, rows_of: RowsOf, first: str, corrected: str
) -> None:
    header = f"{ASKED},sent_to,handed_to,handed_at\n"
    for receiver in (first, corrected):
        row = f"B1,C-1,2026-05-06T10:00:00+02:00,{receiver},{receiver},2026-05-06T14:00:00+02:00\n"
        report = office("callbacks", header + row)
        assert (report.loaded, report.rejected) == (1, 0)
    for table in ("callback", "callback_owner"):
        agent_column, desk_column = ("sent_to_id", "sent_to_desk") if table == "callback" else ("agent_id", "desk")
        ((agent_id, desk),) = rows_of(f"SELECT {agent_column}, {desk_column} FROM {table}")
        assert (agent_id is None, desk) == ((True, "kc") if corrected == "KC" else (False, None))
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("15:00")).itertuples()
    assert (row.owner if corrected != "KC" else row.desk) == ("kc" if corrected == "KC" else corrected)
    assert is_as_rebuilt(house_rules)


def test_a_promise_stays_with_its_customer(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", f"{ASKED},sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,BO\nB2,C-2,2026-05-06T10:00:00+02:00,BO\n")
    made = "source_id,callback,made_at,to_at\nP1,{},2026-05-06T10:00:00+02:00,2026-05-06T12:00:00+02:00\n"
    office("promises", made.format("B1"))
    (problem,) = office("promises", made.format("B2")).rejects
    assert "belongs to another customer" in problem.reason
    assert is_as_rebuilt(house_rules)


def test_hand_overs_count_by_their_time_whichever_was_loaded_first(office: Load, house_rules: HouseRules) -> None:
    header = f"{ASKED},sent_to,handed_to,handed_at\n"
    for clock, receiver in (("15:00", "KC"), ("12:00", "BO")):
        office("callbacks", f"{header}B1,C-1,2026-05-06T10:00:00+02:00,BIR,{receiver},2026-05-06T{clock}:00+02:00\n")
    office("calls", call_in("K1", "13:00", BOB, "C-1"))  # Bob had it from 12 to 15
    assert open_customers(house_rules, at("16:00")) == []


def test_of_two_open_requests_a_third_reminds_of_the_first(
    office: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    for number, receiver in ((2, "BIR"), (1, "BO"), (3, "BO")):
        hour = 10 if number < 3 else 12
        office("callbacks", f"{ASKED},topic,sent_to\nB{number},C-1,2026-05-06T{hour}:00:00+02:00,general,{receiver}\n")
    work = worklist(EVERYTHING, WEEK, house_rules, at("13:00"))
    ((first,),) = rows_of("SELECT id FROM callback WHERE source_id = 'B1'")
    assert dict(zip(work["callback_id"], work["reminders"], strict=True))[first] == 1
    assert len(work) == 2  # in the same second: two requests


def test_a_flagged_reminder_counts_whatever_its_topic_and_whenever_it_was_loaded(
    office: Load, house_rules: HouseRules
) -> None:
    header = f"{ASKED},topic,sent_to,reminder_of\n"
    office("callbacks", f"{header}B2,C-1,2026-05-06T12:00:00+02:00,policy,BO,B1\n")
    office("callbacks", f"{header}B1,C-1,2026-05-06T10:00:00+02:00,general,BO,\n")
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("13:00")).itertuples()
    assert (row.created_at, row.reminders) == (at("10:00"), 1)
    office("callbacks", f"{header}B4,C-1,2026-05-06T12:30:00+02:00,general,BO,lost\n")
    (row,) = worklist(EVERYTHING, WEEK, house_rules, at("13:00")).itertuples()
    assert row.reminders == 2  # a flag that leads nowhere: the topic says it
    for strange in ("B3", "B9", "nothing"):  # itself, another customer's, nobody's
        office("callbacks", f"{header}B3,C-2,2026-05-06T12:00:00+02:00,policy,BIR,{strange}\n")
    assert open_customers(house_rules, at("13:00")) == ["C-1", "C-2"]


def test_who_withdraws_after_waiting_too_long_was_not_reached_in_time(office: Load, house_rules: HouseRules) -> None:
    row = "B1,C-1,2026-05-04T10:00:00+02:00,BO,2026-05-06T10:00:00+02:00\n"
    office("callbacks", f"{ASKED},sent_to,withdrawn_at\n{row}")
    totals = callback_totals(EVERYTHING, WEEK, house_rules, at("12:00"))
    assert (totals["decided"], totals["reached_in_time"], totals["open_callbacks"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("reached", "late_class"),
    [
        ("2026-05-06T10:00:00+02:00", 0),  # exactly in time
        ("2026-05-06T10:00:01+02:00", 1),
        ("2026-05-06T12:00:00+02:00", 1),  # exactly two hours late
        ("2026-05-06T12:00:01+02:00", 2),
        ("2026-05-09T10:00:00+02:00", 4),  # exactly three days
        ("2026-05-09T10:00:01+02:00", 5),
    ],
)
def test_lateness_counts_from_the_deadline(
    office: Load, house_rules: HouseRules, reached: str, late_class: int
) -> None:
    office("callbacks", f"{ASKED},sent_to,reached_at\nB1,C-1,2026-05-05T10:00:00+02:00,BO,{reached}\n")
    late = lateness_of(EVERYTHING, WEEK, house_rules, at("23:00", date(2026, 5, 10)))
    assert late[["late_class", "desk", "requests"]].to_numpy().tolist() == [[late_class, "agents", 1]]


def test_a_poor_message_is_scored_for_who_wrote_it(
    office: Load, house_rules: HouseRules, agent_ids: Callable[[str], int]
) -> None:
    office("callbacks", f"{ASKED},created_by,sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,BIR,BO\n")
    for initials, written in ((BIRGIT, 1), (BOB, 0)):
        filters = CallbackFilters(WEEK.from_date, WEEK.to_date, agent_id=agent_ids(initials))
        assert callback_totals(EVERYTHING, filters, house_rules, at("11:00"))["incomplete"] == written
        assert len(callback_rows(EVERYTHING, filters, house_rules, at("11:00"), "incomplete")) == written


def test_a_reminder_is_routed_by_the_handler_of_its_own_day(
    office: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    office("customers", "number,owner,owner_first_day\nC-1,BIR,2026-05-06\n")
    rows = "B1,C-1,2026-05-05T10:00:00+02:00,BO\nB2,C-1,2026-05-06T11:00:00+02:00,BIR\n"
    office("callbacks", f"{ASKED},sent_to\n{rows}")
    assert rows_of("SELECT COUNT(*) FROM callback_verdict WHERE is_misrouted") == [(0,)]
    assert worklist(EVERYTHING, WEEK, house_rules, at("12:00"))["reminders"].tolist() == [1]


def test_a_buddy_sees_what_is_open_while_he_covers_and_nothing_else(
    office: Load, house_rules: HouseRules, agent_ids: Callable[[str], int]
) -> None:
    rows = "B1,C-1,2026-05-06T10:00:00+02:00,BO,\nB2,C-1,2026-05-01T10:00:00+02:00,BO,2026-05-01T11:00:00+02:00\n"
    office("callbacks", f"{ASKED},sent_to,done_at\n{rows}")
    dentist = "agent,kind,first_day,last_day,from_time,to_time\nBO,dentist,2026-05-06,2026-05-06,11:00,13:00\n"
    assert not office("absences", dentist).rejects
    birgit = Scope(agent_ids=(agent_ids(BIRGIT),), may_see_customers=True)
    assert len(worklist(birgit, WEEK, house_rules, at("12:00"))) == 1
    assert worklist(birgit, WEEK, house_rules, at("13:00")).empty  # Bob is back
    assert [history_of(birgit, number, house_rules, at("12:00")) is None for number in (1, 2)] == [False, True]


def test_changed_rules_are_applied_whichever_list_is_loaded_next(office: Load, tmp_path: Path) -> None:
    office("callbacks", f"{ASKED},sent_to\nB1,C-1,2026-05-08T15:00:00+02:00,BO\n")
    changed = tmp_path / "rules.toml"
    changed.write_text(DEFAULT_FILE.read_text().replace('value = "elapsed"', 'value = "working_days"'))
    rules = read_house_rules(changed)
    file = tmp_path / "kc.txt"
    file.write_text("BDA MAG\n")
    load_file("kc-list", file, None, rules, lambda: at("12:00"))
    (row,) = worklist(EVERYTHING, WEEK, rules, at("16:00", date(2026, 5, 8))).itertuples()
    assert row.due_at == at("15:00", date(2026, 5, 11))
    assert is_as_rebuilt(rules)


@pytest.fixture
def agent_ids(rows_of: RowsOf) -> Callable[[str], int]:
    return lambda initials: int(str(rows_of(f"SELECT id FROM agent WHERE initials = '{initials}'")[0][0]))


def test_everybody_sees_what_is_his_to_see(
    office: Load,
    house_rules: HouseRules,
    agent_ids: Callable[[str], int],
    rows_of: RowsOf,
) -> None:
    office(
        "callbacks",
        "source_id,customer_number,created_at,sent_to\n"
        "B1,C-1,2026-05-06T10:00:00+02:00,BO\nB2,C-2,2026-05-06T10:00:00+02:00,BIR\nB3,C-3,2026-05-06T10:00:00+02:00,KC\n",
    )
    north, south = (
        int(str(rows_of(f"SELECT id FROM team WHERE name = '{name}'")[0][0])) for name in ("North", "South")
    )
    now = at("11:00")

    def seen(scope: Scope) -> list[str]:
        work = worklist(scope, WEEK, house_rules, now)
        totals = callback_totals(scope, WEEK, house_rules, now)
        opened = [
            history_of(scope, callback_id, house_rules, now) is not None
            for (callback_id,) in rows_of("SELECT id FROM callback ORDER BY id")
        ]
        assert totals["open_callbacks"] == len(work) == sum(opened)
        return sorted(work["customer"])

    def agent(initials: str) -> Scope:
        return Scope(agent_ids=(agent_ids(initials),), may_see_customers=True)

    assert seen(EVERYTHING) == ["C-1", "C-2", "C-3"]
    assert seen(Scope(team_ids=(north,), may_see_customers=True)) == ["C-1", "C-2"]  # Alice's team
    assert seen(Scope(team_ids=(south,), may_see_customers=True)) == ["C-3"]  # South is KC
    assert seen(Scope(desks=("kc",), may_see_customers=True)) == ["C-3"]
    assert seen(agent(BOB)) == ["C-1"]
    assert seen(agent(CARL)) == []
    assert seen(agent(ALICE)) == []  # leading is by team, not by name
    assert seen(Scope()) == []
    office("absences", "source_id,agent,kind,first_day,last_day\nA1,BO,sick,2026-05-06,2026-05-06\n")
    assert seen(agent(BIRGIT)) == ["C-1", "C-2"]  # she covers for Bob today


def test_who_may_not_see_customers_sees_none(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", CALLBACKS_HEADER + WORKED)
    nobody = Scope(sees_everything=True, may_see_customers=False)
    (row,) = worklist(nobody, WEEK, house_rules, at("16:00", THURSDAY)).itertuples()
    assert pd.isna(row.customer)
    opened = callback_rows(nobody, WEEK, house_rules, at("16:00", THURSDAY), "open_callbacks")
    assert opened["customer"].isna().all()
    assert history_of(nobody, int(row.callback_id), house_rules, at("16:00", THURSDAY)) is None


ALWAYS_OPENED = CALLBACK_FIGURES[:3]
"""With each combination of filters; the other figures with each pair of them."""


@pytest.mark.usefixtures("simulated_month")
def test_every_figure_opens_as_many_rows_as_it_says_for_every_filter(
    database: Database, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    now = END_OF_MONTH - timedelta(hours=1)  # when something falls due within two hours
    teams = [int(str(row[0])) for row in rows_of("SELECT id FROM team WHERE name IN ('Vest', 'KC') ORDER BY id")]
    agents = [int(str(row[0])) for row in rows_of("SELECT id FROM agent WHERE initials IN ('CGL', 'HGA') ORDER BY id")]
    periods = [
        (date(2026, 4, 8), date(2026, 5, 7)),
        (date(2026, 4, 20), date(2026, 4, 20)),
        (date(2020, 1, 1), date(2020, 1, 2)),
    ]
    seen = dict.fromkeys((figure.id for figure in CALLBACK_FIGURES), 0)
    choices = periods, [None, *teams], [None, *agents], [None, "kc", "agents"]
    pairs = all_pairs(*choices)
    # PostgreSQL meets each pair of filters, SQLite all combinations besides.
    for combination in product(*choices) if "sqlite" in database.url else pairs:
        (from_date, to_date), team, agent, desk = combination
        filters = CallbackFilters(from_date, to_date, team, agent, desk)
        totals = callback_totals(EVERYTHING, filters, house_rules, now)
        for figure in CALLBACK_FIGURES if combination in pairs else ALWAYS_OPENED:
            rows = callback_rows(EVERYTHING, filters, house_rules, now, figure.id)
            assert len(rows) == totals[figure.denominator or figure.numerator], (figure.id, filters)
            seen[figure.id] += len(rows)
        work = worklist(EVERYTHING, filters, house_rules, now)
        assert len(work) == totals["open_callbacks"]
        assert (work["state"] == "overdue").sum() == totals["overdue"]
    # Not a comparison of nothing with nothing. Nobody broke a promise in this month.
    assert [name for name, rows in seen.items() if not rows] in ([], ["promises_broken"])


@pytest.mark.usefixtures("simulated_month")
def test_desks_and_weeks_add_up_to_the_total(house_rules: HouseRules) -> None:
    filters = CallbackFilters(date(2026, 4, 8), date(2026, 5, 7))
    totals = callback_totals(EVERYTHING, filters, house_rules, END_OF_MONTH)
    desks = callbacks_by_desk(EVERYTHING, filters, house_rules, END_OF_MONTH)
    for name in desks.columns.drop("desk"):
        assert desks[name].sum() == totals[name], name
    late = lateness_of(EVERYTHING, filters, house_rules, END_OF_MONTH)
    assert late["requests"].sum() == totals["decided"]
    assert late.loc[late["late_class"] == 0, "requests"].sum() == totals["reached_in_time"]
    weeks = callbacks_by_week(EVERYTHING, filters, house_rules, END_OF_MONTH)
    for name in ("decided", "reached_in_time", "attempted_in_time"):
        assert weeks[name].sum() == totals[name]
    assert 0 < totals["reached_in_time"] < totals["attempted_in_time"] <= totals["decided"]
    later = CallbackFilters(date(2026, 4, 23), date(2026, 5, 7))
    before = totals_before(EVERYTHING, later, house_rules, END_OF_MONTH)
    assert before is not None
    earlier = CallbackFilters(date(2026, 4, 8), date(2026, 4, 22))
    same = callback_totals(EVERYTHING, earlier, house_rules, END_OF_MONTH)
    # Promises of this week and what is stalled now are of no period.
    assert before == {name: same[name] for name in same if name not in ("promises_broken", "stalled")}
    assert totals_before(EVERYTHING, filters, house_rules, END_OF_MONTH) is None  # nothing had been written yet


@pytest.mark.usefixtures("simulated_month")
def test_what_the_database_counts_is_what_the_rule_decides(house_rules: HouseRules) -> None:
    """The counts are made by the database from stored times; each request judged by itself gives the same."""
    with reading() as connection:
        directory = read_directory(connection, house_rules)
        everybody = select(callback.c.customer_id).distinct()
        matters = matters_of(connection, directory, everybody)
    for now in (END_OF_MONTH, END_OF_MONTH - timedelta(days=9, hours=3)):
        verdicts = [judge(matter.request, house_rules, now) for matter in matters if matter.facts.created_at <= now]
        totals = callback_totals(EVERYTHING, CallbackFilters(date(2026, 1, 1), date(2026, 12, 31)), house_rules, now)
        expected = {
            "open_callbacks": sum(one.state in OPEN_STATES for one in verdicts),
            "reached_in_time": sum(one.reached_in_time is True for one in verdicts),
            "decided": sum(one.reached_in_time is not None for one in verdicts),
        }
        if now == END_OF_MONTH:  # what became known later moves a deadline that is stored
            expected |= {
                "overdue": sum(one.state == "overdue" for one in verdicts),
                "attempted_in_time": sum(
                    one.attempted_in_time is True for one in verdicts if one.reached_in_time is not None
                ),
            }
        assert {name: totals[name] for name in expected} == expected


@pytest.mark.usefixtures("load")
def test_the_worklist_reads_open_rows_through_their_index() -> None:
    query = "SELECT callback_id FROM callback_verdict WHERE ended_at IS NULL OR ended_at > '2026-05-06'"
    with reading() as connection:
        if connection.dialect.name == "sqlite":
            plan = str(connection.execute(text("EXPLAIN QUERY PLAN " + query)).all())
        else:
            connection.execute(text("SET enable_seqscan = off"))
            plan = str(connection.execute(text("EXPLAIN " + query)).all())
    assert plan.count("ix_callback_verdict_ended_at") == 2


# What is planted in the simulated year is found by the rules, and nothing else is called a broken promise.


@pytest.fixture
def year(simulated_year: SimulatedYear, monkeypatch: pytest.MonkeyPatch) -> SimulatedYear:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    return simulated_year


def test_the_planted_broken_promise_is_found_and_no_other(year: SimulatedYear, house_rules: HouseRules) -> None:
    with address(year.url), reading() as connection:
        # A promise whose time is yet to come is stored as broken by all that is known so far.
        over = "FROM promise_verdict JOIN promise ON promise.id = promise_id WHERE promise.to_at < '2026-11-20 13:00'"
        states = dict(connection.execute(text(f"SELECT state, COUNT(*) {over} GROUP BY state")).all())
    assert states["broken"] == 2
    assert states["kept"] + states["kept_not_reached"] > 100
    thursday = year.truths["broken_promise"].first_day
    filters = CallbackFilters(thursday, thursday)
    broken = broken_promises(EVERYTHING, filters, house_rules, at("23:00", thursday + timedelta(days=1)))
    assert broken["minutes_late"].tolist() == [164, 23]
    assert broken["agent"].tolist() == [planted.BROKE_PROMISE] * 2
    found = history_of(EVERYTHING, int(broken["callback_id"][0]), house_rules, year.until)
    assert found is not None
    assert found.verdict.reached_at == at("19:52", thursday)


def test_the_callbacks_of_the_handler_who_is_gone_are_found(
    year: SimulatedYear, house_rules: HouseRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = year.until.date()
    work = worklist(EVERYTHING, CallbackFilters(today, today), house_rules, year.until)
    gone = work[work["owner_why"] == "gone"]
    assert len(gone) >= 5
    assert set(gone["owner"]) == {planted.GONE}
    monkeypatch.setattr(overview, "MOST_LINES", 100)  # customers who wait come first
    lines = today_lines(EVERYTHING, house_rules, year.until).lines
    assert planted.STOPPED_SOURCE in lines.loc[lines["what"] == "stale_source", "who"].tolist()


def test_the_hole_on_fridays_is_said_on_the_day(
    year: SimulatedYear, house_rules: HouseRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    friday = year.until.date()
    assert friday.weekday() == planted.HOLE_WEEKDAY
    monkeypatch.setattr(overview, "MOST_LINES", 100)
    lines = today_lines(EVERYTHING, house_rules, at("10:00", friday)).lines
    (hole,) = lines[lines["what"] == "hole"].itertuples()
    assert (hole.who, hole.needed, hole.planned) == (planted.HOLE_TEAM, 1, 0)
    assert (hole.by, hole.until) == (at("12:00", friday), at("13:00", friday))


def test_the_agent_who_draws_reminders_has_twice_the_agencys_rate(year: SimulatedYear) -> None:
    reminders = year.frame(
        """
        SELECT agent.initials, COUNT(*) AS requests, SUM(callback_verdict.reminders) AS reminders
        FROM callback_verdict JOIN agent ON agent.id = callback_verdict.agent_id
        WHERE callback_id = first_id AND local_date > '2026-08-22' GROUP BY agent.initials
        """
    ).set_index("initials")
    own = reminders.loc[planted.DRAWS_REMINDERS]
    assert own["reminders"] >= 3
    assert own["reminders"] / own["requests"] >= 2 * reminders["reminders"].sum() / reminders["requests"].sum()


MESSAGE = "source_id,customer_number,created_at,created_by,sent_at,sent_to,topic,reminder_of\n"


def message(number: str, clock: str, sent_to: str, *, day: date = THURSDAY, more: str = "general,") -> str:
    """Written by Birgit about C-1, and sent at once; `more`: topic and what it reminds of."""
    instant = at(clock, day).isoformat()
    return f"{number},C-1,{instant},BIR,{instant},{sent_to},{more}\n"


def test_who_is_on_kcs_list_counts_from_the_day_on_which_it_said_so(office: Load, rows_of: RowsOf) -> None:
    office("customers", "number,portfolio\nC-2,Vintage biler\n")
    march = date(2026, 3, 3)
    to_bob = message("M1", "10:00", "BO", day=march) + message("M2", "08:00", "BO")
    of_portfolio = to_bob.replace("C-1", "C-2").replace("M", "P").replace(",BO,", ",BIR,")  # their own handler
    office("callbacks", MESSAGE + to_bob + of_portfolio)
    query = (
        "SELECT source_id, is_misrouted FROM callback JOIN callback_verdict v ON v.callback_id = callback.id ORDER BY 1"
    )
    before = [(number, bool(misrouted)) for number, misrouted in rows_of(query)]
    assert before == [("M1", False), ("M2", False), ("P1", False), ("P2", False)]
    office("kc-list", "BO Vintage biler\n")
    # The list is of 7 May: what was written in March stays as it was.
    after = [(number, bool(misrouted)) for number, misrouted in rows_of(query)]
    assert after == [("M1", False), ("M2", True), ("P1", False), ("P2", True)]
    # Off the list again on the same day, and it never was.
    office("kc-list", "KM\n")
    assert [(number, bool(misrouted)) for number, misrouted in rows_of(query)] == before


@pytest.mark.parametrize(
    ("away", "again", "misrouted", "holder"),
    [
        ("", message("M2", "12:00", "BO"), False, BOB),  # to the handler
        ("", message("M2", "12:00", "BIR"), True, BOB),
        ("A1,BO,vacation,2026-05-07,2026-05-08\n", message("M2", "12:00", "BIR"), False, BIRGIT),  # to the buddy
        ("A1,BO,vacation,2026-05-07,2026-05-08\n", message("M2", "12:00", "BO"), True, BOB),
        ("", message("M2", "12:00", "economy", more="payment,"), False, "economy"),  # another matter: no reminder
        ("", message("M2", "12:00", "economy", more="payment,M1"), True, BOB),  # the same: to the handler alone
        ("", message("M2", "12:00", "claims", more="claims,M1"), False, "claims"),  # about a claim either is right
        ("", message("M2", "12:00", "BO", more="claims,M1"), False, BOB),
    ],
)
def test_a_reminder_goes_to_the_handler_or_the_buddy_and_whoever_rightly_gets_it_has_the_request(
    office: Load, rows_of: RowsOf, away: str, again: str, misrouted: bool, holder: str
) -> None:
    if away:
        office("absences", "source_id,agent,kind,first_day,last_day\n" + away)
    office("callbacks", MESSAGE + message("M1", "09:00", "BO", day=date(2026, 5, 6)) + again)
    [(is_misrouted, initials, desk)] = rows_of(
        "SELECT is_misrouted, agent.initials, desk FROM callback JOIN callback_verdict ON callback_id = callback.id"
        " LEFT JOIN agent ON agent.id = agent_id WHERE callback.source_id = 'M2'"
    )
    assert (bool(is_misrouted), initials or desk) == (misrouted, holder)


def test_the_handler_who_answers_settles_also_what_lies_at_a_desk_at_the_instant_of_the_answer(
    office: Load, rows_of: RowsOf
) -> None:
    office("callbacks", MESSAGE + message("M1", "09:00", "economy", more="payment,"))
    called = (
        "K1,2026-05-07T11:00:00+02:00,2026-05-07T11:00:25+02:00,2026-05-07T11:05:00+02:00,incoming,answered,{},C-1\n"
    )
    header = CALLS.splitlines(keepends=True)[0]
    reached = "SELECT count(*) FROM callback_verdict WHERE reached_at IS NOT NULL"
    office("calls", header + called.format("BIR"))
    assert rows_of(reached) == [(0,)]  # a colleague of another desk
    office("calls", header + called.replace("K1", "K2").format("BO"))
    with reading() as connection:
        assert connection.scalar(select(callback_verdict.c.reached_at)) == at("11:00:25", THURSDAY)


def test_the_source_says_of_a_matter_that_is_not_done_that_a_request_reminds_of_it(
    office: Load, rows_of: RowsOf
) -> None:
    header = MESSAGE.replace("\n", ",reached_at,done_at\n")
    first = message("M1", "09:00", "BO").replace("\n", f",{at('10:00', THURSDAY).isoformat()},{{}}\n")
    again = message("M2", "12:00", "BO", more="general,M1").replace("\n", ",,\n")
    query = "SELECT count(DISTINCT first_id) FROM callback_verdict"
    office("callbacks", header + first.format("") + again)
    assert rows_of(query) == [(1,)]  # reached and not done: it is a reminder
    office("callbacks", header + first.format(at("11:00", THURSDAY).isoformat()) + again)
    assert rows_of(query) == [(2,)]  # done before: a new matter


def test_an_attempt_that_the_phone_log_contradicts_keeps_no_step_and_no_clock(
    office: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    office("callbacks", MESSAGE + message("M1", "10:00", "BO", day=date(2026, 5, 5)))
    office(
        "attempts",
        "source_id,callback,agent,at,channel,reached\nF1,M1,BO,2026-05-05T11:00:00+02:00,call,no\n"
        "F2,M1,BO,2026-05-05T15:00:00+02:00,call,yes\n",
    )
    verdict = "SELECT attempts, reached_at IS NULL FROM callback_verdict"
    assert [(count, bool(open_)) for count, open_ in rows_of(verdict)] == [(2, False)]  # no log yet: they count
    calls = "source_id,started_at,direction,status,agent,remote_number\n"
    call = "{},2026-05-0{}T{}:00+02:00,outgoing,unanswered,BO,{}\n"
    office("calls", calls + call.format("O1", 5, "11:00", 20111111) + call.format("O2", 5, "12:00", 20222222))
    # Its day is the newest one in the log: a call of that day may still go on.
    assert [(count, bool(open_)) for count, open_ in rows_of(verdict)] == [(2, False)]
    office("calls", calls + call.format("O3", 6, "09:00", 20222222))
    assert [(count, bool(open_)) for count, open_ in rows_of(verdict)] == [(1, True)]  # the second never was
    history = history_of(EVERYTHING, int(str(rows_of("SELECT id FROM callback")[0][0])), house_rules, at("12:00"))
    assert history is not None
    assert history.events["text"].tolist().count("contradicted") == 1
    # The log comes whole: the call is there after all.
    office("calls", calls + call.format("O4", 5, "15:01", 20111111))
    assert [(count, bool(open_)) for count, open_ in rows_of(verdict)] == [(2, False)]


def test_who_was_not_told_counts_for_whoever_wrote_the_message(office: Load, house_rules: HouseRules) -> None:
    told = message("M1", "09:00", "KC").replace("\n", f",{at('09:00', THURSDAY).isoformat()}\n")
    untold = message("M2", "10:00", "economy", more="payment,").replace("BIR", "BO").replace("\n", ",\n")
    office("callbacks", MESSAGE.replace("\n", ",told_at\n") + told + untold)

    def counts(agent: int | None) -> tuple[int, int]:
        filters = replace(WEEK, agent_id=agent)
        totals = callback_totals(EVERYTHING, filters, house_rules, at("12:00", THURSDAY))
        return totals["told"], totals["must_tell"]

    with reading() as connection:
        ids = {initials: number for number, initials in connection.execute(text("SELECT id, initials FROM agent"))}
    assert counts(None) == (1, 2)
    assert counts(ids[BIRGIT]) == (1, 1)
    assert counts(ids[BOB]) == (0, 1)
    # Told or not, the desk has its four days (B2).
    assert set(worklist(EVERYTHING, WEEK, house_rules, at("12:00", THURSDAY))["rule"]) == {"B2"}


def test_attempts_are_counted_in_the_preferred_time_and_a_latest_time_alone_is_one(
    office: Load, house_rules: HouseRules
) -> None:
    header = "source_id,customer_number,created_at,sent_to,preferred_from,preferred_to\n"
    row = "{},{},2026-05-07T09:00:00+02:00,BO,{},{}\n"
    spans = (
        row.format("M1", "C-1", at("10:00", THURSDAY).isoformat(), at("12:00", THURSDAY).isoformat())
        + row.format("M2", "C-2", "", at("11:00", THURSDAY).isoformat())
        + row.format("M3", "C-3", "", "")
    )
    office("callbacks", header + spans)
    tries = "source_id,callback,agent,at,channel,reached\n" + "".join(
        f"F{place},{number},BO,{at(clock, THURSDAY).isoformat()},call,no\n"
        for place, (number, clock) in enumerate(
            [("M1", "10:00"), ("M1", "12:00"), ("M1", "13:00"), ("M2", "10:59"), ("M2", "11:00"), ("M3", "10:00")]
        )
    )
    office("attempts", tries)
    now = at("15:00", THURSDAY)
    totals = callback_totals(EVERYTHING, WEEK, house_rules, now)
    # Of M1 the first of three, of M2 the first of two; M3 has no preferred time.
    assert (totals["attempts_in_preferred_time"], totals["attempts_with_preferred_time"]) == (2, 5)
    rows = callback_rows(EVERYTHING, WEEK, house_rules, now, "in_preferred_time")
    assert rows["in_preferred_time"].tolist() == [True, True, False, False, False]


def test_a_buddy_covers_while_the_handler_is_away_and_not_otherwise(office: Load, rows_of: RowsOf) -> None:
    office("callbacks", MESSAGE + message("M1", "09:00", "BIR"))
    assert [bool(cover) for (cover,) in rows_of("SELECT is_cover FROM callback_verdict")] == [False]  # it went astray
    office("absences", "source_id,agent,kind,first_day,last_day\nA1,BO,vacation,2026-05-07,2026-05-08\n")
    assert [bool(cover) for (cover,) in rows_of("SELECT is_cover FROM callback_verdict")] == [True]

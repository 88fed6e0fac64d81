"""Files as telephone systems, calendars and spreadsheets really write them, each with the right answer.

The inputs stand in tests/exports, one folder a case. The agency of all cases: AB, CD and EF in the team North, led by
TL.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from support.databases import Load, begins_with
from support.places import ROOT
from support.templates import TABLES

from data_access.loading.load import LoadReport, load_file
from data_access.questions.callbacks import CallbackFilters, callback_totals
from data_access.questions.calls import Filters, calls_by_agent, team_totals
from data_access.scope import EVERYBODY, Scope
from metrics.house_rules import HouseRules

EXPORTS, SHIPPED = ROOT / "tests/exports", ROOT / "data_access/sources/mappings"
NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
WEEK = (date(2026, 11, 16), date(2026, 11, 20))
ALL = Scope(sees_everything=True, may_see_customers=True, may_see_reasons=True)
Rows = Callable[[str], list[tuple[object, ...]]]
Export = Callable[..., LoadReport]


@begins_with(TABLES)
def office(load: Load) -> None:
    for kind in ("teams", "agents", "memberships", "aliases", "buddies"):
        assert not load(kind, (EXPORTS / "agency" / f"{kind}.csv").read_text()).rejects, kind


@pytest.fixture
def export(office: Load, house_rules: HouseRules) -> Export:  # noqa: ARG001
    """Load a file of a case as a kind, with a mapping of the case or a shipped one, on Friday 20 November at 14:00."""

    def load(
        case: str, file: str, kind: str, mapping: str | None = None, rules: HouseRules = house_rules
    ) -> LoadReport:
        folder = EXPORTS / case
        named = None if mapping is None else folder / mapping
        if named is not None and not named.exists():
            named = SHIPPED / str(mapping)
        return load_file(kind, folder / file, named, rules, lambda: NOW)

    return load


def cdr(export: Export, case: str, file: str = "Master.csv") -> tuple[LoadReport, LoadReport]:
    calls = export(case, file, "calls", "asterisk_cdr_calls.toml")
    return calls, export(case, file, "rings", "asterisk_cdr_rings.toml")


def queue_log(export: Export, case: str) -> tuple[LoadReport, LoadReport]:
    calls = export(case, "queue_log", "calls", "asterisk_queue_log_calls.toml")
    return calls, export(case, "queue_log", "rings", "asterisk_queue_log_rings.toml")


def team(day: date) -> dict[str, int]:
    """The terms of the team's identity that are not 0."""
    totals = team_totals(EVERYBODY, Filters(day, day))
    names = ("received", "answered", "missed", "abandoned", "short", "redirected")
    return {name: totals[name] for name in names if totals[name]}


def agents(day: date) -> dict[str, tuple[int, int]]:
    """Of each agent the calls received and answered."""
    rows = calls_by_agent(EVERYBODY, Filters(day, day))
    return {row.agent: (row.received, row.answered) for row in rows.itertuples()}


def reasons(report: LoadReport) -> dict[int, str]:
    return {problem.row: problem.reason for problem in report.problems}


TUESDAY, WEDNESDAY = date(2026, 11, 17), date(2026, 11, 18)


def test_a_machine_that_picks_up_first_answers_no_call(export: Export, rows_of: Rows) -> None:
    for report in cdr(export, "cdr_machine_answers_first"):
        assert not report.rejects
    # The caller hung up in the menu; nobody took AB's phone that rang for 30 seconds; CD answered after 8.
    assert team(WEDNESDAY) == {"received": 3, "answered": 1, "missed": 1, "abandoned": 1}
    assert agents(WEDNESDAY) == {"AB": (1, 0), "CD": (1, 1)}
    assert rows_of("SELECT ring_seconds, talk_seconds FROM ring ORDER BY rang_at") == [(30, 0), (8, 120)]


def test_who_gave_up_while_a_phone_rang_was_missed_whatever_the_word(export: Export, rows_of: Rows) -> None:
    cdr(export, "cdr_cancelled")
    assert team(WEDNESDAY) == {"received": 2, "missed": 2}
    assert agents(WEDNESDAY) == {"AB": (1, 0), "CD": (1, 0)}
    assert rows_of("SELECT ring_seconds FROM ring") == [(22,), (22,)]


def test_a_call_that_was_dialled_is_the_customers_and_the_agents(
    export: Export, rows_of: Rows, house_rules: HouseRules
) -> None:
    for kind in ("customers", "callbacks", "attempts", "notes"):
        export("cdr_outgoing", f"{kind}.csv", kind)
    for report in cdr(export, "cdr_outgoing"):
        assert not report.rejects
    dialled = rows_of(
        "SELECT customer.number, agent.initials FROM call JOIN ring ON ring.call_id = call.id"
        " JOIN agent ON agent.id = ring.agent_id JOIN customer ON customer.id = call.customer_id"
        " WHERE direction = 'outgoing' ORDER BY 1"
    )
    assert dialled == [("700001", "AB"), ("700002", "CD")]
    assert rows_of("SELECT name FROM queue ORDER BY 1") == [("70112233",), ("Main",), ("Main",)]  # no customer's number
    filters = CallbackFilters(*WEEK)
    totals = callback_totals(ALL, filters, house_rules, NOW)
    assert totals["attempted_in_time"] == totals["decided"] == 2  # k2 was never noted, and the log shows a dial
    assert team(TUESDAY) == {"received": 1, "answered": 1}
    assert agents(TUESDAY)["AB"] == (1, 1)


def test_the_legs_of_a_ring_group_are_one_call_by_their_linkedid(export: Export, rows_of: Rows) -> None:
    calls, rings = cdr(export, "cdr_of_21_columns")
    assert (calls.rows_read, calls.loaded) == (1, 1)
    assert not rings.rejects
    assert team(WEDNESDAY) == {"received": 1, "answered": 1}
    assert agents(WEDNESDAY) == {"AB": (0, 0), "CD": (1, 1)}  # a colleague took AB's
    assert rows_of("SELECT ring_seconds, talk_seconds FROM ring ORDER BY ring_seconds") == [(15, 0), (20, 100)]


def test_without_a_linkedid_no_inner_leg_is_a_further_call(export: Export, rows_of: Rows) -> None:
    cdr(export, "cdr_of_21_columns", "Master_18_columns.csv")
    assert team(WEDNESDAY) == {"received": 1, "answered": 1}
    assert rows_of("SELECT count(*) FROM call WHERE direction = 'outgoing'") == [(0,)]


def test_an_inner_leg_of_a_ring_group_is_no_call_to_the_customer(export: Export, house_rules: HouseRules) -> None:
    for kind in ("customers", "callbacks"):
        export("cdr_inner_leg_of_a_ring_group", f"{kind}.csv", kind)
    cdr(export, "cdr_inner_leg_of_a_ring_group")
    assert team(TUESDAY) == {"received": 1, "missed": 1}
    assert agents(TUESDAY) == {"AB": (1, 0)}
    totals = callback_totals(ALL, CallbackFilters(*WEEK), house_rules, NOW)
    assert (totals["overdue"], totals["decided"], totals["attempted_in_time"]) == (1, 1, 0)


def test_a_ring_that_the_caller_cancelled_was_missed(export: Export, rows_of: Rows) -> None:
    day = date(2026, 11, 18)
    queue_log(export, "queue_log_ring_cancelled")
    assert team(day) == {"received": 2, "missed": 1, "abandoned": 1}
    assert agents(day) == {"AB": (1, 0)}
    assert rows_of("SELECT ring_seconds FROM ring") == [(24,)]


def test_both_agents_of_a_transfer_answered_and_the_first_ended_the_wait(export: Export, rows_of: Rows) -> None:
    day = date(2026, 11, 18)
    queue_log(export, "queue_log_transfer")
    assert team(day) == {"received": 2, "answered": 2}
    assert rows_of("SELECT answer_seconds FROM call ORDER BY started_at") == [(12,), (8,)]
    assert agents(day) == {"AB": (2, 2), "CD": (2, 2)}
    talks = "SELECT initials, talk_seconds FROM ring JOIN agent ON agent.id = ring.agent_id ORDER BY 1, 2"
    assert rows_of(talks) == [("AB", 120), ("AB", 300), ("CD", 100), ("CD", 173)]

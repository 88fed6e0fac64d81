"""Files as telephone systems, calendars and spreadsheets really write them, each with the right answer.

The inputs stand in tests/exports, one folder a case. The agency of all cases: AB, CD and EF in the team North, led by
TL.
"""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support.databases import Load, begins_with
from support.places import ROOT
from support.templates import TABLES

from data_access.loading.load import LoadReport, load_file
from data_access.questions.callbacks import CallbackFilters, callback_totals
from data_access.questions.calls import Filters, calls_by_agent, team_totals
from data_access.questions.coverage import coverage_of
from data_access.questions.people import viewer_by_email
from data_access.scope import EVERYBODY, Scope
from data_access.sources.files import FileRefusedError
from data_access.sources.mapping import MappingError
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

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


def shifts(rows_of: Rows) -> list[tuple[str, str, str]]:
    rows = rows_of("SELECT initials, starts_at, ends_at FROM shift JOIN agent ON agent.id = agent_id ORDER BY 1, 2")
    return [(str(name), minute(start), minute(end)) for name, start, end in rows]


def minute(value: object) -> str:
    """An instant of either database in UTC, to the minute."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(at, datetime)
    return f"{at.astimezone(UTC) if at.tzinfo else at:%m-%d %H:%M}"


def absences(rows_of: Rows) -> list[tuple[str, str, str]]:
    rows = rows_of("SELECT initials, starts_at, ends_at FROM absence JOIN agent ON agent.id = agent_id ORDER BY 1, 2")
    return [(str(name), minute(start), minute(end)) for name, start, end in rows]


def test_a_cell_of_the_rota_that_is_no_code_is_set_aside_and_nobody_is_away_for_it(
    export: Export, rows_of: Rows
) -> None:
    case = "grid_a_cell_that_is_no_code"
    loads = [export(case, "rota.xlsx", kind, f"grid_{kind}.toml") for kind in ("shifts", "absences")]
    # Rows of the sheet: AB 17, 18 and 19; EF 17; and, as codes that no mapping knows, CD 20 and EF 19.
    named = {(loads[1].line_of(problem.row), problem.column) for problem in loads[1].rejects}
    assert {(2, "17-11-2026"), (2, "18-11-2026"), (2, "19-11-2026"), (4, "17-11-2026")} <= named
    worked = {(name, start[:5]) for name, start, _ in shifts(rows_of)}
    assert worked == {
        ("AB", "11-16"), ("CD", "11-16"), ("CD", "11-17"), ("CD", "11-18"), ("CD", "11-19"), ("EF", "11-16"),
        ("EF", "11-20"),
    }  # fmt: skip
    away = {(name, start[:5]) for name, start, _ in absences(rows_of)}
    assert ("AB", "11-19") in away  # the whole 20th begins on the 19th in UTC
    assert not away & {("AB", "11-16"), ("AB", "11-17"), ("AB", "11-18")}


def test_a_vacation_with_hours_lasts_from_its_first_to_its_last_instant(export: Export, rows_of: Rows) -> None:
    export("ics_absence_of_several_days", "absences.ics", "absences", "absences.toml")
    assert absences(rows_of) == [
        ("AB", "11-15 23:00", "11-20 23:00"),  # its mapping reads days; from_time and to_time would be read too
        ("CD", "11-22 23:00", "11-27 23:00"),
        ("EF", "11-29 23:00", "12-04 23:00"),
    ]


def test_seven_shifts_under_few_uids_are_seven_shifts(export: Export, rows_of: Rows) -> None:
    report = export("ics_one_uid_for_all_shifts", "shifts.ics", "shifts", "calendar_shifts.toml")
    assert (report.rows_read, report.loaded, report.rejected) == (7, 7, 0)
    assert len(shifts(rows_of)) == 7
    again = export("ics_one_uid_for_all_shifts", "shifts.ics", "shifts", "calendar_shifts.toml")
    assert again.unchanged == 7


def test_a_vacation_that_the_calendar_shows_as_free_is_a_vacation(export: Export, rows_of: Rows) -> None:
    export("ics_vacation_shown_as_free", "absences.ics", "absences", "absences.toml")
    assert absences(rows_of) == [("AB", "11-15 23:00", "11-20 23:00"), ("CD", "11-15 23:00", "11-20 23:00")]


def test_a_zone_that_the_calendar_defines_is_followed(export: Export, rows_of: Rows) -> None:
    export("ics_zone_of_its_own", "shifts.ics", "shifts", "calendar_shifts.toml")
    assert shifts(rows_of) == [
        ("AB", "10-05 07:00", "10-05 15:00"),
        ("AB", "11-16 08:00", "11-16 16:00"),
        ("CD", "10-23 07:00", "10-23 15:00"),
        ("CD", "10-30 08:00", "10-30 16:00"),
    ]


def test_a_zone_that_nobody_defines_is_said_and_not_taken_for_ours(export: Export, rows_of: Rows) -> None:
    report = export("ics_zone_that_nobody_defines", "shifts.ics", "shifts", "calendar_shifts.toml")
    assert shifts(rows_of) == [("AB", "11-17 08:00", "11-17 16:00")]  # Windows' name for New York
    assert len(report.rejects) == 3
    assert all("time zone" in problem.reason for problem in report.rejects)


def test_lengths_of_minutes_and_seconds_are_lengths(export: Export, rows_of: Rows) -> None:
    report = export("lengths_without_hours", "calls.csv", "calls", "calls.toml")
    assert not report.rejects
    talks = rows_of("SELECT talk_seconds FROM ring JOIN call ON call.id = call_id ORDER BY call.source_id")
    assert talks == [(333,), (333,), (3933,), (333,)]


def test_a_desk_that_opens_one_day_a_week_and_one_that_never_closes(
    export: Export, rows_of: Rows, tmp_path: Path
) -> None:
    case = EXPORTS / "clock_of_one_weekday"
    subprocess.run([sys.executable, str(case / "make_rules.py"), str(DEFAULT_FILE)], cwd=tmp_path, check=True)
    export("clock_of_one_weekday", "customers.csv", "customers")
    due = "SELECT due_at FROM callback_verdict JOIN callback ON callback.id = callback_id WHERE source_id = '{}'"
    for file, request, rules in (("callbacks", "d1", "tuesdays"), ("callbacks_midnight", "d2", "always")):
        export("clock_of_one_weekday", f"{file}.csv", "callbacks", rules=read_house_rules(tmp_path / f"{rules}.toml"))
        wanted = {"d1": "11-17 15:30", "d2": "11-15 22:59"}[request]
        assert minute(rows_of(due.format(request))[0][0]) == wanted


def test_an_address_in_other_capitals_is_the_same_address(export: Export) -> None:
    report = export("mails_that_differ_in_capitals", "agents.csv", "agents")
    assert [problem.row for problem in report.rejects] == [3]
    for address, name in (("echo@agency.example", "EF"), ("ALPHA@agency.example", "AB")):
        viewer = viewer_by_email(address, NOW, NOW.date())
        assert viewer is not None
        assert viewer.name == name


def test_a_number_that_a_spreadsheet_has_cut_is_nobodys(export: Export, rows_of: Rows) -> None:
    customers = export("phone_in_scientific_notation", "customers.csv", "customers", "customers.toml")
    assert set(reasons(customers)) == {2, 3}
    assert all("spreadsheet" in reason for reason in reasons(customers).values())
    calls = export("phone_in_scientific_notation", "calls.csv", "calls")
    assert set(reasons(calls)) == {2}
    known = "SELECT number FROM customer JOIN customer_phone ON customer_phone.customer_id = customer.id"
    assert rows_of(known) == [("700023",)]
    found = "SELECT call.source_id, number FROM call LEFT JOIN customer ON customer.id = call.customer_id ORDER BY 1"
    assert rows_of(found) == [("s1", None), ("s2", "700023")]


def test_several_numbers_in_a_cell_with_words_are_numbers(
    export: Export, rows_of: Rows, house_rules: HouseRules
) -> None:
    report = export("phones_with_words", "customers.csv", "customers", "customers.toml")
    phones: dict[str, set[str]] = {}
    for number, phone in rows_of(
        "SELECT number, phone_number FROM customer JOIN customer_phone ON customer_phone.customer_id = customer.id"
    ):
        phones.setdefault(str(number), set()).add(str(phone)[-8:])
    wanted = {
        "700101": {"20123401", "30123401"}, "700102": {"20123402", "30123402"}, "700103": {"20123403", "30123403"},
        "700104": {"20123404"}, "700105": {"20123405", "30123405"}, "700106": {"20123406"}, "700107": {"20123407"},
    }  # fmt: skip
    for row, (number, numbers) in enumerate(wanted.items(), start=2):
        assert phones.get(number, set()) == numbers or row in reasons(report), number
    export("phones_with_words", "callbacks.csv", "callbacks")
    totals = callback_totals(ALL, CallbackFilters(*WEEK), house_rules, NOW)
    assert totals["incomplete"] == 0


def test_a_whole_rating_may_have_a_point_and_a_half_one_is_no_answer(export: Export, rows_of: Rows) -> None:
    report = export("rating_written_8.0", "surveys.csv", "surveys")
    assert rows_of("SELECT source_id, score FROM survey_response ORDER BY 1") == [("g1", 8), ("g2", 9)]
    assert set(reasons(report)) == {4}


def test_a_request_that_was_closed_by_mistake_is_open_again(export: Export, house_rules: HouseRules) -> None:
    export("reopened_callback", "customers.csv", "customers")
    export("reopened_callback", "callbacks_tuesday.csv", "callbacks")
    export("reopened_callback", "callbacks_thursday.csv", "callbacks")
    totals = callback_totals(ALL, CallbackFilters(*WEEK), house_rules, NOW)
    assert (totals["open_callbacks"], totals["overdue"]) == (2, 2)


def test_the_mean_talk_is_of_talks_whose_length_is_known(export: Export) -> None:
    export("talk_that_is_not_known", "calls.csv", "calls", "calls.toml")
    rows = calls_by_agent(EVERYBODY, Filters(WEDNESDAY, WEDNESDAY)).set_index("agent")
    assert rows.loc[["AB", "CD"], "talk_time_seconds"].tolist() == [300, 300]


@pytest.mark.parametrize("mapping", ["plain.toml", "named.toml"])
@pytest.mark.parametrize("file", ["calls_utc.csv", "calls_cet.csv", "calls_basic.csv"])
def test_a_time_with_the_name_of_its_zone_is_right_or_set_aside(
    export: Export, rows_of: Rows, file: str, mapping: str
) -> None:
    report = export("time_with_the_name_of_a_zone", file, "calls", mapping)
    right = {"1": "11-18 09:00", "2": "07-01 08:00", "3": "07-01 08:00"}
    for source_id, started_at in rows_of("SELECT source_id, started_at FROM call"):
        assert minute(started_at) == right[str(source_id)[1]], source_id
    assert report.loaded + report.rejected == report.rows_read == {"calls_basic.csv": 3}.get(file, 2)


def test_a_whole_day_away_and_part_of_it_are_one_person_away(export: Export, house_rules: HouseRules) -> None:
    for kind in ("shifts", "needs", "absences"):
        export("whole_day_and_half_day", f"{kind}.csv", kind)
    half_hours = coverage_of(ALL, None, WEDNESDAY, date(2026, 11, 19), house_rules, NOW)
    assert len(half_hours) == 2 * 16 + 2 * 0 or len(half_hours) >= 32
    open_ones = half_hours[half_hours["needed"].notna()]
    assert set(open_ones["planned"]) == {1}
    assert set(open_ones["needed"]) == {2}
    assert set(open_ones["away"]) == {1}


def test_a_clock_time_typed_into_a_spreadsheet_is_a_clock_time(export: Export, rows_of: Rows) -> None:
    for kind in ("needs", "absences"):
        assert not export("xlsx_clock_cells", f"{kind}.xlsx", kind).rejects
    needs = rows_of("SELECT half_hour, minimum FROM staffing_need ORDER BY 1")
    assert needs == [(place, 2 if place < 24 else 1) for place in range(18, 34)]
    assert absences(rows_of) == [("AB", "11-18 12:00", "11-18 13:30")]


def test_a_hair_below_the_second_is_the_second(export: Export, rows_of: Rows) -> None:
    export("xlsx_hair_below_the_second", "calls.xlsx", "calls", "calls.toml")
    rows = rows_of("SELECT source_id, half_hour, in_opening_hours, outcome, answer_seconds FROM call ORDER BY 1")
    assert [(name, place, bool(inside)) for name, place, inside, _, _ in rows] == [
        ("h1", 18, True), ("h2", 23, True), ("h3", 33, True)
    ]  # fmt: skip
    assert rows[0][3:] == ("answered", 12)
    assert rows[1][3] != "short"  # ten seconds are not below ten


def test_dates_of_a_spreadsheet_of_the_other_epoch_are_not_four_years_off(export: Export, rows_of: Rows) -> None:
    export("xlsx_of_the_other_epoch", "shifts.xlsx", "shifts")
    assert shifts(rows_of) == [("AB", "11-16 08:00", "11-16 16:00")]


def test_a_shift_until_midnight_in_a_spreadsheet_loads(export: Export, rows_of: Rows) -> None:
    assert not export("xlsx_shift_until_midnight", "shifts.xlsx", "shifts").rejects
    assert shifts(rows_of) == [
        ("AB", "11-16 15:00", "11-16 23:00"), ("CD", "11-16 23:00", "11-17 07:00"), ("EF", "11-16 08:00", "11-16 16:00")
    ]  # fmt: skip


def test_customers_whom_nobody_knew_are_counted_and_named(export: Export) -> None:
    export("customer_numbers_without_zeros", "customers.xlsx", "customers")
    report = export("customer_numbers_without_zeros", "callbacks.csv", "callbacks")
    said = " ".join(problem.reason for problem in report.notices)
    assert "2 customers" in said
    assert "0010501" in said


@pytest.mark.parametrize(
    ("file", "mapping", "words"),
    [
        ("separator_line.csv", "calls.toml", "sep=;"),
        ("semicolon_at_the_end.csv", "calls.toml", "one cell more"),
        ("title_and_total.csv", "calls.toml", "Call report November"),
        ("a_name_twice.csv", "calls.toml", "Duration"),
        ("utf16.csv", "calls.toml", "UTF-16"),
        ("utf16.csv", "calls_utf16.toml", ""),
    ],
)
def test_the_forms_of_spreadsheets_load_or_are_named(
    export: Export, rows_of: Rows, file: str, mapping: str, words: str
) -> None:
    try:
        report = export("csv_forms_of_spreadsheets", file, "calls", mapping)
    except (FileRefusedError, MappingError) as error:
        assert words
        assert words in str(error)  # noqa: PT017
        return
    if rows_of("SELECT source_id FROM call") != [("a",)]:
        assert words
        assert any(words in problem.reason for problem in report.rejects)


def test_a_file_of_changes_takes_nothing_back(export: Export, house_rules: HouseRules, tmp_path: Path) -> None:
    export("reopened_callback", "customers.csv", "customers")
    export("reopened_callback", "callbacks_tuesday.csv", "callbacks")
    header = (EXPORTS / "reopened_callback" / "callbacks_thursday.csv").read_text().splitlines()[0].split(",")
    fields = "\n".join(f'{name} = "{name}"' for name in header)
    mapping = tmp_path / "changes.toml"
    mapping.write_text(f'kind = "callbacks"\nsource = "file"\nsays = "changes"\n[fields]\n{fields}\n')
    report = load_file(
        "callbacks", EXPORTS / "reopened_callback" / "callbacks_thursday.csv", mapping, house_rules, lambda: NOW
    )
    assert report.unchanged == 2
    assert callback_totals(ALL, CallbackFilters(*WEEK), house_rules, NOW)["open_callbacks"] == 0

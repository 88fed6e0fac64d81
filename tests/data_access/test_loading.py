"""Loads: each row is loaded, unchanged or set aside with file, row, column and reason; nothing half done stays."""

import gzip
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support.cast import AGENTS, BOB
from support.databases import NOW, ON_SQLITE, Load

from data_access.database import versions
from data_access.loading.load import LoadReport, load_file
from data_access.questions.people import viewer_by_email
from data_access.questions.sources import problems_of_load, sources_by_kind
from data_access.scope import EVERYBODY, Viewer, scope_of
from data_access.sources.files import FileRefusedError
from data_access.sources.mapping import MappingError
from metrics.house_rules import HouseRules

Rows = Callable[[str], list[tuple[object, ...]]]
HEADER = "source_id,started_at,ended_at,agent,status\n"
GOOD_ROW = "1,2026-05-06T10:00:00+02:00,2026-05-06T10:01:00+02:00,BO,answered\n"


def counts(report: LoadReport) -> tuple[int, int, int, int]:
    assert report.rows_read == report.loaded + report.unchanged + report.rejected
    return report.rows_read, report.loaded, report.unchanged, report.rejected


def rejects(report: LoadReport) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.reason) for problem in report.rejects]


def test_loading_a_file_again_changes_nothing(agency: Load, rows_of: Rows) -> None:
    content = HEADER + GOOD_ROW
    assert counts(agency("calls", content)) == (1, 1, 0, 0)
    before = rows_of("SELECT * FROM call"), rows_of("SELECT * FROM ring"), rows_of("SELECT answered FROM agent_rollup")
    assert counts(agency("calls", content)) == (1, 0, 1, 0)
    assert before == (
        rows_of("SELECT * FROM call"),
        rows_of("SELECT * FROM ring"),
        rows_of("SELECT answered FROM agent_rollup"),
    )


def test_loading_another_version_of_a_record_updates_it(agency: Load, rows_of: Rows) -> None:
    agency("calls", HEADER + GOOD_ROW)
    assert counts(agency("calls", HEADER + GOOD_ROW.replace("10:01:00", "10:05:00"))) == (1, 1, 0, 0)
    assert rows_of("SELECT count(*), max(outcome) FROM call") == [(1, "answered")]


def test_a_partial_record_never_blanks_a_known_value(agency: Load, rows_of: Rows) -> None:
    agency("calls", HEADER + GOOD_ROW)
    report = agency("calls", "source_id,started_at\n1,2026-05-06T10:00:00+02:00\n")
    assert counts(report) == (1, 0, 1, 0)
    assert rows_of("SELECT status FROM call") == [("answered",)]


def test_a_dry_run_reports_and_changes_nothing(agency: Load, rows_of: Rows) -> None:
    report = agency("calls", HEADER + GOOD_ROW + GOOD_ROW.replace("1,", "2,", 1).replace("BO", "XX"), dry_run=True)
    assert counts(report) == (2, 1, 0, 1)
    assert rows_of("SELECT count(*) FROM call") == [(0,)]
    assert rows_of("SELECT count(*) FROM import_run WHERE kind = 'calls'") == [(0,)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("1,06-05-2026 10:00,,BO,", "started_at", "not a time"),  # month and day are never guessed
        ("1,,,BO,", "started_at", "missing"),
        (",2026-05-06T10:00:00+02:00,,BO,", "source_id", "missing"),
        ("1,2026-03-29T02:30:00,,BO,", "started_at", "does not exist"),  # the hour the clocks skip
        ("1,2026-05-06T10:00:00+02:00,2026-05-06T09:00:00+02:00,BO,", "ended_at", "before started_at"),
        ("1,2026-05-06T10:00:00+02:00,,NOBODY,", "agent", "'NOBODY' is nobody whom we know"),
        ("1,2026-05-06T10:00:00+02:00", "ended_at", "cut off"),
        ("1,2026-05-06T10:00:00+02:00,,BO,,,", "status", "7 cells"),
        ("1,2026-05-06T10:00:00+02:00,,B\0O,", "agent", "NUL"),
        ("1,2026-05-06T10:00:00+02:00,," + "x" * 10_001 + ",", "agent", "longer than"),
        ("1,2026-05-06T10:00:00+02:00,," + "x" * 1_000_000 + ",", "agent", "longer than"),
    ],
    ids=lambda value: f"{str(value)[:50]}…{len(str(value))}",
)
def test_a_bad_row_is_set_aside_with_row_column_and_reason_and_the_good_ones_load(
    row: str, column: str, reason: str, agency: Load, rows_of: Rows
) -> None:
    good = GOOD_ROW.replace("1,", "2,", 1)
    report = agency("calls", HEADER + row + "\n" + good)
    assert counts(report) == (2, 1, 0, 1)
    [(number, where, why)] = rejects(report)
    assert (number, where) == (2, column)  # as a spreadsheet counts: the header is row 1
    assert reason in why
    assert rows_of("SELECT source_id FROM call") == [("2",)]
    stored = rows_of('SELECT "row", "column" FROM import_reject')
    assert stored == [(2, column)]


def test_the_doubled_hour_is_read_as_the_first_and_said_so(agency: Load, rows_of: Rows) -> None:
    # A call begins at 02:50 summer time and ends at 02:05 winter time, 15 minutes later.
    report = agency("calls", HEADER + "1,2026-10-25T02:50:00,2026-10-25T02:05:00,BO,\n")
    assert counts(report) == (1, 1, 0, 0)
    assert [problem.reason for problem in report.notices] == ["lies in the hour that occurs twice; read as the first"]
    [(started, ended)] = rows_of("SELECT started_at, ended_at FROM call")
    assert (utc(started), utc(ended)) == (
        datetime(2026, 10, 25, 0, 50, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 5, tzinfo=UTC),
    )


def utc(value: object) -> datetime:
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def test_times_with_different_offsets_are_the_same_instant(agency: Load, rows_of: Rows) -> None:
    times = ["2026-05-06T10:00:00+02:00", "2026-05-06T08:00:00Z", "2026-05-06T10:00:00", "2026-05-06 13:30:00+0530"]
    rows = "".join(f"{number},{time},,BO,\n" for number, time in enumerate(times))
    assert counts(agency("calls", HEADER + rows)) == (4, 4, 0, 0)
    assert rows_of("SELECT count(DISTINCT started_at) FROM call") == [(1,)]


def test_an_unknown_word_is_kept_and_reported(agency: Load, rows_of: Rows) -> None:
    report = agency("calls", HEADER + GOOD_ROW.replace("answered", "orphaned"))
    assert counts(report) == (1, 1, 0, 0)
    assert "'orphaned' is unknown and counts as other" in [problem.reason for problem in report.notices]
    assert rows_of("SELECT status FROM call") == [("orphaned",)]


def test_a_receiver_that_is_neither_a_colleague_nor_a_desk_is_named_with_what_it_could_be(agency: Load) -> None:
    header = "source_id,customer_number,created_at,topic,sent_to\n"
    report = agency("callbacks", header + "1,C-1,2026-05-06T10:00:00+02:00,parking,XX\n")
    assert [problem.reason for problem in report.rejects] == [
        "'XX' is nobody whom we know; load agents first, or name a desk "
        "(agents, kc, economy, policy, travel, claims, assistance, partners, escalation)"
    ]
    assert "goes where a general matter goes" in next(problem.reason for problem in report.notices)


def test_a_record_that_stands_twice_counts_once_and_a_contradiction_is_set_aside(agency: Load) -> None:
    report = agency("calls", HEADER + GOOD_ROW + GOOD_ROW + GOOD_ROW.replace("10:01", "10:02"))
    assert counts(report) == (3, 1, 1, 1)
    assert rejects(report) == [(4, "source_id", "the same record stands in row 2 with other content")]


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"name,color\n1,red\n", "'source_id' is missing"),
        ("source_id,started_at\n1,æøå".encode("windows-1252"), "not text in utf-8-sig"),
        ("source_id,started_at\n".encode("utf-16"), "is UTF-16; say encoding"),
        (b"source_id,started_at,source_id\n", "stands twice"),
        (b"a," * 10_000, "10001 columns"),
    ],
)
def test_a_file_that_is_no_table_of_ours_is_refused_and_leaves_no_trace(
    content: bytes, reason: str, agency: Load, rows_of: Rows
) -> None:
    with pytest.raises((FileRefusedError, MappingError), match=reason):
        agency("calls", content)
    assert rows_of("SELECT count(*) FROM import_run WHERE kind = 'calls'") == [(0,)]


def test_a_header_alone_is_an_empty_load(agency: Load) -> None:
    assert counts(agency("calls", HEADER)) == (0, 0, 0, 0)


@pytest.mark.usefixtures("agency")
def test_a_missing_file_is_refused(tmp_path: Path, house_rules: HouseRules) -> None:
    with pytest.raises(FileRefusedError, match="no such file"):
        load_file("calls", tmp_path / "none.csv", None, house_rules, lambda: NOW)


@pytest.mark.usefixtures("agency")
def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, house_rules: HouseRules, rows_of: Rows) -> None:
    file = tmp_path / "growing.csv"
    file.write_text(HEADER + GOOD_ROW)

    def somebody_writes_on(_step: str, _done: int, _total: int) -> None:
        with file.open("a") as more:
            more.write(GOOD_ROW.replace("1,", "2,", 1))

    with pytest.raises(FileRefusedError, match="changed while it was being read"):
        load_file("calls", file, None, house_rules, lambda: NOW, progress=somebody_writes_on)
    assert rows_of("SELECT count(*) FROM call") == [(0,)]


def test_a_quote_that_is_never_closed_refuses_the_file_instead_of_swallowing_rows(agency: Load, rows_of: Rows) -> None:
    with pytest.raises(FileRefusedError, match="cannot be read"):
        agency("calls", HEADER + '1,"2026-05-06T10:00:00+02:00,,BO,\n' + GOOD_ROW)
    assert rows_of("SELECT count(*) FROM call") == [(0,)]


DANISH = """kind = "calls"
source = "omstilling"
encoding = "windows-1252"
delimiter = ";"
decimal = ","
unknown_agents = "create"
[[leave_out]]
column = "Art"
values = ["Intern"]
reason = "internal calls"
[fields]
source_id = "Nr"
started_at = { columns = ["Dato", "Tid"], format = "%d-%m-%Y %H:%M" }
talk_seconds = { column = "Taletid", unit = "min" }
status = { column = "Svar", values = { Ja = "answered", Nej = "unanswered" } }
agent = "Medarbejder"
queue = "Kø"
remote_number = "Telefon"
"""
DANISH_FILE = """Nr;Dato;Tid;Taletid;Svar;Medarbejder;Kø;Telefon;Art
1;06-05-2026;10:00;2,5;Ja;Søren;Nødkø;20 12 34 56;Ekstern
2;06-05-2026;10:05;;Nej;Søren;Nødkø;+45 20123456;Ekstern
3;06-05-2026;10:10;;Nej;;;;Intern
4;05/06/2026;10:15;;Nej;;;hemmeligt;Ekstern
"""


def test_a_danish_export_loads_through_a_mapping(agency: Load, rows_of: Rows) -> None:
    report = agency("calls", DANISH_FILE.encode("windows-1252"), DANISH)
    assert counts(report) == (4, 2, 0, 2)
    assert report.left_out_by_reason == {"internal calls": 1}
    assert rejects(report) == [(5, "Dato, Tid", "'05/06/2026 10:15' is not a time written %d-%m-%Y %H:%M")]
    assert rows_of("SELECT DISTINCT remote_number FROM call") == [("4520123456",)]
    talked = "SELECT a.initials, r.talk_seconds FROM ring r JOIN agent a ON a.id = r.agent_id WHERE r.talk_seconds > 0"
    assert rows_of(talked) == [("Søren", 150)]
    assert rows_of("SELECT name FROM queue WHERE source = 'omstilling'") == [("Nødkø",)]


PARTS = """kind = "calls"
source = "central"
header_row = 3
agent_of_unanswered = "{unanswered}"
[fields]
source_id = "id"
started_at = "start"
status = "state"
answer_seconds = "wait"
talk_seconds = "talk"
agent = {{ column = "channel", part = "PJSIP/(?P<part>[A-Z]+)-" }}
"""
PARTS_FILE = """Calls of May,,,,,
,,,,,
id,start,state,wait,talk,channel
1,2026-05-06T10:00:00+02:00,answered,12,60,PJSIP/BO-0000000a
2,2026-05-06T10:05:00+02:00,unanswered,40,0,PJSIP/BIR-0000000b
3,2026-05-06T10:10:00+02:00,,25,0,
4,2026-05-06T10:15:00+02:00,,7,90,Local/600@queue
"""


@pytest.mark.parametrize(("unanswered", "missed_by"), [("missed", ["BIR"]), ("not_told", [])])
def test_a_mapping_takes_a_part_of_a_cell_a_wait_in_seconds_and_says_what_the_agent_of_a_missed_call_means(
    agency: Load, rows_of: Rows, unanswered: str, missed_by: list[str]
) -> None:
    report = agency("calls", PARTS_FILE, PARTS.format(unanswered=unanswered))
    assert counts(report) == (4, 4, 0, 0)
    [notice] = report.notices
    assert (notice.row, notice.column) == (7, "channel")
    ends = rows_of("SELECT answer_seconds, answered_at IS NULL, ended_at IS NULL FROM call ORDER BY source_id")
    # Answered after 12 seconds; given up after 40 and 25; the talk of 90 seconds began after 7.
    assert [(wait, bool(a), bool(b)) for wait, a, b in ends] == [
        (12, False, True), (None, True, False), (None, True, False), (7, False, True),
    ]  # fmt: skip
    rings = "SELECT a.initials, r.outcome FROM ring r JOIN agent a ON a.id = r.agent_id ORDER BY r.rang_at"
    assert rows_of(rings) == [("BO", "answered"), *((agent, "no_answer") for agent in missed_by)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("kind", "policy", "row", "created"),
    [
        ("shifts", "create", "X1,2026-05-06T09:00:00+02:00,2026-05-06T17:00:00+02:00", True),
        ("shifts", "unnamed", "X1,2026-05-06T09:00:00+02:00,2026-05-06T17:00:00+02:00", None),
        ("buddies", "create", "X1,BO", None),
    ],
)
def test_unknown_people_are_created_where_that_makes_sense_and_refused_with_the_key_elsewhere(
    agency: Load, rows_of: Rows, kind: str, policy: str, row: str, created: bool | None
) -> None:
    columns = {"shifts": ("agent", "starts_at", "ends_at"), "buddies": ("agent", "buddy")}[kind]
    fields = "\n".join(f'{name} = "{name}"' for name in columns)
    mapping = f'kind = "{kind}"\nsource = "file"\nunknown_agents = "{policy}"\n[fields]\n{fields}\n'
    if created is None:
        with pytest.raises(MappingError, match=f"unknown_agents: '{policy}' is for calls, rings"):
            agency(kind, ",".join(columns) + "\n" + row, mapping)
    else:
        assert counts(agency(kind, ",".join(columns) + "\n" + row, mapping)) == (1, 1, 0, 0)
        assert rows_of("SELECT count(*) FROM agent WHERE initials = 'X1'") == [(1,)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("line", "instead", "reason"),
    [
        ('kind = "calls"', 'kind = "rings"', "fields.*not a field of rings"),
        ('unit = "min"', 'unit = "min", part = "("', "is not a pattern"),
        ('unit = "min"', 'unit = "min", part = "(.*)"', "does not say what to take"),
        ('decimal = ","', "header_row = 0", "header_row"),
        ('decimal = ","', "header_row = 5", ":5: this line is no header.*header_row in the mapping"),
        ('decimal = ","', "header_row = 9", "has nothing from header_row on"),
        ('kind = "calls"', 'kind = "faxes"', "not a kind of file"),
        ('encoding = "windows-1252"', 'encoding = "morse"', "not an encoding"),
        ('source_id = "Nr"', "", "fields.source_id is missing"),
        ('source_id = "Nr"', 'source_id = "Nummer"', "Nummer: this column is missing"),
        ('remote_number = "Telefon"', 'phone = "Telefon"', "fields.phone is not a field"),
        ('unit = "min"', 'unit = "fortnight"', "talk_seconds"),
        ('{ column = "Taletid", unit = "min" }', "{ }", "one of column, columns, value"),
        ('decimal = ","', "decimal = ", "is not TOML"),
    ],
)
def test_a_wrong_mapping_is_refused_with_key_and_reason(line: str, instead: str, reason: str, agency: Load) -> None:
    with pytest.raises((MappingError, FileRefusedError), match=f"(?s){reason}"):
        agency("calls", DANISH_FILE.encode("windows-1252"), DANISH.replace(line, instead))


def test_people_teams_and_customers_are_held_from_their_first_to_their_last_day(agency: Load, rows_of: Rows) -> None:
    held = "SELECT m.from_date, m.to_date FROM team_member m JOIN agent a ON a.id = m.agent_id WHERE a.initials = 'BIR'"
    spans = sorted((str(start), None if end is None else str(end)) for start, end in rows_of(held))
    assert spans == [("2020-01-01", "2026-06-01"), ("2026-06-01", None)]  # the last day is included
    report = agency(
        "memberships", "agent,team,first_day,last_day\nBO,West,2026-01-01,\nBO,North,2026-02-01,2026-01-01\n"
    )
    assert [(row, column) for row, column, _ in sorted(rejects(report))] == [(2, "team"), (3, "last_day")]


def test_a_customers_new_owner_ends_the_former_ones_time(agency: Load, rows_of: Rows) -> None:
    header = "number,owner,owner_first_day,phones,name\n"
    agency("customers", header + "C-1,BO,,20123456 / 20123457,Ida\nC-2,KC,,20123456,Bo\nC-3,XY,,,\n")
    owners = "SELECT coalesce(a.initials, o.desk), o.from_date, o.to_date FROM customer_owner o LEFT JOIN agent a ON "
    owners += "a.id = o.agent_id JOIN customer c ON c.id = o.customer_id WHERE c.number = 'C-1' ORDER BY o.from_date"
    assert [(name, str(start)) for name, start, _ in rows_of(owners)] == [(BOB, "1900-01-01")]
    assert counts(agency("customers", header + "C-1,CAR,2026-05-01,,\n")) == (1, 1, 0, 0)
    assert [(name, str(start), str(end)) for name, start, end in rows_of(owners)] == [
        ("BO", "1900-01-01", "2026-05-01"),
        ("CAR", "2026-05-01", "None"),
    ]
    assert counts(agency("customers", header + "C-1,CAR,2026-05-01,,\n")) == (1, 0, 1, 0)
    assert rows_of("SELECT count(*) FROM customer") == [(2,)]  # nobody knows XY


@pytest.mark.parametrize("customers_first", [True, False])
def test_a_call_finds_its_customer_by_number_or_by_a_telephone_that_is_one_customers(
    customers_first: bool, agency: Load, rows_of: Rows
) -> None:
    calls = "source_id,started_at,remote_number,customer_number\n"
    calls += "a,2026-05-06T10:00:00+02:00,20123457,\nb,2026-05-06T10:01:00+02:00,20123456,\n"
    calls += "c,2026-05-06T10:02:00+02:00,,C-2\nd,2026-05-06T10:03:00+02:00,,\n"
    customers = "number,phones\nC-1,20123456;20123457\nC-2,+45 20 12 34 56\n"
    files = [("customers", customers), ("calls", calls)]
    for kind, content in files if customers_first else reversed(files):
        agency(kind, content)
    found = "SELECT k.source_id, c.number FROM call k LEFT JOIN customer c ON c.id = k.customer_id ORDER BY 1"
    # a: Ida's own; b: shared by two, so nobody's; c: named by the source; d: hidden, never anybody's
    assert rows_of(found) == [("a", "C-1"), ("b", None), ("c", "C-2"), ("d", None)]


def test_an_e_mail_address_belongs_to_one_person(agency: Load) -> None:
    report = agency("agents", "initials,email\nBO,x@example.org\nCAR,x@example.org\n")
    assert rejects(report) == [(3, "email", "this e-mail address belongs to somebody else")]
    assert rejects(agency("agents", "initials,email\nDOR,x@example.org\n"))


@pytest.mark.parametrize(
    "rows",
    [
        ("CAR,x@example.org,2020-01-01,2026-04-30", "NEW,X@example.org,2026-05-01,"),
        ("NEW,X@example.org,2026-05-01,", "CAR,x@example.org,2020-01-01,2026-04-30"),  # whichever stands first
    ],
)
def test_an_address_that_a_leaver_had_is_the_newcomers(agency: Load, rows_of: Rows, rows: tuple[str, str]) -> None:
    header = "initials,email,first_day,last_day\n"
    agency("agents", header + "CAR,x@example.org,2020-01-01,\n")
    assert rejects(agency("agents", header + "NEW,x@example.org,2026-05-01,\n"))  # Carl still works here
    for _night in range(2):  # the same export comes every night
        assert not rejects(agency("agents", header + "\n".join(rows) + "\n"))
        assert rows_of("SELECT initials FROM agent WHERE lower(email) = 'x@example.org'") == [("NEW",)]
    assert not rejects(agency("agents", "initials,email\nCAR,x@example.org\n"))  # he has left, and says the old one
    assert rows_of("SELECT initials FROM agent WHERE lower(email) = 'x@example.org'") == [("NEW",)]
    viewer = viewer_by_email("x@EXAMPLE.org", NOW, NOW.date())
    assert viewer is not None
    assert viewer.name == "NEW"


def test_an_address_in_other_capitals_is_the_same_address(agency: Load) -> None:
    agency("agents", "initials,email\nBO,boss@example.org\n")
    assert rejects(agency("agents", "initials,email\nCAR,Boss@Example.org\n")) == [
        (2, "email", "this e-mail address belongs to somebody else")
    ]


@pytest.mark.parametrize(
    ("kind", "row", "may_look"),
    [
        ("agents", "initials,email,first_day\nNEW,new@example.org,2026-06-01\n", False),  # begins next month
        ("agents", "initials,email,first_day\nNEW,new@example.org,2026-05-07\n", True),  # begins today
        ("memberships", "agent,team,first_day,leads\nNEW,North,2026-06-01,yes\n", False),
        ("memberships", "agent,team,first_day,leads\nNEW,North,2026-05-07,yes\n", True),
    ],
)
def test_who_begins_later_may_look_from_their_first_day(agency: Load, kind: str, row: str, may_look: bool) -> None:
    agency("agents", "initials,email,role\nNEW,new@example.org,team_lead\n")
    assert not rejects(agency(kind, row))
    assert (viewer_by_email("new@example.org", NOW, date(2026, 5, 7)) is not None) is may_look


@ON_SQLITE
@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("20260506T080000Z", None),  # the basic form of ISO 8601
        ("20260506T1000+0200", None),
        ("2026-05-06T10+02", None),  # hours alone
        ("2026-05-06T10:00:00+02", None),
        ("20260506T100000", None),  # local time
        ("06-05-2026 10:00 Europe/Copenhagen", "%d-%m-%Y %H:%M %Z"),
        ("06-05-2026 08:00 UTC", "%d-%m-%Y %H:%M %Z"),
    ],
)
def test_a_time_is_read_however_iso_8601_or_the_mapping_writes_it(
    agency: Load, rows_of: Rows, written: str, form: str | None
) -> None:
    form_line = f', format = "{form}"' if form else ""
    started_at = f'started_at = {{column = "started_at"{form_line}}}'
    mapping = f'kind = "calls"\nsource = "file"\n[fields]\nsource_id = "source_id"\n{started_at}\n'
    report = agency("calls", f"source_id,started_at\n1,{written}\n2,no time\n", mapping)
    assert counts(report) == (2, 1, 0, 1)
    assert str(rows_of("SELECT started_at FROM call")[0][0]).startswith("2026-05-06 08:00:00")


PRIVATE = "kemoterapi 'onsdag'"


@ON_SQLITE
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("absences", "agent,kind,first_day,last_day\nBO,{},2026-05-06,2026-05-06\n"),
        ("absences", "agent,kind,first_day,last_day\nBO,sick,{},2026-05-06\n"),  # a shifted column
        ("shifts", "agent,starts_at,ends_at\nBO,{},2026-05-06T17:00:00+02:00\n"),
        ("notes", "source_id,customer_number,agent,at,kind\n1,C-1,BO,{},conversation\n"),
        ("callbacks", "source_id,customer_number,created_at,created_by,sent_to,topic\n1,C-1,{},BO,CAR,general\n"),
    ],
)
def test_what_may_be_about_health_or_a_customer_is_never_quoted(
    agency: Load, rows_of: Rows, kind: str, content: str
) -> None:
    report = agency(kind, content.format(PRIVATE))
    assert report.problems
    said = [problem.reason for problem in report.problems] + [
        row[0] for row in rows_of("SELECT reason FROM import_reject")
    ]
    assert not any("kemoterapi" in str(reason) or "onsdag" in str(reason) for reason in said)
    assert any("the value" in str(reason) for reason in said)


def test_what_stood_in_a_cell_is_shown_to_administrators_alone(agency: Load, rows_of: Rows) -> None:
    agency("calls", "source_id,started_at\n1,on Monday\n")
    [(run_id,)] = rows_of("SELECT max(id) FROM import_run")
    quality, admin = (scope_of(Viewer("X", role)) for role in ("quality", "admin"))
    for scope, cell in ((quality, "…"), (admin, "on Monday")):
        [reason] = problems_of_load(scope, int(str(run_id)))["reason"]
        assert reason.startswith(f"'{cell}' is not a time"), scope


def test_the_same_reason_in_many_rows_is_one_line_with_the_number_of_rows(agency: Load, rows_of: Rows) -> None:
    rows = "".join(f"{number},on day {number}\n" for number in range(1, 31))
    agency("calls", "source_id,started_at\n" + rows + "31,2026-05-06T10:00:00+02:00\n")
    [(run_id,)] = rows_of("SELECT max(id) FROM import_run")
    [line] = problems_of_load(scope_of(Viewer("X", "admin")), int(str(run_id))).itertuples(index=False)
    assert (line.rows, line.column, line.loaded) == (30, "started_at", False)
    assert line.reason.startswith("'on day 1' is not a time")
    assert line.which == "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 …"


def test_a_load_that_brings_far_less_than_the_five_before_it_is_noticed_on_both_databases(
    agency: Load, house_rules: HouseRules
) -> None:
    def calls(day: int, count: int) -> str:
        rows = [f"{day}-{number},2026-05-{day:02}T10:00:00+02:00\n" for number in range(count)]
        return "source_id,started_at\n" + "".join(rows)

    sizes = [(agency("calls", calls(day, count)).is_small) for day, count in enumerate([9, 8, 10, 8, 9, 4, 1], start=1)]
    assert sizes == [False] * 6 + [True]  # 4 is half of the least of five, 8; then 4 is the least, and 1 is less than 2
    sources = sources_by_kind(EVERYBODY, house_rules, NOW)
    assert list(sources.loc[sources["kind"] == "calls", "is_small"]) == [True]


def test_a_number_that_stands_in_many_rows_is_noticed_as_one_that_may_name_nobody(agency: Load) -> None:
    def requests(of_nobody: int, of_others: int) -> str:
        numbers = ["0"] * of_nobody + [f"C-{number}" for number in range(of_others)]
        rows = (f"{of_nobody}-{row},{number},2026-05-06T10:00:00+02:00\n" for row, number in enumerate(numbers))
        return "source_id,customer_number,created_at\n" + "".join(rows)

    def notices(*rows: int) -> list[str]:
        return [
            problem.reason for problem in agency("callbacks", requests(*rows)).notices if "stands" in problem.reason
        ]

    assert notices(99, 0) == []  # one row too few to be sure
    assert notices(100, 1901) == []  # 100 of 2,001 are less than one in twenty
    [reason] = notices(101, 99)
    assert reason.startswith("101 of 200 rows name the customer 0; if that stands for nobody, let the mapping leave")


def test_what_a_database_uses_for_nothing_is_text_in_a_file(agency: Load, rows_of: Rows) -> None:
    agency("customers", "number,name\nC-1,\\N\nC-2,\x1f\nC-3,\n")
    # COPY reads \\N as a missing value; a lone separator sign is no text, because the ends of cells are stripped.
    assert rows_of("SELECT number, name FROM customer ORDER BY number") == [
        ("C-1", "\\N"),
        ("C-2", None),
        ("C-3", None),
    ]


CONTRADICTIONS = {
    "callbacks": (
        "source_id,customer_number,created_at,created_by,sent_to,reason",
        "1,C-1,2026-05-06T10:00:00+02:00,BO,CAR,{}",
    ),
    "calls": ("source_id,started_at,status,agent", "1,2026-05-06T10:00:00+02:00,{},BO"),
    "notes": ("source_id,customer_number,author,at,kind", "1,C-1,BO,2026-05-06T10:00:00+02:00,{}"),
}


@pytest.mark.parametrize("kind", sorted(CONTRADICTIONS))
def test_the_same_record_twice_with_other_content_is_set_aside(agency: Load, kind: str) -> None:
    agency("customers", "number\nC-1\n")
    header, row = CONTRADICTIONS[kind]
    report = agency(kind, "\n".join([header, row.format("missed"), row.format("answered"), ""]))
    assert counts(report) == (2, 1, 0, 1)
    assert "stands in row 2 with other content" in rejects(report)[0][2]


def test_a_role_must_be_one_of_ours(agency: Load) -> None:
    [(_, column, reason)] = rejects(agency("agents", "initials,role\nEVE,root\n"))
    assert (column, reason) == ("role", "'root' is none of agent, team_lead, quality, kc, admin")


def test_a_shift_that_ends_before_it_starts_ends_the_next_day_where_the_mapping_says_so(
    agency: Load, rows_of: Rows
) -> None:
    mapping = """kind = "shifts"
source = "rota"
[fields]
agent = "who"
starts_at = { columns = ["day", "from"], format = "%Y-%m-%d %H:%M" }
ends_at = { columns = ["day", "to"], format = "%Y-%m-%d %H:%M", rolls_past_midnight = true }
"""
    days = "who,day,from,to\nBO,2026-03-28,22:00,06:00\nBO,2026-10-24,22:00,06:00\nBO,2026-05-06,09:00,09:00\n"
    report = agency("shifts", days, mapping)
    assert not report.rejects
    spans = [(utc(start), utc(end)) for start, end in rows_of("SELECT starts_at, ends_at FROM shift ORDER BY 1")]
    assert [(end - start).total_seconds() / 3600 for start, end in spans] == [
        7,
        24,
        9,
    ]  # the two nights the clocks change
    unmapped = agency("shifts", "agent,starts_at,ends_at\nBO,2026-05-06T09:00,2026-05-06T08:00\n")
    assert rejects(unmapped) == [(2, "ends_at", "is before starts_at")]


def test_an_absence_of_part_of_a_day_begins_and_ends_at_its_clock_times(agency: Load, rows_of: Rows) -> None:
    header = "agent,kind,first_day,last_day,from_time,to_time\n"
    agency("absences", header + "BO,errand,2026-05-06,2026-05-06,,12:00\nBO,vacation,2026-03-28,2026-03-29,,\n")
    spans = [(utc(start), utc(end)) for start, end in rows_of("SELECT starts_at, ends_at FROM absence ORDER BY 1")]
    assert [(end - start).total_seconds() / 3600 for start, end in spans] == [47, 12]  # two days less the skipped hour


@pytest.mark.usefixtures("bare_database")
def test_the_database_must_be_of_the_programs_version(tmp_path: Path, house_rules: HouseRules) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEADER)
    with pytest.raises(versions.DatabaseNotReadyError, match="python -m data_access init"):
        load_file("calls", file, None, house_rules, lambda: NOW)


def test_the_newest_record_of_a_load_is_kept(agency: Load) -> None:
    assert agency("calls", HEADER + GOOD_ROW).newest_record == datetime(2026, 5, 6, 8, tzinfo=UTC)
    assert agency("agents", AGENTS).newest_record is None


def test_today_is_the_agencys_day(agency: Load, rows_of: Rows) -> None:
    agency("customers", "number,owner\nC-9,BO\n")
    agency("customers", "number,owner\nC-9,CAR\n")
    starts = rows_of("SELECT from_date FROM customer_owner WHERE to_date IS NULL")
    assert [str(start) for (start,) in starts] == [str(date(2026, 5, 7))]


@ON_SQLITE
@pytest.mark.parametrize("content", [b"a" * 5_000_000, b"," * 5_000_000, b'"' + b"a," * 2_500_000])
@pytest.mark.usefixtures("agency")
def test_a_line_that_unpacks_to_more_than_a_line_is_refused(
    content: bytes, tmp_path: Path, house_rules: HouseRules
) -> None:
    file = tmp_path / "calls.csv.gz"
    file.write_bytes(gzip.compress(b"source_id,started_at\n1,2026-05-06T10:00:00+02:00\n" + content))
    with pytest.raises(FileRefusedError, match=r":3: (has a line of more than|cannot be read: field larger)"):
        load_file("calls", file, None, house_rules, lambda: NOW)

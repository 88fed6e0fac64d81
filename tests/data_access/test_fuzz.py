"""Files that nobody meant to write: none ends in a traceback, and every row of a file that is read is accounted for."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cast import ALICE, BIRGIT, BOB, CARL
from support.databases import Load
from support.places import ROOT

from data_access.sources.files import FileRefusedError
from data_access.sources.kinds import KINDS, Field, Form
from data_access.sources.mapping import MappingError

EXPORTS, SHIPPED = ROOT / "tests/exports", ROOT / "data_access/sources/mappings"
EXAMPLES = settings(
    max_examples=settings().max_examples // 2,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""The examples of a test share its database, so that each load meets what others left there.

They are the same in every run: who changes something else is not stopped by a new one. `make thorough` draws more.
"""

KIND_OF_TABLES = st.sampled_from([name for name in KINDS if name != "kc-list"])
TIMES = (
    "2026-05-06T10:00:00+02:00", "2026-05-06T10:00:01+02:00", "2026-05-06 09:59", "2026-10-25T02:30:00",
    "2026-03-29T02:30:00", "06-05-2026 10.00", "20260506T100000Z", "0001-01-01T00:00:00", "2026-05-06T10:00:00-02",
)  # fmt: skip
DAYS = ("2026-05-06", "2026-05-07", "06-05-2026", "2026-02-30", "9999-12-31", "0000-00-00", "20260506")
USUAL: dict[Form, tuple[str, ...]] = {
    "text": (ALICE, BOB, BIRGIT, CARL, "North", "South", "Reception", "KC", "1", "2", "1000", "nobody@example.com"),
    "time": TIMES,
    "date": DAYS,
    "clock": ("09:00", "9:30", "24:00", "25:00", "09:00:00", "-1:00"),
    "duration": ("0", "35", "1.5", "1,5", "-3", "05:33", "1:00:00", "NaN", "inf", "1e309"),
    "number": ("1", "8.0", "-1", "10001", "½", "1_0"),
    "boolean": ("yes", "no", "0", "ja", "måske"),
    "phone": ("20123401", "+45 20 12 34 01", "4.52E+09", "hidden", "+" + "9" * 40),
}
USUAL["phones"] = USUAL["phone_list"] = (*USUAL["phone"], "20123401 (mobil), 30123401 (privat)", ",;/|")
HOSTILE = (
    "", "", "", " ", "\0", "\ufeff", "\u202e", "'", '"', "%s", "{0}", "=1+1", "\\", ";", "\n", "\r", "\r\n", "NULL",
    "NaN", "\ud7ff", "😀", "٣", "x" * 10_001, "9" * 30, "-9223372036854775809", "1; DROP TABLE call", "<b>",
)  # fmt: skip


def cells(field: Field) -> st.SearchStrategy[str]:
    """Mostly what such a cell holds, now and then what it never should."""
    usual = st.sampled_from(field.words or USUAL[field.form])
    return st.one_of(usual, usual, usual, st.sampled_from(HOSTILE), st.text(max_size=12))


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, str, str | None]:
    """A kind, a file of that kind, and a mapping that reads it or none."""
    kind = draw(KIND_OF_TABLES)
    fields = KINDS[kind].fields
    left_out = draw(st.sets(st.sampled_from(sorted(fields)), max_size=4))
    columns = [name for name, field in fields.items() if field.required or name not in left_out]
    rows = draw(st.lists(st.tuples(*(cells(fields[name]) for name in columns)), max_size=12).map(list))
    rows += draw(st.lists(st.sampled_from(rows), max_size=4)) if rows else []
    file = io.StringIO()
    csv.writer(file).writerows([columns, *rows])
    text = file.getvalue()
    is_cut = draw(st.integers(0, 9)) == 0
    content = text[: draw(st.integers(0, len(text)))] if is_cut else text
    return kind, content, draw(st.none() | mappings(kind, columns))


@st.composite
def mappings(draw: st.DrawFn, kind: str, columns: list[str]) -> str:
    """A mapping of columns that are called as their fields, with settings that may fit them or not."""
    settings_of_field = st.sampled_from(
        ['zone = "America/New_York"', 'format = "%d-%m-%Y %H.%M"', 'format = "%Q"', 'format = "%H:%M"', 'unit = "ms"',
         'unit = "hh:mm:ss"', 'empty = ["1"]', 'values = { "1" = "2" }', "rolls_past_midnight = true", 'join = "-"']
    )  # fmt: skip
    lines = [f'kind = "{kind}"', 'source = "file"']
    lines += draw(st.lists(st.sampled_from(['decimal = ","', 'zone = "UTC"', 'delimiter = ";"', 'says = "changes"']),
                           unique=True, max_size=2))  # fmt: skip
    unknown = draw(st.sampled_from(["list", "create", "unnamed"]))
    lines += [f'unknown_agents = "{unknown}"', "[fields]"]
    for name in columns:
        extra = draw(st.none() | settings_of_field)
        lines.append(f'{name} = {{ column = "{name}"{f", {extra}" if extra else ""} }}')
    if draw(st.booleans()):
        lines += ["[[leave_out]]", f'column = "{columns[0]}"', 'values = ["1", ""]', 'reason = "not ours"']
    return "\n".join(lines)


def assert_all_is_said(load: Load, kind: str, content: str | bytes, mapping: str | None) -> None:
    """The file is refused in words, or each row is loaded, unchanged or set aside; loaded again, none is new."""
    try:
        report = load(kind, content, mapping)
    except (FileRefusedError, MappingError):
        return
    assert report.unchanged >= 0, "more rows are told of than were read"
    assert all(problem.reason for problem in report.problems)
    again = load(kind, content, mapping)
    assert (again.rows_read, again.loaded, again.rejected) == (report.rows_read, 0, report.rejected)


@EXAMPLES
@given(table=tables())
def test_no_table_ends_in_a_traceback_and_no_row_is_lost(agency: Load, table: tuple[str, str, str | None]) -> None:
    assert_all_is_said(agency, *table)


def export_of(case: str) -> bytes:
    return (EXPORTS / case).read_bytes()


GRID = b"""Navn;04-05-2026;05-05-2026;06-05-2026
BO;9-17;9-12 og 13-17;F
BIR;08:30-16:30;S;fri
"""
RELATEL = b"""{"calls": [
{"call_uuid": "a", "direction": "incoming", "endpoint": "Reception#1", "endpoint_name": "Reception",
"remote_number": "+4520123401", "status": "answered", "started_at": "2026-05-06T08:00:00Z",
"answered_at": "2026-05-06T08:00:10Z", "ended_at": "2026-05-06T08:02:10Z", "answered_by": {"id": 7},
"nodes": [
{"node_uuid": "a1", "endpoint": "Employee#7", "started_at": "2026-05-06T08:00:02Z",
"answered_at": "2026-05-06T08:00:10Z", "ended_at": "2026-05-06T08:02:10Z"}
]}
]}
"""
EXPORTS_BY_MAPPING = [
    ("asterisk_cdr_calls", export_of("cdr_inner_leg_of_a_ring_group/Master.csv")),
    ("asterisk_cdr_rings", export_of("cdr_inner_leg_of_a_ring_group/Master.csv")),
    ("asterisk_cdr_calls", export_of("cdr_of_21_columns/Master.csv")),
    ("asterisk_queue_log_calls", export_of("queue_log_transfer/queue_log")),
    ("asterisk_queue_log_rings", export_of("queue_log_transfer/queue_log")),
    ("calendar_shifts", export_of("ics_one_uid_for_all_shifts/shifts.ics")),
    ("calendar_shifts", export_of("ics_zone_of_its_own/shifts.ics")),
    ("grid_shifts", GRID),
    ("grid_absences", GRID),
    ("relatel_calls", RELATEL),
    ("relatel_rings", RELATEL),
]
"""Every format with a reader of its own, by the shipped mapping that reads it."""


@st.composite
def damaged_exports(draw: st.DrawFn) -> tuple[str, bytes, str]:
    """A real form of export with lines lost, doubled, moved or cut off, and with bytes that do not belong there."""
    mapping, content = draw(st.sampled_from(EXPORTS_BY_MAPPING))
    lines = content.splitlines(keepends=True)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        match draw(st.sampled_from(["lose", "double", "move", "cut", "spoil", "swap"])):
            case "lose":
                del lines[at : at + 1]
            case "double":
                lines[at:at] = lines[at : at + 1]
            case "move":
                lines[at:], lines[:at] = lines[:at], lines[at:]
            case "cut":
                lines[at : at + 1] = [line[: draw(st.integers(0, len(line)))] for line in lines[at : at + 1]]
            case "spoil":
                spoilt = draw(st.sampled_from([b"\xff", b"\0", b'"', b"|", b",", b";", b":", b"99999999999999", b"\n"]))
                lines[at : at + 1] = [
                    line[:place] + spoilt + line[place + 1 :]
                    for line in lines[at : at + 1]
                    for place in [draw(st.integers(0, len(line)))]
                ]
            case "swap":
                lines[at : at + 2] = reversed(lines[at : at + 2])
    return mapping.rpartition("_")[2], b"".join(lines), (SHIPPED / f"{mapping}.toml").read_text()


@EXAMPLES
@given(export=damaged_exports())
def test_no_damaged_export_ends_in_a_traceback_and_no_row_is_lost(agency: Load, export: tuple[str, bytes, str]) -> None:
    assert_all_is_said(agency, *export)


@EXAMPLES
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode), kind=KIND_OF_TABLES)
def test_whatever_is_no_export_at_all_is_refused_in_words(agency: Load, content: bytes, kind: str) -> None:
    assert_all_is_said(agency, kind, content, None)

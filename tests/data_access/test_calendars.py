"""Calendars, feeds and grids on both databases: every form that the sources send, and what each row becomes."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.databases import NOW, ON_SQLITE, Load
from support.places import ROOT
from typer.testing import CliRunner
from xlsxwriter import Workbook

from data_access.__main__ import app
from data_access.loading.load import LoadReport, load_file
from data_access.sources import feeds
from data_access.sources.feeds import file_of_feed
from data_access.sources.files import FileRefusedError
from metrics.house_rules import HouseRules

MAPPINGS = ROOT / "data_access/sources/mappings"
RowsOf = Callable[[str], list[tuple[object, ...]]]
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\nX-WR-CALNAME:Vagtplan\r\n"
FOOT = "END:VCALENDAR\r\n"


def event(**properties: str) -> str:
    """A VEVENT of these properties; a value that begins with ; holds their parameters."""
    lines = [
        f"{name.replace('_', '-')}{value if value.startswith(';') else ':' + value}"
        for name, value in properties.items()
    ]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


ROMANCE = (
    "BEGIN:VTIMEZONE\r\nTZID:Romance Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)
ZONED = ";TZID=Europe/Copenhagen:"
TORTURE = [
    # A named zone, UTC, no zone at all, and Windows' name with its own rules and without.
    event(UID="named", SUMMARY="BO", DTSTART=ZONED + "20260506T090000", DTEND=ZONED + "20260506T170000"),
    event(UID="utc", SUMMARY="BIR", DTSTART="20260506T070000Z", DTEND="20260506T150000Z"),
    event(UID="floating", SUMMARY="CAR", DTSTART="20260506T090000", DTEND="20260506T170000"),
    event(UID="windows", SUMMARY="DOR", DTSTART=";TZID=Romance Standard Time:20260506T090000", DURATION="PT8H"),
    # Every weekday for a week over the change to summer time, without one day, another moved, another cancelled.
    event(
        UID="weekly", SUMMARY="BO", DTSTART=ZONED + "20260325T220000", DTEND=ZONED + "20260326T060000",
        RRULE="FREQ=DAILY;COUNT=6", EXDATE=ZONED + "20260327T220000",
    ),
    event(
        UID="weekly", SUMMARY="BO", RECURRENCE_ID=ZONED + "20260326T220000", DTSTART=ZONED + "20260326T200000",
        DTEND=ZONED + "20260327T040000",
    ),
    event(
        UID="weekly", SUMMARY="BO", RECURRENCE_ID=ZONED + "20260330T220000", DTSTART=ZONED + "20260330T220000",
        DTEND=ZONED + "20260331T060000", STATUS="CANCELLED",
    ),
    # A shift that never ends repeating: as far ahead as 400 days.
    event(
        UID="forever", SUMMARY="ALI", DTSTART=ZONED + "20200106T120000", DTEND=ZONED + "20200106T130000",
        RRULE="FREQ=WEEKLY;BYDAY=MO",
    ),
    event(UID="gone", SUMMARY="CAR", DTSTART="20260507T070000Z", DTEND="20260507T150000Z", STATUS="CANCELLED"),
    # What cannot be loaded.
    event(UID="day", SUMMARY="CAR", DTSTART=";VALUE=DATE:20260508", DTEND=";VALUE=DATE:20260509"),
    event(UID="free", SUMMARY="CAR", DTSTART="20260508T070000Z", DTEND="20260508T150000Z", TRANSP="TRANSPARENT"),
    event(SUMMARY="CAR", DTSTART="20260508T070000Z", DTEND="20260508T150000Z"),
    event(UID="no-start", SUMMARY="CAR"),
    event(UID="turned", SUMMARY="CAR", DTSTART="20260508T150000Z", DTEND="20260508T070000Z"),
    event(UID="bad", SUMMARY="CAR", DTSTART="20261308T150000Z", DTEND="20260508T170000Z"),
    event(UID="who", SUMMARY="Somebody", DTSTART="20260508T070000Z", DTEND="20260508T150000Z"),
    event(UID="rule", SUMMARY="CAR", DTSTART="20260508T070000Z", DTEND="20260508T150000Z", RRULE="FREQ=SOMETIMES"),
    event(UID="often", SUMMARY="CAR", DTSTART="20260508T070000Z", DURATION="PT1S", RRULE="FREQ=SECONDLY"),
    event(UID="long", SUMMARY="CAR", DTSTART="20260508T070000Z", DTEND="20260510T070000Z"),
]  # fmt: skip


def calendar(*events: str) -> str:
    return HEAD + ROMANCE + "".join(events) + FOOT


@pytest.fixture
def load_as(agency: Load, tmp_path: Path, house_rules: HouseRules) -> Callable[..., LoadReport]:  # noqa: ARG001
    def load_text(content: str | bytes, kind: str, mapping: str, name: str = "rota.ics") -> LoadReport:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_file(kind, file, MAPPINGS / mapping, house_rules, lambda: NOW)

    return load_text


SHIFTS = """
    SELECT source_id, initials, starts_at, ends_at FROM shift JOIN agent ON agent.id = agent_id
    ORDER BY starts_at, initials
"""


def shifts(rows_of: RowsOf, like: str) -> list[tuple[str, str, str, str]]:
    """source_id, initials, from and to as UTC."""
    found = [(str(row[0]), str(row[1]), str(row[2])[:16], str(row[3])[:16]) for row in rows_of(SHIFTS)]
    return [row for row in found if row[0].startswith(like)]


def test_a_calendar_with_everything_that_calendars_send(load_as: Callable[..., LoadReport], rows_of: RowsOf) -> None:
    report = load_as(calendar(*TORTURE), "shifts", "calendar_shifts.toml")
    by_id = {row[0]: row[1:] for row in shifts(rows_of, "")}
    nine_to_five = ("2026-05-06 07:00", "2026-05-06 15:00")
    # Four ways to write the same shift.
    assert {name: by_id[name] for name in ("named", "utc", "floating", "windows")} == {
        "named": ("BO", *nine_to_five),
        "utc": ("BIR", *nine_to_five),
        "floating": ("CAR", *nine_to_five),
        "windows": ("DOR", *nine_to_five),
    }
    assert shifts(rows_of, "weekly") == [
        ("weekly/20260325T210000Z", "BO", "2026-03-25 21:00", "2026-03-26 05:00"),
        ("weekly/20260326T210000Z", "BO", "2026-03-26 19:00", "2026-03-27 03:00"),  # moved two hours ahead
        # 27 March is taken out. The night when the clocks go forward lasts seven hours; then ten o'clock is 20:00 UTC.
        ("weekly/20260328T210000Z", "BO", "2026-03-28 21:00", "2026-03-29 04:00"),
        ("weekly/20260329T200000Z", "BO", "2026-03-29 20:00", "2026-03-30 04:00"),
    ]
    forever = shifts(rows_of, "forever")
    assert (forever[0][2], forever[-1][2]) == ("2025-04-07 10:00", "2027-06-07 10:00")  # 400 days around 7 May 2026
    assert "gone" not in by_id
    reasons = sorted((problem.column, problem.reason) for problem in report.rejects)
    assert [column for column, _ in reasons] == [
        "DTEND", "DTSTART", "DTSTART", "DTSTART", "RRULE", "RRULE", "TRANSP", "UID", "agent", "ends_at",
    ]  # fmt: skip
    said = "\n".join(reason for _, reason in reasons)
    for reason in (
        "is before DTSTART",
        "is missing",
        "lasts whole days; a shift needs its hours",
        "cannot be read: ",
        "is marked as free",
        "more often than once a day",
        "could not be told from another",
        "longer than 24 hours",
        "nobody whom we know",
    ):
        assert reason in said, reason
    lines = calendar(*TORTURE).splitlines()
    assert all(lines[report.line_of(problem.row) - 1] == "BEGIN:VEVENT" for problem in report.rejects)
    assert report.rows_read == report.loaded + report.unchanged + report.rejected


def test_a_calendar_loaded_again_changes_nothing_and_an_edit_moves_the_same_shift(
    load_as: Callable[..., LoadReport], rows_of: RowsOf
) -> None:
    load_as(calendar(*TORTURE), "shifts", "calendar_shifts.toml")
    before = shifts(rows_of, "")
    assert load_as(calendar(*TORTURE), "shifts", "calendar_shifts.toml").loaded == 0
    assert shifts(rows_of, "") == before
    moved = TORTURE[0].replace("T170000", "T160000")
    load_as(calendar(moved, *TORTURE[1:]), "shifts", "calendar_shifts.toml")
    assert shifts(rows_of, "named") == [("named", "BO", "2026-05-06 07:00", "2026-05-06 14:00")]
    # Cancelled, or taken out of its repetition, it is gone.
    cancelled = TORTURE[0].replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT")
    excluded = TORTURE[4].replace("20260327T220000", "20260327T220000,20260328T220000")
    report = load_as(calendar(cancelled, *TORTURE[1:4], excluded, *TORTURE[5:]), "shifts", "calendar_shifts.toml")
    assert shifts(rows_of, "named") == []
    assert len(shifts(rows_of, "weekly")) == 3
    assert report.loaded == 2


def series(count: int, start: str = "20260504T090000", **more: str) -> str:
    return event(
        UID="s", SUMMARY="BO", DTSTART=ZONED + start, DURATION="PT8H", RRULE=f"FREQ=DAILY;COUNT={count}", **more
    )


def test_what_a_series_no_longer_has_is_taken_out(load_as: Callable[..., LoadReport], rows_of: RowsOf) -> None:
    def left(*events: str) -> int:
        load_as(calendar(*events), "shifts", "calendar_shifts.toml")
        return len(shifts(rows_of, "s"))

    assert left(series(5)) == 5
    assert left(series(2)) == 2  # shortened
    assert left(series(2, "20260504T120000")) == 2  # all of it later
    whole_day_out = series(2, "20260504T120000", EXDATE=";VALUE=DATE:20260504")
    assert left(whole_day_out) == 1
    assert left(series(2, "20260504T120000", TRANSP="transparent")) == 0  # marked as free
    single = event(UID="s", SUMMARY="BO", DTSTART=ZONED + "20260504T090000", DURATION="PT8H")
    assert left(single) == 1
    assert left(series(3)) == 3  # a single event becomes a series
    assert (
        left(event(UID="s", SUMMARY="BO", DTSTART=ZONED + "20260504T090000", DURATION="PT8H", STATUS="cancelled")) == 0
    )


@ON_SQLITE
@pytest.mark.parametrize(
    "strange",
    [
        event(UID="x", SUMMARY="BO", DTSTART="20260504T090000Z", DURATION="PT1H", RRULE="FREQ=MINUTELY;INTERVAL=60"),
        event(UID="x", SUMMARY="BO", DTSTART="20260504T090000Z", DURATION="PT1H", RRULE="FREQ=DAILY;INTERVAL=0"),
        event(UID="x", SUMMARY="BO", DTSTART=";TZID=Asia/Tokyo:00010101T000000", DURATION="PT1H"),
        event(
            UID="x", SUMMARY="BO", DTSTART="20260504T090000Z", DURATION="PT1H",
            RECURRENCE_ID=";RANGE=THISANDFUTURE:20260504T090000Z",
        ),
    ],
    ids=["each hour", "an interval of nothing", "before all time", "this and all that follow"],
)  # fmt: skip
def test_a_strange_event_is_set_aside_and_the_others_load(
    load_as: Callable[..., LoadReport], rows_of: RowsOf, strange: str
) -> None:
    report = load_as(calendar(strange, TORTURE[0]), "shifts", "calendar_shifts.toml")
    assert len(report.rejects) == 1
    assert [row[0] for row in shifts(rows_of, "")] == ["named"]


def test_of_two_versions_of_an_event_the_later_one_counts(load_as: Callable[..., LoadReport], rows_of: RowsOf) -> None:
    newer = TORTURE[0].replace("T170000", "T160000").replace("END:VEVENT", "SEQUENCE:2\r\nEND:VEVENT")
    older = TORTURE[0].replace("END:VEVENT", "SEQUENCE:1\r\nEND:VEVENT")
    assert not load_as(calendar(newer, older), "shifts", "calendar_shifts.toml").rejects
    assert shifts(rows_of, "named")[0][3] == "2026-05-06 14:00"


@pytest.mark.usefixtures("agency")
@pytest.mark.usefixtures("load_as")
def test_days_of_a_calendar_are_absences_without_their_last_day(
    tmp_path: Path, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    mapping = tmp_path / "absences.toml"
    mapping.write_text(
        'kind = "absences"\nsource = "calendar"\nformat = "icalendar"\n[fields]\nsource_id = "source_id"\n'
        'agent = "summary"\nkind = "categories"\nfirst_day = "first_day"\nlast_day = "last_day"\n'
    )
    week = event(
        UID="week", SUMMARY="BO", CATEGORIES="vacation", DTSTART=";VALUE=DATE:20260706", DTEND=";VALUE=DATE:20260711"
    )
    file = tmp_path / "away.ics"
    file.write_text(calendar(week), newline="")
    assert not load_file("absences", file, mapping, house_rules, lambda: NOW).rejects
    (row,) = rows_of("SELECT kind, first_day, last_day FROM absence")
    assert tuple(map(str, row)) == ("vacation", "2026-07-06", "2026-07-10")  # the end is exclusive


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no calendar"),
        ("<html>", "cannot be read as a calendar"),
        (calendar(TORTURE[0])[:-60], "cut"),
        (calendar(TORTURE[0]).replace("BO", "Bø").encode("latin-1"), "is not text in utf-8"),
        ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", "holds no calendar"),
        (b"\0" * 100, "cannot be read as a calendar"),
    ],
    ids=["empty", "a web page", "cut off", "another encoding", "no calendar", "NUL bytes"],
)
def test_what_is_no_whole_calendar_is_refused_and_changes_nothing(
    load_as: Callable[..., LoadReport], rows_of: RowsOf, content: str | bytes, reason: str
) -> None:
    with pytest.raises(FileRefusedError, match=reason):
        load_as(content, "shifts", "calendar_shifts.toml")
    assert rows_of("SELECT * FROM shift") == []


REDIRECTS = {
    "/moved.ics": "/rota.ics",
    "/circle.ics": "/circle.ics",
    "/inner.ics": "http://{host}/rota.ics",  # another name than the one that was asked
}


@pytest.fixture
def feed() -> Iterator[str]:
    """A server with a calendar at /rota.ics, addresses that lead elsewhere, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = calendar(TORTURE[0]).encode()
            if target := REDIRECTS.get(self.path):
                self.send_response(302)
                self.send_header("Location", target.format(host=self.headers["Host"].replace("127.0.0.1", "localhost")))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200 if self.path.startswith("/rota.ics") else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("agency")
def test_a_feed_is_loaded_by_its_address_and_its_secret_is_not_told(feed: str, rows_of: RowsOf) -> None:
    run = partial(CliRunner().invoke, app)
    mapping = f"--mapping={MAPPINGS / 'calendar_shifts.toml'}"
    result = run(["import", "shifts", f"{feed}/rota.ics?key=secret", mapping])
    assert result.exit_code == 0, result.output
    assert "1 loaded" in result.output
    assert len(shifts(rows_of, "named")) == 1
    (name,) = rows_of("SELECT file FROM import_run WHERE kind = 'shifts'")
    assert name == ("127.0.0.1.ics",)
    with pytest.raises(FileRefusedError, match=r"127\.0\.0\.1: answers 404"), file_of_feed(f"{feed}/other?key=secret"):
        pass
    with pytest.raises(FileRefusedError, match="cannot be reached"), file_of_feed("http://127.0.0.1:1/rota.ics"):
        pass


def test_a_feed_may_move_on_its_host_and_leads_nowhere_else(feed: str) -> None:
    with file_of_feed(f"{feed}/moved.ics") as file:
        assert file.read_text().startswith("BEGIN:VCALENDAR")
    with pytest.raises(FileRefusedError, match="leads to another host"), file_of_feed(f"{feed}/inner.ics"):
        pass
    with pytest.raises(FileRefusedError, match="without end"), file_of_feed(f"{feed}/circle.ics"):
        pass


def test_a_feed_that_drips_for_ever_is_left(feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LONGEST_FETCH_SECONDS", -1)  # as if the time had passed
    with pytest.raises(FileRefusedError, match="delivers so slowly"), file_of_feed(f"{feed}/rota.ics"):
        pass


GRID = (
    "Navn;Team;man. 04-05-2026;tirs. 05-05-2026;ons. 06-05-2026;tors. 07-05-2026;fre. 08-05-2026;Timer\n"
    "BO;Nord;9-17;F;F;F;9-16.30;15,5\n"
    "BIR;Nord;9.00-12.00 og 13.00-17.00;9-17;kl. 9 til 17;S;;27\n"
    "CAR;Syd;22-06;9-17, 18-19, 20-21;9-25;?;fri;0\n"
    "Ukendt;Syd;9-17;;;;;8\n"
    "DOR;Syd;9-17\n"
)


def test_a_danish_grid_gives_shifts_and_absences(load_as: Callable[..., LoadReport], rows_of: RowsOf) -> None:
    report = load_as(GRID.encode("windows-1252"), "shifts", "grid_shifts.toml", "vagtplan.csv")
    assert shifts(rows_of, "BO") == [
        ("BO/2026-05-04/1", "BO", "2026-05-04 07:00", "2026-05-04 15:00"),
        ("BO/2026-05-08/1", "BO", "2026-05-08 07:00", "2026-05-08 14:30"),
    ]
    assert [row[2:] for row in shifts(rows_of, "BIR")] == [
        ("2026-05-04 07:00", "2026-05-04 10:00"),
        ("2026-05-04 11:00", "2026-05-04 15:00"),
        ("2026-05-05 07:00", "2026-05-05 15:00"),
        ("2026-05-06 07:00", "2026-05-06 15:00"),
    ]
    assert [row[2:] for row in shifts(rows_of, "CAR")] == [("2026-05-04 20:00", "2026-05-05 04:00")]  # over midnight
    reasons = {(report.line_of(problem.row), problem.column): problem.reason for problem in report.rejects}
    is_no = "is no shift such as 9-17, nor two, nor a word that the mapping leaves out"
    assert reasons[4, "tirs. 05-05-2026"] == f"the cell {is_no}"  # it may name an illness
    assert reasons[4, "ons. 06-05-2026"] == f"the cell {is_no}"
    assert reasons[4, "tors. 07-05-2026"] == f"the cell {is_no}"
    assert reasons[5, "agent"].startswith("'…' is nobody whom we know; load agents with this name")
    assert reasons[6, "tirs. 05-05-2026"] == "the row is cut off before this column"
    assert report.left_out_by_reason == {"an absence, not a shift": 5}
    away = load_as(GRID.encode("windows-1252"), "absences", "grid_absences.toml", "vagtplan.csv")
    assert [
        tuple(map(str, row)) for row in rows_of("SELECT kind, first_day, last_day FROM absence ORDER BY kind DESC")
    ] == [
        ("vacation", "2026-05-05", "2026-05-07"),  # three cells, one absence
        ("sick", "2026-05-07", "2026-05-07"),
    ]
    # Nobody is away because of a word that is not understood; it may be somebody's illness, so it is not quoted.
    assert ("code", "the value is no code that the mapping knows") in [
        (problem.column, problem.reason) for problem in away.rejects
    ]


def test_a_cleared_cell_takes_its_shift_out_and_a_changed_one_changes_it(
    load_as: Callable[..., LoadReport], rows_of: RowsOf
) -> None:
    load_as(GRID.encode("windows-1252"), "shifts", "grid_shifts.toml", "vagtplan.csv")
    edited = GRID.replace("BO;Nord;9-17;F;F;F;9-16.30", "BO;Nord;10-17;F;F;F;").replace(" og 13.00-17.00", "")
    report = load_as(edited.encode("windows-1252"), "shifts", "grid_shifts.toml", "vagtplan.csv")
    assert [row[2] for row in shifts(rows_of, "BO")] == ["2026-05-04 08:00"]
    assert len(shifts(rows_of, "BIR")) == 3
    assert report.loaded == 3  # one changed, two taken out


def test_absences_of_a_grid_follow_its_cells(load_as: Callable[..., LoadReport], rows_of: RowsOf) -> None:
    def spells(cells: str) -> list[tuple[str, ...]]:
        grid = "Navn;04-05-2026;05-05-2026;06-05-2026;07-05-2026\nBO;" + cells + "\n"
        load_as(grid, "absences", "grid_absences.toml", "vagtplan.csv")
        found = rows_of("SELECT kind, first_day, last_day FROM absence ORDER BY first_day")
        return [tuple(map(str, row)) for row in found]

    assert spells(";F;F;") == [("vacation", "2026-05-05", "2026-05-06")]
    assert spells("F;F;F;") == [("vacation", "2026-05-04", "2026-05-06")]  # begins earlier
    assert spells("F;S;F;fri") == [
        ("vacation", "2026-05-04", "2026-05-04"),
        ("sick", "2026-05-05", "2026-05-05"),
        ("vacation", "2026-05-06", "2026-05-06"),
    ]
    assert spells("9-17;9-17;;") == []


def test_a_cell_that_cannot_be_read_leaves_its_shift_and_a_second_row_has_its_own(
    load_as: Callable[..., LoadReport], rows_of: RowsOf
) -> None:
    def hours(*rows: str) -> list[str]:
        grid = "Navn;04-05-2026;05-05-2026\n" + "\n".join(rows) + "\n"
        load_as(grid, "shifts", "grid_shifts.toml", "vagtplan.csv")
        return [row[2] for row in shifts(rows_of, "BO")]

    assert hours("BO;18-23 og 0-4;") == ["2026-05-04 16:00", "2026-05-04 22:00"]  # the second is the night after
    assert hours("BO;9-17;") == ["2026-05-04 07:00"]
    assert hours("BO;9-17 hjemme;") == ["2026-05-04 07:00"]
    assert hours("BO;;9-17", "BIR;9-17;9-17", "BO;9-17;") == ["2026-05-04 07:00", "2026-05-05 07:00"]


def test_a_grid_from_a_spreadsheet_with_real_dates(
    load_as: Callable[..., LoadReport], tmp_path: Path, rows_of: RowsOf
) -> None:
    from datetime import date

    file = tmp_path / "vagtplan.xlsx"
    book = Workbook(file)
    sheet = book.add_worksheet()
    as_date = book.add_format({"num_format": "dd-mm-yyyy"})
    sheet.write(0, 0, "Navn")
    for place, day in enumerate((date(2026, 5, 4), date(2026, 5, 5)), start=1):
        sheet.write_datetime(0, place, day, as_date)  # type: ignore[arg-type]
    sheet.write_row(1, 0, ["BO", "9-17", "F"])
    book.close()
    assert not load_as(file.read_bytes(), "shifts", "grid_shifts.toml", "vagtplan.xlsx").rejects
    assert [row[2] for row in shifts(rows_of, "BO")] == ["2026-05-04 07:00"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Navn;04-05;05-05", "no column is headed by a date"),  # no year
        ("Navn;05/04/2026", "no column is headed by a date"),  # month or day? never guessed
        ("Navn;04-05-2026;x;05-05-2026", "x: is no date, but stands between dates"),
        ("Navn;05-05-2026;04-05-2026", "out of order"),
    ],
)
def test_a_grid_without_clear_dates_is_refused(load_as: Callable[..., LoadReport], header: str, reason: str) -> None:
    with pytest.raises(FileRefusedError, match=reason):
        load_as(f"{header}\nBO;9-17;9-17;9-17\n", "shifts", "grid_shifts.toml", "vagtplan.csv")


NEEDS = """team,desk,weekday,from_time,to_time,minimum,first_day
North,,mon,09:00,10:30,2,
North,,mon,10:00,10:30,3,2026-06-01
,kc,sun,11:00,12:00,1,
"""


def test_staffing_needs_are_loaded_by_half_hours(agency: Load, rows_of: RowsOf) -> None:
    query = (
        "SELECT name, staffing_need.desk, weekday, half_hour, minimum, from_date FROM staffing_need LEFT JOIN team ON "
    )
    query += "team.id = team_id ORDER BY name IS NULL, from_date, half_hour"
    assert agency("needs", NEEDS).loaded == 3
    found = [tuple(map(str, row)) for row in rows_of(query)]
    assert found == [
        ("North", "None", "0", "18", "2", "1900-01-01"),
        ("North", "None", "0", "19", "2", "1900-01-01"),
        ("North", "None", "0", "20", "2", "1900-01-01"),
        ("North", "None", "0", "20", "3", "2026-06-01"),
        ("None", "kc", "6", "22", "1", "1900-01-01"),
        ("None", "kc", "6", "23", "1", "1900-01-01"),
    ]
    assert agency("needs", NEEDS).loaded == 0
    assert agency("needs", NEEDS.replace("mon,09:00,10:30,2", "mon,09:00,10:30,4")).loaded == 1
    assert rows_of("SELECT COUNT(*) FROM staffing_need") == [(6,)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("Nowhere,,mon,09:00,10:00,2,", "team", "no team has this name"),
        (",,mon,09:00,10:00,2,", "team", "give either a team or a desk"),
        ("North,kc,mon,09:00,10:00,2,", "team", "give either a team or a desk"),
        ("North,,monday,09:00,10:00,2,", "weekday", "is none of mon"),
        ("North,,mon,09:10,10:00,2,", "from_time", "does not lie on a half hour"),
        ("North,,mon,10:00,10:00,2,", "to_time", "is not after from_time"),
        ("North,,mon,09:00,10:00,-1,", "minimum", "is not a whole number"),
        ("North,,mon,09:00,10:00,1.5,", "minimum", "is not a whole number"),
    ],
)
def test_a_need_that_cannot_be_used_is_set_aside(agency: Load, row: str, column: str, reason: str) -> None:
    report = agency("needs", NEEDS.splitlines(keepends=True)[0] + row + "\n")
    assert [(problem.row, problem.column) for problem in report.rejects] == [(2, column)]
    assert reason in report.rejects[0].reason


def test_requests_swaps_and_covers_are_loaded_and_the_first_request_counts(agency: Load, rows_of: RowsOf) -> None:
    header = "source_id,agent,kind,first_day,last_day,requested_on,channel,acute,swap_tried,covered_by\n"
    said = "A1,BO,vacation,2026-07-06,2026-07-10,{},rota_mailbox,no,yes,BIR\n"
    query = (
        "SELECT requested_on, channel, acute, swap_tried, initials FROM absence JOIN agent ON agent.id = covered_by_id"
    )
    # Edited later, and a correction that knows of an earlier request.
    for requested_on, stored in (
        ("2026-05-05", "2026-05-05"),
        ("2026-06-20", "2026-05-05"),
        ("2026-05-01", "2026-05-01"),
    ):
        agency("absences", header + said.format(requested_on))
        (row,) = rows_of(query)
        assert str(row[0]) == stored
    assert (row[1], bool(row[2]), bool(row[3]), row[4]) == ("rota_mailbox", False, True, "BIR")
    agency("absences", "source_id,agent,kind,first_day,last_day,cancelled\nA1,BO,vacation,2026-07-06,2026-07-10,yes\n")
    assert rows_of("SELECT * FROM absence") == []
    agency(
        "shifts",
        "source_id,agent,starts_at,ends_at,swapped_with\nV1,BO,2026-05-06T09:00:00+02:00,2026-05-06T17:00:00+02:00,CAR\n",
    )
    assert rows_of("SELECT initials FROM shift JOIN agent ON agent.id = swapped_with_id") == [("CAR",)]

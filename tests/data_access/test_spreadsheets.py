"""Spreadsheets load like text files, and what is no spreadsheet is refused."""

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter
from support.databases import NOW, ON_SQLITE, Load

from data_access.loading.load import LoadReport, load_file
from data_access.sources.files import FileRefusedError
from data_access.sources.mapping import MappingError
from data_access.sources.spreadsheets import refuse_what_claims_too_much
from metrics.house_rules import HouseRules

Rows = Callable[[str], list[tuple[object, ...]]]
HEADER = ["source_id", "started_at", "ended_at", "agent", "status"]
ROTA = """kind = "shifts"
source = "rota"
sheet = "Vagtplan"
[fields]
agent = "Navn"
starts_at = { columns = ["Dag", "Fra"], format = "%d-%m-%Y %H:%M" }
ends_at = { columns = ["Dag", "Til"], format = "%d-%m-%Y %H:%M", rolls_past_midnight = true }
"""


@pytest.fixture
def load_sheet(agency: Load, tmp_path: Path, house_rules: HouseRules) -> Callable[..., LoadReport]:  # noqa: ARG001
    def load(
        fill: Callable[[xlsxwriter.Workbook], None], kind: str = "calls", mapping: str | None = None
    ) -> LoadReport:
        file = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(file, {"default_date_format": "dd-mm-yyyy hh:mm"}) as book:
            fill(book)
        mapping_file = None
        if mapping:
            mapping_file = tmp_path / "mapping.toml"
            mapping_file.write_text(mapping)
        return load_file(kind, file, mapping_file, house_rules, lambda: NOW)

    return load


def rows(*content: list[object], sheet: str = "Ark1") -> Callable[[xlsxwriter.Workbook], None]:
    def fill(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(content):
            page.write_row(number, 0, row)

    return fill


TEN = datetime(2026, 5, 6, 10)  # noqa: DTZ001


def test_typed_cells_load_as_a_text_file_does(load_sheet: Callable[..., LoadReport], rows_of: Rows) -> None:
    report = load_sheet(rows(HEADER, [4711, TEN, "2026-05-06T10:01:00+02:00", "BO", "answered"], [], [4712, TEN]))
    assert (report.rows_read, report.loaded, report.rejected) == (2, 2, 0)
    assert rows_of("SELECT source_id FROM call ORDER BY 1") == [("4711",), ("4712",)]
    assert rows_of("SELECT count(DISTINCT started_at), min(half_hour) FROM call") == [(1, 20)]
    assert load_sheet(rows(HEADER, [4711, TEN, "2026-05-06T10:01:00+02:00", "BO", "answered"])).unchanged == 1


def test_dates_and_clock_times_in_columns_of_their_own(load_sheet: Callable[..., LoadReport], rows_of: Rows) -> None:
    header = ["Navn", "Dag", "Fra", "Til"]

    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("Noter")
        rows(
            header,
            ["BO", date(2026, 5, 6), time(22), time(6)],
            ["CAR", "06-05-2026", "09:00", "17:00"],  # typed by hand, as text
            ["DOR", "05/06/2026", "09:00", "17:00"],
            sheet="Vagtplan",
        )(book)

    report = load_sheet(fill, "shifts", ROTA)
    assert (report.rows_read, report.loaded) == (3, 2)
    assert [(problem.row, problem.column) for problem in report.rejects] == [(4, "Dag, Fra"), (4, "Dag, Til")]
    assert rows_of("SELECT count(*) FROM shift WHERE local_date = '2026-05-06'") == [(2,)]


def test_a_formula_counts_by_its_value_and_merged_cells_by_their_first(
    load_sheet: Callable[..., LoadReport], rows_of: Rows
) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_formula(1, 0, '="a"&"b"', None, "ab")
        page.write(1, 1, TEN)
        page.write_formula(2, 0, '="c"', None, "")  # never calculated before it was saved
        page.write(2, 1, TEN)
        page.merge_range(3, 0, 4, 0, "merged")
        page.write(3, 1, TEN)
        page.write(4, 1, TEN)

    report = load_sheet(fill)
    assert (report.rows_read, report.loaded, report.rejected) == (4, 2, 2)
    assert [(problem.row, problem.reason) for problem in report.rejects] == [
        (3, "source_id is missing"),
        (5, "source_id is missing"),
    ]
    assert rows_of("SELECT source_id FROM call ORDER BY 1") == [("ab",), ("merged",)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "column", "reason"),
    [
        (["1", "06.05.26", "", "BO", ""], "started_at", "not a time"),
        (["1", datetime(2026, 3, 29, 2, 30), "", "BO", ""], "started_at", "does not exist"),  # noqa: DTZ001
        (["1", TEN, "2026-05-06T09:00", "BO", ""], "ended_at", "before started_at"),
        (["1", TEN, "", "NOBODY", ""], "agent", "nobody whom we know"),
        (["1", TEN, "", "x" * 32_000, ""], "agent", "longer than"),
        (["", TEN, "", "BO", ""], "source_id", "missing"),
        (["2", TEN, "", "BO", "answered"], "source_id", "stands in row 2 with other content"),
    ],
)
def test_a_bad_row_is_set_aside_with_row_column_and_reason(
    content: list[object], column: str, reason: str, load_sheet: Callable[..., LoadReport]
) -> None:
    report = load_sheet(rows(HEADER, ["2", TEN, "", "BO", ""], content))
    assert (report.rows_read, report.loaded, report.unchanged, report.rejected) == (2, 1, 0, 1)
    [problem] = report.rejects
    assert (problem.row, problem.column) == (3, column)
    assert reason in problem.reason


@ON_SQLITE
@pytest.mark.parametrize(
    ("fill", "reason"),
    [
        (rows(), "is empty"),
        (rows(["name", "colour"], ["x", "y"]), "'source_id' is missing"),
        (rows(["source_id", "started_at", "source_id"]), "stands twice"),
        (rows([f"c{number}" for number in range(10_000)]), "10000 columns"),
    ],
)
def test_a_sheet_that_is_no_table_of_ours_is_refused(
    fill: Callable[[xlsxwriter.Workbook], None], reason: str, load_sheet: Callable[..., LoadReport], rows_of: Rows
) -> None:
    with pytest.raises((FileRefusedError, MappingError), match=reason):
        load_sheet(fill)
    assert rows_of("SELECT count(*) FROM import_run WHERE kind = 'calls'") == [(0,)]


def test_a_header_alone_is_an_empty_load(load_sheet: Callable[..., LoadReport]) -> None:
    report = load_sheet(rows(HEADER))
    assert (report.rows_read, report.loaded, report.rejected) == (0, 0, 0)


@ON_SQLITE
def test_a_sheet_that_is_not_there_is_named(load_sheet: Callable[..., LoadReport]) -> None:
    with pytest.raises(FileRefusedError, match="no sheet 'Vagtplan', but Ark1"):
        load_sheet(rows(["Navn"]), "shifts", ROTA)


def web_page(file: Path) -> None:
    file.write_text("<html><table><tr><td>source_id</td></tr></table></html>")


def text_file(file: Path) -> None:
    file.write_text("source_id,started_at\n")


def other_archive(file: Path) -> None:
    with ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "dear reader")


def zip_bomb(file: Path) -> None:
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)


def cut_off(file: Path) -> None:
    with xlsxwriter.Workbook(file) as book:
        rows(HEADER, ["1", "2026-05-06T10:00"])(book)
    file.write_bytes(file.read_bytes()[:-200])


def damaged(file: Path) -> None:
    with xlsxwriter.Workbook(file) as book:
        rows(HEADER, *[[str(number), "2026-05-06T10:00"] for number in range(500)])(book)
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 0xFF
    file.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (web_page, "is a web page"),
        (text_file, "is no spreadsheet"),
        (Path.touch, "is no spreadsheet"),
        (zip_bomb, "unpacks to 20,000,000 bytes"),
        (cut_off, "is no spreadsheet"),
        (damaged, "is damaged|is no spreadsheet"),
        (other_archive, "is no spreadsheet|cannot be read as a spreadsheet"),
    ],
)
@ON_SQLITE
@pytest.mark.usefixtures("load")
def test_what_is_no_spreadsheet_is_refused(
    write: Callable[[Path], object], reason: str, tmp_path: Path, house_rules: HouseRules
) -> None:
    file = tmp_path / "book.xlsx"
    write(file)
    with pytest.raises(FileRefusedError, match=reason):
        load_file("calls", file, None, house_rules, lambda: NOW)


@ON_SQLITE
@pytest.mark.parametrize(("row", "column"), [(1_048_575, 16_383), (1_048_575, 100)])
def test_a_cell_at_the_end_of_a_sheet_does_not_take_all_memory(
    row: int, column: int, load_sheet: Callable[..., LoadReport]
) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write(row, column, "x")

    with pytest.raises(FileRefusedError, match="a cell stands in row 1,048,576 of column"):
        load_sheet(fill)


def test_a_sheet_may_write_its_cells_names_in_other_quotes(tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    with ZipFile(file, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<row r = '1048576'><c r\n= 'XFD1048576'/></row>")
    with pytest.raises(FileRefusedError, match=r"row 1,048,576 of column 16,384"):
        refuse_what_claims_too_much(file)

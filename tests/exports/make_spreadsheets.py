"""Write the spreadsheets of the cases again (openpyxl). Invented people and numbers."""

from datetime import datetime, time, timedelta
from pathlib import Path
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

HERE = Path(__file__).parent


def book(path, rows, formats=None, epoch=None):
    wb = Workbook()
    if epoch:
        wb.epoch = epoch
    ws = wb.active
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row, 1):
            cell = ws.cell(r, c, value)
            if formats and r > 1 and formats.get(c):
                cell.number_format = formats[c]
    target = HERE / path
    target.parent.mkdir(parents=True, exist_ok=True)
    wb.save(target)


WHEN = "yyyy-mm-dd hh:mm:ss"
book(
    "xlsx_shift_until_midnight/shifts.xlsx",
    [
        ["agent", "starts_at", "ends_at"],
        ["AB", datetime(2026, 11, 16, 16), datetime(2026, 11, 17, 0, 0)],
        ["CD", datetime(2026, 11, 17, 0, 0), datetime(2026, 11, 17, 8, 0)],
        ["EF", datetime(2026, 11, 16, 9), datetime(2026, 11, 16, 17)],
    ],
    {2: WHEN, 3: WHEN},
)
book(
    "xlsx_clock_cells/needs.xlsx",
    [
        ["team", "weekday", "from_time", "to_time", "minimum"],
        ["North", "mon", time(9), time(12), 2],
        ["North", "mon", time(12), time(17), 1],
    ],
    {3: "hh:mm", 4: "hh:mm"},
)
book(
    "xlsx_clock_cells/absences.xlsx",
    [
        ["agent", "kind", "first_day", "last_day", "from_time", "to_time", "acute"],
        ["AB", "dentist", datetime(2026, 11, 18), datetime(2026, 11, 18), time(13), time(14, 30), True],
    ],
    {3: "yyyy-mm-dd", 4: "yyyy-mm-dd", 5: "hh:mm", 6: "hh:mm"},
)


# Serial numbers as a spreadsheet program stores them: a hair below or above the second that it shows.
def serial(text, hair):
    at = datetime.fromisoformat(text)
    return (at - datetime(1899, 12, 30)) / timedelta(days=1) + hair


book(
    "xlsx_hair_below_the_second/calls.xlsx",
    [
        ["source_id", "started_at", "answered_at", "ended_at", "status", "queue", "agent"],
        [
            "h1",
            serial("2026-11-18 09:00:00", -2e-9),
            serial("2026-11-18 09:00:12", 0),
            serial("2026-11-18 09:03:00", 0),
            "answered",
            "Main",
            "101",
        ],
        [
            "h2",
            serial("2026-11-18 11:30:00", -3.4e-9),
            None,
            serial("2026-11-18 11:30:10", -2e-9),
            "unanswered",
            "Main",
            None,
        ],
        ["h3", serial("2026-11-18 16:59:59", 5e-6), None, serial("2026-11-18 17:00:40", 0), "unanswered", "Main", None],
    ],
    {2: WHEN, 3: WHEN, 4: WHEN},
)
book(
    "grid_a_cell_that_is_no_code/rota.xlsx",
    [
        ["Agent", "16-11-2026", "17-11-2026", "18-11-2026", "19-11-2026", "20-11-2026"],
        ["AB", "9-17", "9-17 hjemme", datetime(2026, 12, 9), "0900-1700", "F"],
        ["CD", "9-17", "9-17", "9-17", "9-17", "f"],
        ["EF", "9-12 og 13-17", "9-12, F", "fri", "Fri", "9 til 17"],
    ],
)
book(
    "customer_numbers_without_zeros/customers.xlsx",
    [
        ["number", "name", "phones", "owner"],
        [10501, "Customer Five", "20123451", "AB"],
        [10502, "Customer Six", "20123452", "CD"],
    ],
)
book(
    "xlsx_of_the_other_epoch/shifts.xlsx",
    [
        ["agent", "starts_at", "ends_at"],
        ["AB", datetime(2026, 11, 16, 9), datetime(2026, 11, 16, 17)],
    ],
    {2: WHEN, 3: WHEN},
    CALENDAR_MAC_1904,
)

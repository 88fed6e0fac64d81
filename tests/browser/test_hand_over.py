"""Two people hand the same customers over at once, each in a browser: it happens once, and the other is told."""

from collections.abc import Callable
from typing import Any

from browser.conftest import LOCAL
from support.browsers import PATIENCE
from support.cast import BOB
from support.databases import ON_SQLITE, Load

REQUEST = """source_id,customer_number,created_at,created_by,sent_at,sent_to,reason,phones
B1,C-1,2026-05-05T09:00:00+02:00,BIR,2026-05-05T09:01:00+02:00,BO,New car,20111111
"""
DONE, TOLD = (
    "Done: the customers are KC's. Tell IBA with the export below.",
    "Nothing was changed: somebody at this computer",
)


@ON_SQLITE  # what two presses at once write is asked of both kinds in tests/data_access/test_reassignment.py
def test_two_browsers_press_at_once(
    agency: Load, database_url: str, serve: Callable[..., Any], visit: Callable[..., Any], rows_of: Callable[..., Any]
) -> None:
    agency("customers", "number,name,owner\n" + "".join(f"C-{number},,{BOB}\n" for number in range(300)))
    agency("callbacks", REQUEST)
    agency("agents", "initials,first_day,last_day\nBO,2020-01-01,2026-04-30\n")
    server = serve(DATABASE_URL=database_url, **LOCAL)
    people = [visit(), visit(width=390, height=844)]
    for person in people:
        person.open(server.url("/reassign"), "Hand-over")
        person.page.get_by_role("button", name="300 customers").click()
        person.page.get_by_text("300 customers and 1 open request go from BO to KC.").wait_for(timeout=PATIENCE)
        person.page.get_by_role("textbox", name="Reason").fill("Bob has left")
        person.settle()
    for person in people:
        person.page.get_by_role("button", name="Hand 300 customers of BO to KC", exact=True).click(no_wait_after=True)
    said = []
    for person in people:
        person.page.get_by_text(DONE).or_(person.page.get_by_text(TOLD)).wait_for(timeout=PATIENCE)
        person.settle()
        said.append([text for text in (DONE, TOLD) if person.page.get_by_text(text).count()])
        assert person.page.get_by_test_id("stException").count() == 0
    assert sorted(said) == [[DONE], [TOLD]]
    assert rows_of("SELECT count(*) FROM reassignment") == [(301,)]
    assert rows_of("SELECT count(*) FROM customer_owner WHERE desk = 'kc' AND to_date IS NULL") == [(300,)]
    assert rows_of("SELECT count(*) FROM audit_log") == [(1,)]


@ON_SQLITE
def test_an_export_comes_as_a_file_without_formulas_and_is_logged(
    agency: Load, database_url: str, serve: Callable[..., Any], visit: Callable[..., Any], rows_of: Callable[..., Any]
) -> None:
    agency("customers", "number,owner\n=1+1,BO\nC-2,BO\n")
    agency("callbacks", REQUEST + "B2,=1+1,2026-05-05T09:00:00+02:00,BIR,2026-05-05T09:01:00+02:00,BO,x,20111111\n")
    server = serve(DATABASE_URL=database_url, **LOCAL)
    person = visit()
    person.open(server.url("/callbacks"), "Callbacks")
    with person.page.expect_download() as download:
        person.page.get_by_role("button", name="Export as CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert download.value.suggested_filename == "svartid-callbacks.csv"
    lines = text.splitlines()
    assert len(lines) == 3
    assert ";'=1+1;" in text
    assert ";=1+1;" not in text
    assert rows_of("SELECT action, page, details FROM access_log") == [("export", "callbacks", "rows=2")]

"""The Notes page and the call pattern among the callbacks, run by the app itself."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from support.cast import BIRGIT, BOB
from support.databases import Load, begins_with
from support.seen import table_with, texts, unfolded, worklist
from support.simulated_year import SimulatedYear
from support.templates import AGENCY

NOTES, CALLBACKS, OVERVIEW = "pages/quality/notes.py", "pages/service/callbacks.py", "pages/today/overview.py"
Open = Callable[..., AppTest]
# The clock of the app stands at Thursday 7 May, 14:00. Dan is new since March, and Birgit is his buddy.
PEOPLE = "initials,name,role,first_day\nDAN,Dan Dahl,agent,2026-03-01\n"
MESSAGES = """source_id,customer_number,created_at,sent_to,reason
B1,C-1,2026-05-06T10:00:00+02:00,DAN,New car
B2,C-2,2026-05-07T10:00:00+02:00,BO,
B3,C-3,2026-05-07T10:00:00+02:00,BO,
"""
TRIES = """source_id,callback,agent,at,channel,reached
F1,B1,DAN,2026-05-06T11:00:00+02:00,call,no
F2,B1,DAN,2026-05-07T09:00:00+02:00,call,no
F3,B2,BO,2026-05-07T11:00:00+02:00,call,no
"""


@begins_with(AGENCY)
def tries(load: Load) -> None:
    load.all_of(
        ("agents", PEOPLE),
        ("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T10:00:00+02:00,,answered,BO\n"),
        ("customers", "number,name,owner\nC-1,Kim Kunde,DAN\nC-2,Lis Lund,BO\nC-3,Mo Munk,BO\n"),
        ("callbacks", MESSAGES),
        ("attempts", TRIES),
    )


@pytest.mark.usefixtures("tries")
def test_the_page_says_what_was_kept_and_by_whom(open_app: Open) -> None:
    app = open_app(NOTES)
    said = texts(app)
    assert "The call pattern was followed on 0 of 1 day (0 %)." in said
    assert table_with(app, "why", "kept")[["agent", "why", "kept"]].to_numpy().tolist() == [
        ["DAN", "new, hired 01.03.2026", "0 of 1"]
    ]


@pytest.mark.usefixtures("tries")
def test_the_call_pattern_of_the_callbacks_says_what_is_missing_today(open_app: Open) -> None:
    app = open_app(CALLBACKS, view="pattern")
    said = texts(app)
    assert "1 customer still needs a call or a message today." in said
    table = app.get_by_key("attempts").value
    assert table[["customer", "next", "owner", "pattern"]].to_numpy().tolist() == [
        ["C-1", "today: second call, then SMS or mail", "DAN", "new"],
        ["C-2", "today: second call, then SMS or mail", BOB, ""],
        ["C-3", "first call before tomorrow 10:00", BOB, ""],
    ]
    assert "Kim Kunde" not in said  # names are masked until a row is opened


@pytest.mark.usefixtures("tries")
def test_every_request_of_the_period_is_folded_away_until_somebody_looks(open_app: Open) -> None:
    assert "attempts" not in {table.key for table in open_app(NOTES).dataframe}
    app = unfolded(open_app(NOTES), "all_requests")
    assert app.get_by_key("attempts").value["customer"].tolist() == ["C-1", "C-2", "C-3"]


@pytest.mark.usefixtures("tries")
def test_an_opened_request_shows_its_days_and_its_history(open_app: Open) -> None:
    app = open_app(CALLBACKS, view="pattern", callback="1")
    days = table_with(app, "first_call", "second_call", "message", "agent")
    assert days[["agent", "first_call", "second_call", "message", "pattern"]].to_numpy().tolist() == [
        ["DAN", "done", "missing", "missing", "new"],
        ["DAN", "done", "still to do today", "still to do today", "new"],
    ]
    assert "Kim Kunde" not in texts(app)
    app.button(key="open_customer").click().run()
    assert "Kim Kunde" in texts(app)
    assert texts(app).count("**Call, not reached**") == 2
    nothing_yet = texts(open_app(CALLBACKS, view="pattern", callback="3"))
    assert "Nobody has tried yet, and it is not due yet: the pattern asks for nothing so far (A1)." in nothing_yet


@pytest.mark.parametrize(
    ("figure", "rows"),
    [("pattern_kept", 1), ("steps_missing_today", 1), ("not_reached_for_long", 0), ("attempts_unverifiable", 1)],
)
@pytest.mark.usefixtures("tries")
def test_a_figure_opens_its_rows(open_app: Open, figure: str, rows: int) -> None:
    app = open_app(NOTES, open=figure)
    assert len(app.dataframe[0].value) == rows  # they stand before all other tables
    assert f": {rows} row" in texts(app)


@pytest.mark.usefixtures("tries")
def test_the_rows_of_another_page_are_not_opened_here(open_app: Open) -> None:
    assert "Received** (C1)" not in texts(open_app(NOTES, open="received")).split("What the figures")[0]


@pytest.mark.usefixtures("tries")
def test_today_names_the_worse_of_two_reasons(open_app: Open) -> None:
    # C-1 lacks a step, but it is also overdue since ten.
    assert [cells[:2] for _group, cells in worklist(open_app(OVERVIEW), "overview")] == [["C-1", "Waits too long"]]


def test_without_requests_the_page_says_so(agency: Load, open_app: Open) -> None:
    agency("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T13:00:00+02:00,,answered,BO\n")
    said = texts(open_app(NOTES))
    assert "No requests from customers are on record for this period." in said
    assert "Nobody must follow the pattern today" in said
    assert "No calls of known customers and no noted attempts on the days of this period that are over." in said
    assert BIRGIT not in said


@pytest.mark.parametrize("locale", ["da-DK", "en-GB"])
@pytest.mark.parametrize("figure", ["pattern_kept", "conversations_noted", "attempts_without_call"])
def test_the_simulated_year_fills_the_page(
    simulated_year: SimulatedYear, open_app: Open, monkeypatch: pytest.MonkeyPatch, locale: str, figure: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    monkeypatch.setenv("SVARTID_NOW", simulated_year.until.isoformat())
    app = open_app(NOTES, locale=locale, open=figure)
    assert not app.error
    assert len(app.dataframe) == 4  # opened rows, discipline, pattern, the chart's table

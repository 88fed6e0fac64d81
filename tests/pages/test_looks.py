"""Exports and looks: no cell runs in a spreadsheet, nobody looks at a colleague unlogged."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO

import pandas as pd
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest
from support.cast import BOB
from support.databases import Load

from data_access.database.engine import reading
from data_access.database.schema import access_log, agent
from data_access.scope import Viewer
from pages.parts import looks
from pages.parts.looks import as_csv, logged_export, safe_cell

Open = Callable[..., AppTest]
CALLS = "source_id,started_at,ended_at,status,agent\n1,2026-05-07T10:00:00+02:00,,answered,BO\n"


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+4520111111", "'+4520111111"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("\0x", "'\0x"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("a=1", "a=1"),  # only the first character starts a formula
        ("'=1", "'=1"),
        ("", ""),
        ('Åse; "quoted"', 'Åse; "quoted"'),
        (-1, -1),  # numbers stay numbers
        (-0.5, -0.5),
        (True, True),
    ],
)
def test_no_cell_of_an_export_starts_a_formula(cell: object, safe: object) -> None:
    assert safe_cell(cell) == safe
    rows = pd.DataFrame({"=name": [cell], "count": [-3]})
    text = as_csv(rows, "Europe/Copenhagen").decode("utf-8-sig")
    header, line = list(csv.reader(StringIO(text, newline=""), delimiter=";"))
    assert header == ["'=name", "count"]
    assert line == [str(safe), "-3"]


def test_an_export_shows_the_agencys_clock_and_nothing_for_what_is_missing() -> None:
    at = pd.Series([datetime(2026, 5, 6, 10, 0, tzinfo=UTC), None]).dt.as_unit("us")
    rows = pd.DataFrame({"at": at, "day": [date(2026, 5, 6), None], "agent": pd.Series(["BO", None], dtype="str")})
    text = as_csv(rows, "Europe/Copenhagen").decode("utf-8-sig")
    assert text == "at;day;agent\r\n2026-05-06 12:00:00;2026-05-06;BO\r\n;;\r\n"


def log() -> list[tuple[object, ...]]:
    about = select(access_log.c.action, access_log.c.page, agent.c.initials, access_log.c.details)
    with reading() as connection:
        query = about.outerjoin_from(access_log, agent, agent.c.id == access_log.c.about_id).order_by(access_log.c.id)
        return [tuple(row) for row in connection.execute(query)]


@pytest.mark.usefixtures("load")
def test_an_export_is_logged_when_it_is_built_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVARTID_NOW", "2026-05-07T14:00:00+02:00")
    rows = pd.DataFrame({"agent": ["BO"]})
    build = logged_export(Viewer("quality", "quality"), "calls", rows, lambda: as_csv(rows, "UTC"))
    assert log() == []
    assert build() == "agent\r\nBO\r\n".encode("utf-8-sig")
    assert log() == [("export", "calls", None, "rows=1")]


@pytest.mark.usefixtures("load")
def test_an_export_of_an_old_page_gives_nothing_once_the_login_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = Viewer("ALI", "team_lead", 1, (1,))
    for by_then in (None, Viewer("ALI", "team_lead", 1, ())):  # gone, or no longer the lead
        monkeypatch.setattr(looks, "still_there", lambda _viewer, now=by_then: lambda: now)
        build = logged_export(viewer, "calls", pd.DataFrame({"agent": ["BO"]}), lambda: b"rows")
        with pytest.raises(PermissionError):
            build()
    assert log() == []


@pytest.mark.parametrize(
    "page",
    ["pages/service/calls.py", "pages/service/callbacks.py", "pages/quality/notes.py", "pages/rota/absence.py"],
)
def test_a_look_at_one_colleague_is_logged_once_an_hour(
    agency: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    agency("calls", CALLS)
    name = page.rpartition("/")[2].removesuffix(".py")
    app = open_app(page)
    assert log() == []  # nobody in particular
    app.get_by_key("agent").set_value(BOB).run()
    app.run()
    assert log() == [("view", name, BOB, None)]
    monkeypatch.setenv("SVARTID_NOW", "2026-05-07T15:00:00+02:00")
    app.run()
    assert log() == [("view", name, BOB, None)] * 2

"""Coverage and Absence, run by the app itself."""

from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from support.databases import Load, begins_with
from support.seen import figures, table_with, texts, worklist
from support.simulated_year import SimulatedYear
from support.templates import AGENCY

COVERAGE, ABSENCE, OVERVIEW = "pages/rota/coverage.py", "pages/rota/absence.py", "pages/today/overview.py"
Open = Callable[..., AppTest]
# The clock of the app stands at Thursday 7 May, 14:00.
SHIFTS = "source_id,agent,starts_at,ends_at\n" + "".join(
    f"V{day}{agent},{agent},2026-05-{day:02d}T09:00:00+02:00,2026-05-{day:02d}T17:00:00+02:00\n"
    for day in (4, 5, 6, 7, 8)
    for agent in ("BO", "BIR")
)
NEEDS = "team,weekday,from_time,to_time,minimum\nNorth,fri,10:00,11:00,3\nNorth,thu,10:00,11:00,1\n"
ABSENCES = """source_id,agent,kind,first_day,last_day,requested_on,channel
A1,BO,vacation,2026-06-12,2026-06-16,2026-05-13,rota_mailbox
A2,BIR,sick,2026-05-07,2026-05-07,,phone
A3,BIR,vacation,2026-04-20,2026-04-21,2026-04-10,corridor
"""


@begins_with(AGENCY)
def rota(load: Load) -> None:
    load.all_of(
        ("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T10:00:00+02:00,,answered,BO\n"),
        ("buddies", "agent,buddy\nBO,BIR\n"),
        ("shifts", SHIFTS),
        ("needs", NEEDS),
        ("absences", ABSENCES),
    )


@pytest.mark.usefixtures("rota")
def test_the_sentence_and_the_table_say_where_the_hole_is(open_app: Open) -> None:
    app = open_app(COVERAGE)
    assert "1 hole to tomorrow." in texts(app)
    assert worklist(app, "holes") == [
        ("", ["tomorrow 10:00–11:00", "North", "2 of 3 needed", "nobody of the team is free"])
    ]
    assert "1 hole this week. The next: North, tomorrow 10:00–11:00, 2 of 3." in texts(app)
    table = app.get_by_key("coverage").value
    ten = table[table["half_hour"] == "10:00"].iloc[0]
    assert ten["day_5"] == "2 of 3  −1"
    assert ten["day_4"] == "1 of 1"  # Birgit is ill
    assert ten["day_1"] == "2 of 0"  # nobody is needed, and it is shown
    days = table_with(app, "worst", "under_hours")
    assert days["under_hours"].tolist()[4] == 1.0
    assert days["worst"].tolist()[4] == "10:00 North 2 of 3"


@pytest.mark.parametrize(("figure", "rows"), [("too_few", 2), ("covered", 4), ("adherence", 0)])
@pytest.mark.usefixtures("rota")
def test_a_figure_of_coverage_opens_its_rows(open_app: Open, figure: str, rows: int) -> None:
    app = open_app(COVERAGE, open=figure)
    assert len(app.dataframe[0].value) == rows
    assert f": {rows} row" in texts(app)


@pytest.mark.parametrize(
    ("figure", "rows"),
    [
        ("vacation_in_time", 1),
        ("errand_in_time", 0),
        ("buddies_away", 0),
        ("without_cover", 0),
        ("wrong_channel", 1),
    ],
)
@pytest.mark.usefixtures("rota")
def test_a_figure_of_absence_opens_its_rows(open_app: Open, figure: str, rows: int) -> None:
    app = open_app(ABSENCE, open=figure)
    assert len(app.dataframe[0].value) == rows
    assert f": {rows} row" in texts(app)


@pytest.mark.usefixtures("rota")
def test_a_count_of_hidden_reasons_is_unknown_and_not_zero(open_app: Open) -> None:
    app = open_app(ABSENCE, open="not_a_reason")  # the quality manager sees no reason that may be about health (R4)
    assert "No reason" not in figures(app)
    assert "Both away" in figures(app)
    assert "opened" not in [table.key for table in app.dataframe]


@pytest.mark.usefixtures("rota")
def test_the_list_and_the_register_say_what_was_too_late_and_hide_illness_from_quality(
    open_app: Open, rows_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    app = open_app(ABSENCE)
    said = texts(app)
    assert "1 absence is planned. 1 since Fri 10 Apr was told too late." in said
    assert "Health reasons are shown only to the person's lead and administrators (R4)." in said
    assert worklist(app, "away") == [
        ("Away now", ["BIR", "to the end of today", "away", "BO · the buddy covers", ""]),
        ("Planned", ["BO", "Fri 12 Jun – Tue 16 Jun", "vacation", "too late · BIR covers", ""]),
    ]
    table = app.get_by_key("absence").value
    assert table[["agent", "kind", "verdict"]].to_numpy().tolist() == [
        ["BIR", "away", "–"],
        ["BIR", "vacation", "too late: 10 days before, at the latest 20.03. (R2) · not to the rota mailbox (R6)"],
    ]
    # The drawer names the rule, and the last day that would have done.
    opened = texts(open_app(ABSENCE, absence=rows_of("SELECT id FROM absence WHERE source_id = 'A1'")[0][0]))
    assert "Too late: 30 days before, at the latest 12.05. (R2)" in opened
    assert "First asked for Wed 13 May, through the rota mailbox." in opened
    assert "The last day that would have done: Tue 12 May." in opened


@pytest.mark.usefixtures("rota")
def test_what_if_answers_and_writes_nothing(open_app: Open, rows_of: Callable[[str], list[tuple[object, ...]]]) -> None:
    app = open_app(ABSENCE)
    app.selectbox(key="what_if_agent").set_value("BO")
    for key in ("what_if_first", "what_if_last"):
        app.date_input(key=key).set_value(pd.Timestamp("2026-05-08").date())
    app.run()
    assert not app.exception
    assert (
        "No: BO, tomorrow. Told too late: at the latest Wed 8 Apr. Told today it can begin Sun 7 Jun (R2). "
        "1 hole in coverage (R1): tomorrow 10:00–11:00, 1 of 3 left. The buddy BIR is there (R5). "
        "No open request of theirs falls due meanwhile."
    ) in texts(app)
    assert rows_of("SELECT COUNT(*) FROM absence") == [(3,)]


def test_without_a_rota_the_pages_say_so(agency: Load, open_app: Open) -> None:
    agency("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T13:00:00+02:00,,answered,BO\n")
    assert "For this week no rota is loaded, or nobody knows how many are needed." in texts(open_app(COVERAGE))
    assert "Nobody was away in this period, and no absence is planned." in texts(open_app(ABSENCE))


@pytest.mark.parametrize("page", [COVERAGE, ABSENCE, OVERVIEW])
def test_the_simulated_year_fills_each_page(
    simulated_year: SimulatedYear, open_app: Open, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    monkeypatch.setenv("SVARTID_NOW", simulated_year.until.isoformat())
    for locale in ("da-DK", "en-GB"):
        app = open_app(page, locale=locale)
        assert not app.error
        assert app.dataframe or app.get("bidi_component")

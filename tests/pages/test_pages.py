"""Every page, run by the app itself: what it says with no data, little data, and to whom it says nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest
from support.cast import BIRGIT, BOB
from support.databases import ON_SQLITE, Load
from support.seen import figures, texts

from data_access.database.versions import database_state
from data_access.demo.build import build_demo
from data_access.questions.overview import today_lines
from data_access.scope import EVERYBODY
from metrics.house_rules import HouseRules
from pages.parts import welcome
from pages.parts.gate import NO_ANSWER, NO_MODE

CALLS, SOURCES = "pages/service/calls.py", "pages/system/sources.py"
Open = Callable[..., AppTest]
HEADER = "source_id,started_at,ended_at,status,agent\n"
ROWS = "".join(
    f"{number},2026-05-06T10:{number:02d}:00+02:00,2026-05-06T10:{number:02d}:40+02:00,"
    + ("answered,BO\n" if number < 30 else "unanswered,BO\n" if number < 40 else "unanswered,\n")
    for number in range(45)
)


@pytest.mark.usefixtures("bare_database")
def test_an_empty_database_opens_on_the_steps_to_load_an_export(open_app: Open) -> None:
    app = open_app()
    assert [title.value for title in app.title] == ["Welcome to Svartid"]
    assert "--dry-run" in "".join(block.value for block in app.code)
    assert not app.dataframe


@ON_SQLITE
@pytest.mark.usefixtures("bare_database")
def test_an_empty_database_can_be_filled_with_a_simulated_year_by_one_press(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The year itself is judged in tests/data_access; here its last month will do.
    monkeypatch.setattr(welcome, "build_demo", partial(build_demo, months=1))
    app = open_app()
    monkeypatch.setenv("SVARTID_ACCESS", "")
    app.button[0].click().run(timeout=300)
    assert not app.exception, app.exception
    state = database_state()
    assert state is not None
    assert state.simulated
    app = open_app(CALLS)
    assert [title.value for title in app.title] == ["Calls"]
    assert len(app.get_by_key("calls").value) == 38  # 32 in the selling teams and 6 in KC


@pytest.mark.parametrize("mode", ["oidc", "nonsense"])
@pytest.mark.usefixtures("bare_database")
def test_where_people_have_to_log_in_nobody_is_offered_to_simulate(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    app = open_app()
    assert app.button
    monkeypatch.setenv("SVARTID_ACCESS", mode)
    assert not app.run().button


def test_the_calls_page_shows_who_received_and_answered_how_many(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    app = open_app(CALLS)
    assert [title.value for title in app.title] == ["Calls"]
    assert "We answered 30 of 45 calls (66.7 %). 15 customers waited and reached nobody." in texts(app)
    assert [link.proto.label for link in app.get("page_link")][:6] == [
        "**45** received",
        "**30** answered",
        "**10** missed",
        "**5** abandoned",
        "**0** short",
        "**0** redirected",
    ]
    assert figures(app)["Time to answer"] == "–"  # the source says nothing of it
    table = app.get_by_key("calls").value
    assert table[["agent", "received", "answered", "missed"]].to_numpy().tolist() == [[BOB, 40, 30, 10]]
    assert table["answer_rate"].tolist() == [0.75]
    assert table["rate_low"][0] < 0.75 < table["rate_high"][0]


def test_the_calls_page_speaks_danish_to_a_danish_browser(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    app = open_app(CALLS, locale="da-DK")
    assert [title.value for title in app.title] == ["Opkald"]
    assert "Vi besvarede 30 af 45 opkald (66,7 %). 15 kunder ventede og fik ikke fat i nogen." in texts(app)


def test_the_switch_overrides_the_browsers_language(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    app = open_app(CALLS, locale="da-DK", lang="en")
    assert [title.value for title in app.title] == ["Calls"]


def test_a_period_without_calls_shows_a_dash_and_never_a_percentage(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    app = open_app(CALLS, **{"from": "2026-01-01", "to": "2026-01-31"})
    assert "No calls came in the opening hours of this period." in texts(app)
    assert figures(app)["Time to answer"] == "–"


def test_a_figure_opens_its_rows(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    app = open_app(CALLS, open="missed")
    assert "**Missed** (C1): 10 rows" in texts(app)
    opened = [frame.value for frame in app.dataframe if "outcome" in frame.value]
    assert [len(frame) for frame in opened] == [10]


def test_the_period_before_stands_beside_the_figures(agency: Load, open_app: Open) -> None:
    agency(
        "calls",
        HEADER + ROWS + ROWS.replace("2026-05-06", "2026-05-05").replace("\n", "\nb", 44).replace("0,", "b0,", 1),
    )
    app = open_app(CALLS, **{"from": "2026-05-06", "to": "2026-05-06"})
    assert "In the period before it was 66.7 %." in texts(app)


def test_filters_of_team_and_agent_stand_in_the_address(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    agency("calls", HEADER + "x,2026-05-06T11:00:00+02:00,,answered,CAR\n")
    everybody = open_app(CALLS).get_by_key("calls").value["agent"].tolist()
    assert everybody == [BOB, "CAR"]
    assert open_app(CALLS, agent="CAR").get_by_key("calls").value["agent"].tolist() == ["CAR"]
    assert open_app(CALLS, team="North").get_by_key("calls").value["agent"].tolist() == [BOB]
    assert open_app(CALLS, agent=BIRGIT).get_by_key("calls").value.empty


def test_a_period_that_is_turned_round_is_said_and_nothing_is_counted(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    app = open_app(CALLS, **{"from": "2026-05-06", "to": "2026-05-01"})
    assert "The period ends before it starts." in texts(app)
    assert not app.get("page_link")


def test_a_late_source_is_said_on_the_pages_as_the_clock_runs(
    agency: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency("calls", HEADER + ROWS)  # the newest call began on Wednesday 10:44
    monkeypatch.setenv("SVARTID_NOW", "2026-05-06T14:44:00+02:00")
    assert "have come from" not in texts(open_app(CALLS))  # exactly four opening hours
    monkeypatch.setenv("SVARTID_NOW", "2026-05-06T14:45:00+02:00")
    assert "No calls have come from file since Wed 6 May 2026 10:44" in texts(open_app(CALLS))


def test_the_sources_page_shows_what_was_loaded_and_what_was_set_aside(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS + "bad,never,,,\n")
    app = open_app(SOURCES)
    table = app.get_by_key("sources").value.set_index("kind")
    assert table.loc["calls", ["rows_read", "loaded", "unchanged", "rejected"]].tolist() == [46, 45, 0, 1]
    assert {"agents", "teams", "team memberships"} <= set(table.index)
    assert "1 row was rejected in the last load." in texts(app)


def test_the_sources_page_says_which_load_brought_nothing(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + "bad,never,,,\n")
    assert "file, calls: nothing was loaded from" in texts(open_app(SOURCES))


def test_changed_house_rules_are_said_until_the_figures_are_rebuilt(
    agency: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency("calls", HEADER + ROWS)
    monkeypatch.setenv("SVARTID_RULES", "data_access/sources/mappings/bank_1999_house_rules.toml")
    assert "The house rules have changed" in texts(open_app(SOURCES))


def test_real_data_without_an_access_mode_are_refused_with_the_reason(
    agency: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency("calls", HEADER + ROWS)
    monkeypatch.setenv("SVARTID_ACCESS", "")
    app = open_app()
    assert [error.value for error in app.error] == [NO_MODE]
    assert not [*app.dataframe, *app.get("page_link"), *app.title]


@pytest.mark.usefixtures("agency")
def test_a_wrong_house_rules_file_is_named(open_app: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("SVARTID_RULES", f"{tmp_path}/none.toml")
    app = open_app()
    assert "none.toml: cannot be read" in "".join(block.value for block in app.code)


@pytest.mark.usefixtures("agency")
def test_a_database_of_another_version_is_refused_with_what_to_do(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_access.database.versions.newest_revision", lambda: "9999")
    assert "run python -m data_access init" in "".join(block.value for block in open_app().code)


def test_where_nothing_of_a_kind_was_loaded_an_empty_page_is_no_good_news(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    for page, kind in {
        "pages/today/overview.py": "callbacks",
        "pages/service/callbacks.py": "callbacks",
        "pages/rota/coverage.py": "shifts",
        "pages/rota/absence.py": "absences",
        "pages/quality/notes.py": "customer notes",
        "pages/quality/satisfaction.py": "ratings",
    }.items():
        assert f"No {kind} have been loaded yet, so" in texts(open_app(page)), page
    assert "No calls have been loaded yet" not in texts(open_app(CALLS))


def test_where_many_rows_were_set_aside_the_page_says_that_they_are_missing(
    agency: Load, open_app: Open, house_rules: HouseRules
) -> None:
    strangers = "".join(
        f"S{number},2026-05-07T10:{number}:00+02:00,,answered,Nobody Known\n" for number in range(10, 30)
    )
    agency("calls", HEADER + ROWS + strangers)
    said = "The last load from file used 45 of 65 rows of calls; the others are missing here. Sources says why."
    assert said in [warning.value for warning in open_app(CALLS).warning]
    lines = today_lines(EVERYBODY, house_rules, datetime(2026, 5, 7, 12, 0, tzinfo=UTC)).lines
    assert lines[["what", "who", "why"]].to_numpy().tolist()[-1] == ["set_aside", "file", "calls"]


def test_a_team_without_a_queue_is_told_that_its_calls_cannot_be_known(agency: Load, open_app: Open) -> None:
    agency("calls", HEADER + ROWS)
    agency("teams", "name\nWest\n")
    app = open_app(CALLS, team="West")
    assert app.header[0].value == "No queue belongs to West, so nobody knows which calls are theirs."
    assert open_app(CALLS, team="North").header[0].value == "No calls came in the opening hours of this period."


def test_while_the_database_does_not_answer_the_page_says_so_and_goes_on_by_itself(
    agency: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    agency("calls", HEADER + ROWS)
    app = open_app(CALLS)
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://svartid:secret@127.0.0.1:9/svartid")
    app.run()
    assert [error.value for error in app.error] == [NO_ANSWER]
    assert not app.dataframe
    monkeypatch.setenv("DATABASE_URL", database_url)
    app.run()
    assert not app.error
    assert app.dataframe


def test_where_many_calls_lie_outside_the_opening_hours_the_page_asks_whether_these_are_theirs(
    agency: Load, open_app: Open
) -> None:
    agency("calls", HEADER + ROWS)
    asked = "calls came outside the opening hours of the house rules, and are not counted above."
    assert asked not in texts(open_app(CALLS))
    early = "".join(f"E{minute},2026-05-06T08:{minute:02d}:00+02:00,,answered,BO\n" for minute in range(10, 16))
    agency("calls", HEADER + early)
    assert f"6 {asked}" in texts(open_app(CALLS))  # of 51: more than a tenth

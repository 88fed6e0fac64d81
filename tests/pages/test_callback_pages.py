"""Today, Callbacks and Rules, run by the app itself."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest
from support.cast import BOB
from support.databases import Load, begins_with
from support.seen import figures, table_with, texts, worklist
from support.simulated_year import SimulatedYear
from support.templates import AGENCY

from data_access.database.engine import reading
from data_access.database.schema import access_log

OVERVIEW, CALLBACKS, RULES = "pages/today/overview.py", "pages/service/callbacks.py", "pages/system/rules.py"
Open = Callable[..., AppTest]
MESSAGES = """source_id,customer_number,created_at,sent_to,reason,preferred_from,phones,sent_at
B1,C-1,2026-05-06T13:00:00+02:00,BO,New car,2026-05-07T10:00:00+02:00,20111111,2026-05-06T13:01:00+02:00
B2,C-2,2026-05-06T15:00:00+02:00,BIR,,,,
B3,C-3,2026-05-07T13:30:00+02:00,BO,Moving,2026-05-08T10:00:00+02:00,20333333,2026-05-07T13:31:00+02:00
"""


@begins_with(AGENCY)
def messages(load: Load) -> None:
    """Three requests; the clock of the app stands at Thursday 7 May, 14:00: the first is an hour late."""
    load.all_of(
        ("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T10:00:00+02:00,,answered,BO\n"),
        ("customers", "number,name,owner\nC-1,Kim Kunde,BO\nC-2,Lis Lund,BIR\nC-3,Mo Munk,BO\n"),
        ("callbacks", MESSAGES),
    )


@pytest.mark.usefixtures("messages")
def test_the_worklist_says_who_waits_too_long_and_who_acts(open_app: Open) -> None:
    app = open_app(CALLBACKS)
    assert "1 customer is overdue, since 13:00." in texts(app)
    never = "nobody yet"
    assert worklist(app, "callbacks") == [
        ("Can still be kept, nobody has called (1)", ["C-2", "in 1 h 00 min", "BIR", never, "any time", "general"]),
        ("Overdue, nobody has called (1)", ["C-1", "1 hour over", BOB, never, "from 10:00", "general"]),
        ("Later (1)", ["C-3", "tomorrow 13:30", BOB, never, "from tomorrow 10:00", "general"]),
    ]
    app.toggle(key="all_callback_columns").set_value(True).run()
    table = app.get_by_key("callbacks_table").value
    assert table[["customer", "state", "owner", "minutes_late", "rule"]].to_numpy().tolist() == [
        ["C-1", "overdue", BOB, 60, "B1"],
        ["C-2", "due_soon", "BIR", 0, "B1"],
        ["C-3", "waiting", BOB, 0, "B1"],
    ]
    assert table["verdict"][0] == "1 h 00 min too late: due 13:00 (B1)"
    assert app.segmented_control(key="view").options[:3] == ["All open 3", "Overdue 1", "Within 2 hours 1"]
    shown = figures(app)
    assert [shown[name] for name in ("Promises broken", "Reached in time", "Misrouted")] == ["0", "0.0 %", "0"]
    assert "Kim Kunde" not in texts(app)  # names are masked until a row is opened
    assert "20111111" not in texts(app) + table.to_string()


@pytest.mark.usefixtures("messages")
def test_an_opened_request_shows_name_numbers_and_why(open_app: Open) -> None:
    app = open_app(CALLBACKS, callback="1")
    said = texts(app)
    assert "Kim Kunde" not in said
    assert log_of("open_customer") == []
    app.button(key="open_customer").click().run()
    assert "Kim Kunde · 4520111111" in texts(app)
    assert log_of("open_customer") == [("callbacks", 1, "callback 1")]
    app.run()
    assert "Kim Kunde" in texts(app)
    assert len(log_of("open_customer")) == 1  # still the same look
    assert "Not reached, 1 h 00 min after the deadline 13:00 (B1)." in said
    assert "When the deadline 13:00 passed, BO had it (B8)." in said
    assert "Not tried in time (B3)." in said
    assert "**1 hour over** · lies with BO · nobody has called yet · best called: from 10:00" in said
    steps = [line for line in said.splitlines() if line.startswith("1. ")]
    assert steps == [
        "1. yesterday 13:00 **Message written**",
        "1. yesterday 13:01 **Sent** · BO",
        "1. 13:00 **Deadline** · B1",
    ]


@pytest.mark.parametrize(
    ("view", "customers"),
    [
        ("all", ["C-2", "C-1", "C-3"]),
        ("overdue", ["C-1"]),
        ("within_two_hours", ["C-2"]),
        ("nobody_called", ["C-2", "C-1", "C-3"]),
        ("promised", []),
        ("nonsense", ["C-2", "C-1", "C-3"]),  # counts as if nothing had been chosen
    ],
)
@pytest.mark.usefixtures("messages")
def test_a_view_shows_the_requests_that_its_number_counts(open_app: Open, view: str, customers: list[str]) -> None:
    app = open_app(CALLBACKS, view=view)
    assert [cells[0] for _group, cells in worklist(app, "callbacks")] == customers
    labels = app.get_by_key("view").options
    counted = ["All open 3", "Overdue 1", "Within 2 hours 1", "Nobody has called 3", "Promised a time 0"]
    assert labels == [*counted, "Call pattern"]


@pytest.mark.usefixtures("messages")
def test_whoever_takes_a_request_is_named_to_all_until_they_give_it_back(open_app: Open) -> None:
    app = open_app(CALLBACKS, callback="2")
    app.button(key="take_request").click().run()
    assert "It is yours." in texts(app)
    assert ["C-2", "in 1 h 00 min", "taken, 14:00"] in [
        cells[:3] for _group, cells in worklist(open_app(CALLBACKS), "callbacks")
    ]
    app.button(key="give_request_back").click().run()
    assert "It is nobody's again." in texts(app)
    assert "BIR" in [cells[2] for _group, cells in worklist(open_app(CALLBACKS), "callbacks")]


def log_of(action: str) -> list[tuple[object, ...]]:
    with reading() as connection:
        columns = (access_log.c.page, access_log.c.customer_id, access_log.c.purpose)
        return [tuple(row) for row in connection.execute(select(*columns).where(access_log.c.action == action))]


@pytest.mark.parametrize("callback", ["999", "x", "-1", "99999999999999999999", "1 OR 1=1"])
@pytest.mark.usefixtures("messages")
def test_a_request_that_is_not_there_is_said_or_ignored(open_app: Open, callback: str) -> None:
    app = open_app(CALLBACKS, callback=callback)
    assert "Kim Kunde" not in texts(app)
    assert not app.exception


@pytest.mark.parametrize(
    ("figure", "rows"),
    [("overdue", 1), ("open_callbacks", 3), ("incomplete", 1), ("reached_in_time", 1), ("stalled", 0)],
)
@pytest.mark.usefixtures("messages")
def test_a_figure_opens_its_rows(open_app: Open, figure: str, rows: int) -> None:
    assert len(table_with(open_app(CALLBACKS, open=figure), "written_by", "how")) == rows


@pytest.mark.usefixtures("messages")
def test_a_calls_figure_opens_nothing_here_and_none_of_these_there(open_app: Open) -> None:
    assert "Received** (C1): 0 rows" not in texts(open_app(CALLBACKS, open="received"))
    assert not open_app("pages/service/calls.py", open="overdue").exception


def test_without_messages_the_pages_say_so(agency: Load, open_app: Open) -> None:
    agency("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T13:00:00+02:00,,answered,BO\n")
    for page in (CALLBACKS, OVERVIEW):
        said = texts(open_app(page))
        assert "No callbacks have been loaded yet, so this page knows nothing of them." in said
        assert "Nobody needs you" not in said
        assert "Nobody is waiting" not in said


def test_today_puts_the_worst_first_and_leads_to_where_it_comes_from(messages: Load, open_app: Open) -> None:
    messages("absences", "agent,kind,first_day,last_day\nBIR,sick,2026-05-07,2026-05-07\n")
    app = open_app(OVERVIEW)
    assert "1 customer is overdue. 1 more thing needs attention." in texts(app)
    # What can still be kept comes before what is late already.
    away = "BIR, away, and so is the buddy"
    assert worklist(app, "overview") == [
        ("Can still be kept", ["C-2", "Lies with somebody who is away", "by 15:00", away]),
        ("Too late", ["C-1", "Waits too long", "1 h 00 min too late, due 13:00", BOB]),
    ]


def test_today_words_a_message_to_those_who_act(messages: Load, open_app: Open) -> None:
    messages("absences", "agent,kind,first_day,last_day\nBIR,sick,2026-05-07,2026-05-07\n")
    app = open_app(OVERVIEW)
    (list_of_lines,) = app.get("bidi_component")
    assert "Write to BIR, away, and so is the buddy" in str(list_of_lines.proto)
    written = open_app(OVERVIEW, write="keep")
    assert [code.value for code in written.code] == ["C-2: Lies with somebody who is away, by 15:00"]
    assert "Kim Kunde" not in texts(written)
    # Nothing that can still be kept is left.
    assert not open_app(OVERVIEW, write="late").code


def test_today_says_in_one_line_how_many_wait_for_the_same_colleague(messages: Load, open_app: Open) -> None:
    rows = "".join(f"N{number},N-{number},2026-05-05T10:00:00+02:00,BO\n" for number in range(20))
    messages("callbacks", f"source_id,customer_number,created_at,sent_to\n{rows}")
    app = open_app(OVERVIEW)
    assert "21 customers are overdue. 1 more thing needs attention." in texts(app)
    # 20 and the one that stood there before are one line: all of them lie with Bob.
    lines = worklist(app, "overview")
    assert ("Too late", ["21 customers", "Waits too long", "up to 28 h 00 min too late", BOB]) in lines
    assert len(lines) == 2


def test_the_rules_page_shows_every_figure_and_every_rule_in_force(agency: Load, open_app: Open) -> None:
    agency("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T13:00:00+02:00,,answered,BO\n")
    app = open_app(RULES)
    figures = app.get_by_key("rules").value
    assert {"Overdue", "Answer rate", "Promises broken"} <= set(figures["figure"])
    assert figures["definition"].str.endswith(".").all()
    rules = table_with(app, "what", "value")
    assert "4 days, once the customer was told" in rules["value"].tolist()
    assert table_with(app, "topic", "to")["to"].tolist()[-1] == "own case handler"


@pytest.mark.parametrize("page", [OVERVIEW, CALLBACKS, RULES])
def test_the_simulated_year_fills_each_page(
    simulated_year: SimulatedYear, open_app: Open, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    for locale in ("da-DK", "en-GB"):
        app = open_app(page, locale=locale)
        assert not app.error
        assert app.dataframe or app.get("bidi_component")

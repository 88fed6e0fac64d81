"""Coaching, Colleague and Satisfaction with real data: who sees what, honest words on little data, the small forms."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import select, text
from streamlit.testing.v1 import AppTest
from support.cast import ALICE, BOB, CARL
from support.databases import Load
from support.seen import table_with, texts, unfolded, worklist
from support.simulated_year import SimulatedYear

from data_access.changes.refusals import ChangeRefusedError
from data_access.database.engine import current_engine, reading
from data_access.database.schema import agent
from data_access.demo import truths as planted
from data_access.scope import Viewer
from pages.parts import callback_history, coaching_forms, hand_over_words
from pages.parts.words import SIGNAL_STATES
from pages.views import satisfaction
from pages.views.coaching import how_often

Open = Callable[..., AppTest]
COACHING, COLLEAGUE, SATISFACTION = (
    "pages/quality/coaching.py", "pages/quality/agent.py", "pages/quality/satisfaction.py",
)  # fmt: skip
SURVEYS = f"""source_id,agent,customer_number,answered_at,score,competence,treatment,comment
S1,{BOB},K1,2026-05-05T10:00:00+02:00,2,3,2,Ingen ringede tilbage
S2,{CARL},K2,2026-05-06T10:00:00+02:00,9,9,9,
S3,{CARL},K3,2026-03-06T10:00:00+01:00,10,9,9,
"""


def test_the_quality_manager_reads_who_would_be_helped_by_name_and_without_a_rank(open_year: Open) -> None:
    app = open_year(COACHING)
    assert "6 colleagues would benefit from practice." in app.header[0].value
    lines = worklist(app, "signals")
    shown = {line[0] for _group, line in lines}
    helped = {*planted.ANSWERS_LESS, planted.FORGETS_NOTES, planted.DRAWS_REMINDERS}
    helped |= {planted.STOPS_AFTER_ONE, planted.INVENTS_ATTEMPTS}
    assert shown == {*helped, planted.NEW_AND_KEEPS_PATTERN}
    for title in ("Practice would help", "Strengths"):
        names = [line[0] for group, line in lines if group == title]
        assert names == sorted(names), title
    assert "too few cases" in texts(app)
    app = unfolded(app, "all_comparisons", "funnels")
    everything = app.get_by_key("coaching").value
    assert len(everything) > 200
    assert "too_few" in set(everything["state"])
    # Names stand only on signals, in the pictures' tables too.
    named = [one.value["name"] for one in app.dataframe if list(one.value.columns) == ["name", "cases", "label"]]
    assert len(named) == 9
    assert {name for names in named for name in names if name} == shown


def test_the_drawer_opens_a_signal_by_the_address_and_refuses_what_is_not_there(open_year: Open) -> None:
    opened = open_year(COACHING, signal=f"{planted.STOPS_AFTER_ONE} pattern_days_kept")
    assert "Look at the process before you look at the person." in texts(opened)
    assert len(table_with(opened, "customer", "success")) > 20
    for nonsense in (f"{planted.STOPS_AFTER_ONE} nonsense", "XXX pattern_days_kept", "'; --"):
        assert "There is no such comparison in this period, or it is not yours to see." in texts(
            open_year(COACHING, signal=nonsense)
        )


def test_concerns_are_shown_to_quality_alone(open_year: Open, simulated_year: SimulatedYear) -> None:
    lead = simulated_year.frame("SELECT initials FROM team_lead JOIN agent ON agent.id = agent_id")["initials"][0]
    admin = simulated_year.frame("SELECT initials FROM agent WHERE role = 'admin'")["initials"]
    assert "Concerns (Q5)" in [header.value for header in open_year(COACHING).header]
    for viewer in (lead, *admin.head(1)):
        app = open_year(COACHING, viewer=viewer)
        assert "Concerns (Q5)" not in [header.value for header in app.header]
        assert "måtte ringe igen" not in texts(app) + "".join(one.value.to_csv() for one in app.dataframe)


def test_a_colleague_sees_the_page_that_others_see_of_him(open_year: Open) -> None:
    others = open_year(COLLEAGUE, agent=planted.FELL_IN_SPRING)
    own = open_year(COLLEAGUE, viewer=planted.FELL_IN_SPRING)
    for column in ("what", "state"):
        assert table_with(own, "measure", "means")[column].tolist() == (
            table_with(others, "measure", "means")[column].tolist()
        )
    assert own.get_by_key("agent_weeks").value.equals(others.get_by_key("agent_weeks").value)
    (session,) = table_with(own, "before", "after")[["before", "after"]].to_numpy().tolist()
    assert session[0].startswith("16 %, 6 of 38")
    assert session[1].startswith("80 %, 61 of 76")


def test_the_period_is_each_pages_own_until_somebody_chooses_one(open_year: Open) -> None:
    app = open_year(COACHING)
    assert app.date_input(key="from").value == date(2026, 8, 28)  # twelve weeks and today
    app.switch_page("pages/service/calls.py").run()
    assert app.date_input(key="from").value == date(2026, 10, 24)  # four weeks
    app.date_input(key="from").set_value(date(2026, 11, 2)).run()
    app.switch_page(COACHING).run()
    assert app.date_input(key="from").value == date(2026, 11, 2)  # chosen, so it goes along


def test_a_colleague_reads_the_same_verdict_as_stands_in_the_list(open_year: Open) -> None:
    unlucky = open_year(COLLEAGUE, agent=planted.BAD_LUCK)
    assert "Practice would help" not in unlucky.header[0].value
    rows = unfolded(open_year(COACHING), "all_comparisons").get_by_key("coaching").value
    for initials in (planted.BAD_LUCK, planted.DRAWS_REMINDERS):
        page = open_year(COLLEAGUE, agent=initials)
        in_the_list = [SIGNAL_STATES[state] for state in rows.loc[rows["agent"] == initials, "state"]]
        assert sorted(table_with(page, "measure", "means")["state"]) == sorted(in_the_list)


def test_where_nobody_answers_the_page_is_drawn(agency: Load, open_app: Open) -> None:
    people = [f"P{place:02}" for place in range(12)]
    agency("agents", "initials,first_day\n" + "".join(f"{one},2020-01-01\n" for one in people))
    rows = [
        f"{one}{place},2026-05-05T10:{place:02}:00+02:00,2026-05-05T11:00:00+02:00,incoming,unanswered,{one},Reception\n"
        for one in people
        for place in range(25)
    ]
    agency("calls", "source_id,started_at,ended_at,direction,status,agent,queue\n" + "".join(rows))
    app = open_app(COACHING)
    assert "Nobody stands out" in app.header[0].value


@pytest.mark.parametrize("locale", ["en-GB", "da-DK"])
def test_without_data_the_pages_say_so(agency: Load, open_app: Open, locale: str) -> None:
    agency("calls", "source_id,started_at,direction,status\nC1,2026-05-05T10:00:00+02:00,incoming,unanswered\n")
    for page in (COACHING, SATISFACTION):
        assert open_app(page, locale=locale).header[0].value
    assert not open_app(COACHING, locale=locale).get("bidi_component")
    assert not open_app(SATISFACTION, locale=locale).get("bidi_component")
    english = texts(open_app(COACHING))
    assert "Nothing is on record for this period, so nothing can be said about anybody." in english
    assert "No quarter with ratings has been published yet." in texts(open_app(SATISFACTION))
    assert "Whose page do you want to open?" in texts(open_app(COLLEAGUE))


def test_one_call_says_nothing_and_is_no_percentage(agency: Load, open_app: Open) -> None:
    agency(
        "calls",
        "source_id,started_at,answered_at,ended_at,direction,status,agent,queue\n"
        f"C1,2026-05-05T10:00:00+02:00,2026-05-05T10:00:05+02:00,2026-05-05T10:01:00+02:00,incoming,answered,{BOB},Reception\n",
    )
    app = open_app(COLLEAGUE, agent=BOB)
    table = table_with(app, "measure", "means")
    assert table[["what", "state", "means"]].to_numpy().tolist() == [["1 of 1", "too few cases", "–"]]
    assert app.get_by_key("agent_weeks").value["chances_answered"].dropna().tolist() == ["1/1"]


def test_a_look_at_a_colleague_is_logged_and_one_at_oneself_is_not(
    agency: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency("surveys", SURVEYS)
    with reading() as connection:
        bob = connection.scalar(select(agent.c.id).where(agent.c.initials == BOB))

    def log() -> list[tuple[str, str]]:
        with current_engine().connect() as connection:
            return [tuple(row) for row in connection.execute(text("SELECT action, page FROM access_log ORDER BY id"))]

    open_app(COLLEAGUE, agent=BOB)
    assert log() == [("view", "agent")]
    from pages.parts import gate

    monkeypatch.setattr(gate, "viewer_or_stop", lambda **_how: Viewer(BOB, "agent", bob))
    assert "Bob Bertelsen" in open_app(COLLEAGUE).header[0].value
    assert log() == [("view", "agent")]


def test_the_weeks_low_score_is_followed_up_with_a_name_and_a_date(agency: Load, open_app: Open) -> None:
    agency("surveys", SURVEYS)
    app = open_app(SATISFACTION)
    assert "1 dissatisfied customer has not been called." in app.header[0].value
    [(group, cells)] = worklist(app, "satisfaction")
    assert (group, cells[1:]) == ("Nobody has called (1)", ["2 of 10", BOB, "nobody yet", "K1"])
    assert "Ingen ringede" not in texts(app)  # the comment is opened, not shown
    quarters = table_with(open_app(SATISFACTION, view="score"), "published_on", "goal")
    assert quarters["score"].tolist() == [5.5, 10.0]  # 2 and 9 so far; 10 in the first quarter
    assert "cannot be told yet" in quarters["goal"][0]
    agents = table_with(open_app(SATISFACTION, view="colleagues"), "score_counts", "treatment_counts")
    assert agents[["agent", "score_counts"]].to_numpy().tolist() == [[BOB, "0 of 1"], [CARL, "2 of 2"]]


def test_today_has_one_line_for_all_whom_nobody_has_called(agency: Load, open_app: Open) -> None:
    agency("surveys", SURVEYS + f"S4,{CARL},K4,2026-05-06T11:00:00+02:00,3,3,3,\n")
    lines = [cells for _group, cells in worklist(open_app("pages/today/overview.py"), "overview")]
    waiting = "A dissatisfied customer has not been called"
    assert lines[0] == ["2 customers", waiting, "the oldest answered Tue 5 May 10:00", "the team's lead"]


def test_figures_open_their_rows(agency: Load, open_app: Open) -> None:
    agency("surveys", SURVEYS)
    for name, rows in (("low_scores", 1), ("satisfied", 3), ("not_followed_up", 1), ("response_rate", 0)):
        app = open_app(SATISFACTION, open=name)
        opened = [one.value for one in app.dataframe if "answered_at" in one.value or "sent_at" in one.value]
        assert len(opened[0]) == rows, name


@pytest.mark.usefixtures("agency")
def test_a_concern_is_written_and_the_boxes_are_empty_again(open_app: Open) -> None:
    app = open_app(COACHING)
    app.text_input(key="concern_about").set_value(CARL)
    app.selectbox(key="concern_rule").set_value("B1")
    app.text_area(key="concern_text").set_value("Kunden ventede i tre dage")
    app = next(button for button in app.button if button.label == "Send to quality").click().run()
    assert "Quality has it." in texts(app)
    assert app.text_area(key="concern_text").value == ""
    assert table_with(app, "about", "text")[["about", "text"]].to_numpy().tolist() == [
        [CARL, "Kunden ventede i tre dage"]
    ]
    app.text_input(key="concern_about").set_value("XYZ")
    app.text_area(key="concern_text").set_value("noget")
    app = next(button for button in app.button if button.label == "Send to quality").click().run()
    assert "no other colleague has these initials" in texts(app)
    assert app.text_area(key="concern_text").value == "noget"  # nothing that was written is lost


@pytest.mark.parametrize("locale", ["en", "da"])
def test_every_refusal_has_its_words(locale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.parts import wording

    monkeypatch.setattr(wording, "language", lambda: locale)
    facts = {"by": ALICE, "at": datetime.fromisoformat("2026-05-05T10:00:00+00:00"), "what": {"told": 2}}
    for view in (coaching_forms, satisfaction, hand_over_words, callback_history):
        for code in view.REFUSALS:
            assert view.refused(ChangeRefusedError(code, **facts)), code
    assert how_often(0.002) != how_often(1e-9)

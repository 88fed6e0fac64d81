"""A visit begins as its reader keeps it; what an address names comes first, and a link means the same to everybody."""

from collections.abc import Callable
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest
from support.databases import ON_SQLITE, Load
from support.seen import texts
from support.two_teams import NOW

from data_access.changes.own_views import keep_own_view
from data_access.questions.own_views import OwnView
from data_access.questions.people import viewer_of
from data_access.scope import Viewer
from pages.parts import gate

pytestmark = ON_SQLITE
TODAY = date(2026, 5, 7)
CALLS, CALLBACKS, COACHING = "pages/service/calls.py", "pages/service/callbacks.py", "pages/quality/coaching.py"


@pytest.fixture
def open_as_lead(
    two_teams: Load,  # noqa: ARG001
    open_app: Callable[..., AppTest],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., AppTest]:
    """Opens pages as the lead of NQQ, whoever is asked for at the gate."""
    monkeypatch.setenv("SVARTID_NOW", NOW.isoformat())
    monkeypatch.setattr(gate, "viewer_or_stop", lambda **_touch: lead())
    return open_app


def lead() -> Viewer:
    viewer = viewer_of("NQQL", NOW, TODAY)
    assert viewer is not None
    return viewer


def chosen(app: AppTest) -> tuple[str | None, date, date]:
    return app.selectbox(key="team").value, app.date_input(key="from").value, app.date_input(key="to").value


def test_a_visit_begins_with_the_team_the_period_and_the_language_that_its_reader_keeps(
    open_as_lead: Callable[..., AppTest],
) -> None:
    keep_own_view(lead(), OwnView("NQQ-team", 7, "da"))
    app = open_as_lead(CALLS)
    assert app.title[0].value == "Opkald"  # the browser asks for English
    assert chosen(app) == ("NQQ-team", date(2026, 5, 1), TODAY)
    # Of who follows the link the page would show four weeks and all teams: it names both.
    assert dict(app.query_params) == {"team": "NQQ-team", "from": "2026-05-01"}


def test_the_period_holds_for_the_pages_of_four_weeks(open_as_lead: Callable[..., AppTest]) -> None:
    keep_own_view(lead(), OwnView("NQQ-team", 7))
    app = open_as_lead(CALLBACKS)
    assert chosen(app) == ("NQQ-team", date(2026, 5, 1), TODAY)
    app.switch_page(COACHING).run()
    assert chosen(app) == ("NQQ-team", date(2026, 2, 12), TODAY)  # the twelve weeks that signals look back
    app.switch_page(CALLS).run()
    assert chosen(app) == ("NQQ-team", date(2026, 5, 1), TODAY)


def test_what_is_chosen_afterwards_stays_chosen(open_as_lead: Callable[..., AppTest]) -> None:
    keep_own_view(lead(), OwnView("NQQ-team", 7))
    app = open_as_lead(CALLS)
    app.selectbox(key="team").set_value(None)
    app.date_input(key="from").set_value(date(2026, 4, 10)).run()  # the four weeks of everybody else
    app.run()
    assert chosen(app) == (None, date(2026, 4, 10), TODAY)


@pytest.mark.parametrize(
    ("parameters", "seen"),
    [
        ({"agent": "NQQA"}, (None, date(2026, 5, 1), TODAY)),  # names a filter: all teams were meant
        ({"from": "2026-04-01", "to": "2026-04-30"}, (None, date(2026, 4, 1), date(2026, 4, 30))),
        ({"open": "missed"}, ("NQQ-team", date(2026, 5, 1), TODAY)),  # names no filter
    ],
)
def test_an_address_that_names_a_filter_comes_first(
    parameters: dict[str, str], seen: tuple[str | None, date, date], open_as_lead: Callable[..., AppTest]
) -> None:
    keep_own_view(lead(), OwnView("NQQ-team", 7))
    assert chosen(open_as_lead(CALLS, **parameters)) == seen


def test_who_has_kept_nothing_begins_as_the_page_does_and_keeps_by_the_form(
    open_as_lead: Callable[..., AppTest],
) -> None:
    app = open_as_lead(CALLS)
    assert chosen(app) == (None, date(2026, 4, 10), TODAY)
    app.selectbox(key="own_team").set_value("NQQ-team")
    app.selectbox(key="own_period").set_value(14)
    app.selectbox(key="own_language").set_value("da")
    next(button for button in app.button if button.label == "Keep").click()
    app.run()
    assert "Kept: your next visit begins like this." in texts(app)
    assert chosen(app) == (None, date(2026, 4, 10), TODAY)  # this visit goes on as it is
    again = open_as_lead(CALLS)
    assert again.title[0].value == "Opkald"
    assert chosen(again) == ("NQQ-team", date(2026, 4, 24), TODAY)
    assert again.selectbox(key="own_period").value == 14

"""The field in the menu: one answer opens at once, several stand under it, and nothing says so."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from support.databases import ON_SQLITE, Load
from support.seen import texts
from support.two_teams import NOW


@pytest.fixture
def open_as_quality(two_teams: Load, open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> AppTest:  # noqa: ARG001
    monkeypatch.setenv("SVARTID_NOW", NOW.isoformat())
    return open_app("pages/service/calls.py")


def find(app: AppTest, text: str) -> AppTest:
    app.text_input(key="search_text").set_value(text)
    next(button for button in app.button if button.label == "Find").click()
    app.run()
    assert not app.exception, app.exception
    return app


def found(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link") if "QQ" in link.proto.label]


@ON_SQLITE
def test_one_request_opens_at_once(open_as_quality: AppTest) -> None:
    app = find(open_as_quality, "sqq-1")
    assert app.title[0].value == "Callbacks"
    assert app.query_params["callback"] == ["5"] or app.query_params["callback"] == "5"
    assert app.text_input(key="search_text").value == ""


@ON_SQLITE
def test_a_colleague_opens_at_once(open_as_quality: AppTest) -> None:
    app = find(open_as_quality, "NQQA")
    assert app.title[0].value == "Colleague"
    assert "NQQ Anders" in texts(app)


@ON_SQLITE
def test_nothing_is_said_in_a_sentence_and_does_not_say_what_was_asked(open_as_quality: AppTest) -> None:
    app = find(open_as_quality, "<b>K-404</b>")
    assert app.title[0].value == "Calls"
    assert "Nothing that you may see has that number, these initials or this name." in texts(app)
    assert "404" not in texts(app)
    assert found(app) == []


@ON_SQLITE
def test_of_several_requests_the_reader_chooses(two_teams: Load, open_as_quality: AppTest) -> None:
    two_teams.all_of(
        ("callbacks", "source_id,customer_number,created_at,sent_to\nagain,NQQ-3,2026-05-07T09:00:00+02:00,NQQA\n")
    )
    app = find(open_as_quality, "NQQ-3")
    assert app.title[0].value == "Calls"
    # Both have ended: who wrote on Thursday called in at three past ten.
    assert found(app) == [r"NQQ\-3: general, 09:00", r"NQQ\-3: general, Mon 4 May 09:00"]

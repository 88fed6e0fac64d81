"""What a browser can be made to say of a widget: a state that no page sends counts as if nothing had been sent."""

from collections.abc import Callable

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest
from support.databases import ON_SQLITE
from support.two_teams import NOW

FORGED = {
    "no JSON": {"json_value": "{"},
    "null": {"json_value": "null"},
    "a number where a list belongs": {"json_value": "5"},
    "another word": {"string_value": "no such thing"},
    "rows that are no numbers": {"string_value": '{"selection": {"rows": ["a", null, [1], -1, 99999]}}'},
    "null for rows": {"string_value": '{"selection": {"rows": null}}'},
    "a list for a selection": {"string_value": '{"selection": [1]}'},
    "cells that are no pairs": {"string_value": '{"selection": {"cells": [null, [1], [[1], "x"], [99999, "day_1"]]}}'},
    "yes": {"bool_value": True},
    "a negative number": {"int_value": -7},
    "an endless number": {"double_value": float("inf")},
}


def forged_state(widget_id: str, kind: str) -> WidgetStates:
    state = WidgetState(id=widget_id, **FORGED[kind])
    return WidgetStates(widgets=[state])


def a_widget_of_each_type(app: AppTest) -> dict[str, str]:
    elements = [*app.main, *app.sidebar]
    return {element.type: element.proto.id for element in elements if getattr(element.proto, "id", "")}


@pytest.mark.usefixtures("two_teams")
@ON_SQLITE
@pytest.mark.parametrize(
    ("page", "types"),
    [
        ("pages/service/callbacks.py", {"bidi_component", "selectbox", "date_input", "toggle"}),
        ("pages/rota/coverage.py", {"dataframe", "date_input"}),  # here cells are chosen
        ("pages/customers/reassign.py", {"bidi_component", "text_input", "button"}),
    ],
)
def test_no_forged_state_ends_a_page(
    open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, page: str, types: set[str]
) -> None:
    app = open_app(page)
    monkeypatch.setenv("SVARTID_NOW", NOW.isoformat())
    widgets = a_widget_of_each_type(app.run())
    assert types <= set(widgets)
    for type_, widget_id in widgets.items():
        for kind in FORGED:
            app._run(forged_state(widget_id, kind))
            assert not app.exception, (type_, kind)
            assert app.title, (type_, kind)

"""Every chart's spec is one that Vega-Lite knows. No look asks, because asking takes longer than all the rest."""

import json
from collections.abc import Callable

import altair
import pytest
from streamlit.testing.v1 import AppTest

CHARTS = {
    "pages/service/calls.py": 2,
    "pages/service/callbacks.py": 3,
    "pages/quality/notes.py": 1,
    "pages/rota/coverage.py": 1,
    "pages/rota/absence.py": 1,
    "pages/quality/coaching.py": 9,
    "pages/quality/agent.py": 8,
    "pages/quality/satisfaction.py": 1,
    "pages/system/sources.py": 1,
}
"""How many charts each page draws of the simulated year."""
CHOSEN = {"pages/quality/agent.py": {"agent": "KLI"}, "pages/quality/satisfaction.py": {"view": "score"}}
"""What must be chosen for them to be drawn."""


@pytest.mark.parametrize(("page", "charts"), CHARTS.items())
def test_every_spec_is_one_that_vega_lite_knows(page: str, charts: int, open_year: Callable[..., AppTest]) -> None:
    app = open_year(page, **CHOSEN.get(page, {}))
    if page.endswith("coaching.py"):
        app.session_state["funnels"] = True  # folded until somebody opens them
        app.run()
    specs = [json.loads(element.proto.spec) for element in app.get("vega_lite_chart")]
    assert len(specs) == charts
    for spec in specs:
        altair.Chart.from_dict(spec, validate=True)

"""Every chart's spec is one that Vega-Lite knows. No look asks, because asking takes longer than all the rest."""

import json
from collections.abc import Callable

import altair
import pytest
from streamlit.testing.v1 import AppTest
from support.simulated_year import SimulatedYear

CHARTS = {
    "pages/service/calls.py": 2,
    "pages/service/callbacks.py": 3,
    "pages/service/attempts.py": 1,
    "pages/rota/coverage.py": 1,
    "pages/rota/absence.py": 1,
    "pages/quality/coaching.py": 9,
    "pages/quality/agent.py": 8,
    "pages/quality/satisfaction.py": 1,
    "pages/system/sources.py": 1,
}
"""How many charts each page draws of the simulated year."""


@pytest.mark.parametrize(("page", "charts"), CHARTS.items())
def test_every_spec_is_one_that_vega_lite_knows(
    page: str,
    charts: int,
    simulated_year: SimulatedYear,
    open_app: Callable[..., AppTest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    monkeypatch.setenv("SVARTID_NOW", simulated_year.until.isoformat())
    monkeypatch.delenv("SVARTID_ACCESS", raising=False)
    app = open_app(page, agent="KLI") if page.endswith("agent.py") else open_app(page)
    specs = [json.loads(element.proto.spec) for element in app.get("vega_lite_chart")]
    assert len(specs) == charts
    for spec in specs:
        altair.Chart.from_dict(spec, validate=True)

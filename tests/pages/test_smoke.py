"""Every page opens: with the data of two teams on both kinds of database, and with any name behind every figure."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from support.databases import ON_SQLITE, fixture_of
from support.payloads import POISONED
from support.seen import texts

from metrics.figures import (
    ABSENCE_FIGURES,
    AGENT_FIGURES,
    ATTEMPT_FIGURES,
    CALL_FIGURES,
    CALLBACK_FIGURES,
    COVERAGE_FIGURES,
    SATISFACTION_FIGURES,
)
from pages.parts.menu import SECTIONS

Open = Callable[..., AppTest]
PAGES = [file for pages in SECTIONS.values() for file in pages]
FIGURES_OF_PAGES = {
    "pages/service/calls.py": CALL_FIGURES + AGENT_FIGURES,
    "pages/service/callbacks.py": CALLBACK_FIGURES,
    "pages/service/attempts.py": ATTEMPT_FIGURES,
    "pages/rota/coverage.py": COVERAGE_FIGURES,
    # The quality manager, who looks here, may not know how many reasons are none (R4).
    "pages/rota/absence.py": tuple(figure for figure in ABSENCE_FIGURES if figure.id != "not_a_reason"),
    "pages/quality/satisfaction.py": SATISFACTION_FIGURES,
}
poisoned = fixture_of(POISONED)


@pytest.mark.usefixtures("two_teams")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_every_page_opens_in_both_languages(open_app: Open) -> None:
    for page in PAGES:
        titles = []
        for locale in ("da-DK", "en-GB"):
            app = open_app(page, locale)
            assert not app.error, page
            assert texts(app), page
            titles.append(app.title[0].value)
        assert all(titles), page
    assert len(PAGES) >= 13


@ON_SQLITE
@pytest.mark.usefixtures("poisoned")
@pytest.mark.parametrize("page", FIGURES_OF_PAGES)
def test_every_figure_opens_its_rows_whatever_names_stand_in_them(open_app: Open, page: str) -> None:
    app = open_app(page)
    tables = len(app.dataframe)
    for figure in FIGURES_OF_PAGES[page]:
        app.query_params["open"] = figure.id
        app.run()
        assert not app.exception, figure.id
        assert len(app.dataframe) > tables, figure.id

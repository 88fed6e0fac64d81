"""Every page opens: with the data of two teams on both kinds of database, and with any name behind every figure."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from support.databases import ON_SQLITE, fixture_of
from support.figures import FIGURES_OF_PAGES
from support.payloads import POISONED
from support.seen import texts

from pages.parts.menu import SECTIONS, address_of

Open = Callable[..., AppTest]
PAGES = [file for pages in SECTIONS.values() for file in pages]
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
    app = open_app(next(file for file in PAGES if address_of(file) == page))
    tables = len(app.dataframe)
    for figure in FIGURES_OF_PAGES[page]:
        app.query_params["open"] = figure.id
        app.run()
        assert not app.exception, figure.id
        assert len(app.dataframe) > tables, figure.id

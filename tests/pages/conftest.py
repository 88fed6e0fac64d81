"""The app inside a test: no server, no browser, real data in a real database."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from support.places import ROOT
from support.simulated_year import SimulatedYear

# Streamlit looks through all installed packages for components whenever an app is opened; they stay the same meanwhile.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def fresh_caches(request: pytest.FixtureRequest) -> Iterator[None]:
    """A database that is used again has the address of the one before; the simulated year is one and stays as it is."""
    yield
    if "database" in request.fixturenames:
        st.cache_data.clear()
        st.cache_resource.clear()


@pytest.fixture
def new_app(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """The app at a page, perhaps with query parameters and a language of the browser; nothing has run yet."""
    monkeypatch.setenv("SVARTID_ACCESS", "local")
    monkeypatch.setenv("SVARTID_NOW", "2026-05-07T14:00:00+02:00")

    def app_at(page: str | None = None, locale: str = "en-GB", **parameters: Any) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.context = {"locale": locale}
        for name, value in parameters.items():
            app.query_params[name] = value
        if page:
            # As a link does, not by way of Today: each page's address is the name of its file.
            app.switch_page(page)
        return app

    return app_at


@pytest.fixture
def open_app(new_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open the app as `new_app` makes it."""

    def open_at(page: str | None = None, locale: str = "en-GB", **parameters: Any) -> AppTest:
        app = new_app(page, locale, **parameters).run()
        assert not app.exception, app.exception
        return app

    return open_at


@pytest.fixture
def open_year(
    simulated_year: SimulatedYear, open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    """Open the app on the simulated year at its own clock, in which anybody may look as anybody."""

    def open_at(page: str | None, **parameters: Any) -> AppTest:
        monkeypatch.setenv("DATABASE_URL", simulated_year.url)
        monkeypatch.setenv("SVARTID_NOW", simulated_year.until.isoformat())
        monkeypatch.delenv("SVARTID_ACCESS", raising=False)
        return open_app(page, **parameters)

    return open_at

"""The app as people meet it: a real server with real data, and a real Chromium in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from support.browsers import Visit
from support.databases import SqliteFiles, Template
from support.servers import Server, start_server
from support.simulated_year import SimulatedYear

LOCAL = {"SVARTID_ACCESS": "local", "SVARTID_NOW": "2026-05-07T14:00:00+02:00"}


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers with the options and environment given; they end with the test."""
    started: list[Server] = []

    def start(*options: str, **environment: str) -> Server:
        started.append(start_server(*options, **environment))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def serve_copy_of(
    sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Start servers for the tests of a module that only look: each with a copy of a template.

    They show it to whoever sits at this computer, unless the settings say otherwise; an empty one is not set.
    """
    started: list[Server] = []

    def start(template: Template, *options: str, **environment: str) -> Server:
        url = sqlite_files.new_address(tmp_path_factory.mktemp(template.name))
        sqlite_files.begin(url, template)
        settings = {"DATABASE_URL": url} | LOCAL | environment
        started.append(start_server(*options, **{name: value for name, value in settings.items() if value}))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def year_server(simulated_year: SimulatedYear) -> Iterator[Server]:
    """One server for all who only look at the simulated year."""
    server = start_server(DATABASE_URL=simulated_year.url, SVARTID_NOW=simulated_year.until.isoformat())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    system = shutil.which("chromium") or shutil.which("chromium-browser")
    # Chromium's own sandbox does not start as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=[*arguments, *quiet])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """A visitor with a language, a colour scheme and a screen."""
    contexts = []

    def arrive(locale: str = "en-GB", scheme: Any = "light", width: int = 1440, height: int = 900) -> Visit:
        context = chromium.new_context(locale=locale, color_scheme=scheme, viewport={"width": width, "height": height})
        contexts.append(context)
        return Visit.of(context.new_page())

    yield arrive
    for context in contexts:
        context.close()

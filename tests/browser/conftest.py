"""The app as people meet it: a real server with real data, and a real Chromium in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import SimulatedYear
from playwright.sync_api import Browser, Page, sync_playwright
from quiet import QUIET

ROOT = Path(__file__).parents[2]
STARTING_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running app: its port, and the address of a page."""

    port: int
    process: subprocess.Popen[bytes]

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def start_server(folder: Path, *options: str, **environment: str) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", *options]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SVARTID_", "DATABASE_URL"))}
    with (folder / f"server-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=kept | environment, stdout=log, stderr=log)
    try:
        wait_until_it_answers(port, log.name)
    except TimeoutError:
        process.kill()
        raise
    return Server(port, process)


def wait_until_it_answers(port: int, log: str) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"the server did not answer; see {log}")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with the options and environment given; they end with the test."""
    started: list[Server] = []

    def start(*options: str, **environment: str) -> Server:
        started.append(start_server(tmp_path, *options, **environment))
        return started[-1]

    yield start
    for server in started:
        server.process.terminate()
        server.process.wait(timeout=20)


@pytest.fixture(scope="session")
def year_server(simulated_year: SimulatedYear, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all who only look at the simulated year."""
    now = simulated_year.until.isoformat()
    server = start_server(tmp_path_factory.mktemp("server"), DATABASE_URL=simulated_year.url, SVARTID_NOW=now)
    yield server
    server.process.terminate()
    server.process.wait(timeout=20)


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


@dataclass
class Visit:
    """A page as one visitor sees it, and what his browser was made to do."""

    page: Page
    foreign_requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def open(self, url: str, heading: str) -> None:
        self.page.goto(url)
        self.page.get_by_role("heading", name=heading, exact=True).wait_for(timeout=90_000)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and everything is drawn."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=90_000)
        self.page.evaluate(QUIET)
        self.page.wait_for_timeout(700)  # tables are drawn on a canvas, which changes nothing that could be watched


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """A visitor with a language, a colour scheme and a screen."""
    contexts = []

    def arrive(locale: str = "en-GB", scheme: Any = "light", width: int = 1440, height: int = 900) -> Visit:
        context = chromium.new_context(locale=locale, color_scheme=scheme, viewport={"width": width, "height": height})
        contexts.append(context)
        visitor = Visit(context.new_page())
        visitor.page.on("dialog", lambda dialog: (visitor.dialogs.append(dialog.message), dialog.dismiss()))
        visitor.page.on("request", lambda request: note_foreign(visitor, request.url))
        return visitor

    yield arrive
    for context in contexts:
        context.close()


def note_foreign(visitor: Visit, url: str) -> None:
    if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
        visitor.foreign_requests.append(url)

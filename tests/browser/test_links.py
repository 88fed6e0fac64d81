"""Links open the page they name, however the server was started; Back finds each page with the filters it had."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser.conftest import LOCAL
from playwright.sync_api import Page
from support.browsers import PATIENCE
from support.databases import ON_SQLITE, Load, Template, fixture_of
from support.places import ROOT
from support.raw_visit import first_visit
from support.servers import Server, free_port, says_ok, until
from support.templates import AGENCY

from pages.parts.menu import SECTIONS, address_of

HEADINGS = {address_of(file): title for pages in SECTIONS.values() for file, (title, _icon) in pages.items()}


def written_command(file: str, pattern: str) -> list[str]:
    """The command with which a file of docs/deploy starts the app, without what only a deployment has."""
    [command] = re.findall(pattern, (ROOT / "docs" / "deploy" / file).read_text().replace("\\\n", " "))
    words = [word for word in command.split() if "CREDENTIALS" not in word and "allowedHosts" not in word]
    program = words.pop(0)
    assert program.endswith("streamlit")
    return [sys.executable, "-m", "streamlit", *words]


EXEC_START, EXEC = r"(?m)^ExecStart=(.*)$", r"(?m)^ *exec (streamlit run .*)$"
WAYS: dict[str, Callable[[], list[str]]] = {
    "streamlit run": lambda: [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port=PORT"],
    "make run": lambda: ["make", "run", "PORT=PORT"],
    "systemd": lambda: [word.replace("%i", "PORT") for word in written_command("svartid@.service", EXEC_START)],
    "compose": lambda: [word.replace("$$PORT", "PORT") for word in written_command("compose.yaml", EXEC)],
}


@contextmanager
def started(way: str, folder: Path, database_url: str) -> Iterator[int]:
    port = free_port()
    environment = os.environ | LOCAL | {"DATABASE_URL": database_url}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [re.sub(r"PORT$", str(port), word) for word in WAYS[way]()],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until(lambda: says_ok(f"http://127.0.0.1:{port}/_stcore/health"), f"no answer, see {log.name}")
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def load_a_call(load: Load) -> None:
    load("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-06T10:00:00+02:00,,answered,BO\n")


def load_a_request(load: Load) -> None:
    load("callbacks", "source_id,customer_number,created_at,sent_to\nB1,C-1,2026-05-05T10:00:00+02:00,BO\n")


A_CALL = Template("a_call", load_a_call, AGENCY)
A_REQUEST = Template("a_request", load_a_request, A_CALL)
a_call = fixture_of(A_CALL)


@pytest.fixture(scope="module")
def server(serve_copy_of: Callable[..., Server]) -> Server:
    """Of the cast one call, and one request that is overdue."""
    return serve_copy_of(A_REQUEST)


@ON_SQLITE
@pytest.mark.usefixtures("a_call")
@pytest.mark.parametrize("way", WAYS)
def test_the_first_link_to_a_fresh_server_opens_its_page(
    way: str, tmp_path: Path, database_url: str, visit: Callable[..., Any]
) -> None:
    with started(way, tmp_path, database_url) as port:
        visitor, refused = visit(), []
        visitor.page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
        visitor.open(f"http://127.0.0.1:{port}/callbacks", HEADINGS["callbacks"])
        assert visitor.page.get_by_role("dialog").count() == 0
        assert refused == []


def test_the_link_to_each_page_opens_that_page(server: Server) -> None:
    """As a browser asks for it: first the address, then, by the line that it opens, what stands there."""
    for address, heading in HEADINGS.items():
        assert httpx.get(server.url(f"/{address}"), follow_redirects=True).status_code == 200, address
        sent = first_visit(server.port, address, {})
        assert "page_not_found" not in [message.WhichOneof("type") for message in sent], address
        assert heading in {message.delta.new_element.heading.body for message in sent}, address


def test_an_unknown_address_says_so_and_shows_the_way(server: Server, visit: Callable[..., Any]) -> None:
    page = visit(locale="da-DK").page
    assert page.goto(server.url("/kald")).status == 404
    page.get_by_text("Der er ingen side med denne adresse.").wait_for()
    page.get_by_role("link", name="Til forsiden").click()
    page.get_by_role("heading", name="I dag", exact=True).wait_for(timeout=PATIENCE)


def choose(page: Page, box: str, option: str) -> None:
    page.get_by_role("combobox", name=box).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_back_finds_each_page_with_the_filters_it_had(server: Server, visit: Callable[..., Any]) -> None:
    visitor = visit()
    page = visitor.page

    def arrives_at(address: str, heading: str) -> None:
        page.wait_for_url(server.url(address), timeout=PATIENCE)
        page.get_by_role("heading", name=heading, exact=True).wait_for(timeout=PATIENCE)
        visitor.settle()

    visitor.open(server.url("/callbacks"), "Callbacks")
    choose(page, "Team", "North")
    arrives_at("/callbacks?team=North", "Callbacks")
    choose(page, "Desk", "Case handlers")
    # What is chosen before the answer to the choice before has come makes one entry together with it.
    arrives_at("/callbacks?team=North&desk=agents", "Callbacks")
    page.get_by_text("Overdue 1", exact=True).click()
    # The address holds codes, so a colleague who reads Danish gets the same view.
    arrives_at("/callbacks?team=North&desk=agents&view=overdue", "Callbacks")
    visitor.choose_page("Calls")
    arrives_at("/calls?team=North", "Calls")
    page.go_back()
    arrives_at("/callbacks?team=North&desk=agents&view=overdue", "Callbacks")
    assert page.get_by_text("Overdue 1", exact=True).is_visible()
    page.go_back()
    arrives_at("/callbacks?team=North&desk=agents", "Callbacks")
    page.go_forward()
    arrives_at("/callbacks?team=North&desk=agents&view=overdue", "Callbacks")
    page.go_forward()
    arrives_at("/calls?team=North", "Calls")

"""The app as a real server, on a port of its own."""

import os
import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from support.programs import Program, start_in

STREAMLIT = "from streamlit.web.cli import main; main()"
MINUTE_PASSES = """
import os, signal
from datetime import datetime, timedelta
def pass_a_minute(*_):
    os.environ["SVARTID_NOW"] = (datetime.fromisoformat(os.environ["SVARTID_NOW"]) + timedelta(minutes=1)).isoformat()
signal.signal(signal.SIGUSR1, pass_a_minute)
"""
STARTING_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], Any], what: str, seconds: float = STARTING_SECONDS) -> None:
    """Wait for a state; if it does not come, fail by saying what was waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def says_ok(address_of_health: str, **options: Any) -> bool:
    try:
        with urllib.request.urlopen(address_of_health, **options) as answer:  # noqa: S310
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def environment_without_settings() -> dict[str, str]:
    """The environment without any setting of Svartid."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SVARTID_", "DATABASE_URL"))}


@dataclass
class Server:
    """A running app: its port, and the address of a page."""

    port: int
    program: Program

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def let_a_minute_pass(self) -> None:
        """By the clock of this server alone, which stands still otherwise."""
        os.kill(int(self.program.process.pid or 0), signal.SIGUSR1)

    def stop(self) -> None:
        self.program.terminate()
        self.program.finish()


def start_server(*options: str, port: int | None = None, **environment: str) -> Server:
    """Start `streamlit run app.py` with these options and settings; it answers when this returns."""
    port = port or free_port()
    arguments = ("run", "app.py", f"--server.port={port}", *options)
    server = Server(
        port, start_in(environment_without_settings() | environment, *arguments, code=MINUTE_PASSES + STREAMLIT)
    )
    try:
        until(lambda: says_ok(server.url("/_stcore/health")), "the server did not answer")
    except AssertionError:
        server.program.kill()
        print(server.program.printed("stderr"))
        raise
    return server

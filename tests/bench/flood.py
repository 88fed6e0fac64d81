"""Who has not signed in cannot keep colleagues waiting: their times in calm and while strangers knock.

`python -m tests.bench.flood`: ten seconds each, on this computer alone.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from streamlit.proto.BackMsg_pb2 import BackMsg
from support.databases import Load, address
from support.raw_visit import first_visit, signed_in
from support.servers import start_server
from support.templates import TABLES
from support.two_teams import NOW, TWO_TEAMS
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from metrics.house_rules import DEFAULT_FILE, read_house_rules

SECRET = "a secret of this bench alone, of some length"  # noqa: S105
SECONDS, KNOCKING = 10, 10
RERUN = BackMsg(rerun_script={"query_string": ""}).SerializeToString()


def claims(name: str) -> dict[str, Any]:
    email = f"{name}@example.test"
    return {"email": email, "sub": name, "iss": "https://id.test", "iat": time.time(), "nonce": "n"}


def visits_of_a_colleague(port: int) -> list[float]:
    """How long each look of a colleague took, one after the other, for ten seconds."""
    visitor, took = signed_in(port, SECRET, claims("nqql")), []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        began = time.monotonic()
        first_visit(port, "calls", **visitor)
        took.append(time.monotonic() - began)
    return took


def knock(port: int, stop: Event, counts: dict[str, int]) -> None:
    """Try to open a line without a login, and to have pages run on it."""
    while not stop.is_set():
        try:
            with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"]) as line:
                counts["let in"] += 1
                for _turn in range(100):
                    line.send(RERUN)
        except (WebSocketException, OSError):
            counts["refused"] += 1


def hammer(port: int, stop: Event, counts: dict[str, int]) -> None:
    """A colleague whose browser asks without end."""
    visitor = signed_in(port, SECRET, claims("sqql"))
    try:
        with connect(
            f"ws://127.0.0.1:{port}/_stcore/stream",
            subprotocols=list(visitor["subprotocols"]),
            additional_headers=visitor["headers"],
            max_size=None,
        ) as line:
            while not stop.is_set():
                line.send(RERUN)
                counts["let in"] += 1
    except (WebSocketException, OSError):
        counts["refused"] += 1


def while_it_goes_on(flood: Callable[..., None], threads: int, port: int) -> tuple[list[float], dict[str, int]]:
    stop, counts = Event(), {"let in": 0, "refused": 0}
    knocking = [Thread(target=flood, args=(port, stop, counts), daemon=True) for _number in range(threads)]
    for thread in knocking:
        thread.start()
    took = visits_of_a_colleague(port)
    stop.set()
    for thread in knocking:
        thread.join(timeout=10)
    return took, counts


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'flood.db'}"
        with address(url):
            for template in (TABLES, TWO_TEAMS):
                template.fill(Load(folder, read_house_rules(DEFAULT_FILE)))
        secrets = folder / "secrets.toml"
        secrets.write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "s"\n'
            'client_secret = "x"\nserver_metadata_url = "http://127.0.0.1:9/"\n'
        )
        environment = {"DATABASE_URL": url, "SVARTID_ACCESS": "oidc", "SVARTID_NOW": NOW.isoformat()}
        server = start_server(f"--secrets.files={secrets}", **environment)
        try:
            visits_of_a_colleague(server.port)  # the first looks import what the others have
            calm = visits_of_a_colleague(server.port)
            print(f"calm: {len(calm)} looks, median {median(calm):.2f} s, longest {max(calm):.2f} s")
            for what, flood, threads in (("strangers", knock, KNOCKING), ("a colleague's browser", hammer, 1)):
                took, counts = while_it_goes_on(flood, threads, server.port)
                print(
                    f"{what}: {len(took)} looks, median {median(took) / median(calm):.2f} ×, longest "
                    f"{max(took) / max(calm):.2f} × of calm; let in {counts['let in']}, refused {counts['refused']}"
                )
        finally:
            server.stop()


if __name__ == "__main__":
    main()

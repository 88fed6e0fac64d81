"""Measure reading Relatel: python -m tests.bench.relatel.

100,000 calls behind an API of which one request in ten fails in one of the ways it can and one page in twenty is short,
while the reader is killed twenty times: is the database equal to the truth, row by row, and how many requests did it
take beyond the fewest?
"""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from data_access.database import migrating
from data_access.database.engine import current_engine
from data_access.relatel.api import CALLS_PER_PAGE, Clock, DisconnectedError, RelatelApi
from data_access.relatel.sync import Sync
from data_access.settings import current_rules
from tests.bench.__main__ import new_database, postgres
from tests.support.relatel_fake import TOKEN, FakeRelatel, employee, served, some_calls

CALLS, KILLS = 100_000, 20
NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(days=365)
FASTER = 20
"""Waiting between attempts passes so many times faster than it would."""


def read(address: str) -> None:
    """The reader: one run after the other until nothing is unread."""
    rules = current_rules()
    clock = Clock(lambda: NOW, time.monotonic, lambda seconds: time.sleep(seconds / FASTER))
    while True:
        with RelatelApi(address, TOKEN, clock, 1_000_000, timeout_seconds=1.0) as api:
            try:
                if not Sync(api, lambda: rules, follows=False, say=print).once(BEGAN).bound_was_hit:
                    return
            except DisconnectedError as error:
                print(f"begins again: {error.problem}", flush=True)


def stored(query: str) -> list[tuple[object, ...]]:
    with current_engine().connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def instant(value: object) -> object:
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(found, datetime)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def differences(fake: FakeRelatel) -> tuple[int, int]:
    """Rows of calls and of rings that are in the database or in the truth but not in both."""
    calls = {
        (*row[:5], *map(instant, row[5:]))
        for row in stored(
            "SELECT call.source_id, direction, queue.name, remote_number, status, started_at, answered_at, ended_at"
            " FROM call LEFT JOIN queue ON queue.id = call.queue_id"
        )
    }
    rings = {
        (*row[:3], instant(row[3]), *row[4:])
        for row in stored(
            "SELECT source_id, call_source_id, source_agent, rang_at, ring_seconds, talk_seconds, outcome FROM ring"
        )
    }
    true_rings = {ring for one in fake.calls for ring in one.true_rings()}
    return len(calls ^ {one.true_call() for one in fake.calls}), len(rings ^ true_rings)


def measure(fake: FakeRelatel, folder: Path) -> list[str]:
    migrating.initialise(current_rules())
    draw, killed, begun = random.Random(1), 0, time.monotonic()  # noqa: S311
    while True:
        with (folder / "reader.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.relatel", fake.address], stdout=log, stderr=log
            )
        try:
            code = process.wait(draw.uniform(3.0, 8.0) if killed < KILLS else None)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            continue
        if code == 0:
            break
        raise RuntimeError((folder / "reader.log").read_text()[-2000:])
    fewest = ceil(CALLS / CALLS_PER_PAGE)
    wrong_calls, wrong_rings = differences(fake)
    said = (folder / "reader.log").read_text().count("begins again")
    return [
        f"{wrong_calls} of {CALLS}",
        f"{wrong_rings} of {sum(len(one.true_rings()) for one in fake.calls)}",
        f"{fake.asked['/calls'] / fewest:.2f} ({fake.asked['/calls']} / {fewest})",
        str(fake.requests),
        str(fake.failed.total()),
        f"{killed}, {said}",
        str(len(fake.not_get)),
        f"{time.monotonic() - begun:.0f} s",
    ]


def main() -> None:
    table = Table("database", "calls that differ", "rings that differ", "requests for calls / fewest", "all requests")
    for title in ("failed", "killed, given up", "not GET", "time"):
        table.add_column(title)
    calls = some_calls(CALLS, BEGAN, NOW - timedelta(hours=1), seed=3)
    employees = [employee(one) for one in range(1, 10)]
    with TemporaryDirectory() as folder, postgres() as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/relatel.db"), ("PostgreSQL", new_database(server, CALLS))):
            os.environ["DATABASE_URL"] = url
            fake = FakeRelatel(calls, lambda: NOW, employees, fault_rate=0.1, short_rate=0.05, timeout_seconds=1.5)
            with served(fake):
                table.add_row(name, *measure(fake, Path(folder)))
    Console(width=200).print(table)


if __name__ == "__main__":
    read(sys.argv[1]) if len(sys.argv) > 1 else main()

"""Measure the phone log held against the notes: python -m tests.bench.notes.

A million calls and 500,000 notes against a tenth of them, each in a process of its own, for time and peak memory.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from data_access.database import migrating
from data_access.database.frames import insert_frame
from data_access.database.schema import agent, call, contact_attempt, customer, customer_phone, note, ring
from data_access.database.writing import writing
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.notes import note_discipline
from data_access.scope import Scope
from data_access.settings import current_rules
from tests.bench.__main__ import new_database, postgres

SIZES = ((100_000, 50_000), (1_000_000, 500_000))
DAYS, AGENTS = 250, 400
START, TODAY = datetime(2025, 9, 1, 7, 0, tzinfo=UTC), date(2026, 5, 9)
PERIOD = CallbackFilters(date(2025, 9, 1), date(2026, 5, 8))
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
SHARE_OUTGOING = 0.3


def fill(calls: int, notes: int) -> None:
    """Calls of known customers over 250 days, three of ten outgoing; half noted, the outgoing ones as attempts too."""
    rules, rng = current_rules(), np.random.default_rng(7)
    migrating.initialise(rules)
    numbers = np.arange(1, calls + 1)
    customers = max(calls // 20, 1)
    who, whom = rng.integers(1, AGENTS + 1, calls), rng.integers(1, customers + 1, calls)
    seconds = np.sort(rng.integers(0, DAYS * 8 * 3600, calls))
    started = START + pd.to_timedelta(seconds // 28_800 * 86_400 + seconds % 28_800, unit="s")
    started = pd.Series(started).astype("datetime64[us, UTC]")
    local = started.dt.tz_convert(rules.zone).dt.date
    is_outgoing = rng.random(calls) < SHARE_OUTGOING
    phones = pd.Series(np.char.add("4520", np.char.zfill(whom.astype(str), 6)))
    noted = np.sort(rng.permutation(calls)[:notes])
    dialled = noted[is_outgoing[noted]]
    text = {"source": "bench"}
    with writing() as connection:
        connection.execute(
            insert(agent), [{"id": one, "initials": f"A{one:03d}", "role": "agent"} for one in range(1, AGENTS + 1)]
        )
        ids = np.arange(1, customers + 1)
        insert_frame(connection, customer, pd.DataFrame({"id": ids, "number": ids.astype(str)}))
        own = pd.Series(np.char.add("4520", np.char.zfill(ids.astype(str), 6)))
        insert_frame(connection, customer_phone, pd.DataFrame({"customer_id": ids, "phone_number": own}))
        insert_frame(
            connection,
            call,
            pd.DataFrame(
                {"id": numbers, "source_id": numbers.astype(str), "remote_number": phones, "started_at": started}
                | {"direction": np.where(is_outgoing, "outgoing", "incoming"), "local_date": local, "half_hour": 20}
                | {"customer_id": whom}
            ).assign(**text),
        )
        insert_frame(
            connection,
            ring,
            pd.DataFrame(
                {"source_id": numbers.astype(str), "call_source_id": numbers.astype(str), "call_id": numbers}
                | {"agent_id": who, "rang_at": started, "outcome": np.where(is_outgoing, "no_answer", "answered")}
            ).assign(from_call=False, **text),
        )
        insert_frame(
            connection,
            note,
            pd.DataFrame(
                {"id": noted + 1, "source_id": noted.astype(str), "customer_id": whom[noted], "agent_id": who[noted]}
                | {"at": (started + timedelta(minutes=3)).to_numpy()[noted], "local_date": local.to_numpy()[noted]}
            ).assign(at=lambda rows: rows["at"].astype("datetime64[us, UTC]"), kind="conversation", **text),
        )
        insert_frame(
            connection,
            contact_attempt,
            pd.DataFrame(
                {"source_id": dialled.astype(str), "customer_id": whom[dialled], "agent_id": who[dialled]}
                | {"at": started.to_numpy()[dialled], "local_date": local.to_numpy()[dialled], "note_id": dialled + 1}
            ).assign(at=lambda rows: rows["at"].astype("datetime64[us, UTC]"), channel="call", reached=False, **text),
        )
        connection.exec_driver_sql("ANALYZE")


def measure() -> None:
    """One reconciliation of the database in DATABASE_URL; prints seconds, peak megabytes and what was found."""
    begun = time.perf_counter()
    found = note_discipline(EVERYTHING, PERIOD, current_rules(), TODAY)
    seconds = time.perf_counter() - begun
    calls, attempts = int(found[["conversations", "dialled"]].to_numpy().sum()), int(found["attempts"].sum())
    print(f"{seconds:.2f} {peak_megabytes()} {calls} {attempts}")


def peak_megabytes() -> int:
    """Of this process alone: what getrusage says begins with the memory of whoever started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def measured_apart() -> tuple[float, int, int, int]:
    printed = subprocess.run(
        [sys.executable, "-m", "tests.bench.notes", "measure"], check=True, capture_output=True, text=True
    ).stdout.split()
    return float(printed[0]), int(printed[1]), int(printed[2]), int(printed[3])


def main() -> None:
    table = Table(
        "", "SQLite", "PostgreSQL", title="the phone log against the notes, 1,000,000 calls and 500,000 notes"
    )
    columns: list[dict[str, str]] = []
    with TemporaryDirectory() as name, postgres() as server:
        for kind in ("sqlite", "postgresql"):
            found = []
            for calls, notes in SIZES:
                url = f"sqlite:///{Path(name)}/{calls}.db" if kind == "sqlite" else new_database(server, calls)
                os.environ["DATABASE_URL"] = url
                fill(calls, notes)
                found.append(measured_apart())
            (seconds, memory, *_), (more_seconds, more_memory, judged, attempts) = found
            columns.append(
                {
                    "time, large / a tenth": f"{more_seconds / seconds:.1f} ({more_seconds:.1f} s / {seconds:.1f} s)",
                    "peak memory, large / a tenth": f"{more_memory / memory:.1f} ({more_memory} MB / {memory} MB)",
                    "calls judged, attempts paired": f"{judged:,}, {attempts:,}",
                }
            )
    for row in columns[0]:
        table.add_row(row, columns[0][row], columns[1][row])
    Console(width=110).print(table)


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["measure"] else main()

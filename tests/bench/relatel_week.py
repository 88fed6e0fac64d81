"""Measure following Relatel for a week: python -m tests.bench.relatel_week.

Two weeks in fast motion, each with a change of the clocks in its middle, polled every minute while one request in fifty
fails: is any call lost, does memory grow, do open files? The fake runs in the same process, so what is measured is more
than the program alone.
"""

import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from data_access.database import migrating
from data_access.relatel.api import Clock, RelatelApi, StoppedError
from data_access.relatel.sync import Sync
from data_access.settings import current_rules
from tests.bench.relatel import differences
from tests.support.relatel_fake import TOKEN, FakeRelatel, employee, served, some_calls

WEEKS = {
    "spring (29 March 2026)": datetime(2026, 3, 26, 0, 0, tzinfo=UTC),
    "autumn (25 October 2026)": datetime(2026, 10, 22, 0, 0, tzinfo=UTC),
}
CALLS, WEEK, DAY = 1_000, timedelta(days=7), timedelta(days=1)
POLL_SECONDS = 60.0


def memory_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class FastClock:
    """Waiting costs nothing; each day that has passed is told to `each_day`."""

    def __init__(self, begins: datetime, ends: datetime, each_day: Callable[[], None]) -> None:
        self.at, self.ends, self.each_day, self.day = begins, ends, each_day, begins + DAY
        self.waited = 0.0

    def pause(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.waited += seconds
        if self.at >= self.day:
            self.day += DAY
            self.each_day()
        if self.at >= self.ends:
            raise StoppedError


def follow_a_week(begins: datetime) -> tuple[FakeRelatel, list[tuple[float, int]]]:
    seen: list[tuple[float, int]] = []

    def look() -> None:
        gc.collect()
        seen.append((memory_mb(), open_files()))

    rules = current_rules()
    migrating.initialise(rules)
    clock = FastClock(begins, begins + WEEK + timedelta(hours=1), look)
    calls = some_calls(CALLS, begins, begins + WEEK, seed=2)
    employees = [employee(one) for one in range(1, 10)]
    faults = ("401", "429", "500", "dropped", "half_page", "not_json", "changed", "skew")
    fake = FakeRelatel(calls, lambda: clock.at, employees, fault_rate=0.02, faults=faults)
    clocks = Clock(lambda: clock.at, lambda: clock.waited, clock.pause)
    with served(fake), RelatelApi(fake.address, TOKEN, clocks, 30) as api:
        try:
            Sync(api, lambda: rules, follows=True, say=print).follow(None, POLL_SECONDS)
        except StoppedError:
            look()
    return fake, seen


def main() -> None:
    table = Table("week", "calls lost or wrong", "rings lost or wrong", "requests", "failed", "not GET")
    for title in ("memory, end of day 1 → end", "open files"):
        table.add_column(title)
    with TemporaryDirectory() as folder:
        for name, begins in WEEKS.items():
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/{begins:%Y%m}.db"
            fake, seen = follow_a_week(begins)
            calls, rings = differences(fake)
            counts = (f"{calls} of {CALLS}", str(rings), str(fake.requests), str(fake.failed.total()))
            grown = f"{seen[0][0]:.0f} → {seen[-1][0]:.0f} MB ({seen[-1][0] / seen[0][0]:.2f})"
            table.add_row(name, *counts, str(len(fake.not_get)), grown, f"{seen[0][1]} → {seen[-1][1]}")
    Console(width=180).print(table)


if __name__ == "__main__":
    main()

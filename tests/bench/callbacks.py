"""Measure the worklist on 200,000 callbacks: python -m tests.bench.callbacks.

Prints ratios measured in one run, against a hundredth of it, on both databases.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from data_access.database import migrating
from data_access.database.frames import insert_frame
from data_access.database.schema import agent, callback, customer
from data_access.database.writing import writing
from data_access.matters.verdicts import derive_matters
from data_access.questions.callbacks import CallbackFilters, callback_totals, callbacks_by_week
from data_access.questions.worklist import worklist
from data_access.scope import Scope
from data_access.settings import current_rules
from tests.bench.__main__ import new_database, postgres

SIZES = ((2_000, 30), (200_000, 3_000))
NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
MONTH = CallbackFilters(date(2026, 4, 9), date(2026, 5, 6))
TURNS = 9
AGENTS = 40


def fill(count: int, still_open: int) -> float:
    """A year of callbacks of as many customers, the latest still open; gives the seconds it took to judge them."""
    rules = current_rules()
    migrating.initialise(rules)
    numbers = np.arange(1, count + 1)
    created = NOW - pd.to_timedelta(np.sort(np.random.default_rng(7).integers(60, 365 * 86_400, count))[::-1], unit="s")
    done = pd.Series(created + timedelta(hours=5)).where(numbers <= count - still_open)
    with writing() as connection:
        names = [{"id": number, "initials": f"A{number:02d}", "role": "agent"} for number in range(1, AGENTS + 1)]
        connection.execute(insert(agent), names)
        insert_frame(
            connection, customer, pd.DataFrame({"id": numbers, "number": [f"C{number}" for number in numbers]})
        )
        local = created.tz_convert(rules.zone)
        requests = pd.DataFrame(
            {
                "id": numbers,
                "source": "bench",
                "source_id": numbers.astype(str),
                "customer_id": numbers,
                "created_at": created.astype("datetime64[us, UTC]"),
                "topic": "general",
                "sent_to_id": numbers % AGENTS + 1,
                "done_at": done.astype("datetime64[us, UTC]"),
                "local_date": local.date,
                "half_hour": local.hour * 2,
            }
        )
        insert_frame(connection, callback, requests)
        begun = time.perf_counter()
        derive_matters(connection, None, rules)
        seconds = time.perf_counter() - begun
        connection.exec_driver_sql("ANALYZE")
    return seconds


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def main() -> None:
    rules = current_rules()
    questions: dict[str, Callable[[], object]] = {
        "worklist": lambda: worklist(EVERYTHING, MONTH, rules, NOW),
        "figures": lambda: callback_totals(EVERYTHING, MONTH, rules, NOW),
        "weeks": lambda: callbacks_by_week(EVERYTHING, MONTH, rules, NOW),
    }
    (small, small_open), (large, large_open) = SIZES
    title = f"{large:,} callbacks, {large_open:,} open, against {small:,} with {small_open} open"
    table = Table("", "SQLite", "PostgreSQL", title=title)
    columns: list[dict[str, str]] = []
    with TemporaryDirectory() as name, postgres() as server:
        for kind in ("sqlite", "postgresql"):
            urls = []
            for count, still_open in SIZES:
                urls.append(f"sqlite:///{Path(name)}/{count}.db" if kind == "sqlite" else new_database(server, count))
                os.environ["DATABASE_URL"] = urls[-1]
                judged = fill(count, still_open)
            times = {(question, url): [] for question in questions for url in urls}
            for _ in range(TURNS):
                for url in urls:
                    os.environ["DATABASE_URL"] = url
                    for question, ask in questions.items():
                        times[question, url].append(timed(ask))
            column = {"callbacks judged per second": f"{large / judged:,.0f}"}
            for question in questions:
                before, after = (median(times[question, url]) for url in urls)
                column[f"{question}: ratio"] = (
                    f"{after / before:.1f} × ({after * 1000:.0f} ms / {before * 1000:.0f} ms)"
                )
            columns.append(column)
    for row in columns[0]:
        table.add_row(row, columns[0][row], columns[1][row])
    Console(width=110).print(table)


if __name__ == "__main__":
    main()

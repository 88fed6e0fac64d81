"""The default simulated year, which is built once for a run."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

import pandas as pd
from sqlalchemy import text
from support.databases import address
from support.templates import build_silently

from data_access.database.engine import engine_for
from data_access.demo.truths import Truth
from metrics.house_rules import HouseRules

END_OF_YEAR = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SimulatedYear:
    """The default simulated year, ending on an ordinary Friday at 14:00; where it lies, and what is planted in it."""

    url: str
    until: datetime
    start: date
    truths: dict[str, Truth]

    def frame(self, sql: str, times: tuple[str, ...] = ()) -> pd.DataFrame:
        """Rows of a plain query; the named columns as instants."""
        with engine_for(self.url).connect() as connection:
            rows = pd.read_sql_query(text(sql), connection)
        for name in times:
            rows[name] = pd.to_datetime(rows[name], utc=True, format="ISO8601")
        return rows


def file_of_the_year(folder: Path, rules: HouseRules) -> Path:
    """A file with the simulated year, built by whichever worker of this run needs it first; the others wait for it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    file, unfinished = folder / "year.db", folder / "unfinished-year.db"
    with (folder / "year.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not file.exists():
            with address(url := f"sqlite:///{unfinished}"):
                build_silently(rules, END_OF_YEAR)
            engine_for(url).dispose()
            unfinished.rename(file)
    return file

"""Rows of the simulation on their way into the database: numbered, gathered, written in large portions."""

from collections import Counter
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, Table, func, select

from data_access.database.frames import UTC_DTYPE, insert_frame
from data_access.database.schema import UtcDateTime, metadata
from metrics.calendar import add_local_times
from metrics.house_rules import HouseRules

ROWS_AT_A_TIME = 100_000
WHEN = {
    "call": "started_at",
    "shift": "starts_at",
    "note": "at",
    "callback": "created_at",
    "contact_attempt": "at",
    "survey_invitation": "sent_at",
    "survey_response": "answered_at",
}
"""The time to which a row's local date and half hour belong."""


class Rows:
    """Gathers rows by table and writes them, parents before children; memory stays bounded.

    Times are given as whole seconds since 1970 (UTC), so that millions of them cost little.
    """

    def __init__(self, connection: Connection, rules: HouseRules) -> None:
        self.connection, self.rules = connection, rules
        self.waiting: dict[str, list[dict[str, Any]]] = {}
        self.count = 0
        self.written: Counter[str] = Counter()

    def add(self, table: Table, **values: Any) -> int:
        """Put a row in line; returns its id, the next of its table unless one is given."""
        self.written[table.name] += 1
        row_id = values.setdefault("id", self.written[table.name])
        self.waiting.setdefault(table.name, []).append(values)
        self.count += 1
        return int(row_id)

    def write_if_many(self) -> None:
        """To be called where no row in line refers to one that is not yet in line."""
        if self.count >= ROWS_AT_A_TIME:
            self.write()

    def write(self) -> None:
        for table in metadata.sorted_tables:
            if rows := self.waiting.pop(table.name, None):
                insert_frame(self.connection, table, self.as_frame(table, rows))
        self.count = 0

    def as_frame(self, table: Table, rows: list[dict[str, Any]]) -> pd.DataFrame:
        names = dict.fromkeys(name for row in rows for name in row)
        frame = pd.DataFrame({name: typed([row.get(name) for row in rows], table.c[name]) for name in names})
        if when := WHEN.get(table.name):
            local = add_local_times(frame, when, self.rules)
            frame = local if "half_hour" in table.c else local.drop(columns="half_hour")
        return frame

    def finish(self) -> None:
        """Write what is left; PostgreSQL numbers further rows after those that came with a number."""
        self.write()
        if self.connection.dialect.name == "postgresql":
            for name, written in self.written.items():
                if written:
                    newest = select(func.max(metadata.tables[name].c.id)).scalar_subquery()
                    query = select(func.setval(func.pg_get_serial_sequence(name, "id"), newest))
                    self.connection.execute(query)


def typed(values: list[Any], column: Column[Any]) -> pd.Series:
    match column.type:
        case UtcDateTime():
            seconds = pd.Series(values, dtype="Int64")
            return pd.to_datetime(seconds, unit="s", utc=True).astype(UTC_DTYPE)
        case Boolean():
            return pd.Series(values, dtype="boolean")
        case Integer() | BigInteger():
            return pd.Series(values, dtype="Int64")
        case _:
            return pd.Series(values, dtype="object")

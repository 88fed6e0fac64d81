"""From the database to frames and back, with the same dtypes whether there are rows or none."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Boolean, Connection, Date, Float, Integer, Numeric, Select, Table
from sqlalchemy.types import TypeEngine

from data_access.database.schema import UtcDateTime

UTC_DTYPE = "datetime64[us, UTC]"
NOTHING = "\x1f"
"""Stands for a missing value on the way to PostgreSQL: no cell of a file is this sign, because ends are stripped."""


def frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    """The rows of a query as a frame: times in UTC, whole numbers and booleans with room for missing values."""
    columns = list(query.selected_columns)
    result = connection.execute(query)
    # Straight from the driver, then converted by column: one by one takes most of a large query's time.
    cursor: Any = result.cursor
    rows = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(columns)
    result.close()
    return pd.DataFrame(
        {
            column.name: typed(pd.Series(values, dtype="object"), column.type)
            for column, values in zip(columns, rows, strict=True)
        }
    )


def typed_frame(rows: Iterable[Any], dtypes: Mapping[str, str]) -> pd.DataFrame:
    """Rows worked out in Python, as mappings or in the order of `dtypes`, as a frame of these columns and dtypes."""
    return pd.DataFrame(list(rows), columns=list(dtypes)).astype(dict(dtypes))


def typed(values: pd.Series, type_: TypeEngine[Any]) -> pd.Series:
    """Values as the driver gives them in the dtype that the column's type has everywhere, also without rows."""
    match type_:
        case UtcDateTime():
            return pd.to_datetime(values, utc=True, format="ISO8601").astype(UTC_DTYPE)
        case Date():
            days = pd.to_datetime(values, format="%Y-%m-%d")
            return days.dt.date.astype("object").where(days.notna(), None)
        case Boolean():
            return values.astype("Int64").astype("boolean")  # SQLite keeps 0 and 1
        case Float():
            return values.astype("float64")
        case Integer() | Numeric():
            return values.astype("Int64")
        case _:
            return values.astype("str")


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert plain Python rows, all with the same columns of the table: cheaper than a frame where there are few."""
    if not rows:
        return
    names = list(rows[0])
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {named(connection, table, names)} FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
        return
    insert_cells(connection, table, names, [tuple(as_driver_value(row[name]) for name in names) for row in rows])


def named(connection: Connection, table: Table, names: Sequence[str]) -> str:
    """A table and some of its columns, as SQL names them."""
    quote = connection.dialect.identifier_preparer
    return f"{quote.format_table(table)} ({', '.join(map(quote.quote, names))})"


def insert_cells(connection: Connection, table: Table, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of values as SQLite keeps them."""
    marks = ", ".join("?" * len(names))
    # Only names of our own tables and columns go into the text.
    connection.exec_driver_sql(f"INSERT INTO {named(connection, table, names)} VALUES ({marks})", rows)  # noqa: S608


def as_driver_value(value: object) -> object:
    """A value as SQLite keeps it: times in UTC as YYYY-MM-DD HH:MM:SS.ffffff."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value


def insert_frame(connection: Connection, table: Table, data: pd.DataFrame) -> None:
    """Insert all rows of a frame whose columns are the table's, by the fastest way the database has."""
    if data.empty:
        return
    columns = [table.c[str(name)] for name in data.columns]
    names = [column.name for column in columns]
    if connection.dialect.name == "postgresql":
        buffer = StringIO()
        texts = data.assign(
            **{c.name: as_text(data[c.name], "+00") for c in columns if isinstance(c.type, UtcDateTime)}
        )
        # Both signs of a line's end stand in the terminator, so that a cell which holds one of them is quoted.
        texts.to_csv(buffer, index=False, header=False, na_rep=NOTHING, lineterminator="\r\n")
        driver: Any = connection.connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {named(connection, table, names)} FROM STDIN (FORMAT csv, NULL '{NOTHING}')") as copy,
        ):
            copy.write(buffer.getvalue())
        return
    cells = [as_driver_values(data[column.name], column.type) for column in columns]
    insert_cells(connection, table, names, list(zip(*cells, strict=True)))


def as_text(times: pd.Series, suffix: str = "") -> pd.Series:
    """UTC times as SQLite keeps them, YYYY-MM-DD HH:MM:SS.ffffff."""
    values = times.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    texts = pd.Series(np.datetime_as_string(values), index=times.index).str.replace("T", " ", regex=False) + suffix
    return texts.where(times.notna())


def as_driver_values(values: pd.Series, type_: TypeEngine[Any]) -> list[Any]:
    if isinstance(type_, UtcDateTime):
        values = as_text(values)
    elif isinstance(type_, Date):
        values = values.map(lambda day: day.isoformat(), na_action="ignore")
    return list(values.to_numpy(dtype="object", na_value=None))

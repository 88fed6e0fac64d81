"""When the agency's zone changes, what was stored by its clock is written anew before figures are derived."""

from collections.abc import Callable

import pandas as pd
from sqlalchemy import BigInteger, Column, Connection, Date, Integer, MetaData, Table, delete, func, select, update

from data_access.database.frames import UTC_DTYPE, frame, insert_frame
from data_access.database.schema import UtcDateTime, absence, call, database_info, shift
from data_access.database.temporary import create_afresh
from metrics.calendar import add_local_times
from metrics.house_rules import HouseRules

ROWS_AT_A_TIME = 100_000

moved = Table(
    "moved",
    MetaData(),
    Column("moved_id", BigInteger, primary_key=True, autoincrement=False),
    Column("local_date", Date),
    Column("half_hour", Integer),
    Column("starts_at", UtcDateTime),
    Column("ends_at", UtcDateTime),
    prefixes=["TEMPORARY"],
)


def move_to_zone(connection: Connection, rules: HouseRules) -> None:
    """Give calls and shifts their local date in the new zone, and absences their instants: their days stay the days."""
    former = connection.execute(select(database_info.c.zone)).scalar_one()
    if former == rules.zone:
        return
    create_afresh(connection, moved)

    def local_dates(rows: pd.DataFrame) -> pd.DataFrame:
        return add_local_times(rows, "starts_at", rules)

    def same_clock_times(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(
            **{name: at_same_clock_time(rows[name], former, rules.zone) for name in ("starts_at", "ends_at")}
        )

    rewrite(connection, call, "started_at", ("local_date", "half_hour"), local_dates)
    rewrite(connection, shift, "starts_at", ("local_date",), local_dates)
    rewrite(connection, absence, "starts_at", ("starts_at", "ends_at"), same_clock_times)


def at_same_clock_time(times: pd.Series, former: str, zone: str) -> pd.Series:
    clock = times.dt.tz_convert(former).dt.tz_localize(None)
    passes = pd.Series(True, index=times.index).to_numpy(dtype=bool)
    return (
        clock.dt.tz_localize(zone, ambiguous=passes, nonexistent="shift_forward").dt.tz_convert("UTC").astype(UTC_DTYPE)
    )


def rewrite(
    connection: Connection,
    table: Table,
    start: str,
    names: tuple[str, ...],
    compute: Callable[[pd.DataFrame], pd.DataFrame],
) -> None:
    """Compute columns of a table anew from its times, some rows at a time."""
    last = connection.scalar(select(func.max(table.c.id))) or 0
    for first in range(0, last + 1, ROWS_AT_A_TIME):
        ends = [table.c.ends_at] if "ends_at" in names else []
        query = select(table.c.id.label("moved_id"), table.c[start].label("starts_at"), *ends)
        rows = compute(frame(connection, query.where(table.c.id.between(first, first + ROWS_AT_A_TIME - 1))))
        connection.execute(delete(moved))
        insert_frame(connection, moved, rows[["moved_id", *names]])
        values = {name: moved.c[name] for name in names}
        connection.execute(update(table).where(table.c.id == moved.c.moved_id).values(**values))

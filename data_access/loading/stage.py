"""The staging table of one load: rows are parsed and gathered here, beside the data, before the short merge."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from data_access.database.frames import insert_frame
from data_access.database.schema import UtcDateTime
from data_access.sources.kinds import KINDS, Form

TYPES: dict[Form, TypeEngine[Any]] = {
    "time": UtcDateTime(),
    "date": Date(),
    "clock": Integer(),
    "duration": Integer(),
    "number": Integer(),
    "boolean": Boolean(),
}
COMPUTED: dict[str, TypeEngine[Any]] = {
    "local_date": Date(),
    "half_hour": Integer(),
    "answer_seconds": Integer(),
    "ring_seconds": Integer(),
    "from_date": Date(),
    "to_date": Date(),
    "starts_at": UtcDateTime(),
    "ends_at": UtcDateTime(),
}
RESOLVED = (
    "agent_id",
    "other_agent_id",
    "team_id",
    "queue_id",
    "customer_id",
    "callback_id",
    "sent_to_id",
    "handed_to_id",
    "invitation_id",
    "call_id",
)


@cache
def staging_table(kind: str) -> Table:
    """A temporary table for one kind: its fields, what is computed from them, the ids they resolve to.

    `changed`: the row brings something new. `names_another`: of a customer, an owner that the CRM did not name before.
    `problem_column`, `problem`: why the row is set aside.
    """
    fields: dict[str, TypeEngine[Any]] = {
        name: TYPES.get(field.form, Text()) for name, field in KINDS[kind].fields.items() if field.form != "phones"
    }
    return Table(
        "staged",
        MetaData(),
        Column("row", BigInteger, primary_key=True, autoincrement=False),
        Column("content", BigInteger, nullable=False),
        *(Column(name, type_) for name, type_ in (COMPUTED | fields).items()),
        *(Column(name, BigInteger) for name in RESOLVED),
        *(Column(name, Text) for name in ("sent_to_desk", "handed_to_desk")),
        Column("changed", Boolean),
        Column("names_another", Boolean),
        Column("problem_column", Text),
        Column("problem", Text),
        prefixes=["TEMPORARY"],
    )


@cache
def phones_table() -> Table:
    """A temporary table for the phone numbers of staged customers, one row a number."""
    return Table(
        "staged_phone",
        MetaData(),
        Column("row", BigInteger, nullable=False),
        Column("phone_number", Text, nullable=False),
        prefixes=["TEMPORARY"],
    )


def stage(connection: Connection, staged: Table, phones: Table, rows: pd.DataFrame) -> None:
    if "phones" in rows and "phones" not in staged.c:
        numbers = rows.loc[rows["phones"].notna(), ["row", "phones"]].explode("phones").dropna()
        insert_frame(connection, phones, numbers.rename(columns={"phones": "phone_number"}))
        rows = rows.drop(columns="phones")
    insert_frame(connection, staged, rows)


def set_aside(connection: Connection, staged: Table, column: str, reason: Any, *where: Any) -> None:
    """Set aside every staged row that meets the conditions and is still good."""
    connection.execute(
        update(staged).where(staged.c.problem.is_(None), *where).values(problem_column=column, problem=reason)
    )


def set_aside_repeats(connection: Connection, staged: Table, key: Iterable[str]) -> int:
    """Of several rows with one identity the first is kept.

    A later row with the same content counts as unchanged (their number is returned), one with other content is set
    aside: the file contradicts itself.
    """
    keys = [staged.c[name] for name in key]
    first_row = func.min(staged.c.row).over(partition_by=keys).label("first_row")
    ranked = select(staged.c.row, first_row).where(staged.c.problem.is_(None)).subquery()
    first = staged.alias("first")
    repeats = connection.execute(
        select(staged.c.row, ranked.c.first_row, (staged.c.content == first.c.content).label("same"))
        .join(ranked, ranked.c.row == staged.c.row)
        .join(first, first.c.row == ranked.c.first_row)
        .where(ranked.c.row > ranked.c.first_row)
    ).all()
    # Names that no field has: SQLAlchemy keeps a column's own name for itself.
    same = [{"this_row": row} for row, _, is_same in repeats if is_same]
    other = [
        {"this_row": row, "contradiction": f"the same record stands in row {earlier} with other content"}
        for row, earlier, is_same in repeats
        if not is_same
    ]
    this_row = staged.c.row == bindparam("this_row")
    if same:
        connection.execute(delete(staged).where(this_row), same)
    if other:
        values = {"problem_column": keys[0].name, "problem": bindparam("contradiction")}
        connection.execute(update(staged).where(this_row).values(**values), other)
    return len(same)


def contradicts_earlier(staged: Table, key: str, value: str) -> Any:
    """The row says something else of the same thing than an earlier row of the file."""
    earlier = staged.alias("earlier")
    return (
        select(earlier.c.row)
        .where(
            earlier.c[key] == staged.c[key],
            earlier.c.row < staged.c.row,
            earlier.c.problem.is_(None),
            earlier.c[value] != staged.c[value],
        )
        .exists()
    )


def good(staged: Table) -> Any:
    return staged.c.problem.is_(None)


def differs(target: Table, values: dict[str, Any]) -> Any:
    """The staged row says something of the stored one that it does not say yet; a missing value says nothing."""
    return or_(
        false(), *(and_(value.is_not(None), target.c[name].is_distinct_from(value)) for name, value in values.items())
    )

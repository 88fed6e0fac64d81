"""The state of the database itself: is it there, up to date, simulated, and under which rules was it derived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Connection, column, inspect, select, table, update

from data_access.database.engine import reading
from data_access.database.schema import database_info, import_run
from data_access.errors import UserError
from metrics.house_rules import HouseRules

MIGRATIONS = Path(__file__).with_name("migrations")
Value = TypeVar("Value")
alembic_version = table("alembic_version", column("version_num"))
"""Where alembic keeps the version."""


class DatabaseNotReadyError(UserError):
    """The database was made by another version of the program; the text says what to do."""


@dataclass(frozen=True)
class DatabaseInfo:
    """`empty`: nothing was ever loaded. `rules_digest`: the rules under which the stored figures were derived.
    `blanked_before`: calls of earlier days name no customer any more."""

    empty: bool
    simulated: bool
    data_version: int
    zone: str
    rules_digest: str
    blanked_before: date | None


@cache
def newest_revision() -> str:
    """The version of the tables that this program needs. A migration's file begins with its version (0001_calls.py)."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def stored_revision(connection: Connection) -> str | None:
    """The version of the tables in the database; None where it has none."""
    if not inspect(connection).has_table(alembic_version.name):
        return None
    return connection.scalar(select(alembic_version.c.version_num))


def exists() -> bool:
    """Whether the database holds this program's tables, of any version."""
    with reading() as connection:
        return inspect(connection).has_table(database_info.name)


def require_up_to_date(connection: Connection) -> None:
    """Raise `DatabaseNotReadyError` where the tables are of another version than the program."""
    revision = stored_revision(connection)
    if revision != (wanted := newest_revision()):
        raise DatabaseNotReadyError(
            f"the database has version {revision}, this program needs {wanted}: run python -m data_access init"
        )


def database_state() -> DatabaseInfo | None:
    """What the database says of itself; None where there is none yet.

    Raises `DatabaseNotReadyError` where it has to be upgraded first.
    """
    with reading() as connection:
        if not inspect(connection).has_table(database_info.name):
            return None
        require_up_to_date(connection)
        info = connection.execute(select(database_info)).mappings().one_or_none()
        if info is None:
            return None
        loaded = connection.execute(select(import_run.c.id).limit(1)).first()
    return DatabaseInfo(
        empty=loaded is None,
        simulated=info["simulated"],
        data_version=info["data_version"],
        zone=info["zone"],
        rules_digest=info["rules_digest"],
        blanked_before=info["blanked_before"],
    )


def mark_changed(connection: Connection, rules: HouseRules, *, touches_past: bool = True) -> None:
    """Record, inside a writing transaction, that the data changed and under which rules they are now derived.

    `touches_past`: something that is counted of days that are over may have changed.
    """
    counted = database_info.c
    connection.execute(
        update(database_info).values(
            data_version=counted.data_version + 1,
            past_version=counted.past_version + int(touches_past),
            zone=rules.zone,
            rules_digest=rules.derivation_digest,
        )
    )


def kept_while_unchanged(
    connection: Connection, name: str, arguments: tuple[object, ...], read: Callable[[], Value]
) -> Value:
    """What `read` gives, read anew only once the data have changed or other arguments are asked for.

    It lies with the connection and is of the snapshot that is read now; who writes gets what they wrote.
    """
    if connection.get_execution_options().get("writes"):
        return read()
    key = (connection.scalar(select(database_info.c.data_version)), *arguments)
    kept_key, value = connection.info.get(name, (None, None))
    if kept_key != key:
        value = read()
        connection.info[name] = (key, value)
    return cast(Value, value)


def rules_changed(connection: Connection, rules: HouseRules) -> bool:
    """Whether the stored figures were derived under other rules than these."""
    return connection.scalar(select(database_info.c.rules_digest)) != rules.derivation_digest


def data_version() -> int:
    """A number that rises with each load or write."""
    with reading() as connection:
        return connection.execute(select(database_info.c.data_version)).scalar_one()


def past_version() -> int:
    """A number that rises with each load or write of what is counted of days that are over."""
    with reading() as connection:
        return connection.execute(select(database_info.c.past_version)).scalar_one()

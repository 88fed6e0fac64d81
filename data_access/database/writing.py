"""Transactions that write: who waits for whom, and for how long."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from data_access.database.engine import BUSY_TIMEOUT_MS, current_engine, was_replaced
from data_access.errors import UserError

LOAD_PATIENCE_MS = 30 * 60 * 1000


LOAD_LOCK = 5_812_026
"""The number by which loads know each other's lock on PostgreSQL."""


def begin_load(connection: Connection) -> None:
    """Begin the one writing transaction of a load on a connection. A second load waits here until the first is done."""
    begin_alone(connection, LOAD_PATIENCE_MS)


def begin_alone(connection: Connection, patience_ms: int) -> None:
    """Begin a writing transaction beside which no load and no hand-over runs, waiting so long for one that does."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        set_patience(connection, patience_ms)
    connection.execution_options(writes=True)
    connection.begin()
    if not is_sqlite:
        connection.execute(select(func.set_config("lock_timeout", str(patience_ms), True)))
        connection.execute(select(func.pg_advisory_xact_lock(LOAD_LOCK)))


def set_patience(connection: Connection, patience_ms: int) -> None:
    """How long a connection to SQLite waits for whoever writes."""
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout = {patience_ms}")


@contextmanager
def writing() -> Iterator[Connection]:
    """A connection inside one transaction that has the right to write: committed at the end, else nothing is kept."""
    with current_engine().connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


class BusyError(UserError):
    """Somebody else has been writing for longer than one waits."""


class ReplacedError(BusyError):
    """Another file has taken the place of the one that was written: nobody can say whether what was written counts."""


def require_same_file(connection: Connection) -> None:
    """After a commit: what was written is in the database, and not in a file whose place another has taken."""
    if was_replaced(connection):
        raise ReplacedError("the database file was replaced meanwhile: look whether what you did was saved")


@contextmanager
def writing_alone() -> Iterator[Connection]:
    """As `writing`, and no load or hand-over runs meanwhile. Raises `BusyError` where one goes on for too long."""
    with current_engine().connect() as connection:
        try:
            begin_alone(connection, BUSY_TIMEOUT_MS)
        except OperationalError as error:
            raise BusyError("data are being loaded; try again in a minute") from error
        yield connection
        connection.commit()
        require_same_file(connection)


@contextmanager
def writing_log() -> Iterator[Connection]:
    """As `writing`, for the logs: it waits longer than any load, because nothing is shown before it is logged."""
    with current_engine().connect() as connection:
        if connection.dialect.name == "sqlite":
            set_patience(connection, LOAD_PATIENCE_MS)
        with connection.execution_options(writes=True).begin():
            yield connection
        if connection.dialect.name == "sqlite":
            set_patience(connection, BUSY_TIMEOUT_MS)

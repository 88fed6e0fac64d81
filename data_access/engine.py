"""Which database, and how it is opened. SQLite serves one machine; a PostgreSQL address in DATABASE_URL serves many."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import OperationalError

PROJECT = Path(__file__).resolve().parent.parent
BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another on SQLite; longer than any usual merge holds the lock."""
LOAD_PATIENCE_MS = 30 * 60 * 1000
LOAD_LOCK = 5_812_026
"""The number by which loads know each other's lock on PostgreSQL."""


def database_url() -> str:
    """The database's address: DATABASE_URL, else an SQLite file under `var/` beside the program."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{PROJECT / 'var' / 'svartid.db'}"


@cache
def engine_for(url: str) -> Engine:
    """The one engine of this process for a database."""
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite_engine(url)
    # Parameters can hold customers' numbers and stay out of error messages.
    return create_engine(url, hide_parameters=True, pool_pre_ping=True)


def sqlite_engine(url: str) -> Engine:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def open_connection(connection, _record) -> None:  # type: ignore[no-untyped-def]
        # The driver's own transaction handling would start transactions too late for BEGIN IMMEDIATE.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a read that turns into a write loses updates silently.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def current_engine() -> Engine:
    return engine_for(database_url())


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
def reading() -> Iterator[Connection]:
    """A connection for reads: one snapshot, nothing kept."""
    with current_engine().connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    """A connection inside one transaction that has the right to write: committed at the end, else nothing is kept."""
    with current_engine().connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


class BusyError(Exception):
    """Somebody else has been writing for longer than one waits."""


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

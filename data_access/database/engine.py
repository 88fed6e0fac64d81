"""Which database, and how it is opened. SQLite serves one machine; a PostgreSQL address in DATABASE_URL serves many."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError

from data_access.errors import UserError
from data_access.settings import database_url

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another on SQLite; longer than any usual merge holds the lock."""
ONLY_ITS_OWNER = 0o600
AWAY_ON_SQLITE = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOTADB", "SQLITE_READONLY")


class DatabaseAwayError(UserError):
    """The database cannot be reached just now. why: in the database's own words."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the database does not answer: {why}")
        self.why = why


@cache
def engine_for(url: str) -> Engine:
    """The one engine of this process for a database."""
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite_engine(url)
    # Parameters can hold customers' numbers and stay out of error messages.
    return create_engine(url, hide_parameters=True, pool_pre_ping=True)


def sqlite_file() -> Path | None:
    """The file in which the database lies; None where a server has it."""
    url = make_url(database_url())
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def place_of_database() -> str:
    """Where the database lies, as one may tell it: without a password."""
    return make_url(database_url()).render_as_string()


def sqlite_engine(url: str) -> Engine:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        if not Path(file).exists():
            # Customers' data: for nobody else on this computer. SQLite gives the files beside it the same mode.
            Path(file).touch(ONLY_ITS_OWNER)
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def open_connection(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling would start transactions too late for BEGIN IMMEDIATE.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "checkout")
    def leave_what_was_replaced(_connection: Any, record: Any, _proxy: Any) -> None:
        if file and record.info.setdefault("identity", identity_of(file)) != identity_of(file):
            raise DisconnectionError  # the pool opens the file that lies there now

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a read that turns into a write loses updates silently.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def identity_of(file: str) -> tuple[int, int] | None:
    """What tells a file from another that has taken its name; None where there is none."""
    try:
        seen = os.stat(file)
    except FileNotFoundError:
        return None
    return seen.st_dev, seen.st_ino


def was_replaced(connection: Connection) -> bool:
    """Whether another file has taken the place of the one that a connection to SQLite reads and writes."""
    file = connection.engine.url.database
    return "identity" in connection.info and connection.info["identity"] != identity_of(str(file))


def is_away(error: DBAPIError) -> bool:
    """Whether the database itself cannot be reached or written just now, and the statement is not at fault."""
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorname.startswith(AWAY_ON_SQLITE)
    return isinstance(error, OperationalError | InterfaceError)


def current_engine() -> Engine:
    return engine_for(database_url())


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection for reads: one snapshot, nothing kept. Raises `DatabaseAwayError` where it cannot be reached."""
    try:
        with current_engine().connect() as connection:
            yield connection
    except DBAPIError as error:
        if is_away(error):
            raise DatabaseAwayError(str(error.orig).strip()) from error
        raise

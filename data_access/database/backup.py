"""A copy of the whole database in one file, taken while others work, and put back where nothing is yet."""

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from shutil import which
from tempfile import mkstemp

from sqlalchemy import inspect, make_url

from data_access.database.engine import ONLY_ITS_OWNER, current_engine, reading, sqlite_file
from data_access.database.versions import exists, newest_revision
from data_access.errors import UserError
from data_access.settings import database_url

AS_THE_OWNER = ("--no-owner", "--no-acl")
"""What is put back belongs to whoever puts it back; `init` gives the app's role its rights again."""


class BackupError(UserError):
    """The copy could not be taken or put back; what was there before is as it was."""


def back_up(file: Path) -> None:
    """Copy the database into a new file: one state of it, whatever is written meanwhile.

    SQLite by its own online backup, PostgreSQL by pg_dump in its custom format. The file has its name once it is whole,
    and only its owner may read it.
    """
    if file.exists():
        raise BackupError(f"{file} exists already; a backup never replaces a file")
    if not exists():
        raise BackupError("there is no database yet, so there is nothing to copy")
    if not file.parent.is_dir():
        raise BackupError(f"{file.parent}: there is no such folder")
    # Made by us, so that nobody else can read it while it grows, nor afterwards.
    number, name = mkstemp(prefix=f".{file.name}-", dir=file.parent)
    os.close(number)
    unfinished = Path(name)
    try:
        if source := sqlite_file():
            copy_sqlite(source, unfinished)
            revision_of_sqlite(unfinished)
        else:
            run_tool("pg_dump", f"--dbname={address()}", "--format=custom", f"--file={unfinished}")
            revision_of_dump(unfinished)
        # A file that came there meanwhile stays.
        file.touch(ONLY_ITS_OWNER, exist_ok=False)
        unfinished.replace(file)
    except FileExistsError:
        raise BackupError(f"{file} exists already; a backup never replaces a file") from None
    except OSError as error:
        raise BackupError(f"{file}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def restore(file: Path) -> None:
    """Put a backup into the database at DATABASE_URL, in which nothing may be yet: all of it or nothing.

    A backup of an older version stays of that version until `init` brings it up to date; one of a newer version is
    refused.
    """
    if not file.is_file():
        raise BackupError(f"{file}: there is no such file")
    with reading() as connection:
        tables = inspect(connection).get_table_names()
    if tables:
        raise BackupError(
            "there is a database already, and a backup never replaces one: move it away first, or set DATABASE_URL"
        )
    target = sqlite_file()
    revision = revision_of_sqlite(file) if target else revision_of_dump(file)
    if revision > newest_revision():
        raise BackupError(f"{file} has version {revision}, this program knows {newest_revision()}: update it first")
    if target:
        restore_sqlite(file, target)
    else:
        run_tool(
            "pg_restore", f"--dbname={address()}", "--exit-on-error", "--single-transaction", *AS_THE_OWNER, str(file)
        )


def restore_sqlite(file: Path, target: Path) -> None:
    current_engine().dispose()
    number, name = mkstemp(prefix=f".{target.name}-", dir=target.parent)
    os.close(number)
    unfinished = Path(name)
    try:
        copy_sqlite(file, unfinished)
        # An empty file can lie there: SQLite makes one whenever somebody asks.
        for remains in (target, *(target.with_name(target.name + ending) for ending in ("-wal", "-shm"))):
            remains.unlink(missing_ok=True)
        unfinished.replace(target)
    except OSError as error:
        raise BackupError(f"{target}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def copy_sqlite(source: Path, target: Path) -> None:
    """One state of a database, page by page, through SQLite itself: what lies in its log beside it comes along."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as whole,
        closing(sqlite3.connect(target)) as copy,
    ):
        try:
            whole.backup(copy)
            # One file, without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise BackupError(f"{target}: {error}") from error


def damage_of(file: Path) -> str | None:
    """What is wrong with the pages of an SQLite file; None where all is well."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            [(state,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if state == "ok" else str(state)


def revision_of_sqlite(file: Path) -> str:
    """The version of a database file. Raises `BackupError` where it is none of ours, or damaged."""
    if damage := damage_of(file):
        raise BackupError(f"{file} is no database of Svartid, or damaged ({damage})")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            [(revision,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise BackupError(f"{file} is no database of Svartid ({error})") from error
    return str(revision)


def revision_of_dump(file: Path) -> str:
    """The version of a database that pg_dump wrote. Raises `BackupError` where it is none of ours."""
    rows = run_tool("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    revision = re.search(r"^COPY \S*alembic_version .*\n(\w+)$", rows, re.MULTILINE)
    if revision is None:
        raise BackupError(f"{file} is no database of Svartid")
    return revision[1]


def run_tool(name: str, *options: str) -> str:
    """Run a program of PostgreSQL; gives what it prints. The password stands in no list of processes."""
    program = which(name)
    if program is None:
        raise BackupError(f"{name} is not installed here: it comes with PostgreSQL's client (postgresql-client)")
    password = make_url(database_url()).password
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [program, *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()}")
    return done.stdout


def address() -> str:
    """The database's address as PostgreSQL's own programs read it, without the password."""
    url = make_url(database_url()).set(drivername="postgresql", password=None)
    return url.render_as_string(hide_password=False)

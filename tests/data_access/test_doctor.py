"""Broken installations, one fault each: the doctor names it and how to mend it; where all is well it says so."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text
from support.databases import NOW, ON_SQLITE, Load
from support.places import ROOT
from support.programs import start

from data_access.database.engine import current_engine, engine_for
from data_access.database.migrating import initialise
from data_access.database.roles import APP_ROLE, grant_to_app
from data_access.doctor import findings
from metrics.house_rules import HouseRules

CALL = "source_id,started_at,ended_at,status,agent,queue\n1,{at},,answered,BO,Reception\n"
ADMIN = "initials,name,role,email,first_day\nADM,Ada,admin,ada@example.test,2020-01-01\n"
ON_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


class Fault(NamedTuple):
    """How an installation is broken, and words of what is said about it."""

    make: Callable[[Path, pytest.MonkeyPatch], None]
    wrong: str
    mend: str


def run_sql(sql: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    def make(_folder: Path, _patch: pytest.MonkeyPatch) -> None:
        with current_engine().begin() as connection:
            connection.execute(text(sql))

    return make


def names_the_queue_of_another_source(folder: Path, patch: pytest.MonkeyPatch) -> None:
    run_sql("INSERT INTO queue (source, name) VALUES ('staff', 'Reception')")(folder, patch)
    run_sql(
        "UPDATE queue_team SET queue_id = (SELECT id FROM queue WHERE source = 'staff') "
        "WHERE queue_id = (SELECT id FROM queue WHERE source = 'file' AND name = 'Reception')"
    )(folder, patch)


def file_of_database() -> Path:
    return Path(str(current_engine().url.database))


def other_rules(old: str, new: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    """House rules in which something is written otherwise."""

    def make(folder: Path, patch: pytest.MonkeyPatch) -> None:
        text_of_rules = (ROOT / "metrics" / "house_rules.toml").read_text()
        assert old in text_of_rules
        (folder / "rules.toml").write_text(text_of_rules.replace(old, new, 1))
        patch.setenv("SVARTID_RULES", str(folder / "rules.toml"))

    return make


def lies_elsewhere(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("DATABASE_URL", f"sqlite:///{folder / 'nothing.db'}")


def holds_recipes(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("DATABASE_URL", url := f"sqlite:///{folder / 'recipes.db'}")
    with engine_for(url).begin() as connection:
        connection.execute(text("CREATE TABLE recipes (name TEXT)"))


def is_damaged(_folder: Path, _patch: pytest.MonkeyPatch) -> None:
    current_engine().dispose()
    file = file_of_database()
    whole = bytearray(file.read_bytes())
    half = len(whole) // 2
    whole[half : half + 40_000] = b"\xff" * 40_000
    file.write_bytes(whole)


def does_not_answer(_folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("DATABASE_URL", "postgresql+psycopg://svartid:secret@127.0.0.1:9/svartid")


def is_open_to_others(_folder: Path, _patch: pytest.MonkeyPatch) -> None:
    file_of_database().chmod(0o644)


def has_a_full_disk(_folder: Path, patch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    patch.setattr(shutil, "disk_usage", lambda _place: usage._replace(free=1_500_000))


def has_a_clock_without_offset(_folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SVARTID_NOW", "2026-05-07T14:00:00")


def has_a_clock_that_is_late(_folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("data_access.doctor.now", lambda: NOW.replace(hour=9))


def has_not_been_loaded_for_days(_folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("data_access.doctor.now", lambda: NOW.replace(day=11))


FAULTS = {
    "there is none": Fault(lies_elsewhere, "There is no database at", "data_access init"),
    "of another program": Fault(holds_recipes, "holds no tables of Svartid", "data_access init"),
    "damaged": Fault(is_damaged, "damaged", "backup"),
    "it does not answer": Fault(does_not_answer, "svartid:***@127.0.0.1:9", "Start PostgreSQL there"),
    "older": Fault(run_sql("UPDATE alembic_version SET version_num = '0003'"), "has version 0003", "data_access init"),
    "newer": Fault(run_sql("UPDATE alembic_version SET version_num = '9999'"), "version 9999", "newer program"),
    "open to others": Fault(is_open_to_others, "Others on this computer may read", "chmod 600"),
    "disk": Fault(has_a_full_disk, "Only 2 MB are free", "Make room"),
    "rules unreadable": Fault(
        other_rules("Europe/Copenhagen", "Nowhere/At all"), "The house rules cannot be read", "Correct the file"
    ),
    "other zone": Fault(other_rules("Europe/Copenhagen", "Europe/Oslo"), "Europe/Oslo", "data_access rebuild"),
    "rules changed": Fault(
        run_sql("UPDATE database_info SET rules_digest = 'of yesterday'"), "rules have changed", "data_access rebuild"
    ),
    "no offset": Fault(has_a_clock_without_offset, "has no offset", "SVARTID_NOW"),
    "clock late": Fault(has_a_clock_that_is_late, "calls of file come from the future", "clock"),
    "source late": Fault(has_not_been_loaded_for_days, "calls of file are late", "job"),
    "a team without a queue": Fault(
        run_sql("DELETE FROM queue_team"), "No queue belongs to a team", "queue and queue_source"
    ),
    "the queue of another source": Fault(
        names_the_queue_of_another_source,
        "No call names the queue Reception of staff",
        "source of the calls",
    ),
    "nobody sees everything": Fault(
        run_sql("UPDATE agent SET email = NULL WHERE role = 'admin'"), "Nobody is an administrator", "role admin"
    ),
}


@pytest.fixture
def sound(agency: Load, monkeypatch: pytest.MonkeyPatch) -> Load:
    """An installation at which all is well: a call a minute ago, and somebody who may see everything."""
    monkeypatch.delenv("SVARTID_NOW", raising=False)
    monkeypatch.setattr("data_access.doctor.now", lambda: NOW)
    agency.all_of(("agents", ADMIN), ("calls", CALL.format(at="2026-05-07T11:59:00+00:00")))
    if current_engine().dialect.name == "sqlite":
        file_of_database().chmod(0o600)
    return agency


@ON_SQLITE
@pytest.mark.usefixtures("sound")
def test_where_all_is_well_nothing_is_said() -> None:
    assert list(findings()) == []


@ON_SQLITE
@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_with_what_mends_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = FAULTS[name]
    if name == "no offset":
        monkeypatch.undo()
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'any.db'}")
    fault.make(tmp_path, monkeypatch)
    said = list(findings())
    assert any(fault.wrong in finding.wrong and fault.mend in finding.mend for finding in said), said
    assert len(said) == 1, said
    assert all(sentence.endswith(".") for finding in said for sentence in (finding.wrong, finding.mend))
    assert "secret" not in said[0].wrong


@ON_POSTGRES
@pytest.mark.usefixtures("sound")
def test_on_postgresql_the_apps_rights_are_compared_with_what_they_should_be(house_rules: HouseRules) -> None:
    with current_engine().begin() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APP_ROLE}):
            assert [f"There is no role {APP_ROLE}" in finding.wrong for finding in findings()] == [True]
            connection.execute(text(f"CREATE ROLE {APP_ROLE} LOGIN"))
        grant_to_app(connection)
        connection.execute(text(f"GRANT DELETE ON access_log TO {APP_ROLE}"))
        connection.execute(text(f"GRANT INSERT ON agent TO {APP_ROLE}"))
    [given] = findings()
    assert "INSERT on agent, DELETE on access_log." in given.wrong
    initialise(house_rules)
    assert list(findings()) == []


def test_the_command_line_numbers_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    done = start("doctor", DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}").finish()
    assert done.returncode == 1
    assert done.stdout.startswith(f"1. There is no database at sqlite:///{tmp_path / 'none.db'}.\n   Run python -m")
    assert not (tmp_path / "none.db").exists()  # to look makes nothing

"""The administrator's command line: what it prints, and with which code it ends."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT
from support.programs import start

BAD_ROW = "2,yesterday\n"


@pytest.fixture
def run(tmp_path: Path):
    def command(*arguments: str, **settings: str) -> tuple[int, str, str]:
        done = start(*arguments, DATABASE_URL=f"sqlite:///{tmp_path}/cli.db", COLUMNS="200", **settings).finish()
        return done.returncode, done.stdout, done.stderr

    return command


def test_the_command_line_starts_by_its_name(tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/cli.db"}
    command = [sys.executable, "-m", "data_access"]
    done = subprocess.run([*command, "status"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing has been loaded yet.\n", "")
    done = subprocess.run(
        [*command, "import", "calls", "none.csv"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "none.csv: there is no such file" in done.stderr) == (1, True)


def test_an_administrator_loads_a_file_and_is_told_what_became_of_it(run, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("source_id,started_at\n1,2026-05-06T10:00:00+02:00\n" + BAD_ROW)
    assert run("status")[:2] == (0, "Nothing has been loaded yet.\n")
    code, output, errors = run("import", "calls", str(file), "--dry-run")
    assert (code, output) == (0, "2 rows read: 1 would be loaded, 0 unchanged, 1 set aside.\n")
    code, output, errors = run("import", "calls", str(file))
    assert (code, output) == (0, "2 rows read: 1 loaded, 0 unchanged, 1 set aside.\n")
    assert f"{file}:3 started_at: 'yesterday' is not a time" in errors
    code, output, _ = run("status", SVARTID_NOW="2026-05-06T16:00:00+02:00")
    assert code == 0
    assert "2026-05-06 10:00" in output
    assert "late" in output
    assert run("rebuild")[:2] == (0, "All figures are derived anew.\n")
    assert run("init")[:2] == (0, "The database is up to date.\n")


def test_an_older_database_has_what_follows_from_its_rows_once_it_is_up_to_date(run, tmp_path: Path) -> None:
    run("init")
    customers, messages = tmp_path / "customers.csv", tmp_path / "callbacks.csv"
    customers.write_text("number,name\nC-1,Kim Kunde\n")
    messages.write_text(
        "source_id,customer_number,created_at,reached_at\nB1,C-1,2026-05-04T10:00:00+02:00,2026-05-12T12:00:00+02:00\n"
    )
    assert run("import", "customers", str(customers))[0] == run("import", "callbacks", str(messages))[0] == 0
    with sqlite3.connect(tmp_path / "cli.db") as database:
        due_and_reached = database.execute("SELECT count(*) FROM attempt_day").fetchall()
        # As an earlier program left it, which derived other things.
        database.execute("DELETE FROM attempt_day")
        database.execute("UPDATE database_info SET rules_digest = 'of an earlier program'")
    database.close()
    assert run("init")[:2] == (0, "The database is up to date.\n")
    with sqlite3.connect(tmp_path / "cli.db") as database:
        assert (
            database.execute("SELECT count(*) FROM attempt_day").fetchall() == due_and_reached == [(5,)]
        )  # from the deadline of KC, Friday to Tuesday
    database.close()


def test_a_load_that_brings_nothing_says_each_reason_once_and_ends_with_a_code_of_its_own(run, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("source_id,started_at\n" + "".join(f"{number},on day {number}\n" for number in range(1, 591)))
    code, output, errors = run("import", "calls", str(file))
    assert (code, output) == (3, "590 rows read: 0 loaded, 0 unchanged, 590 set aside.\n")
    assert f"{file}:2 started_at: 590 rows, for instance this: 'on day 1' is not a time" in errors
    assert errors.count("is not a time") == 1
    assert "nothing was loaded, or far less than usual" in errors
    code, output, _ = run("status")
    assert (code, "brought little" in output) == (0, True)


def test_a_file_of_two_rows_waits_for_no_library_that_it_does_not_use(tmp_path: Path) -> None:
    file = tmp_path / "teams.csv"
    file.write_text("name,desk\nNord,agents\n")
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/cli.db"}
    start("init", DATABASE_URL=environment["DATABASE_URL"]).finish()
    command = [sys.executable, "-X", "importtime", "-m", "data_access", "import", "teams", str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "pandas" in imported
    assert not imported & {"scipy", "alembic", "icalendar", "phonenumbers", "python_calamine", "streamlit", "httpx"}


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("import", "calls", "none.csv"), {}, "none.csv: there is no such file"),
        (("import", "faxes", "none.csv"), {}, "is none of teams"),
        (("import", "calls", "README.md"), {}, "'source_id' is missing"),
        (("import", "calls", "README.md", "--mapping", "none.toml"), {}, "none.toml: cannot be read"),
        (("init",), {"SVARTID_RULES": "none.toml"}, "none.toml: cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_ends_with_a_code_and_a_reason(
    arguments: tuple[str, ...], settings: dict[str, str], message: str, run
) -> None:
    code, _, errors = run(*arguments, **settings)
    assert code != 0
    assert message in errors
    assert "Traceback" not in errors


def test_an_administrator_simulates_a_month_and_is_told_the_rows_of_each_table(run) -> None:
    code, output, errors = run("demo", "--months", "1", "--until", "2026-05-07T13:00:00+02:00")
    assert code == 0, errors
    assert "callback" in output
    assert "simulating" in errors
    code, _, errors = run("demo", "--months", "1")
    assert (code, "holds data already" in errors) == (1, True)
    code, _, errors = run("import", "agents", "README.md")
    assert (code, "holds a simulated year" in errors) == (1, True)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--until", "2026-05-07T13:00:00"), "has no offset"),
        (("--until", "yesterday"), "is not a time"),
        (("--months", "0"), "'--months': Input should be greater than or equal to 1"),
        (("--scale", "-1"), "'--scale': Input should be greater than or equal to 1"),
        (("--seed", "x"), "'--seed': Input should be a valid integer"),
    ],
    ids=["no offset", "no time", "no month", "no size", "no number"],
)
def test_a_wrong_option_of_the_demo_is_refused_and_nothing_is_made(run, options: tuple[str, ...], reason: str) -> None:
    code, _, errors = run("demo", *options)
    assert (code, reason in errors) == (2, True), errors
    assert run("status")[:2] == (0, "Nothing has been loaded yet.\n")

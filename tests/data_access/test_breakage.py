"""Loads that are killed, run out of disk, or meet each other: all or nothing, and never a wrong sum in between."""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text
from support.cast import WEDNESDAY
from support.databases import ON_SQLITE, Template, fixture_of
from support.postgres import PostgresServer
from support.programs import Program, start
from support.templates import AGENCY

from data_access.database.engine import current_engine
from data_access.questions.calls import Filters, calls_by_agent, team_totals
from data_access.scope import Scope
from metrics.calls import CALL_OUTCOMES

EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
ON_WEDNESDAY = Filters(WEDNESDAY, WEDNESDAY)
CALLS = 3_000
KILLS = settings().max_examples // 10
Rows = Callable[[str], list[tuple[object, ...]]]


def write_calls(file: Path, first: int, count: int) -> Path:
    """Answered calls of Bob and Carl, one every ten seconds of Wednesday."""
    lines = ["source_id,started_at,ended_at,status,agent"]
    for number in range(first, first + count):
        seconds = number % 2_800 * 10
        clock = f"{9 + seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
        agent = "BO" if number % 2 else "CAR"
        lines.append(f"{number},2026-05-06T{clock}+02:00,2026-05-06T{clock}+02:00,answered,{agent}")
    file.write_text("\n".join(lines))
    return file


def importing(file: Path) -> Program:
    return start("import", "calls", str(file))


def finish(program: Program) -> tuple[int, str]:
    done = program.finish()
    return done.returncode, done.stderr


def assert_whole(rows_of: Rows, expected: set[int]) -> int:
    """The calls are all there or none, and every derived figure equals a recount."""
    [(calls,)] = rows_of("SELECT count(*) FROM call")
    assert calls in expected
    assert rows_of("SELECT count(*) FROM ring WHERE pair_outcome = 'answered'") == [(calls,)]
    sums = "SELECT coalesce(sum(answered), 0), coalesce(sum(outside_answered), 0) FROM call_rollup"
    inside, outside = (int(str(value)) for value in rows_of(sums)[0])
    assert inside + outside == calls
    assert [int(str(value)) for (value,) in rows_of("SELECT coalesce(sum(answered), 0) FROM agent_rollup")] == [calls]
    runs = rows_of("SELECT loaded FROM import_run WHERE kind = 'calls'")
    assert sum(int(str(loaded)) for (loaded,) in runs) == calls
    return int(str(calls))


@pytest.mark.usefixtures("agency")
def test_a_load_killed_at_any_point_leaves_all_or_nothing(tmp_path: Path, rows_of: Rows) -> None:
    file = write_calls(tmp_path / "killed.csv", 0, CALLS)
    assert finish(start("status"))[0] == 0  # the first program of all reads the code, which takes longer than the load
    begun = time.monotonic()
    assert finish(importing(write_calls(tmp_path / "trial.csv", CALLS, CALLS)))[0] == 0
    lasts = time.monotonic() - begun
    draw = random.Random(20260506)  # noqa: S311
    # The early ones first: after one that came too late nothing is left to cut off.
    for share in sorted(draw.uniform(0.0, 1.0) for _ in range(KILLS)):
        process = importing(file)
        time.sleep(share * lasts)
        process.kill()
        finish(process)
        assert_whole(rows_of, {CALLS, 2 * CALLS})
    assert finish(importing(file))[0] == 0
    assert assert_whole(rows_of, {2 * CALLS}) == 2 * CALLS


@pytest.mark.usefixtures("agency")
def test_two_loads_at_once_both_come_in_and_readers_see_only_whole_states(tmp_path: Path, rows_of: Rows) -> None:
    files = [write_calls(tmp_path / f"{part}.csv", part * CALLS, CALLS) for part in range(2)]
    loads = [importing(file) for file in files]
    seen, reads = set(), 0
    while any(load.is_running() for load in loads):
        totals = team_totals(EVERYTHING, ON_WEDNESDAY)
        assert totals["received"] == sum(totals[term] for term in CALL_OUTCOMES)
        agents = calls_by_agent(EVERYTHING, ON_WEDNESDAY)
        seen |= {totals["received"] + totals["outside"], int(agents["answered"].sum())}
        reads += 1
    assert reads > 10
    assert seen <= {0, CALLS, 2 * CALLS}
    assert [finish(load)[0] for load in loads] == [0, 0]
    assert assert_whole(rows_of, {2 * CALLS}) == 2 * CALLS


small_agency = fixture_of(Template("small_agency", lambda _load: None, AGENCY, needs_new_files=True))


@pytest.fixture
def small_disk(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of its own, not much larger than the first load, that a server of another user can reach."""
    folder = Path(mkdtemp(prefix="small-disk-"))
    folder.chmod(0o755)
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("a small file system can be mounted only by root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def assert_a_full_disk_leaves_the_first_load(tmp_path: Path, rows_of: Rows) -> None:
    assert finish(importing(write_calls(tmp_path / "first.csv", 0, CALLS)))[0] == 0
    code, errors = finish(importing(write_calls(tmp_path / "second.csv", CALLS, 60_000)))
    assert code != 0
    assert "full" in errors or "No space left" in errors
    assert assert_whole(rows_of, {CALLS}) == CALLS
    assert finish(importing(write_calls(tmp_path / "third.csv", CALLS, 100)))[0] == 0
    assert_whole(rows_of, {CALLS + 100})


@ON_SQLITE
@pytest.mark.parametrize("small_disk", ["12m"], indirect=True)
@pytest.mark.usefixtures("agency")
def test_a_full_disk_leaves_all_or_nothing_on_sqlite(
    small_disk: Path, tmp_path: Path, rows_of: Rows, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    current_engine().dispose()
    shutil.copy(str(make_url(database_url).database), small_disk / "test.db")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{small_disk}/test.db")
    assert_a_full_disk_leaves_the_first_load(tmp_path, rows_of)
    current_engine().dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("small_disk", ["40m"], indirect=True)
@pytest.mark.usefixtures("small_agency")
def test_a_full_disk_leaves_all_or_nothing_on_postgresql(
    small_disk: Path, tmp_path: Path, postgres_server: PostgresServer, rows_of: Rows
) -> None:
    # Every table of the test lies on the small disk; the server's own files do not.
    place = small_disk / "tables"
    place.mkdir(mode=0o777)
    give_to_the_server(place, postgres_server.url)
    engine = create_engine(postgres_server.url, isolation_level="AUTOCOMMIT")
    name = current_engine().url.database
    current_engine().dispose()
    with engine.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{place}'"))
        connection.execute(text(f"ALTER DATABASE {name} SET TABLESPACE small"))
    try:
        assert_a_full_disk_leaves_the_first_load(tmp_path, rows_of)
    finally:
        current_engine().dispose()
        with engine.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} SET TABLESPACE pg_default"))
            connection.execute(text("DROP TABLESPACE small"))
        engine.dispose()


def give_to_the_server(folder: Path, server: str) -> None:
    """The server may run as a user of its own; the folder must be his."""
    engine = create_engine(server)
    with engine.connect() as connection:
        data = connection.scalar(text("SHOW data_directory"))
    engine.dispose()
    owner = Path(str(data)).stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    folder.chmod(0o700)

"""Many at once: four processes that write, a load and a reader; nothing is lost and nobody sees half a state."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.databases import NOW
from support.places import ROOT

from data_access.database import versions
from data_access.questions.audit import LogFilters, log_entries
from data_access.scope import Scope
from metrics.house_rules import HouseRules

PROCESSES, WRITES = 4, 150
Rows = Callable[[str], list[tuple[object, ...]]]
WRITE_MANY = """
import sys
from datetime import datetime
from data_access.changes.logs import Look, record_change, record_look
from data_access.database.versions import mark_changed
from data_access.database.writing import writing
from data_access.settings import current_rules
from data_access.scope import Viewer

viewer, rules, now = Viewer("quality", "quality"), current_rules(), datetime.fromisoformat(sys.argv[1])
for number in range(int(sys.argv[2])):
    if number % 2:
        record_look(viewer, Look("view", "calls", details=f"{sys.argv[3]}/{number}"), now)
        continue
    with writing() as connection:
        record_change(connection, viewer, "trial", "database", f"{sys.argv[3]}/{number}", now)
        mark_changed(connection, rules)
"""


@pytest.mark.usefixtures("agency")
def test_four_processes_write_150_times_each_beside_a_load_and_600_writes_are_there(
    rows_of: Rows, tmp_path: Path, house_rules: HouseRules
) -> None:
    before = versions.data_version()
    rows = "".join(f"{number},2026-05-06T10:00:{number % 60:02d}+02:00,answered,BO\n" for number in range(2_000))
    file = tmp_path / "many.csv"
    file.write_text("source_id,started_at,status,agent\n" + rows)
    command = [sys.executable, "-c", WRITE_MANY, NOW.isoformat(), str(WRITES)]
    writers = [
        subprocess.Popen([*command, str(number)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for number in range(PROCESSES)
    ]
    importing = [sys.executable, "-m", "data_access", "import", "calls", str(file)]
    load = subprocess.Popen(importing, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seen, reads = set(), 0
    while any(process.poll() is None for process in (*writers, load)):
        seen |= set(rows_of("SELECT count(*) FROM call"))
        reads += 1
    errors = [process.communicate(timeout=60)[1] for process in (*writers, load)]
    assert errors[:PROCESSES] == [""] * PROCESSES
    assert [process.returncode for process in (*writers, load)] == [0] * (PROCESSES + 1), errors
    assert reads > 10
    assert seen <= {(0,), (2_000,)}
    written = rows_of("SELECT details FROM access_log") + rows_of("SELECT details FROM audit_log")
    assert len(written) == len(set(written)) == PROCESSES * WRITES
    # Each change raised the version once, and so did the load.
    assert versions.data_version() == before + PROCESSES * WRITES // 2 + 1
    everything = Scope(sees_everything=True)
    assert len(log_entries(everything, LogFilters(NOW.date(), NOW.date()), house_rules)) == PROCESSES * WRITES

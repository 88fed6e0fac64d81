"""The cast with a telephone system that is read while it happens: for the browser, and for measuring."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from support.cast import AGENTS, BIRGIT, BOB, CARL, COPENHAGEN, DORA, MEMBERSHIPS, TEAMS
from support.places import ROOT
from support.relatel_fake import TOKEN, FakeRelatel, Leg, PlannedCall, employee

from data_access.database import migrating
from data_access.loading.load import load_file
from metrics.house_rules import HouseRules

ALIASES = f"""agent,source,source_agent
{BOB},relatel,Employee#1
{BIRGIT},relatel,Employee#2
{CARL},relatel,Employee#3
{DORA},relatel,Employee#4
"""


def load_live_agency(folder: Path, rules: HouseRules, now: datetime) -> None:
    """The cast, its queues at the telephone system, and everybody on shift all day."""
    migrating.initialise(rules)
    day = now.astimezone(COPENHAGEN).date()
    people = (BOB, BIRGIT, CARL, DORA)
    midnight = datetime.combine(day, datetime.min.time())
    until = midnight + timedelta(hours=23, minutes=59)
    shifts = "".join(f"{who},{midnight.isoformat()},{until.isoformat()}\n" for who in people)
    queues = "North,agents,Hovednummer,relatel\nSouth,kc,Skade,relatel\n"
    files = {
        "agents": AGENTS,
        "teams": TEAMS + queues,
        "memberships": MEMBERSHIPS + f"{DORA},North,2020-01-01,,\n",
        "aliases": ALIASES,
        "shifts": "agent,starts_at,ends_at\n" + shifts,
        "customers": "number,phones\nC-1,20111111\n",
    }
    for kind, content in files.items():
        file = folder / f"{kind}.csv"
        file.write_text(content)
        report = load_file(kind, file, None, rules, lambda: now)
        assert not report.rejects, report.rejects


def a_morning(now: datetime) -> list[PlannedCall]:
    """Some calls that are over, one that is talked, and one of which two phones ring."""
    over = [
        PlannedCall(
            number,
            now - timedelta(minutes=7 * number),
            answered=8,
            ended=200,
            legs=(Leg(f"Employee#{number % 4 + 1}", 2, 8, 200),),
            answered_by=number % 4 + 1,
        )
        for number in range(1, 20)
        if number % 5
    ]
    over += [PlannedCall(30 + one, now - timedelta(minutes=11 * one), status="missed", ended=40) for one in range(1, 4)]
    talks = PlannedCall(
        50, now - timedelta(seconds=95), answered=9, ended=6000, legs=(Leg("Employee#1", 2, 9, 6000),), answered_by=1
    )
    waits = PlannedCall(
        51,
        now - timedelta(seconds=21),
        endpoint="EmployeeGroup#2",
        endpoint_name="Skade",
        status="missed",
        ended=6000,
        legs=(Leg("Employee#3", 1, None, 6000), Leg("Employee#9", 1, None, 6000)),
        remote_number="4520111111",
    )
    return [*over, talks, waits]


def phones(now: datetime) -> list[dict[str, object]]:
    """Bob talks, Birgit is free, Carl's phone rings, Dora does not want to be disturbed, and one is nobody here."""
    until = (now + timedelta(hours=1)).isoformat()
    return [
        employee(1, "busy"),
        employee(2),
        employee(3),
        employee(4, do_not_disturb=True, dnd_timeout_at=until),
        employee(9, name="Karsten Kollega"),
    ]


def messages(now: datetime) -> list[dict[str, object]]:
    left = {"id": 1, "created_at": (now - timedelta(hours=2)).isoformat(), "heard": False, "duration": 31}
    return [left | {"from_number": "4520111111", "endpoint": "Reception#1"}]


@contextmanager
def following(fake: FakeRelatel, log: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program itself, following the fake until the end of the block, and then told to stop."""
    command = [sys.executable, "-m", "data_access", "sync", "relatel", "--follow", *options]
    account = {"SVARTID_RELATEL_URL": fake.address, "SVARTID_RELATEL_TOKEN": TOKEN}
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | account, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)

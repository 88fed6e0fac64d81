"""Measure how fresh the pages are: python -m tests.bench.freshness.

From the end of a call at the telephone system to its sight in a browser that stands on the page Today: the program
follows a fake of Relatel in real time, the app serves the page, and calls end at random times, some 25 seconds apart.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from data_access.settings import current_rules

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.cast import COPENHAGEN
from support.live_agency import ROOT, following, load_live_agency, phones
from support.relatel_fake import FakeRelatel, Leg, PlannedCall, served

CALLS, PORT = 60, 8599
WARM_UP = timedelta(seconds=40)
SEEN = re.compile(r"Last call ended (\d\d:\d\d:\d\d)")


def planned(begins: datetime) -> list[PlannedCall]:
    draw = random.Random(5)  # noqa: S311
    ends, at = [], begins + WARM_UP
    for _ in range(CALLS):
        at += timedelta(seconds=draw.randint(20, 30))
        ends.append(at)
    legs = (Leg("Employee#1", 1, 3, 15),)
    return [
        PlannedCall(number, end - timedelta(seconds=15), answered=3, ended=15, legs=legs, answered_by=1)
        for number, end in enumerate(ends, start=1)
    ]


def watch(page: Page, calls: list[PlannedCall]) -> list[float]:
    """Seconds from each call's end until the page told of it; a call that the next one overtook is not counted."""
    ends = {f"{one.at(15).astimezone(COPENHAGEN):%H:%M:%S}": one.at(15) for one in calls if one.at(15)}
    delays, told, last = [], set(), max(ends.values())
    while datetime.now(UTC) < last + timedelta(seconds=60) and len(told) < len(ends):
        found = SEEN.search(page.inner_text("body"))
        if found and found[1] in ends and found[1] not in told:
            told.add(found[1])
            delays.append((datetime.now(UTC) - ends[found[1]]).total_seconds())
        time.sleep(0.1)
    return delays


def wait_for_server() -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health"):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the app did not start")


def main() -> None:
    begins = datetime.now(UTC).replace(microsecond=0)
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/live.db", "SVARTID_ACCESS": "local"}
        load_live_agency(folder, current_rules(), begins)
        calls = planned(begins)
        fake = FakeRelatel(calls, lambda: datetime.now(UTC), phones(begins))
        command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={PORT}"]
        with served(fake), following(fake, folder / "sync.log"), (folder / "app.log").open("wb") as log:
            server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            wait_for_server()
            with sync_playwright() as playwright:
                chromium = shutil.which("chromium") or shutil.which("chromium-browser")
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                page = browser.new_page(locale="en-GB")
                page.goto(f"http://127.0.0.1:{PORT}/")
                delays = watch(page, calls)
                browser.close()
            server.terminate()
            server.wait()
            took = (datetime.now(UTC) - begins).total_seconds() / 60
    table = Table("calls seen", "p50", "p95", "longest", "requests a minute", "not GET")
    p50, p95 = np.percentile(delays, [50, 95])
    seen = f"{len(delays)} of {CALLS}"
    rate = f"{fake.requests / took:.1f}"
    table.add_row(seen, f"{p50:.1f} s", f"{p95:.1f} s", f"{max(delays):.1f} s", rate, str(len(fake.not_get)))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

"""What does one look cost? Processor seconds of the pages of a simulated agency: python -m tests.bench.looks [SCALE].

`first`: by whoever comes first; `again`: nothing has changed; `next minute`; `poll`: the telephones brought a call of
today; `load`: a file was loaded, so that nothing kept in memory holds; `lead`: the first look of the lead of one team,
after the quality manager. Processor time, so that other work on the machine counts little; SQLite.
"""

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.database.versions import mark_changed
from data_access.database.writing import writing
from data_access.demo.build import build_demo
from data_access.settings import current_rules

ROOT = Path(__file__).parents[2]
UNTIL = datetime.fromisoformat("2026-11-20T14:00:00+01:00")
PAGES = {
    "today/overview": {},
    "service/calls": {},
    "service/callbacks": {},
    "quality/notes": {},
    "rota/coverage": {},
    "rota/absence": {},
    "quality/coaching": {},
    "quality/agent": {"agent": "LWI"},
    "quality/satisfaction": {},
    "customers/reassign": {},
    "system/sources": {},
    "system/rules": {},
    "system/audit": {},
}
"""Each page with what stands in its address."""
COLUMNS = ("first", "again", "next minute", "poll", "load", "lead")


def look(app: AppTest) -> float:
    """Processor seconds of one run of the page."""
    begun = time.process_time()
    app.run()
    seconds = time.process_time() - begun
    assert not app.exception, app.exception
    return seconds


def opened(page: str, viewer: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    for name, value in PAGES[page].items():
        app.query_params[name] = value
    if viewer:
        app.query_params["viewer"] = viewer
    return app.switch_page(f"pages/{page}.py")


def changed(*, touches_past: bool) -> None:
    with writing() as connection:
        mark_changed(connection, current_rules(), touches_past=touches_past)


def costs_of(page: str, lead: str) -> list[float]:
    set_clock(UNTIL)
    st.cache_data.clear()
    app = opened(page)
    costs = [look(app), look(app)]
    set_clock(UNTIL + timedelta(minutes=1))
    costs.append(look(app))
    changed(touches_past=False)
    costs.append(look(app))
    changed(touches_past=True)
    costs.append(look(app))
    return [*costs, look(opened(page, lead))]


def set_clock(now: datetime) -> None:
    os.environ["SVARTID_NOW"] = now.isoformat()


def main() -> None:
    branches = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/looks.db", "SVARTID_ACCESS": "demo"}
        build_demo(current_rules(), UNTIL, lambda *_progress: None, scale=branches)
        set_clock(UNTIL)
        look(opened("system/rules"))  # imports what every page needs
        print(f"processor seconds, {branches} branches\n\n| page | {' | '.join(COLUMNS)} |\n{'|---' * 7}|")
        for page in PAGES:
            print(f"| {page} | {' | '.join(f'{seconds:.2f}' for seconds in costs_of(page, 'THE'))} |", flush=True)


if __name__ == "__main__":
    main()

"""The phones of the last seconds: the program follows the telephone system while a browser stands on the page."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.browsers import PATIENCE
from support.cast import COPENHAGEN
from support.databases import ON_SQLITE
from support.live_agency import a_morning, following, load_live_agency, messages, phones
from support.relatel_fake import TOKEN, FakeRelatel, Leg, PlannedCall, served

from metrics.house_rules import HouseRules


@ON_SQLITE
@pytest.mark.usefixtures("load")
def test_a_call_that_ends_is_seen_without_a_touch_and_a_stop_is_clean(
    database_url: str,
    tmp_path: Path,
    house_rules: HouseRules,
    serve: Callable[..., Any],
    visit: Callable[..., Any],
) -> None:
    begins = datetime.now(UTC).replace(microsecond=0)
    load_live_agency(tmp_path, house_rules, begins)
    legs = (Leg("Employee#2", 1, 2, 22),)
    ends = PlannedCall(99, begins - timedelta(seconds=10), answered=2, ended=22, legs=legs, answered_by=2)
    fake = FakeRelatel([*a_morning(begins), ends], lambda: datetime.now(UTC), phones(begins), messages(begins))
    log = tmp_path / "sync.log"
    with served(fake), following(fake, log) as process:
        server = serve(DATABASE_URL=database_url, SVARTID_ACCESS="local")
        visitor = visit("en-GB", "light", 1440)
        visitor.open(server.url("/"), "Today")
        page = visitor.page
        page.get_by_text("caller waits").wait_for(timeout=PATIENCE)
        page.get_by_text("Employee#9").wait_for(state="detached")  # nobody's name stands where nobody may be named
        ended_at = f"{(begins + timedelta(seconds=12)).astimezone(COPENHAGEN):%H:%M:%S}"
        page.get_by_text(f"Last call ended {ended_at}").wait_for(timeout=PATIENCE)
        assert TOKEN not in page.content()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert "Stopped; what was read is stored." in log.read_text()
    assert TOKEN not in log.read_text()
    assert fake.not_get == []
    assert visitor.foreign_requests == []

"""The telephone system on the pages, run by the app itself: live, late, and disconnected."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support.databases import ON_SQLITE, Load
from support.live_agency import a_morning, load_live_agency, messages, phones
from support.relatel_fake import TOKEN, FakeRelatel, served
from support.seen import texts, worklist

from data_access.relatel.api import Clock, DisconnectedError, RelatelApi
from data_access.relatel.sync import Sync
from metrics.house_rules import HouseRules

CALLS, OVERVIEW, SOURCES = "pages/service/calls.py", "pages/today/overview.py", "pages/system/sources.py"
Open = Callable[..., AppTest]
# The clock of the app stands at Thursday 7 May, 14:00.
NOON = datetime(2026, 5, 7, 12, 0, tzinfo=UTC)


class Live:
    """An agency whose telephone system was asked at some time before the app's clock."""

    def __init__(self, folder: Path, rules: HouseRules) -> None:
        self.rules = rules
        load_live_agency(folder, rules, NOON)
        self.fake = FakeRelatel(a_morning(NOON), lambda: NOON, phones(NOON), messages(NOON))

    def asked(self, ago: timedelta, *, fault: str | None = None) -> None:
        """Ask it once; with a fault, in vain."""
        self.fake.now = lambda: NOON - ago
        self.fake.faults, self.fake.fault_rate = (fault or "500",), float(fault is not None)
        clock = Clock(self.fake.now, lambda: 0.0, lambda _: None)
        with served(self.fake), RelatelApi(self.fake.address, TOKEN, clock, 1_000_000) as api:
            try:
                Sync(api, lambda: self.rules, follows=True, say=print).once(NOON - timedelta(days=1))
            except DisconnectedError:
                assert fault


@pytest.fixture
def live(load: Load, tmp_path: Path, house_rules: HouseRules) -> Live:  # noqa: ARG001
    return Live(tmp_path, house_rules)


def is_grey(app: AppTest) -> bool:
    return any("grayscale" in one.proto.body for one in app.get("html"))


@pytest.mark.parametrize("page", [OVERVIEW, CALLS])
def test_the_phones_of_the_last_seconds_are_shown(live: Live, open_app: Open, page: str) -> None:
    live.asked(timedelta(seconds=9))
    said = texts(open_app(page))
    assert "Phones as of 9 seconds ago." in said
    for part in ("**1** caller waits", "longest 0:21", "**2** on the phone", "BO, CAR", "**1** free to take a call"):
        assert part in said
    assert "**1** do not disturb on shift" in said
    assert "DOR since 13:59" in said
    assert "Last call ended 13:56:20: Hovednummer, answered." in said
    assert not is_grey(open_app(page))


def test_the_calls_page_opens_into_calls_people_and_messages(live: Live, open_app: Open) -> None:
    live.asked(timedelta(0))
    app = open_app(CALLS, locale="da-DK")
    tables = [frame.value for frame in app.dataframe]
    calls = next(table for table in tables if "seconds" in table)
    assert calls[["queue", "agents", "state", "seconds"]].to_numpy().tolist() == [
        ["Hovednummer", "BO", "i telefonen", "1:26"],
        ["Skade", "CAR, Employee#9", "telefonen ringer", "0:21"],
    ]
    people = next(table for table in tables if "on_shift" in table)
    assert people["state"].tolist() == ["forstyr ikke", "i telefonen", "telefonen ringer", "ledig"]
    messages_left = next(table for table in tables if "left_at" in table)
    assert messages_left["customer"].tolist() == ["C-1"]


@pytest.mark.parametrize(("seconds", "grey"), [(120, False), (121, True)])
def test_pages_turn_grey_when_the_phones_are_late(live: Live, open_app: Open, seconds: int, grey: bool) -> None:
    live.asked(timedelta(seconds=seconds))
    app = open_app(OVERVIEW)
    assert is_grey(app) == grey
    assert ("Nobody has asked Relatel for a while." in texts(app)) == grey
    assert ("1 thing needs attention." in texts(app)) == grey
    assert not grey or [cells[1] for _group, cells in worklist(app, "overview")] == ["No new data arrive"]


def test_a_late_wait_is_told_as_it_was_at_the_last_answer(
    live: Live, open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.asked(timedelta(0))
    app = open_app(CALLS)
    monkeypatch.setenv("SVARTID_NOW", (NOON + timedelta(minutes=10)).isoformat())
    app.run()
    said = texts(app)
    assert "longest 0:21" in said
    assert "Phones as of 10 minutes ago." in said


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("401", "it does not accept the access token"),
        ("403", "the access token may not read this"),
        ("429", "it wants to be asked less often"),
        ("503", "it reports a fault of its own"),
        ("half_page", "its answers end in the middle"),
        ("not_json", "its answers cannot be read"),
        ("no_list", "its answers have another form than before"),
    ],
)
@ON_SQLITE
def test_a_source_that_does_not_answer_is_said_with_its_reason_and_age(
    live: Live, open_app: Open, fault: str, reason: str
) -> None:
    live.asked(timedelta(minutes=12))
    live.asked(timedelta(minutes=11), fault=fault)
    app = open_app(CALLS)
    [error] = [one.value for one in app.error]
    assert f"Relatel has not answered as it should since 13:49: {reason}." in error
    assert "What you see of the phones is 12 minutes old; later calls are missing in every figure." in error
    assert is_grey(app)


@ON_SQLITE
def test_a_source_that_never_answered_is_no_agency_without_calls(live: Live, open_app: Open) -> None:
    live.asked(timedelta(minutes=1), fault="401")
    assert "nobody knows how many calls there were" in texts(open_app(CALLS))


@ON_SQLITE
def test_clocks_that_differ_are_said(live: Live, open_app: Open) -> None:
    live.asked(timedelta(0), fault="skew")
    assert "The clock of Relatel is ahead of ours: 60 minutes" in texts(open_app(OVERVIEW))


@ON_SQLITE
def test_the_sources_page_lists_who_is_nobody_here(live: Live, open_app: Open) -> None:
    live.asked(timedelta(0))
    app = open_app(SOURCES)
    assert "1 employee of the telephone system is nobody here." in texts(app)
    assert ",relatel,Employee#9" in [code.value.splitlines()[-1] for code in app.code]


def test_without_a_live_telephone_system_the_pages_say_nothing_of_it(agency: Load, open_app: Open) -> None:
    agency("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T10:00:00+02:00,,answered,BO\n")
    for page in (OVERVIEW, CALLS, SOURCES):
        said = texts(open_app(page))
        assert "Phones as of" not in said
        assert "do not disturb" not in said

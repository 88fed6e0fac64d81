"""Relatel, live: what the database holds after reading an API that does everything its documentation warns of."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from support.cast import BOB
from support.databases import ON_SQLITE, Load, begins_with
from support.relatel_fake import FAULTS, TOKEN, Leg, PlannedCall, employee, served, some_calls
from support.relatel_runs import (
    ALIASES,
    NOON,
    Rows,
    Watch,
    fake_of,
    run,
    stored_calls,
    stored_rings,
    true_calls,
    true_rings,
)
from support.templates import AGENCY

from data_access.relatel.api import (
    Clock,
    DisconnectedError,
    NotConfiguredError,
    RelatelApi,
    StoppedError,
    configured_api,
    retry_after,
)
from data_access.relatel.sync import Sync
from metrics.house_rules import HouseRules


@begins_with(AGENCY)
def mapped(load: Load) -> None:
    """Bob answers Employee#1 and Birgit Employee#2; nobody is known by the others."""
    load.all_of(("aliases", ALIASES))


@pytest.mark.usefixtures("mapped")
def test_the_database_ends_equal_to_the_truth_row_by_row(house_rules: HouseRules) -> None:
    watch = Watch()
    calls = some_calls(1500, NOON - timedelta(days=20), NOON - timedelta(hours=1), seed=4)
    fake = fake_of(calls, watch, fault_rate=0.1, short_rate=0.2, faults=tuple(set(FAULTS) - {"timeout"}))
    with served(fake):
        run(fake, watch, house_rules)
    assert stored_calls() == true_calls(fake)
    assert stored_rings() == true_rings(fake)
    assert fake.not_get == []
    assert fake.failed.total() > 0


@pytest.mark.usefixtures("mapped")
def test_a_second_run_reads_little_and_changes_nothing(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    fake = fake_of(some_calls(1000, NOON - timedelta(days=20), NOON, seed=5), watch)
    with served(fake):
        run(fake, watch, house_rules)
        # One for the newest, then 99 new ones a page; then nothing new, its second again, and twice an empty page.
        assert fake.asked["/calls"] <= 1 + (1000 // 99 + 1) + 4
        version = rows_of("SELECT data_version FROM database_info")
        fake.asked.clear()
        again = run(fake, watch, house_rules)
    assert fake.asked["/calls"] == 1
    assert again.report.loaded == {"calls": 0, "rings": 0}
    assert rows_of("SELECT data_version FROM database_info") == version


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_more_calls_than_a_page_in_one_second_are_all_read(house_rules: HouseRules) -> None:
    """A page full of one second comes again and again: the second is asked for by direction and status."""
    watch = Watch()
    second = NOON - timedelta(hours=2)
    calls = [PlannedCall(number, second, answered=3) for number in range(1, 71)]
    calls += [PlannedCall(number, second, status="missed") for number in range(71, 131)]
    calls += [PlannedCall(131, second - timedelta(minutes=1), answered=3)]
    fake = fake_of(calls, watch)
    with served(fake):
        run(fake, watch, house_rules)
    assert stored_calls() == true_calls(fake)


@pytest.mark.usefixtures("mapped")
def test_a_call_that_goes_on_is_live_and_counts_for_nothing_until_it_has_ended(
    house_rules: HouseRules, rows_of: Rows
) -> None:
    watch = Watch()
    legs = (Leg("Employee#2", 2, None, 5), Leg("Employee#1", 2, 10, 90))
    fake = fake_of([PlannedCall(1, NOON, answered=10, ended=90, legs=legs, answered_by=1, late=600)], watch)
    seen = []
    with served(fake):
        for seconds in (3, 20, 95, 800):
            watch.at = NOON + timedelta(seconds=seconds)
            run(fake, watch, house_rules)
            live = rows_of("SELECT source_agent, answered_at IS NOT NULL FROM live_ring ORDER BY source_agent")
            seen.append((live, rows_of("SELECT count(*) FROM call")[0][0], rows_of("SELECT count(*) FROM ring")[0][0]))
    assert [(sorted(live), calls, rings) for live, calls, rings in seen] == [
        ([("Employee#1", False), ("Employee#2", False)], 0, 0),  # both phones ring
        ([("Employee#1", True)], 0, 0),  # one talks
        ([], 1, 1),  # it is over; who answered is not told yet, and a call that was answered has a ring
        ([], 1, 2),  # the legs came ten minutes later
    ]
    assert stored_rings() == true_rings(fake)


@pytest.mark.usefixtures("mapped")
def test_a_call_of_which_no_end_is_heard_for_a_day_is_taken_as_it_is(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch(NOON + timedelta(hours=5))
    fake = fake_of([PlannedCall(1, NOON, status="missed", ended=None)], watch)
    counts = []
    with served(fake):
        for hours in (5, 23, 24):
            watch.at = NOON + timedelta(hours=hours)
            run(fake, watch, house_rules)
            counts.append((rows_of("SELECT count(*) FROM live_call")[0][0], rows_of("SELECT count(*) FROM call")[0][0]))
    assert counts == [(1, 0), (1, 0), (0, 1)]


@pytest.mark.usefixtures("mapped")
def test_a_live_call_that_the_source_takes_back_is_live_no_more(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch(NOON + timedelta(seconds=5))
    earlier = PlannedCall(1, NOON - timedelta(hours=1), answered=3)
    fake = fake_of([earlier, PlannedCall(2, NOON, answered=3)], watch)
    with served(fake):
        run(fake, watch, house_rules)
        assert rows_of("SELECT count(*) FROM live_call") == [(1,)]
        fake.plan([earlier])
        run(fake, watch, house_rules)
    assert rows_of("SELECT count(*) FROM live_call") == [(0,)]


def test_who_is_mapped_later_gets_the_rings_of_before(mapped: Load, house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    legs = (Leg("Employee#7", 1, 4, 60),)
    dialled = PlannedCall(2, NOON - timedelta(hours=1), "outgoing", "Employee#7", "Kollega 7", "missed", ended=20)
    fake = fake_of([PlannedCall(1, NOON - timedelta(hours=2), answered=4, legs=legs, answered_by=7), dialled], watch)
    with served(fake):
        run(fake, watch, house_rules)
    of_whom = (
        "SELECT agent.initials, pair_outcome FROM ring LEFT JOIN agent ON agent.id = agent_id ORDER BY ring.source_id"
    )
    assert rows_of(of_whom) == [(None, "answered"), (None, None)]
    assert not mapped("aliases", "agent,source,source_agent\nCAR,relatel,Employee#7\n").rejects
    assert rows_of(of_whom) == [("CAR", "answered"), ("CAR", None)]


@ON_SQLITE
@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind != "skew"])
@pytest.mark.usefixtures("mapped")
def test_a_source_that_does_not_answer_is_a_state_with_a_beginning(
    kind: str, house_rules: HouseRules, rows_of: Rows
) -> None:
    watch = Watch()
    fake = fake_of(some_calls(30, NOON - timedelta(days=1), NOON, seed=6), watch, faults=(kind,))
    held = "SELECT problem, failing_since IS NOT NULL, answered_at IS NOT NULL FROM phone_source"
    with served(fake):
        run(fake, watch, house_rules)
        before = rows_of("SELECT count(*) FROM call")
        assert rows_of(held) == [(None, False, True)]
        fake.fault_rate = 1.0
        with pytest.raises(DisconnectedError):
            run(fake, watch, house_rules, timeout_seconds=0.1)
        first = rows_of("SELECT failing_since FROM phone_source")
        watch.at += timedelta(minutes=10)
        with pytest.raises(DisconnectedError):
            run(fake, watch, house_rules, timeout_seconds=0.1)
        problems = {"401": "unauthorised", "403": "forbidden", "429": "rate_limited", "500": "server_error"}
        problems |= {"502": "server_error", "503": "server_error", "dropped": "half_page", "no_list": "changed"}
        assert rows_of(held) == [(problems.get(kind, kind), True, True)]
        assert rows_of("SELECT failing_since FROM phone_source") == first
        fake.fault_rate = 0.0
        run(fake, watch, house_rules)
    assert rows_of(held) == [(None, False, True)]
    assert rows_of("SELECT count(*) FROM call") == before


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_a_clock_that_differs_is_told_and_loses_no_call(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    fake = fake_of(some_calls(300, NOON - timedelta(hours=10), NOON, seed=7), watch, faults=("skew",), fault_rate=1.0)
    with served(fake):
        run(fake, watch, house_rules)
        # Ours is two hours behind: what the source has not "begun" yet for us is read all the same.
        watch.at -= timedelta(hours=2)
        fake.now = lambda: NOON
        run(fake, watch, house_rules)
    assert stored_calls() == true_calls(fake)
    ahead = rows_of("SELECT clock_ahead_seconds FROM phone_source")[0][0]
    assert isinstance(ahead, int)
    assert 3 * 3600 - 60 < ahead <= 3 * 3600


@pytest.mark.usefixtures("mapped")
def test_a_call_dated_years_ahead_hides_nothing(house_rules: HouseRules) -> None:
    watch = Watch()
    ahead = PlannedCall(900, NOON + timedelta(days=9000), ended=None)
    days = some_calls(300, NOON, NOON + timedelta(days=3), seed=13)
    fake = fake_of([], watch)
    fake.now = lambda: NOON + timedelta(days=9001)  # the source tells of it; its own clock is right
    fake.plan([ahead])
    with served(fake):
        run(fake, watch, house_rules)
        fake.plan([*days, ahead])
        watch.at += timedelta(days=3, hours=1)
        run(fake, watch, house_rules)
    assert {one.uuid for one in days} <= {row[0] for row in stored_calls()}


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_the_budget_of_requests_is_kept(house_rules: HouseRules) -> None:
    watch = Watch()
    fake = fake_of(some_calls(3000, NOON - timedelta(days=20), NOON, seed=8), watch)
    with served(fake), RelatelApi(fake.address, TOKEN, watch.clock, requests_per_minute=10) as api:
        Sync(api, lambda: house_rules, follows=False, say=print).once(NOON - timedelta(days=30))
    assert stored_calls() == true_calls(fake)
    # So many requests in groups of ten, a minute apart.
    assert watch.waited >= (fake.requests - 1) // 10 * 60


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_a_bound_is_told_and_the_next_run_goes_on(house_rules: HouseRules) -> None:
    watch = Watch()
    fake = fake_of(some_calls(3000, NOON - timedelta(days=20), NOON, seed=9), watch)
    with served(fake):
        first = run(fake, watch, house_rules, most_pages=15)
        assert first.report.bound_was_hit
        assert len(stored_calls()) < 3000
        assert first.report.unread[0].from_at == NOON - timedelta(days=30)
        while run(fake, watch, house_rules, most_pages=15).report.bound_was_hit:
            pass
    assert stored_calls() == true_calls(fake)


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_an_earlier_beginning_is_read_later(house_rules: HouseRules) -> None:
    watch = Watch()
    fake = fake_of(some_calls(600, NOON - timedelta(days=20), NOON, seed=10), watch)
    with served(fake):
        run(fake, watch, house_rules, since=NOON - timedelta(days=5))
        assert len(stored_calls()) < 400
        run(fake, watch, house_rules, since=NOON - timedelta(days=25))
    assert stored_calls() == true_calls(fake)


@pytest.mark.usefixtures("mapped")
def test_a_broken_entry_is_set_aside_by_name_and_the_others_load(house_rules: HouseRules, rows_of: Rows) -> None:
    watch = Watch()
    good, broken = PlannedCall(1, NOON - timedelta(hours=1)), PlannedCall(2, NOON - timedelta(hours=2), answered=90)
    fake = fake_of([good, replace(broken, answered=-5)], watch)
    with served(fake):
        run(fake, watch, house_rules)
    assert {row[0] for row in stored_calls()} == {good.uuid}
    [(row, column, reason)] = rows_of('SELECT "row", "column", reason FROM import_reject WHERE NOT loaded')
    assert (row, column) == (None, "answered_at")
    assert str(reason).startswith(f"{broken.uuid}: ")


def test_phones_and_voicemails_are_kept_as_they_are_now(mapped: Load, house_rules: HouseRules, rows_of: Rows) -> None:
    assert not mapped("shifts", f"agent,starts_at,ends_at\n{BOB},2026-05-06T09:00,2026-05-06T17:00\n").rejects
    watch = Watch()
    fake = fake_of([], watch)
    fake.employees = [employee(1, "offline"), employee(2, "busy"), employee(3, "at lunch"), employee(4, "available")]
    fake.voice_mails = [
        {
            "id": 9,
            "created_at": "2026-05-06T11:00:00+02:00",
            "heard": False,
            "duration": 20,
            "from_number": "4520111111",
        }
        | {"endpoint": "Reception#1"}
    ]
    now = (
        "SELECT endpoint, available, busy, do_not_disturb, since FROM phone_endpoint WHERE since IS NOT NULL ORDER BY 1"
    )
    with served(fake):
        run(fake, watch, house_rules)
        assert [row[:4] for row in rows_of(now)] == [
            ("Employee#1", False, False, False),
            ("Employee#2", False, True, False),
            ("Employee#3", False, False, False),  # a word that nobody knows is neither
            ("Employee#4", True, False, False),
        ]
        began = rows_of(now)
        watch.at += timedelta(minutes=15)
        fake.employees[3] = employee(4, "available", do_not_disturb=True)
        fake.voice_mails[0]["heard"] = True
        run(fake, watch, house_rules)
    after = rows_of(now)
    assert after[:3] == began[:3]
    assert after[3][3]
    assert after[3][4] != began[3][4]
    # On shift or there: Bob although his phone is off; the unknown word is neither.
    samples = "SELECT source_agent, count(*) FROM presence GROUP BY source_agent ORDER BY 1"
    assert rows_of(samples) == [("Employee#1", 2), ("Employee#2", 2), ("Employee#4", 2)]
    assert rows_of("SELECT heard, duration_seconds, remote_number FROM voicemail") == [(True, 20, "4520111111")]


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_following_ends_where_it_is_told_to_and_loses_nothing(house_rules: HouseRules) -> None:
    """Half an hour before until half an hour after the clocks change in autumn, with faults, in the fake's time."""
    change = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    half_an_hour = timedelta(minutes=30)
    watch = Watch(change - half_an_hour, ends_at=change + half_an_hour)
    calls = some_calls(40, change - half_an_hour, change + timedelta(minutes=20), seed=11)
    fake = fake_of(calls, watch, fault_rate=0.05, faults=("500", "half_page", "429"))
    with served(fake), RelatelApi(fake.address, TOKEN, watch.clock, 60) as api, pytest.raises(StoppedError):
        Sync(api, lambda: house_rules, follows=True, say=lambda _text: None).follow(None, poll_seconds=60)
    ended = {one.true_call() for one in calls}
    assert stored_calls() == ended
    assert fake.not_get == []
    assert watch.at == watch.ends_at or watch.at - change < timedelta(minutes=31)


@ON_SQLITE
@pytest.mark.usefixtures("mapped")
def test_no_request_waits_once_it_is_told_to_stop(house_rules: HouseRules) -> None:
    told = threading.Event()
    told.set()

    def pause(seconds: float) -> None:
        if told.wait(seconds):
            raise StoppedError

    fake = fake_of([], Watch())
    clock = Clock(lambda: NOON, lambda: 0.0, pause)
    with served(fake), RelatelApi(fake.address, TOKEN, clock, 60) as api, pytest.raises(StoppedError):
        Sync(api, lambda: house_rules, follows=True, say=print).follow(None)
    assert fake.requests == 0


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "SVARTID_RELATEL_TOKEN is not set"),
        ({"SVARTID_RELATEL_TOKEN": "a b"}, "SVARTID_RELATEL_TOKEN holds characters that no access token has"),
        ({"SVARTID_RELATEL_TOKEN": "a\r\nHost: b"}, "SVARTID_RELATEL_TOKEN holds characters"),
        (
            {"SVARTID_RELATEL_TOKEN": TOKEN, "SVARTID_RELATEL_URL": "http://relatel.example.test"},
            "SVARTID_RELATEL_URL begins with https://",
        ),
    ],
)
def test_a_token_that_is_missing_or_would_travel_openly_is_refused(
    environment: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SVARTID_RELATEL_TOKEN", "SVARTID_RELATEL_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotConfiguredError, match=reason):
        configured_api(Watch().clock, 30)


def test_the_token_follows_no_redirect() -> None:
    """An address that sends its callers elsewhere would hand the token on."""
    elsewhere = fake_of([], Watch())
    refused = pytest.raises(DisconnectedError, match="answers 302")
    with served(elsewhere), sending_to(elsewhere.address) as address:
        api = RelatelApi(address, TOKEN, Watch().clock, 60)
        with api, refused as caught:
            api.calls()
    assert caught.value.problem == "refused"
    assert elsewhere.requests == 0


@contextmanager
def sending_to(target: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", target + self.path)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_an_answer_without_end_is_cut_off() -> None:
    entry = {"call_uuid": "x" * 1000, "started_at": "2026-05-06T10:00:00Z"}
    fake = fake_of([], Watch())
    fake.answer = lambda _path, _asked: {"calls": [entry] * 40_000}  # type: ignore[method-assign]
    too_much = pytest.raises(DisconnectedError, match="answers with more than")
    with served(fake), RelatelApi(fake.address, TOKEN, Watch().clock, 60) as api, too_much:
        api.ask("/calls", {})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Wed, 06 May 2026 10:00:30 GMT", 30.0),  # noon in Copenhagen is 10:00 GMT
        ("Wed, 06 May 2026 09:00:00 GMT", 0.0),  # already past
        ("86400", 900.0),  # never longer than a quarter of an hour
        ("soon", None),
        ("", None),
    ],
)
def test_the_source_may_say_when_to_come_back(header: str, seconds: float | None) -> None:
    assert retry_after(httpx.Response(429, headers={"Retry-After": header}), NOON) == seconds

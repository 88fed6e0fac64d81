"""Running the program against the fake of Relatel in the fake's own time, and what the database holds afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from support.cast import BIRGIT, BOB, at
from support.relatel_fake import TOKEN, FakeRelatel, PlannedCall, employee

from data_access.database.engine import current_engine
from data_access.relatel.api import Clock, RelatelApi, StoppedError
from data_access.relatel.sync import Sync
from metrics.house_rules import HouseRules

Rows = Callable[[str], list[tuple[object, ...]]]
NOON = at("12:00")
ALIASES = f"agent,source,source_agent\n{BOB},relatel,Employee#1\n{BIRGIT},relatel,Employee#2\n"


@dataclass
class Watch:
    """A clock that stands still unless somebody waits; ends a run after so many waits of whole seconds."""

    at: datetime = NOON
    waited: float = 0.0
    ends_at: datetime | None = None

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.waited

    def pause(self, seconds: float) -> None:
        self.waited += seconds
        self.at += timedelta(seconds=seconds)
        if self.ends_at is not None and self.at >= self.ends_at:
            raise StoppedError

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.monotonic, self.pause)


def run(fake: FakeRelatel, watch: Watch, rules: HouseRules, *, timeout_seconds: float = 0.5, **options: object) -> Sync:
    with RelatelApi(fake.address, TOKEN, watch.clock, 1_000_000, timeout_seconds=timeout_seconds) as api:
        sync = Sync(api, lambda: rules, follows=False, say=lambda _text: None)
        sync.once(**{"since": NOON - timedelta(days=30)} | options)
    return sync


def stored_calls() -> set[tuple[object, ...]]:
    return stored(
        "SELECT call.source_id, direction, queue.name, remote_number, status, started_at, answered_at, ended_at"
        " FROM call LEFT JOIN queue ON queue.id = call.queue_id",
        times=(5, 6, 7),
    )


def stored_rings() -> set[tuple[object, ...]]:
    return stored(
        "SELECT ring.source_id, call_source_id, COALESCE(ring.source_agent, agent_alias.source_agent), rang_at,"
        " ring_seconds, talk_seconds, outcome"
        " FROM ring LEFT JOIN agent_alias ON agent_alias.agent_id = ring.agent_id",
        times=(3,),
    )


def stored(query: str, times: tuple[int, ...]) -> set[tuple[object, ...]]:
    with current_engine().connect() as connection:
        return {
            tuple(instant(value) if place in times else value for place, value in enumerate(row))
            for row in connection.execute(text(query))
        }


def instant(value: object) -> datetime | None:
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(found, datetime)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def true_calls(fake: FakeRelatel) -> set[tuple[object, ...]]:
    return {one.true_call() for one in fake.calls}


def true_rings(fake: FakeRelatel) -> set[tuple[object, ...]]:
    return {ring for one in fake.calls for ring in one.true_rings()}


def fake_of(calls: list[PlannedCall], watch: Watch, **options: object) -> FakeRelatel:
    return FakeRelatel(calls, watch.now, [employee(number) for number in range(1, 10)], **options)

"""Relatel's API as it is documented, with every trap: a real server whose calls happen in its own time.

Each planned call knows what a fault-free reader must end up with: the truth is written from the plan, never from what
the program under test computes.
"""

import json
import random
import socket
import threading
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

TOKEN = "a-token-of-nobody"  # noqa: S105
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
FAULTS = (
    "401", "403", "429", "500", "502", "503", "timeout", "dropped", "half_page", "not_json", "changed", "no_list",
    "skew",
)  # fmt: skip
DEFAULT_LIMIT, LARGEST_LIMIT = 30, 100


@dataclass(frozen=True)
class Leg:
    """One leg; `endpoint` of no employee is no ring. Times in seconds after the call's start; None: did not happen."""

    endpoint: str
    started: int | None
    answered: int | None = None
    ended: int | None = None
    node_type: str | None = "employee"


@dataclass(frozen=True)
class PlannedCall:
    """A call as it will have been. Seconds count from `started_at`. `status`: what the API says in the end. `late`: how
    long after its end the last fields come.
    """

    number: int
    started_at: datetime
    direction: str = "incoming"
    endpoint: str = "Reception#1"
    endpoint_name: str | None = "Hovednummer"
    status: str = "answered"
    answered: int | None = None
    ended: int | None = 60
    legs: tuple[Leg, ...] = ()
    answered_by: int | None = None
    remote_number: str | None = "4512345678"
    late: int = 0

    @property
    def uuid(self) -> str:
        return str(UUID(int=self.number))

    def leg_id(self, place: int) -> str:
        return str(UUID(int=(place + 1 << 100) + self.number))

    def at(self, seconds: int | None) -> datetime | None:
        return None if seconds is None else self.started_at + timedelta(seconds=seconds)

    def as_seen(self, now: datetime) -> dict[str, Any]:
        """The call as the API tells of it at an instant: it rings, then somebody talks, then the last fields come."""
        passed = (now - self.started_at).total_seconds()

        def happened(seconds: int | None) -> bool:
            return seconds is not None and seconds <= passed

        is_over = happened(self.ended)
        is_told = is_over and passed >= (self.ended or 0) + self.late
        live = "answered" if happened(self.answered) else "ringing" if passed >= 1 else "new"
        answerer = {"id": self.answered_by, "name": "Karsten Kollega", "number": "4587654321"}
        return {
            "call_uuid": self.uuid,
            "company_id": 1,
            "endpoint": self.endpoint,
            "endpoint_type": self.endpoint.split("#", maxsplit=1)[0],
            "endpoint_name": self.endpoint_name,
            "from_number": self.remote_number if self.direction == "incoming" else "4571999999",
            "to_number": "4571999999" if self.direction == "incoming" else self.remote_number,
            "remote_number": self.remote_number,
            "from_contact": None,
            "direction": self.direction,
            "status": self.status if is_over else live,
            "started_at": written(self.started_at, self.number),
            "ringing_at": written(self.started_at, self.number),
            "answered_at": written(self.at(self.answered), self.number) if happened(self.answered) else None,
            "ended_at": written(self.at(self.ended), self.number + 1) if is_over else None,
            "answered_by": answerer if self.answered_by and happened(self.answered) and is_told else None,
            "talk_duration": (self.ended or 0) - self.answered if self.answered is not None and is_told else None,
            "voice_mail": None,
            "smiley": None,
            "nodes": [self.leg_as_seen(place, now) for place in range(len(self.legs))]
            if not is_over or is_told
            else [],
        }

    def leg_as_seen(self, place: int, now: datetime) -> dict[str, Any]:
        leg, passed = self.legs[place], (now - self.started_at).total_seconds()
        times = {
            name: written(self.at(seconds), self.number + place) if seconds is not None and seconds <= passed else None
            for name, seconds in (("started_at", leg.started), ("answered_at", leg.answered), ("ended_at", leg.ended))
        }
        state = "hungup" if times["ended_at"] else "answered" if times["answered_at"] else "open"
        whose = {"node_uuid": self.leg_id(place), "call_uuid": self.uuid, "endpoint": leg.endpoint}
        return whose | times | {"state": state, "node_type": leg.node_type}

    def true_call(self) -> tuple[object, ...]:
        """What the table of calls must hold of it: id, direction, queue, number, status, times."""
        queue = None if self.endpoint.startswith("Employee#") else self.endpoint_name or self.endpoint
        status = {"missed": "unanswered"}.get(self.status, self.status)
        times = (self.started_at, self.at(self.answered), self.at(self.ended))
        return self.uuid, self.direction, queue, self.remote_number, status, *times

    def true_rings(self) -> list[tuple[object, ...]]:
        """What the table of rings must hold of it: id, call, employee, when, seconds of ringing and talk, outcome."""
        answered = self.answered is not None
        rings = [
            (
                self.leg_id(place),
                self.uuid,
                leg.endpoint,
                self.at(leg.started),
                *lengths(leg.started, leg.answered, leg.ended),
                "answered" if leg.answered is not None else "answered_elsewhere" if answered else "no_answer",
            )
            for place, leg in enumerate(self.legs)
            if leg.endpoint.startswith("Employee#") and leg.started is not None
        ]
        incoming = self.direction == "incoming"
        answerer = f"Employee#{self.answered_by}" if incoming and self.answered_by else None
        if rings:
            if answered and answerer and answerer not in {ring[2] for ring in rings}:
                own = lengths(0, self.answered, self.ended)
                rings.append((f"{self.uuid}/answered_by", self.uuid, answerer, self.started_at, *own, "answered"))
            return rings
        whose = self.endpoint if not incoming and self.endpoint.startswith("Employee#") else answerer
        talked = self.status == "answered" or (answered and self.status not in ("missed", "voicemail"))
        if whose is None and not talked:
            return []
        until = self.answered if answered else self.ended
        seconds = until, (self.ended - self.answered if talked and answered and self.ended is not None else None)
        outcome = "answered" if talked else "no_answer"
        return [(f"call:{self.uuid}", self.uuid, whose, self.started_at, *seconds, outcome)]


def lengths(started: int | None, answered: int | None, ended: int | None) -> tuple[int | None, int | None]:
    until = answered if answered is not None else ended
    rang = None if until is None or started is None else until - started
    return rang, None if answered is None or ended is None else ended - answered


def written(at: datetime | None, number: int) -> str | None:
    """As the API writes an instant: sometimes with Z, sometimes with the offset of Denmark."""
    if at is None:
        return None
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if number % 3 else at.astimezone(COPENHAGEN).isoformat()


def some_calls(count: int, first: datetime, last: datetime, seed: int, employees: int = 9) -> list[PlannedCall]:
    """Calls of every kind that the documentation knows, spread over a time."""
    chance = random.Random(seed)  # noqa: S311
    span = (last - first).total_seconds()
    starts = sorted(first + timedelta(seconds=int(chance.random() * span)) for _ in range(count))
    return [one_call(number + 1, at, chance, employees) for number, at in enumerate(starts)]


def one_call(number: int, at: datetime, chance: random.Random, employees: int) -> PlannedCall:
    who = chance.sample(range(1, employees + 1), 3)
    first, second, third = (f"Employee#{one}" for one in who)
    answer = chance.randint(3, 40)
    end = answer + chance.randint(5, 300)
    reception = chance.choice((("Reception#1", "Hovednummer"), ("EmployeeGroup#2", "Skade"), ("Reception#3", None)))
    told = {"endpoint": reception[0], "endpoint_name": reception[1], "late": chance.choice((0, 0, 30, 1200))}
    told["remote_number"] = chance.choice((None, f"45{chance.randint(20_000_000, 99_999_999)}"))
    rang = Leg(first, 1, None, answer, "undefined")
    never = Leg(third, None)
    plain = Leg("undefined", 0, None, end, None)
    talks = Leg(second, 2, answer, end)
    moved = Leg(third, answer + 1, answer + 3, end, "attended_transfer")
    match chance.choices(range(10), weights=(40, 8, 12, 5, 4, 10, 6, 2, 2, 3))[0]:
        case 0:
            return PlannedCall(
                number, at, answered=answer, ended=end, legs=(plain, rang, talks, never), answered_by=who[1], **told
            )
        case 1:
            return PlannedCall(number, at, answered=answer, ended=end, legs=(talks, moved), answered_by=who[1], **told)
        case 2:
            return PlannedCall(number, at, status="missed", ended=answer, legs=(rang, never), **told)
        case 3:
            return PlannedCall(number, at, status="missed", ended=answer, **told)
        case 4:
            return PlannedCall(number, at, status="voicemail", ended=end, legs=(rang,), **told)
        case 5 | 6 as kind:
            told |= {"endpoint": first, "endpoint_name": "Karsten Kollega", "direction": "outgoing"}
            was_answered = {"answered": answer} if kind == 5 else {"status": "missed"}
            return PlannedCall(number, at, ended=end, legs=(plain,), **was_answered, **told)
        case 7:
            return PlannedCall(number, at, status="orphaned", ended=answer, **told)
        case 8:
            return PlannedCall(number, at, status="parked", answered=answer, ended=end, answered_by=who[0], **told)
        case _:
            # Who answered stands in no leg, although another's phone rang.
            return PlannedCall(number, at, answered=answer, ended=end, legs=(rang,), answered_by=who[1], **told)


@dataclass
class FakeRelatel:
    """The account. `now`: its time. `fault_rate`: how often something of FAULTS happens; `short_rate`: a short page."""

    calls: list[PlannedCall]
    now: Callable[[], datetime]
    employees: list[dict[str, Any]] = field(default_factory=list)
    voice_mails: list[dict[str, Any]] = field(default_factory=list)
    fault_rate: float = 0.0
    short_rate: float = 0.0
    faults: tuple[str, ...] = FAULTS
    timeout_seconds: float = 0.6
    seed: int = 1
    asked: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    not_get: list[str] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311
        self.lock = threading.Lock()
        self.plan(self.calls)

    def plan(self, calls: list[PlannedCall]) -> None:
        self.calls = sorted(calls, key=lambda one: (one.started_at, one.number))
        self.starts = [one.started_at for one in self.calls]

    def page(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        """One page, newest first. `endpoint` is accepted and filters nothing; bounds are inclusive."""
        limit = min(int(asked.get("limit", DEFAULT_LIMIT)), LARGEST_LIMIT)
        now = self.now()
        last = min(instant(asked, "started_at_lt_or_eq") or now, now)
        first = instant(asked, "started_at_gt_or_eq")
        position = bisect_right(self.starts, last)
        lowest = 0 if first is None else bisect_left(self.starts, first)
        if self.short_rate and self.chance.random() < self.short_rate:
            limit = self.chance.randint(1, limit)
        found: list[dict[str, Any]] = []
        while position > lowest and len(found) < limit:
            position -= 1
            seen = self.calls[position].as_seen(now)
            if all(seen[name] == asked[name] for name in ("direction", "status") if name in asked):
                found.append(seen)
        return found

    def answer(self, path: str, asked: dict[str, str]) -> Any:
        match path:
            case "/calls":
                return {"calls": self.page(asked)}
            case "/employees":
                return {"employees": self.employees}
            case "/employee_groups":
                return {"employee_groups": [{"id": 2, "name": "Skade", "employee_ids": [1], "live_presence": "busy"}]}
            case "/receptions":
                return {"receptions": [{"id": 1, "name": "Hovednummer", "endpoint": "Reception#1"}]}
            case "/voice_mails":
                return {"voice_mails": self.voice_mails}
        return None

    def fault(self) -> str | None:
        with self.lock:
            if self.chance.random() >= self.fault_rate:
                return None
            kind = self.chance.choice(self.faults)
            self.failed[kind] += 1
            return kind

    @property
    def requests(self) -> int:
        return self.asked.total()


def instant(asked: dict[str, str], name: str) -> datetime | None:
    return datetime.fromisoformat(asked[name]) if name in asked else None


def employee(number: int, presence: str = "available", **fields: Any) -> dict[str, Any]:
    usual = {"id": number, "name": f"Kollega {number}", "number": f"458765432{number % 10}", "live_presence": presence}
    usual |= {"endpoint": f"Employee#{number}", "do_not_disturb": False, "dnd_timeout_at": None, "features": []}
    return usual | fields


@contextmanager
def served(fake: FakeRelatel) -> Iterator[FakeRelatel]:
    """The fake as a server on this machine, for as long as it is used. Anything but GET is noted and refused."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer goes out in one piece

        def do_GET(self) -> None:
            path = urlsplit(self.path)
            asked = {name: values[-1] for name, values in parse_qs(path.query).items()}
            fake.asked[path.path] += 1
            kind = fake.fault()
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.tell(401, {"error": "unauthorized"})
            with fake.lock:
                answer = fake.answer(path.path, asked)
            if answer is None:
                return self.tell(404, {})
            return self.tell(200, answer) if kind is None else self.fail(kind, answer)

        def other(self) -> None:
            fake.not_get.append(f"{self.command} {self.path}")
            self.tell(405, {})

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = other  # noqa: N815

        def fail(self, kind: str, answer: Any) -> None:
            match kind:
                case "429":
                    self.tell(429, {}, {"Retry-After": "1"})
                case "timeout":
                    time.sleep(fake.timeout_seconds)
                    self.tell(200, answer)
                case "dropped":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                case "half_page":
                    self.tell(200, answer, share=0.5)
                case "not_json":
                    self.tell(200, None, raw=json.dumps(answer).encode()[:-1])
                case "changed":
                    broken = {name: [broken_entry(one) for one in entries] for name, entries in answer.items()}
                    self.tell(200, broken)
                case "no_list":
                    self.tell(200, {"error": "maintenance"})
                case "skew":
                    self.tell(200, answer, ahead=timedelta(hours=1))
                case code:
                    self.tell(int(code), {})

        def tell(
            self,
            code: int,
            answer: Any,
            headers: dict[str, str] | None = None,
            *,
            raw: bytes | None = None,
            share: float = 1.0,
            ahead: timedelta = timedelta(0),
        ) -> None:
            body = json.dumps(answer).encode() if raw is None else raw
            self.send_response_only(code)
            self.send_header("Date", format_datetime(fake.now().astimezone(UTC) + ahead, usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: int(len(body) * share)])
            self.wfile.flush()
            self.close_connection = share < 1

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Who is killed in the middle of an answer leaves a broken pipe."""

    server = Server(("127.0.0.1", 0), Handler)
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def broken_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """The same with other types: times as numbers, legs as a text, an id that is a list."""
    if "call_uuid" in entry:
        return entry | {"started_at": 1_778_054_400, "nodes": "none"}
    return entry | {"id": [entry["id"]]}

"""The simulated agency's telephones, as if Relatel told of them: calls that ring and end while somebody looks on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from math import log
from typing import Any

import numpy as np
from sqlalchemy import exists, literal, select

from data_access.database.engine import reading
from data_access.database.schema import absence, agent, agent_alias, customer_phone, shift, team
from data_access.demo.arrivals import SHARES, Profile, profile_of
from data_access.demo.branch import (
    AT_LUNCH_PICKS_UP,
    KEEPS_TRYING_AFTER_FIRST_PHONE,
    LEAST_PATIENCE_SECONDS,
    MEAN_PATIENCE_SECONDS,
    MEDIAN_TALK_SECONDS,
    RINGS_SECONDS,
    TALK_SIGMA,
)
from data_access.demo.people import KC_TEAM, MAIN_NUMBER, SELLING_TEAMS, Habits
from data_access.demo.rota import days_of
from data_access.relatel import SOURCE
from data_access.relatel.api import CALLS_PER_PAGE, Clock, RelatelApi
from data_access.scope import team_of
from data_access.sources.relatel import EMPLOYEE
from metrics.calendar import local_day
from metrics.house_rules import HouseRules

BEGAN_BEFORE = timedelta(minutes=10)
"""So long before the first look the phones began to ring, so that somebody talks at once."""
TOLD_FOR = timedelta(hours=5)
HEARD_AFTER = timedelta(minutes=40)
SHARE_DO_NOT_DISTURB, SHARE_WITH_MESSAGE = 0.06, 0.5
A_YEAR = timedelta(days=365)
SHARES_OF_NUMBERS = dict.fromkeys(SELLING_TEAMS, SHARES["selling"]) | {
    KC_TEAM: SHARES["kc"],
    MAIN_NUMBER: SHARES["main"],
}


@dataclass(frozen=True)
class Leg:
    endpoint: str
    rang_at: datetime
    answered_at: datetime | None
    ended_at: datetime


@dataclass(frozen=True)
class Call:
    """A call with its whole course; what has not happened yet is not told."""

    number: int
    queue: str
    remote_number: str | None
    started_at: datetime
    legs: tuple[Leg, ...]
    answered_at: datetime | None
    ended_at: datetime
    leaves_message: bool

    @property
    def uuid(self) -> str:
        return f"live-{self.started_at:%Y%m%d%H%M%S}-{self.number}"

    def told(self, now: datetime) -> dict[str, Any]:
        answered = self.answered_at if self.answered_at and self.answered_at <= now else None
        is_over = self.ended_at <= now
        ended = "answered" if answered else "voicemail" if self.leaves_message else "missed"
        return {
            "call_uuid": self.uuid,
            "endpoint": f"Reception#{self.queue}",
            "endpoint_name": self.queue,
            "direction": "incoming",
            "remote_number": self.remote_number,
            "status": ended if is_over else "answered" if answered else "ringing",
            "started_at": self.started_at.isoformat(),
            "answered_at": answered.isoformat() if answered else None,
            "ended_at": self.ended_at.isoformat() if is_over else None,
            "nodes": [self.told_leg(place, leg, now) for place, leg in enumerate(self.legs) if leg.rang_at <= now],
        }

    def left_message_by(self, now: datetime) -> bool:
        return self.leaves_message and self.ended_at <= now

    def told_leg(self, place: int, leg: Leg, now: datetime) -> dict[str, Any]:
        answered = leg.answered_at if leg.answered_at and leg.answered_at <= now else None
        return {
            "node_uuid": f"{self.uuid}/{place}",
            "endpoint": leg.endpoint,
            "started_at": leg.rang_at.isoformat(),
            "answered_at": answered.isoformat() if answered else None,
            "ended_at": leg.ended_at.isoformat() if leg.ended_at <= now else None,
        }


@dataclass
class SimulatedRelatel(RelatelApi):
    """Tells what Relatel would tell of the simulated agency: who is on shift is rung, and picks up or does not."""

    read_rules: Callable[[], HouseRules] = field(kw_only=True)
    rng: np.random.Generator = field(kw_only=True)
    _calls: list[Call] = field(default_factory=list)
    _busy_until: dict[str, datetime] = field(default_factory=dict)
    _teams: dict[str, list[str]] = field(default_factory=dict)
    _numbers: list[str] = field(default_factory=list)
    _numbered: Iterator[int] = field(default_factory=lambda: count(1))
    _lived_until: datetime | None = None
    _profile: Profile | None = None

    def listed(self, path: str, name: str) -> list[Any]:  # noqa: ARG002
        """Employees or voicemails as the account would list them now; groups and receptions have no names of their
        own."""
        now = self.clock.now()
        self.live_until(now)
        match path:
            case "/employees":
                return [self.told_employee(endpoint, now) for endpoint in sorted(self.everybody())]
            case "/voice_mails":
                return [self.told_message(call, now) for call in self._calls if call.left_message_by(now)]
            case _:
                return []

    def calls(self, **parameters: str) -> list[Any]:
        """One page of calls, newest first."""
        now = self.clock.now()
        self.live_until(now)
        first, last = (
            datetime.fromisoformat(parameters[name]) if name in parameters else None
            for name in ("started_at_gt_or_eq", "started_at_lt_or_eq")
        )
        calls = [
            call
            for call in self._calls
            if (first is None or first <= call.started_at) and call.started_at <= (last or now)
        ]
        newest = sorted(calls, key=lambda call: call.started_at, reverse=True)[:CALLS_PER_PAGE]
        return [call.told(now) for call in newest]

    def told_employee(self, endpoint: str, now: datetime) -> dict[str, Any]:
        is_there = any(endpoint in there for there in self._teams.values())
        is_busy = self._busy_until.get(endpoint, now) > now
        return {
            "id": endpoint.removeprefix(EMPLOYEE),
            "endpoint": endpoint,
            "live_presence": "busy" if is_busy else "available" if is_there else "offline",
            "do_not_disturb": is_there and not is_busy and self.wants_quiet(endpoint, now),
        }

    def told_message(self, call: Call, now: datetime) -> dict[str, Any]:
        return {
            "id": call.uuid,
            "created_at": call.ended_at.isoformat(),
            "endpoint": f"Reception#{call.queue}",
            "from_number": call.remote_number,
            "duration": 20 + call.number % 40,
            "heard": now - call.ended_at >= HEARD_AFTER,
        }

    def wants_quiet(self, endpoint: str, now: datetime) -> bool:
        """A few switch do not disturb on for half an hour: others in each, the same in all of it."""
        half_hour = int(now.timestamp()) // 1800
        drawn = np.random.default_rng([half_hour, *endpoint.encode()]).random()
        return bool(drawn < SHARE_DO_NOT_DISTURB)

    # What happens meanwhile

    def live_until(self, now: datetime) -> None:
        """Let the customers call who call between the last look and this one."""
        rules = self.read_rules()
        # A machine that has slept does not make up for the night.
        since = max(self._lived_until or now - BEGAN_BEFORE, now - BEGAN_BEFORE)
        if now <= since:
            return
        is_first, self._lived_until = self._lived_until is None, now
        self._teams = on_shift_by_team(now, rules)
        for queue, calls in self.expected_calls(since, now, rules).items():
            for _ in range(self.rng.poisson(calls)):
                at = since + (now - since) * self.rng.random()
                self._calls.append(self.receive_call(at.replace(microsecond=0), queue, rules))
        kept_from = now if is_first else now - TOLD_FOR
        self._calls = [call for call in self._calls if call.ended_at > kept_from]

    def everybody(self) -> set[str]:
        aliases = select(agent_alias.c.source_agent).where(agent_alias.c.source == SOURCE, agent.c.takes_calls)
        with reading() as connection:
            return set(connection.scalars(aliases.join(agent, agent.c.id == agent_alias.c.agent_id)))

    def expected_calls(self, since: datetime, now: datetime, rules: HouseRules) -> dict[str, float]:
        """How many calls each number expects in a span of time."""
        day = local_day(now, rules)
        self._profile = self._profile or profile_of(list(days_of(day - A_YEAR, day)), rules)
        local = now.astimezone(rules.tzinfo)
        rate = float(self._profile.rates(day)[local.hour * 2 + local.minute // 30])
        calls = rate * (now - since) / timedelta(minutes=30)
        return {name: calls * share for name, share in SHARES_OF_NUMBERS.items()}

    def receive_call(self, at: datetime, queue: str, rules: HouseRules) -> Call:
        """One call from its first ring to its end: phones ring one after the other until somebody picks up or the
        customer gives up."""
        patience = LEAST_PATIENCE_SECONDS + float(self.rng.exponential(MEAN_PATIENCE_SECONDS))
        gives_up, rings_at = at + whole_seconds(patience), at + timedelta(seconds=2)
        teams = SELLING_TEAMS if queue == MAIN_NUMBER else (queue,)
        people = [endpoint for name in teams for endpoint in self._teams.get(name, ())]
        legs: list[Leg] = []
        answered_at = None
        for endpoint in self.rng.permutation(people):
            if self._busy_until.get(endpoint, at) > rings_at or self.wants_quiet(endpoint, at):
                continue
            until = rings_at + whole_seconds(min(2 + self.rng.gamma(2.2, 2.6), RINGS_SECONDS - 2))
            at_lunch = at.astimezone(rules.tzinfo).hour == 12
            if self.rng.random() < Habits.picks_up * (AT_LUNCH_PICKS_UP if at_lunch else 1) and until < gives_up:
                answered_at = until
                legs.append(Leg(str(endpoint), rings_at, until, until + self.talk()))
                break
            until = min(rings_at + timedelta(seconds=RINGS_SECONDS), gives_up)
            legs.append(Leg(str(endpoint), rings_at, None, until))
            rings_at = until + timedelta(seconds=2)
            if rings_at >= gives_up or self.rng.random() > KEEPS_TRYING_AFTER_FIRST_PHONE:
                break
        for leg in legs:
            self._busy_until[leg.endpoint] = leg.ended_at
        ended_at = legs[-1].ended_at if answered_at else gives_up
        leaves_message = answered_at is None and bool(self.rng.random() < SHARE_WITH_MESSAGE)
        number = str(self.rng.choice(self.numbers()))
        return Call(next(self._numbered), queue, number, at, tuple(legs), answered_at, ended_at, leaves_message)

    def talk(self) -> timedelta:
        return whole_seconds(max(self.rng.lognormal(log(MEDIAN_TALK_SECONDS), TALK_SIGMA), 12))

    def numbers(self) -> list[str]:
        if not self._numbers:
            with reading() as connection:
                query = select(customer_phone.c.phone_number).order_by(customer_phone.c.phone_number).limit(5000)
                self._numbers = list(connection.scalars(query))
        return self._numbers


def simulated_relatel(clock: Clock, read_rules: Callable[[], HouseRules]) -> SimulatedRelatel:
    seed = int(clock.now().timestamp())
    return SimulatedRelatel("", "", clock, 600, read_rules=read_rules, rng=np.random.default_rng(seed))


def on_shift_by_team(now: datetime, rules: HouseRules) -> dict[str, list[str]]:
    """The phones of those who are on shift and not away, by team."""
    day = local_day(now, rules)
    away = exists().where(absence.c.agent_id == shift.c.agent_id, absence.c.starts_at <= now, absence.c.ends_at > now)
    query = (
        select(team.c.name, agent_alias.c.source_agent)
        .select_from(shift)
        .join(agent_alias, (agent_alias.c.agent_id == shift.c.agent_id) & (agent_alias.c.source == SOURCE))
        .join(team, team.c.id == team_of(shift.c.agent_id, literal(day)))
        .where(shift.c.starts_at <= now, shift.c.ends_at > now, ~away)
        .order_by(team.c.name, agent_alias.c.source_agent)
        .distinct()
    )
    teams: dict[str, list[str]] = {}
    with reading() as connection:
        for name, endpoint in connection.execute(query):
            teams.setdefault(name, []).append(endpoint)
    return teams


def whole_seconds(seconds: float) -> timedelta:
    return timedelta(seconds=int(seconds))

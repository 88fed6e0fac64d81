"""Questions about the telephone system as it is now, answered for one viewer: who talks, who waits, and is it known?"""

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, and_, case, exists, false, func, literal, null, or_, select, true

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame, typed_frame
from data_access.database.schema import (
    absence,
    agent,
    agent_alias,
    call,
    customer,
    customer_phone,
    live_call,
    live_ring,
    phone_endpoint,
    phone_source,
    queue,
    ring,
    shift,
    team,
    unread_span,
    voicemail,
)
from data_access.scope import Scope, may_see_agent, may_see_call, team_of
from data_access.sources.relatel import EMPLOYEE
from metrics.calendar import ONE_DAY, local_day
from metrics.freshness import is_live_late
from metrics.house_rules import HouseRules
from metrics.phones import (
    AWAY,
    PHONE_STATES,
    RINGING,
    UNKNOWN_AFTER,
    is_blocked_on_shift,
    is_forgotten,
    live_state,
    phone_state,
)

CLOCKS_DIFFER_SECONDS = 120
KEPT_UNHEARD = 14 * ONE_DAY
LIVE_CALL_DTYPES = {
    "direction": "str",
    "queue": "str",
    "agents": "str",
    "state": "str",
    "started_at": UTC_DTYPE,
    "seconds": "int64",
    "customer": "str",
}
PERSON_DTYPES = {
    "agent": "str",
    "team": "str",
    "state": "str",
    "since": UTC_DTYPE,
    "until": UTC_DTYPE,
    "on_shift": "bool",
    "is_blocked": "bool",
}


@dataclass(frozen=True)
class PhoneSource:
    """How things stand with the telephone system.

    `is_late`: it is followed and has not answered for too long. `problem`: what is wrong since `failing_since` (a word,
    missing: nothing), `detail` what it said, for viewers who see everything. `watching_since`: phones have been watched
    without a gap since then. `clock_ahead_seconds`: how far its clock is from ours where that is more than two minutes,
    else 0. `unread_from`: calls since then are still being read.
    """

    source: str
    follows: bool
    answered_at: datetime | None
    is_late: bool
    problem: str | None
    detail: str | None
    failing_since: datetime | None
    watching_since: datetime | None
    clock_ahead_seconds: int
    unread_from: datetime | None


def phone_source_state(scope: Scope, rules: HouseRules, now: datetime) -> PhoneSource | None:
    """How things stand with the telephone system, for everybody; None where none is asked live."""
    with reading() as connection:
        state = connection.execute(select(phone_source).order_by(phone_source.c.source)).first()
        if state is None:
            return None
        unread = connection.scalar(select(func.min(unread_span.c.from_at)).where(unread_span.c.source == state.source))
    ahead = state.clock_ahead_seconds or 0
    return PhoneSource(
        state.source,
        state.follows,
        state.answered_at,
        state.follows and is_live_late(state.answered_at, rules, now),
        state.problem,
        state.problem_detail if scope.sees_everything else None,
        state.failing_since,
        state.watching_since,
        ahead if abs(ahead) > CLOCKS_DIFFER_SECONDS else 0,
        unread,
    )


def live_calls(scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The calls that go on, the longest first: direction, queue, agents (initials of those who talk, or whose phones
    ring, as far as the viewer may see them, and how many others), state (ringing, talking, machine, unknown),
    started_at (UTC), seconds (since it began, or since it was answered), customer (number, for viewers who may see
    customers).

    A call is seen by its queue's teams and by those whose phones are in it, and their leads.
    """
    day = local_day(now, rules)
    own_phone = exists().where(
        live_ring.c.live_call_id == live_call.c.id, may_see_agent(scope, live_ring.c.agent_id, literal(day))
    )
    visible = or_(may_see_call(scope, live_call.c.queue_id, literal(day)), own_phone)
    number = customer.c.number if scope.may_see_customers else null()
    query = (
        select(
            live_call.c.id,
            live_call.c.direction,
            queue.c.name.label("queue"),
            live_call.c.started_at,
            live_call.c.answered_at,
            live_call.c.status,
            live_call.c.changed_at,
            number.label("customer"),
        )
        .outerjoin_from(live_call, queue, queue.c.id == live_call.c.queue_id)
        .outerjoin(customer, customer.c.id == live_call.c.customer_id)
        .where(visible)
        .order_by(live_call.c.started_at, live_call.c.id)
    )
    with reading() as connection:
        rows = connection.execute(query).all()
        phones = phones_in_calls(connection, scope, day)
    calls = []
    for row in rows:
        in_call = phones.get(row.id, [])
        talking = [who for who, answered in in_call if answered]
        since = row.answered_at or row.started_at
        forgotten = is_forgotten(row.started_at, row.changed_at, now)
        calls.append(
            {
                "direction": row.direction,
                "queue": row.queue,
                "agents": names_in_short(talking or [who for who, _answered in in_call]),
                "state": live_state(answered=row.answered_at is not None, status=row.status, forgotten=forgotten),
                "started_at": row.started_at,
                "seconds": max(int((now - since).total_seconds()), 0),
                "customer": row.customer,
            }
        )
    return typed_frame(calls, LIVE_CALL_DTYPES)


def names_in_short(people: list[str | None]) -> str:
    """Initials, and how many there are besides whom the viewer may not see: "BO, CAR +1"."""
    names, others = sorted({who for who in people if who is not None}), sum(who is None for who in people)
    return " ".join(part for part in (", ".join(names), f"+{others}" if others else "") if part)


def phones_in_calls(connection: Connection, scope: Scope, day: date) -> dict[int, list[tuple[str | None, bool]]]:
    """By live call: whose phones are in it (missing: somebody whom the viewer may not see) and whether they were picked
    up."""
    may_see = may_see_agent(scope, live_ring.c.agent_id, literal(day))
    name = func.coalesce(agent.c.initials, live_ring.c.source_agent)
    query = select(
        live_ring.c.live_call_id, case((may_see, name), else_=null()).label("who"), live_ring.c.answered_at
    ).outerjoin_from(live_ring, agent, agent.c.id == live_ring.c.agent_id)
    phones: dict[int, list[tuple[str | None, bool]]] = {}
    for row in connection.execute(query):
        phones.setdefault(row.live_call_id, []).append((row.who, row.answered_at is not None))
    return phones


def waiting_callers(calls: pd.DataFrame) -> pd.DataFrame:
    """Of the calls that go on, columns as of `live_calls`, those whose customers nobody talks with yet."""
    return calls[(calls["state"] == RINGING) & (calls["direction"] == "incoming")]


def people_on_phones(scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Everybody whose phone is known and who is on shift or there now, by state: agent (initials), team, state (one of
    PHONE_STATES), since (UTC, may be missing: that the phone says so, or that the call was answered), until (UTC, of do
    not disturb), on_shift (bool, by a loaded shift, minus absence), is_blocked (bool: do not disturb during a
    shift).
    """
    day = local_day(now, rules)
    endpoint = phone_endpoint.c
    long_ago = now - UNKNOWN_AFTER
    goes_on = and_(
        live_call.c.id == live_ring.c.live_call_id,
        or_(live_call.c.started_at > long_ago, live_call.c.changed_at > long_ago),
        live_ring.c.agent_id == agent.c.id,
    )
    talks_since = (
        select(func.min(live_ring.c.answered_at)).where(goes_on, live_ring.c.answered_at.is_not(None)).scalar_subquery()
    )
    rings = exists().where(goes_on, live_ring.c.answered_at.is_(None))
    away = exists().where(absence.c.agent_id == agent.c.id, absence.c.starts_at <= now, absence.c.ends_at > now)
    at_work = exists().where(shift.c.agent_id == agent.c.id, shift.c.starts_at <= now, shift.c.ends_at > now)
    query = (
        select(
            agent.c.initials.label("agent"),
            team.c.name.label("team"),
            endpoint.available,
            endpoint.busy,
            endpoint.do_not_disturb,
            endpoint.do_not_disturb_until,
            endpoint.since,
            talks_since.label("talks_since"),
            rings.label("rings"),
            and_(at_work, ~away).label("on_shift"),
        )
        .select_from(phone_endpoint)
        .join(
            agent_alias, and_(agent_alias.c.source == endpoint.source, agent_alias.c.source_agent == endpoint.endpoint)
        )
        .join(agent, agent.c.id == agent_alias.c.agent_id)
        .outerjoin(team, team.c.id == team_of(agent.c.id, literal(day)))
        .where(endpoint.available.is_not(None), may_see_agent(scope, agent.c.id, literal(day)))
        .order_by(agent.c.initials)
    )
    with reading() as connection:
        rows = connection.execute(query).all()
    people = []
    for row in rows:
        state = phone_state(
            talks=row.talks_since is not None,
            rings=bool(row.rings),
            available=bool(row.available),
            busy=bool(row.busy),
            do_not_disturb=bool(row.do_not_disturb),
            until=row.do_not_disturb_until,
            now=now,
        )
        on_shift = bool(row.on_shift)
        if state == AWAY and not on_shift:
            continue
        people.append(
            {
                "agent": row.agent,
                "team": row.team,
                "state": state,
                "since": row.talks_since or row.since,
                "until": row.do_not_disturb_until,
                "on_shift": on_shift,
                "is_blocked": is_blocked_on_shift(state, on_shift),
            }
        )
    table = typed_frame(people, PERSON_DTYPES)
    order = table["state"].map({state: place for place, state in enumerate(PHONE_STATES)})
    table = table.assign(order=order).sort_values(["order", "agent"]).drop(columns="order")
    # Who has two phones is one person, in the stronger of their states.
    return table.drop_duplicates("agent").reset_index(drop=True)


def latest_call(scope: Scope, rules: HouseRules, now: datetime) -> tuple[datetime, str | None, str] | None:
    """The incoming call that ended last, today: when (UTC), its queue, its outcome; seen by the queue's teams."""
    day = local_day(now, rules)
    query = (
        select(call.c.ended_at, queue.c.name, call.c.outcome)
        .outerjoin_from(call, queue, queue.c.id == call.c.queue_id)
        .where(call.c.local_date == day, call.c.direction == "incoming", call.c.ended_at.is_not(None))
        .where(may_see_call(scope, call.c.queue_id, call.c.local_date))
        .order_by(call.c.ended_at.desc(), call.c.id.desc())
        .limit(1)
    )
    with reading() as connection:
        latest = connection.execute(query).first()
    return None if latest is None else (latest.ended_at, latest.name, latest.outcome)


def unheard_voicemails(scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Messages of the last two weeks that nobody has heard, the oldest first: left_at (UTC), queue, customer (number,
    where the telephone number is one customer's), duration_seconds. Seen by the queue's teams."""
    day = local_day(now, rules)
    whose = (
        select(func.min(customer_phone.c.customer_id))
        .where(customer_phone.c.phone_number == voicemail.c.remote_number)
        .having(func.count() == 1)
        .scalar_subquery()
    )
    number = select(customer.c.number).where(customer.c.id == whose).scalar_subquery()
    query = (
        select(
            voicemail.c.left_at,
            queue.c.name.label("queue"),
            (number if scope.may_see_customers else null()).label("customer"),
            voicemail.c.duration_seconds,
        )
        .outerjoin_from(voicemail, queue, queue.c.id == voicemail.c.queue_id)
        .where(~voicemail.c.heard, voicemail.c.local_date >= day - KEPT_UNHEARD)
        .where(may_see_call(scope, voicemail.c.queue_id, voicemail.c.local_date))
        .order_by(voicemail.c.left_at)
    )
    with reading() as connection:
        return frame(connection, query)


def unmapped_employees(scope: Scope) -> pd.DataFrame:
    """Employees of the telephone system whom nobody is known by: source, endpoint (as an alias names it), name, rings
    (that wait for their agent). Only for viewers who see everything."""
    endpoint = phone_endpoint.c
    alias = and_(agent_alias.c.source == endpoint.source, agent_alias.c.source_agent == endpoint.endpoint)
    waiting = (
        select(func.count())
        .where(ring.c.source == endpoint.source, ring.c.source_agent == endpoint.endpoint, ring.c.agent_id.is_(None))
        .scalar_subquery()
    )
    query = (
        select(endpoint.source, endpoint.endpoint, endpoint.name, waiting.label("rings"))
        .where(
            endpoint.endpoint.startswith(EMPLOYEE), ~exists().where(alias), true() if scope.sees_everything else false()
        )
        .order_by(endpoint.source, endpoint.endpoint)
    )
    with reading() as connection:
        return frame(connection, query)

"""What is stored although derived, in one fixed order: whose ring, whose customer, outcome, pairs, roll-ups.

Whichever of calls, rings, rota, absences, teams or customers came last, the days it touches are derived anew from the
facts, in the loading transaction, so the order of loads changes no figure.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from data_access.database.frames import frame, insert_frame
from data_access.database.schema import (
    absence,
    agent_rollup,
    call,
    call_rollup,
    callback,
    customer,
    customer_phone,
    queue_team,
    ring,
    shift,
    team,
)
from data_access.database.temporary import create_afresh
from data_access.scope import team_of
from metrics.calendar import ONE_DAY, monday_of
from metrics.calls import (
    ANSWERED,
    CALL_OUTCOMES,
    EARLIEST_RING,
    LATEST_RING,
    MISPLACED,
    belongs_to_its_call,
    call_outcome,
    falls_in_opening_hours,
    pair_outcome,
)
from metrics.house_rules import HouseRules

CALLS_AT_A_TIME = 100_000
LONGEST_TALK_SECONDS = 24 * 3600
Progress = Callable[[int, int], None]

PAIR_OUTCOMES = (
    "answered",
    "declined",
    "not_picked_up",
    "let_it_ring",
    "taken_by_colleague",
    "too_short",
    "already_talking",
    "absent",
    "off_shift",
    "unknown",
)
"""The outcomes of a pair that agent_rollup has a column for."""

TEMPORARY = MetaData()
judged_call = Table(
    "judged_call",
    TEMPORARY,
    Column("call_id", BigInteger, primary_key=True, autoincrement=False),
    Column("in_opening_hours", Boolean),
    Column("outcome", Text),
    prefixes=["TEMPORARY"],
)
judged_ring = Table(
    "judged_ring",
    TEMPORARY,
    Column("ring_id", BigInteger, primary_key=True, autoincrement=False),
    Column("local_date", Date),
    Column("pair_outcome", Text),
    prefixes=["TEMPORARY"],
)
message_phone = Table(
    "message_phone",
    TEMPORARY,
    Column("customer_id", BigInteger, nullable=False),
    Column("phone_number", Text, nullable=False, index=True),
    prefixes=["TEMPORARY"],
)
"""The numbers of messages that name more than one."""

derived_day = Table(
    "derived_day",
    TEMPORARY,
    Column("local_date", Date, primary_key=True),
    Column("weekday", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)


def derive(connection: Connection, days: set[date] | None, rules: HouseRules, progress: Progress | None = None) -> None:
    """Derive all figures of the given local dates (None: of every day) anew, inside the caller's transaction."""
    create_afresh(connection, judged_call, judged_ring, derived_day)
    rings_to_their_calls(connection)
    calls_per_day = frame(
        connection, select(call.c.local_date, func.count().label("calls")).group_by(call.c.local_date)
    )
    touched = calls_per_day if days is None else calls_per_day[calls_per_day["local_date"].isin(days)]
    if days is None:
        for rollup in (call_rollup, agent_rollup):
            connection.execute(delete(rollup))
    gone = set() if days is None else days - set(touched["local_date"])
    forget_days(connection, gone)
    done = 0
    for chunk in chunks_of_days(touched):
        derive_days(connection, chunk, rules)
        done += len(chunk)
        if progress:
            progress(done, len(touched))


def chunks_of_days(calls_per_day: pd.DataFrame) -> Iterator[list[date]]:
    """The days in order, in groups of not much more than CALLS_AT_A_TIME calls: memory stays bounded."""
    ordered = calls_per_day.sort_values("local_date")
    group = ordered["calls"].cumsum() // CALLS_AT_A_TIME
    for _, days in ordered.groupby(group):
        yield list(days["local_date"])


def derive_days(connection: Connection, days: list[date], rules: HouseRules) -> None:
    connection.execute(delete(derived_day))
    insert_frame(
        connection, derived_day, pd.DataFrame({"local_date": days, "weekday": [day.weekday() for day in days]})
    )
    customers_of_calls(connection, call.c.local_date.in_(select(derived_day.c.local_date)))
    calls = judge_calls(connection, rules)
    judge_rings(connection, days, calls, rules)
    roll_up_calls(connection)
    roll_up_agents(connection)


def forget_days(connection: Connection, days: set[date]) -> None:
    """Drop the roll-ups of days on which no call is left."""
    for rollup in (call_rollup, agent_rollup):
        connection.execute(delete(rollup).where(rollup.c.local_date.in_(sorted(days))))


def rings_to_their_calls(connection: Connection) -> None:
    """Rings may be loaded before their calls; they find them here."""
    its_call = and_(call.c.source == ring.c.source, call.c.source_id == ring.c.call_source_id)
    connection.execute(
        update(ring)
        .where(ring.c.call_id.is_(None), exists().where(its_call))
        .values(call_id=select(call.c.id).where(its_call).scalar_subquery())
    )


def customers_of_calls(connection: Connection, which: Any) -> None:
    """Which customer called: by the number that the source gives, else by the telephone number if it is one customer's,
    else by the number that stands on one customer's messages and that nobody else is known by.

    A telephone number shared by several customers matches none.
    """
    by_number = select(customer.c.id).where(customer.c.number == call.c.customer_number).scalar_subquery()
    by_phone = (
        select(func.min(customer_phone.c.customer_id))
        .where(customer_phone.c.phone_number == call.c.remote_number)
        .having(func.count() == 1)
        .scalar_subquery()
    )
    customer_id = func.coalesce(by_number, by_phone, customer_of_messages(connection))
    has_clue = or_(call.c.customer_number.is_not(None), call.c.remote_number.is_not(None))
    connection.execute(
        update(call)
        .where(which, has_clue, call.c.customer_id.is_distinct_from(customer_id))
        .values(customer_id=customer_id)
    )


def customer_of_messages(connection: Connection) -> Any:
    """The one customer on whose messages a call's number stands, alone or among others; nobody where it is known."""
    create_afresh(connection, message_phone)
    several = select(callback.c.customer_id, callback.c.phones).where(callback.c.phones.contains(","))
    numbers = [
        {"customer_id": customer_id, "phone_number": number}
        for customer_id, phones in connection.execute(several)
        for number in phones.split(",")
    ]
    if numbers:
        connection.execute(insert(message_phone), numbers)
    alone, among = callback.c.phones == call.c.remote_number, message_phone.c.phone_number == call.c.remote_number
    customers = [
        select(which(column)).where(has_number).scalar_subquery()
        for column, has_number in ((callback.c.customer_id, alone), (message_phone.c.customer_id, among))
        for which in (func.min, func.max)
    ]
    first = func.coalesce(*customers)
    is_only = and_(*(func.coalesce(other, first) == first for other in customers))
    is_known = exists().where(customer_phone.c.phone_number == call.c.remote_number)
    return case((and_(~is_known, is_only), first), else_=null())


def judge_calls(connection: Connection, rules: HouseRules) -> pd.DataFrame:
    """Judge the incoming calls of the derived days and store what changed; returns them with their outcome."""
    today = call.c.local_date.in_(select(derived_day.c.local_date))
    rang = exists().where(ring.c.call_id == call.c.id)
    picked_up = exists().where(ring.c.call_id == call.c.id, ring.c.outcome == ANSWERED)
    columns = [call.c[name] for name in ("queue_id", "status", "started_at", "answered_at", "ended_at", "local_date")]
    calls = frame(
        connection,
        select(
            call.c.id.label("call_id"),
            *columns,
            rang.label("rang"),
            picked_up.label("picked_up"),
            call.c.in_opening_hours.label("stored_hours"),
            call.c.outcome.label("stored_outcome"),
        ).where(today, call.c.direction == "incoming"),
    )
    calls = calls.astype({"rang": "bool", "picked_up": "bool"})
    queue_desks = frame(
        connection,
        select(queue_team.c.queue_id, team.c.desk, queue_team.c.from_date, queue_team.c.to_date).join(team),
    )
    calls["in_opening_hours"] = falls_in_opening_hours(calls, queue_desks, rules)
    calls["outcome"] = call_outcome(calls, rules)
    differs = (calls["stored_outcome"] != calls["outcome"]) | (calls["stored_hours"] != calls["in_opening_hours"])
    changed = calls.loc[differs.fillna(True), ["call_id", "in_opening_hours", "outcome"]]
    connection.execute(delete(judged_call))
    insert_frame(connection, judged_call, changed)
    connection.execute(
        update(call)
        .where(call.c.id == judged_call.c.call_id)
        .values(in_opening_hours=judged_call.c.in_opening_hours, outcome=judged_call.c.outcome)
    )
    return calls


def judge_rings(connection: Connection, days: list[date], calls: pd.DataFrame, rules: HouseRules) -> None:
    """Judge the pairs of the derived days' calls and store what changed."""
    columns = [ring.c[name] for name in ("call_id", "agent_id", "rang_at", "ring_seconds", "outcome")]
    rings = frame(
        connection,
        select(
            ring.c.id.label("ring_id"),
            *columns,
            team_of(ring.c.agent_id, call.c.local_date).label("team_id"),
            call.c.local_date,
            call.c.started_at,
            call.c.answered_at,
            call.c.ended_at,
            call.c.direction,
            ring.c.local_date.label("stored_date"),
            ring.c.pair_outcome.label("stored_outcome"),
        )
        .join(call, call.c.id == ring.c.call_id)
        .where(call.c.local_date.in_(select(derived_day.c.local_date)))
        .order_by(ring.c.source, ring.c.source_id),
    )
    rings["ring_date"] = rings["rang_at"].dt.tz_convert(rules.zone).dt.date
    rings["call_answered"] = rings["call_id"].isin(calls.loc[calls["outcome"] == ANSWERED, "call_id"])
    # A phone rings until the call is answered or ends, where the source does not say how long.
    until = (rings["answered_at"].fillna(rings["ended_at"]) - rings["rang_at"]).dt.total_seconds()
    rings["ring_seconds"] = rings["ring_seconds"].astype("float64").fillna(until.clip(lower=0))
    belongs = belongs_to_its_call(rings)
    incoming = rings[(rings["direction"] == "incoming") & belongs]
    outcome = pair_outcome(
        incoming,
        frame(connection, shifts_of(days)),
        frame(connection, absences_of(days)),
        talks_of(connection, days),
        rules,
    )
    rings["pair_outcome"] = outcome.reindex(rings.index).where(belongs, MISPLACED)
    differs = (rings["stored_date"] != rings["local_date"]) | (
        rings["stored_outcome"].fillna("") != rings["pair_outcome"].fillna("")
    )
    connection.execute(delete(judged_ring))
    insert_frame(connection, judged_ring, rings.loc[differs, ["ring_id", "local_date", "pair_outcome"]])
    connection.execute(
        update(ring)
        .where(ring.c.id == judged_ring.c.ring_id)
        .values(local_date=judged_ring.c.local_date, pair_outcome=judged_ring.c.pair_outcome)
    )


def shifts_of(days: list[date]) -> Select[tuple[object, ...]]:
    """The shifts of the weeks that the days lie in, and of the days around: shifts and rings reach over midnight."""
    first, last = monday_of(min(days)) - ONE_DAY, monday_of(max(days) + ONE_DAY) + timedelta(days=7)
    team_id = team_of(shift.c.agent_id, shift.c.local_date).label("team_id")
    return select(shift.c.agent_id, team_id, shift.c.starts_at, shift.c.ends_at, shift.c.local_date).where(
        shift.c.local_date.between(first, last)
    )


def absences_of(days: list[date]) -> Select[tuple[object, ...]]:
    """The absences that touch the days, and one day around them: a call may ring past midnight."""
    return select(absence.c.agent_id, absence.c.starts_at, absence.c.ends_at).where(
        absence.c.first_day <= max(days) + ONE_DAY, absence.c.last_day >= min(days) - ONE_DAY
    )


def talks_of(connection: Connection, days: list[date]) -> pd.DataFrame:
    """When each agent was talking around the days, in any direction: agent_id, starts_at, ends_at."""
    talks = frame(
        connection,
        select(
            ring.c.agent_id,
            ring.c.rang_at,
            ring.c.ring_seconds,
            ring.c.talk_seconds,
            ring.c.outcome,
            call.c.started_at,
        )
        .join(call, call.c.id == ring.c.call_id)
        .where(
            call.c.local_date.between(min(days) - 2 * ONE_DAY, max(days) + ONE_DAY),
            ring.c.agent_id.is_not(None),
            ring.c.outcome == ANSWERED,
            ring.c.talk_seconds > 0,
        ),
    )
    after = talks["rang_at"] - talks["started_at"]
    # Only a talk near its call, and of at most a day: else it would depend on which days are derived together.
    talks = talks[(after >= EARLIEST_RING) & (after < LATEST_RING) & (talks["talk_seconds"] <= LONGEST_TALK_SECONDS)]
    starts_at = talks["rang_at"] + pd.to_timedelta(talks["ring_seconds"].fillna(0), unit="s")
    ends_at = starts_at + pd.to_timedelta(talks["talk_seconds"], unit="s")
    return pd.DataFrame({"agent_id": talks["agent_id"].astype("int64"), "starts_at": starts_at, "ends_at": ends_at})


def count_where(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def sum_where(condition: Any, value: Any) -> Any:
    return func.coalesce(func.sum(case((condition, value), else_=0)), 0)


def roll_up_calls(connection: Connection) -> None:
    """Count the derived days' incoming calls by day, half hour and queue."""
    connection.execute(delete(call_rollup).where(call_rollup.c.local_date.in_(select(derived_day.c.local_date))))
    inside, outside = call.c.in_opening_hours, ~call.c.in_opening_hours
    timed = and_(inside, call.c.outcome == ANSWERED, call.c.answer_seconds.is_not(None))
    counts = {name: count_where(and_(inside, call.c.outcome == name)) for name in CALL_OUTCOMES} | {
        "outside": count_where(outside),
        "outside_answered": count_where(and_(outside, call.c.outcome == ANSWERED)),
        "timed_answers": count_where(timed),
        "answer_seconds": sum_where(timed, call.c.answer_seconds),
    }
    keys = [call.c.local_date, call.c.half_hour, call.c.queue_id]
    # The days by IN and not by a join, so that SQLite finds their calls through the index, however many there are.
    per_cell = (
        select(*keys, *(value.label(name) for name, value in counts.items()))
        .where(call.c.local_date.in_(select(derived_day.c.local_date)), call.c.direction == "incoming")
        .group_by(*keys)
        .subquery()
    )
    cells = per_cell.c
    columns = [
        cells.local_date,
        derived_day.c.weekday,
        cells.half_hour,
        cells.queue_id,
        *(cells[name] for name in counts),
    ]
    # Numbered alike on every database.
    order = [cells.local_date, cells.half_hour, cells.queue_id.nulls_first()]
    rows = select(*columns).join(derived_day, derived_day.c.local_date == cells.local_date).order_by(*order)
    connection.execute(insert(call_rollup).from_select([column.name for column in columns], rows))


def roll_up_agents(connection: Connection) -> None:
    """Count the derived days' pairs by day, queue and agent."""
    connection.execute(delete(agent_rollup).where(agent_rollup.c.local_date.in_(select(derived_day.c.local_date))))
    timed = and_(ring.c.pair_outcome == ANSWERED, call.c.answer_seconds.is_not(None))
    counts = {name: count_where(ring.c.pair_outcome == name) for name in PAIR_OUTCOMES} | {
        "talk_seconds": sum_where(ring.c.outcome == ANSWERED, func.coalesce(ring.c.talk_seconds, 0)),
        "timed_talks": count_where(and_(ring.c.pair_outcome == ANSWERED, ring.c.talk_seconds.is_not(None))),
        "timed_answers": count_where(timed),
        "answer_seconds": sum_where(timed, call.c.answer_seconds),
    }
    keys = [call.c.local_date, call.c.queue_id, ring.c.agent_id]
    rows = (
        select(*keys, *counts.values())
        .select_from(ring)
        .join(call, call.c.id == ring.c.call_id)
        .where(call.c.local_date.in_(select(derived_day.c.local_date)), call.c.direction == "incoming")
        .group_by(*keys)
        # Numbered alike on every database.
        .order_by(*(key.nulls_first() for key in keys))
    )
    connection.execute(insert(agent_rollup).from_select([*(key.name for key in keys), *counts], rows))

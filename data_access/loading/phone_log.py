"""What the phone log says of noted call attempts (C2), stored with them once their day is over.

An attempt that the log contradicts keeps no step and no clock, so the verdicts on its request depend on it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, true, update

from data_access.database.schema import call, contact_attempt
from data_access.loading.upsert import with_neighbours
from data_access.questions.callbacks import CallbackFilters
from data_access.scope import EVERYBODY
from metrics.callbacks import CALL
from metrics.house_rules import HouseRules

LONGEST_SPAN = timedelta(days=31)
LONGEST_GAP = timedelta(days=7)
"""Days with so little between them are read together: over weekends and short holidays."""
CATCHES_UP_DAYS = timedelta(days=62)
"""Days that the log has only now passed are looked for so far back, by their index, with each load."""


def judge_attempts(connection: Connection, days: set[date] | None, rules: HouseRules) -> set[int]:
    """Hold the attempts of some days (None: of every day) against the phone log, and those that never were.

    Only of days before the newest one in the log: a call that still goes on is in no log yet. Returns the customers of
    whom something changed.
    """
    made = contact_attempt.c
    newest = connection.scalar(select(func.max(call.c.local_date)))
    if newest is None:
        return set()
    around = set() if days is None else with_neighbours(days)
    is_left = and_(made.log_state.is_(None), made.local_date >= newest - CATCHES_UP_DAYS)
    is_asked = true() if days is None else or_(is_left, made.local_date.in_(around))
    asked = select(made.local_date).where(made.channel == CALL, made.local_date < newest, is_asked).distinct()
    touched = sorted(connection.scalars(asked))
    customers: set[int] = set()
    for first_day, last_day in spans_of(touched):
        customers |= judge_span(connection, first_day, last_day, set(touched), rules)
    return customers


def spans_of(days: list[date]) -> Iterator[tuple[date, date]]:
    """Days in order as spans, both ends included, in which no two neighbours are far apart."""
    while days:
        first = days[0]
        last = first
        for day in days:
            if day - last > LONGEST_GAP or day - first >= LONGEST_SPAN:
                break
            last = day
        yield first, last
        days = [day for day in days if day > last]


def judge_span(connection: Connection, first_day: date, last_day: date, days: set[date], rules: HouseRules) -> set[int]:
    # scipy pairs attempts with calls; who loads no attempts does not wait for it.
    from data_access.questions.notes import held_against_each_other

    filters = CallbackFilters(first_day, last_day)
    _dialled, attempts = held_against_each_other(connection, EVERYBODY, filters, last_day, rules)
    # The days around it are read for their calls; another span judges them.
    of_span = {day for day in days if first_day <= day <= last_day}
    judged = attempts[(attempts["attempt_id"] > 0) & attempts["local_date"].isin(of_span)]
    made = contact_attempt.c
    stored = {
        row.id: row
        for row in connection.execute(
            select(made.id, made.log_state, made.customer_id).where(made.local_date.between(first_day, last_day))
        )
    }
    changed: list[dict[str, Any]] = [
        {"this_id": int(row.attempt_id), "state": row.state}
        for row in judged.itertuples()
        if stored[row.attempt_id].log_state != row.state
    ]
    if changed:
        change = update(contact_attempt).where(made.id == bindparam("this_id")).values(log_state=bindparam("state"))
        connection.execute(change, changed)
    return {stored[row["this_id"]].customer_id for row in changed}

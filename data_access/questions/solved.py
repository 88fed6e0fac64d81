"""Questions about small matters (C4): which answered calls left a note and no message, so that nobody has to come back.

Only calls of known customers are asked about, and only days that are over: until midnight a note can be written.
"""

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Integer, Select, and_, case, exists, func, select

from data_access.database.engine import reading
from data_access.database.frames import frame
from data_access.database.schema import agent, call, callback, queue
from data_access.questions.calls import Filters, chosen_calls, chosen_pairs, customer_number
from data_access.questions.notes import conversations_query, last_day_over
from data_access.scope import EVERYBODY, Scope
from metrics.calls import ANSWERED
from metrics.figures import FIGURES
from metrics.proportions import honest_rate


def left_a_message(talked: Any) -> Any:
    """A message about the customer was written that day, and this was their last answered call before it.

    talked: a query of answered calls with customer_id, local_date, at.
    """
    message, another_call = callback.alias(), call.alias()
    its, written, later = talked.c, message.c, another_call.c
    came_between = exists().where(
        later.customer_id == its.customer_id,
        later.local_date == its.local_date,
        later.direction == "incoming",
        later.outcome == ANSWERED,
        later.started_at > its.at,
        later.started_at <= written.created_at,
    )
    is_its = exists().where(
        written.customer_id == its.customer_id,
        written.local_date == its.local_date,
        written.created_at >= its.at,
        ~came_between.correlate(talked, message),
    )
    return is_its.correlate(talked)


def customers_calls(filters: Filters, today: date) -> Any:
    """Answered calls of known customers, a row for each agent who took one: call_id, agent_id, solved_at_once (0 or 1);
    of everybody, to be cut to the viewer's scope."""
    period = Filters(filters.from_date, filters.to_date)
    talked = conversations_query(EVERYBODY, period, last_day_over(period, today)).subquery()
    is_solved = and_(talked.c.is_noted, ~left_a_message(talked))
    solved = case((is_solved, 1), else_=0).label("solved_at_once")
    return select(talked.c.call_id, talked.c.agent_id, solved).subquery()


def by_call(scope: Scope, filters: Filters, today: date) -> Select[Any]:
    """Calls in the opening hours that the viewer may see and chose: call_id, solved_at_once (0 or 1)."""
    talked = customers_calls(filters, today).c
    return (
        select(talked.call_id, func.max(talked.solved_at_once).label("solved_at_once"))
        .join(call, call.c.id == talked.call_id)
        .where(call.c.in_opening_hours, chosen_calls(scope, filters, call.c.queue_id, call.c.local_date))
        .group_by(talked.call_id)
    )


def by_pair(scope: Scope, filters: Filters, today: date) -> Select[Any]:
    """Pairs of call and agent that the viewer may see and chose: call_id, agent_id, solved_at_once (0 or 1)."""
    talked = customers_calls(filters, today).c
    return (
        select(talked.call_id, talked.agent_id, talked.solved_at_once)
        .join(call, call.c.id == talked.call_id)
        .where(chosen_pairs(scope, filters, talked.agent_id, call.c.queue_id, call.c.local_date))
    )


def solved_totals(scope: Scope, filters: Filters, today: date) -> dict[str, int]:
    """Of the calls of the period: calls_of_customers, and how many of them were solved_at_once."""
    calls = by_call(scope, filters, today).subquery().c
    counts = select(
        func.count().label("calls_of_customers"),
        func.coalesce(func.sum(calls.solved_at_once), 0).cast(Integer).label("solved_at_once"),
    ).select_from(calls.call_id.table)
    with reading() as connection:
        return {name: int(value) for name, value in connection.execute(counts).one()._mapping.items()}


def solved_by_agent(scope: Scope, filters: Filters, today: date) -> pd.DataFrame:
    """One row an agent: agent_id, agent_calls_of_customers, agent_solved_at_once (int), and rate, low, high (fractions,
    missing where the cases are too few)."""
    pairs = by_pair(scope, filters, today).subquery().c
    counts = (
        select(
            pairs.agent_id,
            func.count().label("agent_calls_of_customers"),
            func.sum(pairs.solved_at_once).cast(Integer).label("agent_solved_at_once"),
        )
        .group_by(pairs.agent_id)
        .order_by(pairs.agent_id)
    )
    with reading() as connection:
        agents = frame(connection, counts).astype("int64")
    return agents.join(honest_rate(agents["agent_solved_at_once"], agents["agent_calls_of_customers"]))


def solved_rows(scope: Scope, filters: Filters, today: date, figure_id: str) -> pd.DataFrame:
    """The calls behind a figure of C4, newest first: started_at (UTC), agent (of pairs), queue, customer (its number),
    solved_at_once (bool)."""
    is_of_pairs = FIGURES[figure_id].grain == "pair"
    listed = (by_pair if is_of_pairs else by_call)(scope, filters, today).subquery().c
    columns = [call.c.started_at, queue.c.name.label("queue"), customer_number(scope), listed.solved_at_once]
    query = (
        select(*columns)
        .select_from(call)
        .join(listed.call_id.table, listed.call_id == call.c.id)
        .outerjoin(queue, queue.c.id == call.c.queue_id)
        .order_by(call.c.started_at.desc(), call.c.id)
    )
    if is_of_pairs:
        query = query.add_columns(agent.c.initials.label("agent")).join(agent, agent.c.id == listed.agent_id)
    with reading() as connection:
        rows = frame(connection, query)
    order = [name for name in ("started_at", "agent", "queue", "customer", "solved_at_once") if name in rows]
    return rows[order].astype({"solved_at_once": "bool"})

"""Questions about escalations (Q4): customers who wanted a superior, about what, and how long they waited."""

from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import and_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame
from data_access.database.schema import callback, callback_verdict, customer
from data_access.questions.callbacks import CallbackFilters, number_for, verdict, visible, with_states
from data_access.questions.calls import within
from data_access.scope import Scope
from metrics.house_rules import HouseRules
from metrics.routing import ESCALATION

LOOKED_BACK = timedelta(days=90)
ESCALATION_DTYPES = {
    "callback_id": "Int64",
    "customer": "str",
    "created_at": UTC_DTYPE,
    "about_topic": "str",
    "about_desk": "str",
    "due_at": UTC_DTYPE,
    "reached_at": UTC_DTYPE,
    "waited_minutes": "Int64",
    "state": "str",
}


def escalations(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The requests of the period in which a customer wanted a superior, newest first, columns ESCALATION_DTYPES.

    about_topic, about_desk: of the customer's latest other request in the 90 days before, missing without any.
    waited_minutes: until the customer was reached or withdrew, else until now. state: as of `callback_state`.
    """
    chosen = and_(
        callback.c.topic == ESCALATION, within(verdict.local_date, filters), visible(scope, filters, now, rules)
    )
    requests = callback_verdict.join(callback, callback.c.id == verdict.callback_id)
    names = ("callback_id", "created_at", "desk", "due_at", "reached_at", "ended_at")
    wanted = (
        select(*(verdict[name] for name in names), number_for(scope), callback.c.customer_id)
        .select_from(requests.join(customer, customer.c.id == callback.c.customer_id))
        .where(chosen)
        .order_by(verdict.created_at, verdict.callback_id)
    )
    customers = select(callback.c.customer_id).select_from(requests).where(chosen)
    others = (
        select(
            callback.c.customer_id,
            verdict.created_at,
            callback.c.topic.label("about_topic"),
            verdict.desk.label("about_desk"),
        )
        .select_from(requests)
        .where(callback.c.customer_id.in_(customers), callback.c.topic != ESCALATION)
        .order_by(verdict.created_at, verdict.callback_id)
    )
    with reading() as connection:
        asked, earlier = frame(connection, wanted), frame(connection, others)
    told = pd.merge_asof(
        asked, earlier, on="created_at", by="customer_id", tolerance=LOOKED_BACK, allow_exact_matches=False
    )
    until = told["ended_at"].where(told["ended_at"] <= now, pd.Timestamp(now))
    waited = ((until - told["created_at"]).dt.total_seconds() // 60).astype("Int64")
    rows = with_states(told.assign(waited_minutes=waited), rules, now).iloc[::-1].reset_index(drop=True)
    return rows[list(ESCALATION_DTYPES)].astype(ESCALATION_DTYPES)

"""Questions about coaching sessions and concerns (Q5)."""

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Text, and_, cast, func, literal, null, or_, select

from data_access.database.engine import reading
from data_access.database.frames import frame
from data_access.database.schema import (
    agent,
    callback,
    callback_holder,
    callback_verdict,
    coaching,
    concern,
    customer,
)
from data_access.questions.calls import Filters, within
from data_access.scope import Scope, may_see_agent, was_in_team
from metrics.calendar import ONE_DAY, local_to_utc
from metrics.house_rules import HouseRules
from metrics.routing import was_copied_to_quality


def coaching_sessions(scope: Scope, filters: Filters, today: date) -> pd.DataFrame:
    """Coaching sessions, of any day, of the team and agent chosen, newest first.

    session_id, agent_id, agent, by (initials), rule, agreed_on, held_on, review_on (dates), outcome (one of OUTCOMES,
    missing before the review).

    A lead sees those agreed while the colleague was in their team, and what is still to be reviewed of their people
    (P1).
    """
    by, session = agent.alias("by_whom"), coaching.c
    query = (
        select(
            session.id.label("session_id"),
            session.agent_id,
            agent.c.initials.label("agent"),
            by.c.initials.label("by"),
            session.rule,
            session.agreed_on,
            session.held_on,
            session.review_on,
            session.outcome,
        )
        .join(agent, agent.c.id == session.agent_id)
        .outerjoin(by, by.c.id == session.by_id)
        .order_by(session.agreed_on.desc(), session.id.desc())
    )
    is_pending = and_(session.outcome.is_(None), may_see_agent(scope, session.agent_id, today))
    query = query.where(or_(may_see_agent(scope, session.agent_id, session.agreed_on), is_pending))
    if filters.agent_id is not None:
        query = query.where(session.agent_id == filters.agent_id)
    if filters.team_id is not None:
        query = query.where(was_in_team(session.agent_id, session.agreed_on, (filters.team_id,)))
    with reading() as connection:
        return frame(connection, query)


def concerns(scope: Scope, filters: Filters, rules: HouseRules) -> pd.DataFrame:
    """What colleagues wrote to quality in the period, newest first (Q5): at (UTC), about, by (initials), rule, text,
    customer (its number) and desk (a code) of a message that was copied to quality (B7).

    Empty for everybody but quality, and without what is about the viewer.
    """
    with reading() as connection:
        rows = pd.concat([written_concerns(connection, scope, filters, rules), copied(connection, scope, filters)])
    return rows.sort_values("at", ascending=False, kind="stable").reset_index(drop=True)


def written_concerns(connection: Connection, scope: Scope, filters: Filters, rules: HouseRules) -> pd.DataFrame:
    about, by, written = agent.alias("about_whom"), agent.alias("by_whom"), concern.c
    begins, ends = local_to_utc(filters.from_date, 0, rules), local_to_utc(filters.to_date + ONE_DAY, 0, rules)
    query = (
        select(
            written.at,
            about.c.initials.label("about"),
            by.c.initials.label("by"),
            written.rule,
            written.text,
            nothing("customer"),
            nothing("desk"),
        )
        .join(about, about.c.id == written.about_id)
        .outerjoin(by, by.c.id == written.by_id)
        .where(written.at >= begins, written.at < ends)
        .order_by(written.at.desc(), written.id.desc())
    )
    if filters.agent_id is not None:
        query = query.where(written.about_id == filters.agent_id)
    if filters.team_id is not None:
        query = query.where(was_in_team(written.about_id, filters.to_date, (filters.team_id,)))
    if not scope.may_see_concerns:
        query = query.where(written.id.is_(None))
    return frame(connection, query.where(written.about_id.not_in(scope.agent_ids)))


def copied(connection: Connection, scope: Scope, filters: Filters) -> pd.DataFrame:
    """Messages whose author copied quality, because the handler does not take the customer seriously (B7): about
    whoever had the request then, or its desk."""
    sent, verdict, holder = callback.c, callback_verdict.c, callback_holder.c
    about, by = agent.alias("about_whom"), agent.alias("by_whom")
    place = (
        select(func.max(holder.position))
        .where(holder.first_id == verdict.first_id, or_(holder.from_at < sent.created_at, holder.position == 0))
        .correlate(callback, callback_verdict)
        .scalar_subquery()
    )
    query = (
        select(
            sent.created_at.label("at"),
            about.c.initials.label("about"),
            by.c.initials.label("by"),
            literal("B7").label("rule"),
            nothing("text"),
            customer.c.number.label("customer"),
            holder.desk,
            sent.copied_to,
        )
        .select_from(callback)
        .join(callback_verdict, verdict.callback_id == sent.id)
        .join(callback_holder, and_(holder.first_id == verdict.first_id, holder.position == place))
        .join(customer, customer.c.id == sent.customer_id)
        .outerjoin(about, about.c.id == holder.agent_id)
        .outerjoin(by, by.c.id == sent.created_by_id)
        .where(within(sent.local_date, filters), sent.copied_to.is_not(None))
        .order_by(sent.created_at.desc(), sent.id.desc())
    )
    if filters.agent_id is not None:
        query = query.where(holder.agent_id == filters.agent_id)
    if filters.team_id is not None:
        query = query.where(was_in_team(holder.agent_id, filters.to_date, (filters.team_id,)))
    if not scope.may_see_concerns:
        query = query.where(sent.id.is_(None))
    query = query.where(func.coalesce(holder.agent_id, 0).not_in(scope.agent_ids))
    quality = select(agent.c.initials, agent.c.email).where(agent.c.role == "quality")
    names = [name for row in connection.execute(quality) for name in row if name]
    rows = frame(connection, query)
    is_copy = [was_copied_to_quality(text, names) for text in rows["copied_to"]]
    return rows.loc[is_copy].drop(columns="copied_to")


def nothing(name: str) -> Any:
    return cast(null(), Text).label(name)

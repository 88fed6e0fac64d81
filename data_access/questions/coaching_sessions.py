"""Questions about coaching sessions and concerns (Q5)."""

from datetime import date

import pandas as pd
from sqlalchemy import and_, or_, select

from data_access.database.engine import reading
from data_access.database.frames import frame
from data_access.database.schema import agent, coaching, concern
from data_access.questions.calls import Filters
from data_access.scope import Scope, may_see_agent, was_in_team
from metrics.calendar import ONE_DAY, local_to_utc
from metrics.house_rules import HouseRules


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
    """What colleagues wrote to quality in the period, newest first (Q5): at (UTC), about, by (initials), rule, text.

    Empty for everybody but quality.
    """
    about, by, written = agent.alias("about_whom"), agent.alias("by_whom"), concern.c
    begins, ends = local_to_utc(filters.from_date, 0, rules), local_to_utc(filters.to_date + ONE_DAY, 0, rules)
    query = (
        select(written.at, about.c.initials.label("about"), by.c.initials.label("by"), written.rule, written.text)
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
    with reading() as connection:
        return frame(connection, query)

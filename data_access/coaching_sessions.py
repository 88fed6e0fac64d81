"""Coaching sessions agreed and reviewed, and concerns written to quality; each write has its entry in the log."""

from datetime import date, datetime
from uuid import uuid4

import pandas as pd
from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from data_access.audit import record_change
from data_access.calls import Filters
from data_access.database import mark_changed
from data_access.engine import reading, writing_alone
from data_access.frames import frame
from data_access.schema import agent, coaching, concern
from data_access.scope import Scope, Viewer, may_coach, scope_of, was_in_team
from metrics.calendar import ONE_DAY, local_to_utc
from metrics.coaching import CONCERN_RULES
from metrics.house_rules import HouseRules

OUTCOMES = ("better", "unchanged", "not_held")
ENTERED_HERE = "svartid"
LONGEST_TEXT = 1000


class SessionRefusedError(Exception):
    """Why nothing was written: not_allowed, nobody (no such colleague), dates (out of order), pending (such a session
    is not reviewed yet), reviewed (already), no_text, unknown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def coaching_sessions(scope: Scope, filters: Filters, today: date) -> pd.DataFrame:
    """Coaching sessions, of any day, of the team and agent chosen, newest first.

    session_id, agent_id, agent, by (initials), rule, agreed_on, held_on, review_on (dates), outcome (one of OUTCOMES,
    missing before the review).

    A lead sees those agreed while the colleague was in his team, and what is still to be reviewed of his people (P1).
    """
    by, one = agent.alias("by_whom"), coaching.c
    query = (
        select(
            one.id.label("session_id"),
            one.agent_id,
            agent.c.initials.label("agent"),
            by.c.initials.label("by"),
            one.rule,
            one.agreed_on,
            one.held_on,
            one.review_on,
            one.outcome,
        )
        .join(agent, agent.c.id == one.agent_id)
        .outerjoin(by, by.c.id == one.by_id)
        .order_by(one.agreed_on.desc(), one.id.desc())
    )
    if not scope.sees_everything:
        pending = and_(one.outcome.is_(None), was_in_team(one.agent_id, today, scope.team_ids))
        agreed_then = was_in_team(one.agent_id, one.agreed_on, scope.team_ids)
        query = query.where(or_(one.agent_id.in_(scope.agent_ids), agreed_then, pending))
    if filters.agent_id is not None:
        query = query.where(one.agent_id == filters.agent_id)
    if filters.team_id is not None:
        query = query.where(was_in_team(one.agent_id, one.agreed_on, (filters.team_id,)))
    with reading() as connection:
        return frame(connection, query)


def concerns(scope: Scope, filters: Filters, rules: HouseRules) -> pd.DataFrame:
    """What colleagues wrote to quality in the period, newest first (Q5): at (UTC), about, by (initials), rule, text.

    Empty for everybody but quality.
    """
    about, by, one = agent.alias("about_whom"), agent.alias("by_whom"), concern.c
    begins, ends = local_to_utc(filters.from_date, 0, rules), local_to_utc(filters.to_date + ONE_DAY, 0, rules)
    query = (
        select(one.at, about.c.initials.label("about"), by.c.initials.label("by"), one.rule, one.text)
        .join(about, about.c.id == one.about_id)
        .outerjoin(by, by.c.id == one.by_id)
        .where(one.at >= begins, one.at < ends)
        .order_by(one.at.desc(), one.id.desc())
    )
    if filters.agent_id is not None:
        query = query.where(one.about_id == filters.agent_id)
    if filters.team_id is not None:
        query = query.where(was_in_team(one.about_id, filters.to_date, (filters.team_id,)))
    if not scope.may_see_concerns:
        query = query.where(one.id.is_(None))
    with reading() as connection:
        return frame(connection, query)


def may_see_colleague(scope: Scope, today: date) -> ColumnElement[bool]:
    """Oneself and, today, the own team; everybody for who sees everything."""
    own = or_(agent.c.id.in_(scope.agent_ids), was_in_team(agent.c.id, today, scope.team_ids))
    return agent.c.id.is_not(None) if scope.sees_everything else own


def agree_on_session(
    viewer: Viewer, agent_id: int, rule: str, held_on: date, review_on: date, rules: HouseRules, now: datetime
) -> None:
    """Agree on a coaching session: with whom, about which rule, when it is held and when reviewed. Audited.

    Raises `SessionRefusedError`, and `BusyError` while a load goes on.
    """
    today = now.astimezone(rules.tzinfo).date()
    if rule not in CONCERN_RULES:
        raise SessionRefusedError("unknown")
    if not today <= held_on < review_on:
        raise SessionRefusedError("dates")
    with writing_alone() as connection:
        query = select(agent.c.initials).where(agent.c.id == agent_id, may_see_colleague(scope_of(viewer), today))
        initials = connection.scalar(query)
        if initials is None or not may_coach(viewer) or agent_id == viewer.agent_id:
            raise SessionRefusedError("not_allowed")
        pending = select(coaching.c.id).where(
            coaching.c.agent_id == agent_id, coaching.c.rule == rule, coaching.c.outcome.is_(None)
        )
        if connection.execute(pending.limit(1)).first() is not None:
            raise SessionRefusedError("pending")
        connection.execute(
            insert(coaching).values(
                agent_id=agent_id,
                by_id=viewer.agent_id,
                rule=rule,
                agreed_on=today,
                held_on=held_on,
                review_on=review_on,
            )
        )
        details = f"rule={rule} held_on={held_on} review_on={review_on}"
        record_change(connection, viewer, "agree_coaching", f"agent {initials}", details, now)
        mark_changed(connection, rules)


def review_session(viewer: Viewer, session_id: int, outcome: str, rules: HouseRules, now: datetime) -> None:
    """Write down what came of a session, one of OUTCOMES. Audited; raises as `agree_on_session`."""
    today = now.astimezone(rules.tzinfo).date()
    if outcome not in OUTCOMES:
        raise SessionRefusedError("unknown")
    with writing_alone() as connection:
        found = connection.execute(
            select(agent.c.id, agent.c.initials, coaching.c.held_on, coaching.c.outcome)
            .join(coaching, coaching.c.agent_id == agent.c.id)
            .where(coaching.c.id == session_id, may_see_colleague(scope_of(viewer), today))
        ).first()
        if found is None or not may_coach(viewer) or found.id == viewer.agent_id:
            raise SessionRefusedError("not_allowed")
        if found.outcome is not None:
            raise SessionRefusedError("reviewed")
        if outcome != "not_held" and found.held_on is not None and found.held_on > today:
            raise SessionRefusedError("dates")
        connection.execute(update(coaching).where(coaching.c.id == session_id).values(outcome=outcome))
        details = f"session={session_id} outcome={outcome}"
        record_change(connection, viewer, "review_coaching", f"agent {found.initials}", details, now)
        mark_changed(connection, rules)


def write_concern(viewer: Viewer, about: str, rule: str, text: str, rules: HouseRules, now: datetime) -> None:
    """Write to quality that a colleague forgot a rule (Q5): anybody may, about anybody but himself. The log says who
    wrote, and not about whom: quality alone reads that. Raises as `agree_on_session`."""
    words = " ".join(text.split())
    if not words or len(words) > LONGEST_TEXT:
        raise SessionRefusedError("no_text")
    if rule not in CONCERN_RULES:
        raise SessionRefusedError("unknown")
    with writing_alone() as connection:
        about_id = connection.scalar(select(agent.c.id).where(agent.c.initials == about.strip().upper()))
        if about_id is None or about_id == viewer.agent_id:
            raise SessionRefusedError("nobody")
        number = uuid4().hex
        connection.execute(
            insert(concern).values(
                source=ENTERED_HERE,
                source_id=number,
                about_id=about_id,
                by_id=viewer.agent_id,
                at=now,
                rule=rule,
                text=words,
            )
        )
        record_change(connection, viewer, "write_concern", f"concern {number}", f"rule={rule}", now)
        mark_changed(connection, rules)

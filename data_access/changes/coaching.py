"""Coaching sessions agreed and reviewed, and concerns written to quality; each write has its entry in the log."""

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import insert, select, update

from data_access.changes.logs import record_change
from data_access.changes.refusals import ChangeRefusedError
from data_access.database.schema import agent, coaching, concern
from data_access.database.versions import mark_changed
from data_access.database.writing import writing_alone
from data_access.scope import Viewer, may_coach, may_see_agent, scope_of
from metrics.calendar import local_day
from metrics.house_rules import CONCERN_RULES, HouseRules

OUTCOMES = ("better", "unchanged", "not_held")
ENTERED_HERE = "svartid"
LONGEST_TEXT = 1000


def agree_on_session(
    viewer: Viewer, agent_id: int, rule: str, held_on: date, review_on: date, rules: HouseRules, now: datetime
) -> None:
    """Agree on a coaching session: with whom, about which rule, when it is held and when reviewed. Audited.

    Raises `ChangeRefusedError` with unknown (rule), dates (out of order), not_allowed or pending (such a session is not
    reviewed yet), and `BusyError` while a load goes on.
    """
    today = local_day(now, rules)
    if rule not in CONCERN_RULES:
        raise ChangeRefusedError("unknown")
    if not today <= held_on < review_on:
        raise ChangeRefusedError("dates")
    with writing_alone() as connection:
        query = select(agent.c.initials).where(
            agent.c.id == agent_id, may_see_agent(scope_of(viewer), agent.c.id, today)
        )
        initials = connection.scalar(query)
        if initials is None or not may_coach(viewer) or agent_id == viewer.agent_id:
            raise ChangeRefusedError("not_allowed")
        pending = select(coaching.c.id).where(
            coaching.c.agent_id == agent_id, coaching.c.rule == rule, coaching.c.outcome.is_(None)
        )
        if connection.execute(pending.limit(1)).first() is not None:
            raise ChangeRefusedError("pending")
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
        mark_changed(connection, rules, touches_past=False)


def review_session(viewer: Viewer, session_id: int, outcome: str, rules: HouseRules, now: datetime) -> None:
    """Write down what came of a session, one of OUTCOMES. Audited.

    Raises `ChangeRefusedError` with unknown, not_allowed, reviewed (already) or dates, and `BusyError`.
    """
    today = local_day(now, rules)
    if outcome not in OUTCOMES:
        raise ChangeRefusedError("unknown")
    with writing_alone() as connection:
        session = connection.execute(
            select(agent.c.id, agent.c.initials, coaching.c.held_on, coaching.c.outcome)
            .join(coaching, coaching.c.agent_id == agent.c.id)
            .where(coaching.c.id == session_id, may_see_agent(scope_of(viewer), agent.c.id, today))
        ).first()
        if session is None or not may_coach(viewer) or session.id == viewer.agent_id:
            raise ChangeRefusedError("not_allowed")
        if session.outcome is not None:
            raise ChangeRefusedError("reviewed")
        if outcome != "not_held" and session.held_on is not None and session.held_on > today:
            raise ChangeRefusedError("dates")
        connection.execute(update(coaching).where(coaching.c.id == session_id).values(outcome=outcome))
        details = f"session={session_id} outcome={outcome}"
        record_change(connection, viewer, "review_coaching", f"agent {session.initials}", details, now)
        mark_changed(connection, rules, touches_past=False)


def write_concern(viewer: Viewer, about: str, rule: str, text: str, rules: HouseRules, now: datetime) -> None:
    """Write to quality that a colleague forgot a rule (Q5): anybody may, about anybody but themselves. The log says who
    wrote, and not about whom: quality alone reads that.

    Raises `ChangeRefusedError` with no_text, unknown or nobody (no such colleague), and `BusyError`.
    """
    words = " ".join(text.split())
    if not words or len(words) > LONGEST_TEXT:
        raise ChangeRefusedError("no_text")
    if rule not in CONCERN_RULES:
        raise ChangeRefusedError("unknown")
    with writing_alone() as connection:
        about_id = connection.scalar(select(agent.c.id).where(agent.c.initials == about.strip().upper()))
        if about_id is None or about_id == viewer.agent_id:
            raise ChangeRefusedError("nobody")
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
        mark_changed(connection, rules, touches_past=False)

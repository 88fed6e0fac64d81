"""The follow-up of a low score, written down once (Q3)."""

from datetime import datetime

from sqlalchemy import select, update

from data_access.changes.logs import record_change
from data_access.changes.refusals import ChangeRefusedError
from data_access.database.schema import agent, survey_response
from data_access.database.versions import mark_changed
from data_access.database.writing import writing_alone
from data_access.questions.calls import Filters
from data_access.questions.satisfaction import follower, is_low, may_see_answer, rated
from data_access.scope import Viewer, may_coach, scope_of
from metrics.calendar import local_day
from metrics.house_rules import HouseRules


def follow_up(viewer: Viewer, response_id: int, by: str, at: datetime, rules: HouseRules, now: datetime) -> None:
    """Write down who called a dissatisfied customer, and when (Q3); audited, and once only.

    Raises `ChangeRefusedError` with not_allowed, nobody (no such colleague), already (by, at) or dates, and `BusyError`
    while a load goes on.
    """
    today = local_day(now, rules)
    seen = may_see_answer(scope_of(viewer), Filters(today, today), rated.agent_id, rated.local_date)
    with writing_alone() as connection:
        rating = connection.execute(
            select(rated.answered_at, rated.followed_up_at, follower.c.initials)
            .outerjoin_from(survey_response, follower, follower.c.id == rated.followed_up_by_id)
            .where(rated.id == response_id, is_low(rules), seen)
        ).first()
        if rating is None or not may_coach(viewer):
            raise ChangeRefusedError("not_allowed")
        if rating.followed_up_at is not None:
            raise ChangeRefusedError("already", by=rating.initials, at=rating.followed_up_at)
        if not rating.answered_at <= at <= now:
            raise ChangeRefusedError("dates")
        by_id = connection.scalar(select(agent.c.id).where(agent.c.initials == by.strip().upper()))
        if by_id is None:
            raise ChangeRefusedError("nobody")
        connection.execute(
            update(survey_response).where(rated.id == response_id).values(followed_up_by_id=by_id, followed_up_at=at)
        )
        details = f"by={by.strip().upper()} at={at.isoformat()}"
        record_change(connection, viewer, "follow_up", f"rating {response_id}", details, now)
        mark_changed(connection, rules)

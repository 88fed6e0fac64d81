"""What is written about feedback (Q3): who called a dissatisfied customer with what outcome, and weeks reviewed."""

from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from data_access.changes.logs import record_change
from data_access.changes.refusals import ChangeRefusedError
from data_access.database.schema import agent, feedback_review, survey_response
from data_access.database.versions import mark_changed
from data_access.database.writing import writing_alone
from data_access.questions.calls import Filters
from data_access.questions.feedback_weeks import reviews_of, teams_reviewed_for
from data_access.questions.satisfaction import follower, is_low, may_see_answer, rated
from data_access.scope import Viewer, may_coach, scope_of
from metrics.calendar import local_day, monday_of
from metrics.house_rules import HouseRules
from metrics.satisfaction import FOLLOW_UP_OUTCOMES


def follow_up(
    viewer: Viewer, response_id: int, by: str, at: datetime, outcome: str, rules: HouseRules, now: datetime
) -> None:
    """Write down who called a dissatisfied customer, when, and what came of it, one of FOLLOW_UP_OUTCOMES (Q3);
    audited, and once only.

    Raises `ChangeRefusedError` with unknown (outcome), not_allowed, nobody (no such colleague), already (by, at) or
    dates, and `BusyError` while a load goes on.
    """
    if outcome not in FOLLOW_UP_OUTCOMES:
        raise ChangeRefusedError("unknown")
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
        written = {"followed_up_by_id": by_id, "followed_up_at": at, "follow_up_outcome": outcome}
        connection.execute(update(survey_response).where(rated.id == response_id).values(written))
        details = f"by={by.strip().upper()} at={at.isoformat()} outcome={outcome}"
        record_change(connection, viewer, "follow_up", f"rating {response_id}", details, now)
        mark_changed(connection, rules, touches_past=False)


def mark_week_reviewed(viewer: Viewer, filters: Filters, week: date, rules: HouseRules, now: datetime) -> None:
    """Write down that the feedback of a week, named by its Monday, was reviewed (Q3): for the team chosen, else for all
    that the viewer sees. Audited, and once only.

    Raises `ChangeRefusedError` with not_allowed, dates (no Monday, or the week is not over) or already (by, at), and
    `BusyError` while a load goes on.
    """
    teams = teams_reviewed_for(scope_of(viewer), filters)
    if not teams or not may_coach(viewer):
        raise ChangeRefusedError("not_allowed")
    if week != monday_of(week) or week + timedelta(weeks=1) > local_day(now, rules):
        raise ChangeRefusedError("dates")
    with writing_alone() as connection:
        earlier = {row.team_id: row for row in reviews_of(connection, teams, week) if row.week == week}
        if earlier.keys() >= set(teams):
            last = max(earlier.values(), key=lambda row: row.at)
            raise ChangeRefusedError("already", by=last.by, at=last.at)
        left = [team_id for team_id in teams if team_id not in earlier]
        rows = [{"week": week, "team_id": team_id, "by_id": viewer.agent_id, "at": now} for team_id in left]
        connection.execute(insert(feedback_review), rows)
        whose = " ".join("all" if team_id is None else f"team={team_id}" for team_id in left)
        record_change(connection, viewer, "review_week", f"week {week}", whose, now)
        mark_changed(connection, rules, touches_past=False)

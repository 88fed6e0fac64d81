"""Questions about weeks of feedback (Q3): what customers said in each, and who has reviewed it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Integer, and_, case, func, literal, or_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame
from data_access.database.schema import agent, feedback_review
from data_access.questions.calls import Filters
from data_access.questions.satisfaction import is_low, may_see_answer, rated
from data_access.scope import Scope
from metrics.calendar import local_day, monday_of
from metrics.house_rules import HouseRules

WEEKS_SHOWN = 8
WEEK_DTYPES = {
    "week": "object",
    "ratings": "int64",
    "low_scores": "int64",
    "not_followed_up": "int64",
    "reviewed_by": "str",
    "reviewed_at": UTC_DTYPE,
}


def teams_reviewed_for(scope: Scope, filters: Filters) -> tuple[int | None, ...]:
    """For whom somebody reviews the feedback: the team chosen, else the whole agency (None), or each team they lead."""
    if filters.team_id is not None:
        return (filters.team_id,) if scope.sees_everything or filters.team_id in scope.team_ids else ()
    return (None,) if scope.sees_everything else scope.team_ids


def reviews_of(connection: Connection, teams: Sequence[int | None], since: date) -> Any:
    """Who reviewed the feedback of the teams in weeks from a Monday on: week, team_id, by (initials), at."""
    reviewed = feedback_review.c
    known = [team_id for team_id in teams if team_id is not None]
    is_theirs = or_(reviewed.team_id.in_(known), and_(reviewed.team_id.is_(None), literal(None in teams)))
    query = select(reviewed.week, reviewed.team_id, agent.c.initials.label("by"), reviewed.at)
    query = query.outerjoin_from(feedback_review, agent, agent.c.id == reviewed.by_id)
    return connection.execute(query.where(is_theirs, reviewed.week >= since).order_by(reviewed.at)).all()


def feedback_weeks(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The last eight weeks that are over, newest first, columns WEEK_DTYPES: what the viewer may see and chose of each.

    ratings, low_scores and not_followed_up on every scale; reviewed_by (missing where nobody in person) and
    reviewed_at: of the last review, once the week was reviewed for every team that the viewer reviews for.
    """
    running = monday_of(local_day(now, rules))
    weeks = [running - timedelta(weeks=place) for place in range(1, WEEKS_SHOWN + 1)]
    teams = teams_reviewed_for(scope, filters)

    def count(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)

    low = is_low(rules)
    query = (
        select(
            rated.local_date,
            func.count().label("ratings"),
            count(low).label("low_scores"),
            count(and_(low, rated.followed_up_at.is_(None))).label("not_followed_up"),
        )
        .where(
            rated.local_date >= weeks[-1],
            rated.local_date < running,
            rated.answered_at <= now,
            may_see_answer(scope, filters, rated.agent_id, rated.local_date),
        )
        .group_by(rated.local_date)
    )
    with reading() as connection:
        days = frame(connection, query)
        reviews = reviews_of(connection, teams, weeks[-1])
    days = days.assign(week=[monday_of(day) for day in days["local_date"]])
    sums = days.drop(columns="local_date").groupby("week").sum().reindex(weeks, fill_value=0)
    last = {week: review_of_all(teams, [row for row in reviews if row.week == week]) for week in weeks}
    shown = sums.rename_axis("week").reset_index()
    shown["reviewed_by"] = [row.by if row else None for row in last.values()]
    shown["reviewed_at"] = [row.at if row else None for row in last.values()]
    return shown.astype(WEEK_DTYPES)


def review_of_all(teams: Sequence[int | None], reviews: Sequence[Any]) -> Any:
    """The last review of a week, once it was reviewed for each of the teams."""
    return reviews[-1] if teams and {row.team_id for row in reviews} >= set(teams) else None

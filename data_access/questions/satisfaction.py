"""Questions about ratings: the published score, low scores and their follow-up, who was asked too soon (Q2, Q3)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, Connection, Integer, and_, case, false, func, null, or_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame
from data_access.database.schema import agent, customer, survey_invitation, survey_response
from data_access.questions.calls import Filters, is_chosen, within
from data_access.scope import EVERYBODY, Scope, may_see_agent
from metrics.calendar import ONE_DAY, local_day, monday_of, quarter_of
from metrics.figures import FIGURES
from metrics.house_rules import SCALES, HouseRules, in_force
from metrics.proportions import honest_rate
from metrics.satisfaction import judge_goal, publishing_days, quarter_before, was_asked_too_soon

rated, invited = survey_response.c, survey_invitation.c
follower = agent.alias("follower")
PARTS = ("score", "competence", "treatment")
LOW_DTYPES = {
    "response_id": "Int64",
    "answered_at": UTC_DTYPE,
    "agent": "str",
    "scale": "str",
    "score": "Int64",
    "customer": "str",
    "has_comment": "boolean",
    "followed_up_by": "str",
    "followed_up_at": UTC_DTYPE,
    "follow_up_outcome": "str",
}


def main_scale(connection: Connection, first_day: date, last_day: date) -> str | None:
    """The scale that most answers of a period are on, of several with as many the first by name; None without any."""
    query = select(rated.scale).where(rated.local_date.between(first_day, last_day), rated.scale.in_(SCALES))
    query = query.group_by(rated.scale)
    return connection.scalar(query.order_by(func.count().desc(), rated.scale).limit(1))


def is_satisfied(rules: HouseRules) -> ColumnElement[bool]:
    """A rating counts as satisfied on its scale, by the rule of its day."""
    return condition_by_scale(rules, lambda scale: rated.score >= scale.satisfied_from)


def is_low(rules: HouseRules) -> ColumnElement[bool]:
    """A rating is so low on its scale, by the rule of its day, that somebody calls the customer."""
    return condition_by_scale(rules, lambda scale: rated.score <= scale.low_to)


def condition_by_scale(rules: HouseRules, holds: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    versions = rules.satisfaction
    conditions = []
    for place, version in enumerate(versions):
        begins = date.min if place == 0 else version.from_date
        until = versions[place + 1].from_date if place + 1 < len(versions) else date.max
        in_time = and_(rated.local_date >= begins, rated.local_date < until)
        conditions += [and_(in_time, rated.scale == name, holds(scale)) for name, scale in version.scales.items()]
    return or_(false(), *conditions)


def may_see_answer(scope: Scope, filters: Filters, agent_id: Any, day: Any) -> ColumnElement[bool]:
    """Answers and invitations belong to their agent and the agent's team that day; those of nobody to viewers who see
    everything."""
    return and_(may_see_agent(scope, agent_id, day), is_chosen(filters, agent_id, day))


def traceable_since(rules: HouseRules, today: date) -> date:
    """The first day whose answers may still be traced to a customer (Q2)."""
    return today - relativedelta(months=in_force(rules.retention, today).survey_months)


def scales_in_use(_scope: Scope, today: date) -> list[str]:
    """The scales of all answers, the one with most answers of the last year first. They are never mixed (Q3)."""
    lately = and_(rated.local_date > today - relativedelta(years=1), rated.local_date <= today)
    of_last_year = func.count().filter(lately)
    query = select(rated.scale).where(rated.scale.in_(SCALES)).group_by(rated.scale)
    with reading() as connection:
        return list(connection.scalars(query.order_by(of_last_year.desc(), func.count().desc(), rated.scale)))


def published_scores(_scope: Scope, scale: str, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The score of each quarter of the last two years and of the running one, oldest first (Q2).

    published_on, first_day, last_day (both included), is_running, ratings, score_sum, satisfied, invitations, answers
    (on every scale), rate, low, high (satisfied), goal (fraction), goal_state, answers_needed. Published is one figure
    of the whole agency, so EVERYBODY sees the same.
    """
    today = local_day(now, rules)
    coming = quarter_of(today)[1] + ONE_DAY
    days = [*publishing_days(today - relativedelta(years=2), today), coming]
    rows = []
    for published_on in days:
        first_day, last_day = quarter_before(published_on)
        counts = rating_totals(EVERYBODY, Filters(first_day, last_day), scale, rules, now)
        goal = in_force(rules.satisfaction, first_day).goal
        told = judge_goal(counts["satisfied"], counts["ratings"], goal)
        rows.append(
            {"published_on": published_on, "first_day": first_day, "last_day": last_day}
            | {"is_running": published_on == coming, "goal": goal, "goal_state": told.state}
            | {"answers_needed": told.answers_needed}
            | {name: counts[name] for name in ("ratings", "score_sum", "satisfied", "invitations", "answers")}
        )
    quarters = pd.DataFrame(rows).astype({"answers_needed": "Int64"})
    quarters = quarters.join(honest_rate(quarters["satisfied"], quarters["ratings"]))
    begun = quarters["ratings"].cumsum() > 0
    return quarters[begun | quarters["is_running"]].reset_index(drop=True)


def rating_totals(scope: Scope, filters: Filters, scale: str, rules: HouseRules, now: datetime) -> dict[str, int]:
    """Every count that the page's figures are made of, of what the viewer may see and chose.

    ratings, score_sum, satisfied (on the scale), answers, low_scores (on every scale), invitations, asked_too_soon, and
    not_followed_up (on every scale), which is of the last three months whatever the period.
    """
    on_scale = rated.scale == scale

    def count(condition: Any, value: Any = 1) -> Any:
        return func.coalesce(func.sum(case((condition, value), else_=0)), 0).cast(Integer)

    query = select(
        func.count().label("answers"),
        count(on_scale).label("ratings"),
        count(on_scale, rated.score).label("score_sum"),
        count(and_(on_scale, is_satisfied(rules))).label("satisfied"),
    ).where(
        within(rated.local_date, filters),
        rated.answered_at <= now,
        may_see_answer(scope, filters, rated.agent_id, rated.local_date),
    )
    with reading() as connection:
        counts = connection.execute(query).one()._mapping
    others = ("low_scores", "not_followed_up", "invitations", "asked_too_soon")
    return {name: int(value) for name, value in counts.items()} | {
        name: len(rating_rows(scope, filters, scale, rules, now, name)) for name in others
    }


def rating_rows(
    scope: Scope, filters: Filters, scale: str, rules: HouseRules, now: datetime, figure_id: str
) -> pd.DataFrame:
    """The rows that a figure counts or, of a share or a mean, its denominator: newest first; columns LOW_DTYPES, of
    invitations sent_at, agent, customer, and of those too soon days_since."""
    counted = FIGURES[figure_id].opens[0] if figure_id in FIGURES else figure_id
    match counted:
        case "invitations":
            return invitations(scope, filters, rules, now).drop(columns="days_since")
        case "asked_too_soon":
            sent = invitations(scope, filters, rules, now)
            return sent[was_asked_too_soon(sent["days_since"], rules, filters.to_date)].reset_index(drop=True)
        case "not_followed_up":
            today = local_day(now, rules)
            lately = replace(filters, from_date=traceable_since(rules, today), to_date=today)
            which = [within(rated.local_date, lately), is_low(rules), rated.followed_up_at.is_(None)]
        case "low_scores":
            which = [within(rated.local_date, filters), is_low(rules)]
        case _:
            which = [within(rated.local_date, filters), rated.scale == scale]
    return answers(scope, filters, rules, now, *which)


def low_scores(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """The week's review (Q3): the low scores since Monday, and older ones of three months that nobody has followed up;
    those first, then the newest. Columns LOW_DTYPES."""
    today = local_day(now, rules)
    waiting = and_(rated.followed_up_at.is_(None), rated.local_date >= traceable_since(rules, today))
    scores = answers(scope, filters, rules, now, is_low(rules), or_(waiting, rated.local_date >= monday_of(today)))
    return scores.sort_values("followed_up_at", key=pd.notna, kind="stable").reset_index(drop=True)


def answers(scope: Scope, filters: Filters, rules: HouseRules, now: datetime, *which: Any) -> pd.DataFrame:
    """Answers that the viewer may see and chose, newest first, columns LOW_DTYPES; no customer after three months."""
    since = traceable_since(rules, local_day(now, rules))
    is_traceable = rated.local_date >= since
    number = case((is_traceable, customer.c.number)) if scope.may_see_customers else null()
    query = (
        select(
            rated.id.label("response_id"),
            rated.answered_at,
            agent.c.initials.label("agent"),
            rated.scale,
            rated.score,
            number.label("customer"),
            and_(is_traceable, rated.comment.is_not(None)).label("has_comment"),
            follower.c.initials.label("followed_up_by"),
            rated.followed_up_at,
            rated.follow_up_outcome,
        )
        .select_from(survey_response)
        .outerjoin(agent, agent.c.id == rated.agent_id)
        .outerjoin(customer, customer.c.id == rated.customer_id)
        .outerjoin(follower, follower.c.id == rated.followed_up_by_id)
        .where(rated.answered_at <= now, may_see_answer(scope, filters, rated.agent_id, rated.local_date), *which)
        .order_by(rated.answered_at.desc(), rated.id)
    )
    with reading() as connection:
        return frame(connection, query).astype(LOW_DTYPES)


def invitations(scope: Scope, filters: Filters, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """Invitations of the period that the viewer may see and chose, newest first: sent_at (UTC), agent, customer (its
    number), days_since (whole days since the same customer was last asked by anybody; missing where never)."""
    rest = timedelta(weeks=max(version.rest_weeks for version in rules.satisfaction))
    seen = may_see_answer(scope, filters, invited.agent_id, invited.local_date)
    since = traceable_since(rules, local_day(now, rules))
    number = case((invited.local_date >= since, customer.c.number)) if scope.may_see_customers else null()
    query = (
        select(
            invited.sent_at,
            invited.local_date,
            invited.customer_id,
            agent.c.initials.label("agent"),
            number.label("customer"),
            seen.label("is_seen"),
        )
        .select_from(survey_invitation)
        .outerjoin(agent, agent.c.id == invited.agent_id)
        .outerjoin(customer, customer.c.id == invited.customer_id)
        .where(
            invited.local_date.between(filters.from_date - rest, filters.to_date),
            invited.sent_at <= now,
        )
        .order_by(invited.sent_at, invited.id)
    )
    with reading() as connection:
        sent = frame(connection, query)
    days = pd.to_datetime(sent["local_date"])
    # By the clock of the wall, so that the same time four weeks later is four weeks later when the clocks change too.
    clock = sent["sent_at"].dt.tz_convert(rules.zone).dt.tz_localize(None)
    since = clock.groupby(sent["customer_id"]).diff().dt.days.astype("Int64")
    sent = sent.assign(days_since=since, customer=sent["customer"].astype("str"))
    is_wanted = sent["is_seen"].astype(bool) & (days >= pd.Timestamp(filters.from_date))
    return sent.loc[is_wanted, ["sent_at", "agent", "customer", "days_since"]].iloc[::-1].reset_index(drop=True)


def ratings_by_agent(scope: Scope, filters: Filters, scale: str, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """One row an agent with ratings in the period, by initials: agent_id, agent, name and, for score, competence and
    treatment, PART_ratings, PART_satisfied (int), PART_rate, PART_low, PART_high (fractions, missing where the cases
    are too few)."""

    def counts(part: str) -> list[Any]:
        given = rated[part].is_not(None)
        good = condition_by_scale(rules, lambda one: rated[part] >= one.satisfied_from)
        return [
            func.sum(case((condition, 1), else_=0)).cast(Integer).label(f"{part}_{name}")
            for name, condition in (("ratings", given), ("satisfied", and_(given, good)))
        ]

    keys = (rated.agent_id, agent.c.initials.label("agent"), agent.c.name)
    query = (
        select(*keys, *(column for part in PARTS for column in counts(part)))
        .join(agent, agent.c.id == rated.agent_id)
        .where(
            within(rated.local_date, filters),
            rated.answered_at <= now,
            rated.scale == scale,
            may_see_answer(scope, filters, rated.agent_id, rated.local_date),
        )
        .group_by(*keys)
        .order_by(agent.c.initials)
    )
    with reading() as connection:
        ratings = frame(connection, query)
    for part in PARTS:
        rates = honest_rate(ratings[f"{part}_satisfied"], ratings[f"{part}_ratings"])
        ratings = ratings.join(rates.add_prefix(f"{part}_"))
    return ratings

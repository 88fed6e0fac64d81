"""Who must follow the pattern of contact attempts on which day, and why (A2): counted over the whole agency."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select, true

from data_access.database.schema import callback, callback_holder, callback_verdict, survey_response
from data_access.matters.directory import Directory, grouped
from metrics.attempts import PatternFacts, must_follow_the_pattern
from metrics.calendar import local_to_utc
from metrics.house_rules import in_force
from metrics.routing import ESCALATION

RATED_1_TO_10 = "1-10"
"""The scale on which a low rating counts; scales are never pooled (Q3)."""
FEW = 5_000
"""More than so many ids are not named one by one in a query."""
Days = dict[int | None, list[date]]
"""Sorted days of something that happened, by agent; under None those of everybody."""


@dataclass
class PatternBook:
    """Everything that decides who must follow the pattern, read once for many days."""

    directory: Directory
    reminders: Days
    callbacks: Days
    upset: Days
    ratings: Days
    known: dict[tuple[int, date], tuple[str, ...]] = field(default_factory=dict)

    def reasons(self, agent_id: int, day: date) -> tuple[str, ...]:
        """Why an agent must follow the pattern on a day: new, draws_reminders, upsets_customers; empty: need not.

        Nothing is asked of somebody who has left.
        """
        if (agent_id, day) not in self.known:
            rules = self.directory.rules
            # Not by the KC list, which says nothing of former days.
            is_there = self.directory.is_employed(agent_id, local_to_utc(day, 0, rules))
            reasons = must_follow_the_pattern(self.facts(agent_id, day), day, rules) if is_there else ()
            self.known[agent_id, day] = reasons
        return self.known[agent_id, day]

    def facts(self, agent_id: int, day: date) -> PatternFacts:
        """The counts of the window that ends with a day."""
        window = in_force(self.directory.rules.thresholds.pattern_window_days, day).value

        def count(days: Days, who: int | None) -> int:
            return bisect_right(days[who], day) - bisect_right(days[who], day - timedelta(days=window))

        return PatternFacts(
            hired_on=self.directory.hired_on(agent_id, day),
            reminders=count(self.reminders, agent_id),
            callbacks=count(self.callbacks, agent_id),
            agency_reminders=count(self.reminders, None),
            agency_callbacks=count(self.callbacks, None),
            upset=count(self.upset, agent_id),
            ratings=count(self.ratings, agent_id),
            agency_upset=count(self.upset, None),
            agency_ratings=count(self.ratings, None),
        )


def read_pattern_book(connection: Connection, directory: Directory, first_day: date, last_day: date) -> PatternBook:
    """What is needed to tell for every day from `first_day` to `last_day`, both included."""
    rules = directory.rules
    longest = max(version.value for version in rules.thresholds.pattern_window_days)
    since = first_day - timedelta(days=longest)
    requests, rated = callback_verdict.c, survey_response.c
    asked = connection.execute(
        select(
            requests.local_date,
            requests.created_at,
            requests.callback_id,
            requests.first_id,
            # An escalation counts in no agent's figures (Q4).
            (callback.c.topic == ESCALATION).label("is_escalation"),
            case((requests.is_cover, func.coalesce(requests.breached_by_id, requests.agent_id))).label("buddy_id"),
        )
        .join(callback, callback.c.id == requests.callback_id)
        .where(requests.local_date.between(since, last_day))
        .order_by(requests.local_date)
    ).all()
    had_it = holders_when_written(connection, asked)

    def holder_of(row: Any) -> int | None:
        # What somebody has as a buddy is never held against them (Q1); the agency counts it.
        holder = had_it(row)
        return None if row.is_escalation or holder == row.buddy_id else holder

    ratings = connection.execute(
        select(rated.local_date, rated.agent_id, rated.score)
        .where(rated.local_date.between(since, last_day), rated.scale == RATED_1_TO_10)
        .order_by(rated.local_date)
    ).all()
    return PatternBook(
        directory,
        reminders=days_by_agent((row.local_date, holder_of(row)) for row in asked if row.callback_id != row.first_id),
        callbacks=days_by_agent((row.local_date, holder_of(row)) for row in asked if row.callback_id == row.first_id),
        upset=days_by_agent(
            (row.local_date, row.agent_id)
            for row in ratings
            if row.score <= in_force(rules.thresholds.upset_score, row.local_date).value
        ),
        ratings=days_by_agent((row.local_date, row.agent_id) for row in ratings),
    )


def holders_when_written(connection: Connection, asked: Sequence[Any]) -> Callable[[Any], int | None]:
    """Who had a request when it, or its reminder, was written: a hand-over later on moves nothing (B8)."""
    its = callback_holder.c
    which = its.first_id.in_({row.first_id for row in asked}) if len(asked) < FEW else true()
    holders = grouped(
        connection, select(its.first_id, its.from_at, its.agent_id).where(which).order_by(its.position), "first_id"
    )

    def holder_of(row: Any) -> int | None:
        before = [holder.agent_id for holder in holders[row.first_id] if holder.from_at <= row.created_at]
        return before[-1] if before else None

    return holder_of


def days_by_agent(rows: Iterable[tuple[date, int | None]]) -> Days:
    days: Days = defaultdict(list)
    for day, agent_id in rows:
        days[None].append(day)
        if agent_id is not None:
            days[agent_id].append(day)
    return days

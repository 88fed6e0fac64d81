"""Who must follow the pattern of contact attempts on which day, and why (A2): counted over the whole agency."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from data_access.matters import Directory, holds
from data_access.schema import callback_verdict, survey_response
from metrics.attempts import PatternFacts, must_follow_the_pattern
from metrics.calendar import local_to_utc
from metrics.house_rules import in_force

RATED_1_TO_10 = "1-10"
"""The scale on which a low rating counts; scales are never pooled (Q3)."""
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
            is_there = self.directory.is_active(agent_id, local_to_utc(day, 0, rules))
            reasons = must_follow_the_pattern(self.facts(agent_id, day), day, rules) if is_there else ()
            self.known[agent_id, day] = reasons
        return self.known[agent_id, day]

    def facts(self, agent_id: int, day: date) -> PatternFacts:
        """The counts of the window that ends with a day."""
        window = in_force(self.directory.rules.thresholds.pattern_window_days, day).value

        def count(days: Days, who: int | None) -> int:
            return bisect_right(days[who], day) - bisect_right(days[who], day - timedelta(days=window))

        hired = [row.from_date for row in self.directory.employments[agent_id] if holds(row, day)]
        return PatternFacts(
            hired_on=max(hired, default=None),
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
    since = first_day - timedelta(days=in_force(rules.thresholds.pattern_window_days, first_day).value)
    requests, rated = callback_verdict.c, survey_response.c
    asked = connection.execute(
        select(requests.local_date, requests.agent_id, (requests.callback_id == requests.first_id).label("is_first"))
        .where(requests.local_date.between(since, last_day))
        .order_by(requests.local_date)
    ).all()
    ratings = connection.execute(
        select(rated.local_date, rated.agent_id, rated.score)
        .where(rated.local_date.between(since, last_day), rated.scale == RATED_1_TO_10)
        .order_by(rated.local_date)
    ).all()
    return PatternBook(
        directory,
        reminders=days_by_agent([row for row in asked if not row.is_first]),
        callbacks=days_by_agent([row for row in asked if row.is_first]),
        upset=days_by_agent(
            [row for row in ratings if row.score <= in_force(rules.thresholds.upset_score, row.local_date).value]
        ),
        ratings=days_by_agent(ratings),
    )


def days_by_agent(rows: Any) -> Days:
    found: Days = defaultdict(list)
    row: Row[Any]
    for row in rows:
        found[None].append(row.local_date)
        if row.agent_id is not None:
            found[row.agent_id].append(row.local_date)
    return found

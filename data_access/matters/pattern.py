"""Who must follow the pattern of contact attempts on which day, and why (A2): counted over the whole agency."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from data_access.database.schema import callback, callback_verdict, survey_response
from data_access.database.versions import kept_while_unchanged
from data_access.matters.directory import Directory
from metrics.attempts import PatternFacts, must_follow_the_pattern
from metrics.calendar import local_to_utc
from metrics.house_rules import in_force
from metrics.routing import ESCALATION

RATED_1_TO_10 = "1-10"
"""The scale on which a low rating counts; scales are never pooled (Q3)."""
Days = dict[int | None, list[date]]
"""Sorted days of something that happened, by agent; under None those of everybody."""


@dataclass
class PatternBook:
    """Everything that decides who must follow the pattern, read once for many days."""

    directory: Directory
    first_day: date
    last_day: date
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
    """What is needed to tell for every day from `first_day` to `last_day`, both included.

    It is kept until the data change; who asks for more days makes it longer for everybody.
    """
    none: list[PatternBook] = []
    kept = kept_while_unchanged(connection, "pattern_book", (directory.rules,), lambda: none)
    if not kept or first_day < kept[0].first_day or kept[0].last_day < last_day:
        wider = [(book.first_day, book.last_day) for book in kept] + [(first_day, last_day)]
        span = min(first for first, _last in wider), max(last for _first, last in wider)
        kept[:] = [book_as_stored(connection, directory, *span)]
    return kept[0]


def book_as_stored(connection: Connection, directory: Directory, first_day: date, last_day: date) -> PatternBook:
    rules = directory.rules
    longest = max(version.value for version in rules.thresholds.pattern_window_days)
    since = first_day - timedelta(days=longest)
    requests, rated = callback_verdict.c, survey_response.c
    # What somebody has as a buddy is never held against them (Q1), and an escalation counts in no agent's figures (Q4);
    # the agency counts both.
    buddy_id = case((requests.is_cover, func.coalesce(requests.breached_by_id, requests.agent_id)))
    is_theirs = and_(callback.c.topic != ESCALATION, requests.held_by_id.is_distinct_from(buddy_id))
    whose = case((is_theirs, requests.held_by_id)).label("agent_id")
    is_reminder = (requests.callback_id != requests.first_id).label("is_reminder")
    asked = connection.execute(
        select(requests.local_date, whose, is_reminder, func.count().label("rows"))
        .join(callback, callback.c.id == requests.callback_id)
        .where(requests.local_date.between(since, last_day))
        .group_by(requests.local_date, whose, is_reminder)
        .order_by(requests.local_date)
    ).all()
    ratings = connection.execute(
        select(rated.local_date, rated.agent_id, rated.score, func.count().label("rows"))
        .where(rated.local_date.between(since, last_day), rated.scale == RATED_1_TO_10)
        .group_by(rated.local_date, rated.agent_id, rated.score)
        .order_by(rated.local_date)
    ).all()
    upset = {day: in_force(rules.thresholds.upset_score, day).value for day in {row.local_date for row in ratings}}
    return PatternBook(
        directory,
        first_day,
        last_day,
        reminders=days_by_agent(row for row in asked if row.is_reminder),
        callbacks=days_by_agent(row for row in asked if not row.is_reminder),
        upset=days_by_agent(row for row in ratings if row.score <= upset[row.local_date]),
        ratings=days_by_agent(ratings),
    )


def days_by_agent(rows: Iterable[Any]) -> Days:
    """Rows of local_date, agent_id and how many `rows` they stand for, in order of days."""
    days: Days = defaultdict(list)
    for row in rows:
        counted = [row.local_date] * row.rows
        days[None] += counted
        if row.agent_id is not None:
            days[row.agent_id] += counted
    return days

"""Questions about contact attempts: which steps of the pattern were made on which day, what is missing, and by whom."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, exists, false, or_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, typed_frame
from data_access.database.schema import agent, buddy_pair, callback, callback_holder, callback_verdict
from data_access.matters.directory import Directory, read_directory
from data_access.matters.matter import Matter, matters_of
from data_access.matters.pattern import PatternBook, read_pattern_book
from data_access.matters.verdicts import is_cover
from data_access.questions.callbacks import (
    IS_FIRST,
    CallbackFilters,
    is_open_at,
    request_row,
    verdict,
    visible,
)
from data_access.questions.calls import Filters, is_chosen
from data_access.scope import Scope, may_see_agent
from metrics.attempts import STEPS, AttemptDay, attempt_days, is_not_reached_for_long, is_put_off
from metrics.calendar import LONGEST_CLOSED_DAYS, ONE_DAY, is_working_day, local_day, local_to_utc
from metrics.callbacks import CALL, OPEN_STATES, Verdict, judge
from metrics.house_rules import HouseRules

CELLS = 5
"""How many working days have a cell of their own, up to the last of the period."""
STEP_SEPARATOR = " "
HISTORY_DTYPES = {
    "callback_id": "Int64",
    "customer": "str",
    "topic": "str",
    "owner": "str",
    "owner_why": "str",
    "covered_for": "str",
    "desk": "str",
    "state": "str",
    "due_at": UTC_DTYPE,
    "created_at": UTC_DTYPE,
    "pattern": "str",
    "missing_today": "str",
    "next_day": "object",
    "days_due": "Int64",
    "days_kept": "Int64",
    "attempts": "Int64",
    "last_attempt_at": UTC_DTYPE,
    "is_not_reached_for_long": "boolean",
} | {f"day_{place}": "str" for place in range(1, CELLS + 1)}
DAY_DTYPES = {
    "callback_id": "Int64",
    "customer": "str",
    "local_date": "object",
    "agent_id": "Int64",
    "agent": "str",
    "desk": "str",
    "pattern": "str",
    "first_call": "str",
    "second_call": "str",
    "message": "str",
    "noted": "str",
    "calls": "Int64",
    "is_due": "boolean",
    "is_kept": "boolean",
    "is_cover": "boolean",
    "is_seen": "boolean",
}
AGENT_DTYPES = {
    "agent_id": "Int64",
    "agent": "str",
    "name": "str",
    "pattern": "str",
    "hired_on": "object",
    "reminders": "Int64",
    "callbacks": "Int64",
    "agency_reminders": "Int64",
    "agency_callbacks": "Int64",
    "upset": "Int64",
    "ratings": "Int64",
    "agency_upset": "Int64",
    "agency_ratings": "Int64",
    "days_due": "Int64",
    "days_kept": "Int64",
}


@dataclass(frozen=True)
class Attempts:
    """What was tried for the requests that a viewer sees.

    histories: one row a request that is open or was in the period, columns HISTORY_DTYPES. `pattern`: why whoever has
    to act must follow the pattern, words of A2 with a space between, empty where they need not. `missing_today`: steps
    still to make today; `next_day`: the next working day after today. `day_1` … `day_5`: the four steps of the days in
    `cells`, oldest first, missing where the day is none of its attempt days; a judged day ends in "judged".
    days: one row a request and attempt day, columns DAY_DTYPES, of all days up to now. `agent`: who had to act that
    day, missing where a desk or nobody had to, or somebody whom the viewer may not see. `pattern` as on that day.
    `is_cover`: they acted as a buddy, on that day or because the request came to them as one. `is_due`: the day is over
    and counts; `is_seen`: it is of somebody whom the viewer may see and chose.
    agents: those who must follow the pattern today, why, and their days in the period, columns AGENT_DTYPES.
    """

    histories: pd.DataFrame
    days: pd.DataFrame
    agents: pd.DataFrame
    cells: tuple[date, ...]

    def days_due(self, filters: CallbackFilters) -> pd.DataFrame:
        """The customer-days of the period on which the pattern was due of somebody who must follow it."""
        judged = self.days["is_due"] & (self.days["pattern"] != "") & self.days["is_seen"]
        in_period = self.days["local_date"].map(lambda day: filters.from_date <= day <= filters.to_date).astype(bool)
        return self.days[judged & in_period]

    def rows_behind(self, filters: CallbackFilters, counted: str) -> pd.DataFrame:
        """The rows that a count of the page's figures takes."""
        match counted:
            case "days_due":
                return self.days_due(filters)
            case "days_kept":
                days = self.days_due(filters)
                return days[days["is_kept"].astype(bool)]
            case "steps_missing_today":
                return self.histories[lacks_a_step_today(self.histories)]
            case _:
                return self.histories[self.histories["is_not_reached_for_long"].astype(bool)]

    def totals(self, filters: CallbackFilters) -> dict[str, int]:
        """Every count that the page's figures of A1 are made of."""
        counted = ("days_due", "days_kept", "steps_missing_today", "not_reached_for_long")
        return {name: len(self.rows_behind(filters, name)) for name in counted}


def attempts_of(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> Attempts:
    """The attempts made for the requests that are open, and for those that were while the period lasted (A1, A2)."""
    today = local_day(now, rules)
    begins = local_to_utc(filters.from_date, 0, rules)
    ends = local_to_utc(filters.to_date + ONE_DAY, 0, rules)
    in_period = and_(verdict.created_at < ends, verdict.ended_at >= begins)
    lived = and_(IS_FIRST, or_(is_open_at(now), in_period), verdict.created_at <= now)
    shown = and_(lived, visible(scope, filters, now, rules))
    # Also requests that somebody else has by now: the days on which they had to act stay theirs (B8).
    whole = replace(filters, team_id=None, agent_id=None)
    read = and_(lived, or_(visible(scope, whole, now, rules), had_before(scope)))
    asked = select(callback.c.customer_id).join(callback_verdict, verdict.callback_id == callback.c.id).where(read)
    with reading() as connection:
        wanted = set(connection.scalars(select(verdict.callback_id).where(shown)))
        considered = set(connection.scalars(select(verdict.callback_id).where(read)))
        directory = read_directory(connection, rules)
        matters = matters_of(connection, directory, asked.distinct()) if considered else []
        first_day = min((local_day(any_matter.facts.created_at, rules) for any_matter in matters), default=today)
        book = read_pattern_book(connection, directory, min(first_day, today), today)
        people = people_seen(connection, scope, filters, today)
    cells = last_working_days(rules, min(filters.to_date, today))
    acting = Acting(directory, scope, filters)
    histories: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for matter in matters:
        if matter.facts.callback_id not in considered:
            continue
        judged = judge(matter.request, rules, now)
        day_rows = [
            day_row(scope, matter, day, acting, book) for day in attempt_days(matter.request, judged, rules, now)
        ]
        is_wanted = matter.facts.callback_id in wanted
        days += [day for day in day_rows if is_wanted or day["is_seen"]]
        if is_wanted:
            histories.append(history_row(scope, matter, judged, day_rows, cells, book, acting, now))
    attempts = Attempts(
        histories=in_order(typed_frame(histories, HISTORY_DTYPES)),
        days=typed_frame(days, DAY_DTYPES),
        agents=typed_frame((), AGENT_DTYPES),
        cells=cells,
    )
    return replace(attempts, agents=agents_under_the_pattern(attempts.days_due(filters), people, book, now))


def people_seen(connection: Any, scope: Scope, filters: Filters, today: date) -> list[Any]:
    """The agents whom a viewer may see and chose, by name."""
    people = agent.c
    query = select(people.id, people.initials, people.name).order_by(people.initials)
    seen = and_(may_see_agent(scope, people.id, today), is_chosen(filters, people.id, today))
    return list(connection.execute(query.where(seen)))


def last_working_days(rules: HouseRules, last: date) -> tuple[date, ...]:
    """The last CELLS working days of the agents' desk up to a day, oldest first."""
    lately = [last - offset * ONE_DAY for offset in range(LONGEST_CLOSED_DAYS)]
    return tuple(reversed([day for day in lately if is_working_day(rules, "agents", day)][:CELLS]))


def had_before(scope: Scope) -> Any:
    """Requests that one of the scope's agents once had, or whose holder is the buddy of one of them."""
    if scope.sees_everything:
        return false()
    day = verdict.local_date

    def theirs(agent_id: Any) -> ColumnElement[bool]:
        return may_see_agent(scope, agent_id, day)

    had, pair = callback_holder.c, buddy_pair.c
    was_theirs = exists().where(had.first_id == verdict.callback_id, theirs(had.agent_id))
    covered = or_(
        exists().where(pair.agent_id == verdict.agent_id, theirs(pair.buddy_id)),
        exists().where(pair.buddy_id == verdict.agent_id, theirs(pair.agent_id)),
    )
    return or_(was_theirs, covered)


class Acting:
    """Who had to act for a request on a day, and whether that is somebody whom the viewer may see and chose."""

    def __init__(self, directory: Directory, scope: Scope, filters: CallbackFilters) -> None:
        self.directory, self.scope, self.filters = directory, scope, filters
        self.agent_of = lru_cache(maxsize=None)(self.find_agent)
        self.may_see = lru_cache(maxsize=None)(self.find_whether_seen)
        self.is_chosen = lru_cache(maxsize=None)(self.find_whether_chosen)

    def find_agent(self, owner: int | None, desk: str, day: date) -> int | None:
        """Who has it or, while they are away all day, the buddy (B5); where both are away nobody."""
        midnight = local_to_utc(day, 0, self.directory.rules)
        if owner is None or not self.directory.is_away_for_the_day(owner, midnight, desk):
            return owner
        buddy = self.directory.buddy_of(owner, day)
        is_there = buddy is not None and self.directory.is_active(buddy, midnight)
        return buddy if is_there and not self.directory.is_away_for_the_day(buddy or 0, midnight, desk) else None

    def find_whether_seen(self, agent_id: int, day: date) -> bool:
        """Of the viewer's own people as of that day (P1)."""
        is_theirs = agent_id in self.scope.agent_ids or self.directory.was_in_one_of(agent_id, self.scope.team_ids, day)
        return self.scope.sees_everything or is_theirs

    def find_whether_chosen(self, agent_id: int, day: date) -> bool:
        team_id, chosen = self.filters.team_id, self.filters.agent_id
        return chosen in (None, agent_id) and (
            team_id is None or self.directory.was_in_one_of(agent_id, (team_id,), day)
        )


def day_row(scope: Scope, matter: Matter, day: AttemptDay, acting: Acting, book: PatternBook) -> dict[str, Any]:
    agent_id = acting.agent_of(day.holder.agent_id, day.holder.desk, day.day)
    if agent_id is not None and not acting.may_see(agent_id, day.day):
        agent_id = None
    return {
        "callback_id": matter.facts.callback_id,
        "customer": matter.facts.number if scope.may_see_customers else None,
        "local_date": day.day,
        "agent_id": agent_id,
        "agent": None if agent_id is None else book.directory.initials[agent_id],
        "desk": day.holder.desk,
        "pattern": "" if agent_id is None else STEP_SEPARATOR.join(book.reasons(agent_id, day.day)),
        "first_call": day.first_call,
        "second_call": day.second_call,
        "message": day.message,
        "noted": day.noted,
        "calls": len(day.calls),
        "is_due": day.is_due,
        "is_kept": day.is_kept,
        "is_cover": agent_id is not None and (agent_id != day.holder.agent_id or is_cover(matter.handlers, day.holder)),
        "is_seen": agent_id is not None and acting.is_chosen(agent_id, day.day),
    }


def history_row(
    scope: Scope,
    matter: Matter,
    judged: Verdict,
    days: list[dict[str, Any]],
    cells: tuple[date, ...],
    book: PatternBook,
    acting: Acting,
    now: datetime,
) -> dict[str, Any]:
    rules = book.directory.rules
    today = local_day(now, rules)
    common = request_row(scope, matter, judged, book.directory, now)
    by_day = {day["local_date"]: day for day in days}
    agent_id = book.directory.ids.get(common["owner"] or "")
    is_seen = agent_id is not None and acting.may_see(agent_id, today)
    steps_today = by_day.get(today, {})
    until = judged.reached_at or now
    calls = [attempt.at for attempt in matter.request.attempts if attempt.channel == CALL and attempt.at <= until]
    return (
        common
        | {
            "pattern": STEP_SEPARATOR.join(book.reasons(agent_id or 0, today)) if is_seen else "",
            "missing_today": STEP_SEPARATOR.join(step for step, made in steps_today.items() if made == "pending"),
            "next_day": next_day(matter, judged, rules, today),
            "days_due": sum(day["is_due"] for day in days),
            "days_kept": sum(day["is_kept"] for day in days),
            "last_attempt_at": max(calls, default=None),
            "is_not_reached_for_long": is_not_reached_for_long(matter.request, judged, rules, now),
        }
        | {f"day_{place}": cell(by_day.get(day)) for place, day in enumerate(cells, 1)}
    )


def cell(day: dict[str, Any] | None) -> str | None:
    if day is None:
        return None
    steps = (*(day[step] for step in STEPS), *(("judged",) if day["pattern"] else ()))
    return STEP_SEPARATOR.join(steps)


def next_day(matter: Matter, judged: Verdict, rules: HouseRules, today: date) -> date | None:
    """The next day after today on which the pattern asks for attempts; None where the request has ended."""
    if judged.state not in OPEN_STATES:
        return None
    ahead = [today + offset * ONE_DAY for offset in range(1, LONGEST_CLOSED_DAYS)]
    return next(
        (
            day
            for day in ahead
            if is_working_day(rules, judged.holder.desk, day) and not is_put_off(matter.request, day, rules)
        ),
        None,
    )


def lacks_a_step_today(histories: pd.DataFrame) -> pd.Series:
    """Requests with somebody who must follow the pattern, for which a step is missing today."""
    return (histories["missing_today"] != "") & (histories["pattern"] != "")


def in_order(histories: pd.DataFrame) -> pd.DataFrame:
    """What is missing today of those who must follow the pattern first, then what is open, by its deadline."""
    is_open = histories["state"].isin(OPEN_STATES)
    order = histories.assign(asks_today=lacks_a_step_today(histories), is_open=is_open).sort_values(
        ["asks_today", "is_open", "is_not_reached_for_long", "due_at", "callback_id"],
        ascending=[False, False, False, True, True],
    )
    return order.drop(columns=["asks_today", "is_open"]).reset_index(drop=True)


def agents_under_the_pattern(days: pd.DataFrame, people: list[Any], book: PatternBook, now: datetime) -> pd.DataFrame:
    today = local_day(now, book.directory.rules)
    due = days.groupby("agent_id").size()
    kept = days[days["is_kept"].astype(bool)].groupby("agent_id").size()
    rows = []
    for person in people:
        reasons = book.reasons(person.id, today) if book.directory.is_active(person.id, now) else ()
        if reasons:
            rows.append(
                {"agent_id": person.id, "agent": person.initials, "name": person.name}
                | {"pattern": STEP_SEPARATOR.join(reasons)}
                | vars(book.facts(person.id, today))
                | {"days_due": due.get(person.id, 0), "days_kept": kept.get(person.id, 0)}
            )
    return typed_frame(rows, AGENT_DTYPES)

"""Questions about contact attempts: which steps of the pattern were made on which day, what is missing, and by whom."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, not_, or_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, frame, typed_frame
from data_access.database.schema import (
    agent,
    attempt_day,
    buddy_pair,
    callback,
    callback_holder,
    callback_verdict,
    customer,
)
from data_access.matters.attempt_days import AttemptDays
from data_access.matters.directory import Directory, read_directory
from data_access.matters.matter import Matter, is_frozen, matters_of
from data_access.matters.pattern import PatternBook, read_pattern_book
from data_access.matters.verdicts import last_called_at
from data_access.questions.callbacks import (
    IS_FIRST,
    CallbackFilters,
    is_open_at,
    listed,
    verdict,
    visible,
)
from data_access.questions.calls import Filters, is_chosen
from data_access.questions.worklist import request_row
from data_access.scope import EVERYBODY, Scope, may_see_agent
from metrics.attempts import STEPS, is_not_reached_for_long, is_put_off
from metrics.calendar import LONGEST_CLOSED_DAYS, ONE_DAY, is_working_day, local_day, local_to_utc
from metrics.callbacks import OPEN_STATES, Verdict, judge
from metrics.house_rules import HouseRules
from metrics.routing import ESCALATION

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
JUDGED_DTYPES = {
    "first_call": "str",
    "second_call": "str",
    "message": "str",
    "noted": "str",
    "calls": "Int64",
    "is_due": "boolean",
    "is_kept": "boolean",
    "is_cover": "boolean",
}
"""What became of an attempt day."""
DAY_DTYPES = {
    "callback_id": "Int64",
    "customer": "str",
    "local_date": "object",
    "agent_id": "Int64",
    "agent": "str",
    "desk": "str",
    "pattern": "str",
    **JUDGED_DTYPES,
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
    which = read_for(scope, filters, rules, now)
    shown = and_(lived(filters, rules, now), visible(scope, filters, now, rules))
    with reading() as connection:
        directory = read_directory(connection, rules)
        wanted = set(connection.scalars(select(verdict.callback_id).where(shown)))
        going_on = requests_going_on(connection, directory, which, now)
        ended = frame(connection, requests_over(connection, scope, and_(shown, has_ended(rules, now)), rules))
        raw_days = attempt_days_of(connection, directory, which, going_on, now)
        first_day = min(raw_days["local_date"], default=today)
        book = read_pattern_book(connection, directory, min(first_day, today), today)
        people = people_seen(connection, scope, filters, today)
    seen = Seen(directory, scope, filters)
    days = as_seen(raw_days, scope, seen, book)
    days = days[days["callback_id"].isin(wanted) | days["is_seen"].astype(bool)].reset_index(drop=True)
    cells = last_working_days(rules, min(filters.to_date, today))
    of_request = days_by_request(days, cells)
    histories = [
        history_row(scope, matter, judged, of_request, book, seen, now)
        for matter, judged in going_on
        if matter.facts.callback_id in wanted
    ]
    histories += [ended_history_row(row, of_request, book, seen, now) for row in ended.itertuples()]
    attempts = Attempts(
        histories=in_order(typed_frame(histories, HISTORY_DTYPES)),
        days=days,
        agents=typed_frame((), AGENT_DTYPES),
        cells=cells,
    )
    return replace(attempts, agents=agents_under_the_pattern(attempts.days_due(filters), people, book, now))


def pattern_days_due(
    connection: Connection, period: CallbackFilters, agent_ids: tuple[int, ...] | None, rules: HouseRules, now: datetime
) -> pd.DataFrame:
    """The customer-days of a period on which the pattern was due of somebody who must follow it (A1, A2), of the whole
    agency or of some agents: the columns of `attempt_day` and customer_id.

    Without what somebody did as a buddy, which is never held against them (Q1), and without escalations (Q4).
    """
    directory = read_directory(connection, rules)
    of_whom = EVERYBODY if agent_ids is None else Scope(agent_ids=agent_ids)
    which = and_(read_for(of_whom, period, rules, now), is_no_escalation())
    going_on = requests_going_on(connection, directory, which, now)
    its = attempt_day.c
    kept = [its.is_due, ~its.is_cover, its.local_date.between(period.from_date, period.to_date)]
    if agent_ids is not None:
        kept.append(its.agent_id.in_(agent_ids))
    days = attempt_days_of(connection, directory, which, going_on, now, *kept)
    in_period = days["local_date"].between(period.from_date, period.to_date).astype(bool)
    counts = days["is_due"] & ~days["is_cover"] & days["agent_id"].notna() & in_period
    if agent_ids is not None:
        counts &= days["agent_id"].isin(agent_ids)
    days = days[counts.astype(bool)]
    book = read_pattern_book(connection, directory, period.from_date, period.to_date)
    is_judged = [bool(book.reasons(int(row.agent_id), row.local_date)) for row in days.itertuples()]
    return days[pd.Series(is_judged, index=days.index, dtype="bool")].reset_index(drop=True)


def is_no_escalation() -> ColumnElement[bool]:
    return verdict.callback_id.in_(select(callback.c.id).where(callback.c.topic != ESCALATION))


def lived(filters: CallbackFilters, rules: HouseRules, now: datetime) -> ColumnElement[bool]:
    """First requests that are open, and those that were while the period lasted."""
    begins = local_to_utc(filters.from_date, 0, rules)
    ends = local_to_utc(filters.to_date + ONE_DAY, 0, rules)
    in_period = and_(verdict.created_at < ends, verdict.ended_at >= begins)
    return and_(IS_FIRST, or_(is_open_at(now), in_period), verdict.created_at <= now)


def read_for(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> ColumnElement[bool]:
    """Those of them that a viewer may see, and those that somebody else has by now: the days on which the viewer's
    people had to act stay theirs (B8)."""
    whole = replace(filters, team_id=None, agent_id=None)
    return and_(lived(filters, rules, now), or_(visible(scope, whole, now, rules), had_before(scope)))


def has_ended(rules: HouseRules, now: datetime) -> ColumnElement[bool]:
    """The request ended before today, so that its attempt days are kept and change no more."""
    return verdict.ended_at < local_to_utc(local_day(now, rules), 0, rules)


def requests_going_on(
    connection: Connection, directory: Directory, which: ColumnElement[bool], now: datetime
) -> list[tuple[Matter, Verdict]]:
    """Requests that are open, or ended today, with what they count as now."""
    goes_on = and_(which, not_(func.coalesce(has_ended(directory.rules, now), false())))
    asked = select(callback.c.customer_id).join(callback_verdict, verdict.callback_id == callback.c.id).where(goes_on)
    wanted = set(connection.scalars(select(verdict.callback_id).where(goes_on)))
    matters = matters_of(connection, directory, asked.distinct()) if wanted else []
    return [
        (matter, judge(matter.request, directory.rules, now))
        for matter in matters
        if matter.facts.callback_id in wanted
    ]


def requests_over(
    connection: Connection, scope: Scope, which: ColumnElement[bool], rules: HouseRules
) -> Select[tuple[Any, ...]]:
    """Requests that have ended as the list shows them, but those of which what decided them has been blanked (P2)."""
    its = listed(scope).add_columns(verdict.agent_id, verdict.last_called_at)
    over: Select[tuple[Any, ...]] = its.where(which, ~is_frozen(connection, rules))
    return over


RAW_DAY_DTYPES = {
    "callback_id": "Int64",
    "local_date": "object",
    "agent_id": "Int64",
    "desk": "str",
    **JUDGED_DTYPES,
    "number": "str",
    "customer_id": "Int64",
}
"""The columns of `attempt_day`, and whose request it is."""


def attempt_days_of(
    connection: Connection,
    directory: Directory,
    which: ColumnElement[bool],
    going_on: list[tuple[Matter, Verdict]],
    now: datetime,
    *kept: ColumnElement[bool],
) -> pd.DataFrame:
    """All attempt days of some requests up to now, columns RAW_DAY_DTYPES: the kept ones of those that have ended,
    perhaps only some, and those of requests that go on."""
    over = (
        select(*attempt_day.c, customer.c.number, callback.c.customer_id)
        .join(callback_verdict, verdict.callback_id == attempt_day.c.callback_id)
        .join(callback, callback.c.id == attempt_day.c.callback_id)
        .join(customer, customer.c.id == callback.c.customer_id)
        .where(which, has_ended(directory.rules, now), ~is_frozen(connection, directory.rules), *kept)
        .order_by(callback.c.customer_id, attempt_day.c.callback_id, attempt_day.c.local_date)
    )
    days = AttemptDays(directory)
    rows = [
        day | {"number": matter.facts.number, "customer_id": matter.facts.customer_id}
        for matter, judged in going_on
        for day in days.of(matter, judged, now)
    ]
    both = [part for part in (frame(connection, over), typed_frame(rows, RAW_DAY_DTYPES)) if len(part)]
    return pd.concat(both, ignore_index=True) if both else typed_frame((), RAW_DAY_DTYPES)


def as_seen(days: pd.DataFrame, scope: Scope, seen: "Seen", book: PatternBook) -> pd.DataFrame:
    """Attempt days with who had to act as far as the viewer may see them, columns DAY_DTYPES."""
    pairs = zip(days["agent_id"], days["local_date"], strict=True)
    whose = [
        None if pd.isna(agent_id) or not seen.may_see(int(agent_id), day) else int(agent_id) for agent_id, day in pairs
    ]
    whose_day = list(zip(whose, days["local_date"], strict=True))
    initials = book.directory.initials
    shown = days.assign(
        customer=days["number"] if scope.may_see_customers else None,
        agent_id=whose,
        agent=[None if agent_id is None else initials[agent_id] for agent_id in whose],
        pattern=["" if who is None else STEP_SEPARATOR.join(book.reasons(who, day)) for who, day in whose_day],
        is_cover=days["is_cover"].where([agent_id is not None for agent_id in whose], other=False),
        is_seen=[who is not None and seen.is_chosen(who, day) for who, day in whose_day],
    )
    return shown[list(DAY_DTYPES)].astype(DAY_DTYPES)


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


class Seen:
    """Whether somebody is one whom the viewer may see, and chose, as of a day."""

    def __init__(self, directory: Directory, scope: Scope, filters: CallbackFilters) -> None:
        self.directory, self.scope, self.filters = directory, scope, filters
        self.may_see = lru_cache(maxsize=None)(self.find_whether_seen)
        self.is_chosen = lru_cache(maxsize=None)(self.find_whether_chosen)

    def find_whether_seen(self, agent_id: int, day: date) -> bool:
        """Of the viewer's own people as of that day (P1)."""
        is_theirs = agent_id in self.scope.agent_ids or self.directory.was_in_one_of(agent_id, self.scope.team_ids, day)
        return self.scope.sees_everything or is_theirs

    def find_whether_chosen(self, agent_id: int, day: date) -> bool:
        team_id, chosen = self.filters.team_id, self.filters.agent_id
        return chosen in (None, agent_id) and (
            team_id is None or self.directory.was_in_one_of(agent_id, (team_id,), day)
        )


@dataclass(frozen=True)
class RequestDays:
    """What a list says of one request's attempt days."""

    due: int
    kept: int
    cells: dict[str, str]
    """The steps of the last working days that have a cell."""
    pending: str = ""
    """The steps still to make today."""


def days_by_request(days: pd.DataFrame, cells: tuple[date, ...]) -> dict[int, RequestDays]:
    name_of_cell = {day: f"day_{place}" for place, day in enumerate(cells, 1)}
    of_requests: dict[int, RequestDays] = {}
    for callback_id, of_request in days.groupby("callback_id"):
        rows = list(of_request.itertuples())
        named = {name_of_cell[row.local_date]: cell(row) for row in rows if row.local_date in name_of_cell}
        pending = [step for row in rows for step in STEPS if getattr(row, step) == "pending"]
        due, kept = (int(of_request[name].sum()) for name in ("is_due", "is_kept"))
        of_requests[int(callback_id)] = RequestDays(due, kept, named, STEP_SEPARATOR.join(pending))
    return of_requests


NO_DAYS = RequestDays(0, 0, {})


def history_row(
    scope: Scope,
    matter: Matter,
    judged: Verdict,
    of_request: dict[int, RequestDays],
    book: PatternBook,
    seen: Seen,
    now: datetime,
) -> dict[str, Any]:
    rules = book.directory.rules
    today = local_day(now, rules)
    common = request_row(scope, matter, judged, book.directory, now)
    return (
        common
        | facts_of_days(of_request.get(matter.facts.callback_id, NO_DAYS))
        | {
            "pattern": pattern_of(book.directory.ids.get(common["owner"] or ""), book, seen, today),
            "next_day": next_day(matter, judged, rules, today),
            "last_attempt_at": last_called_at(matter.request, judged, now),
            "is_not_reached_for_long": is_not_reached_for_long(matter.request, judged, rules, now),
        }
    )


def ended_history_row(
    row: Any, of_request: dict[int, RequestDays], book: PatternBook, seen: Seen, now: datetime
) -> dict[str, Any]:
    """A request that has ended: nobody has to act any more, so it says who had it."""
    agent_id = None if pd.isna(row.agent_id) else int(row.agent_id)
    return {
        "callback_id": row.callback_id,
        "customer": row.customer,
        "topic": row.topic,
        "owner": row.agent,
        "owner_why": "desk" if agent_id is None else "handler",
        "desk": row.desk,
        "state": "withdrawn" if pd.isna(row.reached_at) else "reached",
        "due_at": row.due_at,
        "created_at": row.created_at,
        "attempts": row.attempts,
        "pattern": pattern_of(agent_id, book, seen, local_day(now, book.directory.rules)),
        "next_day": None,
        "last_attempt_at": None if pd.isna(row.last_called_at) else row.last_called_at,
        "is_not_reached_for_long": False,
    } | facts_of_days(of_request.get(int(row.callback_id), NO_DAYS))


def facts_of_days(days: RequestDays) -> dict[str, Any]:
    return {"missing_today": days.pending, "days_due": days.due, "days_kept": days.kept} | days.cells


def pattern_of(agent_id: int | None, book: PatternBook, seen: Seen, today: date) -> str:
    """Why somebody whom the viewer may see must follow the pattern today."""
    is_seen = agent_id is not None and seen.may_see(agent_id, today)
    return STEP_SEPARATOR.join(book.reasons(agent_id, today)) if agent_id is not None and is_seen else ""


def cell(day: Any) -> str:
    steps = (*(getattr(day, step) for step in STEPS), *(("judged",) if day.pattern else ()))
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

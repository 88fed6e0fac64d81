"""What one more absence would do, before anything is written: notice, coverage, buddy, deadlines (R2 to R5)."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import select

from data_access.database.engine import reading
from data_access.database.schema import agent, team
from data_access.matters.directory import read_directory
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.coverage import Away, coverage_of, days_between, member_on
from data_access.questions.worklist import worklist
from data_access.scope import EVERYBODY, Scope, may_see_agent
from metrics.absence import VACATION, Absence, Answer, NoticeVerdict, answer_to_request, both_away, judge_notice
from metrics.calendar import ONE_DAY, Span, is_working_day, local_day, local_to_utc, monday_of
from metrics.coverage import Hole, holes_of
from metrics.house_rules import DESKS, HouseRules

USUAL_WEEKS, WEEK = 4, timedelta(weeks=1)
FREE_WEEKDAY = 5
"""From Saturday on nobody is surprised that a desk is closed."""


@dataclass(frozen=True)
class WhatIf:
    """What one more absence would do. Nothing is written.

    answer: what may be answered. half_hours: of the agent's team on those days: starts_at, local_date, half_hour,
    needed, before, after (int), is_usual (bool: no rota is laid yet, the usual week counts). holes: those that it would
    make or deepen. closed_days: weekdays of the leave on which the agent's desk is closed. buddy: initials, missing
    where there is none; buddy_away: when they are away too. due: open requests of the agent that fall due meanwhile.
    """

    agent: str
    team: str | None
    answer: Answer
    notice: NoticeVerdict
    closed_days: tuple[date, ...]
    half_hours: pd.DataFrame
    holes: tuple[Hole, ...]
    buddy: str | None
    buddy_away: tuple[Span, ...]
    due: int


def what_if(
    scope: Scope, agent_id: int, first_day: date, last_day: date, rules: HouseRules, now: datetime, kind: str = VACATION
) -> WhatIf | None:
    """What would follow from an absence asked for today: nothing is written. None where the agent is not to be seen."""
    today = local_day(now, rules)
    starts_at, ends_at = local_to_utc(first_day, 0, rules), local_to_utc(last_day + ONE_DAY, 0, rules)
    asked = Absence(kind, first_day, last_day, starts_at, ends_at, today)
    with reading() as connection:
        person = connection.execute(
            select(agent.c.id, agent.c.initials).where(agent.c.id == agent_id, may_see_agent(scope, agent.c.id, today))
        ).first()
        if person is None:
            return None
        directory = read_directory(connection, rules)
        names = {row.id: row.name for row in connection.execute(select(team.c.id, team.c.name))}
    memberships = [member_on(directory.memberships[agent_id], day) for day in days_between(first_day, last_day)]
    team_ids = list(dict.fromkeys(membership.team_id for membership in memberships if membership is not None))
    buddy = directory.buddy_of(agent_id, first_day)
    buddys = [(row.starts_at, row.ends_at) for row in directory.absences[buddy]] if buddy else []
    span = (first_day, last_day, rules, now)
    thought = Away(agent_id, starts_at, ends_at)
    # Of each team that the agent is in on one of the days.
    before = [coverage_of(EVERYBODY, team_id, *span) for team_id in team_ids]
    after = [coverage_of(EVERYBODY, team_id, *span, thought) for team_id in team_ids]
    if any(frame["planned"].isna().any() for frame in before):
        begins = monday_of(today) - USUAL_WEEKS * WEEK
        usual = (begins, monday_of(today) - ONE_DAY, rules, now)
        away = Away(agent_id, local_to_utc(begins, 0, rules), now)
        before = filled(before, [coverage_of(EVERYBODY, team_id, *usual) for team_id in team_ids])
        after = filled(after, [coverage_of(EVERYBODY, team_id, *usual, away) for team_id in team_ids])
    half_hours, holes = compared(before, after)
    work = worklist(scope, CallbackFilters(today, today, None, agent_id), rules, now)
    is_theirs = work["covered_for"].fillna(work["owner"]) == person.initials
    buddy_away = tuple(both_away([(starts_at, ends_at)], buddys))
    notice = judge_notice(asked, rules)
    desk = next((membership.desk for membership in memberships if membership is not None), DESKS[0])
    return WhatIf(
        agent=person.initials,
        team=names[team_ids[0]] if team_ids else None,
        answer=answer_to_request(
            notice.state,
            makes_holes=bool(holes),
            is_coverage_known=len(half_hours) > 0 and bool(half_hours[["needed", "before"]].notna().all(axis=None)),
            buddy_is_there=buddy is not None and not buddy_away,
        ),
        notice=notice,
        closed_days=tuple(
            day
            for day in days_between(first_day, last_day)
            if day.weekday() < FREE_WEEKDAY and not is_working_day(rules, desk, day)
        ),
        half_hours=half_hours,
        holes=holes,
        buddy=directory.initials.get(buddy or 0),
        buddy_away=buddy_away,
        due=int((is_theirs & (work["due_at"] >= starts_at) & (work["due_at"] < ends_at)).sum()),
    )


def filled(asked: list[pd.DataFrame], usual: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Half hours of which no rota is laid yet, with as many as were usually planned on that weekday at that time: the
    median of some weeks, rounded down. `is_usual` marks them."""
    place = ["team_id", "weekday", "half_hour"]
    known = pd.concat(usual).dropna(subset="planned")
    known = known.assign(weekday=[day.weekday() for day in known["local_date"]])
    medians = known.groupby(place)["planned"].median().astype("float64").apply(math.floor).rename("usual")
    completed = []
    for frame in asked:
        weekdays = frame.assign(weekday=[day.weekday() for day in frame["local_date"]])
        guess = weekdays.join(medians, on=place)["usual"].astype("Int64")
        planned = frame["planned"].fillna(guess)
        completed.append(frame.assign(planned=planned, is_usual=frame["planned"].isna() & planned.notna()))
    return completed


def compared(before: list[pd.DataFrame], after: list[pd.DataFrame]) -> tuple[pd.DataFrame, tuple[Hole, ...]]:
    """Half hours with the people planned before and after, team by team, and the holes that are new or deeper."""
    columns = ["starts_at", "local_date", "half_hour", "needed", "before", "after", "is_usual"]
    if not before:
        return pd.DataFrame(columns=columns), ()
    together = pd.concat(before, ignore_index=True).rename(columns={"planned": "before"})
    usual = together["is_usual"] if "is_usual" in together else pd.Series(data=False, index=together.index)
    table = together.assign(after=pd.concat(after, ignore_index=True)["planned"], is_usual=usual)[columns]
    worse = table[((table["after"] < table["before"]) & (table["after"] < table["needed"])).fillna(False)]
    needs = [(row.starts_at.to_pydatetime(), int(row.needed)) for row in worse.itertuples()]
    return table, tuple(holes_of(needs, [int(value) for value in worse["after"]]))

"""Is each planted truth found, and nothing else, whatever the seed? Simulated years, and what the program says of them.

`python -m tests.bench.truths [SEEDS] [FIRST]` prints the tables of docs/demo.md. Each year is built anew in a folder of
its own, on SQLite; two runs with other first seeds can go on beside each other.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from sqlalchemy import Connection, text

from data_access.database.engine import current_engine, reading
from data_access.demo import truths as planted
from data_access.demo.build import build_demo
from data_access.demo.truths import Truth, planted_truths
from data_access.questions.absence import absence_register, buddies_both_away
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.coaching import (
    agency_signals,
    by_week,
    coaching_signals,
    days_over,
    goals_of,
    with_expected,
)
from data_access.questions.coverage import coverage_of
from data_access.questions.escalations import escalations
from data_access.questions.measures import MEASURES, cases_of, cells_of
from data_access.questions.sources import sources_by_kind
from data_access.questions.worklist import worklist
from data_access.scope import EVERYBODY, Scope
from data_access.settings import current_rules
from metrics.calendar import local_to_utc, monday_of
from metrics.coaching import CHART_WEEKS, measures_over_time

UNTIL = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
TODAY = UNTIL.date()
PERIODS = (12, 26, 52)
EVERYTHING = Scope(sees_everything=True, may_see_customers=True, may_see_reasons=True)
HELP, STRENGTH = "help", "strength"
LATELY_FOUND = {
    *((agent, "chances_answered", HELP) for agent in planted.ANSWERS_LESS),
    (planted.FORGETS_NOTES, "conversations_written", HELP),
    (planted.INVENTS_ATTEMPTS, "attempts_in_the_log", HELP),
    (planted.STOPS_AFTER_ONE, "pattern_days_kept", HELP),
    (planted.DRAWS_REMINDERS, "requests_attempted", HELP),
    (planted.DRAWS_REMINDERS, "requests_reached", HELP),
    (planted.DRAWS_REMINDERS, "pattern_days_kept", HELP),
    (planted.NEW_AND_KEEPS_PATTERN, "pattern_days_kept", STRENGTH),
}
"""The signals that the twelve weeks before the end must show."""
FOLLOWS = {
    (planted.STOPS_AFTER_ONE, "requests_reached", HELP),
    (planted.STOPS_AFTER_ONE, "requests_reminded", HELP),
    (planted.DRAWS_REMINDERS, "requests_reminded", HELP),
    (planted.INVENTS_ATTEMPTS, "requests_attempted", HELP),
    (planted.INVENTS_ATTEMPTS, "requests_reached", HELP),
    (planted.INVENTS_ATTEMPTS, "pattern_days_kept", HELP),
    (planted.FELL_IN_SPRING, "ratings_satisfied", HELP),
    # Whoever draws low ratings must follow the pattern (A2), and does.
    (planted.FELL_IN_SPRING, "pattern_days_kept", STRENGTH),
    (planted.RECOVERED_TWICE, "chances_answered", HELP),
}
"""Signals that follow from what is planted, where there are cases enough or the period reaches back to it."""
INNOCENT = (planted.LUNCH_SHIFT, planted.BAD_LUCK, planted.COVERS_LATE)


@dataclass(frozen=True)
class Mark:
    """A mark on one colleague's charts: in which measure, and which days it spans."""

    agent: str
    measure: str
    direction: str
    first_day: date
    last_day: date


def signals_of(weeks: int) -> dict[tuple[str, str, str], str]:
    period = CallbackFilters(TODAY - timedelta(weeks=weeks), TODAY - timedelta(days=1))
    agency = agency_signals(EVERYBODY, period, current_rules(), TODAY)
    rows = coaching_signals(EVERYTHING, agency, period, current_rules(), TODAY).signals
    return {(row.agent, row.measure, row.kind): str(row.since) for row in rows.itertuples()}


def marks_of_pages() -> tuple[int, list[Mark]]:
    """How many colleagues have a page with charts, and the marks on them, as the page draws them."""
    rules, now = current_rules(), local_to_utc(TODAY, 0, current_rules())
    last = TODAY - timedelta(days=1)
    first_monday = monday_of(last) - timedelta(weeks=CHART_WEEKS - 1)
    looked_at = days_over(CallbackFilters(TODAY - timedelta(weeks=12), last), TODAY)
    whole = CallbackFilters(first_monday, last)
    goals, marks, pages = goals_of(rules, last), list[Mark](), 0
    with reading() as connection:
        employed = "agent.id IN (SELECT agent_id FROM employment WHERE to_date IS NULL OR to_date > '2026-11-20')"
        people = connection.execute(text(f"SELECT id, initials FROM agent WHERE {employed} ORDER BY initials")).all()
        cells = {name: cells_of(connection, name, looked_at, rules, now) for name in MEASURES}
        cases = {name: all_cases(connection, name, whole) for name in MEASURES}
        for person in people:
            weeks = [
                by_week(with_expected(cases[name](person.id), cells[name], goals.get(name)), first_monday, last).assign(
                    measure=name
                )
                for name in MEASURES
            ]
            charts = measures_over_time(pd.concat(weeks, ignore_index=True))
            pages += bool(charts)
            for name, drawn in charts.items():
                for spell in drawn.spells:
                    of_spell = drawn.points["week"].iloc[[spell.first, spell.last]]
                    days = of_spell.iloc[0], of_spell.iloc[1] + timedelta(days=6)
                    marks.append(Mark(person.initials, name, spell.direction, *days))
    return pages, marks


def all_cases(connection: Connection, measure: str, period: CallbackFilters) -> Callable[[int], pd.DataFrame]:
    """The cases of one measure by agent; a measure that is worked out for everybody at once is asked once."""
    rules, now = current_rules(), local_to_utc(TODAY, 0, current_rules())
    cases = MEASURES[measure](connection, period, rules, now, None)
    if isinstance(cases, pd.DataFrame):
        return lambda agent_id: cases[cases["agent_id"] == agent_id].reset_index(drop=True)
    return lambda agent_id: cases_of(connection, measure, (agent_id,), period, rules, now)


def number_of(sql: str, **values: object) -> int:
    with current_engine().connect() as connection:
        return int(connection.execute(text(sql), values).scalar() or 0)


def found_in(truths: dict[str, Truth], marks: list[Mark]) -> dict[str, bool]:
    """Which truths that are no signals the program's own questions show, and nothing else of their kind."""
    rules = current_rules()
    year = CallbackFilters(planted_start(truths), TODAY)
    register = absence_register(EVERYTHING, year, rules, UNTIL)
    late = set(register.loc[register["state"] == "late", "agent"])
    on_the_last_day = register[register["is_on_the_last_day"] & (register["kind"] == "vacation")]
    pairs = buddies_both_away(EVERYTHING, year, rules, UNTIL)
    coverage = coverage_of(EVERYTHING, None, year.from_date, TODAY, rules, UNTIL)
    short = coverage[coverage["planned"] < coverage["needed"]]
    gone = worklist(EVERYTHING, CallbackFilters(TODAY, TODAY), rules, UNTIL)
    gone = gone[gone["owner_why"] == "gone"]
    wanted = escalations(EVERYTHING, year, rules, UNTIL)
    unread = truths["mailbox_unread"].first_day
    is_late = wanted["created_at"].dt.date >= unread
    sources = sources_by_kind(EVERYTHING, rules, UNTIL)
    low = [mark for mark in marks if mark.direction == "low"]
    return {
        "fell_in_spring": any(overlaps(mark, truths["fell_in_spring"], "ratings_satisfied") for mark in low),
        "answered_less": is_marked_alone(low, truths["answered_less"], truths["answered_less_again"]),
        "answered_less_again": is_marked_alone(low, truths["answered_less_again"], truths["answered_less"]),
        "buddies_away": {*pairs.loc[pairs["is_planned"], "agent"], *pairs.loc[pairs["is_planned"], "buddy"]}
        == set(planted.BUDDIES_AWAY),
        "coverage_hole": set(short["team"]) == {planted.HOLE_TEAM} and set(short["half_hour"]) == {24, 25},
        "asked_in_time": {planted.ASKED_IN_TIME, planted.ASKED_ON_31_JANUARY} == set(on_the_last_day["agent"]),
        "asked_a_day_late": late == {planted.ASKED_A_DAY_LATE},
        "broken_promise": number_of(BROKEN) == number_of(BROKEN_BY, who=planted.BROKE_PROMISE) == 2,
        "handler_gone": len(gone[gone["owner"] == planted.GONE]) >= 5
        and set(gone["owner"]) <= {planted.GONE, planted.LISTED_LATE},
        "listed_late": is_found_listed_late(truths["listed_late"].first_day),
        "mailbox_unread": wanted.loc[is_late, "waited_minutes"].median() > 24 * 60
        and wanted.loc[~is_late, "waited_minutes"].median() < 24 * 60,
        "invented_in_late_requests": number_of(INVENTED_IN_LATE, who=planted.INVENTS_ATTEMPTS) >= 5
        and number_of(INVENTED_BY_OTHERS, who=planted.INVENTS_ATTEMPTS) == 0,
        "covers_late": number_of(COVERED, who=planted.COVERS_LATE) >= 20,
        "source_stopped": set(sources.loc[sources["is_late"], "source"]) == {planted.STOPPED_SOURCE},
    }


BROKEN = """
SELECT count(*) FROM promise_verdict JOIN promise ON promise.id = promise_id
WHERE state = 'broken' AND to_at < '2026-11-20 13:00'
"""
BROKEN_BY = """
SELECT count(*) FROM promise_verdict JOIN promise ON promise.id = promise_id JOIN callback ON callback.id = callback_id
JOIN agent ON agent.id = callback.sent_to_id WHERE state = 'broken' AND initials = :who AND to_at < '2026-11-20 13:00'
"""
INVENTED_IN_LATE = """
SELECT count(DISTINCT v.callback_id) FROM callback_verdict v JOIN contact_attempt a ON a.callback_id = v.callback_id
JOIN agent ON agent.id = a.agent_id WHERE agent.initials = :who AND a.log_state = 'not_in_the_log'
AND v.breached_at IS NOT NULL AND a.at <= v.breached_at
AND (v.first_attempt_at IS NULL OR v.first_attempt_at > v.breached_at)
"""
INVENTED_BY_OTHERS = """
SELECT count(*) FROM contact_attempt a JOIN agent ON agent.id = a.agent_id
WHERE agent.initials <> :who AND a.log_state = 'not_in_the_log'
"""
COVERED = """
SELECT count(*) FROM callback_verdict v JOIN agent ON agent.id = v.agent_id
WHERE agent.initials = :who AND v.is_cover AND v.callback_id = v.first_id
"""
SENT_TO_LISTED = """
SELECT count(*) FROM callback c JOIN callback_verdict v ON v.callback_id = c.id JOIN agent ON agent.id = c.sent_to_id
JOIN customer_owner o ON o.customer_id = c.customer_id AND o.agent_id = agent.id AND o.to_date IS NULL
WHERE agent.initials = :who AND c.sent_at IS NOT NULL AND c.topic = 'general' AND c.reminder_of IS NULL
AND v.is_misrouted = :wrong AND c.local_date {side} :day
"""


def is_found_listed_late(day: date) -> bool:
    """Messages to the listed handler about their own customers: misrouted since that day, and none before."""

    def sent(side: str, *, wrong: bool) -> int:
        return number_of(SENT_TO_LISTED.format(side=side), who=planted.LISTED_LATE, wrong=wrong, day=str(day))

    since, before = (sent(">=", wrong=True), sent(">=", wrong=False)), (sent("<", wrong=True), sent("<", wrong=False))
    return since[0] >= 5 and since[1] == 0 and before[1] >= 30 and before[0] == 0


def overlaps(mark: Mark, truth: Truth, measure: str) -> bool:
    is_theirs = mark.agent in truth.who and mark.measure == measure
    return is_theirs and mark.first_day <= truth.last_day and mark.last_day >= truth.first_day


def is_marked_alone(marks: list[Mark], truth: Truth, other: Truth) -> bool:
    """A spell has a mark of its own, that does not reach into the other one."""
    theirs = [mark for mark in marks if overlaps(mark, truth, "chances_answered")]
    return bool(theirs) and not any(overlaps(mark, other, "chances_answered") for mark in theirs)


def planted_start(truths: dict[str, Truth]) -> date:
    return min(truth.first_day for truth in truths.values())


def is_planted(mark: Mark) -> bool:
    """A mark in somebody in whom something that changes is planted: bad luck is a stretch that stands out too."""
    return mark.agent in (planted.FELL_IN_SPRING, planted.RECOVERED_TWICE, planted.BAD_LUCK)


def name_of(mark: Mark) -> str:
    return f"{mark.agent} {mark.measure} {mark.direction} {mark.first_day} to {mark.last_day}"


@dataclass
class Tally:
    """What was found over all years: how often each truth, which signals and marks besides."""

    found: Counter[str]
    others: list[str]
    not_whole: list[str]
    pages: int = 0
    marked: int = 0


def look_at_year(seed: int, tally: Tally) -> None:
    build_demo(current_rules(), UNTIL, lambda _step, _done, _total: None, seed=seed)
    truths = {truth.key: truth for truth in planted_truths(date(2025, 11, 20), TODAY)}
    shown = {weeks: signals_of(weeks) for weeks in PERIODS}
    tally.found.update(f"{agent} {measure}" for agent, measure, _kind in LATELY_FOUND & shown[PERIODS[0]].keys())
    accused = {agent for signals in shown.values() for agent, _measure, _kind in signals}
    tally.found.update(f"{agent} is no signal" for agent in INNOCENT if agent not in accused)
    for weeks, signals in shown.items():
        tally.others += [
            f"{seed}, {weeks} weeks: {' '.join(signal)}" for signal in signals.keys() - LATELY_FOUND - FOLLOWS
        ]
        tally.not_whole += [
            f"{seed}, {weeks} weeks: {' '.join(signal)} since {since}"
            for signal, since in signals.items()
            if signal in LATELY_FOUND and since != "None"
        ]
    pages, marks = marks_of_pages()
    beside = [mark for mark in marks if not is_planted(mark)]
    tally.pages += pages
    tally.marked += len({mark.agent for mark in beside})
    found = found_in(truths, marks)
    tally.found.update(key for key, holds in found.items() if holds)
    missing = [key for key, holds in found.items() if not holds]
    print(f"seed {seed}: not found {missing}; other marks {[name_of(mark) for mark in beside]}", flush=True)


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    tally = Tally(Counter(), [], [])
    for seed in range(first, first + seeds):
        with TemporaryDirectory() as folder:
            os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'year.db'}"
            look_at_year(seed, tally)
            current_engine().dispose()
    print(f"{seeds} years, seeds from {first}")
    for name, count in sorted(tally.found.items()):
        print(f"| {name} | {count} |")
    print(f"other signals in {len(PERIODS) * seeds} views: {len(tally.others)}", *tally.others, sep="\n  ")
    print(f"not since the whole period: {len(tally.not_whole)}", *tally.not_whole, sep="\n  ")
    print(f"pages of colleagues in whom nothing that changes is planted, with a mark: {tally.marked} of {tally.pages}")


if __name__ == "__main__":
    main()

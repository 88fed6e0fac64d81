"""Two viewers ask every question, one after the other, through the same cache: nobody gets a row of the other's."""

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from datetime import date, timedelta
from importlib import import_module
from itertools import product
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select
from support.databases import ON_SQLITE, Load
from support.places import ROOT
from support.two_teams import NOW, TEAMS

from data_access.database.engine import reading
from data_access.database.schema import agent, callback, import_run, team
from data_access.questions.audit import LogFilters
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.coaching import agency_signals
from data_access.questions.people import viewer_of
from data_access.questions.phones import phone_source_state
from data_access.scope import EVERYBODY, Scope, scope_of
from metrics.figures import (
    AGENT_FIGURES,
    CALL_FIGURES,
    CALLBACK_FIGURES,
    COACHING_FIGURES,
    SATISFACTION_FIGURES,
    SOLVED_FIGURES,
)
from metrics.house_rules import HouseRules
from pages.parts.loaders import ask

TODAY = NOW.date()
WEEK = (date(2026, 5, 4), date(2026, 5, 10))
NOTES_OPENED = ("conversations_not_noted", "dialled_not_noted", "attempts_without_call", "attempts_unverifiable")
OPENED = {
    "rows_behind": [figure.id for figure in CALL_FIGURES + AGENT_FIGURES],
    "solved_rows": [figure.id for figure in SOLVED_FIGURES],
    "callback_rows": [figure.id for figure in CALLBACK_FIGURES],
    "note_rows": list(NOTES_OPENED),
    "evidence": [figure.id for figure in COACHING_FIGURES],
    "rating_rows": [figure.id for figure in SATISFACTION_FIGURES],
}
ABOUT_ONE_AGENT = ("evidence", "colleague")
Ids = dict[str, list[int]]


OF_ONE_TEAM = {(name, mark) for name in ("latest_call", "day_of") for mark in TEAMS}
"""One call was the last and one hole is the next, and it is one team's."""


def filters_for(name: str, kind: type, ids: Ids) -> list[Any]:
    """What may be chosen: nothing, either team, an agent; of the log either team's agent."""
    if kind is LogFilters:
        return [kind(*WEEK), *(kind(*WEEK, about=one) for one in ("NQQA", "SQQA"))]
    if name in ABOUT_ONE_AGENT:
        return [kind(*WEEK, agent_id=one) for one in ids["agent"][1::4][:2]]
    return [
        kind(*WEEK), *(kind(*WEEK, team_id=one) for one in ids["team"]), kind(*WEEK, agent_id=ids["agent"][0])
    ]  # fmt: skip


def questions_of_pages() -> dict[str, Callable[..., Any]]:
    """Every question that a page asks: what it imports of `questions` and what takes the viewer's scope first."""
    asked = {
        (node.module, name.name)
        for file in sorted((ROOT / "pages").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("data_access.questions.")
        for name in node.names
    }
    functions = {name: getattr(import_module(module), name) for module, name in sorted(asked)}
    return {
        name: function
        for name, function in functions.items()
        if inspect.isfunction(function) and next(iter(inspect.signature(function).parameters), "").endswith("scope")
    }


QUESTIONS = questions_of_pages()


def arguments(name: str, ids: Ids, rules: HouseRules) -> Iterator[tuple[Any, ...]]:
    """Every combination of arguments a viewer might send, those of the other team among them; of figures with filters
    the first, because the filters are the same for all."""
    values: dict[str, list[Any]] = {
        "rules": [rules],
        "now": [NOW],
        "today": [TODAY],
        "day": [TODAY],
        "days": [14],
        "start": [NOW - timedelta(days=14)],
        "first_day": [WEEK[0]],
        "last_day": [WEEK[1]],
        "starts_at": [NOW - timedelta(hours=4)],
        "ends_at": [NOW + timedelta(hours=1)],
        "kind": ["vacation"],
        "extra": [None],
        "signals": [()],
        "scale": ["1-10"],
        "roles": [("team_lead", "agent")],
        "asked": [f"{team}{what}" for team in TEAMS for what in ("-2", "A")],
        "team_id": [None, *ids["team"]],
        "agent_id": ids["agent"][1::4][:2],  # the first agent of each team
        "agent_ids": [tuple(ids["agent"])],
        "callback_id": ids["callback"],
        "run_id": ids["run"],
        "figure_id": OPENED.get(name, []),
    }
    parameters = list(inspect.signature(QUESTIONS[name]).parameters.values())[1:]
    if "agency" in {parameter.name for parameter in parameters}:
        values["agency"] = values["before"] = [agency_signals(EVERYBODY, CallbackFilters(*WEEK), rules, TODAY)]
    if "source" in {parameter.name for parameter in parameters}:
        values["source"] = [phone_source_state(EVERYBODY, rules, NOW)]
    for parameter in parameters:
        if parameter.name == "filters":
            values["filters"] = filters_for(name, parameter.annotation, ids)
    names = [parameter.name for parameter in parameters]
    for chosen in product(*(values[name] for name in names)):
        question = dict(zip(names, chosen, strict=True))
        is_of_few = question.get("figure_id") in [None, *values["figure_id"][:1]]
        if is_of_few or question.get("filters") == values["filters"][0]:
            yield chosen


@pytest.fixture
def ids(two_teams: Load) -> Ids:  # noqa: ARG001
    with reading() as connection:
        tables = {"team": team, "agent": agent, "callback": callback, "run": import_run}
        return {
            name: list(connection.scalars(select(table.c.id).order_by(table.c.id))) for name, table in tables.items()
        }


def scope_of_person(initials: str) -> Scope:
    viewer = viewer_of(initials, NOW, TODAY)
    assert viewer is not None
    return scope_of(viewer)


def as_text(answer: Any) -> str:
    """Everything that an answer says."""
    if isinstance(answer, pd.DataFrame):
        return answer.to_csv()
    if is_dataclass(answer):
        return "\n".join(as_text(value) for value in vars(answer).values())
    if isinstance(answer, list | tuple):
        return "\n".join(as_text(value) for value in answer)
    return repr(answer)


def foreign(answer: Any, marks: tuple[str, ...]) -> list[str]:
    text = as_text(answer)
    return [mark for mark in marks if mark in text]


@ON_SQLITE
def test_no_question_gives_a_row_of_the_other_viewers(
    ids: Ids, house_rules: HouseRules, subtests: pytest.Subtests
) -> None:
    viewers = [
        (scope_of_person("NQQL"), ("SQQ",)),
        (scope_of_person("SQQL"), ("NQQ",)),
        (scope_of_person("NQQA"), ("SQQ",)),
        (scope_of_person("KQK"), TEAMS),
        (Scope(), TEAMS),
    ]
    everything, cases = scope_of_person("QUA"), 0
    shown: set[tuple[str, str]] = set()
    for name in QUESTIONS:
        with subtests.test(name):
            for question in arguments(name, ids, house_rules):
                # Whoever sees everything fills the cache first.
                whole = ask(QUESTIONS[name], everything, *question)
                shown |= {(name, mark) for mark in foreign(whole, TEAMS)}
                for scope, marks in viewers:
                    assert foreign(ask(QUESTIONS[name], scope, *question), marks) == [], (scope, question)
                    cases += 1
    assert cases >= 5 * 250, cases
    # The marks would be found where they are: both teams' in each answer that names anybody.
    names = {name for name, _ in shown}
    assert shown - OF_ONE_TEAM == {(name, mark) for name in names for mark in TEAMS} - OF_ONE_TEAM
    assert len(names) >= 20, sorted(names)

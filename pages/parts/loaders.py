"""Cached loaders: data_access answers a question once for everybody who may get the same answer.

The key is everything an answer depends on: question, scope, arguments, state of the data, database. The decorator
stays here, so that data_access knows no Streamlit.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from data_access import (
    absence,
    attempts,
    callback_history,
    callbacks,
    calls,
    coaching,
    coaching_sessions,
    coverage,
    notes,
    overview,
    people,
    phones,
    reassignment,
    satisfaction,
)
from data_access.clock import now
from data_access.database import data_version
from data_access.engine import database_url
from data_access.scope import Scope
from data_access.sources import status
from metrics.house_rules import HouseRules

QUESTIONS: dict[str, Callable[..., Any]] = {
    question.__name__: question
    for question in (
        calls.team_totals,
        calls.period_before_totals,
        calls.calls_by_day,
        calls.calls_by_half_hour,
        calls.calls_by_agent,
        calls.rows_behind,
        calls.agent_pairs,
        calls.choices,
        calls.days_without_rota,
        callbacks.callback_totals,
        callbacks.totals_before,
        callbacks.callbacks_by_desk,
        callbacks.callbacks_by_week,
        callbacks.callback_rows,
        callbacks.lateness_of,
        callbacks.worklist,
        callback_history.history_of,
        attempts.attempts_of,
        notes.note_discipline,
        notes.note_rows,
        coverage.coverage_of_day,
        coverage.coverage_of,
        coverage.adherence_of,
        coverage.adherence_rows,
        coverage.absences_behind,
        absence.absence_register,
        absence.notice_by_quarter,
        absence.buddies_both_away,
        absence.absent_now,
        absence.what_if,
        overview.today_lines,
        overview.overdue_by_day,
        coaching.coaching_signals,
        coaching.new_signals,
        coaching.evidence,
        coaching.colleague,
        coaching_sessions.coaching_sessions,
        coaching_sessions.concerns,
        satisfaction.scales_in_use,
        satisfaction.published_scores,
        satisfaction.rating_totals,
        satisfaction.rating_rows,
        satisfaction.low_scores,
        satisfaction.ratings_by_agent,
        people.employees,
        phones.phone_source_state,
        phones.live_calls,
        phones.people_on_phones,
        phones.latest_call,
        phones.unheard_voicemails,
        phones.unmapped_employees,
        reassignment.case_handlers,
        reassignment.preview,
        reassignment.hand_overs,
        reassignment.not_yet_in_crm,
        status.sources_by_kind,
        status.loads_since,
        status.rings_without_use,
        status.problems_of_load,
    )
}
"""Every question that pages ask, by name; each takes the viewer's scope first."""


@st.cache_data(
    ttl=3600,
    max_entries=500,
    show_spinner=False,
    hash_funcs={HouseRules: lambda rules: rules.model_dump_json()},
)
def answer(question: str, scope: Scope, arguments: tuple[Any, ...], version: int, database: str) -> Any:  # noqa: ARG001
    return QUESTIONS[question](scope, *arguments)


def ask(question: Callable[..., Any], scope: Scope, *arguments: Any) -> Any:
    """The answer to one of QUESTIONS, from the cache while the data are the same."""
    # The address can hold a password, so the key gets a fingerprint of it.
    database = hashlib.sha256(database_url().encode()).hexdigest()
    return answer(question.__name__, scope, arguments, data_version(), database)


def ask_hourly(question: Callable[..., Any], scope: Scope, *arguments: Any) -> Any:
    """As `ask`, but looked for once an hour, whatever is loaded meanwhile: for what is about days that are over."""
    database = hashlib.sha256(database_url().encode()).hexdigest()
    # Never the number of a state of the data, which is positive.
    return answer(question.__name__, scope, arguments, -int(now().timestamp() // 3600), database)


def ask_now(question: Callable[..., Any], scope: Scope, *arguments: Any) -> Any:
    """As `ask`, but never from the cache: for what changes from one second to the next."""
    return QUESTIONS[question.__name__](scope, *arguments)


def this_minute() -> datetime:
    """The clock, floored to the minute: answers that depend on it are shared by all who ask in the same minute."""
    return now().replace(second=0, microsecond=0)

"""Cached loaders: data_access answers a question once for everybody who may get the same answer.

The key is everything an answer depends on: question, scope, arguments, state of the data, database. The decorator
stays here, so that data_access knows no Streamlit.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from data_access.database.versions import data_version, past_version
from data_access.scope import Scope
from data_access.settings import database_url, now
from metrics.house_rules import HouseRules

P = ParamSpec("P")
R = TypeVar("R")


@st.cache_data(
    ttl=3600,
    max_entries=500,
    show_spinner=False,
    hash_funcs={
        HouseRules: lambda rules: rules.model_dump_json(),
        # An answer that others are made of. By its name, so that the statistics are imported where they are used.
        "data_access.questions.coaching.AgencySignals": lambda signals: f"{signals.period} {signals.past_version}",
    },
)
def answer(
    _question: Callable[..., Any],
    name: str,  # noqa: ARG001
    scope: Scope,
    arguments: tuple[Any, ...],
    named: dict[str, Any],
    as_of: str,  # noqa: ARG001
    database: str,  # noqa: ARG001
) -> Any:
    return _question(scope, *arguments, **named)


def kept_answer(question: Callable[..., Any], scope: Scope, arguments: Any, named: Any, as_of: str) -> Any:
    # The address can hold a password, so the key gets a fingerprint of it.
    database = hashlib.sha256(database_url().encode()).hexdigest()
    return answer(question, f"{question.__module__}.{question.__name__}", scope, arguments, named, as_of, database)


def ask(question: Callable[Concatenate[Scope, P], R], scope: Scope, *arguments: P.args, **named: P.kwargs) -> R:
    """The answer to a question of data_access, from the cache while the data are the same."""
    its_answer: R = kept_answer(question, scope, arguments, named, f"data {data_version()}")
    return its_answer


def ask_past(question: Callable[Concatenate[Scope, P], R], scope: Scope, *arguments: P.args, **named: P.kwargs) -> R:
    """As `ask`, for what is about days that are over: what comes in today leaves the answer alone."""
    its_answer: R = kept_answer(question, scope, arguments, named, f"past {past_version()}")
    return its_answer


def this_minute() -> datetime:
    """The clock, floored to the minute: answers that depend on it are shared by all who ask in the same minute."""
    return now().replace(second=0, microsecond=0)

"""The one line of filters under every title; its values stand in the URL and go with the viewer from page to page."""

from datetime import date, timedelta

import streamlit as st

from data_access.calls import Choices, Filters, choices
from data_access.scope import Scope
from pages.parts.loaders import ask
from pages.parts.wording import _

DEFAULT_DAYS = 28


def default_period(found: Choices, today: date) -> tuple[date, date]:
    """The last four weeks that have data: up to today or, where the newest call is older, up to that."""
    last = min(today, found.last_day or today)
    return last - timedelta(days=DEFAULT_DAYS - 1), last


def filter_line(scope: Scope, zone_today: date) -> Filters:
    """Draw the filters and return what is chosen; stops with a sentence where the period is turned round."""
    found: Choices = ask(choices, scope)
    default_from, default_to = default_period(found, zone_today)
    line = st.container(horizontal=True, vertical_alignment="bottom")
    form = "DD.MM.YYYY"
    from_date = line.date_input(
        _("From"), value=default_from, key="from", format=form, bind="query-params", persist_state="session", width=140
    )
    to_date = line.date_input(
        _("To, included"),
        value=default_to,
        key="to",
        format=form,
        bind="query-params",
        persist_state="session",
        width=140,
    )
    team = line.selectbox(
        _("Team"),
        list(found.teams),
        index=None,
        key="team",
        placeholder=_("All teams"),
        bind="query-params",
        persist_state="session",
        width=200,
    )
    agent = line.selectbox(
        _("Agent"),
        list(found.agents),
        index=None,
        key="agent",
        placeholder=_("All agents"),
        bind="query-params",
        persist_state="session",
        width=160,
    )
    if from_date > to_date:
        st.warning(_("The period ends before it starts. Choose another day."))
        st.stop()
    return Filters(
        from_date,
        to_date,
        found.teams[team] if team else None,
        found.agents[agent] if agent else None,
    )


def with_filters(**more: str) -> dict[str, str]:
    """The query parameters of a link that keeps the viewer's filters and language."""
    kept = {name: st.session_state.get(name) for name in ("from", "to", "team", "agent", "lang")}
    return {name: str(value) for name, value in (kept | more).items() if value}

"""The one line of filters under every title; its values stand in the URL and go with the viewer from page to page."""

from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.callbacks import CallbackFilters
from data_access.calls import Choices, Filters, choices
from data_access.scope import Scope
from metrics.calendar import monday_of
from metrics.callbacks import OPEN_STATES
from metrics.figures import N_
from metrics.house_rules import DESKS
from pages.parts.loaders import ask
from pages.parts.wording import _

DEFAULT_DAYS = 28
PERIOD_CHOSEN = "period_chosen"
DESK_LABELS = {
    "agents": N_("Case handlers"),
    "kc": N_("KC"),
    "economy": N_("Economy"),
    "policy": N_("Policy desk"),
    "travel": N_("Travel group"),
    "claims": N_("Claims"),
    "assistance": N_("Assistance company"),
    "partners": N_("Partners"),
}
STATE_LABELS = {
    "overdue": N_("Overdue"),
    "due_soon": N_("Due soon"),
    "waiting": N_("Waiting"),
    "reached": N_("Reached"),
    "withdrawn": N_("Withdrawn"),
}


def default_period(found: Choices, today: date, days: int = DEFAULT_DAYS) -> tuple[date, date]:
    """The last four weeks, or so many days, that have data: up to today or, where the newest call is older, to that."""
    last = min(today, found.last_day or today)
    return last - timedelta(days=days - 1), last


def filter_line(scope: Scope, zone_today: date, days: int = DEFAULT_DAYS) -> Filters:
    """Draw the filters and return what is chosen; stops with a sentence where the period is turned round.

    `days`: how far back the page looks as long as nobody has chosen a period.
    """
    return draw_filters(st.container(horizontal=True, vertical_alignment="bottom"), scope, zone_today, days)


def callback_filter_line(scope: Scope, zone_today: date) -> CallbackFilters:
    """The same line with two more filters, which only callbacks have: desk and state."""
    line = st.container(horizontal=True, vertical_alignment="bottom")
    base = draw_filters(line, scope, zone_today)
    desk = line.selectbox(
        _("Desk"),
        DESKS,
        index=None,
        key="desk",
        format_func=lambda desk: _(DESK_LABELS[desk]),
        placeholder=_("All desks"),
        persist_state="session",
        width=150,
    )
    state = line.selectbox(
        _("State"),
        OPEN_STATES,
        index=None,
        key="state",
        format_func=lambda state: _(STATE_LABELS[state]),
        placeholder=_("All states"),
        persist_state="session",
        width=130,
    )
    return CallbackFilters(base.from_date, base.to_date, base.team_id, base.agent_id, desk, state)


def draw_filters(line: DeltaGenerator, scope: Scope, zone_today: date, days: int = DEFAULT_DAYS) -> Filters:
    found: Choices = ask(choices, scope)
    forget_the_default_of_another_page()
    from_date, to_date = period_boxes(line, *default_period(found, zone_today, days))
    team = team_box(line, found)
    agent = line.selectbox(
        _("Agent"),
        list(found.agents),
        index=None,
        key="agent",
        placeholder=_("All agents"),
        bind="query-params",
        persist_state="session",
        width=140,
    )
    stop_if_turned_round(from_date, to_date)
    return Filters(
        from_date,
        to_date,
        found.teams[team] if team else None,
        found.agents[agent] if agent else None,
    )


def forget_the_default_of_another_page() -> None:
    """Once somebody has chosen a period it goes along from page to page; before that each page has its own."""
    if st.query_params.keys() & {"from", "to"}:
        st.session_state[PERIOD_CHOSEN] = True
    if not st.session_state.get(PERIOD_CHOSEN):
        st.session_state.pop("from", None)
        st.session_state.pop("to", None)


def period_was_chosen() -> None:
    st.session_state[PERIOD_CHOSEN] = True


def period_boxes(line: DeltaGenerator, default_from: date, default_to: date) -> tuple[date, date]:
    form = "DD.MM.YYYY"
    from_date = line.date_input(
        _("From"),
        value=default_from,
        key="from",
        format=form,
        bind="query-params",
        persist_state="session",
        on_change=period_was_chosen,
        width=128,
    )
    to_date = line.date_input(
        _("To, included"),
        value=default_to,
        key="to",
        format=form,
        bind="query-params",
        persist_state="session",
        on_change=period_was_chosen,
        width=128,
    )
    return from_date, to_date


def stop_if_turned_round(from_date: date, to_date: date) -> None:
    if from_date > to_date:
        st.warning(_("The period ends before it starts. Choose another day."))
        st.stop()


def team_box(line: DeltaGenerator, found: Choices) -> str | None:
    return line.selectbox(
        _("Team"),
        list(found.teams),
        index=None,
        key="team",
        placeholder=_("All teams"),
        bind="query-params",
        persist_state="session",
        width=150,
    )


def week_filter_line(scope: Scope, zone_today: date) -> tuple[date, int | None]:
    """The filters of the rota: a week, by any of its days, and a team; gives its Monday and the team's id."""
    found: Choices = ask(choices, scope)
    line = st.container(horizontal=True, vertical_alignment="bottom")
    day = line.date_input(
        _("Week of"),
        value=zone_today,
        key="week",
        format="DD.MM.YYYY",
        bind="query-params",
        persist_state="session",
        width=140,
    )
    team = team_box(line, found)
    return monday_of(day), found.teams[team] if team else None


def with_filters(**more: str) -> dict[str, str]:
    """The query parameters of a link that keeps the viewer's filters and language."""
    names = (
        "week",
        "team",
        "agent",
        "lang",
        "viewer",
        *(("from", "to") if st.session_state.get(PERIOD_CHOSEN) else ()),
    )
    kept = {name: st.session_state.get(name) for name in names}
    return {name: str(value) for name, value in (kept | more).items() if value}

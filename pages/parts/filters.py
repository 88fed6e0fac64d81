"""The one line of filters under every title; its values stand in the URL and go with the viewer from page to page."""

from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.callbacks import CallbackFilters
from data_access.calls import Choices, Filters, choices
from data_access.scope import Scope
from metrics.calendar import monday_of
from metrics.callbacks import OPEN_STATES
from metrics.coaching import LOOKED_BACK_DAYS
from metrics.figures import N_
from metrics.house_rules import DESKS
from pages.parts.loaders import ask
from pages.parts.wording import _

DEFAULT_DAYS = 28
QUALITY_DAYS = LOOKED_BACK_DAYS + 1
"""The days that signals look back, and today."""
PERIOD_CHOSEN, HAS_LOOKED = "period_chosen", "has_looked"
COLLEAGUE = "colleague"
Period = tuple[date, date]
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


def take_named_agent(found: Choices) -> None:
    """A link that is about one colleague names him by a parameter of its own: of the filter's the last choice wins."""
    named = st.query_params.pop(COLLEAGUE, None)
    if named in found.agents:
        st.session_state["agent"] = named


def draw_filters(line: DeltaGenerator, scope: Scope, zone_today: date, days: int = DEFAULT_DAYS) -> Filters:
    found: Choices = ask(choices, scope)
    take_named_agent(found)
    own = default_period(found, zone_today, days)
    take_own_default(own, [default_period(found, zone_today, one) for one in (DEFAULT_DAYS, QUALITY_DAYS)])
    from_date, to_date = period_boxes(line, *own)
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


def take_own_default(own: Period, defaults: list[Period]) -> None:
    """Once somebody has chosen a period it goes along from page to page; before that each page has its own.

    An address that names a period is followed. Links name it always, so one that is some page's default was not chosen,
    unless the visit began with it.
    """
    state, asked = st.session_state, {name: st.query_params.get(name) for name in ("from", "to")}
    is_first_look = not state.get(HAS_LOOKED)
    state[HAS_LOOKED] = True
    if any(asked.values()):
        is_a_default = asked in [{"from": f"{first}", "to": f"{last}"} for first, last in defaults]
        state[PERIOD_CHOSEN] = state.get(PERIOD_CHOSEN, False) or is_first_look or not is_a_default
    elif not state.get(PERIOD_CHOSEN):
        for name, day in zip(("from", "to"), own, strict=True):
            if state.get(name, day) != day:
                state[name] = day


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
    kept = {name: st.session_state.get(name) for name in ("from", "to", "week", "team", "agent", "lang", "viewer")}
    return {name: str(value) for name, value in (kept | more).items() if value}

"""The one line of filters under every title; its values stand in the URL and go with the viewer from page to page."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.questions.callbacks import CallbackFilters
from data_access.questions.calls import Choices, Filters, choices
from data_access.scope import Scope
from metrics.calendar import monday_of
from metrics.coaching import LOOKED_BACK_DAYS
from metrics.house_rules import DESKS
from pages.parts.loaders import ask
from pages.parts.own_view import FILTERS, own_days
from pages.parts.wording import _
from pages.parts.words import DESK_LABELS

DEFAULT_DAYS = 28
QUALITY_DAYS = LOOKED_BACK_DAYS + 1
"""The days that signals look back, and today."""
PAGE, HAS_ARRIVED = "page_of_last_run", "has_arrived_at_page"
EARLIEST_DAY, LATEST_DAY = date(1970, 1, 1), date(2199, 12, 31)
HAS_LOOKED = "has_looked"
COLLEAGUE = "colleague"
Period = tuple[date, date]


def default_period(choices_there: Choices, today: date, days: int = DEFAULT_DAYS) -> tuple[date, date]:
    """The last four weeks, or so many days, that have data: up to today or, where the newest call is older, to that."""
    last = min(today, choices_there.last_day or today)
    return last - timedelta(days=days - 1), last


def filter_line(
    scope: Scope, zone_today: date, days: int = DEFAULT_DAYS, period: DeltaGenerator | None = None
) -> Filters:
    """Draw the filters and return what is chosen; stops with a sentence where the period is turned round.

    `days`: how far back the page looks as long as nobody has chosen a period. `period`: where the days are chosen, on
    a page that first shows what is so now, whatever the days.
    """
    return draw_filters(st.container(horizontal=True, vertical_alignment="bottom"), scope, zone_today, days, period)


def callback_filter_line(scope: Scope, zone_today: date, period: DeltaGenerator | None = None) -> CallbackFilters:
    """The same line with a filter that only callbacks have: the desk."""
    line = st.container(horizontal=True, vertical_alignment="bottom")
    base = draw_filters(line, scope, zone_today, period=period)
    desks = {desk: _(DESK_LABELS[desk]) for desk in DESKS}
    desk = choice_box(line, "desk", _("Desk"), _("All desks"), 150, desks)
    return CallbackFilters(base.from_date, base.to_date, base.team_id, base.agent_id, desk)


def view_switch(name: str, labels: Mapping[str, str]) -> str:
    """One of several views of a list, the first unless another was chosen; the address holds its code.

    Unlike a filter it does not go along to other pages: who comes to a list by a link sees all of it.
    """
    first = next(iter(labels))
    take_from_address(name, lambda code: code if code in labels else None)
    if st.session_state.get(name) not in labels:
        st.session_state[name] = first
    chosen: str | None = st.segmented_control(
        _("View"),
        list(labels),
        key=name,
        required=True,
        format_func=lambda code: labels[code],
        on_change=take_choice,
        args=(name,),
        label_visibility="collapsed",
    )
    write_into_address(name, None if chosen == first else chosen)
    return chosen or first


def note_arrival(address: str) -> None:
    """Note before a page runs whether it was run before this one, or another page was."""
    st.session_state[HAS_ARRIVED] = st.session_state.get(PAGE) != address
    st.session_state[PAGE] = address


def choice_box(
    line: DeltaGenerator, name: str, label: str, placeholder: str, width: int, labels: Mapping[str, str]
) -> str | None:
    """A filter with a choice of codes; the address holds the code, the screen what the reader's language calls it."""
    take_from_address(name, lambda code: code if code in labels else None)
    if st.session_state.get(name) not in labels:
        st.session_state[name] = None
    chosen: str | None = line.selectbox(
        label,
        list(labels),
        index=None,
        key=name,
        format_func=lambda code: labels[code],
        placeholder=placeholder,
        persist_state="session",
        on_change=take_choice,
        args=(name,),
        width=width,
        # What is not chosen says what it would choose; a line of labels costs the list below two lines.
        label_visibility="collapsed",
    )
    write_into_address(name, chosen)
    return chosen


def day_box(
    line: DeltaGenerator, name: str, label: str, default: date, width: int, of_everybody: date | None = None
) -> date:
    """A filter with a day; the address holds it where it is not the page's own.

    `of_everybody`: the day that the page shows to who keeps no period of their own, where `default` is the reader's: a
    link means the same to everybody.
    """
    take_from_address(name, day_of_address)
    if st.session_state.get(name) is None:
        st.session_state[name] = default
    day: date = line.date_input(
        label,
        key=name,
        format="DD.MM.YYYY",
        min_value=EARLIEST_DAY,
        max_value=LATEST_DAY,
        persist_state="session",
        on_change=take_choice,
        args=(name,),
        width=width,
    )
    write_into_address(name, None if day == (of_everybody or default) else f"{day}")
    return day


def take_from_address(name: str, read: Callable[[str], Any]) -> None:
    """The address decides, whether a link or the browser's Back brought it.

    A page that was opened without naming a filter keeps what was chosen on the page before. Streamlit's own binding
    forgets on Back what another page had bound.
    """
    asked, written = st.query_params.get(name), f"{name}_in_address"
    value = None if asked is None else read(asked)
    if value is not None or (not st.session_state.get(HAS_ARRIVED) and asked != st.session_state.get(written)):
        st.session_state[name] = value


def take_choice(name: str) -> None:
    """What somebody chooses on the page counts before what its address said until then."""
    value = st.session_state[name]
    write_into_address(name, None if value is None else f"{value}")


def write_into_address(name: str, value: str | None) -> None:
    st.session_state[f"{name}_in_address"] = value
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def day_of_address(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST_DAY <= day <= LATEST_DAY else None


def take_named_agent(options: Choices) -> None:
    """A link that is about one colleague names them by a parameter of its own: of the filter's the last choice wins."""
    named = st.query_params.pop(COLLEAGUE, None)
    if named in options.agents:
        st.session_state["agent"] = named


def draw_filters(
    line: DeltaGenerator,
    scope: Scope,
    zone_today: date,
    days: int = DEFAULT_DAYS,
    period: DeltaGenerator | None = None,
) -> Filters:
    options: Choices = ask(choices, scope)
    take_named_agent(options)
    of_weeks = own_days() or DEFAULT_DAYS
    default = default_period(options, zone_today, of_weeks if days == DEFAULT_DAYS else days)
    forget_other_defaults(default, [default_period(options, zone_today, length) for length in (of_weeks, QUALITY_DAYS)])
    from_date, to_date = period_boxes(period or line, default, default_period(options, zone_today, days))
    team = team_box(line, options)
    agent = choice_box(line, "agent", _("Agent"), _("All agents"), 140, {name: name for name in options.agents})
    stop_if_turned_round(from_date, to_date)
    return Filters(
        from_date,
        to_date,
        options.teams[team] if team else None,
        options.agents[agent] if agent else None,
    )


def forget_other_defaults(period: Period, defaults: list[Period]) -> None:
    """Once somebody has chosen a period it goes along from page to page; before that each page has its own.

    An address that names a period is followed. Links name it always, so one that is some page's default was not chosen,
    unless the visit began with it.
    """
    state, asked = st.session_state, tuple(st.query_params.get(name) for name in ("from", "to"))
    is_first_look = not state.get(HAS_LOOKED)
    state[HAS_LOOKED] = True
    named = any(asked)
    is_default = any(
        all(text in (None, f"{day}") for text, day in zip(asked, default, strict=True)) for default in defaults
    )
    if named and (is_first_look or not is_default):
        return
    if named or (state.get("from"), state.get("to")) in defaults:
        for name, day in zip(("from", "to"), period, strict=True):
            st.query_params.pop(name, None)
            state[name] = day


def period_boxes(line: DeltaGenerator, default: Period, of_everybody: Period | None = None) -> Period:
    first, last = of_everybody or default
    from_date = day_box(line, "from", _("From"), default[0], 128, first)
    to_date = day_box(line, "to", _("To"), default[1], 128, last)
    return from_date, to_date


def stop_if_turned_round(from_date: date, to_date: date) -> None:
    if from_date > to_date:
        st.warning(_("The period ends before it starts. Choose another day."))
        st.stop()


def team_box(line: DeltaGenerator, options: Choices) -> str | None:
    return choice_box(line, "team", _("Team"), _("All teams"), 150, {name: name for name in options.teams})


def week_filter_line(scope: Scope, zone_today: date, week_line: DeltaGenerator) -> tuple[date, int | None]:
    """The filters of the rota: a week, by any of its days, and a team; gives its Monday and the team's id.

    `week_line`: where the week is chosen; the weeks ahead stand above it, whatever it is.
    """
    options: Choices = ask(choices, scope)
    line = st.container(horizontal=True, vertical_alignment="bottom")
    # A rota that has ended opens where it lies.
    day = day_box(week_line, "week", _("Week of"), min(zone_today, options.last_rota_day or zone_today), 140)
    team = team_box(line, options)
    return monday_of(day), options.teams[team] if team else None


def with_filters(**more: str) -> dict[str, str]:
    """The query parameters of a link that keeps the viewer's filters and language."""
    kept = {name: st.session_state.get(name) for name in (*FILTERS, "lang", "viewer")}
    return {name: str(value) for name, value in (kept | more).items() if value}

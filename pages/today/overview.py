"""Who needs a person in the next hour? The lines of all topics in order of harm; looked at again every 30 seconds."""

import streamlit as st

from data_access.questions.calls import Filters, calls_by_day
from data_access.questions.coaching import agency_signals, looked_back, new_signals
from data_access.questions.coverage import coverage_of_day
from data_access.questions.overview import today_lines
from data_access.scope import EVERYBODY, scope_of
from data_access.settings import current_rules
from metrics.calendar import ONE_DAY, local_day, monday_of
from pages.parts.drawer import show_drawer
from pages.parts.foot import definitions, say_if_not_loaded
from pages.parts.gate import enter, local_today
from pages.parts.loaders import ask, ask_past, this_minute
from pages.parts.phones import phones_now
from pages.views import overview as parts

viewer = enter()
rules = current_rules()


@st.fragment(run_every=30)
def look_again() -> None:
    """Everything on the page: run anew by itself while the tab is open, so that nobody loses their place."""
    scope = scope_of(enter(is_touch=False))
    now = this_minute()
    today = local_day(now, rules)
    lines = ask(today_lines, scope, rules, now, parts.known_signals(viewer))
    days = ask(calls_by_day, scope, Filters(today - parts.USUAL_DAYS * ONE_DAY, today))
    if is_loaded or lines.others:
        parts.sentence(lines, knows_requests=is_loaded)
    parts.day_so_far(scope, days, ask(coverage_of_day, scope, today, rules, now), today, now)
    parts.lines_list(viewer, lines, now)


is_loaded = say_if_not_loaded("callbacks")
phones_now(in_detail=False)
look_again()
now = this_minute()
show_drawer(viewer, "overview", rules, now)
if parts.is_to_be_written():
    parts.show_messages(ask(today_lines, scope_of(viewer), rules, now, parts.known_signals(viewer)), now)
# Last, because it takes longer than all the rest; worked out once for everybody, then cut to the viewer.
day, monday = local_today(), monday_of(local_today())
agency, before = (ask_past(agency_signals, EVERYBODY, looked_back(to), rules, to) for to in (day, monday))
parts.look_for_signals(viewer, ask_past(new_signals, scope_of(viewer), agency, before, rules, day))
definitions(parts.FIGURES_SHOWN, ("calls", "rings", "callbacks", "shifts", "absences"))

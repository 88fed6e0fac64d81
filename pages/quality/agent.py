"""How is it going, over time? One colleague on one page; the colleague sees the same."""

from dataclasses import replace

import streamlit as st

from data_access.questions.coaching import agency_signals, coaching_signals, colleague, days_over
from data_access.questions.coaching_sessions import coaching_sessions
from data_access.scope import EVERYBODY, scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import COACHING_FIGURES
from pages.parts.filters import QUALITY_DAYS, filter_line
from pages.parts.foot import definitions, warn_of_sources
from pages.parts.forms import show_result
from pages.parts.gate import enter
from pages.parts.loaders import ask, ask_past, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.wording import _
from pages.views import agent as parts

viewer = enter()
explained = (COACHING_FIGURES, ("calls", "rings", "callbacks", "attempts", "notes", "surveys"))
scope = scope_of(viewer)
rules = current_rules()
today = local_day(this_minute(), rules)

filters = filter_line(scope, today, QUALITY_DAYS)
if filters.agent_id is None and viewer.role in ("agent", "kc"):
    filters = replace(filters, agent_id=viewer.agent_id)
# Whoever looks is written down before anything is read.
look_at(viewer, "agent", filters.agent_id)
agency = ask_past(agency_signals, EVERYBODY, days_over(filters, today), rules, today)
subject = ask_past(colleague, scope, agency, filters, rules, today)
if subject is None and filters.agent_id is not None:
    st.info(_("That is nobody whom you may see."))
    st.stop()
if subject is None:
    st.header(_("Whose page do you want to open?"), anchor=False)
    parts.colleagues_list(ask_past(coaching_signals, scope, agency, filters, rules, today))
    st.stop()
sessions = ask(coaching_sessions, scope, replace(filters, team_id=None), today)

warn_of_sources(("calls", "rings", "callbacks", "attempts", "notes", "surveys"))
show_result()
parts.sentence(subject, sessions, today)
parts.comparisons_table(subject)
st.header(_("Over a year"), anchor=False)
parts.control_charts(subject, sessions)
st.header(_("Coaching sessions"), anchor=False)
parts.sessions_and_reviews(viewer, subject, sessions, rules, today)
st.header(_("Week by week"), anchor=False)
parts.weeks_table(viewer, subject, filters, rules, today)
export_buttons(viewer, "agent", subject.weeks, subject.agent_id, explained)

definitions(*explained)

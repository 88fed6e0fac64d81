"""Who would be helped by practice, and in what? Differences that are more than chance, with what could explain them."""

import streamlit as st

from data_access.questions.coaching import agency_signals, coaching_signals, days_over
from data_access.questions.coaching_sessions import coaching_sessions, concerns
from data_access.scope import EVERYBODY, scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import COACHING_FIGURES
from pages.parts.coaching_forms import concern_form, concerns_table, sessions_table
from pages.parts.filters import QUALITY_DAYS, filter_line
from pages.parts.folds import folded
from pages.parts.foot import definitions, warn_of_sources
from pages.parts.forms import show_result
from pages.parts.gate import enter
from pages.parts.loaders import ask, ask_past, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.wording import _
from pages.views import coaching as parts

viewer = enter()
explained = (COACHING_FIGURES, ("calls", "rings", "callbacks", "attempts", "notes", "surveys"))
scope = scope_of(viewer)
rules = current_rules()
today = local_day(this_minute(), rules)

filters = filter_line(scope, today, QUALITY_DAYS)
look_at(viewer, "coaching", filters.agent_id)
agency = ask_past(agency_signals, EVERYBODY, days_over(filters, today), rules, today)
compared = ask_past(coaching_signals, scope, agency, filters, rules, today)

warn_of_sources(("calls", "rings", "callbacks", "attempts", "notes", "surveys"))
show_result()
parts.sentence(compared)
parts.signals_list(compared)
st.header(_("Coaching sessions"), anchor=False)
sessions_table(ask(coaching_sessions, scope, filters, today), today)
if scope.may_see_concerns:
    st.header(_("Concerns (Q5)"), anchor=False)
    concerns_table(ask(concerns, scope, filters, rules), rules)
concern_form(viewer, rules)

st.header(_("How sure is this?"), anchor=False)
parts.how_much_can_be_said(compared)
export_buttons(viewer, "coaching", compared.comparisons, filters.agent_id, explained)
with folded(_("Everything that was compared"), "all_comparisons") as is_open:
    if is_open:
        parts.all_comparisons(compared)
with folded(_("Normal variation"), "funnels") as is_open:
    if is_open:
        parts.funnels(compared)

parts.show_signal(viewer, compared, filters, rules, today)
definitions(*explained)

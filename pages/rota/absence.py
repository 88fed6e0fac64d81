"""Was it told in time, and can I say yes? Notice, buddies, and what one more absence would do (R2 to R6)."""

import streamlit as st

from data_access.questions.absence import (
    absence_register,
    absent_now,
    buddies_both_away,
    notice_by_quarter,
    without_buddy,
)
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import ABSENCE_FIGURES
from pages.parts.figures import show_figures
from pages.parts.filters import filter_line
from pages.parts.foot import definitions, say_if_not_loaded
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.wording import _, short_day
from pages.views import absence as parts
from pages.views.what_if import leave_card

viewer = enter()
explained = (ABSENCE_FIGURES, ("absences", "shifts"))
scope = scope_of(viewer)
rules = current_rules()
now = this_minute()

# Who is away now and who may go concerns no period: the days are chosen further down, with the figures of one.
now_and_soon, of_period = st.container(), st.container()
with of_period:
    st.header(_("In figures"), anchor=False)
    days = st.container(horizontal=True)
with now_and_soon:
    filters = filter_line(scope, local_day(now, rules), period=days)
    question = (filters, rules, now)
    look_at(viewer, "absence", filters.agent_id)
    register = ask(absence_register, scope, *question)
    pairs = ask(buddies_both_away, scope, *question)
    absent = ask(absent_now, scope, *question)
    alone = ask(without_buddy, scope, *question)
    if say_if_not_loaded("absences"):
        parts.sentence(register, pairs, absent, short_day(filters.from_date, now))
    leave_card(scope, rules, now)
    parts.away_list(absent, register, pairs, now)

with of_period:
    show_figures(parts.PAGE, parts.SHOWN, parts.totals(scope, register, pairs, absent, alone))
    parts.opened_rows(scope, register, pairs, absent, alone, rules)
    st.header(_("Every absence of the period"), anchor=False)
    parts.register_table(scope, register, rules)
    export_buttons(viewer, "absence", register, filters.agent_id, explained)
    st.header(_("Buddies"), anchor=False)
    parts.buddy_calendar(register, pairs, rules)
    st.header(_("Told in time, by team and quarter"), anchor=False)
    parts.quarter_table(ask(notice_by_quarter, scope, *question))

parts.show_absence(register, absent, pairs, now)
definitions(*explained)

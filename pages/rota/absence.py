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
from pages.parts.foot import definitions
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_button, look_at
from pages.parts.wording import _
from pages.views import absence as parts

viewer = enter()
scope = scope_of(viewer)
rules = current_rules()
now = this_minute()

filters = filter_line(scope, local_day(now, rules))
question = (filters, rules, now)
look_at(viewer, "absence", filters.agent_id)
register = ask(absence_register, scope, *question)
pairs = ask(buddies_both_away, scope, *question)
absent = ask(absent_now, scope, *question)
alone = ask(without_buddy, scope, *question)
totals = parts.totals(scope, register, pairs, absent, alone)

parts.sentence(register, pairs, absent)
show_figures(parts.PAGE, parts.SHOWN, parts.APART, totals, width=156)
parts.opened_rows(scope, register, pairs, absent, alone, rules)

st.header(_("What if I say yes?"), anchor=False)
parts.what_if_form(scope, rules, now)
st.header(_("Every absence"), anchor=False)
parts.register_table(scope, register, rules)
export_button(viewer, "absence", register, filters.agent_id)
st.header(_("Away now"), anchor=False)
parts.absent_table(absent, rules, now)
st.header(_("Buddies"), anchor=False)
parts.buddy_calendar(register, pairs, rules)
st.header(_("Told in time, by team and quarter"), anchor=False)
parts.quarter_table(ask(notice_by_quarter, scope, *question))

definitions(ABSENCE_FIGURES, ("absences", "shifts"))

"""Are we really trying? Contact attempts day by day (A1, A2), and the phone log held against the notes (C2)."""

import streamlit as st

from data_access.questions.attempts import attempts_of
from data_access.questions.notes import note_discipline, note_totals
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import ATTEMPT_FIGURES
from pages.parts.figures import show_figures
from pages.parts.filters import callback_filter_line
from pages.parts.foot import definitions, warn_if_late
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_button, look_at
from pages.parts.wording import _
from pages.views import attempts as parts

viewer = enter()
scope = scope_of(viewer)
rules = current_rules()
now = this_minute()

today = local_day(now, rules)
# The list shows what is open now: the days are chosen further down, with the figures of a period.
now_open, of_period = st.container(), st.container()
with of_period:
    st.header(_("In figures"), anchor=False)
    days = st.container(horizontal=True)
with now_open:
    filters = callback_filter_line(scope, today, days)
    look_at(viewer, "attempts", filters.agent_id)
    attempts = ask(attempts_of, scope, filters, rules, now)
    discipline = ask(note_discipline, scope, filters, rules, today)
    totals = attempts.totals(filters) | note_totals(discipline)
    warn_if_late(("callbacks", "attempts", "notes", "calls", "rings"))
    parts.say_what_is_blanked(filters)
    parts.sentence(attempts, totals)
    parts.histories_table(attempts, rules, now)
    export_button(viewer, "attempts", attempts.histories, filters.agent_id)

with of_period:
    show_figures(parts.PAGE, parts.SHOWN, totals)
    parts.opened_rows(scope, attempts, filters, rules, now)
    st.header(_("Who must follow the pattern, and why"), anchor=False)
    parts.pattern_table(attempts.agents)

    st.header(_("Phone log compared with notes"), anchor=False)
    parts.discipline_table(discipline, filters)
    parts.discipline_picture(discipline)

parts.open_request(viewer, attempts, rules, now)
definitions(ATTEMPT_FIGURES, ("callbacks", "attempts", "notes", "calls"))

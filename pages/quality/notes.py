"""Is it written down, and is it true? The phone log held against the notes (C2), and who is under the pattern (A2)."""

from functools import partial

import streamlit as st

from data_access.questions.attempts import attempts_of
from data_access.questions.notes import note_discipline, note_totals
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import ATTEMPT_FIGURES
from pages.parts.drawer import show_drawer
from pages.parts.figures import show_figures
from pages.parts.filters import callback_filter_line
from pages.parts.folds import folded
from pages.parts.foot import definitions, say_if_not_loaded, warn_of_sources
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.wording import _
from pages.views import notes as parts
from pages.views.call_pattern import histories_table, show_days

viewer = enter()
explained = (ATTEMPT_FIGURES, ("callbacks", "attempts", "notes", "calls"))
scope = scope_of(viewer)
rules = current_rules()
now = this_minute()

today = local_day(now, rules)
filters = callback_filter_line(scope, today)
look_at(viewer, "notes", filters.agent_id)
attempts = ask(attempts_of, scope, filters, rules, now)
discipline = ask(note_discipline, scope, filters, rules, today)
totals = attempts.totals(filters) | note_totals(discipline)
say_if_not_loaded("notes")
warn_of_sources(("callbacks", "attempts", "notes", "calls", "rings"))
parts.say_what_is_blanked(filters)
parts.sentence(attempts, totals)
parts.opened_rows(scope, attempts, filters, rules, now)

st.header(_("Phone log compared with notes"), anchor=False)
parts.discipline_table(discipline, filters)
export_buttons(viewer, "notes", discipline, filters.agent_id, explained)
st.header(_("Who must follow the pattern, and why"), anchor=False)
parts.pattern_table(attempts.agents)
st.header(_("In figures"), anchor=False)
show_figures(parts.PAGE, parts.SHOWN, totals)
parts.discipline_picture(discipline)
with folded(_("Every request of the period, day by day"), "all_requests") as is_open:
    if is_open:
        histories_table(attempts, attempts.histories, rules, now)
        export_buttons(viewer, "attempts", attempts.histories, filters.agent_id, explained)

show_drawer(viewer, "notes", rules, now, more=partial(show_days, attempts))
definitions(*explained)

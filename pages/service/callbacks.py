"""Which customers wait too long? The worklist, promises kept and broken, and who has to act (B1 to B8)."""

from functools import partial

import streamlit as st

from data_access.questions.attempts import attempts_of
from data_access.questions.callbacks import (
    callback_totals,
    callbacks_by_desk,
    callbacks_by_week,
    lateness_of,
    totals_before,
)
from data_access.questions.escalations import escalations
from data_access.questions.worklist import in_view, worklist
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import CALLBACK_FIGURES
from pages.parts.drawer import show_drawer
from pages.parts.filters import callback_filter_line
from pages.parts.foot import definitions, say_if_not_loaded, warn_of_sources
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.wording import _
from pages.views import callbacks as parts
from pages.views.call_pattern import open_histories, show_days, show_open_pattern
from pages.views.requests import PATTERN, chosen_view, show_requests

viewer = enter()
explained = (CALLBACK_FIGURES, ("callbacks", "promises", "attempts"))
scope = scope_of(viewer)
rules = current_rules()
now = this_minute()

# What is open now is open whatever its day: the days are chosen further down, with the figures of a period.
now_open, of_period = st.container(), st.container()
with of_period:
    st.header(_("In figures"), anchor=False)
    days = st.container(horizontal=True)
with now_open:
    filters = callback_filter_line(scope, local_day(now, rules), days)
    question = (filters, rules, now)
    look_at(viewer, "callbacks", filters.agent_id)
    totals = ask(callback_totals, scope, *question)
    work = ask(worklist, scope, *question)
    warn_of_sources(("callbacks", "promises", "attempts", "calls", "rings"))
    if say_if_not_loaded("callbacks"):
        parts.sentence(work, totals, now)
    parts.opened_rows(scope, filters, rules, now)
    attempts = None
    if len(work) and (view := chosen_view(work, now)) == PATTERN:
        attempts = ask(attempts_of, scope, *question)
        show_open_pattern(attempts, rules, now)
        export_buttons(viewer, "attempts", open_histories(attempts), filters.agent_id, explained)
    elif len(work):
        shown = work[in_view(work, view, now)]
        show_requests(viewer, shown, rules, now)
        export_buttons(viewer, "callbacks", shown, filters.agent_id, explained)
        parts.list_to_hand_over(work, now)

with of_period:
    parts.figures(totals, ask(totals_before, scope, *question))
    st.header(_("Per desk"), anchor=False)
    parts.desk_table(ask(callbacks_by_desk, scope, *question))
    st.header(_("Who wanted a superior? (Q4)"), anchor=False)
    parts.escalations_table(ask(escalations, scope, *question), rules)
    st.header(_("How long have they waited?"), anchor=False)
    parts.age_picture(work)
    st.header(_("How late did we come back?"), anchor=False)
    parts.lateness_picture(ask(lateness_of, scope, *question))
    st.header(_("Week by week"), anchor=False)
    parts.week_picture(ask(callbacks_by_week, scope, *question))

show_drawer(viewer, "callbacks", rules, now, more=partial(show_days, attempts) if attempts else None)
definitions(*explained)

"""Do we pick up? Calls received and answered, per team and agent (C1)."""

import streamlit as st

from data_access.questions.calls import (
    calls_by_agent,
    calls_by_day,
    calls_by_half_hour,
    days_without_rota,
    names_only_who_answered,
    period_before_totals,
    team_totals,
    teams_without_queue,
)
from data_access.questions.solved import solved_by_agent, solved_totals
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import AGENT_FIGURES, CALL_FIGURES, SOLVED_FIGURES
from pages.parts.filters import filter_line
from pages.parts.foot import definitions, say_if_not_loaded, warn_of_sources
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.phones import phones_now
from pages.parts.wording import _
from pages.views import calls as parts

viewer = enter()
explained = (CALL_FIGURES + AGENT_FIGURES + SOLVED_FIGURES, ("calls", "rings"))
scope = scope_of(viewer)
rules = current_rules()

today = local_day(this_minute(), rules)
filters = filter_line(scope, today)
look_at(viewer, "calls", filters.agent_id)
totals = ask(team_totals, scope, filters)
before = ask(period_before_totals, scope, filters)
agents = ask(calls_by_agent, scope, filters)

say_if_not_loaded("calls")
warn_of_sources(("calls", "rings", "shifts"))
phones_now(in_detail=True)
if scope.sees_a_team:
    parts.sentence(totals, before, ask(teams_without_queue, scope, filters))
    parts.identity_of_calls(totals, before)
    parts.opening_hours_note(totals)
    parts.figures(totals, before, agents, ask(solved_totals, scope, filters, today))
else:
    parts.sentence_of_agent(agents)
parts.opened_rows(scope, filters, rules)

st.header(_("Per agent"), anchor=False)
parts.rota_note(ask(days_without_rota, scope, filters))
parts.identity_of_agents(agents)
is_one_sided = ask(names_only_who_answered, scope)
solved = ask(solved_by_agent, scope, filters, today)
parts.agent_table(viewer, filters, rules, agents, solved, names_only_who_answered=is_one_sided)
export_buttons(viewer, "calls", agents, filters.agent_id, explained)

if scope.sees_a_team:
    st.header(_("When do we pick up?"), anchor=False)
    parts.week_picture(ask(calls_by_half_hour, scope, filters))
    st.header(_("Day by day"), anchor=False)
    parts.day_picture(ask(calls_by_day, scope, filters))

definitions(*explained)

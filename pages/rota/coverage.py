"""Is anybody there? On the phones against needed, half hour by half hour (R1)."""

import streamlit as st

from data_access.questions.calls import Filters, teams_without_queue
from data_access.questions.coverage import adherence_of, coverage_of
from data_access.questions.holes import holes_ahead
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import ONE_DAY, local_day, local_to_utc
from metrics.coverage import counts_of_half_hours
from metrics.figures import COVERAGE_FIGURES
from pages.parts.figures import show_figures
from pages.parts.filters import week_filter_line
from pages.parts.foot import definitions, say_if_not_loaded, warn_of_sources
from pages.parts.gate import enter
from pages.parts.loaders import ask, ask_past, this_minute
from pages.parts.wording import _
from pages.views import coverage as parts

viewer = enter()
scope = scope_of(viewer)
if not scope.sees_a_team:
    st.info(_("How the phones are manned is shown to team leads, the quality manager and administrators."))
    st.stop()
rules = current_rules()
now = this_minute()

today = local_day(now, rules)
ahead_of_us, of_week = st.container(), st.container()
with of_week:
    st.header(_("The week, half hour by half hour"), anchor=False)
    week_line = st.container(horizontal=True)
with ahead_of_us:
    monday, team_id = week_filter_line(scope, today, week_line)
    ahead = ask(holes_ahead, scope, team_id, today, rules)
    say_if_not_loaded("shifts")
    warn_of_sources(("calls", "rings"))
    parts.sentence(ahead, ask(teams_without_queue, scope, Filters(monday, monday, team_id)), now)
    parts.holes_list(ahead, now)

week = (team_id, monday, monday + 6 * ONE_DAY, rules, now)
table = ask(coverage_of, scope, *week)
totals = counts_of_half_hours(table) | ask(adherence_of, scope, *week)
parts.week_in_words(table, now)
show_figures(parts.PAGE, parts.SHOWN, totals)
parts.opened_rows(scope, table, week, rules)
parts.week_table(scope, table, team_id, rules, now)
st.header(_("One day: needed, planned, really there"), anchor=False)
parts.day_picture(table, monday, rules, now)
st.header(_("Day by day"), anchor=False)
parts.day_table(table)
weeks_before = (team_id, monday - 28 * ONE_DAY, monday - ONE_DAY, rules)
begun = local_to_utc(monday, 0, rules)
before = (
    ask_past(coverage_of, scope, *weeks_before, begun) if begun <= now else ask(coverage_of, scope, *weeks_before, now)
)
parts.forecast_note(before, rules)

parts.show_hole(scope, ahead, team_id, rules, now)
definitions(COVERAGE_FIGURES, ("shifts", "absences", "calls", "rings"))

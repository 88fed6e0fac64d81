"""What do customers say, and did we answer those who were unhappy? The published score, the goal, the week's review."""

import streamlit as st

from data_access.questions.feedback_weeks import feedback_weeks
from data_access.questions.satisfaction import low_scores, published_scores, rating_totals, ratings_by_agent
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from metrics.figures import SATISFACTION_FIGURES
from pages.parts.figures import show_figures
from pages.parts.filters import QUALITY_DAYS, filter_line
from pages.parts.foot import definitions, say_if_not_loaded, warn_of_sources
from pages.parts.forms import show_result
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.wording import _
from pages.views import satisfaction as parts

viewer = enter()
explained = (SATISFACTION_FIGURES, ("surveys", "invitations"))
scope = scope_of(viewer)
rules = current_rules()
now = this_minute()
today = local_day(now, rules)

filters = filter_line(scope, today, QUALITY_DAYS)
look_at(viewer, "satisfaction", filters.agent_id)
scale = parts.choose_scale(scope, today)
quarters = ask(published_scores, scope, scale, rules, now)
totals = ask(rating_totals, scope, filters, scale, rules, now)

say_if_not_loaded("surveys")
warn_of_sources(("surveys", "invitations"))
show_result()
parts.sentence(scope, quarters, totals, scale)
parts.opened_rows(scope, filters, scale, rules, now)

waiting = ask(low_scores, scope, filters, rules, now)
match parts.chosen_view(waiting):
    case parts.REVIEW:
        parts.review_list(waiting, now)
        export_buttons(viewer, "satisfaction", waiting, filters.agent_id, explained)
        if scope.sees_a_team:
            parts.weeks_table(viewer, ask(feedback_weeks, scope, filters, rules, now), filters, rules)
    case parts.SCORE:
        show_figures(parts.PAGE, parts.SHOWN, totals)
        st.header(_("Quarters"), anchor=False)
        parts.quarters_picture(quarters)
        parts.quarters_table(quarters)
    case parts.COLLEAGUES:
        parts.agents_table(ask(ratings_by_agent, scope, filters, scale, rules, now))

parts.show_rating(viewer, waiting, filters, rules)
definitions(*explained)

"""Can I trust what I see? How fresh each source is, what was loaded and what was set aside."""

from datetime import timedelta

import streamlit as st

from data_access.questions.sources import loads_since, problems_of_load, rings_without_use, sources_by_kind
from data_access.scope import scope_of
from data_access.settings import current_rules
from pages.parts.foot import warn_of_sources
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.phones import employees_to_map, phones_now
from pages.parts.wording import _
from pages.parts.words import KIND_LABELS
from pages.views import sources as parts

viewer = enter()
scope = scope_of(viewer)
if not scope.sees_everything:
    st.info(
        _(
            "What was loaded is shown to the quality manager and administrators. Where data are missing, the pages "
            "that need them say so."
        )
    )
    st.stop()
rules = current_rules()
now = this_minute()

sources = ask(sources_by_kind, scope, rules, now)
parts.sentence(sources)
warn_of_sources(tuple(KIND_LABELS))
parts.small_loads_note(sources)
parts.rules_note(rules)
parts.rings_note(ask(rings_without_use, scope))
phones_now(in_detail=False)
employees_to_map(scope)
chosen = parts.source_table(sources, rules, now)
if chosen is not None:
    parts.problems(chosen, ask(problems_of_load, scope, int(chosen.run_id)))
st.header(_("Loads of the last two weeks"), anchor=False)
parts.loads_picture(ask(loads_since, scope, now - timedelta(days=parts.PICTURED_DAYS)), rules, now)

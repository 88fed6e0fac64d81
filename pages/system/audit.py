"""Who looked, who changed? The log that nobody edits, and one subject's extract of it (P1)."""

import streamlit as st

from data_access.questions.audit import log_entries
from data_access.scope import scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from pages.parts.gate import enter
from pages.parts.loaders import this_minute
from pages.parts.looks import export_buttons
from pages.views import audit as parts

viewer = enter()
rules = current_rules()

filters = parts.filter_line(local_day(this_minute(), rules))
# Not from the cache: what was logged a moment ago has to be there.
entries = log_entries(scope_of(viewer), filters, rules)

parts.sentence(entries, filters)
parts.log_table(entries, rules)
export_buttons(viewer, "audit", entries)
st.caption(parts.who_sees_what(viewer))

"""What do these figures mean? Every figure's one declaration, and the house rules in force with their dates."""

import streamlit as st

from data_access.settings import current_rules
from metrics.calendar import local_day
from pages.parts import privacy
from pages.parts.gate import enter
from pages.parts.loaders import this_minute
from pages.parts.wording import _
from pages.views import rules as parts

viewer = enter()
rules = current_rules()
today = local_day(this_minute(), rules)

parts.sentence(rules, today)
parts.figure_table()
st.header(_("The house rules"), anchor=False)
parts.rule_texts()
st.header(_("House rules in force"), anchor=False)
parts.rules_table(rules, today)
st.header(_("To whom a request goes"), anchor=False)
parts.routing_table(rules, today)
privacy.notice(rules, today)

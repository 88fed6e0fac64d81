"""What happens to the customers of somebody who left? Previewed, confirmed, undone by a new entry (K1, K2, B8)."""

import streamlit as st

from data_access.questions.reassignment import case_handlers, hand_overs, not_yet_in_crm
from data_access.scope import may_hand_over, scope_of
from data_access.settings import current_rules
from metrics.calendar import local_day
from pages.parts.forms import show_result
from pages.parts.gate import enter
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import export_buttons, look_at
from pages.parts.wording import _
from pages.views import reassign as parts
from pages.views.hand_over import show_hand_over
from pages.views.handlers import choose, sentence

viewer = enter()
if not may_hand_over(viewer):
    st.info(_("Only team leads, the quality manager and administrators hand customers over."))
    st.stop()
scope = scope_of(viewer)
rules = current_rules()
now = this_minute()
today = local_day(now, rules)

show_result()
handlers = ask(case_handlers, scope, rules, now)
sentence(scope, handlers)
chosen = choose(handlers, now)
for agent_id in chosen:
    look_at(viewer, "reassign", agent_id)

st.header(_("Not yet in IBA"), anchor=False)
waiting = ask(not_yet_in_crm, scope, today)
parts.waiting_table(waiting)
export_buttons(viewer, "reassign", waiting)
st.header(_("Hand-overs so far"), anchor=False)
parts.history(viewer, ask(hand_overs, scope, today), rules)
if chosen:
    show_hand_over(viewer, chosen, rules)

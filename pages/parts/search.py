"""One field on every page: a customer's number, or a colleague's initials or name, leads to what the viewer may see."""

from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.questions.search import LONGEST_ASKED, Hits, hits_of
from data_access.scope import Viewer, scope_of
from data_access.settings import current_rules
from pages.parts.drawer import REQUEST
from pages.parts.loaders import ask, this_minute
from pages.parts.wording import _, escaped, short_time
from pages.parts.words import TOPIC_LABELS

CALLBACKS, COLLEAGUE = "pages/service/callbacks.py", "pages/quality/agent.py"
SOUGHT = "sought"
"""What was asked for last, for as long as its answers stand in the menu."""


def opened_by() -> DeltaGenerator:
    """What opens the field; a script of ours puts the cursor into it (shell.js)."""
    return st.container(key="finding", width="content").popover(_("Find"), icon=":material/search:", type="tertiary")


def search_field(viewer: Viewer) -> None:
    """The field, and under it what was found; where it is one thing alone, that opens at once."""
    with st.form("search", border=False, clear_on_submit=True):
        text = st.text_input(_("Customer number, initials or name"), max_chars=LONGEST_ASKED, key="search_text")
        is_asked = st.form_submit_button(_("Find"), icon=":material/search:")
    if is_asked:
        st.session_state[SOUGHT] = text
    if not (sought := str(st.session_state.get(SOUGHT, "")).strip()):
        return
    now = this_minute()
    places = places_of(ask(hits_of, scope_of(viewer), sought, current_rules(), now), now)
    if is_asked and len(places) == 1:
        del st.session_state[SOUGHT]
        [(_label, page, parameters)] = places
        st.switch_page(page, query_params=parameters)
    if not places:
        st.caption(_("Nothing that you may see has that number, these initials or this name."))
    for label, page, parameters in places:
        st.page_link(page, label=label, query_params=parameters)


def places_of(hits: Hits, now: datetime) -> list[tuple[str, str, dict[str, str]]]:
    """Of each answer what it is called, the page where it stands, and the parameters of its address."""
    places = []
    for hit in hits.requests:
        words = {
            "customer": escaped(str(hits.customer)),
            "topic": _(TOPIC_LABELS.get(hit.topic, hit.topic)),
            "time": short_time(hit.created_at, now),
        }
        label = (
            _("{customer}: {topic}, {time}, open", **words)
            if hit.is_open
            else _("{customer}: {topic}, {time}", **words)
        )
        places.append((label, CALLBACKS, {REQUEST: str(hit.callback_id)}))
    places += [(escaped(initials), COLLEAGUE, {"agent": initials}) for initials in hits.agents]
    return places

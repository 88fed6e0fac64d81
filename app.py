"""The door: who is looking, in which language, which pages; then the page runs."""

import streamlit as st

from data_access.scope import may_hand_over
from pages.parts import gate, welcome
from pages.parts.wording import LOCALES, _, browser_language

viewer = gate.viewer_or_stop()

gate.dress_page()
# The codes themselves, because what is shown is what stands in the URL.
st.sidebar.segmented_control(
    "Sprog · Language",
    list(LOCALES),
    default=browser_language(),
    required=True,
    key="lang",
    bind="query-params",
    persist_state="session",
)
gate.choose_viewer()
if viewer is None:
    st.navigation([st.Page(welcome.show, title=_("Welcome"), icon=":material/waving_hand:")], position="hidden").run()
    st.stop()
gate.show_who_looks(viewer)


def front() -> None:
    """The address without a page leads to the first one; the filters in it go along."""
    # Language and viewer go along by themselves: their switches are bound to the address.
    parameters = {name: value for name, value in st.query_params.items() if name not in ("lang", "viewer")}
    st.switch_page("pages/today/overview.py", query_params=parameters)


customers = [
    st.Page("pages/customers/reassign.py", title=_("Hand-over"), icon=":material/move_up:", url_path="reassign")
]
page = st.navigation(
    {
        "": [st.Page(front, title="Svartid", default=True, visibility="hidden")],
        _("Now"): [
            st.Page("pages/today/overview.py", title=_("Today"), icon=":material/notifications:", url_path="overview")
        ],
        _("Service"): [
            st.Page("pages/service/calls.py", title=_("Calls"), icon=":material/call:", url_path="calls"),
            st.Page(
                "pages/service/callbacks.py",
                title=_("Callbacks"),
                icon=":material/phone_callback:",
                url_path="callbacks",
            ),
            st.Page("pages/service/attempts.py", title=_("Attempts"), icon=":material/redo:", url_path="attempts"),
        ],
        _("Rota"): [
            st.Page("pages/rota/coverage.py", title=_("Coverage"), icon=":material/groups:", url_path="coverage"),
            st.Page("pages/rota/absence.py", title=_("Absence"), icon=":material/event_busy:", url_path="absence"),
        ],
        _("Quality"): [
            st.Page("pages/quality/coaching.py", title=_("Coaching"), icon=":material/school:", url_path="coaching"),
            st.Page("pages/quality/agent.py", title=_("Colleague"), icon=":material/person:", url_path="agent"),
            st.Page(
                "pages/quality/satisfaction.py",
                title=_("Satisfaction"),
                icon=":material/sentiment_satisfied:",
                url_path="satisfaction",
            ),
        ],
        _("Customers"): customers if may_hand_over(viewer) else [],
        _("System"): [
            st.Page("pages/system/sources.py", title=_("Sources"), icon=":material/database:", url_path="sources"),
            st.Page("pages/system/rules.py", title=_("Rules"), icon=":material/gavel:", url_path="rules"),
            st.Page("pages/system/audit.py", title=_("Audit"), icon=":material/visibility:", url_path="audit"),
        ],
    },
    expanded=True,
)
st.title(page.title, anchor=False)
page.run()

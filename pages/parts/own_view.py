"""How Svartid opens for a reader: what they keep, and the visit that begins with it."""

import streamlit as st

from data_access.changes.own_views import keep_own_view
from data_access.database.writing import BusyError
from data_access.questions.calls import choices
from data_access.questions.own_views import OwnView, own_view_of
from data_access.scope import Viewer, scope_of
from pages.parts.forms import BUSY
from pages.parts.loaders import ask
from pages.parts.wording import KEPT_LANGUAGE, LANGUAGES, _, ngettext

OWN = "own_view_of_visit"
"""Under it a visit knows whose it is, and what they kept when it began."""
FILTERS = ("from", "to", "week", "team", "agent", "desk")
PERIODS_DAYS = (7, 14, 28, 91)


def begin_visit(viewer: Viewer) -> None:
    """At the first look of a visit: what the reader keeps; of an address that names a filter, what it names."""
    if st.session_state.get(OWN, ("", None))[0] == viewer.name:
        return
    own = own_view_of(scope_of(viewer), viewer.agent_id)
    st.session_state.update({OWN: (viewer.name, own), KEPT_LANGUAGE: own.language})
    if own.team is not None and not any(name in st.query_params for name in FILTERS):
        st.session_state["team"] = own.team


def own_days() -> int | None:
    """How many days back the pages of four weeks begin for this reader, where they have said so."""
    return own_view_of_visit().period_days


def own_view_of_visit() -> OwnView:
    own: OwnView = st.session_state.get(OWN, ("", OwnView()))[1]
    return own


def own_view_form(viewer: Viewer) -> None:
    """Where somebody says how Svartid opens for them. Who has no login of their own has nothing to keep."""
    if viewer.agent_id is None:
        return
    own, teams = own_view_of_visit(), list(ask(choices, scope_of(viewer)).teams)
    # Written before, in the language of this look.
    lengths = {count: ngettext("The last {count} day", "The last {count} days", count) for count in PERIODS_DAYS}
    with st.form("own_view", border=False):
        st.subheader(_("How Svartid opens for you"), anchor=False)
        team = st.selectbox(
            _("Team"), teams, index=place_of(own.team, teams), placeholder=_("All teams"), key="own_team"
        )
        days = st.selectbox(
            _("Period"),
            PERIODS_DAYS,
            index=place_of(own.period_days, PERIODS_DAYS),
            placeholder=_("As the page has it"),
            format_func=lengths.__getitem__,
            help=_("Coaching, Colleague and Satisfaction always open with twelve weeks: signals need them."),
            key="own_period",
        )
        code = st.selectbox(
            _("Language"),
            list(LANGUAGES),
            index=place_of(own.language, list(LANGUAGES)),
            placeholder=_("As the browser asks for"),
            format_func=LANGUAGES.__getitem__,
            help=_("The morning's mail is written in it too."),
            key="own_language",
        )
        if not st.form_submit_button(_("Keep")):
            return
    try:
        keep_own_view(viewer, OwnView(team, days, code))
    except BusyError:
        st.error(_(BUSY))
    else:
        st.caption(_("Kept: your next visit begins like this."))


def place_of(value: object, values: list[str] | tuple[int, ...]) -> int | None:
    return list(values).index(value) if value in values else None

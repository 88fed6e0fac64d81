"""What an empty database shows: the two ways in, a simulated year or the steps to load one's own export."""

from contextlib import suppress

import streamlit as st

from data_access.database.engine import place_of_database
from data_access.demo.build import DemoRefusedError, build_demo
from data_access.settings import current_rules, now
from metrics.figures import N_
from pages.parts.gate import LOCAL, access_mode, may_simulate
from pages.parts.wording import _, escaped, language

STEPS = {"simulate": N_("The agency works …"), "derive": N_("Figures are derived …")}
SHARE_OF_SIMULATION = 0.7


def show() -> None:
    """Both ways in, for somebody who has nothing yet or an export of their telephone system."""
    st.title(_("Welcome to Svartid"), anchor=False)
    st.markdown(_("Nothing has been loaded yet. There are two ways in."))
    if access_mode() == LOCAL:
        # Whoever looks for their data has perhaps set another address.
        st.caption(_("The database that is empty: {place}", place=escaped(place_of_database())))
    if may_simulate():
        offer_simulated_year()
    st.header(_("Load your own export"), anchor=False)
    show_steps()


def offer_simulated_year() -> None:
    st.header(_("Look around in a simulated year"), anchor=False)
    st.markdown(
        _(
            "An invented agency of about 40 people, with calls, messages, rota and ratings of the last twelve months. "
            "It takes about a minute, and everything in it is made up."
        )
    )
    if st.button(_("Build the simulated year"), type="primary", icon=":material/play_arrow:"):
        bar = st.progress(0.0)

        def show_progress(step: str, done: int, total: int) -> None:
            before, share = (0.0, SHARE_OF_SIMULATION) if step == "simulate" else (SHARE_OF_SIMULATION, 0.29)
            bar.progress(before + share * done / total, text=_(STEPS[step]))

        # Refused where somebody else was faster; then there is something to look at now.
        with suppress(DemoRefusedError):
            build_demo(current_rules(), now(), show_progress, language=language())
        st.rerun()


def show_steps() -> None:
    st.subheader(_("1. Say which column is what"), anchor=False)
    st.markdown(
        _(
            "Begin with your list of staff and an export of your telephone system, as they are. The drafts mark with a "
            "question mark what you have to look at."
        )
    )
    st.code(
        ".venv/bin/python -m data_access guess agents STAFF.csv --to staff.toml\n"
        ".venv/bin/python -m data_access guess calls CALLS.csv --to calls.toml",
        language="bash",
    )
    st.subheader(_("2. Try it, then load it"), anchor=False)
    st.markdown(_("With --dry-run nothing is changed and you are told what would happen."))
    st.code(
        ".venv/bin/python -m data_access import agents STAFF.csv --mapping staff.toml --dry-run\n"
        ".venv/bin/python -m data_access import agents STAFF.csv --mapping staff.toml\n"
        ".venv/bin/python -m data_access import calls CALLS.csv --mapping calls.toml",
        language="bash",
    )
    st.subheader(_("3. Start the app for this computer"), anchor=False)
    st.code("SVARTID_ACCESS=local make run", language="bash")
    st.markdown(
        _("Requests, customers, shifts, absences and ratings are loaded in the same way, in any order, now or later.")
    )

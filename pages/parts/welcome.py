"""What an empty database shows: the two ways in, a simulated year or the steps to load one's own export."""

from contextlib import suppress

import streamlit as st

from data_access.demo.build import DemoRefusedError, build_demo
from data_access.settings import current_rules, now
from metrics.figures import N_
from pages.parts.gate import may_simulate
from pages.parts.wording import _, language

STEPS = {"simulate": N_("The agency works …"), "derive": N_("Figures are derived …")}
SHARE_OF_SIMULATION = 0.7


def show() -> None:
    """Both ways in, for somebody who has nothing yet or an export of their telephone system."""
    st.title(_("Welcome to Svartid"), anchor=False)
    st.markdown(_("Nothing has been loaded yet. There are two ways in."))
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
    st.subheader(_("1. Create the database"), anchor=False)
    st.code(".venv/bin/python -m data_access init", language="bash")
    st.subheader(_("2. Say which column is what"), anchor=False)
    st.markdown(
        _(
            "A file whose columns are called source_id, started_at, answered_at, ended_at, queue, agent … needs "
            "nothing. For any other write a mapping; the one that comes along for a bank's calls shows how:"
        )
    )
    st.code("data_access/sources/mappings/bank_1999_calls.toml", language=None)
    st.subheader(_("3. Try it, then load it"), anchor=False)
    st.markdown(_("With --dry-run nothing is changed and you are told what would happen."))
    st.code(
        ".venv/bin/python -m data_access import calls EXPORT.csv --mapping MAPPING.toml --dry-run\n"
        ".venv/bin/python -m data_access import calls EXPORT.csv --mapping MAPPING.toml",
        language="bash",
    )
    st.subheader(_("4. Start the app for this computer"), anchor=False)
    st.code("SVARTID_ACCESS=local make run", language="bash")
    st.markdown(
        _("Teams, agents, customers, shifts and absences are loaded in the same way, in any order, now or later.")
    )

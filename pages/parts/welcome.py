"""What an empty database shows: the steps to load one's own export."""

import streamlit as st

from pages.parts.wording import _


def show() -> None:
    """The way in for an administrator who has an export and nothing else yet."""
    st.title(_("Welcome to Svartid"), anchor=False)
    st.markdown(
        _("Nothing has been loaded yet. Four steps lead from an export of your telephone system to the first page.")
    )
    st.header(_("1. Create the database"), anchor=False)
    st.code(".venv/bin/python -m data_access init", language="bash")
    st.header(_("2. Say which column is what"), anchor=False)
    st.markdown(
        _(
            "A file whose columns are called source_id, started_at, answered_at, ended_at, queue, agent … needs "
            "nothing. For any other write a mapping; the one that comes along for a bank's calls shows how:"
        )
    )
    st.code("data_access/sources/mappings/bank_1999_calls.toml", language=None)
    st.header(_("3. Try it, then load it"), anchor=False)
    st.markdown(_("With --dry-run nothing is changed and you are told what would happen."))
    st.code(
        ".venv/bin/python -m data_access import calls EXPORT.csv --mapping MAPPING.toml --dry-run\n"
        ".venv/bin/python -m data_access import calls EXPORT.csv --mapping MAPPING.toml",
        language="bash",
    )
    st.header(_("4. Reload this page"), anchor=False)
    st.markdown(
        _("Teams, agents, customers, shifts and absences are loaded in the same way, in any order, now or later.")
    )

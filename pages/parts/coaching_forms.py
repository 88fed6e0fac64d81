"""The small forms of coaching: agree on a session, write down what came of it, write a concern to quality."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data_access.changes.coaching import (
    LONGEST_TEXT,
    OUTCOMES,
    agree_on_session,
    review_session,
    write_concern,
)
from data_access.changes.refusals import ChangeRefusedError
from data_access.scope import Viewer
from data_access.settings import now as clock
from metrics.figures import N_
from metrics.house_rules import CONCERN_RULES, HouseRules
from metrics.rules import RULES
from pages.parts.forms import press, refusal_words
from pages.parts.gate import still_there
from pages.parts.tables import in_zone, show_table
from pages.parts.wording import NOTHING, _, escaped
from pages.parts.words import DESK_LABELS, OUTCOME_WORDS

TABLES = ("coaching", "sessions")
"""In which nothing is chosen any more once something was written."""
HELD_ON, REVIEW_ON, OUTCOME = "session_held_on", "session_review_on", "session_outcome"
ABOUT, RULE, TEXT = "concern_about", "concern_rule", "concern_text"
REVIEW_AFTER_DAYS = 42
REFUSALS = {
    "not_allowed": N_("Not saved: that is not yours to do."),
    "nobody": N_("Not saved: no other colleague has these initials."),
    "dates": N_("Not saved: a session is today or later, its review comes after it, and it is held before."),
    "pending": N_("Not saved: a session about this is agreed and not reviewed yet."),
    "reviewed": N_("Not saved: the session was reviewed already."),
    "no_text": N_("Not saved: say what happened, in at most {most} characters."),
    "unknown": N_("Not saved: the choice is not known."),
}


def rule_words(rule: str) -> str:
    return f"{rule}: {_(RULES[rule].name)}" if rule in RULES else rule


def refused(error: ChangeRefusedError) -> str:
    return refusal_words(error, REFUSALS, most=LONGEST_TEXT)


def session_form(viewer: Viewer, agent_id: int, agent: str, rule: str, rules: HouseRules, today: date) -> None:
    """Agree on a coaching session about a rule."""
    with st.form(f"session_{rule}"):
        st.markdown(_("**Agree on coaching** with {agent} about {rule}", agent=escaped(agent), rule=rule_words(rule)))
        line = st.container(horizontal=True, vertical_alignment="bottom")
        form = "DD.MM.YYYY"
        next_week = today + timedelta(days=7)
        line.date_input(_("Session on"), value=next_week, key=HELD_ON + rule, format=form, width=140)
        review = next_week + timedelta(days=REVIEW_AFTER_DAYS)
        line.date_input(_("Review on"), value=review, key=REVIEW_ON + rule, format=form, width=140)

        def write(presser: Viewer) -> None:
            held_on, review_on = st.session_state[HELD_ON + rule], st.session_state[REVIEW_ON + rule]
            agree_on_session(presser, agent_id, rule, held_on, review_on, rules, clock())

        done = _("Agreed: coaching with {agent} about {rule}.", agent=escaped(agent), rule=rule)
        line.form_submit_button(_("Agree"), on_click=press, args=(still_there(viewer), write, done, refused, TABLES))


def outcome_form(viewer: Viewer, session: Any, rules: HouseRules) -> None:
    """Write down what came of a session, after looking at before and after."""
    with st.form("review"):
        day = NOTHING if pd.isna(session.held_on) else f"{session.held_on:%d.%m.%Y}"
        st.markdown(
            _("**What came of the session** of {day} about {rule}?", day=day, rule=escaped(rule_words(session.rule)))
        )
        line = st.container(horizontal=True, vertical_alignment="bottom")
        line.radio(
            _("Since then it is"),
            OUTCOMES,
            key=OUTCOME,
            format_func=lambda outcome: _(OUTCOME_WORDS[outcome]),
            horizontal=True,
        )

        def write(presser: Viewer) -> None:
            review_session(presser, int(session.session_id), st.session_state[OUTCOME], rules, clock())

        line.form_submit_button(
            _("Save"),
            on_click=press,
            args=(still_there(viewer), write, _("Saved. The session was reviewed."), refused, TABLES),
        )


def sessions_table(sessions: pd.DataFrame, today: date) -> None:
    """Sessions agreed, with what is due: the newest first."""
    if sessions.empty:
        st.caption(_("No coaching session has been agreed on yet."))
        return
    states = [session_state(row, today) for row in sessions.itertuples()]
    due = states.count(_("review due"))
    if due:
        st.markdown(_("Reviews that are due: **{count}**. They are written on the colleague's page.", count=due))
    shown = sessions.assign(
        rule=[rule_words(rule) for rule in sessions["rule"]],
        state=states,
    )
    column, form = st.column_config, "DD.MM.YYYY"
    show_table(
        shown[["agent", "rule", "held_on", "review_on", "state", "by", "agreed_on"]],
        {
            "agent": column.TextColumn(_("Agent"), pinned=True, width=70),
            "rule": column.TextColumn(_("To practise"), width=280),
            "held_on": column.DateColumn(_("Session on"), format=form),
            "review_on": column.DateColumn(_("Review on"), format=form),
            "state": _("State"),
            "by": _("Agreed by"),
            "agreed_on": column.DateColumn(_("Agreed on"), format=form),
        },
        key="sessions",
        most_rows=8,
    )


def session_state(row: Any, today: date) -> str:
    if not pd.isna(row.outcome):
        return _(OUTCOME_WORDS.get(row.outcome, row.outcome))
    if not pd.isna(row.held_on) and row.held_on > today:
        return _("agreed")
    if not pd.isna(row.review_on) and row.review_on > today:
        return _("held, review to come")
    return _("review due")


def concerns_table(rows: pd.DataFrame, rules: HouseRules) -> None:
    """What colleagues wrote; beside the statistics, and never counted into them."""
    st.caption(_("Only the quality manager sees these. They stand beside the figures and are counted into none."))
    if rows.empty:
        st.caption(_("Nobody wrote a concern in this period."))
        return
    shown = rows.assign(
        at=in_zone(rows["at"], rules.zone),
        rule=[rule_words(rule) for rule in rows["rule"]],
        about=[
            row.about if pd.notna(row.about) else _(DESK_LABELS.get(row.desk, row.desk)) for row in rows.itertuples()
        ],
        text=[row.text if pd.isna(row.customer) else copy_words(row.customer) for row in rows.itertuples()],
    )
    column = st.column_config
    show_table(
        shown[["about", "rule", "text", "at", "by"]],
        {
            "about": column.TextColumn(_("About"), pinned=True, width=70),
            "rule": column.TextColumn(_("Rule"), width=240),
            "text": column.TextColumn(_("What happened"), width=400),
            "at": column.DatetimeColumn(_("Written"), format="DD.MM.YYYY HH:mm"),
            "by": _("By"),
        },
        key="concerns",
        most_rows=8,
    )


def copy_words(customer: str) -> str:
    return _("Copied quality on a message from customer {customer}", customer=customer)


def concern_form(viewer: Viewer, rules: HouseRules) -> None:
    """Anybody may write to quality that a customer did not come first (Q5)."""
    with st.expander(_("Write a concern to quality")):
        st.caption(
            _(
                "You saw that a customer did not come first, or that somebody has not got a rule yet? Quality reads "
                "it, nobody else; that you wrote is logged, not about whom."
            )
        )
        with st.form("concern", border=False):
            line = st.container(horizontal=True, vertical_alignment="bottom")
            line.text_input(_("About (initials)"), key=ABOUT, max_chars=10, width=140)
            line.selectbox(_("Rule"), CONCERN_RULES, key=RULE, format_func=rule_words, width=300)
            st.text_area(_("What happened"), key=TEXT, max_chars=LONGEST_TEXT)

            def write(presser: Viewer) -> None:
                values = (st.session_state[name] for name in (ABOUT, RULE, TEXT))
                about, rule, text = (str(value) for value in values)
                write_concern(presser, about, rule, text, rules, clock())
                st.session_state[ABOUT] = st.session_state[TEXT] = ""

            done = _("Quality has it.")
            st.form_submit_button(
                _("Send to quality"), on_click=press, args=(still_there(viewer), write, done, refused, TABLES)
            )

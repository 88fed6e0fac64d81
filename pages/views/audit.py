"""The pieces of the Audit page."""

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from data_access.questions.audit import LogFilters
from data_access.scope import SEES_EVERYTHING, Viewer
from metrics.figures import N_
from metrics.house_rules import HouseRules
from pages.parts.filters import period_boxes, stop_if_turned_round
from pages.parts.tables import in_zone, show_table
from pages.parts.wording import _, escaped, ngettext

DEFAULT_DAYS = 28
ACTIONS = {
    "view": N_("opened a colleague's page"),
    "open_customer": N_("opened a customer's name and number"),
    "export": N_("exported"),
    "sign_in": N_("signed in"),
    "sign_out": N_("signed out"),
    "reassign": N_("handed customers to KC"),
    "undo_reassign": N_("undid a hand-over"),
    "retain": N_("applied the retention"),
    "agree_coaching": N_("agreed on coaching"),
    "review_coaching": N_("noted what came of coaching"),
    "write_concern": N_("wrote to quality"),
    "follow_up": N_("noted a call to a dissatisfied customer"),
    "review_week": N_("reviewed a week of feedback"),
    "take_request": N_("took a request"),
    "make_wall_link": N_("made a link for a screen on the wall"),
    "end_wall_link": N_("ended a link for a screen on the wall"),
    "give_request_back": N_("gave a request back"),
}

PAGES = {
    "overview": N_("Today"),
    "calls": N_("Calls"),
    "callbacks": N_("Callbacks"),
    "attempts": N_("Contact attempts"),
    "notes": N_("Notes"),
    "absence": N_("Absence"),
    "coaching": N_("Coaching"),
    "agent": N_("Colleague"),
    "satisfaction": N_("Satisfaction"),
    "reassign": N_("Hand-over"),
    "audit": N_("Audit"),
    "digest": N_("Morning mail"),
    "login": N_("Login"),
}
DETAILS = {
    "customers": N_("customers"),
    "requests": N_("requests"),
    "rows": N_("rows"),
    "call": N_("calls"),
    "note": N_("customer notes"),
    "survey_response": N_("ratings"),
    "survey_invitation": N_("invitations to rate"),
}


def filter_line(today: date) -> LogFilters:
    """Period, by whom, about whom, about which customer."""
    line = st.container(horizontal=True, vertical_alignment="bottom")
    from_date, to_date = period_boxes(line, today - timedelta(days=DEFAULT_DAYS - 1), today)
    stop_if_turned_round(from_date, to_date)
    by = line.text_input(_("By"), key="audit_by", placeholder=_("Everybody"), max_chars=10, width=120)
    about = line.text_input(
        _("About colleague"), key="audit_about", placeholder=_("Everybody"), max_chars=10, width=140
    )
    number = line.text_input(
        _("About customer"), key="audit_customer", placeholder=_("Number"), max_chars=50, width=140
    )
    return LogFilters(
        from_date, to_date, by.strip().upper() or None, about.strip().upper() or None, number.strip() or None
    )


def sentence(entries: pd.DataFrame, filters: LogFilters) -> None:
    """The page's question answered in words."""
    if entries.empty:
        st.header(_("Nobody looked and nobody changed anything in this period."), anchor=False)
        return
    looks = int((entries["kind"] == "look").sum())
    text = ngettext("{count} look", "{count} looks", looks)
    changes = ngettext("{count} change", "{count} changes", len(entries) - looks)
    who = filters.about or filters.customer
    if who is None:
        st.header(_("{looks} and {changes} in this period.", looks=text, changes=changes), anchor=False)
    else:
        st.header(
            _("{looks} and {changes} about {who} in this period.", looks=text, changes=changes, who=escaped(who)),
            anchor=False,
        )


def log_table(entries: pd.DataFrame, rules: HouseRules) -> None:
    """The page's main table."""
    shown = entries.assign(
        at=in_zone(entries["at"], rules.zone),
        action=[_(ACTIONS.get(action, action)) for action in entries["action"]],
        by=entries["by"].fillna(_("this computer")),
        page=[_(PAGES[page]) if page in PAGES else page for page in entries["page"]],
        details=[details_in_words(text) for text in entries["details"]],
    ).drop(columns="kind")
    column = st.column_config
    show_table(
        shown,
        {
            "at": column.DatetimeColumn(_("Time"), format="DD.MM.YYYY HH:mm:ss", pinned=True),
            "by": _("Who"),
            "action": column.TextColumn(_("What"), width=230),
            "page": _("Page"),
            "about": _("About colleague"),
            "customer": _("About customer"),
            "purpose": _("What for"),
            "details": _("Detail"),
        },
        key="audit",
        most_rows=15,
        chooses="single-row",
    )


def details_in_words(text: object) -> str | None:
    """`customers=160 requests=9 batch=…` as a person would say it; what only serves to find it again is left out."""
    if not isinstance(text, str):
        return None
    pairs = [pair.partition("=") for pair in text.split()]
    return ", ".join(f"{_(DETAILS[name])}: {value}" for name, _sign, value in pairs if name in DETAILS)


def who_sees_what(viewer: Viewer) -> str:
    if viewer.role in SEES_EVERYTHING:
        return _("You see every entry. Nobody can change or delete one; the database itself refuses it.")
    return _("You see what you did yourself and who looked at you or your team. Nobody can change an entry.")

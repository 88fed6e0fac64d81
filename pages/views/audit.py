"""The pieces of the Audit page."""

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from data_access.questions.audit import LogFilters
from data_access.scope import SEES_EVERYTHING, Viewer
from metrics.house_rules import HouseRules
from pages.parts.filters import period_boxes, stop_if_turned_round
from pages.parts.log_words import ACTIONS, PAGES, details_in_words
from pages.parts.tables import in_zone, show_table
from pages.parts.wording import _, escaped, ngettext

DEFAULT_DAYS = 28


def filter_line(today: date) -> LogFilters:
    """Period, by whom, about whom, about which customer."""
    line = st.container(horizontal=True, vertical_alignment="bottom")
    from_date, to_date = period_boxes(line, (today - timedelta(days=DEFAULT_DAYS - 1), today))
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


def who_sees_what(viewer: Viewer) -> str:
    if viewer.role in SEES_EVERYTHING:
        return _("You see every entry. Nobody can change or delete one; the database itself refuses it.")
    return _("You see what you did yourself and who looked at you or your team. Nobody can change an entry.")

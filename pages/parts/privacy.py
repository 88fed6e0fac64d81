"""The privacy notice (P2): what the dashboard is for, what it keeps, for how long, and who sees what."""

from datetime import date

import streamlit as st

from metrics.figures import N_
from metrics.house_rules import HouseRules, in_force
from pages.parts.wording import _, ngettext

PURPOSE = N_(
    "Svartid shows which customers wait longer than promised, so that somebody comes back to them, and which colleague "
    "practice would help. It ranks nobody. Figures about single employees are a control measure: under the Danish "
    "agreements staff are told six weeks before they are used, and what for."
)
KEPT = N_(
    "From the telephone system: when a call came, whose phone rang, how long it took, the caller's number, and who was "
    "available when. From the CRM: customers with number, name and telephone numbers, who wrote a note, when and, "
    "where the agency loads it, what; requests with what was wanted, promises and attempts. From the rota: shifts and "
    "absences with their reasons. From surveys: ratings and comments. Of employees: name, initials, e-mail, team, "
    "coaching and concerns. Conversations are not recorded here."
)
WHO = (
    (N_("You yourself"), N_("your own figures and requests, and those that you cover as a buddy")),
    (N_("Your team lead"), N_("the figures and requests of the team, and why somebody is away")),
    (N_("The quality manager"), N_("the figures of everybody, but no reason of an absence that is about health")),
    (N_("KC"), N_("the requests that lie with KC")),
    (N_("An administrator"), N_("everything, to keep it running")),
)
LOGGED = N_(
    "Names, telephone numbers and what a customer wanted are hidden until somebody opens one of them. Opening a "
    "customer, choosing one colleague, exporting and changing anything is logged, and Svartid lets nobody edit that "
    "log. On the page Audit you see who looked at you."
)
STAYS = N_(
    "Customers with their requests, promises and attempts stay as long as the agency keeps them in its CRM, and so "
    "does the log. Counts of calls, requests and ratings stay."
)


def paragraphs(rules: HouseRules, today: date) -> list[str]:
    """The notice without the list of who sees what: purpose, what is kept and for how long, what is logged."""
    kept = in_force(rules.retention, today)
    survey = ngettext(
        "Answers to surveys name no customer after {count} month, and have no comment.",
        "Answers to surveys name no customer after {count} months, and have no comment.",
        kept.survey_months,
    )
    calls = ngettext(
        "After {count} month calls name no customer, unless they still wait for an answer, and notes have no text.",
        "After {count} months calls name no customer, unless they still wait for an answer, and notes have no text.",
        kept.customer_months,
    )
    return [_(PURPOSE), _(KEPT), f"{survey} {calls} {_(STAYS)}", _(LOGGED)]


def who_sees_what() -> list[tuple[str, str]]:
    return [(_(who), _(what)) for who, what in WHO]


def notice(rules: HouseRules, today: date) -> None:
    """The whole notice on the Rules page; where one signs in the same stands too, so that anybody can read it."""
    *first, last = paragraphs(rules, today)
    with st.container(border=True):
        st.subheader(_("Privacy"), anchor=False)
        for text in first:
            st.markdown(text)
        st.markdown("\n".join(f"- **{who}**: {what}." for who, what in who_sees_what()))
        st.markdown(last)

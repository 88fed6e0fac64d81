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
    "From the telephone system: when a call came, whose phone rang, how long it took, the caller's number. From the "
    "CRM: customers with number, name and telephone numbers, who wrote a note and when, requests, promises and "
    "attempts. From the rota: shifts and absences. From surveys: ratings. Conversations are not recorded here."
)
WHO = (
    (N_("You yourself"), N_("your own figures, and the requests that you cover as a buddy")),
    (N_("Your team lead"), N_("the figures of the team, and the reasons of its absences")),
    (N_("The quality manager"), N_("the figures of everybody, but not why somebody was ill or away")),
    (N_("KC"), N_("the requests that lie with KC")),
    (N_("An administrator"), N_("everything, to keep it running")),
)
LOGGED = N_(
    "Names, telephone numbers and what a customer wanted are hidden until somebody opens one of them. Every opening, "
    "every look at one colleague's figures, every export and every change is logged, and nobody can edit that log. On "
    "the page Audit you see who looked at you."
)


def notice(rules: HouseRules, today: date) -> None:
    """The whole notice; it stands on the Rules page and where one signs in, so that anybody can read it."""
    kept = in_force(rules.retention, today)
    with st.container(border=True):
        st.subheader(_("Privacy"), anchor=False)
        st.markdown(_(PURPOSE))
        st.markdown(_(KEPT))
        survey = ngettext(
            "Answers to surveys name nobody after {count} month.",
            "Answers to surveys name nobody after {count} months.",
            kept.survey_months,
        )
        calls = ngettext(
            "Calls name no customer and notes have no text after {count} month.",
            "Calls name no customer and notes have no text after {count} months.",
            kept.customer_months,
        )
        counts = _("Counts stay.")
        st.markdown(f"{survey} {calls} {counts}")
        st.markdown("\n".join(f"- **{_(who)}**: {_(what)}." for who, what in WHO))
        st.markdown(_(LOGGED))

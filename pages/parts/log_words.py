"""What the log says, in words: what somebody did, on which page, and the details of it."""

from metrics.figures import N_
from pages.parts.wording import _

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


def details_in_words(text: object) -> str | None:
    """`customers=160 requests=9 batch=…` as a person would say it; what only serves to find it again is left out."""
    if not isinstance(text, str):
        return None
    pairs = [pair.partition("=") for pair in text.split()]
    return ", ".join(f"{_(DETAILS[name])}: {value}" for name, _sign, value in pairs if name in DETAILS)

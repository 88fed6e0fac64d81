"""What the codes of the data are called on screen: one label for one code, whichever page shows it."""

from metrics.figures import N_
from metrics.phones import BUSY, DO_NOT_DISTURB, FREE, RINGING, TALKING
from pages.parts.wording import NOTHING

DESK_LABELS = {
    "agents": N_("Case handlers"),
    "kc": N_("KC"),
    "economy": N_("Economy"),
    "policy": N_("Policy desk"),
    "travel": N_("Travel group"),
    "claims": N_("Claims"),
    "assistance": N_("Assistance company"),
    "partners": N_("Partners"),
    "escalation": N_("Main mailbox"),
}


STATE_LABELS = {
    "overdue": N_("Overdue"),
    "due_soon": N_("Due soon"),
    "waiting": N_("Waiting"),
    "reached": N_("Reached"),
    "withdrawn": N_("Withdrawn"),
}


KIND_LABELS = {
    "teams": N_("teams"),
    "agents": N_("agents"),
    "memberships": N_("team memberships"),
    "aliases": N_("names in the sources"),
    "customers": N_("customers"),
    "calls": N_("calls"),
    "rings": N_("rings"),
    "shifts": N_("shifts"),
    "absences": N_("absences"),
    "kc-list": N_("KC list"),
    "notes": N_("customer notes"),
    "callbacks": N_("callbacks"),
    "promises": N_("promises"),
    "attempts": N_("contact attempts"),
    "invitations": N_("invitations to rate"),
    "surveys": N_("ratings"),
    "concerns": N_("concerns"),
}


TOPIC_LABELS = {
    "general": N_("general"),
    "claims": N_("claim"),
    "travel": N_("travel"),
    "abroad": N_("illness or loss abroad"),
    "payment": N_("payment"),
    "policy": N_("policy"),
    "escalation": N_("wants a superior"),
}


HOW_LABELS = {
    "call": N_("by a call"),
    "called_in": N_("called in"),
    "stated": N_("as the CRM says"),
    "done": N_("as the matter is done"),
}


PROMISE_STATES = {
    "pending": N_("still to keep"),
    "kept": N_("kept"),
    "kept_not_reached": N_("kept, not reached"),
    "replaced": N_("replaced in time"),
    "withdrawn": N_("no longer needed"),
    "broken": N_("broken"),
}


STEP_NAMES = {
    "first_call": N_("first call"),
    "second_call": N_("second call"),
    "two_calls": N_("two calls"),
    "message": N_("SMS or mail"),
    "noted": N_("note"),
}


STEP_STATES = {
    "done": N_("done"),
    "missing": N_("missing"),
    "pending": N_("still to do today"),
    "not_required": N_("not due"),
}


PATTERN_REASONS = {
    "new": N_("new"),
    "draws_reminders": N_("draws reminders"),
    "upsets_customers": N_("low ratings"),
}


NOTE_STATES = {
    "not_in_the_log": N_("not in the phone log"),
    "cannot_be_checked": N_("cannot be checked"),
}


SIGNAL_STATES = {
    "act": N_("clear difference"),
    "look": N_("likely difference"),
    "one_spell": N_("too early to say"),
    "explained": N_("explained by the kind of work"),
    "as_expected": N_("normal variation"),
    "no_peers": N_("too few colleagues to compare with"),
    "too_few": N_("too few cases"),
}


SIGNAL_KINDS = {"help": N_("practice would help"), "strength": N_("a strength"), "": NOTHING}


SIGNAL_EXPLANATIONS = {
    "faults": N_("data: many calls rang while they were absent or off shift; look at the rota and the telephone first"),
    "kind_of_work": N_("kind of work: part of it was taken off already"),
    "team_too": N_("process: the rest of the team differs in the same direction"),
    "new": N_("new: hired within the last months"),
    "away": N_("was away for a third of the time or more"),
}


OUTCOME_LABELS = {
    "answered": N_("answered"),
    "missed": N_("missed"),
    "abandoned": N_("abandoned"),
    "short": N_("short"),
    "redirected": N_("redirected"),
    "declined": N_("declined"),
    "not_picked_up": N_("not picked up"),
    "let_it_ring": N_("let it ring, a colleague took it"),
    "taken_by_colleague": N_("taken by a colleague"),
    "too_short": N_("rang too short"),
    "already_talking": N_("was already talking"),
    "unknown": N_("unknown how long it rang or what became of it"),
    "misplaced": N_("its time does not fit the call: data fault"),
    "absent": N_("absent: configuration fault"),
    "off_shift": N_("off shift: configuration fault"),
}


SCALE_LABELS = {"1-10": N_("1 to 10"), "smileys": N_("smileys, 1 to 5"), "nps": N_("recommend, 0 to 10")}


FOLLOW_UP_WORDS = {
    "content": N_("content now"),
    "dissatisfied": N_("still dissatisfied"),
    "leaves": N_("leaves us"),
    "not_reached": N_("was not reached"),
}


OUTCOME_WORDS = {"better": N_("better"), "unchanged": N_("unchanged"), "not_held": N_("was not held")}


NOTE_KINDS = {
    "conversation": N_("conversation"),
    "attempt": N_("call attempt"),
    "message": N_("message to the customer"),
    "other": N_("other"),
}


EVENT_LABELS = {
    "written": N_("Message written"),
    "sent": N_("Sent"),
    "told": N_("Told how long it takes"),
    "promised": N_("Promised"),
    "promised_time": N_("Promised time"),
    "call": N_("Call, not reached"),
    "reached_call": N_("Call, reached"),
    "sms": N_("SMS"),
    "mail": N_("Mail"),
    "called_in": N_("Customer called in and was helped"),
    "note": N_("Note"),
    "handed_over": N_("Handed over"),
    "returned": N_("Returned by KC"),
    "reminder": N_("Customer asked again"),
    "copied": N_("Copied to"),
    "due": N_("Deadline"),
    "done": N_("Done"),
    "withdrawn": N_("Withdrawn"),
}


SOURCE_PROBLEMS = {
    "unauthorised": N_("it does not accept the access token"),
    "forbidden": N_("the access token may not read this"),
    "rate_limited": N_("it wants to be asked less often"),
    "server_error": N_("it reports a fault of its own"),
    "timeout": N_("it does not answer in time"),
    "unreachable": N_("it cannot be reached"),
    "half_page": N_("its answers end in the middle"),
    "not_json": N_("its answers cannot be read"),
    "changed": N_("its answers have another form than before"),
    "refused": N_("it refuses to answer"),
}


PHONE_STATES = {
    TALKING: N_("on the phone"),
    RINGING: N_("phone rings"),
    DO_NOT_DISTURB: N_("do not disturb"),
    BUSY: N_("busy"),
    FREE: N_("free"),
    "away": N_("phone is off"),
    "machine": N_("talks to the answering machine"),
    "unknown": N_("unknown: no end was heard"),
}


DIRECTION_LABELS = {"incoming": N_("incoming"), "outgoing": N_("outgoing")}

"""What each kind of file holds: the fields that a mapping fills, their form, and which of them a row cannot lack."""

from dataclasses import dataclass
from typing import Literal

from metrics.absence import CHILD_SICK, ERRAND, NOT_A_REASON, VACATION
from metrics.calls import CALL_STATUSES, RING_OUTCOMES
from metrics.house_rules import CONCERN_RULES, DESKS, SCALES, WEEKDAYS
from metrics.satisfaction import FOLLOW_UP_OUTCOMES

Form = Literal[
    "text", "time", "date", "clock", "duration", "number", "boolean", "phone", "phones", "phone_list", "word", "choice"
]
DIRECTIONS = ("incoming", "outgoing")
ROLES = ("agent", "team_lead", "quality", "kc", "admin")
AGENT_FIELD = "agent"
TOPICS = ("general", "claims", "travel", "abroad", "payment", "policy", "escalation")
OWN_TOPIC = "is a topic of the agency's own; unless a house rule names it, it goes where a general matter goes"
NOTE_KINDS = ("conversation", "attempt", "message", "other")
CHANNELS = ("call", "sms", "mail")
ABSENCE_KINDS = (VACATION, ERRAND, "sick", CHILD_SICK, *NOT_A_REASON, "course", "other")


@dataclass(frozen=True)
class Field:
    """One field: its form, whether a row is set aside without it, and the words it may take.

    A `word` outside `words` is kept as it came and reported with what becomes of it; a `choice` outside them is set
    aside.
    """

    form: Form
    required: bool = False
    words: tuple[str, ...] = ()
    otherwise: str = "is unknown and counts as other"


@dataclass(frozen=True)
class Kind:
    """A kind of file. `newest`: the field whose latest value says how fresh the source is."""

    fields: dict[str, Field]
    newest: str | None = None


REQUIRED_TEXT, TEXT = Field("text", required=True), Field("text")
REQUIRED_DAY, DAY = Field("date", required=True), Field("date")

KINDS = {
    "teams": Kind(
        {
            "name": REQUIRED_TEXT,
            "desk": Field("choice", words=DESKS),
            "queue": TEXT,
            "queue_source": TEXT,
            "queue_first_day": DAY,
            "queue_last_day": DAY,
        }
    ),
    "agents": Kind(
        {
            "initials": REQUIRED_TEXT,
            "name": TEXT,
            "role": Field("choice", words=ROLES),
            "email": TEXT,
            "takes_calls": Field("boolean"),
            "disabled": Field("boolean"),
            "team": TEXT,
            "leads": Field("boolean"),
            "first_day": DAY,
            "last_day": DAY,
        }
    ),
    "memberships": Kind(
        {
            AGENT_FIELD: REQUIRED_TEXT,
            "team": REQUIRED_TEXT,
            "first_day": REQUIRED_DAY,
            "last_day": DAY,
            "leads": Field("boolean"),
        }
    ),
    "aliases": Kind({AGENT_FIELD: REQUIRED_TEXT, "source": REQUIRED_TEXT, "source_agent": REQUIRED_TEXT}),
    "customers": Kind(
        {
            "number": REQUIRED_TEXT,
            "name": TEXT,
            "portfolio": TEXT,
            "insurer": TEXT,
            "phones": Field("phones"),
            "owner": TEXT,
            "owner_first_day": DAY,
        }
    ),
    "calls": Kind(
        {
            "source_id": REQUIRED_TEXT,
            "started_at": Field("time", required=True),
            "direction": Field("word", words=DIRECTIONS),
            "status": Field("word", words=CALL_STATUSES),
            "queue": TEXT,
            "answered_at": Field("time"),
            "answer_seconds": Field("duration"),
            "ended_at": Field("time"),
            "talk_seconds": Field("duration"),
            "remote_number": Field("phone"),
            "customer_number": TEXT,
            AGENT_FIELD: TEXT,
        },
        newest="started_at",
    ),
    "rings": Kind(
        {
            "call": REQUIRED_TEXT,
            "source_id": TEXT,
            AGENT_FIELD: TEXT,
            "rang_at": Field("time", required=True),
            "ring_seconds": Field("duration"),
            "talk_seconds": Field("duration"),
            "outcome": Field("word", required=True, words=RING_OUTCOMES),
        },
        newest="rang_at",
    ),
    "shifts": Kind(
        {
            "source_id": TEXT,
            AGENT_FIELD: REQUIRED_TEXT,
            "starts_at": Field("time", required=True),
            "ends_at": Field("time", required=True),
            "swapped_with": TEXT,
            "cancelled": Field("boolean"),
        },
        newest="ends_at",
    ),
    "absences": Kind(
        {
            "source_id": TEXT,
            AGENT_FIELD: REQUIRED_TEXT,
            "kind": Field("word", required=True, words=ABSENCE_KINDS),
            "first_day": REQUIRED_DAY,
            "last_day": REQUIRED_DAY,
            "from_time": Field("clock"),
            "to_time": Field("clock"),
            "requested_on": DAY,
            "channel": TEXT,
            "acute": Field("boolean"),
            "swap_tried": Field("boolean"),
            "covered_by": TEXT,
            "cancelled": Field("boolean"),
        }
    ),
    "needs": Kind(
        {
            "team": TEXT,
            "desk": Field("choice", words=DESKS),
            "weekday": Field("choice", required=True, words=WEEKDAYS),
            "from_time": Field("clock", required=True),
            "to_time": Field("clock", required=True),
            "minimum": Field("number", required=True),
            "first_day": DAY,
        }
    ),
    "buddies": Kind({AGENT_FIELD: REQUIRED_TEXT, "buddy": REQUIRED_TEXT, "first_day": DAY, "last_day": DAY}),
    "notes": Kind(
        {
            "source_id": TEXT,
            "customer_number": REQUIRED_TEXT,
            AGENT_FIELD: TEXT,
            "at": Field("time", required=True),
            "kind": Field("word", words=NOTE_KINDS),
            "text": TEXT,
        },
        newest="at",
    ),
    "callbacks": Kind(
        {
            "source_id": REQUIRED_TEXT,
            "customer_number": REQUIRED_TEXT,
            "created_at": Field("time", required=True),
            "created_by": TEXT,
            "topic": Field("word", words=TOPICS, otherwise=OWN_TOPIC),
            "reason": TEXT,
            "preferred_from": Field("time"),
            "preferred_to": Field("time"),
            "phones": Field("phone_list"),
            "sent_at": Field("time"),
            "sent_to": TEXT,
            "copied_to": TEXT,
            "told_at": Field("time"),
            "reminder_of": TEXT,
            "handed_to": TEXT,
            "handed_at": Field("time"),
            "reached_at": Field("time"),
            "done_at": Field("time"),
            "withdrawn_at": Field("time"),
        },
        newest="created_at",
    ),
    "promises": Kind(
        {
            "source_id": TEXT,
            "callback": REQUIRED_TEXT,
            "made_by": TEXT,
            "made_at": Field("time", required=True),
            "from_at": Field("time"),
            "to_at": Field("time", required=True),
            "asked_by_customer": Field("boolean"),
        },
        newest="made_at",
    ),
    "attempts": Kind(
        {
            "source_id": TEXT,
            "callback": TEXT,
            "customer_number": TEXT,
            AGENT_FIELD: TEXT,
            "at": Field("time", required=True),
            "channel": Field("word", words=CHANNELS),
            "reached": Field("boolean"),
        },
        newest="at",
    ),
    "invitations": Kind(
        {
            "source_id": TEXT,
            "customer_number": TEXT,
            AGENT_FIELD: TEXT,
            "sent_at": Field("time", required=True),
        },
        newest="sent_at",
    ),
    "surveys": Kind(
        {
            "source_id": TEXT,
            "invitation": TEXT,
            "call": TEXT,
            "customer_number": TEXT,
            AGENT_FIELD: TEXT,
            "answered_at": Field("time", required=True),
            "scale": Field("choice", words=tuple(SCALES)),
            "score": Field("number", required=True),
            "competence": Field("number"),
            "treatment": Field("number"),
            "comment": TEXT,
            "followed_up_by": TEXT,
            "followed_up_at": Field("time"),
            "follow_up_outcome": Field("choice", words=FOLLOW_UP_OUTCOMES),
        },
        newest="answered_at",
    ),
    "concerns": Kind(
        {
            "source_id": TEXT,
            "about": REQUIRED_TEXT,
            "by": TEXT,
            "at": Field("time", required=True),
            "rule": Field("choice", required=True, words=CONCERN_RULES),
            "text": TEXT,
        },
        newest="at",
    ),
    "kc-list": Kind({}),
}

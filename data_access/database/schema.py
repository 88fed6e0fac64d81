"""The tables, and nothing else.

Intervals of dates are half-open: `from_date` is the first day, `to_date` the first day no longer (missing: still so).
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored as UTC. Refuses a naive value: SQLite would drop the offset and keep the wrong time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; an instant is stored only with one")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows only in a column of exactly the type INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


def row_id() -> Column[int]:
    return Column("id", RowId, primary_key=True, autoincrement=True)


def reference(name: str, target: str, *, required: bool = True) -> Column[int]:
    return Column(name, RowId, ForeignKey(f"{target}.id"), nullable=not required)


def from_date_column() -> Column[object]:
    return Column("from_date", Date, nullable=False)


def to_date_column() -> Column[object]:
    return Column("to_date", Date)


database_info = Table(
    "database_info",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("simulated", Boolean, nullable=False),
    # Rises with each load or write; part of every cache key.
    Column("data_version", BigInteger, nullable=False),
    # Rises as data_version does, but not with what is of today alone.
    Column("past_version", BigInteger, nullable=False),
    # Under which rules the stored figures were derived.
    Column("zone", Text, nullable=False),
    Column("rules_digest", Text, nullable=False),
    # Calls before this day name no customer any more: retention has been applied (P2).
    Column("blanked_before", Date),
    CheckConstraint("id = 1", name="one_row"),
)

team = Table(
    "team",
    metadata,
    row_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("desk", Text, nullable=False),
)

agent = Table(
    "agent",
    metadata,
    row_id(),
    Column("initials", Text, nullable=False, unique=True),
    Column("name", Text),
    Column("role", Text, nullable=False),
    Column("email", Text, unique=True),
    Column("disabled_at", UtcDateTime),
    Column("takes_calls", Boolean),
)

agent_alias = Table(
    "agent_alias",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_agent", Text, nullable=False),
    reference("agent_id", "agent"),
    UniqueConstraint("source", "source_agent"),
)

employment = Table(
    "employment",
    metadata,
    row_id(),
    reference("agent_id", "agent"),
    from_date_column(),
    to_date_column(),
    UniqueConstraint("agent_id", "from_date"),
)

team_member = Table(
    "team_member",
    metadata,
    row_id(),
    reference("agent_id", "agent"),
    reference("team_id", "team"),
    from_date_column(),
    to_date_column(),
    UniqueConstraint("agent_id", "team_id", "from_date"),
)

team_lead = Table(
    "team_lead",
    metadata,
    row_id(),
    reference("agent_id", "agent"),
    reference("team_id", "team"),
    from_date_column(),
    to_date_column(),
    UniqueConstraint("agent_id", "team_id", "from_date"),
)

queue = Table(
    "queue",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("source", "name"),
)

queue_team = Table(
    "queue_team",
    metadata,
    row_id(),
    reference("queue_id", "queue"),
    reference("team_id", "team"),
    from_date_column(),
    to_date_column(),
    UniqueConstraint("queue_id", "team_id", "from_date"),
)

customer = Table(
    "customer",
    metadata,
    row_id(),
    Column("number", Text, nullable=False, unique=True),
    Column("name", Text),
    Column("portfolio", Text),
    Column("insurer", Text),
    # Whom the CRM named as owner in its last load; the owner here may have been changed since (K2).
    reference("crm_agent_id", "agent", required=False),
    Column("crm_desk", Text),
)

customer_phone = Table(
    "customer_phone",
    metadata,
    row_id(),
    reference("customer_id", "customer"),
    Column("phone_number", Text, nullable=False, index=True),
    UniqueConstraint("customer_id", "phone_number"),
)

# A customer belongs to a case handler or to a desk, never to both.
customer_owner = Table(
    "customer_owner",
    metadata,
    row_id(),
    reference("customer_id", "customer"),
    reference("agent_id", "agent", required=False),
    Column("desk", Text),
    from_date_column(),
    to_date_column(),
    Column("source", Text, nullable=False),
    UniqueConstraint("customer_id", "from_date"),
    CheckConstraint("(agent_id IS NULL) <> (desk IS NULL)", name="one_owner"),
)

call = Table(
    "call",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("direction", Text, nullable=False),
    reference("queue_id", "queue", required=False),
    Column("remote_number", Text, index=True),
    Column("customer_number", Text),
    Column("status", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("answer_seconds", Integer),
    Column("local_date", Date, nullable=False, index=True),
    Column("half_hour", Integer, nullable=False),
    # Derived:
    reference("customer_id", "customer", required=False),
    Column("in_opening_hours", Boolean),
    Column("outcome", Text),
    UniqueConstraint("source", "source_id"),
    # Whether an open request is settled is asked of its customer's calls.
    Index("ix_call_customer_id", "customer_id"),
)

# Facts about one phone that rang for one call (or dialled it). The call may be loaded after its rings, so it is known
# by the source's id; a ring made from the call row itself (`from_call`) gives way to rings that the source sends.
ring = Table(
    "ring",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("call_source_id", Text, nullable=False),
    reference("agent_id", "agent", required=False),
    # Whose phone it was by the source's name, as long as nobody is known by it.
    Column("source_agent", Text),
    Column("rang_at", UtcDateTime, nullable=False),
    Column("ring_seconds", Integer),
    Column("talk_seconds", Integer),
    Column("outcome", Text, nullable=False),
    Column("from_call", Boolean, nullable=False),
    # Derived:
    reference("call_id", "call", required=False),
    Column("local_date", Date),
    Column("pair_outcome", Text),
    UniqueConstraint("source", "source_id"),
    Index("ix_ring_call", "source", "call_source_id"),
    Index("ix_ring_call_id", "call_id"),
    Index("ix_ring_local_date", "local_date"),
)

shift = Table(
    "shift",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("agent_id", "agent"),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    reference("swapped_with_id", "agent", required=False),
    Column("local_date", Date, nullable=False, index=True),
    UniqueConstraint("source", "source_id"),
    # Each absence asks for its agent's shifts, and for those that somebody took over.
    Index("ix_shift_agent_id_starts_at", "agent_id", "starts_at"),
    Index("ix_shift_swapped_with_id", "swapped_with_id"),
)

# Whole days, or part of one: starts_at and ends_at say exactly when, half-open.
absence = Table(
    "absence",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("agent_id", "agent"),
    Column("kind", Text, nullable=False),
    Column("first_day", Date, nullable=False, index=True),
    Column("last_day", Date, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("requested_on", Date),
    Column("channel", Text),
    Column("acute", Boolean),
    Column("swap_tried", Boolean),
    reference("covered_by_id", "agent", required=False),
    UniqueConstraint("source", "source_id"),
    # Each request asks whether whoever had it was away.
    Index("ix_absence_agent_id_starts_at", "agent_id", "starts_at"),
)

# Days that an edit added to an absence: they were asked for by a request of their own (R2).
absence_extension = Table(
    "absence_extension",
    metadata,
    row_id(),
    Column("absence_id", RowId, ForeignKey("absence.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("requested_on", Date, nullable=False),
)

# What KC serves (K1): handlers' initials and portfolios, from the day on which the list said so to the day, excluded,
# on which it no longer did.
kc_list = Table(
    "kc_list",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    from_date_column(),
    to_date_column(),
    UniqueConstraint("kind", "name", "from_date"),
)

import_run = Table(
    "import_run",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("loaded", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    # rows_read = loaded + unchanged + rejected; left_out says how many of the rejected the mapping left out on purpose.
    Column("rejected", BigInteger, nullable=False),
    Column("left_out", BigInteger, nullable=False),
    Column("newest_record", UtcDateTime),
)

import_reject = Table(
    "import_reject",
    metadata,
    row_id(),
    Column("import_run_id", RowId, ForeignKey("import_run.id"), nullable=False, index=True),
    # A notice is about a row that was loaded all the same.
    Column("loaded", Boolean, nullable=False),
    Column("row", BigInteger),
    Column("column", Text),
    Column("reason", Text, nullable=False),
)

call_rollup = Table(
    "call_rollup",
    metadata,
    row_id(),
    Column("local_date", Date, nullable=False, index=True),
    Column("weekday", Integer, nullable=False),
    Column("half_hour", Integer, nullable=False),
    reference("queue_id", "queue", required=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            "answered",
            "missed",
            "abandoned",
            "short",
            "redirected",
            "outside",
            "outside_answered",
            "timed_answers",
            "answer_seconds",
        )
    ),
)

agent_rollup = Table(
    "agent_rollup",
    metadata,
    row_id(),
    Column("local_date", Date, nullable=False, index=True),
    reference("queue_id", "queue", required=False),
    reference("agent_id", "agent", required=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            "answered",
            "declined",
            "not_picked_up",
            "let_it_ring",
            "taken_by_colleague",
            "too_short",
            "already_talking",
            "absent",
            "off_shift",
            "unknown",
            "talk_seconds",
            "timed_answers",
            "answer_seconds",
        )
    ),
    Column("timed_talks", BigInteger, nullable=False, server_default="0"),
)

desk = Table(
    "desk",
    metadata,
    row_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text),
)

# Two agents who cover for each other, whichever of them is written first.
buddy_pair = Table(
    "buddy_pair",
    metadata,
    row_id(),
    reference("agent_id", "agent"),
    reference("buddy_id", "agent"),
    from_date_column(),
    to_date_column(),
    UniqueConstraint("agent_id", "buddy_id", "from_date"),
    CheckConstraint("agent_id <> buddy_id", name="two_people"),
)

# A snapshot of an employee's state in the telephone system; `agent_id` is missing where nobody is mapped to them.
presence = Table(
    "presence",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_agent", Text, nullable=False),
    reference("agent_id", "agent", required=False),
    Column("at", UtcDateTime, nullable=False),
    Column("available", Boolean, nullable=False),
    Column("busy", Boolean, nullable=False),
    Column("do_not_disturb", Boolean, nullable=False),
    UniqueConstraint("source", "source_agent", "at"),
    Index("ix_presence_at", "at"),
)

# A telephone system that is asked again and again: when it was asked and answered last, and what is wrong if anything.
# `follows`: it is asked all the time, so pages may expect it to be up to date.
phone_source = Table(
    "phone_source",
    metadata,
    row_id(),
    Column("source", Text, nullable=False, unique=True),
    Column("follows", Boolean, nullable=False),
    # Everything that began since then was asked for, but for what `unread_span` names.
    Column("read_from", UtcDateTime),
    Column("watching_since", UtcDateTime),
    Column("asked_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    # Of what it did not answer: since when, which kind of fault, and what it said.
    Column("failing_since", UtcDateTime),
    Column("problem", Text),
    Column("problem_detail", Text),
    # How far its clock is ahead of ours.
    Column("clock_ahead_seconds", Integer),
)

# What a telephone system has not told yet: calls that began between these instants, both included (missing: until now).
unread_span = Table(
    "unread_span",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("from_at", UtcDateTime, nullable=False),
    Column("to_at", UtcDateTime, nullable=False),
)

# A name by which a telephone system knows an employee, a group or a reception. Of an employee also what their phone
# says now, and since when it has said so.
phone_endpoint = Table(
    "phone_endpoint",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("name", Text),
    Column("phone_number", Text),
    Column("available", Boolean),
    Column("busy", Boolean),
    Column("do_not_disturb", Boolean),
    Column("do_not_disturb_until", UtcDateTime),
    Column("since", UtcDateTime),
    UniqueConstraint("source", "endpoint"),
)

# A call that goes on. When it has ended it becomes a `call`, and until then no figure counts it.
live_call = Table(
    "live_call",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("direction", Text, nullable=False),
    reference("queue_id", "queue", required=False),
    reference("customer_id", "customer", required=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("status", Text),
    # Since when the source has said the same of it.
    Column("changed_at", UtcDateTime, nullable=False),
    Column("said", Text, nullable=False),
    UniqueConstraint("source", "source_id"),
)

live_ring = Table(
    "live_ring",
    metadata,
    row_id(),
    reference("live_call_id", "live_call"),
    reference("agent_id", "agent", required=False),
    Column("source_agent", Text, nullable=False),
    Column("rang_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Index("ix_live_ring_live_call_id", "live_call_id"),
)

# A message that a customer left with a machine.
voicemail = Table(
    "voicemail",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("queue_id", "queue", required=False),
    Column("remote_number", Text),
    Column("left_at", UtcDateTime, nullable=False),
    Column("duration_seconds", Integer),
    Column("heard", Boolean, nullable=False),
    Column("local_date", Date, nullable=False),
    UniqueConstraint("source", "source_id"),
    Index("ix_voicemail_local_date", "local_date"),
)

note = Table(
    "note",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("customer_id", "customer"),
    reference("agent_id", "agent", required=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text),
    Column("local_date", Date, nullable=False, index=True),
    UniqueConstraint("source", "source_id"),
    Index("ix_note_customer_id", "customer_id"),
)

# "Customer wants to be called". It is sent to an agent or to a desk; `reminder_of` is the source_id of the first
# request, as the source says, and so are `reached_at`, `done_at`, `withdrawn_at` and `how`
# are what the source says.
callback = Table(
    "callback",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("customer_id", "customer"),
    Column("created_at", UtcDateTime, nullable=False),
    reference("created_by_id", "agent", required=False),
    Column("topic", Text, nullable=False),
    Column("reason", Text),
    Column("preferred_from", UtcDateTime),
    Column("preferred_to", UtcDateTime),
    Column("phones", Text),
    Column("sent_at", UtcDateTime),
    reference("sent_to_id", "agent", required=False),
    Column("sent_to_desk", Text),
    Column("copied_to", Text),
    Column("told_at", UtcDateTime),
    Column("reminder_of", Text),
    Column("reached_at", UtcDateTime),
    Column("how", Text),
    Column("done_at", UtcDateTime),
    Column("withdrawn_at", UtcDateTime),
    Column("local_date", Date, nullable=False, index=True),
    Column("half_hour", Integer, nullable=False),
    UniqueConstraint("source", "source_id"),
    Index("ix_callback_customer_id", "customer_id"),
    # Whose call it is may follow from the number on a message.
    Index("ix_callback_phones", "phones"),
)

# Recorded hand-overs only; cover by a buddy is derived when read.
callback_owner = Table(
    "callback_owner",
    metadata,
    row_id(),
    reference("callback_id", "callback"),
    reference("agent_id", "agent", required=False),
    Column("desk", Text),
    Column("from_at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("due_at", UtcDateTime),
    UniqueConstraint("callback_id", "from_at"),
    CheckConstraint("(agent_id IS NULL) <> (desk IS NULL)", name="one_owner"),
)

# A time that the customer was told: between `from_at` and `to_at`.
promise = Table(
    "promise",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("callback_id", "callback"),
    reference("made_by_id", "agent", required=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("from_at", UtcDateTime),
    Column("to_at", UtcDateTime, nullable=False),
    Column("asked_by_customer", Boolean, nullable=False),
    UniqueConstraint("source", "source_id"),
    Index("ix_promise_callback_id", "callback_id"),
)

contact_attempt = Table(
    "contact_attempt",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("customer_id", "customer"),
    reference("callback_id", "callback", required=False),
    reference("agent_id", "agent", required=False),
    Column("at", UtcDateTime, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reached", Boolean, nullable=False),
    reference("call_id", "call", required=False),
    reference("note_id", "note", required=False),
    # Derived once its day is over: what the phone log says of a call attempt (C2).
    Column("log_state", Text),
    Column("local_date", Date, nullable=False, index=True),
    UniqueConstraint("source", "source_id"),
    Index("ix_contact_attempt_callback_id", "callback_id"),
    Index("ix_contact_attempt_customer_id", "customer_id"),
)

# The least number of agents on phones that a team or a desk needs in a half hour of a weekday (0 = Monday).
staffing_need = Table(
    "staffing_need",
    metadata,
    row_id(),
    reference("team_id", "team", required=False),
    Column("desk", Text),
    Column("weekday", Integer, nullable=False),
    Column("half_hour", Integer, nullable=False),
    Column("minimum", Integer, nullable=False),
    from_date_column(),
    CheckConstraint("(team_id IS NULL) <> (desk IS NULL)", name="team_or_desk"),
)

survey_invitation = Table(
    "survey_invitation",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("customer_id", "customer", required=False),
    reference("agent_id", "agent", required=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("local_date", Date, nullable=False, index=True),
    UniqueConstraint("source", "source_id"),
    # Whether somebody is asked too soon is asked of their invitations.
    Index("ix_survey_invitation_customer_id", "customer_id"),
)

# Customer, call and comment are blanked after three months (Q2); score, agent and date stay.
survey_response = Table(
    "survey_response",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("invitation_id", "survey_invitation", required=False),
    reference("customer_id", "customer", required=False),
    reference("agent_id", "agent", required=False),
    reference("call_id", "call", required=False),
    Column("answered_at", UtcDateTime, nullable=False),
    Column("scale", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("competence", Integer),
    Column("treatment", Integer),
    Column("comment", Text),
    reference("followed_up_by_id", "agent", required=False),
    Column("followed_up_at", UtcDateTime),
    Column("follow_up_outcome", Text),
    Column("local_date", Date, nullable=False, index=True),
    UniqueConstraint("source", "source_id"),
)

# A week of feedback (its Monday) that somebody has read (Q3): of a team, or of the whole agency (no team).
feedback_review = Table(
    "feedback_review",
    metadata,
    row_id(),
    Column("week", Date, nullable=False),
    reference("team_id", "team", required=False),
    reference("by_id", "agent", required=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("week", "team_id"),
)

# What somebody saw of a colleague and wrote to quality (Q5).
concern = Table(
    "concern",
    metadata,
    row_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    reference("about_id", "agent"),
    reference("by_id", "agent", required=False),
    Column("at", UtcDateTime, nullable=False),
    Column("rule", Text, nullable=False),
    Column("text", Text),
    UniqueConstraint("source", "source_id"),
)

# A coaching session agreed: with whom, by whom, about which rule, when it is held and reviewed, what came of it.
coaching = Table(
    "coaching",
    metadata,
    row_id(),
    reference("agent_id", "agent"),
    reference("by_id", "agent", required=False),
    Column("rule", Text, nullable=False),
    Column("agreed_on", Date, nullable=False),
    Column("held_on", Date),
    Column("review_on", Date),
    Column("outcome", Text),
    Index("ix_coaching_agent_id", "agent_id"),
)

# One customer handed to a desk, or one open request (then `callback_id`), or that undone by a new row (K2). Nothing
# edits it.
reassignment = Table(
    "reassignment",
    metadata,
    row_id(),
    Column("batch", Text, nullable=False),
    reference("customer_id", "customer"),
    reference("callback_id", "callback", required=False),
    reference("from_agent_id", "agent"),
    Column("to_desk", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    reference("by_id", "agent", required=False),
    Column("undoes_id", RowId, ForeignKey("reassignment.id")),
    Index("ix_reassignment_customer_id", "customer_id"),
)

# Who changed what; ids only, no customer data.
audit_log = Table(
    "audit_log",
    metadata,
    row_id(),
    Column("at", UtcDateTime, nullable=False),
    reference("by_id", "agent", required=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text),
)

# Who looked at what and what for: one agent's figures, a customer's name and numbers, an export, a login. Ids only.
access_log = Table(
    "access_log",
    metadata,
    row_id(),
    Column("at", UtcDateTime, nullable=False),
    reference("by_id", "agent", required=False),
    Column("action", Text, nullable=False, server_default="view"),
    Column("page", Text, nullable=False),
    reference("about_id", "agent", required=False),
    reference("customer_id", "customer", required=False),
    Column("purpose", Text),
    Column("details", Text),
    Index("ix_access_log_at", "at"),
    # Whether somebody signed out of a login is asked with each look.
    Index("ix_access_log_details", "details"),
)

# Derived: what each callback counts as, from everything that is known (B1 to B8). Whether a deadline has passed is
# decided when it is read. `first_id` is the request that a reminder reminds of, else the callback itself.
callback_verdict = Table(
    "callback_verdict",
    metadata,
    Column("callback_id", RowId, ForeignKey("callback.id"), primary_key=True, autoincrement=False),
    Column("first_id", RowId, ForeignKey("callback.id"), nullable=False),
    reference("agent_id", "agent", required=False),
    Column("desk", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("reached_at", UtcDateTime),
    Column("how", Text),
    Column("first_attempt_at", UtcDateTime),
    Column("breached_at", UtcDateTime),
    reference("breached_by_id", "agent", required=False),
    Column("breached_desk", Text),
    Column("attempts", Integer, nullable=False),
    Column("attempts_in_preferred_time", Integer, nullable=False),
    Column("reminders", Integer, nullable=False),
    Column("was_told", Boolean, nullable=False),
    Column("is_complete", Boolean, nullable=False),
    Column("is_misrouted", Boolean, nullable=False),
    Column("is_returned", Boolean, nullable=False),
    # Whoever counts for it had it as the buddy of the customer's case handler (R5).
    Column("is_cover", Boolean, nullable=False),
    # Who had the request when it, or this reminder of it, was written: a hand-over later on moves nothing (B8).
    reference("held_by_id", "agent", required=False),
    Column("last_called_at", UtcDateTime),
    Column("local_date", Date, nullable=False),
    Index("ix_callback_verdict_local_date", "local_date"),
    Index("ix_callback_verdict_first_id", "first_id"),
    # The worklist reads only what is open.
    Index("ix_callback_verdict_ended_at", "ended_at"),
)

# Derived: who had a first request, from when on; an agent, or a desk alone (B8). `desk` is the agent's own desk.
callback_holder = Table(
    "callback_holder",
    metadata,
    Column("first_id", RowId, ForeignKey("callback.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("from_at", UtcDateTime, nullable=False),
    reference("agent_id", "agent", required=False),
    Column("desk", Text, nullable=False),
    Index("ix_callback_holder_agent_id", "agent_id"),
)

# Derived: the attempt days of requests that have ended, and what became of each step (A1). `agent_id`: who had to act
# that day, the buddy where the one who had it was away; nobody where a desk had it.
attempt_day = Table(
    "attempt_day",
    metadata,
    Column("callback_id", RowId, ForeignKey("callback.id"), primary_key=True, autoincrement=False),
    Column("local_date", Date, primary_key=True),
    reference("agent_id", "agent", required=False),
    Column("desk", Text, nullable=False),
    Column("first_call", Text, nullable=False),
    Column("second_call", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("noted", Text, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("is_due", Boolean, nullable=False),
    Column("is_kept", Boolean, nullable=False),
    Column("is_cover", Boolean, nullable=False),
    Index("ix_attempt_day_local_date", "local_date"),
)

# Somebody has taken an open request upon themselves, so that two do not call the same customer; it counts until
# the customer is reached, or they give it back. The CRM knows nothing of it.
callback_mark = Table(
    "callback_mark",
    metadata,
    Column("callback_id", RowId, ForeignKey("callback.id"), primary_key=True, autoincrement=False),
    reference("by_id", "agent", required=False),
    Column("at", UtcDateTime, nullable=False),
)

# By which a screen on a wall shows a team's day, or the agency's, without anybody's login. Of the token only a
# fingerprint is kept, so that nobody who reads the database can make the link.
wall_link = Table(
    "wall_link",
    metadata,
    row_id(),
    Column("token_digest", Text, nullable=False),
    reference("team_id", "team", required=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("token_digest"),
)

# How Svartid opens for somebody, as far as they have said: the team and the days back of the filters, the language.
own_view = Table(
    "own_view",
    metadata,
    Column("agent_id", RowId, ForeignKey("agent.id"), primary_key=True, autoincrement=False),
    reference("team_id", "team", required=False),
    Column("period_days", Integer),
    Column("language", Text),
)

# Derived: what became of each promise (B4); one that is broken by all that is known may still be pending when read.
promise_verdict = Table(
    "promise_verdict",
    metadata,
    Column("promise_id", RowId, ForeignKey("promise.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("attempted_at", UtcDateTime),
    Column("minutes_late", Integer),
    Column("local_date", Date, nullable=False),
    Index("ix_promise_verdict_local_date", "local_date"),
)

"""Callbacks, promises, attempts, notes, needs, ratings, coaching, hand-overs and the logs."""

import sqlalchemy as sa
from alembic import op

from data_access.database.schema import RowId, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk")),
        sa.UniqueConstraint("name", name=op.f("uq_desk_name")),
    )
    op.create_table(
        "access_log",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", RowId, nullable=True),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("about_id", RowId, nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["about_id"], ["agent.id"], name=op.f("fk_access_log_about_id")),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"], name=op.f("fk_access_log_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", RowId, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"], name=op.f("fk_audit_log_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_table(
        "buddy_pair",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.Column("buddy_id", RowId, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.CheckConstraint("agent_id <> buddy_id", name=op.f("ck_buddy_pair_two_people")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_buddy_pair_agent_id")),
        sa.ForeignKeyConstraint(["buddy_id"], ["agent.id"], name=op.f("fk_buddy_pair_buddy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_pair")),
        sa.UniqueConstraint(
            "agent_id", "buddy_id", "from_date", name=op.f("uq_buddy_pair_agent_id_buddy_id_from_date")
        ),
    )
    op.create_table(
        "callback",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", RowId, nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("preferred_from", UtcDateTime(), nullable=True),
        sa.Column("preferred_to", UtcDateTime(), nullable=True),
        sa.Column("phones", sa.Text(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent_to_id", RowId, nullable=True),
        sa.Column("sent_to_desk", sa.Text(), nullable=True),
        sa.Column("copied_to", sa.Text(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("reminder_of", sa.Text(), nullable=True),
        sa.Column("reached_at", UtcDateTime(), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("half_hour", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["agent.id"], name=op.f("fk_callback_created_by_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_callback_customer_id")),
        sa.ForeignKeyConstraint(["sent_to_id"], ["agent.id"], name=op.f("fk_callback_sent_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_callback_source_source_id")),
    )
    with op.batch_alter_table("callback", schema=None) as batch_op:
        batch_op.create_index("ix_callback_customer_id", ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_local_date"), ["local_date"], unique=False)

    op.create_table(
        "coaching",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.Column("by_id", RowId, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_coaching_agent_id")),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"], name=op.f("fk_coaching_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching")),
    )
    op.create_table(
        "concern",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("about_id", RowId, nullable=False),
        sa.Column("by_id", RowId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["about_id"], ["agent.id"], name=op.f("fk_concern_about_id")),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"], name=op.f("fk_concern_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_concern_source_source_id")),
    )
    op.create_table(
        "note",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_note_agent_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_note_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_note_source_source_id")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index("ix_note_customer_id", ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_local_date"), ["local_date"], unique=False)

    op.create_table(
        "presence",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_agent", sa.Text(), nullable=False),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("busy", sa.Boolean(), nullable=False),
        sa.Column("do_not_disturb", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_presence_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("source", "source_agent", "at", name=op.f("uq_presence_source_source_agent_at")),
    )
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.create_index("ix_presence_at", ["at"], unique=False)

    op.create_table(
        "reassignment",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("from_agent_id", RowId, nullable=False),
        sa.Column("to_desk", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", RowId, nullable=True),
        sa.Column("undoes_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"], name=op.f("fk_reassignment_by_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_reassignment_customer_id")),
        sa.ForeignKeyConstraint(["from_agent_id"], ["agent.id"], name=op.f("fk_reassignment_from_agent_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["reassignment.id"], name=op.f("fk_reassignment_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reassignment")),
    )
    op.create_table(
        "staffing_need",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("team_id", RowId, nullable=True),
        sa.Column("desk", sa.Text(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("half_hour", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.CheckConstraint("(team_id IS NULL) <> (desk IS NULL)", name=op.f("ck_staffing_need_team_or_desk")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_staffing_need_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffing_need")),
    )
    op.create_table(
        "survey_invitation",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("customer_id", RowId, nullable=True),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_survey_invitation_agent_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_survey_invitation_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_invitation")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_survey_invitation_source_source_id")),
    )
    with op.batch_alter_table("survey_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_invitation_local_date"), ["local_date"], unique=False)

    op.create_table(
        "callback_owner",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("callback_id", RowId, nullable=False),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("desk", sa.Text(), nullable=True),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(agent_id IS NULL) <> (desk IS NULL)", name=op.f("ck_callback_owner_one_owner")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_callback_owner_agent_id")),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_callback_owner_callback_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_owner")),
        sa.UniqueConstraint("callback_id", "from_at", name=op.f("uq_callback_owner_callback_id_from_at")),
    )
    op.create_table(
        "contact_attempt",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("callback_id", RowId, nullable=True),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("call_id", RowId, nullable=True),
        sa.Column("note_id", RowId, nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_contact_attempt_agent_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_contact_attempt_call_id")),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_contact_attempt_callback_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_contact_attempt_customer_id")),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_contact_attempt_note_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_contact_attempt_source_source_id")),
    )
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_contact_attempt_callback_id", ["callback_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_attempt_local_date"), ["local_date"], unique=False)

    op.create_table(
        "promise",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("callback_id", RowId, nullable=False),
        sa.Column("made_by_id", RowId, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("from_at", UtcDateTime(), nullable=True),
        sa.Column("to_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by_customer", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_promise_callback_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["agent.id"], name=op.f("fk_promise_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_promise_source_source_id")),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index("ix_promise_callback_id", ["callback_id"], unique=False)

    op.create_table(
        "survey_response",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("invitation_id", RowId, nullable=True),
        sa.Column("customer_id", RowId, nullable=True),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("call_id", RowId, nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.Column("scale", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("competence", sa.Integer(), nullable=True),
        sa.Column("treatment", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("followed_up_by_id", RowId, nullable=True),
        sa.Column("followed_up_at", UtcDateTime(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_survey_response_agent_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_survey_response_call_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_survey_response_customer_id")),
        sa.ForeignKeyConstraint(["followed_up_by_id"], ["agent.id"], name=op.f("fk_survey_response_followed_up_by_id")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["survey_invitation.id"], name=op.f("fk_survey_response_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_response")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_survey_response_source_source_id")),
    )
    with op.batch_alter_table("survey_response", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_response_local_date"), ["local_date"], unique=False)

    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("requested_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("channel", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("acute", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("swap_tried", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("covered_by_id", RowId, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_absence_covered_by_id"), "agent", ["covered_by_id"], ["id"])

    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.add_column(sa.Column("swapped_with_id", RowId, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_shift_swapped_with_id"), "agent", ["swapped_with_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_shift_swapped_with_id"), type_="foreignkey")
        batch_op.drop_column("swapped_with_id")

    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_absence_covered_by_id"), type_="foreignkey")
        batch_op.drop_column("covered_by_id")
        batch_op.drop_column("swap_tried")
        batch_op.drop_column("acute")
        batch_op.drop_column("channel")
        batch_op.drop_column("requested_on")

    with op.batch_alter_table("survey_response", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_response_local_date"))

    op.drop_table("survey_response")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index("ix_promise_callback_id")

    op.drop_table("promise")
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_attempt_local_date"))
        batch_op.drop_index("ix_contact_attempt_callback_id")

    op.drop_table("contact_attempt")
    op.drop_table("callback_owner")
    with op.batch_alter_table("survey_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_invitation_local_date"))

    op.drop_table("survey_invitation")
    op.drop_table("staffing_need")
    op.drop_table("reassignment")
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.drop_index("ix_presence_at")

    op.drop_table("presence")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_local_date"))
        batch_op.drop_index("ix_note_customer_id")

    op.drop_table("note")
    op.drop_table("concern")
    op.drop_table("coaching")
    with op.batch_alter_table("callback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_local_date"))
        batch_op.drop_index("ix_callback_customer_id")

    op.drop_table("callback")
    op.drop_table("buddy_pair")
    op.drop_table("audit_log")
    op.drop_table("access_log")
    op.drop_table("desk")

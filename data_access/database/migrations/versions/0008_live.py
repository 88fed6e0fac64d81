"""The telephone system as it is now: its state, what it has not told yet, phones, live calls, voicemails."""

import sqlalchemy as sa
from alembic import op

from data_access.database.schema import RowId, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("phone_source", "unread_span", "phone_endpoint", "live_call", "live_ring", "voicemail")


def row_id() -> sa.Column:
    return sa.Column("id", RowId, autoincrement=True, nullable=False)


def upgrade() -> None:
    with op.batch_alter_table("ring") as table:
        table.add_column(sa.Column("source_agent", sa.Text()))
    op.create_table(
        "phone_source",
        row_id(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.Column("read_from", UtcDateTime()),
        sa.Column("watching_since", UtcDateTime()),
        sa.Column("asked_at", UtcDateTime()),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("problem", sa.Text()),
        sa.Column("problem_detail", sa.Text()),
        sa.Column("clock_ahead_seconds", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_source")),
        sa.UniqueConstraint("source", name=op.f("uq_phone_source_source")),
    )
    op.create_table(
        "unread_span",
        row_id(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("to_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unread_span")),
    )
    op.create_table(
        "phone_endpoint",
        row_id(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("phone_number", sa.Text()),
        sa.Column("available", sa.Boolean()),
        sa.Column("busy", sa.Boolean()),
        sa.Column("do_not_disturb", sa.Boolean()),
        sa.Column("do_not_disturb_until", UtcDateTime()),
        sa.Column("since", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_endpoint")),
        sa.UniqueConstraint("source", "endpoint", name=op.f("uq_phone_endpoint_source_endpoint")),
    )
    op.create_table(
        "live_call",
        row_id(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("queue_id", RowId),
        sa.Column("customer_id", RowId),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("status", sa.Text()),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_live_call_queue_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_live_call_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_call")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_live_call_source_source_id")),
    )
    op.create_table(
        "live_ring",
        row_id(),
        sa.Column("live_call_id", RowId, nullable=False),
        sa.Column("agent_id", RowId),
        sa.Column("source_agent", sa.Text(), nullable=False),
        sa.Column("rang_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["live_call_id"], ["live_call.id"], name=op.f("fk_live_ring_live_call_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_live_ring_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_ring")),
    )
    op.create_index("ix_live_ring_live_call_id", "live_ring", ["live_call_id"])
    op.create_table(
        "voicemail",
        row_id(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("queue_id", RowId),
        sa.Column("remote_number", sa.Text()),
        sa.Column("left_at", UtcDateTime(), nullable=False),
        sa.Column("duration_seconds", sa.Integer()),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_voicemail_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voicemail")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_voicemail_source_source_id")),
    )
    op.create_index("ix_voicemail_local_date", "voicemail", ["local_date"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
    with op.batch_alter_table("ring") as table:
        table.drop_column("source_agent")

"""What each callback and each promise counts as, derived."""

import sqlalchemy as sa
from alembic import op

from data_access.database.schema import RowId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callback_verdict",
        sa.Column("callback_id", RowId, autoincrement=False, nullable=False),
        sa.Column("first_id", RowId, nullable=False),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reached_at", UtcDateTime(), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("first_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("breached_at", UtcDateTime(), nullable=True),
        sa.Column("breached_by_id", RowId, nullable=True),
        sa.Column("breached_desk", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempts_in_preferred_time", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("was_told", sa.Boolean(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("is_misrouted", sa.Boolean(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_callback_verdict_agent_id")),
        sa.ForeignKeyConstraint(["breached_by_id"], ["agent.id"], name=op.f("fk_callback_verdict_breached_by_id")),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_callback_verdict_callback_id")),
        sa.ForeignKeyConstraint(["first_id"], ["callback.id"], name=op.f("fk_callback_verdict_first_id")),
        sa.PrimaryKeyConstraint("callback_id", name=op.f("pk_callback_verdict")),
    )
    with op.batch_alter_table("callback_verdict", schema=None) as batch_op:
        batch_op.create_index("ix_callback_verdict_ended_at", ["ended_at"], unique=False)
        batch_op.create_index("ix_callback_verdict_first_id", ["first_id"], unique=False)
        batch_op.create_index("ix_callback_verdict_local_date", ["local_date"], unique=False)

    op.create_table(
        "promise_verdict",
        sa.Column("promise_id", RowId, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempted_at", UtcDateTime(), nullable=True),
        sa.Column("minutes_late", sa.Integer(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["promise_id"], ["promise.id"], name=op.f("fk_promise_verdict_promise_id")),
        sa.PrimaryKeyConstraint("promise_id", name=op.f("pk_promise_verdict")),
    )
    with op.batch_alter_table("promise_verdict", schema=None) as batch_op:
        batch_op.create_index("ix_promise_verdict_local_date", ["local_date"], unique=False)

    op.create_index("ix_call_customer_id", "call", ["customer_id"])


def downgrade() -> None:
    op.drop_index("ix_call_customer_id", table_name="call")
    with op.batch_alter_table("promise_verdict", schema=None) as batch_op:
        batch_op.drop_index("ix_promise_verdict_local_date")

    op.drop_table("promise_verdict")
    with op.batch_alter_table("callback_verdict", schema=None) as batch_op:
        batch_op.drop_index("ix_callback_verdict_local_date")
        batch_op.drop_index("ix_callback_verdict_first_id")
        batch_op.drop_index("ix_callback_verdict_ended_at")

    op.drop_table("callback_verdict")

"""The attempt days of what has ended are kept, and who had each request when it was written (A1, A2, B8); changes of what
is over are counted apart from those of today, and shifts are found by their agent."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("callback_verdict") as table:
        table.add_column(sa.Column("held_by_id", row_id))
        table.add_column(sa.Column("last_called_at", sa.DateTime(timezone=True)))
        table.create_foreign_key(op.f("fk_callback_verdict_held_by_id_agent"), "agent", ["held_by_id"], ["id"])
    op.create_table(
        "attempt_day",
        sa.Column("callback_id", row_id, autoincrement=False, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("agent_id", row_id, nullable=True),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("first_call", sa.Text(), nullable=False),
        sa.Column("second_call", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("noted", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("is_cover", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_attempt_day_agent_id_agent")),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_attempt_day_callback_id_callback")),
        sa.PrimaryKeyConstraint("callback_id", "local_date", name=op.f("pk_attempt_day")),
    )
    op.create_index("ix_attempt_day_local_date", "attempt_day", ["local_date"])
    op.create_index("ix_shift_agent_id_starts_at", "shift", ["agent_id", "starts_at"])
    op.create_index("ix_shift_swapped_with_id", "shift", ["swapped_with_id"])
    op.create_index("ix_absence_agent_id_starts_at", "absence", ["agent_id", "starts_at"])
    with op.batch_alter_table("database_info") as table:
        table.add_column(sa.Column("past_version", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("database_info") as table:
        table.alter_column("past_version", server_default=None)
    op.execute("UPDATE database_info SET past_version = data_version")


def downgrade() -> None:
    with op.batch_alter_table("database_info") as table:
        table.drop_column("past_version")
    op.drop_index("ix_absence_agent_id_starts_at", "absence")
    op.drop_index("ix_shift_swapped_with_id", "shift")
    op.drop_index("ix_shift_agent_id_starts_at", "shift")
    op.drop_table("attempt_day")
    with op.batch_alter_table("callback_verdict") as table:
        table.drop_constraint("fk_callback_verdict_held_by_id_agent", type_="foreignkey")
        table.drop_column("last_called_at")
        table.drop_column("held_by_id")

"""Who has taken an open request upon themselves, so that two do not call the same customer."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "callback_mark",
        sa.Column("callback_id", row_id, autoincrement=False, nullable=False),
        sa.Column("by_id", row_id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"], name=op.f("fk_callback_mark_by_id_agent")),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_callback_mark_callback_id_callback")),
        sa.PrimaryKeyConstraint("callback_id", name=op.f("pk_callback_mark")),
    )


def downgrade() -> None:
    op.drop_table("callback_mark")

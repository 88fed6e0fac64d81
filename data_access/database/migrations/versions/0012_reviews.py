"""What came of a follow-up, and weeks of feedback that somebody read (Q3)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey_response", sa.Column("follow_up_outcome", sa.Text()))
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "feedback_review",
        sa.Column("id", row_id, autoincrement=True, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("team_id", row_id, nullable=True),
        sa.Column("by_id", row_id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"], name=op.f("fk_feedback_review_by_id_agent")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_feedback_review_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_review")),
        sa.UniqueConstraint("week", "team_id", name=op.f("uq_feedback_review_week_team_id")),
    )


def downgrade() -> None:
    op.drop_table("feedback_review")
    with op.batch_alter_table("survey_response") as table:
        table.drop_column("follow_up_outcome")

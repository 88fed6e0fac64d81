"""How Svartid opens for somebody: the team, the period and the language that they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "own_view",
        sa.Column("agent_id", row_id, autoincrement=False, nullable=False),
        sa.Column("team_id", row_id, nullable=True),
        sa.Column("period_days", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_own_view_agent_id_agent")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_own_view_team_id_team")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_own_view")),
    )


def downgrade() -> None:
    op.drop_table("own_view")

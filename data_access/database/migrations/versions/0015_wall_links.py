"""Links by which a screen on a wall shows one team's day without anybody's login."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "wall_link",
        sa.Column("id", row_id, nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("team_id", row_id, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_wall_link_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_wall_link_token_digest")),
    )


def downgrade() -> None:
    op.drop_table("wall_link")

"""When a coaching session is reviewed; on a computer without logins it is agreed by nobody known by name."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("coaching") as table:
        table.add_column(sa.Column("review_on", sa.Date()))
        table.alter_column("by_id", existing_type=ROW_ID, nullable=True)
        table.create_index("ix_coaching_agent_id", ["agent_id"])
    with op.batch_alter_table("survey_invitation") as table:
        table.create_index("ix_survey_invitation_customer_id", ["customer_id"])


def downgrade() -> None:
    with op.batch_alter_table("survey_invitation") as table:
        table.drop_index("ix_survey_invitation_customer_id")
    with op.batch_alter_table("coaching") as table:
        table.drop_index("ix_coaching_agent_id")
        table.alter_column("by_id", existing_type=ROW_ID, nullable=False)
        table.drop_column("review_on")

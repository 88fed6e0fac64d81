"""A customer's contact attempts, and messages by their number, are found through an index."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contact_attempt_customer_id", "contact_attempt", ["customer_id"])
    op.create_index("ix_callback_phones", "callback", ["phones"])


def downgrade() -> None:
    op.drop_index("ix_callback_phones", table_name="callback")
    op.drop_index("ix_contact_attempt_customer_id", table_name="contact_attempt")

"""What the CRM said last of each owner, hand-overs of single requests, what somebody looked at and why, retention."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The latest owner that did not come from a hand-over is what the CRM said last.
CRM_OWNER = """
UPDATE customer SET
  crm_agent_id = (SELECT o.agent_id FROM customer_owner o WHERE o.customer_id = customer.id AND o.source <> 'reassignment'
                  ORDER BY o.from_date DESC LIMIT 1),
  crm_desk = (SELECT o.desk FROM customer_owner o WHERE o.customer_id = customer.id AND o.source <> 'reassignment'
              ORDER BY o.from_date DESC LIMIT 1)
"""


def upgrade() -> None:
    with op.batch_alter_table("database_info") as table:
        table.add_column(sa.Column("blanked_before", sa.Date()))
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("crm_agent_id", ROW_ID))
        table.add_column(sa.Column("crm_desk", sa.Text()))
        table.create_foreign_key(op.f("fk_customer_crm_agent_id"), "agent", ["crm_agent_id"], ["id"])
    op.execute(CRM_OWNER)
    with op.batch_alter_table("reassignment") as table:
        table.add_column(sa.Column("callback_id", ROW_ID))
        table.create_foreign_key(op.f("fk_reassignment_callback_id"), "callback", ["callback_id"], ["id"])
        table.create_index("ix_reassignment_customer_id", ["customer_id"])
    with op.batch_alter_table("access_log") as table:
        table.add_column(sa.Column("action", sa.Text(), nullable=False, server_default="view"))
        table.add_column(sa.Column("customer_id", ROW_ID))
        table.add_column(sa.Column("purpose", sa.Text()))
        table.create_foreign_key(op.f("fk_access_log_customer_id"), "customer", ["customer_id"], ["id"])
        table.create_index("ix_access_log_at", ["at"])
        table.create_index("ix_access_log_details", ["details"])


def downgrade() -> None:
    with op.batch_alter_table("access_log") as table:
        table.drop_index("ix_access_log_details")
        table.drop_index("ix_access_log_at")
        table.drop_constraint(op.f("fk_access_log_customer_id"), type_="foreignkey")
        for name in ("purpose", "customer_id", "action"):
            table.drop_column(name)
    with op.batch_alter_table("reassignment") as table:
        table.drop_index("ix_reassignment_customer_id")
        table.drop_constraint(op.f("fk_reassignment_callback_id"), type_="foreignkey")
        table.drop_column("callback_id")
    with op.batch_alter_table("customer") as table:
        table.drop_constraint(op.f("fk_customer_crm_agent_id"), type_="foreignkey")
        for name in ("crm_desk", "crm_agent_id"):
            table.drop_column(name)
    with op.batch_alter_table("database_info") as table:
        table.drop_column("blanked_before")

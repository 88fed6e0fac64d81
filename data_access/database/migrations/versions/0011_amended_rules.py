"""KC's list has days, who had a request is stored, and days that an edit adds to an absence (B5, B8, R2)."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LISTED_SINCE = "SELECT min(date(finished_at)) FROM import_run WHERE kind = 'kc-list'"
FIRST_HOLDERS = """
INSERT INTO callback_holder (first_id, position, from_at, agent_id, desk)
SELECT first_id, 0, created_at, agent_id, desk FROM callback_verdict WHERE callback_id = first_id
"""


def upgrade() -> None:
    since = op.get_bind().scalar(sa.text(LISTED_SINCE)) or "2000-01-01"
    with op.batch_alter_table("kc_list") as table:
        table.add_column(sa.Column("from_date", sa.Date(), nullable=False, server_default=str(since)))
        table.add_column(sa.Column("to_date", sa.Date()))
        table.drop_constraint("uq_kc_list_kind_name", type_="unique")
        table.create_unique_constraint("uq_kc_list_kind_name_from_date", ["kind", "name", "from_date"])
    with op.batch_alter_table("kc_list") as table:
        table.alter_column("from_date", server_default=None)
    with op.batch_alter_table("callback_verdict") as table:
        table.add_column(sa.Column("is_returned", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("is_cover", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("callback_verdict") as table:
        table.alter_column("is_returned", server_default=None)
        table.alter_column("is_cover", server_default=None)
    op.add_column("contact_attempt", sa.Column("log_state", sa.Text()))
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "callback_holder",
        sa.Column("first_id", row_id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", row_id, nullable=True),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_callback_holder_agent_id_agent")),
        sa.ForeignKeyConstraint(["first_id"], ["callback.id"], name=op.f("fk_callback_holder_first_id_callback")),
        sa.PrimaryKeyConstraint("first_id", "position", name=op.f("pk_callback_holder")),
    )
    op.create_index("ix_callback_holder_agent_id", "callback_holder", ["agent_id"])
    op.create_table(
        "absence_extension",
        sa.Column("id", row_id, autoincrement=True, nullable=False),
        sa.Column("absence_id", row_id, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["absence_id"], ["absence.id"], name=op.f("fk_absence_extension_absence_id_absence"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_extension")),
    )
    op.create_index(op.f("ix_absence_extension_absence_id"), "absence_extension", ["absence_id"])
    # Until the next load, which derives all anew because the rules have changed.
    op.execute(FIRST_HOLDERS)


def downgrade() -> None:
    op.drop_table("absence_extension")
    with op.batch_alter_table("contact_attempt") as table:
        table.drop_column("log_state")
    op.drop_table("callback_holder")
    with op.batch_alter_table("callback_verdict") as table:
        table.drop_column("is_returned")
        table.drop_column("is_cover")
    op.execute("DELETE FROM kc_list WHERE to_date IS NOT NULL")
    with op.batch_alter_table("kc_list") as table:
        table.drop_constraint("uq_kc_list_kind_name_from_date", type_="unique")
        table.create_unique_constraint("uq_kc_list_kind_name", ["kind", "name"])
        table.drop_column("from_date")
        table.drop_column("to_date")

"""Every team has a desk, every agent a role: what loads have always filled can no longer be missing."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REQUIRED = {"team": ("desk", sa.Text()), "agent": ("role", sa.Text())}


def upgrade() -> None:
    op.execute("UPDATE team SET desk = 'agents' WHERE desk IS NULL")
    op.execute("UPDATE agent SET role = 'agent' WHERE role IS NULL")
    change(nullable=False)


def downgrade() -> None:
    change(nullable=True)


def change(*, nullable: bool) -> None:
    for table, (column, type_) in REQUIRED.items():
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=type_, nullable=nullable)

"""Reasons of rows set aside may be blanked, and those that quote what may be private are."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PRIVATE_KINDS = "'absences', 'attempts', 'callbacks', 'concerns', 'customers', 'invitations', 'notes', 'promises', 'shifts', 'surveys'"
BLANK_QUOTING = f"""
UPDATE import_reject SET reason = 'no longer kept'
WHERE reason LIKE '%''%''%' AND import_run_id IN (SELECT id FROM import_run WHERE kind IN ({PRIVATE_KINDS}))
"""  # noqa: S608


def upgrade() -> None:
    # The triggers that allow this come back, in their new form, when the migrations have ended.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS import_reject_update")
    else:
        op.execute("DROP TRIGGER IF EXISTS import_reject_refuse_row ON import_reject")
    op.execute(BLANK_QUOTING)


def downgrade() -> None:
    """What was blanked stays blank."""

"""Of how many calls the length of the talk is known, so that a mean is one of known talks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COUNT = """
UPDATE agent_rollup SET timed_talks = (
    SELECT count(*) FROM ring JOIN call ON call.id = ring.call_id
    WHERE call.direction = 'incoming' AND ring.pair_outcome = 'answered' AND ring.talk_seconds IS NOT NULL
    AND call.local_date = agent_rollup.local_date
    AND (ring.agent_id = agent_rollup.agent_id OR (ring.agent_id IS NULL AND agent_rollup.agent_id IS NULL))
    AND (call.queue_id = agent_rollup.queue_id OR (call.queue_id IS NULL AND agent_rollup.queue_id IS NULL))
)
"""


def upgrade() -> None:
    op.add_column("agent_rollup", sa.Column("timed_talks", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(COUNT)


def downgrade() -> None:
    op.drop_column("agent_rollup", "timed_talks")

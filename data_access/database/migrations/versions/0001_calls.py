"""Calls, rings, people, rota and the record of loads."""

import sqlalchemy as sa
from alembic import op

from data_access.database.schema import RowId, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("takes_calls", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("email", name=op.f("uq_agent_email")),
        sa.UniqueConstraint("initials", name=op.f("uq_agent_initials")),
    )
    op.create_table(
        "customer",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("portfolio", sa.Text(), nullable=True),
        sa.Column("insurer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_number")),
    )
    op.create_table(
        "database_info",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("rules_digest", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_database_info_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_database_info")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), nullable=False),
        sa.Column("newest_record", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "kc_list",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kc_list")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_kc_list_kind_name")),
    )
    op.create_table(
        "queue",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
        sa.UniqueConstraint("source", "name", name=op.f("uq_queue_source_name")),
    )
    op.create_table(
        "team",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "absence",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_absence_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_absence_source_source_id")),
    )
    op.create_index(op.f("ix_absence_first_day"), "absence", ["first_day"], unique=False)
    op.create_table(
        "agent_alias",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_agent", sa.Text(), nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_alias_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_alias")),
        sa.UniqueConstraint("source", "source_agent", name=op.f("uq_agent_alias_source_source_agent")),
    )
    op.create_table(
        "agent_rollup",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("queue_id", RowId, nullable=True),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("declined", sa.BigInteger(), nullable=False),
        sa.Column("not_picked_up", sa.BigInteger(), nullable=False),
        sa.Column("let_it_ring", sa.BigInteger(), nullable=False),
        sa.Column("taken_by_colleague", sa.BigInteger(), nullable=False),
        sa.Column("too_short", sa.BigInteger(), nullable=False),
        sa.Column("already_talking", sa.BigInteger(), nullable=False),
        sa.Column("absent", sa.BigInteger(), nullable=False),
        sa.Column("off_shift", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.Column("talk_seconds", sa.BigInteger(), nullable=False),
        sa.Column("timed_answers", sa.BigInteger(), nullable=False),
        sa.Column("answer_seconds", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_rollup_agent_id")),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_agent_rollup_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_rollup")),
    )
    op.create_index(op.f("ix_agent_rollup_local_date"), "agent_rollup", ["local_date"], unique=False)
    op.create_table(
        "call",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("queue_id", RowId, nullable=True),
        sa.Column("remote_number", sa.Text(), nullable=True),
        sa.Column("customer_number", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("answer_seconds", sa.Integer(), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("half_hour", sa.Integer(), nullable=False),
        sa.Column("customer_id", RowId, nullable=True),
        sa.Column("in_opening_hours", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_call_customer_id")),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_call_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_call_source_source_id")),
    )
    op.create_index(op.f("ix_call_local_date"), "call", ["local_date"], unique=False)
    op.create_index(op.f("ix_call_remote_number"), "call", ["remote_number"], unique=False)
    op.create_table(
        "call_rollup",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("half_hour", sa.Integer(), nullable=False),
        sa.Column("queue_id", RowId, nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("abandoned", sa.BigInteger(), nullable=False),
        sa.Column("short", sa.BigInteger(), nullable=False),
        sa.Column("redirected", sa.BigInteger(), nullable=False),
        sa.Column("outside", sa.BigInteger(), nullable=False),
        sa.Column("outside_answered", sa.BigInteger(), nullable=False),
        sa.Column("timed_answers", sa.BigInteger(), nullable=False),
        sa.Column("answer_seconds", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_call_rollup_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_rollup")),
    )
    op.create_index(op.f("ix_call_rollup_local_date"), "call_rollup", ["local_date"], unique=False)
    op.create_table(
        "customer_owner",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("desk", sa.Text(), nullable=True),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("(agent_id IS NULL) <> (desk IS NULL)", name=op.f("ck_customer_owner_one_owner")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_customer_owner_agent_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_owner_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_owner")),
        sa.UniqueConstraint("customer_id", "from_date", name=op.f("uq_customer_owner_customer_id_from_date")),
    )
    op.create_table(
        "customer_phone",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_phone_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_phone")),
        sa.UniqueConstraint("customer_id", "phone_number", name=op.f("uq_customer_phone_customer_id_phone_number")),
    )
    op.create_index(op.f("ix_customer_phone_phone_number"), "customer_phone", ["phone_number"], unique=False)
    op.create_table(
        "employment",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_employment_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employment")),
        sa.UniqueConstraint("agent_id", "from_date", name=op.f("uq_employment_agent_id_from_date")),
    )
    op.create_table(
        "import_reject",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("import_run_id", RowId, nullable=False),
        sa.Column("loaded", sa.Boolean(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import_run_id"], ["import_run.id"], name=op.f("fk_import_reject_import_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_reject")),
    )
    op.create_index(op.f("ix_import_reject_import_run_id"), "import_reject", ["import_run_id"], unique=False)
    op.create_table(
        "queue_team",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("queue_id", RowId, nullable=False),
        sa.Column("team_id", RowId, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_queue_team_queue_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_queue_team_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_team")),
        sa.UniqueConstraint("queue_id", "team_id", "from_date", name=op.f("uq_queue_team_queue_id_team_id_from_date")),
    )
    op.create_table(
        "shift",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_shift_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_shift_source_source_id")),
    )
    op.create_index(op.f("ix_shift_local_date"), "shift", ["local_date"], unique=False)
    op.create_table(
        "team_lead",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.Column("team_id", RowId, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_team_lead_agent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_lead_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_lead")),
        sa.UniqueConstraint("agent_id", "team_id", "from_date", name=op.f("uq_team_lead_agent_id_team_id_from_date")),
    )
    op.create_table(
        "team_member",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("agent_id", RowId, nullable=False),
        sa.Column("team_id", RowId, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_team_member_agent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
        sa.UniqueConstraint("agent_id", "team_id", "from_date", name=op.f("uq_team_member_agent_id_team_id_from_date")),
    )
    op.create_table(
        "ring",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("call_source_id", sa.Text(), nullable=False),
        sa.Column("agent_id", RowId, nullable=True),
        sa.Column("rang_at", UtcDateTime(), nullable=False),
        sa.Column("ring_seconds", sa.Integer(), nullable=True),
        sa.Column("talk_seconds", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("from_call", sa.Boolean(), nullable=False),
        sa.Column("call_id", RowId, nullable=True),
        sa.Column("local_date", sa.Date(), nullable=True),
        sa.Column("pair_outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_ring_agent_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_ring_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_ring_source_source_id")),
    )
    op.create_index("ix_ring_call", "ring", ["source", "call_source_id"], unique=False)
    op.create_index("ix_ring_call_id", "ring", ["call_id"], unique=False)
    op.create_index("ix_ring_local_date", "ring", ["local_date"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_ring_local_date", table_name="ring")
    op.drop_index("ix_ring_call_id", table_name="ring")
    op.drop_index("ix_ring_call", table_name="ring")
    op.drop_table("ring")
    op.drop_table("team_member")
    op.drop_table("team_lead")
    op.drop_index(op.f("ix_shift_local_date"), table_name="shift")
    op.drop_table("shift")
    op.drop_table("queue_team")
    op.drop_index(op.f("ix_import_reject_import_run_id"), table_name="import_reject")
    op.drop_table("import_reject")
    op.drop_table("employment")
    op.drop_index(op.f("ix_customer_phone_phone_number"), table_name="customer_phone")
    op.drop_table("customer_phone")
    op.drop_table("customer_owner")
    op.drop_index(op.f("ix_call_rollup_local_date"), table_name="call_rollup")
    op.drop_table("call_rollup")
    op.drop_index(op.f("ix_call_remote_number"), table_name="call")
    op.drop_index(op.f("ix_call_local_date"), table_name="call")
    op.drop_table("call")
    op.drop_index(op.f("ix_agent_rollup_local_date"), table_name="agent_rollup")
    op.drop_table("agent_rollup")
    op.drop_table("agent_alias")
    op.drop_index(op.f("ix_absence_first_day"), table_name="absence")
    op.drop_table("absence")
    op.drop_table("team")
    op.drop_table("queue")
    op.drop_table("kc_list")
    op.drop_table("import_run")
    op.drop_table("database_info")
    op.drop_table("customer")
    op.drop_table("agent")

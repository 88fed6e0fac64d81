"""On PostgreSQL the app's own role can hand over and log, and can neither edit the logs nor anything else."""

import subprocess
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from support.databases import NOW, Load
from support.postgres import PROGRAMS

from data_access.changes.coaching import agree_on_session, review_session, write_concern
from data_access.changes.logs import Look, record_look
from data_access.changes.reassignment import hand_over, undo
from data_access.database import migrating
from data_access.database.append_only import APPEND_ONLY
from data_access.database.engine import current_engine, engine_for
from data_access.database.roles import APP_ROLE, MAY_UPDATE, MAY_WRITE
from data_access.database.schema import metadata
from data_access.questions.reassignment import preview
from data_access.scope import Viewer, scope_of
from metrics.house_rules import HouseRules

ON_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
QUALITY = Viewer("quality", "quality")
LOGS = ("reassignment", "audit_log", "access_log", "import_run", "import_reject")


@pytest.fixture
def as_app(agency: Load, database_url: str, house_rules: HouseRules, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The database as the app's role sees it, with a hand-over that the owner's load made possible."""
    agency("customers", "number,owner\nC-1,BO\nC-2,BO\n")
    agency("callbacks", "source_id,customer_number,created_at,sent_to\nB1,C-1,2026-05-06T10:00:00+02:00,BO\n")
    agency("agents", "initials,first_day,last_day\nBO,2020-01-01,2026-04-30\n")
    with current_engine().connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APP_ROLE}):
            connection.execute(text(f"CREATE ROLE {APP_ROLE} LOGIN"))
            connection.commit()
    migrating.initialise(house_rules)  # as after every upgrade
    url = make_url(database_url).set(username=APP_ROLE).render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    engine_for(url).dispose()


def dump(url: str) -> str:
    """The rows of the logs, as pg_dump writes them for whoever asks."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    tables = [f"--table={name}" for name in LOGS]
    done = subprocess.run(
        [str(PROGRAMS / "pg_dump"), "--data-only", "--inserts", *tables, address],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith("INSERT"))


@ON_POSTGRES
def test_the_app_hands_over_undoes_and_logs_with_its_own_role(as_app: str, house_rules: HouseRules) -> None:
    ids = (2,)
    record_look(QUALITY, Look("view", "reassign", about_id=2), NOW)
    seen = preview(scope_of(QUALITY), ids, house_rules, NOW)
    assert (seen.customers, len(seen.callbacks)) == (2, 1)
    batch = hand_over(QUALITY, ids, seen.fingerprint, "Bob left", house_rules, NOW)
    undo(QUALITY, batch, "Too early", house_rules, NOW)
    written = dump(as_app)
    counts = [written.count(f"INSERT INTO public.{name} ") for name in ("reassignment", "audit_log", "access_log")]
    assert counts == [6, 2, 1]  # two customers and a request, there and back


ATTACKS = (
    "UPDATE {table} SET id = id",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} OWNER TO svartid_app",
    "ALTER TABLE {table} RENAME TO gone",
    "CREATE TRIGGER mine BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "INSERT INTO {table} (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2",
)
ELSEWHERE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "DROP FUNCTION refuse_change() CASCADE",
    "SET session_replication_role = replica",
    "UPDATE callback SET done_at = NULL",
    "UPDATE call SET customer_id = 1",
    "INSERT INTO agent (initials, role) VALUES ('EVE', 'admin')",
    "UPDATE agent SET role = 'admin'",
    "DELETE FROM import_run",
    "CREATE TABLE mine (id int)",
    "UPDATE alembic_version SET version_num = '0001'",
    "SET ROLE postgres",
)


@ON_POSTGRES
def test_the_apps_role_can_change_no_log_and_nothing_that_it_need_not(as_app: str, house_rules: HouseRules) -> None:
    record_look(QUALITY, Look("view", "reassign", about_id=2), NOW)
    ids = (2,)
    hand_over(QUALITY, ids, preview(scope_of(QUALITY), ids, house_rules, NOW).fingerprint, "Bob left", house_rules, NOW)
    before = dump(as_app)
    assert before.count("INSERT") > 5
    attacks = [attack.format(table=table) for table in LOGS for attack in ATTACKS] + list(ELSEWHERE)
    assert len(attacks) == 5 * 9 + 11
    engine = create_engine(as_app)
    for attack in attacks:
        with (
            pytest.raises(DBAPIError, match=r"denied|must be owner|append-only"),
            engine.begin() as connection,
        ):
            connection.execute(text(attack))
    engine.dispose()
    assert dump(as_app) == before
    assert set(APPEND_ONLY) == set(LOGS)


@ON_POSTGRES
def test_the_rights_are_those_that_are_written_down(as_app: str) -> None:
    engine = create_engine(as_app)
    query = text(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = :name AND table_schema = 'public' AND privilege_type <> 'SELECT'"
    )
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.execute(query, {"name": APP_ROLE})}
        of_columns = (
            "SELECT table_name, column_name FROM information_schema.column_privileges AS one"
            " WHERE grantee = :name AND privilege_type = 'UPDATE' AND NOT EXISTS ("
            "  SELECT 1 FROM information_schema.role_table_grants AS whole WHERE whole.grantee = one.grantee"
            "  AND whole.table_name = one.table_name AND whole.privilege_type = 'UPDATE')"
        )
        columns = {tuple(row) for row in connection.execute(text(of_columns), {"name": APP_ROLE})}
        readable = (
            "SELECT count(*) FROM information_schema.role_table_grants"
            " WHERE grantee = :name AND privilege_type = 'SELECT'"
        )
        assert connection.scalar(text(readable), {"name": APP_ROLE}) >= len(metadata.tables)
    engine.dispose()
    assert found == {(table, right) for table, rights in MAY_WRITE.items() for right in rights.split(", ")}
    assert columns == {(table, column) for table, columns in MAY_UPDATE.items() for column in columns}


@ON_POSTGRES
def test_the_app_fills_in_the_small_forms_and_no_other_column(as_app: str, house_rules: HouseRules) -> None:
    agree_on_session(QUALITY, 2, "C1", date(2026, 5, 12), date(2026, 6, 23), house_rules, NOW)
    review_session(
        QUALITY, 1, "better", house_rules, NOW + timedelta(days=7)
    )  # a session is reviewed after it was held
    write_concern(QUALITY, "BO", "B1", "noget", house_rules, NOW)
    engine = create_engine(as_app)
    for attack in (
        "UPDATE coaching SET rule = 'C2'",
        "UPDATE survey_response SET score = 10",
        "UPDATE concern SET text = 'andet'",
        "DELETE FROM concern",
    ):
        with pytest.raises(DBAPIError, match="denied"), engine.begin() as connection:
            connection.execute(text(attack))
    with engine.begin() as connection:
        connection.execute(text("UPDATE survey_response SET followed_up_at = now() WHERE id = -1"))
    engine.dispose()

"""On PostgreSQL: what the app's own role may do. The owner's role migrates, loads and applies the retention."""

from sqlalchemy import Connection, text

APP_ROLE = "svartid_app"
MAY_WRITE = {
    "customer_owner": "INSERT, UPDATE, DELETE",
    "callback_owner": "INSERT, DELETE",
    "callback_verdict": "INSERT, DELETE",
    "promise_verdict": "INSERT, DELETE",
    "database_info": "UPDATE",
    "reassignment": "INSERT",
    "audit_log": "INSERT",
    "access_log": "INSERT",
}
"""What a hand-over and the logs need; everything else the app only reads."""


def grant_to_app(connection: Connection) -> None:
    """Give the app's role, where there is one, its rights and no others; every migration ends here."""
    if connection.dialect.name != "postgresql":
        return
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APP_ROLE}):
        return
    there = set(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")))
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APP_ROLE}",
        f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {APP_ROLE}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}",
    ]
    statements += [f"GRANT {rights} ON {table} TO {APP_ROLE}" for table, rights in MAY_WRITE.items() if table in there]
    for statement in statements:
        connection.execute(text(statement))

"""On PostgreSQL: what the app's own role may do. The owner's role migrates, loads and applies the retention."""

from sqlalchemy import Connection, text

APP_ROLE = "svartid_app"
MAY_WRITE = {
    "customer_owner": "INSERT, UPDATE, DELETE",
    "callback_owner": "INSERT, DELETE",
    "callback_verdict": "INSERT, DELETE",
    "attempt_day": "INSERT, DELETE",
    "callback_holder": "INSERT, DELETE",
    "callback_mark": "INSERT, DELETE",
    "own_view": "INSERT, DELETE",
    "promise_verdict": "INSERT, DELETE",
    "database_info": "UPDATE",
    "coaching": "INSERT",
    "concern": "INSERT",
    "feedback_review": "INSERT",
    "reassignment": "INSERT",
    "audit_log": "INSERT",
    "access_log": "INSERT",
}
"""What a hand-over, the small forms and the logs need; everything else the app only reads."""
MAY_UPDATE = {
    "coaching": ("outcome",),
    "survey_response": ("followed_up_by_id", "followed_up_at", "follow_up_outcome"),
}
"""Single columns that the small forms fill in."""


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
    statements += [
        f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {APP_ROLE}"
        for table, columns in MAY_UPDATE.items()
        if table in there
    ]
    for statement in statements:
        connection.execute(text(statement))

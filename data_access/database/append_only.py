"""Tables that nothing edits: the database itself refuses to change or delete their rows."""

from sqlalchemy import Connection, inspect, text

from data_access.database.schema import access_log, audit_log, import_reject, import_run, reassignment

APPEND_ONLY = tuple(table.name for table in (import_run, import_reject, reassignment, audit_log, access_log))
REFUSAL = "is append-only"
NO_LONGER_KEPT = "no longer kept"
"""What a reason becomes when its time is over; a record of loads may change to that and to nothing else."""

SQLITE_TRIGGERS = {
    "update": "BEFORE UPDATE ON {table}",
    "delete": "BEFORE DELETE ON {table}",
    # INSERT OR REPLACE would slip past the first two.
    "replace": "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",
}
BLANKS_REASON = f"""
WHEN NOT (NEW.reason = '{NO_LONGER_KEPT}' AND NEW.id = OLD.id AND NEW.import_run_id = OLD.import_run_id
          AND NEW.loaded = OLD.loaded AND NEW."row" IS OLD."row" AND NEW."column" IS OLD."column")
"""
POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'import_reject' AND TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) ->> 'reason' = '{NO_LONGER_KEPT}' AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""


def protect(connection: Connection) -> None:
    """Put the missing triggers in place. Rebuilding a table drops its triggers, so every migration ends here."""
    there = set(inspect(connection).get_table_names())
    if connection.dialect.name == "postgresql":
        connection.execute(text(POSTGRES_FUNCTION))
    for table in APPEND_ONLY:
        if table not in there:
            continue
        if connection.dialect.name == "postgresql":
            for event, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                name = f"{table}_refuse_{level.lower()}"
                connection.execute(
                    text(
                        f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {level} "
                        "EXECUTE FUNCTION refuse_change()"
                    )
                )
        else:
            for name, when in SQLITE_TRIGGERS.items():
                if (table, name) == (import_reject.name, "update"):
                    when += BLANKS_REASON
                refuse = f"BEGIN SELECT RAISE(ABORT, '{table} {REFUSAL}'); END"
                connection.exec_driver_sql(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_{name} {when.format(table=table)} {refuse}"
                )

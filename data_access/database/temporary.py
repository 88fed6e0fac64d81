"""Temporary tables, which belong to one connection."""

from sqlalchemy import Connection, Table, func, select


def create_afresh(connection: Connection, *tables: Table) -> None:
    for table in tables:
        table.drop(connection, checkfirst=False) if table_exists(connection, table) else None
        table.create(connection, checkfirst=False)


def table_exists(connection: Connection, table: Table) -> bool:
    if connection.dialect.name == "sqlite":
        query = "SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND name = ?"
        return connection.exec_driver_sql(query, (table.name,)).first() is not None
    return connection.scalar(select(func.to_regclass(f"pg_temp.{table.name}"))) is not None

"""The state of the database itself: is it there, up to date, simulated, and under which rules was it derived."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, update

from data_access.database.append_only import protect
from data_access.database.engine import current_engine, reading
from data_access.database.roles import grant_to_app
from data_access.database.schema import database_info, import_run
from data_access.database.writing import writing
from metrics.house_rules import HouseRules

MIGRATIONS = Path(__file__).with_name("migrations")


class DatabaseNotReadyError(Exception):
    """The database was made by another version of the program; the text says what to do."""


@dataclass(frozen=True)
class DatabaseInfo:
    """`empty`: nothing was ever loaded. `rules_digest`: the rules under which the stored figures were derived.
    `blanked_before`: calls of earlier days name no customer any more."""

    empty: bool
    simulated: bool
    data_version: int
    zone: str
    rules_digest: str
    blanked_before: date | None


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(revision: str = "head") -> None:
    """Bring the database to a revision (the newest by default), keeping its data: all of it or nothing."""
    # SQLite's foreign keys would let a rebuilt table cascade its rows away; they can only be switched outside BEGIN.
    with current_engine().connect().execution_options(writes=True) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        driver: Any = connection.connection.driver_connection
        if is_sqlite:
            driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                target = alembic_config(connection)
                current = MigrationContext.configure(connection).get_current_revision()
                if revision == "head" or current is None:
                    command.upgrade(target, revision)
                else:
                    (command.downgrade if is_older(revision, current) else command.upgrade)(target, revision)
                protect(connection)
                grant_to_app(connection)
                if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise DatabaseNotReadyError(f"the migration would leave {len(broken)} rows without what they name")
        finally:
            if is_sqlite:
                driver.execute("PRAGMA foreign_keys = ON")


def is_older(revision: str, current: str) -> bool:
    script = ScriptDirectory.from_config(alembic_config())
    older = {step.revision for step in script.walk_revisions("base", current)}
    return revision == "base" or revision in older


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def exists() -> bool:
    """Whether the database holds this program's tables, of any version."""
    with reading() as connection:
        return inspect(connection).has_table(database_info.name)


def initialise(rules: HouseRules) -> None:
    """Create the tables, or bring an older database up to date; existing data stay."""
    migrate()
    with writing() as connection:
        if connection.execute(select(database_info.c.id)).first() is None:
            values = {
                "simulated": False,
                "data_version": 0,
                "zone": rules.zone,
                "rules_digest": rules.derivation_digest,
            }
            connection.execute(insert(database_info).values(id=1, **values))


def require_up_to_date(connection: Connection) -> None:
    """Raise `DatabaseNotReadyError` where the tables are of another version than the program."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision != (wanted := newest_revision()):
        raise DatabaseNotReadyError(
            f"the database has version {revision}, this program needs {wanted}: run python -m data_access init"
        )


def database_state() -> DatabaseInfo | None:
    """What the database says of itself; None where there is none yet.

    Raises `DatabaseNotReadyError` where it has to be upgraded first.
    """
    with reading() as connection:
        if not inspect(connection).has_table(database_info.name):
            return None
        require_up_to_date(connection)
        info = connection.execute(select(database_info)).mappings().one_or_none()
        if info is None:
            return None
        loaded = connection.execute(select(import_run.c.id).limit(1)).first()
    return DatabaseInfo(
        empty=loaded is None,
        simulated=info["simulated"],
        data_version=info["data_version"],
        zone=info["zone"],
        rules_digest=info["rules_digest"],
        blanked_before=info["blanked_before"],
    )


def mark_changed(connection: Connection, rules: HouseRules) -> None:
    """Record, inside a writing transaction, that the data changed and under which rules they are now derived."""
    connection.execute(
        update(database_info).values(
            data_version=database_info.c.data_version + 1, zone=rules.zone, rules_digest=rules.derivation_digest
        )
    )


def rules_changed(connection: Connection, rules: HouseRules) -> bool:
    """Whether the stored figures were derived under other rules than these."""
    return connection.scalar(select(database_info.c.rules_digest)) != rules.derivation_digest


def data_version() -> int:
    """A number that rises with each load or write."""
    with reading() as connection:
        return connection.execute(select(database_info.c.data_version)).scalar_one()

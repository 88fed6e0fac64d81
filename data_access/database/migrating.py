"""Creating the database's tables and bringing older ones up to date, with alembic, which nobody else imports."""

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select

from data_access.database.append_only import protect
from data_access.database.engine import current_engine
from data_access.database.roles import grant_to_app
from data_access.database.schema import database_info
from data_access.database.versions import MIGRATIONS, DatabaseNotReadyError, stored_revision
from data_access.database.writing import writing
from metrics.house_rules import HouseRules


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
                current = stored_revision(connection)
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


def initialise(rules: HouseRules) -> None:
    """Create the tables, or bring an older database up to date; existing data stay."""
    migrate()
    with writing() as connection:
        if connection.execute(select(database_info.c.id)).first() is None:
            values = {
                "simulated": False,
                "data_version": 0,
                "past_version": 0,
                "zone": rules.zone,
                "rules_digest": rules.derivation_digest,
            }
            connection.execute(insert(database_info).values(id=1, **values))

"""What is wrong with an installation, in plain words, and how to mend it. It changes nothing."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import exists, func, select, text
from sqlalchemy.exc import DBAPIError

from data_access.database.backup import damage_of
from data_access.database.engine import DatabaseAwayError, place_of_database, reading, sqlite_file
from data_access.database.roles import APP_ROLE, MAY_WRITE
from data_access.database.schema import agent, call, database_info, metadata, queue, queue_team, team
from data_access.database.versions import newest_revision, rules_changed, stored_revision
from data_access.questions.sources import sources_by_kind
from data_access.scope import EVERYBODY
from data_access.settings import current_rules, now
from metrics.house_rules import HouseRules, HouseRulesError

ABOUT_THE_PAST = ("calls", "rings", "notes", "attempts", "callbacks")
"""Kinds of which no record can lie ahead, as a shift or a vacation does."""
CLOCKS_APART = timedelta(minutes=5)
FREE_FOR_A_LOAD = 2
"""Free space, as a multiple of the database: its log beside it can grow as large while a year is loaded."""
LEAST_FREE_BYTES = 200_000_000
READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True)
class Finding:
    """What is wrong, and how to mend it: whole sentences."""

    wrong: str
    mend: str


class CannotGoOnError(Exception):
    """What comes after can only be looked at once this is mended."""

    def __init__(self, wrong: str, mend: str) -> None:
        super().__init__(wrong)
        self.finding = Finding(wrong, mend)


def findings() -> Iterator[Finding]:
    """All that is wrong, in the order in which to mend it; nothing where all is well."""
    try:
        rules = readable_rules()
        present = readable_clock()
        look_for_database()
        yield from database_file()
        yield from rights()
        yield from rules_and_zone(rules)
        yield from queues()
        yield from sources(rules, present)
    except CannotGoOnError as error:
        yield error.finding


def readable_rules() -> HouseRules:
    try:
        return current_rules()
    except HouseRulesError as error:
        raise CannotGoOnError(f"The house rules cannot be read: {error}.", "Correct the file at that place.") from error


def readable_clock() -> datetime:
    try:
        return now()
    except ValueError as error:
        raise CannotGoOnError(f"{error}.", "Take SVARTID_NOW out of the environment.") from error


def look_for_database() -> None:
    """It answers, holds our tables, and is of the program's version."""
    file, place = sqlite_file(), place_of_database()
    if file and not file.is_file():
        raise CannotGoOnError(
            f"There is no database at {place}.", "Run python -m data_access init, or set DATABASE_URL."
        )
    try:
        with reading() as connection:
            revision = stored_revision(connection)
    except (DBAPIError, DatabaseAwayError) as error:
        why = error.why if isinstance(error, DatabaseAwayError) else str(error.orig).strip()
        raise CannotGoOnError(
            f"The database at {place} cannot be read: {why}.",
            "Put a backup in its place." if file else "Start PostgreSQL there, or correct DATABASE_URL.",
        ) from error
    if revision is None:
        raise CannotGoOnError(f"The database at {place} holds no tables of Svartid.", "Run python -m data_access init.")
    if revision < newest_revision():
        raise CannotGoOnError(
            f"The database has version {revision}, this program needs {newest_revision()}.",
            "Take a backup, then run python -m data_access init.",
        )
    if revision > newest_revision():
        raise CannotGoOnError(
            f"The database has version {revision}, this program knows {newest_revision()}.",
            "Install the newer program; a database never goes back.",
        )


def database_file() -> Iterator[Finding]:
    """On SQLite: the file is whole, and its owner's alone; there is room for a load."""
    file = sqlite_file()
    if file is None:
        return
    if damage := damage_of(file):
        raise CannotGoOnError(f"The database {file} is damaged: {damage}.", "Put a backup in its place.")
    if file.stat().st_mode & READABLE_BY_OTHERS:
        yield Finding(f"Others on this computer may read {file}.", f"Run chmod 600 {file}.")
    wanted = max(LEAST_FREE_BYTES, FREE_FOR_A_LOAD * file.stat().st_size)
    free = shutil.disk_usage(file.parent).free
    if free < wanted:
        yield Finding(
            f"Only {free / 1e6:,.0f} MB are free beside {file}; a large load can need {wanted / 1e6:,.0f}.",
            "Make room on that disk, or move the database to another.",
        )


def rights() -> Iterator[Finding]:
    """Somebody may see everything; on PostgreSQL the app's own role may do what it must, and no more."""
    with reading() as connection:
        people, admins = connection.execute(
            select(func.count(), func.count().filter(agent.c.role == "admin", agent.c.email.is_not(None)))
        ).one()
        if people and not admins and os.environ.get("SVARTID_ACCESS") != "local":
            yield Finding(
                "Nobody is an administrator with an address to sign in by.",
                "Load a file of agents in which somebody has the role admin and an email (docs/loading.md).",
            )
        if connection.dialect.name != "postgresql":
            return
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": APP_ROLE}):
            yield Finding(
                f"There is no role {APP_ROLE}: the app has the rights of the owner.",
                "Create it (docs/deploy/README.md), and give it to the app.",
            )
            return
        may = text("SELECT has_table_privilege(:role, :table, :right)")
        wrong = [
            f"{right} on {table.name}"
            for table in metadata.sorted_tables
            for right in ("SELECT", "INSERT", "DELETE")
            if connection.scalar(may, {"role": APP_ROLE, "table": table.name, "right": right})
            != (right == "SELECT" or right in MAY_WRITE.get(table.name, ""))
        ]
    if wrong:
        yield Finding(
            f"The rights of {APP_ROLE} are not as they should be: {', '.join(wrong)}.",
            "Run python -m data_access init as the owner.",
        )


def rules_and_zone(rules: HouseRules) -> Iterator[Finding]:
    with reading() as connection:
        changed = rules_changed(connection, rules)
        zone = connection.scalar(select(database_info.c.zone))
    if zone != rules.zone:
        yield Finding(
            f"The stored days are those of {zone}, the house rules say {rules.zone}.",
            "Run python -m data_access rebuild.",
        )
    elif changed:
        yield Finding(
            "The house rules have changed since the figures were derived.", "Run python -m data_access rebuild."
        )


def queues() -> Iterator[Finding]:
    """Teams have queues, and these are the ones that the calls name."""
    its, by_team = queue.c, select(queue_team.c.queue_id)
    has_calls = exists().where(call.c.queue_id == its.id)
    other = queue.alias("other")
    same_name = exists().where(other.c.name == its.name, other.c.id != its.id, call.c.queue_id == other.c.id)
    with reading() as connection:
        counts = [connection.scalar(select(exists().where(table.c.id.is_not(None)))) for table in (team, call)]
        unlike = connection.execute(
            select(its.name, its.source).where(its.id.in_(by_team), ~has_calls, same_name).order_by(its.name)
        ).all()
        has_queues = connection.scalar(select(exists().where(queue_team.c.queue_id.is_not(None))))
    mend = "Load a file of teams with queue and queue_source, which is the source of the calls (docs/loading.md)."
    if all(counts) and not has_queues:
        yield Finding("No queue belongs to a team, so no call is counted for any.", mend)
    for row in unlike:
        yield Finding(f"No call names the queue {row.name} of {row.source}; another source's calls do.", mend)


def sources(rules: HouseRules, present: datetime) -> Iterator[Finding]:
    """What is late, what brought little, and what comes from the future."""
    if os.environ.get("SVARTID_NOW"):
        yield Finding(
            f"The clock stands still at {present:%Y-%m-%d %H:%M} UTC.", "Take SVARTID_NOW out of the environment."
        )
    loads = sources_by_kind(EVERYBODY, rules, present)
    if loads.empty:
        yield Finding("Nothing has been loaded yet.", "Load the first file (docs/loading.md), or run the demo.")
    for load in loads.itertuples():
        newest = None if pd.isna(load.newest_record) else load.newest_record.astimezone(rules.tzinfo)
        said = "no record at all" if newest is None else f"the newest is of {newest:%Y-%m-%d %H:%M}"
        if newest and load.kind in ABOUT_THE_PAST and newest > present + CLOCKS_APART:
            yield Finding(
                f"{load.kind} of {load.source} come from the future: {said}.",
                "Set this computer's clock, or say in the mapping which zone the times are in.",
            )
        elif load.is_late:
            yield Finding(
                f"{load.kind} of {load.source} are late: {said}.",
                "See whether the job that loads them runs; python -m data_access status says when it last did.",
            )
        elif load.is_small:
            yield Finding(
                f"The last load of {load.kind} of {load.source} brought nothing, or far less than usual ({load.file}).",
                "See whether it was the right file, and load the right one.",
            )

"""The house rules in force, the time, the address of the database: read from the environment at the edge."""

import os
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

PROJECT = Path(__file__).resolve().parent.parent


def now() -> datetime:
    """The present instant in UTC. SVARTID_NOW (ISO 8601 with offset) stands in for it.

    Raises ValueError where SVARTID_NOW has no offset.
    """
    fixed = os.environ.get("SVARTID_NOW")
    if not fixed:
        return datetime.now(UTC)
    instant = datetime.fromisoformat(fixed)
    if instant.tzinfo is None:
        raise ValueError(f"SVARTID_NOW = '{fixed}' has no offset such as +02:00")
    return instant.astimezone(UTC)


def current_rules() -> HouseRules:
    """The house rules, read and checked again whenever their file changes. Raises `HouseRulesError`."""
    file = Path(os.environ.get("SVARTID_RULES") or DEFAULT_FILE)
    changed = file.stat().st_mtime_ns if file.is_file() else 0
    return rules_of(file, changed)


@lru_cache(maxsize=4)
def rules_of(file: Path, _changed: int) -> HouseRules:
    return read_house_rules(file)


def database_url() -> str:
    """The database's address: DATABASE_URL, else an SQLite file under `var/` beside the program."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{PROJECT / 'var' / 'svartid.db'}"

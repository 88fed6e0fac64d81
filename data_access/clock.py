"""The clock, read once at the edge and handed down as `now`. SVARTID_NOW fixes it."""

import os
from datetime import UTC, datetime


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

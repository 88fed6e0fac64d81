"""The two logs, of looks and of changes. A look is written before anything is shown; nobody edits what is written."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from data_access.database.schema import access_log, audit_log
from data_access.database.writing import writing_log
from data_access.scope import Viewer


@dataclass(frozen=True)
class Look:
    """What somebody is about to see: one agent's figures (`about_id`), a customer's name and numbers, an export.

    action: view, open_customer, export, sign_in, sign_out.
    """

    action: str
    page: str
    about_id: int | None = None
    customer_id: int | None = None
    purpose: str | None = None
    details: str | None = None


def record_look(viewer: Viewer, look: Look, now: datetime) -> None:
    """Write down that somebody looks, before they see anything: where this fails, nothing is shown (P1)."""
    with writing_log() as connection:
        connection.execute(insert(access_log).values(at=now, by_id=viewer.agent_id, **vars(look)))


def record_change(
    connection: Connection, viewer: Viewer, action: str, subject: str, details: str, now: datetime
) -> None:
    """Write down a change, inside the transaction that makes it: ids and initials only, details as name=value."""
    values = {"at": now, "by_id": viewer.agent_id, "action": action, "subject": subject, "details": details}
    connection.execute(insert(audit_log).values(**values))

"""What names a customer is blanked after the time that the house rules set; rows, counts and verdicts stay (Q2, P2)."""

from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, Connection, Table, and_, exists, func, or_, select, update

from data_access.changes.logs import record_change
from data_access.database.append_only import NO_LONGER_KEPT
from data_access.database.schema import (
    call,
    callback,
    callback_verdict,
    concern,
    database_info,
    import_reject,
    import_run,
    note,
    survey_invitation,
    survey_response,
    voicemail,
)
from data_access.database.versions import mark_changed, require_up_to_date
from data_access.database.writing import writing_alone
from data_access.scope import Viewer
from metrics.calendar import local_day, local_to_utc
from metrics.house_rules import HouseRules, in_force

THE_COMMAND = Viewer("retain", "admin")
BLANKED = {
    "survey_response": ("customer_id", "call_id", "invitation_id", "comment"),
    "survey_invitation": ("customer_id",),
    "call": ("customer_id", "customer_number", "remote_number"),
    "note": ("text",),
    "concern": ("text",),
    "voicemail": ("remote_number",),
}
"""What is blanked in which table. A note's customer stays: without it nobody could tell whom the note is about."""


def retain(rules: HouseRules, now: datetime, *, dry_run: bool = False) -> dict[str, int]:
    """Blank what has been kept for long enough: all of it or, with `dry_run`, nothing. Gives the rows by table.

    Calls of a customer who still waits for an answer to a request written before them keep their number.
    """
    today = local_day(now, rules)
    kept = in_force(rules.retention, today)
    surveys_before = today - relativedelta(months=kept.survey_months)
    calls_before = today - relativedelta(months=kept.customer_months)
    due = {
        survey_response: survey_response.c.local_date < surveys_before,
        survey_invitation: survey_invitation.c.local_date < surveys_before,
        call: and_(call.c.local_date < calls_before, ~is_still_waited_for()),
        note: note.c.local_date < calls_before,
        concern: concern.c.at < local_to_utc(calls_before, 0, rules),
        voicemail: voicemail.c.local_date < calls_before,
    }
    with writing_alone() as connection:
        require_up_to_date(connection)
        counts = {}
        for table, is_due in due.items():
            to_blank = and_(is_due, says_something(table))
            counts[table.name] = connection.scalar(select(func.count()).select_from(table).where(to_blank)) or 0
            if not dry_run and counts[table.name]:
                nothing = dict.fromkeys(BLANKED[table.name])
                connection.execute(update(table).where(to_blank).values(**nothing))
        counts[import_reject.name] = blank_reasons(connection, local_to_utc(calls_before, 0, rules), dry_run=dry_run)
        if not dry_run:
            freeze_before(connection, calls_before)
            details = " ".join(f"{name}={count}" for name, count in counts.items())
            record_change(connection, THE_COMMAND, "retain", "database", details, now)
            mark_changed(connection, rules)
    return counts


def blank_reasons(connection: Connection, before: datetime, *, dry_run: bool) -> int:
    """Why rows of loads before an instant were set aside may quote what stood in them; gives how many say so still."""
    old_loads = select(import_run.c.id).where(import_run.c.finished_at < before)
    reject = import_reject.c
    is_due = and_(reject.import_run_id.in_(old_loads), reject.reason != NO_LONGER_KEPT)
    count = connection.scalar(select(func.count()).select_from(import_reject).where(is_due)) or 0
    if not dry_run and count:
        connection.execute(update(import_reject).where(is_due).values(reason=NO_LONGER_KEPT))
    return count


def says_something(table: Table) -> ColumnElement[bool]:
    return or_(*(table.c[name].is_not(None) for name in BLANKED[table.name]))


def is_still_waited_for() -> ColumnElement[bool]:
    """The call belongs to a customer with an open request that is older than the call."""
    return exists().where(
        callback.c.customer_id == call.c.customer_id,
        callback.c.created_at <= call.c.started_at,
        callback_verdict.c.callback_id == callback.c.id,
        callback_verdict.c.ended_at.is_(None),
    )


def freeze_before(connection: Connection, day: date) -> None:
    """Verdicts on what ended are never derived again where the calls that decided them name nobody any more."""
    blanked = database_info.c.blanked_before
    connection.execute(update(database_info).where(or_(blanked.is_(None), blanked < day)).values(blanked_before=day))

"""Somebody takes an open request upon themselves, so that two do not call the same customer; it is never written to the
CRM."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from data_access.changes.logs import record_change
from data_access.changes.refusals import ChangeRefusedError
from data_access.database.schema import callback_mark, callback_verdict
from data_access.database.versions import mark_changed
from data_access.database.writing import writing_alone
from data_access.questions.callback_history import visible_request
from data_access.questions.callbacks import is_open_at
from data_access.questions.worklist import marks_of
from data_access.scope import Viewer, may_hand_over, scope_of
from metrics.house_rules import HouseRules


def take_request(viewer: Viewer, callback_id: int, rules: HouseRules, now: datetime) -> None:
    """Write down that the viewer sees to an open request; audited, and whoever comes second is told who was first.

    Raises `ChangeRefusedError` with not_allowed (not theirs to see, or no longer open) or already (by, at), and
    `BusyError` while a load goes on.
    """
    with writing_alone() as connection:
        first_id = first_request(connection, viewer, callback_id, rules, now)
        if first_id in (marks := marks_of(connection, now)):
            raise ChangeRefusedError("already", by=marks[first_id].by, at=marks[first_id].at)
        connection.execute(insert(callback_mark).values(callback_id=first_id, by_id=viewer.agent_id, at=now))
        record_change(connection, viewer, "take_request", f"callback {first_id}", "", now)
        mark_changed(connection, rules, touches_past=False)


def give_request_back(viewer: Viewer, callback_id: int, rules: HouseRules, now: datetime) -> None:
    """Take away the mark of a request: whoever set it may, and who leads people may for them; audited.

    Raises `ChangeRefusedError` with not_allowed, and `BusyError` while a load goes on.
    """
    with writing_alone() as connection:
        first_id = first_request(connection, viewer, callback_id, rules, now)
        mark = marks_of(connection, now).get(first_id)
        if mark is None or not may_give_back(viewer, mark.by_id):
            raise ChangeRefusedError("not_allowed")
        connection.execute(delete(callback_mark).where(callback_mark.c.callback_id == first_id))
        record_change(connection, viewer, "give_request_back", f"callback {first_id}", "", now)
        mark_changed(connection, rules, touches_past=False)


def may_give_back(viewer: Viewer, by_id: int | None) -> bool:
    return by_id == viewer.agent_id or may_hand_over(viewer)


def first_request(connection: Connection, viewer: Viewer, callback_id: int, rules: HouseRules, now: datetime) -> int:
    """The first request of the matter, open and the viewer's to see; else a refusal."""
    verdict, scope = callback_verdict.c, scope_of(viewer)
    seen = visible_request(scope, callback_id, rules, now)
    first_id: int | None = connection.scalar(select(verdict.first_id).where(seen, is_open_at(now)))
    if first_id is None or not scope.may_see_customers:
        raise ChangeRefusedError("not_allowed")
    return first_id

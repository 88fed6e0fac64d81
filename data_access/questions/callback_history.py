"""One request from its writing to its end, as somebody sees it who may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, select

from data_access.database.engine import reading
from data_access.database.frames import UTC_DTYPE, typed_frame
from data_access.database.schema import callback, callback_verdict, note
from data_access.matters.directory import Directory, read_directory
from data_access.matters.matter import Matter, matters_of
from data_access.matters.verdicts import last_called_at
from data_access.questions.callbacks import is_open_at, verdict
from data_access.questions.worklist import Mark, marks_of, who_acts
from data_access.scope import Scope, may_see_callback
from metrics.calendar import local_day
from metrics.callbacks import Verdict, judge
from metrics.house_rules import HouseRules

IN_ONE_BREATH = (
    "written",
    "sent",
    "told",
    "reminder",
    "copied",
    "handed_over",
    "returned",
    "call",
    "reached_call",
    "called_in",
    "promised",
)
"""Events at the same instant are told in this order, whatever else happened after them."""
YET_TO_COME = ("due", "promised_time")
"""Events of a history that may lie ahead."""


@dataclass(frozen=True)
class History:
    """One opened request: the verdict at `now`, what it is about, who acts on it (as in WORKLIST_DTYPES), who has taken
    it, and what happened, in order. Whose it is stays hidden (P1).

    events: at (UTC), event (written, sent, told, promised, promised_time, call, reached_call, sms, mail, called_in,
    note, handed_over, returned (by KC, B5), reminder, copied (to somebody, B7), due, done, withdrawn), who (initials,
    may be missing), text (may be missing).
    """

    callback_id: int
    """Of the first request, also where a reminder was asked for."""
    customer: str
    verdict: Verdict
    topic: str
    owner: str | None
    owner_why: str
    covered_for: str | None
    desk: str
    preferred_from: datetime | None
    preferred_to: datetime | None
    last_called_at: datetime | None
    mark: Mark | None
    breached_by: str | None
    events: pd.DataFrame

    @property
    def attempts(self) -> int:
        """The calls in which somebody tried to reach the customer."""
        return self.verdict.attempts


@dataclass(frozen=True)
class Customer:
    """Who asked: name, numbers, and what was written each time they asked, with its instant in UTC."""

    name: str | None
    phones: tuple[str, ...]
    reasons: tuple[tuple[datetime, str], ...]


def visible_request(scope: Scope, callback_id: int, rules: HouseRules, now: datetime) -> ColumnElement[bool]:
    today = local_day(now, rules)
    seen = may_see_callback(scope, verdict.agent_id, verdict.desk, verdict.local_date, is_open_at(now), today, now)
    return and_(verdict.callback_id == callback_id, seen)


def history_of(scope: Scope, callback_id: int, rules: HouseRules, now: datetime) -> History | None:
    """The whole history of one request; None where the viewer may see none, or where it is blanked by now (P2)."""
    seen = visible_request(scope, callback_id, rules, now)
    theirs = select(callback.c.customer_id).join(callback_verdict, verdict.callback_id == callback.c.id).where(seen)
    with reading() as connection:
        first_id = connection.scalar(select(verdict.first_id).where(seen))
        if first_id is None or not scope.may_see_customers:
            return None
        directory = read_directory(connection, rules)
        matters = matters_of(connection, directory, theirs)
        matter = next((candidate for candidate in matters if candidate.facts.callback_id == first_id), None)
        if matter is None:
            return None
        judged = judge(matter.request, rules, now)
        customer_id = matter.facts.customer_id
        notes = connection.execute(
            select(note.c.at, note.c.agent_id, note.c.kind).where(
                note.c.customer_id == customer_id, note.c.at >= matter.facts.created_at, note.c.at <= now
            )
        ).all()
        mark = marks_of(connection, now).get(first_id)
    blamed, facts = judged.breached_by, matter.facts
    owner, owner_why, covered_for = who_acts(matter, judged.holder, directory, now)
    return History(
        callback_id=first_id,
        customer=facts.number,
        verdict=judged,
        topic=facts.topic,
        owner=owner,
        owner_why=owner_why,
        covered_for=covered_for,
        desk=judged.holder.desk,
        preferred_from=facts.preferred_from,
        preferred_to=facts.preferred_to,
        last_called_at=last_called_at(matter.request, judged, now),
        mark=mark,
        breached_by=None if blamed is None else directory.initials.get(blamed.agent_id or 0, blamed.desk),
        events=events_of(matter, judged, notes, directory, now),
    )


def telling_order(event: tuple[Any, ...]) -> tuple[Any, ...]:
    at, name = event[:2]
    return at, IN_ONE_BREATH.index(name) if name in IN_ONE_BREATH else len(IN_ONE_BREATH), name


def events_of(matter: Matter, judged: Verdict, notes: Any, directory: Directory, now: datetime) -> pd.DataFrame:
    facts, request = matter.facts, matter.request
    last_note_at = judged.reached_at + timedelta(days=1) if judged.reached_at else now

    def who(agent_id: int | None) -> str | None:
        return directory.initials.get(agent_id or 0)

    events: list[tuple[datetime | None, str, str | None, str | None]] = [
        (facts.created_at, "written", who(facts.created_by_id), None),
        (facts.sent_at, "sent", who(facts.sent_to_id), facts.sent_to_desk),
        (request.done_at, "done", None, None),
        (request.withdrawn_at, "withdrawn", None, None),
    ]
    events += [(at, "told", None, None) for at in request.told_at]
    events += [(promised.created_at, "reminder", who(promised.created_by_id), None) for promised in matter.reminders]
    messages = (facts, *matter.reminders)
    events += [
        (sent.created_at, "copied", who(sent.created_by_id), sent.copied_to) for sent in messages if sent.copied_to
    ]
    events += [
        (
            promised.at,
            "returned" if promised.why == "returned" else "handed_over",
            who(promised.holder.agent_id),
            promised.holder.desk,
        )
        for promised in request.hand_overs
    ]
    events += [(promised.at, "called_in", who(promised.agent_id), None) for promised in request.call_ins]
    for attempt in request.attempts:
        kind = "reached_call" if attempt.reached and attempt.channel == "call" else attempt.channel
        events.append((attempt.at, kind, who(attempt.agent_id), "derived" if attempt.is_derived else None))
    events += [(attempt.at, "call", who(attempt.agent_id), "contradicted") for attempt in matter.contradicted]
    for promised in judged.promises:
        events.append((promised.promise.made_at, "promised", None, f"{promised.promise.to_at.isoformat()}"))
        events.append((promised.promise.to_at, "promised_time", None, promised.state))
    events += [(row.at, "note", who(row.agent_id), row.kind) for row in notes if row.at <= last_note_at]
    replaced = {before.due_at for before, after in pairwise(judged.deadlines) if before.since == after.since}
    deadlines = {promised.due_at: promised.rule for promised in judged.deadlines if promised.due_at not in replaced}
    events += [(due_at, "due", None, rule) for due_at, rule in deadlines.items()]
    known = [event for event in events if event[0] is not None and (event[0] <= now or event[1] in YET_TO_COME)]
    told = sorted(known, key=telling_order)
    return typed_frame(told, {"at": UTC_DTYPE, "event": "str", "who": "str", "text": "str"})

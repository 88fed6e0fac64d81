"""The merge of calls and of the rings of agents' phones."""

from typing import Any

import pandas as pd
from sqlalchemy import and_, bindparam, case, delete, exists, func, literal, null, or_, select, update

from data_access.database.frames import frame
from data_access.database.schema import call, queue, ring
from data_access.loading.resolve import resolve_agents, unknown_agent
from data_access.loading.stage import good
from data_access.loading.upsert import Days, Merge, Upsert, leave_out_what_was_blanked, with_neighbours
from data_access.sources.preparing import with_lengths
from metrics.calls import CALL_STATUSES

FROM_CALL = "call:"


def complete_from_stored_calls(merge: Merge) -> None:
    """Fill what a partial record does not say with what is stored, and compute its lengths from both."""
    staged = merge.staged
    stored = and_(call.c.source == merge.mapping.source, call.c.source_id == staged.c.source_id)
    names = ("status", "answered_at", "ended_at")
    says_less = or_(*(and_(staged.c[name].is_(None), call.c[name].is_not(None)) for name in names))
    filled = {name: func.coalesce(staged.c[name], call.c[name]) for name in names}
    query = select(staged.c.row, staged.c.started_at, staged.c.talk_seconds, *(v.label(k) for k, v in filled.items()))
    rows = frame(merge.connection, query.join(call, stored).where(good(staged), says_less))
    if rows.empty:
        return
    merge.run(update(staged).where(good(staged), stored, says_less).values(**filled))
    lengths = with_lengths(rows)
    values: dict[str, Any] = {
        name: bindparam(f"new_{name}") for name in ("answer_seconds", "ring_seconds", "talk_seconds")
    }
    rewrite = update(staged).where(staged.c.row == bindparam("this_row")).values(**values)
    parameters = [
        {f"new_{name}": none_if_missing(getattr(row, name)) for name in values} | {"this_row": int(row.row)}
        for row in lengths.itertuples()
    ]
    merge.connection.execute(rewrite, parameters)
    for name in ("answered_at", "ended_at"):
        merge.set_aside(name, "is before started_at", staged.c[name] < staged.c.started_at)


def none_if_missing(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def merge_calls(merge: Merge) -> Days:
    staged, source = merge.staged, merge.mapping.source
    resolve_agents(merge, source)
    complete_from_stored_calls(merge)
    leave_out_what_was_blanked(merge, "remote_number", "customer_number")
    keys = {"source": literal(source), "name": staged.c.queue}
    Upsert(merge, queue, keys, {}, where=staged.c.queue.is_not(None)).write()
    is_same_queue = and_(queue.c.source == source, queue.c.name == staged.c.queue)
    merge.run(update(staged).values(queue_id=select(queue.c.id).where(is_same_queue).scalar_subquery()))
    names: tuple[str, ...] = (
        "direction",
        "queue_id",
        "remote_number",
        "customer_number",
        "status",
        "started_at",
        "answered_at",
    )
    names += ("ended_at", "answer_seconds", "local_date", "half_hour")
    known = {"source": literal(source), "source_id": staged.c.source_id}
    values = {name: staged.c[name] for name in names}
    upsert = Upsert(merge, call, known, values, defaults={"direction": "incoming"})
    upsert.mark()
    before = select(call.c.local_date).join(staged, upsert.stored).where(staged.c.changed).distinct()
    touched = merge.dates(before)
    upsert.write()
    if "agent" in merge.mapping.fields:
        merge_rings_of_calls(merge)
    touched |= merge.dates(select(staged.c.local_date).where(good(staged), staged.c.changed).distinct())
    return with_neighbours(touched)


def merge_rings_of_calls(merge: Merge) -> None:
    """Where the source gives no rings, one agent per call, a call gives one ring (C1)."""
    staged, source = merge.staged, merge.mapping.source
    silent = or_(staged.c.status.is_(None), staged.c.status.not_in(CALL_STATUSES))
    # Somebody named who took an overflowed call is a person who answered it.
    silent = or_(silent, and_(staged.c.status == "overflow", staged.c.agent.is_not(None)))
    was_answered = or_(staged.c.status == "answered", and_(silent, staged.c.answered_at.is_not(None)))
    stored_ring = ring.alias("own")
    has_own = exists().where(
        stored_ring.c.source == source,
        stored_ring.c.call_source_id == staged.c.source_id,
        stored_ring.c.from_call.is_(False),
    )
    its_call = select(call.c.id).where(call.c.source == source, call.c.source_id == staged.c.source_id)
    keys = {"source": literal(source), "source_id": FROM_CALL + staged.c.source_id}
    values = {
        "call_source_id": staged.c.source_id,
        "agent_id": staged.c.agent_id,
        "source_agent": unknown_agent(staged),
        "rang_at": staged.c.started_at,
        "ring_seconds": staged.c.ring_seconds,
        "talk_seconds": case((was_answered, staged.c.talk_seconds), else_=null()),
        "outcome": case((was_answered, "answered"), else_="no_answer"),
        "from_call": literal(True),
        "local_date": staged.c.local_date,
        "call_id": its_call.correlate(staged).scalar_subquery(),
    }
    names_who_rang = or_(staged.c.agent.is_not(None), was_answered)
    if merge.mapping.agent_of_unanswered == "not_told":
        names_who_rang = was_answered
        unanswered = select(staged.c.source_id).where(good(staged), ~was_answered)
        merge.run(delete(ring).where(ring.c.source == source, ring.c.from_call, ring.c.call_source_id.in_(unanswered)))
    rang = and_(names_who_rang, ~has_own)
    Upsert(merge, ring, keys, values, where=rang).apply()


def merge_rings(merge: Merge) -> Days:
    staged, source = merge.staged, merge.mapping.source
    resolve_agents(merge, source)
    names = ("agent_id", "rang_at", "ring_seconds", "talk_seconds", "outcome")
    values = {name: staged.c[name] for name in names} | {"call_source_id": staged.c.call, "from_call": literal(False)}
    values["source_agent"] = unknown_agent(staged)
    upsert = Upsert(merge, ring, {"source": literal(source), "source_id": staged.c.source_id}, values)
    upsert.mark()
    changed = select(staged.c.call).where(good(staged), staged.c.changed)
    of_changed = and_(ring.c.source == source, ring.c.call_source_id.in_(changed))
    touched = merge.dates(select(ring.c.local_date).join(staged, upsert.stored).where(staged.c.changed).distinct())
    # A ring that turns out to be another call's finds its call anew.
    other_call = and_(upsert.stored, good(staged), ring.c.call_source_id != staged.c.call)
    merge.run(update(ring).where(other_call).values(call_id=None, local_date=None))
    upsert.write()
    merge.run(delete(ring).where(of_changed, ring.c.from_call))
    belongs = and_(call.c.source == source, call.c.source_id.in_(changed))
    touched |= merge.dates(select(call.c.local_date).where(belongs).distinct())
    return with_neighbours(touched)

"""Relatel's calls: each call with the legs in which employees' phones rang."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from data_access.sources.files import FileRefusedError, Mapped, Problem, Rows
from data_access.sources.records import Record, as_rows_of_lines

CALL_COLUMNS = (
    "call_uuid", "direction", "queue", "employee", "remote_number", "status", "started_at", "answered_at", "ended_at",
)  # fmt: skip
RING_COLUMNS = ("call_uuid", "node_uuid", "endpoint", "rang_at", "ring_seconds", "talk_seconds", "outcome")
EMPLOYEE = "Employee#"
ANSWERED_BY = "/answered_by"
"""What the id of a ring ends in that no leg tells of."""


def read_relatel(file: Path, mapped: Mapped, kind: str) -> Rows:
    """A JSON export `{"calls": […]}` as calls, or its legs (`nodes`) as rings.

    calls: the documented fields by their names; queue (the name of the reception or group that was called, empty for an
    employee's own number) and employee (`Employee#1`: the first who answered, or who dialled). rings: call_uuid,
    node_uuid, endpoint (`Employee#1`), rang_at, ring_seconds, talk_seconds, outcome. Only legs of an employee whose
    phone rang are rings; who answered without a leg of their own has one ring. Both are numbered by the place of the
    call in the export, from 1.
    """
    try:
        content = json.loads(file.read_text(encoding=mapped.encoding))
    except UnicodeError as error:
        raise FileRefusedError(f"{file}: is not text in {mapped.encoding}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is no mistake of JSON
        raise FileRefusedError(f"{file}: is not JSON: {error}") from error
    calls = content.get("calls") if isinstance(content, dict) else None
    if not isinstance(calls, list):
        raise FileRefusedError(f"{file}: has no list of calls")
    return rows_of_calls(calls, kind)


def rows_of_calls(calls: list[Any], kind: str) -> Rows:
    """What Relatel tells of calls, as rows of calls or of rings; each knows the place of its call, from 1."""
    columns, records = (CALL_COLUMNS, call_records) if kind == "calls" else (RING_COLUMNS, ring_records)
    return as_rows_of_lines(columns, records(calls), len(calls))


def text_of(value: Any) -> str:
    return "" if value is None else str(value)


Records = Iterator[tuple[int, Record | Problem, int]]


def call_records(calls: list[Any]) -> Records:
    for place, call in enumerate(calls, start=1):
        if isinstance(call, dict):
            texts = {name: text_of(call.get(name)) for name in CALL_COLUMNS}
            yield place, texts | {"queue": queue_of(call), "employee": employee_of(call)}, place
        else:
            yield place, Problem(place, "calls", "is no call"), place


def queue_of(call: dict[str, Any]) -> str:
    endpoint = text_of(call.get("endpoint"))
    return "" if endpoint.startswith(EMPLOYEE) else text_of(call.get("endpoint_name")) or endpoint


def employee_of(call: dict[str, Any]) -> str:
    """Who answered first, or who dialled; empty where the call does not say."""
    if text_of(call.get("direction")) == "outgoing":
        endpoint = text_of(call.get("endpoint"))
        return endpoint if endpoint.startswith(EMPLOYEE) else ""
    answered_by = call.get("answered_by")
    number = text_of(answered_by.get("id")) if isinstance(answered_by, dict) else ""
    return EMPLOYEE + number if number else ""


def is_ring(leg: Any) -> bool:
    """Whether an employee's phone rang in a leg of a call."""
    return isinstance(leg, dict) and text_of(leg.get("endpoint")).startswith(EMPLOYEE) and bool(leg.get("started_at"))


def ring_records(calls: list[Any]) -> Records:
    for place, call in enumerate(calls, start=1):
        if not isinstance(call, dict):
            continue  # said of the calls already
        legs = call.get("nodes")
        if not isinstance(legs, list | None):
            yield place, Problem(place, "nodes", "is no list of legs"), place
            continue
        for leg in legs or []:
            if not isinstance(leg, dict):
                yield place, Problem(place, "nodes", "is no leg"), place
            elif is_ring(leg):
                yield place, ring_record(call, leg), place
        if answerer_without_leg(call):
            yield place, ring_of_answerer(call), place


def answerer_without_leg(call: Any) -> bool:
    """Whether somebody answered of whom none of the call's legs tells, although others rang."""
    if not isinstance(call, dict) or text_of(call.get("direction")) == "outgoing":
        return False
    legs = call.get("nodes")
    rang = {leg["endpoint"] for leg in legs if is_ring(leg)} if isinstance(legs, list) else set()
    return bool(rang) and employee_of(call) not in ("", *rang) and bool(call.get("answered_at"))


def ring_of_answerer(call: dict[str, Any]) -> Record:
    leg = {name: call.get(name) for name in ("started_at", "answered_at", "ended_at")}
    whose = {"endpoint": employee_of(call), "node_uuid": text_of(call.get("call_uuid")) + ANSWERED_BY}
    return ring_record(call, leg | whose)


def ring_record(call: dict[str, Any], leg: dict[str, Any]) -> Record:
    started, answered, ended = (leg.get(name) for name in ("started_at", "answered_at", "ended_at"))
    outcome = "answered" if answered else "answered_elsewhere" if call.get("answered_at") else "no_answer"
    return {
        "call_uuid": text_of(call.get("call_uuid")),
        "node_uuid": text_of(leg.get("node_uuid")),
        "endpoint": text_of(leg.get("endpoint")),
        "rang_at": text_of(started),
        "ring_seconds": seconds_between(started, answered or ended),
        "talk_seconds": seconds_between(answered, ended),
        "outcome": outcome,
    }


def seconds_between(start: Any, end: Any) -> str:
    try:
        length = datetime.fromisoformat(text_of(end)) - datetime.fromisoformat(text_of(start))
    except (ValueError, TypeError):
        return ""
    return str(max(round(length.total_seconds()), 0))

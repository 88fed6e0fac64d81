"""Relatel's calls: each call with the legs in which employees' phones rang."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from data_access.sources.files import FileRefusedError, Mapped, Problem, Rows
from data_access.sources.records import Record, as_rows

CALL_COLUMNS = (
    "call_uuid", "direction", "endpoint", "endpoint_name", "remote_number", "status", "started_at", "answered_at",
    "ended_at",
)  # fmt: skip
RING_COLUMNS = ("call_uuid", "node_uuid", "endpoint", "rang_at", "ring_seconds", "talk_seconds", "outcome")
EMPLOYEE = "Employee#"


def read_relatel(file: Path, mapped: Mapped, kind: str) -> Rows:
    """A JSON export `{"calls": […]}` as calls, or its legs (`nodes`) as rings.

    calls: the documented fields by their names. rings: call_uuid, node_uuid, endpoint (`Employee#1`), rang_at,
    ring_seconds, talk_seconds, outcome. Only legs of an employee whose phone rang are rings. A call is numbered by its
    place in the export, from 1, and so is a leg.
    """
    try:
        content = json.loads(file.read_text(encoding=mapped.encoding))
    except UnicodeError as error:
        raise FileRefusedError(f"{file}: is not text in {mapped.encoding}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise FileRefusedError(f"{file}: is not JSON: {error}") from error
    calls = content.get("calls") if isinstance(content, dict) else None
    if not isinstance(calls, list):
        raise FileRefusedError(f"{file}: has no list of calls")
    columns, records = (CALL_COLUMNS, call_records) if kind == "calls" else (RING_COLUMNS, ring_records)
    return as_rows(columns, records(calls), len(calls))


def text_of(value: Any) -> str:
    return "" if value is None else str(value)


def call_records(calls: list[Any]) -> Iterator[tuple[int, Record | Problem, int]]:
    for number, call in enumerate(calls, start=1):
        if isinstance(call, dict):
            yield number, {name: text_of(call.get(name)) for name in CALL_COLUMNS}, number
        else:
            yield number, Problem(number, "calls", "is no call"), number


def ring_records(calls: list[Any]) -> Iterator[tuple[int, Record | Problem, int]]:
    number = 0
    for place, call in enumerate(calls, start=1):
        legs = call.get("nodes") if isinstance(call, dict) else None
        for leg in legs if isinstance(legs, list) else []:
            number += 1
            if not isinstance(leg, dict):
                yield number, Problem(number, "nodes", "is no leg"), place
            elif text_of(leg.get("endpoint")).startswith(EMPLOYEE) and leg.get("started_at"):
                yield number, ring_record(call, leg), place


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

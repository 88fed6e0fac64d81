"""Asterisk's queue log: events of calls in queues, put together into calls and the rings of agents' phones."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data_access.sources.files import Line, Mapped, Problem, Rows, delimited_lines
from data_access.sources.records import Record, as_rows, instant_text, whole_seconds

CALL_COLUMNS = ("callid", "queue", "callerid", "started_at", "answered_at", "ended_at", "status", "talk_seconds")
RING_COLUMNS = ("callid", "ringid", "agent", "rang_at", "ring_seconds", "talk_seconds", "outcome")
LEAVES_QUEUE = {"EXITWITHTIMEOUT": "overflow", "EXITEMPTY": "overflow", "EXITWITHKEY": "overflow"}
TALK_SECONDS_AT = {
    "COMPLETEAGENT": 1, "COMPLETECALLER": 1, "BLINDTRANSFER": 3, "ATTENDEDTRANSFER": 3, "TRANSFER": 3
}  # fmt: skip
"""Events that end an agent's part of a call, and which of their parameters is the length of the talk."""
RANG_IN_VAIN = ("RINGNOANSWER", "RINGCANCELED")
ABOUT_NO_CALL = {
    "QUEUESTART", "CONFIGRELOAD", "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL",
    "PAUSEREASON", "PENALTY", "AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF",
    "SYSCOMPAT", "MEMBERSTATUS", "DID", "INFO", "CALLERID", "AGENTRINGSTART",
}  # fmt: skip
KNOWN = {
    "ENTERQUEUE", "CONNECT", "ABANDON", "AGENTDUMP", *LEAVES_QUEUE, *TALK_SECONDS_AT, *RANG_IN_VAIN, *ABOUT_NO_CALL
}  # fmt: skip
EPOCH = re.compile(r"[0-9]{9,10}")
"""Seconds since 1970 in this age."""
NO_EVENT = "the line is no event of a queue log"
Event = list[str]
Numbered = tuple[int, Record | Problem, int]


def read_queue_log(file: Path, mapped: Mapped, kind: str) -> Rows:
    """A `queue_log` as calls (one row a call that entered a queue) or as rings (one row a phone that rang for it).

    calls: callid, queue (the first), callerid, started_at, answered_at (by the first person), ended_at, status,
    talk_seconds (with the first). rings: callid, ringid, agent, rang_at, ring_seconds, talk_seconds, outcome; a call
    that is transferred has an answered ring for each agent. RINGNOANSWER and RINGCANCELED count milliseconds, CONNECT
    seconds. Events of other calls than those that entered a queue in this file are no rows; an event whose word is not
    known is set aside once, with the number of its lines.
    """
    lines = delimited_lines(file, mapped, has_quotes=False)
    columns, fold = (CALL_COLUMNS, queue_calls) if kind == "calls" else (RING_COLUMNS, queue_rings)
    return as_rows(columns, fold(lines), file.stat().st_size)


def events(lines: Iterator[Line]) -> Iterator[tuple[Line, Event] | tuple[Line, Problem]]:
    """Events as epoch, callid, queue, agent, event, five parameters; a line that is none is a problem."""
    unknown: Counter[str] = Counter()
    first_line: dict[str, Line] = {}
    for line in lines:
        cells = line.cells
        if isinstance(cells, Problem):
            yield line, cells
        elif len(cells) < 5 or not EPOCH.fullmatch(cells[0]):
            yield line, Problem(line.number, "epoch", NO_EVENT)
        elif cells[4] in KNOWN:
            yield line, [*cells, *[""] * (10 - len(cells))]
        else:
            unknown[cells[4]] += 1
            first_line.setdefault(cells[4], line)
    for word, count in unknown.items():
        line = first_line[word]
        yield line, Problem(line.number, "event", f"the event '{word[:40]}' is not known; lines with it: {count}")


def talk_of(event: Event) -> str:
    """The seconds of talk that an agent's part of a call ends with."""
    place = TALK_SECONDS_AT[event[4]]
    # Older versions write a transfer without its target: then the talk stands one place earlier.
    parameters = event[5:]
    return parameters[place] if parameters[place].isdecimal() else parameters[place - 1]


def queue_calls(lines: Iterator[Line]) -> Iterator[Numbered]:
    open_calls: dict[str, tuple[int, Record]] = {}
    for line, event in events(lines):
        if isinstance(event, Problem):
            yield event.row, event, line.done
            continue
        epoch, callid, queue, _agent, name, _first, second = event[:7]
        at = instant_text(int(epoch))
        if name == "ENTERQUEUE":
            # A call that enters a second queue goes on; the first queue keeps it.
            record = {"callid": callid, "queue": queue, "callerid": second, "started_at": at}
            open_calls.setdefault(callid, (line.number, record))
            continue
        if callid not in open_calls:
            continue
        number, record = open_calls[callid]
        if name == "CONNECT":
            record.setdefault("answered_at", at)
        elif name in TALK_SECONDS_AT:
            record.setdefault("talk_seconds", talk_of(event))
            record |= {"ended_at": at, "status": "answered"}
        elif name == "ABANDON" or name in LEAVES_QUEUE:
            status = LEAVES_QUEUE.get(name, "unanswered")
            record |= {"ended_at": at, "status": "answered" if "answered_at" in record else status}
        # After a transfer or an overflow the call may go on in the next queue, so only a real end closes it.
        if name in ("COMPLETEAGENT", "COMPLETECALLER", "ABANDON"):
            del open_calls[callid]
            yield number, record, line.done
    for number, record in open_calls.values():
        if "answered_at" in record:
            record["status"] = "answered"
        yield number, record, 0


def queue_rings(lines: Iterator[Line]) -> Iterator[Numbered]:
    talking: dict[str, tuple[int, Record]] = {}
    for line, event in events(lines):
        if isinstance(event, Problem):
            yield event.row, event, line.done
            continue
        epoch, callid, _queue, agent, name, first, _second, third = event[:8]
        if name in RANG_IN_VAIN:
            seconds = whole_seconds(first) / 1000
            yield line.number, ring_record(callid, agent, int(epoch), seconds, "no_answer"), line.done
        elif name == "AGENTDUMP":
            # The agent hung up on the caller before they spoke.
            yield line.number, ring_record(callid, agent, int(epoch), 0, "declined"), line.done
        elif name == "CONNECT":
            talking[callid] = line.number, ring_record(callid, agent, int(epoch), whole_seconds(third), "answered")
        elif name in TALK_SECONDS_AT and callid in talking:
            number, record = talking.pop(callid)
            yield number, record | {"talk_seconds": talk_of(event)}, line.done
    for number, record in talking.values():
        yield number, record, 0


def ring_record(callid: str, agent: str, ended: int, seconds: float, outcome: str) -> Record:
    rang_at = instant_text(ended - seconds)
    ringid = f"{callid}/{agent}/{rang_at}"
    return {
        "callid": callid,
        "ringid": ringid,
        "agent": agent,
        "rang_at": rang_at,
        "ring_seconds": str(round(seconds)),
        "outcome": outcome,
    }

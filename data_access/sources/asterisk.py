"""Asterisk: the queue log (events of calls in queues) and the call detail records (one row a leg of a call)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from data_access.sources.files import FileRefusedError, Line, Mapped, Problem, Rows, delimited_lines
from data_access.sources.records import Record, as_rows, instant_text

CALL_COLUMNS = ("callid", "queue", "callerid", "started_at", "answered_at", "ended_at", "status", "talk_seconds")
RING_COLUMNS = ("callid", "ringid", "agent", "rang_at", "ring_seconds", "talk_seconds", "outcome")
ENDS = {
    "COMPLETEAGENT": "answered",
    "COMPLETECALLER": "answered",
    "ABANDON": "unanswered",
    "EXITWITHTIMEOUT": "overflow",
    "EXITEMPTY": "overflow",
    "EXITWITHKEY": "overflow",
}

CDR_COLUMNS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield",
)  # fmt: skip
CDR_CALL_COLUMNS = ("uniqueid", "src", "dst", "dcontext", "start", "answer", "end", "status", "lastapp")
CDR_RING_COLUMNS = ("uniqueid", "ringid", "agent", "start", "ring_seconds", "talk_seconds", "outcome")
CDR_OUTCOMES = {"ANSWERED": "answered", "NO ANSWER": "no_answer", "BUSY": "declined"}


def read_queue_log(file: Path, mapped: Mapped, kind: str) -> Rows:
    """A `queue_log` as calls (one row a call that entered a queue) or as rings (one row a phone that rang for it).

    calls: callid, queue, callerid, started_at, answered_at, ended_at, status, talk_seconds. rings: callid, ringid,
    agent, rang_at, ring_seconds, talk_seconds, outcome. RINGNOANSWER counts milliseconds, CONNECT seconds. Events of
    other calls than those that entered a queue in this file are no rows.
    """
    lines = delimited_lines(file, mapped)
    columns, fold = (CALL_COLUMNS, queue_calls) if kind == "calls" else (RING_COLUMNS, queue_rings)
    return as_rows(columns, fold(lines), file.stat().st_size)


def events(lines: Iterator[Line]) -> Iterator[tuple[Line, list[str]] | tuple[Line, Problem]]:
    """Events as epoch, callid, queue, agent, event, parameters; a line that is none is a problem."""
    for line in lines:
        cells = line.cells
        if isinstance(cells, Problem):
            yield line, cells
        elif len(cells) < 5 or not cells[0].isdecimal():
            yield line, Problem(line.number, "epoch", "the line is no event of a queue log")
        else:
            yield line, [*cells, *[""] * (9 - len(cells))]


def whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def queue_calls(lines: Iterator[Line]) -> Iterator[tuple[int, Record | Problem, int]]:
    open_calls: dict[str, tuple[int, Record]] = {}
    for line, event in events(lines):
        if isinstance(event, Problem):
            yield line.number, event, line.done
            continue
        epoch, callid, queue, _agent, name, _first, second = event[:7]
        if name == "ENTERQUEUE":
            # A call that enters a second queue goes on; the first queue keeps it.
            record = {"callid": callid, "queue": queue, "callerid": second, "started_at": instant_text(int(epoch))}
            open_calls.setdefault(callid, (line.number, record))
        elif callid in open_calls and name == "CONNECT":
            open_calls[callid][1]["answered_at"] = instant_text(int(epoch))
        elif callid in open_calls and name in ENDS:
            number, record = open_calls[callid]
            if name.startswith("COMPLETE"):
                record["talk_seconds"] = second
            record |= {"ended_at": instant_text(int(epoch)), "status": ENDS[name]}
            # An overflow can be followed by an answer in the next queue, so only a real end closes the call.
            if ENDS[name] != "overflow":
                del open_calls[callid]
                yield number, record, line.done
    for number, record in open_calls.values():
        if "answered_at" in record:
            record["status"] = "answered"
        yield number, record, 0


def queue_rings(lines: Iterator[Line]) -> Iterator[tuple[int, Record | Problem, int]]:
    talking: dict[str, tuple[int, Record]] = {}
    for line, event in events(lines):
        if isinstance(event, Problem):
            yield line.number, event, line.done
            continue
        epoch, callid, _queue, agent, name, first, second, third = event[:8]
        if name == "RINGNOANSWER":
            record = ring_record(callid, agent, int(epoch), whole(first) / 1000, "no_answer")
            yield line.number, record, line.done
        elif name == "CONNECT":
            record = ring_record(callid, agent, int(epoch), whole(third), "answered")
            talking[callid] = line.number, record
        elif name in ENDS and callid in talking:
            number, record = talking.pop(callid)
            yield number, record | {"talk_seconds": second}, line.done
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


def read_cdr(file: Path, mapped: Mapped, kind: str) -> Rows:
    """Call detail records (`Master.csv`, no header) as calls or as rings; the legs of one call share its uniqueid.

    calls: uniqueid, src, dst, dcontext, start, answer, end, status, lastapp. rings: uniqueid, ringid, agent, start,
    ring_seconds, talk_seconds, outcome. Times stay as they are written: local, without a zone.
    Raises `FileRefusedError` where the columns are in another order (a `cdr_custom` file): the times do not parse.
    """
    legs = list(cdr_legs(file, mapped))
    columns, fold = (CDR_CALL_COLUMNS, cdr_calls) if kind == "calls" else (CDR_RING_COLUMNS, cdr_rings)
    return as_rows(columns, fold(legs), len(legs))


def cdr_legs(file: Path, mapped: Mapped) -> Iterator[tuple[int, Record | Problem]]:
    for number, cells, _done in delimited_lines(file, mapped):
        if isinstance(cells, Problem):
            yield number, cells
        elif not 17 <= len(cells) <= len(CDR_COLUMNS):
            yield number, Problem(number, "uniqueid", f"the row has {len(cells)} cells, a call detail record 17 or 18")
        else:
            leg = dict(zip(CDR_COLUMNS, cells, strict=False))
            if number == 1 and not is_cdr_time(leg["start"]):
                raise FileRefusedError(f"{file}:1 start: '{leg['start'][:40]}' is no time; is this a cdr_custom file?")
            yield number, leg


def is_cdr_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def cdr_calls(legs: list[tuple[int, Record | Problem]]) -> Iterator[tuple[int, Record | Problem, int]]:
    """One call of all its legs: from the first start to the last end, answered where one leg was."""
    calls: dict[str, tuple[int, Record]] = {}
    for number, leg in legs:
        if isinstance(leg, Problem):
            yield number, leg, number
            continue
        _, call = calls.setdefault(
            leg["uniqueid"], (number, {name: leg[name] for name in CDR_CALL_COLUMNS[:7] if name in leg})
        )
        was_answered = leg["disposition"] == "ANSWERED"
        to_machine = leg["lastapp"] == "VoiceMail"
        if was_answered and not to_machine:
            call["status"] = "answered"
            call["answer"] = min(filter(None, (call["answer"], leg["answer"])))
        elif call.get("status") != "answered":
            call["status"] = "voicemail" if to_machine else call.get("status", "unanswered")
        call["start"], call["end"] = min(call["start"], leg["start"]), max(call["end"], leg["end"])
    for number, call in calls.values():
        yield number, call, number


def cdr_rings(legs: list[tuple[int, Record | Problem]]) -> Iterator[tuple[int, Record | Problem, int]]:
    """One ring a leg that reached for a phone; the phone is the channel's name without technology and counter."""
    for number, leg in legs:
        if isinstance(leg, Problem):
            yield number, leg, number
        elif leg["dstchannel"]:
            talk, total = whole(leg["billsec"]), whole(leg["duration"])
            agent = leg["dstchannel"].partition("/")[2].rpartition("-")[0]
            yield (
                number,
                {
                    "uniqueid": leg["uniqueid"],
                    "ringid": f"{leg['uniqueid']}/{leg['dstchannel']}",
                    "agent": agent,
                    "start": leg["start"],
                    "ring_seconds": str(max(total - talk, 0)),
                    "talk_seconds": str(talk),
                    "outcome": CDR_OUTCOMES.get(leg["disposition"], leg["disposition"]),
                },
                number,
            )

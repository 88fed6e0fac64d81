"""Asterisk's call detail records: a row a leg, put together into calls and the rings of agents' phones.

A call is what its legs have in common: the linkedid where the telephone system writes one, else the uniqueid, a Local
channel whose two ends stand in two rows, or the phone that both the call and an inner leg of a ring group reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from data_access.sources.files import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    FileRefusedError,
    Line,
    Mapped,
    Problem,
    Rows,
    delimited_lines,
)
from data_access.sources.records import Record, as_rows, whole_seconds

COLUMNS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield", "peeraccount", "linkedid",
    "sequence",
)  # fmt: skip
WIDTHS = (17, 18, 21)
CALL_COLUMNS = (
    "uniqueid", "src", "dst", "dcontext", "direction", "customer", "queue", "start", "answer", "end", "status",
    "lastapp",
)  # fmt: skip
RING_COLUMNS = ("uniqueid", "ringid", "direction", "agent", "start", "ring_seconds", "talk_seconds", "outcome")
OUTCOMES = {"ANSWERED": "answered", "NO ANSWER": "no_answer", "CANCEL": "no_answer", "BUSY": "declined"}
ANSWERED, LOCAL, VOICEMAIL, QUEUE = "ANSWERED", "Local/", "VoiceMail", "Queue"
FROM_OUTSIDE, FROM_INSIDE = ("from-trunk", "from-pstn", "from-did", "from-sip-external"), ("from-internal",)
NO_CALL = "an inner leg of a ring group, whose call is not in this file"


@dataclass(frozen=True)
class Leg:
    """One row: who called whom over which channels, when (the telephone system's wall clock), and what became of it."""

    row: int
    cells: Record
    start: datetime
    answer: datetime | None
    end: datetime

    @property
    def is_inner(self) -> bool:
        return self.cells["channel"].startswith(LOCAL)

    @property
    def phone(self) -> str:
        """The channel of the phone, or the line to the outside, that this leg reached for; empty where it is a
        machine's or leads to an inner leg."""
        channel = self.cells["dstchannel"]
        return "" if channel.startswith(LOCAL) else channel

    @property
    def was_answered(self) -> bool:
        """Somebody's phone was picked up: not a menu, an announcement, a voicemail."""
        return bool(self.phone) and self.cells["disposition"] == ANSWERED and self.cells["lastapp"] != VOICEMAIL

    @property
    def picked_up_at(self) -> datetime | None:
        """When the phone was picked up; unknown where a queue had picked up before it."""
        return self.answer if self.was_answered and self.cells["lastapp"] != QUEUE else None

    @property
    def keys(self) -> list[str]:
        """What other legs of the same call have in common with this one."""
        keys = [self.cells.get("linkedid") or "", self.cells["uniqueid"]]
        ends = (self.cells["channel"], self.cells["dstchannel"])
        keys += [end.rpartition(";")[0] for end in ends if end.startswith(LOCAL) and ";" in end]
        return [key for key in keys if key]


def peer_of(channel: str) -> str:
    """The phone or line of a channel, without technology and counter."""
    return channel.partition("/")[2].rpartition("-")[0]


def read_cdr(file: Path, mapped: Mapped, kind: str) -> Rows:
    """Call detail records as calls or as rings: `Master.csv` without a header (17, 18 or 21 columns), or the table
    `cdr` exported with one.

    calls: uniqueid, src, dst, dcontext, direction (incoming, outgoing, internal), customer (the number outside), queue
    (the number called, of incoming calls), start, answer, end, status, lastapp. rings: uniqueid, ringid, direction,
    agent, start, ring_seconds, talk_seconds, outcome; of an outgoing call the agent is who dialled. Times stay as they
    are written: local, without a zone.
    Raises `FileRefusedError` where the columns are in another order (a `cdr_custom` file): the times do not parse.
    """
    legs = list(legs_of(file, delimited_lines(file, mapped)))
    columns, fold = (CALL_COLUMNS, calls_of) if kind == "calls" else (RING_COLUMNS, rings_of)
    return as_rows(columns, fold(legs), len(legs))


def legs_of(file: Path, lines: Iterator[Line]) -> Iterator[Leg | Problem]:
    names: list[str] | None = None
    first: Leg | None = None
    for number, cells, _done in lines:
        if isinstance(cells, Problem):
            yield cells
            continue
        if number == 1 and (names := header_of(cells)):
            continue
        if names is None and len(cells) not in WIDTHS:
            yield Problem(number, "uniqueid", f"the row has {len(cells)} cells, a call detail record 17, 18 or 21")
            continue
        if names is not None and len(cells) != len(names):
            yield Problem(number, "uniqueid", f"the row has {len(cells)} cells, the header {len(names)}")
            continue
        leg = leg_of(file, number, dict(zip(names or COLUMNS, cells, strict=False)))
        if isinstance(leg, Leg):
            first = first or leg
            if (leg.start.tzinfo is None) != (first.start.tzinfo is None):
                leg = Problem(number, "start", "has an offset, or has none, other than the rows before")
        yield leg


def header_of(cells: list[str]) -> list[str] | None:
    """The names of the columns, where the first row holds names: the table calls the start of a leg calldate."""
    names = [cell.strip().lower() for cell in cells]
    if "uniqueid" not in names or not {"calldate", "start"} & set(names):
        return None
    return ["start" if name == "calldate" and "start" not in names else name for name in names]


def leg_of(file: Path, row: int, cells: Record) -> Leg | Problem:
    cells = dict.fromkeys(COLUMNS, "") | cells
    start = instant_of(cells["start"])
    if start is None:
        if row == 1:
            raise FileRefusedError(f"{file}:1 start: '{cells['start'][:40]}' is no time; is this a cdr_custom file?")
        return Problem(row, "start", f"'{cells['start'][:40]}' is no time")
    if not (cells.get("linkedid") or cells["uniqueid"]):
        return Problem(row, "uniqueid", "is missing")
    # The table has no column for the end; it follows from the length.
    end = instant_of(cells["end"]) or start + timedelta(seconds=whole_seconds(cells["duration"]))
    answer = instant_of(cells["answer"])
    if answer is None and cells["disposition"] == ANSWERED:
        answer = end - timedelta(seconds=whole_seconds(cells["billsec"]))
    if len({at.tzinfo is None for at in (start, answer, end) if at}) == 2:
        return Problem(row, "start", "has an offset, or has none, other than the end or the answer")
    return Leg(row, cells, start, answer, end)


def instant_of(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if EARLIEST_YEAR <= at.year <= LATEST_YEAR else None


def together(legs: list[Leg]) -> list[list[Leg]]:
    """The legs of each call, by the call's first row."""
    call_of: dict[str, list[Leg]] = {}
    reached: dict[tuple[str, date], list[Leg]] = {}
    for leg in legs:
        joined: list[Leg] = [leg]
        same = [call_of[key] for key in leg.keys if key in call_of]
        # A phone's channel has a counter that begins anew at a restart, so it joins only what is of one day.
        phone = (leg.phone, leg.start.date())
        if leg.phone and phone in reached and (leg.is_inner or any(other.is_inner for other in reached[phone])):
            same.append(reached[phone])
        for others in {id(group): group for group in same}.values():
            joined = [*others, *joined]
        for member in joined:
            call_of |= dict.fromkeys(member.keys, joined)
            if member.phone:
                reached[member.phone, member.start.date()] = joined
    calls = {id(group): sorted(group, key=lambda leg: leg.row) for group in call_of.values()}
    return sorted(calls.values(), key=lambda group: group[0].row)


def calls_and_problems(legs: list[Leg | Problem]) -> Iterator[tuple[int, list[Leg] | Problem]]:
    """The legs of each call; what is none is a problem."""
    for leg in legs:
        if isinstance(leg, Problem):
            yield leg.row, leg
    for call in together([leg for leg in legs if isinstance(leg, Leg)]):
        if all(leg.is_inner for leg in call):
            yield from ((leg.row, Problem(leg.row, "channel", NO_CALL)) for leg in call)
        else:
            yield call[0].row, call


def first_leg(call: list[Leg]) -> Leg:
    return min((leg for leg in call if not leg.is_inner), key=lambda leg: (leg.start, leg.row))


def id_of(call: list[Leg]) -> str:
    first = first_leg(call).cells
    return first.get("linkedid") or first["uniqueid"]


def direction_of(call: list[Leg]) -> str:
    """Incoming unless a phone of the agency dialled; internal where it dialled another one."""
    first = first_leg(call).cells
    is_from_phone = first["src"] == peer_of(first["channel"])
    if first["dcontext"].startswith((*FROM_OUTSIDE, *FROM_INSIDE)):
        is_from_phone = first["dcontext"].startswith(FROM_INSIDE)
    if not is_from_phone:
        return "incoming"
    reaches_phone = any(leg.phone and peer_of(leg.phone) == leg.cells["dst"] for leg in call)
    return "internal" if reaches_phone else "outgoing"


def calls_of(legs: list[Leg | Problem]) -> Iterator[tuple[int, Record | Problem, int]]:
    for row, call in calls_and_problems(legs):
        if isinstance(call, Problem):
            yield row, call, row
            continue
        first, direction = first_leg(call).cells, direction_of(call)
        picked_up = [leg.picked_up_at for leg in call if leg.picked_up_at]
        was_answered = any(leg.was_answered for leg in call)
        to_machine = any(leg.cells["lastapp"] == VOICEMAIL for leg in call)
        outer = [leg for leg in call if not leg.is_inner]
        yield (
            row,
            {name: first[name] for name in ("src", "dst", "dcontext", "lastapp")}
            | {
                "uniqueid": id_of(call),
                "direction": direction,
                "customer": first["src"] if direction == "incoming" else first["dst"],
                "queue": first["dst"] if direction == "incoming" else "",
                "start": min(leg.start for leg in outer).isoformat(" "),
                "answer": min(picked_up).isoformat(" ") if picked_up else "",
                "end": max(leg.end for leg in call).isoformat(" "),
                "status": "answered" if was_answered else "voicemail" if to_machine else "unanswered",
            },
            row,
        )


def rings_of(legs: list[Leg | Problem]) -> Iterator[tuple[int, Record | Problem, int]]:
    for row, call in calls_and_problems(legs):
        if isinstance(call, Problem):
            yield row, call, row
        elif (direction := direction_of(call)) == "incoming":
            phones = {leg.phone: None for leg in call if leg.phone}
            for phone in phones:
                reaching = [leg for leg in call if leg.phone == phone]
                yield reaching[0].row, ring_of(call, phone, reaching, direction), row
        else:
            yield row, ring_of(call, first_leg(call).cells["channel"], call, direction), row


def ring_of(call: list[Leg], phone: str, legs: list[Leg], direction: str) -> Record:
    """One phone of a call: how long it rang, until it was picked up or nobody was waiting any more."""
    start, end = min(leg.start for leg in legs), max(leg.end for leg in legs)
    answered = [leg for leg in legs if leg.was_answered]
    picked_up = [leg.picked_up_at for leg in answered if leg.picked_up_at]
    ring: Record = {
        "uniqueid": id_of(call),
        "ringid": f"{id_of(call)}/{phone}",
        "direction": direction,
        "agent": peer_of(phone),
        "start": start.isoformat(" "),
        "talk_seconds": str(max((whole_seconds(leg.cells["billsec"]) for leg in answered), default=0)),
    }
    if not answered:
        outcome = legs[-1].cells["disposition"]
        ring |= {"outcome": OUTCOMES.get(outcome, outcome), "ring_seconds": str(int((end - start).total_seconds()))}
        return ring
    rang_for = str(int((min(picked_up) - start).total_seconds())) if picked_up else ""
    return ring | {"outcome": "answered", "ring_seconds": rang_for}

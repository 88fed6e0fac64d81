"""The shipped mappings: Asterisk's queue log and call detail records, and Relatel's JSON export."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from support.databases import NOW, ON_SQLITE, Load

from data_access.loading.load import LoadReport, Unmapped, load_file
from data_access.questions.calls import Filters, calls_by_agent, team_totals
from data_access.scope import Scope
from data_access.sources.asterisk_cdr import read_cdr
from data_access.sources.files import FileRefusedError
from metrics.house_rules import HouseRules

MAPPINGS = Path("data_access/sources/mappings")
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
Rows = Callable[[str], list[tuple[object, ...]]]
System = Callable[[str, str, str], LoadReport]


@pytest.fixture
def system(agency: Load, tmp_path: Path, house_rules: HouseRules) -> System:
    aliases = "agent,source,source_agent\nBO,asterisk,SIP/101\nCAR,asterisk,SIP/102\nBO,asterisk cdr,101\n"
    aliases += "CAR,asterisk cdr,102\nBO,relatel,Employee#2\nCAR,relatel,Employee#1\n"
    assert not agency("aliases", aliases).rejects

    def load(name: str, kind: str, content: str) -> LoadReport:
        file = tmp_path / f"{name}.log"
        file.write_text(content)
        return load_file(kind, file, MAPPINGS / f"{name}_{kind}.toml", house_rules, lambda: NOW)

    return load


def of_agents(day: date) -> dict[str, tuple[int, int, int]]:
    agents = calls_by_agent(EVERYTHING, Filters(day, day))
    return {row.agent: (row.received, row.answered, row.missed) for row in agents.itertuples()}


# Wednesday 6 May 2026, 10:00 in Copenhagen, is 1778054400.
QUEUE_LOG = """1778054000|NONE|NONE|NONE|QUEUESTART|
1778054400|c1|Reception|NONE|ENTERQUEUE||20123456|1
1778054412|c1|Reception|SIP/102|RINGNOANSWER|12000
1778054420|c1|Reception|SIP/101|CONNECT|20|u1|8
1778054520|c1|Reception|SIP/101|COMPLETECALLER|20|100|1
1778054600|c2|Reception|NONE|ENTERQUEUE||20123457|1
1778054630|c2|Reception|NONE|ABANDON|1|1|30
1778054700|c3|Reception|NONE|ENTERQUEUE||20123458|1
1778054730|c3|Reception|SIP/102|RINGNOANSWER|25000
1778054760|c3|Reception|NONE|EXITWITHTIMEOUT|1
1778054800|c4|Reception|NONE|ENTERQUEUE||20123459|1
not an event
"""


def test_a_queue_log_gives_calls_and_rings(system: System, rows_of: Rows) -> None:
    calls = system("asterisk_queue_log", "calls", QUEUE_LOG)
    assert (calls.rows_read, calls.loaded, calls.rejected) == (5, 4, 1)
    assert [(problem.row, problem.reason) for problem in calls.rejects] == [(12, "the line is no event of a queue log")]
    rings = system("asterisk_queue_log", "rings", QUEUE_LOG)
    assert (rings.rows_read, rings.loaded, rings.rejected) == (4, 3, 1)
    day = date(2026, 5, 6)
    totals = team_totals(EVERYTHING, Filters(day, day))
    # c1 answered, c2 abandoned, c3 left the queue without a person, c4 never ended in this file
    assert [totals[term] for term in ("answered", "missed", "abandoned", "short", "redirected")] == [1, 0, 2, 0, 1]
    # Carl's 12 seconds on c1: a colleague took it. His 25 seconds on c3: nobody did.
    assert of_agents(day) == {"BO": (1, 1, 0), "CAR": (1, 0, 1)}
    assert rows_of("SELECT ring_seconds, talk_seconds FROM ring WHERE outcome = 'answered'") == [(8, 100)]
    assert rows_of("SELECT ring_seconds FROM ring WHERE outcome = 'no_answer' ORDER BY 1") == [(12,), (25,)]  # from ms
    assert system("asterisk_queue_log", "calls", QUEUE_LOG).unchanged == 4


CDR_LEG = (
    '"","4520123456","100","from-trunk","","SIP/trunk-1","{channel}","{app}","","{start}","{answer}","{end}",'
    '{duration},{bill},"{end_state}","DOCUMENTATION","{id}",""\n'
)


def leg(
    id_: str, channel: str, start: str, answer: str, end: str, duration: int, bill: int, state: str, app: str
) -> str:
    values = {"channel": channel, "start": start, "answer": answer, "end": end, "duration": duration, "bill": bill}
    return CDR_LEG.format(**values, end_state=state, id=id_, app=app)


CDR = (
    leg("1.1", "SIP/101-000a", "2026-05-06 10:00:00", "", "2026-05-06 10:00:20", 20, 0, "NO ANSWER", "Dial")
    + leg(
        "1.1",
        "SIP/102-000b",
        "2026-05-06 10:00:00",
        "2026-05-06 10:00:20",
        "2026-05-06 10:01:20",
        80,
        60,
        "ANSWERED",
        "Dial",
    )
    + leg("1.2", "SIP/101-000c", "2026-05-06 11:00:00", "", "2026-05-06 11:00:05", 5, 0, "BUSY", "Dial")
    + leg(
        "1.2", "", "2026-05-06 11:00:05", "2026-05-06 11:00:05", "2026-05-06 11:00:30", 25, 25, "ANSWERED", "VoiceMail"
    )
)


def test_the_legs_of_a_call_detail_record_become_one_call_and_its_rings(system: System) -> None:
    calls, rings = (system("asterisk_cdr", kind, CDR) for kind in ("calls", "rings"))
    assert (calls.rows_read, calls.loaded) == (2, 2)
    assert (rings.rows_read, rings.loaded) == (3, 3)
    day = date(2026, 5, 6)
    totals = team_totals(EVERYTHING, Filters(day, day))
    assert [totals[term] for term in ("answered", "redirected")] == [1, 1]  # the machine's pick-up is no answer
    assert of_agents(day) == {"BO": (1, 0, 1), "CAR": (1, 1, 0)}  # Bob was busy on one, let the other ring


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (CDR.replace("2026-05-06 10:00:00", "SIP/101", 1), "start: 'SIP/101' is no time; is this a cdr_custom file"),
        ("", "is empty"),
    ],
)
def test_call_detail_records_of_another_order_are_refused(content: str, reason: str, system: System) -> None:
    if not content:
        assert system("asterisk_cdr", "calls", content).rows_read == 0
        return
    with pytest.raises(FileRefusedError, match=reason):
        system("asterisk_cdr", "calls", content)


def relatel_call(uuid: str, status: str = "answered", **fields: object) -> dict[str, object]:
    usual = {
        "call_uuid": uuid,
        "endpoint": "Reception#1",
        "endpoint_name": "Hovednummer",
        "remote_number": "4512345678",
        "direction": "incoming",
        "status": status,
        "started_at": "2026-05-06T10:00:00+02:00",
        "answered_at": "2026-05-06T08:00:07Z",
        "ended_at": "2026-05-06T08:00:59Z",
        "nodes": [],
    }
    return usual | fields


def node(uuid: str, endpoint: str, started: str | None, answered: str | None, ended: str | None) -> dict[str, object]:
    return {"node_uuid": uuid, "endpoint": endpoint, "started_at": started, "answered_at": answered, "ended_at": ended}


RELATEL = {
    "calls": [
        relatel_call(
            "a",
            nodes=[
                node("a1", "Employee#2", "2026-05-06T08:00:05Z", "2026-05-06T08:00:07Z", "2026-05-06T08:00:40Z"),
                node("a2", "Employee#1", "2026-05-06T08:00:05Z", None, "2026-05-06T08:00:07Z"),
                node("a3", "Reception#1", "2026-05-06T08:00:00Z", None, None),  # no employee
                node("a4", "Employee#1", None, None, None),  # never rang
            ],
        ),
        relatel_call(
            "b",
            "missed",
            answered_at=None,
            remote_number=None,
            nodes=[node("b1", "Employee#1", "2026-05-06T08:00:05Z", None, "2026-05-06T08:00:30Z")],
        ),
        relatel_call("c", "orphaned", answered_at=None, nodes=None),
        relatel_call("d", "missed", direction="outgoing", answered_at=None),
        "not a call",
    ]
}


def test_a_relatel_export_gives_calls_and_its_legs_rings(system: System) -> None:
    content = json.dumps(RELATEL)
    calls, rings = (system("relatel", kind, content) for kind in ("calls", "rings"))
    assert (calls.rows_read, calls.loaded, calls.rejected) == (5, 4, 1)
    assert "'orphaned' is unknown and counts as other" in [problem.reason for problem in calls.notices]
    assert (rings.rows_read, rings.loaded, rings.rejected) == (3, 3, 0)
    day = date(2026, 5, 6)
    totals = team_totals(EVERYTHING, Filters(day, day))
    assert [totals[term] for term in ("answered", "missed", "abandoned")] == [
        1,
        1,
        1,
    ]  # an outgoing call is none of them
    assert of_agents(day) == {"BO": (1, 1, 0), "CAR": (1, 0, 1)}


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "has no list of calls"),
        ('{"calls": 3}', "no list of calls"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_an_export_that_is_none_is_refused(content: str, reason: str, system: System) -> None:
    with pytest.raises(FileRefusedError, match=reason):
        system("relatel", "calls", content)


def test_an_event_that_nobody_knows_is_said_once_and_a_quote_in_a_name_ends_nothing(system: System) -> None:
    log = QUEUE_LOG.replace("||20123456|1", '||"Mette" 20123456|1').replace("not an event\n", "")
    log += "1778054900|c9|Reception|SIP/101|SENTIMENT|5\n" * 3 + "1778054901|NONE|NONE|SIP/101|PAUSE|lunch\n"
    for kind in ("calls", "rings"):
        report = system("asterisk_queue_log", kind, log)
        assert [(one.row, one.reason) for one in report.rejects] == [
            (12, "the event 'SENTIMENT' is not known; lines with it: 3")
        ]
        assert report.rows_read == report.loaded + report.rejected


# channel, dstchannel, context, src, dst → whose call it is
WHO_DIALLED = [
    ("SIP/trunk-1", "SIP/101-2", "from-trunk", "20123456", "100", "incoming"),
    ("SIP/101-1", "SIP/trunk-2", "from-internal", "101", "20123456", "outgoing"),
    ("SIP/101-1", "SIP/102-2", "from-internal", "101", "102", "internal"),  # colleagues among themselves
    ("SIP/101-1", "SIP/trunk-2", "from-internal", "70112233", "20123456", "outgoing"),  # shows the agency's number
    ("SIP/101-1", "SIP/trunk-2", "our-own", "101", "20123456", "outgoing"),  # by the phone that the channel names
    ("SIP/trunk-1", "SIP/101-2", "our-own", "20123456", "100", "incoming"),
]


@pytest.mark.parametrize(("channel", "reached", "context", "src", "dst", "direction"), WHO_DIALLED)
def test_who_dialled_is_told_by_the_context_or_the_channel(
    channel: str, reached: str, context: str, src: str, dst: str, direction: str, tmp_path: Path
) -> None:
    file = tmp_path / "Master.csv"
    times = "2026-05-06 10:00:00,,2026-05-06 10:00:20,20,0"
    file.write_text(f",{src},{dst},{context},,{channel},{reached},Dial,,{times},NO ANSWER,DOC,1.1,\n")
    rows = read_cdr(file, Unmapped(), "calls")
    [row] = next(rows.chunks).rows
    call = dict(zip(rows.header, row, strict=True))
    outside = dst if direction == "outgoing" else src
    assert (call["direction"], call["queue"]) == (direction, dst if direction == "incoming" else "")
    assert call["customer"] == (dst if direction == "internal" else outside)


def test_the_table_of_call_detail_records_is_read_by_its_header(system: System, rows_of: Rows) -> None:
    table = (
        "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,uniqueid,did\n"
        "2026-05-06 10:00:00,x,4520123456,100,from-trunk,SIP/trunk-1,SIP/102-b,Dial,,80,60,ANSWERED,1.1,\n"
        "2026-05-06 11:00:00,x,4520123456,100,from-trunk,SIP/trunk-3,SIP/101-c,Dial,,15,0,NO ANSWER,1.2,\n"
    )
    for kind in ("calls", "rings"):
        assert (system("asterisk_cdr", kind, table).loaded, kind) == (2, kind)
    # 80 seconds in all and 60 of talk: it rang for 20; the end of either call follows from its length.
    assert rows_of("SELECT answer_seconds FROM call ORDER BY source_id") == [(20,), (None,)]
    assert rows_of("SELECT ring_seconds, talk_seconds FROM ring ORDER BY source_id") == [(20, 60), (15, 0)]

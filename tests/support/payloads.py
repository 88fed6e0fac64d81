"""Payloads in every field that can hold a text from outside: by the loader, and straight into the tables."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, Text, func, insert, select, update
from support.cast import at
from support.databases import Load, Template
from support.templates import TABLES

from data_access.database.engine import reading
from data_access.database.schema import (
    absence,
    access_log,
    agent,
    agent_alias,
    audit_log,
    call,
    callback,
    callback_owner,
    coaching,
    concern,
    contact_attempt,
    customer,
    customer_owner,
    customer_phone,
    desk,
    import_reject,
    import_run,
    kc_list,
    live_call,
    live_ring,
    metadata,
    note,
    phone_endpoint,
    phone_source,
    presence,
    promise,
    queue,
    reassignment,
    ring,
    shift,
    staffing_need,
    survey_invitation,
    survey_response,
    team,
    unread_span,
    voicemail,
)
from data_access.database.versions import mark_changed
from data_access.database.writing import writing
from data_access.loading.load import rebuild
from metrics.house_rules import HouseRules

PAYLOADS = (
    "![Quokka01](http://evil.example/q.png)",
    "[Quokka02](http://evil.example/q) [q](javascript:alert(2))",
    "![Quokka03][q]\n\n[q]: http://evil.example/q.png",
    "<img src=http://evil.example/q.png onerror=alert(4)>Quokka04",
    "<script>alert(5)</script><svg onload=alert(5)>Quokka05</svg><iframe src=//evil.example></iframe>",
    ":red[Quokka06] :blue-badge[q] :small[q]",
    ":material/home: Quokka07 :streamlit:",
    ":smile: Quokka08 :+1:",
    "$Quokka09$ $$\\frac{q}{2}$$",
    "Quokka10 http://evil.example/q www.evil.example q@evil.example <http://evil.example>",
    "![Quokka11](data:image/gif;base64,R0lGODlhAQABAAAAACw=)",
    "=cmd|' /C calc'!A1 Quokka12 {0.__class__} {count} {q!r} %s %(q)d",
    "`Quokka13` ```q``` **q** __q__ ~~q~~ -> q -- q",
    "Quokka14\n===\n# q\n\n- q\n\n    q-q\n\n```mermaid\ngraph\n```\tq",
    "datum.Quokka15 ${alert(15)} {{alert(15)}} {\"expr\": \"alert(15)\"}",
)  # fmt: skip
"""Each with a word of its own, by which it is found wherever it is shown."""


def typed(payload: str) -> str:
    """A payload that can be written into a box of initials: capitals, and nothing that divides them."""
    return re.sub(r"[\s,;]", "", payload).upper()


WRITTEN = [typed(payload) for payload in PAYLOADS]
TODAY, NOW = date(2026, 5, 7), "2026-05-07T14:00:00+02:00"
WEEK = [date(2026, 5, 4 + offset) for offset in range(5)]
YESTERDAY, LONG_AGO = WEEK[2], date(2026, 4, 20)
KINDS_LOADED = (
    "agents", "teams", "memberships", "aliases", "customers", "shifts", "needs", "buddies", "absences", "calls",
    "rings", "notes", "callbacks", "promises", "attempts",
)  # fmt: skip


def records(payload: str, gone: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is loaded about one payload, kind by kind: a team, its lead, a colleague who left it, customers, calls."""
    yield from people(payload, gone)
    yield from rota(payload)
    yield from calls(payload)
    yield from messages(payload, gone)


def people(payload: str, gone: str) -> Iterator[tuple[str, dict[str, Any]]]:
    both = {"name": payload, "role": "agent"}
    yield "agents", both | {"initials": payload, "email": payload, "first_day": "2026-02-01"}
    yield "agents", both | {"initials": gone, "first_day": "2020-01-01", "last_day": "2026-04-30"}
    yield "teams", {"name": payload, "queue": payload}
    for who, leads in ((payload, "no"), (payload, "yes"), (gone, "no")):
        yield "memberships", {"agent": who, "team": payload, "first_day": "2020-01-01", "leads": leads}
    yield "aliases", {"agent": payload, "source": payload, "source_agent": payload}
    for number, owner in ((payload, payload), (f"with gone {payload}", gone), (f"moved {payload}", gone)):
        about = {"name": payload, "portfolio": payload, "insurer": payload, "phones": "20111111"}
        yield "customers", about | {"number": number, "owner": owner}


def rota(payload: str) -> Iterator[tuple[str, dict[str, Any]]]:
    own = {"agent": payload}
    for day in WEEK:
        times = {"starts_at": at("09:00", day), "ends_at": at("17:00", day)}
        yield "shifts", own | times | {"source_id": f"{payload}{day}"}
        span = {"from_time": "09:00", "to_time": "16:00", "minimum": 2}
        yield "needs", span | {"team": payload, "weekday": f"{day:%a}".lower()}
    place = PAYLOADS.index(payload)
    for buddy in PAYLOADS[place + 1 : place + 2] if place % 2 == 0 else ():
        yield "buddies", own | {"buddy": buddy}
    told = {"channel": payload, "covered_by": payload}
    days = {"vacation": "2026-05-04", "errand": "2026-05-05", "dentist": "2026-05-05", payload: "2026-05-08"}
    # Of four people one is there, the buddy of one who is away; the two others are buddies, and both away.
    days |= {"sick": str(TODAY)} if place % 4 else {}
    for kind, day in days.items():
        asked = {"requested_on": "2026-05-01", "first_day": day, "last_day": day, "source_id": f"{kind} {payload}"}
        yield "absences", own | told | asked | {"kind": kind}
    asked = {"requested_on": "2026-05-05", "first_day": "2026-05-11", "last_day": "2026-05-12"}
    yield "absences", own | asked | {"kind": "vacation", "source_id": payload}


def calls(payload: str) -> Iterator[tuple[str, dict[str, Any]]]:
    whom = {"queue": payload, "customer_number": payload}
    for day in WEEK[:3]:
        for what, status, direction, who in (
            ("answered", "answered", "incoming", payload),
            ("missed", "unanswered", "incoming", payload),
            ("voicemail", "voicemail", "incoming", ""),
            ("abandoned", "unanswered", "incoming", ""),
            ("dialled", "answered", "outgoing", payload),
            (payload, payload, payload, payload),
        ):
            ends = {"answered_at": at("10:01", day)} if status == "answered" else {}
            about = {"source_id": f"{what} {day} {payload}", "status": status, "direction": direction, "agent": who}
            yield "calls", whom | about | ends | {"started_at": at("10:00", day), "ended_at": at("10:05", day)}
    for began, ended, day in (
        ("11:00:00", "11:00:05", YESTERDAY),
        ("20:00", "20:05", YESTERDAY),
        ("09:30", "09:31", TODAY),
    ):
        times = {"started_at": at(began, day), "ended_at": at(ended, day)}
        yield "calls", whom | times | {"source_id": f"{began} {payload}", "status": "unanswered", "agent": payload}
    for what, outcome in (("missed", "declined"), (payload, payload)):
        rang = {"agent": payload, "rang_at": at("10:00", YESTERDAY), "ring_seconds": 20, "outcome": outcome}
        yield "rings", rang | {"call": f"{what} {YESTERDAY} {payload}", "source_id": f"{outcome} {payload}"}


def messages(payload: str, gone: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for day, kind in zip(WEEK, ("conversation", "attempt", payload), strict=False):
        about = {"customer_number": payload, "agent": payload, "source_id": f"{kind} {payload}"}
        yield "notes", about | {"at": at("11:30", day), "kind": kind, "text": payload}
    whole = {
        "created_by": payload, "reason": payload, "phones": "20111111", "copied_to": payload, "sent_to": payload,
        "preferred_from": at("09:00", YESTERDAY), "preferred_to": at("12:00", YESTERDAY),
    }  # fmt: skip
    waits = {"source_id": payload, "customer_number": payload, "created_at": at("09:00", WEEK[1]), "topic": payload}
    yield "callbacks", whole | waits
    again = {"source_id": f"again {payload}", "created_at": at("10:00", YESTERDAY), "reminder_of": payload}
    yield "callbacks", whole | waits | again | {"handed_to": payload, "handed_at": at("11:00", YESTERDAY)}
    for what, number, created, more in (
        ("gone", f"with gone {payload}", at("09:00", WEEK[1]), {"sent_to": gone}),
        ("soon", f"soon {payload}", at("15:00", YESTERDAY), {}),
        ("reached", f"reached {payload}", at("09:00", WEEK[0]), {"reached_at": at("12:00", WEEK[0])}),
        ("kc", f"kc {payload}", at("09:00", WEEK[0]), {"sent_to": "kc", "told_at": at("09:00", WEEK[0])}),
        ("pay", f"pay {payload}", at("15:00", YESTERDAY), {"topic": "payment", "reason": "", "phones": ""}),
    ):
        about = {"source_id": f"{what} {payload}", "customer_number": number, "created_at": created}
        yield "callbacks", whole | {"topic": "general"} | about | more
    promised = {"callback": payload, "made_by": payload, "made_at": at("10:00", WEEK[1])}
    yield "promises", promised | {"source_id": payload, "to_at": at("16:00", YESTERDAY)}
    yield "promises", promised | {"source_id": f"later {payload}", "to_at": at("16:00", TODAY)}
    for channel, clock in (("call", "15:00"), (payload, "15:30")):
        tried = {"callback": payload, "agent": payload, "at": at(clock, YESTERDAY), "channel": channel}
        yield "attempts", tried | {"source_id": payload if channel == payload else f"call {payload}"}


def csv_of(rows: Sequence[dict[str, Any]]) -> str:
    text = StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


CALLS_OF_A_SOURCE = """kind = "calls"
source = {name}
[fields]
source_id = {name}
started_at = "started_at"
agent = "agent"
queue = {name}
"""
"""A mapping in which the payload is the name of the source and of a column."""


def load_everything(load: Load) -> None:
    """What the loader accepts, through the loader; it sets aside what it should."""
    together = [record for payload, gone in zip(PAYLOADS, WRITTEN, strict=True) for record in records(payload, gone)]
    for kind in KINDS_LOADED:
        report = load(kind, csv_of([row for one, row in together if one == kind]))
        assert not report.rejects, (kind, report.rejects)
    load("kc-list", "\n".join(WRITTEN))
    for payload in PAYLOADS:
        row = {payload: payload, "started_at": at("10:00", LONG_AGO), "agent": payload}
        wrong = [row | {"started_at": payload}, row | {payload: f"other {payload}", "agent": "nobody"}]
        mapping = CALLS_OF_A_SOURCE.format(name=json.dumps(payload))
        assert len(load("calls", csv_of([row, *wrong]), mapping).rejects) == 2


@dataclass(frozen=True)
class Tables:
    """The tables themselves, past the loader."""

    connection: Connection

    def id_of(self, column: Column[Any], value: str) -> int:
        return int(self.connection.execute(select(column.table.c.id).where(column == value)).scalar_one())

    def add(self, table: Table, **values: Any) -> int:
        return int(self.connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())

    def change(self, table: Table, where: ColumnElement[bool], **values: Any) -> None:
        self.connection.execute(update(table).where(where).values(**values))


NOON = at("12:00", YESTERDAY)


def write_everything(rules: HouseRules) -> None:
    """What the loader sets aside or does not know, straight into the tables: it may come there by another way."""
    with writing() as connection:
        tables = Tables(connection)
        for payload, gone in zip(PAYLOADS, WRITTEN, strict=True):
            own = tables.id_of(agent.c.initials, payload)
            whom = tables.id_of(customer.c.number, payload)
            write_facts(tables, payload, own, whom)
            write_opinions(tables, payload, own, whom)
            write_desks(tables, payload, gone)
            write_hand_over(tables, payload, gone, own)
            write_logs(tables, payload, own, whom)
        mark_changed(connection, rules)
    rebuild(rules)


def write_facts(tables: Tables, payload: str, own: int, whom: int) -> None:
    tables.add(customer_phone, customer_id=whom, phone_number=payload)
    tables.change(callback, callback.c.source_id == payload, phones=payload, how=payload)
    tables.change(call, call.c.source_id == f"voicemail {YESTERDAY} {payload}", remote_number=payload)
    for name in (payload, f"no call {payload}"):
        rang = {"source": payload, "source_id": name, "call_source_id": name, "agent_id": own, "rang_at": NOON}
        tables.add(ring, **rang, source_agent=payload, outcome=payload, from_call=False)
    state = {"available": True, "busy": False, "do_not_disturb": False}
    tables.add(presence, source=payload, source_agent=payload, agent_id=own, at=NOON, **state)
    write_phones(tables, payload, own, whom)
    for table in (absence, callback, contact_attempt, note, promise, shift):
        tables.change(table, func.instr(table.c.source_id, payload) > 0, source=payload)


def write_phones(tables: Tables, payload: str, own: int, whom: int) -> None:
    """What a telephone system that is asked live may say."""
    tables.add(phone_source, source=payload, follows=True, problem=payload, problem_detail=payload, failing_since=NOON)
    tables.add(unread_span, source=payload, from_at=NOON, to_at=NOON)
    tables.add(agent_alias, source=f"live {payload}", source_agent=payload, agent_id=own)
    states = {"available": True, "busy": False, "do_not_disturb": True, "since": NOON}
    for endpoint in (payload, f"Employee#{payload}"):
        named = {"name": payload, "phone_number": payload}
        tables.add(phone_endpoint, source=f"live {payload}", endpoint=endpoint, **named, **states)
    which = {"queue_id": tables.add(queue, source=f"live {payload}", name=payload), "source_id": payload}
    goes_on = {
        "direction": payload,
        "status": payload,
        "customer_id": whom,
        "started_at": NOON,
        "changed_at": NOON,
        "said": payload,
    }
    live = tables.add(live_call, source=payload, **which, **goes_on)
    tables.add(live_ring, live_call_id=live, source_agent=payload, rang_at=NOON)
    left = {"left_at": NOON, "local_date": YESTERDAY, "heard": False, "remote_number": payload}
    tables.add(voicemail, source=payload, **which, **left)


def write_opinions(tables: Tables, payload: str, own: int, whom: int) -> None:
    about = {"source": payload, "customer_id": whom, "agent_id": own, "local_date": YESTERDAY}
    asked = tables.add(survey_invitation, **about, source_id=payload, sent_at=NOON)
    for scale in ("1-10", payload):
        said = {"answered_at": NOON, "score": 1, "comment": payload, "invitation_id": asked}
        said |= {"followed_up_by_id": own, "followed_up_at": NOON, "follow_up_outcome": payload}
        tables.add(survey_response, **about, **said, source_id=scale, scale=scale)
    both = {"about_id": own, "by_id": own, "at": NOON, "rule": payload}
    tables.add(concern, **both, source=payload, source_id=payload, text=payload)
    tables.add(coaching, agent_id=own, by_id=own, rule=payload, agreed_on=YESTERDAY, outcome=payload)


def write_desks(tables: Tables, payload: str, gone: str) -> None:
    """Roles and desks that are none of ours; the loader takes only ours."""
    tables.change(agent, agent.c.initials == gone, role=payload)
    tables.change(customer, customer.c.number == f"moved {payload}", crm_desk=payload)
    tables.add(desk, name=payload, title=payload)
    tables.add(team, name=f"desk {payload}", desk=payload)
    tables.add(staffing_need, desk=payload, weekday=0, half_hour=20, minimum=1, from_date=LONG_AGO)
    tables.change(callback, callback.c.source_id == f"pay {payload}", sent_to_id=None, sent_to_desk=payload)
    request = tables.id_of(callback.c.source_id, f"pay {payload}")
    tables.add(callback_owner, callback_id=request, desk=payload, from_at=at("16:00", YESTERDAY), why=payload)
    whose = tables.id_of(customer.c.number, f"pay {payload}")
    tables.add(customer_owner, customer_id=whose, desk=payload, from_date=LONG_AGO, source=payload)
    for kind, name in (("portfolio", payload), ("handler", gone)):
        tables.add(kc_list, kind=kind, name=name, from_date=LONG_AGO)


def write_hand_over(tables: Tables, payload: str, gone: str, own: int) -> None:
    """Of somebody who left, yesterday; the CRM does not show it yet."""
    moved, former = tables.id_of(customer.c.number, f"moved {payload}"), tables.id_of(agent.c.initials, gone)
    tables.change(customer_owner, customer_owner.c.customer_id == moved, to_date=YESTERDAY)
    tables.add(customer_owner, customer_id=moved, desk="kc", from_date=YESTERDAY, source="reassignment")
    done = {"customer_id": moved, "from_agent_id": former, "at": NOON, "by_id": own}
    tables.add(reassignment, **done, batch=payload, to_desk=payload, reason=payload)


def write_logs(tables: Tables, payload: str, own: int, whom: int) -> None:
    tables.add(audit_log, at=NOON, by_id=own, action=payload, subject=f"agent {payload}", details=payload)
    texts = dict.fromkeys(("action", "page", "purpose", "details"), payload)
    tables.add(access_log, at=NOON, by_id=own, about_id=own, customer_id=whom, **texts)
    counts = {"rows_read": 2, "loaded": 1, "unchanged": 0, "rejected": 1, "left_out": 0}
    times = {"started_at": NOON, "finished_at": NOON, "newest_record": at("12:00", LONG_AGO)}
    run = tables.add(import_run, kind="calls", source=payload, file=payload, **times, **counts)
    tables.add(import_reject, import_run_id=run, loaded=False, row=1, column=payload, reason=payload)


OWN_WORDS = {
    # Written by the program alone.
    "database_info.zone", "database_info.rules_digest", "import_run.kind", "kc_list.kind",
    "own_view.language",
    # Derived by it.
    "call.outcome", "ring.pair_outcome", "promise_verdict.state", "callback_verdict.rule", "callback_verdict.how",
    "callback_verdict.desk", "callback_verdict.breached_desk", "callback_holder.desk", "contact_attempt.log_state",
    "attempt_day.desk", "attempt_day.first_call", "attempt_day.second_call", "attempt_day.message", "attempt_day.noted",
    # A fingerprint.
    "wall_link.token_digest",
}  # fmt: skip
FIELDS = [
    column
    for table in metadata.sorted_tables
    for column in table.c
    if isinstance(column.type, Text) and str(column) not in OWN_WORDS
]
"""Every field that can hold a text from outside; a new one is in here until somebody says why not."""


def payloads_in(column: Column[Any]) -> set[str]:
    with reading() as connection:
        texts = connection.scalars(select(column).where(column.is_not(None)).distinct()).all()
    return {payload for payload in PAYLOADS if any(payload in text for text in texts)}


def plant(load: Load) -> None:
    load_everything(load)
    write_everything(load.rules)


POISONED = Template("poisoned", plant, TABLES)
"""Every payload stands in every field."""

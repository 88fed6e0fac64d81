"""What one reading of a telephone system brings, written in the caller's transaction: what has ended becomes calls and
rings like those of any file, what goes on stands beside them, and what the phones say now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, select, update

from data_access.database import versions
from data_access.database.schema import (
    agent_alias,
    customer_phone,
    live_call,
    live_ring,
    phone_endpoint,
    presence,
    queue,
    ring,
    shift,
    voicemail,
)
from data_access.database.temporary import create_afresh
from data_access.loading.derive import derive
from data_access.loading.load import (
    LoadReport,
    count_rows,
    customers_touched,
    derive_everything,
    no_progress,
    stage_rows,
)
from data_access.loading.merging.merge import merge_rows
from data_access.loading.phone_log import judge_attempts
from data_access.loading.stage import phones_table, staging_table
from data_access.loading.upsert import Merge
from data_access.matters.verdicts import derive_matters
from data_access.relatel import SOURCE
from data_access.relatel.reading import fingerprint, instant_of
from data_access.sources.mapping import Mapping, read_mapping
from data_access.sources.phone_numbers import digits_of_phone
from data_access.sources.relatel import ANSWERED_BY, answerer_without_leg, employee_of, is_ring, queue_of, rows_of_calls
from metrics.calendar import local_day
from metrics.house_rules import HouseRules

MAPPINGS = {
    kind: read_mapping(Path(__file__).parents[1] / "sources" / "mappings" / f"relatel_{kind}.toml", kind)
    for kind in ("calls", "rings")
}
SAMPLED_EVERY = timedelta(minutes=10)


def load_calls(connection: Connection, calls: list[Any], rules: HouseRules, now: datetime) -> list[LoadReport]:
    """Merge calls that have ended, and their rings, and derive the days that they touch. Returns what became of each
    kind's rows. What cannot be read is set aside with its call."""
    reports, days = [], set()
    forget_answerers(connection, calls)
    for kind, mapping in MAPPINGS.items():
        report = LoadReport(kind, SOURCE, Path("Relatel"), now, is_numbered=False)
        touched = merge_kind(connection, calls, report, mapping, rules)
        days |= touched or set()
        name_the_calls(report, calls)
        reports.append(report)
    if versions.rules_changed(connection, rules):
        derive_everything(connection, rules, no_progress)
    elif days:
        derive(connection, days, rules)
        customers = customers_touched(connection, "calls", days, staging_table("calls"))
        checked_anew = judge_attempts(connection, days, rules)
        if customers is not None:
            customers |= checked_anew
        if customers:
            derive_matters(connection, customers, rules)
    if days:
        versions.mark_changed(connection, rules, touches_past=min(days) < local_day(now, rules))
    return reports


def merge_kind(
    connection: Connection, calls: list[Any], report: LoadReport, mapping: Mapping, rules: HouseRules
) -> set[Any] | None:
    staged, phones = staging_table(report.kind), phones_table()
    create_afresh(connection, staged, phones)
    rows = rows_of_calls(calls, report.kind)
    stage_rows(connection, staged, phones, report, rows, mapping, rules, no_progress)
    report.lines = rows.lines
    now = report.started_at
    days, _ = merge_rows(Merge(connection, staged, phones, mapping, rules, local_day(now, rules), now))
    count_rows(connection, staged, report)
    return days if report.loaded else set()


def forget_answerers(connection: Connection, calls: list[Any]) -> None:
    """A leg that comes later replaces the ring that was made of its answerer's name alone."""
    told = [call["call_uuid"] + ANSWERED_BY for call in calls if isinstance(call, dict) and has_id(call)]
    kept = {call["call_uuid"] + ANSWERED_BY for call in calls if answerer_without_leg(call) and has_id(call)}
    gone = [ring_id for ring_id in told if ring_id not in kept]
    for some in in_groups(gone):
        connection.execute(delete(ring).where(ring.c.source == SOURCE, ring.c.source_id.in_(some)))


def has_id(call: dict[str, Any]) -> bool:
    return isinstance(call.get("call_uuid"), str)


def in_groups(values: list[Any], size: int = 500) -> Iterable[list[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def name_the_calls(report: LoadReport, calls: list[Any]) -> None:
    """Where nothing is a file, a row's number says nothing: the reason names the call."""
    for place, problem in enumerate(report.problems):
        call = calls[report.lines[problem.row - 1] - 1]
        name = str(call.get("call_uuid", "?"))[:40] if isinstance(call, dict) else "?"
        report.problems[place] = replace(problem, reason=f"{name}: {problem.reason}")


def store_live_calls(
    connection: Connection, calls: list[dict[str, Any]], gone: Iterable[str], rules: HouseRules, now: datetime
) -> None:
    """Write the calls that go on and forget those that do not any more. No telephone number is kept of them."""
    known = {row.source_id: row for row in connection.execute(select(live_call).where(live_call.c.source == SOURCE))}
    name_whom_an_alias_names(connection)
    forget_live_calls(connection, [known[call_id].id for call_id in gone if call_id in known])
    for call in calls:
        digest = fingerprint(call)
        before = known.get(call["call_uuid"])
        if before is not None and before.said == digest:
            continue
        if before is not None:
            forget_live_calls(connection, [before.id])
        write_live_call(connection, call, digest, rules, now)


def name_whom_an_alias_names(connection: Connection) -> None:
    """An alias that is loaded while a call goes on names its phone at once."""
    named = and_(agent_alias.c.source == SOURCE, agent_alias.c.source_agent == live_ring.c.source_agent)
    whose = select(agent_alias.c.agent_id).where(named).scalar_subquery()
    connection.execute(update(live_ring).where(live_ring.c.agent_id.is_(None)).values(agent_id=whose))


def forget_live_calls(connection: Connection, ids: list[int]) -> None:
    for some in in_groups(ids):
        connection.execute(delete(live_ring).where(live_ring.c.live_call_id.in_(some)))
        connection.execute(delete(live_call).where(live_call.c.id.in_(some)))


def write_live_call(
    connection: Connection, call: dict[str, Any], digest: str, rules: HouseRules, now: datetime
) -> None:
    values = {
        "source": SOURCE,
        "source_id": call["call_uuid"],
        "direction": call.get("direction") or "incoming",
        "queue_id": queue_id_of(connection, queue_of(call)),
        "customer_id": customer_id_of(connection, call.get("remote_number"), rules),
        "started_at": instant_of(call.get("started_at")),
        "answered_at": instant_of(call.get("answered_at")),
        "status": call.get("status"),
        "changed_at": now,
        "said": digest,
    }
    call_id = connection.execute(insert(live_call).values(**values).returning(live_call.c.id)).scalar_one()
    for leg in [*(call.get("nodes") or []), *ring_from_call_header(call)]:
        if not is_ring(leg) or leg.get("ended_at"):
            continue
        rang_at = instant_of(leg["started_at"])
        if rang_at is not None:
            whose = {"agent_id": agent_id_of(connection, leg["endpoint"]), "source_agent": leg["endpoint"]}
            times = {"rang_at": rang_at, "answered_at": instant_of(leg.get("answered_at"))}
            connection.execute(insert(live_ring).values(live_call_id=call_id, **whose, **times))


def ring_from_call_header(call: dict[str, Any]) -> list[dict[str, Any]]:
    """Who dialled, or answered first, where the call names them and none of its legs does."""
    who = employee_of(call)
    if not who or who in {leg.get("endpoint") for leg in call.get("nodes") or []}:
        return []
    return [{"endpoint": who, "started_at": call.get("started_at"), "answered_at": call.get("answered_at")}]


def queue_id_of(connection: Connection, name: str) -> int | None:
    if not name:
        return None
    queue_id = connection.scalar(select(queue.c.id).where(queue.c.source == SOURCE, queue.c.name == name))
    if queue_id is not None:
        return queue_id
    return connection.execute(insert(queue).values(source=SOURCE, name=name).returning(queue.c.id)).scalar_one()


def customer_id_of(connection: Connection, number: Any, rules: HouseRules) -> int | None:
    """The one customer who is known by a telephone number."""
    digits = digits_of_phone(number, rules.country) if isinstance(number, str) else None
    if digits is None:
        return None
    only_customer = select(func.min(customer_phone.c.customer_id)).where(customer_phone.c.phone_number == digits)
    return connection.scalar(only_customer.having(func.count() == 1))


def agent_id_of(connection: Connection, endpoint: str) -> int | None:
    named = and_(agent_alias.c.source == SOURCE, agent_alias.c.source_agent == endpoint)
    return connection.scalar(select(agent_alias.c.agent_id).where(named))


@dataclass(frozen=True)
class Phone:
    """What one employee's phone says: may be missing where the source says something unknown."""

    endpoint: str
    name: str | None
    number: str | None
    available: bool
    busy: bool
    do_not_disturb: bool
    do_not_disturb_until: datetime | None

    @property
    def state(self) -> tuple[object, ...]:
        return self.available, self.busy, self.do_not_disturb, self.do_not_disturb_until


def store_phones(connection: Connection, phones: list[Phone], rules: HouseRules, now: datetime) -> None:
    """Write what the employees' phones say now, and, once in ten minutes, a snapshot of who is on shift or there."""
    endpoint = phone_endpoint.c
    known = {row.endpoint: row for row in connection.execute(select(phone_endpoint).where(endpoint.source == SOURCE))}
    for phone in phones:
        before = known.get(phone.endpoint)
        digits = digits_of_phone(phone.number, rules.country) if phone.number else None
        values = {"name": phone.name, "phone_number": digits} | dict(
            zip(("available", "busy", "do_not_disturb", "do_not_disturb_until"), phone.state, strict=True)
        )
        if before is None:
            connection.execute(
                insert(phone_endpoint).values(source=SOURCE, endpoint=phone.endpoint, since=now, **values)
            )
        elif any(getattr(before, name) != value for name, value in values.items()):
            was = (before.available, before.busy, before.do_not_disturb, before.do_not_disturb_until)
            since = before.since if was == phone.state else now
            connection.execute(update(phone_endpoint).where(endpoint.id == before.id).values(since=since, **values))
    gone = [
        row.id for row in known.values() if row.since and row.endpoint not in {reported.endpoint for reported in phones}
    ]
    for some in in_groups(gone):
        connection.execute(delete(phone_endpoint).where(endpoint.id.in_(some)))
    sample_presence(connection, phones, now)


def sample_presence(connection: Connection, phones: list[Phone], now: datetime) -> None:
    slot = datetime.fromtimestamp(
        now.timestamp() // SAMPLED_EVERY.total_seconds() * SAMPLED_EVERY.total_seconds(), now.tzinfo
    )
    sampled = exists().where(presence.c.source == SOURCE, presence.c.at >= slot)
    if connection.scalar(select(sampled)):
        return
    aliases = select(agent_alias.c.source_agent, agent_alias.c.agent_id).where(agent_alias.c.source == SOURCE)
    agent_ids = {row.source_agent: row.agent_id for row in connection.execute(aliases)}
    on_shift = set(connection.scalars(select(shift.c.agent_id).where(shift.c.starts_at <= now, shift.c.ends_at > now)))
    rows = [
        {
            "source": SOURCE,
            "source_agent": phone.endpoint,
            "agent_id": agent_ids.get(phone.endpoint),
            "at": now,
            "available": phone.available,
            "busy": phone.busy,
            "do_not_disturb": phone.do_not_disturb,
        }
        for phone in phones
        if phone.available or phone.busy or agent_ids.get(phone.endpoint) in on_shift
    ]
    if rows:
        connection.execute(insert(presence), rows)


def store_names(connection: Connection, names: dict[str, str]) -> None:
    """Write what groups and receptions are called."""
    for endpoint, name in names.items():
        this = and_(phone_endpoint.c.source == SOURCE, phone_endpoint.c.endpoint == endpoint)
        if connection.execute(update(phone_endpoint).where(this).values(name=name)).rowcount == 0:
            connection.execute(insert(phone_endpoint).values(source=SOURCE, endpoint=endpoint, name=name))


def forget_deleted_voicemails(connection: Connection, messages: list[Any]) -> None:
    times = [at for message in messages if isinstance(message, dict) and (at := instant_of(message.get("created_at")))]
    if not times:
        return
    listed = {str(message.get("id")) for message in messages if isinstance(message, dict)}
    stored = select(voicemail.c.id, voicemail.c.source_id).where(
        voicemail.c.source == SOURCE, ~voicemail.c.heard, voicemail.c.left_at >= min(times)
    )
    gone = [row.id for row in connection.execute(stored) if row.source_id not in listed]
    for some in in_groups(gone):
        connection.execute(delete(voicemail).where(voicemail.c.id.in_(some)))


def store_voicemails(
    connection: Connection, messages: list[Any], names: dict[str, str], rules: HouseRules, before: Any
) -> None:
    """Write what customers left with the machine; `before`: numbers of earlier days are blanked (P2). What the list
    does not hold any more, although it reaches back so far, is forgotten."""
    forget_deleted_voicemails(connection, messages)
    for message in messages:
        left_at = instant_of(message.get("created_at")) if isinstance(message, dict) else None
        if left_at is None:
            continue
        number, endpoint = message.get("from_number"), str(message.get("endpoint") or "")
        length, local_date = message.get("duration"), local_day(left_at, rules)
        values = {
            "left_at": left_at,
            "local_date": local_date,
            "queue_id": queue_id_of(connection, queue_of({"endpoint": endpoint, "endpoint_name": names.get(endpoint)})),
            "duration_seconds": length if isinstance(length, int) and 0 <= length < 2**31 else None,
            "heard": message.get("heard") is True,
            "remote_number": digits_of_phone(number, rules.country) if isinstance(number, str) else None,
        }
        if before is not None and local_date < before:
            values["remote_number"] = None
        this = and_(voicemail.c.source == SOURCE, voicemail.c.source_id == str(message.get("id")))
        if connection.execute(update(voicemail).where(this).values(**values)).rowcount == 0:
            connection.execute(insert(voicemail).values(source=SOURCE, source_id=str(message.get("id")), **values))

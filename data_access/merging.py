"""The short merge: staged rows are resolved, compared with what is stored, and written. One function per kind of file.

Each returns the local dates whose derived figures it touches; None means all of them.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import (
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from data_access.frames import frame
from data_access.matters import HAND_OVER
from data_access.merging_quality import merge_concerns, merge_invitations, merge_surveys
from data_access.merging_rota import merge_absences, merge_needs, merge_shifts
from data_access.schema import (
    agent,
    agent_alias,
    buddy_pair,
    call,
    callback,
    callback_owner,
    contact_attempt,
    customer,
    customer_owner,
    customer_phone,
    employment,
    note,
    promise,
    queue,
    queue_team,
    ring,
    team,
    team_lead,
    team_member,
)
from data_access.sources.preparing import HELD_SINCE_EVER, with_lengths
from data_access.staging import contradicts_earlier, good, set_aside_repeats
from data_access.upsert import (
    Days,
    Merge,
    Upsert,
    leave_out_what_was_blanked,
    record_key,
    resolve_agents,
    resolve_by_initials,
    resolve_customers,
    set_aside_other_customers,
    unknown_agent,
    with_neighbours,
)
from metrics.calendar import ONE_DAY
from metrics.calls import CALL_STATUSES
from metrics.house_rules import DESKS

FROM_CALL = "call:"


def merge_teams(merge: Merge) -> Days:
    staged = merge.staged
    merge.set_aside("desk", "the team has another desk in an earlier row", contradicts_earlier(staged, "name", "desk"))
    Upsert(merge, team, {"name": staged.c.name}, {"desk": staged.c.desk}, defaults={"desk": "agents"}).apply()
    has_queue = staged.c.queue.is_not(None)
    source = func.coalesce(staged.c.queue_source, merge.mapping.source)
    Upsert(merge, queue, {"source": source, "name": staged.c.queue}, {}, where=has_queue).apply()
    team_id = select(team.c.id).where(team.c.name == staged.c.name).scalar_subquery()
    found_queue = and_(queue.c.source == source, queue.c.name == staged.c.queue)
    queue_id = select(queue.c.id).where(found_queue).scalar_subquery()
    from_date = func.coalesce(staged.c.queue_first_day, HELD_SINCE_EVER)
    merge.run(update(staged).values(team_id=team_id, queue_id=queue_id, from_date=from_date))
    keys = {name: staged.c[name] for name in ("queue_id", "team_id", "from_date")}
    Upsert(merge, queue_team, keys, {"to_date": staged.c.to_date}, where=has_queue).apply()
    return None


def merge_agents(merge: Merge) -> Days:
    staged = merge.staged
    said = {name: staged.c[name] for name in ("name", "role", "email", "takes_calls")}
    for name in said:
        reason = "the agent has another value in an earlier row"
        merge.set_aside(name, reason, contradicts_earlier(staged, "initials", name))
    pass_addresses_on(merge)
    defaults = {"role": "agent", "takes_calls": True}
    Upsert(merge, agent, {"initials": staged.c.initials}, said, defaults=defaults).apply()
    agent_id = select(agent.c.id).where(agent.c.initials == staged.c.initials).scalar_subquery()
    merge.run(update(staged).values(agent_id=agent_id))
    switch_access(merge)
    keys = {"agent_id": staged.c.agent_id, "from_date": staged.c.from_date}
    Upsert(merge, employment, keys, {"to_date": staged.c.to_date}, where=staged.c.from_date.is_not(None)).apply()
    return set()


def pass_addresses_on(merge: Merge) -> None:
    """An e-mail address, in capitals or not, is one person's: of whoever works here, and not of who had it before.

    Somebody who has left loses it to who has it now, whichever of them stands first in the file, or alone.
    """
    staged, other, keeper = merge.staged, merge.staged.alias("other_row"), agent.alias("keeper")

    def is_same_address(theirs: Any) -> Any:
        return and_(func.lower(theirs.email) == func.lower(staged.c.email), theirs.initials != staged.c.initials)

    def is_over(row: Any) -> Any:
        """The row, or what is stored where the row does not say, has the last day behind it."""
        person = agent.alias()
        is_stored = exists().where(person.c.initials == row.initials, left_before(person.c.id, merge.today))
        return or_(row.to_date <= merge.today, and_(row.to_date.is_(None), is_stored))

    leaving = merge.staged.alias("leaving_row")
    leaves_now = exists().where(leaving.c.initials == keeper.c.initials, leaving.c.to_date <= merge.today)
    kept = exists().where(is_same_address(keeper.c), ~left_before(keeper.c.id, merge.today), ~leaves_now)
    asked_for = exists().where(
        is_same_address(other.c), other.c.problem.is_(None), ~func.coalesce(is_over(other.c), false())
    )
    merge.run(update(staged).where(good(staged), is_over(staged.c), or_(kept, asked_for)).values(email=None))
    doubled = exists().where(is_same_address(other.c), other.c.row < staged.c.row)
    merge.set_aside("email", "this e-mail address belongs to somebody else", or_(kept, doubled))
    is_taken_over = exists().where(good(staged), is_same_address(agent.c))
    merge.run(update(agent).where(is_taken_over).values(email=None))


def left_before(agent_id: Any, day: date) -> Any:
    """Whoever had employments, and has none on that day or later."""
    ever, still = employment.alias(), employment.alias()
    is_still = or_(still.c.to_date.is_(None), still.c.to_date > day)
    was_ever = exists().where(ever.c.agent_id == agent_id)
    return and_(was_ever, ~exists().where(still.c.agent_id == agent_id, is_still))


def switch_access(merge: Merge) -> None:
    """Switch somebody's access off from now on, or on again."""
    staged, off = merge.staged, agent.c.disabled_at
    for says, is_so, disabled_at in (
        (staged.c.disabled, off.is_not(None), merge.now),
        (~staged.c.disabled, off.is_(None), null()),
    ):
        differs_now = and_(good(staged), says, exists().where(agent.c.id == staged.c.agent_id, ~is_so))
        merge.run(update(staged).where(differs_now).values(changed=True))
        merge.run(
            update(agent)
            .where(agent.c.id == staged.c.agent_id, good(staged), says, ~is_so)
            .values(disabled_at=disabled_at)
        )


def merge_memberships(merge: Merge) -> Days:
    staged = merge.staged
    resolve_by_initials(merge, staged.c.agent, "agent")
    team_id = select(team.c.id).where(team.c.name == staged.c.team).scalar_subquery()
    merge.run(update(staged).values(team_id=team_id))
    merge.set_aside("team", "no team has this name; load teams first", staged.c.team_id.is_(None))
    leads = func.coalesce(staged.c.leads, False)
    keys = {name: staged.c[name] for name in ("agent_id", "team_id", "from_date")}
    for target, where in ((team_lead, leads), (team_member, ~leads)):
        Upsert(merge, target, keys, {"to_date": staged.c.to_date}, where=where).apply()
    return None


def merge_aliases(merge: Merge) -> Days:
    """Who somebody is in a source. Rings that were loaded before for a person created by that name, or for somebody
    whom nobody knew by it, are theirs."""
    staged = merge.staged
    resolve_by_initials(merge, staged.c.agent, "agent")
    keys = {"source": staged.c.source, "source_agent": staged.c.source_agent}
    Upsert(merge, agent_alias, keys, {"agent_id": staged.c.agent_id}).apply()
    created = select(agent.c.id).where(agent.c.initials == staged.c.source_agent).scalar_subquery()
    was_unknown = and_(ring.c.agent_id.is_(None), ring.c.source_agent == staged.c.source_agent)
    was_another = and_(ring.c.agent_id == created, ring.c.agent_id != staged.c.agent_id)
    moved = and_(good(staged), ring.c.source == staged.c.source, or_(was_unknown, was_another))
    found = merge.connection.execute(update(ring).where(moved).values(agent_id=staged.c.agent_id))
    return None if found.rowcount else set()


def merge_customers(merge: Merge) -> Days:
    staged, phones = merge.staged, merge.phones
    resolve_by_initials(merge, func.nullif(staged.c.owner, "KC"), "owner", may_create=True)
    set_aside_owners_out_of_order(merge)
    said = {name: staged.c[name] for name in ("name", "portfolio", "insurer")}
    Upsert(merge, customer, {"number": staged.c.number}, said).apply()
    customer_id = select(customer.c.id).where(customer.c.number == staged.c.number).scalar_subquery()
    merge.run(update(staged).values(customer_id=customer_id))
    merge_phones(merge, staged, phones)
    merge_owners(merge)
    return set()


def merge_phones(merge: Merge, staged: Table, phones: Table) -> None:
    listed = select(staged.c.customer_id, phones.c.phone_number).join(phones, phones.c.row == staged.c.row)
    stored = exists().where(
        customer_phone.c.customer_id == staged.c.customer_id, customer_phone.c.phone_number == phones.c.phone_number
    )
    new = listed.where(good(staged), ~stored).distinct()
    new_rows = select(phones.c.row).join(staged, phones.c.row == staged.c.row).where(~stored)
    merge.run(update(staged).where(good(staged), staged.c.row.in_(new_rows)).values(changed=True))
    merge.run(insert(customer_phone).from_select(["customer_id", "phone_number"], new))


def said_desk(staged: Table) -> Any:
    return case((staged.c.owner == "KC", "kc"), else_=null())


def names_another_owner(merge: Merge) -> Any:
    """The row names an owner other than the CRM's last one (K2).

    What the CRM said before, it says again with each load, and that undoes no hand-over; neither does an older file
    that still names the handler from whom a customer was handed over.
    """
    staged, held, before = merge.staged, customer_owner, customer_owner.alias("before")
    says_the_same = exists().where(
        customer.c.number == staged.c.number,
        customer.c.crm_agent_id.is_not_distinct_from(staged.c.agent_id),
        customer.c.crm_desk.is_not_distinct_from(said_desk(staged)),
    )
    says_the_former = (
        select(held.c.id)
        .join(customer, customer.c.id == held.c.customer_id)
        .join(before, and_(before.c.customer_id == held.c.customer_id, before.c.to_date == held.c.from_date))
        .where(
            customer.c.number == staged.c.number,
            held.c.source == HAND_OVER,
            held.c.to_date.is_(None),
            before.c.agent_id == staged.c.agent_id,
            or_(staged.c.owner_first_day.is_(None), staged.c.owner_first_day <= held.c.from_date),
        )
        .correlate(staged)
        .exists()
    )
    return and_(staged.c.owner.is_not(None), ~says_the_same, ~says_the_former)


def merge_owners(merge: Merge) -> None:
    """A customer's new owner ends the former one's time; a first owner without a day held it since ever."""
    staged, held = merge.staged, customer_owner
    desk = said_desk(staged)
    present = and_(held.c.customer_id == staged.c.customer_id, held.c.to_date.is_(None))
    same = and_(held.c.agent_id.is_not_distinct_from(staged.c.agent_id), held.c.desk.is_not_distinct_from(desk))
    begins = func.coalesce(staged.c.owner_first_day, merge.today)
    # KC may have a customer from tomorrow on; whom the CRM names instead has him after that.
    after_kc = case(
        (exists().where(present, held.c.from_date > merge.today), merge.today + 2 * ONE_DAY),
        else_=merge.today + ONE_DAY,
    )
    begun_too_late = exists().where(present, held.c.source == HAND_OVER, held.c.from_date >= begins)
    first_day = case(
        (begun_too_late, after_kc),
        (exists().where(held.c.customer_id == staged.c.customer_id), begins),
        else_=func.coalesce(staged.c.owner_first_day, HELD_SINCE_EVER),
    )
    said_anew = and_(good(staged), names_another_owner(merge))
    merge.run(update(staged).where(said_anew).values(changed=True, names_another=True))
    is_new = and_(staged.c.names_another, ~exists().where(present, same))
    merge.run(update(staged).where(is_new).values(from_date=first_day))
    begun = and_(good(staged), staged.c.from_date.is_not(None))
    merge.run(update(held).where(present, begun).values(to_date=staged.c.from_date))
    owners = select(staged.c.customer_id, staged.c.agent_id, desk, staged.c.from_date, literal(merge.mapping.source))
    columns = ["customer_id", "agent_id", "desk", "from_date", "source"]
    merge.run(insert(held).from_select(columns, owners.where(begun)))
    said = {"crm_agent_id": staged.c.agent_id, "crm_desk": desk}
    merge.run(update(customer).where(customer.c.id == staged.c.customer_id, staged.c.names_another).values(**said))


def set_aside_owners_out_of_order(merge: Merge) -> None:
    """A new owner begins after the present one did; checked before anything of the row is written."""
    staged, held = merge.staged, customer_owner
    begins = func.coalesce(staged.c.owner_first_day, merge.today)
    another = or_(held.c.agent_id.is_distinct_from(staged.c.agent_id), held.c.desk.is_distinct_from(said_desk(staged)))
    too_early = (
        select(held.c.id)
        .join(customer, customer.c.id == held.c.customer_id)
        .where(customer.c.number == staged.c.number, held.c.to_date.is_(None), held.c.from_date >= begins, another)
        .where(held.c.source != HAND_OVER)
        .correlate(staged)
        .exists()
    )
    reason = "is not after the day the present owner began"
    merge.set_aside("owner_first_day", reason, names_another_owner(merge), too_early)


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
    resolve_agents(merge, source, may_create=True)
    complete_from_stored_calls(merge)
    leave_out_what_was_blanked(merge, "remote_number", "customer_number")
    keys = {"source": literal(source), "name": staged.c.queue}
    Upsert(merge, queue, keys, {}, where=staged.c.queue.is_not(None)).write()
    found = and_(queue.c.source == source, queue.c.name == staged.c.queue)
    merge.run(update(staged).values(queue_id=select(queue.c.id).where(found).scalar_subquery()))
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
    own = ring.alias("own")
    has_own = exists().where(
        own.c.source == source, own.c.call_source_id == staged.c.source_id, own.c.from_call.is_(False)
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
    rang = and_(or_(staged.c.agent.is_not(None), was_answered), ~has_own)
    Upsert(merge, ring, keys, values, where=rang).apply()


def merge_rings(merge: Merge) -> Days:
    staged, source = merge.staged, merge.mapping.source
    resolve_agents(merge, source, may_create=True)
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


def merge_buddies(merge: Merge) -> Days:
    staged = merge.staged
    resolve_by_initials(merge, staged.c.agent, "agent")
    merge.set_aside("buddy", "nobody is his own buddy", staged.c.agent == staged.c.buddy)
    resolve_by_initials(merge, staged.c.buddy, "buddy", into="other_agent_id")
    from_date = func.coalesce(staged.c.from_date, HELD_SINCE_EVER)
    keys = {"agent_id": staged.c.agent_id, "buddy_id": staged.c.other_agent_id, "from_date": from_date}
    Upsert(merge, buddy_pair, keys, {"to_date": staged.c.to_date}).apply()
    return set()


def merge_notes(merge: Merge) -> Days:
    staged = merge.staged
    resolve_agents(merge, merge.mapping.source)
    resolve_customers(merge, required=True)
    set_aside_other_customers(merge, note, "customer_number")
    leave_out_what_was_blanked(merge, "text")
    values = {name: staged.c[name] for name in ("customer_id", "agent_id", "at", "kind", "text", "local_date")}
    Upsert(merge, note, record_key(merge), values, defaults={"kind": "other"}).apply()
    return set()


def merge_callbacks(merge: Merge) -> Days:
    """Requests. `sent_to` and `handed_to` name an agent or a desk; a hand-over is recorded beside the receiver."""
    staged, source = merge.staged, merge.mapping.source
    resolve_by_initials(merge, staged.c.created_by, "created_by", source=source)
    resolve_customers(merge, required=True)
    set_aside_other_customers(merge, callback, "customer_number")
    for name in ("sent_to", "handed_to"):
        desk = func.lower(staged.c[name])
        resolve_by_initials(merge, case((desk.in_(DESKS), null()), else_=staged.c[name]), name, into="other_agent_id")
        merge.run(
            update(staged).values(
                **{
                    f"{name}_id": staged.c.other_agent_id,
                    f"{name}_desk": case((desk.in_(DESKS), desk), else_=null()),
                    "other_agent_id": null(),
                }
            )
        )
    both = and_(staged.c.handed_to.is_not(None), staged.c.handed_at.is_(None))
    merge.set_aside("handed_at", "is missing: since when has somebody else had it?", both)
    for name in ("sent_at", "told_at", "reached_at", "done_at", "withdrawn_at", "handed_at"):
        if name != "told_at":
            merge.set_aside(name, "is before created_at", staged.c[name] < staged.c.created_at)
    merge.set_aside("preferred_to", "is before preferred_from", staged.c.preferred_to < staged.c.preferred_from)
    stored = and_(callback.c.source == source, callback.c.source_id == staged.c.source_id)
    # A receiver that is corrected from an agent to a desk, or back, leaves nothing of the former one.
    for named, other in (("sent_to_id", "sent_to_desk"), ("sent_to_desk", "sent_to_id")):
        is_corrected = and_(staged.c[named].is_not(None), callback.c[other].is_not(None))
        merge.run(update(callback).where(good(staged), stored, is_corrected).values({other: null()}))
    names = (
        "customer_id", "created_at", "topic", "reason", "preferred_from", "preferred_to", "phones", "sent_at",
        "sent_to_id", "sent_to_desk", "copied_to", "told_at", "reminder_of", "reached_at", "done_at", "withdrawn_at",
        "local_date", "half_hour",
    )  # fmt: skip
    values = {name: staged.c[name] for name in names} | {"created_by_id": staged.c.agent_id}
    Upsert(merge, callback, record_key(merge), values, defaults={"topic": "general"}).apply()
    merge.run(update(staged).values(callback_id=select(callback.c.id).where(stored).scalar_subquery()))
    write_hand_overs(merge)
    return set()


def write_hand_overs(merge: Merge) -> None:
    """Record who has a request from `handed_at` on; another receiver at the same instant corrects the former one."""
    staged = merge.staged
    keys = {"callback_id": staged.c.callback_id, "from_at": staged.c.handed_at}
    receiver = {"agent_id": staged.c.handed_to_id, "desk": staged.c.handed_to_desk}
    is_corrected = exists().where(
        good(staged),
        staged.c.handed_to.is_not(None),
        *(callback_owner.c[name] == value for name, value in keys.items()),
        or_(*(callback_owner.c[name].is_distinct_from(value) for name, value in receiver.items())),
    )
    merge.run(delete(callback_owner).where(is_corrected))
    why = case((staged.c.sent_to_desk == "kc", "returned"), else_="forwarded")
    Upsert(merge, callback_owner, keys, receiver | {"why": why}, where=staged.c.handed_to.is_not(None)).apply()


def resolve_callbacks(merge: Merge) -> None:
    """Which callback of the same source a promise or an attempt belongs to, and whose it is."""
    staged = merge.staged
    named = and_(callback.c.source == merge.mapping.source, callback.c.source_id == staged.c.callback)
    for name, column in (("callback_id", callback.c.id), ("customer_id", callback.c.customer_id)):
        found = select(column).where(named).scalar_subquery()
        merge.run(update(staged).where(staged.c.callback.is_not(None)).values(**{name: found}))
    unknown = and_(staged.c.callback.is_not(None), staged.c.callback_id.is_(None))
    merge.set_aside("callback", "no callback has this source_id; load callbacks first", unknown)


def merge_promises(merge: Merge) -> Days:
    staged = merge.staged
    resolve_callbacks(merge)
    resolve_by_initials(merge, staged.c.made_by, "made_by", source=merge.mapping.source)
    merge.set_aside("to_at", "is before made_at", staged.c.to_at < staged.c.made_at)
    merge.set_aside("to_at", "is before from_at", staged.c.to_at < staged.c.from_at)
    stored = and_(promise.c.source == merge.mapping.source, promise.c.source_id == staged.c.source_id)
    others = callback.c.customer_id != staged.c.customer_id
    another = select(promise.c.id).join(callback).where(stored, others).correlate(staged).exists()
    merge.set_aside("callback", "belongs to another customer in an earlier load", another)
    values = {name: staged.c[name] for name in ("callback_id", "made_at", "from_at", "to_at", "asked_by_customer")}
    values["made_by_id"] = staged.c.agent_id
    Upsert(merge, promise, record_key(merge), values, defaults={"asked_by_customer": False}).apply()
    return set()


def merge_attempts(merge: Merge) -> Days:
    staged = merge.staged
    resolve_agents(merge, merge.mapping.source)
    resolve_customers(merge, required=False)
    resolve_callbacks(merge)
    merge.set_aside("customer_number", "is missing, and so is callback", staged.c.customer_id.is_(None))
    set_aside_other_customers(merge, contact_attempt, "customer_number")
    names = ("customer_id", "callback_id", "agent_id", "at", "channel", "reached", "local_date")
    values = {name: staged.c[name] for name in names}
    Upsert(merge, contact_attempt, record_key(merge), values, defaults={"channel": "call", "reached": False}).apply()
    return set()


MERGES: dict[str, tuple[Callable[[Merge], Days], tuple[str, ...]]] = {
    "teams": (merge_teams, ("name", "queue", "queue_first_day")),
    "agents": (merge_agents, ("initials", "first_day")),
    "memberships": (merge_memberships, ("agent", "team", "first_day", "leads")),
    "aliases": (merge_aliases, ("source", "source_agent")),
    "customers": (merge_customers, ("number",)),
    "calls": (merge_calls, ("source_id",)),
    "rings": (merge_rings, ("source_id",)),
    "shifts": (merge_shifts, ("source_id",)),
    "absences": (merge_absences, ("source_id",)),
    "needs": (merge_needs, ("row",)),
    "buddies": (merge_buddies, ("agent", "buddy", "first_day")),
    "notes": (merge_notes, ("source_id",)),
    "callbacks": (merge_callbacks, ("source_id",)),
    "promises": (merge_promises, ("source_id",)),
    "attempts": (merge_attempts, ("source_id",)),
    "invitations": (merge_invitations, ("source_id",)),
    "surveys": (merge_surveys, ("source_id",)),
    "concerns": (merge_concerns, ("source_id",)),
}
"""For each kind: how it is merged, and which fields tell one record from another."""


def merge_rows(merge: Merge) -> tuple[Days, int]:
    """Merge the staged rows of one load; returns the touched days and how many rows repeated an earlier one."""
    function, identity = MERGES[merge.mapping.kind]
    repeats = set_aside_repeats(merge.connection, merge.staged, identity)
    return function(merge), repeats

"""The merge of requests, promises, contact attempts and notes."""

from sqlalchemy import and_, case, delete, exists, func, null, or_, select, update

from data_access.database.schema import callback, callback_owner, contact_attempt, note, promise
from data_access.loading.resolve import (
    resolve_agents,
    resolve_by_initials,
    resolve_customers,
    set_aside_other_customers,
)
from data_access.loading.stage import good
from data_access.loading.upsert import Days, Merge, Upsert, leave_out_what_was_blanked, record_key
from metrics.house_rules import DESKS

ENDS_OF_REQUEST = ("reached_at", "done_at", "withdrawn_at")


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
        initials = case((desk.in_(DESKS), null()), else_=staged.c[name])
        # A desk that is misspelt is nobody new.
        resolve_by_initials(merge, initials, name, into="other_agent_id", may_create=False)
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
    # A request that is open again in the source is open here, unless the file says only what has changed.
    clears = tuple(name for name in ENDS_OF_REQUEST if name in merge.mapping.fields and merge.mapping.says == "state")
    Upsert(merge, callback, record_key(merge), values, defaults={"topic": "general"}, clears=clears).apply()
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
    author = select(callback.c.created_by_id).where(callback.c.id == staged.c.callback_id).scalar_subquery()
    # What KC passes on to the right desk is no return (B5).
    is_returned = and_(staged.c.sent_to_desk == "kc", staged.c.handed_to_id == author)
    why = case((is_returned, "returned"), else_="forwarded")
    Upsert(merge, callback_owner, keys, receiver | {"why": why}, where=staged.c.handed_to.is_not(None)).apply()


def resolve_callbacks(merge: Merge) -> None:
    """Which callback of the same source a promise or an attempt belongs to, and whose it is."""
    staged = merge.staged
    named = and_(callback.c.source == merge.mapping.source, callback.c.source_id == staged.c.callback)
    for name, column in (("callback_id", callback.c.id), ("customer_id", callback.c.customer_id)):
        its_value = select(column).where(named).scalar_subquery()
        merge.run(update(staged).where(staged.c.callback.is_not(None)).values(**{name: its_value}))
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

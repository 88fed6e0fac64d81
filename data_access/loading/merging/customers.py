"""The merge of customers, their telephone numbers, and who owned them when."""

from typing import Any

from sqlalchemy import Table, and_, case, exists, func, insert, literal, null, or_, select, update

from data_access.database.schema import customer, customer_owner, customer_phone
from data_access.loading.resolve import resolve_by_initials
from data_access.loading.stage import good
from data_access.loading.upsert import Days, Merge, Upsert
from data_access.matters.matter import HAND_OVER
from data_access.sources.preparing import HELD_SINCE_EVER
from metrics.calendar import ONE_DAY


def merge_customers(merge: Merge) -> Days:
    staged, phones = merge.staged, merge.phones
    resolve_by_initials(merge, func.nullif(staged.c.owner, "KC"), "owner")
    set_aside_owners_out_of_order(merge)
    values = {name: staged.c[name] for name in ("name", "portfolio", "insurer")}
    Upsert(merge, customer, {"number": staged.c.number}, values).apply()
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


def desk_of_row(staged: Table) -> Any:
    return case((staged.c.owner == "KC", "kc"), else_=null())


def names_another_owner(merge: Merge) -> Any:
    """The row names an owner other than the CRM's last one (K2).

    What the CRM said before, it says again with each load, and that undoes no hand-over; neither does an older file
    that still names the handler from whom a customer was handed over.
    """
    staged, ownership, before = merge.staged, customer_owner, customer_owner.alias("before")
    says_the_same = exists().where(
        customer.c.number == staged.c.number,
        customer.c.crm_agent_id.is_not_distinct_from(staged.c.agent_id),
        customer.c.crm_desk.is_not_distinct_from(desk_of_row(staged)),
    )
    says_the_former = (
        select(ownership.c.id)
        .join(customer, customer.c.id == ownership.c.customer_id)
        .join(before, and_(before.c.customer_id == ownership.c.customer_id, before.c.to_date == ownership.c.from_date))
        .where(
            customer.c.number == staged.c.number,
            ownership.c.source == HAND_OVER,
            ownership.c.to_date.is_(None),
            before.c.agent_id == staged.c.agent_id,
            or_(staged.c.owner_first_day.is_(None), staged.c.owner_first_day <= ownership.c.from_date),
        )
        .correlate(staged)
        .exists()
    )
    return and_(staged.c.owner.is_not(None), ~says_the_same, ~says_the_former)


def merge_owners(merge: Merge) -> None:
    """A customer's new owner ends the former one's time; a first owner without a day held it since ever."""
    staged, ownership = merge.staged, customer_owner
    desk = desk_of_row(staged)
    present = and_(ownership.c.customer_id == staged.c.customer_id, ownership.c.to_date.is_(None))
    same = and_(
        ownership.c.agent_id.is_not_distinct_from(staged.c.agent_id), ownership.c.desk.is_not_distinct_from(desk)
    )
    begins = func.coalesce(staged.c.owner_first_day, merge.today)
    # KC may have a customer from tomorrow on; whom the CRM names instead has them after that.
    after_kc = case(
        (exists().where(present, ownership.c.from_date > merge.today), merge.today + 2 * ONE_DAY),
        else_=merge.today + ONE_DAY,
    )
    begun_too_late = exists().where(present, ownership.c.source == HAND_OVER, ownership.c.from_date >= begins)
    first_day = case(
        (begun_too_late, after_kc),
        (exists().where(ownership.c.customer_id == staged.c.customer_id), begins),
        else_=func.coalesce(staged.c.owner_first_day, HELD_SINCE_EVER),
    )
    said_anew = and_(good(staged), names_another_owner(merge))
    merge.run(update(staged).where(said_anew).values(changed=True, names_another=True))
    is_new = and_(staged.c.names_another, ~exists().where(present, same))
    merge.run(update(staged).where(is_new).values(from_date=first_day))
    begun = and_(good(staged), staged.c.from_date.is_not(None))
    merge.run(update(ownership).where(present, begun).values(to_date=staged.c.from_date))
    owners = select(staged.c.customer_id, staged.c.agent_id, desk, staged.c.from_date, literal(merge.mapping.source))
    columns = ["customer_id", "agent_id", "desk", "from_date", "source"]
    merge.run(insert(ownership).from_select(columns, owners.where(begun)))
    crm_values = {"crm_agent_id": staged.c.agent_id, "crm_desk": desk}
    merge.run(
        update(customer).where(customer.c.id == staged.c.customer_id, staged.c.names_another).values(**crm_values)
    )


def set_aside_owners_out_of_order(merge: Merge) -> None:
    """A new owner begins after the present one did; checked before anything of the row is written."""
    staged, ownership = merge.staged, customer_owner
    begins = func.coalesce(staged.c.owner_first_day, merge.today)
    another = or_(
        ownership.c.agent_id.is_distinct_from(staged.c.agent_id), ownership.c.desk.is_distinct_from(desk_of_row(staged))
    )
    too_early = (
        select(ownership.c.id)
        .join(customer, customer.c.id == ownership.c.customer_id)
        .where(
            customer.c.number == staged.c.number,
            ownership.c.to_date.is_(None),
            ownership.c.from_date >= begins,
            another,
        )
        .where(ownership.c.source != HAND_OVER)
        .correlate(staged)
        .exists()
    )
    reason = "is not after the day the present owner began"
    merge.set_aside("owner_first_day", reason, names_another_owner(merge), too_early)

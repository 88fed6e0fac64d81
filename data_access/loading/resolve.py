"""How the people and customers that staged rows name are found, and what becomes of those whom nobody knows."""

from typing import Any

from sqlalchemy import Select, Table, and_, case, exists, func, insert, literal, null, select, true, update

from data_access.database.schema import agent, agent_alias, customer
from data_access.loading.stage import good
from data_access.loading.upsert import Merge, Upsert
from data_access.sources.files import Problem
from data_access.sources.parsing import WITH_PRIVATE_TEXTS
from metrics.house_rules import DESKS

MOST_CUSTOMERS_NAMED = 5
FEWEST_ROWS_OF_A_PLACEHOLDER, SMALLEST_SHARE_OF_A_PLACEHOLDER = 100, 0.05
LONGEST_NAME, LONGEST_INITIALS = 40, 4


def resolve_agents(merge: Merge, source: Any) -> None:
    """Find the agent each row names, by the source's alias, by initials, or by a name that one person alone has; the
    unknown as the mapping says."""
    staged = merge.staged
    by_alias = (
        select(agent_alias.c.agent_id)
        .where(agent_alias.c.source == source, agent_alias.c.source_agent == staged.c.agent)
        .scalar_subquery()
    )
    by_initials = select(agent.c.id).where(agent.c.initials == staged.c.agent).scalar_subquery()
    resolve = update(staged).where(staged.c.agent.is_not(None)).values(agent_id=func.coalesce(by_alias, by_initials))
    merge.run(resolve)
    people = select(agent.c.name, func.min(agent.c.id).label("id")).group_by(agent.c.name).having(func.count() == 1)
    named = people.subquery().c
    merge.run(update(staged).where(staged.c.agent_id.is_(None), staged.c.agent == named.name).values(agent_id=named.id))
    unknown = and_(good(staged), staged.c.agent.is_not(None), staged.c.agent_id.is_(None))
    if merge.mapping.unknown_agents == "create":
        create_people(merge, select(staged.c.agent).where(unknown).distinct())
        merge.run(resolve)
    if merge.mapping.unknown_agents != "unnamed":
        what_to_do = "load agents with this name or an alias first, or say unknown_agents in the mapping"
        set_aside_unknown(merge, "agent", staged.c.agent, what_to_do, unknown)


def set_aside_unknown(merge: Merge, column: str, name: Any, what_to_do: str, unknown: Any) -> None:
    """Set aside the rows that name somebody unknown, and say whom.

    Where a cell in a wrong column can say something private, only what looks like initials is said.
    """
    is_shown = true() if merge.mapping.kind not in WITH_PRIVATE_TEXTS else looks_like_initials(name)
    shown = case((is_shown, func.substr(name, 1, LONGEST_NAME)), else_=literal("…"))
    merge.set_aside(column, literal("'") + shown + literal(f"' is nobody whom we know; {what_to_do}"), unknown)


def looks_like_initials(name: Any) -> Any:
    return and_(func.length(name) <= LONGEST_INITIALS, func.upper(name) == name, func.lower(name) != name)


def unknown_agent(staged: Table) -> Any:
    """Whom a row names, where nobody is known by that name."""
    return case((staged.c.agent_id.is_(None), staged.c.agent), else_=null())


def create_people(merge: Merge, names: Select[Any]) -> None:
    newcomers = names.subquery()
    people = select(newcomers.c[0], newcomers.c[0], literal("agent"), literal(True)).order_by(newcomers.c[0])
    merge.run(insert(agent).from_select(["initials", "name", "role", "takes_calls"], people))


def resolve_by_initials(
    merge: Merge,
    initials: Any,
    column: str,
    *,
    into: str = "agent_id",
    source: str | None = None,
    may_create: bool = True,
) -> None:
    """Find the agent by initials, or by the alias of a source; set aside or create the unknown."""
    staged = merge.staged
    known = select(agent.c.id).where(agent.c.initials == initials).scalar_subquery()
    by_alias = (
        select(agent_alias.c.agent_id)
        .where(agent_alias.c.source == source, agent_alias.c.source_agent == initials)
        .scalar_subquery()
    )
    resolve = update(staged).where(initials.is_not(None)).values({into: func.coalesce(by_alias, known)})
    merge.run(resolve)
    unknown = and_(good(staged), initials.is_not(None), staged.c[into].is_(None))
    if may_create and merge.mapping.unknown_agents == "create":
        create_people(merge, select(initials).where(unknown).distinct())
        merge.run(resolve)
    or_a_desk = "" if may_create else f", or name a desk ({', '.join(DESKS)})"
    set_aside_unknown(merge, column, initials, f"load agents first{or_a_desk}", unknown)


def resolve_customers(merge: Merge, *, required: bool) -> None:
    """Customers by number; a number that nobody has loaded yet is a customer of whom nothing else is known."""
    staged = merge.staged
    known = staged.c.customer_number.is_not(None)
    tell_of_new_customers(merge)
    tell_of_placeholders(merge)
    Upsert(merge, customer, {"number": staged.c.customer_number}, {}, where=known).write()
    customer_id = select(customer.c.id).where(customer.c.number == staged.c.customer_number).scalar_subquery()
    merge.run(update(staged).where(known).values(customer_id=customer_id))
    if required:
        merge.set_aside("customer_number", "is missing", staged.c.customer_id.is_(None))


def tell_of_new_customers(merge: Merge) -> None:
    """Say how many customers a file names whom nobody has loaded: their numbers may have lost a zero on the way."""
    staged = merge.staged
    is_known = exists().where(customer.c.number == staged.c.customer_number)
    query = (
        select(staged.c.customer_number, func.min(staged.c.row).label("row"))
        .where(good(staged), staged.c.customer_number.is_not(None), ~is_known)
        .group_by(staged.c.customer_number)
        .order_by(func.min(staged.c.row))
    )
    newcomers = merge.connection.execute(query).all()
    if newcomers:
        shown = ", ".join(row.customer_number for row in newcomers[:MOST_CUSTOMERS_NAMED])
        more = ", …" if len(newcomers) > MOST_CUSTOMERS_NAMED else ""
        are = "customers of this file were" if len(newcomers) > 1 else "customer of this file was"
        reason = f"{len(newcomers)} {are} not known before: {shown}{more}"
        merge.notices.append(Problem(newcomers[0].row, "customer_number", reason, loaded=True))


def tell_of_placeholders(merge: Merge) -> None:
    """Say which number stands in so many rows that it hardly names a customer."""
    staged = merge.staged
    names_somebody = (good(staged), staged.c.customer_number.is_not(None))
    rows = merge.connection.scalar(select(func.count()).select_from(staged).where(*names_somebody)) or 0
    count = func.count()
    query = (
        select(staged.c.customer_number, count, func.min(staged.c.row))
        .where(*names_somebody)
        .group_by(staged.c.customer_number)
        .having(count >= max(FEWEST_ROWS_OF_A_PLACEHOLDER, rows * SMALLEST_SHARE_OF_A_PLACEHOLDER))
        .order_by(count.desc(), staged.c.customer_number)
    )
    for number, its_rows, first_row in merge.connection.execute(query):
        reason = (
            f"{its_rows} of {rows} rows name the customer {number}; if that stands for nobody, "
            "let the mapping leave those rows out, because what one customer asks counts as one matter"
        )
        merge.notices.append(Problem(first_row, "customer_number", reason, loaded=True))


def set_aside_other_customers(merge: Merge, target: Table, column: str) -> None:
    """A record stays with its customer: one that comes back with another is a mistake of the source."""
    staged = merge.staged
    stored = and_(target.c.source == merge.mapping.source, target.c.source_id == staged.c.source_id)
    another = exists().where(stored, target.c.customer_id != staged.c.customer_id)
    merge.set_aside(column, "belongs to another customer in an earlier load", another)

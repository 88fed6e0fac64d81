"""How staged rows become rows of a table, and how the people they name are found."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from data_access.schema import agent, agent_alias, customer, database_info
from data_access.sources.mapping import Mapping
from data_access.staging import differs, good, set_aside
from metrics.calendar import ONE_DAY
from metrics.house_rules import HouseRules

Days = set[date] | None


@dataclass(frozen=True)
class Merge:
    """One load while it is merged."""

    connection: Connection
    staged: Table
    phones: Table
    mapping: Mapping
    rules: HouseRules
    today: date
    now: datetime

    def run(self, statement: Any) -> None:
        self.connection.execute(statement)

    def dates(self, query: Select[Any]) -> set[date]:
        return {day for day in self.connection.scalars(query) if day is not None}

    def set_aside(self, column: str, reason: str, *where: Any) -> None:
        set_aside(self.connection, self.staged, column, reason, *where)


@dataclass(frozen=True)
class Upsert:
    """How staged rows become rows of one table: by which columns a row is known, and what it says.

    Loading a row again updates it; a missing value never blanks a known one. `defaults` fill what a new row lacks.
    """

    merge: Merge
    target: Table
    keys: dict[str, Any]
    values: dict[str, Any]
    where: Any = True
    defaults: dict[str, Any] | None = None

    @property
    def stored(self) -> Any:
        return and_(*(self.target.c[name] == key for name, key in self.keys.items()))

    def mark(self) -> None:
        """Mark the staged rows that bring something new."""
        staged = self.merge.staged
        says_the_same = exists().where(self.stored, ~differs(self.target, self.values))
        self.merge.run(update(staged).where(good(staged), self.where, ~says_the_same).values(changed=True))

    def write(self) -> None:
        staged, target = self.merge.staged, self.target
        filled = {
            name: func.coalesce(value, self.defaults[name]) if self.defaults and name in self.defaults else value
            for name, value in self.values.items()
        }
        columns = self.keys | filled
        missing = select(*columns.values()).where(good(staged), self.where, ~exists().where(self.stored))
        # Several rows of a file may name the same thing; the first brings it in.
        told_apart_by = [key for key in self.keys.values() if not isinstance(key, BindParameter)]
        first = select(func.min(staged.c.row)).where(good(staged), self.where).group_by(*told_apart_by)
        self.merge.run(insert(target).from_select(list(columns), missing.where(staged.c.row.in_(first))))
        if self.values:
            # After the insert, so that a later row of the file adds what the first did not say.
            kept = {name: func.coalesce(value, target.c[name]) for name, value in self.values.items()}
            is_new = differs(target, self.values)
            self.merge.run(update(target).where(good(staged), self.where, self.stored, is_new).values(**kept))

    def apply(self) -> None:
        self.mark()
        self.write()


def resolve_agents(merge: Merge, source: Any, *, may_create: bool = False) -> None:
    """Find the agent each row names, by the source's alias or by initials; the unknown as the mapping says."""
    staged = merge.staged
    by_alias = (
        select(agent_alias.c.agent_id)
        .where(agent_alias.c.source == source, agent_alias.c.source_agent == staged.c.agent)
        .scalar_subquery()
    )
    by_initials = select(agent.c.id).where(agent.c.initials == staged.c.agent).scalar_subquery()
    resolve = update(staged).where(staged.c.agent.is_not(None)).values(agent_id=func.coalesce(by_alias, by_initials))
    merge.run(resolve)
    unknown = and_(staged.c.agent.is_not(None), staged.c.agent_id.is_(None))
    if may_create and merge.mapping.unknown_agents == "create":
        create_people(merge, select(staged.c.agent).where(unknown).distinct())
        merge.run(resolve)
    if not may_create or merge.mapping.unknown_agents != "unnamed":
        merge.set_aside("agent", "nobody is known by this name; load agents or aliases first", unknown)


def unknown_agent(staged: Table) -> Any:
    """Whom a row names, where nobody is known by that name."""
    return case((staged.c.agent_id.is_(None), staged.c.agent), else_=null())


def create_people(merge: Merge, names: Select[Any]) -> None:
    found = names.subquery()
    people = select(found.c[0], found.c[0], literal("agent"), literal(True)).order_by(found.c[0])
    merge.run(insert(agent).from_select(["initials", "name", "role", "takes_calls"], people))


def resolve_by_initials(
    merge: Merge,
    initials: Any,
    column: str,
    *,
    into: str = "agent_id",
    source: str | None = None,
    may_create: bool = False,
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
    unknown = and_(initials.is_not(None), staged.c[into].is_(None))
    if may_create and merge.mapping.unknown_agents == "create":
        create_people(merge, select(initials).where(unknown).distinct())
        merge.run(resolve)
    merge.set_aside(column, "nobody is known by these initials; load agents first", unknown)


def record_key(merge: Merge) -> dict[str, Any]:
    return {"source": literal(merge.mapping.source), "source_id": merge.staged.c.source_id}


def resolve_customers(merge: Merge, *, required: bool) -> None:
    """Customers by number; a number that nobody has loaded yet is a customer of whom nothing else is known."""
    staged = merge.staged
    known = staged.c.customer_number.is_not(None)
    Upsert(merge, customer, {"number": staged.c.customer_number}, {}, where=known).write()
    found = select(customer.c.id).where(customer.c.number == staged.c.customer_number).scalar_subquery()
    merge.run(update(staged).where(known).values(customer_id=found))
    if required:
        merge.set_aside("customer_number", "is missing", staged.c.customer_id.is_(None))


def set_aside_other_customers(merge: Merge, target: Table, column: str) -> None:
    """A record stays with its customer: one that comes back with another is a mistake of the source."""
    staged = merge.staged
    stored = and_(target.c.source == merge.mapping.source, target.c.source_id == staged.c.source_id)
    another = exists().where(stored, target.c.customer_id != staged.c.customer_id)
    merge.set_aside(column, "belongs to another customer in an earlier load", another)


def leave_out_what_was_blanked(merge: Merge, *names: str) -> None:
    """What the retention has blanked does not come back with an old file (P2)."""
    staged = merge.staged
    blanked_before = select(database_info.c.blanked_before).scalar_subquery()
    merge.run(update(staged).where(staged.c.local_date < blanked_before).values(dict.fromkeys(names)))


def with_neighbours(days: set[date]) -> set[date]:
    """Talks and rings go on past midnight, so a day's calls bear on the calls of the days around it."""
    return {day + offset * ONE_DAY for day in days for offset in (-1, 0, 1)}

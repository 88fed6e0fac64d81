"""How staged rows become rows of a table, and how the people they name are found."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    Table,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from data_access.database.schema import database_info
from data_access.loading.stage import differs, good, set_aside
from data_access.sources.files import Problem
from data_access.sources.mapping import Mapping
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
    notices: list[Problem] = field(default_factory=list)
    """What is to be said of rows that are loaded."""

    def run(self, statement: Any) -> None:
        self.connection.execute(statement)

    def dates(self, query: Select[Any]) -> set[date]:
        return {day for day in self.connection.scalars(query) if day is not None}

    def set_aside(self, column: str, reason: Any, *where: Any) -> None:
        set_aside(self.connection, self.staged, column, reason, *where)


@dataclass(frozen=True)
class Upsert:
    """How staged rows become rows of one table: by which columns a row is known, and what it says.

    Loading a row again updates it; a missing value never blanks a known one, but for those in `clears`. `defaults` fill
    what a new row lacks.
    """

    merge: Merge
    target: Table
    keys: dict[str, Any]
    values: dict[str, Any]
    where: Any = True
    defaults: dict[str, Any] | None = None
    clears: tuple[str, ...] = ()
    """Values that a file takes back where it gives them empty."""

    @property
    def stored(self) -> Any:
        return and_(*(self.target.c[name] == key for name, key in self.keys.items()))

    @property
    def is_new(self) -> Any:
        """The staged row says something of the stored one that it does not say yet."""
        is_cleared = [and_(self.values[name].is_(None), self.target.c[name].is_not(None)) for name in self.clears]
        return or_(differs(self.target, self.values), *is_cleared)

    def mark(self) -> None:
        """Mark the staged rows that bring something new."""
        staged = self.merge.staged
        says_the_same = exists().where(self.stored, ~self.is_new)
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
            kept = {
                name: value if name in self.clears else func.coalesce(value, target.c[name])
                for name, value in self.values.items()
            }
            self.merge.run(update(target).where(good(staged), self.where, self.stored, self.is_new).values(**kept))

    def apply(self) -> None:
        self.mark()
        self.write()


def record_key(merge: Merge) -> dict[str, Any]:
    return {"source": literal(merge.mapping.source), "source_id": merge.staged.c.source_id}


def leave_out_what_was_blanked(merge: Merge, *names: str) -> None:
    """What the retention has blanked does not come back with an old file (P2)."""
    staged = merge.staged
    blanked_before = select(database_info.c.blanked_before).scalar_subquery()
    merge.run(update(staged).where(staged.c.local_date < blanked_before).values(dict.fromkeys(names)))


def with_neighbours(days: set[date]) -> set[date]:
    """Talks and rings go on past midnight, so a day's calls bear on the calls of the days around it."""
    return {day + offset * ONE_DAY for day in days for offset in (-1, 0, 1)}

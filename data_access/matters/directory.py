"""Who was who, and since when: desks, absences, buddies, employment; read once for many matters."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from data_access.database.schema import absence, agent, buddy_pair, employment, kc_list, team, team_member
from data_access.database.versions import kept_while_unchanged
from metrics.calendar import local_day, rest_of_working_day
from metrics.callbacks import Holder
from metrics.house_rules import HouseRules
from metrics.routing import CaseHandler

Rows = list[Any]


@dataclass
class Directory:
    """Who is who, and since when: teams' desks, absences, buddies, owners; read once for many matters."""

    rules: HouseRules
    initials: dict[int, str]
    memberships: dict[int, Rows]
    employments: dict[int, Rows]
    absences: dict[int, Rows]
    buddies: dict[int, Rows]
    disabled_at: dict[int, datetime]
    kc_list: dict[tuple[str, str], Rows] = field(default_factory=dict)
    """When somebody's initials, or a portfolio (in small letters), stood on KC's list, by kind and name."""

    @cached_property
    def ids(self) -> dict[str, int]:
        return {initials: agent_id for agent_id, initials in self.initials.items()}

    def desk_of(self, agent_id: int, day: date) -> str:
        return next((row.desk for row in self.memberships[agent_id] if holds(row, day)), "agents")

    def buddy_of(self, agent_id: int, day: date) -> int | None:
        for row in self.buddies[agent_id]:
            if holds(row, day):
                return int(row.buddy_id if row.agent_id == agent_id else row.agent_id)
        return None

    def is_absent(self, agent_id: int, at: datetime) -> bool:
        return any(row.starts_at <= at < row.ends_at for row in self.absences[agent_id])

    def is_away_for_the_day(self, agent_id: int, at: datetime, desk: str = "agents") -> bool:
        """Away for at least the rest of the working day (B5); outside opening hours the next working day counts."""
        rest = rest_of_working_day(self.rules, desk, at)
        if rest is None:
            return False
        away_until, closes = rest
        for row in sorted(self.absences[agent_id], key=lambda away: away.starts_at):
            if row.starts_at <= away_until < row.ends_at:
                away_until = row.ends_at
        return away_until >= closes

    def is_active(self, agent_id: int, at: datetime) -> bool:
        """Employed, and not on the list of those whose customers pass to KC, as it was on that day (K1)."""
        is_listed = self.is_on_kc_list("handler", self.initials[agent_id], local_day(at, self.rules))
        return self.is_employed(agent_id, at) and not is_listed

    def is_portfolio_of_kc(self, portfolio: str | None, day: date) -> bool:
        return portfolio is not None and self.is_on_kc_list("portfolio", portfolio.lower(), day)

    def is_on_kc_list(self, kind: str, name: str, day: date) -> bool:
        return any(holds(row, day) for row in self.kc_list.get((kind, name), ()))

    def is_employed(self, agent_id: int, at: datetime) -> bool:
        """Employed then, as far as anybody says, and not disabled."""
        day = local_day(at, self.rules)
        employed = not self.employments[agent_id] or any(holds(row, day) for row in self.employments[agent_id])
        return employed and not (agent_id in self.disabled_at and self.disabled_at[agent_id] <= at)

    def hired_on(self, agent_id: int, day: date) -> date | None:
        """Since when somebody has been employed without a break, as of a day."""
        spans = sorted(self.employments[agent_id], key=lambda row: row.from_date, reverse=True)
        begun = next((row.from_date for row in spans if holds(row, day)), None)
        for row in spans:
            if begun is not None and row.from_date < begun and (row.to_date is None or row.to_date >= begun):
                begun = row.from_date
        return begun

    def was_in_one_of(self, agent_id: int, team_ids: tuple[int, ...], day: date) -> bool:
        return any(row.team_id in team_ids and holds(row, day) for row in self.memberships[agent_id])

    def may_settle(self, agent_id: int, holder: Holder, at: datetime) -> bool:
        """Whether an answer of this agent stops the clock (B3): the owner, the covering buddy, the owning desk."""
        day = local_day(at, self.rules)
        if holder.agent_id is None:
            return self.desk_of(agent_id, day) == holder.desk
        covers = self.is_absent(holder.agent_id, at) and self.buddy_of(holder.agent_id, day) == agent_id
        return agent_id == holder.agent_id or covers


def holds(row: Any, day: date) -> bool:
    return row.from_date <= day and (row.to_date is None or day < row.to_date)


def grouped(connection: Connection, query: Any, key: str) -> dict[Any, Rows]:
    """The rows of a query by one column, in their order."""
    groups: dict[Any, Rows] = defaultdict(list)
    for row in connection.execute(query):
        groups[getattr(row, key)].append(row)
    return groups


def read_directory(connection: Connection, rules: HouseRules) -> Directory:
    """The directory, read once for all questions until the data change; nobody writes into it."""
    return kept_while_unchanged(connection, "directory", (rules,), lambda: directory_as_stored(connection, rules))


def directory_as_stored(connection: Connection, rules: HouseRules) -> Directory:
    people = connection.execute(select(agent.c.id, agent.c.initials, agent.c.disabled_at)).all()
    from_to = (team_member.c.from_date, team_member.c.to_date)
    members = select(team_member.c.agent_id, team_member.c.team_id, team.c.desk, *from_to).join(team)
    buddies: dict[int, Rows] = defaultdict(list)
    initials = {row.id: row.initials for row in people}
    pairs = connection.execute(select(*buddy_pair.c)).all()
    # In an order that does not depend on which pair was loaded first.
    for pair in sorted(
        pairs,
        key=lambda dated_pair: (dated_pair.from_date, initials[dated_pair.agent_id], initials[dated_pair.buddy_id]),
    ):
        buddies[pair.agent_id].append(pair)
        buddies[pair.buddy_id].append(pair)
    return Directory(
        rules,
        initials=initials,
        memberships=grouped(connection, members.order_by(team_member.c.from_date, team.c.name), "agent_id"),
        employments=grouped(connection, select(*employment.c), "agent_id"),
        absences=grouped(connection, select(absence.c.agent_id, absence.c.starts_at, absence.c.ends_at), "agent_id"),
        buddies=buddies,
        disabled_at={row.id: row.disabled_at for row in people if row.disabled_at},
        kc_list=listings_of_kc(connection),
    )


def listings_of_kc(connection: Connection) -> dict[tuple[str, str], Rows]:
    listed: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in connection.execute(select(kc_list.c.kind, kc_list.c.name, kc_list.c.from_date, kc_list.c.to_date)):
        listed[row.kind, row.name if row.kind == "handler" else row.name.lower()].append(row)
    return dict(listed)


def receiver(agent_id: int | None, desk: str | None, directory: Directory, day: date) -> Holder:
    return Holder(directory.desk_of(agent_id, day), agent_id) if agent_id else Holder(desk or "agents")


def receiver_of(row: Any, directory: Directory, day: date) -> Holder | None:
    """To whom a message was sent; None where it never was, or the source does not say."""
    if row.sent_to_id is None and row.sent_to_desk is None:
        return None
    return receiver(row.sent_to_id, row.sent_to_desk, directory, day)


def as_owner(handler: CaseHandler, directory: Directory, day: date) -> Holder:
    """Who has a request that was sent to nobody: the handler, else KC."""
    if handler.agent_id is None or not handler.is_active:
        return Holder("kc")
    return Holder(directory.desk_of(handler.agent_id, day), handler.agent_id)

"""The merge of who works here: teams, people, memberships, aliases, buddies."""

from datetime import date
from typing import Any

from sqlalchemy import Table, and_, case, delete, exists, false, func, insert, null, or_, select, update

from data_access.database.schema import (
    agent,
    agent_alias,
    buddy_pair,
    employment,
    queue,
    queue_team,
    ring,
    team,
    team_lead,
    team_member,
)
from data_access.loading.resolve import resolve_by_initials
from data_access.loading.stage import contradicts_earlier, good
from data_access.loading.upsert import Days, Merge, Upsert
from data_access.sources.preparing import HELD_SINCE_EVER


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
    values = {name: staged.c[name] for name in ("name", "role", "email", "takes_calls")}
    for name in values:
        reason = "the agent has another value in an earlier row"
        merge.set_aside(name, reason, contradicts_earlier(staged, "initials", name))
    pass_addresses_on(merge)
    give_initials_to_the_created(merge)
    defaults = {"role": "agent", "takes_calls": True}
    Upsert(merge, agent, {"initials": staged.c.initials}, values, defaults=defaults).apply()
    agent_id = select(agent.c.id).where(agent.c.initials == staged.c.initials).scalar_subquery()
    merge.run(update(staged).values(agent_id=agent_id))
    switch_access(merge)
    keys = {"agent_id": staged.c.agent_id, "from_date": staged.c.from_date}
    Upsert(merge, employment, keys, {"to_date": staged.c.to_date}, where=staged.c.from_date.is_not(None)).apply()
    return put_into_teams(merge)


def give_initials_to_the_created(merge: Merge) -> None:
    """Whoever was created by the name that a telephone system has for them gets the initials that come now, and keeps
    their calls."""
    staged = merge.staged
    known = agent.alias("known")
    is_theirs = and_(good(staged), staged.c.name == agent.c.initials, staged.c.initials != staged.c.name)
    is_free = ~exists().where(known.c.initials == staged.c.initials)
    initials = select(func.min(staged.c.initials)).where(is_theirs, is_free).scalar_subquery()
    merge.run(update(agent).where(exists().where(is_theirs, is_free)).values(initials=initials))


def put_into_teams(merge: Merge) -> Days:
    """A list of staff may say in which team each person is, and who leads it: from their first day or, where they were
    in another team, from today. A team that nobody has loaded yet is a team of case handlers."""
    staged = merge.staged
    has_team = staged.c.team.is_not(None)
    Upsert(merge, team, {"name": staged.c.team}, {"desk": null()}, where=has_team, defaults={"desk": "agents"}).apply()
    team_id = select(team.c.id).where(team.c.name == staged.c.team).scalar_subquery()
    merge.run(update(staged).where(has_team).values(team_id=team_id))
    is_lead = and_(agent.c.id == staged.c.agent_id, agent.c.role == "agent", staged.c.leads, good(staged))
    merge.run(update(agent).where(exists().where(is_lead)).values(role="team_lead"))
    belongs, leads = and_(good(staged), has_team), func.coalesce(staged.c.leads, False)
    moved = [
        move_between_teams(merge, team_member, belongs, belongs),
        move_between_teams(merge, team_lead, and_(belongs, leads), and_(good(staged), staged.c.leads.is_not(None))),
    ]
    return None if any(moved) else set()


def move_between_teams(merge: Merge, table: Table, now_in: Any, is_told: Any) -> bool:
    """Begin what the rows of `now_in` say and is not so yet, and end today what the rows of `is_told` no longer say;
    gives whether anything changed."""
    staged, today = merge.staged, merge.today

    def goes_on(held: Any) -> Any:
        return and_(held.agent_id == staged.c.agent_id, or_(held.to_date.is_(None), held.to_date > today))

    other, same, ever = table.c, table.alias("same").c, table.alias("ever").c
    says_so = exists().where(now_in, staged.c.agent_id == other.agent_id, staged.c.team_id == other.team_id)
    is_over = and_(exists().where(is_told, goes_on(other)), ~says_so)
    ended = merge.connection.execute(update(table).where(is_over).values(to_date=today)).rowcount
    # Whoever comes back on the day on which they went was never away.
    merge.run(delete(table).where(other.to_date == today, other.from_date == today))
    was_ever, last_day = exists().where(ever.agent_id == staged.c.agent_id), staged.c.to_date
    is_still_there = or_(last_day.is_(None), last_day > today)
    is_same = exists().where(goes_on(same), same.team_id == staged.c.team_id)
    is_new = and_(now_in, ~is_same, or_(is_still_there, ~was_ever))
    since = case((was_ever, today), else_=func.coalesce(staged.c.from_date, HELD_SINCE_EVER))
    merge.run(update(staged).where(is_new).values(changed=True))
    # Of somebody who left and came back the list has a row each.
    until = case((func.count() == func.count(last_day), func.max(last_day)))
    rows = select(staged.c.agent_id, staged.c.team_id, func.min(since), until).where(is_new)
    rows = rows.group_by(staged.c.agent_id, staged.c.team_id)
    columns = ["agent_id", "team_id", "from_date", "to_date"]
    begun = merge.connection.execute(insert(table).from_select(columns, rows)).rowcount
    return bool(ended or begun)


def pass_addresses_on(merge: Merge) -> None:
    """An e-mail address, in capitals or not, is one person's: that of the employee, not of its former owner.

    Somebody who has left loses it to its present owner, whichever of them stands first in the file, or alone.
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
    updated = merge.connection.execute(update(ring).where(moved).values(agent_id=staged.c.agent_id))
    return None if updated.rowcount else set()


def merge_buddies(merge: Merge) -> Days:
    staged = merge.staged
    resolve_by_initials(merge, staged.c.agent, "agent")
    merge.set_aside("buddy", "nobody is their own buddy", staged.c.agent == staged.c.buddy)
    resolve_by_initials(merge, staged.c.buddy, "buddy", into="other_agent_id")
    from_date = func.coalesce(staged.c.from_date, HELD_SINCE_EVER)
    keys = {"agent_id": staged.c.agent_id, "buddy_id": staged.c.other_agent_id, "from_date": from_date}
    Upsert(merge, buddy_pair, keys, {"to_date": staged.c.to_date}).apply()
    return set()

"""Who may see whose rows (P1): each condition by itself, against the cast on days before and after Birgit moves South.

Birgit is in North until 31 May 2026 and in South from 1 June. Reception is a queue of both teams, Service of South.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Integer, Text, false, insert, literal, null, select, true, union_all
from support.cast import ALICE, BIRGIT, BOB, CARL, DORA, at
from support.databases import Load, begins_with
from support.templates import AGENCY

from data_access.database.engine import reading
from data_access.database.schema import absence, agent, buddy_pair, queue, queue_team, team, team_member
from data_access.database.writing import writing
from data_access.scope import (
    Scope,
    Viewer,
    covers_as_buddy,
    desk_of_teams,
    may_coach,
    may_hand_over,
    may_see_call,
    may_see_callback,
    may_see_pair,
    scope_of,
    team_of,
    was_in_team,
    was_teams_queue,
)

IN_MAY, LAST_OF_MAY, IN_JUNE = date(2026, 5, 6), date(2026, 5, 31), date(2026, 6, 1)
NOON = at("12:00", IN_MAY)
EVERYTHING, NOBODY = Scope(sees_everything=True), Scope()


@begins_with(AGENCY)
def pairs(load: Load) -> None:
    """Bob and Birgit are buddies since 1 May; Bob is away on Wednesday from 10 to 12."""
    load.all_of(("buddies", "agent,buddy\nBO,BIR\n"))
    ids = ids_of(agent, agent.c.initials)
    with writing() as connection:
        connection.execute(buddy_pair.update().values(from_date=date(2026, 5, 1)))
        away = {"source": "test", "source_id": "1", "kind": "errand", "first_day": IN_MAY, "last_day": IN_MAY}
        span = {"starts_at": at("10:00"), "ends_at": NOON}
        connection.execute(insert(absence).values(agent_id=ids[BOB], **away, **span))


@pytest.fixture
def ids(pairs: Load) -> Callable[[str], int]:  # noqa: ARG001
    """The number of an agent, team or queue by its name."""
    known = ids_of(agent, agent.c.initials) | ids_of(team, team.c.name) | ids_of(queue, queue.c.name)
    return known.__getitem__


def ids_of(table: Any, name: Any) -> dict[str, int]:
    with reading() as connection:
        return {str(key): int(value) for key, value in connection.execute(select(name, table.c.id))}


def rows_where(condition: ColumnElement[bool], *columns: Any) -> set[Any]:
    """What stands in the columns of the rows that fulfil it; of one column its values."""
    with reading() as connection:
        found = connection.execute(select(*columns).where(condition)).all()
    return {row[0] if len(columns) == 1 else row for row in found}


def is_so(condition: ColumnElement[bool]) -> bool:
    with reading() as connection:
        return bool(connection.scalar(select(literal(1)).where(condition)))


def number(value: int | None) -> Any:
    return null() if value is None else literal(value, Integer)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("admin", Scope(True, (7,), (), (), True, True, False, True)),  # health too, and what stood in rejected cells
        ("quality", Scope(True, (7,), (), (), True, False, True, False)),  # concerns too, about others
        ("kc", Scope(False, (7,), (), ("kc",), True, True)),  # what lies with the desk
        ("team_lead", Scope(False, (7,), (1, 3), (), True, True)),  # the teams in order: a scope is a cache's key
        ("agent", Scope(False, (7,), (), (), True, True)),
        ("anything else", Scope(False, (7,), (), (), True, True)),
    ],
)
def test_the_scope_follows_from_the_role(role: str, expected: Scope) -> None:
    assert scope_of(Viewer("N", role, 7, (3, 1))) == expected


def test_whoever_is_no_agent_has_no_rows_in_person() -> None:
    assert scope_of(Viewer("N", "agent")).agent_ids == ()


@pytest.mark.parametrize(
    ("scope", "expected"), [(EVERYTHING, True), (Scope(team_ids=(1,)), True), (Scope(agent_ids=(1,)), False)]
)
def test_what_belongs_to_a_team_is_the_leads_and_whoever_sees_everything(scope: Scope, expected: bool) -> None:
    assert scope.sees_a_team is expected


@pytest.mark.parametrize(
    ("role", "may"),
    [("admin", True), ("quality", True), ("team_lead", True), ("kc", False), ("agent", False), ("", False)],
)
def test_who_hands_over_and_who_coaches(role: str, may: bool) -> None:
    assert may_hand_over(Viewer("N", role)) is may
    assert may_coach(Viewer("N", role)) is may


@pytest.mark.parametrize(
    ("day", "north", "south"),
    [
        (IN_MAY, {BOB, BIRGIT}, {CARL}),
        (LAST_OF_MAY, {BOB, BIRGIT}, {CARL}),  # the last day counts
        (IN_JUNE, {BOB}, {CARL, BIRGIT}),  # and so does the first
        (date(2019, 12, 31), set(), set()),  # the day before the first of all
        (date(2020, 1, 1), {BOB, BIRGIT}, {CARL}),
    ],
)
def test_who_was_in_a_team_on_a_day(ids: Callable[[str], int], day: date, north: set[str], south: set[str]) -> None:
    assert rows_where(was_in_team(agent.c.id, day, (ids("North"),)), agent.c.initials) == north
    assert rows_where(was_in_team(agent.c.id, day, (ids("South"),)), agent.c.initials) == south
    assert rows_where(was_in_team(agent.c.id, day, (ids("North"), ids("South"))), agent.c.initials) == north | south
    assert rows_where(was_in_team(agent.c.id, day, ()), agent.c.initials) == set()
    names = {ids("North"): "North", ids("South"): "South", None: None}
    found = rows_where(true(), agent.c.initials, team_of(agent.c.id, literal(day)))
    expected = dict.fromkeys(north, "North") | dict.fromkeys(south, "South")
    assert {name: names[of] for name, of in found} == dict.fromkeys((ALICE, BOB, BIRGIT, CARL, DORA)) | expected


def test_of_two_teams_the_one_joined_first_counts_and_then_the_name(ids: Callable[[str], int]) -> None:
    with writing() as connection:
        for name, since in (("South", date(2020, 1, 1)), ("North", date(2021, 1, 1))):
            connection.execute(insert(team_member).values(agent_id=ids(DORA), team_id=ids(name), from_date=since))
    rows = rows_where(agent.c.initials == DORA, team_of(agent.c.id, literal(IN_MAY)))
    assert rows == {ids("South")}
    with writing() as connection:
        dora = team_member.c.agent_id == ids(DORA)
        connection.execute(team_member.update().where(dora).values(from_date=date(2020, 1, 1)))
    assert rows_where(agent.c.initials == DORA, team_of(agent.c.id, literal(IN_MAY))) == {ids("North")}


@pytest.mark.parametrize(
    ("teams", "queues"),
    [(("North",), {"Reception"}), (("South",), {"Reception", "Service"}), ((), set())],
)
def test_a_queue_of_several_teams_is_each_ones(
    ids: Callable[[str], int], teams: tuple[str, ...], queues: set[str]
) -> None:
    team_ids, day = tuple(map(ids, teams)), literal(IN_MAY)
    assert rows_where(was_teams_queue(queue.c.id, day, team_ids), queue.c.name) == queues
    assert rows_where(may_see_call(Scope(team_ids=team_ids), queue.c.id, day), queue.c.name) == queues
    # An agent has no calls as the customer met them, and whoever sees everything has all, also those of no queue.
    assert rows_where(may_see_call(Scope(agent_ids=(ids(BOB),)), queue.c.id, day), queue.c.name) == set()
    assert rows_where(may_see_call(EVERYTHING, queue.c.id, day), queue.c.name) == {"Reception", "Service"}


def test_a_queue_that_was_taken_away_is_not_seen_any_more(ids: Callable[[str], int]) -> None:
    with writing() as connection:
        connection.execute(queue_team.update().values(to_date=IN_JUNE))
    south = Scope(team_ids=(ids("South"),))
    seen = [rows_where(may_see_call(south, queue.c.id, literal(day)), queue.c.name) for day in (LAST_OF_MAY, IN_JUNE)]
    assert seen == [{"Reception", "Service"}, set()]  # half-open


@pytest.mark.parametrize(
    ("who", "which", "scope", "sees"),
    [
        (BOB, "Service", {"agent_ids": (BOB,)}, True),  # one's own, whatever the queue
        (BOB, "Reception", {"agent_ids": (BIRGIT,)}, False),
        (BOB, "Service", {"team_ids": ("North",)}, True),  # the pair belongs to the agent's team
        (BOB, "Service", {"team_ids": ("South",)}, False),  # and not to the queue's
        (None, "Service", {"team_ids": ("South",)}, True),  # nobody rang: it belongs to the queue's team
        (None, "Service", {"team_ids": ("North",)}, False),
        (None, "Service", {"agent_ids": (CARL,)}, False),
        (DORA, "Service", {"team_ids": ("South", "North")}, False),  # of no team
        (DORA, "Service", {"sees_everything": True}, True),
        (None, "Service", {}, False),
    ],
)
def test_a_pair_belongs_to_its_agent_and_that_ones_team(
    ids: Callable[[str], int], who: str | None, which: str, scope: dict[str, Any], sees: bool
) -> None:
    seen = Scope(**{key: value if value is True else tuple(map(ids, value)) for key, value in scope.items()})
    pair = number(who and ids(who)), number(ids(which)), literal(IN_MAY)
    assert is_so(may_see_pair(seen, *pair)) is sees


@pytest.mark.parametrize(
    ("teams", "desks"),
    [(("South",), {"kc"}), (("North",), set()), (("North", "South"), {"kc"}), ((), set())],
)
def test_a_desk_is_seen_by_the_team_that_serves_it_alone(
    ids: Callable[[str], int], teams: tuple[str, ...], desks: set[str]
) -> None:
    # The agents' desk belongs to several teams and to none of them.
    found = {name for name in ("kc", "agents") if is_so(desk_of_teams(literal(name), tuple(map(ids, teams))))}
    assert found == desks


@pytest.mark.parametrize(
    ("whose", "buddy", "day", "now", "covers"),
    [
        (BOB, BIRGIT, IN_MAY, at("10:00"), True),  # Bob is away from now on
        (BOB, BIRGIT, IN_MAY, at("10:00") - timedelta(seconds=1), False),
        (BOB, BIRGIT, IN_MAY, NOON - timedelta(seconds=1), True),
        (BOB, BIRGIT, IN_MAY, NOON, False),  # and back
        (BIRGIT, BOB, IN_MAY, at("11:00"), False),  # she is there
        (BOB, CARL, IN_MAY, at("11:00"), False),  # no buddy
        (BOB, BOB, IN_MAY, at("11:00"), False),
        (BOB, BIRGIT, date(2026, 4, 30), at("11:00"), False),  # the pair is of May
    ],
)
def test_a_buddy_covers_whoever_is_away(
    ids: Callable[[str], int], whose: str, buddy: str, day: date, now: datetime, covers: bool
) -> None:
    assert is_so(covers_as_buddy(number(ids(whose)), (ids(buddy),), day, now)) is covers


def test_a_pair_covers_in_both_directions(ids: Callable[[str], int]) -> None:
    with writing() as connection:
        connection.execute(absence.update().values(agent_id=ids(BIRGIT)))
    assert is_so(covers_as_buddy(number(ids(BIRGIT)), (ids(BOB),), IN_MAY, at("11:00")))
    assert not is_so(covers_as_buddy(number(ids(BOB)), (ids(BIRGIT),), IN_MAY, at("11:00")))
    assert not is_so(covers_as_buddy(number(ids(BIRGIT)), (ids(CARL),), IN_MAY, at("11:00")))  # of no pair with her
    with writing() as connection:
        connection.execute(absence.update().values(agent_id=ids(CARL)))
    for buddy in (BOB, BIRGIT):  # they are a pair, but not with Carl
        assert not is_so(covers_as_buddy(number(ids(CARL)), (ids(buddy),), IN_MAY, at("11:00")))


@pytest.mark.parametrize(
    ("who", "desk", "is_open", "scope", "sees"),
    [
        (BOB, None, False, {"agent_ids": (BOB,)}, True),  # one's own, also when it is done
        (BOB, None, True, {"agent_ids": (CARL,)}, False),
        (BOB, None, False, {"team_ids": ("North",)}, True),
        (BOB, None, True, {"team_ids": ("South",)}, False),
        (None, "kc", True, {"desks": ("kc",)}, True),
        (None, "kc", True, {"desks": ("policy",)}, False),
        (None, "kc", True, {"team_ids": ("South",)}, True),  # who serves the desk
        (None, "kc", True, {"team_ids": ("North",)}, False),
        (BOB, "kc", True, {"team_ids": ("South",)}, False),  # somebody in person has it, so it is not the desk's
        (None, "agents", True, {"team_ids": ("North",)}, False),
        (BOB, None, True, {"agent_ids": (BIRGIT,)}, True),  # the buddy, while Bob is away
        (BOB, None, False, {"agent_ids": (BIRGIT,)}, False),  # and only what is open
        (BOB, None, False, {"sees_everything": True}, True),
        (BOB, None, True, {}, False),
    ],
)
def test_a_callback_belongs_to_who_has_it_their_team_a_desk_or_a_buddy(
    ids: Callable[[str], int], who: str | None, desk: str | None, is_open: bool, scope: dict[str, Any], sees: bool
) -> None:
    seen = Scope(
        **{key: value if value is True or key == "desks" else tuple(map(ids, value)) for key, value in scope.items()}
    )
    holder = number(who and ids(who)), literal(desk, Text), literal(IN_MAY)
    condition = may_see_callback(seen, *holder, true() if is_open else false(), IN_MAY, at("11:00"))
    assert is_so(condition) is sees


def test_nobody_sees_nothing(ids: Callable[[str], int]) -> None:
    everybody = union_all(select(agent.c.id.label("agent_id")), select(number(None).label("agent_id"))).subquery()
    pair = everybody.c.agent_id, number(ids("Service")), literal(IN_MAY)
    assert rows_where(may_see_pair(NOBODY, *pair), everybody.c.agent_id) == set()
    assert len(rows_where(may_see_pair(EVERYTHING, *pair), everybody.c.agent_id)) == 6

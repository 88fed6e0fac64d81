"""Who is pointed out and who is not: the planted truths, small agencies, scopes, and every case behind every figure."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import insert, select
from support.cast import ALICE, BIRGIT, BOB, CARL
from support.databases import ON_SQLITE, Database, Load
from support.simulated_year import SimulatedYear
from support.templates import END_OF_MONTH, TABLES

from data_access.database.engine import reading
from data_access.database.schema import agent, call, ring, team
from data_access.database.writing import writing
from data_access.demo import truths as planted
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.calls import Filters
from data_access.questions.coaching import (
    AgencySignals,
    Colleague,
    Signals,
    agency_signals,
    coaching_signals,
    colleague,
    days_over,
    evidence,
    looked_back,
    new_signals,
)
from data_access.questions.coaching_sessions import concerns
from data_access.questions.measures import MEASURES
from data_access.scope import EVERYBODY, Scope, Viewer, scope_of
from data_access.settings import database_url
from metrics.calendar import monday_of
from metrics.house_rules import HouseRules

EVERYTHING = Scope(sees_everything=True)
FRIDAY = date(2026, 11, 20)
LATELY = looked_back(FRIDAY)
MAY = CallbackFilters(date(2026, 4, 13), date(2026, 5, 6))
TODAY = date(2026, 5, 7)


OF_THE_YEAR: dict[tuple[str, CallbackFilters, date], AgencySignals] = {}
"""The simulated year stays as it is, so its signals of a period are worked out once."""


def agency_of(period: CallbackFilters, rules: HouseRules, today: date) -> AgencySignals:
    key = (database_url(), period, today)
    if not key[0].endswith("/year.db"):
        return agency_signals(EVERYBODY, period, rules, today)
    if key not in OF_THE_YEAR:
        OF_THE_YEAR[key] = agency_signals(EVERYBODY, period, rules, today)
    return OF_THE_YEAR[key]


def signals_seen(scope: Scope, filters: Filters, rules: HouseRules, today: date) -> Signals:
    agency = agency_of(days_over(filters, today), rules, today)
    return coaching_signals(scope, agency, filters, rules, today)


def page_of(scope: Scope, filters: Filters, rules: HouseRules, today: date) -> Colleague | None:
    agency = agency_of(days_over(filters, today), rules, today)
    return colleague(scope, agency, filters, rules, today)


def brought_by_the_week(scope: Scope, rules: HouseRules, today: date) -> pd.DataFrame:
    monday = monday_of(today)
    agency, before = (agency_of(looked_back(to), rules, to) for to in (today, monday))
    return new_signals(scope, agency, before, rules, today)


@pytest.fixture
def in_the_year(simulated_year: SimulatedYear, monkeypatch: pytest.MonkeyPatch) -> SimulatedYear:
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    return simulated_year


@pytest.mark.usefixtures("in_the_year")
def test_the_planted_colleagues_are_found_and_nobody_else(house_rules: HouseRules) -> None:
    found = signals_seen(EVERYTHING, LATELY, house_rules, FRIDAY).signals
    helped = found[found["kind"] == "help"]
    weak = set(zip(helped["agent"], helped["measure"], strict=True))
    assert weak == {
        *((one, "chances_answered") for one in planted.ANSWERS_LESS),
        (planted.DRAWS_REMINDERS, "requests_attempted"),
        (planted.DRAWS_REMINDERS, "requests_reached"),
        (planted.FORGETS_NOTES, "conversations_written"),
        (planted.INVENTS_ATTEMPTS, "attempts_in_the_log"),
        # Both must follow the pattern and are held against the rule, which asks for nine of ten days.
        (planted.STOPS_AFTER_ONE, "pattern_days_kept"),
        (planted.DRAWS_REMINDERS, "pattern_days_kept"),
    }
    strengths = found[found["kind"] == "strength"]
    assert set(zip(strengths["agent"], strengths["measure"], strict=True)) == {
        (planted.NEW_AND_KEEPS_PATTERN, "pattern_days_kept")
    }
    assert set(helped["state"]) == {"act"}
    assert found["since"].isna().all()  # each holds since the whole period


def test_signals_are_worked_out_over_everybody_or_not_at_all(house_rules: HouseRules) -> None:
    with pytest.raises(ValueError, match="over the whole agency"):
        agency_signals(Scope(team_ids=(1,)), LATELY, house_rules, FRIDAY)


@pytest.mark.usefixtures("in_the_year")
@pytest.mark.parametrize("weeks", [26, 52])
def test_longer_periods_point_at_nobody_else(house_rules: HouseRules, weeks: int) -> None:
    period = CallbackFilters(FRIDAY - timedelta(weeks=weeks), FRIDAY - timedelta(days=1))
    found = signals_seen(EVERYTHING, period, house_rules, FRIDAY).signals
    assert set(found["agent"]) - {planted.RECOVERED_TWICE, planted.FELL_IN_SPRING} == {
        *planted.ANSWERS_LESS,
        planted.DRAWS_REMINDERS,
        planted.FORGETS_NOTES,
        planted.INVENTS_ATTEMPTS,
        planted.STOPS_AFTER_ONE,
        planted.NEW_AND_KEEPS_PATTERN,
    }
    # What they do for their buddy, who is late, is not held against whoever covers.
    assert planted.COVERS_LATE not in set(found["agent"])


@pytest.mark.usefixtures("in_the_year")
def test_both_bad_spells_of_a_colleague_who_recovered_twice_stand_on_the_chart(
    in_the_year: SimulatedYear, house_rules: HouseRules
) -> None:
    filters = CallbackFilters(LATELY.from_date, LATELY.to_date, agent_id=agent_ids()[planted.RECOVERED_TWICE])
    shown = page_of(EVERYTHING, filters, house_rules, FRIDAY)
    assert shown is not None
    drawn = shown.charts["chances_answered"]
    points, (first, second) = drawn.points, drawn.spells
    for spell, key in ((first, "answered_less"), (second, "answered_less_again")):
        truth = in_the_year.truths[key]
        assert spell.direction == "low"
        assert abs(points["week"][spell.first] - truth.first_day) <= timedelta(weeks=2)
        assert abs(points["week"][spell.last] - truth.last_day) <= timedelta(weeks=2)


@pytest.mark.usefixtures("in_the_year")
def test_lunch_and_bad_luck_are_no_signals(house_rules: HouseRules) -> None:
    seen = signals_seen(EVERYTHING, LATELY, house_rules, FRIDAY).comparisons
    of_calls = seen[seen["measure"] == "chances_answered"].set_index("agent")
    assert of_calls.loc[planted.LUNCH_SHIFT, "state"] == "as_expected"
    # Most of what was missed lies in four weeks: it is chance, or a bad spell, and no signal either way.
    assert of_calls.loc[planted.BAD_LUCK, "state"] in ("one_spell", "as_expected")
    last_month = CallbackFilters(FRIDAY - timedelta(days=28), FRIDAY)
    lately = signals_seen(EVERYTHING, last_month, house_rules, FRIDAY).comparisons
    of_calls = lately[lately["measure"] == "chances_answered"].set_index("agent")
    assert of_calls.loc[planted.BAD_LUCK, "state"] in ("too_few", "as_expected")  # some twenty cases
    assert of_calls.loc[planted.LUNCH_SHIFT, "state"] == "as_expected"


@pytest.mark.usefixtures("in_the_year")
def test_who_left_is_nobodys_to_coach(house_rules: HouseRules) -> None:
    seen = signals_seen(EVERYTHING, LATELY, house_rules, FRIDAY).comparisons
    assert planted.GONE not in set(seen["agent"])


@pytest.mark.usefixtures("in_the_year")
def test_the_spring_fall_and_the_recovery_stand_on_the_chart(house_rules: HouseRules) -> None:
    person = agent_ids()[planted.FELL_IN_SPRING]
    filters = CallbackFilters(LATELY.from_date, LATELY.to_date, agent_id=person)
    found = page_of(EVERYTHING, filters, house_rules, FRIDAY)
    assert found is not None
    weeks = found.weeks[found.weeks["measure"] == "ratings_satisfied"].set_index("week")[["successes", "cases"]]
    spring = weeks.loc[date(2026, 3, 2) : date(2026, 5, 25)].sum()
    after = weeks.loc[date(2026, 6, 8) :].sum()
    assert spring["successes"] / spring["cases"] < 0.4 < 0.75 < after["successes"] / after["cases"]
    # The mark on the page: March to May, give or take a fortnight. One page in twenty bears another one by chance.
    marks = {}
    for name, drawn in found.charts.items():
        weeks_of_points = list(drawn.points["week"])
        for spell in drawn.spells:
            marks[name] = (spell.direction, weeks_of_points[spell.first], weeks_of_points[spell.last])
    assert len(marks) <= 2
    direction, first, last = marks["ratings_satisfied"]
    assert direction == "low"
    assert abs(first - date(2026, 3, 2)) <= timedelta(days=14) >= abs(last - date(2026, 5, 25))


def agent_ids() -> dict[str, int]:
    with reading() as connection:
        return {row.initials: row.id for row in connection.execute(select(agent.c.id, agent.c.initials))}


@pytest.mark.usefixtures("in_the_year")
def test_a_lead_sees_the_same_signals_as_quality_does_of_his_people(house_rules: HouseRules) -> None:
    whole = signals_seen(EVERYTHING, LATELY, house_rules, FRIDAY)
    team_ids = tuple(sorted({team_of_agent(one) for one in planted.ANSWERS_LESS}))
    lead = Scope(team_ids=team_ids)
    own = signals_seen(lead, LATELY, house_rules, FRIDAY)
    assert not own.signals.empty
    assert signals_seen(Scope(), LATELY, house_rules, FRIDAY).comparisons.empty
    seen = whole.comparisons[whole.comparisons["agent"].isin(own.comparisons["agent"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(own.comparisons, seen)
    assert len(own.comparisons) < len(whole.comparisons)
    assert own.funnels == whole.funnels


def team_of_agent(initials: str) -> int:
    from data_access.database.schema import team_member

    with reading() as connection:
        query = select(team_member.c.team_id).join(agent, agent.c.id == team_member.c.agent_id)
        return int(connection.scalars(query.where(agent.c.initials == initials)).first() or 0)


@pytest.mark.usefixtures("in_the_year")
def test_new_signals_are_those_that_the_week_brought(house_rules: HouseRules) -> None:
    # Everything planted began long ago, and the new agent has kept to the pattern on days enough for weeks; seen from
    # the first days of the data all of it is new.
    assert brought_by_the_week(EVERYTHING, house_rules, FRIDAY).empty
    early = date(2026, 1, 9)
    weeks = (brought_by_the_week(EVERYTHING, house_rules, early - timedelta(weeks=one)) for one in reversed(range(4)))
    assert any(len(brought) for brought in weeks)


@pytest.mark.usefixtures("simulated_month")
def test_every_figure_opens_as_many_rows_as_it_says(house_rules: HouseRules) -> None:
    today = END_OF_MONTH.date()
    period = CallbackFilters(today - timedelta(days=28), today)
    seen = signals_seen(EVERYTHING, period, house_rules, today).comparisons
    assert set(seen["measure"]) == set(MEASURES)
    sample = seen.groupby("measure").head(6)
    for row in sample.itertuples():
        one = CallbackFilters(period.from_date, period.to_date, agent_id=row.agent_id)
        rows = evidence(EVERYTHING, one, house_rules, today, row.measure)
        assert (len(rows), int(rows["success"].sum())) == (row.cases, row.successes), row
        assert rows["at"].is_monotonic_decreasing


@pytest.fixture
def with_rings(
    database: Database, tmp_path: Path, house_rules: HouseRules
) -> Callable[[dict[str, tuple[int, int]]], None]:
    """Write so many answered of so many fair chances of each agent, at noon of 20 April and the days after; into empty
    tables, unless the test begins with others."""
    if database.template is None:
        database.begin(TABLES)
    load, numbers = Load(tmp_path, house_rules), count(1)

    def write(chances: dict[str, tuple[int, int]]) -> None:
        header = "initials,name,role,first_day\n"
        load("agents", header + "".join(f"{one},{one} Name,agent,2020-01-01\n" for one in chances))
        ids = agent_ids()
        calls, rings = [], []
        for initials, (answered, cases) in chances.items():
            for place in range(cases):
                day = date(2026, 4, 20) + timedelta(days=place % 10)
                at = datetime.fromisoformat(f"{day}T10:00:00+00:00")
                number = next(numbers)
                shared = {"source": "test", "local_date": day}
                calls.append(
                    shared | {"id": number, "source_id": str(number), "direction": "incoming", "started_at": at}
                    | {"half_hour": 24}
                )  # fmt: skip
                rings.append(
                    shared
                    | {"source_id": str(number), "call_source_id": str(number), "agent_id": ids[initials]}
                    | {"rang_at": at, "ring_seconds": 20, "outcome": "answered", "from_call": False}
                    | {"call_id": number, "pair_outcome": "answered" if place < answered else "not_picked_up"}
                )
        with writing() as connection:
            if calls:
                connection.execute(insert(call), calls)
                connection.execute(insert(ring), rings)

    return write


WithRings = Callable[[dict[str, tuple[int, int]]], None]


def test_who_came_from_another_team_is_left_out_for_his_new_lead(
    agency: Load, with_rings: Callable[[dict[str, tuple[int, int]]], None], house_rules: HouseRules
) -> None:
    with_rings({f"P{place:02}": (18, 20) for place in range(12)} | {BIRGIT: (10, 20)})
    agency("memberships", f"agent,team,first_day,last_day\n{BIRGIT},South,2026-04-26,\n")
    agency("memberships", f"agent,team,first_day,last_day\n{BIRGIT},North,2020-01-01,2026-04-25\n")
    south = scope_of(Viewer("LEAD", "team_lead", None, (team_id("South"),)))
    found = signals_seen(south, MAY, house_rules, TODAY)
    assert found.moved == 1
    assert BIRGIT not in set(found.comparisons["agent"])
    one = Filters(MAY.from_date, MAY.to_date, agent_id=agent_ids()[BIRGIT])
    seen = page_of(south, one, house_rules, TODAY)
    assert seen is not None
    assert seen.comparisons.empty
    # From 26 April to 29: the cases of four of ten days, two each.
    assert seen.weeks["cases"].sum() == len(evidence(south, one, house_rules, TODAY, "chances_answered")) == 8
    assert signals_seen(EVERYTHING, MAY, house_rules, TODAY).moved == 0


def test_a_broken_promise_stays_with_whoever_had_the_request_then(agency: Load, house_rules: HouseRules) -> None:
    agency(
        "callbacks",
        "source_id,customer_number,created_at,created_by,sent_at,sent_to,handed_to,handed_at,reached_at\n"
        f"B1,K1,2026-05-04T10:00:00+02:00,{CARL},2026-05-04T10:00:00+02:00,{BOB},{BIRGIT},2026-05-05T09:00:00+02:00,"
        "2026-05-05T09:30:00+02:00\n",
    )
    agency("promises", "callback,made_by,made_at,to_at\nB1,CAR,2026-05-04T10:00:00+02:00,2026-05-04T12:00:00+02:00\n")
    seen = signals_seen(EVERYTHING, MAY, house_rules, TODAY).comparisons
    kept = seen[seen["measure"] == "promises_kept"]
    assert kept[["agent", "successes", "cases"]].to_numpy().tolist() == [[BOB, 0, 1]]


def test_what_came_while_somebody_was_away_is_not_his(agency: Load, house_rules: HouseRules) -> None:
    agency(
        "callbacks",
        "source_id,customer_number,created_at,created_by,sent_at,sent_to\n"
        f"B1,K1,2026-04-14T10:00:00+02:00,{CARL},2026-04-14T10:00:00+02:00,{BOB}\n"
        f"B2,K2,2026-04-28T10:00:00+02:00,{CARL},2026-04-28T10:00:00+02:00,{BOB}\n",
    )
    agency("absences", f"source_id,agent,kind,first_day,last_day\nA1,{BOB},sick,2026-04-13,2026-04-24\n")
    seen = signals_seen(EVERYTHING, MAY, house_rules, TODAY).comparisons
    cases = seen.set_index(["agent", "measure"])["cases"]
    measures = ("requests_attempted", "requests_reached", "requests_reminded")
    assert [cases[BOB, measure] for measure in measures] == [1, 1, 1]


def team_id(name: str) -> int:
    with reading() as connection:
        return int(connection.scalar(select(team.c.id).where(team.c.name == name)) or 0)


def states(rules: HouseRules) -> dict[str, str]:
    seen = signals_seen(EVERYTHING, MAY, rules, TODAY).comparisons
    return dict(zip(seen["agent"], seen["state"], strict=True))


def test_few_cases_say_nothing_and_break_nothing(with_rings: WithRings, house_rules: HouseRules) -> None:
    others = {f"P{place:02}": (18, 20) for place in range(12)}
    few = {"N00": (0, 0), "N01": (0, 1), "N04": (0, 4), "N05": (0, 5), "N19": (0, 19), "N20": (0, 20)}
    with_rings(others | few)
    found = states(house_rules)
    assert "N00" not in found  # no case, no line
    assert {one: found[one] for one in ("N01", "N04", "N05", "N19")} == dict.fromkeys(
        ("N01", "N04", "N05", "N19"), "too_few"
    )
    assert found["N20"] == "act"  # none of twenty where the others answer nine of ten
    assert {found[one] for one in others} == {"as_expected"}


@ON_SQLITE
@pytest.mark.parametrize(
    ("chances", "state"),
    [
        ({f"P{place:02}": (18, 20) for place in range(12)}, "as_expected"),  # all equal
        ({f"P{place:02}": (20, 20) for place in range(12)}, "as_expected"),  # all 100 %
        ({f"P{place:02}": (0, 20) for place in range(12)}, "as_expected"),
        ({"ONE": (3, 40)}, "no_peers"),  # nobody to compare with, and no past
        ({f"P{place:02}": (20 if place else 2, 20) for place in range(10)}, "no_peers"),  # nine others: too few
    ],
)
def test_an_agency_without_differences_has_no_signals(
    with_rings: WithRings, house_rules: HouseRules, chances: dict[str, tuple[int, int]], state: str
) -> None:
    with_rings(chances)
    assert set(states(house_rules).values()) == {state}


@ON_SQLITE
def test_four_hundred_colleagues_are_compared_at_once(with_rings: WithRings, house_rules: HouseRules) -> None:
    with_rings({f"P{place:03}": (18, 20) for place in range(400)} | {"LOW": (4, 20)})
    found = states(house_rules)
    assert [one for one, state in found.items() if state == "act"] == ["LOW"]
    assert len(found) == 401


def test_whoever_has_most_of_a_kind_of_work_is_compared_with_nobody(
    with_rings: WithRings, house_rules: HouseRules
) -> None:
    with_rings({f"P{place:02}": (19, 20) for place in range(12)} | {"BIG": (200, 400)})
    assert states(house_rules)["BIG"] == "no_peers"  # 400 of 640 calls at noon are his own


@pytest.mark.usefixtures("agency")
def test_an_empty_agency_has_no_signals(house_rules: HouseRules) -> None:
    seen = signals_seen(EVERYTHING, MAY, house_rules, TODAY)
    assert seen.comparisons.empty
    assert brought_by_the_week(EVERYTHING, house_rules, TODAY).empty
    one = CallbackFilters(MAY.from_date, MAY.to_date, agent_id=agent_ids()[BOB])
    found = page_of(EVERYTHING, one, house_rules, TODAY)
    assert found is not None
    assert found.comparisons.empty
    assert found.weeks["cases"].sum() == 0


def test_where_only_who_answered_is_named_nobody_is_compared_in_calls(agency: Load, house_rules: HouseRules) -> None:
    lines = [f"A{number},2026-05-05T10:{number:02d}:00+02:00,answered,{BOB}" for number in range(30)]
    lines += [f"L{number},2026-05-05T11:{number:02d}:00+02:00,unanswered," for number in range(30)]
    agency("calls", "source_id,started_at,status,agent\n" + "\n".join(lines) + "\n")
    signals = agency_signals(EVERYTHING, looked_back(TODAY), house_rules, TODAY)
    assert "chances_answered" not in signals.cells
    assert "chances_answered" not in set(signals.comparisons["measure"])


def test_only_quality_reads_concerns(agency: Load, house_rules: HouseRules) -> None:
    agency("concerns", f"about,by,at,rule,text\n{BOB},{CARL},2026-05-05T10:00:00+02:00,B1,kunden ventede\n")
    assert concerns(scope_of(Viewer("quality", "quality")), MAY, house_rules)["about"].tolist() == [BOB]
    themselves = Viewer(BOB, "quality", agent_ids()[BOB])
    others = (Viewer("admin", "admin"), Viewer(ALICE, "team_lead", 1, (1,)), Viewer(BOB, "agent", 2), themselves)
    assert all(concerns(scope_of(one), MAY, house_rules).empty for one in others)


@pytest.mark.usefixtures("agency")
def test_a_colleague_is_seen_by_his_lead_and_himself_and_not_by_others(house_rules: HouseRules) -> None:
    ids = agent_ids()
    one = CallbackFilters(MAY.from_date, MAY.to_date, agent_id=ids[BOB])
    assert page_of(Scope(agent_ids=(ids[BOB],)), one, house_rules, TODAY) is not None
    assert page_of(Scope(agent_ids=(ids[BIRGIT],)), one, house_rules, TODAY) is None
    assert page_of(Scope(), one, house_rules, TODAY) is None
    nobody = CallbackFilters(MAY.from_date, MAY.to_date)
    assert page_of(EVERYTHING, nobody, house_rules, TODAY) is None


def test_with_fewer_than_eleven_colleagues_each_is_compared_with_their_own_past(
    with_rings: WithRings, house_rules: HouseRules
) -> None:
    with_rings({"FELL": (5, 40), "SAME": (36, 40), "NEW": (5, 40)})
    with writing() as connection:
        old = date(2026, 2, 2)
        for initials, answered in (("FELL", 36), ("SAME", 36)):
            its = {"source": "old", "local_date": old}
            calls = [
                its | {"id": 9000 + number, "source_id": f"{initials}{number}", "direction": "incoming"}
                | {"started_at": datetime(2026, 2, 2, 10, tzinfo=UTC), "half_hour": 24}
                for number in range(0 if initials == "FELL" else 100, 40 if initials == "FELL" else 140)
            ]  # fmt: skip
            rings = [
                its | {"source_id": row["source_id"], "call_source_id": row["source_id"], "call_id": row["id"]}
                | {"agent_id": agent_ids()[initials], "rang_at": row["started_at"], "ring_seconds": 20}
                | {"outcome": "answered", "from_call": False}
                | {"pair_outcome": "answered" if place < answered else "not_picked_up"}
                for place, row in enumerate(calls)
            ]  # fmt: skip
            connection.execute(insert(call), calls)
            connection.execute(insert(ring), rings)
    rows = signals_seen(EVERYTHING, MAY, house_rules, TODAY).comparisons.set_index("agent")
    assert set(rows["against"]) == {"own_past"}
    assert rows["state"].to_dict() == {"FELL": "act", "SAME": "as_expected", "NEW": "no_peers"}
    assert rows["expected_rate"]["FELL"] == 0.9
    assert rows["kind"]["FELL"] == "help"

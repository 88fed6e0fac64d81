"""Questions about calls, from files to answers, on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product

import pytest
from support.cast import ALICE, BIRGIT, BOB, CARL, DORA, WEDNESDAY
from support.combinations import all_pairs
from support.databases import Load, begins_with
from support.templates import AGENCY

from data_access.questions.calls import (
    Filters,
    agent_pairs,
    calls_by_agent,
    calls_by_day,
    calls_by_half_hour,
    choices,
    days_without_rota,
    names_only_who_answered,
    rows_behind,
    team_totals,
)
from data_access.scope import Scope, Viewer, scope_of
from metrics.figures import AGENT_FIGURES, CALL_FIGURES

FIGURES = {figure.id: figure for figure in CALL_FIGURES + AGENT_FIGURES}
ALWAYS_OPENED = ("answered", "missed", "agent_answer_rate")
"""With each combination of filters; the other figures with each pair of them."""
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
NOBODY = Scope()
ON_WEDNESDAY = Filters(WEDNESDAY, WEDNESDAY)
TERMS = ("answered", "missed", "abandoned", "short", "redirected")

CALLS = """source_id,started_at,status,queue,answered_at,ended_at,direction,customer_number
answered,2026-05-06T10:00:00+02:00,answered,Reception,2026-05-06T10:00:20+02:00,2026-05-06T10:03:20+02:00,,C-1
declined,2026-05-06T10:30:00+02:00,answered,Reception,2026-05-06T10:30:40+02:00,2026-05-06T10:32:40+02:00,,
missed,2026-05-06T11:00:00+02:00,unanswered,Reception,,2026-05-06T11:00:30+02:00,,
abandoned,2026-05-06T11:30:00+02:00,unanswered,Service,,2026-05-06T11:30:30+02:00,,
short,2026-05-06T12:00:00+02:00,unanswered,Service,,2026-05-06T12:00:04+02:00,,
voicemail,2026-05-06T12:30:00+02:00,voicemail,Service,,2026-05-06T12:31:00+02:00,,
late,2026-05-06T17:30:00+02:00,unanswered,,,2026-05-06T17:31:00+02:00,,
dialled,2026-05-06T13:00:00+02:00,answered,,2026-05-06T13:00:20+02:00,2026-05-06T13:05:00+02:00,outgoing,
"""
RINGS = """call,agent,rang_at,ring_seconds,talk_seconds,outcome
answered,BO,2026-05-06T10:00:00+02:00,20,180,answered
answered,BIR,2026-05-06T10:00:00+02:00,20,,no_answer
declined,BIR,2026-05-06T10:30:00+02:00,5,,declined
declined,CAR,2026-05-06T10:30:10+02:00,30,120,answered
missed,BO,2026-05-06T11:00:00+02:00,30,,no_answer
missed,DOR,2026-05-06T11:00:00+02:00,30,,no_answer
dialled,BO,2026-05-06T13:00:00+02:00,20,280,answered
"""


@begins_with(AGENCY)
def day_of_calls(load: Load) -> None:
    assert load("calls", CALLS).loaded == 8
    assert load("rings", RINGS).loaded == 7


def of_agents(scope: Scope, filters: Filters) -> dict[str, tuple[int, int, int]]:
    agents = calls_by_agent(scope, filters)
    return {row.agent: (row.received, row.answered, row.missed) for row in agents.itertuples()}


def lead_of_north() -> Scope:
    found = choices(EVERYTHING)
    return scope_of(Viewer("Alice", "team_lead", found.agents[ALICE], (found.teams["North"],)))


@pytest.mark.usefixtures("day_of_calls")
def test_the_identity_closes_and_calls_outside_the_hours_are_counted_apart() -> None:
    totals = team_totals(EVERYTHING, ON_WEDNESDAY)
    assert {term: totals[term] for term in TERMS} == {
        "answered": 2,
        "missed": 1,
        "abandoned": 1,
        "short": 1,
        "redirected": 1,
    }
    assert totals["received"] == 6 == sum(totals[term] for term in TERMS)
    assert totals["received_not_short"] == 5
    assert totals["outside"] == 1  # 17:30; an outgoing call is no call received
    assert (totals["timed_answers"], totals["answer_seconds"]) == (2, 20 + 40)


@pytest.mark.usefixtures("day_of_calls")
def test_each_agent_is_counted_by_fair_chances() -> None:
    assert of_agents(EVERYTHING, ON_WEDNESDAY) == {
        BOB: (2, 1, 1),  # took one, did not pick up the missed one
        BIRGIT: (1, 0, 1),  # declined one; the call Bob took is none of hers
        CARL: (1, 1, 0),
        DORA: (1, 0, 1),
    }
    birgit = calls_by_agent(EVERYTHING, ON_WEDNESDAY).set_index("agent").loc[BIRGIT]
    assert birgit["let_it_ring"] == 1  # Bob took it after 20 seconds of ringing
    assert birgit["declined"] == 1


@pytest.mark.usefixtures("day_of_calls")
def test_agents_stand_in_order_of_the_initials_that_are_shown_first() -> None:
    shown = calls_by_agent(EVERYTHING, ON_WEDNESDAY)["agent"].dropna().tolist()
    assert shown == sorted(shown)


@pytest.mark.usefixtures("day_of_calls")
def test_a_queue_of_two_teams_is_seen_by_each_and_counted_once_for_all() -> None:
    teams = choices(EVERYTHING).teams
    north = team_totals(EVERYTHING, Filters(WEDNESDAY, WEDNESDAY, team_id=teams["North"]))
    south = team_totals(EVERYTHING, Filters(WEDNESDAY, WEDNESDAY, team_id=teams["South"]))
    assert (north["received"], south["received"]) == (3, 6)  # Reception is of both, Service is South's
    assert team_totals(EVERYTHING, ON_WEDNESDAY)["received"] == 6


@pytest.mark.usefixtures("day_of_calls")
def test_a_team_lead_sees_the_own_team_as_it_was_at_the_time() -> None:
    alice = lead_of_north()
    assert of_agents(alice, ON_WEDNESDAY) == {BOB: (2, 1, 1), BIRGIT: (1, 0, 1)}
    assert team_totals(alice, ON_WEDNESDAY)["received"] == 3
    assert rows_behind(alice, ON_WEDNESDAY, "agent_missed")["agent"].tolist() == [BOB, BIRGIT]
    assert choices(alice).teams.keys() == {"North"}
    assert set(choices(alice).agents) == {ALICE, BIRGIT, BOB}


def test_who_changed_team_takes_nothing_along(agency: Load) -> None:
    june = CALLS.replace("2026-05-06", "2026-06-03"), RINGS.replace("2026-05-06", "2026-06-03")
    agency("calls", june[0])
    agency("rings", june[1])
    in_june = Filters(date(2026, 6, 3), date(2026, 6, 3))
    assert of_agents(lead_of_north(), in_june) == {BOB: (2, 1, 1)}  # Birgit is with South since 1 June


@pytest.mark.usefixtures("day_of_calls")
def test_who_has_no_access_sees_nothing() -> None:
    assert team_totals(NOBODY, ON_WEDNESDAY)["received"] == 0
    assert calls_by_agent(NOBODY, ON_WEDNESDAY).empty
    assert calls_by_day(NOBODY, ON_WEDNESDAY).empty
    assert calls_by_half_hour(NOBODY, ON_WEDNESDAY).empty
    assert all(rows_behind(NOBODY, ON_WEDNESDAY, figure).empty for figure in FIGURES)
    assert agent_pairs(NOBODY, ON_WEDNESDAY, choices(EVERYTHING).agents[BOB]).empty
    assert choices(NOBODY).agents == {}


@pytest.mark.usefixtures("day_of_calls")
def test_an_agent_sees_himself() -> None:
    bob = scope_of(Viewer("Bob", "agent", choices(EVERYTHING).agents[BOB]))
    assert of_agents(bob, ON_WEDNESDAY) == {BOB: (2, 1, 1)}
    assert team_totals(bob, ON_WEDNESDAY)["received"] == 0  # calls are the team's, rings are his


@pytest.mark.usefixtures("day_of_calls")
def test_customers_are_shown_only_to_who_may_see_them() -> None:
    seen = rows_behind(EVERYTHING, ON_WEDNESDAY, "answered")["customer"]
    assert set(seen.dropna()) == {"C-1"}
    hidden = Scope(sees_everything=True, may_see_customers=False)
    assert rows_behind(hidden, ON_WEDNESDAY, "answered")["customer"].isna().all()


def value_by_figure(filters: Filters) -> dict[str, int]:
    """What each declared figure says, or its denominator where it is a share or a mean."""
    totals, agents = team_totals(EVERYTHING, filters), calls_by_agent(EVERYTHING, filters)
    return {
        name: totals[figure.denominator or figure.numerator]
        if figure.grain == "call"
        else int(agents[figure.denominator or figure.numerator].sum())
        for name, figure in FIGURES.items()
    }


@pytest.mark.usefixtures("day_of_calls")
def test_every_figure_opens_as_many_rows_as_it_says_for_every_filter() -> None:
    found = choices(EVERYTHING)
    days = [(WEDNESDAY, WEDNESDAY), (WEDNESDAY - timedelta(days=7), WEDNESDAY - timedelta(days=1))]
    choices_of_filters = days, [None, *found.teams.values()], [None, *found.agents.values()]
    pairs, checked = all_pairs(*choices_of_filters), 0
    for combination in product(*choices_of_filters):
        (first, last), team, agent = combination
        filters = Filters(first, last, team, agent)
        figures = FIGURES if combination in pairs else ALWAYS_OPENED
        opened = {figure: len(rows_behind(EVERYTHING, filters, figure)) for figure in figures}
        values = value_by_figure(filters)
        assert opened == {figure: values[figure] for figure in figures}, filters
        checked += 1
    assert checked == 2 * 3 * 6  # no, one or another team; no, one or another agent
    assert len(pairs) == 3 * 6


@pytest.mark.usefixtures("day_of_calls")
def test_days_and_half_hours_add_up_to_the_total() -> None:
    totals = team_totals(EVERYTHING, ON_WEDNESDAY)
    for parts in (calls_by_day(EVERYTHING, ON_WEDNESDAY), calls_by_half_hour(EVERYTHING, ON_WEDNESDAY)):
        assert {name: parts[name].sum() for name in totals} == totals
    half_hours = calls_by_half_hour(EVERYTHING, ON_WEDNESDAY)
    assert half_hours["weekday"].unique().tolist() == [2]
    assert half_hours["half_hour"].tolist() == [20, 21, 22, 23, 24, 25, 35]  # 10:00 … 12:30, 17:30


@pytest.mark.usefixtures("agency")
def test_every_question_answers_an_empty_database_with_the_same_columns() -> None:
    totals = team_totals(EVERYTHING, ON_WEDNESDAY)
    assert set(totals.values()) == {0}
    agents = calls_by_agent(EVERYTHING, ON_WEDNESDAY)
    assert agents.empty
    assert {"agent", "received", "answered", "answer_rate", "rate_low", "time_to_answer_seconds"} <= set(agents.columns)
    assert calls_by_day(EVERYTHING, ON_WEDNESDAY).empty
    assert calls_by_half_hour(EVERYTHING, ON_WEDNESDAY).empty
    rows = rows_behind(EVERYTHING, ON_WEDNESDAY, "received")
    assert str(rows["started_at"].dtype) == "datetime64[us, UTC]"  # also without rows
    assert choices(EVERYTHING).first_day is None
    assert days_without_rota(EVERYTHING, ON_WEDNESDAY) == []


def test_the_days_without_a_rota_are_named(day_of_calls: Load) -> None:
    assert days_without_rota(EVERYTHING, ON_WEDNESDAY) == [WEDNESDAY]
    everybody = [(name, "2026-05-04T09:00:00+02:00", "2026-05-04T17:00:00+02:00") for name in (BOB, CARL, DORA)]
    day_of_calls("shifts", "agent,starts_at,ends_at\n" + "\n".join(",".join(row) for row in everybody[:2]))
    assert days_without_rota(EVERYTHING, ON_WEDNESDAY) == [WEDNESDAY]  # Dora, of no team, still has none
    day_of_calls("shifts", "agent,starts_at,ends_at\n" + ",".join(everybody[2]))
    assert days_without_rota(EVERYTHING, ON_WEDNESDAY) == []


def test_a_rota_turns_rings_off_shift_into_configuration_faults(day_of_calls: Load) -> None:
    day_of_calls("shifts", "agent,starts_at,ends_at\nBO,2026-05-06T09:00:00+02:00,2026-05-06T10:30:00+02:00")
    assert of_agents(EVERYTHING, ON_WEDNESDAY)[BOB] == (1, 1, 0)  # off since 10:30, so 11:00 was no chance
    agents = calls_by_agent(EVERYTHING, ON_WEDNESDAY).set_index("agent")
    assert agents.loc[BOB, "faults"] == 1
    assert len(rows_behind(EVERYTHING, ON_WEDNESDAY, "configuration_faults")) == agents["faults"].sum()


def test_one_row_a_call_without_an_agent_is_kept_in_a_row_of_its_own(agency: Load) -> None:
    agency(
        "calls",
        "source_id,started_at,status,agent\n"
        "1,2026-05-06T10:00:00+02:00,answered,BO\n"
        "2,2026-05-06T10:01:00+02:00,answered,\n"
        "3,2026-05-06T10:02:00+02:00,unanswered,\n",
    )
    agents = calls_by_agent(EVERYTHING, ON_WEDNESDAY)
    assert agents[["received", "answered"]].to_numpy().tolist() == [[1, 1], [1, 1]]
    assert agents["agent"].isna().tolist() == [False, True]  # the unnamed stand last
    assert len(agent_pairs(EVERYTHING, ON_WEDNESDAY, None)) == 1
    assert team_totals(EVERYTHING, ON_WEDNESDAY)["abandoned"] == 1  # nobody's phone is known to have rung


def test_rings_that_the_source_sends_replace_the_one_made_from_the_call(
    agency: Load, rows_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    call = "source_id,started_at,status,agent\n1,2026-05-06T10:00:00+02:00,answered,BO\n"
    rings = "call,agent,rang_at,ring_seconds,outcome\n1,BO,2026-05-06T10:00:00+02:00,3,no_answer\n"
    rings += "1,CAR,2026-05-06T10:00:03+02:00,4,answered\n"
    agency("calls", call)
    agency("rings", rings)
    agency("calls", call)  # loading the call again brings the made-up ring not back
    assert rows_of("SELECT count(*) FROM ring") == [(2,)]
    assert of_agents(EVERYTHING, ON_WEDNESDAY) == {BOB: (0, 0, 0), CARL: (1, 1, 0)}


@pytest.mark.parametrize(
    ("unanswered", "missed_by", "one_sided"),
    [
        (19, "", False),  # too few to tell a system that names nobody from a good week
        (20, "", True),
        (20, "BIR", False),  # it does name who missed a call
    ],
)
def test_a_system_names_only_who_answered_where_no_missed_call_ever_named_anybody(
    agency: Load, unanswered: int, missed_by: str, one_sided: bool
) -> None:
    lost = "".join(f"{number},2026-05-06T10:{number:02}:00+02:00,unanswered,\n" for number in range(unanswered))
    taken = "a,2026-05-06T11:00:00+02:00,answered,BO\n"
    named = f"b,2026-05-06T11:30:00+02:00,unanswered,{missed_by}\n" if missed_by else ""
    agency("calls", "source_id,started_at,status,agent\n" + lost + taken + named)
    assert names_only_who_answered(EVERYTHING) is one_sided
    assert names_only_who_answered(NOBODY) is one_sided  # a fact of the system, whoever looks


def test_old_data_open_where_they_lie_whatever_was_loaded(agency: Load) -> None:
    assert (choices(EVERYTHING).last_day, choices(EVERYTHING).last_rota_day) == (None, None)
    agency("surveys", "agent,answered_at,score\nBO,2023-02-01T10:00:00+01:00,8\n")
    agency("shifts", "agent,starts_at,ends_at\nBO,2023-01-09T09:00:00+01:00,2023-01-09T17:00:00+01:00\n")
    there = choices(EVERYTHING)
    assert (there.last_day, there.last_rota_day) == (date(2023, 2, 1), date(2023, 1, 9))
    asked = "source_id,customer_number,created_at,created_by,sent_to\n1,C-1,2024-03-01T10:00:00+01:00,BO,BIR\n"
    agency("callbacks", asked)
    assert choices(EVERYTHING).last_day == date(2024, 3, 1)  # requests before ratings
    agency("calls", "source_id,started_at\n1,2022-05-06T10:00:00+02:00\n")
    assert choices(EVERYTHING).last_day == date(2022, 5, 6)  # calls before everything

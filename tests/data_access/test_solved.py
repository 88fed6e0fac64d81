"""Which answered calls were solved at once (C4): a note and no message, on SQLite and PostgreSQL."""

from datetime import date, timedelta

import pytest
from support.cast import BIRGIT, BOB, WEDNESDAY
from support.databases import Load, begins_with
from support.templates import AGENCY

from data_access.questions.calls import Filters, choices
from data_access.questions.solved import solved_by_agent, solved_rows, solved_totals
from data_access.scope import EVERYBODY, Scope
from metrics.figures import SOLVED_FIGURES

ON_WEDNESDAY, THURSDAY = Filters(WEDNESDAY, WEDNESDAY), WEDNESDAY + timedelta(days=1)
CUSTOMERS = "number,name\n" + "".join(f"C-{number},Customer {number}\n" for number in range(1, 8))
CALLS = "source_id,started_at,answered_at,ended_at,status,queue,agent,customer_number\n"
NOTES = "source_id,customer_number,agent,at,kind\n"
CALLBACKS = "source_id,customer_number,created_at,created_by,topic,sent_to\n"
ANSWERED = (
    # number, started at, agent, customer
    ("solved", "10:00", BOB, "C-1"),
    ("with_a_message", "10:10", BOB, "C-2"),
    ("not_noted", "10:20", BOB, "C-3"),
    ("noted_by_another", "10:30", BOB, "C-4"),
    ("solved_before_a_message", "10:40", BIRGIT, "C-5"),  # the message belongs to the call at 15:00
    ("message_of_the_second_call", "15:00", BOB, "C-5"),
    ("unknown_customer", "10:50", BIRGIT, ""),
    ("after_closing", "18:30", BIRGIT, "C-6"),  # the agent's, and not the team's: the desk had closed
    ("message_before_the_call", "11:00", BIRGIT, "C-7"),  # written at 10:59: not of this call
)


def call_row(name: str, at: str, agent: str, customer: str) -> str:
    day = "2026-05-06T"
    return f"{name},{day}{at}:00+02:00,{day}{at}:10+02:00,{day}{at}:50+02:00,answered,Reception,{agent},{customer}\n"


@begins_with(AGENCY)
def wednesday(load: Load) -> None:
    def at(clock: str) -> str:
        return f"2026-05-06T{clock}:00+02:00"

    def message(place: int, customer: str, clock: str) -> str:
        return f"M{place},{customer},{at(clock)},BO,general,BO\n"

    noted = [("C-1", BOB, "10:05"), ("C-2", BOB, "10:15"), ("C-4", BIRGIT, "10:35"), ("C-5", BIRGIT, "10:45")]
    noted += [("C-5", BOB, "15:05"), ("C-6", BIRGIT, "18:35"), ("C-7", BIRGIT, "11:05")]
    told = [("C-2", "10:12"), ("C-5", "15:02"), ("C-7", "10:59")]
    load.all_of(
        ("customers", CUSTOMERS),
        ("calls", CALLS + "".join(call_row(*row) for row in ANSWERED)),
        (
            "notes",
            NOTES
            + "".join(f"N{place},{who},{agent},{at(clock)},other\n" for place, (who, agent, clock) in enumerate(noted))
            + "late,C-1,BO,2026-05-07T09:00:00+02:00,other\n",  # so that the notes reach past Wednesday
        ),
        (
            "callbacks",
            CALLBACKS
            + "".join(f"M{place},{who},{at(clock)},BO,general,BO\n" for place, (who, clock) in enumerate(told)),
        ),
    )


@pytest.mark.usefixtures("wednesday")
def test_a_call_is_solved_at_once_if_it_left_a_note_and_no_message() -> None:
    rows = solved_rows(EVERYBODY, ON_WEDNESDAY, THURSDAY, "agent_solved_at_once")
    minutes = rows["started_at"].dt.tz_convert("Europe/Copenhagen").dt.strftime("%H:%M")
    by_time = {at: name for name, at, _agent, _customer in ANSWERED}
    assert {by_time[at]: solved for at, solved in zip(minutes, rows["solved_at_once"], strict=True)} == {
        "solved": True,
        "with_a_message": False,
        "not_noted": False,
        "noted_by_another": False,
        "solved_before_a_message": True,
        "message_of_the_second_call": False,
        "after_closing": True,
        "message_before_the_call": True,
    }


@pytest.mark.usefixtures("wednesday")
def test_the_team_counts_calls_in_opening_hours_and_each_agent_their_own() -> None:
    assert solved_totals(EVERYBODY, ON_WEDNESDAY, THURSDAY) == {"calls_of_customers": 7, "solved_at_once": 3}
    people = {number: initials for initials, number in choices(EVERYBODY).agents.items()}
    agents = solved_by_agent(EVERYBODY, ON_WEDNESDAY, THURSDAY)
    counts = ["agent_solved_at_once", "agent_calls_of_customers"]
    assert {
        people[row.agent_id]: (row.agent_solved_at_once, row.agent_calls_of_customers) for row in agents.itertuples()
    } == {
        BOB: (1, 5),  # the first of five
        BIRGIT: (3, 3),
    }
    assert set(counts) <= set(agents.columns)
    assert agents["rate"].isna().all()  # five are too few for a rate, and enough for an interval
    assert agents.set_index("agent_id")["low"].notna().tolist() == [
        initials == BOB for initials in map(people.get, agents["agent_id"])
    ]


@pytest.mark.usefixtures("wednesday")
def test_a_day_is_counted_once_it_is_over() -> None:
    assert solved_totals(EVERYBODY, ON_WEDNESDAY, WEDNESDAY)["calls_of_customers"] == 0


@pytest.mark.usefixtures("wednesday")
def test_every_figure_opens_as_many_rows_as_it_says_for_every_filter() -> None:
    known = choices(EVERYBODY)
    for team in (None, *known.teams.values()):
        for agent in (None, *known.agents.values()):
            filters = Filters(date(2026, 5, 1), WEDNESDAY, team, agent)
            totals = solved_totals(EVERYBODY, filters, THURSDAY)
            agents = solved_by_agent(EVERYBODY, filters, THURSDAY)
            for figure in SOLVED_FIGURES:
                counted = totals if figure.grain == "call" else agents.drop(columns="agent_id").sum()
                rows = solved_rows(EVERYBODY, filters, THURSDAY, figure.id)
                assert len(rows) == counted[figure.denominator], (filters, figure.id)
                assert rows["solved_at_once"].sum() == counted[figure.numerator], (filters, figure.id)


@pytest.mark.usefixtures("wednesday")
def test_who_has_no_access_sees_no_calls() -> None:
    assert solved_totals(Scope(), ON_WEDNESDAY, THURSDAY)["calls_of_customers"] == 0
    assert solved_by_agent(Scope(), ON_WEDNESDAY, THURSDAY).empty
    assert all(solved_rows(Scope(), ON_WEDNESDAY, THURSDAY, figure.id).empty for figure in SOLVED_FIGURES)


def test_an_empty_database_has_no_share(agency: Load) -> None:
    assert agency("customers", CUSTOMERS).loaded == 7
    assert solved_totals(EVERYBODY, ON_WEDNESDAY, THURSDAY) == {"calls_of_customers": 0, "solved_at_once": 0}

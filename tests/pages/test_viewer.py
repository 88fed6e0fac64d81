"""Through whose eyes: in the simulated agency anybody's, with own data nobody's but one's own."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest
from support.databases import Load
from support.seen import figures, texts, unfolded
from support.simulated_year import SimulatedYear

from data_access.demo import truths as planted

Open = Callable[..., AppTest]


def leads(year: SimulatedYear) -> dict[str, str]:
    """The lead of each team."""
    rows = year.frame(
        "SELECT team.name, initials FROM team_lead JOIN team ON team.id = team_id JOIN agent ON agent.id = agent_id"
    )
    return dict(zip(rows["name"], rows["initials"], strict=True))


def test_a_lead_sees_the_own_people_and_nobody_elses(simulated_year: SimulatedYear, open_year: Open) -> None:
    lead = leads(simulated_year)["Vest"]
    members = simulated_year.frame(
        "SELECT initials FROM team_member JOIN team ON team.id = team_id JOIN agent ON agent.id = agent_id "
        "WHERE team.name = 'Vest'"
    )
    own = set(members["initials"])
    calls = open_year("pages/service/calls.py", viewer=lead).get_by_key("calls").value
    assert {name for name in calls["agent"] if len(name) <= 4} <= own
    absences = open_year("pages/rota/absence.py", viewer=lead).get_by_key("absence").value
    assert set(absences["agent"]) <= own
    assert {"away"} & set(absences["kind"]) == set()  # the own lead knows the reasons
    coverage = open_year("pages/rota/coverage.py", viewer=lead).get_by_key("coverage").value
    assert "0 of 1  −1" in coverage["day_5"].tolist()  # one team alone: it is not named in the cell


def test_an_agent_sees_himself(open_year: Open) -> None:
    app = unfolded(open_year("pages/quality/notes.py", viewer=planted.DRAWS_REMINDERS), "all_requests")
    owners = set(app.get_by_key("attempts").value["owner"])
    assert all(planted.DRAWS_REMINDERS in owner for owner in owners)
    calls = open_year("pages/service/calls.py", viewer=planted.DRAWS_REMINDERS).get_by_key("calls").value
    assert calls["agent"].tolist() == [planted.DRAWS_REMINDERS]


def test_nobody_by_these_initials_sees_nothing(open_year: Open) -> None:
    app = open_year(None, viewer="XXXX")
    assert [error.value for error in app.error] == ["Nobody has these initials."]
    assert not app.dataframe


def test_with_own_data_the_address_changes_nobody(agency: Load, open_app: Open) -> None:
    agency("calls", "source_id,started_at,ended_at,status,agent\n1,2026-05-07T10:00:00+02:00,,answered,BO\n")
    for viewer in ("BO", "XXXX"):
        app = open_app("pages/service/calls.py", viewer=viewer)
        assert not app.error
        assert not [box for box in app.selectbox if box.key == "viewer"]
        assert "BO" in app.get_by_key("calls").value["agent"].tolist()


def test_an_agents_sentences_are_those_of_their_own_rows(open_year: Open) -> None:
    app = open_year("pages/service/calls.py", viewer=planted.DRAWS_REMINDERS)
    [row] = app.get_by_key("calls").value.to_dict("records")
    assert f"You answered {row['answered']} of {row['received']} calls that you could have taken" in texts(app)
    assert not figures(app)  # they are the team's
    today = open_year("pages/today/overview.py", viewer=planted.DRAWS_REMINDERS)
    assert [caption.value for caption in today.caption if "·" in caption.value or "Updated" in caption.value] == [
        "Updated 14:00"
    ]

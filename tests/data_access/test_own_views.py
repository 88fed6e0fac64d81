"""How Svartid opens for somebody: as they keep it, on every machine, and for nobody else to read."""

import pytest
from sqlalchemy import select
from support.two_teams import NOW

from data_access.changes.own_views import keep_own_view
from data_access.database.engine import reading
from data_access.database.schema import audit_log
from data_access.questions.own_views import OwnView, own_view_of
from data_access.questions.people import viewer_of
from data_access.scope import EVERYBODY, Viewer, scope_of

pytestmark = pytest.mark.usefixtures("two_teams")
NORD = OwnView("NQQ-team", 7, "en")


def person(initials: str) -> Viewer:
    viewer = viewer_of(initials, NOW, NOW.date())
    assert viewer is not None
    return viewer


def test_what_somebody_keeps_replaces_what_they_kept_before_and_stands_in_no_log() -> None:
    lead = person("NQQL")
    assert own_view_of(scope_of(lead), lead.agent_id) == OwnView()
    for own in (NORD, OwnView(language="da"), OwnView(period_days=91), NORD):
        keep_own_view(lead, own)
        assert own_view_of(scope_of(lead), lead.agent_id) == own
    with reading() as connection:
        assert connection.execute(select(audit_log)).all() == []


def test_nobody_else_reads_it_but_who_sees_everything() -> None:
    lead, other, agent = map(person, ("NQQL", "SQQL", "NQQA"))
    keep_own_view(lead, NORD)
    for viewer in (other, agent):
        assert own_view_of(scope_of(viewer), lead.agent_id) == OwnView()
        assert own_view_of(scope_of(viewer), viewer.agent_id) == OwnView()
    assert own_view_of(EVERYBODY, lead.agent_id) == NORD  # the morning's mail is written in their language


def test_a_team_that_is_no_more_counts_as_none() -> None:
    lead = person("NQQL")
    keep_own_view(lead, OwnView("a team that was closed", 7))
    assert own_view_of(scope_of(lead), lead.agent_id) == OwnView(None, 7)


def test_who_looks_without_a_login_of_their_own_keeps_nothing() -> None:
    keep_own_view(person("NQQL"), NORD)
    assert own_view_of(EVERYBODY, None) == OwnView()

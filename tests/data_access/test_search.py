"""From a number or initials to what the viewer may see, and to nothing else (P1)."""

import pytest
from support.databases import Load
from support.two_teams import NOW

from data_access.questions.people import viewer_of
from data_access.questions.search import Hits, hits_of
from data_access.scope import Scope, scope_of
from metrics.house_rules import HouseRules

NOTHING = Hits(None, (), ())


def hits(initials: str, asked: str, rules: HouseRules) -> Hits:
    viewer = viewer_of(initials, NOW, NOW.date())
    assert viewer is not None
    return hits_of(scope_of(viewer), asked, rules, NOW)


@pytest.mark.usefixtures("two_teams")
def test_a_customers_number_leads_to_their_requests_the_open_ones_first(house_rules: HouseRules) -> None:
    first = hits("NQQL", "NQQ-2", house_rules)
    assert (first.customer, [request.is_open for request in first.requests], first.agents) == ("NQQ-2", [True], ())
    assert hits("NQQL", "  nqq-2 ", house_rules) == first  # as somebody types it
    assert [request.is_open for request in hits("NQQL", "NQQ-3", house_rules).requests] == [False]


def test_open_requests_come_before_later_ones_that_have_ended(two_teams: Load, house_rules: HouseRules) -> None:
    two_teams.all_of(
        (
            "callbacks",
            "source_id,customer_number,created_at,sent_to,reached_at,topic\n"
            "old,NQQ-3,2026-05-03T09:00:00+02:00,NQQA,,claims\n"
            "new,NQQ-3,2026-05-06T09:00:00+02:00,NQQA,2026-05-06T10:00:00+02:00,travel\n",
        )
    )
    requests = hits("QUA", "NQQ-3", house_rules).requests
    assert [request.is_open for request in requests] == sorted((request.is_open for request in requests), reverse=True)
    days = [request.created_at for request in requests if not request.is_open]
    assert days == sorted(days, reverse=True)


@pytest.mark.usefixtures("two_teams")
def test_nobody_finds_what_is_not_theirs_to_see(house_rules: HouseRules) -> None:
    for viewer, asked in (
        ("NQQL", "SQQ-1"),  # another team's customer
        ("NQQL", "SQQA"),  # another team's colleague
        ("NQQA", "NQQB"),  # a colleague of one's own team is the lead's to see
        ("KQK", "NQQ-1"),  # not KC's
        ("QUA", "NQQ-"),  # half a number
        ("QUA", "%"),
        ("QUA", "' OR 1=1 --"),
        ("QUA", ""),
        ("QUA", " "),
    ):
        assert hits(viewer, asked, house_rules) == NOTHING, (viewer, asked)
    assert hits_of(Scope(), "NQQ-1", house_rules, NOW) == NOTHING


@pytest.mark.usefixtures("two_teams")
def test_initials_or_a_name_lead_to_the_colleagues_whom_the_viewer_may_see(house_rules: HouseRules) -> None:
    assert hits("NQQL", "nqqa", house_rules).agents == ("NQQA",)
    assert hits("QUA", "SQQB", house_rules).agents == ("SQQB",)
    assert hits("NQQA", "NQQA", house_rules).agents == ("NQQA",)
    assert hits("QUA", "sqq birgit", house_rules).agents == ("SQQB",)
    assert hits("QUA", "Birgit", house_rules).agents == ("NQQB", "SQQB")  # two are called so
    assert hits("NQQL", "Birgit", house_rules).agents == ("NQQB",)  # the other one is not theirs to see

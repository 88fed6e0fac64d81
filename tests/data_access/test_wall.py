"""A screen on the wall: the same numbers as Today, of the team that its link names, while the link counts."""

import pytest
from sqlalchemy import text
from support.databases import Load
from support.programs import start
from support.two_teams import NOW, TEAMS

from data_access.changes.wall_links import WallLinkError, end_link, listed_links, make_link
from data_access.database.engine import reading
from data_access.questions.overview import today_lines
from data_access.questions.people import viewer_of
from data_access.questions.phones import live_calls, phone_source_state
from data_access.questions.wall import WallLink, day_of, link_of_token, phones_of
from data_access.scope import EVERYBODY, Scope, scope_of
from metrics.house_rules import HouseRules


def lead_of(team: str) -> Scope:
    viewer = viewer_of(f"{team}L", NOW, NOW.date())
    assert viewer is not None
    return scope_of(viewer)


@pytest.mark.parametrize("team", TEAMS)
def test_a_wall_counts_what_its_teams_lead_counts(team: str, two_teams: Load, house_rules: HouseRules) -> None:
    waits = f"{team}-waits,{team}-4,2026-05-05T09:00:00+02:00,{team}A\n"
    two_teams.all_of(("callbacks", "source_id,customer_number,created_at,sent_to\n" + waits))
    link = link_of_token(make_link(f"{team}-team", NOW))
    assert link is not None
    day = day_of(link.scope, house_rules, NOW)
    assert day.overdue == today_lines(lead_of(team), house_rules, NOW).overdue == 1
    assert (day.received, day.answered) == (1, 1)  # one call on Thursday, and it was answered
    assert day.needed == 2  # from 9 to 17
    assert day.planned == 1  # of two on shift one is ill
    source = phone_source_state(link.scope, house_rules, NOW)
    phones = phones_of(link.scope, source, house_rules, NOW)
    assert phones is not None
    assert phones.waiting == len(live_calls(lead_of(team), house_rules, NOW)) == 1


@pytest.mark.usefixtures("two_teams")
def test_the_whole_agencys_wall_counts_both_teams(house_rules: HouseRules) -> None:
    link = link_of_token(make_link(None, NOW))
    assert link == WallLink(None, None)
    whole = day_of(link.scope, house_rules, NOW)
    teams = [day_of(lead_of(team), house_rules, NOW) for team in TEAMS]
    assert whole.received == sum(day.received for day in teams)
    assert whole.overdue == sum(day.overdue for day in teams)
    assert whole == day_of(EVERYBODY, house_rules, NOW)


@pytest.mark.usefixtures("two_teams")
def test_a_link_counts_until_it_is_ended_and_its_token_is_stored_nowhere() -> None:
    token, other = make_link("NQQ-team", NOW), make_link("SQQ-team", NOW)
    assert [link_of_token(one) is not None for one in (token, other, "", "guessed", token[:-1])] == [
        True, True, False, False, False,
    ]  # fmt: skip
    with reading() as connection:
        stored = repr(connection.execute(text("SELECT * FROM wall_link")).all())
        stored += repr(connection.execute(text("SELECT * FROM audit_log")).all())
    assert token not in stored
    end_link(1, NOW)
    assert (link_of_token(token), link_of_token(other) is not None) == (None, True)
    with pytest.raises(WallLinkError, match="no link 1 that still counts"):
        end_link(1, NOW)
    with pytest.raises(WallLinkError, match="there is no team 'West'; there are NQQ-team, SQQ-team"):
        make_link("West", NOW)
    assert [(link.link_id, link.team, link.ended_at) for link in listed_links()] == [
        (1, "NQQ-team", NOW),
        (2, "SQQ-team", None),
    ]
    with reading() as connection:
        actions = list(connection.scalars(text("SELECT action FROM audit_log ORDER BY id")))
    assert actions == ["make_wall_link", "make_wall_link", "end_wall_link"]


def test_where_no_telephone_system_is_followed_a_wall_says_nothing_of_phones(
    agency: Load,  # noqa: ARG001
    house_rules: HouseRules,
) -> None:
    assert phones_of(EVERYBODY, None, house_rules, NOW) is None
    day = day_of(EVERYBODY, house_rules, NOW)
    assert (day.received, day.overdue, day.needed, day.hole) == (0, 0, None, None)


@pytest.mark.usefixtures("two_teams")
def test_an_administrator_makes_names_and_ends_links_at_the_command_line(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "SVARTID_NOW": NOW.isoformat()}
    made = start("wall", "new", "--team", "NQQ-team", **settings).finish()
    assert made.returncode == 0
    token = made.stdout.partition("token=")[2].splitlines()[0]
    assert link_of_token(token) is not None
    assert start("wall", "list", **settings).finish().stdout == "1: NQQ-team, made 2026-05-07 14:00\n"
    assert start("wall", "end", "1", **settings).finish().stdout == "Link 1 shows nothing any more.\n"
    assert link_of_token(token) is None
    listed = start("wall", "list", **settings).finish().stdout
    assert listed == "1: NQQ-team, made 2026-05-07 14:00, ended 2026-05-07 14:00\n"

"""Ratings loaded, counted by hand, followed up, and gone after three months; sessions and concerns written down."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import select
from support.cast import ALICE, BIRGIT, BOB, CARL, DORA
from support.databases import ON_SQLITE, Load, begins_with
from support.templates import AGENCY

from data_access.changes.coaching import agree_on_session, review_session, write_concern
from data_access.changes.customer_looks import open_answer
from data_access.changes.refusals import ChangeRefusedError
from data_access.changes.retention import retain
from data_access.changes.satisfaction import follow_up, mark_week_reviewed
from data_access.database.engine import reading
from data_access.database.schema import agent
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.calls import Filters
from data_access.questions.coaching_sessions import coaching_sessions, concerns
from data_access.questions.feedback_weeks import feedback_weeks
from data_access.questions.people import viewer_of
from data_access.questions.satisfaction import (
    low_scores,
    published_scores,
    rating_rows,
    rating_totals,
    ratings_by_agent,
    scales_in_use,
)
from data_access.scope import Scope, Viewer, scope_of
from metrics.figures import SATISFACTION_FIGURES
from metrics.house_rules import HouseRules

EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
NOW = datetime(2026, 5, 7, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
WEEK = Filters(date(2026, 5, 4), date(2026, 5, 7))
SPRING = Filters(date(2026, 1, 1), date(2026, 5, 7))
QUALITY = Viewer("quality", "quality")
HEADER = "source_id,agent,customer_number,answered_at,scale,score,competence,treatment,comment\n"
RowsOf = Callable[[str], list[tuple[object, ...]]]


def viewer(initials: str) -> Viewer:
    found = viewer_of(initials, NOW, TODAY)
    assert found is not None
    return found


@begins_with(AGENCY)
def rated(load: Load) -> None:
    """Four ratings around midnight of 1 April in Copenhagen, two of this week, one on another scale."""
    report = load(
        "surveys",
        HEADER
        + f"S1,{BOB},K1,2026-03-31T23:59:59+02:00,1-10,10,,,\n"  # the last second of the first quarter
        + f"S2,{BOB},K2,2026-03-31T22:00:00Z,1-10,2,,,\n"  # midnight of 1 April in Copenhagen: the second quarter
        + f"S3,{CARL},K3,2026-01-01T00:00:00+01:00,1-10,7,,,\n"
        + f"S4,{CARL},K4,2025-12-31T23:30:00+01:00,1-10,1,,,\n"  # the quarter before
        + f"S5,{BOB},K5,2026-05-05T10:00:00+02:00,1-10,3,2,4,Ingen ringede tilbage\n"
        + f"S6,{CARL},K6,2026-05-06T10:00:00+02:00,1-10,9,9,8,\n"
        + f"S7,{BOB},K7,2026-05-06T11:00:00+02:00,smileys,5,,,\n",
    )
    assert not report.rejects, report.rejects


@pytest.mark.usefixtures("rated")
def test_a_quarter_is_the_mean_of_all_its_answers_and_no_mean_of_means(house_rules: HouseRules) -> None:
    found = published_scores(EVERYTHING, "1-10", house_rules, NOW).set_index("published_on")
    january, april, july = (found.loc[day] for day in (date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)))
    assert (january["score_sum"], january["ratings"]) == (1, 1)  # S4
    assert (april["score_sum"], april["ratings"]) == (17, 2)  # S1 and S3: 10 + 7
    assert (july["score_sum"], july["ratings"], july["is_running"]) == (14, 3, True)  # 2 + 3 + 9; the smiley is apart
    assert not april["is_running"]


def test_answers_weigh_and_not_agents(agency: Load, house_rules: HouseRules) -> None:
    # Nine tens for one agent and a single one for another: 91/10 = 9.1, where a mean of means would say 5.5.
    rows = [f"A{place},{BOB},K{place},2026-02-0{place + 1}T10:00:00+01:00,1-10,10,,,\n" for place in range(9)]
    agency("surveys", HEADER + "".join(rows) + f"B,{CARL},K9,2026-02-01T10:00:00+01:00,1-10,1,,,\n")
    quarter = published_scores(EVERYTHING, "1-10", house_rules, NOW).set_index("published_on").loc[date(2026, 4, 1)]
    assert quarter["score_sum"] / quarter["ratings"] == 9.1


@pytest.mark.usefixtures("rated")
def test_every_figure_opens_as_many_rows_as_it_says(house_rules: HouseRules) -> None:
    for filters in (WEEK, SPRING, Filters(date(2025, 1, 1), date(2025, 2, 1))):
        for scale in ("1-10", "smileys"):
            totals = rating_totals(EVERYTHING, filters, scale, house_rules, NOW)
            for figure in SATISFACTION_FIGURES:
                rows = rating_rows(EVERYTHING, filters, scale, house_rules, NOW, figure.id)
                assert len(rows) == totals[figure.denominator or figure.numerator], (filters, scale, figure.id)


@pytest.mark.usefixtures("rated")
def test_scales_are_never_mixed(house_rules: HouseRules) -> None:
    assert scales_in_use(EVERYTHING, TODAY) == ["1-10", "smileys"]
    smileys = rating_totals(EVERYTHING, WEEK, "smileys", house_rules, NOW)
    assert (smileys["ratings"], smileys["satisfied"], smileys["answers"]) == (1, 1, 3)
    tens = rating_totals(EVERYTHING, WEEK, "1-10", house_rules, NOW)
    assert (tens["ratings"], tens["satisfied"], tens["score_sum"], tens["low_scores"]) == (2, 1, 12, 1)


@pytest.mark.usefixtures("rated")
def test_the_weeks_review_holds_this_weeks_low_scores_and_older_ones_nobody_followed_up(
    house_rules: HouseRules,
) -> None:
    found = low_scores(EVERYTHING, WEEK, house_rules, NOW)
    assert found["customer"].tolist() == ["K5", "K2"]  # of 5 May and 1 April; S4 is older than three months
    follow_up(QUALITY, int(found["response_id"][1]), BOB, NOW - timedelta(hours=1), "content", house_rules, NOW)
    assert low_scores(EVERYTHING, WEEK, house_rules, NOW)["customer"].tolist() == ["K5"]
    follow_up(QUALITY, int(found["response_id"][0]), ALICE, NOW, "content", house_rules, NOW)
    left = low_scores(EVERYTHING, WEEK, house_rules, NOW)
    assert left[["customer", "followed_up_by"]].to_numpy().tolist() == [["K5", ALICE]]  # of this week, so it stays
    assert rating_totals(EVERYTHING, WEEK, "1-10", house_rules, NOW)["not_followed_up"] == 0


@pytest.mark.usefixtures("rated")
def test_a_follow_up_is_written_once_by_who_may_and_logged(house_rules: HouseRules, rows_of: RowsOf) -> None:
    low = int(low_scores(EVERYTHING, WEEK, house_rules, NOW)["response_id"][0])

    def refused(who: Viewer, by: str = BOB, at: datetime = NOW) -> str:
        with pytest.raises(ChangeRefusedError) as error:
            follow_up(who, low, by, at, "content", house_rules, NOW)
        return error.value.code

    assert refused(viewer(BOB)) == "not_allowed"  # about himself
    assert refused(viewer(DORA)) == "not_allowed"
    assert refused(QUALITY, "XYZ") == "nobody"
    assert refused(QUALITY, at=NOW + timedelta(minutes=1)) == "dates"  # it has not happened yet
    assert refused(QUALITY, at=datetime(2026, 5, 5, 7, 59, tzinfo=UTC)) == "dates"  # before the answer
    assert rows_of("SELECT * FROM audit_log") == []
    follow_up(viewer(ALICE), low, "bo", NOW, "content", house_rules, NOW)
    assert refused(QUALITY) == "already"
    assert rows_of("SELECT action, subject FROM audit_log") == [("follow_up", f"rating {low}")]


def test_a_later_file_does_not_undo_a_follow_up(rated: Load, house_rules: HouseRules) -> None:
    low = int(low_scores(EVERYTHING, WEEK, house_rules, NOW)["response_id"][0])
    follow_up(QUALITY, low, ALICE, NOW, "content", house_rules, NOW)
    rated(
        "surveys",
        "source_id,answered_at,score,followed_up_by,followed_up_at\n"
        f"S5,2026-05-05T10:00:00+02:00,3,{CARL},2026-05-05T12:00:00+02:00\n",
    )
    assert low_scores(EVERYTHING, WEEK, house_rules, NOW)["followed_up_by"].tolist()[-1] == ALICE


@pytest.mark.usefixtures("rated")
def test_who_answered_is_opened_one_at_a_time_and_logged(house_rules: HouseRules, rows_of: RowsOf) -> None:
    low = int(low_scores(EVERYTHING, WEEK, house_rules, NOW)["response_id"][0])
    opened = open_answer(viewer(ALICE), "satisfaction", low, house_rules, NOW)
    assert opened is not None
    assert [text for _at, text in opened.reasons] == ["Ingen ringede tilbage"]
    assert rows_of("SELECT action, page FROM access_log") == [("open_customer", "satisfaction")]
    assert open_answer(viewer(CARL), "satisfaction", low, house_rules, NOW) is None
    assert len(rows_of("SELECT * FROM access_log")) == 1


@pytest.mark.usefixtures("rated")
def test_a_viewer_sees_the_answers_about_his_own_people(house_rules: HouseRules) -> None:
    alice, bob, birgit = (scope_of(viewer(one)) for one in (ALICE, BOB, BIRGIT))
    assert set(rating_rows(alice, WEEK, "1-10", house_rules, NOW, "satisfied")["agent"]) == {BOB}
    assert set(ratings_by_agent(bob, SPRING, "1-10", house_rules, NOW)["agent"]) == {BOB}
    assert rating_totals(birgit, SPRING, "1-10", house_rules, NOW)["ratings"] == 0
    # The published score is one figure of the whole agency.
    seen = [published_scores(one, "1-10", house_rules, NOW)["score_sum"].tolist() for one in (alice, EVERYTHING)]
    assert seen[0] == seen[1]


@pytest.mark.usefixtures("rated")
def test_after_three_months_an_answer_is_traced_to_nobody(house_rules: HouseRules, rows_of: RowsOf) -> None:
    query = "SELECT source_id FROM survey_response WHERE customer_id IS NOT NULL ORDER BY 1"
    assert rows_of(query) == [("S1",), ("S2",), ("S5",), ("S6",), ("S7",)]  # S3 and S4 came too late to be traced
    later = NOW + timedelta(days=92)  # 7 August; the border is 7 May
    spring = rating_rows(EVERYTHING, SPRING, "1-10", house_rules, later, "satisfied")
    assert spring["customer"].isna().all()  # also where nobody has run the retention
    retain(house_rules, later)
    assert rows_of(query) == []
    assert len(rows_of("SELECT * FROM survey_response WHERE score > 0 AND agent_id > 0")) == 7


def test_who_is_asked_again_within_four_weeks_is_listed(agency: Load, house_rules: HouseRules) -> None:
    agency(
        "invitations",
        "source_id,customer_number,agent,sent_at\n"
        f"I1,K1,{BOB},2026-04-08T15:00:00+02:00\n"
        f"I2,K1,{CARL},2026-05-05T15:00:00+02:00\n"  # 27 days later, by somebody else
        f"I3,K2,{BOB},2026-04-08T15:00:00+02:00\n"
        f"I4,K2,{BOB},2026-05-06T14:00:00+02:00\n"  # 27 days and 23 hours later
        f"I7,K3,{BOB},2026-04-08T15:00:00+02:00\n"
        f"I8,K3,{BOB},2026-05-06T15:00:00+02:00\n"  # four weeks later
        f"I5,,{BOB},2026-05-06T09:00:00+02:00\n"  # nobody knows who was asked
        f"I6,,{BOB},2026-05-06T09:30:00+02:00\n",
    )
    found = rating_rows(EVERYTHING, WEEK, "1-10", house_rules, NOW, "asked_too_soon")
    assert found[["customer", "agent", "days_since"]].to_numpy().tolist() == [
        ["K2", BOB, 27],
        ["K1", CARL, 27],
    ]
    assert rating_totals(EVERYTHING, WEEK, "1-10", house_rules, NOW)["invitations"] == 5


@ON_SQLITE
@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("S1,BO,,2026-05-05T10:00:00+02:00,1-10,11,,,", "score", "outside the scale"),
        ("S1,BO,,2026-05-05T10:00:00+02:00,1-10,0,,,", "score", "outside the scale"),
        ("S1,BO,,2026-05-05T10:00:00+02:00,smileys,6,,,", "score", "outside the scale"),
        ("S1,BO,,2026-05-05T10:00:00+02:00,1-10,8,12,,", "competence", "outside the scale"),
        ("S1,BO,,2026-05-05T10:00:00+02:00,stars,4,,,", "scale", "none of"),
        ("S1,BO,,2026-05-05T10:00:00+02:00,1-10,8½,,,", "score", "whole number"),
        ("S1,BO,,2026-05-05T10:00:00+02:00,1-10,,,,", "score", "missing"),
        ("S1,XX,,2026-05-05T10:00:00+02:00,1-10,8,,,", "agent", "nobody"),
        ("S1,BO,,5.5.2026,1-10,8,,,", "answered_at", "not a time"),
    ],
)
def test_a_rating_that_cannot_be_is_set_aside_with_the_reason(agency: Load, row: str, column: str, reason: str) -> None:
    report = agency("surveys", HEADER + row + "\n")
    assert [(one.row, one.column) for one in report.rejects] == [(2, column)]
    assert reason in report.rejects[0].reason
    assert report.loaded == 0


def test_whose_rating_it_is_may_follow_from_invitation_or_call(agency: Load, rows_of: RowsOf) -> None:
    agency(
        "calls",
        "source_id,started_at,answered_at,ended_at,direction,status,queue,agent,customer_number\n"
        f"C1,2026-05-06T10:00:00+02:00,2026-05-06T10:00:05+02:00,2026-05-06T10:03:00+02:00,incoming,answered,"
        f"Reception,{CARL},K8\n",
    )
    agency("customers", "number,name\nK8,Kim\n")
    agency("invitations", f"source_id,customer_number,agent,sent_at\nI1,K7,{BOB},2026-05-05T09:00:00+02:00\n")
    report = agency(
        "surveys",
        "source_id,invitation,call,answered_at,score\n"
        "S1,I1,,2026-05-05T10:00:00+02:00,8\n"
        "S2,,C1,2026-05-06T11:00:00+02:00,9\n"
        "S3,I9,,2026-05-06T11:00:00+02:00,9\n"
        "S4,,C9,2026-05-06T12:00:00+02:00,9\n",
    )
    assert [(one.row, one.column) for one in report.rejects] == [(4, "invitation")]
    found = rows_of(
        "SELECT source_id, initials, number, call_id IS NOT NULL FROM survey_response"
        " LEFT JOIN agent ON agent.id = agent_id LEFT JOIN customer ON customer.id = customer_id ORDER BY 1"
    )
    assert [tuple(row) for row in found] == [
        ("S1", BOB, "K7", False), ("S2", CARL, "K8", True), ("S4", None, None, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (f"{BOB},2026-05-08T10:00:00+02:00", "followed_up_at", "yet to come"),
        (f"{BOB},", "followed_up_at", "when was"),
        (",2026-05-05T11:00:00+02:00", "followed_up_by", "who called"),
        (f"{BOB},2026-05-05T09:00:00+02:00", "followed_up_at", "before answered_at"),
    ],
)
def test_a_follow_up_has_a_name_and_a_date_that_has_come(agency: Load, row: str, column: str, reason: str) -> None:
    header = "source_id,answered_at,score,followed_up_by,followed_up_at\n"
    report = agency("surveys", header + f"S1,2026-05-05T10:00:00+02:00,2,{row}\n")
    assert [one.column for one in report.rejects] == [column]
    assert reason in report.rejects[0].reason


def test_of_a_call_that_two_took_nobody_is_rated(agency: Load, rows_of: RowsOf) -> None:
    agency(
        "calls",
        "source_id,started_at,answered_at,ended_at,direction,status,queue\n"
        "C1,2026-05-06T10:00:00+02:00,2026-05-06T10:00:05+02:00,2026-05-06T10:03:00+02:00,incoming,answered,Reception\n",
    )
    agency(
        "rings",
        "call,agent,rang_at,ring_seconds,outcome\n"
        f"C1,{BOB},2026-05-06T10:00:00+02:00,5,answered\nC1,{CARL},2026-05-06T10:01:00+02:00,5,answered\n",
    )
    agency("surveys", "source_id,call,answered_at,score\nS1,C1,2026-05-06T11:00:00+02:00,1\n")
    assert rows_of("SELECT agent_id, call_id IS NOT NULL FROM survey_response") == [(None, True)]


def test_an_old_answer_keeps_its_agent_and_no_key_names_the_customer(agency: Load, rows_of: RowsOf) -> None:
    agency(
        "calls",
        "source_id,started_at,answered_at,ended_at,direction,status,queue,agent\n"
        f"C1,2026-01-06T10:00:00+01:00,2026-01-06T10:00:05+01:00,2026-01-06T10:03:00+01:00,incoming,answered,Reception,{CARL}\n",
    )
    agency("surveys", "call,customer_number,answered_at,score\nC1,K1,2026-01-06T11:00:00+01:00,9\n")
    agency("invitations", f"customer_number,agent,sent_at\nK1,{BOB},2026-01-06T09:00:00+01:00\n")
    found = rows_of(
        "SELECT initials, call_id, customer_id FROM survey_response JOIN agent ON agent.id = survey_response.agent_id"
    )
    assert found == [(CARL, None, None)]
    keys = rows_of("SELECT source_id FROM survey_response UNION SELECT source_id FROM survey_invitation")
    assert len(keys) == 2
    assert "K1" not in str(keys)


def test_a_file_without_scales_does_not_change_a_known_one(rated: Load, rows_of: RowsOf) -> None:
    report = rated("surveys", "source_id,answered_at,score\nS7,2026-05-06T11:00:00+02:00,4\n")
    assert not report.rejects
    assert rows_of("SELECT scale, score FROM survey_response WHERE source_id = 'S7'") == [("smileys", 4)]


def test_what_was_written_to_quality_stands_in_no_reason(agency: Load) -> None:
    report = agency("concerns", f"about,by,at,rule,text\n{BOB},{CARL},2026-05-05T10:00:00+02:00,Kunden ventede,B1\n")
    assert len(report.rejects) == 1
    assert "Kunden" not in report.rejects[0].reason


def agent_id(initials: str) -> int:
    with reading() as connection:
        return int(connection.scalar(select(agent.c.id).where(agent.c.initials == initials)) or 0)


@pytest.mark.usefixtures("agency")
def test_a_session_is_agreed_and_reviewed_by_who_may(house_rules: HouseRules, rows_of: RowsOf) -> None:
    held, review = date(2026, 5, 12), date(2026, 6, 23)

    def refused(who: Viewer, whom: str, rule: str = "C1", first: date = held, last: date = review) -> str:
        with pytest.raises(ChangeRefusedError) as error:
            agree_on_session(who, agent_id(whom), rule, first, last, house_rules, NOW)
        return error.value.code

    assert refused(viewer(BOB), BIRGIT) == "not_allowed"
    assert refused(viewer(ALICE), CARL) == "not_allowed"  # another team's
    assert refused(viewer(ALICE), ALICE) == "not_allowed"  # oneself
    assert refused(QUALITY, BOB, rule="X9") == "unknown"
    assert refused(QUALITY, BOB, first=date(2026, 5, 6)) == "dates"  # yesterday
    assert refused(QUALITY, BOB, last=held) == "dates"  # reviewed on the same day
    agree_on_session(viewer(ALICE), agent_id(BOB), "C1", held, review, house_rules, NOW)
    assert refused(QUALITY, BOB) == "pending"  # pressed twice
    found = coaching_sessions(scope_of(viewer(BOB)), WEEK, TODAY)
    assert found[["agent", "by", "rule", "held_on", "review_on"]].to_numpy().tolist() == [
        [BOB, ALICE, "C1", held, review]
    ]
    assert coaching_sessions(scope_of(viewer(CARL)), WEEK, TODAY).empty
    session = int(found["session_id"][0])
    with pytest.raises(ChangeRefusedError):
        review_session(viewer(BOB), session, "better", house_rules, NOW)
    with pytest.raises(ChangeRefusedError):
        review_session(QUALITY, session, "fired", house_rules, NOW)
    with pytest.raises(ChangeRefusedError, match="dates"):  # it is held on 12 May
        review_session(QUALITY, session, "better", house_rules, NOW)
    later = NOW + timedelta(days=6)
    review_session(QUALITY, session, "better", house_rules, later)
    with pytest.raises(ChangeRefusedError, match="reviewed"):
        review_session(QUALITY, session, "not_held", house_rules, later)
    chosen = Filters(WEEK.from_date, WEEK.to_date, agent_id=agent_id(BOB))
    assert coaching_sessions(EVERYTHING, chosen, TODAY)["outcome"].tolist() == ["better"]
    assert [row[0] for row in rows_of("SELECT action FROM audit_log ORDER BY id")] == [
        "agree_coaching", "review_coaching",
    ]  # fmt: skip


@pytest.mark.usefixtures("agency")
def test_anybody_writes_a_concern_and_the_log_does_not_say_about_whom(house_rules: HouseRules, rows_of: RowsOf) -> None:
    period = CallbackFilters(WEEK.from_date, WEEK.to_date)
    for about, rule, text, reason in (
        (BOB, "B1", "noget", "nobody"),  # himself
        ("XYZ", "B1", "noget", "nobody"),
        (CARL, "B1", "  \n ", "no_text"),
        (CARL, "B1", "x" * 1001, "no_text"),
        (CARL, "Z1", "noget", "unknown"),
    ):
        with pytest.raises(ChangeRefusedError) as error:
            write_concern(viewer(BOB), about, rule, text, house_rules, NOW)
        assert error.value.code == reason
    write_concern(viewer(BOB), "car", "B1", "Kunden ventede\ni tre dage", house_rules, NOW)
    seen = concerns(scope_of(QUALITY), period, house_rules)
    assert seen[["about", "by", "rule", "text"]].to_numpy().tolist() == [[CARL, BOB, "B1", "Kunden ventede i tre dage"]]
    logged = rows_of("SELECT action, subject, details FROM audit_log")
    assert len(logged) == 1
    assert CARL not in str(logged)


@pytest.mark.usefixtures("rated")
def test_a_follow_up_has_an_outcome(house_rules: HouseRules, rows_of: RowsOf) -> None:
    low = int(low_scores(EVERYTHING, WEEK, house_rules, NOW)["response_id"][0])
    with pytest.raises(ChangeRefusedError) as error:
        follow_up(QUALITY, low, BOB, NOW, "delighted", house_rules, NOW)
    assert error.value.code == "unknown"
    follow_up(QUALITY, low, BOB, NOW, "leaves", house_rules, NOW)
    assert low_scores(EVERYTHING, WEEK, house_rules, NOW)["follow_up_outcome"].dropna().tolist() == ["leaves"]
    ((details,),) = rows_of("SELECT details FROM audit_log")
    assert str(details).endswith("outcome=leaves")


@ON_SQLITE
def test_an_outcome_is_loaded_with_its_follow_up_and_not_without(agency: Load, rows_of: RowsOf) -> None:
    report = agency(
        "surveys",
        "source_id,answered_at,score,followed_up_by,followed_up_at,follow_up_outcome\n"
        f"S1,2026-05-05T10:00:00+02:00,3,{CARL},2026-05-05T12:00:00+02:00,content\n"
        "S2,2026-05-05T10:00:00+02:00,3,,,content\n"
        f"S3,2026-05-05T10:00:00+02:00,3,{CARL},2026-05-05T12:00:00+02:00,perhaps\n",
    )
    assert sorted((reject.row, reject.column) for reject in report.rejects) == [
        (3, "follow_up_outcome"),  # nobody called
        (4, "follow_up_outcome"),  # none of the words
    ]
    assert rows_of("SELECT source_id, follow_up_outcome FROM survey_response") == [("S1", "content")]


MONDAY = date(2026, 4, 27)


@pytest.mark.usefixtures("rated")
def test_a_week_is_marked_as_reviewed_once_it_is_over_by_who_may(house_rules: HouseRules, rows_of: RowsOf) -> None:
    def refused(who: Viewer, week: date = MONDAY, filters: Filters = WEEK) -> str:
        with pytest.raises(ChangeRefusedError) as error:
            mark_week_reviewed(who, filters, week, house_rules, NOW)
        return error.value.code

    other_team = Filters(WEEK.from_date, WEEK.to_date, team_id=999)
    assert refused(viewer(BOB)) == "not_allowed"  # an agent
    assert refused(viewer(ALICE), filters=other_team) == "not_allowed"  # not hers
    assert refused(QUALITY, date(2026, 5, 4)) == "dates"  # Thursday's week is not over
    assert refused(QUALITY, date(2026, 4, 28)) == "dates"  # a Tuesday is no week
    assert rows_of("SELECT * FROM feedback_review") == []
    mark_week_reviewed(QUALITY, WEEK, MONDAY, house_rules, NOW)
    assert refused(QUALITY) == "already"
    before = MONDAY - timedelta(weeks=1)
    mark_week_reviewed(QUALITY, WEEK, before, house_rules, NOW)  # an older week after a newer one
    assert rows_of("SELECT count(*) FROM feedback_review") == [(2,)]
    assert rows_of(f"SELECT action, subject, details FROM audit_log WHERE subject LIKE '%{before}'") == [
        ("review_week", f"week {before}", "all")
    ]
    assert rows_of(f"SELECT action, subject, details FROM audit_log WHERE subject LIKE '%{MONDAY}'") == [
        ("review_week", f"week {MONDAY}", "all")
    ]


@pytest.mark.usefixtures("rated")
def test_the_weeks_say_what_came_in_and_who_reviewed_them(house_rules: HouseRules) -> None:
    def weeks(scope: Scope, filters: Filters = WEEK) -> dict[date, tuple[object, ...]]:
        rows = feedback_weeks(scope, filters, house_rules, NOW)
        return {
            row.week: (row.ratings, row.low_scores, row.not_followed_up, row.reviewed_by) for row in rows.itertuples()
        }

    everything, alice = scope_of(QUALITY), viewer(ALICE)
    april = date(2026, 3, 30)  # S1 and S2: the night of 1 April
    shown = weeks(everything)
    assert list(shown) == [date(2026, 4, 27) - timedelta(weeks=place) for place in range(8)]  # the running week is none
    assert shown[april][:3] == (2, 1, 1)
    mark_week_reviewed(alice, WEEK, april, house_rules, NOW)
    assert weeks(scope_of(alice))[april] == (2, 1, 1, ALICE)  # both are about Bob, who is in her team
    assert pd.isna(weeks(everything)[april][3])  # of the whole agency nobody has
    north = Filters(WEEK.from_date, WEEK.to_date, team_id=alice.team_ids[0])
    assert weeks(everything, north)[april][3] == ALICE
    mark_week_reviewed(QUALITY, WEEK, april, house_rules, NOW)
    found = feedback_weeks(everything, WEEK, house_rules, NOW).set_index("week")
    assert found["reviewed_at"][april] == NOW
    assert pd.isna(found["reviewed_by"][april])  # nobody in person, at this computer

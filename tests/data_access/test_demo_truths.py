"""The events of the simulated year bear out each planted truth: by counting, without any house rule."""

from datetime import date, timedelta

import pandas as pd
import pytest
from dateutil.relativedelta import relativedelta
from support.simulated_year import SimulatedYear

from data_access.demo import truths as planted

# Who stands apart in the counts below for a reason of his own.
RARELY_ON_PHONES = {planted.BAD_LUCK, planted.LUNCH_SHIFT}
NOT_LIKE_OTHERS = {*RARELY_ON_PHONES, planted.RECOVERED_TWICE}


@pytest.fixture(scope="session")
def rings(simulated_year: SimulatedYear) -> pd.DataFrame:
    """Every ring of an incoming call on the phone of somebody who was not away."""
    rows = simulated_year.frame(
        """
        SELECT agent.initials, ring.rang_at, ring.outcome, call.half_hour, call.local_date, call.id AS call_id
        FROM ring JOIN call ON call.id = ring.call_id JOIN agent ON agent.id = ring.agent_id
        WHERE call.direction = 'incoming' AND NOT EXISTS (
          SELECT 1 FROM absence WHERE absence.agent_id = ring.agent_id
          AND absence.starts_at <= ring.rang_at AND ring.rang_at < absence.ends_at)
        ORDER BY ring.rang_at
        """,
        ("rang_at",),
    )
    return rows.assign(picked_up=rows["outcome"] == "answered")


@pytest.fixture(scope="session")
def attempts(simulated_year: SimulatedYear) -> pd.DataFrame:
    """Every noted attempt, with who made it and the callback it belongs to."""
    return simulated_year.frame(
        """
        SELECT agent.initials, contact_attempt.callback_id, contact_attempt.customer_id, contact_attempt.at,
          contact_attempt.channel, contact_attempt.reached, contact_attempt.local_date, callback.done_at,
          callback.withdrawn_at, receiver.initials AS receiver, EXISTS (
            SELECT 1 FROM callback AS again WHERE again.customer_id = callback.customer_id
            AND again.created_at > callback.created_at
            AND again.created_at < DATETIME(callback.created_at, '+21 days')) AS called_again
        FROM contact_attempt JOIN agent ON agent.id = contact_attempt.agent_id
        JOIN callback ON callback.id = contact_attempt.callback_id
        LEFT JOIN agent AS receiver ON receiver.id = callback.sent_to_id ORDER BY contact_attempt.at
        """,
        ("at", "done_at", "withdrawn_at"),
    )


def test_every_truth_lies_in_the_default_year(simulated_year: SimulatedYear) -> None:
    assert len(simulated_year.truths) == 25
    for truth in simulated_year.truths.values():
        assert simulated_year.start <= truth.first_day <= truth.last_day <= simulated_year.until.date()


def test_two_agents_pick_up_far_less_than_the_rest(rings: pd.DataFrame) -> None:
    # At lunch everybody picks up less, and some, for instance leads, have more lunch duty than others.
    shares = rings[~rings["half_hour"].isin((24, 25))].groupby("initials")["picked_up"].mean()
    for initials, share in shares.items():
        if initials in planted.ANSWERS_LESS:
            # Planted 0.58 and 0.64; 1,400 rings: three standard errors are 0.04.
            assert shares[initials] == pytest.approx(planted.ANSWERS_LESS[str(initials)], abs=0.04)
        elif initials not in NOT_LIKE_OTHERS:
            assert share > 0.84, initials


def test_the_agent_of_the_lunch_shift_looks_worse_and_is_like_the_others_in_each_half_hour(rings: pd.DataFrame) -> None:
    others = rings[~rings["initials"].isin({*planted.ANSWERS_LESS, *NOT_LIKE_OTHERS})]
    own = rings[rings["initials"] == planted.LUNCH_SHIFT]
    assert own["picked_up"].mean() < others["picked_up"].mean() - 0.03
    at_lunch = own["half_hour"].isin((24, 25))
    # One of his three hours on the phones, one of seven or none for the others.
    assert at_lunch.mean() > 2 * others["half_hour"].isin((24, 25)).mean()
    for part in (True, False):
        mine, theirs = own[at_lunch == part], others[others["half_hour"].isin((24, 25)) == part]
        standard_error = (mine["picked_up"].var() / len(mine)) ** 0.5
        assert mine["picked_up"].mean() == pytest.approx(theirs["picked_up"].mean(), abs=3 * standard_error)


def test_bad_luck_is_six_of_ten_rings_and_nothing_before(simulated_year: SimulatedYear, rings: pd.DataFrame) -> None:
    own = rings[rings["initials"] == planted.BAD_LUCK]
    lately = own["local_date"] >= str(simulated_year.truths["bad_luck"].first_day)
    planted_rings = own[lately]["picked_up"].head(len(planted.UNLUCKY_RINGS)).tolist()
    assert planted_rings == [not missed for missed in planted.UNLUCKY_RINGS][: len(planted_rings)]
    assert len(planted_rings) >= 8  # on four Tuesday mornings hardly more may come
    assert lately.sum() < 40  # few calls: nobody could tell
    # 0.91 less those who hang up first, about 0.885; of 190 rings three standard errors are 0.07.
    assert own[~lately]["picked_up"].mean() == pytest.approx(0.885, abs=0.07)


def test_one_agent_forgets_notes(simulated_year: SimulatedYear) -> None:
    shares = simulated_year.frame(
        """
        SELECT agent.initials, AVG(EXISTS (
            SELECT 1 FROM note WHERE note.customer_id = call.customer_id AND note.agent_id = ring.agent_id
            AND note.local_date = call.local_date)) AS noted, COUNT(*) AS conversations
        FROM ring JOIN call ON call.id = ring.call_id JOIN agent ON agent.id = ring.agent_id
        WHERE call.direction = 'incoming' AND ring.outcome = 'answered' AND call.customer_id IS NOT NULL
          AND call.local_date < '2026-11-20' GROUP BY agent.initials
        """
    ).set_index("initials")["noted"]
    assert shares.pop(planted.FORGETS_NOTES) == pytest.approx(0.6, abs=0.05)
    assert shares.min() > 0.93


def test_one_agent_notes_calls_that_were_never_made_and_nobody_else_does(
    simulated_year: SimulatedYear, attempts: pd.DataFrame
) -> None:
    dialled = simulated_year.frame(
        """
        SELECT agent.initials, customer_phone.customer_id, ring.rang_at AS at
        FROM ring JOIN call ON call.id = ring.call_id JOIN agent ON agent.id = ring.agent_id
        JOIN customer_phone ON customer_phone.phone_number = call.remote_number WHERE call.direction = 'outgoing'
        """,
        ("at",),
    )
    own_callbacks = attempts["initials"] == attempts["receiver"]
    calls = attempts[
        (attempts["channel"] == "call") & (own_callbacks | (attempts["initials"] != planted.INVENTS_ATTEMPTS))
    ]
    keys = ["initials", "customer_id", "at"]
    was_made = calls.merge(dialled.drop_duplicates(), on=keys, how="left", indicator=True)["_merge"] == "both"
    invented = (~was_made.set_axis(calls["initials"])).groupby(level=0).agg(["sum", "count"])
    own = invented.loc[planted.INVENTS_ATTEMPTS]
    # 150 attempts or so: three standard errors are 0.12.
    assert own["sum"] / own["count"] == pytest.approx(0.4, abs=0.12)
    assert invented.drop(planted.INVENTS_ATTEMPTS)["sum"].sum() == 0


def tries_a_day(attempts: pd.DataFrame, initials: str) -> pd.DataFrame:
    """Days on which somebody tried and did not reach a customer of a message to them, who did not call again either."""
    is_theirs = (attempts["initials"] == initials) & (attempts["receiver"] == initials)
    own = attempts[is_theirs & (attempts["called_again"] == 0)]
    days = own.groupby(["callback_id", "local_date"]).agg(
        calls=("channel", lambda channels: (channels == "call").sum()),
        wrote=("channel", lambda channels: (channels != "call").any()),
        reached=("reached", "max"),
        done_at=("done_at", "max"),
        withdrawn_at=("withdrawn_at", "max"),
    )
    days = days[~days["reached"].astype(bool)].reset_index()
    # Not days on which the customer called in himself and was helped, nor today, which is not over.
    ended = days["done_at"].fillna(days["withdrawn_at"]).dt.strftime("%Y-%m-%d")
    return days[(ended != days["local_date"]) & (days["local_date"] < "2026-11-20")]


def test_one_agent_never_tries_twice_on_a_day_and_stops_after_one_attempt(attempts: pd.DataFrame) -> None:
    own = tries_a_day(attempts, planted.STOPS_AFTER_ONE)
    # Of the others 82 % try again: ten such days without a second call would be chance once in 28 million.
    assert len(own) >= 10
    assert own["calls"].max() == 1
    usual = pd.concat([tries_a_day(attempts, initials) for initials in ("DRA", "LWI", "NFJ", "ELU", "ABE", "HGA")])
    # 82 % try again and 46 % of those in vain: 0.38 of 0.56 days without success have two calls.
    assert usual["calls"].mean() == pytest.approx(1 + 0.38 / 0.56, abs=0.15)


def test_the_new_agent_calls_twice_and_writes_on_each_day_until_the_customer_is_reached(attempts: pd.DataFrame) -> None:
    own = tries_a_day(attempts, planted.NEW_AND_KEEPS_PATTERN)
    # On few days customers are not reached at once; on each of them he keeps the pattern.
    assert len(own) >= 3
    assert (own["calls"] == 2).all()
    assert own["wrote"].all()


def test_one_agent_draws_twice_the_reminders_of_the_agency(simulated_year: SimulatedYear) -> None:
    counts = simulated_year.frame(
        """
        SELECT agent.initials, COUNT(*) AS callbacks, SUM((
          SELECT COUNT(*) FROM callback AS again WHERE again.reminder_of = callback.source_id)) AS reminders
        FROM callback JOIN agent ON agent.id = callback.sent_to_id
        WHERE callback.reminder_of IS NULL AND callback.created_at >= '2026-08-22' GROUP BY agent.initials
        """
    ).set_index("initials")
    own = counts.loc[planted.DRAWS_REMINDERS]
    assert own["reminders"] >= 3
    assert own["reminders"] / own["callbacks"] >= 2 * counts["reminders"].sum() / counts["callbacks"].sum()


def test_satisfaction_with_one_agent_fell_in_spring_and_recovered_after_coaching(
    simulated_year: SimulatedYear,
) -> None:
    scores = simulated_year.frame(
        """
        SELECT agent.initials, survey_response.local_date AS day, score FROM survey_response
        JOIN agent ON agent.id = survey_response.agent_id
        """
    )
    truth = simulated_year.truths["fell_in_spring"]
    own = scores["initials"] == planted.FELL_IN_SPRING
    in_spring = scores["day"].between(str(truth.first_day), str(truth.last_day))
    # 20 ratings or more: three standard errors of a mean are 0.9 at most.
    assert (own & in_spring).sum() >= 20
    assert scores[own & in_spring]["score"].mean() == pytest.approx(6.2, abs=0.9)
    for group in (scores[own & ~in_spring], scores[~own & in_spring]):
        assert group["score"].mean() == pytest.approx(8.6, abs=0.4)  # 0.96 of 8.75 (none is above 10) and 0.04 of 2.5
    session = simulated_year.frame(
        f"SELECT held_on FROM coaching JOIN agent ON agent.id = agent_id WHERE initials = '{planted.FELL_IN_SPRING}'"
    )
    assert str(simulated_year.truths["coached"].first_day) in session["held_on"].tolist()


def absences_of(year: SimulatedYear, initials: str, first_day: date) -> pd.DataFrame:
    return year.frame(
        f"""
        SELECT kind, first_day, last_day, requested_on FROM absence JOIN agent ON agent.id = agent_id
        WHERE initials = '{initials}' AND first_day = '{first_day}'
        """
    )


def test_two_buddies_are_away_in_the_same_week(simulated_year: SimulatedYear) -> None:
    truth = simulated_year.truths["buddies_away"]
    pair = simulated_year.frame(
        f"""
        SELECT 1 FROM buddy_pair JOIN agent AS one ON one.id = agent_id JOIN agent AS other ON other.id = buddy_id
        WHERE one.initials = '{truth.who[0]}' AND other.initials = '{truth.who[1]}'
        """
    )
    assert len(pair) == 1
    for initials in truth.who:
        assert absences_of(simulated_year, initials, truth.first_day)["last_day"].tolist() == [str(truth.last_day)]


@pytest.mark.parametrize(
    ("key", "days_too_late"),
    [("asked_in_time", 0), ("asked_a_day_late", 1), ("asked_on_31_january", 0)],
    ids=["exactly one month", "one day less", "31 January, the month clamps"],
)
def test_vacation_was_asked_for_at_the_boundary(simulated_year: SimulatedYear, key: str, days_too_late: int) -> None:
    truth = simulated_year.truths[key]
    (absence,) = absences_of(simulated_year, truth.who[0], truth.first_day).itertuples()
    earliest = date.fromisoformat(absence.requested_on) + relativedelta(months=1)
    assert (earliest - truth.first_day).days == days_too_late
    assert absence.kind == "vacation"


def test_one_team_has_nobody_on_the_rota_on_fridays_from_12_to_13(simulated_year: SimulatedYear) -> None:
    shifts = simulated_year.frame(
        """
        SELECT shift.local_date AS day, shift.starts_at, shift.ends_at FROM shift
        JOIN team_member ON team_member.agent_id = shift.agent_id JOIN team ON team.id = team_member.team_id
        WHERE team.name = 'Vest' AND strftime('%w', shift.local_date) = '5'
        """,
        ("starts_at", "ends_at"),
    )
    noon = pd.to_datetime(shifts["day"] + " 12:00").dt.tz_localize("Europe/Copenhagen")
    covers = (shifts["starts_at"] < noon + pd.Timedelta(hours=1)) & (noon < shifts["ends_at"])
    since = shifts["day"] >= str(simulated_year.truths["coverage_hole"].first_day)
    assert since.sum() > 100
    assert not covers[since].any()
    assert covers[~since].sum() > 30


def test_the_worked_case_of_b4_is_in_and_every_other_promise_was_kept(simulated_year: SimulatedYear) -> None:
    promises = simulated_year.frame(
        f"""
        SELECT promise.id, agent.initials, promise.made_at, promise.from_at, promise.to_at, (
          SELECT COUNT(*) FROM call JOIN customer_phone ON customer_phone.phone_number = call.remote_number
          WHERE customer_phone.customer_id = callback.customer_id
          AND promise.made_at <= call.started_at AND call.started_at <= promise.to_at
          AND (call.status = 'answered' OR call.direction = 'outgoing'
               AND COALESCE(promise.from_at, promise.made_at) <= call.started_at)) AS calls_in_time,
          callback.done_at < promise.to_at OR callback.withdrawn_at < promise.to_at AS ended_before
        FROM promise JOIN callback ON callback.id = promise.callback_id JOIN agent ON agent.id = callback.sent_to_id
        WHERE promise.to_at < '{simulated_year.until:%Y-%m-%d %H:%M}' ORDER BY promise.to_at
        """,
        ("made_at", "to_at"),
    )
    assert len(promises) > 100
    broken = promises[(promises["calls_in_time"] == 0) & (promises["ended_before"] != 1)]
    local = broken["to_at"].dt.tz_convert("Europe/Copenhagen").dt.strftime("%Y-%m-%d %H:%M")
    thursday = simulated_year.truths["broken_promise"].first_day
    assert thursday.weekday() == 3
    assert local.tolist() == [f"{thursday} 16:30", f"{thursday} 19:29"]
    assert set(broken["initials"]) == {planted.BROKE_PROMISE}


def test_a_handler_is_gone_with_open_callbacks(simulated_year: SimulatedYear) -> None:
    gone_on = simulated_year.truths["handler_gone"].first_day
    lying = simulated_year.frame(
        f"""
        SELECT callback.id, employment.to_date FROM callback JOIN agent ON agent.id = callback.sent_to_id
        JOIN employment ON employment.agent_id = agent.id
        WHERE agent.initials = '{planted.GONE}' AND callback.done_at IS NULL AND callback.withdrawn_at IS NULL
        """
    )
    assert len(lying) >= 5
    assert set(lying["to_date"]) == {str(gone_on)}


def test_one_source_stopped_two_days_ago_and_the_others_go_on(simulated_year: SimulatedYear) -> None:
    newest = simulated_year.frame(
        "SELECT kind, MAX(newest_record) AS newest FROM import_run WHERE newest_record IS NOT NULL GROUP BY kind",
        ("newest",),
    ).set_index("kind")["newest"]
    age = simulated_year.until - newest
    assert timedelta(days=2) <= age[planted.STOPPED_SOURCE] < timedelta(days=2, hours=12)
    assert age[["calls", "rings", "notes", "callbacks", "attempts", "invitations"]].max() < timedelta(hours=4)


def test_an_employee_of_the_telephone_system_is_mapped_to_nobody(simulated_year: SimulatedYear) -> None:
    assert simulated_year.frame("SELECT DISTINCT source_agent FROM presence WHERE agent_id IS NULL")[
        "source_agent"
    ].tolist() == [planted.UNMAPPED_EMPLOYEE]
    set_aside = simulated_year.frame(
        f"SELECT 1 FROM import_reject WHERE reason LIKE '%{planted.UNMAPPED_EMPLOYEE}%' AND NOT loaded"
    )
    nobodys = simulated_year.frame(
        """
        SELECT local_date FROM call WHERE direction = 'incoming' AND status = 'answered'
        AND NOT EXISTS (SELECT 1 FROM ring WHERE ring.call_id = call.id)
        """
    )
    assert len(nobodys) == len(set_aside) > 20
    assert nobodys["local_date"].min() >= str(simulated_year.truths["unmapped_employee"].first_day)


def test_one_agent_answered_far_less_in_two_spells_and_recovered_each_time(
    simulated_year: SimulatedYear, rings: pd.DataFrame
) -> None:
    own = rings[(rings["initials"] == planted.RECOVERED_TWICE) & ~rings["half_hour"].isin((24, 25))]
    spells = [simulated_year.truths[key] for key in ("answered_less", "answered_less_again")]
    in_spell = [own["local_date"].between(str(truth.first_day), str(truth.last_day)) for truth in spells]
    for inside in in_spell:
        # Some 250 rings in eight weeks: three standard errors are 0.09.
        assert own[inside]["picked_up"].mean() == pytest.approx(0.6, abs=0.09)
    assert own[~in_spell[0] & ~in_spell[1]]["picked_up"].mean() == pytest.approx(0.885, abs=0.04)
    assert spells[0].last_day < spells[1].first_day - timedelta(days=20)


def test_one_agent_was_put_on_kcs_list_late_and_most_messages_still_go_to_them(simulated_year: SimulatedYear) -> None:
    since = simulated_year.truths["listed_late"].first_day
    listed = simulated_year.frame(f"SELECT from_date FROM kc_list WHERE name = '{planted.LISTED_LATE}'")
    assert listed["from_date"].tolist() == [str(since)]
    sent = simulated_year.frame(
        f"""
        SELECT callback.local_date AS day, callback.sent_to_desk AS desk FROM callback
        JOIN customer_owner ON customer_owner.customer_id = callback.customer_id
        JOIN agent ON agent.id = customer_owner.agent_id
        WHERE agent.initials = '{planted.LISTED_LATE}' AND callback.topic = 'general'
        """
    )
    before, after = sent[sent["day"] < str(since)], sent[sent["day"] >= str(since)]
    assert (before["desk"] == "kc").mean() < 0.1  # a slip now and then
    assert 0.1 < (after["desk"] == "kc").mean() < 0.8
    shifts = simulated_year.frame(
        f"SELECT 1 FROM shift JOIN agent ON agent.id = agent_id WHERE initials = '{planted.LISTED_LATE}' "
        "AND local_date > '2026-11-20'"
    )
    assert len(shifts) > 10  # so the form of the hand-over has to ask twice


def test_the_main_mailbox_is_read_late_in_the_last_weeks(simulated_year: SimulatedYear) -> None:
    waited = simulated_year.frame(
        """
        SELECT callback.local_date AS day, callback.created_at AS at, (
          SELECT MIN(call.started_at) FROM call WHERE call.customer_id = callback.customer_id
          AND call.direction = 'outgoing' AND call.started_at > callback.created_at) AS called_at
        FROM callback WHERE topic = 'escalation'
        """,
        ("at", "called_at"),
    )
    hours = (waited["called_at"] - waited["at"]).dt.total_seconds() / 3600
    unread = waited["day"] >= str(simulated_year.truths["mailbox_unread"].first_day)
    assert len(waited) > 60
    assert hours[~unread].median() < 30
    # Whoever has not been called by the end has waited longest.
    assert hours[unread].fillna(1000).median() > 72


def test_a_buddy_answers_for_a_late_colleague_who_is_away_for_weeks(simulated_year: SimulatedYear) -> None:
    truth = simulated_year.truths["late_is_away"]
    pair = simulated_year.frame(
        f"""
        SELECT 1 FROM buddy_pair JOIN agent AS one ON one.id = agent_id JOIN agent AS other ON other.id = buddy_id
        WHERE '{planted.COVERS_LATE}' IN (one.initials, other.initials)
        AND '{planted.DRAWS_REMINDERS}' IN (one.initials, other.initials)
        """
    )
    assert len(pair) == 1
    assert absences_of(simulated_year, planted.DRAWS_REMINDERS, truth.first_day)["last_day"].tolist() == [
        str(truth.last_day)
    ]
    covered = simulated_year.frame(
        f"""
        SELECT 1 FROM callback JOIN customer_owner ON customer_owner.customer_id = callback.customer_id
        JOIN agent AS owner ON owner.id = customer_owner.agent_id JOIN agent AS buddy ON buddy.id = callback.sent_to_id
        WHERE owner.initials = '{planted.DRAWS_REMINDERS}' AND buddy.initials = '{planted.COVERS_LATE}'
        """
    )
    assert len(covered) > 20


def test_some_late_requests_of_the_inventor_look_as_if_tried_in_time(simulated_year: SimulatedYear) -> None:
    late = simulated_year.frame(
        f"""
        SELECT callback.id FROM callback JOIN contact_attempt ON contact_attempt.callback_id = callback.id
        JOIN agent ON agent.id = contact_attempt.agent_id
        WHERE agent.initials = '{planted.INVENTS_ATTEMPTS}' AND contact_attempt.channel = 'call'
        AND contact_attempt.at <= DATETIME(callback.created_at, '+24 hours') AND NOT EXISTS (
          SELECT 1 FROM call WHERE call.direction = 'outgoing' AND call.customer_id = callback.customer_id
          AND call.started_at BETWEEN callback.created_at AND DATETIME(callback.created_at, '+24 hours'))
        GROUP BY callback.id
        """
    )
    assert len(late) >= 5

"""Customers are asked after a call and some answer; a few are upset, whoever took the call, and are followed up."""

from datetime import date, timedelta

import numpy as np

from data_access.database.schema import survey_invitation, survey_response
from data_access.demo import truths as planted
from data_access.demo.people import Agency, Customer
from data_access.demo.rows import Rows
from data_access.demo.staff import OnDuty, WorkingTime, midnight_of
from data_access.demo.truths import Truth, truth_of
from metrics.house_rules import HouseRules
from metrics.satisfaction import FOLLOW_UP_OUTCOMES

SOURCE, SCALE = "surveys", "1-10"
HOUR, DAY = 3600, 86_400
SHARE_ASKED, SHARE_ANSWERING, SHARE_FOLLOWED_UP = 0.3, 0.4, 0.82
REST_SECONDS = 28 * DAY
SPREAD = 1.35
FOLLOW_UP_TO = 4
SHARE_UPSET = 0.04
"""Of those who answer, with whomever they spoke: upset by what no case handler can help, they give 1 to 4."""
UPSET_OFTEN, UPSET_LATELY_SECONDS = 3, 90 * DAY
"""So many low ratings in that time and a case handler keeps to the call pattern (A2)."""
SHARES_OF_OUTCOMES = (0.62, 0.17, 0.04, 0.17)
KEPT_DAYS = 92
"""Customer, call and comment of an answer are blanked when it is older (Q2)."""


class Ratings:
    """Who was asked when, and what they answered."""

    def __init__(
        self,
        agency: Agency,
        truths: tuple[Truth, ...],
        working_time: WorkingTime,
        rows: Rows,
        rules: HouseRules,
        rng: np.random.Generator,
        until: int,
    ) -> None:
        self.agency, self.working_time, self.rows, self.rng, self.until = agency, working_time, rows, rng, until
        stopped = truth_of(truths, "source_stopped")
        self.delivers_until = until - planted.STOPPED_DAYS_AGO * DAY if stopped else until
        today = date.fromordinal(date(1970, 1, 1).toordinal() + until // DAY)
        self.blanked_before = midnight_of(today - timedelta(days=KEPT_DAYS), rules)
        self.asked_at: dict[int, int] = {}
        self.upset_at: dict[int, list[int]] = {}

    def perhaps_ask(self, at: int, customer: Customer, person: OnDuty, call_id: int) -> None:
        """Ask the customer, unless they were asked in the last four weeks (Q2); perhaps they answer."""
        asked, answers, hours = self.rng.random(3)
        sent_at = at + 600
        if asked >= SHARE_ASKED or at - self.asked_at.get(customer.id, -REST_SECONDS) < REST_SECONDS:
            return
        if sent_at >= self.until:
            return
        self.asked_at[customer.id] = sent_at
        kept = sent_at >= self.blanked_before
        invitation_id = self.rows.add(
            survey_invitation,
            source=SOURCE,
            source_id=f"I{self.rows.written['survey_invitation'] + 1}",
            customer_id=customer.id if kept else None,
            agent_id=person.person.id,
            sent_at=sent_at,
        )
        answered_at = sent_at + int(hours**3 * 24 * HOUR)
        if answers < SHARE_ANSWERING and answered_at < self.delivers_until:
            self.answer(answered_at, invitation_id, customer, person, call_id)

    def answer(self, at: int, invitation_id: int, customer: Customer, person: OnDuty, call_id: int) -> None:
        drawn = self.rng.normal(person.habits.satisfaction, SPREAD, 3)
        if self.rng.random() < SHARE_UPSET:
            drawn = self.rng.uniform(0.5, FOLLOW_UP_TO + 0.5, 3)
        score, competence, treatment = (int(value) for value in np.clip(np.round(drawn), 1, 10))
        kept = at >= self.blanked_before
        is_low = score <= FOLLOW_UP_TO
        if is_low:
            self.upset_at.setdefault(person.person.id, []).append(at)
        followed_up_at = self.working_time.after(at, int(self.rng.uniform(2, 24) * HOUR))
        is_followed_up = is_low and self.rng.random() < SHARE_FOLLOWED_UP and followed_up_at < self.until
        lead = next(
            colleague for colleague in self.agency.members(person.person.team) if colleague.team == person.person.team
        )
        self.rows.add(
            survey_response,
            source=SOURCE,
            source_id=f"S{self.rows.written['survey_response'] + 1}",
            invitation_id=invitation_id,
            customer_id=customer.id if kept else None,
            agent_id=person.person.id,
            call_id=call_id if kept else None,
            answered_at=at,
            scale=SCALE,
            score=score,
            competence=competence,
            treatment=treatment,
            comment=str(self.rng.choice(self.agency.texts.comments)) if is_low and kept else None,
            followed_up_by_id=lead.id if is_followed_up else None,
            followed_up_at=followed_up_at if is_followed_up else None,
            follow_up_outcome=self.outcome() if is_followed_up else None,
        )

    def has_upset_customers(self, person_id: int, at: int) -> bool:
        """Several customers lately gave somebody a low rating."""
        lately = [upset for upset in self.upset_at.get(person_id, ()) if at - UPSET_LATELY_SECONDS <= upset < at]
        return len(lately) >= UPSET_OFTEN

    def outcome(self) -> str:
        return str(self.rng.choice(FOLLOW_UP_OUTCOMES, p=SHARES_OF_OUTCOMES))

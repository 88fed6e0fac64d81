"""Rules A1 and A2: the pattern of contact attempts, which step of it is missing, and who must follow it.

Two call attempts on the same day, after the second a message, the next working day the same again, until the customer
is reached. Days are local days; all instants are UTC.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

from metrics.calendar import ONE_DAY, is_working_day, local_day, local_to_utc
from metrics.callbacks import CALL, Attempt, Holder, Note, Request, Verdict, as_known_at, earliest
from metrics.house_rules import HouseRules, in_force

Step = Literal["done", "missing", "pending", "not_required"]
STEPS = ("first_call", "second_call", "message", "noted")
"""The steps of a day, in their order."""


@dataclass(frozen=True)
class AttemptDay:
    """One attempt day of one request: what became of each step, and who had the request when the day ended.

    done; missing: the day is over; pending: today, until midnight; not_required: the customer was reached or withdrew
    before, or asked to be called on a later day. `noted`: whether all that was made is written down; not required where
    nothing was made. `calls`: the beginnings of the attempts made, all of them.
    """

    day: date
    holder: Holder
    first_call: Step
    second_call: Step
    message: Step
    noted: Step
    calls: tuple[datetime, ...]
    is_over: bool

    @property
    def steps(self) -> tuple[Step, Step, Step, Step]:
        return self.first_call, self.second_call, self.message, self.noted

    @property
    def is_due(self) -> bool:
        """Whether the day is over and the pattern asked anything of it."""
        return self.is_over and any(step != "not_required" for step in self.steps)

    @property
    def is_kept(self) -> bool:
        return self.is_due and "missing" not in self.steps


def attempt_days(request: Request, judged: Verdict, rules: HouseRules, now: datetime) -> tuple[AttemptDay, ...]:
    """The attempt days of a request up to `now`, in order (A1).

    Working days of the desk that has it, from the day of the first attempt or the day it fell due, whichever is
    earlier, to the day on which the customer was reached or withdrew, or today. Whoever makes an attempt, it counts;
    what the CRM says of the request does not. Empty while nobody has tried and it is not due yet.
    """
    request = as_known_at(request, now)
    ended_at = earliest(judged.reached_at, request.withdrawn_at)
    end = ended_at or now
    made: dict[date, list[Attempt]] = defaultdict(list)
    for attempt in request.attempts:
        if attempt.at <= end:
            made[local_day(attempt.at, rules)].append(attempt)
    written = notes_by_day(request, rules)
    days_called = [day for day, of_day in made.items() if any(attempt.channel == CALL for attempt in of_day)]
    day = min([local_day(judged.breached_at or judged.due_at, rules), *days_called])
    days = []
    while day <= local_day(end, rules):
        next_midnight = local_to_utc(day + ONE_DAY, 0, rules)
        holder = holder_at(judged, min(next_midnight, now))
        if is_working_day(rules, holder.desk, day):
            of_day = made[day]
            calls = sorted(attempt.at for attempt in of_day if attempt.channel == CALL)
            attempts = separate_attempts(calls, rules, day)
            messages = [attempt.at for attempt in of_day if attempt.channel != CALL]
            wrote = len(attempts) > 1 and any(at >= attempts[1] for at in messages)
            is_over_for_us = (ended_at is not None and ended_at < next_midnight) or is_put_off(request, day, rules)
            open_step: Step = "not_required" if is_over_for_us else "pending" if now < next_midnight else "missing"
            done = (len(attempts) > 0, len(attempts) > 1, wrote)
            first, second, message = (("done" if is_done else open_step) for is_done in done)
            is_noted = all(attempt_is_noted(attempt, written[day]) for attempt in of_day)
            # What was made has to be noted, also where nothing more is due because the customer was reached.
            not_noted: Step = "pending" if now < next_midnight else "missing"
            noted: Step = "not_required" if not of_day else "done" if is_noted else not_noted
            is_over = next_midnight <= now
            days.append(AttemptDay(day, holder, first, second, message, noted, tuple(attempts), is_over))
        day += ONE_DAY
    return tuple(days)


def notes_by_day(request: Request, rules: HouseRules) -> dict[date, list[Note]]:
    """The notes of each local day; a call that somebody noted is one too, an SMS or a mail is none."""
    calls = (attempt for attempt in request.attempts if attempt.channel == CALL and not attempt.is_derived)
    attempts = [Note(attempt.at, attempt.agent_id) for attempt in calls]
    by_day: dict[date, list[Note]] = defaultdict(list)
    for written in (*request.notes, *attempts):
        by_day[local_day(written.at, rules)].append(written)
    return by_day


def attempt_is_noted(attempt: Attempt, notes_of_day: Sequence[Note]) -> bool:
    """Whether an attempt is written down (A1, C2): by itself, or by a note of that agent later that day, which answers
    for all of their dials before it."""
    return not attempt.is_derived or any(
        written.at >= attempt.at and attempt.agent_id in (None, written.agent_id) for written in notes_of_day
    )


def holder_at(judged: Verdict, at: datetime) -> Holder:
    """Who has a request just before an instant: on the day of a hand-over, who has it when the day ends."""
    holders = [deadline.holder for deadline in judged.deadlines if deadline.since < at]
    return holders[-1] if holders else judged.deadlines[0].holder


def separate_attempts(calls: Sequence[datetime], rules: HouseRules, day: date) -> list[datetime]:
    """The beginnings of the attempts that the dials of a day make (A1), in order.

    A dial within the gap of an attempt's first dial belongs to that attempt; the gap's end is still within it.
    """
    gap = timedelta(minutes=in_force(rules.thresholds.attempt_gap_minutes, day).value)
    attempts: list[datetime] = []
    for at in calls:
        if not attempts or at - attempts[-1] > gap:
            attempts.append(at)
    return attempts


def is_put_off(request: Request, day: date, rules: HouseRules) -> bool:
    """The customer has asked to be called on a later day than this one; what they asked last counts."""
    asked = [
        promise
        for promise in request.promises
        if promise.asked_by_customer and local_day(promise.made_at, rules) <= day
    ]
    latest = max(asked, key=lambda promise: promise.made_at, default=None)
    return latest is not None and day < local_day(latest.from_at or latest.to_at, rules)


def is_not_reached_for_long(request: Request, judged: Verdict, rules: HouseRules, now: datetime) -> bool:
    """Overdue, and more than `not_reached_days` working days have begun since the day the request was written (A1)."""
    today = local_day(now, rules)
    most = in_force(rules.thresholds.not_reached_days, today).value
    day, working_days = local_day(request.created_at, rules) + ONE_DAY, 0
    while day <= today and working_days <= most:
        working_days += is_working_day(rules, judged.holder.desk, day)
        day += ONE_DAY
    return judged.state == "overdue" and working_days > most


@dataclass(frozen=True)
class PatternFacts:
    """What decides on one day whether an agent must follow the pattern (A2); counts of the window up to that day.

    The counts of the agency are those of everybody, the agent included. Ratings: of the scale 1 to 10.
    """

    hired_on: date | None = None
    reminders: int = 0
    callbacks: int = 0
    agency_reminders: int = 0
    agency_callbacks: int = 0
    upset: int = 0
    ratings: int = 0
    agency_upset: int = 0
    agency_ratings: int = 0


def must_follow_the_pattern(facts: PatternFacts, day: date, rules: HouseRules) -> tuple[str, ...]:
    """Why an agent must follow the pattern on a day (A2): new, draws_reminders, upsets_customers; empty: need not."""
    reasons = {
        "new": is_new(facts.hired_on, day, rules),
        "draws_reminders": draws_reminders(facts, day, rules),
        "upsets_customers": upsets_customers(facts, day, rules),
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def is_new(hired_on: date | None, day: date, rules: HouseRules) -> bool:
    """Hired within `new_agent_months`: on the same day of the month so many months later no longer."""
    months = in_force(rules.thresholds.new_agent_months, day).value
    return hired_on is not None and hired_on <= day < hired_on + relativedelta(months=months)


def draws_reminders(facts: PatternFacts, day: date, rules: HouseRules) -> bool:
    """At least three reminders in the window, and at least twice the agency's rate per callback."""
    least = in_force(rules.thresholds.reminders_at_least, day).value
    agency = (facts.agency_reminders, facts.agency_callbacks)
    return facts.reminders >= least and is_times_the_agency((facts.reminders, facts.callbacks), agency, day, rules)


def upsets_customers(facts: PatternFacts, day: date, rules: HouseRules) -> bool:
    """At least three low ratings in the window, and at least twice the agency's share."""
    least = in_force(rules.thresholds.upset_at_least, day).value
    agency = (facts.agency_upset, facts.agency_ratings)
    return facts.upset >= least and is_times_the_agency((facts.upset, facts.ratings), agency, day, rules)


def is_times_the_agency(agents: tuple[int, int], agency: tuple[int, int], day: date, rules: HouseRules) -> bool:
    """Whether a rate, as cases and of how many, is at least so many times the agency's; exactly so many is."""
    factor = in_force(rules.thresholds.times_the_agency, day).value
    return agents[0] * agency[1] >= factor * agency[0] * agents[1]

"""Rules R2 to R6: whether an absence was told in time, whether it is a reason to be off the phones, who covers.

Days are local dates. A verdict carries the date that decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

import pandas as pd
from dateutil.relativedelta import relativedelta

from metrics.calendar import ONE_DAY, Span
from metrics.house_rules import HouseRules, in_force

VACATION, ERRAND, CHILD_SICK = "vacation", "errand", "child_sick"
NOT_A_REASON = ("dentist", "doctor", "vehicle_inspection")
"""Planned, these are no reason to be off the phones during a shift; acute they are (R4)."""
NOT_ABOUT_HEALTH = (VACATION, ERRAND, "vehicle_inspection", "course")
"""Kinds of absence that are no health data; all others, known or not, are for the own lead and the administrator."""
NoticeState = Literal["in_time", "late", "swapped", "swap_first", "unknown", "no_rule"]


@dataclass(frozen=True)
class AddedDays:
    """Days that a later edit added to an absence, both included: a request of their own (R2)."""

    first_day: date
    last_day: date
    requested_on: date


@dataclass(frozen=True)
class Absence:
    """One absence as it was asked for. `acute`, `swap_tried` (whether a swap was tried first): None where nobody says.

    `requested_on`: the day of the first request; `added`: what edits added since, in their order. `is_swapped`:
    somebody took over all of the time.
    """

    kind: str
    first_day: date
    last_day: date
    starts_at: datetime
    ends_at: datetime
    requested_on: date | None = None
    channel: str | None = None
    acute: bool | None = False
    swap_tried: bool | None = None
    is_swapped: bool = False
    added: tuple[AddedDays, ...] = ()


@dataclass(frozen=True)
class NoticeVerdict:
    """Whether an absence was told in time, by which rule, and how many days before its first day it was.

    `latest_day`: the last day on which telling it would have done; missing where no rule asks for notice.
    `requested_on` and `first_day`: of the days that decide, which an edit may have added.
    """

    state: NoticeState
    rule: str | None = None
    days_given: int | None = None
    latest_day: date | None = None
    is_on_the_last_day: bool = False
    requested_on: date | None = None
    first_day: date | None = None


FROM_WORST: tuple[NoticeState, ...] = ("late", "unknown", "swap_first", "in_time", "swapped", "no_rule")


def judge_notice(absence: Absence, rules: HouseRules) -> NoticeVerdict:
    """Whether an absence was told in time (R2, R3), by the rule in force on the day it was first asked for.

    Days that an edit added count from when they were asked for; the worst part decides, of equal ones the first.
    """
    parts = [
        replace(judge_request(replace(absence, first_day=first_day, requested_on=asked_on), rules),
                requested_on=asked_on, first_day=first_day)
        for first_day, asked_on in requests_of(absence)
    ]  # fmt: skip
    return min(parts, key=lambda part: FROM_WORST.index(part.state))


def requests_of(absence: Absence) -> list[tuple[date, date | None]]:
    """The first day and the day of asking of each request that an absence is made of, in the order of its days."""
    length = (absence.last_day - absence.first_day).days + 1
    asked = dict.fromkeys((absence.first_day + offset * ONE_DAY for offset in range(length)), absence.requested_on)
    for edit in absence.added:
        asked |= {day: edit.requested_on for day in asked if edit.first_day <= day <= edit.last_day}
    days = list(asked.items())
    return [(day, when) for place, (day, when) in enumerate(days) if place == 0 or when != days[place - 1][1]]


def judge_request(absence: Absence, rules: HouseRules) -> NoticeVerdict:
    rule = {VACATION: "R2", ERRAND: "R3"}.get(absence.kind)
    if rule is None or absence.acute:
        return NoticeVerdict("no_rule")
    asked_on = absence.requested_on
    latest = latest_day_to_tell(absence.kind, absence.first_day, rules, asked_on or absence.first_day)
    if absence.kind == ERRAND and absence.is_swapped:
        return NoticeVerdict("swapped", rule, latest_day=latest)
    if asked_on is None:
        return NoticeVerdict("unknown", rule, latest_day=latest)
    days_given = (absence.first_day - asked_on).days
    if asked_on > latest:
        return NoticeVerdict("late", rule, days_given, latest)
    is_last = asked_on == latest
    if absence.kind == ERRAND and absence.swap_tried is False:
        return NoticeVerdict("swap_first", rule, days_given, latest, is_last)
    return NoticeVerdict("in_time", rule, days_given, latest, is_last)


def earliest_first_day(told_on: date, rules: HouseRules) -> date:
    """The first day off that a vacation told on a day may have (R2): a calendar month later, month ends clamp."""
    notice = in_force(rules.notice, told_on)
    return (
        told_on
        + relativedelta(months=notice.vacation_months)
        + (ONE_DAY if notice.counting == "statutory" else timedelta())
    )


def latest_day_to_tell(kind: str, first_day: date, rules: HouseRules, asked_on: date) -> date:
    """The last day on which telling an absence is in time, by the rule in force on the day it was asked for.

    Because month ends clamp, several days may lead to the same first day off: 28 to 31 January to 28 February.
    """
    notice = in_force(rules.notice, asked_on)
    if kind == ERRAND:
        return first_day - timedelta(days=notice.errand_days)
    one_more = ONE_DAY if notice.counting == "statutory" else timedelta()
    months = relativedelta(months=notice.vacation_months)
    day = first_day - months - one_more
    while day + ONE_DAY + months + one_more <= first_day:
        day += ONE_DAY
    return day


Answer = Literal["yes", "yes_but", "no"]


def answer_to_request(
    notice: NoticeState, *, makes_holes: bool, is_coverage_known: bool, buddy_is_there: bool
) -> Answer:
    """What may be answered to somebody who asks for leave: no where it is asked for too late (R2, R3); yes where
    nothing speaks against it; else yes, but: a hole in coverage or a rota that nobody knows (R1), a buddy who is away
    or missing (R5), a swap that nobody has tried (R3)."""
    if notice == "late":
        return "no"
    is_plain = notice != "swap_first" and not makes_holes and is_coverage_known and buddy_is_there
    return "yes" if is_plain else "yes_but"


def is_not_a_reason(absence: Absence, shifts: Sequence[tuple[datetime, datetime]]) -> bool | None:
    """Off the phones during a shift without a reason (R4): something planned, or a child ill beyond the first day.

    Acute things are a reason, and so is a child's first day of illness. What lies outside the shifts concerns nobody.
    None, and no verdict, where nobody says whether it was acute.
    """
    if absence.acute or absence.kind not in (*NOT_A_REASON, CHILD_SICK):
        return False
    is_child = absence.kind == CHILD_SICK
    begins = min(absence.starts_at + ONE_DAY, absence.ends_at) if is_child else absence.starts_at
    is_in_a_shift = any(start < absence.ends_at and begins < end for start, end in shifts)
    return None if is_in_a_shift and absence.acute is None else is_in_a_shift


def went_through_the_right_channel(absence: Absence, rules: HouseRules) -> bool | None:
    """Whether a request about the rota went to the rota mailbox (R6); None where no request is asked or known.

    A channel may name the copy too: rota_mailbox+lead_mailbox.
    """
    if absence.kind not in (VACATION, ERRAND) or absence.acute or absence.channel is None:
        return None
    wanted = in_force(rules.rota_requests, absence.requested_on or absence.first_day)
    return absence.channel.split("+")[0].strip() == wanted.channel


def got_a_copy(absence: Absence, rules: HouseRules) -> bool | None:
    """Whether the second address got a copy of a request (R6); None where the channel says nothing of copies."""
    if absence.channel is None or "+" not in absence.channel:
        return None
    wanted = in_force(rules.rota_requests, absence.requested_on or absence.first_day)
    return wanted.copy_to in [part.strip() for part in absence.channel.split("+")[1:]]


def both_away(absences: Sequence[Span], buddys: Sequence[Span]) -> list[Span]:
    """When two buddies are away together (R5): half-open, in order, joined where they touch."""
    together: list[Span] = []
    overlaps = [
        (max(start, begin), min(end, over))
        for start, end in absences
        for begin, over in buddys
        if start < over and begin < end
    ]
    for start, end in sorted(overlaps):
        if together and start <= together[-1][1]:
            together[-1] = (together[-1][0], max(end, together[-1][1]))
        else:
            together.append((start, end))
    return together


def absences_behind(
    register: pd.DataFrame, pairs: pd.DataFrame, absent: pd.DataFrame, alone: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The rows that each count takes, by its name (R2 to R6): vacation_told, vacation_in_time, errand_told,
    errand_in_time, not_a_reason, wrong_channel, buddies_away, without_cover, without_buddy.

    register: absences with in_period, kind, state, is_not_a_reason, right_channel. pairs: buddies away together, with
    is_planned. absent: who is away now, with cover. alone: who has no buddy at all.
    """
    in_period = register[register["in_period"].astype(bool)]
    vacation = in_period[(in_period["kind"] == VACATION) & in_period["state"].isin(("in_time", "late"))]
    errand = in_period[
        (in_period["kind"] == ERRAND) & in_period["state"].isin(("in_time", "late", "swapped", "swap_first"))
    ]
    return {
        "vacation_told": vacation,
        "vacation_in_time": vacation[vacation["state"] == "in_time"],
        "errand_told": errand,
        "errand_in_time": errand[errand["state"].isin(("in_time", "swapped"))],
        "not_a_reason": in_period[in_period["is_not_a_reason"].fillna(False).astype(bool)],
        "wrong_channel": in_period[(~in_period["right_channel"].fillna(True)).astype(bool)],
        "buddies_away": pairs[pairs["is_planned"].astype(bool)],
        "without_cover": absent[absent["cover"] != "buddy"],
        "without_buddy": alone,
    }


COUNTED_FROM_REASONS = ("not_a_reason",)
"""Counts that say why somebody was away: who may not see reasons sees no count either (R4)."""

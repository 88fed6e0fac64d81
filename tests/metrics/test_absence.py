"""Rules R2 to R6, row by row; each boundary says why it stands there."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st
from support.cast import WEDNESDAY, at

from metrics.absence import (
    Absence,
    AddedDays,
    NoticeState,
    NoticeVerdict,
    absences_behind,
    answer_to_request,
    both_away,
    earliest_first_day,
    got_a_copy,
    is_not_a_reason,
    judge_notice,
    latest_day_to_tell,
    went_through_the_right_channel,
)
from metrics.calendar import local_to_utc
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

RULES = read_house_rules(DEFAULT_FILE)
STATUTORY = RULES.model_copy(update={"notice": [RULES.notice[0].model_copy(update={"counting": "statutory"})]})
SHIFT = (at("09:00"), at("17:00"))


def away(kind: str, first: date, asked: date | None, last: date | None = None, **more: object) -> Absence:
    last = last or first
    starts, ends = local_to_utc(first, 0, RULES), local_to_utc(last, 1440, RULES)
    return Absence(kind, first, last, starts, ends, asked, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "first", "state", "days"),
    [
        (date(2026, 5, 12), date(2026, 6, 12), "in_time", 31),  # a calendar month to the day
        (date(2026, 5, 13), date(2026, 6, 12), "late", 30),  # one day short
        (date(2026, 1, 31), date(2026, 2, 28), "in_time", 28),  # month ends clamp
        (date(2026, 1, 31), date(2026, 2, 27), "late", 27),
        (date(2028, 1, 31), date(2028, 2, 29), "in_time", 29),  # a leap year
        (date(2028, 1, 31), date(2028, 2, 28), "late", 28),
        (date(2026, 3, 31), date(2026, 4, 30), "in_time", 30),
        (date(2026, 12, 31), date(2027, 1, 31), "in_time", 31),
        (date(2026, 12, 31), date(2027, 1, 30), "late", 30),
        (date(2026, 6, 12), date(2026, 6, 12), "late", 0),  # on the day itself
        (date(2026, 6, 15), date(2026, 6, 12), "late", -3),  # after the fact
        (date(2026, 3, 1), date(2026, 4, 1), "in_time", 31),  # the clocks change in between: days are days
        (None, date(2026, 6, 12), "unknown", None),  # nobody wrote down when
    ],
)
def test_vacation_is_told_a_calendar_month_before(
    asked: date | None, first: date, state: str, days: int | None
) -> None:
    verdict = judge_notice(away("vacation", first, asked), RULES)
    assert (verdict.state, verdict.rule, verdict.days_given) == (state, "R2", days)


@pytest.mark.parametrize(
    ("rules", "first", "latest"),
    [
        (RULES, date(2026, 6, 12), date(2026, 5, 12)),
        (RULES, date(2026, 2, 28), date(2026, 1, 31)),  # 28 to 31 January all lead to it
        (RULES, date(2026, 3, 31), date(2026, 2, 28)),  # there is no 31 February
        (STATUTORY, date(2026, 6, 12), date(2026, 5, 11)),  # one day more
        (STATUTORY, date(2026, 3, 15), date(2026, 2, 14)),
        (STATUTORY, date(2026, 3, 1), date(2026, 1, 31)),
    ],
)
def test_the_latest_date_that_would_have_done_is_said(rules: HouseRules, first: date, latest: date) -> None:
    assert judge_notice(away("vacation", first, first), rules).latest_day == latest
    told = judge_notice(away("vacation", first, latest), rules)
    assert (told.state, told.is_on_the_last_day) == ("in_time", True)
    assert judge_notice(away("vacation", first, latest + timedelta(days=1)), rules).state == "late"


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.sampled_from((RULES, STATUTORY)))
def test_the_latest_date_is_the_last_from_which_the_first_day_can_be_reached(first: date, rules: HouseRules) -> None:
    latest = latest_day_to_tell("vacation", first, rules, first)
    assert earliest_first_day(latest, rules) <= first < earliest_first_day(latest + timedelta(days=1), rules)
    assert relativedelta(first, latest).months <= 1


@pytest.mark.parametrize(
    ("asked", "tried", "swapped", "state"),
    [
        (date(2026, 4, 29), True, False, "in_time"),  # exactly 7 days before
        (date(2026, 4, 30), True, False, "late"),
        (date(2026, 4, 30), True, True, "swapped"),  # somebody took the shift: no notice is needed
        (date(2026, 4, 1), False, False, "swap_first"),  # told early, but a swap comes first
        (date(2026, 4, 1), None, False, "in_time"),  # nobody says whether a swap was tried
        (date(2026, 4, 30), False, False, "late"),
    ],
)
def test_an_errand_is_swapped_or_told_a_week_before(asked: date, tried: bool | None, swapped: bool, state: str) -> None:
    verdict = judge_notice(away("errand", WEDNESDAY, asked, swap_tried=tried, is_swapped=swapped), RULES)
    assert (verdict.state, verdict.rule) == (state, "R3")
    assert verdict.latest_day == date(2026, 4, 29)


def test_half_a_day_is_told_as_early_as_a_whole_one_also_in_the_week_when_the_clocks_change() -> None:
    monday = date(2026, 3, 30)  # the clocks went forward the night before
    half = Absence(
        "errand", monday, monday, at("13:00", monday), at("15:00", monday), date(2026, 3, 23), swap_tried=True
    )
    assert judge_notice(half, RULES).state == "in_time"


@pytest.mark.parametrize(
    ("asked", "more", "expected"),
    [
        (None, {}, ("unknown", "R3", None, date(2026, 5, 13))),  # the date by which it should have been
        (date(2026, 5, 13), {"swap_tried": False}, ("swap_first", "R3", 7, date(2026, 5, 13), True)),
        (date(2026, 5, 12), {"swap_tried": False}, ("swap_first", "R3", 8, date(2026, 5, 13), False)),
        (date(2026, 5, 14), {}, ("late", "R3", 6, date(2026, 5, 13))),
    ],
)
def test_a_verdict_says_by_when_it_should_have_been_told_and_how_early_it_was(
    asked: date | None, more: dict[str, bool], expected: tuple[Any, ...]
) -> None:
    day = date(2026, 5, 20)
    verdict = judge_notice(away("errand", day, asked, **more), RULES)
    assert verdict == NoticeVerdict(*expected, requested_on=asked, first_day=day)


JUNE = [date(2026, 6, day) for day in range(1, 31)]
"""From the first of June on, so that JUNE[0] is its first day."""


@pytest.mark.parametrize(
    ("first", "last", "edits", "state", "asked_on", "deciding_day"),
    [
        # Asked on 1 April for 8 to 12 June; nothing added.
        (8, 12, [], "in_time", date(2026, 4, 1), 8),
        # Two days more at the end, asked for on 13 May for 13 June: exactly a month.
        (8, 14, [(13, 14, date(2026, 5, 13))], "in_time", date(2026, 4, 1), 8),
        # One day later it is too late, for the added days.
        (8, 14, [(13, 14, date(2026, 5, 14))], "late", date(2026, 5, 14), 13),
        # Earlier by a day, asked for on 8 May for 7 June.
        (7, 12, [(7, 7, date(2026, 5, 8))], "late", date(2026, 5, 8), 7),
        # The added days were taken back: what was asked for first decides.
        (8, 12, [(13, 14, date(2026, 5, 14))], "in_time", date(2026, 4, 1), 8),
        # Moved as a whole: all its days were asked for anew.
        (15, 19, [(15, 19, date(2026, 5, 20))], "late", date(2026, 5, 20), 15),
        # Added, taken back, and added again.
        (8, 13, [(13, 13, date(2026, 4, 2)), (13, 13, date(2026, 6, 1))], "late", date(2026, 6, 1), 13),
    ],
)
def test_days_that_an_edit_adds_are_a_request_of_their_own(
    first: int, last: int, edits: list[tuple[int, int, date]], state: str, asked_on: date, deciding_day: int
) -> None:
    added = tuple(AddedDays(JUNE[begin - 1], JUNE[end - 1], asked) for begin, end, asked in edits)
    vacation = away("vacation", JUNE[first - 1], date(2026, 4, 1), JUNE[last - 1], added=added)
    verdict = judge_notice(vacation, RULES)
    assert (verdict.state, verdict.requested_on, verdict.first_day) == (state, asked_on, JUNE[deciding_day - 1])


@pytest.mark.parametrize("kind", ["sick", "child_sick", "course", "dentist"])
def test_what_no_rule_asks_notice_for_has_no_verdict(kind: str) -> None:
    assert judge_notice(away(kind, WEDNESDAY, WEDNESDAY), RULES).state == "no_rule"
    assert judge_notice(away("vacation", WEDNESDAY, WEDNESDAY, acute=True), RULES).state == "no_rule"


@pytest.mark.parametrize(
    ("absence", "is_not"),
    [
        (away("dentist", WEDNESDAY, None), True),  # planned, in the middle of a shift
        (away("dentist", WEDNESDAY, None, acute=True), False),  # toothache
        (Absence("dentist", WEDNESDAY, WEDNESDAY, at("17:00"), at("18:00")), False),  # when the shift is over
        (Absence("dentist", WEDNESDAY, WEDNESDAY, at("16:59"), at("18:00")), True),  # a minute of it
        (Absence("dentist", WEDNESDAY, WEDNESDAY, at("08:00"), at("09:00")), False),  # back when the shift begins
        (away("dentist", WEDNESDAY, None, acute=None), None),  # nobody says whether it was acute: no verdict
        (Absence("dentist", WEDNESDAY, WEDNESDAY, at("17:00"), at("18:00"), acute=None), False),
        (away("vehicle_inspection", WEDNESDAY, None), True),
        (away("child_sick", WEDNESDAY, None), False),  # a child's first day of illness
        (away("child_sick", WEDNESDAY, None, WEDNESDAY + timedelta(days=1)), False),  # off shift on the second
        (away("child_sick", WEDNESDAY, None, WEDNESDAY + timedelta(days=1), acute=True), False),
        (away("child_sick", WEDNESDAY - timedelta(days=1), None, WEDNESDAY), True),  # on shift on the second day
        (away("sick", WEDNESDAY, None), False),
        (away("vacation", WEDNESDAY, None), False),
    ],
)
def test_what_is_no_reason_to_be_off_the_phones(absence: Absence, is_not: bool | None) -> None:
    assert is_not_a_reason(absence, [SHIFT]) is is_not


@pytest.mark.parametrize(
    ("channel", "right", "copied"),
    [
        ("rota_mailbox", True, None),
        ("rota_mailbox+lead_mailbox", True, True),
        ("rota_mailbox+somebody", True, False),
        ("corridor", False, None),
        (None, None, None),
    ],
)
def test_a_request_goes_to_the_rota_mailbox_with_a_copy(
    channel: str | None, right: bool | None, copied: bool | None
) -> None:
    request = away("vacation", WEDNESDAY, date(2026, 4, 1), channel=channel)
    assert went_through_the_right_channel(request, RULES) is right
    assert got_a_copy(request, RULES) is copied
    assert went_through_the_right_channel(away("sick", WEDNESDAY, None, channel="phone"), RULES) is None


def test_the_channel_is_the_one_in_force_when_it_was_asked_for() -> None:
    later = RULES.rota_requests[0].model_copy(
        update={"from_date": date(2026, 5, 1), "channel": "portal", "copy_to": "portal_copy"}
    )
    rules = RULES.model_copy(update={"rota_requests": [*RULES.rota_requests, later]})
    asked_before = away("vacation", WEDNESDAY, date(2026, 4, 1), channel="rota_mailbox+lead_mailbox")
    assert went_through_the_right_channel(asked_before, rules)
    assert got_a_copy(asked_before, rules)
    # Nobody knows when it was asked for: the rule of its first day counts.
    unknown = away("vacation", WEDNESDAY, None, channel="portal+portal_copy")
    assert went_through_the_right_channel(unknown, rules)
    assert got_a_copy(unknown, rules)


@pytest.mark.parametrize(
    ("own", "buddys", "together"),
    [
        ([("09:00", "12:00")], [("12:00", "17:00")], []),  # one comes as the other goes
        ([("09:00", "12:01")], [("12:00", "17:00")], [("12:00", "12:01")]),
        ([("09:00", "17:00")], [("10:00", "11:00"), ("11:00", "12:00")], [("10:00", "12:00")]),  # joined
        ([("09:00", "17:00")], [], []),
    ],
)
def test_buddies_are_away_together_while_both_are(
    own: list[tuple[str, str]], buddys: list[tuple[str, str]], together: list[tuple[str, str]]
) -> None:
    def spans(clocks: list[tuple[str, str]]) -> list[tuple[datetime, datetime]]:
        return [(at(start), at(end)) for start, end in clocks]

    assert both_away(spans(own), spans(buddys)) == spans(together) == both_away(spans(buddys), spans(own))


def test_each_count_takes_the_absences_that_it_says() -> None:
    register = pd.DataFrame(
        [
            # in_period, kind, state, is_not_a_reason, right_channel
            (True, "vacation", "in_time", False, True),
            (True, "vacation", "late", False, False),
            (True, "vacation", "unknown", False, None),  # nobody wrote down when: no verdict
            (True, "errand", "swapped", False, True),  # a swap needs no notice
            (True, "errand", "swap_first", False, True),  # told in time, but nobody tried to swap
            (True, "doctor", "no_rule", True, True),
            (False, "vacation", "late", False, False),  # of another period
        ],
        columns=["in_period", "kind", "state", "is_not_a_reason", "right_channel"],
    ).astype({"right_channel": "boolean"})
    pairs = pd.DataFrame({"is_planned": [True, False]})
    absent = pd.DataFrame({"cover": ["buddy", "buddy_away", "no_buddy"]})
    alone = pd.DataFrame({"agent": ["BO"]})

    def rows(counted: str) -> list[int]:
        return absences_behind(register, pairs, absent, alone)[counted].index.tolist()

    assert rows("vacation_told") == [0, 1]
    assert rows("vacation_in_time") == [0]
    assert rows("errand_told") == [3, 4]
    assert rows("errand_in_time") == [3]
    assert rows("not_a_reason") == [5]
    assert rows("wrong_channel") == [1]  # where nobody says, nothing is held against anybody
    assert rows("buddies_away") == [0]
    assert rows("without_cover") == [1, 2]
    assert rows("without_buddy") == [0]


@pytest.mark.parametrize(
    ("notice", "makes_holes", "is_coverage_known", "buddy_is_there", "answer"),
    [
        ("in_time", False, True, True, "yes"),
        ("no_rule", False, True, True, "yes"),  # nothing asks for notice
        ("late", False, True, True, "no"),  # nothing makes up for the notice
        ("late", True, False, False, "no"),
        ("swap_first", False, True, True, "yes_but"),
        ("in_time", True, True, True, "yes_but"),
        ("in_time", False, False, True, "yes_but"),  # a rota that nobody knows is no promise
        ("in_time", False, True, False, "yes_but"),
    ],
)
def test_the_answer_to_somebody_who_asks_for_leave(
    notice: NoticeState, makes_holes: bool, is_coverage_known: bool, buddy_is_there: bool, answer: str
) -> None:
    said = answer_to_request(
        notice, makes_holes=makes_holes, is_coverage_known=is_coverage_known, buddy_is_there=buddy_is_there
    )
    assert said == answer

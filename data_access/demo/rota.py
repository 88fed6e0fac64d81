"""The simulated rota: vacations, illness, errands, and who is on the phones when."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from dateutil.relativedelta import relativedelta

from data_access.demo import truths as planted
from data_access.demo.people import Agency, Person
from data_access.demo.truths import Truth, truth_of
from metrics.calendar import ONE_DAY, local_to_utc, monday_of, opening_intervals
from metrics.house_rules import MINUTES_PER_DAY, HouseRules

ILL_PER_DAY, CHILD_ILL_PER_DAY, ERRAND_PER_DAY, DENTIST_PER_DAY, COURSE_PER_DAY = 0.008, 0.002, 0.004, 0.0015, 0.002
SHARE_SWAPPED = 0.015
FEWEST_LEFT = 4
LUNCH = (12 * 60, 13 * 60)
ROTA_REACHES_AHEAD = timedelta(days=28)
VACATION_REACHES_AHEAD = timedelta(days=90)
LUNCH_DUTY_PAUSES = ((11 * 60, 11 * 60 + 30), (11 * 60 + 30, 12 * 60), (13 * 60, 13 * 60 + 30))
"""Those on lunch duty keep the phones from 12 to 13 and eat one after the other."""
Minutes = tuple[int, int]


@dataclass(frozen=True)
class Away:
    """One absence; minutes are of the local day, `to_minute` excluded."""

    person: int
    kind: str
    first_day: date
    last_day: date
    requested_on: date
    channel: str
    acute: bool = False
    swap_tried: bool | None = None
    from_minute: int = 0
    to_minute: int = MINUTES_PER_DAY


@dataclass
class Rota:
    """Shifts by day as (person, from, to, swapped with), in minutes of the local day; absences by day and person."""

    shifts: dict[date, list[tuple[int, int, int, int | None]]] = field(default_factory=dict)
    absences: list[Away] = field(default_factory=list)
    away: dict[tuple[int | None, date], list[Minutes]] = field(default_factory=lambda: defaultdict(list))

    def add(self, absence: Away) -> None:
        self.absences.append(absence)
        for day in days_of(absence.first_day, absence.last_day):
            self.away[absence.person, day].append((absence.from_minute, absence.to_minute))

    def is_away_all_day(self, person: int, day: date) -> bool:
        return (0, MINUTES_PER_DAY) in self.away.get((person, day), ())


def days_of(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def opening_minutes(rules: HouseRules, desk: str, day: date) -> list[Minutes]:
    """A desk's opening hours in minutes of the local day (C3)."""
    midnight = local_to_utc(day, 12 * 60, rules) - timedelta(hours=12)
    return [
        (int((opens - midnight).total_seconds()) // 60, int((closes - midnight).total_seconds()) // 60)
        for opens, closes in opening_intervals(rules, desk, day)
    ]


def plan_rota(
    agency: Agency, truths: tuple[Truth, ...], start: date, until: date, rules: HouseRules, rng: np.random.Generator
) -> Rota:
    """Vacations first, then the rota around them, then what nobody could plan: illness and errands."""
    rota = Rota()
    staff = [person for person in agency.people.values() if person.team]
    plant_absences(rota, agency, truths)
    for person in staff:
        plan_vacations(rota, person, start, until, rng)
    for day in days_of(start, until + ROTA_REACHES_AHEAD):
        rota.shifts[day] = [
            shift
            for team, desk in agency.desks.items()
            if desk in ("agents", "kc")
            for shift in plan_team(rota, agency, truths, team, day, rules, rng)
        ]
    wishes = [wish for person in staff for wish in fall_ill_and_wish(rota, person, start, until, rules, rng)]
    for wish in wishes:
        grant_if_enough_are_there(rota, agency, wish)
    for day in rota.shifts:
        for team, desk in agency.desks.items():
            if desk == "agents":
                call_in_who_is_off(rota, agency, team, day, rules)
    return rota


def call_in_who_is_off(rota: Rota, agency: Agency, team: str, day: date, rules: HouseRules) -> None:
    """Where so many are ill that too few are left on the phones, those come who have the day off the phones."""
    hours = opening_minutes(rules, "agents", day)
    members = {person.id: person for person in agency.members(team) if person.works_on(day)}
    rostered = {person for person, _start, _end, _swapped in rota.shifts[day] if person in members}
    left = [person for person in rostered if not rota.away.get((person, day)) and not members[person].phone_hours]
    if not hours or day.weekday() >= 5 or len(left) >= FEWEST_LEFT:
        return
    free = [
        person.id
        for person in members.values()
        if person.id not in rostered and not person.phone_hours and not rota.away.get((person.id, day))
    ]
    # They eat at lunch, when the planted hole lies too.
    spans = without(hours[:1], LUNCH)
    rota.shifts[day] += [(person, begin, end, None) for person in free for begin, end in spans]


def plant_absences(rota: Rota, agency: Agency, truths: tuple[Truth, ...]) -> None:
    people = {person.initials: person.id for person in agency.people.values()}
    notices = {
        "asked_in_time": relativedelta(months=1),
        "asked_a_day_late": relativedelta(months=1, days=-1),
        # From the last day of February a month back is its own number in January, not the 31st.
        "asked_on_31_january": relativedelta(months=1, day=31),
        "buddies_away": relativedelta(days=70),
        "late_is_away": relativedelta(days=80),
    }
    for key, notice in notices.items():
        if truth := truth_of(truths, key):
            for initials in truth.who:
                rota.add(
                    Away(
                        people[initials],
                        "vacation",
                        truth.first_day,
                        truth.last_day,
                        truth.first_day - notice,
                        "rota_mailbox",
                    )
                )


def plan_vacations(rota: Rota, person: Person, start: date, until: date, rng: np.random.Generator) -> None:
    """Two or three weeks in summer, for most one in autumn and in winter; buddies never in the same weeks."""
    goes_first = person.buddy is None or person.id < person.buddy
    turn = person.id // 2 % 2
    for year in range(start.year, until.year + 2):
        summer = monday_of(date(year, 6, 26)) + timedelta(weeks=turn + (0 if goes_first else 4))
        autumn = monday_of(date(year, 10, 12)) + timedelta(weeks=turn + (0 if goes_first else 2))
        winter = monday_of(date(year, 2, 12)) + timedelta(weeks=turn + (0 if goes_first else 2))
        wishes = [(summer, int(rng.integers(2, 4)))]
        wishes += [(monday, 1) for monday, share in ((autumn, 0.7), (winter, 0.5)) if rng.random() < share]
        for monday, weeks in wishes:
            last_day = monday + timedelta(days=7 * weeks - 3)
            requested_on = monday - timedelta(days=int(rng.integers(40, 150)))
            known = requested_on <= until and monday <= until + VACATION_REACHES_AHEAD
            days = list(days_of(monday, last_day))
            # Whoever plans looks whether the buddy is there; what is planted was asked for by people who did not.
            free = not any((each, day) in rota.away for each in (person.id, person.buddy) for day in days)
            employed = person.works_on(monday) and person.works_on(last_day)
            if known and free and employed and last_day >= start:
                rota.add(Away(person.id, "vacation", monday, last_day, requested_on, "rota_mailbox"))


def plan_team(
    rota: Rota,
    agency: Agency,
    truths: tuple[Truth, ...],
    team: str,
    day: date,
    rules: HouseRules,
    rng: np.random.Generator,
) -> list[tuple[int, int, int, int | None]]:
    """Who of a team is on the phones on a day, around lunch and vacations, inside the opening hours of its desk."""
    desk = agency.desks[team]
    members = [p for p in agency.members(team) if p.works_on(day) and not rota.is_away_all_day(p.id, day)]
    hours = opening_minutes(rules, desk, day)
    if not hours or not members:
        return []
    opens, closes = hours[0]
    week = (day - date(2020, 1, 6)).days // 7
    if day.weekday() >= 5:
        spans = {members[week % len(members)].id: [(opens, closes)]}
    else:
        spans = weekday_spans(members, desk, day, week, opens, closes)
    hole = truth_of(truths, "coverage_hole")
    if hole and team in hole.who and hole.first_day <= day and day.weekday() == planted.HOLE_WEEKDAY:
        spans = {person: without(own, (planted.HOLE_FROM, planted.HOLE_TO)) for person, own in spans.items()}
    on_phones = [(person, start, end, None) for person, own in spans.items() for start, end in own if start < end]
    shifts: list[tuple[int, int, int, int | None]] = []
    for shift in on_phones:
        shifts.append(swap_perhaps(shift, members, {*spans, *(person for person, *_ in shifts)}, rng))
    return shifts


def weekday_spans(
    members: list[Person], desk: str, day: date, week: int, opens: int, closes: int
) -> dict[int, list[Minutes]]:
    """Four days of five on the phones, a lead two; three of the team keep the phones at lunch."""
    rostered = []
    for position, person in enumerate(members):
        # A day off the phones each week, another one for each; a lead has three.
        days_off = {(position + week) % 5} if person.role != "team_lead" else {0, 2, 4}
        if person.phone_hours is None and (day.weekday() not in days_off or desk == "kc"):
            rostered.append(person)
    offset = (day.toordinal() * len(LUNCH_DUTY_PAUSES)) % max(len(rostered), 1)
    in_turn = [person.id for person in (*rostered[offset:], *rostered[:offset])]
    pauses = dict(zip(in_turn, LUNCH_DUTY_PAUSES, strict=False))
    spans: dict[int, list[Minutes]] = {}
    for position, person in enumerate(rostered):
        begin, end = opens, closes
        if desk == "kc":
            is_early = (position + week) % 2 == 0
            begin, end = (opens, 15 * 60) if is_early else (11 * 60, closes)
        spans[person.id] = without([(begin, min(end, closes))], pauses.get(person.id, LUNCH))
    for person in members:
        if person.phone_hours and day.weekday() in person.phone_hours[0]:
            _, begin, end = person.phone_hours
            spans[person.id] = [(max(begin, opens), min(end, closes))]
    return spans


def without(spans: list[Minutes], gap: Minutes) -> list[Minutes]:
    """What is left of some spans of time without a gap."""
    left = []
    for start, end in spans:
        left += [(start, min(end, gap[0])), (max(start, gap[1]), end)]
    return [(start, end) for start, end in left if start < end]


def swap_perhaps(
    shift: tuple[int, int, int, int | None],
    members: list[Person],
    on_phones: set[int],
    rng: np.random.Generator,
) -> tuple[int, int, int, int | None]:
    """Now and then a colleague who is not on the phones that day takes a shift over, one shift and no more."""
    person, start, end, _ = shift
    free = [member.id for member in members if member.id not in on_phones and member.phone_hours is None]
    if not free or rng.random() >= SHARE_SWAPPED:
        return shift
    return (free[int(rng.integers(0, len(free)))], start, end, person)


def fall_ill_and_wish(
    rota: Rota, person: Person, start: date, until: date, rules: HouseRules, rng: np.random.Generator
) -> list[Away]:
    """What happens to a person on working days, each with a small chance of its own; nobody plans an illness ahead.
    Gives the errands and courses that they ask for."""
    wishes = []
    ill_until = start - ONE_DAY
    for day in days_of(start, until):
        chance, length, ahead, hour = (
            rng.random(),
            int(rng.geometric(0.45)),
            int(rng.integers(9, 25)),
            rng.integers(9, 14),
        )
        if day <= ill_until or not opening_minutes(rules, "agents", day) or not person.works_on(day):
            continue
        if rota.away.get((person.id, day)):
            continue
        limits = np.cumsum([ILL_PER_DAY, CHILD_ILL_PER_DAY, ERRAND_PER_DAY, DENTIST_PER_DAY, COURSE_PER_DAY])
        begins, asked = int(hour) * 60, day - timedelta(days=ahead)
        if chance < limits[0]:
            ill_until = day + timedelta(days=min(length, 5) - 1)
            days = [each for each in days_of(day, ill_until) if not rota.away.get((person.id, each))]
            rota.add(Away(person.id, "sick", day, max(days), day, "phone", acute=True))
        elif chance < limits[1]:
            rota.add(Away(person.id, "child_sick", day, day, day, "phone", acute=True))
        elif chance < limits[2]:
            wishes.append(part_of_day(person, "errand", day, asked, begins, swap_tried=True))
        elif chance < limits[3]:
            wishes.append(part_of_day(person, "dentist", day, asked, begins, swap_tried=False))
        elif chance < limits[4]:
            wishes.append(Away(person.id, "course", day, day, day - timedelta(days=3 * ahead), "rota_mailbox"))
    return wishes


def grant_if_enough_are_there(rota: Rota, agency: Agency, wish: Away) -> None:
    """An errand or a course waits for a day on which the buddy is there and more than the fewest are on the phones."""
    person, day = agency.people[wish.person], wish.first_day
    members = {member.id for member in agency.members(person.team)}
    there = {who for who, *_ in rota.shifts[day] if who in members and not rota.away.get((who, day))}
    is_covered = not rota.away.get((person.buddy or 0, day))
    fewest = FEWEST_LEFT if agency.desks[person.team] in ("agents", "kc") else 0
    if is_covered and len(there) > fewest:
        rota.add(wish)


def part_of_day(person: Person, kind: str, day: date, asked: date, begins: int, *, swap_tried: bool) -> Away:
    """Two hours away in the middle of a day."""
    return Away(
        person.id,
        kind,
        day,
        day,
        asked,
        "rota_mailbox",
        swap_tried=swap_tried,
        from_minute=begins,
        to_minute=begins + 120,
    )

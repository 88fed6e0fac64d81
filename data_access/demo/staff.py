"""The people of one branch on one day: at work, on the phones, away, talking."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta

from data_access.demo.people import Agency, Habits, Person
from data_access.demo.rota import Rota, opening_minutes
from metrics.calendar import local_to_utc
from metrics.house_rules import MINUTES_PER_DAY, HouseRules

WORK_BEGINS, WORK_ENDS, WORK_ENDS_ON_FRIDAY = 8 * 60 + 30, 17 * 60, 16 * 60 + 30
Span = tuple[int, int]


@dataclass
class OnDuty:
    """A person on one day. Spans and `busy_until` are seconds since 1970."""

    person: Person
    habits: Habits
    at_work: list[Span]
    on_phones: list[Span]
    away: list[Span]
    busy_until: int = 0
    talks: list[Span] = field(default_factory=list)

    def is_away(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.away)

    def is_at_work(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.at_work) and not self.is_away(at)

    def is_on_phones(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.on_phones) and not self.is_away(at)

    def is_free_on_phones(self, at: int) -> bool:
        return self.busy_until <= at and self.is_on_phones(at)

    def talk(self, start: int, end: int, wrap_up_seconds: int) -> None:
        self.talks.append((start, end))
        self.busy_until = end + wrap_up_seconds


def midnight_of(day: date, rules: HouseRules) -> int:
    """The second from which a day's clock times count, such that its noon is right also when the clocks change."""
    return int((local_to_utc(day, 12 * 60, rules) - timedelta(hours=12)).timestamp())


def is_working_day(day: date, rules: HouseRules) -> bool:
    return bool(opening_minutes(rules, "agents", day))


def on_duty(agency: Agency, rota: Rota, day: date, rules: HouseRules) -> dict[int, OnDuty]:
    """Everybody employed that day, by id. Who is away all day is there, away."""
    midnight = midnight_of(day, rules)

    def seconds(spans: list[tuple[int, int]]) -> list[Span]:
        return [(midnight + start * 60, midnight + end * 60) for start, end in spans]

    phones: dict[int, list[tuple[int, int]]] = {}
    for person_id, start, end, _ in rota.shifts.get(day, ()):
        phones.setdefault(person_id, []).append((start, end))
    ends = WORK_ENDS_ON_FRIDAY if day.weekday() == 4 else WORK_ENDS
    office = [(WORK_BEGINS, min(ends, rules.closing_minute(day)))] if is_working_day(day, rules) else []
    people = {}
    for person in agency.people.values():
        if not (person.team and person.works_on(day)):
            continue
        own = phones.get(person.id, [])
        is_kc = agency.desks[person.team] == "kc"
        away = rota.away.get((person.id, day), [])
        people[person.id] = OnDuty(
            person,
            person.habits_on(day),
            seconds(own if is_kc else office),
            seconds(own),
            seconds([(start, min(end, MINUTES_PER_DAY)) for start, end in away]),
        )
    return people


class WorkingTime:
    """The office hours of the whole period, to count in working time."""

    def __init__(self, days: list[date], rules: HouseRules) -> None:
        self.spans = [
            (midnight_of(day, rules) + WORK_BEGINS * 60, midnight_of(day, rules) + ends * 60)
            for day in days
            if is_working_day(day, rules)
            for ends in (min(WORK_ENDS_ON_FRIDAY if day.weekday() == 4 else WORK_ENDS, rules.closing_minute(day)),)
        ]
        self.ends = [end for _, end in self.spans]

    def position(self, at: int) -> int:
        """The working day that `at` lies in, or the next one."""
        return bisect_right(self.ends, at)

    def after(self, at: int, working_seconds: int) -> int:
        """The instant when so many working seconds have passed since `at`."""
        for start, end in self.spans[self.position(at) :]:
            begin = max(at, start)
            if begin + working_seconds < end:
                return begin + working_seconds
            working_seconds -= end - begin
        return self.spans[-1][1]

    def end_of_day(self, at: int) -> int:
        return self.spans[min(self.position(at), len(self.spans) - 1)][1]

    def next_day(self, at: int) -> Span:
        """The working day after the one that `at` lies in or before."""
        position = self.position(at)
        if position < len(self.spans) and self.spans[position][0] <= at:
            position += 1
        return self.spans[min(position, len(self.spans) - 1)]

"""What is planted in the simulated year: who, what, since when and how strong. docs/demo.md shows the same table."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from data_access.demo.people import Agency
from metrics.calendar import monday_of

ANSWERS_LESS = {"BHA": 0.58, "KLI": 0.64}
LUNCH_SHIFT, BAD_LUCK, FORGETS_NOTES, INVENTS_ATTEMPTS = "GJU", "HTH", "JDA", "MST"
STOPS_AFTER_ONE, NEW_AND_KEEPS_PATTERN, DRAWS_REMINDERS, FELL_IN_SPRING = "EEB", "IOV", "CGL", "AKO"
BUDDIES_AWAY = ("NNY", "SVI")
ASKED_IN_TIME, ASKED_A_DAY_LATE, ASKED_ON_31_JANUARY = "LIV", "EMI", "HTO"
BROKE_PROMISE, GONE = "HGA", "PBR"
LISTED_LATE, RECOVERED_TWICE, COVERS_LATE = "MHO", "LWI", "ABE"
MAILBOX, MAILBOX_HOURS = "Hovedpostkassen", 40.0
QUALITY_MAILBOX = "kvalitet@svartid.example"
HOLE_TEAM, HOLE_WEEKDAY, HOLE_FROM, HOLE_TO = "Vest", 4, 12 * 60, 13 * 60
UNMAPPED_EMPLOYEE = "Employee#4711"
STOPPED_SOURCE, STOPPED_DAYS_AGO = "surveys", 2
UNLUCKY_RINGS = (True, False, True, True, False, True, False, True, True, False)
"""Which of the unlucky agent's latest rings they do not pick up: six of ten, though they pick up as often as others."""


@dataclass(frozen=True)
class Truth:
    """One planted truth; it holds on the days from `first_day` to `last_day`, both included."""

    key: str
    who: tuple[str, ...]
    what: str
    since: str
    strength: str
    first_day: date
    last_day: date


def planted_truths(start: date, until: date) -> tuple[Truth, ...]:
    """The truths of a simulated period from `start` to `until`; those that began before it are left out."""
    spring = spring_before(until)
    coached = session_day_after(spring[1])
    in_time = first_monday_after(until - timedelta(days=120))
    january = date(until.year if until >= date(until.year, 3, 15) else until.year - 1, 1, 31)
    after_january = january + relativedelta(months=1)
    thursday = last_thursday_before(until)
    away = buddies_week(until)
    gone_on = until - timedelta(days=12)
    hole_from = until - timedelta(weeks=26)
    truths = (
        Truth(
            "answers_less",
            tuple(ANSWERS_LESS),
            "answer far less than the rest",
            "the whole period",
            "pick up 58 % and 64 % of their rings, the others 91 %",
            start,
            until,
        ),
        Truth(
            "lunch_shift",
            (LUNCH_SHIFT,),
            "only looks worse: on the phones from 11 to 14 alone, where everybody picks up less",
            "the whole period",
            "picks up like the others in each half hour; from 12 to 13 everybody picks up a quarter less",
            start,
            until,
        ),
        Truth(
            "bad_luck",
            (BAD_LUCK,),
            "few calls (Tuesday mornings only) and bad luck",
            "the last 28 days",
            "six of ten rings not picked up, at the same 91 % as the others",
            until - timedelta(days=27),
            until,
        ),
        Truth(
            "forgets_notes",
            (FORGETS_NOTES,),
            "forgets customer notes",
            "the whole period",
            "notes 60 % of their conversations and attempts, the others 96.5 and 97 %",
            start,
            until,
        ),
        Truth(
            "invents_attempts",
            (INVENTS_ATTEMPTS,),
            "writes down call attempts that were never made",
            "the whole period",
            "40 % of the attempts noted on their own callbacks, so that some late requests look as if tried in time",
            start,
            until,
        ),
        Truth(
            "stops_after_one",
            (STOPS_AFTER_ONE,),
            "stops after one attempt, and puts off who calls again",
            "the whole period",
            "never tries a second time unless the customer calls again; settles one of five who do",
            start,
            until,
        ),
        Truth(
            "keeps_pattern",
            (NEW_AND_KEEPS_PATTERN,),
            "is new, must follow the pattern and keeps it",
            "hired 160 days before the end",
            "two calls and a message on each day until reached",
            until - timedelta(days=160),
            until,
        ),
        Truth(
            "draws_reminders",
            (DRAWS_REMINDERS,),
            "draws reminders: calls back late, and puts off who calls again",
            "the whole period",
            "half of the first attempts come after 30 working hours or more, those of the others after 2",
            start,
            until,
        ),
        Truth(
            "covers_late",
            (COVERS_LATE,),
            "only looks worse: covers for CGL, who is late, and answers for their customers while they are away",
            "the whole period, above all while CGL is away",
            "as quick as the others with everything that is their own",
            start,
            until,
        ),
        Truth(
            "late_is_away",
            (DRAWS_REMINDERS,),
            "is away, so that the buddy covers",
            "20 to 17 weeks before the end",
            "four weeks of vacation",
            *weeks_before(until, 20, 17),
        ),
        Truth(
            "listed_late",
            (LISTED_LATE,),
            "was put on KC's list late: is still at work, and most colleagues still send messages to them",
            "the last 12 weeks",
            "messages were right before that day; since then those to them are misrouted",
            monday_of(until) - timedelta(weeks=12),
            until,
        ),
        Truth(
            "mailbox_unread",
            (MAILBOX,),
            "customers who want a superior wait: the main mailbox is read late",
            "the last 6 weeks",
            "half of the first attempts come after 40 working hours or more, before that after 2",
            monday_of(until) - timedelta(weeks=6),
            until,
        ),
        Truth(
            "answered_less",
            (RECOVERED_TWICE,),
            "answered far less in the first of two bad spells, and recovered",
            "46 to 39 weeks before the end",
            "pick up 60 % of their rings",
            *weeks_before(until, 46, 39),
        ),
        Truth(
            "answered_less_again",
            (RECOVERED_TWICE,),
            "answered far less in the second of two bad spells, and recovered",
            "34 to 27 weeks before the end",
            "pick up 60 % of their rings",
            *weeks_before(until, 34, 27),
        ),
        Truth(
            "fell_in_spring",
            (FELL_IN_SPRING,),
            "satisfaction fell in spring and recovered after coaching in June",
            "March to May",
            "mean rating 6.2 instead of 8.9",
            *spring,
        ),
        Truth(
            "coached",
            (FELL_IN_SPRING,),
            "was coached after the spring",
            "first days of June",
            "one session, rating back at 8.9",
            coached,
            coached,
        ),
        Truth(
            "buddies_away",
            BUDDIES_AWAY,
            "buddies away together, the only planned absences that fall together",
            "the working week five weeks before the end",
            "five working days of vacation, both",
            *away,
        ),
        Truth(
            "coverage_hole",
            (HOLE_TEAM,),
            "nobody of the team on the rota on Fridays from 12 to 13",
            "26 weeks before the end",
            "0 of 1 needed",
            hole_from,
            until,
        ),
        Truth(
            "asked_in_time",
            (ASKED_IN_TIME,),
            "asked for vacation exactly one month ahead: in time",
            "about four months before the end",
            "one calendar month",
            in_time,
            in_time + timedelta(days=4),
        ),
        Truth(
            "asked_a_day_late",
            (ASKED_A_DAY_LATE,),
            "asked for vacation one day less than a month ahead: late",
            "about four months before the end",
            "one calendar month less a day",
            in_time,
            in_time + timedelta(days=4),
        ),
        Truth(
            "asked_on_31_january",
            (ASKED_ON_31_JANUARY,),
            "asked on 31 January for the last day of February: in time, because months clamp",
            "end of January",
            "one calendar month",
            after_january,
            after_january + timedelta(days=7),
        ),
        Truth(
            "broken_promise",
            (BROKE_PROMISE,),
            "promised 16:30 at 15:57, first tried at 19:14; promised 19:29, reached at 19:52",
            "a Thursday of the last two weeks",
            "164 and 23 minutes late",
            thursday,
            thursday,
        ),
        Truth(
            "handler_gone",
            (GONE,),
            "case handler gone with open callbacks",
            "12 days before the end",
            "messages still go to them, nobody calls back",
            gone_on,
            until,
        ),
        Truth(
            "source_stopped",
            (STOPPED_SOURCE,),
            "the source of ratings stopped delivering",
            "2 days before the end",
            "no rating since",
            until - timedelta(days=STOPPED_DAYS_AGO),
            until,
        ),
        Truth(
            "unmapped_employee",
            (UNMAPPED_EMPLOYEE,),
            "an employee of the telephone system whom no agent is mapped to",
            "the last 20 days",
            "takes every 12th call to KC",
            until - timedelta(days=19),
            until,
        ),
    )
    return tuple(truth for truth in truths if truth.first_day >= start)


def truth_of(truths: tuple[Truth, ...], key: str) -> Truth | None:
    return next((truth for truth in truths if truth.key == key), None)


def spring_before(until: date) -> tuple[date, date]:
    """March to May of the last spring that lies a month and more behind."""
    year = until.year if until >= date(until.year, 7, 1) else until.year - 1
    return date(year, 3, 1), date(year, 5, 31)


def session_day_after(day: date) -> date:
    """The first Tuesday or Wednesday after a day in spring on which the house is open: Ascension Day, Whit Monday and
    Constitution Day (5 June) fall on others."""
    days = (day + timedelta(days=offset) for offset in range(1, 15))
    return next(day for day in days if day.weekday() in (1, 2) and (day.month, day.day) != (6, 5))


def weeks_before(until: date, first: int, last: int) -> tuple[date, date]:
    """From Monday of the week that lies so many weeks back to Friday of a later one."""
    monday = monday_of(until)
    return monday - timedelta(weeks=first), monday - timedelta(weeks=last) + timedelta(days=4)


def first_monday_after(day: date) -> date:
    return monday_of(day) + timedelta(days=7)


def last_thursday_before(day: date) -> date:
    """The latest Thursday that is at least three days past, so that its evening is over wherever the clock stands."""
    return monday_of(day - timedelta(days=6)) + timedelta(days=3)


def buddies_week(until: date) -> tuple[date, date]:
    monday = monday_of(until) - timedelta(weeks=5)
    return monday, monday + timedelta(days=4)


def plant_in_people(agency: Agency, truths: tuple[Truth, ...]) -> None:
    """Give the people of the truths their habits, their hours and their dates."""
    people = {person.initials: person for person in agency.people.values()}
    for initials, share in ANSWERS_LESS.items():
        people[initials].habits.picks_up = share
    people[LUNCH_SHIFT].phone_hours = ((0, 1, 2, 3, 4), 11 * 60, 14 * 60)
    people[BAD_LUCK].phone_hours = ((1,), 9 * 60, 12 * 60)
    people[FORGETS_NOTES].habits.notes_conversation = people[FORGETS_NOTES].habits.notes_attempt = 0.6
    people[INVENTS_ATTEMPTS].habits.invents_attempt = 0.4
    people[STOPS_AFTER_ONE].habits.goes_on_trying = False
    people[STOPS_AFTER_ONE].habits.tries_again_today = 0.0
    people[STOPS_AFTER_ONE].habits.settles_when_called = 0.2
    for initials in (FORGETS_NOTES, INVENTS_ATTEMPTS, STOPS_AFTER_ONE, DRAWS_REMINDERS):
        people[initials].habits.keeps_to_pattern = False
    people[DRAWS_REMINDERS].habits.median_hours_to_first_try = 30.0
    slipped = people[RECOVERED_TWICE]
    slipped.changed_habits = tuple(
        (truth.first_day, truth.last_day, replace(slipped.habits, picks_up=0.6))
        for key in ("answered_less", "answered_less_again")
        if (truth := truth_of(truths, key))
    )
    people[DRAWS_REMINDERS].habits.settles_when_called = 0.1
    people[DRAWS_REMINDERS].habits.tells_a_new_time = 0.0
    new = people[NEW_AND_KEEPS_PATTERN]
    new.habits = new.habits.with_the_whole_pattern()
    if hired := truth_of(truths, "keeps_pattern"):
        new.hired_on = hired.first_day
    if gone := truth_of(truths, "handler_gone"):
        people[GONE].gone_on = gone.first_day
    if fell := truth_of(truths, "fell_in_spring"):
        person = people[FELL_IN_SPRING]
        person.changed_habits = ((fell.first_day, fell.last_day, replace(person.habits, satisfaction=6.2)),)

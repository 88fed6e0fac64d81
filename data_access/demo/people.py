"""The simulated agency: who works there, since when, with whom, and who its customers are. All of it is invented."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from data_access.demo.texts import DANISH, TEXTS, Texts
from metrics.calendar import ONE_DAY

SELLING_TEAMS = ("Nord", "Syd", "Øst", "Vest")
KC_TEAM = "KC"
MAIN_NUMBER = "Hovednummer"
MEMBERS_PER_SELLING_TEAM, MEMBERS_OF_KC = 8, 6
BACK_OFFICE = (("Økonomi", "economy", 2), ("Police", "policy", 2), ("Skade", "claims", 2), ("Rejse", "travel", 2))
DESKS = (
    ("agents", "Sagsbehandlere"),
    ("kc", "KC"),
    ("economy", "Økonomi"),
    ("policy", "Police"),
    ("travel", "Rejsegruppen"),
    ("claims", "Skadeafdelingen"),
    ("assistance", "Alarmcentralen"),
    ("partners", "Partnere"),
    ("escalation", "Hovedpostkassen"),
)
CUSTOMERS_PER_HANDLER, CUSTOMERS_PER_GONE_HANDLER, CUSTOMERS_PER_PORTFOLIO = 160, 24, 110
LARGE_BOOKS = {"AKO": 320, "CGL": 400, "EEB": 400, "HTH": 240, "IOV": 400, "LWI": 240, "MST": 280, "PBR": 320}
"""Handlers with more customers than the others, so that what is planted in them has cases enough to be told from
chance in twelve weeks."""
INACTIVE_HANDLERS = (  # noqa: SIM905
    "BDA MAG ANH BJR LLK JAH AKJ TAS THM BOF HEH KM REK MID LCS KDU RLC HEG JAT LUR NLA DAN BBI MOB MIH PPG ROB"
).split()
"""The handlers of the kc-list in force; their customers pass to KC (K1)."""
PORTFOLIOS = ("Leasing biler", "DBR biler", "Goldwing")
INSURERS = ("PROSAM", "FIRST", "KAB")
FIRST_NAMES = (  # noqa: SIM905
    "Agnes Albert Alma Anton Asta Axel Bente Bodil Carla Christian Dagmar Ditte Ebbe Ejnar Ella Emil Erik "
    "Esther Freja Gerda Gustav Hanne Harald Helga Henrik Ida Ingrid Iver Jakob Johanne Jonas Karen Kaj "
    "Lars Laura Lise Ludvig Malene Marie Mathilde Mogens Nanna Niels Olga Oskar Peter Rasmus Rigmor Signe "
    "Sofie Svend Thea Thor Tove Ulla Valdemar Vera Viggo Villads Yrsa"
).split()
LAST_NAMES = (  # noqa: SIM905
    "Agerskov Balslev Bendtsen Bjerre Brandstrup Clausager Dalgaard Ebbesen Engholm Fabricius Fjeldsted "
    "Frost Gadegaard Glud Haugaard Hedelund Holmskov Iversholt Juelsgaard Kirkeby Kofoed Krogsgaard Kvist "
    "Lindegaard Lundtoft Mikkelborg Munkholm Nordentoft Nygaard Overby Pilegaard Ravnsborg Rishøj "
    "Skovgaard Stampe Thorup Toftlund Uldall Vester Vindelev Winther"
).split()
SECOND_PHONES = 5_000_000


@dataclass
class Habits:
    """How a person behaves; what a rule should find out about them follows from these and from nothing else."""

    picks_up: float = 0.91
    notes_conversation: float = 0.965
    notes_attempt: float = 0.97
    invents_attempt: float = 0.0
    tries_again_today: float = 0.82
    writes_after_second_try: float = 0.8
    goes_on_trying: bool = True
    median_hours_to_first_try: float = 2.0
    settles_when_called: float = 1.0
    tells_a_new_time: float = 0.4
    satisfaction: float = 8.9
    keeps_to_pattern: bool = True
    """Keeps to the call pattern where it must be kept because customers were upset (A2)."""

    def with_the_whole_pattern(self) -> "Habits":
        """The same, and two calls, a message and a note of each on every day until the customer is reached (A1)."""
        return replace(self, tries_again_today=1.0, writes_after_second_try=1.0, notes_attempt=1.0)


@dataclass
class Person:
    """One employee. `gone_on`: the first day no longer employed. `phone_hours`: the only hours they are on the rota
    for, as (weekdays, from, to) in minutes; None: those of the team."""

    id: int
    initials: str
    name: str
    role: str
    team: str
    hired_on: date
    gone_on: date | None = None
    buddy: int | None = None
    habits: Habits = field(default_factory=Habits)
    changed_habits: tuple[tuple[date, date, Habits], ...] = ()
    phone_hours: tuple[tuple[int, ...], int, int] | None = None

    def works_on(self, day: date) -> bool:
        return self.hired_on <= day and (self.gone_on is None or day < self.gone_on)

    def habits_on(self, day: date) -> Habits:
        for first_day, last_day, habits in self.changed_habits:
            if first_day <= day <= last_day:
                return habits
        return self.habits


@dataclass(frozen=True)
class Customer:
    id: int
    number: str
    name: str
    owner: int | None
    """The case handler who owns the customer; None: KC does."""
    team: str
    portfolio: str | None
    insurer: str
    phones: tuple[str, ...]


@dataclass
class Agency:
    """One branch: its people by id, its customers, and the teams with the desk that each belongs to."""

    people: dict[int, Person]
    customers: list[Customer]
    desks: dict[str, str]
    quality_manager: int
    texts: Texts
    callers: dict[str, np.ndarray] = field(default_factory=dict)
    """For each team the positions of its customers in `customers`."""

    def members(self, team: str) -> list[Person]:
        return [person for person in self.people.values() if person.team == team]

    def by_initials(self, initials: str) -> Person:
        return next(person for person in self.people.values() if person.initials == initials)


def found_agency(branch: int, start: date, rng: np.random.Generator, language: str = DANISH) -> Agency:
    """People and customers of one branch. Branch 0 is the agency itself; others exist only to make it large."""
    suffix = "" if branch == 0 else f" {branch + 1}"
    people: dict[int, Person] = {}
    first_id = branch * 100 + 1
    taken: set[str] = set(INACTIVE_HANDLERS)

    def hire(role: str, team: str, hired_on: date, gone_on: date | None = None, initials: str = "") -> Person:
        position = len(people)
        first = FIRST_NAMES[(position * 7) % len(FIRST_NAMES)]
        last = LAST_NAMES[(position * 11 + 3) % len(LAST_NAMES)]
        chosen = initials or unused_initials(first, last, taken, branch, position)
        taken.add(chosen)
        person = Person(first_id + position, chosen, f"{first} {last}{suffix}", role, team, hired_on, gone_on)
        people[person.id] = person
        return person

    desks: dict[str, str] = {}
    for team in SELLING_TEAMS:
        desks[team + suffix] = "agents"
        for position in range(MEMBERS_PER_SELLING_TEAM):
            role = "team_lead" if position == 0 else "agent"
            hire(role, team + suffix, start - timedelta(days=int(rng.integers(400, 4000))))
    desks[KC_TEAM + suffix] = "kc"
    for position in range(MEMBERS_OF_KC):
        role = "team_lead" if position == 0 else "kc"
        hire(role, KC_TEAM + suffix, start - timedelta(days=int(rng.integers(400, 4000))))
    for team, desk, members in BACK_OFFICE:
        desks[team + suffix] = desk
        for _ in range(members):
            hire("agent", team + suffix, start - timedelta(days=int(rng.integers(400, 4000))))
    quality_manager = hire("quality", "", start - timedelta(days=2000)).id
    hire("admin", "", start - timedelta(days=1500))
    pair_buddies(people, desks)
    if branch == 0:
        for position, initials in enumerate(INACTIVE_HANDLERS):
            left = start - timedelta(days=60 + 37 * position)
            hire("agent", "", left - timedelta(days=1500), left + ONE_DAY, initials)
    agency = Agency(people, [], desks, quality_manager, TEXTS[language])
    invent_customers(agency, branch, rng)
    return agency


def unused_initials(first: str, last: str, taken: set[str], branch: int, position: int) -> str:
    if branch:
        number = branch * 100 + position
        return "".join(chr(ord("A") + number // 26**place % 26) for place in (3, 2, 1, 0))
    plain = last.upper().replace("Ø", "O").replace("Æ", "A").replace("Å", "A")
    choices = (f"{first[0]}{plain[:2]}", f"{first[0]}{plain[0]}{plain[-1]}", f"{first[:2].upper()}{plain[:2]}")
    return next(choice for choice in choices if choice not in taken)


def pair_buddies(people: dict[int, Person], desks: dict[str, str]) -> None:
    """Everybody in a team has a buddy in it: teams begin with an even number of people."""
    for team in desks:
        members = [person for person in people.values() if person.team == team]
        for first, other in zip(members[::2], members[1::2], strict=True):
            first.buddy, other.buddy = other.id, first.id


def invent_customers(agency: Agency, branch: int, rng: np.random.Generator) -> None:
    """Customers of each handler, of the handlers who are gone, and of KC's three portfolios."""
    first_id = branch * 10_000 + 1
    owners: list[tuple[int | None, str, str | None]] = []
    for person in agency.people.values():
        if agency.desks.get(person.team) == "agents":
            owners += [(person.id, person.team, None)] * LARGE_BOOKS.get(person.initials, CUSTOMERS_PER_HANDLER)
        elif person.initials in INACTIVE_HANDLERS:
            owners += [(person.id, KC_TEAM, None)] * CUSTOMERS_PER_GONE_HANDLER
    kc_team = next(team for team, desk in agency.desks.items() if desk == "kc")
    for listed in PORTFOLIOS:
        owners += [(None, kc_team, listed)] * CUSTOMERS_PER_PORTFOLIO
    firsts, lasts, insurers = (
        rng.integers(0, len(names), len(owners)) for names in (FIRST_NAMES, LAST_NAMES, INSURERS)
    )
    second_phone, shared = rng.random((2, len(owners)))
    for position, (owner, team, portfolio) in enumerate(owners):
        number = first_id + position
        phones = [undiallable(number)]
        if second_phone[position] < 0.15:
            phones.append(undiallable(SECOND_PHONES + number))
        if shared[position] < 0.015 and position:
            phones = [agency.customers[-1].phones[0]]
        name = f"{FIRST_NAMES[firsts[position]]} {LAST_NAMES[lasts[position]]}"
        agency.customers.append(
            Customer(
                id=number,
                number=f"K{100_000 + number}",
                name=name,
                owner=owner,
                team=team,
                portfolio=portfolio,
                insurer=INSURERS[insurers[position]],
                phones=tuple(phones),
            )
        )
    for team in agency.desks:
        mine = [position for position, customer in enumerate(agency.customers) if customer.team == team]
        agency.callers[team] = np.array(mine, dtype=int)


def undiallable(number: int) -> str:
    """A Danish number that nobody can have: eight digits of which the first is 0."""
    return f"450{number:07d}"

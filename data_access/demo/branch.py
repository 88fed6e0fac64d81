"""One branch lived through, event by event: calls come in, phones ring, people talk, note, promise, try again."""

import heapq
from collections.abc import Callable
from datetime import date
from itertools import count
from math import log
from typing import Any

import numpy as np

from data_access.database.schema import call, note, presence, ring
from data_access.demo import truths as planted
from data_access.demo.arrivals import SHARES, Profile, arrivals_of
from data_access.demo.matters import CRM, Matter, Message
from data_access.demo.people import (
    INACTIVE_HANDLERS,
    KC_TEAM,
    MAIN_NUMBER,
    Agency,
    Customer,
    Person,
    undiallable,
)
from data_access.demo.ratings import Ratings
from data_access.demo.rota import Rota, opening_minutes
from data_access.demo.rows import Rows
from data_access.demo.staff import OnDuty, WorkingTime, midnight_of, on_duty
from data_access.demo.truths import Truth, truth_of
from metrics.house_rules import HouseRules

TELEPHONE = "relatel"
MINUTE, HOUR, DAY = 60, 3600, 86_400
MEDIAN_TALK_SECONDS, TALK_SIGMA = 210, 0.75
SHORTEST_TALK_SECONDS, LONGEST_TALK_SECONDS = 12, 3600
RINGS_SECONDS = 25
MEAN_PATIENCE_SECONDS, LEAST_PATIENCE_SECONDS = 100, 20
AT_LUNCH_PICKS_UP = 0.74
UNKNOWN_CALLER, HIDDEN_CALLER = 0.06, 0.02
REACHED_BY_CALL, REACHED_IN_PREFERRED_TIME = 0.54, 0.72
KEEPS_TRYING_AFTER_FIRST_PHONE = 0.5
PHONE_LEFT_ON_WHILE_AWAY = 0.04
SHARE_OF_MESSAGES = {"own handler": 0.09, "kc": 0.1, "somebody else": 0.27}
HANDLER_ANSWERS_AGAIN = ("economy", "policy", "travel")
"""Desks whose matters are the handler's once the customer calls again (B5)."""
HOURS_TO_FIRST_TRY_OF_DESK = {
    "kc": 7.0,
    "economy": 10.0,
    "policy": 12.0,
    "claims": 3.0,
    "travel": 3.0,
    "escalation": 2.0,
}
WANTS_A_SUPERIOR, COPIES_QUALITY = 0.02, 0.25
KNOWS_WHO_ANSWERS_AGAIN, KNOWS_THE_NEW_LIST = 0.85, 0.4
SNAPSHOT_EVERY, SNAPSHOT_DAYS = 15 * MINUTE, 30


class Branch:
    """One branch of the agency, from the first midnight to `until` (seconds since 1970)."""

    def __init__(
        self,
        number: int,
        agency: Agency,
        rota: Rota,
        truths: tuple[Truth, ...],
        working_time: WorkingTime,
        profile: Profile,
        queues: dict[str, int],
        rows: Rows,
        rules: HouseRules,
        rng: np.random.Generator,
        until: int,
    ) -> None:
        self.number, self.agency, self.rota, self.truths = number, agency, rota, truths
        self.working_time, self.profile, self.queues = working_time, profile, queues
        self.rows, self.rules, self.rng, self.until = rows, rules, rng, until
        # Each draws by itself, so that who answers otherwise moves no call and no rating.
        self.arrivals, of_ratings = rng.spawn(2)
        self.ratings = Ratings(agency, truths, working_time, rows, rules, of_ratings, until)
        self.events: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self.order = count()
        self.matters: list[Matter] = []
        self.duty: dict[int, OnDuty] = {}
        self.teams: dict[str, list[OnDuty]] = {}
        self.open_hours: dict[str, list[tuple[int, int]]] = {}
        self.day, self.midnight = date.min, 0
        self.unlucky_rings = 0
        self.calls_to_kc = 0
        self.unmapped_calls: list[str] = []

    # The calendar

    def live_through(self, day: date) -> None:
        """One day from midnight to midnight, or to `until`."""
        self.day, self.midnight = day, midnight_of(day, self.rules)
        self.duty = on_duty(self.agency, self.rota, day, self.rules)
        for person in self.duty.values():
            if person.habits.keeps_to_pattern and self.ratings.has_upset_customers(person.person.id, self.midnight):
                person.habits = person.habits.with_the_whole_pattern()
        self.teams = {team: [] for team in self.agency.desks}
        for person in self.duty.values():
            self.teams[person.person.team].append(person)
        for desk in ("agents", "kc"):
            self.open_hours[desk] = [
                (self.midnight + start * MINUTE, self.midnight + end * MINUTE)
                for start, end in opening_minutes(self.rules, desk, day)
            ]
        self.expect_callers(day)
        if (broken := truth_of(self.truths, "broken_promise")) and broken.first_day == day:
            self.break_a_promise()
        end = min(self.midnight + DAY, self.until)
        while self.events and self.events[0][0] < end:
            at, _, happen, arguments = heapq.heappop(self.events)
            happen(at, *arguments)
        self.take_snapshots(end)
        self.rows.write_if_many()

    def plan(self, at: int, happen: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self.events, (int(at), next(self.order), happen, arguments))

    def expect_callers(self, day: date) -> None:
        rates = self.profile.rates(day)
        suffix = "" if self.number == 0 else f" {self.number + 1}"
        for team, desk in self.agency.desks.items():
            if desk == "agents":
                self.expect(team, rates * SHARES["selling"])
            elif desk == "kc":
                self.expect(team, rates * SHARES["kc"])
        self.expect(MAIN_NUMBER + suffix, rates * SHARES["main"])

    def expect(self, queue: str, rates: np.ndarray) -> None:
        for seconds in arrivals_of(rates, self.arrivals):
            self.plan(self.midnight + int(seconds), self.first_call, queue)

    def is_open(self, desk: str, at: int) -> bool:
        return any(start <= at < end for start, end in self.open_hours[desk])

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def some_seconds(self, least: float, most: float) -> int:
        return int(self.rng.uniform(least, most))

    def choose(self, choices: Any) -> Any:
        return choices[int(self.rng.integers(0, len(choices)))]

    # Calls that come in

    def first_call(self, at: int, queue: str) -> None:
        """A customer calls, or somebody whom the agency does not know."""
        team = queue if queue in self.agency.desks else self.choose(self.selling_teams())
        number: str | None
        if self.chance(HIDDEN_CALLER):
            customer, number = None, None
        elif self.chance(UNKNOWN_CALLER):
            customer, number = None, undiallable(9_000_000 + int(self.rng.integers(0, 900_000)))
        else:
            customer = self.agency.customers[int(self.choose(self.agency.callers[team]))]
            number = customer.phones[-1] if self.chance(0.2) else customer.phones[0]
        self.receive_call(at, queue, team, customer, number, None)

    def selling_teams(self) -> list[str]:
        return [team for team, desk in self.agency.desks.items() if desk == "agents"]

    def call_again(self, at: int, matter: Matter) -> None:
        """The customer calls because nobody came back."""
        if matter.is_closed:
            return
        team = matter.customer.team
        self.receive_call(at, team, team, matter.customer, matter.customer.phones[0], matter)

    def receive_call(
        self, at: int, queue: str, team: str, customer: Customer | None, number: str | None, matter: Matter | None
    ) -> None:
        """What the customer meets: who is rung, who picks up, or how it ends without anybody."""
        if not self.is_open(self.agency.desks[team], at):
            ended = at + self.some_seconds(12, 50)
            self.write_call(at, queue, number, "voicemail" if self.chance(0.4) else "unanswered", None, ended, [])
            return
        rings: list[dict[str, Any]] = []
        if self.taken_by_the_unmapped(at, team, queue, number):
            return
        patience = LEAST_PATIENCE_SECONDS + float(self.rng.exponential(MEAN_PATIENCE_SECONDS))
        gives_up = at + int(patience)
        if self.chance(0.02):
            gives_up = at + self.some_seconds(3, 9)
        now = at + 2
        handler = self.owner_of(customer) if customer else None
        rung: set[int] = set()
        while now < gives_up:
            person = self.next_phone(now, team, handler, rung)
            if person is None:
                now = self.when_somebody_is_free(now, team, rung)
                if now >= gives_up:
                    break
                continue
            rung.add(person.person.id)
            answered_at, now = self.ring_phone(person, now, gives_up, rings)
            if answered_at:
                self.converse(at, answered_at, queue, person, customer, number, matter, rings)
                return
            if person.person.initials == planted.BAD_LUCK and person.is_on_phones(now):
                break
            if not self.chance(KEEPS_TRYING_AFTER_FIRST_PHONE):
                break
        goes_to_voicemail = now < gives_up and self.chance(0.3)
        ended = now + self.some_seconds(8, 40) if goes_to_voicemail else min(max(now, at + 3), gives_up)
        self.write_call(at, queue, number, "voicemail" if goes_to_voicemail else "unanswered", None, ended, rings)
        if customer and not goes_to_voicemail and self.chance(0.35):
            again = ended + self.some_seconds(4 * MINUTE, 90 * MINUTE)
            self.plan(again, self.receive_call, queue, team, customer, number, matter)

    def taken_by_the_unmapped(self, at: int, team: str, queue: str, number: str | None) -> bool:
        """A colleague in KC whom nobody has mapped to an agent: their calls are answered, their rings set aside."""
        truth = truth_of(self.truths, "unmapped_employee")
        if not (truth and team == KC_TEAM and truth.first_day <= self.day):
            return False
        self.calls_to_kc += 1
        if self.calls_to_kc % 12:
            return False
        answered_at = at + self.some_seconds(4, 15)
        ended = answered_at + self.talk_seconds()
        self.unmapped_calls.append(self.write_call(at, queue, number, "answered", answered_at, ended, []))
        return True

    def next_phone(self, now: int, team: str, handler: int | None, rung: set[int]) -> OnDuty | None:
        """The customer's own case handler first, then anybody of the team who is free."""
        own = self.duty.get(handler) if handler else None
        if own and own.person.id not in rung:
            if own.person.team == team and own.is_free_on_phones(now):
                return own
            if own.is_away(now) and self.chance(PHONE_LEFT_ON_WHILE_AWAY):
                return own
        free = [
            colleague
            for colleague in self.teams[team]
            if colleague.person.id not in rung and colleague.is_free_on_phones(now)
        ]
        return self.choose(free) if free else None

    def when_somebody_is_free(self, now: int, team: str, rung: set[int]) -> int:
        """The next instant at which a talking colleague can be rung; far away where there is none."""
        talking = [
            colleague.busy_until
            for colleague in self.teams[team]
            if colleague.is_on_phones(now) and colleague.person.id not in rung
        ]
        later = [until for until in talking if until > now]
        return min(later, default=now + DAY)

    def ring_phone(
        self, person: OnDuty, now: int, gives_up: int, rings: list[dict[str, Any]]
    ) -> tuple[int | None, int]:
        """One phone rings; gives when it was picked up, if it was, and when the ringing ended."""
        seconds = int(min(2 + self.rng.gamma(2.2, 2.6), RINGS_SECONDS - 2))
        picks_up = self.picks_up(person, now)
        facts = {"agent_id": person.person.id, "rang_at": now, "talk_seconds": None}
        if picks_up and now + seconds < gives_up:
            rings.append(facts | {"ring_seconds": seconds, "outcome": "answered"})
            return now + seconds, now + seconds
        declines = not picks_up and not person.is_away(now) and self.chance(0.12)
        until = min(now + (5 if declines else RINGS_SECONDS), gives_up)
        outcome = "declined" if declines and until == now + 5 else "no_answer"
        rings.append(facts | {"ring_seconds": until - now, "outcome": outcome})
        return None, until

    def picks_up(self, person: OnDuty, now: int) -> bool:
        if person.is_away(now):
            return False
        truth = truth_of(self.truths, "bad_luck")
        is_unlucky = truth and person.person.initials in truth.who and truth.first_day <= self.day
        if is_unlucky and self.unlucky_rings < len(planted.UNLUCKY_RINGS):
            self.unlucky_rings += 1
            return not planted.UNLUCKY_RINGS[self.unlucky_rings - 1]
        at_lunch = 12 * HOUR <= now - self.midnight < 13 * HOUR
        return self.chance(person.habits.picks_up * (AT_LUNCH_PICKS_UP if at_lunch else 1))

    def talk_seconds(self) -> int:
        drawn = int(self.rng.lognormal(log(MEDIAN_TALK_SECONDS), TALK_SIGMA))
        return min(max(drawn, SHORTEST_TALK_SECONDS), LONGEST_TALK_SECONDS)

    def write_call(
        self,
        at: int,
        queue: str | None,
        number: str | None,
        status: str,
        answered_at: int | None,
        ended_at: int,
        rings: list[dict[str, Any]],
        direction: str = "incoming",
    ) -> str:
        """Put a call and its rings in line; what lies after `until` has not happened yet."""
        source_id = f"{TELEPHONE}-{self.rows.written['call'] + 1}"
        is_over = ended_at <= self.until
        call_id = self.rows.add(
            call,
            source=TELEPHONE,
            source_id=source_id,
            direction=direction,
            queue_id=self.queues[queue] if queue else None,
            remote_number=number,
            status=status,
            started_at=at,
            answered_at=answered_at,
            ended_at=ended_at if is_over else None,
            answer_seconds=answered_at - at if answered_at else None,
        )
        for position, facts in enumerate(rings):
            self.rows.add(
                ring,
                source=TELEPHONE,
                source_id=f"{source_id}/{position}",
                call_source_id=source_id,
                call_id=call_id,
                from_call=False,
                **facts | {"talk_seconds": facts["talk_seconds"] if is_over else None},
            )
        return source_id

    def converse(
        self,
        at: int,
        answered_at: int,
        queue: str,
        person: OnDuty,
        customer: Customer | None,
        number: str | None,
        matter: Matter | None,
        rings: list[dict[str, Any]],
    ) -> None:
        """Two people talk; what comes of it: a note, a message, a rating."""
        ended = answered_at + self.talk_seconds()
        rings[-1]["talk_seconds"] = ended - answered_at
        person.talk(answered_at, ended, self.some_seconds(20, 60))
        self.write_call(at, queue, number, "answered", answered_at, ended, rings)
        if customer is None or ended >= self.until:
            return
        if self.chance(person.habits.notes_conversation):
            self.write_note(ended + self.some_seconds(10, 180), customer, person.person.id, "conversation")
        self.ratings.perhaps_ask(ended, customer, person, self.rows.written["call"])
        if matter and not matter.is_closed:
            self.talk_about(ended, matter, person)
        elif self.chance(SHARE_OF_MESSAGES[self.relation(person, customer)]):
            self.write_message(ended, customer, person)

    def relation(self, person: OnDuty, customer: Customer) -> str:
        if self.owner_of(customer) == person.person.id:
            return "own handler"
        return "kc" if self.agency.desks[person.person.team] == "kc" else "somebody else"

    def write_note(self, at: int, customer: Customer, author: int, kind: str) -> int | None:
        """A customer note; gives its id, or None where it is yet to be written."""
        if at >= self.until:
            return None
        return self.rows.add(
            note,
            source=CRM,
            source_id=f"N{self.rows.written['note'] + 1}",
            customer_id=customer.id,
            agent_id=author,
            at=at,
            kind=kind,
        )

    # Messages and who has them

    def write_message(self, at: int, customer: Customer, author: OnDuty) -> None:
        """Whoever took the call writes what the customer wants and sends it to whom it belongs (B5)."""
        topic = self.topic_of(customer, author)
        owner, desk = self.receiver(topic, customer)
        if desk is None and owner == author.person.id:
            return
        matter = Matter(customer, owner, desk, [])
        matter.messages.append(self.compose(at, matter, author, topic))
        self.matters.append(matter)
        self.send(at, matter, author)
        if not self.promise_a_time(at, matter, author):
            self.plan(self.first_try_at(at, matter), self.attempt, matter)
            self.plan(at + 22 * HOUR, self.tell_a_new_time, matter)
        self.plan_impatience(at, matter, 25 * HOUR, 60 * HOUR, 0.55)
        self.plan(self.working_time.after(at, self.some_seconds(60 * HOUR, 110 * HOUR)), self.give_up, matter)

    def topic_of(self, customer: Customer, author: OnDuty) -> str:
        if self.chance(WANTS_A_SUPERIOR):
            return "escalation"
        to_desks = 1.0 if self.owner_of(customer) == author.person.id else 0.28
        if not self.chance(to_desks):
            return "general"
        topics = ("claims", "claims", "payment", "travel") + (("policy",) if customer.insurer == "PROSAM" else ())
        return str(self.choose(topics))

    def receiver(self, topic: str, customer: Customer) -> tuple[int | None, str | None]:
        """To whom a request belongs (B5): a desk by its topic, KC for inactive handlers, else the handler."""
        desks = {"claims": "claims", "travel": "travel", "payment": "economy", "policy": "policy"}
        if topic in desks:
            return None, desks[topic]
        if topic == "escalation":
            return None, "escalation"
        owner = self.owner_of(customer)
        if owner is None or self.agency.people[owner].initials in INACTIVE_HANDLERS:
            return None, "kc"
        return (None, "kc") if self.is_listed_late(owner) and self.chance(KNOWS_THE_NEW_LIST) else (owner, None)

    def is_listed_late(self, agent_id: int) -> bool:
        """Stands on KC's list since today or before, although most colleagues have not taken it in."""
        listed = truth_of(self.truths, "listed_late")
        return bool(listed and listed.first_day <= self.day and self.agency.people[agent_id].initials in listed.who)

    def owner_of(self, customer: Customer) -> int | None:
        """Who owns a customer today: before a new handler came, the former one's buddy did."""
        owner = self.agency.people[customer.owner] if customer.owner else None
        if owner and self.day < owner.hired_on:
            return owner.buddy
        return customer.owner

    def compose(self, at: int, matter: Matter, author: OnDuty, topic: str) -> Message:
        customer = matter.customer
        sent_to: int | None = matter.owner
        handler = self.duty.get(matter.owner) if matter.owner else None
        if handler and handler.person.buddy in self.duty and not self.will_be_back(handler, at):
            sent_to = handler.person.buddy
        must_tell = matter.desk in ("kc", "economy", "policy")
        return Message(
            created_at=at,
            created_by=author.person.id,
            topic=topic,
            reason=str(self.choose(self.agency.texts.reasons[topic])) if self.chance(0.98) else "",
            preferred=self.preferred_time(at) if self.chance(0.85) else None,
            phones=",".join(customer.phones) if self.chance(0.97) else None,
            sent_at=at + self.some_seconds(20, 150) if self.chance(0.985) else None,
            sent_to=sent_to,
            sent_to_desk=matter.desk,
            told_at=at if self.chance(0.88 if must_tell else 0.3) else None,
        )

    def will_be_back(self, handler: OnDuty, at: int) -> bool:
        """Whether a handler is not away for the rest of the day, for then it is the buddy's (B5). Who has gone home is
        not away."""
        ends = [end for _, end in handler.at_work if at < end]
        return any(not handler.is_away(max(at, end - MINUTE)) for end in ends) if ends else not handler.is_away(at)

    def preferred_time(self, at: int) -> tuple[int, int]:
        """Two or three hours in which the customer can be reached: later today or on the next working day."""
        begin = at + self.some_seconds(0.5 * HOUR, 2 * HOUR)
        if begin + 2 * HOUR > self.working_time.end_of_day(at):
            opens, _ = self.working_time.next_day(at)
            begin = opens + self.some_seconds(0.5 * HOUR, 5 * HOUR)
        begin = begin // (15 * MINUTE) * (15 * MINUTE)
        return begin, begin + int(self.choose((2, 3))) * HOUR

    def send(self, at: int, matter: Matter, author: OnDuty) -> None:
        """Most messages go where they belong. KC returns what is not KC's; a colleague passes on what is not theirs."""
        message = matter.messages[0]
        back_at = self.working_time.after(at, self.some_seconds(0.5 * HOUR, 3 * HOUR))
        if matter.owner is None or message.sent_at is None or back_at >= self.until or matter.owner == author.person.id:
            return
        chance = self.rng.random()
        if chance < 0.012:
            message.sent_to, message.sent_to_desk = None, "kc"
            matter.owners.append({"agent_id": author.person.id, "from_at": back_at, "why": "returned"})
            on_at = self.working_time.after(back_at, self.some_seconds(5 * MINUTE, 60 * MINUTE))
            if on_at < self.until:
                matter.owners.append({"agent_id": matter.owner, "from_at": on_at, "why": "forwarded"})
        elif chance < 0.03:
            others = [
                colleague.person.id
                for colleague in self.duty.values()
                if colleague.person.id not in (matter.owner, message.sent_to)
            ]
            message.sent_to = self.choose(others)
            matter.owners.append({"agent_id": matter.owner, "from_at": back_at, "why": "forwarded"})

    def promise_a_time(self, at: int, matter: Matter, author: OnDuty) -> bool:
        """Promise a time today where the handler is there to keep it; the first attempt is made in it (B4)."""
        handler = self.duty.get(matter.owner) if matter.owner else None
        begin = at + self.some_seconds(30 * MINUTE, 150 * MINUTE)
        begin = begin // (15 * MINUTE) * (15 * MINUTE)
        until = begin + int(self.choose((1, 1, 2))) * HOUR
        if not handler or not self.chance(0.28) or matter.messages[0].sent_at is None or matter.owners:
            return False
        if not all(
            handler.is_on_phones(begin + quarter * 15 * MINUTE) for quarter in range((until - begin) // 900 + 1)
        ):
            return False
        matter.promised = (begin, until)
        self.write_promise(matter, author.person.id, at, begin, until, asked=self.chance(0.2))
        self.plan(begin + self.some_seconds(0, 15 * MINUTE), self.attempt, matter)
        return True

    def tell_a_new_time(self, at: int, matter: Matter) -> None:
        """Whoever sees that they will be late may tell the customer when they come instead (B4)."""
        handler = self.duty.get(matter.owner) if matter.owner else None
        if matter.is_closed or matter.attempts or not handler or not handler.is_at_work(at):
            return
        begin = self.working_time.after(at, self.some_seconds(3 * HOUR, 5 * HOUR))
        begin = begin // (15 * MINUTE) * (15 * MINUTE)
        until = begin + 2 * HOUR
        is_there = begin > at and all(handler.is_at_work(begin + half * 30 * MINUTE) for half in range(5))
        if not is_there or not self.chance(handler.habits.tells_a_new_time):
            return
        matter.promised = (begin, until)
        self.write_promise(matter, handler.person.id, at, begin, until)
        self.plan(begin + self.some_seconds(0, 15 * MINUTE), self.attempt, matter)

    def write_promise(
        self, matter: Matter, author: int, at: int, begin: int | None, until: int, *, asked: bool = False
    ) -> None:
        matter.promises.append(
            {"made_by_id": author, "made_at": at, "from_at": begin, "to_at": until, "asked_by_customer": asked}
        )

    def first_try_at(self, at: int, matter: Matter) -> int:
        """When the owner first tries: after so much working time; on a Friday most try before they go home."""
        if matter.owner:
            median = self.agency.people[matter.owner].habits.median_hours_to_first_try
        else:
            unread = truth_of(self.truths, "mailbox_unread")
            is_unread = unread and matter.desk == "escalation" and unread.first_day <= self.day
            median = planted.MAILBOX_HOURS if is_unread else HOURS_TO_FIRST_TRY_OF_DESK[matter.desk or "kc"]
        planned = self.working_time.after(at, int(self.rng.lognormal(log(median), 0.7) * HOUR))
        end_of_day = self.working_time.end_of_day(at)
        too_late = planned > at + DAY and median < 5
        if too_late and end_of_day - at > 20 * MINUTE and self.chance(0.85):
            return at + self.some_seconds(5 * MINUTE, end_of_day - at - 5 * MINUTE)
        return planned

    def plan_impatience(self, at: int, matter: Matter, least: float, most: float, share: float) -> None:
        """Whoever is not called calls again, in the opening hours."""
        if self.chance(share):
            again = at + self.some_seconds(least, most)
            opens = self.working_time.after(again, self.some_seconds(0.5 * HOUR, 4 * HOUR))
            self.plan(opens, self.call_again, matter)

    def talk_about(self, at: int, matter: Matter, person: OnDuty) -> None:
        """The customer called in about an open matter (B3): the owner or the buddy ends it, others write a
        reminder, and so does an owner who does not take the time."""
        if self.may_settle(matter, person) and self.chance(person.habits.settles_when_called):
            if self.chance(0.05):
                matter.withdrawn_at = at
            self.close(at, matter)
        elif self.chance(0.8):
            handler = self.owner_of(matter.customer)
            if matter.desk in HANDLER_ANSWERS_AGAIN and handler in self.duty and self.chance(KNOWS_WHO_ANSWERS_AGAIN):
                matter.owner, matter.desk = handler, None
            reminder = self.compose(at, matter, person, matter.topic)
            reminder.is_flagged_reminder = self.chance(0.7)
            is_of_the_late = matter.owner and self.agency.people[matter.owner].initials == planted.DRAWS_REMINDERS
            if is_of_the_late and matter.owner != person.person.id and self.chance(COPIES_QUALITY):
                reminder.copied_to = planted.QUALITY_MAILBOX
            matter.messages.append(reminder)
            matter.is_urgent = True
            hurries = self.some_seconds(0.5 * HOUR, 5 * HOUR)
            self.plan(self.working_time.after(at, hurries), self.attempt, matter)
            self.plan_impatience(at, matter, 20 * HOUR, 50 * HOUR, 0.6)

    def may_settle(self, matter: Matter, person: OnDuty) -> bool:
        if matter.desk:
            return self.serves(person, matter.desk)
        owner = self.duty.get(matter.owner) if matter.owner else None
        covers = (
            owner is not None and owner.person.buddy == person.person.id and owner.is_away(self.midnight + 12 * HOUR)
        )
        return matter.owner == person.person.id or covers

    # Attempts to reach the customer

    def worker(self, at: int, matter: Matter) -> OnDuty | None:
        """Who makes the next attempt: the owner, the buddy of one who is away, a member of the desk."""
        if matter.desk:
            members = [colleague for colleague in self.duty.values() if self.serves(colleague, matter.desk)]
            there = [colleague for colleague in members if colleague.is_at_work(at)]
            return self.choose(there) if there else None
        owner = self.duty.get(matter.owner) if matter.owner else None
        if owner is None:
            return None
        if owner.is_at_work(at):
            return owner
        buddy = self.duty.get(owner.person.buddy) if owner.person.buddy else None
        if buddy and buddy.is_at_work(at) and (owner.is_away(at) or self.is_promised_now(at, matter)):
            return buddy
        if self.is_promised_now(at, matter):
            team = [
                colleague
                for colleague in self.teams[owner.person.team]
                if colleague.is_at_work(at) and colleague.busy_until <= at
            ]
            return team[0] if team else None
        return None

    def serves(self, colleague: OnDuty, desk: str) -> bool:
        """Members of a desk serve it; the main mailbox, which has none, is read in the selling teams."""
        return self.agency.desks[colleague.person.team] == ("agents" if desk == "escalation" else desk)

    def is_promised_now(self, at: int, matter: Matter) -> bool:
        return matter.promised is not None and matter.promised[0] <= at < matter.promised[1]

    def attempt(self, at: int, matter: Matter) -> None:
        """One attempt, if somebody can make it now; otherwise as soon as somebody can."""
        if matter.is_closed:
            return
        if matter.owner and matter.owner not in self.duty:
            return
        if matter.promised and at < matter.promised[0]:
            # Nobody calls before the agreed time; for then an attempt is planned.
            return
        worker = self.worker(at, matter)
        if worker is None:
            self.plan(self.working_time.after(at, self.some_seconds(0.7 * HOUR, 2 * HOUR)), self.attempt, matter)
            return
        if worker.busy_until > at:
            if self.is_promised_now(at, matter):
                worker = self.stand_in(at, worker)
            else:
                self.plan(worker.busy_until + 15, self.attempt, matter)
                return
        at = max(at, worker.busy_until)
        invents = worker.person.id == matter.owner and self.chance(worker.habits.invents_attempt)
        if invents and not self.is_promised_now(at, matter):
            self.note_attempt(at, matter, worker, reached=False)
            self.go_on_after_vain(at, matter, worker)
        else:
            self.dial(at, matter, worker)

    def stand_in(self, at: int, worker: OnDuty) -> OnDuty:
        """A promised time is kept by a colleague where the one who should keep it is talking."""
        free = [
            colleague
            for colleague in self.teams[worker.person.team]
            if colleague.is_at_work(at) and colleague.busy_until <= at
        ]
        return free[0] if free else worker

    def dial(self, at: int, matter: Matter, worker: OnDuty) -> None:
        reached = self.chance(REACHED_IN_PREFERRED_TIME if matter.is_preferred(at) else REACHED_BY_CALL)
        seconds = self.some_seconds(6, 20) if reached else self.some_seconds(20, 32)
        talk = self.talk_seconds() if reached else 0
        facts = {"agent_id": worker.person.id, "rang_at": at, "ring_seconds": seconds}
        rang = facts | {"talk_seconds": talk or None, "outcome": "answered" if reached else "no_answer"}
        ended = at + seconds + talk
        answered_at = at + seconds if reached else None
        status = "answered" if reached else "unanswered"
        self.write_call(at, None, matter.customer.phones[0], status, answered_at, ended, [rang], direction="outgoing")
        worker.talk(at, ended, self.some_seconds(20, 60))
        # Whoever keeps a promise writes it down.
        if self.is_promised_now(at, matter) or self.chance(worker.habits.notes_attempt):
            self.note_attempt(at, matter, worker, reached=reached, noted_at=ended + self.some_seconds(10, 120))
        if reached:
            self.close(ended, matter)
        else:
            self.go_on_after_vain(at, matter, worker)

    def note_attempt(
        self,
        at: int,
        matter: Matter,
        worker: OnDuty,
        *,
        reached: bool,
        noted_at: int | None = None,
        channel: str = "call",
    ) -> None:
        kind = "conversation" if reached else "attempt" if channel == "call" else "message"
        note_id = self.write_note(noted_at or at + 40, matter.customer, worker.person.id, kind)
        if note_id is None:
            return
        matter.attempts.append(
            {
                "customer_id": matter.customer.id,
                "agent_id": worker.person.id,
                "at": at,
                "channel": channel,
                "reached": reached,
                "note_id": note_id,
            }
        )

    def go_on_after_vain(self, at: int, matter: Matter, worker: OnDuty) -> None:
        """Not reached: a second call the same day, then a message, the next day again, as far as the agent does
        (A1)."""
        owner = self.duty.get(matter.owner) if matter.owner else None
        # Whoever stood in for a promised time goes back to their own; the owner goes on.
        worker = owner if owner and owner.is_at_work(at) else worker
        tried_on, tries = matter.tries_of_day
        tries = tries + 1 if tried_on == self.midnight else 1
        matter.tries_of_day = (self.midnight, tries)
        habits = worker.habits
        end_of_day = self.working_time.end_of_day(at)
        if tries == 1 and at < end_of_day and self.chance(habits.tries_again_today):
            again = at + self.some_seconds(40 * MINUTE, 150 * MINUTE)
            # Somebody who keeps the pattern stays for the second call.
            latest = max(end_of_day - 10 * MINUTE, at + 35 * MINUTE)
            self.plan(min(again, latest), self.second_try, matter, worker)
            return
        if tries >= 2 and self.chance(habits.writes_after_second_try):
            self.plan(at + self.some_seconds(2 * MINUTE, 9 * MINUTE), self.write_to_customer, matter, worker)
        if habits.goes_on_trying or matter.is_urgent:
            opens, _ = self.working_time.next_day(at)
            self.plan(opens + self.some_seconds(0.5 * HOUR, 5.5 * HOUR), self.attempt, matter)
        matter.is_urgent = False
        if self.chance(0.15):
            self.plan(at + self.some_seconds(10 * MINUTE, 3 * HOUR), self.call_again, matter)
        elif not habits.goes_on_trying:
            self.plan_impatience(at, matter, 20 * HOUR, 70 * HOUR, 0.8)

    def second_try(self, at: int, matter: Matter, worker: OnDuty) -> None:
        """The second call of the day; whoever is talking or off for an hour makes it right afterwards."""
        if matter.is_closed:
            return
        if worker.busy_until > at:
            self.plan(worker.busy_until + 15, self.second_try, matter, worker)
        elif self.chance(worker.habits.invents_attempt):
            self.note_attempt(at, matter, worker, reached=False)
            self.go_on_after_vain(at, matter, worker)
        else:
            self.dial(at, matter, worker)

    def write_to_customer(self, at: int, matter: Matter, worker: OnDuty) -> None:
        if not matter.is_closed:
            self.note_attempt(at, matter, worker, reached=False, channel="sms" if self.chance(0.8) else "mail")

    def close(self, at: int, matter: Matter) -> None:
        """The customer was reached. Most are helped at once, some a day later; some matters lie (stalled)."""
        matter.is_closed = True
        chance = self.rng.random()
        if chance < 0.9:
            matter.done_at = at + self.some_seconds(60, 600)
        elif chance < 0.97:
            matter.done_at = self.working_time.after(at, self.some_seconds(3 * HOUR, 9 * HOUR))
        else:
            matter.done_at = self.working_time.after(at, self.some_seconds(25 * HOUR, 90 * HOUR))
        if matter.withdrawn_at or matter.done_at >= self.until:
            matter.done_at = None

    def give_up(self, at: int, matter: Matter) -> None:
        """After some weeks a customer whom nobody reached has found help elsewhere and says so."""
        if not matter.is_closed and matter.owner in (None, *self.duty):
            matter.is_closed, matter.withdrawn_at = True, at

    def break_a_promise(self) -> None:
        """The worked case of rule B4, on the day of its truth."""
        culprit = self.agency.by_initials(planted.BROKE_PROMISE)
        author = next(
            colleague
            for colleague in self.teams[culprit.team]
            if colleague.person.id not in (culprit.id, culprit.buddy)
        )
        customer = next(colleague for colleague in self.agency.customers if colleague.owner == culprit.id)

        def clock(hours: int, minutes: int) -> int:
            return self.midnight + hours * HOUR + minutes * MINUTE

        matter = Matter(customer, culprit.id, None, [])
        matter.messages.append(self.compose(clock(15, 57), matter, author, "general"))
        matter.messages[0].sent_at = clock(15, 58)
        matter.messages[0].sent_to, matter.messages[0].sent_to_desk = culprit.id, None
        self.write_promise(matter, author.person.id, clock(15, 57), None, clock(16, 30))
        self.write_promise(matter, culprit.id, clock(19, 14), clock(19, 24), clock(19, 29))
        for at, talk in ((clock(19, 14), 0), (clock(19, 52), 300)):
            facts = {"agent_id": culprit.id, "rang_at": at, "ring_seconds": 15, "talk_seconds": talk or None}
            outcome, status = ("answered", "answered") if talk else ("no_answer", "unanswered")
            answered_at = at + 15 if talk else None
            rang = [facts | {"outcome": outcome}]
            self.write_call(at, None, customer.phones[0], status, answered_at, at + 15 + talk, rang, "outgoing")
            self.note_attempt(at, matter, self.duty[culprit.id], reached=bool(talk))
        matter.is_closed, matter.done_at = True, clock(20, 5)
        self.matters.append(matter)

    # The telephone system's snapshots

    def take_snapshots(self, end: int) -> None:
        """What the telephone system says of everybody on the rota, each quarter of an hour, in the last weeks."""
        if self.number or self.until - self.midnight > SNAPSHOT_DAYS * DAY or not self.open_hours["agents"]:
            return
        start, closing = self.open_hours["agents"][0]
        rostered = [colleague for colleague in self.duty.values() if colleague.on_phones]
        unmapped = truth_of(self.truths, "unmapped_employee")
        for at in range(start, min(closing, end), SNAPSHOT_EVERY):
            for colleague in rostered:
                available, busy = colleague.is_on_phones(at), any(begin <= at < over for begin, over in colleague.talks)
                self.snapshot(
                    at, f"Employee#{colleague.person.id}", colleague.person, available and not busy, busy, not available
                )
            if unmapped and unmapped.first_day <= self.day:
                self.snapshot(at, planted.UNMAPPED_EMPLOYEE, None, True, False, False)

    def snapshot(
        self, at: int, employee: str, person: Person | None, available: bool, busy: bool, do_not_disturb: bool
    ) -> None:
        self.rows.add(
            presence,
            source=TELEPHONE,
            source_agent=employee,
            agent_id=person.id if person else None,
            at=at,
            available=available,
            busy=busy,
            do_not_disturb=do_not_disturb and not busy,
        )

    def write_matters(self, *, all_of_them: bool = False) -> None:
        """Put the matters that have ended in line; at the end the open ones too."""
        ended = [matter for matter in self.matters if matter.is_closed or all_of_them]
        for matter in ended:
            matter.write(self.rows)
        self.matters = [] if all_of_them else [matter for matter in self.matters if not matter.is_closed]

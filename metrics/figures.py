"""Every figure's one declaration. Texts are English message ids; they are translated when they are shown."""

from dataclasses import dataclass
from typing import Any, Literal

Grain = Literal[
    "call", "pair", "callback", "promise", "customer_day", "attempt", "half_hour", "snapshot", "absence", "rating"
]
Unit = Literal["count", "share", "seconds", "score"]


def N_(message: str) -> str:
    """Mark a text for the catalogues without translating it here."""
    return message


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: what it is called, what it means, how it is counted, and which rows it opens.

    `matters`: why anybody looks at it. `misleads`: what moves it although nobody did anything differently. `numerator`
    and `denominator` name columns of counts; a plain count has no denominator. `opens` names the rows behind it: as
    many as the figure says or, for a share or a mean, as many as its denominator.
    """

    id: str
    label: str
    definition: str
    matters: str
    grain: Grain
    unit: Unit
    numerator: str
    opens: tuple[str, ...]
    rule: str
    denominator: str | None = None
    better: Literal["high", "low"] | None = None
    misleads: str = ""


CALL_FIGURES = (
    Figure(
        id="received",
        label=N_("Received"),
        definition=N_(
            "Incoming calls that started in the opening hours. "
            "Received = answered + missed + abandoned + short + redirected."
        ),
        matters=N_("It is what all shares of calls are taken of."),
        misleads=N_("A queue that is not loaded, or calls that come twice from two sources."),
        grain="call",
        unit="count",
        numerator="received",
        opens=("answered", "missed", "abandoned", "short", "redirected"),
        rule="C1",
    ),
    Figure(
        id="answered",
        label=N_("Answered"),
        definition=N_("A person took the call, also after an overflow."),
        matters=N_("Somebody helped the customer at once."),
        misleads=N_("A machine that the telephone system reports as a person."),
        grain="call",
        unit="count",
        numerator="answered",
        opens=("answered",),
        rule="C1",
        better="high",
    ),
    Figure(
        id="missed",
        label=N_("Missed"),
        definition=N_("A phone rang and nobody took the call."),
        matters=N_("A customer waited and reached nobody although a phone rang."),
        misleads=N_("Phones that ring with nobody on the rota."),
        grain="call",
        unit="count",
        numerator="missed",
        opens=("missed",),
        rule="C1",
        better="low",
    ),
    Figure(
        id="abandoned",
        label=N_("Abandoned"),
        definition=N_("The customer hung up before any phone rang."),
        matters=N_("A customer gave up before anybody could have picked up."),
        misleads=N_("A long announcement before the first phone rings."),
        grain="call",
        unit="count",
        numerator="abandoned",
        opens=("abandoned",),
        rule="C1",
        better="low",
    ),
    Figure(
        id="short",
        label=N_("Short"),
        definition=N_("The customer hung up, unanswered, before the short threshold of the house rules."),
        matters=N_("It keeps wrong numbers out of the other figures."),
        misleads=N_("A source that does not say when the caller hung up: then no call is short."),
        grain="call",
        unit="count",
        numerator="short",
        opens=("short",),
        rule="C1",
    ),
    Figure(
        id="redirected",
        label=N_("Redirected"),
        definition=N_("The call went to voicemail, or overflowed without a person taking it."),
        matters=N_("The customer met a machine and waits for us."),
        misleads=N_("Queues that send everybody to voicemail at noon on purpose."),
        grain="call",
        unit="count",
        numerator="redirected",
        opens=("redirected",),
        rule="C1",
    ),
    Figure(
        id="answer_rate",
        label=N_("Answer rate"),
        definition=N_("Answered calls as a share of received calls without the short ones."),
        matters=N_("It is the promise that somebody picks up."),
        misleads=N_("Too few planned at some half hours: look at Coverage before at people."),
        grain="call",
        unit="share",
        numerator="answered",
        denominator="received_not_short",
        opens=("answered", "missed", "abandoned", "redirected"),
        rule="C1",
        better="high",
    ),
    Figure(
        id="time_to_answer",
        label=N_("Time to answer"),
        definition=N_(
            "Mean seconds from the start of the call, menu and queue included, until a person took it. "
            "Answered calls in the opening hours whose time of answering is known."
        ),
        matters=N_("It is what waiting feels like."),
        misleads=N_("A menu that customers listen to counts as waiting."),
        grain="call",
        unit="seconds",
        numerator="answer_seconds",
        denominator="timed_answers",
        opens=("timed_answers",),
        rule="C1",
        better="low",
    ),
    Figure(
        id="outside",
        label=N_("Outside opening hours"),
        definition=N_("Incoming calls that started while their desk was closed. They are counted apart."),
        matters=N_("It shows whether customers expect other opening hours."),
        misleads=N_("Closing days that stand in no house rule."),
        grain="call",
        unit="count",
        numerator="outside",
        opens=("outside",),
        rule="C3",
    ),
)

AGENT_FIGURES = (
    Figure(
        id="agent_received",
        label=N_("Received"),
        definition=N_(
            "The agent's fair chances: calls the agent answered or declined, and calls that rang at least the short "
            "threshold while the agent was on shift, not absent and not talking, and that no colleague took. Repeated "
            "rings of one call are one."
        ),
        matters=N_("It is what the agent could have answered, and nothing else is held against them."),
        misleads=N_("A rota that is not loaded: then everybody counts as on shift."),
        grain="pair",
        unit="count",
        numerator="received",
        opens=("answered", "declined", "not_picked_up"),
        rule="C1",
    ),
    Figure(
        id="agent_answered",
        label=N_("Answered"),
        definition=N_("Calls the agent took, in and outside the opening hours."),
        matters=N_("It is the work that was done on the phone."),
        misleads=N_("Hours on the phones: who is on shift longer answers more."),
        grain="pair",
        unit="count",
        numerator="answered",
        opens=("answered",),
        rule="C1",
        better="high",
    ),
    Figure(
        id="agent_missed",
        label=N_("Missed"),
        definition=N_("Fair chances the agent declined or did not pick up."),
        matters=N_("Each is a customer whom the agent could have helped."),
        misleads=N_("A phone that stays on during notes or a break that stands in no rota."),
        grain="pair",
        unit="count",
        numerator="missed",
        opens=("declined", "not_picked_up"),
        rule="C1",
        better="low",
    ),
    Figure(
        id="agent_declined",
        label=N_("Declined"),
        definition=N_("Missed calls that the agent turned away, whoever answered later."),
        matters=N_("It was somebody's choice not to answer."),
        misleads=N_("Telephones that report a second line in use as declined."),
        grain="pair",
        unit="count",
        numerator="declined",
        opens=("declined",),
        rule="C1",
        better="low",
    ),
    Figure(
        id="agent_let_it_ring",
        label=N_("Let it ring"),
        definition=N_("A colleague took the call after it had rung longer than the let-ring threshold. No miss."),
        matters=N_("A colleague had to take what rang here."),
        misleads=N_("All phones ring at once: somebody is always second."),
        grain="pair",
        unit="count",
        numerator="let_it_ring",
        opens=("let_it_ring",),
        rule="C1",
        better="low",
    ),
    Figure(
        id="agent_answer_rate",
        label=N_("Answer rate"),
        definition=N_(
            "Answered as a share of the agent's fair chances. Fewer than 5: not shown. 5 to 19: only the interval "
            "(Wilson, 95 %)."
        ),
        matters=N_("It says whether the agent picks up whenever it rings."),
        misleads=N_("Few cases, lunch shifts and hard queues: the interval and Coaching take them into account."),
        grain="pair",
        unit="share",
        numerator="answered",
        denominator="received",
        opens=("answered", "declined", "not_picked_up"),
        rule="C1",
        better="high",
    ),
    Figure(
        id="agent_time_to_answer",
        label=N_("Time to answer"),
        definition=N_(
            "Mean seconds from the start of the call, menu and queue included, until somebody took it, over the calls "
            "the agent took whose time of answering is known."
        ),
        matters=N_("It shows how long their customers had waited."),
        misleads=N_("Most of it is the queue and not the agent."),
        grain="pair",
        unit="seconds",
        numerator="answer_seconds",
        denominator="timed_answers",
        opens=("timed_answers",),
        rule="C1",
    ),
    Figure(
        id="agent_talk_time",
        label=N_("Talk time"),
        definition=N_("Mean seconds of talk over the calls the agent took whose length is known."),
        matters=N_("It is needed to plan how many are on the phones."),
        misleads=N_("Harder matters take longer; long is not bad."),
        grain="pair",
        unit="seconds",
        numerator="talk_seconds",
        denominator="timed_talks",
        opens=("timed_talks",),
        rule="C1",
    ),
    Figure(
        id="configuration_faults",
        label=N_("Configuration faults"),
        definition=N_(
            "A phone rang although its owner was absent or off shift. A fault of the telephone system's set-up, not a "
            "personal miss."
        ),
        matters=N_("They cost customers their time and colleagues their good name."),
        misleads=N_("A rota or an absence that was loaded late."),
        grain="pair",
        unit="count",
        numerator="faults",
        opens=("absent", "off_shift"),
        rule="C1",
        better="low",
    ),
    Figure(
        id="agent_rang",
        label=N_("Rang"),
        definition=N_(
            "Calls that rang on the agent's phone, each once however often it rang. Rang = received + let it "
            "ring + taken by a colleague + rang too short + was already talking + configuration faults + "
            "unknown."
        ),
        matters=N_("It is the number that the telephone system's own statistic shows."),
        misleads=N_("Telephone systems that count each repeated ring of one call."),
        grain="pair",
        unit="count",
        numerator="rang",
        opens=(
            "answered",
            "declined",
            "not_picked_up",
            "let_it_ring",
            "taken_by_colleague",
            "too_short",
            "already_talking",
            "absent",
            "off_shift",
            "unknown",
        ),
        rule="C1",
    ),
    Figure(
        id="agent_taken_by_colleague",
        label=N_("Taken by a colleague"),
        definition=N_(
            "Calls that a colleague took before they had rung here longer than the let-ring threshold. No "
            "chance and no miss."
        ),
        matters=N_("It is why a phone rings more often than its owner could answer."),
        misleads=N_("All phones ring at once: one is always quicker."),
        grain="pair",
        unit="count",
        numerator="taken_by_colleague",
        opens=("taken_by_colleague",),
        rule="C1",
    ),
    Figure(
        id="agent_too_short",
        label=N_("Rang too short"),
        definition=N_(
            "Calls that nobody took and that rang here for less than the short threshold. No chance and no miss."
        ),
        matters=N_("Nobody can pick up within a few seconds."),
        misleads=N_("Queues that pass a call on after a few seconds."),
        grain="pair",
        unit="count",
        numerator="too_short",
        opens=("too_short",),
        rule="C1",
    ),
    Figure(
        id="agent_already_talking",
        label=N_("Was already talking"),
        definition=N_("Calls that rang only while the agent was talking with another customer. No chance and no miss."),
        matters=N_("The telephone system offers calls to whoever cannot take them."),
        misleads=N_("Talks whose end the source does not tell."),
        grain="pair",
        unit="count",
        numerator="already_talking",
        opens=("already_talking",),
        rule="C1",
    ),
    Figure(
        id="agent_unknown",
        label=N_("Unknown"),
        definition=N_(
            "Calls of which the source does not say how long they rang here, or what became of them. No miss is "
            "made of them."
        ),
        matters=N_("Many of them mean that the source tells too little."),
        misleads=N_("A telephone system that names a ring's outcome by a word of its own."),
        grain="pair",
        unit="count",
        numerator="unknown",
        opens=("unknown",),
        rule="C1",
    ),
)

SOLVED_FIGURES = (
    Figure(
        id="solved_at_once",
        label=N_("Solved at once"),
        definition=N_(
            "Answered calls that left a note of whoever took them that day, and no message, as a share of the "
            "answered calls of known customers in the opening hours of days that are over. A message belongs to "
            "its customer's last answered call before it."
        ),
        matters=N_("The customer need not wait for anybody to come back."),
        misleads=N_("Customers who call about what nobody could solve on the phone."),
        grain="call",
        unit="share",
        numerator="solved_at_once",
        denominator="calls_of_customers",
        opens=("calls_of_customers",),
        rule="C4",
        better="high",
    ),
    Figure(
        id="agent_solved_at_once",
        label=N_("Solved at once"),
        definition=N_(
            "Calls the agent took that left a note of theirs that day and no message, as a share of those of "
            "known customers on days that are over. Fewer than 5: not shown. 5 to 19: only the interval "
            "(Wilson, 95 %)."
        ),
        matters=N_("Small matters that end on the phone are no work for anybody else."),
        misleads=N_("The kind of matter: who takes calls for others writes more messages."),
        grain="pair",
        unit="share",
        numerator="agent_solved_at_once",
        denominator="agent_calls_of_customers",
        opens=("agent_calls_of_customers",),
        rule="C4",
        better="high",
    ),
)

CALLBACK_FIGURES = (
    Figure(
        id="open_callbacks",
        label=N_("Open"),
        definition=N_(
            "Requests whose customer has not been reached and has not withdrawn. A reminder belongs to its request."
        ),
        matters=N_("Each is a customer who waits for us."),
        misleads=N_("Matters that were ended in the CRM and not loaded yet."),
        grain="callback",
        unit="count",
        numerator="open_callbacks",
        opens=("open_callbacks",),
        rule="B3",
        better="low",
    ),
    Figure(
        id="overdue",
        label=N_("Overdue"),
        definition=N_("Open requests whose deadline has passed. Exactly on the deadline is in time."),
        matters=N_("We have broken our promise to each of these customers."),
        misleads=N_("Attempts and ends that nobody wrote down."),
        grain="callback",
        unit="count",
        numerator="overdue",
        opens=("overdue",),
        rule="B3",
        better="low",
    ),
    Figure(
        id="due_within_two_hours",
        label=N_("Due in 2 hours"),
        definition=N_("Open requests whose deadline lies within the next two hours."),
        matters=N_("These can still be kept."),
        misleads=N_("Deadlines at night, when nobody is there."),
        grain="callback",
        unit="count",
        numerator="due_within_two_hours",
        opens=("due_within_two_hours",),
        rule="B3",
    ),
    Figure(
        id="promises_broken",
        label=N_("Promises broken"),
        definition=N_(
            "Times that customers were told, since Monday, at which nobody rang. Ringing in time keeps a promise."
        ),
        matters=N_("A customer waited at the phone at a time that we had named."),
        misleads=N_("Calls from a phone that no source tells of."),
        grain="promise",
        unit="count",
        numerator="promises_broken",
        opens=("promises_broken",),
        rule="B4",
        better="low",
    ),
    Figure(
        id="reached_in_time",
        label=N_("Reached in time"),
        definition=N_(
            "Requests written in the period whose customer was reached before any deadline passed, as a share of those "
            "that are decided."
        ),
        matters=N_("It is the agency's promise, as the customer met it."),
        misleads=N_("Customers who do not pick up: look at attempts in time beside it."),
        grain="callback",
        unit="share",
        numerator="reached_in_time",
        denominator="decided",
        opens=("decided",),
        rule="B1",
        better="high",
    ),
    Figure(
        id="told_new_time",
        label=N_("Told a new time"),
        definition=N_(
            "Requests of the period whose deadline passed, and whose customer was told a later time before it passed. "
            "A later time moves a deadline only where the customer asked for it, but it is better than silence."
        ),
        matters=N_("Whoever knows when we come back need not ask again."),
        misleads=N_("Promises that nobody wrote down."),
        grain="callback",
        unit="share",
        numerator="told_new_time",
        denominator="breached",
        opens=("breached",),
        rule="B4",
        better="high",
    ),
    Figure(
        id="misrouted",
        label=N_("Misrouted"),
        definition=N_("Messages written in the period that were sent to somebody whom they do not belong to."),
        matters=N_("Each costs the customer a day."),
        misleads=N_("Routing rules that changed and were not written into the house rules."),
        grain="callback",
        unit="count",
        numerator="misrouted",
        opens=("misrouted",),
        rule="B5",
        better="low",
    ),
    Figure(
        id="returned",
        label=N_("Returned"),
        definition=N_(
            "Messages written in the period that went to KC, were not KC's, and were given back to their author."
        ),
        matters=N_("The customer's time runs on meanwhile."),
        misleads=N_("A CRM that does not say to whom KC gave it."),
        grain="callback",
        unit="count",
        numerator="returned",
        opens=("returned",),
        rule="B5",
        better="low",
    ),
    Figure(
        id="incomplete",
        label=N_("Incomplete"),
        definition=N_("Messages written in the period without a reason, a preferred time or a number, or never sent."),
        matters=N_("Whoever receives it cannot help without asking again."),
        misleads=N_("A CRM export that leaves out a column."),
        grain="callback",
        unit="count",
        numerator="incomplete",
        opens=("incomplete",),
        rule="B6",
        better="low",
    ),
    Figure(
        id="attempted_in_time",
        label=N_("Attempted in time"),
        definition=N_(
            "Requests of the period with a call before any deadline passed, as a share of those that are decided."
        ),
        matters=N_("It is the effort, whoever picked up."),
        misleads=N_("Calls from a private phone."),
        grain="callback",
        unit="share",
        numerator="attempted_in_time",
        denominator="decided",
        opens=("decided",),
        rule="B3",
        better="high",
    ),
    Figure(
        id="told_response_time",
        label=N_("Told how long it takes"),
        definition=N_(
            "Requests written in the period to desks of which the customer must be told how long it takes, and whose "
            "customer was told; counted for their author."
        ),
        matters=N_("A customer who knows how long it takes does not have to ask again."),
        misleads=N_("Said on the phone and not written down."),
        grain="callback",
        unit="share",
        numerator="told",
        denominator="must_tell",
        opens=("must_tell",),
        rule="B2",
        better="high",
    ),
    Figure(
        id="in_preferred_time",
        label=N_("Called at the preferred time"),
        definition=N_(
            "Calls made to reach the customers of the period's requests that have a preferred time, made within it. A "
            "latest time alone is a preferred time too."
        ),
        matters=N_("Customers are home when they say so."),
        misleads=N_("Preferred times outside the opening hours."),
        grain="attempt",
        unit="share",
        numerator="attempts_in_preferred_time",
        denominator="attempts_with_preferred_time",
        opens=("attempts_with_preferred_time",),
        rule="B6",
        better="high",
    ),
    Figure(
        id="stalled",
        label=N_("Stalled"),
        definition=N_(
            "Requests of the last 30 days whose customer was reached, but which are not done, and nothing was noted "
            "for two working days."
        ),
        matters=N_("The customer was reached and still waits for help."),
        misleads=N_("Work at another desk that leaves no note here."),
        grain="callback",
        unit="count",
        numerator="stalled",
        opens=("stalled",),
        rule="B3",
        better="low",
    ),
)

ATTEMPT_FIGURES = (
    Figure(
        id="pattern_kept",
        label=N_("Pattern kept"),
        definition=N_(
            "Customer-days of the period on which somebody who must follow the pattern made each step that was due "
            "(two calls and then a message, fewer if the customer was reached), as a share of all such customer-days. "
            "Today counts once it is over."
        ),
        matters=N_("Customers who are tried twice a day are reached sooner."),
        misleads=N_("Notes that are loaded a day late."),
        grain="customer_day",
        unit="share",
        numerator="days_kept",
        denominator="days_due",
        opens=("days_due",),
        rule="A1",
        better="high",
    ),
    Figure(
        id="steps_missing_today",
        label=N_("Missing today"),
        definition=N_(
            "Open requests with somebody who must follow the pattern, for which a call or a message is missing today."
        ),
        matters=N_("There is still time today."),
        misleads=N_("Calls of the last minutes that are not loaded yet."),
        grain="callback",
        unit="count",
        numerator="steps_missing_today",
        opens=("steps_missing_today",),
        rule="A1",
        better="low",
    ),
    Figure(
        id="not_reached_for_long",
        label=N_("No contact for long"),
        definition=N_(
            "Overdue requests whose customer has not been reached for more working days than the house rules allow."
        ),
        matters=N_("Another way has to be found to these customers."),
        misleads=N_("Customers with a wrong number."),
        grain="callback",
        unit="count",
        numerator="not_reached_for_long",
        opens=("not_reached_for_long",),
        rule="A1",
        better="low",
    ),
    Figure(
        id="conversations_noted",
        label=N_("Calls noted"),
        definition=N_(
            "Answered calls of known customers about whom the agent wrote a note the same day, as a share of all of "
            "them. Today counts once it is over; days for which no notes are loaded do not count."
        ),
        matters=N_("What is not noted has to be asked of the customer again."),
        misleads=N_("Calls about nothing, and two customers under one number."),
        grain="call",
        unit="share",
        numerator="conversations_noted",
        denominator="conversations",
        opens=("conversations",),
        rule="C2",
        better="high",
    ),
    Figure(
        id="dialled_noted",
        label=N_("Outgoing noted"),
        definition=N_(
            "Calls to known customers that a noted attempt or a note of that agent, from then to midnight, mentions, "
            "as a share of all of them. Today counts once it is over."
        ),
        matters=N_("A colleague sees that the customer was tried."),
        misleads=N_("One note of a colleague for two dials from different phones."),
        grain="call",
        unit="share",
        numerator="dialled_noted",
        denominator="dialled",
        opens=("dialled",),
        rule="C2",
        better="high",
    ),
    Figure(
        id="attempts_without_call",
        label=N_("Not in the log"),
        definition=N_(
            "Noted call attempts for which the phone log has no call, by number and time. The house rules say how far "
            "apart the clocks may be and which other phones answer for an attempt."
        ),
        matters=N_("An attempt that nobody made helps no customer."),
        misleads=N_("Private phones and clocks that differ."),
        grain="attempt",
        unit="count",
        numerator="attempts_without_call",
        opens=("attempts_without_call",),
        rule="C2",
        better="low",
    ),
    Figure(
        id="conversations_not_noted",
        label=N_("Calls not noted"),
        definition=N_("Answered calls of known customers about whom the agent wrote nothing the same day."),
        matters=N_("These customers have to tell their story again."),
        misleads=N_("Calls about nothing, and two customers under one number."),
        grain="call",
        unit="count",
        numerator="conversations_not_noted",
        opens=("conversations_not_noted",),
        rule="C2",
        better="low",
    ),
    Figure(
        id="dialled_not_noted",
        label=N_("Outgoing not noted"),
        definition=N_(
            "Calls to known customers that no noted attempt and no note of that agent, from then to midnight, mentions."
        ),
        matters=N_("Nobody knows that these customers were tried."),
        misleads=N_("Notes in a system that is not loaded."),
        grain="call",
        unit="count",
        numerator="dialled_not_noted",
        opens=("dialled_not_noted",),
        rule="C2",
        better="low",
    ),
    Figure(
        id="attempts_unverifiable",
        label=N_("Cannot be checked"),
        definition=N_(
            "Noted call attempts to customers without a known number, or from times for which the phone log holds no "
            "outgoing calls. They accuse nobody."
        ),
        matters=N_("It says how much the log can tell."),
        grain="attempt",
        unit="count",
        numerator="attempts_unverifiable",
        opens=("attempts_unverifiable",),
        rule="C2",
    ),
)
COVERAGE_FIGURES = (
    Figure(
        id="too_few",
        label=N_("Too few"),
        definition=N_(
            "Half hours of the week's opening hours in which a team has fewer on the phones (rota minus absence) than "
            "needed. Too many at another time makes up for nothing."
        ),
        matters=N_("In these half hours customers wait because of the plan."),
        misleads=N_("A need that nobody has looked at for a year."),
        grain="half_hour",
        unit="count",
        numerator="too_few",
        opens=("too_few",),
        rule="R1",
        better="low",
    ),
    Figure(
        id="covered",
        label=N_("Covered"),
        definition=N_("Half hours with as many as needed, as a share of those in which anybody is needed."),
        matters=N_("It says whether the plan is good enough."),
        misleads=N_("Many on the phones at other hours do not raise it."),
        grain="half_hour",
        unit="share",
        numerator="covered",
        denominator="needed_at_all",
        opens=("needed_at_all",),
        rule="R1",
        better="high",
    ),
    Figure(
        id="adherence",
        label=N_("Adherence"),
        definition=N_(
            "Snapshots of the telephone system in which somebody on shift, and not away, was available or talking, as "
            "a share of all of them. Only from when on there are snapshots."
        ),
        matters=N_("A plan helps only if people are there."),
        misleads=N_("Work away from the phone that stands in no rota."),
        grain="snapshot",
        unit="share",
        numerator="there",
        denominator="planned_snapshots",
        opens=("planned_snapshots",),
        rule="R1",
        better="high",
    ),
)

ABSENCE_FIGURES = (
    Figure(
        id="vacation_in_time",
        label=N_("Vacation in time"),
        definition=N_(
            "Vacations that begin in the period and were first asked for at least a calendar month before, as a share "
            "of those of which the day of asking is known."
        ),
        matters=N_("The others can plan around it."),
        misleads=N_("Requests by word of mouth, written down later."),
        grain="absence",
        unit="share",
        numerator="vacation_in_time",
        denominator="vacation_told",
        opens=("vacation_told",),
        rule="R2",
        better="high",
    ),
    Figure(
        id="errand_in_time",
        label=N_("Errands in time"),
        definition=N_(
            "Private errands that begin in the period and were swapped, or told a week before after a swap was tried, "
            "as a share of those of which it is known."
        ),
        matters=N_("Nobody stands alone on the phones unawares."),
        misleads=N_("A swap that nobody wrote down."),
        grain="absence",
        unit="share",
        numerator="errand_in_time",
        denominator="errand_told",
        opens=("errand_told",),
        rule="R3",
        better="high",
    ),
    Figure(
        id="not_a_reason",
        label=N_("No reason"),
        definition=N_(
            "Absences that begin in the period, planned and inside a shift, that are no reason to be off the phones: "
            "dentist, doctor, vehicle inspection; or a child ill beyond the first day."
        ),
        matters=N_("Planned matters belong outside the shift."),
        misleads=N_("Acute matters that were written down as planned."),
        grain="absence",
        unit="count",
        numerator="not_a_reason",
        opens=("not_a_reason",),
        rule="R4",
        better="low",
    ),
    Figure(
        id="buddies_away",
        label=N_("Both away"),
        definition=N_(
            "Times, in the period or ahead, at which two buddies are away together although both asked before."
        ),
        matters=N_("Nobody answers for either of them."),
        misleads=N_("Public holidays in the middle of both absences."),
        grain="absence",
        unit="count",
        numerator="buddies_away",
        opens=("buddies_away",),
        rule="R5",
        better="low",
    ),
    Figure(
        id="without_cover",
        label=N_("No cover now"),
        definition=N_("People who are away now and whose buddy is away too, or who have none."),
        matters=N_("Their customers wait for nobody."),
        misleads=N_("Buddies who changed and were not loaded."),
        grain="absence",
        unit="count",
        numerator="without_cover",
        opens=("without_cover",),
        rule="R5",
        better="low",
    ),
    Figure(
        id="without_buddy",
        label=N_("No buddy"),
        definition=N_("Case handlers on the phones who have no buddy today, or one who no longer works here."),
        matters=N_("When they are away, nobody answers their customers."),
        misleads=N_("Buddies who changed and were not loaded."),
        grain="absence",
        unit="count",
        numerator="without_buddy",
        opens=("without_buddy",),
        rule="R5",
        better="low",
    ),
    Figure(
        id="wrong_channel",
        label=N_("Wrong channel"),
        definition=N_("Requests for vacation and errands of the period that did not go to the rota mailbox."),
        matters=N_("Whoever plans does not see the request."),
        misleads=N_("Channels that the source names in other words."),
        grain="absence",
        unit="count",
        numerator="wrong_channel",
        opens=("wrong_channel",),
        rule="R6",
        better="low",
    ),
)


def measure(**declared: Any) -> Figure:
    """A share by which colleagues are compared (Q1): `successes` of `cases`, and the cases are its rows."""
    return Figure(unit="share", numerator="successes", denominator="cases", opens=("cases",), **declared)


COACHING_FIGURES = (
    measure(
        id="chances_answered",
        label=N_("Calls picked up"),
        definition=N_("Fair chances that were answered, compared with colleagues in the same queue and half hour."),
        matters=N_("Practice at picking up helps every caller."),
        misleads=N_("Hours and queues are taken into account; a phone that is set up wrongly is not."),
        grain="pair",
        rule="C1",
        better="high",
    ),
    measure(
        id="requests_attempted",
        label=N_("Tried in time"),
        definition=N_(
            "Requests tried before their deadline, of those that were reached or whose deadline passed, of whoever had "
            "them then. Without those that came or fell due while they were away. Compared with requests at the same "
            "desk written on the same weekday."
        ),
        matters=N_("Trying in time is in the colleague's own hands."),
        misleads=N_("Requests that arrive just before a vacation."),
        grain="callback",
        rule="B3",
        better="high",
    ),
    measure(
        id="requests_reached",
        label=N_("Customers reached in time"),
        definition=N_(
            "Requests reached before their deadline, of those that were reached or whose deadline passed, of whoever "
            "had them then. Without those that came or fell due while they were away. Compared with requests at the "
            "same desk written on the same weekday."
        ),
        matters=N_("It is what the customers of this colleague met."),
        misleads=N_("Customers who are hard to reach."),
        grain="callback",
        rule="B1",
        better="high",
    ),
    measure(
        id="promises_kept",
        label=N_("Promises kept"),
        definition=N_("Promised times that were kept, reached or not, of whoever had the request at that time."),
        matters=N_("Customers plan their day by it."),
        misleads=N_("Promises that somebody else made."),
        grain="promise",
        rule="B4",
        better="high",
    ),
    measure(
        id="pattern_days_kept",
        label=N_("Pattern followed"),
        definition=N_(
            "Customer-days on which the pattern was kept, only of those who must follow it; held against what the rule "
            "asks for, and not against colleagues. Days as a buddy are left out."
        ),
        matters=N_("The pattern is what those who must follow it practise."),
        misleads=N_("Days on which the customer asked to be called later."),
        grain="customer_day",
        rule="A1",
        better="high",
    ),
    measure(
        id="conversations_written",
        label=N_("Conversations noted"),
        definition=N_("Answered calls of known customers that the agent noted on the same day."),
        matters=N_("The next colleague knows what was said."),
        misleads=N_("Calls about nothing, and two customers under one number."),
        grain="call",
        rule="C2",
        better="high",
    ),
    measure(
        id="attempts_in_the_log",
        label=N_("Noted attempts that were made"),
        definition=N_(
            "Call attempts that the agent noted and that can be checked, and for which the phone log has a call."
        ),
        matters=N_("A customer whom nobody called waits for nothing."),
        misleads=N_("Calls from a private phone, or from another system."),
        grain="attempt",
        rule="C2",
        better="high",
    ),
    measure(
        id="messages_complete",
        label=N_("Messages complete"),
        definition=N_("Messages written that hold the reason, the preferred time and a phone number, and were sent."),
        matters=N_("Whoever receives the message can help at once."),
        misleads=N_("A CRM export that leaves out a column."),
        grain="callback",
        rule="B6",
        better="high",
    ),
    measure(
        id="requests_reminded",
        label=N_("Customers who had to ask again"),
        definition=N_(
            "Requests of which the customer reminded at least once while the agent had them and was there, per 100 "
            "requests. A customer who asks five times is one customer. Compared with requests at the same desk."
        ),
        matters=N_("Nobody should have to ask twice."),
        misleads=N_("Customers who call every day whatever one does."),
        grain="callback",
        rule="B7",
        better="low",
    ),
    measure(
        id="ratings_satisfied",
        label=N_("Satisfied customers"),
        definition=N_("Ratings that count as satisfied, on the scale that most answers of the agency are on."),
        matters=N_("It is what customers say themselves."),
        misleads=N_("Bad news that somebody had to bring."),
        grain="rating",
        rule="Q3",
        better="high",
    ),
)

SATISFACTION_FIGURES = (
    Figure(
        id="mean_rating",
        label=N_("Mean rating"),
        definition=N_(
            "Mean of all ratings of the period, over all products and processes, each answer counted once. Scales are "
            "never mixed. Of a whole quarter it is the score that is published."
        ),
        matters=N_("It is the figure that the agency publishes."),
        misleads=N_("Few answers, and customers who answer only when they are angry."),
        grain="rating",
        unit="score",
        numerator="score_sum",
        denominator="ratings",
        opens=("ratings",),
        rule="Q2",
        better="high",
    ),
    Figure(
        id="satisfied",
        label=N_("Satisfied"),
        definition=N_("Ratings that count as satisfied by the house rules, as a share of all on that scale."),
        matters=N_("The house has set itself a goal for it."),
        misleads=N_("Few answers: the interval shows it."),
        grain="rating",
        unit="share",
        numerator="satisfied",
        denominator="ratings",
        opens=("ratings",),
        rule="Q3",
        better="high",
    ),
    Figure(
        id="response_rate",
        label=N_("Answered the survey"),
        definition=N_("Answers given in the period as a share of the invitations sent in it."),
        matters=N_("It says how far the ratings speak for all customers."),
        misleads=N_("Invitations that never arrived."),
        grain="rating",
        unit="share",
        numerator="answers",
        denominator="invitations",
        opens=("invitations",),
        rule="Q2",
    ),
    Figure(
        id="low_scores",
        label=N_("Low scores"),
        definition=N_("Ratings, on any scale, so low by the house rules that somebody calls the customer."),
        matters=N_("Each is a customer whom a call can win back."),
        misleads=N_("A scale read the wrong way round by the customer."),
        grain="rating",
        unit="count",
        numerator="low_scores",
        opens=("low_scores",),
        rule="Q3",
        better="low",
    ),
    Figure(
        id="not_followed_up",
        label=N_("Not followed up"),
        definition=N_(
            "Low scores of the last three months, on any scale, that nobody has followed up, whatever the period."
        ),
        matters=N_("These customers were asked and not heard."),
        misleads=N_("Calls that nobody wrote down."),
        grain="rating",
        unit="count",
        numerator="not_followed_up",
        opens=("not_followed_up",),
        rule="Q3",
        better="low",
    ),
    Figure(
        id="asked_too_soon",
        label=N_("Asked too soon"),
        definition=N_(
            "Invitations to a customer who had been asked less than four weeks before, as long as it is known who was "
            "asked: three months."
        ),
        matters=N_("Customers tire of being asked."),
        misleads=N_("Two customers under one number."),
        grain="rating",
        unit="count",
        numerator="asked_too_soon",
        opens=("asked_too_soon",),
        rule="Q2",
        better="low",
    ),
)
EVERY_FIGURE = (
    *CALL_FIGURES,
    *AGENT_FIGURES,
    *SOLVED_FIGURES,
    *CALLBACK_FIGURES,
    *ATTEMPT_FIGURES,
    *COVERAGE_FIGURES,
    *ABSENCE_FIGURES,
    *COACHING_FIGURES,
    *SATISFACTION_FIGURES,
)
FIGURES = {figure.id: figure for figure in EVERY_FIGURE}
"""Every figure of every page, by id."""

"""Every figure's one declaration. Texts are English message ids; they are translated when they are shown."""

from dataclasses import dataclass
from typing import Literal

Grain = Literal[
    "call", "pair", "callback", "promise", "customer_day", "attempt", "half_hour", "snapshot", "absence", "rating"
]
Unit = Literal["count", "share", "seconds", "score"]


def N_(message: str) -> str:
    """Mark a text for the catalogues without translating it here."""
    return message


@dataclass(frozen=True)
class Figure:
    """One figure: what it is called, what it means, how it is counted, and which rows it opens.

    `numerator` and `denominator` name columns of counts; a plain count has no denominator. `opens` names the rows
    behind it: as many as the figure says or, for a share or a mean, as many as its denominator.
    """

    id: str
    label: str
    definition: str
    grain: Grain
    unit: Unit
    numerator: str
    opens: tuple[str, ...]
    rule: str
    denominator: str | None = None
    better: Literal["high", "low"] | None = None


CALL_FIGURES = (
    Figure(
        "received",
        N_("Received"),
        N_(
            "Incoming calls that started in the opening hours. "
            "Received = answered + missed + abandoned + short + redirected."
        ),
        "call",
        "count",
        "received",
        ("answered", "missed", "abandoned", "short", "redirected"),
        "C1",
    ),
    Figure(
        "answered",
        N_("Answered"),
        N_("A person took the call, also after an overflow."),
        "call",
        "count",
        "answered",
        ("answered",),
        "C1",
        better="high",
    ),
    Figure(
        "missed",
        N_("Missed"),
        N_("A phone rang and nobody took the call."),
        "call",
        "count",
        "missed",
        ("missed",),
        "C1",
        better="low",
    ),
    Figure(
        "abandoned",
        N_("Abandoned"),
        N_("The customer hung up before any phone rang."),
        "call",
        "count",
        "abandoned",
        ("abandoned",),
        "C1",
        better="low",
    ),
    Figure(
        "short",
        N_("Short"),
        N_("The customer hung up, unanswered, before the short threshold of the house rules."),
        "call",
        "count",
        "short",
        ("short",),
        "C1",
    ),
    Figure(
        "redirected",
        N_("Redirected"),
        N_("The call went to voicemail, or overflowed without a person taking it."),
        "call",
        "count",
        "redirected",
        ("redirected",),
        "C1",
    ),
    Figure(
        "answer_rate",
        N_("Answer rate"),
        N_("Answered calls as a share of received calls without the short ones."),
        "call",
        "share",
        "answered",
        ("answered", "missed", "abandoned", "redirected"),
        "C1",
        denominator="received_not_short",
        better="high",
    ),
    Figure(
        "time_to_answer",
        N_("Time to answer"),
        N_(
            "Mean seconds from the start of the call, menu and queue included, until a person took it. "
            "Answered calls in the opening hours whose time of answering is known."
        ),
        "call",
        "seconds",
        "answer_seconds",
        ("timed_answers",),
        "C1",
        denominator="timed_answers",
        better="low",
    ),
    Figure(
        "outside",
        N_("Outside opening hours"),
        N_("Incoming calls that started while their desk was closed. They are counted apart."),
        "call",
        "count",
        "outside",
        ("outside",),
        "C3",
    ),
)

AGENT_FIGURES = (
    Figure(
        "agent_received",
        N_("Received"),
        N_(
            "The agent's fair chances: calls the agent answered or declined, and calls that rang at least the short "
            "threshold while the agent was on shift, not absent and not talking, and that no colleague took. Repeated "
            "rings of one call are one."
        ),
        "pair",
        "count",
        "received",
        ("answered", "declined", "not_picked_up"),
        "C1",
    ),
    Figure(
        "agent_answered",
        N_("Answered"),
        N_("Calls the agent took, in and outside the opening hours."),
        "pair",
        "count",
        "answered",
        ("answered",),
        "C1",
        better="high",
    ),
    Figure(
        "agent_missed",
        N_("Missed"),
        N_("Fair chances the agent declined or did not pick up."),
        "pair",
        "count",
        "missed",
        ("declined", "not_picked_up"),
        "C1",
        better="low",
    ),
    Figure(
        "agent_declined",
        N_("Declined"),
        N_("Missed calls that the agent turned away, whoever answered later."),
        "pair",
        "count",
        "declined",
        ("declined",),
        "C1",
        better="low",
    ),
    Figure(
        "agent_let_it_ring",
        N_("Let it ring"),
        N_("A colleague took the call after it had rung longer than the let-ring threshold. No miss."),
        "pair",
        "count",
        "let_it_ring",
        ("let_it_ring",),
        "C1",
        better="low",
    ),
    Figure(
        "agent_answer_rate",
        N_("Answer rate"),
        N_(
            "Answered as a share of the agent's fair chances. Fewer than 5: not shown. 5 to 19: only the interval "
            "(Wilson, 95 %)."
        ),
        "pair",
        "share",
        "answered",
        ("answered", "declined", "not_picked_up"),
        "C1",
        denominator="received",
        better="high",
    ),
    Figure(
        "agent_time_to_answer",
        N_("Time to answer"),
        N_(
            "Mean seconds from the start of the call, menu and queue included, until somebody took it, over the calls "
            "the agent took whose time of answering is known."
        ),
        "pair",
        "seconds",
        "answer_seconds",
        ("timed_answers",),
        "C1",
        denominator="timed_answers",
    ),
    Figure(
        "agent_talk_time",
        N_("Talk time"),
        N_("Mean seconds of talk over the calls the agent took."),
        "pair",
        "seconds",
        "talk_seconds",
        ("answered",),
        "C1",
        denominator="answered",
    ),
    Figure(
        "configuration_faults",
        N_("Configuration faults"),
        N_(
            "A phone rang although its owner was absent or off shift. A fault of the telephone system's set-up, not a "
            "personal miss."
        ),
        "pair",
        "count",
        "faults",
        ("absent", "off_shift"),
        "C1",
        better="low",
    ),
)

CALLBACK_FIGURES = (
    Figure(
        "open_callbacks",
        N_("Open"),
        N_("Requests whose customer has not been reached and has not withdrawn. A reminder belongs to its request."),
        "callback",
        "count",
        "open_callbacks",
        ("open_callbacks",),
        "B3",
        better="low",
    ),
    Figure(
        "overdue",
        N_("Overdue"),
        N_("Open requests whose deadline has passed. Exactly on the deadline is in time."),
        "callback",
        "count",
        "overdue",
        ("overdue",),
        "B3",
        better="low",
    ),
    Figure(
        "due_within_two_hours",
        N_("Due in 2 hours"),
        N_("Open requests whose deadline lies within the next two hours."),
        "callback",
        "count",
        "due_within_two_hours",
        ("due_within_two_hours",),
        "B3",
    ),
    Figure(
        "promises_broken",
        N_("Promises broken"),
        N_("Times that customers were told, since Monday, at which nobody rang. Ringing in time keeps a promise."),
        "promise",
        "count",
        "promises_broken",
        ("promises_broken",),
        "B4",
        better="low",
    ),
    Figure(
        "reached_in_time",
        N_("Reached in time"),
        N_(
            "Requests written in the period whose customer was reached before any deadline passed, as a share of those "
            "that are decided."
        ),
        "callback",
        "share",
        "reached_in_time",
        ("decided",),
        "B1",
        "decided",
        "high",
    ),
    Figure(
        "misrouted",
        N_("Misrouted"),
        N_("Messages written in the period that were sent to somebody whom they do not belong to."),
        "callback",
        "count",
        "misrouted",
        ("misrouted",),
        "B5",
        better="low",
    ),
    Figure(
        "incomplete",
        N_("Incomplete"),
        N_("Messages written in the period without a reason, a preferred time or a number, or never sent."),
        "callback",
        "count",
        "incomplete",
        ("incomplete",),
        "B6",
        better="low",
    ),
    Figure(
        "attempted_in_time",
        N_("Attempted in time"),
        N_("Requests of the period with a call before any deadline passed, as a share of those that are decided."),
        "callback",
        "share",
        "attempted_in_time",
        ("decided",),
        "B3",
        "decided",
        "high",
    ),
    Figure(
        "told_response_time",
        N_("Told the response time"),
        N_("Requests of the period at desks that must tell the customer how long it takes, whose customer was told."),
        "callback",
        "share",
        "told",
        ("must_tell",),
        "B2",
        "must_tell",
        "high",
    ),
    Figure(
        "in_preferred_time",
        N_("Called at the preferred time"),
        N_("Requests of the period with a preferred time that were called, at least once, within that time."),
        "callback",
        "share",
        "called_in_preferred_time",
        ("called_with_preferred_time",),
        "B6",
        "called_with_preferred_time",
        "high",
    ),
    Figure(
        "stalled",
        N_("Stalled"),
        N_(
            "Requests of the last 30 days whose customer was reached, but which are not done, and nothing was noted "
            "for two working days."
        ),
        "callback",
        "count",
        "stalled",
        ("stalled",),
        "B3",
        better="low",
    ),
)

ATTEMPT_FIGURES = (
    Figure(
        "pattern_kept",
        N_("Pattern kept"),
        N_(
            "Customer-days of the period on which somebody who must follow the pattern made each step that was due "
            "(two calls and then a message, fewer if the customer was reached), as a share of all such customer-days. "
            "Today counts once it is over."
        ),
        "customer_day",
        "share",
        "days_kept",
        ("days_due",),
        "A1",
        "days_due",
        "high",
    ),
    Figure(
        "steps_missing_today",
        N_("Missing today"),
        N_("Open requests with somebody who must follow the pattern, for which a call or a message is missing today."),
        "callback",
        "count",
        "steps_missing_today",
        ("steps_missing_today",),
        "A1",
        better="low",
    ),
    Figure(
        "not_reached_for_long",
        N_("Not reached"),
        N_("Overdue requests whose customer has not been reached for more working days than the house rules allow."),
        "callback",
        "count",
        "not_reached_for_long",
        ("not_reached_for_long",),
        "A1",
        better="low",
    ),
    Figure(
        "conversations_noted",
        N_("Calls noted"),
        N_(
            "Answered calls of known customers about whom the agent wrote a note the same day, as a share of all of "
            "them. Today counts once it is over; days for which no notes are loaded do not count."
        ),
        "call",
        "share",
        "conversations_noted",
        ("conversations",),
        "C2",
        "conversations",
        "high",
    ),
    Figure(
        "dialled_noted",
        N_("Outgoing noted"),
        N_(
            "Calls to known customers that a noted attempt or a note of that agent, from then to midnight, mentions, "
            "as a share of all of them. Today counts once it is over."
        ),
        "call",
        "share",
        "dialled_noted",
        ("dialled",),
        "C2",
        "dialled",
        "high",
    ),
    Figure(
        "attempts_without_call",
        N_("Not in the log"),
        N_(
            "Noted call attempts for which the phone log has no call, by number and time. The house rules say how far "
            "apart the clocks may be and which other phones answer for an attempt."
        ),
        "attempt",
        "count",
        "attempts_without_call",
        ("attempts_without_call",),
        "C2",
        better="low",
    ),
    Figure(
        "conversations_not_noted",
        N_("Calls not noted"),
        N_("Answered calls of known customers about whom the agent wrote nothing the same day."),
        "call",
        "count",
        "conversations_not_noted",
        ("conversations_not_noted",),
        "C2",
        better="low",
    ),
    Figure(
        "dialled_not_noted",
        N_("Outgoing not noted"),
        N_(
            "Calls to known customers that no noted attempt and no note of that agent, from then to midnight, mentions."
        ),
        "call",
        "count",
        "dialled_not_noted",
        ("dialled_not_noted",),
        "C2",
        better="low",
    ),
    Figure(
        "attempts_unverifiable",
        N_("Cannot be checked"),
        N_(
            "Noted call attempts to customers without a known number, or from times for which the phone log holds no "
            "outgoing calls. They accuse nobody."
        ),
        "attempt",
        "count",
        "attempts_unverifiable",
        ("attempts_unverifiable",),
        "C2",
    ),
)
COVERAGE_FIGURES = (
    Figure(
        "too_few",
        N_("Too few"),
        N_(
            "Half hours of the week's opening hours in which a team has fewer on the phones (rota minus absence) than "
            "needed. Too many at another time makes up for nothing."
        ),
        "half_hour",
        "count",
        "too_few",
        ("too_few",),
        "R1",
        better="low",
    ),
    Figure(
        "covered",
        N_("Covered"),
        N_("Half hours with as many as needed, as a share of those in which anybody is needed."),
        "half_hour",
        "share",
        "covered",
        ("needed_at_all",),
        "R1",
        "needed_at_all",
        "high",
    ),
    Figure(
        "adherence",
        N_("Adherence"),
        N_(
            "Snapshots of the telephone system in which somebody on shift, and not away, was available or talking, as "
            "a share of all of them. Only from when on there are snapshots."
        ),
        "snapshot",
        "share",
        "there",
        ("planned_snapshots",),
        "R1",
        "planned_snapshots",
        "high",
    ),
)

ABSENCE_FIGURES = (
    Figure(
        "vacation_in_time",
        N_("Vacation in time"),
        N_(
            "Vacations that begin in the period and were first asked for at least a calendar month before, as a share "
            "of those of which the day of asking is known."
        ),
        "absence",
        "share",
        "vacation_in_time",
        ("vacation_told",),
        "R2",
        "vacation_told",
        "high",
    ),
    Figure(
        "errand_in_time",
        N_("Errands in time"),
        N_(
            "Private errands that begin in the period and were swapped, or told a week before after a swap was tried, "
            "as a share of those of which it is known."
        ),
        "absence",
        "share",
        "errand_in_time",
        ("errand_told",),
        "R3",
        "errand_told",
        "high",
    ),
    Figure(
        "not_a_reason",
        N_("No reason"),
        N_(
            "Absences that begin in the period, planned and inside a shift, that are no reason to be off the phones: "
            "dentist, doctor, vehicle inspection; or a child ill beyond the first day."
        ),
        "absence",
        "count",
        "not_a_reason",
        ("not_a_reason",),
        "R4",
        better="low",
    ),
    Figure(
        "buddies_away",
        N_("Both away"),
        N_("Times, in the period or ahead, at which two buddies are away together although both asked before."),
        "absence",
        "count",
        "buddies_away",
        ("buddies_away",),
        "R5",
        better="low",
    ),
    Figure(
        "without_cover",
        N_("No cover now"),
        N_("People who are away now and whose buddy is away too, or who have none."),
        "absence",
        "count",
        "without_cover",
        ("without_cover",),
        "R5",
        better="low",
    ),
    Figure(
        "wrong_channel",
        N_("Wrong channel"),
        N_("Requests for vacation and errands of the period that did not go to the rota mailbox."),
        "absence",
        "count",
        "wrong_channel",
        ("wrong_channel",),
        "R6",
        better="low",
    ),
)


def measure(id_: str, label: str, definition: str, grain: Grain, rule: str, better: Literal["high", "low"]) -> Figure:
    """A share by which colleagues are compared (Q1): `successes` of `cases`, and the cases are its rows."""
    return Figure(id_, label, definition, grain, "share", "successes", ("cases",), rule, "cases", better)


COACHING_FIGURES = (
    measure(
        "chances_answered",
        N_("Calls picked up"),
        N_("Fair chances that were answered, compared with colleagues in the same queue and half hour."),
        "pair",
        "C1",
        "high",
    ),
    measure(
        "requests_attempted",
        N_("Tried in time"),
        N_(
            "Requests tried before their deadline, of those that were reached or whose deadline passed, of whoever had "
            "them then. Without those that came or fell due while they were away. Compared with requests at the same "
            "desk written on the same weekday."
        ),
        "callback",
        "B3",
        "high",
    ),
    measure(
        "requests_reached",
        N_("Customers reached in time"),
        N_(
            "Requests reached before their deadline, of those that were reached or whose deadline passed, of whoever "
            "had them then. Without those that came or fell due while they were away. Compared with requests at the "
            "same desk written on the same weekday."
        ),
        "callback",
        "B1",
        "high",
    ),
    measure(
        "promises_kept",
        N_("Promises kept"),
        N_("Promised times that were kept, reached or not, of whoever had the request at that time."),
        "promise",
        "B4",
        "high",
    ),
    measure(
        "pattern_days_kept",
        N_("Pattern followed"),
        N_("Customer-days on which the pattern was kept, only of those who must follow it."),
        "customer_day",
        "A1",
        "high",
    ),
    measure(
        "conversations_written",
        N_("Conversations noted"),
        N_("Answered calls of known customers that the agent noted on the same day."),
        "call",
        "C2",
        "high",
    ),
    measure(
        "messages_complete",
        N_("Messages complete"),
        N_("Messages written that hold the reason, the preferred time and a phone number, and were sent."),
        "callback",
        "B6",
        "high",
    ),
    measure(
        "requests_reminded",
        N_("Customers who had to ask again"),
        N_(
            "Requests of which the customer reminded at least once while the agent had them and was there, per 100 "
            "requests. A customer who asks five times is one customer. Compared with requests at the same desk."
        ),
        "callback",
        "B7",
        "low",
    ),
    measure(
        "ratings_satisfied",
        N_("Satisfied customers"),
        N_("Ratings that count as satisfied, on the scale that most answers of the agency are on."),
        "rating",
        "Q3",
        "high",
    ),
)

SATISFACTION_FIGURES = (
    Figure(
        "mean_rating",
        N_("Mean rating"),
        N_(
            "Mean of all ratings of the period, over all products and processes, each answer counted once. Scales are "
            "never mixed. Of a whole quarter it is the score that is published."
        ),
        "rating",
        "score",
        "score_sum",
        ("ratings",),
        "Q2",
        "ratings",
        "high",
    ),
    Figure(
        "satisfied",
        N_("Satisfied"),
        N_("Ratings that count as satisfied by the house rules, as a share of all on that scale."),
        "rating",
        "share",
        "satisfied",
        ("ratings",),
        "Q3",
        "ratings",
        "high",
    ),
    Figure(
        "response_rate",
        N_("Answered the survey"),
        N_("Answers given in the period as a share of the invitations sent in it."),
        "rating",
        "share",
        "answers",
        ("invitations",),
        "Q2",
        "invitations",
    ),
    Figure(
        "low_scores",
        N_("Low scores"),
        N_("Ratings, on any scale, so low by the house rules that somebody calls the customer."),
        "rating",
        "count",
        "low_scores",
        ("low_scores",),
        "Q3",
        better="low",
    ),
    Figure(
        "not_followed_up",
        N_("Not followed up"),
        N_("Low scores of the last three months, on any scale, that nobody has followed up, whatever the period."),
        "rating",
        "count",
        "not_followed_up",
        ("not_followed_up",),
        "Q3",
        better="low",
    ),
    Figure(
        "asked_too_soon",
        N_("Asked too soon"),
        N_(
            "Invitations to a customer who had been asked less than four weeks before, as long as it is known who was "
            "asked: three months."
        ),
        "rating",
        "count",
        "asked_too_soon",
        ("asked_too_soon",),
        "Q2",
        better="low",
    ),
)
EVERY_FIGURE = (
    *CALL_FIGURES,
    *AGENT_FIGURES,
    *CALLBACK_FIGURES,
    *ATTEMPT_FIGURES,
    *COVERAGE_FIGURES,
    *ABSENCE_FIGURES,
    *COACHING_FIGURES,
    *SATISFACTION_FIGURES,
)
FIGURES = {figure.id: figure for figure in EVERY_FIGURE}
"""Every figure of every page, by id."""

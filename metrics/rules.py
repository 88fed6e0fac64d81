"""Every house rule's one declaration, in the agency's words. Texts are English message ids, translated when shown.

What the settings mean and since when they hold stands in house_rules.toml; docs/rules.md shows all of it in one place.
"""

from dataclasses import dataclass

from metrics.figures import N_


@dataclass(frozen=True)
class Rule:
    """One house rule.

    `name`: what one is asked to do. `text`: the rule as the agency would say it. `decided_by`: the functions that
    decide it. `shown_on`: the addresses of the pages with its verdicts or figures.
    `settings`: its keys in house_rules.toml.
    """

    id: str
    name: str
    text: str
    decided_by: tuple[str, ...]
    shown_on: tuple[str, ...]
    settings: tuple[str, ...] = ()


RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "C1",
            N_("answer every call"),
            N_(
                "Whoever is on the phones picks up whenever the phone rings. What somebody answered always counts, "
                "and what they declined is always a miss, whoever took it later. Otherwise it is no miss where a "
                "colleague took the call (after a long ring it stands as let it ring), where it rang too short, "
                "where they were talking, absent or off shift (a fault of the set-up); without a rota everybody is "
                "on shift. A customer meets one of these: answered by a person, short, redirected to a machine, "
                "missed, or abandoned before any phone rang."
            ),
            ("metrics.calls.call_outcome", "metrics.calls.pair_outcome"),
            ("calls",),
            ("thresholds.short_seconds", "thresholds.let_ring_seconds"),
        ),
        Rule(
            "C2",
            N_("note every conversation and attempt"),
            N_(
                "Every conversation with a known customer is noted the same day by whoever had it, and so is every "
                "vain attempt to reach one. One note after the last of several dials answers for all of them. The "
                "phone log and the notes are held against each other: a noted attempt that the log contradicts, "
                "where it covers that customer and time, is shown, and counts neither as a step nor as tried in "
                "time."
            ),
            ("metrics.notes.pair_attempts_with_calls", "data_access.questions.notes.reconcile"),
            ("notes",),
            (
                "thresholds.attempt_tolerance_minutes",
                "thresholds.other_phones_answer",
                "thresholds.hidden_numbers_answer",
            ),
        ),
        Rule(
            "C3",
            N_("be there in the opening hours"),
            N_(
                "Each desk has weekly opening hours. Public holidays and the agency's own closing days close it. "
                "Calls outside the opening hours are counted apart."
            ),
            ("metrics.calendar.opening_intervals", "metrics.calls.falls_in_opening_hours"),
            ("calls", "coverage"),
            ("opening_hours", "closing_days"),
        ),
        Rule(
            "C4",
            N_("solve small matters at once"),
            N_(
                "A small matter is solved while the customer is on the phone: the call leaves a note and no message. "
                "A message belongs to its customer's last answered call before it."
            ),
            ("data_access.questions.solved.left_a_message",),
            ("calls", "coaching"),
        ),
        Rule(
            "B1",
            N_("come back within 24 hours"),
            N_(
                "A customer never waits longer than 24 hours for us to come back, but where B2 says otherwise. Nights "
                "and weekends count. An answer exactly at the deadline is in time. 24 hours are 24 hours also when the "
                "clocks change."
            ),
            (
                "metrics.callbacks.deadlines_of",
                "metrics.callbacks.due_by_target",
                "metrics.callbacks.was_reached_in_time",
            ),
            ("overview", "callbacks"),
            ("response_targets", "response_clock"),
        ),
        Rule(
            "B2",
            N_("tell the customer how long it takes"),
            N_(
                "KC has four days, from the day that the house rules name and 24 hours before it; economy has four "
                "days and the policy desk has five, whether or not the customer was told. A time in days ends at "
                "the same clock time. Of KC's and economy's time the customer is told; that they were not counts "
                "for whoever wrote the message."
            ),
            (
                "metrics.callbacks.target_in_force",
                "metrics.callbacks.first_target",
                "metrics.callbacks.deadlines_of",
            ),
            ("callbacks",),
            ("response_targets", "thresholds.untold_target"),
        ),
        Rule(
            "B3",
            N_("try in time"),
            N_(
                "A request is overdue when its deadline has passed and the customer was not reached; an SMS or a "
                "mail reaches nobody. Trying in time and reaching in time are two facts, and both are shown. A "
                "customer who calls in is reached, at the answer, when whoever has the request, their case handler, "
                "the covering buddy or the desk answers and writes no new message; otherwise the clock runs on. A "
                "request is due soon within two hours and, late in the day or while the desk is closed, if it falls "
                "due before the desk has been open for two hours again. A matter that was reached, is not done, and "
                "in which nothing was noted for two working days is stalled."
            ),
            (
                "metrics.callbacks.judge",
                "metrics.callbacks.is_overdue",
                "metrics.callbacks.was_attempted_in_time",
                "metrics.callbacks.when_reached",
                "metrics.callbacks.is_stalled",
            ),
            ("overview", "callbacks"),
            ("thresholds.stalled_days",),
        ),
        Rule(
            "B4",
            N_("keep promised times"),
            N_(
                "A time that the customer was promised is a deadline where it is earlier than the target; a later "
                "one takes its place only if the customer asked for it. Each promise is kept or broken by itself: "
                "ringing within the promised time keeps it, also where nobody picks up. A new time that the "
                "customer was told before the old one passed replaces it. Of the customers whose deadline passed, "
                "those who had been told a new time are counted."
            ),
            (
                "metrics.callbacks.judge_promise",
                "metrics.callbacks.is_keepable",
                "data_access.questions.callbacks.was_told_a_new_time",
            ),
            ("overview", "callbacks"),
        ),
        Rule(
            "B5",
            N_("send to the right place"),
            N_(
                "A request goes to the customer's own case handler, to the buddy while the handler is away for at "
                "least the rest of the working day, and to KC where the handler has left, is disabled or stands on "
                "KC's list, or where the portfolio stands there, from the day on which the list says so. Some "
                "matters go to a desk, by topic, insurer or portfolio; partner customers go to the partner every "
                "time, claims apart; DBR and Goldwing to the dealer or to KC. A customer who calls again goes to "
                "the handler or the buddy, whatever the matter; about a claim, to the claims desk too; partners' "
                "customers, and who wants a superior, as the first time. What KC gives back to its author is "
                "returned, and the clock runs on; anything else that went elsewhere is misrouted."
            ),
            ("metrics.routing.right_receivers", "metrics.routing.is_misrouted", "metrics.routing.is_returned"),
            ("callbacks",),
            ("routing",),
        ),
        Rule(
            "B6",
            N_("write complete messages"),
            N_(
                "A message says why to call, when the customer can be reached and on which number, and it was sent. "
                "Attempts are made within the preferred time; a latest time alone is one too."
            ),
            ("metrics.routing.is_complete", "metrics.callbacks.is_preferred"),
            ("callbacks",),
        ),
        Rule(
            "B7",
            N_("take reminders seriously"),
            N_(
                "A customer who asks again about the same matter reminds us of it. The source may say so, until the "
                "matter is done; otherwise another request on the same topic while one is open is a reminder. Whoever "
                "rightly receives it has the request from then on. Who writes it may copy quality where the customer "
                "is not taken seriously; that is a concern (Q5)."
            ),
            ("metrics.callbacks.is_reminder", "metrics.routing.was_copied_to_quality"),
            ("callbacks", "coaching"),
        ),
        Rule(
            "B8",
            N_("let no clock stop at a hand-over"),
            N_(
                "Absence stops no clock: the buddy answers. A request that is handed to another desk keeps its "
                "promises and its deadline. A longer time of the new desk counts only if the customer is told it after "
                "the hand-over and before the deadline. A breach stays with whoever had the request then."
            ),
            ("metrics.callbacks.deadlines_of", "metrics.callbacks.breach_of"),
            ("callbacks", "reassign"),
        ),
        Rule(
            "A1",
            N_("follow the pattern of attempts"),
            N_(
                "Two calls on the same day, more than half an hour apart, then an SMS or a mail that says who "
                "called and why, all of it noted; the next working day the same again, until the customer is "
                "reached. Voicemail is not reached. Days count from the first attempt or from the day the request "
                "fell due, whichever is earlier, but not before a later day that the customer asked for; today is "
                "open until midnight. One note after the last step is enough; what nobody noted is done, and the "
                "pattern was not followed that day."
            ),
            (
                "metrics.attempts.attempt_days",
                "metrics.attempts.separate_attempts",
                "metrics.attempts.is_not_reached_for_long",
            ),
            ("overview", "callbacks", "notes"),
            ("thresholds.attempt_gap_minutes", "thresholds.steps_missing_from", "thresholds.not_reached_days"),
        ),
        Rule(
            "A2",
            N_("know who must follow the pattern"),
            N_(
                "Whoever is new follows the pattern, and so does whoever draws reminders or low ratings: at least "
                "three in ninety days, and at least twice as often as the agency. What somebody has as a buddy does "
                "not count. They are held against the rule, and not against colleagues. Anybody else may have a "
                "system of their own: it is shown and not judged."
            ),
            ("metrics.attempts.must_follow_the_pattern",),
            ("notes",),
            (
                "thresholds.new_agent_months",
                "thresholds.pattern_window_days",
                "thresholds.reminders_at_least",
                "thresholds.upset_score",
                "thresholds.upset_at_least",
                "thresholds.times_the_agency",
                "thresholds.pattern_goal",
            ),
        ),
        Rule(
            "R1",
            N_("be reachable in each half hour"),
            N_(
                "In each half hour of the opening hours at least as many are on the phones as are needed. Where no "
                "need is loaded it follows from the calls that are expected. A day is as good as its worst half "
                "hour."
            ),
            ("metrics.coverage.needed_for", "metrics.coverage.holes_of"),
            ("overview", "coverage"),
            ("service_goal",),
        ),
        Rule(
            "R2",
            N_("tell vacation a month before"),
            N_(
                "Vacation is told at least one calendar month before its first day. The first request counts; days "
                "that are added later are a request of their own."
            ),
            ("metrics.absence.judge_notice", "metrics.absence.earliest_first_day"),
            ("absence",),
            ("notice",),
        ),
        Rule(
            "R3",
            N_("swap first, else tell a week before"),
            N_(
                "A private errand is swapped with a colleague; where nobody can, it is told a week before. What is "
                "left of the shift after a swap of part of it is an errand like any other."
            ),
            ("metrics.absence.judge_notice", "metrics.absence.latest_day_to_tell"),
            ("absence",),
            ("notice",),
        ),
        Rule(
            "R4",
            N_("keep planned matters out of the shift"),
            N_(
                "A planned visit to a dentist or a doctor, or a vehicle inspection, is no reason to be off the "
                "phones. An acute one is, and so is a child's first day of illness. Where nobody says whether it "
                "was acute there is no verdict. Reasons are seen by the own lead and the administrator alone."
            ),
            ("metrics.absence.is_not_a_reason",),
            ("absence",),
        ),
        Rule(
            "R5",
            N_("serve as buddy"),
            N_("Everybody has a buddy, who answers while they are away. The two are not away at the same time."),
            ("metrics.absence.both_away",),
            ("absence", "overview"),
        ),
        Rule(
            "R6",
            N_("ask through the rota mailbox"),
            N_("Requests about the rota go to the rota mailbox, with a copy to a second address."),
            ("metrics.absence.went_through_the_right_channel", "metrics.absence.got_a_copy"),
            ("absence",),
            ("rota_requests",),
        ),
        Rule(
            "K1",
            N_("let KC serve whom nobody serves any more"),
            N_(
                "The customers of a case handler who has left, is disabled or stands on KC's list (since the day on "
                "which the list said so) pass to KC. Who has neither called, noted nor been on shift for a month, "
                "without an absence and without a shift ahead, is proposed for a hand-over too, and stays the right "
                "receiver until it is made."
            ),
            ("metrics.reassignment.why_no_longer_active",),
            ("reassign",),
            ("thresholds.silent_days",),
        ),
        Rule(
            "K2",
            N_("hand over with a reason, and so that it can be undone"),
            N_(
                "A hand-over is shown before it is made, needs a reason, happens as a whole or not at all, stays in "
                "a log that nobody edits, and can be taken back. What was reached but is not done moves too. Who "
                "stands on the list and has shifts ahead is asked about twice."
            ),
            ("data_access.changes.reassignment.hand_over", "data_access.changes.reassignment.undo"),
            ("reassign", "audit"),
        ),
        Rule(
            "Q1",
            N_("help, and rank nobody"),
            N_(
                "Whoever has not got it yet is helped to practise. A colleague is pointed out only where there is a "
                "clear difference, with the cases, the rule to practise, since when, and what got better. Strengths "
                "are shown too. What somebody did as a buddy is never held against them. A mark on one colleague's "
                "charts is as careful as a signal."
            ),
            ("metrics.coaching.compare", "metrics.coaching.state_of", "metrics.coaching.spells_of_change"),
            ("coaching", "agent"),
        ),
        Rule(
            "Q2",
            N_("publish one honest score"),
            N_(
                "The published score is the mean of all ratings of a whole quarter. A customer who was asked is not "
                "asked again for four weeks. After three months no answer names a customer."
            ),
            ("metrics.satisfaction.quarter_before", "metrics.satisfaction.was_asked_too_soon"),
            ("satisfaction",),
            ("satisfaction", "retention"),
        ),
        Rule(
            "Q3",
            N_("competence and treatment"),
            N_(
                "Nine in ten customers are satisfied with the agent's competence and treatment. Ratings are reviewed "
                "each week, and whoever was dissatisfied is called; what came of it is written down."
            ),
            (
                "metrics.satisfaction.judge_goal",
                "data_access.changes.satisfaction.follow_up",
                "data_access.changes.satisfaction.mark_week_reviewed",
            ),
            ("satisfaction",),
            ("satisfaction",),
        ),
        Rule(
            "Q4",
            N_("pass on who wants a superior"),
            N_(
                "A customer who wants to speak to a superior is passed on to the main mailbox and not to an agent; "
                "that is a request with a topic and a desk of its own, and counts in no agent's figures. How many they "
                "are, about what, and how long they waited is shown."
            ),
            ("metrics.routing.right_receivers", "data_access.questions.escalations.escalations"),
            ("callbacks",),
            ("routing",),
        ),
        Rule(
            "Q5",
            N_("say what a colleague forgot"),
            N_(
                "Whoever sees a colleague forget a rule writes to quality. Only quality reads it, beside the "
                "statistics and never counted in them."
            ),
            ("data_access.changes.coaching.write_concern", "data_access.questions.coaching_sessions.concerns"),
            ("coaching",),
        ),
        Rule(
            "P1",
            N_("see what the task needs"),
            N_(
                "A team lead sees their own team as it was at the time, the quality manager and administrators see "
                "everybody, KC sees KC's requests, and everybody sees their own and those they cover as a buddy. "
                "Comparisons are made over the whole agency and then cut to what the viewer may see. Customer "
                "numbers are shown; names, notes and telephone numbers stay hidden until they are needed, and each "
                "look at a colleague, each export and each change is logged."
            ),
            ("data_access.scope.scope_of", "data_access.changes.logs.record_look"),
            ("audit",),
        ),
        Rule(
            "P2",
            N_("say what is kept, and why"),
            N_(
                "Figures about single employees are a control measure, of which staff are told six weeks before. "
                "Anybody can read what the figures are for, how long data are kept, and who sees them."
            ),
            ("data_access.changes.retention.retain",),
            ("rules",),
            ("retention",),
        ),
    )
}
"""By their ids, in the order of the agency's procedure."""

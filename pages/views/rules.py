"""The pieces of the Rules page: declarations and dated rules, shown as they are used."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from metrics.figures import (
    ABSENCE_FIGURES,
    AGENT_FIGURES,
    ATTEMPT_FIGURES,
    CALL_FIGURES,
    CALLBACK_FIGURES,
    COACHING_FIGURES,
    COVERAGE_FIGURES,
    FIGURES,
    N_,
    SATISFACTION_FIGURES,
    SOLVED_FIGURES,
)
from metrics.house_rules import HANDLER, WEEKDAYS, HouseRules, in_force
from metrics.rules import RULES
from pages.parts.menu import SECTIONS, address_of
from pages.parts.tables import choose_rows, show_table
from pages.parts.wording import NOTHING, _, ngettext, number, percent, weekday_names
from pages.parts.words import DESK_LABELS, KIND_LABELS, SCALE_LABELS, TOPIC_LABELS

THRESHOLDS = {
    "short_seconds": (N_("Short call: the customer hung up within, in seconds"), "C1"),
    "let_ring_seconds": (N_("Let it ring: a colleague took it after more than, in seconds"), "C1"),
    "stalled_days": (N_("Stalled: reached and nothing noted for, in working days"), "B3"),
    "untold_target": (N_("Who was not told of a desk's longer time has the time of"), "B2"),
    "attempt_gap_minutes": (N_("Two dials are one attempt within, in minutes"), "A1"),
    "steps_missing_from": (N_("What is missing of the pattern stands on Today from"), "A1"),
    "not_reached_days": (N_("No contact for long: more than, in working days"), "A1"),
    "new_agent_months": (N_("New: hired within, in months"), "A2"),
    "pattern_window_days": (N_("Reminders and low ratings are counted over, in days"), "A2"),
    "reminders_at_least": (N_("Draws reminders: at least"), "A2"),
    "upset_score": (N_("Low rating: this or less, of 10"), "A2"),
    "upset_at_least": (N_("Upsets customers: low ratings, at least"), "A2"),
    "times_the_agency": (N_("And at least so many times the agency's rate"), "A2"),
    "pattern_goal": (N_("Of the days on which the pattern was due are kept, at least"), "A2"),
    "attempt_tolerance_minutes": (N_("A noted attempt and a call are one within, in minutes"), "C2"),
    "other_phones_answer": (N_("A call from a colleague's phone answers for a noted attempt"), "C2"),
    "hidden_numbers_answer": (N_("A call to a hidden number answers for a noted attempt"), "C2"),
    "silent_days": (N_("No longer active: no call, note or shift for, in days"), "K1"),
}
TOPICS_OF_RULES = {
    "C": N_("Calls and conversations"),
    "B": N_("Callbacks"),
    "A": N_("Contact attempts"),
    "R": N_("Rota and absence"),
    "K": N_("Inactive case handlers"),
    "Q": N_("Quality"),
    "P": N_("People and privacy"),
}
"""By the letter with which the rules of a topic begin."""
TITLES = {address_of(file): title for pages in SECTIONS.values() for file, (title, _icon) in pages.items()}
WHOSE_TIME = {"desk": N_("the desk"), "agents": N_("the case handlers")}
CLOCKS = {"elapsed": N_("hours that pass, nights and weekends included"), "working_days": N_("working days")}
COUNTING = {"plain": N_("plain counting"), "statutory": N_("statutory counting, one day more")}
UNITS = {"count": N_("number"), "share": N_("share"), "seconds": N_("seconds"), "score": N_("mean rating")}
Line = tuple[str, str, str, date]


def sentence(rules: HouseRules, today: date) -> None:
    figures = len(FIGURES)
    st.header(
        ngettext(
            "{count} figure, with one definition.",
            "{count} figures, each with one definition.",
            figures,
        ),
        anchor=False,
    )
    newest = max(line[3] for line in lines_of(rules, today))
    st.caption(
        _(
            "Each verdict follows from a written house rule and names it. What happened is judged by the rule that "
            "held when it began. The latest change: {day}.",
            day=f"{newest:%d.%m.%Y}",
        )
    )


def figure_table() -> None:
    """The page's main table: every figure, its definition and rule."""
    pages = (
        (_("Calls"), CALL_FIGURES + AGENT_FIGURES + SOLVED_FIGURES),
        (_("Callbacks"), CALLBACK_FIGURES),
        (_("Notes"), ATTEMPT_FIGURES),
        (_("Coverage"), COVERAGE_FIGURES),
        (_("Absence"), ABSENCE_FIGURES),
        (_("Coaching"), COACHING_FIGURES),
        (_("Satisfaction"), SATISFACTION_FIGURES),
    )
    rows = [
        {
            "figure": _(figure.label),
            "page": page,
            "definition": _(figure.definition),
            "rule": figure.rule,
            "unit": _(UNITS[figure.unit]),
            "better": {"high": _("high is good"), "low": _("low is good"), None: NOTHING}[figure.better],
            "matters": _(figure.matters),
            "misleads": _(figure.misleads) if figure.misleads else "",
        }
        for page, figures in pages
        for figure in figures
    ]
    column = st.column_config
    opened = choose_rows("rules", range(len(rows)))
    show_table(
        pd.DataFrame(rows),
        {
            "figure": column.TextColumn(_("Figure"), pinned=True, width=190),
            "page": column.TextColumn(_("Page"), width=90),
            "definition": column.TextColumn(_("Definition"), width=560),
            "rule": column.TextColumn(_("Rule"), width=50),
            "unit": column.TextColumn(_("Unit"), width=80),
            "better": column.TextColumn(_("Direction"), width=110),
            "matters": column.TextColumn(_("Why it matters"), width=400),
            "misleads": column.TextColumn(_("What can mislead"), width=400),
        },
        key="rules",
        most_rows=13,
        chooses="single-row",
    )
    for position in opened:
        row = rows[position]
        st.markdown(f"**{row['figure']}** ({row['rule']}): {row['definition']}")
        st.markdown(_("Why it matters: {why}", why=row["matters"]))
        if row["misleads"]:
            st.markdown(_("What can mislead: {what}", what=row["misleads"]))


def rule_texts() -> None:
    """The house rules themselves, in the agency's words, with the pages that show what became of them."""
    for letter, title in TOPICS_OF_RULES.items():
        with st.expander(_(title)):
            for rule in RULES.values():
                if rule.id.startswith(letter):
                    pages = ", ".join(_(TITLES[address]) for address in rule.shown_on)
                    st.markdown(f"**{rule.id}: {_(rule.name)}.** {_(rule.text)} *({pages})*")


def rules_table(rules: HouseRules, today: date) -> None:
    """Each rule that is set, its value today, and since when."""
    rows = [
        {"rule": rule, "what": what, "value": value, "since": since}
        for what, rule, value, since in lines_of(rules, today)
    ]
    column = st.column_config
    show_table(
        pd.DataFrame(rows),
        {
            "rule": column.TextColumn(_("Rule"), width=50),
            "what": column.TextColumn(_("What"), width=420),
            "value": column.TextColumn(_("Value"), width=420),
            "since": column.DateColumn(_("Since"), format="DD.MM.YYYY"),
        },
        key="house_rules",
    )


def lines_of(rules: HouseRules, today: date) -> list[Line]:
    return [
        *threshold_lines(rules, today),
        *target_lines(rules, today),
        *stale_lines(rules, today),
        *rota_lines(rules, today),
        *satisfaction_lines(rules, today),
        *retention_lines(rules, today),
        *opening_lines(rules, today),
    ]


def threshold_lines(rules: HouseRules, today: date) -> Iterator[Line]:
    for name, (label, rule) in THRESHOLDS.items():
        version = in_force(getattr(rules.thresholds, name), today)
        yield _(label), rule, value_in_words(version.value), version.from_date
    clock = in_force(rules.response_clock.all, today)
    yield _("How the response target is counted"), "B1", _(CLOCKS[clock.value]), clock.from_date


def value_in_words(value: bool | float | str) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case str():
            return _(WHOSE_TIME[value]) if value in WHOSE_TIME else value
        case float() if value < 1:
            return percent(value)
        case _:
            return number(value, 0 if float(value).is_integer() else 1)


def target_lines(rules: HouseRules, today: date) -> Iterator[Line]:
    for desk, versions in rules.response_targets.items():
        version = in_force(versions, today)
        value = hours_in_words(version.hours) if version.hours else days_in_words(version.days or 0)
        if version.must_tell:
            value += ", " + _("once the customer was told")
        rule = "B1" if desk == "agents" else "B2"
        yield _("Response target: {desk}", desk=_(DESK_LABELS[desk])), rule, value, version.from_date


def hours_in_words(hours: int) -> str:
    return ngettext("{count} hour", "{count} hours", hours)


def days_in_words(days: int) -> str:
    return ngettext("{count} day", "{count} days", days)


def rota_lines(rules: HouseRules, today: date) -> Iterator[Line]:
    goal = in_force(rules.service_goal, today)
    share = percent(goal.share)
    yield (
        _("Service goal, where no staffing need is loaded"),
        "R1",
        _("{share} within {seconds} seconds", share=share, seconds=goal.within_seconds),
        goal.from_date,
    )
    yield _("Time for notes after each call, in seconds"), "R1", number(goal.after_call_seconds), goal.from_date
    yield _("Weeks that a forecast looks back"), "R1", number(goal.forecast_weeks), goal.from_date
    notice = in_force(rules.notice, today)
    months = ngettext("{count} calendar month", "{count} calendar months", notice.vacation_months)
    value = f"{months} ({_(COUNTING[notice.counting])})"
    yield _("Vacation is told before its first day"), "R2", value, notice.from_date
    yield _("An errand is told before"), "R3", days_in_words(notice.errand_days), notice.from_date
    requests = in_force(rules.rota_requests, today)
    value = _("{channel}, with a copy to {copy}", channel=requests.channel, copy=requests.copy_to)
    yield _("Requests about the rota go to"), "R6", value, requests.from_date


def satisfaction_lines(rules: HouseRules, today: date) -> Iterator[Line]:
    version = in_force(rules.satisfaction, today)
    yield _("Goal: satisfied customers"), "Q3", percent(version.goal), version.from_date
    weeks = ngettext("{count} week", "{count} weeks", version.rest_weeks)
    yield _("Nobody is asked again to rate for"), "Q2", weeks, version.from_date
    for name, scale in version.scales.items():
        value = _("satisfied from {high}, low up to {low}", high=scale.satisfied_from, low=scale.low_to)
        yield _("Ratings: {scale}", scale=_(SCALE_LABELS[name])), "Q3", value, version.from_date


def retention_lines(rules: HouseRules, today: date) -> Iterator[Line]:
    kept = in_force(rules.retention, today)
    for label, rule, months in (
        (_("Answers to surveys name nobody after"), "Q2", kept.survey_months),
        (_("Calls name no customer, and notes have no text, after"), "P2", kept.customer_months),
    ):
        yield label, rule, ngettext("{count} calendar month", "{count} calendar months", months), kept.from_date


def stale_lines(rules: HouseRules, today: date) -> Iterator[Line]:
    for kind, versions in rules.stale_after_open_hours.items():
        version = in_force(versions, today)
        label = _("A source is late after so many opening hours: {kind}", kind=_(KIND_LABELS.get(kind, kind)))
        yield label, "–", number(version.value), version.from_date


def opening_lines(rules: HouseRules, today: date) -> Iterator[Line]:
    names = weekday_names()
    for desk in rules.opening_hours:
        weekly = rules.weekly_hours(desk, today)
        spans = [(names[place], getattr(weekly, day)) for place, day in enumerate(WEEKDAYS)]
        days = [f"{name} {', '.join(hours)}" for name, hours in spans if hours]
        yield _("Opening hours: {desk}", desk=_(DESK_LABELS[desk])), "C3", "; ".join(days), weekly.from_date
    for closing in rules.closing_days:
        day = f"{closing.on:%d.%m.%Y}" if closing.on else ".".join(reversed((closing.every or "").split("-")))
        whole = closing.closed_from == "00:00"
        value = day if whole else _("{day} from {time}", day=day, time=closing.closed_from)
        yield _("Closing day, besides public holidays"), "C3", value, closing.from_date


def routing_table(rules: HouseRules, today: date) -> None:
    """The routing lines in force; the first that fits decides (B5)."""
    version = in_force(rules.routing, today)
    rows: list[dict[str, Any]] = [
        {
            "topic": joined([_(TOPIC_LABELS.get(topic, topic)) for topic in line.topics or ()]),
            "insurer": joined(line.insurers or ()),
            "portfolio": joined(line.portfolios or ()),
            "to": joined([_("own case handler") if name == HANDLER else _(DESK_LABELS[name]) for name in line.to]),
        }
        for line in version.lines
    ]
    show_table(
        pd.DataFrame(rows),
        {
            "topic": _("Topic"),
            "insurer": _("Insurer"),
            "portfolio": _("Portfolio"),
            "to": st.column_config.TextColumn(_("Goes to"), width=300),
        },
        key="routing",
    )
    st.caption(
        _(
            "The first line that fits decides. Where two receivers stand, either is right. In force since {day} (B5).",
            day=f"{version.from_date:%d.%m.%Y}",
        )
    )


def joined(names: Sequence[str]) -> str:
    return ", ".join(names) or NOTHING

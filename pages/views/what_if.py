"""May they take leave? The question that a card on the Absence page answers, before anything is written."""

from datetime import date, datetime, timedelta

import streamlit as st

from data_access.questions.calls import choices
from data_access.questions.what_if import WhatIf, what_if
from data_access.scope import Scope
from metrics.absence import ERRAND, VACATION, earliest_first_day
from metrics.calendar import ONE_DAY, local_day, monday_of
from metrics.figures import N_
from metrics.house_rules import HouseRules
from pages.parts.absence_words import KINDS
from pages.parts.loaders import ask
from pages.parts.tables import as_table, in_zone
from pages.parts.wording import _, days_words, escaped, ngettext, number, short_day, short_time

MOST_DAYS_ASKED = 366
MOST_HOLES_SHOWN = 5
ANSWERS = {"yes": N_("Yes"), "yes_but": N_("Yes, but"), "no": N_("No")}


def leave_card(scope: Scope, rules: HouseRules, now: datetime) -> None:
    """Who asks for which days, and the answer. Nothing is written."""
    with st.container(border=True):
        st.subheader(_("What if I say yes?") if scope.sees_a_team else _("May I take leave?"), anchor=False)
        people = ask(choices, scope).agents
        if not people:
            st.caption(_("Nobody to choose from."))
            return
        earliest = earliest_first_day(local_day(now, rules), rules)
        monday = monday_of(earliest + timedelta(days=6))
        line = st.container(horizontal=True, vertical_alignment="bottom")
        name = line.selectbox(
            _("Who"),
            list(people),
            index=None if len(people) > 1 else 0,
            key="what_if_agent",
            placeholder=_("Choose somebody"),
            width=160,
        )
        form = "DD.MM.YYYY"
        first = line.date_input(_("First day off"), value=monday, key="what_if_first", format=form, width=150)
        friday = monday + 4 * ONE_DAY
        last = line.date_input(_("Last day off"), value=friday, key="what_if_last", format=form, width=150)
        kind = line.segmented_control(
            _("What"), [VACATION, ERRAND], default=VACATION, key="what_if_kind", format_func=lambda code: _(KINDS[code])
        )
        if name is None:
            st.caption(
                _(
                    "Suggested are the first days that are still told in time. Nothing is saved here: who may go is "
                    "written into the rota."
                )
            )
            return
        if first > last or (last - first).days > MOST_DAYS_ASKED:
            st.warning(_("The last day comes before the first, or more than a year later. Choose another day."))
            return
        answer = ask(what_if, scope, people[name], first, last, rules, now, kind or VACATION)
        if answer is None:
            st.info(_("This person is not yours to see."))
            return
        show_answer(answer, first, last, rules, now)


def show_answer(answer: WhatIf, first: date, last: date, rules: HouseRules, now: datetime) -> None:
    """The answer in a word, what it rests on, and the same to copy."""
    days = days_words(first, last, now)
    st.subheader(_(ANSWERS[answer.answer]), anchor=False)
    st.markdown(f"**{escaped(answer.agent)}**, {escaped(days)}")
    reasons = [notice_words(answer, rules, now), *coverage_words(answer, now), buddy_words(answer), due_words(answer)]
    reasons = [reason for reason in (*reasons, closed_words(answer, now)) if reason]
    st.markdown("\n".join(f"- {escaped(reason)}" for reason in reasons))
    with st.expander(_("Copy the answer")):
        text = f"{_(ANSWERS[answer.answer])}: {answer.agent}, {days}. {' '.join(reasons)}"
        st.code(text, language=None, wrap_lines=True)
    half_hours = answer.half_hours
    fewer = half_hours[(half_hours["after"] < half_hours["before"]).fillna(False).astype(bool)]
    if len(fewer):
        as_table(
            fewer.assign(starts_at=in_zone(fewer["starts_at"], rules.zone))[["starts_at", "needed", "before", "after"]],
            {"starts_at": _("Half hour from"), "needed": _("Needed"), "before": _("Before"), "after": _("After")},
            "what_if_table",
        )


def notice_words(answer: WhatIf, rules: HouseRules, now: datetime) -> str:
    notice = answer.notice
    match notice.state:
        case "late" if notice.rule == "R2":
            return _(
                "Told too late: at the latest {day}. Told today it can begin {first} (R2).",
                day=short_day(notice.latest_day or local_day(now, rules), now),
                first=short_day(earliest_first_day(local_day(now, rules), rules), now),
            )
        case "late":
            latest = short_day(notice.latest_day or local_day(now, rules), now)
            return _("Told too late: at the latest {day} ({rule}).", day=latest, rule=notice.rule)
        case "swap_first":
            return _("Told in time, but a swap comes first (R3).")
        case _:
            return _("Told in time, {days} days before ({rule}).", days=number(notice.days_given), rule=notice.rule)


def coverage_words(answer: WhatIf, now: datetime) -> list[str]:
    """What becomes of coverage, hole by hole, and how much of it is known (R1)."""
    days = answer.half_hours.groupby("local_date")
    total = len(days)
    unplanned = int(days["before"].apply(lambda before: before.isna().any()).sum()) if total else 0
    unneeded = int(days["needed"].apply(lambda needed: needed.isna().any()).sum()) if total else 0
    if total == unplanned:
        return [_("No rota is loaded for these days, so coverage is not known (R1).")]
    if total == unneeded:
        return [_("Nobody knows how many are needed then, so coverage is not known (R1).")]
    lines = [hole_words(answer, now) if answer.holes else _("Coverage holds (R1).")]
    if answer.half_hours["is_usual"].any():
        lines.append(_("Where the rota is not laid yet, the usual week of the last four is counted."))
    if unknown := max(unplanned, unneeded):
        lines.append(
            ngettext(
                "Of {count} day nobody can say: no rota or no need is loaded.",
                "Of {count} days nobody can say: no rota or no need is loaded.",
                unknown,
            )
        )
    return lines


def hole_words(answer: WhatIf, now: datetime) -> str:
    holes = [
        _(
            "{start}–{end}, {planned} of {needed} left",
            start=short_time(hole.starts_at, now),
            end=short_time(hole.ends_at, hole.ends_at),
            planned=number(hole.planned),
            needed=number(hole.needed),
        )
        for hole in answer.holes[:MOST_HOLES_SHOWN]
    ]
    count = ngettext("{count} hole in coverage (R1)", "{count} holes in coverage (R1)", len(answer.holes))
    more = ", …" if len(answer.holes) > MOST_HOLES_SHOWN else ""
    return f"{count}: {'; '.join(holes)}{more}."


def buddy_words(answer: WhatIf) -> str:
    if answer.buddy is None:
        return _("No buddy covers (R5).")
    if answer.buddy_away:
        return _("The buddy {buddy} is away too (R5).", buddy=answer.buddy)
    return _("The buddy {buddy} is there (R5).", buddy=answer.buddy)


def due_words(answer: WhatIf) -> str:
    if not answer.due:
        return _("No open request of theirs falls due meanwhile.")
    return ngettext(
        "{count} open request of theirs falls due meanwhile.",
        "{count} open requests of theirs fall due meanwhile.",
        answer.due,
    )


def closed_words(answer: WhatIf, now: datetime) -> str:
    if not answer.closed_days:
        return ""
    return _("Closed, and not counted: {days}.", days=", ".join(short_day(day, now) for day in answer.closed_days))

"""The pieces of the Notes page. They show what was judged and judge nothing."""

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.database.versions import database_state
from data_access.questions.attempts import Attempts
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.notes import note_rows
from data_access.scope import Scope
from metrics.attempts import STEPS
from metrics.calendar import local_day
from metrics.figures import ATTEMPT_FIGURES, FIGURES
from metrics.house_rules import HouseRules
from metrics.proportions import honest_rate
from pages.parts.attempt_words import steps_in_words, why_words
from pages.parts.charts import rates_with_intervals
from pages.parts.colours import palette
from pages.parts.figures import opened_figure
from pages.parts.loaders import ask
from pages.parts.tables import (
    BAR_COLUMN_WIDTH,
    as_table,
    in_zone,
    interval_picture,
    show_table,
)
from pages.parts.wording import NOTHING, _, ngettext, number, percent
from pages.parts.words import DESK_LABELS, NOTE_STATES, PATTERN_REASONS, STATE_LABELS, STEP_STATES

PAGE = "pages/quality/notes.py"
SHOWN = (
    "pattern_kept",
    "steps_missing_today",
    "not_reached_for_long",
    "conversations_noted",
    "dialled_noted",
    "attempts_without_call",
    "conversations_not_noted",
    "dialled_not_noted",
    "attempts_unverifiable",
)


def say_what_is_blanked(filters: CallbackFilters) -> None:
    """Attempts and notes are counted from calls that name their customer; the retention ends that (P2)."""
    state = database_state()
    if state is not None and state.blanked_before is not None and filters.from_date < state.blanked_before:
        st.info(
            _(
                "Calls before {day} name no customer any more, so attempts and notes of those days are not counted.",
                day=f"{state.blanked_before:%d.%m.%Y}",
            )
        )


def sentence(attempts: Attempts, totals: dict[str, int]) -> None:
    """The page's question answered in words: what was written down, and whether the pattern was followed."""
    held, due = totals["conversations"], totals["days_due"]
    texts = []
    if held:
        texts.append(
            ngettext(
                "{noted} of {count} conversation is written down ({rate}).",
                "{noted} of {count} conversations are written down ({rate}).",
                held,
                noted=number(totals["conversations_noted"]),
                rate=percent(totals["conversations_noted"] / held),
            )
        )
    if due:
        texts.append(
            ngettext(
                "The call pattern was followed on {kept} of {count} day ({rate}).",
                "The call pattern was followed on {kept} of {count} days ({rate}).",
                due,
                kept=number(totals["days_kept"]),
                rate=percent(totals["days_kept"] / due),
            )
        )
    elif attempts.histories.empty:
        texts.append(_("No requests from customers are on record for this period."))
    else:
        texts.append(_("Nobody had to follow the call pattern in this period."))
    st.header(" ".join(texts), anchor=False)


def opened_rows(scope: Scope, attempts: Attempts, filters: CallbackFilters, rules: HouseRules, now: datetime) -> None:
    """The rows behind the figure that `?open=` names."""
    name = st.query_params.get("open")
    if name not in FIGURES or FIGURES[name] not in ATTEMPT_FIGURES:
        return
    figure = FIGURES[name]
    rows = (
        ask(note_rows, scope, filters, rules, local_day(now, rules), name)
        if figure.rule == "C2"
        else attempts.rows_behind(filters, figure.opens[0])
    )
    with opened_figure(PAGE, figure, len(rows)):
        show_table(
            rows_in_words(rows, rules),
            {
                "customer": _("Customer"),
                "agent": _("Agent"),
                "desk": _("Desk"),
                "owner": _("Who acts"),
                "state": _("State"),
                "at": st.column_config.DatetimeColumn(_("Time"), format="DD.MM.YYYY HH:mm"),
                "due_at": st.column_config.DatetimeColumn(_("Due"), format="DD.MM.YYYY HH:mm"),
                "local_date": st.column_config.DateColumn(_("Day"), format="DD.MM.YYYY"),
                "pattern": _("Must follow the pattern"),
                "first_call": _("First call"),
                "second_call": _("Second call"),
                "message": _("Message"),
                "noted": _("Noted"),
                "missing_today": _("Missing today"),
                "is_noted": _("Noted"),
                "is_kept": _("Kept"),
            },
            key="opened",
            most_rows=8,
        )


OPENED_COLUMNS = (
    "customer", "local_date", "at", "agent", "owner", "desk", "state", "due_at", "pattern", "first_call",
    "second_call", "message", "noted", "is_kept", "missing_today", "is_noted",
)  # fmt: skip


def rows_in_words(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Rows of days, requests, calls or attempts with the agency's wall clock and words instead of codes."""
    shown = rows[[name for name in OPENED_COLUMNS if name in rows]].copy()
    labels = dict.fromkeys(STEPS, STEP_STATES)
    labels |= {"desk": DESK_LABELS, "state": STATE_LABELS | NOTE_STATES}
    for column in shown:
        if isinstance(shown[column].dtype, pd.DatetimeTZDtype):
            shown[column] = in_zone(shown[column], rules.zone)
        elif column in labels:
            shown[column] = [_(labels[column].get(code, code)) for code in shown[column]]
    if "pattern" in shown:
        shown["pattern"] = [why_words(codes) for codes in shown["pattern"]]
    if "missing_today" in shown:
        shown["missing_today"] = [steps_in_words(codes) for codes in shown["missing_today"]]
    return shown


def pattern_table(agents: pd.DataFrame) -> None:
    """Agents who must follow the pattern today, with the reason and how they keep it."""
    if agents.empty:
        st.caption(_("Nobody must follow the pattern today: nobody is new, draws reminders or upsets customers (A2)."))
        return
    rates, colours = honest_rate(agents["days_kept"], agents["days_due"]), palette()
    table = pd.DataFrame(
        {
            "agent": agents["agent"],
            "name": agents["name"],
            "why": [evidence_words(row) for row in agents.itertuples()],
            "kept": [
                _("{kept} of {due}", kept=number(row.days_kept), due=number(row.days_due))
                for row in agents.itertuples()
            ],
            "interval": [interval_picture(row.rate, row.low, row.high, colours) for row in rates.itertuples()],
        }
    )
    column, kept = st.column_config, FIGURES["pattern_kept"]
    show_table(
        table,
        {
            "agent": column.TextColumn(_("Agent"), pinned=True, width=70),
            "name": column.TextColumn(_("Name"), width=150),
            "why": column.TextColumn(_("Why (A2)"), width=450),
            "kept": column.TextColumn(_("Days kept"), width=100, help=_(kept.definition)),
            "interval": column.ImageColumn(
                _("0 to 100 %, with interval"), help=_(kept.definition), width=BAR_COLUMN_WIDTH
            ),
        },
        key="pattern",
    )


def evidence_words(row: Any) -> str:
    """Why an agent must follow the pattern, with the numbers that decide."""
    hired = NOTHING if pd.isna(row.hired_on) else f"{row.hired_on:%d.%m.%Y}"
    texts = {
        "new": _("new, hired {day}", day=hired),
        "draws_reminders": _(
            "draws reminders: {own} of {own_of} requests, the agency {all} of {all_of}",
            own=number(row.reminders),
            own_of=number(row.callbacks),
            all=number(row.agency_reminders),
            all_of=number(row.agency_callbacks),
        ),
        "upsets_customers": _(
            "low ratings: {own} of {own_of}, the agency {all} of {all_of}",
            own=number(row.upset),
            own_of=number(row.ratings),
            all=number(row.agency_upset),
            all_of=number(row.agency_ratings),
        ),
    }
    return "; ".join(texts[code] for code in row.pattern.split() if code in PATTERN_REASONS)


def discipline_table(discipline: pd.DataFrame, filters: CallbackFilters) -> None:
    """Per agent, by name: what was noted of what was to be noted, and noted attempts that the phone log lacks."""
    if filters.desk is not None:
        st.caption(_("The filter for desks is about requests; calls and notes are shown of all desks."))
    if discipline.empty:
        st.caption(_("No calls of known customers and no noted attempts on the days of this period that are over."))
        return
    column, shares, config = st.column_config, {}, {}
    for name, noted, of in (
        ("conversations_noted", "conversations_noted", "conversations"),
        ("dialled_noted", "dialled_noted", "dialled"),
    ):
        shares[name] = [
            _("{kept} of {due}", kept=number(part), due=number(whole)) if whole else NOTHING
            for part, whole in zip(discipline[noted], discipline[of], strict=True)
        ]
        config[name] = column.TextColumn(_(FIGURES[name].label), help=f"{_(FIGURES[name].definition)} (C2)")
    for name in ("attempts_without_call", "attempts_unverifiable"):
        config[name] = column.NumberColumn(_(FIGURES[name].label), help=f"{_(FIGURES[name].definition)} (C2)")
    table = discipline[["agent", "name", "attempts", "attempts_without_call", "attempts_unverifiable"]].assign(**shares)
    show_table(
table,
config
        | {
            "agent": column.TextColumn(_("Agent"), pinned=True, width=70),
            "name": _("Name"),
            "attempts": _("Attempts noted"),
        },
key="discipline",
most_rows=15,
order=(
            "agent", "conversations_noted", "dialled_noted", "attempts_without_call", "attempts",
            "attempts_unverifiable", "name",
        ),
)  # fmt: skip


def discipline_picture(discipline: pd.DataFrame) -> None:
    """Share of conversations and outgoing calls noted per agent, with intervals, by name."""
    rates = honest_rate(
        discipline["conversations_noted"] + discipline["dialled_noted"],
        discipline["conversations"] + discipline["dialled"],
    )
    data = pd.concat([discipline[["agent"]], rates], axis=1).dropna(subset="low").reset_index(drop=True)
    if data.empty:
        return
    data["label"] = [NOTHING if pd.isna(rate) else percent(rate) for rate in data["rate"]]
    data["interval"] = [f"{percent(row.low)}–{percent(row.high)}" for row in data.itertuples()]
    titles = {"agent": _("Agent"), "rate": _("Noted"), "interval": _("Interval (Wilson, 95 %)")}
    chart = rates_with_intervals(data, titles, palette())
    st.markdown(_("Conversations and outgoing calls noted, per agent"))
    st.vega_lite_chart(spec=chart, key="discipline_chart", alt=_("Conversations and outgoing calls noted, per agent"))
    as_table(data[["agent", "label", "interval"]], titles | {"label": _("Noted")}, "discipline_chart_table")

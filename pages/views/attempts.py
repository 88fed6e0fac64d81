"""The pieces of the Attempts page. They show what was judged and judge nothing."""

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.database.versions import database_state
from data_access.questions.attempts import Attempts, lacks_a_step_today
from data_access.questions.callback_history import History
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.notes import note_rows
from data_access.scope import Scope, Viewer
from metrics.attempts import STEPS
from metrics.calendar import local_day
from metrics.callbacks import OPEN_STATES
from metrics.figures import ATTEMPT_FIGURES, FIGURES, N_
from metrics.house_rules import HouseRules
from metrics.proportions import honest_rate
from pages.parts.attempt_words import next_step, steps_in_words, why_words
from pages.parts.callback_words import owner_words
from pages.parts.charts import rates_with_intervals
from pages.parts.colours import palette
from pages.parts.drawer import open_chosen, show_drawer
from pages.parts.figures import opened_figure
from pages.parts.filters import view_switch
from pages.parts.loaders import ask
from pages.parts.tables import (
    BAR_COLUMN_WIDTH,
    as_table,
    in_zone,
    interval_picture,
    show_table,
    state_mark,
    steps_picture,
)
from pages.parts.wording import NOTHING, _, ngettext, number, percent, weekday_names
from pages.parts.words import DESK_LABELS, NOTE_STATES, PATTERN_REASONS, STATE_LABELS, STEP_STATES

PAGE = "pages/service/attempts.py"
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
VIEWS = {
    "open": N_("Open {count}"),
    "lacking": N_("Call or message missing today {count}"),
    "all": N_("All of the period {count}"),
}


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
    """The page's question answered in words."""
    due, missing = totals["days_due"], totals["steps_missing_today"]
    if due:
        text = ngettext(
            "The call pattern was followed on {kept} of {count} day ({rate}).",
            "The call pattern was followed on {kept} of {count} days ({rate}).",
            due,
            kept=number(totals["days_kept"]),
            rate=percent(totals["days_kept"] / due),
        )
    elif attempts.histories.empty:
        text = _("No requests from customers are on record for this period.")
    else:
        text = _("Nobody had to follow the call pattern in this period.")
    if missing:
        text += " " + ngettext(
            "{count} customer still needs a call or a message today.",
            "{count} customers still need a call or a message today.",
            missing,
        )
    st.header(text, anchor=False)


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


def histories_table(attempts: Attempts, rules: HouseRules, now: datetime) -> None:
    """The page's main table: a request a line, a working day a cell; a row opens its whole history."""
    colours = palette()
    histories = attempts.histories
    lacking = lacks_a_step_today(histories)
    is_open = histories["state"].isin(OPEN_STATES)
    counts = {"open": int(is_open.sum()), "lacking": int(lacking.sum()), "all": len(histories)}
    view = view_switch("view", {name: _(VIEWS[name], count=number(count)) for name, count in counts.items()})
    if view == "open":
        histories = histories[is_open]
    elif view == "lacking":
        histories = histories[lacking]
    cells = [f"day_{place}" for place in range(1, len(attempts.cells) + 1)]
    table = pd.DataFrame(
        {
            "mark": [state_mark(state, colours) for state in histories["state"]],
            "customer": histories["customer"].to_numpy(),
            "next": [next_step(row, now) for row in histories.itertuples()],
            **{name: [steps_picture(cell, colours) for cell in histories[name]] for name in cells},
            "owner": [owner_words(row) for row in histories.itertuples()],
            "pattern": [why_words(codes) for codes in histories["pattern"]],
            "days_kept": histories["days_kept"].to_numpy(),
            "days_due": histories["days_due"].to_numpy(),
            "attempts": histories["attempts"].to_numpy(),
            "last_attempt_at": in_zone(histories["last_attempt_at"], rules.zone).to_numpy(),
            "state": histories["state"].to_numpy(),
        }
    )
    everything = st.toggle(_("All columns"), key="all_attempt_columns", persist_state="session")
    names, column = weekday_names(), st.column_config
    day_help = _(
        "First call, second call, message, noted. Filled: done. Cross: missing. Ring: still to do today. Dot: not due."
    )
    open_chosen("attempts", [int(callback_id) for callback_id in histories["callback_id"]])
    show_table(
        table,
        {
            "mark": column.ImageColumn(
                _("Mark"), width=50, help=_("Triangle: overdue. Diamond: due soon. Circle: waiting or ended.")
            ),
            "customer": column.TextColumn(_("Customer"), pinned=True, width=90),
            "next": column.TextColumn(_("Next step"), width=230),
            "owner": column.TextColumn(_("Who acts"), width=170),
            "pattern": column.TextColumn(
                _("Must follow the pattern"),
                width=170,
                help=_("Empty: a system of their own, shown and not judged (A2)."),
            ),
            "days_kept": _("Days kept"),
            "days_due": _("Days due"),
            "attempts": _("Calls made"),
            "last_attempt_at": column.DatetimeColumn(_("Last attempt"), format="DD.MM. HH:mm"),
            "state": column.SelectboxColumn(
                _("State"), options=list(STATE_LABELS), format_func=lambda state: _(STATE_LABELS[str(state)])
            ),
            **{
                name: column.ImageColumn(f"{names[day.weekday()]} {day:%d.%m.}", width=84, help=day_help)
                for name, day in zip(cells, attempts.cells, strict=True)
            },
        },
        key="attempts",
        most_rows=15,
        order=list(table.columns) if everything else ["mark", "customer", "next", *cells, "owner", "pattern"],
        chooses="single-row",
    )
    st.caption(
        _("Choose a row to see every day and the whole history.")
        if len(table)
        else _("No requests with these filters.")
    )


def open_request(viewer: Viewer, attempts: Attempts, rules: HouseRules, now: datetime) -> None:
    """The request that was chosen, or that the address names, in the drawer, and its attempt days under it."""

    def show_days(history: History) -> None:
        days_table(attempts.days[attempts.days["callback_id"] == history.callback_id], history)

    show_drawer(viewer, "attempts", rules, now, more=show_days)


def days_table(days: pd.DataFrame, history: History) -> None:
    """Each attempt day of one request: what was done and what was not, and who had to act."""
    if days.empty:
        is_new = history.verdict.state in OPEN_STATES and history.verdict.first_attempt_at is None
        st.caption(
            _("Nobody has tried yet, and it is not due yet: the pattern asks for nothing so far (A1).")
            if is_new
            else _("It has no day in this period on which the pattern asked for anything (A1).")
        )
        return
    table = pd.DataFrame({"local_date": days["local_date"], "agent": days["agent"]})
    for name in STEPS:
        table[name] = [_(STEP_STATES[code]) for code in days[name]]
    table["pattern"] = [why_words(codes) or _("own system: not judged") for codes in days["pattern"]]
    show_table(
        table,
        {
            "local_date": st.column_config.DateColumn(_("Day"), format="DD.MM.YYYY"),
            "agent": _("Who had to act"),
            "first_call": _("First call"),
            "second_call": _("Second call"),
            "message": _("Message"),
            "noted": _("Noted"),
            "pattern": _("Must follow the pattern"),
        },
        key="attempt_days",
    )


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
        st.caption(_("No calls and no noted attempts on the days of this period that are over."))
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

"""The call pattern of each request, working day by working day (A1): what was done, what is missing today."""

from datetime import datetime

import pandas as pd
import streamlit as st

from data_access.questions.attempts import Attempts, lacks_a_step_today
from data_access.questions.callback_history import History
from metrics.attempts import STEPS
from metrics.callbacks import OPEN_STATES
from metrics.house_rules import HouseRules
from pages.parts.attempt_words import next_step, why_words
from pages.parts.callback_words import owner_words
from pages.parts.colours import palette
from pages.parts.drawer import open_chosen
from pages.parts.tables import in_zone, show_table, state_mark, steps_picture
from pages.parts.wording import _, ngettext, weekday_names
from pages.parts.words import STATE_LABELS, STEP_STATES


def open_histories(attempts: Attempts) -> pd.DataFrame:
    """The open requests, those first for which a step is missing today."""
    return attempts.histories[attempts.histories["state"].isin(OPEN_STATES)]


def show_open_pattern(attempts: Attempts, rules: HouseRules, now: datetime) -> None:
    """How many still need a step today, and all that is open."""
    shown = open_histories(attempts)
    if missing := int(lacks_a_step_today(shown).sum()):
        st.markdown(
            ngettext(
                "{count} customer still needs a call or a message today.",
                "{count} customers still need a call or a message today.",
                missing,
            )
        )
    histories_table(attempts, shown, rules, now)


def histories_table(attempts: Attempts, histories: pd.DataFrame, rules: HouseRules, now: datetime) -> None:
    """A request a line, a working day a cell; a row opens its whole history."""
    colours = palette()
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


def show_days(attempts: Attempts, history: History) -> None:
    """The attempt days of a request, under its history."""
    days_table(attempts.days[attempts.days["callback_id"] == history.callback_id], history)


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

"""The pieces of the Today page. They show what was judged and judge nothing."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.coverage import TeamDay
from data_access.questions.overview import Today
from data_access.scope import Scope, Viewer, may_hand_over
from metrics.coaching import LOOKED_BACK_DAYS
from metrics.coverage import HALF_HOUR
from metrics.figures import FIGURES, N_, Figure
from pages.parts.attempt_words import steps_in_words
from pages.parts.colours import palette
from pages.parts.filters import with_filters
from pages.parts.gate import local_today
from pages.parts.tables import choose_rows, show_table, state_mark
from pages.parts.wording import NOTHING, _, escaped, lateness, ngettext, number, percent, short_time
from pages.parts.words import DESK_LABELS, KIND_LABELS, SIGNAL_KINDS

PICTURED_DAYS = 14
CALLBACKS, SOURCES = "pages/service/callbacks.py", "pages/system/sources.py"
ATTEMPTS, COVERAGE = "pages/service/attempts.py", "pages/rota/coverage.py"
ABSENCE, HAND_OVER = "pages/rota/absence.py", "pages/customers/reassign.py"
COACHING, SATISFACTION = "pages/quality/coaching.py", "pages/quality/satisfaction.py"
NEW_SIGNALS = "new_signals"
FIGURES_SHOWN: tuple[Figure, ...] = tuple(FIGURES[name] for name in ("received", "answer_rate", "overdue"))
MARKS = {
    "promise_overdue": "overdue",
    "promise_unkeepable": "overdue",
    "promise_due": "due_soon",
    "not_reached": "overdue",
    "overdue_reminded": "overdue",
    "overdue": "overdue",
    "with_absent": "due_soon",
    "with_gone": "due_soon",
    "no_cover": "due_soon",
    "hole": "due_soon",
    "due_soon": "due_soon",
    "steps_missing": "due_soon",
    "low_score": "due_soon",
    "new_signal": "waiting",
    "stale_source": "waiting",
}
WHAT = {
    "promise_overdue": N_("A promise is broken and the customer still waits (B4)"),
    "promise_unkeepable": N_("A promise that nobody on shift can keep (B4)"),
    "promise_due": N_("A promise is due (B4)"),
    "not_reached": N_("No contact for many working days (A1)"),
    "overdue_reminded": N_("Waits too long and has asked again (B7)"),
    "overdue": N_("Waits too long (B1)"),
    "with_absent": N_("Lies with somebody who is away (R5)"),
    "with_gone": N_("Lies with somebody who has left (K1)"),
    "no_cover": N_("Away, and nobody covers (R5)"),
    "hole": N_("Too few on the phones (R1)"),
    "due_soon": N_("Due within two hours (B3)"),
    "steps_missing": N_("A step of the pattern is missing today (A1)"),
    "low_score": N_("A dissatisfied customer has not been called (Q3)"),
    "new_signal": N_("New this week: a clear difference (Q1)"),
    "stale_source": N_("A source is silent"),
}


def sentence(today_seen: Today, now: datetime) -> None:
    """The page's question answered in words, also when there is nothing to do."""
    others = today_seen.others
    if not today_seen.overdue and not others:
        text = _("Nobody needs you right now. Updated {time}.", time=short_time(now, now))
    elif today_seen.overdue:
        text = ngettext(
            "{count} customer is overdue.",
            "{count} customers are overdue.",
            today_seen.overdue,
        )
        if others:
            text += " " + ngettext("{count} more thing needs you.", "{count} more things need you.", others)
    else:
        text = _("Nobody is overdue.") + " "
        text += ngettext("{count} thing needs you.", "{count} things need you.", others)
    st.header(text, anchor=False)


def known_signals(viewer: Viewer) -> tuple[tuple[str, str, str], ...]:
    """The signals that the week brought, as far as they have been looked for."""
    known: tuple[tuple[str, str, str], ...] = st.session_state.get(NEW_SIGNALS, {}).get(viewer.name, ())
    return known


def look_for_signals(viewer: Viewer, brought: pd.DataFrame) -> None:
    """Remember the signals that the week brought, and show the page again where they are others."""
    signals = tuple(zip(brought["agent"], brought["measure"], brought["kind"], strict=True))
    if signals != known_signals(viewer):
        st.session_state[NEW_SIGNALS] = {viewer.name: signals}
        st.rerun()


def figures(
    scope: Scope,
    days: pd.DataFrame,
    overdue: int,
    waited: Sequence[int],
    coverage: Sequence[TeamDay],
    today: date,
    now: datetime,
) -> None:
    """Figures of today, each with the last two weeks as a line behind it; a team's figures for viewers who see a
    team."""
    row = st.container(horizontal=True)
    of_today = days[days["local_date"] == today]
    received = int(of_today["received"].sum())
    not_short = int(of_today["received_not_short"].sum())
    rates = (days["answered"] / days["received_not_short"].where(days["received_not_short"] > 0)).dropna()
    now_there, now_needed = on_phones_now(coverage, now)
    shown: tuple[tuple[str, str, Sequence[Any], str], ...] = (
        (_("Received today"), number(received), days["received"].tolist(), help_of("received")),
        (
            _("Answered today"),
            percent(of_today["answered"].sum() / not_short, 1) if not_short else NOTHING,
            rates.tolist(),
            help_of("answer_rate"),
        ),
        (_("Overdue now"), number(overdue), waited, help_of("overdue")),
        (
            _("On phones now"),
            NOTHING if now_needed is None else f"{number(now_there)}/{number(now_needed)}",
            planned_today(coverage),
            _(
                "Rota minus absence, of the number needed, all teams together (R1). "
                "The line is today, half hour by half hour."
            ),
        ),
    )
    overdue_alone = (shown[2],)
    for label, value, line, help_text in shown if scope.sees_a_team else overdue_alone:
        chart = line if len(line) > 1 else None
        row.metric(label, value, help=help_text, border=True, width=222, chart_data=chart, chart_type="area")


def help_of(name: str) -> str:
    figure = FIGURES[name]
    return f"{_(figure.definition)} ({figure.rule})"


def on_phones_now(coverage: Sequence[TeamDay], now: datetime) -> tuple[int, int | None]:
    """How many are planned on the phones in this half hour and how many are needed, all teams together."""
    current = [
        (planned, needed)
        for team in coverage
        for at, planned, needed in zip(team.half_hours, team.planned, team.needed, strict=True)
        if at <= now < at + HALF_HOUR
    ]
    if not current:
        return 0, None
    return sum(planned for planned, _needed in current), sum(needed for _planned, needed in current)


def planned_today(coverage: Sequence[TeamDay]) -> list[int]:
    sums: dict[datetime, int] = {}
    for team in coverage:
        for at, planned in zip(team.half_hours, team.planned, strict=True):
            sums[at] = sums.get(at, 0) + planned
    return [sums[at] for at in sorted(sums)]


def lines_table(viewer: Viewer, today_seen: Today, now: datetime) -> None:
    """The page's main table; a chosen line leads to the page that it comes from."""
    lines = today_seen.lines
    if lines.empty:
        return
    colours = palette()
    table = pd.DataFrame(
        {
            "mark": [state_mark(MARKS[what], colours) for what in lines["what"]],
            "what": lines["what"],
            "subject": [subject_words(row) for row in lines.itertuples()],
            "by": [deadline_words(row, now) for row in lines.itertuples()],
            "who": [holder_words(row) for row in lines.itertuples()],
        }
    )
    column = st.column_config
    # A hole is told from the next by its hour, a request by its number.
    ids = [tuple(str(part) for part in line) for line in lines[["what", "callback_id", "who", "by"]].to_numpy()]
    opened = choose_rows("overview", ids)
    show_table(
        table,
        {
            "mark": column.ImageColumn(
                _("Mark"), width=50, help=_("Triangle: too late. Diamond: soon. Circle: to look at.")
            ),
            "what": column.SelectboxColumn(
                _("What"), options=list(WHAT), format_func=lambda what: _(WHAT[str(what)]), width=275
            ),
            "subject": column.TextColumn(_("Customer or team"), width=125),
            "by": column.TextColumn(_("By when"), width=285),
            "who": column.TextColumn(_("Who acts"), width=215),
        },
        key="overview",
        most_rows=len(table),
        chooses="single-row",
    )
    if today_seen.left_out:
        st.caption(ngettext("{count} more is not shown.", "{count} more are not shown.", today_seen.left_out))
    st.caption(_("Choose a line to open it. Updated {time}.", time=short_time(now, now)))
    for chosen in opened:
        follow(viewer, lines.iloc[ids.index(chosen)])


def subject_words(row: Any) -> str:
    if row.what in ("hole", "no_cover", "new_signal", "stale_source"):
        return str(row.who)
    if pd.notna(row.requests):
        return ngettext("{count} customer", "{count} customers", int(row.requests))
    return NOTHING if pd.isna(row.customer) else str(row.customer)


def deadline_words(row: Any, now: datetime) -> str:
    if row.what == "hole":
        until = short_time(row.until, row.until)
        return _(
            "{start}–{end}: {planned} of {needed}",
            start=short_time(row.by, now),
            end=until,
            planned=number(row.planned),
            needed=number(row.needed),
        )
    if pd.notna(row.requests):
        if pd.notna(row.minutes_late) and row.minutes_late > 0:
            return _("up to {length} too late", length=lateness(int(row.minutes_late)))
        return _("the first by {time}", time=short_time(row.by, now))
    if row.what == "steps_missing":
        return _("today: {steps}", steps=steps_in_words(row.steps))
    if row.what == "no_cover":
        return _("until {time}", time=short_time(row.until, now))
    if row.what == "low_score":
        return _("answered {time}", time=short_time(row.by, now))
    if row.what == "new_signal":
        kind, measure = row.why.split()
        return f"{_(FIGURES[measure].label)}: {_(SIGNAL_KINDS[kind])}"
    if row.what == "stale_source":
        return _("nothing since {time}", time=short_time(row.by, now))
    if pd.notna(row.minutes_late) and row.minutes_late > 0:
        return _("{length} too late, due {time}", length=lateness(int(row.minutes_late)), time=short_time(row.by, now))
    return _("by {time}", time=short_time(row.by, now))


def holder_words(row: Any) -> str:
    match row.what:
        case "hole" | "no_cover" | "low_score" | "new_signal":
            return _("the team's lead")
        case "stale_source":
            return _(KIND_LABELS.get(row.why, row.why))
    match row.why:
        case "gone":
            return _("{agent} has left: hand it over", agent=row.who)
        case "nobody_there":
            return _("{agent} is away, and so is the buddy", agent=row.who)
        case why if why in DESK_LABELS:
            return _(DESK_LABELS[why])
        case _:
            return str(row.who)


def follow(viewer: Viewer, line: pd.Series) -> None:
    """To the page that a line comes from, filtered to what it is about."""
    if line["what"] == "stale_source":
        st.page_link(SOURCES, label=_("To the sources"), icon=":material/arrow_forward:", query_params=with_filters())
    elif line["what"] == "low_score":
        label = _("To the week's review")
        st.page_link(SATISFACTION, label=label, icon=":material/arrow_forward:", query_params=with_filters())
    elif line["what"] == "new_signal":
        today = local_today()
        since = today - timedelta(days=LOOKED_BACK_DAYS)
        parameters = with_filters(colleague=str(line["who"])) | {"from": f"{since}", "to": f"{today}"}
        label = _("To the signals about {agent}", agent=escaped(line["who"]))
        st.page_link(COACHING, label=label, icon=":material/arrow_forward:", query_params=parameters)
    elif line["what"] == "hole":
        parameters = with_filters(team=str(line["who"]))
        st.page_link(COVERAGE, label=_("To the rota"), icon=":material/arrow_forward:", query_params=parameters)
    elif pd.notna(line["requests"]) and line["why"] == "gone" and may_hand_over(viewer):
        label = _("To the hand-over")
        st.page_link(HAND_OVER, label=label, icon=":material/arrow_forward:", query_params=with_filters())
    elif pd.notna(line["requests"]):
        whose = {"desk": str(line["why"])} if line["why"] in DESK_LABELS else {"colleague": str(line["who"])}
        label = _("To these messages")
        st.page_link(CALLBACKS, label=label, icon=":material/arrow_forward:", query_params=with_filters(**whose))
    elif line["what"] == "no_cover":
        st.page_link(ABSENCE, label=_("To the absences"), icon=":material/arrow_forward:", query_params=with_filters())
    else:
        parameters = with_filters(callback=str(line["callback_id"]))
        label = _("Open {customer}", customer=escaped(line["customer"]))
        page = ATTEMPTS if line["what"] in ("steps_missing", "not_reached") else CALLBACKS
        st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=parameters)

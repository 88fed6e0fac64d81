"""The pieces of the Absence page. They show what was judged and judge nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.absence import WhatIf, what_if
from data_access.questions.calls import choices
from data_access.scope import Scope
from metrics.absence import CHILD_SICK, COUNTED_FROM_REASONS, ERRAND, VACATION, absences_behind, earliest_first_day
from metrics.calendar import ONE_DAY, local_day
from metrics.figures import ABSENCE_FIGURES, FIGURES, N_
from metrics.house_rules import HouseRules
from pages.parts.charts import spans_by_pair
from pages.parts.colours import palette
from pages.parts.figures import opened_figure
from pages.parts.loaders import ask
from pages.parts.tables import as_table, choose_rows, in_zone, show_table
from pages.parts.wording import NOTHING, _, escaped, ngettext, number, short_time

PAGE = "pages/rota/absence.py"
APART = ("wrong_channel",)
SHOWN = tuple(figure.id for figure in ABSENCE_FIGURES if figure.id not in APART)
KINDS = {
    VACATION: N_("vacation"),
    ERRAND: N_("private errand"),
    "sick": N_("sick"),
    CHILD_SICK: N_("child ill"),
    "dentist": N_("dentist"),
    "doctor": N_("doctor"),
    "vehicle_inspection": N_("vehicle inspection"),
    "course": N_("course"),
    "other": N_("other"),
    "away": N_("away"),
}
NOTICE_STATES = {
    "in_time": N_("in time"),
    "late": N_("too late"),
    "swapped": N_("swapped"),
    "swap_first": N_("told in time, but no swap was tried first"),
    "unknown": N_("nobody wrote down when"),
    "no_rule": N_("no notice asked for"),
}
COVER = {"buddy": N_("the buddy covers"), "buddy_away": N_("the buddy is away too"), "no_buddy": N_("has no buddy")}


def totals(
    scope: Scope, register: pd.DataFrame, pairs: pd.DataFrame, absent: pd.DataFrame, alone: pd.DataFrame
) -> Mapping[str, int | None]:
    """The counts behind the page's figures; None for what is counted from reasons that the viewer may not see (R4)."""
    counted = {name for figure in ABSENCE_FIGURES for name in (figure.numerator, figure.denominator) if name}
    hidden = () if scope.may_see_reasons else COUNTED_FROM_REASONS
    return {
        name: None if name in hidden else len(absences_behind(register, pairs, absent, alone, name)) for name in counted
    }


def sentence(register: pd.DataFrame, pairs: pd.DataFrame, absent: pd.DataFrame) -> None:
    """The page's question answered in words."""
    if register.empty and absent.empty:
        st.header(_("Nobody was away in this period, and no absence is planned."), anchor=False)
        return
    late = int((register["in_period"] & (register["state"] == "late")).sum())
    ahead = int(register["is_upcoming"].sum())
    text = ngettext("{count} absence is planned.", "{count} absences are planned.", ahead) + " "
    text += notice_sentence(register[register["in_period"].astype(bool)]["state"], late)
    uncovered = int((absent["cover"] != "buddy").sum())
    if uncovered:
        text += " " + ngettext("{count} is away now without cover.", "{count} are away now without cover.", uncovered)
    together = int(pairs["is_planned"].sum())
    if together:
        text += " " + ngettext(
            "Once two buddies asked for the same days.", "{count} times two buddies asked for the same days.", together
        )
    st.header(text, anchor=False)


def notice_sentence(states: pd.Series, late: int) -> str:
    """What is to be said of the notice of a period's absences; nothing where none asks for notice."""
    if late:
        return ngettext("{count} of this period was told too late.", "{count} of this period were told too late.", late)
    open_questions = int(states.isin(("unknown", "swap_first")).sum())
    if open_questions:
        return ngettext(
            "None of this period was told too late, as far as is known; {count} is in doubt.",
            "None of this period was told too late, as far as is known; {count} are in doubt.",
            open_questions,
        )
    if states.isin(("in_time", "swapped")).any():
        return _("All of this period that ask for notice were told in time.")
    return ""


def opened_rows(
    scope: Scope,
    register: pd.DataFrame,
    pairs: pd.DataFrame,
    absent: pd.DataFrame,
    alone: pd.DataFrame,
    rules: HouseRules,
) -> None:
    """The rows behind the figure that `?open=` names."""
    name = st.query_params.get("open")
    if name not in FIGURES or FIGURES[name] not in ABSENCE_FIGURES:
        return
    figure = FIGURES[name]
    if figure.numerator in COUNTED_FROM_REASONS and not scope.may_see_reasons:
        return
    rows = absences_behind(register, pairs, absent, alone, figure.opens[0])
    with opened_figure(PAGE, figure, len(rows)):
        show_table(
            in_words_of(rows, rules),
            columns(),
            key="opened",
        )


SHOWN_COLUMNS = (
    "agent", "buddy", "team", "kind", "first_day", "last_day", "starts_at", "ends_at", "until", "requested_on",
    "verdict", "channel", "cover", "messages",
)  # fmt: skip


def in_words_of(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Rows with the agency's wall clock and words instead of codes."""
    shown = rows.copy()
    if "state" in shown:
        shown["verdict"] = [notice_words(row) for row in rows.itertuples()]
    for column in shown:
        if isinstance(shown[column].dtype, pd.DatetimeTZDtype):
            shown[column] = in_zone(shown[column], rules.zone)
    for column, words in (("kind", KINDS), ("cover", COVER)):
        if column in shown:
            shown[column] = [_(words.get(code, code)) for code in shown[column]]
    if "first_day" in shown:
        shown = shown.drop(columns=["starts_at", "ends_at"])
    return shown[[name for name in SHOWN_COLUMNS if name in shown]]


def columns() -> dict[str, Any]:
    column = st.column_config
    day, time = "DD.MM.YYYY", "DD.MM. HH:mm"
    return {
        "agent": column.TextColumn(_("Agent"), pinned=True, width=70),
        "buddy": column.TextColumn(_("Buddy"), width=70),
        "team": column.TextColumn(_("Team"), width=80),
        "kind": column.TextColumn(_("Reason"), width=130),
        "first_day": column.DateColumn(_("First day"), format=day, width=100),
        "last_day": column.DateColumn(_("Last day"), format=day, width=100),
        "starts_at": column.DatetimeColumn(_("Away from"), format=time),
        "ends_at": column.DatetimeColumn(_("Until"), format=time),
        "until": column.DatetimeColumn(_("Until"), format=time),
        "requested_on": column.DateColumn(_("Asked for"), format=day, width=100),
        "verdict": column.TextColumn(_("Verdict"), width=330),
        "channel": _("Channel"),
        "cover": _("Cover"),
        "messages": column.NumberColumn(_("Open messages")),
    }


def notice_words(row: Any) -> str:
    """A verdict on the notice as a colleague would say it, with its rule."""
    if row.state == "no_rule":
        text = _("no reason to be off the phones (R4)") if row.is_not_a_reason is True else NOTHING
    elif row.state == "late" and row.days_given < 0:
        text = _("too late: asked for {days} days after it began ({rule})", days=number(-row.days_given), rule=row.rule)
    elif row.state == "late":
        text = _(
            "too late: {days} days before, at the latest {day} ({rule})",
            days=number(row.days_given),
            day=f"{row.latest_day:%d.%m.}",
            rule=row.rule,
        )
    elif row.state == "in_time" and row.is_on_the_last_day:
        text = _("in time, on the last day that would do ({rule})", rule=row.rule)
    elif row.state == "in_time":
        text = _("in time: {days} days before ({rule})", days=number(row.days_given), rule=row.rule)
    else:
        text = f"{_(NOTICE_STATES[row.state])} ({row.rule})"
    if isinstance(row.added_from, date):
        text += " · " + _("for the days from {day}, which were added", day=f"{row.added_from:%d.%m.}")
    if row.right_channel is False or (not pd.isna(row.right_channel) and not row.right_channel):
        text += " · " + _("not to the rota mailbox (R6)")
    return text


def register_table(scope: Scope, register: pd.DataFrame, rules: HouseRules) -> None:
    """The page's main table: what lies ahead first, then the period, each with its verdict."""
    ordered = pd.concat(
        [register[register["is_upcoming"].astype(bool)], register[~register["is_upcoming"].astype(bool)].iloc[::-1]]
    )
    table = in_words_of(ordered, rules)
    ids = [int(absence_id) for absence_id in ordered["absence_id"]]
    opened = choose_rows("absence", ids)
    show_table(
        table,
        columns(),
        key="absence",
        most_rows=15,
        order=["agent", "kind", "first_day", "last_day", "verdict", "buddy", "requested_on", "channel", "team"],
        chooses="single-row",
    )
    if not scope.may_see_reasons:
        st.caption(_("Health reasons are shown only to the person's lead and administrators (R4)."))
    for position in [ids.index(absence_id) for absence_id in opened]:
        row = ordered.iloc[position]
        with st.container(border=True):
            kind = escaped(table.iloc[position]["kind"])
            st.markdown(f"**{escaped(row['agent'])}**: {kind}, {row['first_day']:%d.%m.%Y}")
            channel = NOTHING if pd.isna(row["channel"]) else escaped(row["channel"])
            asked = NOTHING if pd.isna(row["requested_on"]) else f"{row['requested_on']:%d.%m.%Y}"
            st.markdown(_("First asked for {day}, through {channel}.", day=asked, channel=channel))
            if not pd.isna(row["latest_day"]):
                latest = f"{row['latest_day']:%d.%m.%Y}"
                st.markdown(_("The last day that would have done: {day}.", day=latest))
            st.markdown(f"{table.iloc[position]['verdict']}")


def absent_table(absent: pd.DataFrame, rules: HouseRules, now: datetime) -> None:
    """Who is away at this moment, who covers, and what lies with them."""
    if absent.empty:
        st.caption(_("Nobody is away now. Updated {time}.", time=short_time(now, now)))
        return
    show_table(
        in_words_of(absent, rules),
        columns(),
        key="absent",
    )


def buddy_calendar(register: pd.DataFrame, pairs: pd.DataFrame, rules: HouseRules) -> None:
    """Absences of buddies side by side; where both are away it is marked and stands in the table."""
    if register.empty:
        st.caption(_("Nobody was away in this period, and no absence is planned."))
        return
    together = {(row.agent, row.starts_at) for row in pairs.itertuples()} | {
        (row.buddy, row.starts_at) for row in pairs.itertuples()
    }
    rows = register.assign(
        pair=[
            " & ".join(sorted([row.agent, row.buddy])) if isinstance(row.buddy, str) else row.agent
            for row in register.itertuples()
        ],
        both=[
            any(name == row.agent and row.starts_at <= at < row.ends_at for name, at in together)
            for row in register.itertuples()
        ],
        starts_at=in_zone(register["starts_at"], rules.zone),
        ends_at=in_zone(register["ends_at"], rules.zone),
    )
    labels = (_("away"), _("both away"))
    rows["state"] = [labels[1] if both else labels[0] for both in rows["both"]]
    colours = palette()
    titles = {"agent": _("Agent"), "starts_at": _("Away from"), "ends_at": _("Until"), "state": _("State")}
    chart = spans_by_pair(
        rows[["pair", "agent", "starts_at", "ends_at", "state"]], labels, [colours.quiet, colours.late], titles
    )
    st.vega_lite_chart(spec=chart, key="buddies", alt=_("Absences of buddies side by side"))
    table = pairs.assign(
        starts_at=in_zone(pairs["starts_at"], rules.zone), ends_at=in_zone(pairs["ends_at"], rules.zone)
    )
    as_table(table, titles | {"buddy": _("Buddy"), "is_planned": _("Both asked before")}, "pairs")


def quarter_table(quarters: pd.DataFrame) -> None:
    """Vacations told in time of all vacations, teams down and quarters across."""
    if quarters.empty:
        st.caption(_("No vacations in the last quarters."))
        return
    texts = quarters.assign(
        team=quarters["team"].fillna(NOTHING),
        text=[
            _("{kept} of {due}", kept=number(row.in_time), due=number(row.vacations)) for row in quarters.itertuples()
        ],
    )
    table = texts.pivot(index="team", columns="quarter", values="text").reset_index()
    names = {
        day: _("Q{number} {year}", number=(day.month + 2) // 3, year=day.year)
        for day in sorted(quarters["quarter"].unique())
    }
    table = table.rename(columns={day: f"quarter_{place}" for place, day in enumerate(names)})
    show_table(
        table,
        {"team": st.column_config.TextColumn(_("Team"), pinned=True)}
        | {f"quarter_{place}": name for place, name in enumerate(names.values())},
        key="quarters",
    )


def what_if_form(scope: Scope, rules: HouseRules, now: datetime) -> None:
    """Choose somebody and some days, and see what would follow. Nothing is written."""
    people = ask(choices, scope).agents
    if not people:
        st.caption(_("Nobody to choose from."))
        return
    today = local_day(now, rules)
    line = st.container(horizontal=True, vertical_alignment="bottom")
    name = line.selectbox(
        _("Who"), list(people), index=None, key="what_if_agent", placeholder=_("Choose somebody"), width=160
    )
    form = "DD.MM.YYYY"
    first = line.date_input(_("First day off"), value=today + 28 * ONE_DAY, key="what_if_first", format=form, width=150)
    last = line.date_input(_("Last day off"), value=today + 32 * ONE_DAY, key="what_if_last", format=form, width=150)
    kind = line.segmented_control(
        _("What"), [VACATION, ERRAND], default=VACATION, key="what_if_kind", format_func=lambda code: _(KINDS[code])
    )
    if name is None:
        st.caption(_("Nothing is saved. This only shows the effect."))
        return
    if first > last or (last - first).days > MOST_DAYS_ASKED:
        st.warning(_("The last day comes before the first, or more than a year later. Choose another day."))
        return
    answer = ask(what_if, scope, people[name], first, last, rules, now, kind or VACATION)
    if answer is None:
        st.info(_("This person is not yours to see."))
        return
    show_answer(answer, first, last, rules, now)


MOST_DAYS_ASKED = 366


def show_answer(answer: WhatIf, first: date, last: date, rules: HouseRules, now: datetime) -> None:
    """The answer in one line to paste, then what it rests on."""
    st.code(answer_in_one_line(answer, first, last, rules, now), language=None, wrap_lines=True)
    for hole in answer.holes[:MOST_HOLES_SHOWN]:
        st.markdown(
            "- "
            + _(
                "{start}–{end}: {planned} of {needed} left",
                start=short_time(hole.starts_at, now),
                end=short_time(hole.ends_at, hole.ends_at),
                planned=number(hole.planned),
                needed=number(hole.needed),
            )
        )
    changed = (
        answer.half_hours[answer.half_hours["after"] < answer.half_hours["before"]] if len(answer.half_hours) else None
    )
    if changed is not None and len(changed):
        as_table(
            changed.assign(starts_at=in_zone(changed["starts_at"], rules.zone))[
                ["starts_at", "needed", "before", "after"]
            ],
            {"starts_at": _("Half hour from"), "needed": _("Needed"), "before": _("Before"), "after": _("After")},
            "what_if_table",
        )


MOST_HOLES_SHOWN = 8


def answer_in_one_line(answer: WhatIf, first: date, last: date, rules: HouseRules, now: datetime) -> str:
    notice = answer.notice
    parts = [f"{answer.agent} {first:%d.%m.}–{last:%d.%m.%Y}"]
    if notice.state == "late":
        parts.append(
            _("told too late, at the latest {day} ({rule})", day=f"{notice.latest_day:%d.%m.}", rule=notice.rule)
        )
        if notice.rule == "R2":
            earliest = earliest_first_day(local_day(now, rules), rules)
            parts[-1] += ", " + _("told today it can begin {day}", day=f"{earliest:%d.%m.}")
    elif notice.state in ("in_time", "swap_first"):
        parts.append(_("told in time, {days} days before ({rule})", days=number(notice.days_given), rule=notice.rule))
    half_hours = answer.half_hours
    of_days = half_hours.groupby("local_date") if len(half_hours) else None
    unplanned = 0 if of_days is None else int(of_days["before"].apply(lambda before: before.isna().any()).sum())
    unneeded = 0 if of_days is None else int(of_days["needed"].apply(lambda needed: needed.isna().any()).sum())
    days = 0 if of_days is None else len(of_days)
    if half_hours.empty or unplanned == days:
        parts.append(_("no rota is loaded for these days"))
    elif unneeded == days:
        parts.append(_("nobody knows how many are needed then"))
    elif answer.holes:
        worst = min(answer.holes, key=lambda hole: hole.planned - hole.needed)
        text = ngettext("{count} hole in coverage (R1)", "{count} holes in coverage (R1)", len(answer.holes))
        parts.append(text + ", " + _("the worst {time}", time=short_time(worst.starts_at, now)))
    else:
        parts.append(_("coverage holds (R1)"))
    if 0 < max(unplanned, unneeded) < days:
        parts.append(
            ngettext(
                "of {count} day nobody can say, no rota or no need is loaded",
                "of {count} days nobody can say, no rota or no need is loaded",
                max(unplanned, unneeded),
            )
        )
    if answer.buddy is None:
        parts.append(_("no buddy (R5)"))
    elif answer.buddy_away:
        parts.append(_("the buddy {buddy} is away too (R5)", buddy=answer.buddy))
    else:
        parts.append(_("the buddy {buddy} is there (R5)", buddy=answer.buddy))
    parts.append(
        ngettext("{count} open message falls due meanwhile", "{count} open messages fall due meanwhile", answer.due)
    )
    return "; ".join(parts) + "."

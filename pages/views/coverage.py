"""The pieces of the Coverage page. They show what was counted and judge nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.coverage import absences_behind, adherence_rows
from data_access.questions.holes import Ahead, HoleAhead
from data_access.scope import Scope
from data_access.settings import current_rules
from metrics.calendar import half_hour_label, local_day
from metrics.coverage import (
    HALF_HOUR,
    days_by_worst_half_hour,
    forecast_error,
    half_hours_behind,
    holes_of,
    known_half_hours,
    service_expected,
)
from metrics.figures import COVERAGE_FIGURES, FIGURES, N_
from metrics.house_rules import HouseRules, in_force
from pages.parts.charts import day_of_coverage
from pages.parts.colours import Palette, palette
from pages.parts.drawer import HOLE, drawer, hole_name
from pages.parts.figures import opened_figure
from pages.parts.loaders import ask
from pages.parts.tables import as_table, chosen_cells, in_zone, show_table
from pages.parts.wording import (
    NOTHING,
    _,
    escaped,
    ngettext,
    number,
    percent,
    seconds,
    short_day,
    short_time,
    weekday_names,
)
from pages.parts.worklist import Column, Group, Line, show_worklist

PAGE = "pages/rota/coverage.py"
MOST_NAMED = 4
SHOWN = tuple(figure.id for figure in COVERAGE_FIGURES)
NEED_FROM = {"staffing_need": N_("staffing need"), "forecast": N_("from the calls expected")}
Week = tuple[int | None, date, date, HouseRules, datetime]


def sentence(ahead: Ahead, teams_without_queue: list[str], now: datetime) -> None:
    """The page's question answered in words: how many holes lie ahead, as far as the rota is laid."""
    if ahead.known_to is None and teams_without_queue:
        teams = ", ".join(map(escaped, teams_without_queue))
        text = _("No queue belongs to {teams}, so nobody knows which calls are theirs.", teams=teams)
    elif ahead.known_to is None:
        text = _("No rota is laid for the weeks ahead, or nobody knows how many are needed.")
    else:
        to_come = len(holes_to_come(ahead, now))
        until = short_day(ahead.known_to, now)
        text = (
            ngettext("{count} hole to {day}.", "{count} holes to {day}.", to_come, day=until)
            if to_come
            else _("As many as needed are planned in every half hour to {day}.", day=until)
        )
    st.header(text, anchor=False)


def holes_to_come(ahead: Ahead, now: datetime) -> list[HoleAhead]:
    return [each for each in ahead.holes if each.hole.ends_at > now]


def holes_list(ahead: Ahead, now: datetime) -> None:
    """The page's work: each hole of the weeks ahead with who could fill it; a line opens it."""
    to_come = holes_to_come(ahead, now)
    if not to_come:
        return
    press = show_worklist(
        _("Holes ahead"),
        {
            "when": Column(_("When"), "opens"),
            "team": Column(_("Team")),
            "planned": Column(_("On the phones"), "marked"),
            "who": Column(_("Who could fill it"), "begins"),
        },
        [
            Group(
                "",
                [
                    Line(
                        hole_name(each.hole.starts_at, each.team),
                        {
                            "when": hole_time(each, now),
                            "team": each.team,
                            "planned": _(
                                "{planned} of {needed} needed",
                                planned=number(each.hole.planned),
                                needed=number(each.hole.needed),
                            ),
                            "who": fillers_briefly(each),
                        },
                        "soon",
                    )
                    for each in to_come
                ],
            )
        ],
        key="holes",
        opened=st.query_params.get(HOLE),
    )
    if press.line is not None:
        st.query_params[HOLE] = press.line


def hole_time(each: HoleAhead, now: datetime) -> str:
    begins, ends = each.hole.starts_at, each.hole.ends_at
    day = short_day(begins.astimezone(current_rules().tzinfo).date(), now)
    return f"{day} {short_time(begins, begins)}–{short_time(ends, ends)}"


def fillers_briefly(each: HoleAhead) -> str:
    """The nearest help in a few words: a team with people to spare, who works that day, who is off."""
    parts = [_("{team} has {count} to spare", team=name, count=number(more)) for name, more in each.spare[:1]]
    if each.elsewhere:
        parts.append(_("works that day: {agents}", agents=", ".join(each.elsewhere[:MOST_NAMED])))
    elif each.free:
        parts.append(_("off that day: {agents}", agents=", ".join(each.free[:MOST_NAMED])))
    return " · ".join(parts) or _("nobody of the team is free")


def show_hole(scope: Scope, ahead: Ahead, team_id: int | None, rules: HouseRules, now: datetime) -> None:
    """The hole that the address names, in the drawer: who could fill it, and who is away then."""
    asked = st.query_params.get(HOLE)
    if asked is None:
        return
    named = [each for each in ahead.holes if hole_name(each.hole.starts_at, each.team) == asked]

    def draw() -> None:
        if not named:
            st.info(_("This hole is filled, or it is not yours to see."))
            return
        each, hole = named[0], named[0].hole
        st.markdown(
            _(
                "**{planned} of {needed} needed** on the phones (R1).",
                planned=each.hole.planned,
                needed=each.hole.needed,
            )
        )
        help_at_hand = {
            _("Teams with people to spare"): [f"{name} (+{number(more)})" for name, more in each.spare],
            _("Works that day at another time"): each.elsewhere,
            _("Off that day and not away"): each.free,
        }
        for title, names in help_at_hand.items():
            if names:
                st.markdown(f"{title}: **{escaped(', '.join(names))}**")
        if not any(help_at_hand.values()):
            st.markdown(_("Nobody of the team is free then."))
        show_away(scope, team_id, hole.starts_at, hole.ends_at, rules)

    title = f"{named[0].team} · {hole_time(named[0], now)}" if named else _("Hole")
    drawer(title, HOLE, draw)


def week_in_words(table: pd.DataFrame, now: datetime) -> None:
    """How a week stands: where the next hole is, and how many there are."""
    rows = known_half_hours(table)
    if rows.empty:
        text = _("For this week no rota is loaded, or nobody knows how many are needed.")
        st.markdown(text)
        return
    holes = []
    for name, half_hours in rows.groupby("team"):
        needs = [
            (at.to_pydatetime(), int(needed))
            for at, needed in zip(half_hours["starts_at"], half_hours["needed"], strict=True)
        ]
        holes += [(hole, name) for hole in holes_of(needs, [int(there) for there in half_hours["planned"]])]
    ahead = sorted(((hole, name) for hole, name in holes if hole.ends_at > now), key=lambda each: each[0].starts_at)
    if not holes:
        text = _("As many as needed are planned in every half hour of this week.")
    else:
        text = ngettext("{count} hole this week.", "{count} holes this week.", len(holes))
    if ahead:
        hole, name = ahead[0]
        text += " " + _(
            "The next: {team}, {start}–{end}, {planned} of {needed}.",
            team=escaped(name),
            start=short_time(hole.starts_at, now),
            end=short_time(hole.ends_at, hole.ends_at),
            planned=number(hole.planned),
            needed=number(hole.needed),
        )
    elif holes:
        text += " " + _("None lies ahead.")
    st.markdown(text)


def opened_rows(scope: Scope, table: pd.DataFrame, week: Week, rules: HouseRules) -> None:
    """The rows behind the figure that `?open=` names."""
    name = st.query_params.get("open")
    if name not in FIGURES or FIGURES[name] not in COVERAGE_FIGURES:
        return
    figure = FIGURES[name]
    is_snapshots = name == "adherence"
    rows = ask(adherence_rows, scope, *week) if is_snapshots else half_hours_behind(table, figure.opens[0])
    time = "at" if is_snapshots else "starts_at"
    columns = (
        ["agent", "at", "there"] if is_snapshots else ["team", "starts_at", "needed", "planned", "away", "need_from"]
    )
    shown = rows[columns].assign(**{time: in_zone(rows[time], rules.zone)})
    if not is_snapshots:
        shown["need_from"] = [_(NEED_FROM[code]) if code in NEED_FROM else NOTHING for code in shown["need_from"]]
    with opened_figure(PAGE, figure, len(rows)):
        show_table(
            shown,
            {
                "team": _("Team"),
                "agent": _("Agent"),
                "starts_at": st.column_config.DatetimeColumn(_("Half hour from"), format="ddd DD.MM. HH:mm"),
                "at": st.column_config.DatetimeColumn(_("Time"), format="DD.MM.YYYY HH:mm"),
                "there": _("At the phone"),
                "needed": _("Needed"),
                "planned": _("Planned"),
                "away": _("Away"),
                "need_from": _("The need comes from"),
            },
            key="opened",
            most_rows=8,
        )


def cell_words(teams: Sequence[Any]) -> str:
    """One cell: planned of needed of all teams or, where a team has too few, that team and how many it lacks."""
    worst = max(teams, key=lambda row: row.needed - row.planned)
    lacking = worst.needed - worst.planned
    if lacking > 0:
        team = f"{worst.team} " if len(teams) > 1 else ""
        counts = _("{planned} of {needed}", planned=number(worst.planned), needed=number(worst.needed))
        return f"{team}{counts}  −{number(lacking)}"
    planned, needed = sum(row.planned for row in teams), sum(row.needed for row in teams)
    return _("{planned} of {needed}", planned=number(planned), needed=number(needed))


def cell_style(text: str, colours: Palette) -> str:
    """Too few stands out, and has a sign of its own; nothing else does."""
    return f"background-color: {colours.late}40; color: {colours.ink}; font-weight: 600" if "−" in text else ""


def week_table(scope: Scope, table: pd.DataFrame, team_id: int | None, rules: HouseRules, now: datetime) -> None:
    """The page's main table: half hours down, days across; a chosen cell shows who is away then."""
    if table.empty:
        st.caption(_("As far as is loaded, no team here has a queue or a need of staff on the phones."))
        return
    names, colours = weekday_names(), palette()
    days = sorted(table["local_date"].unique())
    teams: dict[tuple[date, int], list[Any]] = defaultdict(list)
    for row in known_half_hours(table).itertuples():
        teams[row.local_date, row.half_hour].append(row)
    words = {cell: cell_words(rows) for cell, rows in teams.items()}
    grid = {
        f"day_{day.weekday() + 1}": [
            words.get((day, half_hour), "") for half_hour in sorted(table["half_hour"].unique())
        ]
        for day in days
    }
    half_hours = [half_hour_label(int(half_hour)) for half_hour in sorted(table["half_hour"].unique())]
    frame = pd.DataFrame({"half_hour": half_hours} | grid)
    column = st.column_config
    styled = frame.style.map(lambda text: cell_style(str(text), colours), subset=list(grid))
    opened = chosen_cells("coverage", len(frame), list(grid))
    show_table(
        styled,
        {"half_hour": column.TextColumn(_("From"), pinned=True, width=60)}
        | {
            f"day_{day.weekday() + 1}": column.TextColumn(
                f"{names[day.weekday()]} {day:%d.%m.}",
                width=105,
                help=_("Planned of needed. − too few. Of several teams the one that lacks most."),
            )
            for day in days
        },
        key="coverage",
        most_rows=len(frame),
        chooses="single-cell",
    )
    st.caption(_("Planned of needed, rota minus absence. Choose a cell to see who is away then."))
    for row, name in opened:
        day = next(shown_day for shown_day in days if f"day_{shown_day.weekday() + 1}" == name)
        half_hour = sorted(table["half_hour"].unique())[row]
        opened_half_hour(scope, table, day, int(half_hour), team_id, rules, now)


def opened_half_hour(
    scope: Scope, table: pd.DataFrame, day: date, half_hour: int, team_id: int | None, rules: HouseRules, now: datetime
) -> None:
    """Who is away in one half hour, and what one fewer would mean for the customers."""
    rows = table[(table["local_date"] == day) & (table["half_hour"] == half_hour)]
    if rows.empty:
        return
    at = rows["starts_at"].iloc[0].to_pydatetime()
    goal = in_force(rules.service_goal, day)
    with st.container(border=True):
        st.markdown(f"**{short_time(at, now)}–{short_time(at + HALF_HOUR, at + HALF_HOUR)}**")
        for row in rows.itertuples():
            if pd.isna(row.planned):
                st.markdown(_("{team}: no rota is loaded for this week.", team=escaped(row.team)))
                continue
            needed = NOTHING if pd.isna(row.needed) else number(row.needed)
            name, planned = escaped(row.team), number(row.planned)
            text = _("{team}: {planned} of {needed}", team=name, planned=planned, needed=needed)
            if not pd.isna(row.forecast) and not pd.isna(row.handle_seconds):
                now_level, fewer_level, waits = service_expected(
                    row.forecast, row.handle_seconds, int(row.planned), goal
                )
                text += ". " + _(
                    "{calls} calls expected: {now} answered within {seconds} seconds, with one fewer {fewer}. "
                    "Mean wait: {wait}.",
                    wait=seconds(waits),
                    calls=number(row.forecast, 1),
                    now=percent(now_level),
                    fewer=percent(fewer_level),
                    seconds=goal.within_seconds,
                )
            st.markdown(f"- {text}")
        show_away(scope, team_id, at, at + HALF_HOUR, rules)


def show_away(scope: Scope, team_id: int | None, begins: datetime, ends: datetime, rules: HouseRules) -> None:
    """Who was on the rota and is away in some time; without anybody the hole is in the plan itself."""
    away = ask(absences_behind, scope, team_id, begins, ends, rules)
    if away.empty:
        st.caption(_("Nobody who was on the rota is away: the hole is in the plan."))
        return
    times = {name: in_zone(away[name], rules.zone) for name in ("starts_at", "ends_at")}
    form = st.column_config.DatetimeColumn
    show_table(
        away.assign(**times),
        {
            "agent": _("Agent"),
            "team": _("Team"),
            "starts_at": form(_("Away from"), format="DD.MM. HH:mm"),
            "ends_at": form(_("Until"), format="DD.MM. HH:mm"),
        },
        key="away",
    )


def day_picture(table: pd.DataFrame, monday: date, rules: HouseRules, now: datetime) -> None:
    """Needed, planned and seen of one day, all teams shown together."""
    today = local_day(now, rules)
    days = sorted(table["local_date"].unique())
    if not days:
        return
    names = weekday_names()
    default = today if today in days else days[0]
    day = st.segmented_control(
        _("Day"),
        days,
        default=default,
        format_func=lambda shown_day: f"{names[shown_day.weekday()]} {shown_day:%d.%m.}",
        key=f"day_of_{monday}",
    )
    rows = known_half_hours(table[table["local_date"] == (day or default)])
    if rows.empty:
        st.caption(_("For this day no rota is loaded, or nobody knows how many are needed."))
        return
    sums = rows.groupby("starts_at")[["needed", "planned", "seen"]].sum(min_count=1).reset_index()
    labels = {"needed": _("Needed"), "planned": _("Planned"), "seen": _("Seen at the phone, at least")}
    long = sums.assign(at=in_zone(sums["starts_at"], rules.zone)).melt(
        id_vars="at", value_vars=list(labels), var_name="part", value_name="count"
    )
    long = long.dropna(subset="count").assign(part=lambda shown_day: shown_day["part"].map(labels))
    colours = palette()
    chart = day_of_coverage(
        long.astype({"count": "int64"}),
        list(labels.values()),
        [colours.ink, colours.in_time, colours.soon],
        {"at": _("Half hour from"), "count": _("Agents"), "part": _("What")},
    )
    st.vega_lite_chart(spec=chart, key="coverage_day", alt=_("Needed, planned and seen on one day"))
    as_table(
        sums.assign(starts_at=in_zone(sums["starts_at"], rules.zone)),
        labels | {"starts_at": _("Half hour from")},
        "coverage_day_table",
    )


def day_table(table: pd.DataFrame) -> None:
    """Each day by its worst half hour, with the agent-hours missing and to spare apart."""
    rows = known_half_hours(table)
    if rows.empty:
        return
    names = weekday_names()
    days = days_by_worst_half_hour(rows)
    shown = days[["under_hours", "over_hours"]].assign(
        day=[f"{names[row.local_date.weekday()]} {row.local_date:%d.%m.}" for row in days.itertuples()],
        worst=[
            f"{half_hour_label(row.half_hour)} {row.team} "
            + _("{planned} of {needed}", planned=number(row.planned), needed=number(row.needed))
            for row in days.itertuples()
        ],
    )
    column = st.column_config
    show_table(
        shown[["day", "worst", "under_hours", "over_hours"]],
        {
            "day": _("Day"),
            "worst": column.TextColumn(_("Lowest staffing"), help=_("A day's figure is its worst half hour (R1).")),
            "under_hours": column.NumberColumn(_("Agent-hours missing"), format="%.1f"),
            "over_hours": column.NumberColumn(_("Agent-hours to spare"), format="%.1f"),
        },
        key="coverage_days",
    )


def forecast_note(past: pd.DataFrame, rules: HouseRules) -> None:
    """How far the forecasts of the four weeks before lay beside the calls that came."""
    rows = past[past["forecast"].notna() & past["arrived"].notna()]
    error = forecast_error(rows["forecast"].tolist(), rows["arrived"].tolist())
    if error is None:
        st.caption(_("There are not enough calls yet to say how good a forecast is."))
        return
    per_day = rows.groupby(["team", "local_date"])[["forecast", "arrived"]].sum()
    of_days = forecast_error(per_day["forecast"].tolist(), per_day["arrived"].tolist())
    weeks = in_force(rules.service_goal, rows["local_date"].iloc[-1]).forecast_weeks
    st.caption(
        _(
            "Calls expected: the mean of the same weekday and half hour of {weeks} weeks, holidays left out. In the "
            "four weeks before, a half hour was {half_hour} beside what came, a day {day}.",
            weeks=weeks,
            half_hour=percent(error),
            day=percent(of_days),
        )
    )

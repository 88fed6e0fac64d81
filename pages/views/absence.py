"""The pieces of the Absence page. They show what was judged and judge nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.scope import Scope
from metrics.absence import COUNTED_FROM_REASONS, absences_behind
from metrics.figures import ABSENCE_FIGURES, FIGURES
from metrics.house_rules import HouseRules
from pages.parts.absence_words import COVER, KINDS, NOTICE_STATES, channel_words, notice_words
from pages.parts.charts import spans_by_pair
from pages.parts.colours import palette
from pages.parts.drawer import ABSENCE, drawer, open_chosen, open_drawer, opened_row
from pages.parts.figures import opened_figure
from pages.parts.filters import with_filters
from pages.parts.tables import as_table, in_zone, show_table
from pages.parts.wording import (
    NOTHING,
    _,
    days_words,
    escaped,
    ngettext,
    number,
    short_day,
    short_time,
    text_of,
    until_words,
)
from pages.parts.worklist import Column, Group, Line, show_worklist

PAGE, CALLBACKS = "pages/rota/absence.py", "pages/service/callbacks.py"
SHOWN = tuple(figure.id for figure in ABSENCE_FIGURES)


def totals(
    scope: Scope, register: pd.DataFrame, pairs: pd.DataFrame, absent: pd.DataFrame, alone: pd.DataFrame
) -> Mapping[str, int | None]:
    """The counts behind the page's figures; None for what is counted from reasons that the viewer may not see (R4)."""
    counted = {name for figure in ABSENCE_FIGURES for name in (figure.numerator, figure.denominator) if name}
    hidden = () if scope.may_see_reasons else COUNTED_FROM_REASONS
    rows = absences_behind(register, pairs, absent, alone)
    return {name: None if name in hidden else len(rows[name]) for name in counted}


def sentence(register: pd.DataFrame, pairs: pd.DataFrame, absent: pd.DataFrame, since: str) -> None:
    """The page's question answered in words."""
    if register.empty and absent.empty:
        st.header(_("Nobody was away in this period, and no absence is planned."), anchor=False)
        return
    late = int((register["in_period"] & (register["state"] == "late")).sum())
    ahead = int(register["is_upcoming"].sum())
    text = ngettext("{count} absence is planned.", "{count} absences are planned.", ahead) + " "
    text += notice_sentence(register[register["in_period"].astype(bool)]["state"], late, since)
    uncovered = int((absent["cover"] != "buddy").sum())
    if uncovered:
        text += " " + ngettext("{count} is away now without cover.", "{count} are away now without cover.", uncovered)
    together = int(pairs["is_planned"].sum())
    if together:
        text += " " + ngettext(
            "Once two buddies asked for the same days.", "{count} times two buddies asked for the same days.", together
        )
    st.header(text, anchor=False)


def notice_sentence(states: pd.Series, late: int, since: str) -> str:
    """What is to be said of the notice of a period's absences; nothing where none asks for notice."""
    if late:
        return ngettext(
            "{count} since {day} was told too late.", "{count} since {day} were told too late.", late, day=since
        )
    open_questions = int(states.isin(("unknown", "swap_first")).sum())
    if open_questions:
        return ngettext(
            "None since {day} was told too late, as far as is known; {count} is in doubt.",
            "None since {day} was told too late, as far as is known; {count} are in doubt.",
            open_questions,
            day=since,
        )
    if states.isin(("in_time", "swapped")).any():
        return _("All since {day} were announced in time.", day=since)
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
    rows = absences_behind(register, pairs, absent, alone)[figure.opens[0]]
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
    if "channel" in shown:
        shown["channel"] = [channel_words(channel) for channel in shown["channel"]]
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


def away_list(absent: pd.DataFrame, register: pd.DataFrame, pairs: pd.DataFrame, now: datetime) -> None:
    """Who is away now and who will be, the next first; a line opens what is known of the absence."""
    kinds = {row.absence_id: _(KINDS.get(row.kind, row.kind)) for row in register.itertuples()}
    is_covered = absent["cover"] == "buddy"
    ahead = register[register["is_upcoming"].astype(bool)].sort_values(["first_day", "agent"])
    groups = [
        Group(
            _("Away now, and nobody covers"),
            [line_of_absent(row, kinds, now) for row in absent[~is_covered].itertuples()],
        ),
        Group(_("Away now"), [line_of_absent(row, kinds, now) for row in absent[is_covered].itertuples()]),
        Group(_("Planned"), [line_of_planned(row, pairs, now) for row in ahead.itertuples()]),
    ]
    if not any(group.lines for group in groups):
        return
    press = show_worklist(
        _("Away now and soon"),
        {
            "agent": Column(_("Agent"), "opens"),
            "days": Column(_("Days")),
            "kind": Column(_("Reason")),
            "verdict": Column(_("Notice and buddy"), "marked"),
            "messages": Column(_("Lies with them"), "begins"),
        },
        groups,
        key="away",
        opened=opened_row(ABSENCE),
    )
    if press.line is not None:
        open_drawer(int(press.line), ABSENCE)


def line_of_absent(row: Any, kinds: Mapping[int, str], now: datetime) -> Line:
    messages = ngettext("{count} open request", "{count} open requests", int(row.messages)) if row.messages else ""
    cells = {
        "agent": row.agent,
        "days": until_words(row.until, now),
        "kind": kinds.get(row.absence_id, ""),
        "verdict": " · ".join(part for part in (text_of(row.buddy), _(COVER[row.cover])) if part),
        "messages": messages,
    }
    return Line(str(row.absence_id), cells, None if row.cover == "buddy" else "soon")


def line_of_planned(row: Any, pairs: pd.DataFrame, now: datetime) -> Line:
    is_late = row.state in ("late", "swap_first", "unknown")
    together = meanwhile(pairs, row)
    buddy = text_of(row.buddy)
    if not buddy:
        cover = _("no buddy")
    elif len(together):
        cover = _("{buddy} is away too", buddy=buddy)
    else:
        cover = _("{buddy} covers", buddy=buddy)
    notice = "" if row.state == "no_rule" else _(NOTICE_STATES[row.state])
    cells = {
        "agent": row.agent,
        "days": days_words(row.first_day, row.last_day, now),
        "kind": _(KINDS.get(row.kind, row.kind)),
        "verdict": " · ".join(part for part in (notice, cover) if part),
        "messages": "",
    }
    return Line(str(row.absence_id), cells, "soon" if is_late or len(together) else None)


def meanwhile(pairs: pd.DataFrame, away: Any) -> pd.DataFrame:
    """When the buddy of somebody who is away is away too."""
    is_theirs = (pairs["agent"] == away.agent) | (pairs["buddy"] == away.agent)
    return pairs[is_theirs & (pairs["starts_at"] < away.ends_at) & (away.starts_at < pairs["ends_at"])]


def register_table(scope: Scope, register: pd.DataFrame, rules: HouseRules) -> None:
    """Every absence of the period, the newest first, with its verdict; a row opens it."""
    rows = register[~register["is_upcoming"].astype(bool)].iloc[::-1]
    if rows.empty:
        st.caption(_("Nobody was away in this period."))
        return
    open_chosen("absence", [int(absence_id) for absence_id in rows["absence_id"]], ABSENCE)
    show_table(
        in_words_of(rows, rules),
        columns(),
        key="absence",
        order=["agent", "kind", "first_day", "last_day", "verdict", "buddy", "requested_on", "channel", "team"],
        chooses="single-row",
    )
    if not scope.may_see_reasons:
        st.caption(_("Health reasons are shown only to the person's lead and administrators (R4)."))


def show_absence(register: pd.DataFrame, absent: pd.DataFrame, pairs: pd.DataFrame, now: datetime) -> None:
    """What is known of the absence that the address names."""
    absence_id = opened_row(ABSENCE)
    if absence_id is None:
        return
    rows = register[register["absence_id"] == absence_id]
    title = _("Absence")
    for row in rows.itertuples():
        title = f"{row.agent} · {_(KINDS.get(row.kind, row.kind))}"

    def draw() -> None:
        if rows.empty:
            st.info(_("There is no such absence in this period, or it is not yours to see."))
            return
        (row,) = rows.itertuples()
        st.markdown(f"**{escaped(days_words(row.first_day, row.last_day, now))}**")
        words = notice_words(row)
        lines = [words[:1].upper() + words[1:]] if words != NOTHING else []
        if isinstance(row.requested_on, date):
            through = _("First asked for {day}, through {channel}.", channel=escaped(channel_words(row.channel)),
                        day=short_day(row.requested_on, now))  # fmt: skip
            lines.append(through)
        if isinstance(row.latest_day, date):
            lines.append(_("The last day that would have done: {day}.", day=short_day(row.latest_day, now)))
        lines += [
            _(
                "Both {agent} and {buddy} are away from {start} (R5).",
                agent=escaped(pair.agent),
                buddy=escaped(pair.buddy),
                start=short_time(pair.starts_at, now),
            )
            for pair in meanwhile(pairs, row).itertuples()
        ]
        lines += [
            f"{escaped(text_of(now_away.buddy))}: {_(COVER[now_away.cover])}"
            for now_away in absent[absent["absence_id"] == absence_id].itertuples()
        ]
        st.markdown("\n".join(f"- {line}" for line in lines))
        link = {"colleague": str(row.agent)}
        st.page_link(
            CALLBACKS,
            label=_("Their open requests"),
            icon=":material/phone_callback:",
            query_params=with_filters(**link),
        )

    drawer(title, ABSENCE, draw)


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

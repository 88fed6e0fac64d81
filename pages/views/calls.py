"""The pieces of the Calls page."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from data_access.database.versions import database_state
from data_access.questions.calls import Filters, agent_pairs, rows_behind
from data_access.questions.solved import solved_rows
from data_access.scope import Scope, Viewer, scope_of
from metrics.calendar import half_hour_label, local_day
from metrics.figures import AGENT_FIGURES, CALL_FIGURES, FIGURES, SOLVED_FIGURES
from metrics.house_rules import HouseRules
from pages.parts.charts import stacked_days, week_heat_map
from pages.parts.colours import palette
from pages.parts.figures import changes_since, link_to_rows, opened_figure, show_figures, value_of
from pages.parts.loaders import ask, this_minute
from pages.parts.looks import look_at
from pages.parts.tables import BAR_COLUMN_WIDTH, as_table, choose_rows, in_zone, interval_picture, show_table
from pages.parts.wording import NOTHING, _, escaped, interval_words, ngettext, number, percent, weekday_names
from pages.parts.words import OUTCOME_LABELS

PAGE = "pages/service/calls.py"
TERMS = ("answered", "missed", "abandoned", "short", "redirected")
SHOWN = ("time_to_answer", "outside", "configuration_faults", "solved_at_once")
TERMS_OF_AGENTS = {
    "agent_rang": "rang",
    "agent_received": "received",
    "agent_let_it_ring": "let_it_ring",
    "agent_taken_by_colleague": "taken_by_colleague",
    "agent_too_short": "too_short",
    "agent_already_talking": "already_talking",
    "configuration_faults": "faults",
    "agent_unknown": "unknown",
}
"""The terms of the agents' identity by their figures: their columns."""
FIRST_COLUMNS = ("agent", "name", "received", "answered", "missed", "answer_rate", "interval", "solved_at_once")
FEWEST_FOR_FINDING = 20
OUTSIDE_MATTERS = 0.1


def sentence(totals: dict[str, int], before: dict[str, int] | None, teams_without_queue: list[str]) -> None:
    """The page's question answered in words."""
    received, answered = totals["received"], totals["answered"]
    if teams_without_queue and not received:
        teams = ", ".join(map(escaped, teams_without_queue))
        st.header(_("No queue belongs to {teams}, so nobody knows which calls are theirs.", teams=teams), anchor=False)
        st.caption(_("An administrator says so with a file of teams (docs/loading.md)."))
        return
    if not received:
        st.header(_("No calls came in the opening hours of this period."), anchor=False)
        return
    lost = totals["missed"] + totals["abandoned"] + totals["redirected"]
    text = ngettext(
        "We answered {answered} of {count} call ({rate}).",
        "We answered {answered} of {count} calls ({rate}).",
        totals["received_not_short"],
        answered=number(answered),
        rate=percent(value_of(FIGURES["answer_rate"], totals), 1),
    )
    if lost:
        text += " " + ngettext(
            "{count} customer waited and reached nobody.", "{count} customers waited and reached nobody.", lost
        )
    former_rate = None if before is None else value_of(FIGURES["answer_rate"], before)
    if former_rate is not None:
        text += " " + _("In the period before it was {rate}.", rate=percent(former_rate, 1))
    st.header(text, anchor=False)


def sentence_of_agent(agents: pd.DataFrame) -> None:
    """The question answered for viewers who see no team: what became of the calls that reached their own phone."""
    received = int(agents["received"].sum())
    if not received:
        st.header(_("Your phone did not ring in this period."), anchor=False)
        return
    text = ngettext(
        "You answered {answered} of {count} call that you could have taken ({rate}).",
        "You answered {answered} of {count} calls that you could have taken ({rate}).",
        received,
        answered=number(int(agents["answered"].sum())),
        rate=percent(agents["answered"].sum() / received, 1),
    )
    st.header(text, anchor=False)


def identity(counts: Mapping[str, int], changes: Mapping[str, str] = MappingProxyType({})) -> None:
    """An identity of C1 as one line of links, each opening its rows: by their figures first the whole, then its
    terms, with what is said of their changes."""
    line = st.container(horizontal=True, horizontal_alignment="left", vertical_alignment="center", gap="xsmall")
    for position, (name, count) in enumerate(counts.items()):
        if position:
            line.markdown("=" if position == 1 else "\\+", width="content")
        change = f" :small[({changes[name]})]" if name in changes else ""
        link_to_rows(line, PAGE, FIGURES[name], f"**{number(count)}** {_(FIGURES[name].label).lower()}{change}")


def identity_of_calls(totals: dict[str, int], before: dict[str, int] | None) -> None:
    """What was received and what became of it, each with its change since the period before."""
    names = ("received", *TERMS)
    former = before if before and before["received"] else None
    identity({name: totals[name] for name in names}, changes_since(names, totals, former))


def identity_of_agents(agents: pd.DataFrame) -> None:
    """What rang on the phones of the agents shown, and what each of it was: the number that the telephone system
    shows."""
    identity({name: int(agents[column].sum()) for name, column in TERMS_OF_AGENTS.items()})


def figures(
    totals: dict[str, int], before: dict[str, int] | None, agents: pd.DataFrame, solved: dict[str, int]
) -> None:
    """What the sentence and the identity do not say."""
    counts = {**totals, **solved, "faults": int(agents["faults"].sum())}
    former = before if before and before["received"] else None
    show_figures(PAGE, SHOWN, counts, changes_since(("time_to_answer",), counts, former))


def opening_hours_note(totals: dict[str, int]) -> None:
    """With own data of which many calls lie outside the opening hours: perhaps these are still the example's."""
    outside = totals["outside"]
    if outside <= OUTSIDE_MATTERS * (outside + totals["received"]):
        return
    state = database_state()
    if state is not None and not state.simulated:
        st.caption(
            ngettext(
                "{count} call came outside the opening hours of the house rules, and is not counted above. Are these "
                "your hours? An administrator sets them (docs/loading.md).",
                "{count} calls came outside the opening hours of the house rules, and are not counted above. Are these "
                "your hours? An administrator sets them (docs/loading.md).",
                outside,
            )
        )


def opened_rows(scope: Scope, filters: Filters, rules: HouseRules) -> None:
    """The rows behind the figure that `?open=` names."""
    name = st.query_params.get("open")
    if name not in FIGURES or FIGURES[name] not in CALL_FIGURES + AGENT_FIGURES + SOLVED_FIGURES:
        return
    figure = FIGURES[name]
    if figure in SOLVED_FIGURES:
        rows = ask(solved_rows, scope, filters, local_day(this_minute(), rules), name)
    else:
        rows = ask(rows_behind, scope, filters, name)
    with opened_figure(PAGE, figure, len(rows)):
        history(rows, rules, key="opened")


def history(rows: pd.DataFrame, rules: HouseRules, key: str) -> None:
    """Calls or pairs, one row each, with the agency's wall clock."""
    texts = {code: _(text) for code, text in OUTCOME_LABELS.items()}
    shown = rows.drop(columns="in_opening_hours", errors="ignore")
    for column in ("started_at", "rang_at"):
        if column in shown:
            shown[column] = in_zone(shown[column], rules.zone)
    for column in ("outcome", "pair_outcome"):
        if column in shown:
            shown[column] = shown[column].map(texts)
    time_form = st.column_config.DatetimeColumn
    show_table(
        shown,
        {
            "started_at": time_form(_("Started"), format="DD.MM.YYYY HH:mm:ss"),
            "rang_at": time_form(_("Rang"), format="DD.MM.YYYY HH:mm:ss"),
            "agent": _("Agent"),
            "queue": _("Queue"),
            "outcome": _("Outcome"),
            "pair_outcome": _("Outcome"),
            "ring_seconds": st.column_config.NumberColumn(_("Rang for, seconds")),
            "talk_seconds": st.column_config.NumberColumn(_("Talk, seconds")),
            "answer_seconds": st.column_config.NumberColumn(_("Until answered, seconds")),
            "customer": _("Customer"),
            "solved_at_once": _("Solved at once"),
        },
        key=key,
        most_rows=8,
    )


def rota_note(days: list[date]) -> None:
    if days:
        st.caption(
            ngettext(
                "For {count} day of this period no rota is loaded; there everybody counts as on shift (C1).",
                "For {count} days of this period no rota is loaded; there everybody counts as on shift (C1).",
                len(days),
            )
        )


def agent_table(
    viewer: Viewer,
    filters: Filters,
    rules: HouseRules,
    agents: pd.DataFrame,
    solved: pd.DataFrame,
    *,
    names_only_who_answered: bool,
) -> None:
    """The page's main table: one row an agent by name; a row opens the agent's calls."""
    colours = palette()
    if names_only_who_answered:
        st.caption(
            _(
                "Here the telephone system names only who answered. Who missed a call is not known, so the answer "
                "rates say nothing about anybody."
            )
        )
    pictures = [interval_picture(row.answer_rate, row.rate_low, row.rate_high, colours) for row in agents.itertuples()]
    rates = agents[["answer_rate", "rate_low", "rate_high"]].round(3)
    solved_of = {row.agent_id: interval_words(row.rate, row.low, row.high) for row in solved.itertuples()}
    table = agents.assign(
        agent=agents["agent"].fillna(_("no agent named")),
        interval=pictures,
        solved_at_once=[solved_of.get(agent_id, NOTHING) for agent_id in agents["agent_id"]],
        **rates,
    )
    columns = [
        "agent", "name", "received", "answered", "missed", "answer_rate", "interval", "solved_at_once", "declined",
        *(column for column in TERMS_OF_AGENTS.values() if column != "received"), "time_to_answer_seconds",
        "talk_time_seconds", "rate_low", "rate_high",
    ]  # fmt: skip
    unknown = ("missed", "answer_rate", "interval") if names_only_who_answered else ()
    everything = st.toggle(_("All columns"), key="all_columns", persist_state="session")
    ids = [None if pd.isna(number) else int(number) for number in agents["agent_id"]]
    opened = choose_rows("calls", ids)
    show_table(
        table[columns],
        agent_columns(),
        key="calls",
        most_rows=20,
        order=columns if everything else [column for column in FIRST_COLUMNS if column not in unknown],
        chooses="single-row",
    )
    if table.empty:
        st.caption(_("No phone rang in this period."))
    for agent_id in opened:
        name = table["agent"].iloc[ids.index(agent_id)]
        st.markdown(f"**{escaped(name)}**: " + _("every call that rang in this period"))
        look_at(viewer, "calls", agent_id)
        history(ask(agent_pairs, scope_of(viewer), filters, agent_id), rules, key="agent_history")


def agent_columns() -> dict[str, Any]:
    def label(figure_id: str) -> str:
        return _(FIGURES[figure_id].label)

    def help_of(figure_id: str) -> str:
        return f"{_(FIGURES[figure_id].definition)} ({FIGURES[figure_id].rule})"

    column = st.column_config
    counts = {
        "received": "agent_received",
        "answered": "agent_answered",
        "missed": "agent_missed",
        "declined": "agent_declined",
        "time_to_answer_seconds": "agent_time_to_answer",
        "talk_time_seconds": "agent_talk_time",
    } | {term: figure_id for figure_id, term in TERMS_OF_AGENTS.items()}
    rate = help_of("agent_answer_rate")
    return {
        "agent": column.TextColumn(_("Agent"), pinned=True),
        "name": _("Name"),
        "interval": column.ImageColumn(_("0 to 100 %, with interval"), help=rate, width=BAR_COLUMN_WIDTH),
        "answer_rate": column.NumberColumn(label("agent_answer_rate"), help=rate, format="percent"),
        "rate_low": column.NumberColumn(_("Interval from"), help=rate, format="percent"),
        "rate_high": column.NumberColumn(_("Interval to"), help=rate, format="percent"),
        "solved_at_once": column.TextColumn(label("agent_solved_at_once"), help=help_of("agent_solved_at_once")),
    } | {
        name: column.NumberColumn(label(figure_id), help=help_of(figure_id), format="%.0f")
        for name, figure_id in counts.items()
    }


def week_picture(cells: pd.DataFrame) -> None:
    """Answer rate by weekday and half hour; its title says where it is lowest."""
    if cells.empty:
        st.caption(_("No calls in this period."))
        return
    weekdays, colours = weekday_names(), palette()
    rate = cells["answered"] / cells["received_not_short"].where(cells["received_not_short"] > 0)
    table = pd.DataFrame(
        {
            "weekday": [weekdays[index] for index in cells["weekday"]],
            "half_hour": [half_hour_label(index) for index in cells["half_hour"]],
            "rate": rate,
            "count": cells["received_not_short"],
            "label": [percent(None if pd.isna(value) else value) for value in rate],
        }
    )
    table = table[cells["received"] > 0]
    enough = table[table["count"] >= FEWEST_FOR_FINDING]
    if len(enough):
        worst = enough.loc[enough["rate"].idxmin()]
        st.markdown(
            _(
                "Lowest on {weekday} at {half_hour}: {rate} of {count} calls answered.",
                weekday=worst["weekday"],
                half_hour=worst["half_hour"],
                rate=worst["label"],
                count=number(worst["count"]),
            )
        )
    # The working week always, the weekend where anybody called.
    shown = [name for position, name in enumerate(weekdays) if position < 5 or name in set(table["weekday"])]
    titles = {
        "rate": _("Share answered"),
        "count": _("Calls"),
        "half_hour": _("Half hour from"),
        "weekday": _("Weekday"),
    }
    st.vega_lite_chart(
        spec=week_heat_map(table, shown, titles, colours), key="week", alt=_("Share answered by half hour")
    )
    st.caption(_("Colour: share answered. Size: number of calls."))
    as_table(table[["weekday", "half_hour", "rate", "count"]], titles, "week_table")


def day_picture(days: pd.DataFrame) -> None:
    """Each day's calls; the parts are the terms of the identity."""
    if days.empty:
        st.caption(_("No calls in this period."))
        return
    colours = palette()
    names = {term: _(FIGURES[term].label) for term in TERMS}
    shades = [colours.in_time, colours.late, colours.soon, colours.quieter, colours.quiet]
    parts = days.melt(id_vars="local_date", value_vars=list(TERMS), var_name="part", value_name="count")
    parts = parts.rename(columns={"local_date": "day"}).assign(part=parts["part"].map(names))
    parts["label"] = parts["count"].map(number)
    chart = stacked_days(
        parts, list(names.values()), shades, {"day": _("Day"), "count": _("Calls"), "part": _("Outcome")}
    )
    st.vega_lite_chart(spec=chart, key="days", alt=_("Calls per day by outcome"))
    table = days[["local_date", "received", *TERMS, "outside"]]
    titles = {name: _(FIGURES[name].label) for name in ("received", *TERMS, "outside")} | {"local_date": _("Day")}
    as_table(table, titles, "days_table")

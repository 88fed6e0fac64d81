"""The pieces of the Coaching page. They show what was judged and judge nothing; nobody is ranked."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.calls import Filters
from data_access.questions.coaching import Funnel, Signals, evidence
from data_access.scope import Viewer, may_coach, scope_of
from metrics.coaching import SIGNALS, funnel_of_limits, rates_as_if_alike
from metrics.figures import COACHING_FIGURES, FIGURES, N_
from metrics.house_rules import HouseRules
from metrics.proportions import FEWEST_FOR_RATE
from pages.parts.charts import funnel_plot
from pages.parts.coaching_forms import session_form
from pages.parts.colours import Palette, palette
from pages.parts.drawer import drawer
from pages.parts.filters import with_filters
from pages.parts.forms import show_result
from pages.parts.loaders import ask
from pages.parts.looks import look_at
from pages.parts.signal_words import NOTHING_SAID, explanation_words, figure_words
from pages.parts.tables import (
    BAR_COLUMN_WIDTH,
    as_table,
    choose_rows,
    forget_choice,
    in_zone,
    interval_picture,
    kind_mark,
    show_table,
)
from pages.parts.wording import NOTHING, _, ngettext, number, percent
from pages.parts.words import SIGNAL_KINDS, SIGNAL_STATES
from pages.parts.worklist import Column, Group, Line, show_worklist

COLLEAGUE = "pages/quality/agent.py"
MOST_TIMES = 10_000
SIGNAL = "signal"
"""The query parameter that names what is open: whose comparison, and of what."""
SIGNAL_TITLES = {"help": N_("Practice would help"), "strength": N_("Strengths")}
KINDS_OF_WORK = ("chances_answered", "requests_attempted", "requests_reached", "requests_reminded")
"""Measures that tell kinds of work apart."""


def sentence(compared: Signals) -> None:
    """The page's question answered in words."""
    signals = compared.signals
    helped, strong = (signals[signals["kind"] == kind]["agent"].nunique() for kind in ("help", "strength"))
    if compared.comparisons.empty:
        text = _("Nothing is on record for this period, so nothing can be said about anybody.")
    elif compared.comparisons["state"].isin(NOTHING_SAID).all():
        has_cases = (compared.comparisons["state"] == "no_peers").any()
        text = (
            _(
                "There are fewer than eleven colleagues with enough cases to compare. A colleague's page shows their "
                "own past."
            )
            if has_cases
            else _("Too little is on record to compare anybody.")
        )
    elif not helped and not strong:
        text = _("Nobody stands out: all differences are normal variation.")
    else:
        text = (
            ngettext(
                "{count} colleague would benefit from practice.",
                "{count} colleagues would benefit from practice.",
                helped,
            )
            if helped
            else _("Nobody needs practice, as far as can be told.")
        )
        if strong:
            text += " " + ngettext("{count} stands out positively.", "{count} stand out positively.", strong)
    st.header(text, anchor=False)


def how_much_can_be_said(compared: Signals) -> None:
    """Of how many comparisons nothing can be said, and why: a state of its own."""
    if compared.moved:
        st.caption(
            ngettext(
                "{count} colleague is left out: part of the period they were in another team.",
                "{count} colleagues are left out: part of the period they were in another team.",
                compared.moved,
            )
        )
    if compared.comparisons.empty:
        return
    counts = compared.comparisons["state"].value_counts()
    parts = [
        f"{_(words)}: **{number(int(counts[state]))}**" for state, words in SIGNAL_STATES.items() if state in counts
    ]
    total = ngettext("{count} comparison", "{count} comparisons", len(compared.comparisons))
    first, last = (f"{day:%d.%m.%Y}" for day in compared.period)
    st.markdown(f"{total}, {first}–{last}. " + " · ".join(parts))
    few = compared.comparisons.loc[compared.comparisons["against"] == "own_past", "measure"].unique()
    if len(few):
        st.caption(
            _(
                "Fewer than eleven colleagues have twenty cases of this: {measures}. There everybody is compared with "
                "their own past, the year before this period.",
                measures=", ".join(_(FIGURES[name].label).lower() for name in few),
            )
        )


def since_words(row: Any) -> str:
    """From when on the data say it: a day, or all of the time that is looked back at, a year at most."""
    if row.state not in (*SIGNALS, "one_spell"):
        return NOTHING
    return _("the whole period") if pd.isna(row.since) else f"{row.since:%d.%m.%Y}"


def signals_list(compared: Signals) -> None:
    """The page's work: each signal one line, by name, with what it says and what could explain it; a line opens it."""
    signals = compared.signals.sort_values(["agent", "measure"])
    groups = [(kind, signals[signals["kind"] == kind]) for kind in SIGNAL_TITLES]
    if signals.empty:
        return
    colours = palette()
    press = show_worklist(
        _("Signals"),
        {
            "agent": Column(_("Agent"), "opens"),
            "measure": Column(_("In what"), "marked"),
            "what": Column(_("Figure"), "begins"),
            "interval": Column(_("0–100 %"), "picture"),
            "since": Column(_("Since"), "aside"),
            "explanations": Column(_("What could explain it"), "aside"),
        },
        [Group(_(SIGNAL_TITLES[kind]), [line_of(row, colours) for row in rows.itertuples()]) for kind, rows in groups],
        key="signals",
        opened=st.query_params.get(SIGNAL),
    )
    if press.line is not None:
        st.query_params[SIGNAL] = press.line


def line_of(row: Any, colours: Palette) -> Line:
    cells = {
        "agent": row.agent,
        "measure": _(FIGURES[row.measure].label),
        "what": figure_words(row),
        "interval": interval_picture(row.rate, row.low, row.high, colours) or "",
        "since": since_words(row),
        "explanations": explanation_words(row.explanations),
    }
    return Line(signal_of(row), cells, "soon" if row.kind == "help" else "later")


def signal_of(row: Any) -> str:
    """What the address calls a comparison: whose and of what."""
    return f"{row.agent} {row.measure}"


def all_comparisons(compared: Signals) -> None:
    """Everything that was compared, also where nothing can be said; a row opens its evidence."""
    colours, rows = palette(), compared.comparisons
    table = pd.DataFrame(
        {
            "mark": [kind_mark(row.kind if row.state in SIGNALS else "", colours) for row in rows.itertuples()],
            "agent": rows["agent"],
            "measure": rows["measure"],
            "what": [figure_words(row) for row in rows.itertuples()],
            "interval": [interval_picture(row.rate, row.low, row.high, colours) for row in rows.itertuples()],
            "state": rows["state"],
            "since": [since_words(row) for row in rows.itertuples()],
            "explanations": [explanation_words(codes) or NOTHING for codes in rows["explanations"]],
            "rule": rows["rule"],
            "kind": rows["kind"],
            "name": rows["name"],
            "shrunken_rate": rows["shrunken_rate"],
            "successes": rows["successes"],
            "cases": rows["cases"],
            "expected_rate": rows["expected_rate"],
            "p_value": rows["p_value"],
        }
    )
    column = st.column_config
    for signal in choose_rows("coaching", [signal_of(row) for row in rows.itertuples()]):
        forget_choice("coaching")
        st.query_params[SIGNAL] = signal
    show_table(
        table,
        {
            "mark": column.ImageColumn(
                _("Mark"), width=50, help=_("Diamond: practice would help. Circle: a strength.")
            ),
            "agent": column.TextColumn(_("Agent"), pinned=True, width=70),
            "measure": column.SelectboxColumn(
                _("In what"),
                options=[figure.id for figure in COACHING_FIGURES],
                format_func=lambda name: f"{_(FIGURES[str(name)].label)} ({FIGURES[str(name)].rule})",
                width=185,
            ),
            "what": column.TextColumn(_("Figure"), width=165),
            "interval": column.ImageColumn(_("0–100 %"), width=BAR_COLUMN_WIDTH, help=_("0 to 100 %, with interval")),
            "state": column.SelectboxColumn(
                _("How sure"),
                options=list(SIGNAL_STATES),
                format_func=lambda state: _(SIGNAL_STATES[str(state)]),
                width=125,
            ),
            "since": column.TextColumn(
                _("Since"), width=120, help=_("The earliest week from which on the data still say it.")
            ),
            "explanations": column.TextColumn(
                _("What could explain it"),
                width=330,
                help=_("Look at the data first, then the kind of work, then the process, then the person."),
            ),
            "rule": column.TextColumn(_("Rule"), width=50),
            "kind": column.SelectboxColumn(
                _("Means"), options=list(SIGNAL_KINDS), format_func=lambda kind: _(SIGNAL_KINDS[str(kind)])
            ),
            "name": _("Name"),
            "shrunken_rate": column.NumberColumn(
                _("Rate, drawn to everybody's"),
                format="percent",
                help=_("Beside few cases: what is likely behind them."),
            ),
            "successes": _("Successes"),
            "cases": _("Cases"),
            "expected_rate": column.NumberColumn(_("Expected"), format="percent"),
            "p_value": column.NumberColumn(_("p-value"), format="%.4f"),
        },
        key="coaching",
        most_rows=15,
        chooses="single-row",
    )


def show_signal(viewer: Viewer, compared: Signals, filters: Filters, rules: HouseRules, today: date) -> None:
    """The comparison that the address names, in the drawer."""
    asked = st.query_params.get(SIGNAL)
    if asked is None:
        return
    rows = compared.comparisons
    named = [place for place, row in zip(rows.index, rows.itertuples(), strict=True) if signal_of(row) == asked]

    def draw() -> None:
        show_result()
        if not named:
            st.info(_("There is no such comparison in this period, or it is not yours to see."))
            return
        row = rows.loc[named[0]]
        look_at(viewer, "coaching", int(row["agent_id"]))
        open_signal(viewer, row, filters, rules, today)

    title = (
        f"{rows.loc[named[0], 'agent']} · {_(FIGURES[rows.loc[named[0], 'measure']].label)}" if named else _("Signal")
    )
    drawer(title, SIGNAL, draw)


def open_signal(viewer: Viewer, row: pd.Series, filters: Filters, rules: HouseRules, today: date) -> None:
    """One comparison: what it says and does not say, the form to agree on a session, and its cases."""
    figure = FIGURES[row["measure"]]
    st.markdown("\n".join(f"- {text}" for text in signal_words(row)))
    parameters = with_filters(colleague=row["agent"])
    st.page_link(COLLEAGUE, label=_("Over time"), icon=":material/timeline:", query_params=parameters)
    if may_coach(viewer) and row["agent_id"] != viewer.agent_id:
        session_form(viewer, int(row["agent_id"]), row["agent"], figure.rule, rules, today)
    of_agent = Filters(filters.from_date, filters.to_date, agent_id=int(row["agent_id"]))
    cases = ask(evidence, scope_of(viewer), of_agent, rules, today, figure.id)
    good = figure.better == "high"
    fails_only = st.toggle(_("Only the cases that count against it"), value=True, key="fails_only")
    shown = cases[cases["success"] != good] if fails_only else cases
    shown = shown.assign(
        at=in_zone(shown["at"], rules.zone),
        success=[_("yes") if is_done else _("no") for is_done in shown["success"]],
    )
    show_table(
        shown.drop(columns="at" if figure.grain == "customer_day" else "local_date"),
        {
            "at": st.column_config.DatetimeColumn(_("Time"), format="DD.MM.YYYY HH:mm"),
            "local_date": st.column_config.DateColumn(_("Day"), format="DD.MM.YYYY"),
            "customer": _("Customer"),
            "success": st.column_config.TextColumn(_(figure.label), help=_(figure.definition)),
        },
        key="evidence",
        most_rows=8,
    )


def looked_at_words(measure: str) -> str:
    """What was looked at before the person, of this measure."""
    looked = [_("the rota")] if measure == "chances_answered" else []
    looked += [_("the kind of work")] if measure in KINDS_OF_WORK else []
    return ", ".join([*looked, _("the rest of the team"), _("newness"), _("absence")])


def how_often(p_value: float) -> str:
    """How often chance alone would give such a difference, as a person would say it."""
    if p_value < 1 / MOST_TIMES:
        return _("less than once in {times}", times=number(MOST_TIMES))
    return _("about once in {times}", times=number(round(1 / p_value)))


def signal_words(row: pd.Series) -> list[str]:
    """What a comparison says, in the order in which to look: data, kind of work, process, person."""
    lines = [f"{figure_words(row)}: {_(SIGNAL_STATES[row['state']])} ({FIGURES[row['measure']].rule})."]
    if row["state"] in SIGNALS:
        lines.append(
            _(
                "Unlikely to be chance alone: chance gives such a difference {often}.",
                often=how_often(float(row["p_value"])),
            )
        )
        lines.append(
            _("Look at this first: {explanations}.", explanations=explanation_words(row["explanations"]))
            if row["explanations"]
            else _("Looked at, and no explanation: {what}.", what=looked_at_words(row["measure"]))
        )
        lines.append(_("Look at the process before you look at the person."))
    if row["state"] == "one_spell":
        lines.append(_("It hangs on one spell; without it, it would be chance. It is not counted as a signal."))
    if row["state"] == "explained":
        lines.append(_("It stands out only as long as nobody asks at which hours and in which queue. It is no signal."))
    if row["state"] == "too_few":
        lines.append(_("A signal needs twenty cases."))
    return lines


def funnels(compared: Signals) -> None:
    """A picture for each measure of which enough is known, with names only on signals."""
    shown = [figure for figure in COACHING_FIGURES if enough_to_draw(compared, figure.id)]
    if not shown:
        st.caption(_("Nobody has twenty cases of anything yet."))
        return
    st.caption(
        _(
            "Each dot is a colleague, as if all had the same kind of work. Of those who differ by chance, and as much "
            "as colleagues do anyway, 95 of 100 lie between the dashed lines and 998 of 1,000 between the full ones. "
            "Names stand only on signals."
        )
    )
    colours = palette()
    for start in range(0, len(shown), 3):
        for place, figure in zip(st.columns(3), shown[start : start + 3], strict=False):
            with place:
                show_funnel(compared, figure.id, colours)


def enough_to_draw(compared: Signals, measure: str) -> bool:
    comparisons = compared.comparisons
    return bool(((comparisons["measure"] == measure) & (comparisons["cases"] >= FEWEST_FOR_RATE)).any())


def show_funnel(compared: Signals, measure: str, colours: Palette) -> None:
    comparisons = compared.comparisons
    comparisons = comparisons[(comparisons["measure"] == measure) & (comparisons["cases"] >= FEWEST_FOR_RATE)]
    pooled: Funnel = compared.funnels[measure]
    adjusted = rates_as_if_alike(comparisons["rate"], comparisons["expected_rate"], pooled.rate)
    points = pd.DataFrame(
        {
            "cases": comparisons["cases"],
            "rate": adjusted,
            "name": comparisons["agent"].where(comparisons["state"].isin(SIGNALS), ""),
            "label": [percent(rate) for rate in adjusted],
            # Two names beside each other stand one above the other.
            "is_above": comparisons["state"].isin(SIGNALS).cumsum() % 2 == 1,
        }
    )
    limits = funnel_of_limits(comparisons["cases"], pooled.rate, pooled.tau_squared)
    label = _(FIGURES[measure].label)
    titles = {"cases": _("Cases"), "rate": label, "agent": _("Agent")}
    st.markdown(f"**{label}** ({FIGURES[measure].rule})")
    st.vega_lite_chart(
        spec=funnel_plot(points, limits, pooled.rate, titles, colours), key=f"funnel_{measure}", alt=label
    )
    # The table holds no more than the picture: names only on signals.
    data = points[["name", "cases", "label"]].sort_values("cases")
    as_table(data, {"name": _("Agent"), "cases": _("Cases"), "label": label}, f"funnel_{measure}_table")

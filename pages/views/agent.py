"""The pieces of the Colleague page: figures with intervals, charts over a year, sessions and what they did, weeks."""

from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.calls import Filters
from data_access.questions.coaching import Colleague, Signals, evidence
from data_access.scope import Viewer, may_coach, scope_of
from metrics.coaching import (
    SIGNALS,
    Spell,
    before_and_after,
)
from metrics.figures import COACHING_FIGURES, FIGURES, Figure
from metrics.house_rules import HouseRules
from metrics.proportions import FEWEST_FOR_RATE, honest_rate
from pages.parts.attempt_words import why_words
from pages.parts.charts import SMALL, control_chart
from pages.parts.coaching_forms import outcome_form, rule_words, session_form, session_state
from pages.parts.colours import palette
from pages.parts.drawer import drawer
from pages.parts.loaders import ask
from pages.parts.signal_words import NOTHING_SAID, figure_words
from pages.parts.tables import BAR_COLUMN_WIDTH, choose_rows, in_zone, interval_picture, kind_mark, show_table
from pages.parts.wording import NOTHING, _, escaped, ngettext, number, percent, text_of
from pages.parts.words import SIGNAL_KINDS, SIGNAL_STATES
from pages.parts.worklist import Column, Group, Line, show_worklist

MOST_WEEKS_SHOWN = 12
CHARTS_BESIDE = 3
LARGE, CHART = 280, "chart"


def sentence(colleague: Colleague, sessions: pd.DataFrame, today: date) -> None:
    """The page's question answered in words: what stands out, good and not, and what is agreed."""
    signals = colleague.comparisons[colleague.comparisons["state"].isin(SIGNALS)]
    name = escaped(colleague.name or colleague.agent)
    states = set(colleague.comparisons["state"])
    measures = {kind: joined(signals.loc[signals["kind"] == kind, "measure"]) for kind in ("help", "strength")}
    if colleague.comparisons.empty:
        text = _("Nothing is on record about {name} in this period.", name=name)
    elif "no_peers" in states and states <= set(NOTHING_SAID):
        text = _(
            "There are too few colleagues to compare {name} with: it takes eleven with twenty cases each.", name=name
        )
    elif states <= set(NOTHING_SAID):
        text = _("Too little is on record about {name} to compare with colleagues.", name=name)
    elif signals.empty:
        text = _("{name} does as colleagues with the same kind of work do, as far as can be told.", name=name)
    else:
        lines = []
        if measures["strength"]:
            lines.append(_("{name} does markedly well: {what}.", name=name, what=measures["strength"]))
        if measures["help"]:
            lines.append(_("Practice would help {name}: {what}.", name=name, what=measures["help"]))
        text = " ".join(lines)
    if changed := change_words(colleague, sessions, today):
        text = f"{changed} {text}"
    st.header(text, anchor=False)
    facts = [_("hired {day}", day=f"{colleague.hired_on:%d.%m.%Y}")] if colleague.hired_on else []
    if colleague.pattern:
        facts.append(_("must follow the pattern of attempts: {why} (A2)", why=why_words(" ".join(colleague.pattern))))
    coming = [row for row in sessions.itertuples() if not pd.isna(row.held_on) and row.held_on >= today]
    facts += [
        _("coaching about {rule} on {day}", rule=escaped(row.rule), day=f"{row.held_on:%d.%m.%Y}") for row in coming
    ]
    if facts:
        st.markdown(" · ".join(facts))
    st.caption(_("The colleague sees the same page. That somebody else looked is logged, and they can read who."))


def change_words(colleague: Colleague, sessions: pd.DataFrame, today: date) -> str | None:
    """What came after the latest coaching session of whose measure enough is known before and since."""
    held = [row for row in sessions.itertuples() if not pd.isna(row.held_on) and row.held_on <= today]
    for session in sorted(held, key=lambda row: row.held_on, reverse=True):
        measure = measure_of(session.rule)
        if measure is None:
            continue
        effect = before_and_after(colleague.weeks[colleague.weeks["measure"] == measure], session.held_on)
        (before, cases_before), (after, cases_after) = effect.before, effect.after
        if min(cases_before, cases_after) >= FEWEST_FOR_RATE:
            return _(
                "{measure}: {before} → {after} after the session of {day}.",
                measure=_(FIGURES[measure].label),
                before=percent(before / cases_before),
                after=percent(after / cases_after),
                day=f"{session.held_on:%d.%m.%Y}",
            )
    return None


def measure_of(rule: str) -> str | None:
    """The measure that a session about a rule is to change."""
    return next((figure.id for figure in COACHING_FIGURES if figure.rule == rule), None)


def colleagues_list(compared: Signals) -> None:
    """Everybody whom the viewer may see, by name, with what stands out; a line opens their page."""
    signals = compared.signals
    names = compared.comparisons.drop_duplicates("agent").sort_values("agent")
    press = show_worklist(
        _("Colleagues"),
        {
            "agent": Column(_("Agent"), "opens"),
            "name": Column(_("Name")),
            "signals": Column(_("What stands out"), "marked"),
        },
        [Group("", [line_of(row, signals[signals["agent"] == row.agent]) for row in names.itertuples()])],
        key="colleagues",
        search=_("Initials"),
    )
    if press.line is not None:
        st.query_params["agent"] = press.line
        st.rerun()


def line_of(row: Any, signals: pd.DataFrame) -> Line:
    kinds = set(signals["kind"])
    words = [
        _("practice would help: {what}", what=joined(signals.loc[signals["kind"] == "help", "measure"])),
        _("a strength: {what}", what=joined(signals.loc[signals["kind"] == "strength", "measure"])),
    ]
    said = [text for text, kind in zip(words, ("help", "strength"), strict=True) if kind in kinds]
    mark = "soon" if "help" in kinds else "later" if kinds else None
    return Line(row.agent, {"agent": row.agent, "name": text_of(row.name), "signals": " · ".join(said)}, mark)


def joined(measures: pd.Series) -> str:
    return ", ".join(_(FIGURES[measure].label).lower() for measure in measures)


def comparisons_table(colleague: Colleague) -> None:
    """Every measure of the period with its interval and what is expected of the same kind of work."""
    colours = palette()
    rows = colleague.comparisons
    table = pd.DataFrame(
        {
            "mark": [kind_mark(row.kind if row.state in SIGNALS else "", colours) for row in rows.itertuples()],
            "measure": [_(FIGURES[measure].label) for measure in rows["measure"]],
            "what": [figure_words(row) for row in rows.itertuples()],
            "interval": [interval_picture(row.rate, row.low, row.high, colours) for row in rows.itertuples()],
            "state": [_(SIGNAL_STATES[state]) for state in rows["state"]],
            "means": [_(SIGNAL_KINDS[row.kind]) if row.state in SIGNALS else NOTHING for row in rows.itertuples()],
            "rule": rows["rule"],
        }
    )
    column = st.column_config
    show_table(
        table,
        {
            "mark": column.ImageColumn(
                _("Mark"), width=50, help=_("Diamond: practice would help. Circle: a strength.")
            ),
            "measure": column.TextColumn(_("In what"), pinned=True, width=220),
            "what": column.TextColumn(_("Figure"), width=210),
            "interval": column.ImageColumn(_("0–100 %"), width=BAR_COLUMN_WIDTH, help=_("0 to 100 %, with interval")),
            "state": column.TextColumn(_("How sure"), width=240),
            "means": column.TextColumn(_("Means"), width=160),
            "rule": column.TextColumn(_("Rule"), width=50),
        },
        key="comparisons",
    )


def control_charts(colleague: Colleague, sessions: pd.DataFrame) -> None:
    """A chart for each measure of which enough is known, small and side by side."""
    shown = [figure for figure in COACHING_FIGURES if figure.id in colleague.charts]
    if not shown:
        st.caption(_("There is too little on record to draw anything over time."))
        return
    st.caption(
        _(
            "Line: the colleague. Full grey line: own mean; dashed: what own chance allows. Dotted: what is expected "
            "of the same kind of work. Diamond: weeks that differ from the other weeks by more than chance; of twenty "
            "pages on which nothing changed at most one bears any. Upright line: a coaching session. A title opens its "
            "chart large, with every week."
        )
    )
    for start in range(0, len(shown), CHARTS_BESIDE):
        for place, figure in zip(st.columns(CHARTS_BESIDE), shown[start : start + CHARTS_BESIDE], strict=False):
            with place:
                if st.button(_(figure.label), key=f"open_{figure.id}", type="tertiary"):
                    st.query_params[CHART] = figure.id
                draw_chart(colleague, figure, sessions, SMALL)
    opened = st.query_params.get(CHART)
    for figure in shown:
        if figure.id == opened:
            drawer(_(figure.label), CHART, partial(show_chart, colleague, figure, sessions))


def show_chart(colleague: Colleague, figure: Figure, sessions: pd.DataFrame) -> None:
    """One measure large, with what differs in words and every week in a table."""
    st.markdown(f"{_(figure.definition)} ({figure.rule})")
    points = draw_chart(colleague, figure, sessions, LARGE)
    over_time = colleague.charts[figure.id]
    for spell in over_time.spells:
        st.markdown(spell_words(spell, points))
    if over_time.chart.is_trial:
        st.caption(_("Fewer than twelve points: the limits are only for trial."))
    table = points[["week", "label"]].iloc[::-1]
    columns = {"week": st.column_config.DateColumn(_("Week from"), format="DD.MM.YYYY"), "label": _(figure.label)}
    show_table(table, columns, key="chart_weeks", most_rows=MOST_WEEKS_SHOWN)


def draw_chart(colleague: Colleague, figure: Figure, sessions: pd.DataFrame, height: int) -> pd.DataFrame:
    """Draw a measure over time; gives its points with their words."""
    over_time = colleague.charts[figure.id]
    points, chart, spells = over_time.points, over_time.chart, over_time.spells
    is_marked = {place for spell in spells for place in range(spell.first, spell.last + 1)}
    share = points["successes"] / points["cases"]
    data = points[["week"]].assign(
        share=share,
        centre=chart.centre,
        lower=chart.lower,
        upper=chart.upper,
        expected=points["expected"] / points["cases"],
        signal=[place in is_marked for place in range(len(points))],
        label=[
            _("{rate} ({part} of {whole})", rate=percent(rate), part=number(part), whole=number(whole))
            for rate, part, whole in zip(share, points["successes"], points["cases"], strict=True)
        ],
    )
    sessions_held = sessions[(sessions["rule"] == figure.rule) & sessions["held_on"].notna()]
    first = points["week"].min()
    marks = pd.DataFrame(
        [
            {"day": day, "what": _("Coaching session {day}", day=f"{day:%d.%m.%Y}")}
            for day in sessions_held["held_on"]
            if day >= first
        ],
        columns=["day", "what"],
    )
    titles = {"week": _("From"), "share": _(figure.label), "expected": _("Expected"), "session": _("Session")}
    spec = control_chart(data, marks, titles, palette(), height)
    said = " ".join(spell_words(spell, points) for spell in spells)
    st.vega_lite_chart(spec=spec, key=f"chart_{figure.id}_{height}", alt=f"{_(figure.label)}. {said}".strip())
    return data


def spell_words(spell: Spell, points: pd.DataFrame) -> str:
    """When a colleague did otherwise than in their other weeks, in words."""
    first, last = (f"{points['week'].iloc[place]:%d.%m.%Y}" for place in (spell.first, spell.last))
    if spell.direction == "high":
        return _("Higher than in their other weeks: from {first} to the week of {last}.", first=first, last=last)
    return _("Lower than in their other weeks: from {first} to the week of {last}.", first=first, last=last)


def sessions_and_reviews(
    viewer: Viewer, colleague: Colleague, sessions: pd.DataFrame, rules: HouseRules, today: date
) -> None:
    """Sessions with what was before and what came after; a row opens its review."""
    may_write = may_coach(viewer) and colleague.agent_id != viewer.agent_id
    if sessions.empty:
        st.caption(_("No coaching session has been agreed on yet."))
    else:
        rows = [effect_row(colleague, row, today) for row in sessions.itertuples()]
        column, form = st.column_config, "DD.MM.YYYY"
        ids = list(sessions["session_id"])
        opened = choose_rows("sessions", ids)
        show_table(
            pd.DataFrame(rows),
            {
                "rule": column.TextColumn(_("To practise"), pinned=True, width=260),
                "held_on": column.DateColumn(_("Session on"), format=form, width=110),
                "before": column.TextColumn(_("Twelve weeks before"), width=230),
                "after": column.TextColumn(_("Since then"), width=230),
                "review_on": column.DateColumn(_("Review on"), format=form, width=110),
                "state": column.TextColumn(_("State"), width=140),
                "by": column.TextColumn(_("Agreed by"), width=90),
            },
            key="sessions",
            chooses="single-row",
        )
        if may_write:
            st.caption(_("Choose a session to write down what came of it."))
            for session_id in opened:
                session = next(row for row in sessions.itertuples() if row.session_id == session_id)
                outcome_form(viewer, session, rules)
    if may_write:
        signals = colleague.comparisons[
            colleague.comparisons["state"].isin(SIGNALS) & (colleague.comparisons["kind"] == "help")
        ]
        for rule in dict.fromkeys(signals["rule"]):
            session_form(viewer, colleague.agent_id, colleague.agent, rule, rules, today)


def effect_row(colleague: Colleague, session: Any, today: date) -> dict[str, Any]:
    measure = measure_of(session.rule)
    texts = [NOTHING, NOTHING]
    if measure is not None and not pd.isna(session.held_on) and session.held_on <= today:
        effect = before_and_after(colleague.weeks[colleague.weeks["measure"] == measure], session.held_on)
        texts = [share_words(*part) for part in (effect.before, effect.after)]
    return {
        "rule": rule_words(session.rule),
        "held_on": session.held_on,
        "before": texts[0],
        "after": texts[1],
        "review_on": session.review_on,
        "state": session_state(session, today),
        "by": session.by,
    }


def share_words(successes: int, cases: int) -> str:
    """A share as far as its cases carry it: rate and interval, interval alone, or the counts."""
    shown = honest_rate(pd.Series([successes]), pd.Series([cases])).iloc[0]
    counts = _("{part} of {whole}", part=number(successes), whole=number(cases))
    if pd.isna(shown["low"]):
        return counts if cases else NOTHING
    interval = f"{percent(shown['low'])}–{percent(shown['high'])}"
    return f"{counts} ({interval})" if pd.isna(shown["rate"]) else f"{percent(shown['rate'])}, {counts} ({interval})"


def weeks_table(viewer: Viewer, colleague: Colleague, filters: Filters, rules: HouseRules, today: date) -> None:
    """The page's main table: a week a line, newest first; a row opens that week's cases."""
    weeks = sorted(colleague.weeks["week"].unique(), reverse=True)
    counted: dict[str, dict[date, str]] = defaultdict(dict)
    for row in colleague.weeks[colleague.weeks["cases"] > 0].itertuples():
        counted[row.measure][row.week] = f"{number(row.successes)}/{number(row.cases)}"
    away = colleague.away.set_index("week")["days"].to_dict()
    table = pd.DataFrame({"week": weeks}).assign(
        **{
            figure.id: [counted[figure.id].get(week) for week in weeks]
            for figure in COACHING_FIGURES
            if figure.id in counted
        },
        days_away=[away.get(week) for week in weeks],
    )
    column = st.column_config
    opened = choose_rows("agent_weeks", weeks)
    show_table(
        table,
        {
            "week": column.DateColumn(_("Week from"), format="DD.MM.YYYY", pinned=True, width=110),
            "days_away": column.NumberColumn(_("Days away"), width=90),
            **{
                figure.id: column.TextColumn(_(figure.label), help=f"{_(figure.definition)} ({figure.rule})", width=120)
                for figure in COACHING_FIGURES
            },
        },
        key="agent_weeks",
        most_rows=MOST_WEEKS_SHOWN,
        chooses="single-row",
    )
    st.caption(_("Successes of cases. Choose a week to see its cases."))
    for week in opened:
        week_rows(viewer, colleague, week, filters, rules, today)


def week_rows(
    viewer: Viewer, colleague: Colleague, week: date, filters: Filters, rules: HouseRules, today: date
) -> None:
    """Every case of one week, by time."""
    last_day = min(week + timedelta(days=6), filters.to_date)
    # All weeks of the table in one question: the same cases as its counts, on the same scale.
    of_agent = Filters(colleague.weeks["week"].min(), filters.to_date, agent_id=colleague.agent_id)
    parts = [
        ask(evidence, scope_of(viewer), of_agent, rules, today, figure.id).assign(
            measure=_(figure.label), has_clock=figure.grain != "customer_day"
        )
        for figure in COACHING_FIGURES
    ]
    rows = pd.concat(parts).sort_values("at", kind="stable")
    rows = rows[[week <= day <= last_day for day in rows["local_date"]]]
    with st.container(border=True):
        st.markdown(
            _("**Week from {day}**: ", day=f"{week:%d.%m.%Y}") + ngettext("{count} case", "{count} cases", len(rows))
        )
        show_table(
            rows.assign(
                at=in_zone(rows["at"], rules.zone).where(rows["has_clock"]),
                success=[_("yes") if ok else _("no") for ok in rows["success"]],
            )[["local_date", "at", "measure", "success", "customer"]],
            {
                "local_date": st.column_config.DateColumn(_("Day"), format="DD.MM.YYYY"),
                "at": st.column_config.DatetimeColumn(_("Time"), format="HH:mm"),
                "measure": _("In what"),
                "success": _("Success"),
                "customer": _("Customer"),
            },
            key="week_rows",
            most_rows=10,
        )

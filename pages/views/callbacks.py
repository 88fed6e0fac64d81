"""The pieces of the Callbacks page. They show what was judged and judge nothing."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pandas as pd
import streamlit as st

from data_access.questions.callbacks import LATE_BY_HOURS, CallbackFilters, callback_rows
from data_access.scope import Scope
from metrics.callbacks import OPEN_STATES
from metrics.figures import CALLBACK_FIGURES, FIGURES, N_
from metrics.house_rules import HouseRules
from pages.parts.callback_words import owner_words, preferred_words, verdict_words
from pages.parts.charts import shares_by_week, stacked_bars
from pages.parts.colours import palette
from pages.parts.drawer import open_chosen
from pages.parts.figures import changes_since, opened_figure, show_figures
from pages.parts.loaders import ask
from pages.parts.tables import as_table, in_zone, show_table, state_mark
from pages.parts.wording import NOTHING, _, lateness, ngettext, number, percent, short_time
from pages.parts.words import DESK_LABELS, HOW_LABELS, PROMISE_STATES, STATE_LABELS, TOPIC_LABELS

PAGE = "pages/service/callbacks.py"
SHOWN = (
    "reached_in_time",
    "promises_broken",
    "misrouted",
    "incomplete",
    "returned",
    "stalled",
    "attempted_in_time",
    "told_response_time",
    "told_new_time",
    "in_preferred_time",
)
"""In figures: what is open, overdue and due soon is counted by the views of the list."""
OF_DESKS = (
    "open_callbacks",
    "overdue",
    "due_within_two_hours",
    *(name for name in SHOWN if name not in ("promises_broken", "stalled")),
)
AGES = (
    (24, N_("up to 24 hours")),
    (48, N_("1 to 2 days")),
    (96, N_("2 to 4 days")),
    (168, N_("4 to 7 days")),
    (None, N_("more than 7 days")),
)


def sentence(work: pd.DataFrame, totals: dict[str, int], now: datetime) -> None:
    """The page's question answered in words."""
    late = work[work["state"] == "overdue"]
    if len(late):
        text = ngettext(
            "{count} customer is overdue, since {time}.",
            "{count} customers are overdue; the oldest was due {time}.",
            len(late),
            time=short_time(late["due_at"].min(), now),
        )
    elif len(work):
        next_due = short_time(work["due_at"].min(), now)
        text = _("Nobody is overdue. The next is due at {time}.", time=next_due)
    elif totals["decided"]:
        text = _("Nobody is waiting for us to come back.")
    else:
        text = _("No messages from customers are on record here.")
    st.header(text, anchor=False)


def figures(totals: dict[str, int], before: dict[str, int] | None) -> None:
    """Figures of now and of the period; those of the period with their change since the one before."""
    show_figures(PAGE, SHOWN, totals, changes_since(("reached_in_time", "misrouted"), totals, before))


def opened_rows(scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime) -> None:
    """The rows behind the figure that `?open=` names."""
    name = st.query_params.get("open")
    if name not in FIGURES or FIGURES[name] not in CALLBACK_FIGURES:
        return
    figure = FIGURES[name]
    rows = ask(callback_rows, scope, filters, rules, now, name)
    with opened_figure(PAGE, figure, len(rows)):
        show_table(
            in_words_of(rows, rules),
            row_columns(),
            key="opened",
            most_rows=8,
        )


def in_words_of(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Rows of callbacks or promises with the agency's wall clock and words instead of codes."""
    shown = rows.drop(columns=["callback_id", "promise_id", "local_date"], errors="ignore").copy()
    for column in shown:
        if isinstance(shown[column].dtype, pd.DatetimeTZDtype):
            shown[column] = in_zone(shown[column], rules.zone)
    words = {"desk": DESK_LABELS, "topic": TOPIC_LABELS, "how": HOW_LABELS, "state": STATE_LABELS | PROMISE_STATES}
    for column, labels in words.items():
        if column in shown:
            shown[column] = [_(labels[code]) if code in labels else code for code in shown[column]]
    return shown


def row_columns() -> dict[str, Any]:
    def time(label: str) -> Any:
        return st.column_config.DatetimeColumn(label, format="DD.MM.YYYY HH:mm")

    return {
        "customer": _("Customer"),
        "topic": _("Topic"),
        "created_at": time(_("Written")),
        "written_by": _("Written by"),
        "agent": _("Agent"),
        "desk": _("Desk"),
        "due_at": time(_("Due")),
        "rule": _("Rule"),
        "reached_at": time(_("Reached")),
        "how": _("How"),
        "attempts": _("Attempts"),
        "state": _("State"),
        "made_at": time(_("Promised")),
        "made_by": _("Promised by"),
        "from_at": time(_("From")),
        "to_at": time(_("Until")),
        "attempted_at": time(_("First attempt")),
        "minutes_late": _("Minutes late"),
        "called_at": time(_("Called")),
        "in_preferred_time": _("In the preferred time"),
    }


def escalations_table(rows: pd.DataFrame, rules: HouseRules) -> None:
    """Who wanted a superior: how many, about what, how long they waited; a row opens its history (Q4)."""
    if rows.empty:
        st.caption(_("No customer wanted to speak to a superior in this period."))
        return
    waited = rows["waited_minutes"].astype("int64")
    text = ngettext(
        "{count} customer wanted to speak to a superior; they waited {longest}.",
        "{count} customers wanted to speak to a superior; they waited {median} (median), the longest {longest}.",
        len(rows),
        median=lateness(int(waited.median())),
        longest=lateness(int(waited.max())),
    )
    if waiting := int(rows["state"].isin(OPEN_STATES).sum()):
        text += " " + ngettext("{count} still waits.", "{count} still wait.", waiting)
    st.markdown(text)
    table = pd.DataFrame(
        {
            "mark": [state_mark(state, palette()) for state in rows["state"]],
            "customer": rows["customer"],
            "about": [
                NOTHING if pd.isna(topic) else _(TOPIC_LABELS.get(topic, topic)) for topic in rows["about_topic"]
            ],
            "desk": [NOTHING if pd.isna(desk) else _(DESK_LABELS.get(desk, desk)) for desk in rows["about_desk"]],
            "waited": [lateness(int(minutes)) for minutes in waited],
            "state": [_(STATE_LABELS[state]) for state in rows["state"]],
            "created_at": in_zone(rows["created_at"], rules.zone),
            "reached_at": in_zone(rows["reached_at"], rules.zone),
        }
    )
    column, form = st.column_config, "DD.MM. HH:mm"
    about = _("The customer's latest other request in the three months before.")
    open_chosen("escalations", [int(callback_id) for callback_id in rows["callback_id"]])
    show_table(
        table,
        {
            "mark": column.ImageColumn(_("Mark"), width=50),
            "customer": column.TextColumn(_("Customer"), pinned=True, width=90),
            "about": column.TextColumn(_("About"), help=about, width=150),
            "desk": column.TextColumn(_("Desk"), help=about, width=150),
            "waited": column.TextColumn(_("Waited in all"), width=110),
            "state": column.TextColumn(_("State"), width=110),
            "created_at": column.DatetimeColumn(_("Written"), format=form, width=105),
            "reached_at": column.DatetimeColumn(_("Reached"), format=form, width=105),
        },
        key="escalations",
        most_rows=8,
        chooses="single-row",
    )


def list_to_hand_over(work: pd.DataFrame, now: datetime) -> None:
    """What one person has to do, as text to hand on: no names, no numbers."""
    if work.empty:
        return
    with st.expander(_("Copy the list for a colleague")):
        actors = work.assign(actor=[owner_words(row) for row in work.itertuples()])
        chosen = st.selectbox(_("Who acts"), sorted(actors["actor"].unique()), key="actor")
        mine = actors[actors["actor"] == chosen]
        lines = [f"{row.customer}  {verdict_words(row, now)}  {preferred_words(row, now)}" for row in mine.itertuples()]
        st.code("\n".join(lines), language=None)


def desk_table(desks: pd.DataFrame) -> None:
    """What lies where: the same figures by desk."""
    if desks.empty:
        st.caption(_("No messages in this period."))
        return
    table = pd.DataFrame({"desk": [_(DESK_LABELS.get(desk, desk)) for desk in desks["desk"]]})
    config: dict[str, Any] = {"desk": st.column_config.TextColumn(_("Desk"), pinned=True)}
    for name in OF_DESKS:
        figure = FIGURES[name]
        help_text = f"{_(figure.definition)} ({figure.rule})"
        if figure.denominator is None:
            table[name] = desks[figure.numerator]
            config[name] = st.column_config.NumberColumn(_(figure.label), help=help_text)
        else:
            cases = desks[figure.denominator].where(desks[figure.denominator] > 0)
            table[name] = [
                NOTHING if pd.isna(of) else f"{percent(of_these / of)} ({number(of)})"
                for of_these, of in zip(desks[figure.numerator], cases, strict=True)
            ]
            config[name] = st.column_config.TextColumn(_(figure.label), help=help_text)
    show_table(
        table,
        config,
        key="desks",
    )


def age_picture(work: pd.DataFrame) -> None:
    """What is open, by how long the customer has waited and in which state."""
    if work.empty:
        st.caption(_("No request is open."))
        return
    hours = work["waited_minutes"] / 60
    labels = [_(label) for _hours, label in AGES]
    limits = [limit for limit, _label in AGES if limit is not None]
    ages = [labels[sum(value > limit for limit in limits)] for value in hours]
    states = {state: _(STATE_LABELS[state]) for state in OPEN_STATES}
    counts = (
        pd.DataFrame({"age": ages, "state": work["state"].map(states)}).value_counts().rename("count").reset_index()
    )
    colours = palette()
    titles = {"age": _("Waited in all"), "state": _("State"), "count": _("Requests")}
    shades = [colours.late, colours.soon, colours.in_time]
    chart = stacked_bars(counts, labels, list(states.values()), shades, titles)
    st.vega_lite_chart(spec=chart, key="ages", alt=_("Open requests by age and state"))
    as_table(counts, titles, "ages_table")


def lateness_picture(late: pd.DataFrame) -> None:
    """How late customers of the period were reached; its title says how many in time, its table the desks."""
    late_ones = late[late["late_class"] > 0]
    if late.empty:
        st.caption(_("No messages in this period."))
        return
    total, in_time = int(late["requests"].sum()), int(late.loc[late["late_class"] == 0, "requests"].sum())
    reached = number(in_time)
    text = ngettext(
        "{in_time} of {count} request in time.", "{in_time} of {count} requests in time.", total, in_time=reached
    )
    st.markdown(text)
    if late_ones.empty:
        return
    classes = [_("up to {hours} hours late", hours=number(LATE_BY_HOURS[0]))]
    for least, most in pairwise(LATE_BY_HOURS):
        classes.append(_("{least} to {most} hours late", least=number(least), most=number(most)))
    classes.append(_("more than {hours} hours late", hours=number(LATE_BY_HOURS[-1])))
    by_class = late_ones.groupby("late_class")["requests"].sum()
    requests = _("Requests")
    counts = pd.DataFrame(
        {"age": [classes[place - 1] for place in by_class.index], "state": requests, "count": by_class.to_numpy()}
    )
    titles = {"age": _("How late"), "state": requests, "count": requests}
    chart = stacked_bars(counts, classes, [requests], [palette().late], titles)
    st.vega_lite_chart(spec=chart, key="lateness", alt=_("How late we came back"))
    table = late_ones.assign(
        desk=late_ones["desk"].map({desk: _(label) for desk, label in DESK_LABELS.items()}),
        late_class=[classes[place - 1] for place in late_ones["late_class"]],
    )
    as_table(table, {"late_class": _("How late"), "desk": _("Desk"), "requests": requests}, "lateness_table")


def week_picture(weeks: pd.DataFrame) -> None:
    """Shares of each week: tried in time, reached in time, promises kept."""
    if weeks.empty:
        st.caption(_("No messages in this period."))
        return
    names = {
        "reached_in_time": ("decided", _("Reached in time")),
        "attempted_in_time": ("decided", _("Attempted in time")),
        "promises_kept": ("promises", _("Promises kept")),
    }
    parts = [
        weeks[["week"]].assign(part=label, share=weeks[name] / weeks[of].where(weeks[of] > 0), of=weeks[of])
        for name, (of, label) in names.items()
    ]
    data = pd.concat(parts).dropna(subset=["share"]).reset_index(drop=True)
    data["label"] = [f"{percent(share)} ({number(of)})" for share, of in zip(data["share"], data["of"], strict=True)]
    colours = palette()
    titles = {"week": _("Week from"), "part": _("Share"), "share": _("Share"), "of": _("Of")}
    order = [label for _of, label in names.values()]
    chart = shares_by_week(data, order, [colours.in_time, colours.quiet, colours.soon], titles)
    st.vega_lite_chart(spec=chart, key="weeks", alt=_("Shares by week"))
    table = data[["week", "part", "share", "of"]].rename(columns={"share": "rate"})
    as_table(table, titles | {"rate": _("Share")}, "weeks_table")

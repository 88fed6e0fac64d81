"""The pieces of the Satisfaction page: quarters against the goal, low scores and their follow-up, ratings per agent."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pandas as pd
import streamlit as st

from data_access.changes.customer_looks import open_answer
from data_access.changes.refusals import ChangeRefusedError
from data_access.changes.satisfaction import follow_up, mark_week_reviewed
from data_access.questions.calls import Filters
from data_access.questions.satisfaction import PARTS, low_scores, rating_rows, scales_in_use
from data_access.scope import Scope, Viewer, may_coach, scope_of
from data_access.settings import now as clock
from metrics.calendar import local_to_utc
from metrics.figures import FIGURES, N_, SATISFACTION_FIGURES
from metrics.house_rules import SCALES, HouseRules
from metrics.satisfaction import FOLLOW_UP_OUTCOMES
from pages.parts.callback_history import OPENED, show_opened
from pages.parts.charts import quarters_against_goal
from pages.parts.colours import palette
from pages.parts.drawer import RATING, drawer, open_drawer, opened_row
from pages.parts.figures import opened_figure
from pages.parts.filters import view_switch
from pages.parts.forms import press, refusal_words, show_result
from pages.parts.gate import still_there
from pages.parts.loaders import ask, this_minute
from pages.parts.tables import (
    BAR_COLUMN_WIDTH,
    as_table,
    in_zone,
    interval_picture,
    show_table,
)
from pages.parts.wording import NOTHING, _, escaped, interval_words, local_time, ngettext, number, percent, short_time
from pages.parts.words import FOLLOW_UP_WORDS, SCALE_LABELS
from pages.parts.worklist import Column, Group, Line, show_worklist

PAGE = "pages/quality/satisfaction.py"
SHOWN = tuple(figure.id for figure in SATISFACTION_FIGURES)
BY, DAY, CLOCK, OUTCOME = "follow_up_by", "follow_up_day", "follow_up_clock", "follow_up_outcome"
WEEK = "reviewed_week"
REVIEW, SCORE, COLLEAGUES = "review", "score", "colleagues"
PART_LABELS = {"score": N_("Satisfied"), "competence": N_("Competence"), "treatment": N_("Treatment")}
GOAL_STATES = {
    "reached": N_("goal reached"),
    "missed": N_("under the goal"),
    "cannot_tell": N_("cannot be told yet"),
}
REFUSALS = {
    "not_allowed": N_("Not saved: that is not yours to do."),
    "nobody": N_("Not saved: no colleague has these initials."),
    "already": N_("Not saved: {who} followed up already, {time}."),
    "dates": N_("Not saved: the time lies before the answer, or is yet to come."),
    "unknown": N_("Not saved: the choice is not known."),
}
REFUSALS_OF_WEEKS = {
    "not_allowed": N_("Not saved: that is not yours to do."),
    "already": N_("Not saved: {who} reviewed this week already, {time}."),
    "dates": N_("Not saved: this week is not over."),
}


def choose_scale(scope: Scope, today: date) -> str:
    """The scale that is shown: scales are never mixed. Asked only where there are several."""
    scales = ask(scales_in_use, scope, today) or list(SCALES)[:1]
    if len(scales) == 1:
        return scales[0]
    chosen = st.segmented_control(
        _("Scale"),
        scales,
        default=scales[0],
        required=True,
        key="scale",
        format_func=lambda scale: _(SCALE_LABELS[scale]),
        persist_state="session",
    )
    return str(chosen)


def last_published(quarters: pd.DataFrame) -> pd.Series | None:
    past = quarters[~quarters["is_running"] & (quarters["ratings"] > 0)]
    return None if past.empty else past.iloc[-1]


PUBLISHED = N_("Published {day}: {score} of {highest}, from {answers}; {goal}.")
OWN_PART = N_("Your part of the quarter before {day}: {score} of {highest}, from {answers}; {goal}.")


def sentence(scope: Scope, quarters: pd.DataFrame, totals: dict[str, int], scale: str) -> None:
    """The page's question answered in words. What the agency publishes is of everybody; others see their own part."""
    last = last_published(quarters)
    if last is None and not scope.sees_everything:
        text = _("You have no ratings of a whole quarter yet.")
    elif last is None:
        text = _("No quarter with ratings has been published yet.")
    else:
        text = _(
            PUBLISHED if scope.sees_everything else OWN_PART,
            day=f"{last['published_on']:%d.%m.%Y}",
            score=number(last["score_sum"] / last["ratings"], 2),
            highest=SCALES[scale][1],
            answers=ngettext("{count} answer", "{count} answers", int(last["ratings"])),
            goal=goal_words(last),
        )
    waiting = totals["not_followed_up"]
    text += " " + (
        ngettext(
            "{count} dissatisfied customer has not been called.",
            "{count} dissatisfied customers have not been called.",
            waiting,
        )
        if waiting
        else _("No unhappy customer of the last three months is waiting for a call.")
    )
    st.header(text, anchor=False)


def goal_words(quarter: pd.Series) -> str:
    """How a quarter's satisfied customers stand to the goal, and how many answers it takes to tell (Q3)."""
    if not quarter["ratings"]:
        return NOTHING
    state = GOAL_STATES[quarter["goal_state"]]
    words = _(
        "{rate} satisfied, goal {goal}: {state}",
        rate=percent(quarter["satisfied"] / quarter["ratings"], 1),
        goal=percent(quarter["goal"]),
        state=_(state),
    )
    if pd.notna(quarter["answers_needed"]):
        words += " " + _("(it takes {count} answers)", count=number(int(quarter["answers_needed"])))
    return words


def opened_rows(scope: Scope, filters: Filters, scale: str, rules: HouseRules, now: datetime) -> None:
    """The rows behind the figure that `?open=` names."""
    name = st.query_params.get("open")
    if name not in SHOWN:
        return
    rows = ask(rating_rows, scope, filters, scale, rules, now, name)
    with opened_figure(PAGE, FIGURES[name], len(rows)):
        show_table(
            in_words(rows, rules),
            answer_columns(),
            key="opened",
            most_rows=8,
        )


def answer_columns() -> dict[str, Any]:
    column, form = st.column_config, "DD.MM.YYYY HH:mm"
    return {
        "answered_at": column.DatetimeColumn(_("Answered"), format=form, width=130),
        "sent_at": column.DatetimeColumn(_("Asked"), format=form, width=130),
        "agent": column.TextColumn(_("Agent"), width=70),
        "score": column.NumberColumn(_("Rating"), width=70),
        "scale": column.TextColumn(_("Scale"), width=110),
        "customer": column.TextColumn(_("Customer"), width=100),
        "comment": column.TextColumn(_("Wrote something"), width=120),
        "followed_up_by": column.TextColumn(_("Called by"), width=90),
        "followed_up_at": column.DatetimeColumn(_("Called"), format=form, width=130),
        "follow_up_outcome": column.TextColumn(_("What came of it"), width=130),
        "days_since": column.NumberColumn(_("Days since asked before"), width=150),
    }


def in_words(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Answers or invitations with the agency's wall clock and words instead of codes."""
    shown = rows.drop(columns=["response_id"], errors="ignore").copy()
    for name in ("answered_at", "sent_at", "followed_up_at"):
        if name in shown:
            shown[name] = in_zone(shown[name], rules.zone)
    if "has_comment" in shown:
        shown["comment"] = [_("yes") if has_comment else _("no") for has_comment in shown.pop("has_comment")]
        shown["scale"] = [_(SCALE_LABELS.get(scale, scale)) for scale in shown["scale"]]
        outcomes = [
            None if pd.isna(code) else _(FOLLOW_UP_WORDS.get(code, code)) for code in shown["follow_up_outcome"]
        ]
        shown["follow_up_outcome"] = outcomes
    return shown


def chosen_view(waiting: pd.DataFrame) -> str:
    """What of the page is shown, the low scores unless something else was chosen."""
    left = int(waiting["followed_up_at"].isna().sum())
    return view_switch(
        "view",
        {
            REVIEW: _("The week's review {count}", count=number(left)),
            SCORE: _("Quarters and figures"),
            COLLEAGUES: _("Per colleague"),
        },
    )


def review_list(rows: pd.DataFrame, now: datetime) -> None:
    """Low scores with their follow-up, those without first; a line opens the answer and the form to write a call
    down."""
    if rows.empty:
        st.caption(_("No low scores this week, and none that waits for a call."))
        return
    is_called = rows["followed_up_at"].notna()
    groups = ((N_("Nobody has called ({count})"), rows[~is_called]), (N_("Called ({count})"), rows[is_called]))
    press = show_worklist(
        _("Low scores"),
        {
            "answered": Column(_("Answered"), "opens"),
            "score": Column(_("Rating"), "marked"),
            "agent": Column(_("Agent"), "begins"),
            "called": Column(_("Called")),
            "customer": Column(_("Customer")),
        },
        [
            Group(_(title, count=number(len(some))), [line_of(row, now) for row in some.itertuples()])
            for title, some in groups
        ],
        key="satisfaction",
        opened=opened_row(RATING),
    )
    if press.line is not None:
        open_drawer(int(press.line), RATING)


def line_of(row: Any, now: datetime) -> Line:
    cells = {
        "answered": short_time(row.answered_at, now),
        "score": score_words(row),
        "agent": NOTHING if pd.isna(row.agent) else row.agent,
        "called": followed_up_words(row, now),
        "customer": _("cannot be traced") if pd.isna(row.customer) else row.customer,
    }
    return Line(str(row.response_id), cells, "soon" if pd.isna(row.followed_up_at) else "later")


def score_words(row: Any) -> str:
    """2 of 10; on a scale that nobody knows the score alone."""
    if row.scale not in SCALES:
        return number(row.score)
    return _("{score} of {most}", score=number(row.score), most=number(SCALES[row.scale][1]))


def followed_up_words(row: Any, now: datetime) -> str:
    """Who called a dissatisfied customer, when, and what came of it (Q3)."""
    if pd.isna(row.followed_up_at):
        return _("nobody yet")
    said = [NOTHING if pd.isna(row.followed_up_by) else row.followed_up_by, short_time(row.followed_up_at, now)]
    if pd.notna(row.follow_up_outcome):
        said.append(_(FOLLOW_UP_WORDS.get(row.follow_up_outcome, row.follow_up_outcome)))
    return " · ".join(said)


def show_rating(viewer: Viewer, rows: pd.DataFrame, filters: Filters, rules: HouseRules) -> None:
    """Of the low scores the one that the address names, in the drawer."""
    response_id = opened_row(RATING)
    if response_id is None:
        return
    is_there = response_id in set(rows["response_id"])

    def draw() -> None:
        show_result()
        at = this_minute()
        # Asked again, because a call may have been written down here; of an older week the answer is then gone.
        now_there = ask(low_scores, scope_of(viewer), filters, rules, at)
        for place in now_there.index[now_there["response_id"] == response_id]:
            row = now_there.loc[place]
            show_answer(viewer, row, rules, at)
            if pd.notna(row["followed_up_at"]):
                st.markdown(escaped(_("Called: {words}", words=followed_up_words(row, at))))
            elif may_coach(viewer):
                follow_up_form(viewer, row, rules, at)
        if not is_there:
            st.info(_("There is no such rating among these, or it is not yours to see."))

    drawer(_("A dissatisfied customer"), RATING, draw)


def show_answer(viewer: Viewer, row: pd.Series, rules: HouseRules, now: datetime) -> None:
    """One low score; who gave it and what they wrote only once somebody asks for it."""
    response_id = int(row["response_id"])
    head = st.container(horizontal=True, vertical_alignment="center")
    who = escaped(row["customer"]) if pd.notna(row["customer"]) else _("cannot be traced")
    head.markdown(
        _("**Rating {score}**, {time}, customer {customer}", score=int(row["score"]),
          time=local_time(row["answered_at"]), customer=who),
        width="content",
    )  # fmt: skip
    if pd.isna(row["customer"]) and not row["has_comment"]:
        return
    opened_by, opened_id, opened = st.session_state.get(OPENED, (None, None, None))
    if (opened_by, opened_id) != (viewer.name, f"rating {response_id}"):
        head.button(
            _("Show name, number and comment"),
            key="open_answer",
            on_click=remember_answer,
            args=(still_there(viewer), response_id, rules, now),
            icon=":material/visibility:",
            help=_("That you looked is logged."),
        )
    elif opened is not None:
        show_opened(opened, now)


def remember_answer(who: Callable[[], Viewer | None], response_id: int, rules: HouseRules, now: datetime) -> None:
    viewer = who()
    if viewer is not None:
        opened = open_answer(viewer, "satisfaction", response_id, rules, now)
        st.session_state[OPENED] = (viewer.name, f"rating {response_id}", opened)


def follow_up_form(viewer: Viewer, row: pd.Series, rules: HouseRules, now: datetime) -> None:
    """Write down who called the customer, when, and what came of it (Q3)."""
    local = now.astimezone(rules.tzinfo)
    with st.form("follow_up", border=False):
        line = st.container(horizontal=True, vertical_alignment="bottom")
        line.text_input(
            _("Called by (initials)"), value=viewer.name if viewer.agent_id else "", key=BY, max_chars=10, width=160
        )
        line.date_input(_("On"), value=local.date(), key=DAY, format="DD.MM.YYYY", width=140)
        line.time_input(_("At"), value=time(local.hour, local.minute), key=CLOCK, step=300, width=120)
        words = {outcome: _(FOLLOW_UP_WORDS[outcome]) for outcome in FOLLOW_UP_OUTCOMES}
        line.selectbox(
            _("What came of it"), FOLLOW_UP_OUTCOMES, key=OUTCOME, format_func=lambda code: words[str(code)], width=190
        )

        def write(presser: Viewer) -> None:
            at_clock = st.session_state[CLOCK]
            at = local_to_utc(st.session_state[DAY], at_clock.hour * 60 + at_clock.minute, rules)
            by, outcome = str(st.session_state[BY]), str(st.session_state[OUTCOME])
            follow_up(presser, int(row["response_id"]), by, at, outcome, rules, clock())

        done = _("Saved. The customer has been called.")
        line.form_submit_button(_("Save"), on_click=press, args=(still_there(viewer), write, done, refused, ()))


def refused(error: ChangeRefusedError) -> str:
    return refusal_words(error, REFUSALS)


def weeks_table(viewer: Viewer, weeks: pd.DataFrame, filters: Filters, rules: HouseRules) -> None:
    """The last weeks and who has reviewed them (Q3), and the button with which a week is marked as reviewed."""
    shown = weeks.assign(reviewed_at=in_zone(weeks["reviewed_at"], rules.zone))
    column = st.column_config
    show_table(
        shown,
        {
            "week": column.DateColumn(_("Week from"), format="DD.MM.YYYY", width=110),
            "ratings": column.NumberColumn(_("Ratings"), width=80),
            "low_scores": column.NumberColumn(_("Low scores"), width=90),
            "not_followed_up": column.NumberColumn(_("Not followed up"), width=120),
            "reviewed_by": column.TextColumn(_("Reviewed by"), width=100),
            "reviewed_at": column.DatetimeColumn(_("Reviewed"), format="DD.MM.YYYY HH:mm", width=130),
        },
        key="feedback_weeks",
    )
    left = [row.week for row in weeks.itertuples() if pd.isna(row.reviewed_at)]
    if not left:
        st.caption(_("All of these weeks were reviewed."))
    elif may_coach(viewer):
        week_form(viewer, left, filters, rules)


def week_form(viewer: Viewer, weeks: list[date], filters: Filters, rules: HouseRules) -> None:
    """Mark a week as reviewed, once everything in it was read."""
    with st.form("review_week", border=False):
        line = st.container(horizontal=True, vertical_alignment="bottom")
        line.selectbox(_("Week from"), weeks, key=WEEK, format_func=lambda week: f"{week:%d.%m.%Y}", width=160)

        def write(presser: Viewer) -> None:
            mark_week_reviewed(presser, filters, st.session_state[WEEK], rules, clock())

        def why_not(error: ChangeRefusedError) -> str:
            return refusal_words(error, REFUSALS_OF_WEEKS)

        done = _("Saved. The week was reviewed.")
        line.form_submit_button(
            _("Mark as reviewed"), on_click=press, args=(still_there(viewer), write, done, why_not, ("feedback_weeks",))
        )


def quarter_name(row: Any) -> str:
    name = _("Q{number} {year}", number=(row.first_day.month + 2) // 3, year=row.first_day.year)
    return _("{quarter} so far", quarter=name) if row.is_running else name


def quarters_picture(quarters: pd.DataFrame) -> None:
    shown = quarters[quarters["low"].notna()]
    if shown.empty:
        st.caption(_("There are too few ratings to draw a quarter."))
        return
    data = shown[["rate", "low", "high", "goal"]].assign(
        quarter=[quarter_name(row) for row in shown.itertuples()],
        label=[interval_words(row.rate, row.low, row.high, decimals=1) for row in shown.itertuples()],
    )
    titles = {"quarter": _("Quarter"), "rate": _("Satisfied"), "interval": _("Interval (Wilson, 95 %)")}
    chart = quarters_against_goal(data, titles, palette())
    st.markdown(_("Satisfied customers by quarter, with interval; dashed: the goal (Q3)"))
    st.vega_lite_chart(spec=chart, key="quarters_chart", alt=_("Satisfied customers by quarter against the goal"))
    as_table(data[["quarter", "label"]], titles | {"label": _("Satisfied")}, "quarters_chart_table")


def quarters_table(quarters: pd.DataFrame) -> None:
    """The published score of each quarter, the newest first: one figure of the whole agency (Q2)."""
    rows = [
        {
            "quarter": quarter_name(row),
            "published_on": row.published_on,
            "score": row.score_sum / row.ratings if row.ratings else None,
            "ratings": row.ratings,
            "response_rate": row.answers / row.invitations if row.invitations else None,
            "goal": goal_words(pd.Series(row._asdict())),
        }
        for row in quarters.iloc[::-1].itertuples()
    ]
    column = st.column_config
    show_table(
        pd.DataFrame(rows),
        {
            "quarter": column.TextColumn(_("Quarter"), pinned=True, width=130),
            "published_on": column.DateColumn(_("Published"), format="DD.MM.YYYY", width=110),
            "score": column.NumberColumn(_("Mean of all ratings"), format="%.2f", width=140),
            "ratings": column.NumberColumn(_("Ratings"), width=80),
            "response_rate": column.NumberColumn(_("Answered the survey"), format="percent", width=140),
            "goal": column.TextColumn(_("Goal"), width=480),
        },
        key="quarters",
    )
    st.caption(_("All ratings of the whole agency count alike, whoever they are about (Q2)."))


def agents_table(rows: pd.DataFrame) -> None:
    """Per agent, by initials: satisfied with the whole, competence, treatment; as far as the cases carry it."""
    if rows.empty:
        st.caption(_("Nobody was rated in this period."))
        return
    colours = palette()
    table = rows[["agent", "name"]].copy()
    config: dict[str, Any] = {
        "agent": st.column_config.TextColumn(_("Agent"), pinned=True, width=70),
        "name": st.column_config.TextColumn(_("Name"), width=160),
    }
    for part in PARTS:
        label = _(PART_LABELS[part])
        shown = rows[[f"{part}_{name}" for name in ("rate", "low", "high", "satisfied", "ratings")]]
        table[part] = [interval_picture(rate, low, high, colours) for rate, low, high, *_rest in shown.to_numpy()]
        table[f"{part}_counts"] = [
            _("{part} of {whole}", part=number(good), whole=number(whole)) for *_rest, good, whole in shown.to_numpy()
        ]
        config[part] = st.column_config.ImageColumn(label, width=BAR_COLUMN_WIDTH, help=_("0 to 100 %, with interval"))
        config[f"{part}_counts"] = st.column_config.TextColumn(label, width=90)
    show_table(
        table,
        config,
        key="ratings_by_agent",
        order=["agent", *(name for part in PARTS for name in (part, f"{part}_counts")), "name"],
    )
    st.caption(_("By name. Under five ratings there is no interval, under twenty no rate."))

"""What needs a person now, in order of harm, over all topics."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from data_access.database.frames import UTC_DTYPE, typed_frame
from data_access.questions.absence import absent_among
from data_access.questions.attempts import attempts_of, lacks_a_step_today
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.coverage import next_holes
from data_access.questions.phones import phone_source_state
from data_access.questions.satisfaction import low_scores
from data_access.questions.sources import sources_by_kind
from data_access.questions.worklist import worklist
from data_access.scope import EVERYBODY, Scope
from metrics.calendar import local_day, local_to_utc
from metrics.callbacks import DUE_SOON_WITHIN
from metrics.house_rules import HouseRules, in_force

MOST_LINES = 40
"""Of a group: what is late never hides what can still be kept, a hole or a source."""
MOST_BY_THEMSELVES = 3
"""More requests that ask the same of the same holder are one line together."""
PROMISED_WITHIN = timedelta(hours=4)
GROUPS = {
    "keep": ("promise_unkeepable", "promise_due", "with_absent", "with_gone", "due_soon", "steps_missing"),
    "late": ("hand_over", "promise_overdue", "not_reached", "overdue_reminded", "overdue", "low_score"),
    "team": ("no_cover", "hole", "new_signal"),
    "sources": ("stale_source", "set_aside"),
}
"""What a line is about, by what it asks for: first what can still be kept, then what is late, then team and sources."""
HARM = tuple(what for lines in GROUPS.values() for what in lines)
"""What a line is about, in the order of a list; a request that asks for several things is in it once, by REASONS."""
REASONS = (
    "promise_overdue",
    "promise_unkeepable",
    "promise_due",
    "not_reached",
    "overdue_reminded",
    "overdue",
    "with_absent",
    "with_gone",
    "due_soon",
    "steps_missing",
)
"""What an open request asks for, the worst first."""


@dataclass(frozen=True)
class Today:
    """What needs a person now. `lines`: at most MOST_LINES of a group; `left_out`: how many more lines there are;
    `overdue`: how many customers wait too long, and `others`: how many more things there are, shown or not."""

    lines: pd.DataFrame
    left_out: int
    overdue: int
    others: int


def today_lines(
    scope: Scope, rules: HouseRules, now: datetime, signals: tuple[tuple[str, str, str], ...] = ()
) -> Today:
    """The lines of all topics, group by group. `signals`: those that the week brought, as (agent, measure, kind): to
    find them takes longer than a page that looks again each half minute has. The columns:

    what (one of HARM), who (initials, team or source, may be missing), why (how somebody comes to have it; of a signal
    its kind and measure), customer, callback_id (both missing where a line is about several `requests`), by (UTC: the
    deadline, the promised time, the hole's beginning, the newest record), until (UTC, of a hole), needed, planned (of a
    hole), steps (missing today), reminders (int), minutes_late (int), requests (how many of the same holder are in this
    line, missing where it is about one alone).
    """
    day = local_day(now, rules)
    filters = CallbackFilters(day, day)
    work = with_attempts(worklist(scope, filters, rules, now), scope, filters, rules, now)
    lines = [line_of(row, now) for row in work.itertuples()]
    entries: list[dict[str, Any]] = [line for line in lines if line is not None]
    entries += [
        {"what": "hole", "who": team, "by": hole.starts_at, "until": hole.ends_at}
        | {"needed": hole.needed, "planned": hole.planned}
        for team, hole in next_holes(scope, rules, now)
    ]
    absent = absent_among(work, scope, filters, rules, now)
    entries += [
        {"what": "no_cover", "who": row.agent, "why": row.cover, "by": now, "until": row.until}
        for row in absent[absent["cover"] != "buddy"].itertuples()
        if row.messages == 0  # with messages it is said with each of them
    ]
    unhappy = low_scores(scope, filters, rules, now)
    entries += [
        {"what": "low_score", "who": row.agent, "customer": row.customer, "by": row.answered_at}
        for row in unhappy[unhappy["followed_up_at"].isna()].itertuples()
    ]
    entries += [
        {"what": "new_signal", "who": who, "why": f"{kind} {measure}", "by": now} for who, measure, kind in signals
    ]
    entries += source_lines(rules, now)
    table = typed_frame(entries, LINE_DTYPES)
    overdue = int((work["state"] == "overdue").sum())
    lines_to_show = in_order(together(table))
    group_of = {what: group for group, kinds in GROUPS.items() for what in kinds}
    shown = lines_to_show.groupby(lines_to_show["what"].map(group_of), sort=False).head(MOST_LINES)
    shown = shown.reset_index(drop=True)
    return Today(shown, len(lines_to_show) - len(shown), overdue, others=len(table) - overdue)


def together(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines in order, where more than a few requests that ask the same of the same holder are one: it stands where the
    worst of them stood, and says by when and how late the oldest is.

    What lies with somebody who has left asks one thing only, to be handed over, and is one line from two requests on;
    so are low scores, which lead to one list.
    """
    is_gone = lines["why"] == "gone"
    is_low = lines["what"] == "low_score"
    is_late_of_them = lines["minutes_late"].where(is_gone, 0).groupby(lines["who"]).transform("max") > 0
    lines = lines.assign(
        what=lines["what"].mask(is_gone, is_late_of_them.map({True: "hand_over", False: "with_gone"})),
        # Whether it is their own customer or was sent to them, it is theirs to answer.
        holder=lines["why"].replace({"receiver": "handler"}),
        who=lines["who"].mask(is_low & (is_low.sum() > 1)),
    )
    # What somebody does as a buddy lies with another colleague, to whose list the line would have to lead.
    asks, is_one_of_several = (
        ["what", "who", "holder"],
        lines["callback_id"].notna() & (lines["why"] != "buddy") | is_low,
    )
    counts = lines[is_one_of_several].groupby(asks, dropna=False)["what"].transform("size").reindex(lines.index)
    is_of_many = counts.fillna(0) > (is_gone | is_low).map({True: 1, False: MOST_BY_THEMSELVES})
    oldest = lines[is_of_many].groupby(asks, dropna=False)
    whole = lines.assign(requests=counts.where(is_of_many).astype("Int64"))
    whole.loc[is_of_many, "by"] = oldest["by"].transform("min")
    for name in ("minutes_late", "reminders"):
        whole.loc[is_of_many, name] = oldest[name].transform("max")
    whole.loc[is_of_many, ["customer", "callback_id"]] = None
    return whole[~(is_of_many & whole.duplicated(asks))].drop(columns="holder")


def in_order(lines: pd.DataFrame) -> pd.DataFrame:
    """Group by group; what can still be kept by the time that is left, all else by harm, reminders and time."""
    place = {what: number for number, what in enumerate(HARM)}
    can_be_kept = lines["what"].isin(GROUPS["keep"])
    order = lines["what"].map(place).mask(can_be_kept, 0)
    return (
        lines.assign(order=order, urgency=lines["reminders"].mask(can_be_kept, 0))
        .sort_values(["order", "urgency", "by", "callback_id"], ascending=[True, False, True, True], kind="stable")
        .drop(columns=["order", "urgency"])
    )


def source_lines(rules: HouseRules, now: datetime) -> list[dict[str, Any]]:
    """A line for each source that has sent nothing for too long, or of whose last load many rows were set aside, and
    for a telephone system that does not answer."""
    sources = sources_by_kind(EVERYBODY, rules, now)
    late = sources[sources["is_late"]]
    entries = [
        {"what": "stale_source", "who": row.source, "why": row.kind, "by": row.newest_record}
        for row in late.itertuples()
    ]
    entries += [
        {"what": "set_aside", "who": row.source, "why": row.kind, "by": row.last_load}
        for row in sources[sources["lacks_many"]].itertuples()
    ]
    phones = phone_source_state(EVERYBODY, rules, now)
    if phones is not None and phones.is_late and phones.source not in set(late["source"]):
        since = phones.answered_at or phones.failing_since
        entries.append({"what": "stale_source", "who": phones.source, "why": "calls", "by": since or now})
    return entries


LINE_DTYPES = {
    "what": "str",
    "who": "str",
    "why": "str",
    "customer": "str",
    "callback_id": "Int64",
    "by": UTC_DTYPE,
    "until": UTC_DTYPE,
    "needed": "Int64",
    "planned": "Int64",
    "reminders": "Int64",
    "minutes_late": "Int64",
    "steps": "str",
    "requests": "Int64",
}


def with_attempts(
    work: pd.DataFrame, scope: Scope, filters: CallbackFilters, rules: HouseRules, now: datetime
) -> pd.DataFrame:
    """The worklist with `not_reached` (for too many working days) and `steps`: what is missing today, once the clock
    time from which that is shown has come (A1)."""
    tried = attempts_of(scope, filters, rules, now).histories.set_index("callback_id")
    shown_from = in_force(rules.thresholds.steps_missing_from, filters.to_date).minutes
    is_time = now >= local_to_utc(filters.to_date, shown_from, rules)
    steps = tried["missing_today"].where(lacks_a_step_today(tried) & is_time, "")
    return work.assign(
        not_reached=work["callback_id"].map(tried["is_not_reached_for_long"]).fillna(False).astype(bool),
        steps=work["callback_id"].map(steps).fillna("").astype("str"),
    )


def line_of(row: Any, now: datetime) -> dict[str, Any] | None:
    """What one open request asks for now, if anything; of several reasons the worst."""
    what = reason_of(row, now)
    if what is None:
        return None
    return {
        "what": what,
        "who": None if pd.isna(row.owner) else row.owner,
        "why": row.desk if row.owner_why == "desk" else row.owner_why,
        "customer": row.customer,
        "callback_id": row.callback_id,
        "by": row.promised_to if what in ("promise_unkeepable", "promise_due") else row.due_at,
        "reminders": row.reminders,
        "minutes_late": row.minutes_late,
        "steps": row.steps,
    }


def reason_of(row: Any, now: datetime) -> str | None:
    is_late = row.state == "overdue"
    promised_soon = not pd.isna(row.promised_to) and row.promised_to <= now + PROMISED_WITHIN
    reasons = {
        "promise_overdue": is_late and bool(row.promise_broken),
        "promise_unkeepable": bool(row.unkeepable),
        "promise_due": promised_soon,
        "not_reached": row.not_reached,
        "overdue_reminded": is_late and row.reminders > 0,
        "overdue": is_late,
        "with_absent": row.owner_why == "nobody_there",
        "with_gone": row.owner_why == "gone",
        "due_soon": row.state == "due_soon" and row.due_at <= now + DUE_SOON_WITHIN,
        "steps_missing": row.steps != "",
    }
    return next((what for what in REASONS if reasons[what]), None)

"""What is computed from a row's own fields before it is staged: local dates, lengths, whole days as instants."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256

import pandas as pd

from data_access.database.frames import UTC_DTYPE
from metrics.calendar import ONE_DAY, add_local_times, local_to_utc
from metrics.calls import CALL_STATUSES
from metrics.house_rules import MINUTES_PER_DAY, HouseRules

HELD_SINCE_EVER = date(1900, 1, 1)


def prepare(kind: str, rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Add the computed columns of a kind; kinds without any come back as they are."""
    function = PREPARE.get(kind)
    return function(rows, rules) if function else rows


def whole_seconds(start: pd.Series, end: pd.Series) -> pd.Series:
    return (end - start).dt.total_seconds().round().astype("Int64")


def prepare_calls(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """A call's time is attributed to its start (C1); a wait in seconds says when it was answered, or else ended."""
    return with_lengths(add_local_times(with_ends_of_waits(rows), "started_at", rules))


def with_ends_of_waits(rows: pd.DataFrame) -> pd.DataFrame:
    """When a call was answered that says how long it waited; one that nobody took has ended then.

    A source that has no word for it says so by the length of talk: none is no answer.
    """
    waited = rows["started_at"] + pd.to_timedelta(rows["answer_seconds"].astype("Float64"), unit="s")
    is_silent = ~rows["status"].isin(CALL_STATUSES)
    is_answered = (rows["status"] == "answered") | (is_silent & (rows["talk_seconds"].fillna(1) > 0))
    return rows.assign(
        answered_at=rows["answered_at"].fillna(waited.where(is_answered)),
        ended_at=rows["ended_at"].fillna(waited.where(~is_answered)),
    )


def with_lengths(rows: pd.DataFrame) -> pd.DataFrame:
    """How long a call waited, rang and was talked, from its times; a length of talk that the source says stands."""
    until_answered = whole_seconds(rows["started_at"], rows["answered_at"])
    rang = until_answered.fillna(whole_seconds(rows["started_at"], rows["ended_at"]))
    talked = rows["talk_seconds"].fillna(whole_seconds(rows["answered_at"], rows["ended_at"]))
    return rows.assign(answer_seconds=until_answered, ring_seconds=rang, talk_seconds=talked)


def prepare_rings(rows: pd.DataFrame, _rules: HouseRules) -> pd.DataFrame:
    return with_source_id(rows, ["call", "agent", "rang_at"])


def prepare_shifts(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    rows = add_local_times(rows, "starts_at", rules).drop(columns="half_hour")
    return with_source_id(rows, ["agent", "starts_at"])


def prepare_absences(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
    """Whole days begin and end at local midnight; an absence of part of a day at the clock times given."""

    def instants(days: pd.Series, minutes: pd.Series) -> pd.Series:
        moments = [local_to_utc(day, int(minute), rules) for day, minute in zip(days, minutes, strict=True)]
        return pd.Series(moments, index=rows.index, dtype=UTC_DTYPE)

    starts_at = instants(rows["first_day"], rows["from_time"].fillna(0))
    ends_at = instants(rows["last_day"], rows["to_time"].fillna(MINUTES_PER_DAY))
    return with_source_id(
        rows.assign(starts_at=starts_at, ends_at=ends_at), ["agent", "kind", "first_day", "starts_at"]
    )


def prepare_held(first: str, last: str) -> Callable[[pd.DataFrame, HouseRules], pd.DataFrame]:
    """First and last day, both included, as the half-open interval that is stored."""

    def day_after(day: date | None) -> date | None:
        return None if day is None else day + ONE_DAY

    def held(rows: pd.DataFrame, _rules: HouseRules) -> pd.DataFrame:
        from_date = rows[first].where(rows[first].notna() | rows[last].isna(), HELD_SINCE_EVER)
        return rows.assign(from_date=from_date, to_date=rows[last].map(day_after).astype("object"))

    return held


def prepare_dated(
    when: str | None, told_apart_by: list[str] | None
) -> Callable[[pd.DataFrame, HouseRules], pd.DataFrame]:
    """The local date of a record, and an id where the source gives none."""

    def dated(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
        rows = add_local_times(rows, when, rules) if when else rows
        return with_source_id(rows, told_apart_by) if told_apart_by else rows

    return dated


def with_source_id(rows: pd.DataFrame, from_columns: list[str]) -> pd.DataFrame:
    """Where the source gives no id, what a record says of itself tells it from others."""

    def text(values: pd.Series) -> pd.Series:
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            return values.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return values.astype("object").fillna("").astype("str")

    composed = text(rows[from_columns[0]])
    for column in from_columns[1:]:
        composed = composed + "/" + text(rows[column])
    return rows.assign(source_id=rows["source_id"].fillna(composed))


def prepare_asked(when: str, told_apart_by: list[str]) -> Callable[[pd.DataFrame, HouseRules], pd.DataFrame]:
    """As `prepare_dated`; what is composed is kept as a fingerprint, for it would name the customer for ever (Q2)."""
    dated = prepare_dated(when, told_apart_by)

    def asked(rows: pd.DataFrame, rules: HouseRules) -> pd.DataFrame:
        prepared, has_none = dated(rows, rules), rows["source_id"].isna()
        prints = [sha256(text.encode()).hexdigest() for text in prepared.loc[has_none, "source_id"]]
        prepared.loc[has_none, "source_id"] = prints
        return prepared

    return asked


PREPARE: dict[str, Callable[[pd.DataFrame, HouseRules], pd.DataFrame]] = {
    "calls": prepare_calls,
    "rings": prepare_rings,
    "shifts": prepare_shifts,
    "absences": prepare_absences,
    "notes": prepare_dated("at", ["customer_number", "agent", "at"]),
    "callbacks": prepare_dated("created_at", None),
    "promises": prepare_dated(None, ["callback", "made_at", "to_at"]),
    "attempts": prepare_dated("at", ["callback", "customer_number", "agent", "at", "channel"]),
    "invitations": prepare_asked("sent_at", ["customer_number", "agent", "sent_at"]),
    "surveys": prepare_asked("answered_at", ["invitation", "call", "customer_number", "agent", "answered_at"]),
    "concerns": prepare_dated("at", ["about", "by", "at", "rule"]),
    "buddies": prepare_held("first_day", "last_day"),
    "needs": prepare_held("first_day", "first_day"),
    "teams": prepare_held("queue_first_day", "queue_last_day"),
    "agents": prepare_held("first_day", "last_day"),
    "memberships": prepare_held("first_day", "last_day"),
}

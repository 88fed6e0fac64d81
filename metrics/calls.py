"""Rule C1: every call is answered. Two grains that are never mixed: the call, and the ring on one agent's phone."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from metrics.calendar import monday_of, opening_hours_frame
from metrics.house_rules import HouseRules, Seconds, in_force

ANSWERED, SHORT, REDIRECTED, MISSED, ABANDONED = "answered", "short", "redirected", "missed", "abandoned"
CALL_OUTCOMES = (ANSWERED, SHORT, REDIRECTED, MISSED, ABANDONED)
"""What the customer met, in order of precedence; together they are the calls received in opening hours."""

REDIRECTING_STATUSES = ("voicemail", "overflow")
CALL_STATUSES = ("answered", "unanswered", *REDIRECTING_STATUSES)
RING_OUTCOMES = ("answered", "declined", "answered_elsewhere", "no_answer")

DECLINED, NOT_PICKED_UP = "declined", "not_picked_up"
FAIR_CHANCES = (ANSWERED, DECLINED, NOT_PICKED_UP)
MISSES = (DECLINED, NOT_PICKED_UP)
LET_IT_RING, TAKEN, TOO_SHORT, TALKING = "let_it_ring", "taken_by_colleague", "too_short", "already_talking"
ABSENT, OFF_SHIFT = "absent", "off_shift"
CONFIGURATION_FAULTS = (ABSENT, OFF_SHIFT)
NOBODY = -1
REPEATED = "repeated"
"""Another ring of the same pair stands for it."""
UNKNOWN = "unknown"
"""Nobody can say whether it was a chance: how long it rang, or what became of it, is not known."""
NO_CHANCES = (LET_IT_RING, TAKEN, TOO_SHORT, TALKING, *CONFIGURATION_FAULTS, UNKNOWN)
"""What else a pair can be: with the fair chances they are all that rang on an agent's phone."""
MISPLACED = "misplaced"
"""The ring's time cannot belong to its call: a fault of the source, judged for nobody."""
EARLIEST_RING, LATEST_RING = pd.Timedelta(minutes=-1), pd.Timedelta(hours=24)


def seconds_in_force(versions: Sequence[Seconds], days: pd.Series) -> pd.Series:
    """The threshold in seconds that held on each local date of a column."""
    by_day = {day: in_force(versions, day).value for day in days.unique()}
    return days.map(by_day).astype("int64")


def falls_in_opening_hours(calls: pd.DataFrame, queue_desks: pd.DataFrame, rules: HouseRules) -> pd.Series:
    """Whether each call started while its queue was open (C3): from opening, included, to closing, excluded.

    calls: queue_id (may be missing), local_date (date), started_at (UTC). queue_desks: queue_id, desk, from_date,
    to_date (the first day no longer, may be missing). A queue of several desks is open while one of them is; a queue
    that belongs to no desk that day keeps the hours of the agents. Returns a bool column on the index of `calls`.
    """
    queue_days = calls[["queue_id", "local_date"]].drop_duplicates()
    desks_of_queues = queue_days.merge(queue_desks, on="queue_id")
    ended = desks_of_queues["to_date"].notna() & (
        desks_of_queues["to_date"].fillna(date.max) <= desks_of_queues["local_date"]
    )
    desks_of_queues = desks_of_queues[(desks_of_queues["from_date"] <= desks_of_queues["local_date"]) & ~ended]
    desks = queue_days.merge(
        desks_of_queues[["queue_id", "local_date", "desk"]], on=["queue_id", "local_date"], how="left"
    )
    desks["desk"] = desks["desk"].astype("object").fillna("agents")
    desks_and_days = desks[["desk", "local_date"]].drop_duplicates().itertuples(index=False, name=None)
    hours = desks.merge(opening_hours_frame(rules, desks_and_days), on=["desk", "local_date"])
    keys = calls[["queue_id", "local_date", "started_at"]].reset_index(names="call")
    spans = keys.merge(hours, on=["queue_id", "local_date"])
    inside = spans[(spans["opens_at"] <= spans["started_at"]) & (spans["started_at"] < spans["closes_at"])]
    return calls.index.to_series().isin(inside["call"])


def was_answered(calls: pd.DataFrame) -> pd.Series:
    """A person took the call: an agent's phone was picked up, the source says so, or it is silent and has a time.

    A machine's pick-up (voicemail) is not an answer, nor is an overflow that no person took.
    """
    says_nothing = ~calls["status"].isin(CALL_STATUSES)
    by_source = (calls["status"] == "answered") | (says_nothing & calls["answered_at"].notna())
    return calls["picked_up"] | by_source


def call_outcome(calls: pd.DataFrame, rules: HouseRules) -> pd.Series:
    """The one outcome of each incoming call, by the precedence of C1.

    calls: status (one of CALL_STATUSES, another word, or missing), started_at, answered_at, ended_at (UTC, the
    last two may be missing), picked_up and rang (bool: an agent's phone was answered, rang at all), local_date.
    Short: hung up, unanswered, before `short_seconds`; exactly that many seconds are not short.
    Without a time of hanging up a call is never short. Returns text, one of CALL_OUTCOMES.
    """
    short_seconds = seconds_in_force(rules.thresholds.short_seconds, calls["local_date"])
    outcome = pd.Series(ABANDONED, index=calls.index, dtype="str")
    outcome[calls["rang"]] = MISSED
    outcome[calls["status"].isin(REDIRECTING_STATUSES)] = REDIRECTED
    outcome[(calls["ended_at"] - calls["started_at"]).dt.total_seconds() < short_seconds] = SHORT
    outcome[was_answered(calls)] = ANSWERED
    return outcome


def is_within(times: pd.DataFrame, intervals: pd.DataFrame) -> pd.Series:
    """Whether each agent's instant lies in one of their half-open intervals [starts_at, ends_at).

    times: agent_id, at (UTC). intervals: agent_id, starts_at, ends_at (UTC), in any order, overlapping or not.
    Returns a bool column on the index of `times`.
    """
    if intervals.empty or times.empty:
        return pd.Series(False, index=times.index)
    spans = intervals[["agent_id", "starts_at", "ends_at"]].astype({"agent_id": "int64"})
    spans = spans.sort_values("starts_at", kind="stable")
    # The latest end of all intervals begun so far: an instant before it lies in at least one of them.
    spans["ends_at"] = spans.groupby("agent_id")["ends_at"].cummax()
    ordered = times[["agent_id", "at"]].sort_values("at", kind="stable")
    latest = pd.merge_asof(ordered, spans, left_on="at", right_on="starts_at", by="agent_id")
    inside = (latest["at"] < latest["ends_at"]).set_axis(ordered.index)
    return inside.reindex(times.index)


def belongs_to_its_call(rings: pd.DataFrame) -> pd.Series:
    """Whether rings began while their call can have lasted: up to a minute before it (clocks differ) or a day after.

    What an agent answered or declined is theirs, whatever the clock says. rings: rang_at, started_at (of the call,
    UTC), outcome.
    """
    after = rings["rang_at"] - rings["started_at"]
    return ((after >= EARLIEST_RING) & (after < LATEST_RING)) | rings["outcome"].isin((ANSWERED, DECLINED))


def has_rota(team_ids: pd.Series, days: pd.Series, shifts: pd.DataFrame) -> pd.Series:
    """Whether a rota is loaded for each team on each local date.

    It counts as loaded for a team's week (Monday to Sunday) once anybody in the team has a shift in it; people
    without a team are one team here. shifts: team_id, local_date. Returns a bool column on the index of `team_ids`.
    """
    loaded = set(zip(shifts["team_id"].fillna(NOBODY), shifts["local_date"].map(monday_of), strict=True))
    asked = zip(team_ids.fillna(NOBODY), days.map(monday_of), strict=True)
    return pd.Series([pair in loaded for pair in asked], index=team_ids.index, dtype=bool)


def is_on_shift(rings: pd.DataFrame, shifts: pd.DataFrame) -> pd.Series:
    """Whether each ring came while its agent was on shift. Where no rota is loaded everybody counts as on shift (C1).

    rings: agent_id, team_id, rang_at, ring_date (date). shifts: agent_id, team_id, starts_at, ends_at, local_date.
    """
    on_shift = is_within(rings.rename(columns={"rang_at": "at"}), shifts)
    return on_shift | ~has_rota(rings["team_id"], rings["ring_date"], shifts)


def pair_outcome(
    rings: pd.DataFrame, shifts: pd.DataFrame, absences: pd.DataFrame, talks: pd.DataFrame, rules: HouseRules
) -> pd.Series:
    """What each pair of call and agent counts as (C1), written on the one ring that stands for the pair.

    rings of incoming calls: call_id, agent_id, team_id (the agent's team that day), rang_at (UTC), ring_seconds,
    outcome (one of RING_OUTCOMES or another word), call_answered (bool), local_date (of the call) and ring_date.
    shifts: agent_id, team_id, starts_at, ends_at, local_date. absences and talks: agent_id, starts_at, ends_at.

    Answered > declined > not picked up. An answered pair is always a fair chance, a declined one always a miss.
    Otherwise only the rings count that came while the agent was on shift, not absent and not already talking; a
    pair without one is absent, off_shift (both: configuration faults) or already_talking. Where somebody else took
    the call, it is let_it_ring after more than `let_ring_seconds` of such ringing, else taken_by_colleague. Where
    nobody did, it is too_short below `short_seconds` of such ringing, else not_picked_up. Where the length of such a
    ring is missing, or its outcome another word, the pair is unknown: no miss is made of it.

    Returns text on the index of `rings`: the pair's outcome on the first of the rings that decided it, `repeated`
    on the others. Rings without an agent are pairs of the call with somebody unnamed.
    """
    pairs = ["call_id", "agent_id"]
    judged = rings.assign(agent_id=rings["agent_id"].fillna(NOBODY).astype("int64"))
    times = judged.rename(columns={"rang_at": "at"})
    absent = is_within(times, absences)
    off_shift = ~is_on_shift(judged, shifts) & (judged["agent_id"] != NOBODY)
    talking = is_within(times, talks)
    free = ~(absent | off_shift | talking)
    judged = judged.assign(
        answered=judged["outcome"] == ANSWERED,
        declined=judged["outcome"] == DECLINED,
        elsewhere=judged["call_answered"] | (judged["outcome"] == "answered_elsewhere"),
        # The mildest ring speaks for a pair that never had a fair chance.
        obstacle=pd.Series(2, index=judged.index).mask(absent, 0).mask(off_shift & ~absent, 1).mask(free, 3),
        free_seconds=judged["ring_seconds"].where(free, 0).fillna(0),
        unclear=free & (judged["ring_seconds"].isna() | ~judged["outcome"].isin(RING_OUTCOMES)),
    )
    pair = judged.groupby(pairs, sort=False)
    answered, declined = pair["answered"].transform("any"), pair["declined"].transform("any")
    elsewhere, obstacle = pair["elsewhere"].transform("any"), pair["obstacle"].transform("max")
    free_seconds = pair["free_seconds"].transform("sum")
    short_seconds = seconds_in_force(rules.thresholds.short_seconds, judged["local_date"])
    let_ring_seconds = seconds_in_force(rules.thresholds.let_ring_seconds, judged["local_date"])

    outcome = pd.Series(NOT_PICKED_UP, index=judged.index, dtype="str")
    outcome[free_seconds < short_seconds] = TOO_SHORT
    outcome[elsewhere] = TAKEN
    outcome[elsewhere & (free_seconds > let_ring_seconds)] = LET_IT_RING
    outcome[~elsewhere & pair["unclear"].transform("any")] = UNKNOWN
    for level, name in enumerate((ABSENT, OFF_SHIFT, TALKING)):
        outcome[obstacle == level] = name
    outcome[declined] = DECLINED
    outcome[answered] = ANSWERED

    decided = judged.assign(
        # What was answered or declined decides wherever its agent was: the rota must not choose among such rings, for
        # one far from its call would be seen with another rota whenever other days are derived beside it.
        weight=judged["answered"] * 4
        + judged["declined"] * 2
        + ((judged["obstacle"] == obstacle) & ~judged["answered"] & ~judged["declined"]),
        position=range(len(judged)),
    ).sort_values(["weight", "rang_at", "position"], ascending=[False, True, True])
    first = ~decided.duplicated(pairs)
    return outcome.where(first.reindex(judged.index), REPEATED)

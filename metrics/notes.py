"""Rule C2: every conversation and every vain attempt is noted; the phone log held against the notes.

Which noted attempt belongs to which call is an assignment problem: as many pairs as possible, the closest ones, each
attempt and each call in one pair at most. scipy solves it; here stands what may be a pair and what it costs.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

PHONE_OF_A_COLLEAGUE, HIDDEN_NUMBER = 1, 2
"""How much worse than the agent's own call to a known number, in whole tolerances."""
SAME_COST = 1e-6
"""So much an attempt counts behind the one before it: of two that are equally close the earlier has the call."""
UNPAIRED = 1e9
"""More than all that a pair can cost, so that no attempt stays alone that could have a call."""


def pair_attempts_with_calls(attempts: pd.DataFrame, calls: pd.DataFrame) -> pd.Series:
    """For each noted attempt the call of the phone log that answers for it (C2): index of attempts → index of calls.

    attempts: key (str), agent_id (int), at (UTC), one row for each key under which its call may be found: a number of
    the customer, the customer, `hidden_key` of the agent; the rows of one attempt share its index label. With the house
    rules of its day: tolerance_seconds (int), other_phones, hidden_numbers (bool). calls: key, agent_id (may be
    missing), at, likewise; a call to a hidden number has `hidden_key` alone.

    A pair lies at most the tolerance apart, its end included. One call answers for one attempt at most. As many
    attempts as possible get a call, and of all ways to do so the closest in time is taken; the agent's own calls come
    before those from a colleague's phone (if `other_phones`) and these before calls to a hidden number (if
    `hidden_numbers`). Ties are resolved by the order of the index labels, so the same rows give the same pairs in
    whatever order they come. Attempts without a call are missing from the result.
    """
    pairs = candidates(attempts, calls)
    is_hidden = pairs["key"].str.startswith(HIDDEN).astype(bool)
    is_own = (pairs["agent_id"] == pairs["agent_id_of_call"]).fillna(False).astype(bool)
    tolerances_worse = np.select([is_hidden, ~is_own], [HIDDEN_NUMBER, PHONE_OF_A_COLLEAGUE], 0)
    pairs = pairs.assign(cost=pairs["apart"] + tolerances_worse * pairs["tolerance_seconds"])
    allowed = pairs[(is_own | pairs["other_phones"]) & (~is_hidden | pairs["hidden_numbers"])]
    return one_to_one(allowed.groupby(["attempt", "call"], as_index=False)["cost"].min())


HIDDEN = "hidden:"


def hidden_key(agent_ids: pd.Series) -> pd.Series:
    """The key of calls whose number is hidden: only their agent can tell whom they rang."""
    return HIDDEN + agent_ids.astype("str")


def candidates(attempts: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """All attempts and calls with the same key within the tolerance: attempt, call, the attempt's columns,
    agent_id_of_call, apart (seconds).

    Time is cut into slices as long as the longest tolerance, so a call lies in the slice of its attempt or in one
    beside it: the work grows with the rows and not with their square.
    """
    longest = attempts["tolerance_seconds"].max() if len(attempts) else 0
    slice_length = pd.Timedelta(seconds=int(max(longest, 1)))
    made = attempts.rename_axis("attempt").reset_index()
    around = [made.assign(slice=made["at"].dt.floor(slice_length) + step * slice_length) for step in (-1, 0, 1)]
    log = calls.rename_axis("call").reset_index()
    log = log.assign(slice=log["at"].dt.floor(slice_length))
    both = pd.concat(around).merge(log, on=["key", "slice"], suffixes=("", "_of_call"))
    apart = (both["at"] - both["at_of_call"]).abs().dt.total_seconds()
    return both.assign(apart=apart)[apart <= both["tolerance_seconds"]].reset_index(drop=True)


def one_to_one(pairs: pd.DataFrame) -> pd.Series:
    """Of possible pairs (attempt, call, cost) the cheapest largest set in which each stands once: attempt → call."""
    attempt_codes, attempts = pd.factorize(pairs["attempt"], sort=True)
    call_codes, calls = pd.factorize(pairs["call"], sort=True)
    shape = (len(attempts) + len(calls),) * 2
    graph = coo_array((np.ones(len(pairs)), (attempt_codes, len(attempts) + call_codes)), shape=shape)
    # Whatever else is asked at the same time, a group of attempts and calls that share no pair is solved alone.
    _, group_of_node = connected_components(graph, directed=False)
    group = pd.Series(group_of_node[attempt_codes])
    edges = pd.DataFrame({"attempt": attempt_codes, "call": call_codes, "cost": pairs["cost"].to_numpy()})
    is_alone = group.groupby(group).transform("size") == 1
    chosen = [edges.loc[is_alone.to_numpy(), ["attempt", "call"]].to_numpy()]
    for _, members in edges[~is_alone.to_numpy()].groupby(group[~is_alone].to_numpy()):
        chosen.append(cheapest_pairs(members))
    chosen_pairs = np.concatenate(chosen).astype("int64")
    return pd.Series(calls[chosen_pairs[:, 1]], index=attempts[chosen_pairs[:, 0]], name="call").sort_index()


def cheapest_pairs(edges: pd.DataFrame) -> np.ndarray:
    """The pairs of one group: columns attempt, call. An attempt that gets none is given a place of its own."""
    rows, attempts = pd.factorize(edges["attempt"], sort=True)
    columns, calls = pd.factorize(edges["call"], sort=True)
    alone = np.arange(len(attempts))
    cost = edges["cost"].to_numpy() + rows * SAME_COST + 1  # an entry of zero would be no pair
    costs = np.concatenate([cost, np.full(len(attempts), UNPAIRED)])
    places = (np.concatenate([rows, alone]), np.concatenate([columns, len(calls) + alone]))
    matrix = csr_array((costs, places), shape=(len(attempts), len(calls) + len(attempts)))
    row, column = min_weight_full_bipartite_matching(matrix)
    is_paired = column < len(calls)
    return np.column_stack([attempts[row[is_paired]], calls[column[is_paired]]])

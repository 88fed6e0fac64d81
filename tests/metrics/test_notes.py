"""Rule C2: which noted attempt belongs to which call, row by row and at random."""

from datetime import datetime, timedelta
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cast import at

from metrics.notes import hidden_key, pair_attempts_with_calls

BOB, BIRGIT = 2, 3
KIM, LIS = "number:4520111111", "number:4520222222"
Row = tuple[str, str, int]


def noted(*rows: Row, **rules: object) -> pd.DataFrame:
    """Noted attempts: clock, key, agent."""
    of_day = {"tolerance_seconds": 600, "other_phones": True, "hidden_numbers": True} | rules
    return in_columns(rows).assign(**of_day)


def in_columns(rows: tuple[Row, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["clock", "key", "agent_id"]).astype({"key": "str", "agent_id": "Int64"})
    times = pd.Series([at(clock) for clock in table["clock"]], dtype="datetime64[us, UTC]")
    return table.assign(at=times).drop(columns="clock")


def logged(*rows: Row) -> pd.DataFrame:
    """Outgoing calls of the phone log: clock, key, agent."""
    return in_columns(rows)


def hidden(agent_id: int) -> str:
    return str(hidden_key(pd.Series([agent_id]))[0])


@pytest.mark.parametrize(
    ("attempts", "calls", "pairs"),
    [
        (noted(("10:00", KIM, BOB)), logged(("10:00", KIM, BOB)), {0: 0}),
        (noted(("10:00", KIM, BOB)), logged(("10:10", KIM, BOB)), {0: 0}),  # the tolerance's end is within it
        (noted(("10:00", KIM, BOB)), logged(("10:10:01", KIM, BOB)), {}),  # a second more
        (noted(("10:00", KIM, BOB)), logged(("09:50", KIM, BOB)), {0: 0}),  # a clock that runs behind
        (noted(("10:00", KIM, BOB)), logged(("10:00", LIS, BOB)), {}),  # another number
        # One call answers for one attempt at most: the closer one has it.
        (noted(("10:00", KIM, BOB), ("10:08", KIM, BOB)), logged(("10:07", KIM, BOB)), {1: 0}),
        # As many as possible get a call, although the first call is closer to the second attempt.
        (
            noted(("10:00", KIM, BOB), ("10:09", KIM, BOB)),
            logged(("10:08", KIM, BOB), ("10:18", KIM, BOB)),
            {0: 0, 1: 1},
        ),
        # Equally close: the earlier attempt has it, every time.
        (noted(("10:00", KIM, BOB), ("10:10", KIM, BOB)), logged(("10:05", KIM, BOB)), {0: 0}),
        # A colleague's phone answers, but the own call goes before it.
        (noted(("10:00", KIM, BOB)), logged(("10:00", KIM, BIRGIT)), {0: 0}),
        (noted(("10:00", KIM, BOB)), logged(("10:00", KIM, BIRGIT), ("10:09", KIM, BOB)), {0: 1}),
        (noted(("10:00", KIM, BOB), other_phones=False), logged(("10:00", KIM, BIRGIT)), {}),  # the house says no
        # A hidden number: the agent's own call at that time answers, last of all; a colleague's does not.
        (noted(("10:00", hidden(BOB), BOB)), logged(("10:01", hidden(BOB), BOB)), {0: 0}),
        (noted(("10:00", hidden(BOB), BOB)), logged(("10:01", hidden(BIRGIT), BIRGIT)), {}),
        (noted(("10:00", hidden(BOB), BOB), hidden_numbers=False), logged(("10:01", hidden(BOB), BOB)), {}),
        (noted(), logged(("10:00", KIM, BOB)), {}),
        (noted(("10:00", KIM, BOB)), logged(), {}),
        (noted(), logged(), {}),
    ],
)
def test_a_noted_attempt_finds_its_call(attempts: pd.DataFrame, calls: pd.DataFrame, pairs: dict[int, int]) -> None:
    assert pair_attempts_with_calls(attempts, calls).to_dict() == pairs


def test_an_attempt_with_several_keys_is_one_attempt() -> None:
    attempts = noted(("10:00", KIM, BOB), ("10:00", LIS, BOB)).set_axis([7, 7])
    calls = logged(("10:01", KIM, BOB), ("10:02", LIS, BOB)).set_axis([3, 4])
    assert pair_attempts_with_calls(attempts, calls).to_dict() == {7: 3}


clocks = st.integers(0, 40).map(lambda minutes: f"10:{minutes:02d}")
rows = st.lists(st.tuples(clocks, st.sampled_from((KIM, LIS)), st.sampled_from((BOB, BIRGIT))), max_size=7)


@given(rows, rows)
def test_the_order_of_rows_changes_no_pair_and_no_pair_is_lost(attempt_rows: list[Row], call_rows: list[Row]) -> None:
    attempts, calls = noted(*attempt_rows), logged(*call_rows)
    pairs = pair_attempts_with_calls(attempts, calls)
    assert pairs.is_unique
    assert pairs.index.is_unique
    for attempt, call in pairs.items():
        assert attempts["key"][attempt] == calls["key"][call]
        assert abs(attempts["at"][attempt] - calls["at"][call]) <= timedelta(minutes=10)
    shuffled = [attempts.sample(frac=1, random_state=1), calls.sample(frac=1, random_state=2)]
    assert pair_attempts_with_calls(*shuffled).to_dict() == pairs.to_dict()
    assert len(pairs) == most_pairs(attempts, calls)


def most_pairs(attempts: pd.DataFrame, calls: pd.DataFrame) -> int:
    """The size of the largest set of pairs, by trying: a set of attempts can all be served if each part of it has as
    many calls to choose from (Hall)."""
    choices = {
        attempt: {
            call
            for call, other in calls.iterrows()
            if row["key"] == other["key"] and abs(row["at"] - other["at"]) <= timedelta(minutes=10)
        }
        for attempt, row in attempts.iterrows()
    }
    # König: what is missing is the largest shortage of any set of attempts.
    shortage = max(
        len(some) - len(set().union(*(choices[one] for one in some)))
        for size in range(len(choices) + 1)
        for some in combinations(choices, size)
    )
    return len(choices) - max(shortage, 0)


def test_one_number_called_all_day_costs_no_square_of_time_or_memory() -> None:
    begun = at("08:00")
    times = [begun + timedelta(minutes=7 * place) for place in range(6000)]
    table = pd.DataFrame({"key": KIM, "agent_id": BOB, "at": pd.Series(times, dtype="datetime64[us, UTC]")})
    table = table.astype({"agent_id": "Int64"})
    of_day = {"tolerance_seconds": 600, "other_phones": True, "hidden_numbers": True}
    pairs = pair_attempts_with_calls(table.assign(**of_day), table)
    # All lie within reach of their neighbours, one group of 6,000; each is closest to its own call.
    assert (pairs.index == pairs.to_numpy()).all()
    assert isinstance(times[0], datetime)

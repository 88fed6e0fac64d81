"""What a phone's owner counts as, a call that nobody ended, and a telephone system that has fallen silent."""

from datetime import timedelta

import pytest
from support.cast import at

from metrics.freshness import is_live_late
from metrics.house_rules import HouseRules
from metrics.phones import is_blocked_on_shift, is_forgotten, live_state, phone_state

NOON = at("12:00")
QUIET = {"talks": False, "rings": False, "available": False, "busy": False, "do_not_disturb": False, "until": None}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, "away"),
        ({"available": True}, "free"),
        ({"available": True, "busy": True}, "busy"),  # talks to somebody of whom the telephone system does not tell
        ({"available": True, "rings": True}, "ringing"),
        ({"busy": True, "talks": True, "rings": True}, "talking"),  # a second call knocks
        ({"available": True, "do_not_disturb": True}, "do_not_disturb"),  # until he switches it off
        ({"do_not_disturb": True, "talks": True}, "talking"),  # he dials although nobody can reach him
        ({"do_not_disturb": True, "rings": True}, "do_not_disturb"),
        ({"available": True, "do_not_disturb": True, "until": NOON + timedelta(seconds=1)}, "do_not_disturb"),
        ({"available": True, "do_not_disturb": True, "until": NOON}, "free"),  # its end is no longer included
    ],
)
def test_a_phone_has_one_state(said: dict[str, object], state: str) -> None:
    assert phone_state(**QUIET | said, now=NOON) == state


@pytest.mark.parametrize(
    ("state", "on_shift", "blocked"),
    [("do_not_disturb", True, True), ("do_not_disturb", False, False), ("away", True, False)],
)
def test_do_not_disturb_matters_on_shift_alone(state: str, on_shift: bool, blocked: bool) -> None:
    assert is_blocked_on_shift(state, on_shift) == blocked


@pytest.mark.parametrize(
    ("began", "changed", "forgotten"),
    [
        (1, 1, False),
        (4 * 3600 - 1, 4 * 3600 - 1, False),
        (4 * 3600, 4 * 3600, True),  # exactly four hours
        (5 * 3600, 4 * 3600 - 1, False),  # a long call of which something new was heard
        (-3600, 5 * 3600, False),  # it has not begun by our clock
    ],
)
def test_a_call_that_nobody_ended_is_forgotten_after_four_hours(began: int, changed: int, forgotten: bool) -> None:
    times = NOON - timedelta(seconds=began), NOON - timedelta(seconds=changed)
    assert is_forgotten(*times, NOON) == forgotten


@pytest.mark.parametrize(
    ("answered", "status", "forgotten", "state"),
    [
        (True, "answered", False, "talking"),
        (False, "ringing", False, "ringing"),
        (False, "parked", False, "ringing"),  # a word that nobody knows
        (True, "voicemail", False, "machine"),
        (False, "missed", False, "unknown"),  # over, and not ended
        (False, "orphaned", False, "unknown"),
        (True, "answered", True, "unknown"),
    ],
)
def test_what_goes_on_in_a_call(answered: bool, status: str, forgotten: bool, state: str) -> None:
    assert live_state(answered=answered, status=status, forgotten=forgotten) == state


@pytest.mark.parametrize(
    ("seconds", "late"),
    [(0, False), (120, False), (121, True), (-3600, False), (None, True)],  # allowed are 120; our clock may be behind
)
def test_a_telephone_system_is_late_after_the_seconds_of_the_house_rules(
    seconds: int | None, late: bool, house_rules: HouseRules
) -> None:
    answered_at = None if seconds is None else NOON - timedelta(seconds=seconds)
    assert is_live_late(answered_at, house_rules, NOON) == late

"""What the phones say now: who talks, whose phone rings, who is free, and which call has been forgotten."""

from datetime import datetime, timedelta

TALKING, RINGING, DO_NOT_DISTURB, BUSY, FREE, AWAY = "talking", "ringing", "do_not_disturb", "busy", "free", "away"
PHONE_STATES = (DO_NOT_DISTURB, TALKING, RINGING, BUSY, FREE, AWAY)
"""In the order in which a team lead wants to see them."""
UNKNOWN, MACHINE = "unknown", "machine"
UNKNOWN_AFTER = timedelta(hours=4)


def phone_state(
    *,
    talks: bool,
    rings: bool,
    available: bool,
    busy: bool,
    do_not_disturb: bool,
    until: datetime | None,
    now: datetime,
) -> str:
    """One state a person, the strongest first: talking, do not disturb, ringing, busy, free, away.

    `talks`, `rings`: a live call has a leg of theirs that is answered, or not yet. available, busy, do_not_disturb,
    until: what the telephone system says of their phone; do not disturb ends at `until`, itself no longer included
    (missing: when they switch it off). Busy without a live call: they talk to somebody whom the telephone system does
    not tell of.
    """
    if talks:
        return TALKING
    if do_not_disturb and (until is None or now < until):
        return DO_NOT_DISTURB
    if rings:
        return RINGING
    if busy:
        return BUSY
    return FREE if available else AWAY


def is_blocked_on_shift(state: str, on_shift: bool) -> bool:
    """Do not disturb during a shift: the phone is not answered although its owner is expected to (C1, R4)."""
    return state == DO_NOT_DISTURB and on_shift


def is_forgotten(started_at: datetime, changed_at: datetime, now: datetime) -> bool:
    """A call that began four hours ago or more, and of which nothing new has been heard for so long: the telephone
    system may have forgotten to end it."""
    return now - started_at >= UNKNOWN_AFTER and now - changed_at >= UNKNOWN_AFTER


def live_state(*, answered: bool, status: str | None, forgotten: bool) -> str:
    """What goes on in a call: unknown where it is forgotten, or called missed or orphaned and not ended; a machine
    answers; somebody talks; else it rings."""
    if forgotten or status in ("missed", "orphaned"):
        return UNKNOWN
    if status == "voicemail":
        return MACHINE
    return TALKING if answered else RINGING

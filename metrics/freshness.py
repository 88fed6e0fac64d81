"""Can the figures be trusted: is a source older than it should be?"""

from datetime import datetime

from metrics.calendar import local_day, open_hours_between
from metrics.house_rules import HouseRules, in_force


def is_live_late(answered_at: datetime | None, rules: HouseRules, now: datetime) -> bool:
    """Whether a telephone system that is followed has not answered for more seconds than the house rules allow; also at
    night, for somebody expects it to. One that never answered is late."""
    allowed = in_force(rules.thresholds.live_late_seconds, local_day(now, rules)).value
    return answered_at is None or (now - answered_at).total_seconds() > allowed


def is_late(kind: str, newest_record: datetime | None, rules: HouseRules, now: datetime) -> bool:
    """Whether a source has sent nothing for too long.

    Kinds that the house rules name: more opening hours of the agents than they allow have passed since the newest
    record; nights, weekends and holidays do not count. A rota: its last shift has ended. Other kinds change when
    people do and are never late.
    """
    if newest_record is None:
        return False
    if kind == "shifts":
        return newest_record <= now
    if kind not in rules.stale_after_open_hours:
        return False
    versions = rules.stale_after_open_hours[kind]
    allowed = in_force(versions, local_day(now, rules)).value
    return open_hours_between(rules, "agents", newest_record, now, at_most=allowed) > allowed

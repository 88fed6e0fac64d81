"""Can the figures be trusted: is a source older than it should be?"""

from datetime import datetime

from metrics.calendar import local_day, open_hours_between
from metrics.house_rules import HouseRules, in_force

LOADS_BEFORE = 5
"""With how many earlier loads a load is compared."""
MUCH_LESS = 0.5
MANY_SET_ASIDE, FEWEST_SET_ASIDE = 0.1, 10


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


def is_far_smaller_than_usual(rows_wanted: int, rows_used: int, loads_before: int, least_before: int | None) -> bool:
    """Whether a load brought nothing, or much less than its source's loads of that kind usually do.

    `rows_wanted`: the file's rows but for those that the mapping leaves out. `rows_used`: loaded or unchanged.
    `least_before`: the fewest rows that one of the last `LOADS_BEFORE` loads used, of which there are `loads_before`.
    None of the wanted rows could be used; or the file is empty and none before it was; or fewer than half of the wanted
    rows of the first load, or, once there are enough loads before it, of the least of them were used.
    """
    if rows_used == 0:
        return rows_wanted > 0 or least_before is None or least_before > 0
    if loads_before == 0:
        return rows_used < MUCH_LESS * rows_wanted
    return loads_before == LOADS_BEFORE and least_before is not None and rows_used < MUCH_LESS * least_before


def lacks_many_rows(rows_wanted: int, rows_used: int) -> bool:
    """Whether so many of a load's rows were set aside that figures without them say something else: more than a tenth,
    and no fewer than ten. `rows_wanted` and `rows_used` as in `is_far_smaller_than_usual`."""
    set_aside = rows_wanted - rows_used
    return set_aside >= FEWEST_SET_ASIDE and set_aside > MANY_SET_ASIDE * rows_wanted

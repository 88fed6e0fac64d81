"""The same reason a thousand times is said once, with the number of its rows."""

import re
from collections.abc import Iterable

from data_access.sources.files import Problem

QUOTED = re.compile(r"^'.*'", re.DOTALL)
"""The value with which a message begins, from the first quote to the last: it may hold quotes itself."""
NUMBER = re.compile(r"\d+")
FEWEST_SUMMED = 5
"""So many rows with one reason are summed; fewer are said one by one."""


def in_sums(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Problems that say the same of several rows, but for the values, together; in the order of the first of each."""
    sums: dict[tuple[str, bool, str], list[Problem]] = {}
    for problem in problems:
        key = problem.column, problem.loaded, NUMBER.sub("#", without_value(problem.reason))
        sums.setdefault(key, []).append(problem)
    return list(sums.values())


def without_value(reason: str) -> str:
    """What a reason says without the value with which it begins."""
    return QUOTED.sub("'…'", reason)

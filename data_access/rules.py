"""Which house rules are in force: the file that SVARTID_RULES names, else the agency's own."""

import os
from functools import lru_cache
from pathlib import Path

from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules


def current_rules() -> HouseRules:
    """The house rules, read and checked again whenever their file changes. Raises `HouseRulesError`."""
    file = Path(os.environ.get("SVARTID_RULES") or DEFAULT_FILE)
    changed = file.stat().st_mtime_ns if file.is_file() else 0
    return rules_of(file, changed)


@lru_cache(maxsize=4)
def rules_of(file: Path, _changed: int) -> HouseRules:
    return read_house_rules(file)

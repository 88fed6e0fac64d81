"""What the databases of tests begin with: made once, then copied."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cast import AGENTS, MEMBERSHIPS, TEAMS

from data_access import database
from data_access.demo import build_demo
from data_access.loading import LoadReport, load_file
from metrics.house_rules import HouseRules

NOW = datetime(2026, 5, 7, 12, 0, tzinfo=UTC)
END_OF_MONTH = datetime(2026, 5, 7, 11, 0, tzinfo=UTC)
Load = Callable[..., LoadReport]


def loader(folder: Path, rules: HouseRules) -> Load:
    def load_text(kind: str, content: str | bytes, mapping: str | None = None, **options: object) -> LoadReport:
        file = folder / f"{kind}.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        mapping_file = None
        if mapping is not None:
            mapping_file = folder / f"{kind}.toml"
            mapping_file.write_text(mapping)
        return load_file(kind, file, mapping_file, rules, lambda: NOW, **options)

    return load_text


def fill_tables(rules: HouseRules, _folder: Path) -> None:
    database.initialise(rules)


def build_silently(rules: HouseRules, until: datetime, **options: int) -> None:
    build_demo(rules, until, lambda _step, _done, _total: None, **options)


def fill_month(rules: HouseRules, _folder: Path) -> None:
    database.initialise(rules)
    build_silently(rules, END_OF_MONTH, months=1)


def fill_agency(rules: HouseRules, folder: Path) -> None:
    database.initialise(rules)
    for kind, content in (("agents", AGENTS), ("teams", TEAMS), ("memberships", MEMBERSHIPS)):
        report = loader(folder, rules)(kind, content)
        assert not report.rejects, report.rejects


TEMPLATES: dict[str, Callable[[HouseRules, Path], None]] = {
    "load": fill_tables,
    "agency": fill_agency,
    "simulated_month": fill_month,
}
"""How a database is filled, by the fixture that a test asks for; of several the last. A module may add its own, by a
name that no other module's fixture has."""

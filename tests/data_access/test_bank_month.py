"""A real month of a bank's calls (February 1999) against its published answers, on SQLite and PostgreSQL."""

import csv
from datetime import date
from pathlib import Path

import pytest
from conftest import NOW, SHARED_DATA

from data_access import database
from data_access.calls import Filters, calls_by_agent, rows_behind, team_totals
from data_access.loading import LoadReport, load_file
from data_access.scope import Scope
from metrics.figures import FIGURES
from metrics.house_rules import HouseRules, read_house_rules

BANK = SHARED_DATA / "anonymous_bank_1999"
MAPPINGS = Path("data_access/sources/mappings")
EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
FEBRUARY = Filters(date(1999, 2, 1), date(1999, 2, 28))
pytestmark = pytest.mark.skipif(not BANK.is_dir(), reason=f"{BANK.name} is not beside the project")


@pytest.fixture
def rules() -> HouseRules:
    return read_house_rules(MAPPINGS / "bank_1999_house_rules.toml")


def load_month(rules: HouseRules) -> LoadReport:
    mapping = MAPPINGS / "bank_1999_calls.toml"
    return load_file("calls", BANK / "february_1999.csv.gz", mapping, rules, lambda: NOW)


@pytest.fixture
def month(database_url: str, rules: HouseRules) -> LoadReport:
    assert database_url
    database.initialise(rules)
    return load_month(rules)


def answered_by_agent() -> dict[str, int]:
    agents = calls_by_agent(EVERYTHING, FEBRUARY)
    return dict(zip(agents["agent"].fillna("nobody named"), agents["answered"], strict=True))


def test_the_month_gives_the_known_answers(month: LoadReport, rules: HouseRules) -> None:
    assert (month.rows_read, month.loaded, month.unchanged, month.rejected) == (33_344, 33_066, 0, 278)
    assert sum(month.left_out_by_reason.values()) == 278
    assert month.problems == []

    with (BANK / "expected_per_server.csv").open() as file:
        expected = {row["server"]: int(row["answered"]) for row in csv.DictReader(file)}
    assert len(expected) == 24
    answered = answered_by_agent()
    assert answered == expected | {"nobody named": 491}

    totals = team_totals(EVERYTHING, FEBRUARY)
    terms = ("answered", "missed", "abandoned", "short", "redirected")
    assert totals["received"] == sum(totals[term] for term in terms)
    assert totals["received"] + totals["outside"] == 33_344 - 278
    assert totals["answered"] + totals["outside_answered"] == 27_162
    figures = {name: len(rows_behind(EVERYTHING, FEBRUARY, name)) for name in FIGURES}
    assert figures["received"] == totals["received"]
    assert figures["agent_answered"] == 27_162

    again = load_month(rules)
    assert (again.rows_read, again.loaded, again.unchanged, again.rejected) == (33_344, 0, 33_066, 278)
    assert answered_by_agent() == answered
    assert team_totals(EVERYTHING, FEBRUARY) == totals

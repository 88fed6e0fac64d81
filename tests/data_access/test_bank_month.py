"""A real month of a bank's calls (February 1999) against its published answers, on SQLite and PostgreSQL."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from support.databases import NOW, ON_SQLITE, Load
from support.places import SHARED_DATA

from data_access.database import migrating
from data_access.loading.load import LoadReport, load_file
from data_access.questions.calls import Filters, calls_by_agent, rows_behind, team_totals
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
def month(bare_database: Load, rules: HouseRules) -> LoadReport:  # noqa: ARG001
    migrating.initialise(rules)
    return load_month(rules)


def answered_by_agent() -> dict[str, int]:
    agents = calls_by_agent(EVERYTHING, FEBRUARY)
    return dict(zip(agents["agent"].fillna("nobody named"), agents["answered"], strict=True))


def write_as_csv(month: pd.DataFrame, file: Path) -> Path:
    month.to_csv(file.with_suffix(".csv"), index=False)
    return file.with_suffix(".csv")


def write_as_xlsx(month: pd.DataFrame, file: Path) -> Path:
    with pd.ExcelWriter(file.with_suffix(".xlsx"), engine="xlsxwriter") as book:
        month.to_excel(book, index=False)
    return file.with_suffix(".xlsx")


def generic_month() -> pd.DataFrame:
    """The month as any system might export it: our own names, typed times of the bank's wall clock."""
    raw = pd.read_csv(BANK / "february_1999.csv.gz", dtype="str", keep_default_na=False)
    raw = raw[raw["outcome"] != "PHANTOM"]

    def times(column: str) -> pd.Series:
        found = pd.to_datetime(raw["date"] + " " + raw[column], format="%y%m%d %H:%M:%S").where(
            raw[column] != "0:00:00"
        )
        return found.mask(found < started - pd.Timedelta(hours=12), found + pd.Timedelta(days=1))

    started = pd.to_datetime(raw["date"] + " " + raw["vru_entry"], format="%y%m%d %H:%M:%S")
    ended = times("ser_exit").fillna(times("q_exit")).fillna(times("vru_exit"))
    return pd.DataFrame(
        {
            "source_id": raw["vru+line"] + "-" + raw["call_id"],
            "started_at": started,
            "answered_at": times("ser_start"),
            "ended_at": ended,
            "status": raw["outcome"].map({"AGENT": "answered", "HANG": "unanswered"}),
            "queue": raw["type"],
            "agent": raw["server"].where(raw["server"] != "NO_SERVER", ""),
        }
    )


@ON_SQLITE
@pytest.mark.parametrize("write", [write_as_csv, write_as_xlsx])
@pytest.mark.usefixtures("bare_database")
def test_the_month_gives_the_same_answers_through_a_generic_mapping(
    write: Callable[[pd.DataFrame, Path], Path], rules: HouseRules, tmp_path: Path
) -> None:
    migrating.initialise(rules)
    month = generic_month()
    file = write(month, tmp_path / "month")
    mapping = tmp_path / "generic.toml"
    fields = "".join(f'{name} = "{name}"\n' for name in month)
    mapping.write_text(f'kind = "calls"\nsource = "generic"\nunknown_agents = "create"\n[fields]\n{fields}')
    report = load_file("calls", file, mapping, rules, lambda: NOW)
    assert (report.rows_read, report.loaded, report.rejected) == (33_066, 33_066, 0)
    with (BANK / "expected_per_server.csv").open() as expected:
        answered = {row["server"]: int(row["answered"]) for row in csv.DictReader(expected)}
    assert answered_by_agent() == answered | {"nobody named": 491}


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

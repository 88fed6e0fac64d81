"""The simulated year as data: its known shapes, the same rows from the same seed, and never half of it."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sqlalchemy import func, select, text
from support.databases import Databases, Load, SqliteFiles, fresh_database
from support.places import ROOT
from support.postgres import PostgresServer
from support.simulated_year import SimulatedYear
from support.templates import BARE

from data_access.database.engine import current_engine, reading
from data_access.database.schema import agent_rollup, call_rollup, database_info, metadata
from data_access.database.versions import database_state
from data_access.demo import truths as planted
from data_access.demo.branch import MEDIAN_TALK_SECONDS, TALK_SIGMA
from data_access.demo.build import DemoRefusedError, build_demo
from data_access.loading.load import rebuild
from data_access.sources.files import FileRefusedError
from metrics.house_rules import HouseRules

UNTIL = datetime(2026, 5, 7, 11, 0, tzinfo=UTC)
# What says who loaded, changed and looked is not part of the promise.
NOT_SEEDED = {"import_run", "import_reject", "audit_log", "access_log"}


def silent(_step: str, _done: int, _total: int) -> None:
    pass


def fingerprints() -> dict[str, str]:
    """One digest a table over all its rows in order."""
    found = {}
    with reading() as connection:
        for table in metadata.sorted_tables:
            if table.name not in NOT_SEEDED:
                rows = connection.execute(select(table).order_by(*table.primary_key)).all()
                found[table.name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def built(
    databases: Databases, folder: Path, rules: HouseRules, until: datetime = UNTIL, seed: int = 1, language: str = "da"
) -> dict[str, str]:
    with fresh_database(databases, BARE, folder):
        build_demo(rules, until, silent, seed=seed, months=1, language=language)
        return fingerprints()


def test_same_seed_and_time_give_the_same_rows_on_both_databases(
    sqlite_files: SqliteFiles,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
    house_rules: HouseRules,
) -> None:
    def on_sqlite(until: datetime = UNTIL, seed: int = 1, language: str = "da") -> dict[str, str]:
        return built(sqlite_files, tmp_path_factory.mktemp("demo"), house_rules, until, seed, language)

    first = on_sqlite()
    assert built(postgres_server, tmp_path_factory.mktemp("demo"), house_rules) == first
    english = on_sqlite(language="en")
    # What people write is another text, and moves nothing.
    texts = {"callback", "survey_response", "concern", "reassignment"}
    assert {name for name in first if english[name] != first[name]} <= texts
    assert english["callback"] != first["callback"]
    assert on_sqlite(seed=2)["call"] != first["call"]
    assert on_sqlite(until=UNTIL + timedelta(days=1))["call"] != first["call"]


@pytest.mark.parametrize(
    "until",
    [
        datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        datetime(2025, 12, 31, 23, 59, tzinfo=UTC),
        datetime(2024, 2, 29, 0, 0, tzinfo=UTC),
    ],
    ids=["a Sunday", "past midnight in Copenhagen on New Year's Day", "a leap day"],
)
def test_a_year_can_end_at_any_time(
    until: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, house_rules: HouseRules
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'demo.db'}")
    written = build_demo(house_rules, until, silent, months=1)
    assert written["call"] > 5_000
    with reading() as connection:
        for table, column in (("call", "started_at"), ("note", "at"), ("contact_attempt", "at"), ("ring", "rang_at")):
            newest = connection.scalar(select(func.max(metadata.tables[table].c[column])))
            assert newest is not None
            assert newest < until, table


@pytest.mark.usefixtures("simulated_month")
def test_what_is_stored_although_derived_is_what_a_rebuild_gives(house_rules: HouseRules) -> None:
    before = fingerprints()
    rebuild(house_rules)
    after = fingerprints()
    # Roll-ups are written anew under new numbers, and the data have a new version.
    changed = {call_rollup.name, agent_rollup.name, database_info.name}
    assert {table for table in before if after[table] != before[table]} <= changed


@pytest.mark.usefixtures("simulated_month")
def test_further_rows_are_numbered_after_the_simulated_ones() -> None:
    with current_engine().connect().execution_options(writes=True) as connection, connection.begin():
        newest = connection.scalar(text("SELECT MAX(id) FROM team")) or 0
        added = connection.scalar(text("INSERT INTO team (name, desk) VALUES ('Ny', 'agents') RETURNING id"))
        assert added == newest + 1


def test_a_demo_refuses_a_database_with_data_and_a_demo_refuses_an_import(load: Load, house_rules: HouseRules) -> None:
    load("agents", "initials\nBO\n")
    with pytest.raises(DemoRefusedError, match="holds data already"):
        build_demo(house_rules, UNTIL, silent, months=1)
    state = database_state()
    assert state is not None
    assert not state.simulated


def test_own_data_are_not_loaded_among_simulated_ones(simulated_month: Load, house_rules: HouseRules) -> None:
    state = database_state()
    assert state is not None
    assert state.simulated
    before = fingerprints()
    with pytest.raises(FileRefusedError, match="holds a simulated year"):
        simulated_month("agents", "initials\nBO\n")
    with pytest.raises(DemoRefusedError, match="holds data already"):
        build_demo(house_rules, UNTIL, silent, months=1)
    assert fingerprints() == before


@pytest.mark.parametrize("stops_in", ["simulate", "derive"])
@pytest.mark.usefixtures("load")
def test_a_build_that_is_cut_off_leaves_nothing(house_rules: HouseRules, stops_in: str) -> None:

    class CutOffError(Exception):
        pass

    def cut_off(step: str, done: int, total: int) -> None:
        if step == stops_in and done >= total / 2:
            raise CutOffError

    with pytest.raises(CutOffError):
        build_demo(house_rules, UNTIL, cut_off, months=1)
    state = database_state()
    assert state is not None
    assert state.empty
    assert not state.simulated
    if stops_in == "derive":
        build_demo(house_rules, UNTIL, silent, months=1)


def test_volume_grows_with_the_number_of_branches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, house_rules: HouseRules
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'demo.db'}")
    written = build_demo(house_rules, UNTIL, silent, months=1, scale=3)
    with reading() as connection:
        per_branch = connection.execute(
            text(
                "SELECT (agent_id - 1) / 100, COUNT(*) FROM ring JOIN call ON call.id = call_id "
                "WHERE direction = 'incoming' GROUP BY 1 ORDER BY 1"
            )
        ).all()
    assert [branch for branch, _ in per_branch] == [0, 1, 2]
    # Each branch has the same expectation; a month's 6,000 rings differ by 240 at three standard errors.
    counts = [count for _, count in per_branch]
    assert max(counts) - min(counts) < 0.1 * max(counts)
    assert written["callback"] > 1500


@pytest.fixture(scope="session")
def measured(simulated_year: SimulatedYear) -> Callable[[str], float]:
    """The numbers of docs/demo.md, each computed from the default year."""
    arrivals = simulated_year.frame(
        """
        SELECT local_date AS day, half_hour, COUNT(*) AS calls FROM call
        WHERE direction = 'incoming' AND in_opening_hours GROUP BY local_date, half_hour
        """
    )
    days = pd.DatetimeIndex(sorted(arrivals["day"].unique()))
    days = days[(days.day_of_week < 5) & (days < "2026-11-20")]
    grid = pd.MultiIndex.from_product([days.strftime("%Y-%m-%d"), range(18, 33)], names=["day", "half_hour"])
    counts = arrivals.set_index(["day", "half_hour"])["calls"].reindex(grid, fill_value=0).reset_index()
    day = pd.to_datetime(counts["day"])
    cells = counts.groupby([day.dt.year, day.dt.month, day.dt.day_of_week, counts["half_hour"]])["calls"]
    # Days on which the agency closes at noon are days of another kind.
    squares = ((counts["calls"] - cells.transform("mean")) ** 2 / cells.transform("mean"))[day != "2026-06-05"]
    degrees = len(squares) - cells.ngroups
    talks = simulated_year.frame(
        """
        SELECT talk_seconds FROM ring JOIN call ON call.id = ring.call_id
        WHERE call.direction = 'incoming' AND ring.outcome = 'answered' AND talk_seconds IS NOT NULL
        """
    )["talk_seconds"]
    fitted = stats.norm(np.log(MEDIAN_TALK_SECONDS), TALK_SIGMA)
    # Whole seconds: each stands for the second that it was cut from.
    logs = np.log(talks + 0.5)
    values = {
        "dispersion": squares.sum() / degrees,
        "dispersion_p": 2 * min(stats.chi2.sf(squares.sum(), degrees), stats.chi2.cdf(squares.sum(), degrees)),
        "talk_ks": float(stats.kstest(logs, fitted.cdf).statistic),
        "talk_median": float(talks.median()),
        "busiest": load_of_phones(simulated_year),
    }
    return values.__getitem__


def load_of_phones(year: SimulatedYear) -> float:
    """The largest share of their time that a team's agents on phones talked in a weekday's half hour; not the hole."""
    shifts = year.frame(
        f"""
        SELECT team.name AS team, shift.local_date AS day, shift.starts_at, shift.ends_at FROM shift
        JOIN team_member ON team_member.agent_id = shift.agent_id JOIN team ON team.id = team_member.team_id
        WHERE shift.starts_at < '{year.until:%Y-%m-%d %H:%M}' AND team.desk IN ('agents', 'kc')
        """,
        ("starts_at", "ends_at"),
    )
    talks = year.frame(
        """
        SELECT team.name AS team, call.half_hour, ring.local_date AS day, SUM(ring.talk_seconds) AS seconds FROM ring
        JOIN call ON call.id = ring.call_id JOIN team_member ON team_member.agent_id = ring.agent_id
        JOIN team ON team.id = team_member.team_id
        WHERE call.direction = 'incoming' AND ring.outcome = 'answered' GROUP BY 1, 2, 3
        """
    )
    local = shifts[["starts_at", "ends_at"]].apply(lambda times: times.dt.tz_convert("Europe/Copenhagen"))
    first = local["starts_at"].dt.hour * 2 + local["starts_at"].dt.minute // 30
    last = local["ends_at"].dt.hour * 2 + local["ends_at"].dt.minute // 30
    spans = [range(start, end) for start, end in zip(first, last, strict=True)]
    on_phones = shifts.assign(half_hour=spans).explode("half_hour")
    on_phones["half_hour"] = on_phones["half_hour"].astype(int)
    on_phones["weekday"] = pd.to_datetime(on_phones["day"]).dt.day_of_week
    keys = ["team", "weekday", "half_hour"]
    offered = talks.assign(weekday=pd.to_datetime(talks["day"]).dt.day_of_week).groupby(keys)["seconds"].sum()
    available = on_phones.groupby(keys).size() * 1800
    share = (offered / available).dropna()
    hole = (share.index.get_level_values("team") == planted.HOLE_TEAM) & (
        share.index.get_level_values("weekday") == planted.HOLE_WEEKDAY
    )
    return float(share[~hole].max())


def test_arrivals_in_a_half_hour_are_poisson(measured: Callable[[str], float]) -> None:
    # Cells of one month, weekday and half hour; who calls again adds a little spread.
    assert measured("dispersion") == pytest.approx(1, abs=0.06)


def test_talk_times_are_log_normal(measured: Callable[[str], float]) -> None:
    # 57,000 talks: the Kolmogorov distance of a true fit stays below 1.63 / sqrt(57,000) = 0.007 in 99 of 100 cases.
    assert measured("talk_ks") < 0.007


def test_load_stays_below_capacity(measured: Callable[[str], float]) -> None:
    assert measured("busiest") < 0.7


@pytest.mark.parametrize(
    ("name", "form"),
    [("dispersion", ".3f"), ("dispersion_p", ".2f"), ("talk_ks", ".4f"), ("talk_median", ".0f"), ("busiest", ".2f")],
)
def test_the_numbers_in_the_documentation_are_those_of_the_year(
    measured: Callable[[str], float], name: str, form: str
) -> None:
    documented = (ROOT / "docs/demo.md").read_text()
    assert f"`{name}` = {measured(name):{form}}" in documented


def test_every_truth_stands_in_the_documentation(simulated_year: SimulatedYear) -> None:
    documented = (ROOT / "docs/demo.md").read_text()
    for truth in simulated_year.truths.values():
        assert f"| {', '.join(truth.who)} | {truth.what} | {truth.since} | {truth.strength} |" in documented

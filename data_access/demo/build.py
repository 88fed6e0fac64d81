"""The building of the simulated year, branch by branch, in one transaction."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
from dateutil.relativedelta import relativedelta
from sqlalchemy import select, update

from data_access.database import migrating, versions
from data_access.database.engine import current_engine
from data_access.database.schema import database_info, import_run
from data_access.database.writing import begin_load
from data_access.demo import DEFAULT_LANGUAGE, DEFAULT_MONTHS, DEFAULT_SCALE, DEFAULT_SEED
from data_access.demo.arrivals import profile_of
from data_access.demo.branch import Branch
from data_access.demo.people import found_agency
from data_access.demo.records import write_agency, write_lists, write_loads, write_owners, write_quality, write_rota
from data_access.demo.rota import ROTA_REACHES_AHEAD, days_of, plan_rota
from data_access.demo.rows import Rows
from data_access.demo.staff import WorkingTime
from data_access.demo.truths import plant_in_people, planted_truths
from data_access.errors import UserError
from data_access.loading.derive import derive
from data_access.loading.phone_log import judge_attempts
from data_access.matters.verdicts import derive_matters
from metrics.calendar import local_day
from metrics.house_rules import HouseRules

ROOMY_CACHE = -262_144
"""Kilobytes of pages that SQLite keeps while it builds: with its usual 2 MB a large transaction reads its log again and
again."""
Progress = Callable[[str, int, int], None]


class DemoRefusedError(UserError):
    """The database holds data already; the text says so."""


def build_demo(
    rules: HouseRules,
    until: datetime,
    progress: Progress,
    seed: int = DEFAULT_SEED,
    months: int = DEFAULT_MONTHS,
    scale: int = DEFAULT_SCALE,
    language: str = DEFAULT_LANGUAGE,
) -> dict[str, int]:
    """Fill an empty database with a simulated agency's `months` up to `until`: all of it or nothing.

    Same seed and `until`, same rows in every table but import_run and import_reject. `scale` branches of the agency's
    size, one after the other, so that memory stays bounded. `language` (da, en): of what people write. `progress` is
    called with the step ("simulate", "derive"), how much is done and how much there is. Returns the number of rows
    written by table.
    Raises `DemoRefusedError` where the database holds data already.
    """
    migrating.initialise(rules)
    until = until.replace(second=0, microsecond=0)
    with current_engine().connect() as connection:
        begin_load(connection)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA cache_size = {ROOMY_CACHE}")
        if connection.execute(select(import_run.c.id).limit(1)).first():
            raise DemoRefusedError("the database holds data already; a demo is built only in an empty one")
        rows = Rows(connection, rules)
        simulate(rows, rules, until, seed, months, scale, language, progress)
        # Without it SQLite reads every call for each portion of days.
        connection.exec_driver_sql("ANALYZE")
        derive(connection, None, rules, lambda done, total: progress("derive", done, total))
        judge_attempts(connection, None, rules)
        derive_matters(connection, None, rules)
        connection.execute(update(database_info).values(simulated=True))
        versions.mark_changed(connection, rules)
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        # Not to be kept by whoever gets this connection next.
        connection.invalidate()
    return dict(rows.written)


def simulate(
    rows: Rows,
    rules: HouseRules,
    until: datetime,
    seed: int,
    months: int,
    scale: int,
    language: str,
    progress: Progress,
) -> None:
    last_day = local_day(until, rules)
    start = last_day - relativedelta(months=months)
    days = list(days_of(start, last_day))
    working_time = WorkingTime(list(days_of(start, last_day + ROTA_REACHES_AHEAD)), rules)
    profile = profile_of(days, rules)
    unmapped_calls: list[str] = []
    write_lists(rows, planted_truths(start, last_day), start)
    for number in range(scale):
        rng = np.random.default_rng([seed, number])
        agency = found_agency(number, start, rng, language)
        truths = planted_truths(start, last_day) if number == 0 else ()
        if number == 0:
            plant_in_people(agency, truths)
        rota = plan_rota(agency, truths, start, last_day, rules, rng)
        queues = write_agency(rows, agency, number, start, last_day)
        write_owners(rows, agency, start, last_day, rules)
        write_rota(rows, rota, rules)
        write_quality(rows, agency, truths, start, last_day, rules)
        branch = Branch(
            number, agency, rota, truths, working_time, profile, queues, rows, rules, rng, int(until.timestamp())
        )
        for position, day in enumerate(days):
            branch.live_through(day)
            branch.write_matters()
            progress("simulate", number * len(days) + position + 1, scale * len(days))
        branch.write_matters(all_of_them=True)
        unmapped_calls += branch.unmapped_calls
    rows.write()
    write_loads(rows, rows.connection, unmapped_calls, until)
    rows.finish()

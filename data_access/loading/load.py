"""One load: parse and stage beside the data, then merge, derive and record in one transaction, or change nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, exists, func, insert, select, true, update

from data_access.database import versions
from data_access.database.engine import current_engine, reading
from data_access.database.schema import (
    call,
    callback,
    contact_attempt,
    database_info,
    import_reject,
    import_run,
    kc_list,
)
from data_access.database.temporary import create_afresh
from data_access.database.writing import begin_load, require_same_file
from data_access.loading.derive import customers_of_calls, derive
from data_access.loading.merging.merge import merge_rows
from data_access.loading.phone_log import judge_attempts
from data_access.loading.stage import good, phones_table, stage, staging_table
from data_access.loading.upsert import Days, Merge
from data_access.loading.zones import move_to_zone
from data_access.matters.verdicts import derive_matters
from data_access.questions.sources import is_small_load
from data_access.sources.files import FileRefusedError, Problem, Rows, Unmapped
from data_access.sources.kc_list import read_kc_list
from data_access.sources.kinds import KINDS
from data_access.sources.mapping import Mapping, mapping_by_names, read_mapping
from data_access.sources.parsing import parse_chunk
from data_access.sources.preparing import prepare
from data_access.sources.reading import read_rows
from metrics.calendar import local_day
from metrics.house_rules import HouseRules

Progress = Callable[[str, int, int], None]
"""Called with the step ("read", "derive"), how much is done and how much there is."""


CUSTOMER_KINDS = ("callbacks", "notes", "attempts", "invitations", "surveys")
"""Kinds of files that name customers by number, and bring in those whom nobody has loaded yet."""


def no_progress(_step: str, _done: int, _total: int) -> None:
    """For loads that nobody watches."""


@dataclass
class LoadReport:
    """What became of a file's rows: rows_read = loaded + unchanged + rejected, always.

    `rejected` rows were set aside, `left_out` of them on purpose by the mapping. `notices` are about loaded rows.
    `summary` says what a list holds.
    """

    kind: str
    source: str
    file: Path
    started_at: datetime
    rows_read: int = 0
    loaded: int = 0
    left_out_by_reason: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    newest_record: datetime | None = None
    summary: str = ""
    lines: list[int] = field(default_factory=list)
    """Where several rows come from one line of the file, the line of each row."""
    is_small: bool = False
    """Whether it brought nothing, or far less than the loads before it."""
    is_numbered: bool = True
    """Whether there is a file in which a row could be looked up by its number."""

    def line_of(self, row: int) -> int | None:
        """Where a row stands in the file, to be told to whoever looks there."""
        if not self.is_numbered:
            return None
        return self.lines[row - 1] if self.lines else row

    @property
    def left_out(self) -> int:
        return sum(self.left_out_by_reason.values())

    @property
    def rejects(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.loaded]

    @property
    def notices(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.loaded]

    @property
    def rejected(self) -> int:
        return len({problem.row for problem in self.rejects}) + self.left_out

    @property
    def unchanged(self) -> int:
        return self.rows_read - self.loaded - self.rejected


class DryRunError(Exception):
    """Ends the transaction of a dry run."""


def load_file(
    kind: str,
    file: Path,
    mapping_file: Path | None,
    rules: HouseRules,
    now: Callable[[], datetime],
    *,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> LoadReport:
    """Load one file into the database that DATABASE_URL names.

    Rows that cannot be read are set aside and reported, the good ones load. With `dry_run` the report says what would
    have happened and the database stays as it was.
    Raises `FileRefusedError` or `MappingError` where nothing of the file can be used.
    """
    report = LoadReport(kind, "", file, now())
    with current_engine().connect() as connection:
        versions.require_up_to_date(connection)
        if connection.scalar(select(database_info.c.simulated)):
            raise FileRefusedError(
                f"{file}: this database holds a simulated year; own data need one of their own: set DATABASE_URL"
            )
        connection.rollback()
        try:
            if kind == "kc-list":
                load_kc_list(connection, report, rules, now)
            else:
                load_rows(connection, report, mapping_file, rules, now, progress)
            if dry_run:
                raise DryRunError
            versions.mark_changed(connection, rules)
            # Inside the transaction: a load that is in never ends with an error.
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
            require_same_file(connection)
        except DryRunError:
            connection.rollback()
    return report


def load_rows(
    connection: Connection,
    report: LoadReport,
    mapping_file: Path | None,
    rules: HouseRules,
    now: Callable[[], datetime],
    progress: Progress,
) -> None:
    file_mapping = read_mapping(mapping_file, report.kind) if mapping_file else None
    staged, phones = staging_table(report.kind), phones_table()
    with connection.begin():
        create_afresh(connection, staged, phones)
        mapping = stage_file(connection, staged, phones, report, file_mapping, rules, progress)
    report.source = mapping.source
    begin_load(connection)
    begun = now()
    merge = Merge(connection, staged, phones, mapping, rules, local_day(begun, rules), begun)
    days, _ = merge_rows(merge)
    report.problems += merge.notices
    count_rows(connection, staged, report)
    derive_after_load(connection, report, staged, days, rules, progress)
    record(connection, report, now())


def stage_file(
    connection: Connection,
    staged: Table,
    phones: Table,
    report: LoadReport,
    file_mapping: Mapping | None,
    rules: HouseRules,
    progress: Progress,
) -> Mapping:
    before = state_of(report.file)
    form = file_mapping.format if file_mapping else "table"
    zone = (file_mapping.zone if file_mapping else None) or rules.zone
    today = local_day(report.started_at, rules)
    rows = read_rows(report.file, file_mapping or Unmapped(), form, report.kind, zone, today)
    report.lines = rows.lines
    mapping = file_mapping or mapping_by_names(report.kind, rows.header)
    refuse_header(report.file, rows.header, mapping)
    stage_rows(connection, staged, phones, report, rows, mapping, rules, progress)
    if state_of(report.file) != before:
        raise FileRefusedError(f"{report.file}: changed while it was being read; load it when it is complete")
    return mapping


def refuse_header(file: Path, header: list[str], mapping: Mapping) -> None:
    """Raise `FileRefusedError` where the header's line cannot be the header that the mapping reads."""
    row = mapping.header_row
    missing = [name for name in mapping.source_columns if name not in header]
    if missing and len(missing) == len(mapping.source_columns):
        first_line = ", ".join(filter(None, header))[:100]
        raise FileRefusedError(
            f"{file}:{row}: this line is no header that the mapping reads: {first_line}; "
            "header_row in the mapping says in which line the header stands"
        )
    if missing:
        raise FileRefusedError(f"{file}:{row} {missing[0]}: this column is missing; the mapping reads it")
    if twice := [name for name in mapping.source_columns if header.count(name) > 1]:
        raise FileRefusedError(f"{file}:{row} {twice[0]}: this column stands twice, and the mapping reads it")


def stage_rows(
    connection: Connection,
    staged: Table,
    phones: Table,
    report: LoadReport,
    rows: Rows,
    mapping: Mapping,
    rules: HouseRules,
    progress: Progress,
) -> None:
    for chunk in rows.chunks:
        parsed = parse_chunk(chunk, rows.header, mapping, rules)
        report.rows_read += chunk.rows_read
        report.problems += parsed.problems
        for reason, count in parsed.left_out.items():
            report.left_out_by_reason[reason] = report.left_out_by_reason.get(reason, 0) + count
        stage(connection, staged, phones, prepare(report.kind, parsed.frame, rules))
        progress("read", chunk.done, rows.size)


def state_of(file: Path) -> tuple[int, int] | None:
    """Size and time of the last change, to tell whether somebody is still writing the file."""
    if not file.is_file():
        return None
    state = file.stat()
    return state.st_size, state.st_mtime_ns


def count_rows(connection: Connection, staged: Table, report: LoadReport) -> None:
    """What became of the rows, and the newest record among the good ones; a time yet to come makes nothing fresh."""
    set_aside = select(staged.c.row, staged.c.problem_column, staged.c.problem).where(staged.c.problem.is_not(None))
    report.problems += [Problem(row, column, reason) for row, column, reason in connection.execute(set_aside)]
    loaded = select(func.count()).where(staged.c.problem.is_(None), staged.c.changed)
    report.loaded = connection.scalar(loaded.select_from(staged)) or 0
    if newest := KINDS[report.kind].newest:
        in_time = staged.c[newest] <= report.started_at if newest != "ends_at" else true()
        query = select(func.max(staged.c[newest])).where(staged.c.problem.is_(None), in_time)
        report.newest_record = connection.scalar(query)


def derive_after_load(
    connection: Connection, report: LoadReport, staged: Table, days: Days, rules: HouseRules, progress: Progress
) -> None:
    """Derive the touched days and customers anew; all where the rules are others than those of the stored figures."""
    if report.kind == "customers":
        customers_of_calls(connection, true())
    elif report.kind in CUSTOMER_KINDS:
        # A number that these files brought in may be that of earlier calls.
        customers_of_calls(connection, call.c.customer_id.is_(None))
    former = customers_touched(connection, report.kind, days, staged)
    if versions.rules_changed(connection, rules):
        derive_everything(connection, rules, progress)
        return
    if days is None or days:
        derive(connection, days, rules, lambda done, total: progress("derive", done, total))
    checked_anew = judge_attempts(connection, days_of_attempts(connection, report.kind, days, staged), rules)
    # Whose calls they are is known only now; whose they were, only before.
    present = customers_touched(connection, report.kind, days, staged)
    customers = None if former is None or present is None else former | present | checked_anew
    if customers is None or customers:
        derive_matters(connection, customers, rules)


def days_of_attempts(connection: Connection, kind: str, days: Days, staged: Table) -> set[date] | None:
    """Of which days the noted attempts are held against the phone log anew; None: of every day."""
    if days is None:
        return None
    made, touched = contact_attempt.c, set(days)
    if kind in ("attempts", "notes"):
        touched |= set(connection.scalars(select(staged.c.local_date).where(good(staged), staged.c.changed).distinct()))
    elif kind in ("customers", "callbacks"):
        # Their telephone numbers say which calls were theirs.
        theirs = select(staged.c.customer_id).where(good(staged), staged.c.changed)
        touched |= set(connection.scalars(select(made.local_date).where(made.customer_id.in_(theirs)).distinct()))
    return touched


def derive_everything(connection: Connection, rules: HouseRules, progress: Progress) -> None:
    """All that is stored although derived, after the rules or the zone have changed."""
    move_to_zone(connection, rules)
    derive(connection, None, rules, lambda done, total: progress("derive", done, total))
    judge_attempts(connection, None, rules)
    derive_matters(connection, None, rules)


def customers_touched(connection: Connection, kind: str, days: Days, staged: Table) -> set[int] | None:
    """Whose callbacks a load may have changed the verdict of; None: of everybody."""
    if kind in ("callbacks", "promises", "attempts"):
        return set(connection.scalars(select(staged.c.customer_id).where(good(staged), staged.c.changed).distinct()))
    if kind == "notes":
        # A note says of a day's attempts that they are written down (A1).
        who_asked = exists().where(callback.c.customer_id == staged.c.customer_id)
        written = select(staged.c.customer_id).where(good(staged), staged.c.changed, who_asked)
        return set(connection.scalars(written.distinct()))
    if kind in ("calls", "rings", "aliases") and days is not None:
        who_asked = exists().where(callback.c.customer_id == call.c.customer_id)
        return set(connection.scalars(select(call.c.customer_id).where(call.c.local_date.in_(days), who_asked)))
    return set() if kind in ("shifts", "invitations", "surveys", "concerns") else None


def record(connection: Connection, report: LoadReport, finished_at: datetime) -> None:
    values: dict[str, Any] = {
        name: getattr(report, name)
        for name in ("kind", "source", "started_at", "rows_read", "loaded", "unchanged", "rejected", "left_out")
    }
    run = insert(import_run).values(
        **values, file=report.file.name, finished_at=finished_at, newest_record=report.newest_record
    )
    run_id = connection.execute(run.returning(import_run.c.id)).scalar_one()
    report.is_small = is_small_load(connection, run_id)
    rows: list[dict[str, Any]] = [
        {
            "row": report.line_of(problem.row),
            "column": problem.column,
            "reason": problem.reason,
            "loaded": problem.loaded,
        }
        for problem in report.problems
    ]
    rows += [
        {"row": None, "column": None, "reason": f"{reason} ({count})", "loaded": False}
        for reason, count in report.left_out_by_reason.items()
        if count
    ]
    if rows:
        connection.execute(insert(import_reject), [row | {"import_run_id": run_id} for row in rows])


def load_kc_list(connection: Connection, report: LoadReport, rules: HouseRules, now: Callable[[], datetime]) -> None:
    """The list in force replaces the former one from today on (K1): it changes no older verdict."""
    report.source = "kc-list"
    listed = read_kc_list(report.file)
    report.rows_read, report.problems = listed.entries, listed.notices
    report.left_out_by_reason = {"KC is the desk itself and is ignored": listed.left_out}
    report.summary = f"The list in force: {len(listed.handlers)} handlers, {len(listed.portfolios)} portfolios."
    wanted = {("handler", name) for name in listed.handlers} | {("portfolio", name) for name in listed.portfolios}
    begin_load(connection)
    today, its = local_day(now(), rules), kc_list.c
    in_force = select(its.kind, its.name).where(its.to_date.is_(None))
    known = {(kind, name) for kind, name in connection.execute(in_force)}
    for kind, name in sorted(known - wanted):
        entry = and_(its.kind == kind, its.name == name, its.to_date.is_(None))
        # What stood on the list for no whole day never stood on it.
        connection.execute(delete(kc_list).where(entry, its.from_date == today))
        connection.execute(update(kc_list).where(entry).values(to_date=today))
    for kind, name in sorted(wanted - known):
        entry = and_(its.kind == kind, its.name == name, its.to_date == today)
        is_back = connection.execute(update(kc_list).where(entry).values(to_date=None)).rowcount
        if not is_back:
            connection.execute(insert(kc_list).values(kind=kind, name=name, from_date=today))
    new = sorted(wanted - known)
    report.loaded = len(new)
    if versions.rules_changed(connection, rules):
        derive_everything(connection, rules, no_progress)
    else:
        derive_matters(connection, None, rules)
    record(connection, report, now())


def rebuild_if_needed(rules: HouseRules, progress: Progress = no_progress) -> None:
    """Derive all anew where it was derived under other rules, or by a program that derived other things."""
    with reading() as connection:
        is_needed = versions.rules_changed(connection, rules)
    if is_needed:
        rebuild(rules, progress)


def rebuild(rules: HouseRules, progress: Progress = no_progress) -> None:
    """Derive everything that is stored although derived anew, from the facts and the rules in force."""
    with current_engine().connect() as connection:
        versions.require_up_to_date(connection)
        connection.rollback()
        begin_load(connection)
        derive_everything(connection, rules, progress)
        versions.mark_changed(connection, rules)
        connection.commit()

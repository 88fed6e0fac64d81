"""How fresh each source is, what was loaded and what was set aside."""

from datetime import datetime

import pandas as pd
from sqlalchemy import ColumnElement, Integer, false, func, or_, select, true

from data_access.database.engine import reading
from data_access.database.frames import frame
from data_access.database.schema import import_reject, import_run, ring
from data_access.scope import Scope
from data_access.sources.parsing import QUOTED
from metrics.calls import MISPLACED
from metrics.freshness import is_late
from metrics.house_rules import HouseRules


def may_see_sources(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.sees_everything else false()


def sources_by_kind(scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """One row a source and kind: its newest record, its last load, and whether it is late.

    Columns: source, kind, file (str, of the last load), run_id (int), newest_record and last_load (UTC, the first may
    be missing), rows_read, loaded, unchanged, rejected, left_out (int, of the last load), is_late (bool). Only for who
    sees everything.
    """
    newest = func.max(import_run.c.newest_record).over(partition_by=[import_run.c.source, import_run.c.kind])
    order = func.row_number().over(
        partition_by=[import_run.c.source, import_run.c.kind], order_by=import_run.c.id.desc()
    )
    counts = [import_run.c[name] for name in ("rows_read", "loaded", "unchanged", "rejected", "left_out")]
    loads = select(
        import_run.c.source,
        import_run.c.kind,
        import_run.c.file,
        import_run.c.id.label("run_id"),
        newest.label("newest_record"),
        import_run.c.finished_at.label("last_load"),
        *counts,
        order.label("position"),
    ).subquery()
    query = select(*(column for column in loads.c if column.name != "position")).where(loads.c.position == 1)
    with reading() as connection:
        sources = frame(connection, query.where(may_see_sources(scope)).order_by(loads.c.source, loads.c.kind))
    late = [
        is_late(row.kind, None if pd.isna(row.newest_record) else row.newest_record.to_pydatetime(), rules, now)
        for row in sources.itertuples()
    ]
    return sources.assign(is_late=pd.Series(late, index=sources.index, dtype="bool"))


def rings_without_use(scope: Scope) -> pd.DataFrame:
    """Rings that count for nobody, one row a source: source, waiting (their call was never loaded), misplaced."""
    waiting = func.count().filter(ring.c.call_id.is_(None)).cast(Integer).label("waiting")
    misplaced = func.count().filter(ring.c.pair_outcome == MISPLACED).cast(Integer).label("misplaced")
    useless = or_(ring.c.call_id.is_(None), ring.c.pair_outcome == MISPLACED)
    query = select(ring.c.source, waiting, misplaced).where(may_see_sources(scope), useless)
    with reading() as connection:
        return frame(connection, query.group_by(ring.c.source).order_by(ring.c.source))


def loads_since(scope: Scope, start: datetime) -> pd.DataFrame:
    """The loads that finished since an instant: source, kind, finished_at, rows_read, loaded, rejected, left_out."""
    names = ("source", "kind", "finished_at", "rows_read", "loaded", "rejected", "left_out")
    query = select(*(import_run.c[name] for name in names)).where(
        may_see_sources(scope), import_run.c.finished_at >= start
    )
    with reading() as connection:
        return frame(connection, query.order_by(import_run.c.id))


def problems_of_load(scope: Scope, run_id: int) -> pd.DataFrame:
    """The rows set aside or noticed by one load: row, column, reason, loaded (bool: only a notice).

    What stood in a cell is part of the reason for administrators alone.
    """
    columns = [import_reject.c[name] for name in ("row", "column", "reason", "loaded")]
    query = select(*columns).where(may_see_sources(scope), import_reject.c.import_run_id == run_id)
    with reading() as connection:
        problems = frame(connection, query.order_by(import_reject.c.row, import_reject.c.id))
    if scope.may_see_rejected_values or problems.empty:
        return problems
    return problems.assign(reason=problems["reason"].str.replace(QUOTED, "'…'", regex=True))

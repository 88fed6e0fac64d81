"""How fresh each source is, what was loaded and what was set aside."""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Integer, Subquery, false, func, or_, select, true

from data_access.database.engine import reading
from data_access.database.frames import frame, typed_frame
from data_access.database.schema import import_reject, import_run, phone_source, ring
from data_access.scope import Scope
from data_access.sources.files import Problem
from data_access.sources.summing import in_sums, without_value
from metrics.calls import MISPLACED
from metrics.freshness import LOADS_BEFORE, is_far_smaller_than_usual, is_late, lacks_many_rows
from metrics.house_rules import HouseRules

MOST_NUMBERED = 20
PROBLEM_DTYPES = {
    "rows": "Int64", "which": "str", "column": "str", "reason": "str", "loaded": "boolean",
}  # fmt: skip


def may_see_sources(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.sees_everything else false()


def sources_by_kind(scope: Scope, rules: HouseRules, now: datetime) -> pd.DataFrame:
    """One row a source and kind: its newest record, its last load, and whether it is late.

    Columns: source, kind, file (str, of the last load), run_id (int), newest_record and last_load (UTC, the first may
    be missing), rows_read, loaded, unchanged, rejected, left_out (int, of the last load), loads_before and least_before
    (int: how many loads before the last one it is compared with, and the fewest rows that one of them used; the second
    may be missing), is_followed (bool: read all day by `sync`), is_late, is_small (bool: it brought nothing, or far
    less than usual), lacks_many (bool: so many rows were set aside that figures without them say something else). Only
    for who sees everything.
    """
    loads = compared_loads()
    query = select(*(column for column in loads.c if column.name != "position"))
    last = query.where(loads.c.position == 1, may_see_sources(scope)).order_by(loads.c.source, loads.c.kind)
    with reading() as connection:
        sources = frame(connection, last)
    late = [
        is_late(row.kind, None if pd.isna(row.newest_record) else row.newest_record.to_pydatetime(), rules, now)
        for row in sources.itertuples()
    ]
    small = [is_small(row) for row in sources.itertuples()]
    # What is read of a followed system at a time is too little to say so.
    lacking = [
        not row.is_followed and lacks_many_rows(row.rows_read - row.left_out, row.loaded + row.unchanged)
        for row in sources.itertuples()
    ]
    return sources.assign(
        is_late=pd.Series(late, index=sources.index, dtype="bool"),
        is_small=pd.Series(small, index=sources.index, dtype="bool"),
        lacks_many=pd.Series(lacking, index=sources.index, dtype="bool"),
    )


def compared_loads() -> Subquery:
    """Each load with what the loads before it, of its source and kind, brought.

    Its `position` counts from the last one. What is read from a telephone system that is followed has no usual size.
    """
    same = [import_run.c.source, import_run.c.kind]
    used = import_run.c.loaded + import_run.c.unchanged
    before: dict[str, Any] = {"partition_by": same, "order_by": import_run.c.id, "rows": (-LOADS_BEFORE, -1)}
    is_followed = select(phone_source.c.id).where(phone_source.c.source == import_run.c.source).exists()
    return select(
        import_run.c.source,
        import_run.c.kind,
        import_run.c.file,
        import_run.c.id.label("run_id"),
        func.max(import_run.c.newest_record).over(partition_by=same).label("newest_record"),
        import_run.c.finished_at.label("last_load"),
        *(import_run.c[name] for name in ("rows_read", "loaded", "unchanged", "rejected", "left_out")),
        func.count().over(**before).cast(Integer).label("loads_before"),
        func.min(used).over(**before).label("least_before"),
        is_followed.label("is_followed"),
        func.row_number().over(partition_by=same, order_by=import_run.c.id.desc()).label("position"),
    ).subquery()


def is_small_load(connection: Connection, run_id: int) -> bool:
    """Whether a load, just recorded and not yet committed, brought nothing or far less than usual."""
    loads = compared_loads()
    return is_small(connection.execute(select(loads).where(loads.c.run_id == run_id)).one())


def is_small(load: Any) -> bool:
    least = None if pd.isna(load.least_before) else int(load.least_before)
    wanted, used = load.rows_read - load.left_out, load.loaded + load.unchanged
    return not load.is_followed and is_far_smaller_than_usual(wanted, used, load.loads_before, least)


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
    """What was set aside or noticed by one load, rows with the same reason together.

    Columns: rows (int, their number), which (str, the numbers of the first `MOST_NUMBERED`), column, reason (str, of
    the first), loaded (bool: only a notice). What stood in a cell is part of the reason for administrators alone.
    """
    columns = [import_reject.c[name] for name in ("row", "column", "reason", "loaded")]
    query = select(*columns).where(may_see_sources(scope), import_reject.c.import_run_id == run_id)
    with reading() as connection:
        problems = frame(connection, query.order_by(import_reject.c.row, import_reject.c.id))
    if not scope.may_see_rejected_values:
        problems = problems.assign(reason=problems["reason"].map(without_value))
    numbered = problems.assign(row=problems["row"].fillna(0))
    sums = in_sums(Problem(row.row, row.column, row.reason, row.loaded) for row in numbered.itertuples())
    lines = [
        {
            "rows": len(alike),
            "which": numbers_of(alike),
            "column": alike[0].column,
            "reason": alike[0].reason,
            "loaded": alike[0].loaded,
        }
        for alike in sums
    ]
    return typed_frame(lines, PROBLEM_DTYPES)


def numbers_of(problems: list[Problem]) -> str:
    """The numbers of the first rows; what stands in no row of the file has none."""
    numbers = sorted(problem.row for problem in problems if problem.row)
    return ", ".join(map(str, numbers[:MOST_NUMBERED])) + (" …" if len(numbers) > MOST_NUMBERED else "")

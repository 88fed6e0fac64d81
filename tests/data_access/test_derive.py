"""Roll-ups equal a recount from the facts, whatever was loaded in whatever order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from support.cast import BIRGIT, BOB, CARL, COPENHAGEN
from support.databases import Load, SqliteFiles, fresh_database
from support.postgres import PostgresServer
from support.templates import AGENCY, TABLES

from data_access.database import versions
from data_access.database.engine import current_engine
from data_access.loading.load import rebuild
from metrics.calls import CALL_OUTCOMES, FAIR_CHANCES
from metrics.house_rules import DEFAULT_FILE, HouseRules, read_house_rules

RULES = read_house_rules(DEFAULT_FILE)
Rows = Callable[[str], list[tuple[object, ...]]]
# The hours around closing, and the night in which the clocks go back.
EVENING = datetime(2026, 5, 6, 16, 50, tzinfo=COPENHAGEN)
DOUBLED_NIGHT = datetime(2026, 10, 25, 0, 30, tzinfo=COPENHAGEN)
PEOPLE = [BOB, BIRGIT, CARL]


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    start = draw(st.sampled_from([EVENING, DOUBLED_NIGHT]))
    return datetime.fromtimestamp(start.timestamp() + draw(st.integers(0, 1200)), tz=COPENHAGEN)


CALLS = st.tuples(
    instants(),
    st.sampled_from(["answered", "unanswered", "voicemail", "overflow", "orphaned", ""]),
    st.sampled_from(["Reception", "Service", ""]),
    st.integers(0, 60),
)
RINGS = st.tuples(
    st.integers(0, 9),
    st.sampled_from(PEOPLE),
    instants(),
    st.integers(0, 40),
    st.integers(0, 300),
    st.sampled_from(["answered", "declined", "answered_elsewhere", "no_answer", "busy"]),
)
SPANS = st.tuples(st.sampled_from(PEOPLE), instants(), st.integers(1, 3600))


def files(
    calls: list[tuple[datetime, str, str, int]],
    rings: list[tuple[int, str, datetime, int, int, str]],
    shifts: list[tuple[str, datetime, int]],
    absences: list[tuple[str, datetime, int]],
) -> dict[str, str]:
    """The random facts as CSV files."""
    call_rows = [
        f"{number},{started.isoformat()},{status},{queue},{(started + timedelta(seconds=length)).isoformat()}"
        for number, (started, status, queue, length) in enumerate(calls)
    ]
    ring_rows = [
        f"{number},{call},{agent},{rang.isoformat()},{rang_for},{talk},{outcome}"
        for number, (call, agent, rang, rang_for, talk, outcome) in enumerate(rings)
    ]
    shift_rows = [
        f"{number},{agent},{start.isoformat()},{(start + timedelta(seconds=length)).isoformat()}"
        for number, (agent, start, length) in enumerate(shifts)
    ]
    absence_rows = [
        f"{number},{agent},errand,{start:%Y-%m-%d},{start:%Y-%m-%d},{start:%H:%M},24:00"
        for number, (agent, start, _) in enumerate(absences)
    ]
    return {
        "calls": "\n".join(["source_id,started_at,status,queue,ended_at", *call_rows]),
        "rings": "\n".join(["source_id,call,agent,rang_at,ring_seconds,talk_seconds,outcome", *ring_rows]),
        "shifts": "\n".join(["source_id,agent,starts_at,ends_at", *shift_rows]),
        "absences": "\n".join(["source_id,agent,kind,first_day,last_day,from_time,to_time", *absence_rows]),
    }


# By names, because numbers of rows depend on the order of loads.
NAMES = "LEFT JOIN queue q ON q.id = t.queue_id"
ROLLED_UP = {
    "call_rollup": "SELECT t.local_date, weekday, half_hour, q.name AS queue, answered, missed, abandoned, short, "
    f"redirected, outside, outside_answered, timed_answers, answer_seconds FROM call_rollup t {NAMES}",
    "agent_rollup": "SELECT t.local_date, q.name AS queue, a.initials AS agent, answered, declined, not_picked_up, "
    "let_it_ring, taken_by_colleague, too_short, already_talking, absent, off_shift, unknown, talk_seconds, "
    f"timed_answers, answer_seconds FROM agent_rollup t {NAMES} LEFT JOIN agent a ON a.id = t.agent_id",
    "ring": "SELECT source_id, local_date, pair_outcome FROM ring",
    "call": "SELECT k.source_id, in_opening_hours, outcome, c.number AS customer FROM call k "
    "LEFT JOIN customer c ON c.id = k.customer_id",
}


def stored() -> dict[str, pd.DataFrame]:
    """The derived tables as both databases would write them, in one order."""
    with current_engine().connect() as connection:
        tables = {name: pd.read_sql(text(query), connection) for name, query in ROLLED_UP.items()}
    for name, table in tables.items():
        plain = table.astype(
            {column: "str" for column in table if column in ("local_date", "queue", "agent", "customer")}
        )
        plain = plain.astype({column: "bool" for column in table if column == "in_opening_hours"})
        tables[name] = plain.sort_values(list(plain.columns), ignore_index=True)
    return tables


def assert_counts_close(tables: dict[str, pd.DataFrame], number_of_calls: int) -> None:
    """The identity closes, roll-ups equal a recount, and no pair is counted twice."""
    calls, rings = tables["call"], tables["ring"]
    inside = calls[calls["in_opening_hours"]]
    rolled = tables["call_rollup"]
    assert int(rolled[list(CALL_OUTCOMES)].to_numpy().sum()) == len(inside)
    assert int(rolled[list(CALL_OUTCOMES)].to_numpy().sum() + rolled["outside"].sum()) == number_of_calls
    for outcome in CALL_OUTCOMES:
        assert rolled[outcome].sum() == (inside["outcome"] == outcome).sum()
    agents = tables["agent_rollup"]
    for outcome in FAIR_CHANCES:
        assert agents[outcome].sum() == (rings["pair_outcome"] == outcome).sum()
    fair = agents[list(FAIR_CHANCES)].sum(axis=1)
    assert (agents["answered"] <= fair).all()
    pairs = agents.drop(columns=["local_date", "queue", "talk_seconds", "timed_answers", "answer_seconds"])
    assert (pairs.groupby("agent").sum().sum(axis=1) <= number_of_calls).all()


@settings(max_examples=settings().max_examples // 6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(CALLS, min_size=1, max_size=10),
    rings=st.lists(RINGS, max_size=20),
    shifts=st.lists(SPANS, max_size=4),
    absences=st.lists(SPANS, max_size=2),
    order=st.permutations(["calls", "rings", "shifts", "absences"]),
)
def test_the_order_of_loads_changes_no_figure_and_roll_ups_equal_a_recount(
    calls: list[tuple[datetime, str, str, int]],
    rings: list[tuple[int, str, datetime, int, int, str]],
    shifts: list[tuple[str, datetime, int]],
    absences: list[tuple[str, datetime, int]],
    order: list[str],
    sqlite_files: SqliteFiles,
    tmp_path: Path,
) -> None:
    contents = files(calls, rings, shifts, absences)
    found = []
    for sequence in (order, ["shifts", "absences", "calls", "rings"]):
        with fresh_database(sqlite_files, AGENCY, tmp_path):
            load = Load(tmp_path, RULES)
            for kind in sequence:
                if contents[kind].count("\n"):
                    assert not load(kind, contents[kind]).rejects
            tables = stored()
            assert_counts_close(tables, len(calls))
            rebuild(RULES)  # a recount of everything from the facts
            for name, table in stored().items():
                pd.testing.assert_frame_equal(table, tables[name])
            found.append(tables)
    for name in ROLLED_UP:
        pd.testing.assert_frame_equal(found[0][name], found[1][name])


def in_parts(draw: st.DataObject, contents: dict[str, str]) -> list[tuple[str, str]]:
    """Files cut into parts, each with its header, and shuffled."""
    parts = []
    for kind, content in contents.items():
        header, *rows = content.splitlines()
        cuts = sorted(draw.draw(st.sets(st.integers(1, max(len(rows) - 1, 1)), max_size=3)))
        for start, end in pairwise([0, *cuts, len(rows)]):
            if rows[start:end]:
                parts.append((kind, "\n".join([header, *rows[start:end]])))
    return draw.draw(st.permutations(parts))


CUSTOMERS = "number,phones\nC-1,20123456\nC-2,20123457;20123458\nC-3,20123458\n"


@settings(max_examples=settings().max_examples // 15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(CALLS, min_size=1, max_size=8),
    rings=st.lists(RINGS, max_size=12),
    shifts=st.lists(SPANS, max_size=3),
    absences=st.lists(SPANS, max_size=2),
    draw=st.data(),
)
def test_any_order_and_any_partition_of_the_files_give_the_same_database_on_both_kinds(
    calls: list[tuple[datetime, str, str, int]],
    rings: list[tuple[int, str, datetime, int, int, str]],
    shifts: list[tuple[str, datetime, int]],
    absences: list[tuple[str, datetime, int]],
    draw: st.DataObject,
    tmp_path: Path,
    sqlite_files: SqliteFiles,
    postgres_server: PostgresServer,
) -> None:
    contents = files(calls, rings, shifts, absences) | {"customers": CUSTOMERS}
    phones = ["remote_number", "20123456", "20123457", "20123458", ""]
    lines = contents["calls"].splitlines()
    contents["calls"] = "\n".join(f"{line},{phones[min(place, 1) + place % 4]}" for place, line in enumerate(lines))
    whole = [(kind, content) for kind, content in contents.items() if content.count("\n")]
    found = []

    def load_and_keep(sequence: list[tuple[str, str]]) -> None:
        load = Load(tmp_path, RULES)
        for kind, content in sequence:
            assert not load(kind, content).rejects
        found.append(stored())

    for sequence in (whole, in_parts(draw, contents)):
        with fresh_database(sqlite_files, AGENCY, tmp_path):
            load_and_keep(sequence)
    with fresh_database(postgres_server, AGENCY, tmp_path):
        load_and_keep(in_parts(draw, contents))
    for other in found[1:]:
        for name in ROLLED_UP:
            pd.testing.assert_frame_equal(found[0][name], other[name], check_dtype=False)


def test_changed_rules_derive_everything_anew_with_the_next_load(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with fresh_database(sqlite_files, TABLES, tmp_path):
        row = "source_id,started_at,ended_at\n{},2026-05-0{}T10:00:00+02:00,2026-05-0{}T10:00:20+02:00\n"
        Load(tmp_path, RULES)("calls", row.format("a", 5, 5))
        assert stored()["call"]["outcome"].tolist() == ["abandoned"]
        content = RULES.model_dump(by_alias=True)
        content["thresholds"]["short_seconds"][0]["value"] = 30
        stricter = HouseRules.model_validate(content)
        Load(tmp_path, stricter)("calls", row.format("b", 6, 6))
        assert stored()["call"]["outcome"].tolist() == ["short", "short"]  # yesterday's call as well
        state = versions.database_state()
        assert state is not None
        assert state.rules_digest == stricter.derivation_digest


def test_a_call_from_any_number_of_a_message_is_the_customers_who_left_it(agency: Load, rows_of: Rows) -> None:
    messages = "source_id,customer_number,created_at,created_by,sent_to,phones\n" + "".join(
        f'{number},{customer},2026-05-06T09:00:00+02:00,BO,BIR,"{phones}"\n'
        for number, customer, phones in (
            (1, "C-1", "20 12 34 01 (mobil) og 30 12 34 01"),
            (2, "C-1", "30123401"),  # the same number again, alone
            (3, "C-2", "20123402, 20123409"),
            (4, "C-3", "20123409"),  # on messages of two customers
        )
    )
    numbers = ("20123401", "30123401", "20123402", "20123409", "20123499")
    calls = "source_id,started_at,remote_number\n" + "".join(
        f"{number},2026-05-06T10:00:00+02:00,{number}\n" for number in numbers
    )
    agency("callbacks", messages)
    agency("calls", calls)
    whose = "SELECT c.source_id, k.number FROM call c LEFT JOIN customer k ON k.id = c.customer_id"
    wanted = {"20123401": "C-1", "30123401": "C-1", "20123402": "C-2", "20123409": None, "20123499": None}
    assert dict(rows_of(whose)) == wanted

"""Customers of a handler who left go to KC: previewed, once, whole or not at all, and back again row by row."""

import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from support.cast import ALICE, BIRGIT, BOB, at
from support.databases import NOW, ON_SQLITE, Load, begins_with
from support.programs import start
from support.templates import AGENCY

from data_access.changes.reassignment import hand_over, undo
from data_access.changes.refusals import ChangeRefusedError
from data_access.database.engine import reading
from data_access.database.schema import agent, callback_verdict, metadata, reassignment
from data_access.database.writing import writing
from data_access.loading.load import rebuild
from data_access.questions.audit import LogFilters, log_entries
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.people import viewer_of
from data_access.questions.reassignment import case_handlers, hand_overs, not_yet_in_crm, preview
from data_access.questions.worklist import worklist
from data_access.scope import Scope, Viewer, scope_of
from metrics.house_rules import HouseRules

CUSTOMERS, OPEN, FINISHED = 2_000, 150, 40
QUALITY = Viewer("quality", "quality")
EVERYTHING = scope_of(QUALITY)
REASON = "Bob left on 1 May"
WEEK = CallbackFilters(date(2026, 5, 4), date(2026, 5, 10))
LOGS = {"database_info", "import_run", "import_reject", "audit_log", "access_log", "reassignment"}
Rows = Callable[[str], list[tuple[object, ...]]]


def customers_file(owner: str, count: int = CUSTOMERS) -> str:
    rows = (f"C-{number},{owner},{'Leasing biler' if number % 10 == 0 else ''}" for number in range(count))
    return "number,owner,portfolio\n" + "\n".join(rows) + "\n"


def requests_file(open_ones: int = OPEN) -> str:
    """Open ones of 2 to 6 May, one every forty minutes, and finished ones before them; all sent to Bob."""
    begun = datetime(2026, 5, 2, 8, 0, tzinfo=UTC)
    lines = ["source_id,customer_number,created_at,created_by,sent_at,sent_to,reason,phones,reached_at,done_at"]
    for number in range(open_ones):
        asked = (begun + timedelta(minutes=40 * number)).isoformat()
        lines.append(f"O{number},C-{number},{asked},BIR,{asked},BO,New car,20111111,,")
    for number in range(FINISHED):
        asked = (begun - timedelta(days=5, minutes=number)).isoformat()
        done = (begun - timedelta(days=4)).isoformat()
        lines.append(f"D{number},C-{number + 500},{asked},BIR,{asked},BO,Old car,20111111,{done},{done}")
    return "\n".join(lines) + "\n"


def fill(load: Load, count: int = CUSTOMERS, open_ones: int = OPEN) -> None:
    promise = (
        "source_id,callback,made_by,made_at,to_at\nP1,O140,BO,2026-05-06T10:00:00+02:00,2026-05-08T10:00:00+02:00\n"
    )
    attempt = "source_id,callback,agent,at,channel,reached\nF1,O1,BIR,2026-05-04T10:00:00+02:00,call,no\n"
    files = [
        ("customers", customers_file("BO", count)),
        ("callbacks", requests_file(open_ones)),
        ("calls", "source_id,started_at,status,agent\n1,2026-04-29T10:00:00+02:00,answered,BO\n"),
        ("notes", "source_id,customer_number,agent,at,kind\nN1,C-7,BO,2026-04-30T10:00:00+02:00,conversation\n"),
        ("agents", "initials,first_day,last_day\nBO,2020-01-01,2026-04-30\n"),
    ]
    files += [("promises", promise), ("attempts", attempt)] if open_ones > 140 else []
    load.all_of(*files)


# Loading them takes longer than most of what is tried on them.
@begins_with(AGENCY)
def left(load: Load) -> None:
    """Bob left on 1 May with 2,000 customers and 150 open requests."""
    fill(load)


@begins_with(AGENCY)
def left_lately(load: Load) -> None:
    """The same with 600 customers and 10 open requests."""
    fill(load, 600, 10)


def id_of(initials: str) -> int:
    with reading() as connection:
        return int(connection.execute(select(agent.c.id).where(agent.c.initials == initials)).scalar_one())


def hand(
    rules: HouseRules, viewer: Viewer = QUALITY, now: datetime = NOW, reason: str = REASON, initials: str = BOB
) -> str:
    ids = (id_of(initials),)
    return hand_over(viewer, ids, preview(scope_of(viewer), ids, rules, now).fingerprint, reason, rules, now)


def everything() -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but the logs; rows that are derived anew may come in another order."""
    with reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(*table.c))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in LOGS
        }


def counts(rows_of: Rows) -> tuple[object, ...]:
    """Customers of Bob and of KC, open requests with Bob and with KC."""
    bob = id_of(BOB)
    [row] = rows_of(
        f"SELECT (SELECT count(*) FROM customer_owner WHERE agent_id = {bob} AND to_date IS NULL),"
        " (SELECT count(*) FROM customer_owner WHERE desk = 'kc' AND to_date IS NULL),"
        f" (SELECT count(*) FROM callback_verdict WHERE agent_id = {bob} AND ended_at IS NULL),"
        " (SELECT count(*) FROM callback_verdict WHERE desk = 'kc' AND agent_id IS NULL AND ended_at IS NULL)"
    )
    return row


@pytest.mark.usefixtures("left")
def test_the_preview_says_what_will_happen_and_then_it_happens(rows_of: Rows, house_rules: HouseRules) -> None:
    before = everything()
    seen = preview(EVERYTHING, (id_of(BOB),), house_rules, NOW)
    assert (seen.customers, len(seen.callbacks)) == (CUSTOMERS, OPEN)
    assert {row.portfolio: row.customers for row in seen.portfolios.fillna("").itertuples()} == {
        "": CUSTOMERS * 9 // 10,
        "Leasing biler": CUSTOMERS // 10,
    }
    # Nobody was told four days, so every deadline stands where it stood (B8).
    assert (seen.callbacks["due_before"] == seen.callbacks["due_after"]).all()
    assert int(seen.callbacks["promises"].sum()) == 1
    overdue = seen.callbacks[seen.callbacks["state"] == "overdue"]
    assert set(overdue["breached"]) == {True}
    assert (seen.kc_before.open_requests, seen.kc_after.open_requests) == (0, OPEN)
    # 150 open and 40 finished requests of the last 28 days came to Bob.
    assert seen.kc_after.arriving_per_day == pytest.approx((OPEN + FINISHED) / 28)
    assert everything() == before  # a preview writes nothing

    assert counts(rows_of) == (CUSTOMERS, 0, OPEN, 0)
    batch = hand(house_rules)
    assert counts(rows_of) == (0, CUSTOMERS, 0, OPEN)
    [done] = hand_overs(EVERYTHING, NOW.date()).itertuples()
    assert (done.batch, done.agents, done.customers, done.requests, done.reason) == (
        batch,
        BOB,
        CUSTOMERS,
        OPEN,
        REASON,
    )

    after = everything()
    for table in ("call", "ring", "note", "contact_attempt", "promise", "promise_verdict", "callback", "customer"):
        assert after[table] == before[table], table  # what was done stays with who did it
    judged = (
        "SELECT callback_id, breached_at, breached_by_id, first_attempt_at, due_at FROM callback_verdict ORDER BY 1"
    )
    columns = [column.name for column in callback_verdict.c]
    kept = [columns.index(name) for name in ("callback_id", "breached_at", "first_attempt_at", "due_at", "rule")]
    assert sorted(tuple(row[place] for place in kept) for row in after["callback_verdict"]) == sorted(
        tuple(row[place] for place in kept) for row in before["callback_verdict"]
    )
    # A breach that had happened stays with Bob; one that happens from now on is KC's.
    late = [row for row in rows_of(judged) if row[1] is not None and str(row[1]) < "2026-05-07 12:00"]
    assert late
    assert {row[2] for row in late} == {id_of(BOB)}


def test_a_load_from_before_changes_nothing_and_one_from_after_clears_the_list(
    left: Load, rows_of: Rows, house_rules: HouseRules
) -> None:
    hand(house_rules)
    assert len(not_yet_in_crm(EVERYTHING, NOW.date())) == CUSTOMERS
    row = not_yet_in_crm(EVERYTHING, NOW.date()).iloc[0]
    assert (row["customer"], row["former_owner"], row["new_owner"]) == ("C-0", BOB, "KC")
    before = everything()
    report = left("customers", customers_file("BO"))
    assert (report.loaded, report.unchanged, report.rejected) == (0, CUSTOMERS, 0)
    assert everything() == before
    assert len(not_yet_in_crm(EVERYTHING, NOW.date())) == CUSTOMERS
    assert left("customers", customers_file("KC", 1_500)).loaded == 1_500
    assert len(not_yet_in_crm(EVERYTHING, NOW.date())) == CUSTOMERS - 1_500
    left("customers", customers_file("KC"))
    assert not_yet_in_crm(EVERYTHING, NOW.date()).empty
    assert everything()["customer_owner"] == before["customer_owner"]
    # The old file once more, after the CRM has shown the new owner: it still undoes nothing.
    assert left("customers", customers_file("BO")).loaded == 0
    assert counts(rows_of)[:2] == (0, CUSTOMERS)
    # Another owner than both is news: the CRM gave the customer to Birgit.
    left("customers", "number,owner,owner_first_day\nC-1,BIR,2026-05-20\n")
    assert counts(rows_of)[:2] == (0, CUSTOMERS - 1)


def test_the_former_handler_gets_a_customer_back_when_the_crm_says_since_when(
    left_lately: Load, rows_of: Rows, house_rules: HouseRules
) -> None:
    hand(house_rules)
    left_lately("customers", "number,owner\nC-1,KC\nC-2,KC\n")  # the CRM has learnt of it
    left_lately("customers", "number,owner,owner_first_day\nC-1,BO,2026-05-20\nC-2,BO,2026-05-07\n")
    assert counts(rows_of)[:2] == (1, 599)  # C-2's day is that of the hand-over itself: an older file


KILLED = """
import os, signal, sys
from datetime import datetime
from sqlalchemy import event
from data_access.changes.reassignment import hand_over
from data_access.database.engine import current_engine
from data_access.questions.reassignment import preview
from data_access.scope import scope_of
from data_access.settings import current_rules
from data_access.scope import Viewer

viewer, agent_id, last = Viewer("quality", "quality"), int(sys.argv[1]), int(sys.argv[3])
now = datetime.fromisoformat(sys.argv[2])
fingerprint = preview(scope_of(viewer), (agent_id,), current_rules(), now).fingerprint
seen = 0

@event.listens_for(current_engine(), "before_cursor_execute")
def count(*_):
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), signal.SIGKILL)

hand_over(viewer, (agent_id,), fingerprint, "left", current_rules(), now)
print(seen)
"""


def run_and_kill(statement: int) -> subprocess.CompletedProcess[str]:
    return start(str(id_of(BOB)), NOW.isoformat(), str(statement), code=KILLED).finish()


@pytest.mark.usefixtures("left_lately")
def test_killed_at_any_of_ten_points_nothing_is_half_done(house_rules: HouseRules) -> None:
    before = everything()
    whole = run_and_kill(0)  # no statement has that number: it goes through, and says how many there are
    assert whole.returncode == 0, whole.stderr
    statements, after = int(whole.stdout), everything()
    with reading() as connection:
        batch = connection.scalar(select(func.max(reassignment.c.batch)))
    undo(QUALITY, str(batch), "a trial", house_rules, NOW)
    assert everything() == before
    writes_begin = statements // 3
    points = {writes_begin + step * (statements - writes_begin) // 9 for step in range(10)}
    assert len(points) == 10
    for point in sorted(points):
        assert run_and_kill(point).returncode == -9
        assert everything() == before, point
    assert run_and_kill(0).returncode == 0
    changed = {name for name, rows in everything().items() if rows != after[name]}
    assert changed <= {"customer_owner", "callback_owner"}  # new rows have new numbers; all else is as the first time


@pytest.mark.usefixtures("left")
def test_pressed_by_two_at_once_it_happens_once_and_the_second_is_told(rows_of: Rows, house_rules: HouseRules) -> None:
    alice = viewer_of(ALICE, NOW, NOW.date())
    assert alice is not None
    ids = (id_of(BOB),)
    fingerprint = preview(scope_of(alice), ids, house_rules, NOW).fingerprint
    told: list[ChangeRefusedError] = []
    together = threading.Barrier(2)

    def press(viewer: Viewer) -> None:
        together.wait()
        try:
            hand_over(viewer, ids, fingerprint, REASON, house_rules, NOW)
        except ChangeRefusedError as error:
            told.append(error)

    people = [threading.Thread(target=press, args=(viewer,)) for viewer in (alice, replace(alice))]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert [(error.code, error.facts) for error in told] == [("already_done", {"by": ALICE, "at": NOW})]
    assert counts(rows_of) == (0, CUSTOMERS, 0, OPEN)
    assert rows_of("SELECT count(*) FROM reassignment") == [(CUSTOMERS + OPEN,)]
    assert rows_of("SELECT count(*) FROM audit_log") == [(1,)]


@pytest.mark.usefixtures("left")
def test_undo_restores_row_by_row_and_the_log_holds_both(rows_of: Rows, house_rules: HouseRules) -> None:
    before = everything()
    batch = hand(house_rules)
    undo(QUALITY, batch, "Pressed by mistake", house_rules, NOW + timedelta(minutes=1))
    assert everything() == before
    assert rows_of("SELECT count(*) FROM reassignment") == [(2 * (CUSTOMERS + OPEN),)]
    assert rows_of("SELECT action, subject FROM audit_log ORDER BY id") == [
        ("reassign", "agent BO"),
        ("undo_reassign", "agent BO"),
    ]
    [done] = hand_overs(EVERYTHING, NOW.date()).itertuples()
    assert done.undone_at == NOW + timedelta(minutes=1)
    with pytest.raises(ChangeRefusedError, match="already_undone"):
        undo(QUALITY, batch, "Again", house_rules, NOW + timedelta(minutes=2))
    # And it can be done again, on the same day.
    hand(house_rules, now=NOW + timedelta(minutes=3))
    assert counts(rows_of) == (0, CUSTOMERS, 0, OPEN)
    about_one = log_entries(EVERYTHING, LogFilters(NOW.date(), NOW.date(), customer="C-1"), house_rules)
    assert about_one["action"].tolist() == [
        "reassign",
        "reassign",
        "undo_reassign",
        "undo_reassign",
        "reassign",
        "reassign",
    ]


@ON_SQLITE
def test_forty_thousand_customers_are_no_more_than_one_hand_over(
    agency: Load, rows_of: Rows, house_rules: HouseRules
) -> None:
    fill(agency, 40_000, 10)
    batch = hand(house_rules)
    assert counts(rows_of) == (0, 40_000, 0, 10)
    undo(QUALITY, batch, "a trial", house_rules, NOW)
    assert counts(rows_of) == (40_000, 0, 10, 0)


def test_a_hand_over_that_was_followed_by_another_is_not_undone(
    left_lately: Load, rows_of: Rows, house_rules: HouseRules
) -> None:
    """Customer C-1 went to KC, the CRM gave him to Birgit, she left, and he went to KC again."""
    first = hand(house_rules)
    left_lately("customers", "number,owner,owner_first_day\nC-1,BIR,2026-05-09\n")
    left_lately("agents", "initials,first_day,last_day\nBIR,2020-01-01,2026-05-10\n")
    later = at("10:00", date(2026, 5, 12))
    hand(house_rules, now=later, initials=BIRGIT)
    with pytest.raises(ChangeRefusedError) as refused:
        undo(QUALITY, first, "Too late", house_rules, later)
    assert refused.value.facts["what"]["new_owner"] == 1
    assert counts(rows_of)[:2] == (0, 600)


AFTER = "2026-05-07T15:00:00+02:00"


@pytest.mark.parametrize(
    ("kind", "content", "newer"),
    [
        ("customers", "number,owner,owner_first_day\nC-300,BIR,2026-05-20\n", {"new_owner": 1}),
        ("customers", "number,owner\nC-300,KC\nC-301,KC\n", {"in_crm": 2}),
        ("attempts", f"source_id,callback,agent,at,channel\nF9,O3,BIR,{AFTER},call\n", {"tried": 1}),
        (
            "promises",
            f"source_id,callback,made_by,made_at,to_at\nP9,O3,BIR,{AFTER},2026-05-08T10:00:00+02:00\n",
            {"promised": 1},
        ),
        (
            "callbacks",
            f"source_id,customer_number,created_at,told_at\nO3,C-3,2026-05-02T10:00:00+00:00,{AFTER}\n",
            {"told": 1},
        ),
        (
            "callbacks",
            f"source_id,customer_number,created_at,reached_at,done_at\nO3,C-3,2026-05-02T10:00:00+00:00,{AFTER},{AFTER}\n",
            {"ended": 1},
        ),
        (
            "callbacks",
            f"source_id,customer_number,created_at,handed_to,handed_at\nO3,C-3,2026-05-02T10:00:00+00:00,claims,{AFTER}\n",
            {"handed_on": 1},
        ),
    ],
)
def test_what_happened_since_is_not_undone_over(
    left_lately: Load, house_rules: HouseRules, kind: str, content: str, newer: dict[str, int]
) -> None:
    batch = hand(house_rules)
    assert not left_lately(kind, content).rejects
    before = everything()
    with pytest.raises(ChangeRefusedError) as refused:
        undo(QUALITY, batch, "Too late", house_rules, at("16:00", NOW.date()))
    assert (refused.value.code, refused.value.facts) == ("newer", {"what": newer})
    assert everything() == before


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("agents", "initials,first_day\nBO,2026-05-06\n"),  # employed again
        ("calls", "source_id,started_at,status,agent\n9,2026-05-06T10:00:00+02:00,answered,BO\n"),  # took a call since
    ],
)
def test_somebody_who_became_active_meanwhile_keeps_his_customers(
    left_lately: Load, rows_of: Rows, house_rules: HouseRules, kind: str, content: str
) -> None:
    ids = (id_of(BOB),)
    fingerprint = preview(EVERYTHING, ids, house_rules, NOW).fingerprint
    assert not left_lately(kind, content).rejects
    with pytest.raises(ChangeRefusedError) as refused:
        hand_over(QUALITY, ids, fingerprint, REASON, house_rules, NOW)
    assert (refused.value.code, refused.value.facts) == ("active", {"agents": BOB})
    assert counts(rows_of) == (600, 0, 10, 0)


def test_what_changed_since_the_preview_must_be_looked_at_again(left_lately: Load, house_rules: HouseRules) -> None:
    ids = (id_of(BOB),)
    fingerprint = preview(EVERYTHING, ids, house_rules, NOW).fingerprint
    left_lately("customers", "number,owner\nC-NEW,BO\n")
    with pytest.raises(ChangeRefusedError, match="changed"):
        hand_over(QUALITY, ids, fingerprint, REASON, house_rules, NOW)


@ON_SQLITE
@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
@pytest.mark.usefixtures("left_lately")
def test_a_reason_is_needed(house_rules: HouseRules, reason: str) -> None:
    with pytest.raises(ChangeRefusedError, match="no_reason"):
        hand(house_rules, reason=reason)


@pytest.mark.parametrize(
    ("viewer", "may"),
    [
        (Viewer("quality", "quality"), True),
        (Viewer("admin", "admin"), True),
        (Viewer("ALI", "team_lead", 1, (1,)), True),  # leads North, Bob's last team
        (Viewer("X", "team_lead", 1, (2,)), False),  # leads another team
        (Viewer("X", "team_lead", 1, ()), False),
        (Viewer("BIR", "agent", 3), False),
        (Viewer("BO", "agent", 2, (1,)), False),
        (Viewer("K", "kc", 4, (1,)), False),
    ],
)
@pytest.mark.usefixtures("left_lately")
def test_only_the_own_lead_quality_and_administrators_hand_over(
    rows_of: Rows, house_rules: HouseRules, viewer: Viewer, may: bool
) -> None:
    assert rows_of("SELECT id, name FROM team ORDER BY id") == [(1, "North"), (2, "South")]
    ids = (id_of(BOB),)
    fingerprint = preview(EVERYTHING, ids, house_rules, NOW).fingerprint
    if may:
        batch = hand_over(viewer, ids, fingerprint, REASON, house_rules, NOW)
        undo(viewer, batch, "back", house_rules, NOW)
        return
    with pytest.raises(ChangeRefusedError, match="not_allowed"):
        hand_over(viewer, ids, fingerprint, REASON, house_rules, NOW)
    assert counts(rows_of) == (600, 0, 10, 0)
    batch = hand(house_rules)
    with pytest.raises(ChangeRefusedError, match="not_allowed"):
        undo(viewer, batch, "back", house_rules, NOW)


def test_the_evidence_names_why_somebody_counts_as_no_longer_active(left_lately: Load, house_rules: HouseRules) -> None:
    left_lately("customers", "number,owner\nC-B,BIR\nC-C,CAR\nC-D,DOR\n")
    left_lately("shifts", "agent,starts_at,ends_at\nCAR,2026-05-08T09:00:00+02:00,2026-05-08T17:00:00+02:00\n")
    left_lately("kc-list", "DOR BIR\n")
    found = case_handlers(EVERYTHING, house_rules, NOW).set_index("agent")
    assert found["why"].fillna("").to_dict() == {BOB: "left", BIRGIT: "listed", "CAR": "", "DOR": "listed"}
    bob = found.loc[BOB]
    assert (bob["customers"], bob["open_callbacks"], str(bob["left_on"]), str(bob["last_call"])) == (
        600,
        10,
        "2026-05-01",
        "2026-04-29",
    )
    north = case_handlers(Scope(team_ids=(1,)), house_rules, NOW)
    assert set(north["agent"]) == {BOB, BIRGIT}  # Birgit goes to South in June


@pytest.mark.parametrize(
    ("memberships", "team"),
    [
        ("", "North"),
        ("BO,South,2024-01-01,2024-03-31\n", "North"),  # a project long ago, while he stayed in North
        ("BO,South,2026-07-01,\n", "North"),  # planned, and never begun
        ("BO,North,2020-01-01,2026-02-28\nBO,South,2026-03-01,2026-04-30\n", "South"),  # the last one that he left
        ("BO,North,2020-01-01,2026-04-30\nBO,South,2024-01-01,2024-03-31\n", "North"),
    ],
)
def test_a_handler_who_left_belongs_to_the_team_that_he_left_last(
    left_lately: Load, house_rules: HouseRules, memberships: str, team: str
) -> None:
    if memberships:
        assert not left_lately("memberships", "agent,team,first_day,last_day\n" + memberships).rejects
    for team_id, name in ((1, "North"), (2, "South")):
        seen = set(case_handlers(Scope(team_ids=(team_id,)), house_rules, NOW)["agent"])
        assert (BOB in seen) is (name == team)


@pytest.mark.parametrize(
    ("told", "sent_to", "due"),
    [
        ("2026-05-07T08:00:00+02:00", "", "2026-05-08T06:00:00"),  # told before it was KC's: no four days
        ("", "", "2026-05-08T06:00:00"),
        ("", "BO", "2026-05-08T06:00:00"),
    ],
)
def test_requests_of_the_same_morning_keep_their_clock_and_their_writer(
    left_lately: Load, rows_of: Rows, house_rules: HouseRules, told: str, sent_to: str, due: str
) -> None:
    """Bob was silent, not gone: what was sent to him at eight was sent to the right one, and his deadline stands."""
    left_lately("agents", "initials,first_day\nBO,2026-05-01\n")
    header = "source_id,customer_number,created_at,created_by,sent_at,sent_to,told_at,topic\n"
    asked = "2026-05-07T08:00:00+02:00"
    left_lately("callbacks", header + f"T1,C-77,{asked},BIR,{asked},{sent_to},{told},general\n")
    with writing() as connection:
        connection.execute(text("UPDATE agent SET disabled_at = '2026-05-07 11:00:00+00:00' WHERE initials = 'BO'"))
    query = (
        "SELECT v.due_at, v.rule, v.is_misrouted FROM callback_verdict v"
        " JOIN callback c ON c.id = v.callback_id WHERE c.source_id = 'T1'"
    )
    rebuild(house_rules)
    [before] = rows_of(query)
    seen = preview(EVERYTHING, (id_of(BOB),), house_rules, NOW)
    moved = seen.callbacks[seen.callbacks["customer"] == "C-77"].iloc[0]
    hand(house_rules)
    assert rows_of(query) == [before]
    [after] = worklist(EVERYTHING, WEEK, house_rules, NOW).query("customer == 'C-77'").itertuples()
    assert after.due_at == moved["due_after"] == moved["due_before"]
    assert str(before[0]).startswith(due.replace("T", " "))


def test_a_request_that_came_to_kc_meanwhile_is_not_given_to_the_handler(
    left_lately: Load, house_rules: HouseRules
) -> None:
    batch = hand(house_rules)
    left_lately("callbacks", "source_id,customer_number,created_at\nT1,C-77,2026-05-07T15:00:00+02:00\n")
    with pytest.raises(ChangeRefusedError) as refused:
        undo(QUALITY, batch, "Too late", house_rules, at("16:00", NOW.date()))
    assert refused.value.facts["what"] == {"written": 1}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("calls", "source_id,started_at,direction,status,agent\n9,2026-05-06T10:00:00+02:00,outgoing,answered,CAR\n"),
        ("attempts", "customer_number,agent,at,channel\nC-C,CAR,2026-05-06T10:00:00+02:00,call\n"),
        ("callbacks", "source_id,customer_number,created_at,created_by\nW1,C-C,2026-05-06T10:00:00+02:00,CAR\n"),
        ("absences", "agent,kind,first_day,last_day\nCAR,vacation,2026-04-01,2026-05-06\n"),  # back this morning
        ("agents", "initials,first_day\nCAR,2026-05-01\n"),  # hired last week
        ("agents", "initials,takes_calls\nCAR,no\n"),
        ("agents", "initials,role\nCAR,team_lead\n"),
    ],
)
def test_who_works_otherwise_than_by_answering_is_not_silent(
    agency: Load, house_rules: HouseRules, kind: str, content: str
) -> None:
    """Since January there is a phone log and there are notes, and Carl, who has a customer, stands in neither."""
    agency("customers", "number,owner\nC-C,CAR\n")
    for day in ("2026-01-02", "2026-05-06"):
        agency("calls", f"source_id,started_at,status,agent\n{day},{day}T10:00:00+02:00,answered,BIR\n")
        agency("notes", f"customer_number,agent,at\nC-9,BIR,{day}T10:01:00+02:00\n")
    assert case_handlers(EVERYTHING, house_rules, NOW)["why"].tolist() == ["silent"]
    assert not agency(kind, content).rejects
    assert case_handlers(EVERYTHING, house_rules, NOW)["why"].isna().tolist() == [True]


def test_a_third_owner_whom_the_crm_names_for_an_earlier_day_follows_kc(
    left_lately: Load, rows_of: Rows, house_rules: HouseRules
) -> None:
    hand(house_rules)
    report = left_lately("customers", "number,owner,owner_first_day\nC-1,BIR,2026-05-05\n")
    assert (report.loaded, report.rejected) == (1, 0)
    owned = (
        "SELECT agent_id, desk, from_date, to_date FROM customer_owner"
        " WHERE customer_id = (SELECT id FROM customer WHERE number = 'C-1') ORDER BY from_date DESC"
    )
    latest, kc = rows_of(owned)[:2]
    assert (latest[0], str(latest[2]), latest[3]) == (id_of(BIRGIT), "2026-05-08", None)
    assert (kc[1], str(kc[2]), str(kc[3])) == ("kc", "2026-05-07", "2026-05-08")
    assert len(not_yet_in_crm(EVERYTHING, NOW.date())) == 599


@pytest.mark.usefixtures("left_lately")
def test_nothing_edits_the_record_of_hand_overs(rows_of: Rows, house_rules: HouseRules) -> None:
    hand(house_rules)
    for statement in ("UPDATE reassignment SET reason = 'x'", "DELETE FROM reassignment", "DELETE FROM audit_log"):
        with pytest.raises(DBAPIError, match="append-only"), writing() as connection:
            connection.execute(text(statement))
    assert rows_of("SELECT count(*) FROM reassignment") == [(610,)]

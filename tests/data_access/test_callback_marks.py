"""Who has taken a request: one of two, seen by all who see the request, gone when the customer is reached."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from support.cast import ALICE, BIRGIT, BOB, CARL, at
from support.databases import Load, begins_with
from support.templates import AGENCY

from data_access.changes.callback_marks import give_request_back, take_request
from data_access.changes.refusals import ChangeRefusedError
from data_access.questions.callback_history import history_of
from data_access.questions.callbacks import CallbackFilters
from data_access.questions.people import viewer_of
from data_access.questions.worklist import WORKLIST_VIEWS, in_view, worklist
from data_access.scope import Viewer, scope_of
from metrics.house_rules import HouseRules

WEDNESDAY = date(2026, 5, 6)
TODAY = CallbackFilters(WEDNESDAY, WEDNESDAY)
NOON = at("12:00")
QUALITY = Viewer("quality", "quality")
# Of Bob's requests one is overdue since eleven, one is due within two hours and one tomorrow; Carl has one in his team.
REQUESTS = """source_id,customer_number,created_at,sent_to
B1,C-1,2026-05-05T11:00:00+02:00,BO
B2,C-2,2026-05-05T13:00:00+02:00,BO
B3,C-3,2026-05-06T11:00:00+02:00,BO
B4,C-4,2026-05-06T11:00:00+02:00,CAR
"""
CALLED = "source_id,callback,agent,at,channel,reached\nF1,B2,BO,2026-05-06T10:00:00+02:00,call,no\n"
PROMISED = "source_id,callback,made_by,made_at,to_at\nP1,B3,BO,2026-05-06T11:30:00+02:00,2026-05-06T16:00:00+02:00\n"


@begins_with(AGENCY)
def requests(load: Load) -> None:
    load.all_of(("callbacks", REQUESTS), ("attempts", CALLED), ("promises", PROMISED))


def viewer(initials: str) -> Viewer:
    person = viewer_of(initials, NOON, WEDNESDAY)
    assert person is not None
    return person


def ids(rules: HouseRules) -> dict[str, int]:
    work = worklist(scope_of(QUALITY), TODAY, rules, NOON)
    return dict(zip(work["customer"], work["callback_id"].astype(int), strict=True))


def taken(person: Viewer, rules: HouseRules) -> dict[str, str]:
    work = worklist(scope_of(person), TODAY, rules, at("12:30"))
    work = work[work["taken_at"].notna()]
    return dict(zip(work["customer"], work["taken_by"].fillna("somebody"), strict=True))


@pytest.mark.parametrize(
    ("view", "customers"),
    [
        ("all", ["C-1", "C-2", "C-3", "C-4"]),
        ("overdue", ["C-1"]),
        ("within_two_hours", ["C-2"]),  # at 13:00; at 12:00 that is one hour
        ("nobody_called", ["C-1", "C-3", "C-4"]),
        ("promised", ["C-3"]),
    ],
)
@pytest.mark.usefixtures("requests")
def test_a_view_is_a_part_of_the_worklist(house_rules: HouseRules, view: str, customers: list[str]) -> None:
    work = worklist(scope_of(QUALITY), TODAY, house_rules, NOON)
    assert sorted(work["customer"][in_view(work, view, NOON)]) == customers
    assert view in WORKLIST_VIEWS


@pytest.mark.usefixtures("requests")
def test_whoever_takes_a_request_is_named_to_all_who_see_it_and_to_nobody_else(
    house_rules: HouseRules, rows_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    take_request(viewer(BOB), ids(house_rules)["C-1"], house_rules, NOON)
    assert [taken(viewer(who), house_rules) for who in (BOB, ALICE, CARL)] == [{"C-1": BOB}, {"C-1": BOB}, {}]
    opened = history_of(scope_of(viewer(ALICE)), ids(house_rules)["C-1"], house_rules, at("12:30"))
    assert opened is not None
    assert opened.mark is not None
    assert (opened.mark.by, opened.mark.at) == (BOB, NOON)
    change = f"callback {ids(house_rules)['C-1']}"
    assert rows_of("SELECT action, subject FROM audit_log") == [("take_request", change)]


@pytest.mark.usefixtures("requests")
def test_whoever_comes_second_is_told_who_was_first(house_rules: HouseRules) -> None:
    wanted = ids(house_rules)["C-1"]
    take_request(viewer(BOB), wanted, house_rules, NOON)
    with pytest.raises(ChangeRefusedError) as refused:
        take_request(viewer(ALICE), wanted, house_rules, at("12:01"))
    assert (refused.value.code, refused.value.facts) == ("already", {"by": BOB, "at": NOON})


@pytest.mark.usefixtures("requests")
def test_whoever_presses_by_a_clock_that_is_slow_is_told_too(house_rules: HouseRules) -> None:
    wanted = ids(house_rules)["C-1"]
    take_request(viewer(BOB), wanted, house_rules, at("12:01"))
    with pytest.raises(ChangeRefusedError, match="already"):
        take_request(viewer(ALICE), wanted, house_rules, NOON)


@pytest.mark.usefixtures("requests")
def test_two_leads_who_press_at_once_are_one_who_has_it_and_one_who_is_told(house_rules: HouseRules) -> None:
    wanted, together = ids(house_rules)["C-1"], threading.Barrier(2)
    people, said = [viewer(ALICE), viewer(BOB)], []

    def press(person: Viewer) -> None:
        together.wait()
        try:
            take_request(person, wanted, house_rules, NOON)
            said.append("has it")
        except ChangeRefusedError as error:
            said.append(error.code)

    pressing = [threading.Thread(target=press, args=(person,)) for person in people]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()
    assert sorted(said) == ["already", "has it"]
    assert len(taken(QUALITY, house_rules)) == 1


@pytest.mark.usefixtures("requests")
def test_a_request_is_free_again_once_it_is_given_back(house_rules: HouseRules) -> None:
    wanted = ids(house_rules)["C-1"]
    take_request(viewer(BOB), wanted, house_rules, NOON)
    with pytest.raises(ChangeRefusedError, match="not_allowed"):  # a colleague's is not hers to give back
        give_request_back(viewer(BIRGIT), wanted, house_rules, NOON)
    give_request_back(viewer(ALICE), wanted, house_rules, NOON)  # she leads him
    assert taken(QUALITY, house_rules) == {}
    take_request(viewer(ALICE), wanted, house_rules, NOON)
    assert taken(QUALITY, house_rules) == {"C-1": ALICE}


@pytest.mark.parametrize(
    ("who", "customer"),
    [
        (CARL, "C-1"),  # it lies in another team
        (BOB, "C-4"),
    ],
)
@pytest.mark.usefixtures("requests")
def test_nobody_takes_what_is_not_theirs_to_see(house_rules: HouseRules, who: str, customer: str) -> None:
    with pytest.raises(ChangeRefusedError, match="not_allowed"):
        take_request(viewer(who), ids(house_rules)[customer], house_rules, NOON)
    assert taken(QUALITY, house_rules) == {}


def test_the_mark_is_gone_when_the_customer_is_reached(requests: Load, house_rules: HouseRules) -> None:
    wanted = ids(house_rules)["C-1"]
    take_request(viewer(BOB), wanted, house_rules, NOON)
    requests("attempts", CALLED + "F2,B1,BO,2026-05-06T12:10:00+02:00,call,yes\n")
    assert taken(QUALITY, house_rules) == {}
    opened = history_of(scope_of(QUALITY), wanted, house_rules, at("12:30"))
    assert opened is not None
    assert opened.mark is None
    with pytest.raises(ChangeRefusedError, match="not_allowed"):  # there is nothing left to take
        take_request(viewer(ALICE), wanted, house_rules, at("12:30"))

"""Who wanted a superior (Q4), who was told a new time (B4), and what was copied to quality (B7), on both databases."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from support.cast import ALICE, BIRGIT, BOB, at
from support.databases import Load, begins_with
from support.templates import AGENCY

from data_access.database.engine import reading
from data_access.questions.callback_history import history_of
from data_access.questions.callbacks import CallbackFilters, callback_rows, callback_totals
from data_access.questions.coaching_sessions import concerns
from data_access.questions.escalations import escalations
from data_access.questions.measures import cells_of
from data_access.scope import EVERYBODY, Scope, Viewer, scope_of
from metrics.house_rules import HouseRules

EVERYTHING = Scope(sees_everything=True, may_see_customers=True)
QUALITY = scope_of(Viewer("quality", "quality"))
MAY = CallbackFilters(date(2026, 5, 1), date(2026, 5, 31))
NOW = at("12:00", date(2026, 5, 8))
CUSTOMERS = "number,name,owner\n" + "".join(f"C-{place},Customer {place},BO\n" for place in range(1, 6))
RowsOf = Callable[[str], list[tuple[object, ...]]]
HEADER = "source_id,customer_number,created_at,created_by,topic,sent_to,reached_at,copied_to,reminder_of\n"
ROWS = (
    # what the customer asked for before, and when they wanted a superior; nothing but the order of time ties them
    "A1,C-1,2026-04-20T10:00:00+02:00,BIR,claims,claims,2026-04-21T10:00:00+02:00,,\n"
    "A2,C-1,2026-05-04T10:00:00+02:00,BIR,payment,economy,2026-05-04T11:00:00+02:00,,\n"
    "E1,C-1,2026-05-06T10:00:00+02:00,BIR,escalation,escalation,2026-05-06T13:00:00+02:00,,\n"
    # ninety days and a minute before: too long ago to be what it is about
    "A3,C-2,2026-02-05T08:59:00+01:00,BIR,claims,claims,2026-02-05T11:00:00+01:00,,\n"
    "E2,C-2,2026-05-06T10:00:00+02:00,BIR,escalation,escalation,,,\n"
    # sent to an agent: misrouted, and still in nobody's figures
    "E3,C-3,2026-05-06T10:00:00+02:00,BIR,escalation,BO,,,\n"
)


@begins_with(AGENCY)
def office(load: Load) -> None:
    load.all_of(("customers", CUSTOMERS))


def test_an_escalation_says_what_it_is_about_and_how_long_the_customer_waited(
    office: Load, house_rules: HouseRules
) -> None:
    assert not office("callbacks", HEADER + ROWS).rejects
    rows = escalations(EVERYTHING, MAY, house_rules, NOW).set_index("customer").sort_index()
    assert rows.index.tolist() == ["C-1", "C-2", "C-3"]
    assert rows["about_topic"].fillna("").tolist() == ["payment", "", ""]  # the latest one, not the first
    assert rows["about_desk"].fillna("").tolist() == ["economy", "", ""]
    assert rows["waited_minutes"].tolist() == [180, 50 * 60, 50 * 60]  # 10:00 to 13:00; two days and two hours so far
    assert rows["state"].tolist() == ["reached", "overdue", "overdue"]


def test_an_escalation_counts_in_no_agents_figures(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", HEADER + ROWS)
    with reading() as connection:
        for measure in ("requests_reached", "requests_attempted", "requests_reminded"):
            cells = cells_of(connection, measure, MAY, house_rules, NOW)
            assert cells["cases"].sum() == 0, measure  # what went to claims and economy is nobody's in person
    assert callback_totals(EVERYTHING, MAY, house_rules, NOW)["misrouted"] == 1  # of whoever wrote it


def test_a_lead_without_that_desk_sees_no_escalation_but_one_that_lies_with_the_team(
    office: Load, house_rules: HouseRules
) -> None:
    office("callbacks", HEADER + ROWS)
    north = scope_of(viewer := Viewer(ALICE, "team_lead", None, (1,)))
    assert viewer.team_ids
    assert escalations(north, MAY, house_rules, NOW)["customer"].tolist() == ["C-3"]
    assert escalations(Scope(), MAY, house_rules, NOW).empty


def test_nobody_escalated_gives_an_empty_table(office: Load, house_rules: HouseRules) -> None:
    office("callbacks", HEADER)
    assert escalations(EVERYTHING, MAY, house_rules, NOW).empty


def stamp(clock: datetime) -> str:
    return clock.isoformat()


def test_told_a_new_time_is_who_was_promised_a_later_time_before_the_deadline_passed(
    office: Load, house_rules: HouseRules
) -> None:
    asked = at("10:00", date(2026, 5, 4))
    due = asked + timedelta(hours=24)
    new_time = due + timedelta(hours=20)
    promised_at = {
        "C-1": due - timedelta(hours=1),  # told
        "C-2": due,  # at the very deadline: told, for exactly on it is in time
        "C-3": due + timedelta(minutes=1),  # too late
        "C-4": None,  # never
    }
    requests = "".join(f"B-{who},{who},{stamp(asked)},BIR,general,BO,,,\n" for who in (*promised_at, "C-5"))
    promises = "".join(
        f"P-{who},B-{who},BO,{stamp(made_at)},{stamp(new_time)}\n" for who, made_at in promised_at.items() if made_at
    )
    # C-5 was told a time before the deadline, and that is no later time.
    promises += f"P-C-5,B-C-5,BO,{stamp(asked)},{stamp(asked + timedelta(hours=2))}\n"
    office("callbacks", HEADER + requests)
    office("promises", "source_id,callback,made_by,made_at,to_at\n" + promises)
    totals = callback_totals(EVERYTHING, MAY, house_rules, NOW)
    assert (totals["told_new_time"], totals["breached"]) == (2, 5)
    assert len(callback_rows(EVERYTHING, MAY, house_rules, NOW, "told_new_time")) == 5


def test_a_message_that_was_copied_to_quality_is_a_concern_about_who_had_the_request(
    office: Load, house_rules: HouseRules, rows_of: RowsOf
) -> None:
    office("agents", "initials,name,role,email,first_day\nQUA,Quinn,quality,quinn@svartid.example,2020-01-01\n")
    office(
        "callbacks",
        HEADER
        + "B1,C-1,2026-05-04T10:00:00+02:00,BIR,general,BO,,,\n"
        + "B2,C-1,2026-05-05T10:00:00+02:00,ALI,general,BO,,qua,B1\n"
        + "B3,C-2,2026-05-05T11:00:00+02:00,BIR,claims,claims,,kvalitet@svartid.example,\n"  # lies with a desk
        + "B4,C-3,2026-05-05T12:00:00+02:00,BIR,general,BO,,dor@svartid.example,\n",  # somebody else
    )
    columns = ["about", "desk", "by", "rule", "customer"]
    found = concerns(QUALITY, MAY, house_rules)[columns].astype("object").fillna("").to_numpy().tolist()
    assert found == [["", "claims", BIRGIT, "B7", "C-2"], [BOB, "agents", ALICE, "B7", "C-1"]]
    assert concerns(EVERYBODY, MAY, house_rules).empty  # quality alone reads them
    ((first_id,),) = rows_of("SELECT id FROM callback WHERE source_id = 'B1'")
    history = history_of(EVERYTHING, int(str(first_id)), house_rules, NOW)
    assert history is not None
    copied = history.events[history.events["event"] == "copied"]
    assert copied[["who", "text"]].to_numpy().tolist() == [[ALICE, "qua"]]

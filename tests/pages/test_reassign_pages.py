"""The Hand-over and the Audit page with real data: evidence, preview, one press, one undo, and what the log says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest
from support.cast import BOB
from support.databases import Load, begins_with
from support.seen import table_with, texts, worklist
from support.templates import AGENCY

from data_access.database.engine import reading
from data_access.database.schema import reassignment
from pages.parts import login

Open = Callable[..., AppTest]
REASSIGN, AUDIT = "pages/customers/reassign.py", "pages/system/audit.py"
# Written on Tuesday at 9: overdue since Wednesday 9. Written on Thursday at 11 with a promise for Friday.
REQUESTS = """source_id,customer_number,created_at,created_by,sent_at,sent_to,reason,phones
B1,C-1,2026-05-05T09:00:00+02:00,BIR,2026-05-05T09:01:00+02:00,BO,New car,20111111
B2,C-2,2026-05-07T11:00:00+02:00,BIR,2026-05-07T11:01:00+02:00,BO,Claim,20222222
"""
PROMISE = "source_id,callback,made_by,made_at,to_at\nP1,B2,BIR,2026-05-07T11:00:00+02:00,2026-05-08T10:00:00+02:00\n"


@begins_with(AGENCY)
def bob_left(load: Load) -> None:
    """Bob left on 1 May with three customers, an overdue request and a promise; Carl works."""
    load.all_of(
        (
            "customers",
            "number,name,owner,portfolio\nC-1,Kim Kunde,BO,\nC-2,Lis Lund,BO,Goldwing\nC-3,,BO,\nC-4,,CAR,\n",
        ),
        ("agents", "initials,first_day,last_day\nBO,2020-01-01,2026-04-30\n"),
        ("shifts", "agent,starts_at,ends_at\nCAR,2026-05-08T09:00:00+02:00,2026-05-08T17:00:00+02:00\n"),
        ("callbacks", REQUESTS),
        ("promises", PROMISE),
    )


def choose_bob(open_app: Open, **parameters: str) -> AppTest:
    app = open_app(REASSIGN, **parameters)
    return app.text_input(key="handlers").set_value("bo").run()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def moved() -> int:
    with reading() as connection:
        return connection.scalar(select(func.count()).select_from(reassignment)) or 0


@pytest.mark.usefixtures("bob_left")
def test_the_evidence_stands_in_the_list_and_nothing_is_chosen(open_app: Open) -> None:
    app = open_app(REASSIGN)
    assert worklist(app, "reassign") == [
        (
            "With open requests",
            ["BO · Bob Bertelsen · 3 customers", "left, last day Thu 30 Apr", "2 open requests, 1 overdue", "–"],
        )
    ]
    assert (
        "1 case handler seems no longer active and still has 3 customers. 2 requests lie with them, 1 overdue."
        in texts(app)
    )
    assert not [button for button in app.button if "Hand" in button.label]


@pytest.mark.usefixtures("bob_left")
def test_the_preview_says_in_words_what_becomes_of_clocks_promises_and_breaches(open_app: Open) -> None:
    app = choose_bob(open_app)
    said = texts(app)
    for sentence in (
        "**3 customers** and **2 open requests** go from BO to KC.",
        "No deadline moves: KC's longer time counts only once the customer was told (B8).",
        "1 request is overdue already and stays so.",
        "1 deadline passed before; that stays with who had the request then (B8).",
        "1 promise is pending and moves unchanged (B4).",
        "Portfolios among them: Goldwing: 1.",
        "KC has finished nothing in the last 28 days",
    ):
        assert sentence in said
    clocks = table_with(app, "due_before", "due_after")
    assert (clocks["due_before"] == clocks["due_after"]).all()
    assert clocks[["customer", "agent", "rule_before"]].to_numpy().tolist() == [["C-1", BOB, "B1"], ["C-2", BOB, "B4"]]
    assert "Kim Kunde" not in said + clocks.to_string()
    assert moved() == 0


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("CAR", "CAR is still active: last call –, last note –, next shift tomorrow."),
        ("XXX", "XXX has no customers and no open requests here."),
        ("<b>", r"\<B\> has no customers and no open requests here."),
    ],
)
@pytest.mark.usefixtures("bob_left")
def test_who_cannot_be_handed_over_is_said(open_app: Open, written: str, said: str) -> None:
    app = open_app(REASSIGN)
    app.text_input(key="handlers").set_value(written).run()
    assert [warning.value for warning in app.warning] == [said]
    assert not [button for button in app.button if "Hand" in button.label]


def test_kcs_list_can_be_taken(bob_left: Load, open_app: Open) -> None:
    bob_left("kc-list", "BO DBR\n")
    app = press(open_app(REASSIGN), "Use KC's list")
    assert app.text_input(key="handlers").value == BOB
    assert "**3 customers**" in texts(app)


@pytest.mark.usefixtures("bob_left")
def test_one_press_with_a_reason_hands_over_and_one_undoes(open_app: Open) -> None:
    app = press(choose_bob(open_app), "Hand 3 customers of BO to KC")
    assert [error.value for error in app.error] == ["Nothing was changed: give a reason, in at most 500 characters."]
    assert moved() == 0
    app.text_input(key="hand_over_reason").set_value("Bob has left")
    app = press(app, "Hand 3 customers of BO to KC")
    assert [done.value for done in app.success] == ["Done: the customers are KC's. Tell IBA with the export below."]
    assert moved() == 5
    assert table_with(app, "former_owner")["customer"].tolist() == ["C-1", "C-2", "C-3"]
    assert not app.get("bidi_component")  # nobody is left in the list
    assert table_with(app, "undone_by")[["agents", "customers", "requests", "reason"]].to_numpy().tolist() == [
        [BOB, 3, 2, "Bob has left"]
    ]
    log = open_app(AUDIT)
    assert log.get_by_key("audit").value["action"].tolist() == ["handed customers to KC", "opened a colleague's page"]


@pytest.mark.usefixtures("bob_left")
def test_pressed_again_it_says_who_did_it_and_when(open_app: Open) -> None:
    first, second = choose_bob(open_app), choose_bob(open_app)
    for app in (first, second):
        app.text_input(key="hand_over_reason").set_value("Bob has left")
        press(app, "Hand 3 customers of BO to KC")
    assert [error.value for error in first.error] == []
    [error] = second.error
    assert error.value == (
        "Nothing was changed: somebody at this computer handed them over already, Thu 7 May 2026 14:00."
    )
    assert moved() == 5


@pytest.mark.usefixtures("bob_left")
def test_in_danish_the_button_says_what_it_does(open_app: Open) -> None:
    app = choose_bob(open_app, lang="da")
    assert "Overdrag 3 kunder fra BO til KC" in [button.label for button in app.button]


@pytest.mark.usefixtures("bob_left")
def test_the_log_is_cut_to_one_subject(open_app: Open) -> None:
    app = choose_bob(open_app)
    app.text_input(key="hand_over_reason").set_value("Bob has left")
    press(app, "Hand 3 customers of BO to KC")
    log = open_app(AUDIT)
    log.text_input(key="audit_customer").set_value("C-2").run()
    shown = log.get_by_key("audit").value
    assert (
        shown[["action", "about", "customer", "purpose"]].to_numpy().tolist()
        == [["handed customers to KC", BOB, "C-2", "Bob has left"]] * 2
    )  # the customer, and his open request
    assert "0 looks and 2 changes about C\\-2 in this period." in texts(log)
    log.text_input(key="audit_customer").set_value("").run()
    log.text_input(key="audit_about").set_value("car").run()
    assert "Nobody looked and nobody changed anything in this period." in texts(log)


@pytest.fixture
def dora_left_too(bob_left: Load) -> Load:
    """Dora, who stands under Bob in the table, left as well, with two customers."""
    bob_left("customers", "number,owner\nC-8,DOR\nC-9,DOR\n")
    bob_left("agents", "initials,first_day,last_day\nDOR,2020-01-01,2026-04-30\n")
    return bob_left


def hand_over_buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.label.startswith("Hand ")]


@pytest.mark.usefixtures("dora_left_too")
def test_after_a_hand_over_nobody_is_chosen_and_the_next_choice_is_of_one_person(open_app: Open) -> None:
    app = open_app(REASSIGN, handlers=BOB)  # a line of the list leads to this address
    assert hand_over_buttons(app) == ["Hand 3 customers of BO to KC"]
    app.text_input(key="hand_over_reason").set_value("Bob has left")
    app = press(app, "Hand 3 customers of BO to KC")
    assert moved() == 5
    assert [line[0] for _group, line in worklist(app, "reassign")] == ["DOR · Dora Dam · 2 customers"]
    assert app.query_params.get("handlers") is None
    assert hand_over_buttons(app) == []
    app.text_input(key="handlers").set_value("DOR")
    assert hand_over_buttons(app.run()) == ["Hand 2 customers of DOR to KC"]


@pytest.mark.usefixtures("dora_left_too")
def test_the_confirmation_refuses_when_others_are_chosen_than_were_previewed(open_app: Open) -> None:
    app = open_app(REASSIGN, handlers=BOB)
    app.text_input(key="hand_over_reason").set_value("Bob has left")
    app.text_input(key="handlers").set_value("DOR")  # with the same press a browser says that Dora is chosen
    app = press(app, "Hand 3 customers of BO to KC")
    assert moved() == 0
    assert [error.value for error in app.error] == [
        "Nothing was changed: you have chosen others since. Look at the preview again."
    ]


@pytest.mark.usefixtures("dora_left_too")
def test_who_came_back_is_not_handed_over_by_an_address_that_still_names_them(bob_left: Load, open_app: Open) -> None:
    app = open_app(REASSIGN, handlers=BOB)
    bob_left("agents", "initials,first_day,last_day\nBO,2026-05-01,\n")
    app = app.run()
    assert hand_over_buttons(app) == []
    assert [warning.value for warning in app.warning] == ["BO is still active: last call –, last note –, next shift –."]


@pytest.mark.usefixtures("dora_left_too")
def test_the_button_names_each_person(open_app: Open) -> None:
    assert hand_over_buttons(open_app(REASSIGN, handlers="BO DOR")) == ["Hand 5 customers of BO, DOR to KC"]


@pytest.mark.parametrize("ends", ["has run out", "disabled"])
def test_a_button_on_an_old_page_does_nothing_once_the_login_has_ended(
    bob_left: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    bob_left("agents", "initials,email\nALI,alice@example.test\n")
    monkeypatch.setenv("SVARTID_ACCESS", "local")
    app = open_app()
    monkeypatch.setenv("SVARTID_ACCESS", "oidc")
    app.secrets["auth"] = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "x" * 32}
    issued = datetime.now(UTC).timestamp()
    app.user = {
        "is_logged_in": True,
        "email": "alice@example.test",
        "email_verified": True,
        "sub": ends,
        "iat": issued,
        "iss": "x",
        "nonce": ends,
    }
    app.switch_page(REASSIGN).run()
    app.text_input(key="handlers").set_value("BO").run()
    app.text_input(key="hand_over_reason").set_value("Bob has left")
    if ends == "disabled":
        bob_left("agents", "initials,disabled\nALI,yes\n")
    else:
        monkeypatch.setattr(login, "IDLE_AT_MOST", timedelta(0))
    app = press(app, "Hand 3 customers of BO to KC")
    assert not app.button
    assert moved() == 0


def test_who_has_no_name_is_called_by_initials_alone(bob_left: Load, open_app: Open) -> None:
    bob_left("agents", "initials,first_day,last_day\nNIX,2020-01-01,2026-04-30\n")
    bob_left("customers", "number,owner\nC-7,NIX\n")
    app = open_app(REASSIGN, handlers="NIX")
    assert [line[0] for _group, line in worklist(app, "reassign") if line[0].startswith("NIX")] == ["NIX · 1 customer"]
    assert "nan" not in texts(app)

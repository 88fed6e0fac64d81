"""For how long a login counts, and whom it lets in: the limits as a table, every page for every kind of visitor."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest
from support.databases import ON_SQLITE, Load, begins_with
from support.templates import AGENCY

from data_access.database.engine import reading
from data_access.database.schema import access_log, agent
from data_access.database.writing import writing
from pages.parts import login
from pages.parts.login import IDLE_AT_MOST, SIGNED_IN_AT_MOST, Login, holds, login_of, still_holds

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CLAIMS = {
    "is_logged_in": True,
    "email": "alice@example.test",
    "sub": "1",
    "iss": "https://id.test",
    "iat": NOW.timestamp(),
    "email_verified": True,
}
Open = Callable[..., AppTest]


@pytest.mark.parametrize(
    ("changed", "is_login"),
    [
        ({}, True),
        ({"email_verified": None}, False),  # nobody says whose address it is
        ({"email_verified": None, "xms_edov": True}, True),  # as Entra ID says it
        ({"email_verified": None, "xms_edov": "1"}, True),
        ({"email_verified": None, "xms_edov": False}, False),
        ({"xms_edov": False}, False),  # one says so and the other not
        ({"email_verified": False}, False),  # an address that anybody may have written
        ({"is_logged_in": False}, False),
        ({"is_logged_in": None}, False),
        ({"email": None}, False),
        ({"email": ""}, False),
        ({"email": ["alice@example.test"]}, False),
        ({"iat": None}, False),  # nobody says when it was made, so nothing could end it
        ({"iat": "now"}, False),
        ({"iat": True}, False),
        ({"iat": float("nan")}, False),
        ({"iat": float("inf")}, False),
        ({"iat": NOW.timestamp() * 1000}, False),  # milliseconds
        ({"iat": 4_000_000_000}, False),  # made in 2096, so it would never end
        ({"email_verified": "true"}, True),
        ({"email_verified": "false"}, False),
        ({"email_verified": 0}, False),
        ({"is_logged_in": "no"}, False),
        ({"email": "\u212aim@example.test"}, False),  # a Kelvin sign is no K
    ],
)
def test_a_login_needs_a_confirmed_address_and_a_time(changed: dict[str, Any], is_login: bool) -> None:
    assert (login_of(CLAIMS | changed) is not None) is is_login
    assert login_of({}) is None


def test_where_the_provider_never_says_whose_address_it_is_the_agency_may_assume_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SVARTID_EMAIL_VERIFIED", "assumed")
    assert login_of(CLAIMS | {"email_verified": None}) is not None
    assert login_of(CLAIMS | {"email_verified": False}) is None  # it does say, and says no


@pytest.mark.parametrize(
    ("signed_in_before", "touched_before", "does"),
    [
        (timedelta(0), timedelta(0), True),
        (SIGNED_IN_AT_MOST - SECOND, timedelta(0), True),
        (SIGNED_IN_AT_MOST, timedelta(0), False),  # the working day is over, however busy it was
        (IDLE_AT_MOST, IDLE_AT_MOST - SECOND, True),
        (IDLE_AT_MOST, IDLE_AT_MOST, False),
    ],
)
def test_a_login_ends_when_it_is_old_or_unused(
    signed_in_before: timedelta, touched_before: timedelta, does: bool
) -> None:
    one = Login("alice@example.test", NOW - signed_in_before, "key")
    assert holds(one, NOW - touched_before, NOW) is does


def test_what_looks_again_by_itself_does_not_keep_a_login_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    real = datetime.now(UTC)
    one = Login("alice@example.test", real - IDLE_AT_MOST + timedelta(minutes=1), "by itself")
    monkeypatch.setattr(login, "STARTED_AT", real - timedelta(days=1))
    assert still_holds(one, is_touch=False)
    assert "by itself" not in login.LAST_TOUCH
    assert still_holds(one, is_touch=True)
    assert "by itself" in login.LAST_TOUCH


def test_an_old_login_that_this_process_never_saw_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real = datetime.now(UTC)
    one = Login("alice@example.test", real - timedelta(hours=6), "from elsewhere")
    monkeypatch.setattr(login, "STARTED_AT", real - timedelta(days=1))
    assert not still_holds(one, is_touch=True)
    monkeypatch.setattr(login, "STARTED_AT", real - timedelta(minutes=1))  # the process has just been restarted
    assert still_holds(one, is_touch=True)


PAGES = (
    "pages/today/overview.py", "pages/service/calls.py", "pages/service/callbacks.py", "pages/quality/notes.py",
    "pages/rota/coverage.py", "pages/rota/absence.py", "pages/quality/coaching.py", "pages/quality/agent.py",
    "pages/quality/satisfaction.py", "pages/customers/reassign.py", "pages/system/sources.py",
    "pages/system/rules.py", "pages/system/audit.py",
)  # fmt: skip
EMAILS = "initials,email\nALI,Alice@Example.test\nBO,bob@example.test\nCAR,carl@example.test\n"


@begins_with(AGENCY)
def with_addresses(load: Load) -> None:
    """Everybody has an address to sign in with; Carl has left, and Dora is disabled."""
    load("agents", EMAILS + "DOR,dora@example.test\n")
    load("agents", "initials,first_day,last_day\nCAR,2020-01-01,2026-04-30\n")
    load("calls", "source_id,started_at,ended_at,status,agent\nsecret,2026-05-07T10:00:00+02:00,,answered,BO\n")
    with writing() as connection:
        connection.execute(update(agent).where(agent.c.initials == "DOR").values(disabled_at=NOW))


@pytest.fixture
def open_as(
    with_addresses: Load,  # noqa: ARG001
    new_app: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., AppTest]:
    """Open a page in the access mode oidc with the claims of a visitor."""

    def open_page(page: str, claims: dict[str, Any] | None) -> AppTest:
        app = new_app(page)
        monkeypatch.setenv("SVARTID_ACCESS", "oidc")
        app.secrets["auth"] = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "x" * 32}
        app.user = claims or {}
        return app.run()

    return open_page


def claims(email: str, age: timedelta = timedelta(0)) -> dict[str, Any]:
    issued = datetime.now(UTC) - age
    return CLAIMS | {"email": email, "sub": email, "iat": issued.timestamp(), "nonce": str(issued)}


def asks_to_sign_in(app: AppTest) -> bool:
    """Whether the way in is shown, and no button that would do anything."""
    return not app.button and ['href="/sign-in?next=' in link.proto.body for link in app.get("html")] == [True]


@ON_SQLITE
@pytest.mark.parametrize("page", PAGES)
def test_who_may_not_look_sees_the_way_in_and_no_data(open_as: Callable[..., AppTest], page: str) -> None:
    visitors = {
        "nobody": None,
        "not signed in": {"is_logged_in": False},
        "unknown": claims("mallory@example.test"),
        "disabled": claims("dora@example.test"),
        "has left": claims("carl@example.test"),
        "unconfirmed": claims("alice@example.test") | {"email_verified": False},
        "run out": claims("alice@example.test", SIGNED_IN_AT_MOST),
        "without a time": claims("alice@example.test") | {"iat": None},
    }
    for name, visitor in visitors.items():
        app = open_as(page, visitor)
        assert not app.exception, name
        assert asks_to_sign_in(app), name
        assert not app.dataframe, name
        assert not app.get("page_link"), name
        assert "BO" not in "".join(str(element.value) for element in app.markdown), name


@ON_SQLITE
@pytest.mark.parametrize("page", PAGES)
def test_who_signed_in_looks_as_the_person_that_he_is(open_as: Callable[..., AppTest], page: str) -> None:
    for email, initials, role in (("ALICE@example.test", "ALI", "team lead"), ("bob@example.test", "BO", "agent")):
        app = open_as(page, claims(email))
        assert not app.exception
        assert [block.proto.popover.label for block in app.get("popover")] == ["Find", f"{initials} · {role}"]
        assert "Sign out" in [button.label for button in app.button]
    if page.endswith("reassign.py"):  # opened last by Bob, an agent: a link to it opens, and says whose it is
        assert not app.dataframe
        assert [info.value for info in app.info] == [
            "Only team leads, the quality manager and administrators hand customers over."
        ]


def test_a_disabled_person_is_refused_at_the_next_rerun_and_may_come_back(
    open_as: Callable[..., AppTest], with_addresses: Load
) -> None:
    app = open_as("pages/service/calls.py", claims("bob@example.test"))
    assert app.get_by_key("calls").value["agent"].tolist() == ["BO"]
    assert with_addresses("agents", "initials,disabled\nBO,yes\nBIR,\n").loaded == 1
    assert with_addresses("agents", "initials,disabled\nBO,yes\n").loaded == 0  # says the same
    app.run()
    assert not app.dataframe
    assert asks_to_sign_in(app)
    assert with_addresses("agents", "initials,disabled\nBO,\n").loaded == 0  # says nothing
    assert with_addresses("agents", "initials,disabled\nBO,no\n").loaded == 1
    app.run()
    assert app.get_by_key("calls").value["agent"].tolist() == ["BO"]


@ON_SQLITE
def test_signing_in_and_out_is_logged_and_ends_the_login(open_as: Callable[..., AppTest]) -> None:
    who = claims("alice@example.test")
    app = open_as("pages/service/calls.py", who)
    next(button for button in app.button if button.label == "Sign out").click().run()
    login.LAST_TOUCH.clear()  # another process, which has never met it
    app = open_as("pages/service/calls.py", who)  # the same login again, as a copied cookie would bring it
    assert not app.dataframe
    with reading() as connection:
        actions = connection.scalars(select(access_log.c.action).order_by(access_log.c.id)).all()
    assert actions == ["sign_in", "sign_out"]


@ON_SQLITE
def test_without_a_provider_nobody_gets_in(agency: Load, open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    agency("agents", EMAILS)
    app = open_app()
    monkeypatch.setenv("SVARTID_ACCESS", "oidc")
    app.run()
    assert [error.value for error in app.error] == [
        "The access mode oidc needs an [auth] section in .streamlit/secrets.toml."
    ]

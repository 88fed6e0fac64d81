"""Every page for every kind of visitor, and two people at once: nobody sees an element of data that is not his."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from support.databases import Load, Template
from support.figures import FIGURES_OF_PAGES
from support.raw_visit import DATA_ELEMENTS, elements, first_visit, signed_in
from support.servers import Server
from support.two_teams import NOW, TEAMS, TWO_TEAMS
from websockets.exceptions import InvalidStatus

from data_access.database.schema import agent
from data_access.database.writing import writing

SECRET = "a secret of this test alone, of some length"  # noqa: S105
PAGES = (
    "overview", "calls", "callbacks", "notes", "coverage", "absence", "coaching", "agent", "satisfaction",
    "reassign", "sources", "rules", "audit",
)  # fmt: skip
ADDRESSES = ("", *PAGES, "pages/service/calls", "pages/parts/calls", "welcome", "nowhere")
HOURS = 3600


def disable(_load: Load) -> None:
    with writing() as connection:
        connection.execute(update(agent).where(agent.c.initials == "SQQB").values(disabled_at=NOW))


@pytest.fixture(scope="module")
def port(serve_copy_of: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> int:
    """A server that asks everybody to log in, with both teams' data; its cookie secret is known."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "svartid"\n'
        'client_secret = "x"\nserver_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"\n'
    )
    template = Template("one_disabled", disable, TWO_TEAMS)
    settings = {"SVARTID_ACCESS": "oidc", "SVARTID_NOW": NOW.isoformat()}
    return serve_copy_of(template, f"--secrets.files={secrets}", **settings).port


def claims(name: str, age: float = 0) -> dict[str, Any]:
    return {
        "email": f"{name}@example.test",
        "email_verified": True,
        "sub": name,
        "iss": "https://id.test",
        "iat": time.time() - age,
        "nonce": "n",
    }


def data_in(messages: list[ForwardMsg], marks: tuple[str, ...] = TEAMS) -> list[str]:
    """Elements that show data, and marks of these teams in whatever was sent."""
    sent = b"".join(message.SerializeToString() for message in messages)
    return [kind for kind in elements(messages) if kind in DATA_ELEMENTS] + [m for m in marks if m.encode() in sent]


def test_on_no_page_does_a_visitor_without_a_right_get_an_element_of_data(port: int) -> None:
    lead = claims("nqql")
    visitors = {
        "anonymous": {"headers": {}},
        "forged": signed_in(port, "another secret of some length", lead),
        "too old": signed_in(port, SECRET, claims("nqql", 12 * HOURS)),
        "unknown": signed_in(port, SECRET, claims("mallory")),
        "disabled": signed_in(port, SECRET, claims("sqqb")),
        "left": signed_in(port, SECRET, claims("nqqx")),
        "unconfirmed": signed_in(port, SECRET, lead | {"email_verified": False}),
        "not logged in": signed_in(port, SECRET, lead | {"is_logged_in": False}),
        "without a token": signed_in(port, SECRET, lead, with_token=False),
        "of another origin": signed_in(port, SECRET, lead, origin="http://evil.example"),
        "header": {"headers": {"X-Forwarded-Email": "nqql@example.test", "X-Remote-User": "nqql@example.test"}},
    }
    # Whoever may look comes first, so that all data are at hand; they are what the others would get.
    allowed = first_visit(port, "calls", **signed_in(port, SECRET, lead))
    assert {"dataframe", "page_link", "vega_lite_chart", "NQQ"} <= set(data_in(allowed))
    for name, visitor in visitors.items():
        with pytest.raises(InvalidStatus) as refused:
            first_visit(port, "calls", **visitor)
        assert refused.value.response.status_code == 403, name
    cases = 0
    for page in ADDRESSES:
        for name, visitor in visitors.items():
            if name == "without a token":  # the page itself may be asked for without one: it holds no data
                continue
            # By a client of its own: nobody takes over another one's cookies. Its certificates are not asked for.
            answer = httpx.get(f"http://127.0.0.1:{port}/{page}", headers=visitor["headers"], verify=False)  # noqa: S501
            known = page in ("", *PAGES)
            assert answer.status_code == (200 if known else 404), (name, page)
            assert ("/sign-in?next=" in answer.text) is known, (name, page)
            assert [mark for mark in TEAMS if mark in answer.text] == [], (name, page)
            cases += 1
    assert cases == 18 * 10


def test_two_people_at_once_see_their_own_rows_on_every_page_and_none_of_the_others(port: int) -> None:
    people = {
        "qua": (),  # whoever sees everything comes first and fills the cache
        "nqql": ("SQQ",),
        "sqql": ("NQQ",),
        "nqqa": ("SQQ",),
        "kqk": TEAMS,
    }
    visitors = {name: signed_in(port, SECRET, claims(name)) for name in people}
    visits = [(page, "") for page in PAGES]
    visits += [(page, f"open={figures[0].id}") for page, figures in FIGURES_OF_PAGES.items()]
    # What the address of somebody else would ask for.
    visits += [(page, "team=SQQ-team&agent=SQQA") for page in (*FIGURES_OF_PAGES, "coaching", "agent")]
    visits += [("callbacks", f"callback={number}") for number in (1, 5)]
    cases, own = 0, set()
    for page, query in visits:
        for name, marks in people.items():
            messages = first_visit(port, page, query=query, **visitors[name])
            # One's own address is sent back, whatever stands in it.
            found = [mark for mark in data_in(messages, marks) if mark in marks and mark not in query]
            assert found == [], (name, page, query)
            own |= {(name, mark) for mark in data_in(messages, TEAMS) if mark in TEAMS}
            cases += 1
    assert cases == len(people) * len(visits) == 5 * 29
    assert {("nqql", "NQQ"), ("sqql", "SQQ"), ("nqqa", "NQQ"), ("qua", "NQQ"), ("qua", "SQQ")} <= own


def test_foreign_origins_and_hosts_are_refused_however_well_signed_in(port: int) -> None:
    visitor = signed_in(port, SECRET, claims("qua"))
    for origin in ("http://evil.example", "https://127.0.0.1.evil.example", "http://localhost.evil.example", "file://"):
        with pytest.raises(InvalidStatus) as refused:
            first_visit(port, "calls", visitor["headers"] | {"Origin": origin}, subprotocols=visitor["subprotocols"])
        assert refused.value.response.status_code == 403, origin
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "2130706433.evil.example"):
        with pytest.raises(InvalidStatus) as refused:
            first_visit(port, "calls", visitor["headers"], host, subprotocols=visitor["subprotocols"])
        assert refused.value.response.status_code == 403, host

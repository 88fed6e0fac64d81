"""What stands before any page: addresses, the way in and out, cookies, and what one line may carry."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.config import get_option, set_option
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from support.databases import ON_SQLITE, Load
from support.two_teams import NOW

from data_access.changes.wall_links import end_link, make_link
from pages.parts import entrance, lines
from pages.parts.entrance import MIDDLEWARE, page_here
from pages.parts.lines import Allowance
from pages.parts.menu import ADDRESSES

SECRET = "a secret of this test alone, of some length"  # noqa: S105
HOST = "http://testserver"
LEAD = "nqql@example.test"


async def echo(socket: WebSocket) -> None:
    """Stands for Streamlit: says back whatever reaches it."""
    await socket.accept("streamlit")
    try:
        while True:
            await socket.send_bytes(await socket.receive_bytes())
    except WebSocketDisconnect:
        return


async def served(_request: Request) -> Response:
    answer = Response("of Streamlit")
    answer.set_cookie("_streamlit_session", "1", httponly=True)
    return answer


async def back_from_the_provider(_request: Request) -> Response:
    answer = RedirectResponse("/", 302)
    answer.set_cookie("_streamlit_user", "signed")
    return answer


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser in front of the entrance, behind which something says what reaches it."""
    monkeypatch.setenv("SVARTID_NOW", NOW.isoformat())
    monkeypatch.setenv("SVARTID_ACCESS", "local")
    routes = [
        WebSocketRoute("/_stcore/stream", echo),
        Route("/oauth2callback", back_from_the_provider),
        Route("/{path:path}", served),
    ]
    with TestClient(Starlette(routes=routes, middleware=MIDDLEWARE), base_url=HOST, follow_redirects=False) as client:
        yield client


@pytest.fixture
def signs_in(
    browser: TestClient,
    two_teams: Load,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Callable[..., None]]:
    """The access mode oidc with data of two teams; gives what puts a login into the browser's cookies."""
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "https://testserver/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "s"\n'
        'client_secret = "x"\nserver_metadata_url = "http://127.0.0.1:9/"\n'
    )
    monkeypatch.setenv("SVARTID_ACCESS", "oidc")
    former = get_option("secrets.files")
    set_option("secrets.files", [str(secrets)])
    secrets_singleton._reset()

    def sign_in(email: str = LEAD, age_seconds: float = 0, origin: str = "https://testserver") -> None:
        claims = {
            "email": email,
            "email_verified": True,
            "sub": email,
            "iss": "https://id.test",
            "iat": time.time() - age_seconds,
        }
        payload = json.dumps({"origin": origin, "is_logged_in": True} | claims)
        browser.cookies.set("_streamlit_user", create_signed_value(SECRET, "_streamlit_user", payload).decode())
        browser.cookies.set("_streamlit_xsrf", generate_xsrf_token_string())

    yield sign_in
    set_option("secrets.files", former)
    secrets_singleton._reset()


def opens_a_line(browser: TestClient) -> bool:
    try:
        with browser.websocket_connect(
            "/_stcore/stream", subprotocols=["streamlit", browser.cookies.get("_streamlit_xsrf") or ""]
        ):
            return True
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize("address", ["", *sorted(ADDRESSES)])
def test_each_page_has_the_shell_in_the_readers_language_and_is_told_where_the_app_lies(
    browser: TestClient, address: str
) -> None:
    for wishes, code in (("da-DK,da;q=0.9,en;q=0.8", "da"), ("de,en-GB;q=0.9", "en"), ("fr", "en")):
        answer = browser.get(f"/{address}", headers={"Accept-Language": wishes})
        assert answer.status_code == 200
        assert f'<html lang="{code}">' in answer.text
        assert answer.text.index('src="/shell.js"') < answer.text.index('type="module"')
    assert "location.origin" in browser.get("/shell.js").text


@pytest.mark.parametrize(
    "address", ["nowhere", "call", "calls.py", "pages/service/calls", "overview2", "index.html2", "Calls"]
)
def test_an_unknown_address_has_a_page_of_its_own_in_the_readers_language(browser: TestClient, address: str) -> None:
    danish = browser.get(f"/{address}", headers={"Accept-Language": "da"})
    english = browser.get(f"/{address}?lang=en", headers={"Accept-Language": "da"})
    assert (danish.status_code, english.status_code) == (404, 404)
    assert "Der er ingen side med denne adresse." in danish.text
    assert "There is no page with this address." in english.text


def test_what_is_streamlits_stays_streamlits(browser: TestClient) -> None:
    for path in ("/_stcore/health", "/static/js/x.js", "/media/x", "/favicon.png", "/calls/_stcore/health"):
        assert browser.get(path).text == "of Streamlit", path
    slash = browser.get("/calls/?team=North")
    assert (slash.status_code, slash.headers["location"]) == (307, "/calls?team=North")


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/callbacks?team=Vest&from=2026-05-01", "/callbacks?team=Vest&from=2026-05-01"),
        ("callbacks", "/callbacks"),
        ("%2Fcallbacks", "/"),  # written twice: no page is called so
        ("", "/"),
        ("/nowhere", "/"),
        ("//evil.example/callbacks", "/"),  # another host
        ("https://evil.example/callbacks", "/"),
        ("/\\evil.example", "/"),
        ("/callbacks/../../evil", "/"),
        ("/callbacks?a=1\r\nSet-Cookie: x=1", "/callbacks?a=1Set-Cookie%3A+x%3D1"),  # no header can be added
        ("/callbacks#//evil.example", "/callbacks"),
    ],
)
def test_after_the_login_one_lands_on_a_page_of_ours_or_on_the_first(wanted: str, landed: str) -> None:
    assert page_here(wanted) == landed


@ON_SQLITE
@pytest.mark.usefixtures("signs_in")
def test_after_the_login_one_lands_where_one_wanted_to_go(browser: TestClient) -> None:
    door = browser.get("/callbacks?team=NQQ-team", headers={"Accept-Language": "da"})
    assert "Log ind" in door.text
    assert "NQQ" not in door.text.replace("next=%2Fcallbacks%3Fteam%3DNQQ-team", "")
    away = browser.get("/sign-in?next=%2Fcallbacks%3Fteam%3DNQQ-team")
    assert away.headers["location"].startswith("/auth/login?provider=")
    browser.cookies.set("svartid_wanted_page", away.headers["set-cookie"].partition(";")[0].partition("=")[2])
    back = browser.get("/oauth2callback?state=x")
    assert back.headers["location"] == "/callbacks?team=NQQ-team"
    assert any(line.startswith('svartid_wanted_page=""') for line in back.headers.get_list("set-cookie"))


@ON_SQLITE
@pytest.mark.usefixtures("signs_in")
def test_every_cookie_is_for_tls_alone_where_tls_is_in_front(
    browser: TestClient,
) -> None:
    for path in ("/_stcore/health", "/sign-in?next=%2Fcalls", "/oauth2callback?state=x"):
        lines_set = browser.get(path).headers.get_list("set-cookie")
        assert lines_set, path
        assert [line.lower().count("; secure") for line in lines_set] == [1] * len(lines_set), path


def test_on_this_computer_alone_no_cookie_asks_for_tls(browser: TestClient) -> None:
    assert "secure" not in browser.get("/_stcore/health").headers["set-cookie"].lower()


@ON_SQLITE
def test_only_a_login_that_counts_gets_a_line_and_a_page(browser: TestClient, signs_in: Callable[..., None]) -> None:
    assert not opens_a_line(browser)
    signs_in()
    assert opens_a_line(browser)
    assert "/sign-in" not in browser.get("/calls").text
    for reason, login in {
        "run out": {"age_seconds": 12 * 3600},
        "has yet to reach": {"age_seconds": -6 * 60},  # a clock is six minutes off
        "belongs to nobody": {"email": "mallory@example.test"},
        "Sign in to see": {"origin": "https://evil.example"},
    }.items():
        signs_in(**login)
        assert not opens_a_line(browser), reason
        assert reason in browser.get("/calls").text
        assert browser.get("/media/x").status_code == 403, reason


@ON_SQLITE
def test_signing_out_by_the_address_ends_the_login_here_too(
    browser: TestClient, signs_in: Callable[..., None], rows_of: Callable[[str], list[Any]]
) -> None:
    signs_in()
    assert opens_a_line(browser)
    browser.get("/auth/logout")
    # The cookie was copied before, so it is still there.
    assert not opens_a_line(browser)
    assert "run out" in browser.get("/calls").text
    browser.get("/auth/logout")
    assert rows_of("SELECT action FROM access_log") == [("sign_out",)]  # said once


def message(kind: str) -> bytes:
    asked = BackMsg()
    if kind == "rerun_script":
        asked.rerun_script.query_string = "team=North"
    else:
        setattr(asked, kind, True)
    return asked.SerializeToString()


def test_a_line_carries_what_pages_ask_and_nothing_else(browser: TestClient) -> None:
    with browser.websocket_connect("/_stcore/stream") as line:
        for kind in ("clear_cache", "set_run_on_save", "load_git_info", "debug_shutdown_runtime"):
            line.send_bytes(message(kind))
        line.send_bytes(message("rerun_script"))
        assert line.receive_bytes() == message("rerun_script")  # the first that came through


@pytest.mark.parametrize(("size", "is_read"), [(lines.MOST_BYTES, True), (lines.MOST_BYTES + 1, False)])
def test_a_line_ends_with_a_message_larger_than_pages_send(browser: TestClient, size: int, is_read: bool) -> None:
    with browser.websocket_connect("/_stcore/stream") as line:
        line.send_bytes(b"\x00" * size)
        if is_read:
            assert len(line.receive_bytes()) == size
        else:
            with pytest.raises(WebSocketDisconnect) as ended:
                line.receive_bytes()
            assert ended.value.code == lines.TOO_BIG


def test_an_address_and_a_login_have_so_many_lines_and_no_more(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_LINES_PER_ADDRESS", 2)
    with browser.websocket_connect("/_stcore/stream"), browser.websocket_connect("/_stcore/stream"):
        assert not opens_a_line(browser)
    assert opens_a_line(browser)  # one was closed


@ON_SQLITE
def test_a_login_has_so_many_lines_and_no_more(
    browser: TestClient, signs_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_LINES_PER_LOGIN", 1)
    signs_in()
    protocols = ["streamlit", browser.cookies["_streamlit_xsrf"]]
    with browser.websocket_connect("/_stcore/stream", subprotocols=protocols):
        assert not opens_a_line(browser)
        signs_in("sqql@example.test")
        assert opens_a_line(browser)


def code_at_the_end(line: WebSocketTestSession) -> int:
    """Read until the line is closed; gives the reason's code."""
    try:
        while True:
            line.receive_bytes()
    except WebSocketDisconnect as ended:
        return ended.code


@ON_SQLITE
def test_a_browser_that_asks_without_end_loses_its_line_and_gets_none_for_a_while(
    browser: TestClient, signs_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    signs_in()
    protocols = ["streamlit", browser.cookies["_streamlit_xsrf"]]
    # As many as may come at once, as many as may wait, and one more.
    with browser.websocket_connect("/_stcore/stream", subprotocols=protocols) as line:
        for _turn in range(2 * lines.MESSAGES_AT_ONCE + 2):
            line.send_bytes(message("rerun_script"))
        assert code_at_the_end(line) == lines.POLICY_VIOLATION
    assert not opens_a_line(browser)
    monkeypatch.setattr(lines, "MESSAGES_PER_SECOND", 1e9)  # a while later
    assert opens_a_line(browser)


@ON_SQLITE
def test_a_line_that_ended_is_counted_no_more(
    browser: TestClient, signs_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_LINES_PER_LOGIN", 1)
    signs_in()
    protocols = ["streamlit", browser.cookies["_streamlit_xsrf"]]
    with browser.websocket_connect("/_stcore/stream", subprotocols=protocols) as line:
        line.send_bytes(b"\x00" * (lines.MOST_BYTES + 1))
        with pytest.raises(WebSocketDisconnect):
            line.receive_bytes()
    assert opens_a_line(browser)


def test_messages_wait_once_the_allowance_is_used() -> None:
    allowance = Allowance(left=2, counted_at=0)
    assert [allowance.seconds_to_wait(now=0) for _turn in range(4)] == [0, 0, 0.1, 0.2]  # ten a second
    # 2 − 4 = −2; after 0.5 s + 5 = 3; one is taken
    assert (allowance.seconds_to_wait(now=0.5), allowance.left) == (0, 2)
    allowance.seconds_to_wait(now=3600)
    assert allowance.left == lines.MESSAGES_AT_ONCE - 1  # an idle hour saves up no more than what may come at once


def test_streamlit_is_told_that_the_folder_of_pages_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance.PagesManager, "uses_pages_directory", None)
    entrance.leave_pages_to_the_menu()
    assert entrance.PagesManager.uses_pages_directory is False


@ON_SQLITE
def test_a_wall_shows_numbers_to_whoever_has_its_link_and_nothing_to_anybody_else(
    browser: TestClient,
    signs_in: Callable[..., None],  # noqa: ARG001
) -> None:
    """Where people sign in, by somebody who has not."""
    token = make_link("NQQ-team", NOW)
    shown = browser.get(f"/wall?token={token}", headers={"Accept-Language": "da"})
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "<h1>NQQ-team</h1>" in shown.text
    assert "venter på svar" in shown.text
    # The team's name alone: no colleague, no customer, nothing of another team.
    assert "NQQ" not in shown.text.replace("NQQ-team", "")
    assert "SQQ" not in shown.text
    whole = browser.get(f"/wall?token={make_link(None, NOW)}&lang=en").text
    assert "The whole agency" in whole
    # Whose the next hole is, and nobody else.
    assert re.findall("[NS]QQ[^<]{5}", whole) == re.findall("[NS]QQ-team", whole)
    end_link(1, NOW)
    for address in ("/wall", "/wall?token=", "/wall?token=guessed", f"/wall?token={token}"):
        nothing = browser.get(address)
        assert nothing.status_code == 404, address
        assert "QQ" not in nothing.text, address
    assert browser.get("/wall.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.usefixtures("signs_in")
def test_while_the_database_does_not_answer_a_visitor_is_told_so_and_the_browser_asks_again(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://svartid:secret@127.0.0.1:9/svartid")
    answer = browser.get("/calls", headers={"accept-language": "da"})
    assert (answer.status_code, answer.headers["refresh"]) == (503, "5")
    assert "Databasen svarer ikke lige nu." in answer.text
    assert "secret" not in answer.text

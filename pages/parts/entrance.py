"""The entrance, before any page runs: who has not signed in gets a plain page and no line to the app.

Stands around Streamlit as ASGI middleware. A page is a websocket that runs a script, so whoever may open one can keep
the process busy; in the access mode `oidc` only a login may.
"""

import logging
import resource
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from data_access.database.engine import DatabaseAwayError
from data_access.database.versions import DatabaseNotReadyError, database_state
from data_access.questions.people import viewer_by_email
from data_access.settings import now
from metrics.house_rules import HouseRulesError
from pages.parts import gate, login, plain_pages, wall
from pages.parts.lines import POLICY_VIOLATION, Lines
from pages.parts.login import Login
from pages.parts.menu import ADDRESSES
from pages.parts.wording import LOCALES, first_spoken

FILES_OF_STREAMLIT = Path(streamlit.__file__).parent / "static"
OF_STREAMLIT = ("_stcore", "static", "media", "component", "app", "auth", "oauth2callback")
"""Where Streamlit answers by itself: the first part of the address."""
SCRIPTS = {plain_pages.SCRIPT_PATH: plain_pages.SHELL_SCRIPT, wall.SCRIPT_PATH: wall.SCRIPT}
SIGN_OUT, BACK_FROM_PROVIDER = "/auth/logout", "/oauth2callback"
OPEN_FILES = 65_536
WANTED_PAGE, WANTED_FOR_SECONDS = "svartid_wanted_page", 600
Answer = Callable[[Scope, Receive, Send], Awaitable[None]]
log = logging.getLogger("svartid")


def leave_pages_to_the_menu() -> None:
    """Tell Streamlit before the first visitor comes that the folder `pages` is ours; else it knows no address."""
    PagesManager.uses_pages_directory = False


def make_room_for_lines() -> None:
    """Let the process open as many files as it may: each tab that somebody leaves open holds a line and some files."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    if wanted < OPEN_FILES // 16:
        log.warning("this process may open %s files, which is enough for some %s open tabs", wanted, wanted // 4)


class Entrance:
    """Lets in who may look, and shows everybody else the way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.open_line(scope, receive, send)
        elif scope["type"] == "http":
            answer = await self.answer_to(HTTPConnection(scope))
            await answer(scope, receive, secured(send, scope))
        else:
            await self.app(scope, receive, send)

    async def open_line(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only a login opens a line where people sign in."""
        asking = HTTPConnection(scope)
        if gate.access_mode() == gate.OIDC:
            visitor = await run_in_threadpool(login_that_may_look, asking)
            if visitor is None or not login.has_matching_tokens(asking.cookies, requested_protocols(asking)):
                await receive()
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
                return
            scope.setdefault("state", {})["login"] = visitor.key
        await self.app(scope, receive, send)

    async def answer_to(self, asking: HTTPConnection) -> Answer:
        path = asking.url.path
        signs_in = gate.access_mode() == gate.OIDC and login.is_set_up()
        if signs_in and path == gate.SIGN_IN_PATH:
            return way_in(asking)
        if signs_in and path == SIGN_OUT:
            await run_in_threadpool(end_login, asking)
        if signs_in and path == BACK_FROM_PROVIDER:
            return self.landing(asking)
        if signs_in and path.startswith("/media/"):
            may_look = await run_in_threadpool(login_that_may_look, asking)
            return self.app if may_look else Response(status_code=403)
        if path in SCRIPTS:
            return plain_pages.script(SCRIPTS[path])
        if path == wall.PATH:
            return await run_in_threadpool(wall_or_not_ready, asking)
        if is_answered_by_streamlit(path):
            return self.app
        if path.strip("/") not in {"", *ADDRESSES}:
            return plain_pages.unknown_address(reader_of(asking))
        if path != "/" and path.endswith("/"):
            return RedirectResponse(path.rstrip("/") + query_of(asking))
        return await run_in_threadpool(page_or_way_in, asking) if signs_in else plain_pages.shell(reader_of(asking))

    def landing(self, asking: HTTPConnection) -> Answer:
        """Streamlit leads everybody from the login to the first page; here they come to the one they wanted."""
        wanted = page_here(unquote(asking.cookies.get(WANTED_PAGE, "")))

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            async def lead_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableHeaders(scope=message)
                    if headers.get("location") == "/":
                        headers["location"] = wanted
                        forget = Response()
                        forget.delete_cookie(WANTED_PAGE)
                        headers.append("set-cookie", forget.headers["set-cookie"])
                await send(message)

            await self.app(scope, receive, lead_on)

        return answer


def wall_or_not_ready(asking: HTTPConnection) -> Answer:
    """A screen on the wall, by its own token; in every access mode."""
    reader = reader_of(asking)
    try:
        state = database_state()
        return plain_pages.no_data(reader) if state is None or state.empty else wall.answer(asking, reader)
    except (HouseRulesError, DatabaseNotReadyError):
        log.exception("the app cannot start with this set-up")
        return plain_pages.not_ready(reader)
    except DatabaseAwayError:
        log.exception("a screen on the wall waits for the database")
        return plain_pages.no_answer(reader)


def page_or_way_in(asking: HTTPConnection) -> Answer:
    """The page, where a login counts; else why it does not, and the way in."""
    reader, wanted = reader_of(asking), asking.url.path + query_of(asking)
    try:
        state = database_state()
    except (HouseRulesError, DatabaseNotReadyError):
        log.exception("the app cannot start with this set-up")
        return plain_pages.not_ready(reader)
    except DatabaseAwayError:
        log.exception("a visitor waits for the database")
        return plain_pages.no_answer(reader)
    if state is None or state.empty:
        return plain_pages.no_data(reader)
    claims = login.claims_of_cookies(asking.cookies, asking.url.netloc)
    visitor = login.login_of(claims)
    if visitor is None:
        reason = gate.CLOCKS_DIFFER if login.is_ahead(claims) else gate.SIGN_IN
        return plain_pages.sign_in(reader, wanted, reason)
    if not gate.still_counts(visitor, is_touch=False):
        return plain_pages.sign_in(reader, wanted, gate.RUN_OUT)
    if viewer_by_email(visitor.email, now(), gate.local_today()) is None:
        return plain_pages.sign_in(reader, wanted, gate.UNKNOWN_PERSON, email=visitor.email)
    return plain_pages.shell(reader)


def requested_protocols(asking: HTTPConnection) -> list[str]:
    return [name.strip() for name in asking.headers.get("sec-websocket-protocol", "").split(",")]


def login_that_may_look(asking: HTTPConnection) -> Login | None:
    """The login of a request, where it counts and belongs to somebody who may look."""
    visitor = login.login_of_cookies(asking.cookies, asking.headers.get("host", ""))
    return visitor if gate.viewer_of_login(visitor, is_touch=False) else None


def end_login(asking: HTTPConnection) -> None:
    """Whoever signs out by the address is signed out here too, not at the provider alone."""
    visitor = login.login_of_cookies(asking.cookies, asking.headers.get("host", ""))
    if visitor is not None:
        gate.record_sign_out(visitor)


def way_in(asking: HTTPConnection) -> Response:
    """On to the provider; the page that was wanted goes along in a cookie."""
    answer = RedirectResponse(login.way_to_the_provider(), status_code=302)
    wanted = page_here(asking.query_params.get("next", ""))
    answer.set_cookie(WANTED_PAGE, quote(wanted, safe=""), WANTED_FOR_SECONDS, httponly=True, samesite="lax")
    return answer


def page_here(wanted: str) -> str:
    """The address of one of our pages with its filters, put together anew; of anything else the first page's."""
    parts = urlsplit(wanted if wanted.startswith("/") else "/" + wanted)
    address = parts.path.strip("/")
    if parts.netloc or address not in ADDRESSES:
        return "/"
    query = urlencode(parse_qsl(parts.query))
    return f"/{address}" + (f"?{query}" if query else "")


def is_answered_by_streamlit(path: str) -> bool:
    """Whether the address is no page: one of Streamlit's own, below whatever page it was asked for, or a file of it."""
    first, _slash, rest = path.strip("/").partition("/")
    if first in OF_STREAMLIT or (first in ADDRESSES and rest):
        return True
    return "." in path and ".." not in path and (FILES_OF_STREAMLIT / path.strip("/")).is_file()


def query_of(asking: HTTPConnection) -> str:
    return f"?{asking.url.query}" if asking.url.query else ""


def reader_of(asking: HTTPConnection) -> str:
    """The language of whoever asks: that of the address, before the browser's."""
    chosen = asking.query_params.get("lang")
    return chosen if chosen in LOCALES else first_spoken(asking.headers.get("accept-language", ""))


def secured(send: Send, scope: Scope) -> Send:
    """Marks every cookie for TLS alone wherever TLS is in front of the app."""
    if scope["scheme"] != "https" and not login.is_behind_tls():
        return send

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value if name.lower() != b"set-cookie" or is_secure(value) else value + b"; Secure")
                for name, value in message["headers"]
            ]
        await send(message)

    return send_on


def is_secure(cookie: bytes) -> bool:
    return any(part["secure"] for part in SimpleCookie(cookie.decode("latin-1")).values())


MIDDLEWARE = [Middleware(Entrance), Middleware(Lines)]

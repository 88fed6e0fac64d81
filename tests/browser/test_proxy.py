"""As it is deployed: nginx with docs/deploy/nginx.conf, two processes, people who sign in at an OpenID provider."""

import base64
import hashlib
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest
import streamlit
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import update
from support.browsers import PATIENCE, Visit
from support.cast import ALICE
from support.certificates import write_certificate
from support.databases import Load, SqliteFiles, Template
from support.places import ROOT
from support.servers import Server, free_port, says_ok, start_server, until
from support.templates import MONTH
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from data_access.database.schema import database_info
from data_access.database.writing import writing
from pages.parts.menu import SECTIONS

DEPLOY = ROOT / "docs" / "deploy"
# Both come from the provider, which runs in this process.
pytestmark = [
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]

NOW = datetime(2026, 5, 7, 11, 0, tzinfo=UTC)
ALICE_MAIL, QUINN_MAIL = "alice@example.test", "quinn@example.test"
PEOPLE = f"""initials,name,role,email,first_day
{ALICE},Alice Andersen,team_lead,{ALICE_MAIL},2020-01-01
QUI,Quinn Quist,admin,{QUINN_MAIL},2020-01-01
"""
MEMBERSHIP = f"agent,team,first_day,leads\n{ALICE},Vest,2020-01-01,yes\n"


@dataclass
class App:
    """One process of the app, which can be stopped and started again on its port."""

    options: tuple[str, ...]
    environment: dict[str, str]
    port: int
    server: Server | None = None

    def start(self) -> None:
        self.server = start_server(*self.options, port=self.port, **self.environment)

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
        self.server = None


@dataclass(frozen=True)
class Served:
    """A line of nginx's access log."""

    method: str
    path: str
    status: int
    process: int | None
    browser: str


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


LINE = re.compile(r'\S+ \[\S+\] "(\S+) (.*)" (\d{3}) \d+ [\d.]+s (?:.*:(\d+)|-) "(.*)"')


@dataclass
class Deployment:
    folder: Path
    port: int
    plain_port: int
    apps: dict[int, App]
    people: dict[str, Any] = field(default_factory=dict)

    def url(self, path: str = "/") -> str:
        return f"https://localhost:{self.port}{path}"

    def log(self) -> str:
        return (self.folder / "svartid-access.log").read_text()

    def served(self, browser: str) -> list[Served]:
        """What nginx handed to the processes for a browser, oldest first."""
        found = [LINE.fullmatch(line) for line in self.log().splitlines()]
        assert all(found), self.log()
        lines = [
            Served(match[1], match[2], int(match[3]), int(match[4]) if match[4] else None, match[5])
            for match in found
            if match
        ]
        return [line for line in lines if line.browser == browser]

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> Answer:
        """One request by a client that is no browser."""
        line = http.client.HTTPSConnection(
            "localhost", self.port, context=trusting(), source_address=(source, 0), timeout=20
        )
        line.request(method, path, headers=headers or {})
        answer = line.getresponse()
        found = Answer(answer.status, answer.headers, answer.read())
        line.close()
        return found


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def let_two_more_sign_in(load: Load) -> None:
    """The simulated agency is taken for an agency's own."""
    with writing() as connection:
        connection.execute(update(database_info).values(simulated=False))
    load.all_of(("agents", PEOPLE), ("memberships", MEMBERSHIP))


@pytest.fixture(scope="module")
def data(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a month of the simulated agency, in which two more people sign in."""
    url = sqlite_files.new_address(tmp_path_factory.mktemp("data"))
    sqlite_files.begin(url, Template("own_month", let_two_more_sign_in, MONTH))
    yield url
    sqlite_files.end(url)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A real OpenID provider; gives its address."""
    from oidc_provider_mock import User, run_server_in_thread

    groups = [str(uuid5(NAMESPACE_DNS, str(number))) for number in range(200)]
    users = [
        User(sub="alice", claims={"email": ALICE_MAIL, "email_verified": True}),
        User(sub="quinn", claims={"email": QUINN_MAIL, "xms_edov": True, "groups": groups}),
        User(sub="stranger", claims={"email": "stranger@example.test", "email_verified": True}),
    ]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def nginx_program() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return found or pytest.skip("nginx is not installed")


@pytest.fixture(scope="module")
def deployment(
    nginx_program: str, tmp_path_factory: pytest.TempPathFactory, data: str, provider: str
) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    port, plain_port, *app_ports = (free_port() for _ in range(4))
    write_certificate(folder)
    write_secrets(folder / "secrets.toml", port, provider)
    write_configuration(folder, port, plain_port, app_ports)
    options = ("--server.allowedHosts=localhost", f"--secrets.files={folder / 'secrets.toml'}")
    environment = {"DATABASE_URL": data, "SVARTID_ACCESS": "oidc", "SVARTID_NOW": NOW.isoformat()}
    environment |= environment_of_the_unit()
    apps = {port: App(options, environment, port) for port in app_ports}
    for app in apps.values():
        app.start()
    nginx = subprocess.Popen([nginx_program, "-e", folder / "nginx.log", "-c", folder / "nginx.conf"])
    try:
        found = Deployment(folder, port, plain_port, apps)
        until(lambda: says_ok(found.url("/_stcore/health"), context=trusting()), f"nginx does not answer, see {folder}")
        yield found
    finally:
        nginx.terminate()
        nginx.wait(timeout=20)
        for app in apps.values():
            app.stop()


def write_secrets(file: Path, port: int, provider: str) -> None:
    """The example that ships, with the values of this deployment."""
    text = (DEPLOY / "secrets.example.toml").read_text()
    values = tomllib.loads(text)["auth"]
    own = {
        "redirect_uri": f"https://localhost:{port}/oauth2callback",
        "cookie_secret": "only-for-tests-" * 3,
        "client_id": "svartid",
        "client_secret": "only-for-tests",
        "server_metadata_url": f"{provider}/.well-known/openid-configuration",
    }
    assert set(own) == set(values)
    for name, value in own.items():
        text = text.replace(f'"{values[name]}"', f'"{value}"')
    file.write_text(text)


def write_configuration(folder: Path, port: int, plain_port: int, app_ports: list[int]) -> None:
    """The site file that ships, with the values of this deployment, and around it what a distribution brings."""
    text = (DEPLOY / "nginx.conf").read_text()
    for shipped, here in (
        ("svartid.example", "localhost"),
        ("/etc/ssl/svartid/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/"),
        ("127.0.0.1:8501", f"127.0.0.1:{app_ports[0]}"),
        ("127.0.0.1:8502", f"127.0.0.1:{app_ports[1]}"),
        ("listen 80", f"listen 127.0.0.1:{plain_port}"),
        ("listen [::]:80", f"listen 127.0.0.2:{plain_port}"),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("listen [::]:443", f"listen 127.0.0.2:{port}"),
    ):
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    (folder / "site.conf").write_text(text)
    # As root nginx would hand the work to a user who may not enter the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"    {kind}_temp_path {folder / kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder / 'nginx.pid'}; error_log {folder / 'nginx.log'};\n"
        f"events {{}}\nhttp {{\n{places}\n    include {folder / 'site.conf'};\n}}\n"
    )


def environment_of_the_unit() -> dict[str, str]:
    """What the service file sets for every deployment."""
    found = re.findall(r"^Environment=(\w+)=(\S+)$", (DEPLOY / "svartid@.service").read_text(), re.MULTILINE)
    assert found
    return dict(found)


@pytest.fixture
def arrive(chromium: Browser, deployment: Deployment) -> Iterator[Callable[..., Visit]]:
    """A browser by a name of its own; of somebody who signed in earlier, where one is named."""
    contexts: list[BrowserContext] = []

    def open_browser(browser: str, who: str | None = None) -> Visit:
        context = chromium.new_context(
            ignore_https_errors=True,
            locale="en-GB",
            user_agent=browser,
            viewport={"width": 1440, "height": 900},
            storage_state=deployment.people.get(who),
        )
        contexts.append(context)
        context.add_init_script(NOTE_VIOLATIONS)
        visitor = Visit.of(context.new_page(), deployment.url(""), deployment.url("").replace("https", "wss"))
        if who is not None and who not in deployment.people:
            sign_in(visitor.page, deployment, who)
            heading(visitor.page, "Today")
            deployment.people[who] = context.storage_state()
            visitor.foreign_requests.clear()  # the way to the provider and back
        return visitor

    yield open_browser
    for context in contexts:
        context.close()


NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event =>
    window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


def sign_in(page: Page, deployment: Deployment, who: str) -> None:
    page.goto(deployment.url("/"))
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name=who, exact=True).click()


def heading(page: Page, name: str) -> None:
    page.get_by_role("heading", name=name, exact=True).wait_for(timeout=PATIENCE)


def process_of(deployment: Deployment, browser: str) -> int:
    """The process that a browser meets."""
    met = {line.process for line in deployment.served(browser) if line.process}
    assert len(met) == 1, met
    return met.pop()


def connect_by_hand(deployment: Deployment, headers: dict[str, str], origin: str | None = None) -> connect:
    return connect(
        deployment.url("/_stcore/stream").replace("https", "wss"),
        ssl=trusting(),
        subprotocols=["streamlit"],
        origin=origin or deployment.url(""),
        additional_headers=headers,
        user_agent_header=None,
        max_size=None,
    )


def streamlits_shell() -> str:
    return (Path(streamlit.__file__).parent / "static" / "index.html").read_text()


def test_the_inline_script_of_streamlit_is_the_one_that_may_run() -> None:
    shell = streamlits_shell()
    inline = re.findall(r"<script>(.*?)</script>", shell, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    allowed = re.findall(r"'sha256-([^']+)'", (DEPLOY / "nginx.conf").read_text())
    assert allowed == digests
    assert len(re.findall("<script", shell)) == len(inline) + shell.count('<script type="module" crossorigin src=')


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize(
    "unit",
    [
        "svartid@.service",
        "svartid-retain.service",
        "svartid-retain.timer",
        "svartid-digest.service",
        "svartid-digest.timer",
        "svartid-phones.service",
    ],
)
def test_systemd_understands_a_unit_and_shuts_it_in(unit: str, tmp_path: Path) -> None:
    for file in DEPLOY.glob("svartid*"):
        text = file.read_text().replace("/opt/svartid/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / file.name).write_text(text)
    verify = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)]
    said = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    if unit.endswith(".service"):
        limit = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(tmp_path / unit)]
        judged = subprocess.run(limit, capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stdout + judged.stderr


def test_docker_understands_the_compose_file() -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("docker compose is not installed")
    file = DEPLOY / "compose.yaml"
    values = dict.fromkeys(re.findall(r"\$\{(\w+):\?\}", file.read_text()), "anything")
    command = ["docker", "compose", "--file", str(file), "config", "--quiet"]
    said = subprocess.run(command, capture_output=True, text=True, env=os.environ | values, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_nginx_finds_no_fault_with_its_configuration(deployment: Deployment, nginx_program: str) -> None:
    command = [nginx_program, "-t", "-e", deployment.folder / "nginx.log", "-c", deployment.folder / "nginx.conf"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0
    assert "warn" not in said.stderr


def test_a_team_lead_signs_in_and_out(deployment: Deployment, arrive: Callable[..., Visit]) -> None:
    visitor = arrive("sign-in")
    page, written = visitor.page, []
    page.on(
        "response",
        lambda answer: written.extend(
            header["value"] for header in answer.headers_array() if header["name"].lower() == "set-cookie"
        ),
    )
    sign_in(page, deployment, "alice")
    heading(page, "Today")
    page.get_by_text(f"{ALICE} · team lead").wait_for(timeout=PATIENCE)
    assert page.url.startswith(deployment.url("/overview"))
    download = deployment.ask("/media/x", headers={"Cookie": cookie_header(page.context)})
    assert download.status == 404  # asked both processes: nobody has such a file
    stands_open = page.context.new_page()
    stands_open.goto(deployment.url("/rules"))
    heading(stands_open, "Rules")
    page.get_by_text(f"{ALICE} · team lead").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # at the provider
    page.get_by_role("link", name="Sign in").wait_for(timeout=PATIENCE)
    assert "_streamlit_user=" not in cookie_header(page.context)
    # Nobody touches the other tab.
    stands_open.get_by_role("heading", name="Rules", exact=True).wait_for(state="detached", timeout=PATIENCE)
    assert stands_open.get_by_role("link", name="Sign in").is_visible()

    ours = [line for line in written if line.startswith(("_streamlit_", "svartid_"))]
    names = {line.partition("=")[0] for line in ours}
    assert names == {
        "svartid_process",
        "_streamlit_xsrf",
        "_streamlit_session",
        "_streamlit_user",
        "_streamlit_user_tokens",
        "svartid_wanted_page",
    }
    for line in ours:
        flags = {flag.strip().lower() for flag in line.split(";")[1:]}
        assert {"secure", "samesite=lax"} <= flags, line
        assert ("httponly" in flags) is not line.startswith("_streamlit_xsrf"), line  # that one is read by the page


def cookie_header(context: BrowserContext) -> str:
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies())


def test_somebody_whom_the_agency_does_not_know_sees_nothing(
    deployment: Deployment, arrive: Callable[..., Visit]
) -> None:
    page = arrive("stranger").page
    sign_in(page, deployment, "stranger")
    page.get_by_text("belongs to nobody who may look here.").wait_for(timeout=PATIENCE)
    assert page.get_by_test_id("stDataFrame").count() == 0


def test_every_page_works_under_the_content_security_policy(
    deployment: Deployment, arrive: Callable[..., Visit]
) -> None:
    """By somebody who sees every page, and whose 200 groups make a login of 16 kB."""
    visitor = arrive("pages", "quinn")
    page, said = visitor.page, []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"Content Security Policy? {error}"))
    visitor.open(deployment.url("/"), "Today")
    assert len(cookie_header(page.context)) > 9_000
    charts = worklists = 0
    for section, name in ((section, name) for section, pages in SECTIONS.items() for name, _icon in pages.values()):
        visitor.choose_page(name, section)
        # The page Colleague asks whom to look at first.
        drawn = "[data-testid=stDataFrame], .worklist table, [data-testid=stAlert]"
        page.locator(drawn).first.wait_for(timeout=PATIENCE)
        visitor.settle()
        assert page.get_by_test_id("stException").count() == 0, page.url
        charts += page.locator("svg.marks, canvas.marks").count()
        # A library tries WebAssembly for long numbers and goes on without.
        assert set(page.evaluate("window.violations")) <= {"script-src wasm-eval"}, page.url
        worklists += page.locator(".worklist table").count()
    assert charts >= 8
    assert worklists >= 1  # a script of ours, loaded as a component
    assert [text for text in said if "Content Security Policy" in text] == []
    assert visitor.foreign_requests == []


def test_an_export_is_neither_kept_nor_logged_and_needs_a_login(
    deployment: Deployment, arrive: Callable[..., Visit]
) -> None:
    visitor = arrive("export", "quinn")
    page = visitor.page
    visitor.open(deployment.url("/"), "Today")
    visitor.open(deployment.url("/calls?agent=ABE"), "Calls")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export as CSV").click()
    file = waiting.value
    assert Path(file.path()).read_bytes().startswith(b"\xef\xbb\xbf")
    path = file.url.removeprefix(deployment.url(""))
    assert path.startswith("/media/")
    with_login = deployment.ask(path, headers={"Cookie": cookie_header(page.context)})
    assert (with_login.status, with_login.headers["Cache-Control"]) == (200, "no-store")
    without = deployment.ask(path)
    assert (without.status, without.headers["Cache-Control"]) == (403, "no-store")
    page.context.close()  # its websocket is logged when it ends
    until(lambda: any("stream" in line.path for line in deployment.served("export")), "no websocket in the log")
    paths = {line.path for line in deployment.served("export")}
    assert "/calls" in paths
    assert not any(path.startswith("/media/") or "?" in path or "ABE" in path for path in paths)
    assert "agent=ABE" not in deployment.log()
    assert (deployment.folder / "svartid-error.log").read_text() == ""


def test_a_browser_meets_one_process_and_both_have_work(deployment: Deployment) -> None:
    met = []
    for number in range(24):
        browser = {"User-Agent": f"sticky-{number}"}
        first = deployment.ask("/", headers=browser)
        cookie = first.headers["Set-Cookie"].partition(";")[0]
        again = deployment.ask("/_stcore/host-config", headers=browser | {"Cookie": cookie})
        assert "svartid_process" not in str(again.headers)  # given once
        if number < 6:
            for _turn in range(3):
                # Refused, for nobody has signed in; by which process, stands in the log.
                with pytest.raises(InvalidStatus):
                    connect_by_hand(deployment, browser | {"Cookie": cookie}).__enter__()
            until(lambda name=f"sticky-{number}": len(deployment.served(name)) == 5, "a websocket is not in the log")
        met.append(process_of(deployment, f"sticky-{number}"))
    assert set(met) == set(deployment.apps)


def test_a_login_outlives_its_process_and_the_other_one_stands_in(
    deployment: Deployment, arrive: Callable[..., Visit]
) -> None:
    visitor = arrive("restart", "alice")
    page = visitor.page
    visitor.open(deployment.url("/"), "Today")
    own = process_of(deployment, "restart")
    other = next(port for port in deployment.apps if port != own)

    deployment.apps[own].stop()
    until(lambda: deployment.served("restart")[-1].process == other, "the open page did not look for the other one")
    visitor.choose_page("Calls")
    page.get_by_text(f"{ALICE} · team lead").wait_for(timeout=PATIENCE)

    deployment.apps[own].start()
    asking = {"User-Agent": "asking", "Cookie": cookie_header(page.context)}
    until(
        lambda: deployment.ask("/", headers=asking) and deployment.served("asking")[-1].process == own,
        "nginx does not come back to the process",
    )
    # The page still hangs on the process that stood in, and its export lies there: nginx asks both.
    visitor.settle()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export as CSV").click()
    assert Path(waiting.value.path()).stat().st_size > 0

    visitor.open(deployment.url("/"), "Today")
    page.get_by_text(f"{ALICE} · team lead").wait_for(timeout=PATIENCE)
    page.context.close()
    until(lambda: deployment.served("restart")[-1].path == "/_stcore/stream", "no websocket in the log")
    assert deployment.served("restart")[-1] == Served("GET", "/_stcore/stream", 101, own, "restart")


EXPECTED = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "nginx",
}
POLICY = {
    "default-src": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/calls", 200),
        ("GET", "/static/js/", 200),  # completed below
        ("GET", "/_stcore/health", 200),
        ("GET", "/auth/login", 302),
        ("GET", "/calls/_stcore/health", 404),  # an error page of the app
        ("GET", "/_stcore/metrics", 404),  # one of nginx
        ("GET", "/media/x", 403),
        ("POST", "/", 405),
    ],
)
def test_every_answer_carries_the_headers(method: str, path: str, status: int, deployment: Deployment) -> None:
    if path.endswith("/js/"):
        path += re.findall(r"\./static/js/(index[^\"]+)", streamlits_shell())[0]
    answer = deployment.ask(path, method)
    assert answer.status == status
    assert {name: answer.headers.get_all(name) for name in EXPECTED} == {
        name: [value] for name, value in EXPECTED.items()
    }
    [policy] = answer.headers.get_all("Content-Security-Policy")
    found = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    scripts = found.pop("script-src")
    assert found == POLICY
    assert re.fullmatch(r"'self' blob: 'sha256-[^' ]+'", scripts)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_stcore/metrics", 404),
        ("GET", "/_stcore/metrics?families=cache_memory_bytes", 404),
        ("GET", "//_stcore/metrics", 404),
        ("GET", "/%5fstcore/metrics", 404),
        ("GET", "/static/..%2f_stcore/metrics", 404),
        ("GET", "/_stcore/script-health-check", 404),
        ("GET", "/_stcore/upload_file/a/b", 404),
        ("PUT", "/_stcore/upload_file/a/b", 405),
        ("GET", "/_stcore/agent/openapi.json", 404),
        ("POST", "/_stcore/agent/interact", 405),
        ("POST", "/_stcore/agent/mcp", 405),
        ("GET", "/_stcore/bidi-components/a/b.js", 404),
        ("GET", "/component/a/index.html", 404),
        ("GET", "/app/static/a", 404),
        ("GET", "/media/x", 403),
        ("OPTIONS", "/", 405),
    ],
)
def test_what_no_page_needs_is_closed(method: str, path: str, status: int, deployment: Deployment) -> None:
    browser = f"closed {method} {path}"
    assert deployment.ask(path, method, {"User-Agent": browser}).status == status
    assert [line.process for line in deployment.served(browser)] in ([], [None])  # the app was never asked
    if "metrics" in path:
        port = next(iter(deployment.apps))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/metrics") as open_there:
            assert b"active_sessions" in open_there.read()  # without the proxy anybody could read it


def test_only_its_own_name_is_answered_and_only_by_tls(deployment: Deployment) -> None:
    for name in ("evil.example", "127.0.0.1", None):
        with socket.create_connection(("127.0.0.1", deployment.port)) as line, pytest.raises(ssl.SSLError):
            trusting().wrap_socket(line, server_hostname=name)
    assert deployment.ask("/", headers={"Host": "evil.example"}).status == 421
    assert deployment.ask("/", headers={"Host": "localhost.evil.example"}).status == 421

    plain = http.client.HTTPConnection("127.0.0.1", deployment.plain_port, timeout=20)
    plain.request("GET", "/calls?team=North", headers={"Host": "localhost"})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/calls?team=North")
    plain.close()
    plain.request("GET", "/", headers={"Host": "evil.example"})
    with pytest.raises(http.client.RemoteDisconnected):
        plain.getresponse()

    with pytest.raises(InvalidStatus) as refused:
        connect_by_hand(deployment, {}, origin="https://evil.example").__enter__()
    assert refused.value.response.status_code == 403


def test_who_says_half_a_request_is_left_after_ten_seconds(deployment: Deployment) -> None:
    with (
        socket.create_connection(("127.0.0.1", deployment.port), timeout=30) as line,
        trusting().wrap_socket(line, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        assert secure.recv(1) == b""  # nginx's own patience is a minute


def test_one_address_cannot_ask_for_a_login_without_end(deployment: Deployment) -> None:
    answers: list[int] = []
    # On a slow machine somebody may come in again each second meanwhile.
    while answers.count(429) < 10 and len(answers) < 200:
        answers.append(deployment.ask("/auth/login", source="127.0.0.2").status)
    assert answers[:40] == [302] * 40  # an office that comes to work
    assert answers.count(429) == 10
    assert deployment.ask("/auth/login").status == 302  # another address

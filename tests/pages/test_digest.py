"""The morning's mail: the same lines and figures as the pages show its reader, sent over TLS, and nobody's name."""

import email
import email.policy
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from streamlit.testing.v1 import AppTest
from support.certificates import write_certificate
from support.databases import ON_SQLITE, Load
from support.programs import Program, start
from support.seen import figures, worklist
from support.servers import free_port
from support.simulated_year import SimulatedYear
from support.two_teams import NOW

from data_access.changes.own_views import keep_own_view
from data_access.questions.own_views import OwnView
from data_access.questions.people import addresses, viewer_of
from data_access.scope import EVERYBODY, Scope
from data_access.settings import current_rules
from pages.digest.__main__ import letters

ADDRESS = "https://svartid.example"
CODE = "from pages.digest.__main__ import main; main()"
SETTINGS = {"SVARTID_URL": ADDRESS, "SVARTID_MAIL_FROM": "svartid@example.test"}


@pytest.fixture
def mails_of_the_year(simulated_year: SimulatedYear, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Everybody's mail of the simulated year, in English."""
    monkeypatch.setenv("DATABASE_URL", simulated_year.url)
    return list(letters(simulated_year.until, current_rules(), [], "en", ADDRESS))


def test_a_mail_says_what_the_page_says_to_the_same_reader(
    mails_of_the_year: list[tuple[Any, ...]], open_year: Callable[..., AppTest], simulated_year: SimulatedYear
) -> None:
    assert len(mails_of_the_year) == 6  # five team leads and the quality manager
    last = simulated_year.until.date() - timedelta(days=1)
    week = {"from": f"{last - timedelta(days=6)}", "to": f"{last}"}
    for viewer, reader, letter in mails_of_the_year:
        initials = viewer.name
        assert reader == f"{initials.lower()}@svartid.example"
        today = open_year("pages/today/overview.py", viewer=initials)
        assert letter.sentence == today.header[0].value
        written = [(title, list(entry.words)) for title, entries in letter.parts.items() for entry in entries]
        assert written == worklist(today, "overview"), initials
        told = {entry.words[0]: entry.words[1] for entry in letter.week}
        calls, callbacks = (
            figures(open_year(f"pages/service/{page}.py", viewer=initials, **week)) for page in ("calls", "callbacks")
        )
        for name, value in told.items():
            shown = {**calls, **callbacks}
            assert name not in shown or shown[name].split()[0] == value.split()[0], (initials, name)
        assert {"Reached in time", "Promises broken"} <= told.keys() & callbacks.keys()


def test_no_mail_names_a_customer_and_each_says_whose_rights_it_has(
    mails_of_the_year: list[tuple[Any, ...]], simulated_year: SimulatedYear
) -> None:
    names = set(simulated_year.frame("SELECT DISTINCT name FROM customer WHERE name IS NOT NULL")["name"])
    assert len(names) > 1_000
    for viewer, _reader, letter in mails_of_the_year:
        for text in (letter.as_text(), letter.as_html()):
            assert not [name for name in names if name in text], viewer.name
            assert f"Written for {viewer.name} (" in text
    html = mails_of_the_year[0][2].as_html()
    assert f'href="{ADDRESS}/callbacks?callback=' in html
    assert "lang=en" in html


@ON_SQLITE
@pytest.mark.usefixtures("two_teams")
def test_each_mail_is_in_the_language_that_its_reader_keeps() -> None:
    lead = viewer_of("NQQL", NOW, NOW.date())
    assert lead is not None
    keep_own_view(lead, OwnView(language="da"))
    written = {viewer.name: letter.language for viewer, _address, letter in letters(NOW, current_rules(), [], "en", "")}
    assert (written["NQQL"], written["SQQL"]) == ("da", "en")


@ON_SQLITE
def test_only_leads_and_quality_with_an_address_get_mails(two_teams: Load) -> None:
    assert list(addresses(EVERYBODY, ("team_lead", "quality"), NOW.date())) == ["NQQL", "QUA", "SQQL"]
    assert addresses(Scope(), ("team_lead",), NOW.date()) == {}
    two_teams.all_of(("agents", "initials,first_day,last_day\nSQQL,2020-01-01,2026-04-30\n"))
    assert list(addresses(EVERYBODY, ("team_lead", "quality"), NOW.date())) == ["NQQL", "QUA"]


class Inbox:
    """What a mail server was given; it refuses one reader."""

    def __init__(self) -> None:
        self.mails: dict[str, EmailMessage] = {}

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("sqql"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        assert session.ssl is not None
        for address in envelope.rcpt_tos:
            self.mails[address] = email.message_from_bytes(envelope.content, policy=email.policy.default)
        return "250 OK"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return write_certificate(tmp_path)


@contextmanager
def mail_server(inbox: Inbox, certificate: Path | None) -> Iterator[int]:
    """A real mail server; with a certificate it takes nothing without TLS and a login."""
    options: dict[str, Any] = {}
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        options = {"tls_context": context, "require_starttls": True, "auth_required": True}

        def may_enter(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, said: Any) -> AuthResult:
            return AuthResult(success=(said.login, said.password) == (b"svartid", b"p@ss"), handled=False)

        options["authenticator"] = may_enter
    controller = Controller(inbox, hostname="localhost", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def body_of(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None, kind
    return str(body.get_content())


def run(url: str, *arguments: str, **settings: str) -> Program:
    environment = {"DATABASE_URL": url, "SVARTID_NOW": NOW.isoformat(), **SETTINGS, **settings}
    return start(*arguments, code=CODE, **environment)


@ON_SQLITE
@pytest.mark.usefixtures("two_teams")
def test_mails_go_to_a_server_over_tls_and_one_refused_stops_no_other(
    database_url: str, certificate: Path, rows_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    inbox = Inbox()
    with mail_server(inbox, certificate) as port:
        address = f"smtp://svartid:p%40ss@localhost:{port}"
        done = run(database_url, SVARTID_SMTP=address, SSL_CERT_FILE=str(certificate)).finish()
        assert (done.returncode, "1 mails were not taken." in done.stderr) == (1, True), done.stderr
        assert "SQQL: " in done.stderr
        assert "nobody of that name" in done.stderr
        assert set(inbox.mails) == {"nqql@example.test", "qua@example.test"}
        mail = inbox.mails["nqql@example.test"]
        assert (mail["From"], mail["Auto-Submitted"]) == ("svartid@example.test", "auto-generated")
        assert mail["Subject"].startswith("Svartid: ")
        html, text = body_of(mail, "html"), body_of(mail, "plain")
        assert "SQQ" not in html + text  # nothing of the other team
        assert "Skrevet til NQQL (teamleder)" in text
        looks = rows_of("SELECT action, page FROM access_log")
        assert looks == [("export", "digest")] * 3
        # A server whose certificate nobody vouches for gets nothing, nor does one with another password.
        inbox.mails.clear()
        for settings, said in (
            ({"SVARTID_SMTP": address}, "CERTIFICATE_VERIFY_FAILED"),
            ({"SVARTID_SMTP": address.replace("p%40ss", "other"), "SSL_CERT_FILE": str(certificate)}, "535"),
        ):
            done = run(database_url, **settings).finish()
            assert (done.returncode, said in done.stderr) == (1, True), done.stderr
            assert "p%40ss" not in done.stderr
    with mail_server(inbox, None) as port:
        done = run(database_url, SVARTID_SMTP=f"smtp://localhost:{port}").finish()
        assert (done.returncode, "STARTTLS" in done.stderr) == (1, True), done.stderr
    assert inbox.mails == {}


@ON_SQLITE
@pytest.mark.usefixtures("two_teams")
def test_mails_can_be_written_into_files_for_a_day_and_for_some_readers(database_url: str, tmp_path: Path) -> None:
    done = run(
        database_url, "--files", str(tmp_path), "--to", "NQQL", "--language", "en", "--day", "2026-05-06"
    ).finish()
    assert (done.returncode, done.stderr) == (0, "")
    assert [file.name for file in tmp_path.glob("*.eml")] == ["NQQL.eml"]
    mail = email.message_from_bytes((tmp_path / "NQQL.eml").read_bytes(), policy=email.policy.default)
    text = body_of(mail, "plain")
    assert "THE LAST SEVEN DAYS, WED 29 APR TO YESTERDAY" in text
    dry = run(database_url, "--dry-run").finish()
    assert [line.partition(":")[0] for line in dry.stdout.splitlines()] == ["NQQL", "QUA", "SQQL"]
    for arguments, said in (
        (("--to", "NQQA", "--dry-run"), "no team lead or quality manager with an email: NQQA"),
        (("--language", "de"), "'de' is none of"),
        (("--files", str(tmp_path / "none")), "there is no such folder"),
        ((), "SVARTID_SMTP is not set"),
    ):
        done = run(database_url, *arguments).finish()
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert "SVARTID_SMTP" not in os.environ

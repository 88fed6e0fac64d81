"""What a browser gets before a page of Streamlit draws itself: the shell of all pages, and plain ones for visitors who
have not signed in or asked for an address that is none."""

from functools import lru_cache
from html import escape
from pathlib import Path
from urllib.parse import quote

import streamlit
from starlette.responses import HTMLResponse, Response

from data_access.settings import current_rules
from metrics.figures import N_
from pages.parts import gate, privacy
from pages.parts.wording import _, written_in

NO_DATA = N_("No data have been loaded yet.")
NOT_READY = N_("Svartid cannot start with this set-up. The server's log says why.")
SECONDS_TO_ASK_AGAIN = 5
UNKNOWN_ADDRESS = N_("There is no page with this address.")
STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --paper: #fff; --link: #00608f; --line: #d5dbe3 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf3; --paper: #10171f; --link: #7cc4ee; --line: #33404e } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 42rem; margin: 0 auto; padding: 3rem 1.25rem }
h1 { font-size: 2.25rem; margin: 0 0 1rem } h2 { font-size: 1.2rem; margin: 0 }
a { color: var(--link) }
a.way { display: inline-block; margin: .5rem 0 2rem; padding: .6rem 1.25rem; border-radius: 6px;
        background: var(--link); color: var(--paper); text-decoration: none; font-weight: 600 }
section { border: 1px solid var(--line); border-radius: 6px; padding: 1rem 1.25rem; font-size: .9rem }
"""


SHELL_SCRIPT = Path(__file__).with_name("shell.js")
SCRIPT_PATH = "/shell.js"
FIRST_SCRIPT = '<script type="module"'


@lru_cache
def shell_text(reader: str) -> str:
    """Streamlit's own shell, in the reader's language and by our name.

    Before its scripts comes one of our own, which says where the app lies and keeps the browser's history.
    """
    text = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    for shipped, ours in (
        ('<html lang="en">', f'<html lang="{reader}">'),
        ("<title>Streamlit</title>", "<title>Svartid</title>"),
        (FIRST_SCRIPT, f'<script src="{SCRIPT_PATH}"></script>\n    {FIRST_SCRIPT}'),
    ):
        before, match, after = text.partition(shipped)
        if not match:
            raise LookupError(f"Streamlit's index.html has no {shipped}")
        text = before + ours + after
    return text


def shell(reader: str) -> HTMLResponse:
    return HTMLResponse(shell_text(reader), headers={"Cache-Control": "no-cache"})


def script(file: Path) -> Response:
    """A script of ours."""
    return Response(file.read_bytes(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def html_page(reader: str, title: str, body: str, status: int) -> HTMLResponse:
    """A plain page; title and body are HTML."""
    whole = (
        f'<!DOCTYPE html><html lang="{reader}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} · Svartid</title><style>{STYLE}</style></head>"
        f"<body><main><h1>Svartid</h1>{body}</main></body></html>"
    )
    return HTMLResponse(whole, status, {"Cache-Control": "no-store"})


def sentence_page(reader: str, sentence: str, status: int) -> HTMLResponse:
    with written_in(reader):
        text = escape(_(sentence))
        return html_page(reader, text, f"<p>{text}</p>", status)


def no_data(reader: str) -> HTMLResponse:
    return sentence_page(reader, NO_DATA, 200)


def not_ready(reader: str) -> HTMLResponse:
    return sentence_page(reader, NOT_READY, 503)


def no_answer(reader: str) -> HTMLResponse:
    """While the database does not answer: the browser asks again by itself."""
    answer = sentence_page(reader, gate.NO_ANSWER, 503)
    answer.headers["Refresh"] = f"{SECONDS_TO_ASK_AGAIN}"
    return answer


def unknown_address(reader: str) -> HTMLResponse:
    """In place of Streamlit's dialog over the first page, which is English and says nothing of the way on."""
    with written_in(reader):
        sentence, way = escape(_(UNKNOWN_ADDRESS)), escape(_("To the first page"))
        return html_page(reader, sentence, f'<p>{sentence}</p><p><a class="way" href="/">{way}</a></p>', 404)


def sign_in(reader: str, wanted: str, reason: str, **values: str) -> HTMLResponse:
    """Why one has to sign in, the way in, and the privacy notice, which anybody may read (P2)."""
    with written_in(reader):
        why, label = escape(_(reason, **values)), escape(_("Sign in"))
        way = escape(f"{gate.SIGN_IN_PATH}?next={quote(wanted, safe='')}")
        return html_page(reader, label, f'<p>{why}</p><p><a class="way" href="{way}">{label}</a></p>{notice()}', 200)


def notice() -> str:
    *first, last = privacy.paragraphs(current_rules(), gate.local_today())
    who = "".join(f"<li><b>{escape(name)}</b>: {escape(what)}.</li>" for name, what in privacy.who_sees_what())
    texts = "".join(f"<p>{escape(text)}</p>" for text in first)
    title = escape(_("Privacy"))
    return f"<section><h2>{title}</h2>{texts}<ul>{who}</ul><p>{escape(last)}</p></section>"

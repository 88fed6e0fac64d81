"""The page for a screen on the wall: a team's day in letters that are read from five metres, without anybody's login.

Plain HTML that a small script asks for again every ten seconds, so that a screen costs no line to the app.
"""

from datetime import datetime
from html import escape
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from data_access.questions.phones import phone_source_state
from data_access.questions.wall import Day, PhonesNow, WallLink, day_of, link_of_token, phones_of
from data_access.settings import current_rules, now
from metrics.figures import N_
from pages.parts import plain_pages
from pages.parts.loaders import ask, this_minute
from pages.parts.wording import _, age, clock_length, ngettext, number, percent, short_time, written_in
from pages.parts.words import KIND_LABELS

PATH, SCRIPT_PATH = "/wall", "/wall.js"
SCRIPT = Path(__file__).with_name("wall.js")
STYLE = Path(__file__).with_name("wall.css")
ENDED = N_("This link shows nothing any more. An administrator can make a new one.")


def answer(asking: HTTPConnection, reader: str) -> Response:
    """The day that the token in the address belongs to; without one that counts, nothing."""
    link = link_of_token(asking.query_params.get("token", ""))
    if link is None:
        return plain_pages.sentence_page(reader, ENDED, 404)
    with written_in(reader):
        return wall_page(link, reader)


def wall_page(link: WallLink, reader: str) -> HTMLResponse:
    rules, at = current_rules(), now()
    day = ask(day_of, link.scope, rules, this_minute())
    source = phone_source_state(link.scope, rules, at)
    phones = phones_of(link.scope, source, rules, at)
    name = escape(link.team or _("The whole agency"))
    clock = escape(short_time(at, at))
    tiles = "".join(figures(day, phones))
    said = [hole_words(day, at)]
    if source and source.is_late and source.answered_at:
        said.append(_("The phones have not been heard of for {age}.", age=age(at - source.answered_at)))
    if day.late:
        said.append(_("No new data arrive: {kinds}.", kinds=", ".join(_(KIND_LABELS[kind]) for kind in day.late)))
    foot = "".join(f"<p>{escape(text)}</p>" for text in said)
    no_answer = escape(_("No answer from Svartid since {time}. What stands here is old.", time="{time}"))
    whole = (
        f'<!DOCTYPE html><html lang="{reader}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name} · Svartid</title><style>{STYLE.read_text()}</style></head><body>"
        f'<main data-clock="{clock}"><header><h1>{name}</h1><span>{clock}</span></header>'
        f'<section class="tiles">{tiles}</section><footer>{foot}</footer></main>'
        f'<p id="no-answer" hidden>{no_answer}</p><script src="{SCRIPT_PATH}" defer></script></body></html>'
    )
    return HTMLResponse(whole, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def figures(day: Day, phones: PhonesNow | None) -> list[str]:
    """A tile for each figure: the number, what it counts, and what belongs to it."""
    tiles = []
    if phones is not None:
        longest = _("the longest {length}", length=clock_length(phones.longest_seconds)) if phones.waiting else ""
        label = ngettext("caller waits", "callers wait", phones.waiting)
        tiles.append(tile(number(phones.waiting), label, longest, "soon" if phones.waiting else ""))
    there = day.planned if phones is None else phones.there
    if day.needed is not None:
        label = _("planned on the phones") if phones is None else _("on the phones")
        needed = _("{needed} needed", needed=number(day.needed))
        tiles.append(tile(number(there), label, needed, "late" if there < day.needed else ""))
    of_received = ""
    if day.received:
        rate = percent(day.answered / day.received)
        of_received = _("of {received}: {rate}", received=number(day.received), rate=rate)
    tiles.append(tile(number(day.answered), _("answered today"), of_received))
    soon = ngettext("{count} more within two hours", "{count} more within two hours", day.within_two_hours)
    label = ngettext("customer waits too long", "customers wait too long", day.overdue)
    tiles.append(tile(number(day.overdue), label, soon if day.within_two_hours else "", "late" if day.overdue else ""))
    return tiles


def tile(value: str, label: str, more: str, tone: str = "") -> str:
    second = f"<i>{escape(more)}</i>" if more else ""
    return f'<div class="{tone}"><b>{escape(value)}</b><span>{escape(label)}</span>{second}</div>'


def hole_words(day: Day, at: datetime) -> str:
    if day.hole is None:
        return _("As many as needed are planned, today and tomorrow.")
    team, hole = day.hole
    return _(
        "Next hole: {team}, {start}–{end}, {planned} of {needed}.",
        team=team,
        start=short_time(hole.starts_at, at),
        end=short_time(hole.ends_at, hole.ends_at),
        planned=number(hole.planned),
        needed=number(hole.needed),
    )

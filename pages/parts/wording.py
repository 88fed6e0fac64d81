"""What people read: gettext catalogues through Babel, and numbers, dates and durations as the language writes them."""

import gettext as gettext_module
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from io import BytesIO
from math import isnan
from pathlib import Path

import streamlit as st
from babel.dates import format_date, format_datetime, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from data_access.settings import current_rules

LOCALES = {"da": "da_DK", "en": "en_GB"}
LANGUAGES = {"da": "Dansk", "en": "English"}
KEPT_LANGUAGE = "own_view_language"
"""Under it a visit knows the language that its reader keeps."""
CATALOGUES = Path(__file__).with_name("catalogues")
DAY_FORMS = {"da": "EEE d. MMM", "en": "EEE d MMM"}
CLOCK_FORMS = {"da": "HH.mm", "en": "HH:mm"}
NOTHING = "–"
"""What stands where there is nothing to count: never 0 %, never 100 %."""


NO_SESSION: ContextVar[str | None] = ContextVar("language of a reader without a session", default=None)


def browser_language() -> str:
    """The language the browser asks for, if we speak it; else English."""
    return first_spoken(st.context.locale or "")


def first_language() -> str:
    """The language in which a visit begins: the reader's own, where they keep one, else the browser's."""
    kept = st.session_state.get(KEPT_LANGUAGE)
    return kept if kept in LOCALES else browser_language()


def first_spoken(wishes: str) -> str:
    """The first language of a browser's wishes (`da-DK,da;q=0.9,en`) that we speak; else English."""
    codes = (wish.partition(";")[0].partition("-")[0].strip().lower() for wish in wishes.split(","))
    return next((code for code in codes if code in LOCALES), "en")


@contextmanager
def written_in(code: str) -> Iterator[None]:
    """Within it everything is written in this language: for what is read outside a page of Streamlit."""
    token = NO_SESSION.set(code)
    try:
        yield
    finally:
        NO_SESSION.reset(token)


def language() -> str:
    """The language in which this viewer reads: the switch decides, before it how their visit began."""
    if code := NO_SESSION.get():
        return code
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    return chosen if chosen in LOCALES else first_language()


@lru_cache
def catalogue(code: str) -> gettext_module.NullTranslations:
    """The catalogue of a language, compiled once per process. English is what stands in the code."""
    file = CATALOGUES / f"{code}.po"
    if not file.is_file():
        return gettext_module.NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as text:
        write_mo(compiled, read_po(text, locale=LOCALES[code]))
    compiled.seek(0)
    return gettext_module.GNUTranslations(compiled)


def _(message: str, **values: object) -> str:
    """A text in the viewer's language, with its {placeholders} filled."""
    text = catalogue(language()).gettext(message)
    # Without values it may be a word of a source, in which braces mean nothing.
    return text.format(**values) if values else text


def ngettext(singular: str, many: str, count: int, **values: object) -> str:
    """The text for one or for many, with {count} written as the language writes numbers."""
    return catalogue(language()).ngettext(singular, many, count).format(count=number(count), **values)


def number(value: float | None, decimals: int = 0) -> str:
    if value is None:
        return NOTHING
    return written_number(value, decimals, LOCALES[language()])


@lru_cache(maxsize=5000)
def written_number(value: float, decimals: int, locale: str) -> str:
    """A number as a language writes it; kept, because pages write the same ones again and again."""
    pattern = "#,##0" if decimals == 0 else "#,##0." + "0" * decimals
    return format_decimal(value, format=pattern, locale=locale)


def percent(fraction: float | None, decimals: int = 0) -> str:
    """A share in words. What is not all is never shown as 100 %, and what is not nothing never as 0 %."""
    if fraction is None:
        return NOTHING
    if 0 < fraction < 1:
        smallest_shown = 10.0 ** -(decimals + 2)
        fraction = min(max(fraction, smallest_shown), 1 - smallest_shown)
    return written_percent(fraction, decimals, LOCALES[language()])


@lru_cache(maxsize=5000)
def written_percent(fraction: float, decimals: int, locale: str) -> str:
    """A share as a language writes it; kept, because pages write the same ones again and again."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + " %"
    return format_percent(fraction, format=pattern, locale=locale)


def interval_words(rate: float, low: float, high: float, decimals: int = 0) -> str:
    """A share as far as its cases carry it: with its interval, the interval alone, or nothing."""
    if isnan(low):
        return NOTHING
    interval = f"{percent(low)}–{percent(high)}"
    return interval if isnan(rate) else f"{percent(rate, decimals)} ({interval})"


def seconds(value: float | None) -> str:
    """A length: 42 s, 3 min 05 s, 2 t 44 min (in English 2 h 44 min)."""
    if value is None:
        return NOTHING
    total = round(value)
    if total < 60:
        return _("{seconds} s", seconds=total)
    if total < 3600:
        return _("{minutes} min {seconds:02d} s", minutes=total // 60, seconds=total % 60)
    return _("{hours} h {minutes:02d} min", hours=total // 3600, minutes=total % 3600 // 60)


def clock_length(value: int) -> str:
    """A length in seconds as a clock that runs shows it: 1:05."""
    minutes, rest = divmod(value, 60)
    return f"{minutes}:{rest:02d}"


def age(value: timedelta) -> str:
    """How old something is, in the unit that a person would say."""
    hours = value / timedelta(hours=1)
    if hours < 1:
        return ngettext("{count} minute", "{count} minutes", round(hours * 60))
    if hours < 48:
        return ngettext("{count} hour", "{count} hours", round(hours))
    return ngettext("{count} day", "{count} days", round(hours / 24))


def local_time(value: datetime) -> str:
    """An instant as the agency's clocks showed it."""
    local = value.astimezone(current_rules().tzinfo)
    return format_datetime(
        local, format=f"{DAY_FORMS[language()]} y {CLOCK_FORMS[language()]}", locale=LOCALES[language()]
    )


def weekday_names() -> list[str]:
    """Monday to Sunday, as short as the language writes them."""
    names = get_day_names("abbreviated", context="stand-alone", locale=LOCALES[language()])
    return [names[index].rstrip(".").capitalize() for index in range(7)]


READ_LATER = re.compile(
    r"(?<=:)(?=[\w+-]+[:/])|(?<=http)(?=s?://)|(?<=www)(?=\.)|(?=@)|(?<=[<>~-])(?=[->=])", re.IGNORECASE
)
"""Where Streamlit finds icons, emoji, addresses and arrows after the escapes are gone: a character without width
(word joiner) takes them apart."""


def escaped(name: object) -> str:
    """A name that comes from data, safe inside Markdown: it cannot become a link or an image."""
    # A new line would begin a heading, a list or a block of code.
    text = READ_LATER.sub("\u2060", " ".join(str(name).split()))
    return "".join(f"\\{character}" if character in r"\`*_{}[]()<>#+-.!|:$~&" else character for character in text)


def text_of(cell: object) -> str:
    """The text in a cell; nothing where the cell is empty."""
    return cell if isinstance(cell, str) else ""


def short_time(value: datetime, now: datetime) -> str:
    """An instant as a colleague would say it: 16:30 today, yesterday 16:30, tomorrow 16:30, else Thu 12 Nov 16:30; of
    another year with the year."""
    zone = current_rules().tzinfo
    local, today = value.astimezone(zone), now.astimezone(zone).date()
    clock = format_datetime(local, format=CLOCK_FORMS[language()], locale=LOCALES[language()])
    match (local.date() - today).days:
        case 0:
            return clock
        case -1:
            return _("yesterday {time}", time=clock)
        case 1:
            return _("tomorrow {time}", time=clock)
    day = DAY_FORMS[language()] + ("" if local.year == today.year else " y")
    return f"{format_datetime(local, format=day, locale=LOCALES[language()])} {clock}"


def short_day(day: date, now: datetime) -> str:
    """A day as a colleague would say it: today, yesterday, tomorrow, else Thu 12 Nov; of another year with the year."""
    today = now.astimezone(current_rules().tzinfo).date()
    match (day - today).days:
        case 0:
            return _("today")
        case -1:
            return _("yesterday")
        case 1:
            return _("tomorrow")
    form = DAY_FORMS[language()] + ("" if day.year == today.year else " y")
    return format_date(day, format=form, locale=LOCALES[language()])


def days_words(first: date, last: date, now: datetime) -> str:
    """A day, or the first and the last of several."""
    return short_day(first, now) if first == last else f"{short_day(first, now)} – {short_day(last, now)}"


def until_words(until: datetime, now: datetime) -> str:
    """How long something lasts: what ends at midnight ends with the day before."""
    local = until.astimezone(current_rules().tzinfo)
    if local.time() == time():
        return _("to the end of {day}", day=short_day(local.date() - timedelta(days=1), now))
    return _("until {time}", time=short_time(until, now))


def lateness(minutes: int) -> str:
    """How long a customer waits too long: 23 min, 2 h 44 min, 6 days."""
    if minutes < 60:
        return _("{minutes} min", minutes=minutes)
    return seconds(minutes * 60) if minutes < 48 * 60 else age(timedelta(minutes=minutes))

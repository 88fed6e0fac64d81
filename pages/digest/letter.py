"""What the mail says: the lines of Today and the figures of the week, in the reader's scope and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from html import escape
from pathlib import PurePosixPath
from urllib.parse import urlencode

from data_access.questions.callbacks import CallbackFilters, callback_totals, totals_before
from data_access.questions.calls import Filters, period_before_totals, team_totals
from data_access.questions.overview import GROUPS, Today
from data_access.scope import Scope, Viewer, scope_of
from metrics.calendar import ONE_DAY, local_day
from metrics.figures import FIGURES
from metrics.house_rules import HouseRules
from pages.parts.figures import changes_since, in_words, value_of
from pages.parts.gate import ROLES
from pages.parts.today_words import (
    CALLBACKS,
    TITLES,
    leads_to,
    line_of,
    sentence_words,
)
from pages.parts.wording import _, ngettext, short_day, written_in

FIRST_PAGE, CALLS = "pages/today/overview.py", "pages/service/calls.py"
OF_THE_WEEK = {
    CALLS: ("received", "answer_rate"),
    CALLBACKS: ("reached_in_time", "attempted_in_time", "promises_broken"),
}
"""The figures that a mail tells of the last seven days, by the page that opens them."""
BODY = "font:15px/1.45 system-ui,sans-serif;color:#1b2733;background:#fff;max-width:44rem;margin:0 auto;padding:1rem"
TITLE, LINE = "font-size:16px;margin:1.2rem 0 .2rem", "padding:.35rem 0;border-bottom:1px solid #d5dbe3"
SMALL = "color:#55606f;font-size:13px"


@dataclass(frozen=True)
class Entry:
    """A line of a mail: its words, of which the first is the link."""

    words: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class Letter:
    """One reader's mail: the sentence of Today, its lines by title, the week, and in whose name it was read."""

    language: str
    sentence: str
    first_page: str
    parts: Mapping[str, tuple[Entry, ...]]
    more: str
    week_title: str
    week: tuple[Entry, ...]
    whose: str

    @property
    def entries(self) -> int:
        return sum(map(len, self.parts.values()))

    def message(self, sender: str, reader: str) -> EmailMessage:
        """As a mail in plain text and in HTML."""
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = f"Svartid: {self.sentence}", sender, reader
        # So that nobody's out-of-office answers a program.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self.as_text())
        mail.add_alternative(self.as_html(), subtype="html")
        return mail

    def as_text(self) -> str:
        parts = [self.sentence, self.first_page]
        for title, entries in [*self.parts.items(), (self.week_title, self.week)]:
            lines = [f"- {', '.join(word for word in entry.words if word)}\n  {entry.link}" for entry in entries]
            parts.append("\n".join([title.upper(), *lines]))
        return "\n\n".join([*parts, *([self.more] if self.more else []), self.whose]) + "\n"

    def as_html(self) -> str:
        parts = [f'<h1 style="font-size:20px">{anchor(self.first_page, self.sentence)}</h1>']
        for title, entries in self.parts.items():
            parts.append(section_of(title, entries))
        parts += [f"<p>{escape(self.more)}</p>"] if self.more else []
        parts += [section_of(self.week_title, self.week), f'<p style="{SMALL}">{escape(self.whose)}</p>']
        return (
            f'<!DOCTYPE html><html lang="{self.language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Svartid</title></head>'
            f'<body style="{BODY}">{"".join(parts)}</body></html>'
        )


def letter_for(
    viewer: Viewer, language: str, today_seen: Today, rules: HouseRules, now: datetime, address: str
) -> Letter:
    """The mail of one reader. `address`: where Svartid lies, in front of every link."""
    day = local_day(now, rules)

    def link(page: str, parameters: Mapping[str, str]) -> str:
        return f"{address}/{PurePosixPath(page).stem}?{urlencode(dict(parameters) | {'lang': language})}"

    with written_in(language):
        parts: dict[str, tuple[Entry, ...]] = {}
        for group, kinds in GROUPS.items():
            rows = today_seen.lines[today_seen.lines["what"].isin(kinds)]
            entries = tuple(
                Entry(tuple(line_of(row, now).cells.values()), link(*leads_to(viewer, row, day)))
                for row in rows.itertuples()
            )
            parts |= {_(TITLES[group]): entries} if entries else {}
        first, last = seven_days(day)
        span = {"from": f"{first}", "to": f"{last}"}
        week = tuple(Entry(words, link(page, span)) for page, words in week_figures(scope_of(viewer), rules, now))
        more = ngettext("{count} more: all callbacks", "{count} more: all callbacks", today_seen.left_out)
        return Letter(
            language,
            sentence_words(today_seen),
            link(FIRST_PAGE, {}),
            parts,
            more if today_seen.left_out else "",
            _("The last seven days, {first} to {last}", first=short_day(first, now), last=short_day(last, now)),
            week,
            _(
                "Written for {name} ({role}), with what they may see in Svartid; customers by their number alone. That "
                "it was sent is logged.",
                name=viewer.name,
                role=_(ROLES[viewer.role]),
            ),
        )


def seven_days(today: date) -> tuple[date, date]:
    return today - 7 * ONE_DAY, today - ONE_DAY


def week_figures(scope: Scope, rules: HouseRules, now: datetime) -> list[tuple[str, tuple[str, ...]]]:
    """The figures of the seven days before today, as the pages count them: the page, and label, value, and change since
    the seven days before in words."""
    first, last = seven_days(local_day(now, rules))
    requests, calls = CallbackFilters(first, last), Filters(first, last)
    counts: dict[str, tuple[Mapping[str, int], Mapping[str, int] | None]] = {
        CALLBACKS: (callback_totals(scope, requests, rules, now), totals_before(scope, requests, rules, now))
    }
    if scope.sees_a_team:
        counts[CALLS] = team_totals(scope, calls), period_before_totals(scope, calls)
    told: list[tuple[str, tuple[str, ...]]] = []
    for page, names in OF_THE_WEEK.items():
        for figure in (FIGURES[name] for name in names if page in counts):
            of_week, before = counts[page]
            is_counted_before = before is not None and figure.numerator in before
            changes = changes_since([figure.id] if is_counted_before else [], of_week, before)
            since = _("{change} since the seven days before", change=changes[figure.id]) if changes else ""
            told.append((page, (_(figure.label), in_words(figure, value_of(figure, of_week)), since)))
    return told


def section_of(title: str, entries: tuple[Entry, ...]) -> str:
    lines = "".join(line_in_html(entry) for entry in entries)
    return f'<h2 style="{TITLE}">{escape(title)}</h2>{lines}'


def line_in_html(entry: Entry) -> str:
    """What it is about and what is asked, and under it by when and by whom: as wide as any mail program's window."""
    first, second, *others = entry.words
    beside = " · ".join(escape(word) for word in others if word)
    return (
        f'<div style="{LINE}">{anchor(entry.link, first)} &nbsp; {escape(second)}'
        f'<div style="{SMALL}">{beside}</div></div>'
    )


def anchor(link: str, text: str) -> str:
    return f'<a href="{escape(link)}" style="color:#00608f">{escape(text)}</a>'

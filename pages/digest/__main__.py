"""The morning's mail, at the command line and by a timer: python -m pages.digest."""

import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from data_access.changes.logs import Look, record_look
from data_access.errors import UserError
from data_access.questions.coaching import agency_signals, looked_back, new_signals
from data_access.questions.overview import today_lines
from data_access.questions.own_views import own_view_of
from data_access.questions.people import addresses, viewer_of
from data_access.scope import EVERYBODY, Viewer, scope_of
from data_access.settings import current_rules, now
from metrics.calendar import local_day, local_to_utc, monday_of
from metrics.house_rules import HouseRules, HouseRulesError
from pages.digest.letter import Letter, letter_for
from pages.digest.post import hand_in, mail_server
from pages.parts.wording import LOCALES

READERS = ("team_lead", "quality")
MORNING_MINUTE = 7 * 60
"""A mail for a day is written as of seven in the morning."""
app = typer.Typer(pretty_exceptions_show_locals=False)


class DigestError(UserError):
    """No mail can be written as it was asked for."""


@app.command()
def digest(
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Whose morning; default now.")] = None,
    to: Annotated[list[str] | None, typer.Option(help="Only to these initials; may be repeated.")] = None,
    language: Annotated[str, typer.Option(help="Of who keeps none of their own: da or en.")] = "da",
    files: Annotated[Path | None, typer.Option(help="Write mails into this folder instead of sending them.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
) -> None:
    """Write the morning's mail to each team lead and the quality manager: their lines of Today and their week.

    SVARTID_SMTP: the mail server (smtp://user:password@host:587). SVARTID_MAIL_FROM: who sends. SVARTID_URL: where
    Svartid lies, for the links.
    """
    if language not in LOCALES:
        raise DigestError(f"'{language}' is none of {', '.join(LOCALES)}")
    rules = current_rules()
    at = now() if day is None else local_to_utc(day.date(), MORNING_MINUTE, rules)
    address, sender = setting("SVARTID_URL").rstrip("/"), setting("SVARTID_MAIL_FROM")
    if files is not None and not files.is_dir():
        raise DigestError(f"{files}: there is no such folder")
    server = nullcontext() if files or dry_run else mail_server(setting("SVARTID_SMTP"))
    refused = 0
    with server as line:
        for viewer, reader, letter in letters(at, rules, to or [], language, address):
            if dry_run:
                print(f"{viewer.name}: {letter.sentence} ({letter.entries} lines, to {reader})")
                continue
            record_look(viewer, Look("export", "digest", details=f"rows={letter.entries}"), now())
            mail = letter.message(sender, reader)
            if files is not None:
                (files / f"{viewer.name}.eml").write_bytes(mail.as_bytes())
            elif line is not None and (said := hand_in(line, mail)):
                print(f"{viewer.name}: {said}", file=sys.stderr)
                refused += 1
    if refused:
        sys.exit(f"{refused} mails were not taken.")


def setting(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise DigestError(f"{name} is not set (docs/deploy/README.md)")
    return value


def letters(
    at: datetime, rules: HouseRules, initials: list[str], language: str, address: str
) -> Iterator[tuple[Viewer, str, Letter]]:
    """The mails of all readers, or of those asked for, one after the other: who reads, their address, the mail."""
    today = local_day(at, rules)
    people = addresses(EVERYBODY, READERS, today)
    if unknown := [name for name in initials if name not in people]:
        raise DigestError(f"no team lead or quality manager with an email: {', '.join(unknown)}")
    agency, before = (agency_signals(EVERYBODY, looked_back(of), rules, of) for of in (today, monday_of(today)))
    for name in initials or people:
        viewer = viewer_of(name, at, today)
        if viewer is None:
            continue
        scope = scope_of(viewer)
        brought = new_signals(scope, agency, before, rules, today)
        signals = tuple(zip(brought["agent"], brought["measure"], brought["kind"], strict=True))
        seen = today_lines(scope, rules, at, signals)
        kept = own_view_of(EVERYBODY, viewer.agent_id).language
        yield viewer, people[name], letter_for(viewer, kept or language, seen, rules, at, address)


def main() -> None:
    try:
        app()
    except (UserError, HouseRulesError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

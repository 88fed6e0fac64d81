"""The administrator's command line: python -m data_access.

Each command imports what it needs itself: a file of two rows is not to wait for libraries that it does not use.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from signal import SIGINT, SIGTERM, signal
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from data_access.demo import DEFAULT_LANGUAGE, DEFAULT_MONTHS, DEFAULT_SCALE, DEFAULT_SEED
from data_access.demo.texts import TEXTS
from data_access.errors import UserError
from data_access.relatel import MOST_PAGES, SOURCE
from data_access.settings import current_rules, now
from data_access.sources.files import FEED_ADDRESSES
from data_access.sources.kinds import KINDS
from metrics.calendar import local_to_utc
from metrics.house_rules import HouseRules, HouseRulesError

if TYPE_CHECKING:
    from data_access.loading.load import LoadReport
    from data_access.relatel.api import Clock
    from data_access.sources.parsing import Parsed

app = typer.Typer(
    help="Svartid's data: create the database, simulate a year, load files, rebuild figures, copy it, find faults.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
wall = typer.Typer(help="Links for screens on a wall: a team's day, without anybody's login.", no_args_is_help=True)
app.add_typer(wall, name="wall")
BROUGHT_LITTLE = 3
"""The exit code of a load that brought nothing, or far less than usual."""
STEPS = {"read": "reading", "simulate": "simulating", "derive": "deriving figures"}


@app.command()
def init() -> None:
    """Create the database, or bring an older one up to date; its data stay, and what follows from them is renewed."""
    from data_access.database import migrating
    from data_access.loading import load

    rules = current_rules()
    migrating.initialise(rules)
    with progress_bar() as progress:
        load.rebuild_if_needed(rules, progress)
    print("The database is up to date.")


@app.command()
def demo(
    seed: Annotated[int, typer.Option(min=0, help="Another number, another agency.")] = DEFAULT_SEED,
    months: Annotated[int, typer.Option(min=1, max=60, help="How many months, up to `until`.")] = DEFAULT_MONTHS,
    scale: Annotated[int, typer.Option(min=1, max=400, help="How many times the agency's size.")] = DEFAULT_SCALE,
    until: Annotated[str | None, typer.Option(help="ISO 8601 with offset; default now.")] = None,
    language: Annotated[str, typer.Option(help=f"Of what people write: {', '.join(TEXTS)}.")] = DEFAULT_LANGUAGE,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Let the phones of a simulated year ring, until it is told to stop or what started it ends.",
        ),
    ] = False,
) -> None:
    """Fill an empty database with a simulated year of the agency, in which truths are planted (docs/demo.md)."""
    if follow:
        let_the_phones_ring()
        return
    if language not in TEXTS:
        raise typer.BadParameter(f"'{language}' is none of {', '.join(TEXTS)}")
    from rich.console import Console
    from rich.table import Table

    from data_access.demo.build import build_demo

    last = now() if until is None else instant(until)
    with progress_bar() as progress:
        written = build_demo(current_rules(), last, progress, seed, months, scale, language)
    table = Table("table", "rows")
    for name, rows in written.items():
        table.add_row(name, str(rows))
    Console().print(table)


def let_the_phones_ring() -> None:
    """Follow the simulated telephones as a real telephone system is followed, until the program is told to stop, or
    whoever started it has ended: the app beside which they ring."""
    from data_access.demo.telephones import simulated_relatel
    from data_access.relatel.api import Clock, StoppedError
    from data_access.relatel.sync import Sync

    parent = os.getppid()

    def pause(seconds: float) -> None:
        clock.pause(seconds)
        if os.getppid() != parent:
            raise StoppedError

    with stopping_clock() as clock:
        api = simulated_relatel(Clock(clock.now, clock.monotonic, pause), current_rules)
        run = Sync(api, current_rules, True, lambda text: print(text, file=sys.stderr, flush=True), simulated=True)
        try:
            run.follow(clock.now())
        except StoppedError:
            with suppress(StoppedError):  # where another writes, the counts of the last hour are not waited for
                run.record_the_rest()
            print("The phones are still.")


@contextmanager
def local_file(place: str) -> Iterator[Path]:
    """The file of that name, or what a feed's address delivers, for as long as it is read."""
    if not place.lower().startswith(FEED_ADDRESSES):
        yield Path(place)
        return
    from data_access.sources.feeds import file_of_feed

    with file_of_feed(place) as file:
        yield file


def initialise_if_missing(rules: HouseRules) -> None:
    """Create the tables where there is no database yet."""
    from data_access.database.versions import exists

    if not exists():
        from data_access.database.migrating import initialise

        initialise(rules)


def instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a time such as 2026-11-20T14:00:00+01:00") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"'{text}' has no offset such as +01:00")
    return moment.astimezone(UTC)


@app.command(name="import")
def import_file(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    file: Annotated[str, typer.Argument(help="CSV (also .csv.gz), XLSX, what the mapping names, or a feed's address")],
    mapping: Annotated[Path | None, typer.Option(help="Which column is what (TOML).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
) -> None:
    """Load one file. Rows that cannot be used are set aside and printed; the good ones are loaded."""
    if kind not in KINDS:
        raise typer.BadParameter(f"'{kind}' is none of {', '.join(KINDS)}")
    from data_access.loading.load import load_file

    rules = current_rules()
    initialise_if_missing(rules)
    with progress_bar() as progress, local_file(file) as path:
        report = load_file(kind, path, mapping, rules, now, dry_run=dry_run, progress=progress)
    say_problems(file, report)
    print(
        f"{report.rows_read} rows read: {report.loaded} {'would be loaded' if dry_run else 'loaded'}, "
        f"{report.unchanged} unchanged, {report.rejected} set aside."
    )
    if report.summary:
        print(report.summary)
    for reason, count in report.left_out_by_reason.items():
        print(f"{count} of those set aside were left out on purpose ({reason}).")
    if report.is_small:
        print(
            "Warning: nothing was loaded, or far less than usual. The reasons stand above; or is it another file?",
            file=sys.stderr,
        )
        raise typer.Exit(BROUGHT_LITTLE)


def say_problems(file: str, report: "LoadReport") -> None:
    """Each problem in a line of its own; the same in many rows is said once, with their number."""
    from data_access.sources.summing import FEWEST_SUMMED, in_sums

    for alike in in_sums(report.problems):
        is_summed = len(alike) >= FEWEST_SUMMED
        count = f"{len(alike)} rows, for instance this: " if is_summed else ""
        for problem in alike[:1] if is_summed else alike:
            mark = "note: " if problem.loaded else ""
            line = report.line_of(problem.row)
            print(f"{file}:{line} {problem.column}: {mark}{count}{problem.reason}", file=sys.stderr)


@app.command()
def guess(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    file: Annotated[Path, typer.Argument(help="CSV (also .csv.gz) or XLSX")],
    to: Annotated[Path | None, typer.Option(help="Where the draft is written; without it, printed.")] = None,
) -> None:
    """Draft a mapping for a file: which column may be what. Doubts bear a question mark; nothing is loaded."""
    from data_access.sources import guessing

    if kind not in KINDS or not KINDS[kind].fields:
        raise typer.BadParameter(f"'{kind}' is none of {', '.join(name for name in KINDS if KINDS[name].fields)}")
    if to is not None and to.exists():
        raise typer.BadParameter(f"{to} exists already; name another file, or remove it")
    draft = guessing.guess(kind, file)
    if to is None:
        print(draft.text())
    else:
        to.write_text(draft.text(), encoding="utf-8")
        print(
            f"The draft stands in {to}. Look at the lines with a question mark, then try it: "
            f"import {kind} {file} --mapping {to} --dry-run"
        )
    if draft.missing:
        print(
            f"Say first which column is {' and '.join(draft.missing)}; then --dry-run shows what would load.",
            file=sys.stderr,
        )
    else:
        rules = current_rules()
        show_first_rows(guessing.first_rows(draft, file, rules, now()), rules)


def show_first_rows(parsed: "Parsed", rules: HouseRules) -> None:
    """What a draft makes of the first rows, with times as the agency's clocks show them, and what it cannot read."""
    from rich.console import Console
    from rich.table import Table

    rows = parsed.frame.drop(columns="content").dropna(axis="columns", how="all")
    for name in rows.select_dtypes("datetimetz"):
        rows[name] = rows[name].dt.tz_convert(rules.zone).dt.strftime("%Y-%m-%d %H:%M:%S")
    table = Table(*map(str, rows.columns), title="The first rows as they would be read")
    for row in rows.astype("object").where(rows.notna(), "").itertuples(index=False):
        table.add_row(*map(str, row))
    Console().print(table)
    for problem in parsed.problems:
        print(f"row {problem.row} {problem.column}: {problem.reason}", file=sys.stderr)


@app.command()
def sync(
    source: Annotated[str, typer.Argument(help=SOURCE)],
    since: Annotated[str | None, typer.Option(help="ISO 8601 with offset, or a day; default 90 days ago.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Keep reading until it is told to stop (SIGTERM).")] = False,
    requests_per_minute: Annotated[int, typer.Option(min=6, max=600, help="The budget; never more.")] = 30,
    pages: Annotated[
        int, typer.Option(min=1, help="Without --follow: read at most so many pages of calls.")
    ] = MOST_PAGES,
) -> None:
    """Read the telephone system itself (docs/loading.md). The token stands in SVARTID_RELATEL_TOKEN."""
    if source != SOURCE:
        raise typer.BadParameter(f"'{source}' is not {SOURCE}")
    from data_access.relatel.api import DisconnectedError, StoppedError, configured_api
    from data_access.relatel.sync import Sync

    rules = current_rules()
    begins = None if since is None else beginning(since, rules)
    initialise_if_missing(rules)
    with stopping_clock() as clock, configured_api(clock, requests_per_minute) as api:
        run = Sync(api, current_rules, follow, lambda text: print(text, file=sys.stderr, flush=True))
        try:
            if follow:
                run.follow(begins)
            report = run.once(begins, pages)
        except StoppedError:
            with suppress(StoppedError):  # where another writes, the counts of the last hour are not waited for
                run.record_the_rest()
            print("Stopped; what was read is stored.")
            return
        except DisconnectedError as error:
            sys.exit(
                f"Relatel does not answer as it should ({error.problem}): {error}. What was read before is stored."
            )
    told = ", ".join(
        f"{count} {kind} loaded, {report.rejected[kind]} set aside" for kind, count in report.loaded.items()
    )
    print(f"{api.requests} requests: {told or 'nothing new'}.")
    for span in report.unread:
        begins_at, ends_at = (
            f"{at.astimezone(rules.tzinfo):%Y-%m-%d %H:%M}" for at in (span.from_at, span.to_at or now())
        )
        print(f"After {pages} pages, calls from {begins_at} to {ends_at} are not read yet. Run it again to go on.")


def beginning(text: str, rules: HouseRules) -> datetime:
    """A day's local midnight, or an instant."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return instant(text)
    return local_to_utc(day, 0, rules)


@contextmanager
def stopping_clock() -> Iterator["Clock"]:
    """The real clocks; whoever waits on them ends when the program is told to stop."""
    from data_access.relatel.api import Clock, StoppedError

    told = Event()

    def pause(seconds: float) -> None:
        if told.wait(seconds):
            raise StoppedError

    before = {number: signal(number, lambda *_: told.set()) for number in (SIGTERM, SIGINT)}
    try:
        yield Clock(now, monotonic, pause)
    finally:
        for number, handler in before.items():
            signal(number, handler)


@app.command()
def rebuild() -> None:
    """Derive all stored figures anew, after the house rules or the zone have changed."""
    from data_access.loading import load

    with progress_bar() as progress:
        load.rebuild(current_rules(), progress)
    print("All figures are derived anew.")


@app.command()
def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be blanked and change nothing.")] = False,
) -> None:
    """Blank what names a customer and has been kept for long enough; counts and verdicts stay. For a nightly job."""
    from data_access.changes import retention

    for table, rows in retention.retain(current_rules(), now(), dry_run=dry_run).items():
        print(f"{table}: {rows} {'would be' if dry_run else 'were'} blanked.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A new file; a backup never replaces one.")]) -> None:
    """Copy the whole database into one file, while others go on working."""
    from data_access.database.backup import back_up

    back_up(file)
    print(f"The database is copied into {file} ({file.stat().st_size / 1e6:,.1f} MB). It holds customers' data.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `backup` wrote.")]) -> None:
    """Put a backup into a place where there is no database yet; run `init` after it."""
    from data_access.database.backup import restore as put_back

    put_back(file)
    print("The database is as it was when the copy was taken. Run python -m data_access init.")


@app.command()
def doctor() -> None:
    """Say in plain words what is wrong with this installation, and how to mend it. It changes nothing."""
    from data_access.database.engine import place_of_database
    from data_access.doctor import findings

    number = 0
    for number, finding in enumerate(findings(), 1):
        print(f"{number}. {finding.wrong}\n   {finding.mend}")
    if number:
        raise typer.Exit(1)
    print(f"All is well with {place_of_database()}.")


@app.command()
def status() -> None:
    """Say what was loaded, when, and how fresh it is."""
    import pandas as pd
    from rich.console import Console
    from rich.table import Column, Table

    from data_access.database.versions import database_state
    from data_access.questions.sources import sources_by_kind
    from data_access.scope import Scope

    state = database_state()
    if state is None or state.empty:
        print("Nothing has been loaded yet.")
        return
    rules = current_rules()
    names = ("source", "kind", "newest record", "last load", "read", "loaded", "set aside", "state")
    # Folded and never cut: whatever the terminal's width, all that is said can be read.
    table = Table(*(Column(name, overflow="fold") for name in names))
    for row in sources_by_kind(Scope(sees_everything=True), rules, now()).itertuples():
        newest = "–" if pd.isna(row.newest_record) else f"{row.newest_record.astimezone(rules.tzinfo):%Y-%m-%d %H:%M}"
        last_load = f"{row.last_load.astimezone(rules.tzinfo):%Y-%m-%d %H:%M}"
        flags = ", ".join(word for word, is_so in (("late", row.is_late), ("brought little", row.is_small)) if is_so)
        table.add_row(
            row.source, row.kind, newest, last_load, *map(str, (row.rows_read, row.loaded, row.rejected)), flags
        )
    Console().print(table)
    if state.rules_digest != rules.derivation_digest:
        print("The house rules have changed since the figures were derived: run python -m data_access rebuild")


@wall.command()
def new(
    team: Annotated[str | None, typer.Option(help="Whose day it shows; without it, the whole agency's.")] = None,
) -> None:
    """Make a link. Whoever has it sees that day's numbers, no names; it is shown only now."""
    from data_access.changes.wall_links import make_link

    print(f"/wall?token={make_link(team, now())}")
    print("Put your address in front of it. Add &lang=da or &lang=en where the screen's browser speaks neither.")


@wall.command(name="list")
def list_links() -> None:
    """Name all links, those that have ended too."""
    from data_access.changes.wall_links import listed_links

    zone = current_rules().tzinfo
    for link in listed_links():
        made, ended = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "" for at in (link.made_at, link.ended_at))
        print(f"{link.link_id}: {link.team or 'the whole agency'}, made {made}{f', ended {ended}' if ended else ''}")


@wall.command()
def end(link: Annotated[int, typer.Argument(help="Its number; `wall list` names it.")]) -> None:
    """End a link: its screen shows nothing from the next look on."""
    from data_access.changes.wall_links import end_link

    end_link(link, now())
    print(f"Link {link} shows nothing any more.")


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Draw the progress of a long load on the terminal's error stream."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(STEPS[step])
            bars.update(tasks[step], completed=done, total=total)

        yield show


def main() -> None:
    try:
        app()
    except (UserError, HouseRulesError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""The databases of tests: what each begins with is made once for a run, then copied; SQLite and PostgreSQL alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile, rmtree
from typing import Protocol
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from data_access.database.engine import engine_for
from data_access.loading.load import LoadReport, load_file
from metrics.house_rules import HouseRules

NOW = datetime(2026, 5, 7, 12, 0, tzinfo=UTC)
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For a test whose queries others ask of both kinds: of what a page shows, and of what is refused before any query."""


@contextmanager
def address(url: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        yield


@dataclass(frozen=True)
class Load:
    """Loads the text of a file into the database at DATABASE_URL, at NOW; gives the report."""

    folder: Path
    rules: HouseRules

    def __call__(self, kind: str, content: str | bytes, mapping: str | None = None, **options: object) -> LoadReport:
        file = self.folder / f"{kind}.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        mapping_file = None
        if mapping is not None:
            mapping_file = self.folder / f"{kind}.toml"
            mapping_file.write_text(mapping)
        return load_file(kind, file, mapping_file, self.rules, lambda: NOW, **options)

    def all_of(self, *files: tuple[str, str]) -> None:
        """Load the text of several files, of which no row may be set aside."""
        for kind, content in files:
            report = self(kind, content)
            assert not report.rejects, (kind, report.rejects)


Fill = Callable[[Load], None]


@dataclass(frozen=True, eq=False)
class Template:
    """What the database of a test begins with: a copy of `base`, into which `fill` was loaded.

    `needs_new_files`: no database that a test before has used will do.
    """

    name: str
    fill: Fill
    base: "Template | None" = None
    needs_new_files: bool = False


class Databases(Protocol):
    """Databases of one kind."""

    def new_address(self, folder: Path) -> str:
        """Where a new database may lie; for SQLite in the folder."""

    def begin(self, url: str, template: Template) -> None:
        """Make the database at the address, as a copy of the template."""

    def end(self, url: str) -> None:
        """Remove it."""


@dataclass
class SqliteFiles:
    folder: Path
    rules: HouseRules
    made: dict[Template, Path] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)
    """Addresses that were used before: their engines have compiled most of our statements."""

    def new_address(self, _folder: Path) -> str:
        return self.free.pop() if self.free else f"sqlite:///{self.folder / uuid4().hex / 'test.db'}"

    def begin(self, url: str, template: Template) -> None:
        file, target = self.file_of(template), Path(str(make_url(url).database))
        target.parent.mkdir(exist_ok=True)
        if file.exists():  # nothing was written of an empty one
            copyfile(file, target)

    def end(self, url: str) -> None:
        engine_for(url).dispose()
        rmtree(Path(str(make_url(url).database)).parent, ignore_errors=True)
        self.free.append(url)

    def file_of(self, template: Template) -> Path:
        if template not in self.made:
            file = self.folder / f"{template.name}-{len(self.made)}.db"
            url = f"sqlite:///{file}"
            if template.base:
                self.begin(url, template.base)
            with address(url):
                template.fill(Load(self.folder, self.rules))
            engine_for(url).dispose()
            self.made[template] = file
        return self.made[template]


@dataclass
class Database:
    """The database of one test: an address, and what begins there once a fixture says with what."""

    url: str
    databases: Databases
    template: Template | None = None

    def begin(self, template: Template) -> None:
        assert self.template in (None, template), f"it has begun as {self.template}"
        if self.template is None:
            self.databases.begin(self.url, template)
        self.template = template


@contextmanager
def fresh_database(databases: Databases, template: Template, folder: Path) -> Iterator[None]:
    """A further database for the length of a block, in which DATABASE_URL names it."""
    url = databases.new_address(folder)
    databases.begin(url, template)
    try:
        with address(url):
            yield
    finally:
        databases.end(url)


def fixture_of(template: Template) -> Callable[..., Load]:
    """The fixture that lets the test's database begin as a copy of the template, and loads into it."""

    @pytest.fixture(name=template.name)
    def begun(database: Database, tmp_path: Path, house_rules: HouseRules) -> Load:
        database.begin(template)
        return Load(tmp_path, house_rules)

    return begun


def begins_with(base: Template) -> Callable[[Fill], Callable[..., Load]]:
    """Make the fixture of a template that has this one's name, from what loads it into a copy of the base."""
    return lambda fill: fixture_of(Template(fill.__name__, fill, base))

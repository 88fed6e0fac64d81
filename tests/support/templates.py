"""What the databases of several modules begin with."""

from datetime import UTC, datetime

from support.cast import AGENTS, MEMBERSHIPS, TEAMS
from support.databases import Template

from data_access.database import migrating
from data_access.demo.build import build_demo
from metrics.house_rules import HouseRules

END_OF_MONTH = datetime(2026, 5, 7, 11, 0, tzinfo=UTC)


def build_silently(rules: HouseRules, until: datetime, **options: int) -> None:
    build_demo(rules, until, lambda _step, _done, _total: None, **options)


BARE = Template("bare_database", lambda _load: None)
"""Not even tables."""
TABLES = Template("load", lambda load: migrating.initialise(load.rules))
AGENCY = Template(
    "agency", lambda load: load.all_of(("agents", AGENTS), ("teams", TEAMS), ("memberships", MEMBERSHIPS)), TABLES
)
"""The cast and its teams."""
MONTH = Template("simulated_month", lambda load: build_silently(load.rules, END_OF_MONTH, months=1), TABLES)
"""A month of the simulated agency."""

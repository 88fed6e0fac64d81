"""The short merge: staged rows are resolved, compared with what is stored, and written. One function per kind of file.

Each returns the local dates whose derived figures it touches; None means all of them.
"""

from collections.abc import Callable

from data_access.loading.merging.callbacks import merge_attempts, merge_callbacks, merge_notes, merge_promises
from data_access.loading.merging.calls import merge_calls, merge_rings
from data_access.loading.merging.customers import merge_customers
from data_access.loading.merging.people import (
    merge_agents,
    merge_aliases,
    merge_buddies,
    merge_memberships,
    merge_teams,
)
from data_access.loading.merging.quality import merge_concerns, merge_invitations, merge_surveys
from data_access.loading.merging.rota import merge_absences, merge_needs, merge_shifts
from data_access.loading.stage import set_aside_repeats
from data_access.loading.upsert import Days, Merge

MERGES: dict[str, tuple[Callable[[Merge], Days], tuple[str, ...]]] = {
    "teams": (merge_teams, ("name", "queue", "queue_source", "queue_first_day")),
    "agents": (merge_agents, ("initials", "first_day")),
    "memberships": (merge_memberships, ("agent", "team", "first_day", "leads")),
    "aliases": (merge_aliases, ("source", "source_agent")),
    "customers": (merge_customers, ("number",)),
    "calls": (merge_calls, ("source_id",)),
    "rings": (merge_rings, ("source_id",)),
    "shifts": (merge_shifts, ("source_id",)),
    "absences": (merge_absences, ("source_id",)),
    "needs": (merge_needs, ("row",)),
    "buddies": (merge_buddies, ("agent", "buddy", "first_day")),
    "notes": (merge_notes, ("source_id",)),
    "callbacks": (merge_callbacks, ("source_id",)),
    "promises": (merge_promises, ("source_id",)),
    "attempts": (merge_attempts, ("source_id",)),
    "invitations": (merge_invitations, ("source_id",)),
    "surveys": (merge_surveys, ("source_id",)),
    "concerns": (merge_concerns, ("source_id",)),
}
"""For each kind: how it is merged, and which fields tell one record from another."""


def merge_rows(merge: Merge) -> tuple[Days, int]:
    """Merge the staged rows of one load; returns the touched days and how many rows repeated an earlier one."""
    function, identity = MERGES[merge.mapping.kind]
    repeats = set_aside_repeats(merge.connection, merge.staged, identity)
    return function(merge), repeats

"""Rule R1: somebody is on the phones in each half hour of the opening hours, as many as are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HALF_HOUR = timedelta(minutes=30)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Hole:
    """A stretch of half hours in which fewer than needed are on the phones; half-open. `planned`: the fewest."""

    starts_at: datetime
    ends_at: datetime
    needed: int
    planned: int


def is_on_phones(at: datetime, shifts: Sequence[Span], absences: Sequence[Span]) -> bool:
    """On shift for the whole half hour that begins at `at`, and away in no part of it."""
    until = at + HALF_HOUR
    on_shift = any(start <= at and until <= end for start, end in shifts)
    return on_shift and not any(start < until and at < end for start, end in absences)


def on_phones(at: datetime, shifts: dict[int, list[Span]], absences: dict[int, list[Span]]) -> int:
    """How many are on the phones in the half hour that begins at `at`: rota minus absence (R1)."""
    return sum(is_on_phones(at, own, absences.get(person, [])) for person, own in shifts.items())


def holes_of(needs: Sequence[tuple[datetime, int]], planned: Sequence[int]) -> list[Hole]:
    """The half hours with fewer than needed, those that follow each other joined where the need is the same.

    needs: the half hour's beginning and the least number, in order; planned: as many numbers.
    """
    found: list[Hole] = []
    for (at, needed), there in zip(needs, planned, strict=True):
        if there >= needed:
            continue
        if found and found[-1].ends_at == at and found[-1].needed == needed:
            last = found.pop()
            found.append(Hole(last.starts_at, at + HALF_HOUR, needed, min(last.planned, there)))
        else:
            found.append(Hole(at, at + HALF_HOUR, needed, there))
    return found

"""Fewer combinations than all of them, which still bring each value together with each other."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any


def all_pairs(*choices: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Combinations of one value of each choice in which any two values of two choices meet at least once.

    A fault of one value, or of two together, shows in them as it does in all combinations (Cohen et al. 1997).
    """
    places = [range(len(values)) for values in choices]
    remaining = list(product(*places))
    to_meet = {pair for places_chosen in remaining for pair in pairs_of(places_chosen)}
    chosen = []
    while to_meet:
        best = max(remaining, key=lambda one: len(to_meet & pairs_of(one)))
        to_meet -= pairs_of(best)
        chosen.append(tuple(values[place] for values, place in zip(choices, best, strict=True)))
    return chosen


def pairs_of(places: tuple[int, ...]) -> set[tuple[tuple[int, int], ...]]:
    return set(combinations(enumerate(places), 2))

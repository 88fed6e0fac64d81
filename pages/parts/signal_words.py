"""Signals in words: the figure of a comparison as far as its cases carry it, and what could explain it."""

from typing import Any

from metrics.proportions import FEWEST_FOR_RATE
from pages.parts.wording import _, number, percent
from pages.parts.words import SIGNAL_EXPLANATIONS

NOTHING_SAID = ("no_peers", "too_few")


def figure_words(row: Any) -> str:
    """The figure of one comparison as far as the cases carry it."""
    if row.cases < FEWEST_FOR_RATE:
        return _("{part} of {whole}", part=number(row.successes), whole=number(row.cases))
    if row.state == "no_peers":
        return _("{rate} of {whole}", rate=percent(row.rate), whole=number(row.cases))
    return _(
        "{rate} of {whole}, expected {expected}",
        rate=percent(row.rate),
        whole=number(row.cases),
        expected=percent(row.expected_rate),
    )


def explanation_words(codes: str) -> str:
    return "; ".join(_(SIGNAL_EXPLANATIONS[code]) for code in codes.split())

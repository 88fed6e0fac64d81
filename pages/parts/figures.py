"""How every page shows a figure: its value in words, its change since the period before, the link to its rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from metrics.figures import FIGURES, Figure
from pages.parts.filters import with_filters
from pages.parts.wording import _, ngettext, number, percent, seconds

FRAMES = """<style>
.st-key-figures [data-testid="stElementContainer"] { margin: 0; }
.st-key-figures [data-testid="stPageLink-NavLink"] {
  border: 1px solid var(--st-border-color, rgba(128, 128, 128, 0.35)); border-radius: 0.375rem;
  margin: 0; min-width: 7.5rem; padding: 0.35rem 0.75rem;
}
.st-key-figures [data-testid="stPageLink-NavLink"] p { font-size: 0.875rem; font-weight: 400; line-height: 1.35; }
.st-key-figures [data-testid="stPageLink-NavLink"] strong { display: block; font-size: 1.3rem; font-weight: 600; }
</style>"""
"""A figure's frame: its name, and under it its value."""

DIGITS_SHOWN = {"share": 3, "seconds": 0, "score": 2}


def value_of(figure: Figure, counts: Mapping[str, int | None]) -> float | None:
    """A figure's value from its declared numerator and denominator; None where there is nothing to divide by, or where
    the viewer may not know how many there are."""
    part = counts[figure.numerator]
    if figure.denominator is None or part is None:
        return part
    whole = counts[figure.denominator]
    return part / whole if whole else None


def in_words(figure: Figure, value: float | None) -> str:
    match figure.unit:
        case "share":
            return percent(value, 1)
        case "seconds":
            return seconds(value)
        case "score":
            return number(value, 2)
        case _:
            return number(value)


def shows_change(figure: Figure, difference: float | None) -> bool:
    """Whether a change is large enough to be seen in the digits that are shown."""
    return bool(difference) and round(difference or 0, DIGITS_SHOWN.get(figure.unit, 0)) != 0


def change_in_words(figure: Figure, difference: float) -> str:
    """A change with its sign; a share changes by percentage points."""
    sign = "+" if difference > 0 else "−"
    if figure.unit == "share":
        return _("{change} points", change=sign + number(abs(difference) * 100, 1))
    if figure.unit == "score":
        return sign + number(abs(difference), 2)
    return sign + (seconds(abs(difference)) if figure.unit == "seconds" else number(abs(difference)))


def changes_since(
    names: Iterable[str], counts: Mapping[str, int | None], before: Mapping[str, int | None] | None
) -> dict[str, str]:
    """In words by how much each figure has changed since the period before, where both are known and it can be seen."""
    changes = {}
    for name in names if before else ():
        value, former = value_of(FIGURES[name], counts), value_of(FIGURES[name], before or {})
        if value is not None and former is not None and shows_change(FIGURES[name], value - former):
            changes[name] = change_in_words(FIGURES[name], value - former)
    return changes


def show_figures(
    page: str,
    names: Sequence[str],
    counts: Mapping[str, int | None],
    changes: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Figures beside each other, each a frame that opens its rows; none whose value the viewer may not know.

    `changes`: what is said of a figure's change since the period before.
    """
    st.html(FRAMES)
    row = st.container(horizontal=True, gap="xsmall", key="figures")
    for name in names:
        figure = FIGURES[name]
        if counts[figure.numerator] is None:
            continue
        change = f" :small[{changes[name]}]" if name in changes else ""
        link_to_rows(row, page, figure, f"{_(figure.label)} **{in_words(figure, value_of(figure, counts))}**{change}")


def link_to_rows(line: DeltaGenerator, page: str, figure: Figure, label: str) -> None:
    """A link that opens the rows of a figure, and keeps the filters."""
    help_text = f"{_(figure.definition)} ({figure.rule})"
    line.page_link(page, label=label, icon="", help=help_text, query_params=with_filters(open=figure.id))


@contextmanager
def opened_figure(page: str, figure: Figure, rows: int) -> Iterator[None]:
    """A frame for the rows behind a figure: what it is, how many there are, and the way to close it."""
    with st.container(border=True):
        st.markdown(f"**{_(figure.label)}** ({figure.rule}): " + ngettext("{count} row", "{count} rows", rows))
        st.caption(_(figure.definition))
        yield
        st.page_link(page, label=_("Close"), icon=":material/close:", query_params=with_filters())

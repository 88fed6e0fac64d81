"""How every page shows a figure: its value in words, its change since the period before, the link to its rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from metrics.figures import FIGURES, Figure
from pages.parts.filters import with_filters
from pages.parts.wording import _, ngettext, number, percent, seconds

DELTA_COLOURS: dict[str | None, Literal["normal", "inverse", "off"]] = {"high": "normal", "low": "inverse", None: "off"}

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
    if figure.unit in DIGITS_SHOWN:
        difference = round(difference, DIGITS_SHOWN[figure.unit])
    # Streamlit reads the direction of its arrow off a plain hyphen.
    sign = "+" if difference > 0 else "-" if difference < 0 else "±"
    if figure.unit == "share":
        return _("{change} points", change=sign + number(abs(difference) * 100, 1))
    if figure.unit == "score":
        return sign + number(abs(difference), 2)
    return sign + (seconds(abs(difference)) if figure.unit == "seconds" else number(abs(difference)))


def show_metric(row: DeltaGenerator, figure: Figure, value: float | None, former: float | None, width: int) -> None:
    """A figure in its frame, with the change since the period before where both are known."""
    difference = None if value is None or former is None else value - former
    is_shown = shows_change(figure, difference)
    row.metric(
        _(figure.label),
        in_words(figure, value),
        delta=None if difference is None else change_in_words(figure, difference),
        delta_color=DELTA_COLOURS[figure.better] if is_shown else "off",
        delta_arrow="auto" if is_shown else "off",
        help=f"{_(figure.definition)} ({figure.rule})",
        border=True,
        width=width,
    )


def show_figures(
    page: str, shown: Sequence[str], apart: Sequence[str], counts: Mapping[str, int | None], width: int
) -> None:
    """Figures in their frames, and under them the links that open their rows and those of figures counted apart."""
    row = st.container(horizontal=True, gap="xsmall")
    links = st.container(horizontal=True, gap="small")
    for name in (*shown, *apart):
        figure = FIGURES[name]
        value = value_of(figure, counts)
        if name in shown:
            show_metric(row, figure, value, None, width=width)
        if counts[figure.numerator] is not None:
            link_to_rows(links, page, figure, f"{_(figure.label)}: **{in_words(figure, value)}**")


def link_to_rows(line: DeltaGenerator, page: str, figure: Figure, label: str) -> None:
    """Figures cannot be clicked: a link opens the rows of one, and keeps the filters."""
    line.page_link(page, label=label, icon="", help=_(figure.definition), query_params=with_filters(open=figure.id))


@contextmanager
def opened_figure(page: str, figure: Figure, rows: int) -> Iterator[None]:
    """A frame for the rows behind a figure: what it is, how many there are, and the way to close it."""
    with st.container(border=True):
        st.markdown(f"**{_(figure.label)}** ({figure.rule}): " + ngettext("{count} row", "{count} rows", rows))
        st.caption(_(figure.definition))
        yield
        st.page_link(page, label=_("Close"), icon=":material/close:", query_params=with_filters())

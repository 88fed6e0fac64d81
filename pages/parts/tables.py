"""Tables that pages share: wording lives in the column's configuration, the frame keeps its English ids."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from pages.parts.colours import Palette
from pages.parts.wording import NOTHING, _

MOST_ROWS_SHOWN, ROW_HEIGHT, BORDERS = 12, 35, 3
"""What a table shows before it scrolls; Streamlit's own row, in pixels, and the lines above and below."""
BAR_WIDTH, BAR_HEIGHT = 120, 29
"""As high as a table draws a picture in its rows: one of another height would be stretched, and its ends cut off."""
BAR_COLUMN_WIDTH = BAR_WIDTH + 20


def interval_picture(rate: float, low: float, high: float, colours: Palette) -> str | None:
    """A rate with its interval as a small picture: a track from 0 to 100 %, the interval on it, the rate as a mark."""
    if pd.isna(low):
        return None
    at = {name: round(value * BAR_WIDTH, 1) for name, value in (("low", low), ("high", high))}
    mark = ""
    if not pd.isna(rate):
        place = min(max(rate * BAR_WIDTH - 1.5, 0), BAR_WIDTH - 3)
        mark = f"<rect x='{place:.1f}' y='4' width='3' height='21' fill='{colours.ink}'/>"
    width = max(at["high"] - at["low"], 2)
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{BAR_WIDTH}' height='{BAR_HEIGHT}'>"
        f"<rect y='12' width='{BAR_WIDTH}' height='5' rx='2' fill='{colours.track}'/>"
        f"<rect x='{at['low']}' y='8' width='{width:.1f}' height='13' rx='4' fill='{colours.in_time}'/>{mark}</svg>"
    )
    return "data:image/svg+xml;utf8," + quote(picture)


def state_mark(state: str, colours: Palette) -> str:
    """A state as a small picture: hue and shape, so that neither is needed alone."""
    shapes = {
        "overdue": f"<path d='M10 3 L18 17 L2 17 Z' fill='{colours.late}'/>",
        "due_soon": f"<path d='M10 2 L18 10 L10 18 L2 10 Z' fill='{colours.soon}'/>",
    }
    shape = shapes.get(state, f"<circle cx='10' cy='10' r='6' fill='{colours.in_time}'/>")
    return "data:image/svg+xml;utf8," + quote(
        f"<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'>{shape}</svg>"
    )


def kind_mark(kind: str, colours: Palette) -> str | None:
    """Where practice would help a diamond, a strength a circle; nothing where there is no signal."""
    shape = {"help": "due_soon", "strength": "reached"}.get(kind)
    return None if shape is None else state_mark(shape, colours)


STEP_WIDTH, STEP_HEIGHT = 12, 20


def steps_picture(cell: object, colours: Palette) -> str | None:
    """The steps of an attempt day as small marks; a missing one is grey where the day is shown and not judged."""
    if not isinstance(cell, str):
        return None
    *steps, is_judged = cell.split() if cell.endswith("judged") else [*cell.split(), ""]
    marks = []
    for place, step in enumerate(steps):
        middle = place * STEP_WIDTH + STEP_WIDTH // 2
        shade = colours.late if is_judged else colours.quiet
        line = "fill='none' stroke-width='2.5'"
        cross = f"M{middle - 4} 6 L{middle + 4} 14 M{middle - 4} 14 L{middle + 4} 6"
        marks.append(
            {
                "done": f"<circle cx='{middle}' cy='10' r='5' fill='{colours.in_time}'/>",
                "missing": f"<path d='{cross}' {line} stroke='{shade}'/>",
                "pending": f"<circle cx='{middle}' cy='10' r='4' {line} stroke='{colours.soon}'/>",
            }.get(step, f"<circle cx='{middle}' cy='10' r='2' fill='{colours.quieter}'/>")
        )
    size = f"width='{len(steps) * STEP_WIDTH}' height='{STEP_HEIGHT}'"
    return "data:image/svg+xml;utf8," + quote(f"<svg xmlns='http://www.w3.org/2000/svg' {size}>{''.join(marks)}</svg>")


def show_table(
    table: pd.DataFrame | Styler,
    columns: Mapping[str, Any],
    *,
    key: str,
    most_rows: int = MOST_ROWS_SHOWN,
    chooses: Literal["single-row", "multi-row", "single-cell"] | None = None,
    order: Sequence[str] | None = None,
) -> None:
    """Draw a table as high as its rows, up to so many; the others are scrolled to. `chooses`: what a click chooses."""
    selection: dict[str, Any] = {} if chooses is None else {"on_select": "rerun", "selection_mode": chooses}
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        height=(min(max(len(table.index), 1), most_rows) + 1) * ROW_HEIGHT + BORDERS,
        placeholder=NOTHING,
        column_order=order,
        column_config=dict(columns),
        **selection,
    )


def in_zone(times: pd.Series, zone: str) -> pd.Series:
    """UTC instants as the agency's wall clock, without a zone: the browser must not move them into its own."""
    return times.dt.tz_convert(zone).dt.tz_localize(None)


def choose_rows(key: str, ids: Sequence[Any]) -> list[Any]:
    """What a viewer has chosen in the table that is drawn next under this key, by what it is.

    The browser remembers only where a row stood. Where the rows have moved since, the tick is moved along with its row,
    or taken away with it, so that what looks chosen is what is chosen. What no browser of ours sends counts as nothing.
    """
    ids, shown_key = list(ids), f"{key}_shown"
    positions = chosen_positions(key)
    shown = st.session_state.get(shown_key, ids)
    chosen = [shown[position] for position in positions if position < len(shown)]
    chosen = [chosen_id for chosen_id in chosen if chosen_id in ids]
    moved_to = [ids.index(chosen_id) for chosen_id in chosen]
    if moved_to != positions:
        tick(key, moved_to)
    st.session_state[shown_key] = ids
    return chosen


def chosen_positions(key: str) -> list[int]:
    """Where the ticked rows of a table stand, as the browser says."""
    return [row for row in listed(key, "rows") if type(row) is int and row >= 0]


def chosen_cells(key: str, rows: int, columns: Sequence[str]) -> list[tuple[int, str]]:
    """The chosen cells of the table that is drawn next under this key: row and column, as far as the table has them."""
    pairs = [cell for cell in listed(key, "cells") if isinstance(cell, list | tuple) and len(cell) == 2]
    return [(row, name) for row, name in pairs if type(row) is int and 0 <= row < rows and name in columns]


def listed(key: str, part: str) -> list[Any]:
    """A part of what a browser says is chosen; nothing where it says what no browser of ours says."""
    try:
        places = st.session_state[key]["selection"][part] if key in st.session_state else []
        return [places[at] for at in range(len(places))]
    except (ValueError, TypeError, AttributeError, KeyError):
        tick(key, [])
        return []


def tick(key: str, positions: list[int]) -> None:
    st.session_state[key] = {"selection": {"rows": positions, "columns": [], "cells": []}}


def forget_choice(*keys: str) -> None:
    """After something was written: nothing is chosen any more, in the table and on the screen."""
    for key in keys:
        if key in st.session_state:
            tick(key, [])


def as_table(data: pd.DataFrame, titles: dict[str, str], key: str) -> None:
    """Every chart has its table."""
    with st.expander(_("The same as a table")):
        config: dict[str, Any] = dict(titles)
        if "rate" in data:
            config["rate"] = st.column_config.NumberColumn(titles["rate"], format="percent")
        if "local_date" in data:
            config["local_date"] = st.column_config.DateColumn(titles["local_date"], format="DD.MM.YYYY")
        show_table(
            data,
            config,
            key=key,
        )

"""A worklist: groups of lines, each line one target that opens what it is about.

A real table, drawn by a component of our own: Streamlit's table opens a row by a box of 16 pixels, knows no groups and
no cards on a phone. What is drawn stands in worklist.js, how in worklist.css; texts are shown as text only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from pages.parts.colours import palette
from pages.parts.wording import _

HERE = Path(__file__)
COMPONENT = st.components.v2.component(
    "svartid_worklist",
    html='<div class="worklist"></div>',
    css=HERE.with_suffix(".css").read_text(),
    js=HERE.with_suffix(".js").read_text(),
)
MOST_LINES = 300
"""More lines than anybody reads; beyond that the browser becomes slow."""
MARKS = {"overdue": "late", "due_soon": "soon", "waiting": "later"}
"""The mark of a state."""


@dataclass(frozen=True)
class Column:
    """look: `opens` (the line's button), `marked` (carries the mark), `begins` (on a phone a new row begins with it),
    `aside` (not on a phone), `picture` (a small picture that a table draws; the words stand beside it), or plain."""

    label: str
    look: Literal["opens", "marked", "begins", "aside", "picture", "plain"] = "plain"


@dataclass(frozen=True)
class Line:
    """What a line says, by column. `id` tells it from all others and stays while it is about the same."""

    id: str
    cells: Mapping[str, str]
    mark: str | None = None


@dataclass(frozen=True)
class Group:
    """Lines under a title; `action`: what the button beside the title is called, if there is one."""

    title: str
    lines: Sequence[Line]
    action: str | None = None


@dataclass(frozen=True)
class Press:
    """What the reader has pressed just now: a line, by its id, or the button of a group, by its place."""

    line: str | None = None
    group: int | None = None


def show_worklist(
    label: str,
    columns: Mapping[str, Column],
    groups: Sequence[Group],
    *,
    key: str,
    opened: int | str | None = None,
    search: str | None = None,
) -> Press:
    """Draw the lines, at most MOST_LINES, and say what was pressed.

    `opened`: the line whose drawer is open; when it closes, the line of that id gets the focus back. `search`: what the
    field that searches the lines is called, where there is one.
    """
    shown = first_lines(groups)
    press = press_of(st.session_state.get(key, {}), shown)
    data = {
        "label": label,
        "columns": [{"name": name, "label": column.label, "look": column.look} for name, column in columns.items()],
        "groups": [
            {
                "title": group.title,
                "action": group.action,
                "lines": [{"id": line.id, "mark": line.mark, "cells": dict(line.cells)} for line in group.lines],
            }
            for group in shown
        ],
        "opened": press.line or (None if opened is None else str(opened)),
        "search": search,
        "nothing": _("No line here has that number."),
        "colours": {"late": palette().late, "soon": palette().soon, "later": palette().in_time},
    }
    COMPONENT(key=key, data=data, on_chosen_change=lambda: None, on_acted_change=lambda: None)
    return press


def first_lines(groups: Sequence[Group]) -> list[Group]:
    """The first MOST_LINES lines, in their groups; a group of which none is shown is not there."""
    left, shown = MOST_LINES, []
    for group in groups:
        lines = group.lines[:left]
        left -= len(lines)
        if lines:
            shown.append(Group(group.title, lines, group.action))
    return shown


def press_of(said: Any, groups: Sequence[Group]) -> Press:
    """What was pressed, as far as it is something that was drawn: what no browser of ours sends counts as nothing."""
    line, place = said.get("chosen"), said.get("acted")
    if isinstance(line, str) and any(line == drawn.id for group in groups for drawn in group.lines):
        return Press(line=line)
    if type(place) is int and 0 <= place < len(groups) and groups[place].action:
        return Press(group=place)
    return Press()

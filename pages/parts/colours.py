"""Colours that stay apart for the colour-blind, on a light and on a dark ground (after Okabe and Ito).

Each stands out from its ground at least three to one (WCAG 2.2, 1.4.11), so the orange is darker than theirs on white.
"""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Palette:
    """in_time, soon, late: the verdicts. quiet and quieter: what is counted but judged by nobody. ink: text."""

    in_time: str
    soon: str
    late: str
    quiet: str
    quieter: str
    ink: str
    track: str


LIGHT = Palette("#0072B2", "#BF7D00", "#D55E00", "#6F7A8A", "#8A94A3", "#1B2733", "#E4E8ED")
DARK = Palette("#56B4E9", "#E9B44C", "#F0803C", "#8A96A8", "#647287", "#E8EDF3", "#2A3542")


def palette() -> Palette:
    return DARK if st.context.theme.type == "dark" else LIGHT

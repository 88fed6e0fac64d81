"""Colours that stay apart for the colour-blind, on a light and on a dark ground (after Okabe and Ito)."""

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


LIGHT = Palette("#0072B2", "#E69F00", "#D55E00", "#8A94A3", "#C3CAD4", "#1B2733", "#E4E8ED")
DARK = Palette("#56B4E9", "#E9B44C", "#F0803C", "#8A96A8", "#4C5869", "#E8EDF3", "#2A3542")


def palette() -> Palette:
    return DARK if st.context.theme.type == "dark" else LIGHT

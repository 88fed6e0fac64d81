"""Tables that pages share: wording lives in the column's configuration, the frame keeps its English ids."""

from urllib.parse import quote

import pandas as pd

from pages.parts.colours import Palette

BAR_WIDTH, BAR_HEIGHT = 120, 20


def interval_picture(rate: float, low: float, high: float, colours: Palette) -> str | None:
    """A rate with its interval as a small picture: a track from 0 to 100 %, the interval on it, the rate as a mark."""
    if pd.isna(low):
        return None
    at = {name: round(value * BAR_WIDTH, 1) for name, value in (("low", low), ("high", high))}
    mark = ""
    if not pd.isna(rate):
        place = min(max(rate * BAR_WIDTH - 1.5, 0), BAR_WIDTH - 3)
        mark = f"<rect x='{place:.1f}' y='2' width='3' height='16' fill='{colours.ink}'/>"
    width = max(at["high"] - at["low"], 2)
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{BAR_WIDTH}' height='{BAR_HEIGHT}'>"
        f"<rect y='8' width='{BAR_WIDTH}' height='4' rx='2' fill='{colours.track}'/>"
        f"<rect x='{at['low']}' y='5' width='{width:.1f}' height='10' rx='3' fill='{colours.in_time}'/>{mark}</svg>"
    )
    return "data:image/svg+xml;utf8," + quote(picture)


def in_zone(times: pd.Series, zone: str) -> pd.Series:
    """UTC instants as the agency's wall clock, without a zone: the browser must not move them into its own."""
    return times.dt.tz_convert(zone).dt.tz_localize(None)

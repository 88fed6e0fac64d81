"""Marks, lines and bars stand out from both grounds (WCAG 2.2, 1.4.11 and 1.4.3)."""

import tomllib
from dataclasses import asdict

import pytest
from support.places import ROOT

from pages.parts.colours import DARK, LIGHT, Palette

THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def over(colour: str, ground: str, share: float) -> str:
    """A colour that covers its ground in part."""
    mixed = [
        round(int(colour[place : place + 2], 16) * share + int(ground[place : place + 2], 16) * (1 - share))
        for place in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in mixed)


@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_what_is_drawn_stands_out_from_its_ground(theme: str, palette: Palette) -> None:
    ground = THEMES[theme]["backgroundColor"]
    drawn = {name: colour for name, colour in asdict(palette).items() if name != "track"}  # a track is a ground itself
    faint = {name: round(contrast(colour, ground), 2) for name, colour in drawn.items() if contrast(colour, ground) < 3}
    assert faint == {}
    assert [colour for colour in THEMES[theme]["chartCategoricalColors"] if contrast(colour, ground) < 3] == []
    # The text of a half hour with too few, on the colour of what is late at a quarter.
    assert contrast(palette.ink, over(palette.late, ground, 0x40 / 0xFF)) >= 4.5

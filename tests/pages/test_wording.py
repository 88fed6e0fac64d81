"""Numbers, lengths and names as people write them, and names from data that cannot become Markdown."""

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from support.places import ROOT

from pages.parts import wording
from pages.parts.colours import LIGHT
from pages.parts.tables import interval_picture


@pytest.fixture(params=["da", "en"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(wording, "language", lambda: request.param)
    return str(request.param)


def test_numbers_are_written_as_the_language_writes_them(language: str) -> None:
    danish = language == "da"
    assert wording.number(1234567) == ("1.234.567" if danish else "1,234,567")
    assert wording.number(1.25, 1) == ("1,2" if danish else "1.2")
    assert wording.percent(0.8514, 1) == ("85,1 %" if danish else "85.1 %")
    assert wording.percent(None) == wording.number(None) == wording.seconds(None) == "–"


def test_lengths_are_written_as_a_person_says_them(language: str) -> None:
    assert wording.seconds(59.4) == "59 s"
    assert wording.seconds(59.6) == "1 min 00 s"  # rounded before it is split
    assert wording.seconds(3599) == "59 min 59 s"
    assert wording.seconds(9840) == ("2 t 44 min" if language == "da" else "2 h 44 min")


def test_one_thing_has_one_word_in_danish() -> None:
    """The third column of the table in docs/developers.md: none of these words reaches the screen."""
    text = (ROOT / "docs" / "developers.md").read_text()
    rows = text.partition("| English | Danish | not |")[2].partition("\n\n")[0].splitlines()[2:]
    unwanted = [word.strip() for row in rows for word in row.split("|")[3].split(",") if word.strip()]
    assert len(unwanted) >= 10
    with (ROOT / "pages" / "parts" / "catalogues" / "da.po").open("rb") as file:
        messages = [message.string for message in read_po(file, locale="da_DK") if message.id]
    danish = " / ".join(" / ".join(said) if isinstance(said, tuple) else said for said in messages).lower()
    assert [word for word in unwanted if word in danish] == []


def test_one_and_many_are_told_apart(language: str) -> None:
    one, many = (wording.ngettext("{count} row", "{count} rows", count) for count in (1, 2))
    assert (one, many) == (("1 række", "2 rækker") if language == "da" else ("1 row", "2 rows"))


@given(st.text(alphabet=r"abc[]()!*_`<>#\:$|~&.-", max_size=30))
def test_a_name_from_data_cannot_become_markdown(name: str) -> None:
    written = wording.escaped(name)
    unescaped = "".join(written[at + 1] if character == "\\" else "" for at, character in enumerate(written[:-1]))
    assert all(
        before == "\\" for before, character in zip("a" + written, written, strict=False) if character in "[]()!<>`*_"
    )
    assert len(unescaped) <= len(written)


def test_the_picture_of_an_interval_needs_enough_cases() -> None:
    assert interval_picture(float("nan"), float("nan"), float("nan"), LIGHT) is None
    picture = interval_picture(0.5, 0.4, 0.6, LIGHT)
    assert picture is not None
    assert "48" in picture  # 40 % of the width of 120


@pytest.mark.parametrize(
    ("fraction", "whole", "one_decimal"),
    [
        (1.0, "100 %", "100.0 %"),
        (2499 / 2500, "99 %", "99.9 %"),  # one of 2,500 reached nobody
        (0.9951, "99 %", "99.5 %"),
        (1 / 2500, "1 %", "0.1 %"),  # not nobody
        (0.0, "0 %", "0.0 %"),
        (0.5, "50 %", "50.0 %"),
    ],
)
def test_nearly_all_is_not_all_and_nearly_nothing_is_something(
    fraction: float, whole: str, one_decimal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wording, "language", lambda: "en")
    assert (wording.percent(fraction), wording.percent(fraction, 1)) == (whole, one_decimal)

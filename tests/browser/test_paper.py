"""On paper (A4 on its side) tables and charts are whole, however wide they were on the screen."""

from collections.abc import Callable

import pytest
from support.browsers import Visit
from support.servers import Server

PAPER_WIDTH = 1046
WIDEST = """() => Math.max(...[...document.querySelectorAll(".stDataFrame canvas, .stVegaLiteChart")]
  .map(element => element.offsetWidth))"""
ZOOM = """() => Number(getComputedStyle(document.querySelector("[data-testid=stMainBlockContainer]")).zoom)"""


@pytest.mark.parametrize("width", [1366, 1920])
def test_a_printed_page_cuts_nothing_off_and_shows_no_controls(
    width: int, year_server: Server, visit: Callable[..., Visit]
) -> None:
    visitor = visit("da-DK", width=width)
    page = visitor.page
    for path, heading in {"/calls": "Opkald", "/coverage": "Dækning", "/callbacks": "Beskeder"}.items():
        visitor.open(year_server.url(path), heading)
        widest = page.evaluate(WIDEST)  # drawn for the screen, and not drawn again for paper
        assert widest > PAPER_WIDTH, path
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert 0.95 * PAPER_WIDTH < widest * page.evaluate(ZOOM) <= PAPER_WIDTH + 1, path
        assert not page.get_by_role("button", name="Kopiér link").is_visible()
        assert not page.get_by_role("button", name="Find").is_visible()
        page.emulate_media(media="screen")

"""A screen on the wall, in Chromium: it looks again by itself, says when nobody answers, and ends with its link."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from browser.conftest import LOCAL
from support.browsers import PATIENCE
from support.databases import ON_SQLITE, Load
from support.servers import until
from support.two_teams import NOW

from data_access.changes.wall_links import end_link, make_link

LETTERS = """() => [...document.querySelectorAll("main *")].filter(part => part.children.length === 0)
  .map(part => parseFloat(getComputedStyle(part).fontSize))"""


@ON_SQLITE
def test_a_screen_on_the_wall_is_read_from_afar_looks_again_and_says_when_nobody_answers(
    two_teams: Load, database_url: str, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    token = make_link("NQQ-team", NOW)
    settings = {"DATABASE_URL": database_url, "SVARTID_NOW": NOW.isoformat()}
    server = serve(**LOCAL | settings)
    page = visit("en-GB", "dark", 1920, 1080).page
    page.clock.install()
    page.goto(server.url(f"/wall?token={token}"))
    waiting = page.locator(".tiles div", has_text="too long")
    assert waiting.locator("b").inner_text() == "0"
    # All of it on the screen, and no letter smaller than 40 pixels: on a screen of 88 cm 18 mm, read from five metres.
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert min(page.evaluate(LETTERS)) >= 40
    assert Axe().run(page).response["violations"] == []
    two_teams.all_of(
        ("callbacks", "source_id,customer_number,created_at,sent_to\nW,NQQ-4,2026-05-05T09:00:00+02:00,NQQA\n")
    )
    page.clock.fast_forward("00:11")
    page.wait_for_function("() => [...document.querySelectorAll('.late b')].some(number => number.textContent === '1')")
    server.program.terminate()
    until(lambda: not server.program.is_running(), "the server goes on")
    notice = page.get_by_text("No answer from Svartid since 14:00. What stands here is old.")
    assert not notice.is_visible()
    for _look in range(4):
        page.clock.run_for(10_000)
        page.wait_for_timeout(200)
    notice.wait_for(timeout=PATIENCE)
    assert waiting.locator("b").inner_text() == "1"  # what was last known stays, in grey
    serve(**LOCAL | settings, port=server.port)
    page.clock.run_for(10_000)
    notice.wait_for(state="hidden", timeout=PATIENCE)
    end_link(1, NOW)
    page.clock.run_for(10_000)
    page.get_by_text("This link shows nothing any more.").wait_for(timeout=PATIENCE)
    assert page.locator(".tiles").count() == 0

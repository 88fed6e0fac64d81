"""The pages in Chromium: in both languages, light and dark, wide and narrow, readable for everybody."""

import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from support.browsers import PATIENCE
from support.cast import BOB
from support.databases import Template
from support.places import ROOT
from support.servers import Server
from support.simulated_year import SimulatedYear
from support.templates import AGENCY

HEADER = "source_id,started_at,answered_at,ended_at,status,queue,agent\n"
ROWS = "".join(
    f"{number},2026-05-06T{9 + number // 60:02d}:{number % 60:02d}:00+02:00,,"
    f"2026-05-06T{9 + number // 60:02d}:{number % 60:02d}:40+02:00,"
    + ("answered,Reception,BO\n" if number % 4 else "unanswered,Reception,BO\n")
    for number in range(120)
)
ENVIRONMENT = {"SVARTID_ACCESS": "local", "SVARTID_NOW": "2026-05-06T12:00:00+02:00"}


THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
HAS_BACKGROUND = """colour => {
  const [red, green, blue] = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
  const app = document.querySelector("[data-testid=stApp]");
  return getComputedStyle(app).backgroundColor === `rgb(${red}, ${green}, ${blue})`;
}"""


@pytest.fixture(scope="module")
def server(serve_copy_of: Callable[..., Server]) -> Server:
    """The cast and what 120 customers met on a morning, for all who only look."""
    calls = Template("a_morning", lambda load: load.all_of(("calls", HEADER + ROWS)), AGENCY)
    return serve_copy_of(calls, **ENVIRONMENT)


def test_a_team_lead_opens_a_request_and_reads_why_it_was_late(
    simulated_year: SimulatedYear, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    """The worked case of B4, as it stands in the simulated year."""
    thursday = simulated_year.truths["broken_promise"].first_day
    server = serve(DATABASE_URL=simulated_year.url, SVARTID_NOW=f"{thursday}T19:13:00+01:00")
    visitor = visit("da-DK")
    broken = simulated_year.frame(
        "SELECT promise.callback_id FROM promise_verdict JOIN promise ON promise.id = promise_id WHERE state = 'broken'"
    )
    visitor.open(server.url(f"/callbacks?callback={broken['callback_id'][0]}"), "Beskeder")
    visitor.page.get_by_text("2 t 43 min for sent: lovet 16.30, ingen har ringet (B4).").wait_for(timeout=PATIENCE)


def test_a_team_lead_clicks_the_hole_and_reads_what_makes_it(year_server: Any, visit: Callable[..., Any]) -> None:
    # In other teams somebody may be away that day; of Vest nobody is.
    for address, words in (
        ("/coverage", "Vest: 0 of 1."),
        ("/coverage?team=Vest", "Nobody who was on the rota is away: the hole is in the plan."),
    ):
        visitor = visit()
        visitor.open(year_server.url(address), "Coverage")
        grid = visitor.page.get_by_test_id("stDataFrame").first
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        # The seventh row is 12:00; after the narrow column of clock times Friday is the fifth of seven days.
        day_width = (box["width"] - 60) / 7
        visitor.page.mouse.click(box["x"] + 60 + 4.5 * day_width, box["y"] + 35 * 7 + 17)
        visitor.page.get_by_text(words).wait_for(timeout=PATIENCE)


def test_the_today_page_looks_again_by_itself_and_keeps_the_place(server: Server, visit: Callable[..., Any]) -> None:
    visitor = visit("en-GB")
    page = visitor.page
    page.clock.install()
    visitor.open(server.url("/"), "Today")
    looked = page.get_by_text("Updated").first.inner_text()
    page.get_by_text("What the figures mean, and how fresh they are").click()
    page.get_by_text("Open requests whose deadline has passed").wait_for(timeout=PATIENCE)
    server.let_a_minute_pass()
    page.clock.fast_forward("01:00")
    page.wait_for_function("before => !document.body.innerText.includes(before)", arg=looked, timeout=PATIENCE)
    assert page.get_by_text("Open requests whose deadline has passed").is_visible()  # nobody lost their place


def test_a_team_lead_reads_the_calls_page_and_opens_what_is_behind_a_figure(
    server: Server, visit: Callable[..., Any]
) -> None:
    for locale, scheme, width, heading in (
        ("da-DK", "dark", 1440, "Opkald"),
        ("da-DK", "light", 390, "Opkald"),
        ("en-GB", "light", 1440, "Calls"),
    ):
        visitor = visit(locale, scheme, width)
        visitor.open(server.url("/calls"), heading)
        page = visitor.page
        page.get_by_test_id("stDataFrame").first.wait_for(timeout=PATIENCE)
        page.locator("svg.marks, canvas.marks").nth(1).wait_for(timeout=PATIENCE)
        assert page.locator(".st-key-figures [data-testid=stPageLink]").count() == 4
        assert page.get_by_test_id("stDataFrame").count() >= 1
        assert page.locator("canvas, svg.marks").count() >= 3  # the table and two charts are drawn
        assert page.get_by_test_id("stException").count() == 0
        assert visitor.foreign_requests == []
        scrolls_sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not scrolls_sideways

    page.get_by_role("link", name="30 missed").click()
    page.get_by_text("30 rows").wait_for(timeout=PATIENCE)
    page.wait_for_url(re.compile("open=missed"), timeout=PATIENCE)
    page.get_by_role("link", name="Close").click()
    page.get_by_text("30 rows").wait_for(state="detached", timeout=PATIENCE)

    page.get_by_label("Agent").first.click()
    page.keyboard.type(BOB)
    page.keyboard.press("Enter")
    visitor.settle()
    page.wait_for_url(re.compile(f"agent={BOB}"), timeout=PATIENCE)
    visitor.choose_page("Sources", "More")
    visitor.choose_page("Calls")
    page.wait_for_url(re.compile(f"agent={BOB}"), timeout=PATIENCE)  # filters go from page to page


def test_every_page_and_every_drawer_is_full_and_accessible_light_and_dark_wide_and_narrow(
    simulated_year: SimulatedYear, year_server: Any, visit: Callable[..., Any]
) -> None:
    """No violation on any page of the simulated year, in either theme, also with what opens in the drawer; and no page
    scrolls sideways, also on a phone and at twice the size of letters (the width of 720 points)."""
    request = simulated_year.frame("SELECT callback_id FROM callback_verdict WHERE ended_at IS NULL")
    absence = simulated_year.frame("SELECT max(id) AS id FROM absence")
    opened = {
        f"/callbacks?callback={request['callback_id'][0]}": "Beskeder",
        f"/absence?absence={absence['id'][0]}": "Fravær",
        "/coaching?signal=CGL+pattern_days_kept": "Coaching",
        "/reassign?handlers=PBR": "Overdragelse",
    }
    pages = {
        "/overview": "I dag", "/callbacks": "Beskeder", "/calls": "Opkald", "/notes": "Noter",
        "/coverage": "Dækning", "/absence": "Fravær", "/coaching": "Coaching", "/agent": "Kollega",
        "/agent?agent=CGL": "Kollega", "/satisfaction": "Tilfredshed", "/reassign": "Overdragelse",
        "/sources": "Kilder", "/rules": "Regler", "/audit": "Log",
    }  # fmt: skip
    visitor = visit("da-DK", "light")
    page = visitor.page
    visitor.open(year_server.url("/"), "I dag")
    for path, heading in (pages | opened).items():
        visitor.go(path, heading)
        if path in opened:
            page.get_by_role("dialog").wait_for(timeout=PATIENCE)
            visitor.settle()
        elif path != "/audit":
            page.locator("[data-testid=stDataFrame], .worklist table").first.wait_for(timeout=PATIENCE)
        assert page.get_by_test_id("stException").count() == 0, path
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(HAS_BACKGROUND, arg=THEME[scheme]["backgroundColor"], timeout=PATIENCE)
            visitor.settle()
            violations = Axe().run(page).response["violations"]
            assert violations == [], (path, scheme)
        for width, height in ((390, 844), (720, 450), (1440, 900)):
            page.set_viewport_size({"width": width, "height": height})
            visitor.settle()
            sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            assert not sideways, (path, width)
        page.emulate_media(color_scheme="light")
    assert visitor.foreign_requests == []

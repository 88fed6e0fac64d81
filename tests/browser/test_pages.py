"""Both pages in Chromium: in both languages, light and dark, wide and narrow, readable for everybody."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cast import BOB
from conftest import Load, SimulatedYear

HEADER = "source_id,started_at,answered_at,ended_at,status,queue,agent\n"
ROWS = "".join(
    f"{number},2026-05-06T{9 + number // 60:02d}:{number % 60:02d}:00+02:00,,"
    f"2026-05-06T{9 + number // 60:02d}:{number % 60:02d}:40+02:00,"
    + ("answered,Reception,BO\n" if number % 4 else "unanswered,Reception,BO\n")
    for number in range(120)
)
ENVIRONMENT = {"SVARTID_ACCESS": "local", "SVARTID_NOW": "2026-05-06T12:00:00+02:00"}
# Found by axe in parts that Streamlit draws and an app cannot change.
STREAMLITS_OWN = {
    "color-contrast",
    "scrollable-region-focusable",
    "landmark-unique",
    "region",
    "aria-allowed-attr",
    "list",
    "listitem",
    "svg-img-alt",  # the line behind a figure
}


@pytest.fixture
def served_url(
    agency: Load, database_url: str, serve: Callable[..., Any], visit: Callable[..., Any]
) -> Callable[[str], str]:
    assert not agency("calls", HEADER + ROWS).rejects
    server = serve(DATABASE_URL=database_url, **ENVIRONMENT)
    visit().open(server.url("/"), "Today")  # only the very first visitor of a server may meet Streamlit's own dialog
    return server.url


def test_the_simulated_year_is_open_to_everybody_and_fills_the_pages(
    year_server: Any, visit: Callable[..., Any]
) -> None:
    for locale, scheme, width, names in (
        (
            "en-GB",
            "light",
            1440,
            "Today Calls Callbacks Attempts Coverage Absence Coaching Colleague Satisfaction Sources Rules",
        ),
        (
            "da-DK",
            "dark",
            390,
            "I_dag Opkald Beskeder Forsøg Dækning Fravær Coaching Kollega Tilfredshed Kilder Regler",
        ),
    ):
        visitor = visit(locale, scheme, width)
        headings = [name.replace("_", " ") for name in names.split()]
        visitor.open(year_server.url("/"), headings[0])
        paths = ("/overview", "/calls", "/callbacks", "/attempts", "/coverage", "/absence", "/coaching")
        paths += ("/agent?agent=AKO", "/satisfaction", "/sources", "/rules")
        for path, heading in zip(paths, headings, strict=True):
            visitor.open(year_server.url(path), heading)
            page = visitor.page
            page.get_by_test_id("stDataFrame").first.wait_for(timeout=90_000)
            assert page.get_by_test_id("stException").count() == 0, path
            sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            assert not sideways, path
        assert visitor.foreign_requests == []


def test_a_team_lead_opens_a_request_and_reads_why_it_was_late(
    simulated_year: SimulatedYear, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    """The worked case of B4, as it stands in the simulated year."""
    thursday = simulated_year.truths["broken_promise"].first_day
    server = serve(DATABASE_URL=simulated_year.url, SVARTID_NOW=f"{thursday}T19:13:00+01:00")
    visitor = visit("da-DK")
    visitor.open(server.url("/"), "I dag")
    visitor.open(server.url("/callbacks?open=overdue"), "Beskeder")
    broken = simulated_year.frame(
        "SELECT promise.callback_id FROM promise_verdict JOIN promise ON promise.id = promise_id WHERE state = 'broken'"
    )
    visitor.open(server.url(f"/callbacks?callback={broken['callback_id'][0]}"), "Beskeder")
    visitor.page.get_by_text("2 t 43 min for sent: lovet 16:30, ingen har ringet (B4).").wait_for(timeout=90_000)


def test_a_team_lead_clicks_the_hole_and_reads_what_makes_it(year_server: Any, visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open(year_server.url("/"), "Today")
    visitor.open(year_server.url("/coverage"), "Coverage")
    box = visitor.page.get_by_test_id("stDataFrame").first.bounding_box()
    # The seventh row is 12:00; after the narrow column of clock times Friday is the fifth of seven days.
    day_width = (box["width"] - 60) / 7
    visitor.page.mouse.click(box["x"] + 60 + 4.5 * day_width, box["y"] + 35 * 7 + 17)
    visitor.page.get_by_text("Nobody who was on the rota is away: the hole is in the plan.").wait_for(timeout=90_000)
    visitor.page.get_by_text("Vest: 0 of 1.").wait_for(timeout=90_000)


def test_the_today_page_looks_again_by_itself_and_keeps_the_place(
    simulated_year: SimulatedYear, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    server = serve(DATABASE_URL=simulated_year.url)  # the real clock: the minute that was looked at moves on
    visitor = visit("en-GB")
    visitor.open(server.url("/"), "Today")
    page = visitor.page
    looked = page.get_by_text("Looked at").first.inner_text()
    page.get_by_text("What the figures mean, and how fresh they are").click()
    page.get_by_text("Open requests whose deadline has passed").wait_for(timeout=90_000)
    page.wait_for_function("before => !document.body.innerText.includes(before)", arg=looked, timeout=300_000)
    assert page.get_by_text("Open requests whose deadline has passed").is_visible()  # still open: nobody lost his place


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_team_lead_reads_the_calls_page_and_opens_what_is_behind_a_figure(
    served_url: Callable[[str], str], visit: Callable[..., Any]
) -> None:
    for locale, scheme, width, heading in (
        ("en-GB", "light", 1440, "Calls"),
        ("da-DK", "dark", 1440, "Opkald"),
        ("da-DK", "light", 390, "Opkald"),
    ):
        visitor = visit(locale, scheme, width)
        visitor.open(served_url("/calls"), heading)
        page = visitor.page
        page.get_by_test_id("stDataFrame").first.wait_for(timeout=90_000)
        page.locator("svg.marks, canvas.marks").nth(1).wait_for(timeout=90_000)
        assert page.get_by_test_id("stMetric").count() == 5
        assert page.get_by_test_id("stDataFrame").count() >= 1
        assert page.locator("canvas, svg.marks").count() >= 3  # the table and two charts are drawn
        assert page.get_by_test_id("stException").count() == 0
        assert visitor.foreign_requests == []
        scrolls_sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not scrolls_sideways

    visitor = visit("en-GB")
    visitor.open(served_url("/calls"), "Calls")
    page = visitor.page
    page.get_by_role("link", name="30 missed").click()
    page.get_by_text("30 rows").wait_for(timeout=90_000)
    assert "open=missed" in page.url
    page.get_by_role("link", name="Close").click()
    page.get_by_text("30 rows").wait_for(state="detached", timeout=90_000)

    page.get_by_label("Agent").first.click()
    page.keyboard.type(BOB)
    page.keyboard.press("Enter")
    visitor.settle()
    assert f"agent={BOB}" in page.url
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("heading", name="Sources", exact=True).wait_for(timeout=90_000)
    page.get_by_role("link", name="Calls").first.click()
    page.get_by_role("heading", name="Calls", exact=True).wait_for(timeout=90_000)
    visitor.settle()
    assert f"agent={BOB}" in page.url  # filters go from page to page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_are_accessible_as_far_as_they_are_ours(
    served_url: Callable[[str], str], visit: Callable[..., Any]
) -> None:
    visitor = visit("da-DK")
    for path, heading in (
        ("/overview", "I dag"),
        ("/calls", "Opkald"),
        ("/callbacks", "Beskeder"),
        ("/coaching", "Coaching"),
        ("/satisfaction", "Tilfredshed"),
        ("/sources", "Kilder"),
        ("/rules", "Regler"),
    ):
        visitor.open(served_url(path), heading)
        found = Axe().run(visitor.page).response["violations"]
        ours = [violation["id"] for violation in found if violation["id"] not in STREAMLITS_OWN]
        assert ours == [], path


PAYLOAD = "<img src=//evil.example/a onerror=alert(1)>![x](http://evil.example/b)[c](javascript:alert(2))"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_names_from_data_run_nothing_and_fetch_nothing(
    load: Load, database_url: str, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    quoted = '"' + PAYLOAD + '"'
    load("agents", f"initials,name\n{quoted},{quoted}\n")
    load("teams", f"name,queue\n{quoted},{quoted}\n")
    load("calls", HEADER + ROWS.replace("BO\n", f"{quoted}\n").replace("Reception", quoted))
    load("customers", f"number,name,owner\n{quoted},{quoted},{quoted}\n")
    asked = "source_id,customer_number,created_at,sent_to,reason,topic"
    load("callbacks", f"{asked}\n1,{quoted},2026-05-18T10:00:00+02:00,{quoted},{quoted},{quoted}\n")
    server = serve(DATABASE_URL=database_url, **ENVIRONMENT | {"SVARTID_NOW": "2026-05-20T12:00:00+02:00"})
    visitor = visit()
    for path, heading in (
        ("/calls?open=missed", "Calls"),
        ("/sources", "Sources"),
        ("/overview", "Today"),
        ("/callbacks?callback=1&open=overdue", "Callbacks"),
    ):
        visitor.open(server.url(path), heading)
        visitor.page.wait_for_timeout(1000)
    assert "When the deadline" in visitor.page.inner_text("body")  # the request is open, with all that is said of it
    assert visitor.dialogs == []
    assert visitor.foreign_requests == []

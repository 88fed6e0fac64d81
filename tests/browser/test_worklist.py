"""The worklist: the work on the first screen, one press to the case, and back to the same place."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from support.browsers import PATIENCE, Visit
from support.servers import Server

Arrive = Callable[..., Visit]
VISIBLE = """() => [...document.querySelectorAll(".stBidiComponent *")].concat(document.body)
  .flatMap(element => element.shadowRoot ? [...element.shadowRoot.querySelectorAll(".line")] : [])
  .filter(line => {
    const box = line.getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight;
  }).length"""
"""How many lines stand whole on the first screen."""


# The browser's history is written a moment after the answer, what belongs together at once.
OPENED, CLOSED = re.compile(r"callback=\d+"), re.compile(r"^(?!.*callback=)")
HAS_FOCUS = "name => document.activeElement.shadowRoot?.activeElement?.textContent === name"


def focused(page: Page) -> str:
    """What the line says that has the focus, if a line has it."""
    return str(page.evaluate("() => document.activeElement.shadowRoot?.activeElement?.textContent ?? ''"))


def close_drawer(visitor: Visit) -> None:
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("dialog").wait_for(state="detached", timeout=PATIENCE)
    visitor.settle()


@pytest.mark.parametrize(("width", "height", "lines"), [(1366, 768, 10), (390, 844, 4)])
def test_the_work_is_on_the_first_screen(
    year_server: Server, visit: Arrive, width: int, height: int, lines: int
) -> None:
    visitor = visit("da-DK", width=width, height=height)
    visitor.open(year_server.url("/callbacks"), "Beskeder")
    assert visitor.page.evaluate(VISIBLE) >= lines
    visitor.go("/overview", "I dag")
    assert visitor.page.evaluate(VISIBLE) >= 4
    # What can still be kept comes first, so none of it is out of sight.
    title = visitor.page.get_by_role("rowheader", name="Kan nås endnu")
    assert title.is_visible()
    assert title.bounding_box()["y"] < height / 2


def test_one_press_or_two_keys_lead_from_today_to_a_customers_history_and_back(
    year_server: Server, visit: Arrive
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open(year_server.url("/overview?team=Nord"), "Today")
    page.keyboard.press("j")
    customer = focused(page)
    assert customer.startswith("K")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("Message written").wait_for(timeout=PATIENCE)
    page.get_by_role("dialog").get_by_text(customer).first.wait_for(timeout=PATIENCE)
    page.wait_for_url(OPENED, timeout=PATIENCE)
    visitor.settle()
    close_drawer(visitor)
    page.wait_for_url(CLOSED, timeout=PATIENCE)
    assert "team=Nord" in page.url
    page.wait_for_function(
        "name => document.activeElement.shadowRoot?.activeElement?.textContent === name", arg=customer
    )
    page.locator(".worklist .line").first.click()
    page.get_by_role("dialog").get_by_text("Message written").wait_for(timeout=PATIENCE)
    page.wait_for_url(OPENED, timeout=PATIENCE)
    page.go_back()
    page.get_by_role("dialog").wait_for(state="detached", timeout=PATIENCE)


def test_a_row_of_a_table_opens_the_drawer_too_and_back_closes_it_for_good(year_server: Server, visit: Arrive) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open(year_server.url("/callbacks?view=pattern"), "Callbacks")
    visitor.choose_row("attempts")
    page.get_by_role("dialog").get_by_text("Message written").wait_for(timeout=PATIENCE)
    page.wait_for_url(OPENED, timeout=PATIENCE)
    visitor.settle()
    page.go_back()
    page.wait_for_url(CLOSED, timeout=PATIENCE)
    page.get_by_role("dialog").wait_for(state="detached", timeout=PATIENCE)
    visitor.settle()
    assert page.get_by_role("dialog").count() == 0


def test_a_key_steps_one_line_however_often_the_list_was_drawn_anew(year_server: Server, visit: Arrive) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open(year_server.url("/callbacks"), "Callbacks")
    for view in ("Overdue", "Nobody has called", "All open"):
        page.get_by_test_id("stButtonGroup").get_by_text(view).click()
        visitor.settle()
    customers = page.locator(".worklist .line button").all_inner_texts()
    stepped = []
    for key in ("j", "j", "k", "ArrowDown"):
        page.keyboard.press(key)
        stepped.append(focused(page))
    assert stepped == [customers[0], customers[1], customers[0], customers[1]]


def test_a_number_is_searched_by_the_keys_alone(year_server: Server, visit: Arrive) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open(year_server.url("/callbacks"), "Callbacks")
    wanted = page.locator(".worklist .line button").last.inner_text()
    page.keyboard.press("/")
    page.keyboard.type(wanted)
    assert page.locator(".worklist .line:not([hidden]) button").all_inner_texts() == [wanted]
    page.keyboard.press("ArrowDown")
    assert focused(page) == wanted
    page.keyboard.press("/")
    page.keyboard.type("0")
    page.get_by_text("No line here has that number.").wait_for(timeout=PATIENCE)


def test_a_number_typed_into_the_menu_opens_the_customers_history(year_server: Server, visit: Arrive) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open(year_server.url("/callbacks"), "Callbacks")
    customer = page.locator(".worklist .line button").first.inner_text()
    visitor.choose_page("Calls")
    page.get_by_role("button", name="Find").click()
    page.wait_for_function("() => document.activeElement.closest('.st-key-search_text')", timeout=PATIENCE)
    page.keyboard.type(customer.lower())
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("Message written").wait_for(timeout=PATIENCE)
    assert page.get_by_role("dialog").get_by_text(customer).first.is_visible()

"""By the keyboard alone: to the menu, to a request and back, to the answer of a what-if, through a hand-over; and the
link that a button copies."""

import re
from collections.abc import Callable

import pytest
from browser.conftest import LOCAL
from playwright.sync_api import Page
from support.browsers import PATIENCE, Visit
from support.cast import BOB
from support.databases import ON_SQLITE, Load
from support.servers import Server

Arrive = Callable[..., Visit]
MOST_STEPS = 60
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const style = getComputedStyle(at);
  const isPlace = ["MAIN", "BODY"].includes(at.tagName);
  // A field that is written into shows it by its frame.
  const isPressed = ["A", "BUTTON", "SUMMARY"].includes(at.tagName);
  return {
    name: isPlace ? "" : at.getAttribute("aria-label") || at.innerText || "",
    isSeen: !isPressed || style.outlineStyle !== "none" || style.boxShadow !== "none",
  };
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that name has the focus; on the way every link and button shows that it has it."""
    passed = []
    for _step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        assert at["isSeen"], at
        if re.search(name, at["name"]):
            return
        passed.append(at["name"])
    raise AssertionError(f"no {name} among {passed}")


def test_from_the_menu_to_a_request_of_todays_list_and_back(year_server: Server, visit: Arrive) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open(year_server.url("/calls"), "Calls")
    tab_to(page, r"Today$")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Today", exact=True).wait_for(timeout=PATIENCE)
    visitor.settle()
    tab_to(page, r"^K\d{6}$")
    customer = page.evaluate(FOCUSED)["name"]
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("Message written").wait_for(timeout=PATIENCE)
    visitor.settle()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached", timeout=PATIENCE)
    page.wait_for_function(f"name => ({FOCUSED})().name === name", arg=customer, timeout=PATIENCE)


def test_a_what_if_is_asked_and_answered_without_a_mouse(year_server: Server, visit: Arrive) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open(year_server.url("/absence"), "Absence")
    tab_to(page, r"^Who$")
    page.keyboard.type("CGL")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("^(Yes|Yes, but|No)$")).wait_for(timeout=PATIENCE)
    visitor.settle()
    asked = page.locator("p", has_text=re.compile(r"^CGL, ")).inner_text()
    tab_to(page, r"^day, Last day off$")
    page.keyboard.press("ArrowUp")
    tab_to(page, r"^vacation$")  # a day counts once one goes on from it
    page.get_by_text(asked, exact=True).wait_for(state="detached", timeout=PATIENCE)  # it is about another day now


@ON_SQLITE
def test_customers_are_handed_over_without_a_mouse(
    agency: Load, database_url: str, serve: Callable[..., Server], visit: Arrive, rows_of: Callable[..., object]
) -> None:
    agency("customers", "number,name,owner\n" + "".join(f"C-{number},,{BOB}\n" for number in range(3)))
    agency("agents", "initials,first_day,last_day\nBO,2020-01-01,2026-04-30\n")
    with_kc = "SELECT count(*) FROM customer_owner WHERE desk = 'kc' AND to_date IS NULL"
    visitor = visit()
    page = visitor.page
    visitor.open(serve(DATABASE_URL=database_url, **LOCAL).url("/reassign"), "Hand-over")
    tab_to(page, "3 customers")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("textbox", name="Reason").wait_for(timeout=PATIENCE)
    visitor.settle()
    tab_to(page, "^Reason")
    page.keyboard.type("Bob has left")
    tab_to(page, "^Hand 3 customers of BO to KC$")
    page.keyboard.press("Enter")
    page.get_by_text("Done: the customers are KC's.").wait_for(timeout=PATIENCE)
    visitor.settle()
    assert rows_of(with_kc) == [(3,)]


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_link_that_is_copied_shows_the_same_to_somebody_of_another_language(
    is_secure: bool, year_server: Server, visit: Arrive
) -> None:
    visitor = visit("da-DK")
    page = visitor.page
    copied = """isSecure => { window.copied = []; const keep = text => window.copied.push(text);
      if (isSecure) navigator.clipboard.writeText = async text => keep(text);
      else {
        Object.defineProperty(navigator, "clipboard", {value: undefined});
        document.execCommand = () => keep(document.activeElement.value);
      } }"""
    visitor.open(year_server.url("/callbacks?team=Nord&lang=da&view=overdue"), "Beskeder")
    page.evaluate(copied, is_secure)
    tab_to(page, "^Kopiér link$")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Linket er kopieret").wait_for(timeout=PATIENCE)
    [link] = page.evaluate("window.copied")
    assert "lang=" not in link
    page.get_by_role("button", name="Kopiér link").wait_for(timeout=PATIENCE)  # the next press is a new one
    colleague = visit("en-GB", width=390, height=844)
    colleague.open(link, "Callbacks")
    assert colleague.page.url == link

"""How a browser visits a page, and waits for it."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

PATIENCE = 90_000
"""Milliseconds after which a state that has not come is a fault: a busy machine is none."""
ROW_HEIGHT = 35
QUIET = """() => new Promise(done => {
  const isRunning = () => !document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]") ||
    document.querySelector("[data-testid=stSkeleton]");
  // Tables are drawn on a canvas, which changes nothing in the document: some of their points are looked at.
  const brush = new OffscreenCanvas(96, 96).getContext("2d", {willReadFrequently: true});
  brush.imageSmoothingEnabled = false;
  const points = canvas => {
    brush.clearRect(0, 0, 96, 96);
    brush.drawImage(canvas, 0, 0, 96, 96);
    return brush.getImageData(0, 0, 96, 96).data.join();
  };
  const drawn = () => [...document.querySelectorAll("[data-testid=stDataFrame] canvas")]
    .map(canvas => canvas.width && canvas.height ? points(canvas) : "").join();
  let changes = 0, frames = 0, before = null;
  const observer = new MutationObserver(() => changes++);
  observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  const look = () => {
    frames = changes || isRunning() ? 0 : frames + 1;
    changes = 0;
    if (frames === 2) before = drawn();
    if (frames === 5 && drawn() === before) {
      observer.disconnect();
      done();
    } else {
      if (frames === 5) frames = 0;
      requestAnimationFrame(look);
    }
  };
  look();
})"""
"""Wait until the script has run, and for five frames neither the document has changed nor, after two, a table."""

# Past our own script, which puts together what Streamlit pushes for one action.
GO = """address => {
  History.prototype.pushState.call(history, null, '', address);
  dispatchEvent(new PopStateEvent('popstate'));
}"""
"""To another address within the session, as with the browser's back button: without all that a page loads first."""


@dataclass
class Visit:
    """A page as one visitor sees it, and what their browser was made to do."""

    page: Page
    foreign_requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page, *origins: str) -> "Visit":
        """A visit that notes requests to anywhere else than the origins, by default this machine."""
        visitor = cls(page)
        ours = (*(origins or ("http://127.0.0.1", "ws://127.0.0.1")), "data:", "blob:")
        page.on("dialog", lambda dialog: (visitor.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(ours) or visitor.foreign_requests.append(request.url))
        return visitor

    def open(self, url: str, heading: str) -> None:
        self.page.goto(url)
        self.page.get_by_role("heading", name=heading, exact=True).wait_for(timeout=PATIENCE)
        self.settle()

    def go(self, address: str, heading: str) -> None:
        """To another page of the session that is open."""
        self.page.evaluate(GO, address)
        self.page.get_by_role("heading", name=heading, exact=True).wait_for(timeout=PATIENCE)
        self.settle()

    def choose_page(self, name: str, section: str = "") -> None:
        """By the menu: a page that stands in it, or under one of its entries."""
        if section:
            self.page.get_by_test_id("stTopNavSection").filter(has_text=section).click()
        link = "stTopNavDropdownLink" if section else "stTopNavLink"
        self.page.get_by_test_id(link).filter(has_text=name).click()
        self.page.get_by_role("heading", name=name, exact=True).wait_for(timeout=PATIENCE)
        self.settle()

    def choose_row(self, key: str, place: int = 1) -> None:
        """Tick a row of a table, by default the first."""
        table = self.page.locator(f".st-key-{key} [data-testid=stDataFrame]")
        table.scroll_into_view_if_needed()
        self.page.evaluate(QUIET)  # a click on a table that is still being drawn is lost
        box = table.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + 15, box["y"] + (place + 0.5) * ROW_HEIGHT)

    def settle(self) -> None:
        """Wait until the script has run and everything is drawn."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)
        self.page.evaluate(QUIET)

"""Payload names in every name field: nothing runs, nothing is fetched, nothing is read as Markdown, no page breaks."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from sqlalchemy import select
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from support.browsers import GO, QUIET
from support.databases import ON_SQLITE, fixture_of
from support.figures import FIGURES_OF_PAGES
from support.payloads import FIELDS, NOW, PAYLOADS, POISONED, WRITTEN, payloads_in
from support.places import ROOT

from data_access.database.engine import reading
from data_access.database.schema import callback
from data_access.questions.sources import sources_by_kind
from data_access.scope import Scope
from metrics.house_rules import HouseRules

poisoned = fixture_of(POISONED)
PAGES = re.findall(r'url_path="(\w+)"', (ROOT / "app.py").read_text())
ROWS = range(len(PAYLOADS))
"""Of a table with a row for each payload. Each kind of row is opened for a quarter of them, and no two for the same:
what is not escaped shows with any payload, and what is escaped wrongly wherever it stands."""
WITHOUT_NAMES = {"rules"}
LOCALES = ("da-DK", "en-GB")
LEAST_CASES = 25_000
"""Payloads × fields × pages in both languages, so that nobody empties the lists."""
PLAIN = {text[text.upper().index("QUOKKA") :][:8]: text for text in (*PAYLOADS, *WRITTEN)}
"""Every text that may be shown, by the word in it."""
ENCODED = {text: text.encode() for text in PLAIN.values()}
JUDGE = """(plain) => {
  // Spaces may fold, and what has no width may stand between letters: neither is read as anything.
  const bare = text => text.replace(/[\\s\\u200b\\u2060]/g, "");
  const faults = [], seen = [];
  const blame = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  // A component of ours stands in a tree of its own.
  const roots = [document, ...[...document.querySelectorAll("*")].map(element => element.shadowRoot).filter(Boolean)];
  const all = (selector, ...where) =>
    (where.length ? where : roots).flatMap(root => [...root.querySelectorAll(selector)]);
  if (all("[data-testid=stException]").length) faults.push("an exception");
  const icon = "link[rel~=icon], [data-testid=stException] *";
  for (const element of all("*")) for (const {name, value} of element.attributes) {
    if (name.startsWith("on")) blame("a handler", element);
    if (!["href", "src", "srcset", "srcdoc", "action", "data", "poster", "xlink:href"].includes(name)) continue;
    const isOwn = URL.canParse(value, location.href) && new URL(value, location.href).origin === location.origin;
    if (!isOwn && !element.matches(icon)) blame("an address", element);
  }
  const made = "img, picture, iframe, script, object, form, input, table, pre, blockquote, hr, del, em, h4, h5, h6, " +
    ".katex, [role=img], [class*=stMarkdownColored], [class*=stMarkdownBadge], [class*=stMarkdownShimmer]";
  for (const text of all("[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]"))
    all(made, text).forEach(element => blame("Markdown", element));
  all(`.worklist :is(${made.replace("table, ", "").replace("input, ", "")}, a)`).forEach(made => blame("Markup", made));
  const block = "[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer], [role=option], " +
    "[data-testid=stElementContainer], #vg-tooltip-element td, .worklist td, body";
  const texts = roots.flatMap(root => {
    const walker = document.createTreeWalker(root.body ?? root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    return nodes;
  });
  for (const node of texts) {
    // Tables and charts are drawn, not written.
    if (node.parentElement.closest("canvas, svg, script, style")) continue;
    for (const [word] of node.data.matchAll(/quokka\\d\\d/gi)) {
      const whole = node.parentElement.closest(block);
      if (bare(whole.textContent).includes(bare(plain[word]))) seen.push(word);
      else faults.push(`${word} is not what it was: ${whole.textContent.replace(/\\s+/g, " ").slice(0, 120)}`);
    }
  }
  return {faults, seen};
}"""
"""What a page holds that no name may have made, and which payloads stand there letter for letter."""
SCROLL = """(box, top) => new Promise(done => {
  const former = box.scrollTop;
  box.scrollTop = top;
  // The table is drawn anew some frames later.
  let frames = box.scrollTop === former ? 1 : 10;
  const wait = () => --frames ? requestAnimationFrame(wait) : done(box.scrollTop);
  requestAnimationFrame(wait);
})"""
WITH_PARTS = ("overview", "callbacks", "notes", "satisfaction", "absence", "coaching", "reassign")
ROW_HEIGHT, LONGEST_SIGNAL, LONGEST_RUN, LONGEST_DRAWING, LONGEST_PLACE = 35, 200, 30, 3, 60


@dataclass
class Watch:
    """A visitor of whom everything is written down: what was sent to him, what he saw, and what should not be.

    faults: where each was found. seen and sent: texts by page.
    """

    visitor: Any
    url: Callable[[str], str]
    faults: dict[str, set[str]] = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=dict)
    sent: dict[str, set[str]] = field(default_factory=dict)
    path: str = ""
    socket: Any = None
    runs: int = 0
    now_seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.page = self.visitor.page
        self.page.on("websocket", self.listen)
        self.page.on("requestfailed", lambda request: self.blame("a request failed", request.url))

    def blame(self, what: str, where: str = "") -> None:
        place = where or self.page.url.partition("//")[2].partition("/")[2]
        self.faults.setdefault(what, set()).add(place[:LONGEST_PLACE])

    def listen(self, socket: Any) -> None:
        self.socket = socket
        socket.on("framereceived", lambda frame: self.note_frame(frame) if socket is self.socket else None)

    def note_frame(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            sent = self.sent.setdefault(self.path, set())
            # Only for what has not been sent yet: frames are large, and there are many.
            sent.update(text for text, encoded in ENCODED.items() if text not in sent and encoded in frame)
            if len(frame) < LONGEST_SIGNAL:
                message = ForwardMsg.FromString(frame)
                # What looks again by itself ends too; only on Today and in a drawer a click runs no more than a part.
                ends = {ForwardMsg.FINISHED_SUCCESSFULLY}
                if self.path in WITH_PARTS:
                    ends.add(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
                self.runs += message.WhichOneof("type") == "script_finished" and message.script_finished in ends

    def judge(self) -> Counter[str]:
        """Look at the page as it is; gives how often each payload stands there."""
        found = self.page.evaluate(JUDGE, PLAIN)
        for fault in found["faults"]:
            self.blame(fault)
        self.now_seen = Counter(PLAIN[word] for word in found["seen"])
        self.seen.setdefault(self.path, set()).update(self.now_seen)
        return self.now_seen

    def act(self, action: Callable[[], object], *, shows: bool = False) -> set[str]:
        """Do something that the server answers, look, and give what stands there more often than before.

        `shows`: something will stand there more often, so wait for it.
        """
        runs, before, began = self.runs, self.now_seen, time.monotonic()
        action()
        while self.runs == runs and time.monotonic() < began + LONGEST_RUN:
            self.page.wait_for_timeout(50)
        if self.runs == runs:
            self.blame("the server did not answer")
        self.page.evaluate(QUIET)
        drawn = time.monotonic()
        while not (grown := set(self.judge() - before)) and shows and time.monotonic() < drawn + LONGEST_DRAWING:
            self.page.wait_for_timeout(100)
        return grown

    def open(self, path: str, **parameters: object) -> set[str]:
        self.path, self.socket = path, None
        self.now_seen = Counter()
        return self.act(lambda: self.page.goto(self.url(f"/{path}?{urlencode(parameters)}")))

    def go(self, path: str, **parameters: object) -> set[str]:
        """To another address within the session, as with the browser's back button."""
        self.path = path
        address = f"/{path}?{urlencode(parameters)}"
        return self.act(lambda: self.page.evaluate(GO, address), shows="team" in parameters)

    def expect(self, what: str, found: set[str], wanted: Iterable[str]) -> None:
        if missing := set(wanted) - found:
            self.blame(f"{what}: {len(missing)} payloads do not stand there letter for letter", min(missing))

    def find(self, selector: str) -> Any:
        """The first of these elements; None, and a fault, where there is none."""
        found = self.page.locator(selector)
        if not found.count():
            self.blame(f"nothing is {selector}")
            return None
        return found.first

    def choose(self, key: str, row: int, across: int = 17) -> set[str]:
        """Click a row of a table, by default the box in front of it."""
        if (table := self.find(f".st-key-{key} [data-testid=stDataFrame]")) is None:
            return set()
        table.scroll_into_view_if_needed()
        box = table.bounding_box()
        hidden = max(0, int((row + 2) * ROW_HEIGHT - box["height"]))
        scrolled = table.locator(".dvn-scroller").evaluate(SCROLL, hidden)
        down = (row + 1.5) * ROW_HEIGHT - scrolled
        return self.act(lambda: self.page.mouse.click(box["x"] + across, box["y"] + down), shows=True)

    def choose_some(self, what: str, key: str, rows: Iterable[int], *, in_drawer: bool = False) -> None:
        """Of so many rows each shows what it is about, letter for letter."""
        for row in rows:
            if not self.choose(key, row):
                self.blame(f"{what}: row {row} shows no payload")
            if in_drawer:
                self.close_drawer()

    def close_drawer(self) -> None:
        self.act(lambda: self.page.keyboard.press("Escape"))

    def press(self, selector: str) -> set[str]:
        return set() if (button := self.find(selector)) is None else self.act(button.click, shows=True)

    def write(self, key: str, text: str, *, shows: bool = True) -> set[str]:
        if (box := self.find(f".st-key-{key} input")) is None:
            return set()
        box.click()
        box.fill(text)
        return self.act(lambda: box.press("Enter"), shows=shows)

    def unfold_code(self) -> set[str]:
        """Open what holds a text to copy; gives the payloads in it."""
        box = "[data-testid=stExpander]:has([data-testid=stCode])"
        if (title := self.find(f"{box} summary")) is None:
            return set()
        title.click()
        self.page.evaluate(QUIET)
        self.judge()
        text = self.page.locator(f"{box} code").first.text_content()
        return {payload for payload in PAYLOADS if payload in text}

    def point_at_marks(self) -> set[str]:
        """Point at what a chart shows of each payload, so that its tooltip opens."""
        found = set()
        for word in PLAIN:
            mark = self.page.locator(f"svg.marks .role-mark [aria-label*={word}]")
            if mark.count():
                before = self.now_seen
                mark.first.hover(force=True)
                self.page.locator("#vg-tooltip-element.visible").wait_for()
                found |= set(self.judge() - before)
        return found


def open_figures(watch: Watch) -> None:
    """The rows behind two figures of each page; those of all are opened in tests/pages."""
    for path, figures in FIGURES_OF_PAGES.items():
        watch.open(path)
        for figure in (figures[0], figures[-1]):
            watch.go(path, open=figure.id)
            watch.find("[data-testid=stPageLink] [data-testid=stIconMaterial]:text-is('close')")


def open_rows(watch: Watch, rules: HouseRules) -> None:
    """What opens by a click on a row, and what charts and boxes say of people."""
    watch.open("overview")
    watch.expect("Today, the lines", watch.seen["overview"], PAYLOADS)
    lines = watch.page.locator(".worklist .line")
    # The number of a row is that of a request; other lines lead to other pages.
    requests = [row for row in range(lines.count()) if str(lines.nth(row).get_attribute("data-id")).isdecimal()]
    for row in requests[::4]:
        if not watch.act(lines.nth(row).click, shows=True):
            watch.blame(f"Today, a line: row {row} shows no payload")
        watch.close_drawer()
    watch.open("calls")
    watch.choose_some("Calls, an agent", "calls", ROWS[::4])
    watch.open("absence")
    watch.expect("Absence, the lines", watch.seen["absence"], PAYLOADS)
    watch.choose_some("Absence, a row", "absence", ROWS[1::4], in_drawer=True)
    watch.expect("Absence, the chart", watch.point_at_marks(), PAYLOADS)
    for payload in PAYLOADS[3::6]:
        watch.expect("Absence, what if", watch.write("what_if_agent", payload), [payload])
    sources = sources_by_kind(Scope(sees_everything=True), rules, datetime.fromisoformat(NOW))
    rows = [place for place, row in enumerate(sources.itertuples()) if row.source in PAYLOADS and row.kind == "calls"]
    watch.open("sources")
    watch.choose_some("Sources, a load", "sources", rows[2::4])
    watch.expect("Sources, the chart", watch.point_at_marks(), PAYLOADS)
    watch.open("audit")
    for payload in PAYLOADS[3::4]:
        if payload == " ".join(payload.split())[:50]:  # what fits into the box
            watch.expect("Audit, about whom", watch.write("audit_customer", payload), [payload])


def open_coverage(watch: Watch) -> None:
    watch.open("coverage")
    for payload in PAYLOADS[1::4]:  # the first is in the title of all teams
        watch.expect("Coverage, the title", watch.go("coverage", team=payload), [payload])
    watch.go("coverage")
    watch.expect("Coverage, a half hour", watch.choose("coverage", 2, across=120), PAYLOADS)


def open_requests(watch: Watch, requests: dict[str, int]) -> None:
    """Some requests on either page that shows them, with the filters set to their team and agent."""
    for view, payloads in (("all", PAYLOADS[2::6]), ("pattern", PAYLOADS[5::6])):
        watch.open("callbacks", view=view)
        for payload in payloads:
            shown = watch.go("callbacks", view=view, callback=requests[payload], team=payload, agent=payload)
            watch.expect(f"{view}, a request", shown, [payload])
            chosen = parse_qs(watch.page.url.partition("?")[2])
            watch.expect(f"{view}, the filters", {*chosen.get("team", ()), *chosen.get("agent", ())}, [payload])
            watch.expect(f"{view}, whose it is", watch.press(".st-key-open_customer button"), [payload])
            watch.close_drawer()
            if view == "all":
                watch.expect("Callbacks, the list", watch.unfold_code(), [payload])
    watch.open("notes")
    watch.press(".st-key-all_requests summary")
    watch.expect("Notes, the chart", watch.point_at_marks(), PAYLOADS)


def open_quality(watch: Watch) -> None:
    """Colleagues one by one, their sessions and signals, and the low scores with who gave them."""
    watch.expect("Colleague, the list", watch.open("agent"), PAYLOADS)
    watch.open("agent", agent=PAYLOADS[0])  # so that what stands there more often than before is of one colleague
    for payload in PAYLOADS[2::4]:
        watch.expect("Colleague, the sentence", watch.go("agent", team=payload, agent=payload), [payload])
    watch.expect("Colleague, a session", watch.choose("sessions", 0), PAYLOADS[-1:])
    for payload in PAYLOADS[3::6]:
        watch.open("coaching", team=payload, agent=payload)
        watch.press(".st-key-all_comparisons summary")
        watch.expect("Coaching, a comparison", watch.choose("coaching", 0), [payload])
    watch.open("satisfaction")
    lines = watch.page.locator(".worklist .line")
    watch.expect("Satisfaction, the lines", watch.seen["satisfaction"], PAYLOADS)
    for row in ROWS[3::4]:
        watch.act(lines.nth(row).click)
        watch.close_drawer()
    watch.act(lines.last.click)
    watch.expect("Satisfaction, an answer", watch.press(".st-key-open_answer button"), PAYLOADS[-1:])
    watch.open("satisfaction", view="colleagues")


def open_hand_overs(watch: Watch) -> None:
    watch.open("reassign")
    watch.expect("Hand-over, the preview", watch.write("handlers", " ".join(WRITTEN)), WRITTEN)
    watch.expect("Hand-over, the portfolios", watch.seen["reassign"], PAYLOADS)
    watch.close_drawer()
    watch.write("handlers", " ".join(f"{text}?" for text in WRITTEN))  # nobody has these
    watch.choose_some("Hand-over, one done", "hand_overs", ROWS[::4])
    watch.write("handlers", WRITTEN[0])
    watch.write("hand_over_reason", PAYLOADS[3], shows=False)
    watch.find("[data-testid=stAlertContentSuccess]")


@ON_SQLITE
@pytest.mark.usefixtures("poisoned")
def test_payloads_in_every_name_field_run_nothing_fetch_nothing_and_stand_as_they_are(
    database_url: str, house_rules: HouseRules, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    for column in FIELDS:
        assert payloads_in(column) == set(PAYLOADS), column
    with reading() as connection:
        query = select(callback.c.source_id, callback.c.id).where(callback.c.source_id.in_(PAYLOADS))
        requests = {name: number for name, number in connection.execute(query)}
    server = serve(DATABASE_URL=database_url, SVARTID_ACCESS="local", SVARTID_NOW=NOW)
    danish, english = watches = [Watch(visit(locale, width=1280, height=1200), server.url) for locale in LOCALES]
    open_figures(danish)
    open_rows(english, house_rules)
    open_coverage(english)
    open_requests(english, requests)
    open_hand_overs(english)
    open_quality(danish)
    for watch in watches:
        for path in PAGES:
            if path not in watch.seen:
                watch.go(path)

    for watch in watches:
        for what in (*watch.visitor.dialogs, *watch.visitor.foreign_requests):
            watch.blame("a dialog or a foreign request", what)
    faults = [f"{what} @ {sorted(where)[:3]}" for watch in watches for what, where in sorted(watch.faults.items())]
    faults += ["a traceback in the server's log"] if "Traceback" in server.program.printed("stderr") else []
    assert not faults, "\n".join(dict.fromkeys(faults))
    for path in set(PAGES) - WITHOUT_NAMES:
        assert set(PAYLOADS) <= set().union(*(watch.sent[path] for watch in watches)), path
    assert set().union(*(texts for watch in watches for texts in watch.seen.values())) == set(PLAIN.values())
    assert len(PAYLOADS) * len(FIELDS) * sum(len(watch.seen) for watch in watches) >= LEAST_CASES

"""The menu: which pages there are, under which addresses, and which of them stand in whose menu."""

from html import escape
from pathlib import PurePosixPath

import streamlit as st
from streamlit.navigation.page import Page

from data_access.database.engine import DatabaseAwayError
from data_access.scope import Viewer, may_hand_over, scope_of
from metrics.figures import N_
from pages.parts import gate, own_view, search, welcome
from pages.parts.filters import note_arrival
from pages.parts.forged import refuse_forged_states
from pages.parts.wording import LOCALES, _, first_language

refuse_forged_states()
FIRST_PAGE = "pages/today/overview.py"
STYLE = """<style>
.stMainBlockContainer { padding-top: 3.4rem }
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.8 }
[data-testid="InputInstructions"] { display: none }
.svartid-link { border: 0; padding: 0.25rem 0.5rem; background: none; color: inherit; cursor: pointer;
  white-space: nowrap; font: inherit; font-size: 0.875rem }
.svartid-link:hover { text-decoration: underline }
a:focus-visible, button:focus-visible, summary:focus-visible { outline: 2px solid currentColor !important }
@media (max-width: 640px) {
  .stElementContainer:has(> .stHtml .svartid-link) { display: none }
  .st-key-finding { position: fixed; top: 0.6rem; right: 1rem; left: auto; width: auto; z-index: 999991 }
}
@page { size: 297mm 210mm; margin: 1cm }
@media print {
  html, body, #root { background: #fff !important }
  [data-testid="stHeader"], .st-key-finding, .svartid-link, .stPopover, .stDownloadButton, .stButton, .stToggle,
  .stButtonGroup, .stFormSubmitButton, [data-testid="stElementToolbar"] { display: none !important }
  [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"] {
    position: static !important; overflow: visible !important; height: auto !important }
  .stMainBlockContainer { padding: 0; max-width: none; zoom: var(--zoom-on-paper, 1) }
  .stVegaLiteChart, .stDataFrame, tr { break-inside: avoid }
  h1, h2, h3 { break-after: avoid }
}
</style>"""
"""A page begins right under the bar at the top, so that the work is on the first screen; on a phone the bar has room
for what finds customers, and the browser's own menu shares a link. Streamlit's grey of small print is too light to be
read by everybody (WCAG 2.2, 1.4.3), and what it says of the Enter key is English. Whoever goes by the keys sees where
they are, also in the menu (2.4.7)."""
DARK_ON_PAPER = """<style>
@media print { [data-testid="stApp"] { filter: invert(1) hue-rotate(180deg) } }
</style>"""
"""Who reads light letters on a dark ground prints dark ones on paper, with the colours that they have seen."""
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "": {
        FIRST_PAGE: (N_("Today"), "notifications"),
        "pages/service/callbacks.py": (N_("Callbacks"), "phone_callback"),
        "pages/service/calls.py": (N_("Calls"), "call"),
    },
    N_("Rota"): {
        "pages/rota/coverage.py": (N_("Coverage"), "groups"),
        "pages/rota/absence.py": (N_("Absence"), "event_busy"),
    },
    N_("Quality"): {
        "pages/quality/coaching.py": (N_("Coaching"), "school"),
        "pages/quality/agent.py": (N_("Colleague"), "person"),
        "pages/quality/satisfaction.py": (N_("Satisfaction"), "sentiment_satisfied"),
        "pages/quality/notes.py": (N_("Notes"), "edit_note"),
    },
    N_("More"): {
        "pages/customers/reassign.py": (N_("Hand-over"), "move_up"),
        "pages/system/sources.py": (N_("Sources"), "database"),
        "pages/system/rules.py": (N_("Rules"), "gavel"),
        "pages/system/audit.py": (N_("Audit"), "visibility"),
    },
}
"""For each entry of the menu its pages: file → title and icon; those that are needed all day have no entry above
them."""


def address_of(file: str) -> str:
    return PurePosixPath(file).stem


ADDRESSES = frozenset(address_of(file) for pages in SECTIONS.values() for file in pages)
"""The address of each page, without its slash."""


def open_page() -> None:
    """One look: who is looking, in which language, at which page; then the page runs."""
    viewer = gate.viewer_or_stop()
    if viewer is not None:
        own_view.begin_visit(viewer)
    gate.dress_page()
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    with head:
        place = st.container(width="content")
        side = st.container(horizontal=True, width="content", vertical_alignment="center")
    with side:
        finding = None if viewer is None else search.opened_by()
        if viewer is not None:
            offer_link()
        settings = st.popover(gate.settings_label(viewer), icon=":material/settings:", type="tertiary")
    with settings:
        choose_language()
        gate.choose_viewer()
        if viewer is not None:
            own_view.own_view_form(viewer)
            gate.offer_way_out()
    if viewer is None:
        welcome_everywhere().run()
        st.stop()
    if gate.access_mode() == gate.OIDC:
        gate.empty_once_the_login_ends()
    page = navigation(viewer)
    if finding is not None:
        with finding:
            search.search_field(viewer)
    note_arrival(page.url_path)
    st.html(STYLE)
    if st.context.theme.type == "dark":
        st.html(DARK_ON_PAPER)
    place.title(page.title, anchor=False)
    gate.say_what_is_seen(viewer)
    try:
        page.run()
    except DatabaseAwayError:
        gate.wait_for_database()


def offer_link() -> None:
    """A button that copies the address of what is shown; a script of ours does it without a look (shell.js)."""
    label, done = escape(_("Copy link")), escape(_("Link copied"))
    st.html(f'<button type="button" class="svartid-link" data-done="{done}" aria-live="polite">{label}</button>')


def choose_language() -> None:
    # The codes themselves, because what is shown is what stands in the URL.
    st.segmented_control(
        "Sprog · Language",
        list(LOCALES),
        default=first_language(),
        required=True,
        key="lang",
        bind="query-params",
        persist_state="session",
    )


def front() -> None:
    """The address without a page leads to the first one; the filters in it go along."""
    # Language and viewer go along by themselves: their switches are bound to the address.
    parameters = {name: value for name, value in st.query_params.items() if name not in ("lang", "viewer")}
    st.switch_page(FIRST_PAGE, query_params=parameters)


def stands_in_menu(file: str, viewer: Viewer) -> bool:
    """A page that could tell the viewer nothing does not stand in their menu: it would say "none" for "not yours"."""
    scope = scope_of(viewer)
    may_open = {
        "reassign": may_hand_over(viewer),
        "coverage": scope.sees_a_team,
        "sources": scope.sees_everything,
    }
    return may_open.get(address_of(file), True)


def navigation(viewer: Viewer) -> Page:
    """The page that was asked for. One that does not stand in the viewer's menu keeps its address, and says why."""
    sections = {
        _(section) if section else "": [
            st.Page(
                file,
                title=_(title),
                icon=f":material/{icon}:",
                url_path=address_of(file),
                visibility="visible" if stands_in_menu(file, viewer) else "hidden",
            )
            for file, (title, icon) in pages.items()
        ]
        for section, pages in SECTIONS.items()
    }
    first = st.Page(front, title="Svartid", default=True, visibility="hidden")
    sections[""].append(first)
    return st.navigation(sections, position="top")


def welcome_everywhere() -> Page:
    """While there are no data every address shows the ways in."""
    icon, title = ":material/waving_hand:", _("Welcome")
    first = st.Page(welcome.show, title=title, icon=icon, default=True)
    others = [st.Page(welcome.show, title=title, icon=icon, url_path=address) for address in sorted(ADDRESSES)]
    return st.navigation([first, *others], position="hidden")

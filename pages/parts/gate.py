"""The gate: the first statement of app.py, of every page and of what looks again by itself obtains the viewer here."""

import ipaddress
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from html import escape
from typing import NoReturn
from urllib.parse import quote, urlsplit

import streamlit as st

from data_access.changes.logs import Look, record_look
from data_access.database.engine import DatabaseAwayError
from data_access.database.versions import DatabaseInfo, DatabaseNotReadyError, database_state
from data_access.questions.audit import was_signed_out
from data_access.questions.people import employees, viewer_by_email, viewer_of
from data_access.scope import Scope, Viewer, scope_of
from data_access.settings import current_rules, now
from metrics.calendar import local_day
from metrics.figures import N_
from metrics.house_rules import HouseRulesError
from pages.parts import login
from pages.parts.loaders import ask
from pages.parts.login import Login
from pages.parts.wording import _, escaped

log = logging.getLogger("svartid")
DEMO, LOCAL, OIDC = "demo", "local", "oidc"
FORWARDING_HEADERS = ("via", "x-real-ip", "cf-connecting-ip")

NO_MODE = N_(
    "These are real data, and nobody has said who may see them. "
    "Set SVARTID_ACCESS to oidc (everybody logs in) or local (only this computer) before starting the app."
)
NOT_SIMULATED = N_("The access mode demo is for simulated data only, and this database holds real ones.")
NOT_LOOPBACK = N_("The access mode local needs a server that listens on this computer only (server.address 127.0.0.1).")
NOT_LOCAL_HOST = N_("The access mode local answers only to this computer's own address.")
FORWARDED = N_("The access mode local does not answer through a proxy.")
LOGGED_FIRST = N_("Data are being loaded. What is shown is logged first, so this page opens once that is done.")
"""While a load writes, a log on SQLite has to wait for it; the words come where that takes more than a moment."""
NO_ANSWER = N_("The database does not answer just now. This page goes on by itself once it does; nothing is lost.")
NO_PROVIDER = N_("The access mode oidc needs an [auth] section in .streamlit/secrets.toml.")
NOBODY = N_("Nobody has these initials.")
ROLES = {
    "agent": N_("agent"),
    "team_lead": N_("team lead"),
    "quality": N_("quality manager"),
    "kc": N_("KC"),
    "admin": N_("administrator"),
}
SECONDS_BETWEEN_LOOKS_AT_LOGINS = 30
SIGN_IN_PATH = "/sign-in"
SIGN_IN = N_("Sign in to see how long customers wait.")
CLOCKS_DIFFER = N_(
    "You have signed in at a time that this computer has yet to reach. An administrator has to set a clock right."
)
RUN_OUT = N_("Your login has run out. Sign in again to go on.")
UNKNOWN_PERSON = N_("{email} belongs to nobody who may look here. An administrator can change that.")
UNKNOWN_MODE = N_("SVARTID_ACCESS must be demo, local or oidc.")


def access_mode() -> str | None:
    """The access mode: SVARTID_ACCESS of the environment, else of the secrets file."""
    return login.setting("SVARTID_ACCESS")


def is_loopback(host: str | None) -> bool:
    """Whether a host name, with or without a port, is this computer itself."""
    name = (host or "").strip().lower()
    if name.startswith("["):
        name, _bracket, port = name[1:].partition("]")
        if port.strip(":0123456789"):
            return False
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_forwarded(header_names: Iterable[str]) -> bool:
    names = [name.lower() for name in header_names]
    return any(name in FORWARDING_HEADERS or "forwarded" in name or name.endswith("client-ip") for name in names)


def refusal(mode: str | None, simulated: bool, server_address: str | None, headers: Mapping[str, str]) -> str | None:
    """Why this visitor sees nothing, or None where they may look: the three access modes in one place.

    Without a mode simulated data are open to all and real data to nobody. `local` is only for a browser on the same
    computer: the server listens on loopback, the Host is local, no header tells of a proxy. Without any headers there
    was no request: the app runs inside a test.
    """
    mode = mode or (DEMO if simulated else None)
    if mode is None:
        return NO_MODE
    if mode == DEMO:
        return None if simulated else NOT_SIMULATED
    if mode == OIDC:
        return None if login.is_set_up() else NO_PROVIDER
    if mode != LOCAL:
        return UNKNOWN_MODE
    if not is_loopback(server_address):
        return NOT_LOOPBACK
    if not headers:
        return None
    if is_forwarded(headers):
        return FORWARDED
    hosts = [value for name, value in headers.items() if name.lower() == "host"]
    return None if len(hosts) == 1 and is_loopback(hosts[0]) else NOT_LOCAL_HOST


def may_simulate() -> bool:
    """Whether this visitor may fill an empty database with simulated data: not where people have to log in."""
    mode = access_mode() or DEMO
    headers = dict(st.context.headers)
    reason = refusal(mode, simulated=True, server_address=st.get_option("server.address"), headers=headers)
    return mode != OIDC and reason is None


def state_or_stop() -> DatabaseInfo | None:
    """What the database says of itself, None before the first load; stops with the reason where it cannot be used."""
    try:
        current_rules()
        return database_state()
    except (HouseRulesError, DatabaseNotReadyError) as error:
        st.error(_("The app cannot start with this set-up."), icon=":material/block:")
        st.code(str(error), language=None)
        st.stop()
    except DatabaseAwayError:
        wait_for_database()


def wait_for_database() -> NoReturn:
    """The end of a page while the database does not answer; it goes on by itself once it does."""
    log.exception("a page waits for the database")
    st.error(_(NO_ANSWER), icon=":material/cloud_off:")
    go_on_once_it_answers()
    st.stop()


@st.fragment(run_every=5)
def go_on_once_it_answers() -> None:
    """Look again, without anybody's touch, whether the database answers; then show the page anew."""
    try:
        database_state()
    except (DatabaseAwayError, DatabaseNotReadyError):
        return
    st.rerun()


def viewer_or_stop(*, is_touch: bool = True) -> Viewer | None:
    """The viewer of this run; None where the database holds nothing that anybody could see.

    Everybody who is refused is told why, and the run ends before any data are read. `is_touch`: a person did something,
    as against a page that looks again by itself.
    """
    state = state_or_stop()
    if state is None or state.empty:
        return None
    reason = refusal(access_mode(), state.simulated, st.get_option("server.address"), dict(st.context.headers))
    if reason:
        st.error(_(reason), icon=":material/lock:")
        st.stop()
    if access_mode() == OIDC:
        return signed_in_or_stop(is_touch=is_touch)
    asked = requested_viewer()
    if asked is None or not looks_through_other_eyes(state):
        return Viewer(name="quality", role="quality")
    viewer = viewer_of(asked, now(), local_today())
    if viewer is None:
        st.error(_(NOBODY), icon=":material/lock:")
        st.stop()
    return viewer


def local_today() -> date:
    return local_day(now(), current_rules())


def signed_in_or_stop(*, is_touch: bool) -> Viewer:
    """Whoever signed in, as the person that they are in the agency today; else a page to sign in."""
    signed_in = login.login_of(st.user.to_dict())
    if signed_in is None:
        ask_to_sign_in(_(SIGN_IN))
    is_new = login.is_new(signed_in)
    if not still_counts(signed_in, is_touch=is_touch):
        ask_to_sign_in(_(RUN_OUT))
    viewer = viewer_by_email(signed_in.email, now(), local_today())
    if viewer is None:
        ask_to_sign_in(_(UNKNOWN_PERSON, email=escaped(signed_in.email)))
    if is_new:
        with st.spinner(_(LOGGED_FIRST)):
            record_look(viewer, Look("sign_in", "login"), now())
    return viewer


def still_counts(signed_in: Login, *, is_touch: bool) -> bool:
    """Whether a login counts now: nobody signed out of it, and it is neither too old nor unused for too long."""
    return not was_signed_out(signed_in.key) and login.still_holds(signed_in, is_touch=is_touch)


def viewer_of_login(signed_in: Login | None, *, is_touch: bool) -> Viewer | None:
    """The viewer who signed in, as long as the login counts and they may look."""
    if signed_in is None or not still_counts(signed_in, is_touch=is_touch):
        return None
    return viewer_by_email(signed_in.email, now(), local_today())


def dress_page() -> None:
    """The browser tab's name and icon: without one of our own Streamlit fetches it from a foreign host."""
    st.set_page_config(page_title="Svartid", page_icon="pages/parts/icon.svg", layout="wide")


def still_there(viewer: Viewer) -> Callable[[], Viewer | None]:
    """Asks again, whenever it is called, who a viewer is by then: None once their login has ended or they may look no
    more.

    For what happens before the page runs, or beside it: a button pressed on an old page, an export.
    """
    if access_mode() != OIDC:
        return lambda: viewer
    signed_in = login.login_of(st.user.to_dict())

    return partial(viewer_of_login, signed_in, is_touch=True)


def ask_to_sign_in(reason: str) -> NoReturn:
    """The end of a page whose reader's login has ended meanwhile: why, and the way back to where they are.

    Who has not signed in at all meets the door before (entrance.py).
    """
    dress_page()
    st.title("Svartid", anchor=False)
    st.markdown(reason)
    here = urlsplit(st.context.url or "/")
    # A link of our own: a button of Streamlit's would come back to the first page.
    way = quote(here.path + (f"?{here.query}" if here.query else ""), safe="")
    label = escape(_("Sign in"))
    st.html(f'<a href="{SIGN_IN_PATH}?next={way}">{label}</a>')
    st.stop()


@st.fragment(run_every=SECONDS_BETWEEN_LOOKS_AT_LOGINS)
def empty_once_the_login_ends() -> None:
    """A screen that stands open shows nothing any more once its reader has signed out elsewhere, was disabled or left;
    that it looks again is nobody's touch."""
    state_or_stop()
    if viewer_of_login(login.login_of(st.user.to_dict()), is_touch=False) is None:
        st.rerun()


def record_sign_out(signed_in: Login) -> None:
    """Write down that a login has ended, for every process: from then on its cookies are worth nothing anywhere."""
    if was_signed_out(signed_in.key):
        return
    viewer = viewer_by_email(signed_in.email, now(), local_today()) or Viewer(name=signed_in.email, role="agent")
    record_look(viewer, Look("sign_out", "login", details=f"login={signed_in.key}"), now())


def sign_out() -> None:
    signed_in = login.login_of(st.user.to_dict())
    if signed_in is not None:
        record_sign_out(signed_in)
    st.logout()


def settings_label(viewer: Viewer | None) -> str:
    """What opens language and viewer: as whom one looks, where that may be somebody else tomorrow."""
    if viewer is None:
        return "Sprog · Language"
    role = _(ROLES.get(viewer.role, viewer.role))
    if access_mode() == OIDC:
        return f"{escaped(viewer.name)} · {role}"
    if not looks_through_other_eyes(database_state()):
        return "Sprog · Language"
    return _("See as: {who}", who=role if viewer.agent_id is None else f"{escaped(viewer.name)} · {role}")


def offer_way_out() -> None:
    """Whoever has signed in may sign out."""
    if access_mode() == OIDC:
        st.button(_("Sign out"), on_click=sign_out, icon=":material/logout:", width="stretch")


def say_what_is_seen(viewer: Viewer) -> None:
    """Whose matters a page's sentences are about, for viewers who do not see everybody's (P1)."""
    scope = scope_of(viewer)
    if scope.sees_everything:
        return
    if scope.team_ids:
        st.caption(_("You see your own team here."))
    elif viewer.role == "kc":
        st.caption(_("You see KC's requests here, and what is your own."))
    else:
        st.caption(_("You see what is your own here, and what you cover as a buddy."))


def requested_viewer() -> str | None:
    """Through whose eyes the visitor wants to look: the switch decides, before it the address."""
    chosen = st.session_state.get("viewer") if "viewer" in st.session_state else st.query_params.get("viewer")
    return str(chosen) if chosen else None


def looks_through_other_eyes(state: DatabaseInfo | None) -> bool:
    """Only simulated data, and only where nobody asked for another mode, may be seen through anybody's eyes."""
    return state is not None and state.simulated and (access_mode() or DEMO) == DEMO


def choose_viewer() -> None:
    """In the simulated agency: the switch to look through somebody's eyes. It stands in the address too."""
    if not looks_through_other_eyes(database_state()):
        return
    roles = ask(employees, Scope(sees_everything=True), local_today())
    # The initials themselves, because what is shown is what stands in the URL.
    chosen = st.selectbox(
        _("See as"),
        list(roles),
        index=None,
        key="viewer",
        placeholder=_("the quality manager"),
        help=_("Nothing here is real, so anybody may look through anybody's eyes."),
        bind="query-params",
        persist_state="session",
    )
    if chosen:
        st.caption(_(ROLES.get(roles[chosen], roles[chosen])))


def enter(*, is_touch: bool = True) -> Viewer:
    """For pages, and for what looks again by itself: the viewer, or the end of the run."""
    viewer = viewer_or_stop(is_touch=is_touch)
    if viewer is None:
        st.info(_("No data have been loaded yet."))
        st.stop()
    return viewer

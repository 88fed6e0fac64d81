"""Login with the agency's identity provider: who signed in, when, and for how long that holds.

Streamlit keeps a login for 30 days and never looks at it again, so the limits are kept here, by the clock on the wall.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.auth_util import encode_provider_token, get_cookie_with_chunks, get_redirect_uri
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value, validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME, XSRF_COOKIE_NAME

SIGNED_IN_AT_MOST = timedelta(hours=12)
"""A working day and a bit: after it everybody signs in again."""
IDLE_AT_MOST = timedelta(hours=4)
"""So long somebody may look without touching anything; what looks again by itself is no touch."""
CLOCKS_DIFFER_BY = timedelta(minutes=5)
CONFIRMING_CLAIMS = ("email_verified", "xms_edov")
STARTED_AT = datetime.now(UTC)
LAST_TOUCH: dict[str, datetime] = {}
"""When each login of this process was last used, by the login's fingerprint."""


@dataclass(frozen=True)
class Login:
    """A login as the identity provider confirmed it. `key`: a fingerprint that tells it from every other login."""

    email: str
    signed_in_at: datetime
    key: str


def is_set_up() -> bool:
    """Whether the secrets name an identity provider."""
    try:
        return bool(st.secrets.get("auth"))
    except StreamlitSecretNotFoundError:
        return False


def login_of(claims: Mapping[str, Any]) -> Login | None:
    """The login that a visitor's claims tell of; None where nobody signed in, or without a confirmed e-mail address.

    Confirmed is what the provider says is (`email_verified`, of Entra ID `xms_edov`); where it says neither, only
    SVARTID_EMAIL_VERIFIED=assumed makes it so. `iat` is when the provider confirmed it; a login that does not say when,
    or says a time yet to come, cannot be limited and counts as none.
    """
    email, issued = claims.get("email"), claims.get("iat")
    if claims.get("is_logged_in") is not True or not is_confirmed(claims):
        return None
    # A letter that only looks like another, or becomes it in capitals, is somebody else's.
    if not isinstance(email, str) or not email or not email.isascii():
        return None
    if isinstance(issued, bool) or not isinstance(issued, int | float) or not issued > 0 or is_ahead(claims):
        return None
    whole = f"{claims.get('iss')} {claims.get('sub')} {issued} {claims.get('nonce')}"
    return Login(email, datetime.fromtimestamp(issued, UTC), hashlib.sha256(whole.encode()).hexdigest())


def is_confirmed(claims: Mapping[str, Any]) -> bool:
    """Whether somebody vouches that the e-mail address is the person's own."""
    said = [claims[name] for name in CONFIRMING_CLAIMS if claims.get(name) is not None]
    if not said:
        return setting("SVARTID_EMAIL_VERIFIED") == "assumed"
    # Some providers write the word.
    return all(value in (True, "true", "1") for value in said)


def is_ahead(claims: Mapping[str, Any]) -> bool:
    """Whether a login was made at a time yet to come: the clock of this computer or of the provider's is wrong."""
    issued, latest = claims.get("iat"), (datetime.now(UTC) + CLOCKS_DIFFER_BY).timestamp()
    return isinstance(issued, int | float) and not issued <= latest


def setting(name: str) -> str | None:
    """A setting of the environment, else of the secrets file."""
    if value := os.environ.get(name):
        return value
    try:
        return st.secrets.get(name)
    except StreamlitSecretNotFoundError:
        return None


def login_of_cookies(cookies: Mapping[str, str], host: str) -> Login | None:
    """The login that the cookies of a request hold; None where they hold none that counts."""
    return login_of(claims_of_cookies(cookies, host))


def claims_of_cookies(cookies: Mapping[str, str], host: str) -> Mapping[str, Any]:
    """What the cookies of a request say of a login, read as Streamlit reads them.

    The login was made for an address; at another host it is worth nothing.
    """

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        # Cookies travel as latin-1.
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1", "replace")) if value else None

    whole = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    try:
        claims = json.loads(whole) if whole else {}
    except ValueError:
        return {}
    if not isinstance(claims, dict) or urlsplit(str(claims.get("origin"))).netloc != host:
        return {}
    return claims


def has_matching_tokens(cookies: Mapping[str, str], subprotocols: list[str]) -> bool:
    """Whether a websocket brings the token of its page beside the cookie; without it Streamlit reads no login."""
    return len(subprotocols) > 1 and validate_xsrf_token(subprotocols[1], cookies.get(XSRF_COOKIE_NAME))


def way_to_the_provider() -> str:
    """The address, good for two minutes, that sends a browser to the identity provider."""
    return f"/auth/login?provider={encode_provider_token('default')}"


def is_behind_tls() -> bool:
    """Whether people reach the app by TLS: the address to which the provider sends them back says so."""
    return is_set_up() and str(get_redirect_uri(st.secrets["auth"])).startswith("https://")


def holds(login: Login, last_touch: datetime, now: datetime) -> bool:
    """Whether a login still counts: neither too old nor unused for too long. Both limits are excluded."""
    return now - login.signed_in_at < SIGNED_IN_AT_MOST and now - last_touch < IDLE_AT_MOST


def still_holds(login: Login, *, is_touch: bool) -> bool:
    """Whether a login counts now; a touch begins its idle time anew.

    A login that this process has not seen counts as last used when it was made or, after a restart, when the process
    began: whoever comes from another process with an old login signs in again.
    """
    now = datetime.now(UTC)
    if not holds(login, LAST_TOUCH.get(login.key, max(login.signed_in_at, STARTED_AT)), now):
        return False
    if is_touch:
        for key in [key for key, at in LAST_TOUCH.items() if now - at > SIGNED_IN_AT_MOST]:
            del LAST_TOUCH[key]
        LAST_TOUCH[login.key] = now
    return True


def is_new(login: Login) -> bool:
    """Whether this process has not met the login before."""
    return login.key not in LAST_TOUCH

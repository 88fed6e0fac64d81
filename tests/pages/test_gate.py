"""The three access modes as a table: who is refused, and why."""

import pytest

from pages.parts.gate import (
    FORWARDED,
    NO_MODE,
    NO_PROVIDER,
    NOT_LOCAL_HOST,
    NOT_LOOPBACK,
    NOT_SIMULATED,
    UNKNOWN_MODE,
    is_loopback,
    refusal,
)

SIMULATED, REAL = True, False
HERE = {"Host": "127.0.0.1:8501"}


@pytest.mark.parametrize(
    ("mode", "simulated", "address", "headers", "reason"),
    [
        (None, SIMULATED, "0.0.0.0", {"Host": "svartid.example"}, None),  # anybody may look at simulated data
        (None, REAL, "127.0.0.1", HERE, NO_MODE),
        ("demo", SIMULATED, "127.0.0.1", HERE, None),
        ("demo", REAL, "127.0.0.1", HERE, NOT_SIMULATED),
        ("oidc", REAL, "127.0.0.1", HERE, NO_PROVIDER),
        ("open", REAL, "127.0.0.1", HERE, UNKNOWN_MODE),
        ("local", REAL, "127.0.0.1", HERE, None),
        ("local", REAL, "localhost", {"host": "localhost:8501"}, None),
        ("local", REAL, "::1", {"host": "[::1]:8501"}, None),
        ("local", REAL, "127.0.0.1", {}, None),  # no request at all: inside a test
        ("local", REAL, None, HERE, NOT_LOOPBACK),  # Streamlit then listens on every address
        ("local", REAL, "0.0.0.0", HERE, NOT_LOOPBACK),
        ("local", REAL, "192.168.1.10", HERE, NOT_LOOPBACK),
        ("local", REAL, "127.0.0.1", {"Host": "evil.example"}, NOT_LOCAL_HOST),
        ("local", REAL, "127.0.0.1", {"Host": "127.0.0.1.evil.example"}, NOT_LOCAL_HOST),
        ("local", REAL, "127.0.0.1", {"Origin": "http://127.0.0.1"}, NOT_LOCAL_HOST),  # a request without a Host
        ("local", REAL, "127.0.0.1", {"Host": "localhost", "host": "evil.example"}, NOT_LOCAL_HOST),
        ("local", REAL, "127.0.0.1", HERE | {"X-Forwarded-For": "10.0.0.1"}, FORWARDED),
        ("local", REAL, "127.0.0.1", HERE | {"x-forwarded-proto": "https"}, FORWARDED),
        ("local", REAL, "127.0.0.1", HERE | {"Forwarded": "for=10.0.0.1"}, FORWARDED),
        ("local", REAL, "127.0.0.1", HERE | {"X-Real-IP": "10.0.0.1"}, FORWARDED),
        ("local", REAL, "127.0.0.1", HERE | {"Via": "1.1 proxy"}, FORWARDED),
        ("local", REAL, "127.0.0.1", HERE | {"X-Original-Forwarded-For": "10.0.0.1"}, FORWARDED),
        ("local", REAL, "127.0.0.1", HERE | {"X-Cluster-Client-Ip": "10.0.0.1"}, FORWARDED),
        ("local", SIMULATED, "0.0.0.0", HERE, NOT_LOOPBACK),  # who asks for local gets local
    ],
)
def test_a_visitor_is_refused_with_the_reason(
    mode: str | None, simulated: bool, address: str | None, headers: dict[str, str], reason: str | None
) -> None:
    assert refusal(mode, simulated, address, headers) == reason


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("LOCALHOST:8501", True),
        ("127.0.0.1", True),
        ("127.8.8.8:80", True),
        ("[::1]", True),
        ("::1", True),
        ("", False),
        (None, False),
        ("localhost.evil.example", False),
        ("127.0.0.1@evil.example", False),
        ("10.0.0.1", False),
        ("[::1]evil.example", False),
        ("0", False),
    ],
)
def test_only_this_computer_is_loopback(host: str | None, loopback: bool) -> None:
    assert is_loopback(host) is loopback

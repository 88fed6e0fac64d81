"""Visitors without a right, on a freshly started server, by a raw websocket: they get a reason and no data."""

from collections.abc import Callable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from support.databases import Template
from support.raw_visit import elements, first_visit
from support.servers import Server
from support.templates import AGENCY
from websockets.exceptions import InvalidStatus

HEADER = "source_id,started_at,status,agent\n"
ROW = "secret-call,2026-05-06T10:00:00+02:00,answered,BO\n"
ADDRESSES = ["", "calls", "sources", "pages/service/calls", "pages/parts/calls", "service/calls", "welcome", "nowhere"]
HARMLESS = {"alert", "markdown", "button_group", "heading"}


def shows_data(messages: list[ForwardMsg]) -> bool:
    return not set(elements(messages)) <= HARMLESS or any(b"secret" in m.SerializeToString() for m in messages)


REAL_DATA = Template("real_data", lambda load: load.all_of(("calls", HEADER + ROW)), AGENCY)


@pytest.mark.parametrize("page", ADDRESSES)
def test_the_first_visitor_of_a_fresh_server_sees_no_data_in_the_refused_mode(
    page: str, serve_copy_of: Callable[..., Server]
) -> None:
    server = serve_copy_of(REAL_DATA, SVARTID_ACCESS="")  # nobody said who may see the data
    messages = first_visit(server.port, page, {})
    assert not shows_data(messages)
    assert "alert" in elements(messages)


def test_local_shows_data_here_and_nothing_to_anybody_else(serve_copy_of: Callable[..., Server]) -> None:
    server = serve_copy_of(REAL_DATA)
    port = server.port
    assert shows_data(first_visit(port, "calls", {}))
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"):
        forwarded = first_visit(port, "calls", {header: "203.0.113.9"})
        assert not shows_data(forwarded), header
        assert "alert" in elements(forwarded)
    for host in ("evil.example", "127.0.0.1.evil.example"):
        with pytest.raises(InvalidStatus) as refused:
            first_visit(port, "calls", {}, host)
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus):
        first_visit(port, "calls", {"Origin": "http://evil.example"})


@pytest.mark.parametrize("address", ["0.0.0.0", ""])
def test_local_is_refused_where_the_server_listens_to_others(
    address: str, serve_copy_of: Callable[..., Server]
) -> None:
    server = serve_copy_of(REAL_DATA, f"--server.address={address}")
    messages = first_visit(server.port, "calls", {})
    assert not shows_data(messages)
    assert "alert" in elements(messages)

"""A visitor without a browser: a raw websocket with whatever headers and cookies he likes."""

import json
from socket import create_connection
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from websockets.sync.client import connect

DATA_ELEMENTS = {"dataframe", "table", "metric", "page_link", "bidi_component", "vega_lite_chart", "imgs"}


def first_visit(
    port: int,
    page: str,
    headers: dict[str, str],
    host: str = "127.0.0.1",
    query: str = "",
    subprotocols: tuple[str, ...] = ("streamlit",),
) -> list[ForwardMsg]:
    """What the server sends to a visitor who asks for a page, until his script run ends."""
    received = []
    line = create_connection(("127.0.0.1", port))
    with connect(
        f"ws://{host}:{port}/_stcore/stream",
        sock=line,
        subprotocols=list(subprotocols),
        additional_headers=headers,
        max_size=None,
    ) as socket:
        request = BackMsg()
        request.rerun_script.query_string = query
        request.rerun_script.page_name = page
        socket.send(request.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket.recv(timeout=60))
            received.append(message)
            if message.WhichOneof("type") == "script_finished":
                return received


def elements(messages: list[ForwardMsg]) -> list[str]:
    deltas = [message.delta for message in messages if message.WhichOneof("type") == "delta"]
    return [str(delta.new_element.WhichOneof("type")) for delta in deltas if delta.WhichOneof("type") == "new_element"]


def signed_in(
    port: int, secret: str, claims: dict[str, Any], *, with_token: bool = True, origin: str | None = None
) -> dict[str, Any]:
    """The headers and subprotocols of a browser with a login cookie, signed with a secret, for `first_visit`."""
    own = f"http://127.0.0.1:{port}"
    payload = json.dumps({"origin": own if origin is None else origin, "is_logged_in": True} | claims)
    cookie = create_signed_value(secret, "_streamlit_user", payload).decode()
    token = generate_xsrf_token_string()
    headers = {"Origin": own, "Cookie": f"_streamlit_user={cookie}; _streamlit_xsrf={token}"}
    return {"headers": headers, "subprotocols": ("streamlit", token) if with_token else ("streamlit",)}

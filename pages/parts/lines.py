"""What one browser may ask of the app over its websocket: how many lines, how much at once, how often."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

MOST_LINES_PER_LOGIN = 30
"""Each tab has one line; more tabs than that nobody reads."""
MOST_LINES_PER_ADDRESS = 300
"""A whole office has one address; nginx says the same number."""
MOST_BYTES = 256 * 1024
"""What a page sends is a few kilobytes: its filters, and which rows are chosen."""
MESSAGES_PER_SECOND, MESSAGES_AT_ONCE = 10.0, 60
ASKED_BY_PAGES = ("rerun_script", "stop_script", "app_heartbeat", "backend_operation_request")
"""Everything else that Streamlit would do for anybody (`clear_cache` empties every viewer's cache) is not done."""
POLICY_VIOLATION, TOO_BIG = 1008, 1009


@dataclass
class Allowance:
    """Messages that may come at once; what is used grows again by so many a second."""

    left: float = MESSAGES_AT_ONCE
    counted_at: float = field(default_factory=time.monotonic)

    def seconds_to_wait(self, now: float) -> float:
        """Take one message from the allowance; for how long the next one has to wait because of it."""
        self.left = min(MESSAGES_AT_ONCE, self.left + (now - self.counted_at) * MESSAGES_PER_SECOND) - 1
        self.counted_at = now
        return max(0.0, -self.left / MESSAGES_PER_SECOND)


class Lines:
    """The open lines of a process, by who opened them: a login or, where nobody signs in, an address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.open_lines: Counter[str] = Counter()
        self.allowances: dict[str, Allowance] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        address = f"address {scope['client'][0] if scope['client'] else ''}"
        login = scope.get("state", {}).get("login")
        bounds = {address: MOST_LINES_PER_ADDRESS} | ({f"login {login}": MOST_LINES_PER_LOGIN} if login else {})
        if any(self.open_lines[who] >= most for who, most in bounds.items()):
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        # Colleagues behind one address do not share an allowance where it is known who they are.
        who = f"login {login}" if login else f"line {id(scope)}"
        allowance = self.allowances.setdefault(who, Allowance())
        self.open_lines.update({who, *bounds})
        try:
            await self.app(scope, slowed_down(receive, send, allowance), send)
        finally:
            self.open_lines.subtract({who, *bounds})
            if not self.open_lines[who]:
                del self.allowances[who]
            self.open_lines += Counter()  # forgets who has none left


def slowed_down(receive: Receive, send: Send, allowance: Allowance) -> Receive:
    """Hands on what pages ask, not faster than the allowance grows. The network holds back what has to wait."""

    async def receive_next() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            await asyncio.sleep(allowance.seconds_to_wait(time.monotonic()))
            data = message.get("bytes") or b""
            if len(data) > MOST_BYTES:
                await send({"type": "websocket.close", "code": TOO_BIG})
                return {"type": "websocket.disconnect", "code": TOO_BIG}
            if not data or is_asked_by_pages(data):
                return message

    return receive_next


def is_asked_by_pages(data: bytes) -> bool:
    """Whether a message is one that pages send; what cannot be read is left to Streamlit, which ends the line."""
    try:
        return BackMsg.FromString(data).WhichOneof("type") in (*ASKED_BY_PAGES, None)
    except DecodeError:
        return True

"""What one browser may ask of the app over its websocket: how many lines, how much at once, how often."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
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
FLOOD_COSTS = 300
"""Messages that a flood takes from the allowance: for half a minute no new line is opened."""
POLICY_VIOLATION, TOO_BIG = 1008, 1009


@dataclass
class Allowance:
    """Messages that may come at once; what is used grows again by so many a second."""

    left: float = MESSAGES_AT_ONCE
    counted_at: float = field(default_factory=time.monotonic)

    def seconds_to_wait(self, now: float, messages: int = 1) -> float:
        """Take messages from the allowance; for how long the next one has to wait because of it."""
        self.left = min(MESSAGES_AT_ONCE, self.left + (now - self.counted_at) * MESSAGES_PER_SECOND) - messages
        self.counted_at = now
        return max(0.0, -self.left / MESSAGES_PER_SECOND)

    def is_whole(self, now: float) -> bool:
        self.seconds_to_wait(now, messages=0)
        return self.left >= MESSAGES_AT_ONCE


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
        # Colleagues behind one address do not share an allowance where it is known who they are.
        who, now = f"login {login}" if login else f"line {id(scope)}", time.monotonic()
        allowance = self.allowances.setdefault(who, Allowance())
        is_full = any(self.open_lines[holder] >= most for holder, most in bounds.items())
        if is_full or allowance.seconds_to_wait(now, messages=0):
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        self.open_lines.update({who, *bounds})
        line = Line(receive, send, allowance)
        reading = asyncio.create_task(line.read())
        try:
            await self.app(scope, line.receive, send)
        finally:
            reading.cancel()
            self.open_lines.subtract({who, *bounds})
            self.open_lines += Counter()  # forgets who has none left
            now = time.monotonic()
            self.allowances = {
                holder: one
                for holder, one in self.allowances.items()
                if holder in self.open_lines or not one.is_whole(now)
            }


class Line:
    """One line: hands on what pages ask, not faster than the allowance grows, and ends where more waits than that."""

    def __init__(self, receive: Receive, send: Send, allowance: Allowance) -> None:
        self.source, self.send, self.allowance = receive, send, allowance
        self.waiting: asyncio.Queue[Message] = asyncio.Queue()
        self.has_ended = asyncio.Event()

    async def read(self) -> None:
        """Take in what comes as it comes: what is left to the network is kept in memory without bounds there."""
        while True:
            message = await self.source()
            if message["type"] == "websocket.receive":
                code = TOO_BIG if len(message.get("bytes") or b"") > MOST_BYTES else None
                if self.waiting.qsize() >= MESSAGES_AT_ONCE:
                    self.allowance.seconds_to_wait(time.monotonic(), FLOOD_COSTS)
                    code = POLICY_VIOLATION
                if code is not None:
                    await self.send({"type": "websocket.close", "code": code})
                    self.has_ended.set()
                    self.waiting.put_nowait({"type": "websocket.disconnect", "code": code})
                    return
            self.waiting.put_nowait(message)
            if message["type"] == "websocket.disconnect":
                return

    async def receive(self) -> Message:
        while True:
            message = await self.waiting.get()
            if message["type"] != "websocket.receive":
                return message
            with suppress(TimeoutError):
                await asyncio.wait_for(self.has_ended.wait(), self.allowance.seconds_to_wait(time.monotonic()))
            data = message.get("bytes") or b""
            if not self.has_ended.is_set() and (not data or is_asked_by_pages(data)):
                return message


def is_asked_by_pages(data: bytes) -> bool:
    """Whether a message is one that pages send; what cannot be read is left to Streamlit, which ends the line."""
    try:
        return BackMsg.FromString(data).WhichOneof("type") in (*ASKED_BY_PAGES, None)
    except DecodeError:
        return True

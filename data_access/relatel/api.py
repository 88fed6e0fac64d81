"""Asking Relatel: GET and nothing else, patiently, within a budget of requests, and never taking silence for zero."""

import json
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from data_access.errors import UserError

DEFAULT_ADDRESS = "https://app.relatel.dk/api/v2"
CALLS_PER_PAGE = 100
ATTEMPTS = 5
REFUSED_ATTEMPTS = 2
"""A token that is refused is seldom accepted a moment later."""
LONGEST_WAIT_SECONDS = 60.0
LONGEST_RETRY_AFTER_SECONDS = 15 * 60.0
LONGEST_PATIENCE_SECONDS = 30.0
"""Who is asked to come back later than that goes away, and says so meanwhile."""
LARGEST_ANSWER = 32 * 1024 * 1024
LONGEST_TEXT = 500
FARTHEST_CLOCK_SECONDS = 10**9
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Problem = Literal[
    "unauthorised", "forbidden", "rate_limited", "server_error", "timeout", "unreachable", "half_page", "not_json",
    "changed", "refused",
]  # fmt: skip


class NotConfiguredError(UserError):
    """What is needed to ask is missing; the text says what to set."""


class DisconnectedError(Exception):
    """The source does not answer as it should. `problem`: in what way; the text says what it answered."""

    def __init__(self, problem: Problem, detail: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.problem = problem
        self.retry_after_seconds = retry_after_seconds


class StoppedError(Exception):
    """The program was asked to stop while it waited."""


@dataclass(frozen=True)
class Clock:
    """The clocks of one run. `monotonic` in seconds; `pause` waits so many and raises `StoppedError` when asked to."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    pause: Callable[[float], None]


@dataclass
class RelatelApi:
    """The documented reads of one Relatel account, at most `requests_per_minute` of them."""

    address: str
    token: str
    clock: Clock
    requests_per_minute: int
    timeout_seconds: float = 30.0
    requests: int = 0
    clock_ahead_seconds: int | None = None
    _asked: deque[float] = field(default_factory=deque)
    _client: httpx.Client = field(init=False)

    def __enter__(self) -> "RelatelApi":
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        # Redirects are not followed: the token belongs to this address alone. No proxy or .netrc gets it either.
        self._client = httpx.Client(headers=headers, timeout=self.timeout_seconds, trust_env=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def calls(self, **parameters: str) -> list[Any]:
        """One page of calls, newest first: at most 100. A short page is not the end; an empty one is.

        Raises `DisconnectedError`. Entries that are no calls of the documented form are asked for again first, and then
        handed on as they are.
        """
        page = {"limit": str(CALLS_PER_PAGE), **parameters}
        return self.get("/calls", "calls", page, has_form=is_documented_call)

    def listed(self, path: str, name: str) -> list[Any]:
        """Employees, groups, receptions or voicemails: a list, bare or under its name. Raises `DisconnectedError`."""
        return self.get(path, name, {}, has_form=is_documented_entry)

    def get(self, path: str, name: str, parameters: dict[str, str], has_form: Callable[[Any], bool]) -> list[Any]:
        last: list[Any] | None = None

        def once() -> list[Any]:
            nonlocal last
            last = None
            answer = self.ask(path, parameters)
            entries = answer.get(name) if isinstance(answer, dict) else answer
            if not isinstance(entries, list):
                raise DisconnectedError("changed", f"{path}: has no list of {name}")
            last = entries
            if wrong := next((entry for entry in entries if not has_form(entry)), None):
                raise DisconnectedError("changed", f"{path}: an entry has another form: {shortened(wrong)}")
            return entries

        retrying = Retrying(
            retry=retry_if_exception_type(DisconnectedError),
            stop=stop_trying,
            wait=wait_before_next,
            sleep=self.clock.pause,
            reraise=True,
        )
        try:
            return retrying(once)
        except DisconnectedError:
            if last is None:
                raise
            return last  # every time of another form: the good entries load, the others are set aside one by one

    def ask(self, path: str, parameters: dict[str, str]) -> Any:
        """One request. Raises `DisconnectedError`."""
        self.clock.pause(0)
        self.keep_to_the_budget()
        self.requests += 1
        deadline = self.clock.monotonic() + 2 * self.timeout_seconds
        body = bytearray()
        try:
            with self._client.stream("GET", self.address + path, params=parameters) as answer:
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST_ANSWER:
                        raise DisconnectedError("changed", f"{path}: answers with more than {LARGEST_ANSWER} bytes")
                    if self.clock.monotonic() > deadline:
                        raise DisconnectedError("timeout", f"{path}: the answer takes too long")
        except httpx.TimeoutException:
            raise DisconnectedError("timeout", f"{path}: no answer within {self.timeout_seconds:g} s") from None
        except httpx.RemoteProtocolError:
            raise DisconnectedError("half_page", f"{path}: the answer ends in the middle") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DisconnectedError("unreachable", f"{path}: {type(error).__name__}") from None
        self.compare_clocks(answer)
        refuse_errors(path, answer, self.clock.now())
        try:
            return cleaned(json.loads(bytes(body)))
        except (ValueError, RecursionError):
            raise DisconnectedError("not_json", f"{path}: the answer is not JSON") from None

    def keep_to_the_budget(self) -> None:
        """Wait until fewer requests than allowed lie in the last minute."""
        now = self.clock.monotonic()
        while self._asked and self._asked[0] <= now - 60:
            self._asked.popleft()
        if len(self._asked) >= self.requests_per_minute:
            self.clock.pause(self._asked.popleft() + 60 - now)
        self._asked.append(self.clock.monotonic())

    def compare_clocks(self, answer: httpx.Response) -> None:
        try:
            theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
            ahead = round((theirs.astimezone(UTC) - self.clock.now()).total_seconds())
        except (ValueError, TypeError, OverflowError):
            return
        self.clock_ahead_seconds = min(max(ahead, -FARTHEST_CLOCK_SECONDS), FARTHEST_CLOCK_SECONDS)


def cleaned(answer: Any) -> Any:
    """An answer without what no database takes: NUL, halves of characters, texts longer than any name or id."""
    if isinstance(answer, str):
        return answer.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_TEXT]
    if isinstance(answer, list):
        return [cleaned(part) for part in answer]
    if isinstance(answer, dict):
        return {cleaned(name): cleaned(value) for name, value in answer.items()}
    return answer


def refuse_errors(path: str, answer: httpx.Response, now: datetime) -> None:
    if answer.status_code == 200:
        return
    problem: Problem
    match answer.status_code:
        case 401:
            problem = "unauthorised"
        case 403:
            problem = "forbidden"
        case 429:
            problem = "rate_limited"
        case code if code >= 500:
            problem = "server_error"
        case _:
            problem = "refused"
    raise DisconnectedError(problem, f"{path}: answers {answer.status_code}", retry_after(answer, now))


def retry_after(answer: httpx.Response, now: datetime) -> float | None:
    """How long the source asks to be left alone: seconds, or until a date; never longer than a quarter of an hour."""
    header = answer.headers.get("Retry-After", "").strip()
    try:
        seconds = float(header) if header.isdigit() else (parsedate_to_datetime(header) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def stop_trying(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, DisconnectedError) and (error.retry_after_seconds or 0) > LONGEST_PATIENCE_SECONDS:
        return True
    was_refused = isinstance(error, DisconnectedError) and error.problem in ("unauthorised", "forbidden", "refused")
    return stop_after_attempt(REFUSED_ATTEMPTS if was_refused else ATTEMPTS)(state)


def wait_before_next(state: RetryCallState) -> float:
    """What the source asks for, else a random time that doubles: many who wait do not all come back at once."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.retry_after_seconds if isinstance(error, DisconnectedError) else None
    random = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_SECONDS)(state)
    return random if asked_for is None else asked_for + random


def is_documented_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), int | str)


def is_documented_call(entry: Any) -> bool:
    """Whether a call's fields have the documented types; what is missing or null has none."""
    if not isinstance(entry, dict) or not isinstance(entry.get("call_uuid"), str):
        return False
    texts = ("direction", "endpoint", "endpoint_name", "status", "started_at", "answered_at", "ended_at")
    legs = entry.get("nodes")
    return (
        isinstance(entry.get("started_at"), str)
        and all(isinstance(entry.get(name), str | None) for name in texts)
        and isinstance(entry.get("answered_by"), dict | None)
        and isinstance(legs, list | None)
        and all(isinstance(leg, dict) for leg in legs or [])
    )


def shortened(entry: Any) -> str:
    """Which entry it is, without what it says about anybody."""
    return str(entry.get("call_uuid", entry.get("id")))[:40] if isinstance(entry, dict) else type(entry).__name__


def configured_api(clock: Clock, requests_per_minute: int) -> RelatelApi:
    """The account that SVARTID_RELATEL_TOKEN opens, at SVARTID_RELATEL_URL. Raises `NotConfiguredError`."""
    token = os.environ.get("SVARTID_RELATEL_TOKEN", "").strip()
    if not token:
        raise NotConfiguredError("SVARTID_RELATEL_TOKEN is not set: the token that is made in the Relatel account")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise NotConfiguredError("SVARTID_RELATEL_TOKEN holds characters that no access token has")
    address = os.environ.get("SVARTID_RELATEL_URL", DEFAULT_ADDRESS).rstrip("/")
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise NotConfiguredError("SVARTID_RELATEL_URL is no address") from None
    if url.scheme != "https" and not (url.scheme == "http" and url.host in LOOPBACK):
        raise NotConfiguredError("SVARTID_RELATEL_URL begins with https://, so that nobody reads the token on its way")
    return RelatelApi(address, token, clock, requests_per_minute)

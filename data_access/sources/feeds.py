"""A calendar's feed: fetched into a file of its own, and from then on a file like any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import httpx

from data_access.sources.files import FileRefusedError

TIMEOUT_SECONDS, LONGEST_FETCH_SECONDS = 30, 300
MOST_REDIRECTS = 5
LARGEST_FEED = 64 * 1024 * 1024


@contextmanager
def file_of_feed(place: str) -> Iterator[Path]:
    """The file with what an address delivers, for as long as it is read.

    Raises `FileRefusedError` where a feed does not answer, answers with an error, or is larger than a calendar is. An
    address can hold a secret: messages name its host alone.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{host_of(place)}.ics"
        fetch("https://" + place[len("webcal://") :] if place.lower().startswith("webcal://") else place, file)
        yield file


def host_of(address: str) -> str:
    try:
        return httpx.URL(address).host or "feed"
    except httpx.InvalidURL:
        raise FileRefusedError("this address cannot be read") from None


def fetch(address: str, file: Path) -> None:
    name = host_of(address)
    ends = monotonic() + LONGEST_FETCH_SECONDS
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            for _redirect in range(MOST_REDIRECTS + 1):
                with client.stream("GET", address) as answer:
                    if answer.next_request is None:
                        answer.raise_for_status()
                        store(answer, file, name, ends)
                        return
                    # Elsewhere could be an address of the inner network.
                    if answer.next_request.url.host != httpx.URL(address).host:
                        raise FileRefusedError(f"{name}: leads to another host; give the address to which it leads")
                    address = str(answer.next_request.url)
            raise FileRefusedError(f"{name}: leads from one address to the next without end")
    except httpx.HTTPStatusError as error:
        raise FileRefusedError(f"{name}: answers {error.response.status_code}") from None
    except httpx.HTTPError as error:
        raise FileRefusedError(f"{name}: cannot be reached ({type(error).__name__})") from None


def store(answer: httpx.Response, file: Path, name: str, ends: float) -> None:
    """Write what a feed delivers into a file, unless it is too much or takes too long."""
    with file.open("wb") as target:
        for part in answer.iter_bytes():
            target.write(part)
            if target.tell() > LARGEST_FEED:
                raise FileRefusedError(f"{name}: delivers more than {LARGEST_FEED // 1024**2} MB")
            if monotonic() > ends:
                raise FileRefusedError(
                    f"{name}: delivers so slowly that it is not done after {LONGEST_FETCH_SECONDS} s"
                )

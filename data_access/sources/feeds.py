"""A calendar's feed: fetched into a file of its own, and from then on a file like any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from data_access.sources.files import FileRefusedError

TIMEOUT_SECONDS = 30
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
    try:
        with (
            httpx.stream("GET", address, follow_redirects=True, timeout=TIMEOUT_SECONDS) as answer,
            file.open("wb") as target,
        ):
            answer.raise_for_status()
            for part in answer.iter_bytes():
                target.write(part)
                if target.tell() > LARGEST_FEED:
                    raise FileRefusedError(f"{name}: delivers more than {LARGEST_FEED // 1024**2} MB")
    except httpx.HTTPStatusError as error:
        raise FileRefusedError(f"{name}: answers {error.response.status_code}") from None
    except httpx.HTTPError as error:
        raise FileRefusedError(f"{name}: cannot be reached ({type(error).__name__})") from None

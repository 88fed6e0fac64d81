"""Small pictures in tables are whole: whoever answered everything, and whoever answered nothing, is seen at the end."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support.cast import BOB, CARL
from support.databases import Template
from support.servers import Server
from support.templates import AGENCY

from pages.parts.colours import LIGHT

CALLS_EACH = 20


def rings() -> tuple[tuple[str, str], ...]:
    """Bob answered each of his calls, Carl none."""
    calls, phones = ["source_id,started_at,queue,queue_source"], ["call,agent,rang_at,ring_seconds,outcome"]
    for number in range(CALLS_EACH):
        for agent, outcome in ((BOB, "answered"), (CARL, "no_answer")):
            at = f"2026-05-06T{10 + number // 10}:{number % 10 * 5:02d}:00+02:00"
            calls.append(f"{agent}{number},{at},Reception,file")
            phones.append(f"{agent}{number},{agent},{at},30,{outcome}")
    return ("calls", "\n".join(calls) + "\n"), ("rings", "\n".join(phones) + "\n")


def marks_in(picture: bytes) -> list[tuple[int, int]]:
    """Left edge and row of each upright mark: solid ink of the mark's width and at least 15 pixels high."""
    ink = np.array([int(LIGHT.ink[at : at + 2], 16) for at in (1, 3, 5)])
    pixels = np.abs(np.asarray(Image.open(BytesIO(picture)).convert("RGB")).astype(int) - ink).max(axis=2) < 40
    found = []
    for x in range(1, pixels.shape[1] - 2):
        column = pixels[:, x] & pixels[:, x + 1]
        runs = np.flatnonzero(np.diff(np.concatenate(([0], column.astype(int), [0]))))
        for top, bottom in zip(runs[::2], runs[1::2], strict=True):
            if 15 <= bottom - top <= 30 and not any(abs(x - left) < 6 and abs(top - row) < 6 for left, row in found):
                found.append((x, int(top)))
    return found


@pytest.fixture(scope="module")
def server(serve_copy_of: Callable[..., Server]) -> Server:
    return serve_copy_of(Template("rings", lambda load: load.all_of(*rings()), AGENCY))


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1366, 768), (390, 844)])
def test_the_marks_at_0_and_at_100_per_cent_are_seen(
    server: Server, visit: Callable[..., Any], width: int, height: int
) -> None:
    visitor = visit(width=width, height=height)
    visitor.open(server.url("/calls"), "Calls")
    table = visitor.page.locator(".st-key-calls [data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    table.hover()
    visitor.page.mouse.wheel(2000, 0)  # on a phone the pictures lie to the right
    visitor.settle()
    marks = marks_in(table.screenshot())
    assert len(marks) == 2, marks
    (bobs, first_row), (carls, second_row) = sorted(marks, key=lambda mark: mark[1])
    assert second_row - first_row == pytest.approx(35, abs=2)
    assert bobs - carls == pytest.approx(117, abs=3)  # from one end of the track to the other

"""The KC list (K1): 27 handlers, three portfolios, KC ignored, BOF said to stand twice."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.databases import NOW
from support.places import SHARED_DATA

from data_access.loading.load import load_file
from data_access.sources.files import FileRefusedError
from data_access.sources.kc_list import entries_of_line, read_kc_list
from metrics.house_rules import HouseRules

AGENCYS_LIST = SHARED_DATA / "kc_list.txt"
needs_the_list = pytest.mark.skipif(not AGENCYS_LIST.is_file(), reason=f"{AGENCYS_LIST.name} is not beside the project")


@needs_the_list
def test_the_agencys_list_gives_27_handlers_and_3_portfolios_and_says_that_bof_stood_twice() -> None:
    found = read_kc_list(AGENCYS_LIST)
    assert len(found.handlers) == 27
    assert found.portfolios == ["Leasing biler", "DBR biler", "Goldwing"]
    assert "KC" not in found.handlers
    assert [(notice.row, notice.reason) for notice in found.notices] == [
        (8, "KC is the desk itself and is ignored"),
        (8, "BOF stands twice, first in row 4; it counts once"),
    ]


@needs_the_list
@pytest.mark.usefixtures("load")
def test_loading_the_list_twice_changes_nothing(
    house_rules: HouseRules, rows_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    first, second = (load_file("kc-list", AGENCYS_LIST, None, house_rules, lambda: NOW) for _ in range(2))
    assert (first.rows_read, first.loaded, first.unchanged, first.rejected) == (32, 30, 1, 1)
    assert (second.loaded, second.unchanged, second.rejected) == (0, 31, 1)
    assert rows_of("SELECT kind, count(*) FROM kc_list GROUP BY kind ORDER BY kind") == [
        ("handler", 27),
        ("portfolio", 3),
    ]


@pytest.mark.usefixtures("load")
def test_the_list_in_force_replaces_the_former_one(
    tmp_path: Path, house_rules: HouseRules, rows_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    file = tmp_path / "list.txt"
    for day, content in enumerate(("AB CD Leasing biler\n", "AB EF\n", "AB GH\n", "AB EF\n")):
        file.write_text(content)
        load_file("kc-list", file, None, house_rules, lambda day=day: NOW + timedelta(days=min(day, 2)))
    # From 7 May, from 8 May, and on 9 May first GH and then EF again: whoever stood on it for no whole day never did.
    assert [
        (name, str(begun), ended and str(ended))
        for name, begun, ended in rows_of("SELECT name, from_date, to_date FROM kc_list ORDER BY name")
    ] == [
        ("AB", "2026-05-07", None),
        ("CD", "2026-05-07", "2026-05-08"),
        ("EF", "2026-05-08", None),
        ("Leasing biler", "2026-05-07", "2026-05-08"),
    ]


@pytest.mark.parametrize(
    ("line", "entries"),
    [
        ("BJR LLK JAH DBR biler", ["BJR", "LLK", "JAH", "DBR biler"]),  # DBR is the portfolio's name here
        ("AKJ Goldwing", ["AKJ", "Goldwing"]),
        ("", []),
        ("biler", ["biler"]),
    ],
)
def test_a_word_in_small_letters_belongs_to_the_word_before_it(line: str, entries: list[str]) -> None:
    assert entries_of_line(line) == entries


@pytest.mark.parametrize(("content", "reason"), [(b"", "is empty"), (b"\xff\xfeA", "not text in UTF-8")])
def test_a_list_that_is_no_text_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(content)
    with pytest.raises(FileRefusedError, match=reason):
        read_kc_list(file)

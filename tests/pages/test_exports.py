"""What a page says of a file that somebody exported: nearly all is not all (tests/exports)."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from support.databases import Load
from support.places import ROOT
from support.seen import texts

EXPORTS = ROOT / "tests" / "exports"


def test_one_customer_of_2500_who_reached_nobody_is_never_hidden_by_rounding(
    load: Load, open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("teams", "agents", "memberships", "aliases", "buddies"):
        load(kind, (EXPORTS / "agency" / f"{kind}.csv").read_text())
    case = EXPORTS / "nearly_all_is_not_all"
    made = subprocess.run([sys.executable, str(case / "make.py")], capture_output=True, text=True, check=True)
    load("calls", made.stdout, (case / "calls.toml").read_text())
    monkeypatch.setenv("SVARTID_NOW", "2026-11-20T14:00:00+01:00")
    app = open_app("pages/service/calls.py")
    said = texts(app)
    assert "2,499 of 2,500" in said
    assert "100 %" not in said
    assert "100.0 %" not in said
    assert "(99.9 %)" in said

"""The house rules: each is declared once, decided by functions that exist, and written down in docs/rules.md."""

import re
from importlib import import_module

import pytest
from support.places import ROOT
from support.rules_document import DOCUMENT, as_document

from metrics.house_rules import HouseRules
from metrics.rules import RULES, Rule
from pages.parts.menu import ADDRESSES

ID = r"\b[ABCKPQR][1-9]\b"
CODE = [
    file
    for floor in ("metrics", "data_access", "pages")
    for file in sorted((ROOT / floor).rglob("*"))
    if file.suffix in (".py", ".toml") and file.name != "rules.py"
]


def test_the_document_says_what_is_declared() -> None:
    # PYTHONPATH=.:tests python -m support.rules_document writes it anew.
    assert DOCUMENT.read_text() == as_document()


def test_every_rule_that_the_code_names_is_declared_and_every_declared_rule_is_named() -> None:
    named = {rule for file in CODE for rule in re.findall(ID, file.read_text())}
    assert named == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_a_rule_names_exists(rule: Rule, house_rules: HouseRules) -> None:
    for path in rule.decided_by:
        module, _, name = path.rpartition(".")
        assert callable(getattr(import_module(module), name)), path
    for setting in rule.settings:
        value: object = house_rules
        for name in setting.split("."):
            value = getattr(value, name)
    assert set(rule.shown_on) <= ADDRESSES
    assert rule.shown_on
    assert rule.text.endswith(".")

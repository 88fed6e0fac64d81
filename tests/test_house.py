"""The house itself: files, gates, catalogues and documentation hold together; who may import whom is lint-imports'."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from data_access.__main__ import app
from data_access.sources.kinds import KINDS
from metrics.figures import FIGURES

ROOT = Path(__file__).parents[1]
TRANSLATED = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py")), *sorted((ROOT / "metrics").rglob("*.py"))]
PAGES = [
    file
    for file in sorted((ROOT / "pages").rglob("*.py"))
    if file.parent.name not in ("parts", "views", "digest", "pages")
]


def test_no_script_lies_directly_in_pages() -> None:
    # Streamlit would serve it past app.py and its gate until the first visitor has come.
    assert list((ROOT / "pages").glob("*.py")) == []


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_the_first_statement_of_a_page_passes_the_gate(page: Path) -> None:
    statements = [
        node for node in ast.parse(page.read_text()).body if not isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert ast.unparse(statements[1]) == "viewer = enter()"  # the docstring comes before it


def test_the_first_statement_of_each_look_passes_the_gate() -> None:
    door, menu = (ast.parse((ROOT / file).read_text()).body for file in ("app.py", "pages/parts/menu.py"))
    [choice] = [node for node in door if isinstance(node, ast.If)]
    assert ast.unparse(choice.test) == "__name__ == '__main__'"
    assert [ast.unparse(node) for node in choice.body[1:]] == ["open_page()"]
    [look] = [node for node in menu if isinstance(node, ast.FunctionDef) and node.name == "open_page"]
    assert ast.unparse(look.body[1]) == "viewer = gate.viewer_or_stop()"  # the docstring comes before it


def test_what_looks_again_by_itself_passes_the_gate_each_time_and_is_no_touch() -> None:
    fragments = [
        node
        for file in sorted((ROOT / "pages").rglob("*.py"))
        if file.name != "gate.py"  # its own look again for a login and a database, and show nothing
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and any("fragment" in ast.unparse(one) for one in node.decorator_list)
    ]
    assert len(fragments) == 3
    for fragment in fragments:
        assert "enter(is_touch=False)" in ast.unparse(fragment.body[1])  # the docstring comes before it


def messages_in_code() -> set[str]:
    found: set[str] = set()
    for file in TRANSLATED:
        keywords = {"_": None, "N_": None, "ngettext": (1, 2)}
        for _, message, _, _ in extract_from_file("python", str(file), keywords=keywords):
            found |= set(message) if isinstance(message, tuple) else {message}
    return found


def test_everything_a_user_reads_exists_in_danish_with_the_same_placeholders() -> None:
    with (ROOT / "pages/parts/catalogues/da.po").open("rb") as file:
        catalogue = read_po(file)
    danish: dict[str, str] = {}
    for message in catalogue:
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            danish |= dict(zip(ids, texts, strict=True))
    assert danish.keys() == messages_in_code()
    for english, text in danish.items():
        assert text, english
        assert set(re.findall(r"{\w+", text)) == set(re.findall(r"{\w+", english)), english


def test_every_figure_has_a_definition_a_rule_and_rows() -> None:
    for figure in FIGURES.values():
        assert figure.label
        assert figure.definition.endswith(".")
        assert figure.matters.endswith(".")
        assert figure.misleads.endswith(".") or figure.id == "attempts_unverifiable"
        assert re.fullmatch(r"[A-Z]\d", figure.rule)
        assert figure.opens
        assert (figure.unit == "count") == (figure.denominator is None)


def test_every_command_and_every_kind_of_file_is_documented() -> None:
    documented = (ROOT / "README.md").read_text() + (ROOT / "docs/loading.md").read_text()
    commands = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    for name in [*commands, *KINDS]:
        assert f"`{name}`" in documented, name


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].fields])
def test_every_field_of_a_kind_is_documented(kind: str) -> None:
    section = (ROOT / "docs/loading.md").read_text().split(f"### `{kind}`")[1].split("\n### ")[0]
    for field in KINDS[kind].fields:
        assert f"`{field}`" in section, field

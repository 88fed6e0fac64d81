"""docs/developers.md adds a figure, a rule and a page step by step: followed in a copy of the repository, they work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.places import ROOT

STEP = re.compile(
    r"<!-- (?P<how>new|append to|into) (?P<file>\S+)(?: (?P<where>before|instead of): (?P<anchor>.+?))? -->\n"
    r"```\w+\n(?P<text>.*?)```\n",
    re.DOTALL,
)
COPIED = ("app.py", "metrics", "data_access", "pages", "docs", "tests", "pyproject.toml", "README.md", ".streamlit")
TESTS = (
    "tests/test_house.py",
    "tests/test_rules.py",
    "tests/metrics/test_calls.py::test_a_minute_is_in_time_and_a_second_more_is_too_long",
    "tests/data_access/test_calls.py::test_one_of_five_customers_gave_up[sqlite]",
    "tests/data_access/test_calls.py::test_every_figure_opens_as_many_rows_as_it_says_for_every_filter[sqlite]",
    "tests/pages/test_smoke.py::test_every_page_opens_in_both_languages[sqlite]",
)


def follow(step: re.Match[str], copy: Path) -> None:
    file, text = copy / step["file"], step["text"]
    if step["how"] == "new":
        assert not file.exists(), step["file"]
        file.write_text(text)
        return
    before = file.read_text()
    if step["how"] == "append to":
        file.write_text(before + text)
        return
    anchor = step["anchor"].replace(r"\n", "\n")
    assert before.count(anchor) == 1, (step["file"], anchor)
    new = text + anchor if step["where"] == "before" else text.rstrip("\n")
    file.write_text(before.replace(anchor, new))


def run_in(copy: Path, *command: str, path: str = ".") -> None:
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_whoever_follows_the_steps_has_a_figure_a_rule_and_a_page(tmp_path: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, tmp_path / name)
    document = (ROOT / "docs" / "developers.md").read_text()
    steps = list(STEP.finditer(document))
    assert len(steps) == document.count("<!-- ")
    for step in steps:
        follow(step, tmp_path)
    run_in(tmp_path, sys.executable, "-m", "support.rules_document", path=".:tests")
    run_in(tmp_path, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    run_in(tmp_path, str(Path(sys.executable).with_name("lint-imports")), "--no-cache")

"""The container's image, step by step as the Dockerfile says, without Docker: the program runs from what is copied,
with what is installed, as nobody in particular, and writes nothing beside itself."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.places import ROOT
from support.servers import environment_without_settings, free_port, says_ok, until

DEPLOY = ROOT / "docs/deploy"
NOBODY = 10001
PYTHON = Path(sys.executable).resolve()


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with what stands behind it."""
    lines = [line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _space, rest in (line.partition(" ") for line in lines)]


@pytest.fixture
def image() -> Iterator[Path]:
    """A folder in which everything stands that would stand in the image; another user may read it."""
    folder = Path(tempfile.mkdtemp(prefix="svartid-image-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_every_step_of_the_dockerfile_makes_a_program_that_runs_as_nobody(image: Path) -> None:
    programs, place, settings = image / "python/bin", image, environment_without_settings()
    user: int | None = None
    for word, rest in steps():
        match word:
            case "FROM":
                assert rest == "python:3.11-slim"
                subprocess.run([PYTHON, "-m", "venv", programs.parent], check=True)
                settings |= {"PATH": f"{programs}:{settings['PATH']}"}
            case "WORKDIR":
                place = image / rest.strip("/")
                place.mkdir(parents=True)
            case "COPY":
                *sources, target = rest.split()
                for source in sources:
                    copy(ROOT / source, place / target, is_folder=target.endswith(("/", ".")))
            case "RUN":
                subprocess.run(shlex.split(rest), cwd=place, env=settings, check=True)
            case "USER":
                user = NOBODY if may_be_nobody() else None
                assert rest == f"{NOBODY}:{NOBODY}"
            case "ENV":
                settings |= dict(setting.split("=") for setting in rest.split())
            case _:
                raise AssertionError(f"{word} is an instruction that this test does not know")
    before = files_of(place)
    home = image / "tmp"
    home.mkdir()
    if user is not None:
        os.chown(home, user, user)
    settings |= {"HOME": str(home), "DATABASE_URL": f"sqlite:///{home}/svartid.db", "SVARTID_ACCESS": "local"}
    subprocess.run(["python", "-m", "data_access", "init"], cwd=place, env=settings, user=user, check=True)
    port = free_port()
    process = subprocess.Popen(command_of_a_process(port), cwd=place, env=settings, user=user)
    try:
        until(lambda: says_ok(f"http://127.0.0.1:{port}/_stcore/health"), "the app answers")
    finally:
        process.terminate()
        process.wait()
    assert files_of(place) == before


def may_be_nobody() -> bool:
    """Only root becomes somebody else, and only where others may start this Python."""
    return os.geteuid() == 0 and all(folder.stat().st_mode & 0o001 for folder in (PYTHON, *PYTHON.parents))


def copy(source: Path, target: Path, *, is_folder: bool) -> None:
    """As COPY does: what a folder holds, or a file, into a folder where the target is called one."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target = target / source.name if is_folder else target
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def files_of(folder: Path) -> set[Path]:
    return {file.relative_to(folder) for file in folder.rglob("*") if "python" not in file.parts}


def command_of_a_process(port: int) -> list[str]:
    """What compose.yaml starts, without the secrets that are not there."""
    text = (DEPLOY / "compose.yaml").read_text()
    said = re.search(r"exec (streamlit run .*?) --secrets", re.sub(r"\s+", " ", text))
    assert said is not None
    return shlex.split(said[1].replace("$$PORT", str(port)).replace("${SVARTID_HOST:?}", "127.0.0.1"))

"""Programs of the project that need not start: each is a copy of one process that has read the code already.

Starting takes longer than most of what tests let programs do. A copy has its own memory, its own environment and its
own connections, prints into its own files, and can be killed like any other process.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest
from support.places import ROOT

COMMAND_LINE = "from data_access.__main__ import main; main()"
COPIES = multiprocessing.get_context("forkserver")
# All that a program may import, but for the pages; none of it opens a database before it is told which.
COPIES.set_forkserver_preload(
    [
        "pytest",
        "data_access.__main__",
        "data_access.database.migrating",
        "data_access.demo.build",
        "data_access.loading.load",
        "data_access.relatel.sync",
        "data_access.sources.feeds",
        "data_access.sources.spreadsheets",
        "data_access.questions.audit",
        "data_access.changes.reassignment",
        "streamlit.web.cli",
        "streamlit.web.bootstrap",
        "uvicorn",
        "altair",
        "authlib.integrations.starlette_client",
    ]
)


def become(code: str, arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """In the copy: run the code."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.argv = ["svartid", *arguments]
    exec(compile(code, "a program of a test", "exec"), {"__name__": "__main__"})  # noqa: S102


@dataclass
class Program:
    process: ForkServerProcess
    folder: TemporaryDirectory[str]

    def is_running(self) -> bool:
        return self.process.exitcode is None

    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> None:
        self.process.terminate()

    def printed(self, name: str) -> str:
        """What it has printed so far; `name`: stdout or stderr."""
        file = Path(self.folder.name, name)
        return file.read_text() if file.exists() else ""

    def finish(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end; gives its code and what it printed."""
        self.process.join(timeout=120)
        code = self.process.exitcode
        if code is None:
            self.process.kill()
            self.process.join()
        self.process.close()
        output, errors = self.printed("stdout"), self.printed("stderr")
        self.folder.cleanup()
        assert code is not None, "the program did not end"
        return subprocess.CompletedProcess([], code, output, errors)


def start(*arguments: str, code: str = COMMAND_LINE, **settings: str) -> Program:
    """Start `python -m data_access` with these arguments, or the code; in the environment of now and these settings."""
    return start_in(os.environ | settings, *arguments, code=code)


def start_in(environment: Mapping[str, str], *arguments: str, code: str) -> Program:
    folder = TemporaryDirectory()
    process = COPIES.Process(target=become, args=(code, list(arguments), dict(environment), folder.name))
    with pytest.MonkeyPatch.context() as patch:
        # A page that was run as a script before would be run again in the copy.
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        process.start()
    return Program(process, folder)

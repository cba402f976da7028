from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program, write_task


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program on an empty place; runners that a test leaves are killed."""
    program = Program(tmp_path)
    yield program
    for address in program.sessions.glob("*/runner.json"):
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(json.loads(address.read_text())["pid"]), signal.SIGKILL)


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """A small task folder."""
    return write_task(tmp_path / "tiny")

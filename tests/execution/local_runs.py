"""A local executor and scripts for it, for `from tests.execution.local_runs import executor, make` in a conftest."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor

Make = Callable[..., Execution]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def execution(script: str, seconds: float = 30, memory: int | None = None, output_bytes: int = 10**6) -> Execution:
        folder = tmp_path / "work"
        folder.mkdir()
        (folder / "solution.py").write_text(textwrap.dedent(script))
        return Execution(
            folder=folder, output=tmp_path / "output.log", seconds=seconds, memory=memory, output_bytes=output_bytes
        )

    return execution


@pytest.fixture
async def executor() -> AsyncIterator[LocalExecutor]:
    executor = LocalExecutor()
    yield executor
    await executor.aclose()

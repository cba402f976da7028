"""The executor that runs each script once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.imperfect.running import CachingExecutor
from tui_aide.execution.executor import Execution, Outcome

GOOD = "print('a')\nopen('submission.csv', 'w').write('x')\n"


@pytest.fixture
def executor(tmp_path: Path) -> CachingExecutor:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "train.csv").write_text("a\n1\n")
    return CachingExecutor(tmp_path / "cache", tmp_path / "input")


async def ran(executor: CachingExecutor, folder: Path, code: str) -> tuple[Outcome, str, bool]:
    folder.mkdir()
    (folder / "solution.py").write_text(code)
    outcome = await executor.run(Execution(folder=folder, output=folder / "log", seconds=30.0))
    return outcome, (folder / "log").read_text(), (folder / "submission.csv").exists()


async def test_a_second_run_is_repeated_from_memory_and_from_disk(executor: CachingExecutor, tmp_path: Path) -> None:
    first = await ran(executor, tmp_path / "1", GOOD)
    again = await ran(executor, tmp_path / "2", GOOD)
    other = CachingExecutor(tmp_path / "cache", tmp_path / "input")
    assert first == again == await ran(other, tmp_path / "3", GOOD)
    assert first[1:] == ("a\n", True)
    assert (executor.real, executor.runs, other.real) == (1, 2, 0)


async def test_other_data_are_another_run(executor: CachingExecutor, tmp_path: Path) -> None:
    await ran(executor, tmp_path / "1", GOOD)
    (tmp_path / "input" / "train.csv").write_text("a\n2\n")
    other = CachingExecutor(tmp_path / "cache", tmp_path / "input")
    await ran(other, tmp_path / "2", GOOD)
    assert other.real == 1


async def test_a_failed_beginning_fails_whatever_comes_after(executor: CachingExecutor, tmp_path: Path) -> None:
    failed = await ran(executor, tmp_path / "1", "x = 1\ny = int(\n    'a'\n)\nprint('end')\n")
    alike = await ran(executor, tmp_path / "2", "x = 1\ny = int(\n    'a'\n)\nprint('another end')\n")
    assert "ValueError" in failed[1]
    assert alike == failed
    assert executor.real == 1
    other = await ran(executor, tmp_path / "3", "x = 1\ny = int(\n    '3'\n)\nprint('end')\n")
    assert other[0].returncode == 0
    assert executor.real == 2


async def test_a_script_that_waits_is_a_timeout_without_waiting(executor: CachingExecutor, tmp_path: Path) -> None:
    code = "import time\n\nfor epoch in range(100000):\n    time.sleep(1.0)\n"
    outcome, _, _ = await ran(executor, tmp_path / "1", code)
    assert (outcome.reason, outcome.seconds) == ("timeout", 30.0)

"""Running a script cold and warm, and comparing what came of it."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import psutil

from tui_aide.execution.executor import Execution, Outcome
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.sandbox import Sandbox
from tui_aide.execution.warm.client import Zygote
from tui_aide.execution.warm.suited import why_cold
from tui_aide.execution.warm.warm_starter import WarmStarter


async def warm_executor(sandbox: Sandbox | None = None, threads: int = 1) -> LocalExecutor:
    """Return an executor whose zygote has loaded."""
    executor = LocalExecutor(sandbox=sandbox, warm_threads=threads)
    await executor.start()
    assert await starter(executor).ready()
    return executor


def starter(executor: LocalExecutor) -> WarmStarter:
    assert executor.warm is not None
    return executor.warm


def process(zygote: Zygote | None) -> psutil.Process:
    """Return a zygote's process, below its launcher."""
    assert zygote is not None
    return psutil.Process(zygote.process.pid).children()[0]


def laid_out(
    place: Path, script: str, *, seconds: float = 60, memory: int | None = None, threads: int = 1
) -> Execution:
    """Return the run of a script in a fresh folder below `place`."""
    folder = place / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "solution.py").write_text(textwrap.dedent(script))
    output = place / "output.log"
    output.unlink(missing_ok=True)
    return Execution(folder=folder, output=output, seconds=seconds, memory=memory, threads=threads)


async def run_warm(executor: LocalExecutor, execution: Execution) -> tuple[Outcome, str]:
    """Run a script, make sure that it was started warm, and return its outcome and its output."""
    assert not why_cold((execution.folder / execution.script).read_text())
    before = starter(executor).begun
    outcome = await executor.run(execution)
    assert starter(executor).begun == before + 1, "it was started cold"
    return outcome, execution.output.read_text()


def left(folder: Path) -> dict[str, bytes]:
    """Return the files that a script left, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

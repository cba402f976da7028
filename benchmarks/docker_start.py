"""What a container costs a script, against a cold start in the local sandbox: from a run's start to its end.

With no image named it starts an engine of its own, as root, as the tests do; nothing of it is left.

Run: python -m benchmarks.docker_start [--rounds N] [--image NAME [--mount PATH ...]]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.result import Result, Unavailable, compared
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon
from tui_aide.execution.docker_executor import DockerExecutor
from tui_aide.execution.executor import Execution, Executor
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import choose

SCRIPTS = {
    "an empty script": "print()\n",
    "one that imports pandas and scikit-learn": "import pandas, sklearn.ensemble, sklearn.model_selection\n",
}


async def seconds(executor: Executor, execution: Execution) -> float:
    """Return the seconds of one whole run."""
    begin = time.perf_counter()
    outcome = await executor.run(execution)
    assert outcome.returncode == 0, outcome
    return time.perf_counter() - begin


async def measure(rounds: int, image: str, mounts: Sequence[Path], folder: Path) -> list[Result]:
    """Run each script in turn in a container and in the sandbox; print and return the medians."""
    rows = []
    docker, local = DockerExecutor(image, mounts=mounts), LocalExecutor(sandbox=choose("auto"))
    execution = Execution(folder=folder, output=folder.parent / "output.log", seconds=60, memory=2**30)
    try:
        await docker.start()
        await local.start()
        print(f"{docker.place.words}; {local.place.words}")
        for words, script in SCRIPTS.items():
            (folder / "solution.py").write_text(script)
            contained, sandboxed = [], []
            for _ in range(rounds + 1):
                contained.append(await seconds(docker, execution))
                sandboxed.append(await seconds(local, execution))
            a, b = (statistics.median(times[1:]) * 1e3 for times in (contained, sandboxed))
            print(f"{words}: {a:.0f} ms in a container, {b:.0f} cold in the sandbox: {a - b:+.0f} ms, {a / b:.1f} x")
            times = [[s * 1e3 for s in taken[1:]] for taken in (contained, sandboxed)]
            rows.append(compared(f"{words}, in a container", times[0], times[1], "ms", "cold in the sandbox"))
    finally:
        await docker.aclose()
        await local.aclose()
    return rows


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones, with an engine of its own.

    Raises:
        Unavailable: this is not root.
    """
    if os.geteuid():
        raise Unavailable("an engine of its own needs root")
    return told(3 if quick else 15, None, [])


def told(rounds: int, image: str | None, mounts: Sequence[Path]) -> list[Result]:
    """Measure and print."""
    daemon = None if image else Daemon()
    if daemon is not None:
        os.environ["DOCKER_HOST"] = daemon.host
    try:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "work"
            folder.mkdir()
            return asyncio.run(measure(rounds, image or IMAGE, mounts if image else PYTHON_PLACES, folder))
    finally:
        if daemon is not None:
            daemon.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--image")
    parser.add_argument("--mount", action="append", type=Path, default=[])
    options = parser.parse_args()
    told(options.rounds, options.image, options.mount)


if __name__ == "__main__":
    main()

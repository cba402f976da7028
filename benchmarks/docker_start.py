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


async def measure(rounds: int, image: str, mounts: Sequence[Path], folder: Path) -> None:
    """Run each script in turn in a container and in the sandbox, and print the medians."""
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
    finally:
        await docker.aclose()
        await local.aclose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--image")
    parser.add_argument("--mount", action="append", type=Path, default=[])
    options = parser.parse_args()
    daemon = None if options.image else Daemon()
    if daemon is not None:
        os.environ["DOCKER_HOST"] = daemon.host
    try:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "work"
            folder.mkdir()
            mounts = options.mount if options.image else PYTHON_PLACES
            asyncio.run(measure(options.rounds, options.image or IMAGE, mounts, folder))
    finally:
        if daemon is not None:
            daemon.close()


if __name__ == "__main__":
    main()

"""Running a script under limits against running it bare: what launcher, watchdog and spool cost.

Run: python -m benchmarks.executor [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor


def run_bare(folder: Path) -> float:
    """Return the seconds of the script without anything around it."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "solution.py"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


async def measure(rounds: int, folder: Path) -> tuple[list[float], list[float]]:
    """Return the seconds of an empty script, limited and bare, in turn."""
    (folder / "solution.py").write_text("print('done')\n")
    executor = LocalExecutor()
    execution = Execution(folder=folder, output=folder / "output.log", seconds=60, memory=1 << 30)
    limited, bare = [], []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        await executor.run(execution)
        limited.append(time.perf_counter() - start)
        bare.append(run_bare(folder))
    await executor.aclose()
    return limited[1:], bare[1:]


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones."""
    return told(5 if quick else 20)


def told(rounds: int) -> list[Result]:
    """Measure, print and return."""
    with tempfile.TemporaryDirectory() as place:
        limited, bare = asyncio.run(measure(rounds, Path(place)))
    a, b = statistics.median(limited) * 1e3, statistics.median(bare) * 1e3
    print(f"empty script: {a:.0f} ms under limits, {b:.0f} ms bare, {a - b:.0f} ms more")
    times = [s * 1e3 for s in limited], [s * 1e3 for s in bare]
    return [compared("an empty script under limits", *times, "ms", "the bare interpreter")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    told(parser.parse_args().rounds)


if __name__ == "__main__":
    main()

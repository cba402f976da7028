"""Fits of gradient boosting side by side under the executor, two by two, and as processes left to themselves.

Run: python -m benchmarks.fairness [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor

FIT = """\
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
rng = np.random.default_rng(0)
x = rng.normal(size=(40_000, 30))
y = x[:, 0] * x[:, 1] + rng.normal(size=40_000)
HistGradientBoostingRegressor(max_iter=60, early_stopping=False).fit(x, y)
"""
FITS = 4


async def together(folder: Path, at_once: int, threads: int) -> float:
    """Return the seconds of all fits, so many at once, with so many threads each."""
    executor, slots = LocalExecutor(), asyncio.Semaphore(at_once)
    await executor.start()

    async def one(number: int) -> None:
        work = folder / str(number)
        work.mkdir(parents=True, exist_ok=True)
        (work / "solution.py").write_text(FIT)
        async with slots:
            outcome = await executor.run(
                Execution(folder=work, output=folder / f"{number}.log", seconds=600, threads=threads)
            )
        assert outcome.returncode == 0, outcome

    began = time.monotonic()
    await asyncio.gather(*(one(number) for number in range(FITS)))
    return time.monotonic() - began


def left_alone(folder: Path) -> float:
    """Return the seconds of all fits at once as plain processes, each with as many threads as it likes."""
    began = time.monotonic()
    running = [subprocess.Popen([sys.executable, "-c", FIT], cwd=folder) for _ in range(FITS)]
    assert not any(process.wait() for process in running)
    return time.monotonic() - began


def results(quick: bool) -> list[Result]:
    """Measure once or with the usual rounds."""
    return measure(1 if quick else 3)


def measure(rounds: int) -> list[Result]:
    """Measure in turn and print the ratios."""
    cores = len(os.sched_getaffinity(0))
    wild, four, two = [], [], []
    with tempfile.TemporaryDirectory() as place:
        for _ in range(rounds):
            two.append(asyncio.run(together(Path(place), 2, max(1, cores // 2))))
            four.append(asyncio.run(together(Path(place), FITS, max(1, cores // FITS))))
            wild.append(left_alone(Path(place)))
    a, b, c = (statistics.median(times) for times in (four, two, wild))
    print(f"{FITS} fits on {cores} cores: {a:.1f} s at once, {b:.1f} s two by two, {c:.1f} s left to themselves")
    print(f"at once / two by two: {a / b:.2f} (limit 1.1); left to themselves / two by two: {c / b:.2f}")
    what = f"{FITS} fits of gradient boosting on {cores} cores"
    return [
        compared(f"{what} at once", four, two, "s", "two by two", limit=1.1),
        compared(f"{what} at once, left to themselves", wild, two, "s", "two by two"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    measure(parser.parse_args().rounds)


if __name__ == "__main__":
    main()

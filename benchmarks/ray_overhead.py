"""Scripts on a Ray cluster against scripts here: what a task costs when all is warm, and what a second node gives.

Run: python -m benchmarks.ray_overhead [--rounds N]   (needs the extra `ray`; starts two nodes on this machine)
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared, measured
from tests.execution.ray.nodes import RayNodes
from tui_aide.execution.executor import Execution, Executor
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.ray_executor import RayExecutor
from tui_aide.execution.sandboxes.choosing import choose

_SCRIPTS = 8
_SLEEP = 1.0


def laid_out(place: Path, name: str, code: str) -> Execution:
    """Return the run of a script in a folder of its own, with inputs that all share."""
    inputs, folder = place / "inputs", place / name
    inputs.mkdir(exist_ok=True)
    (inputs / "train.csv").write_text("x,y\n1,2\n")
    folder.mkdir()
    (folder / "solution.py").write_text(code)
    (folder / "input").symlink_to("../inputs")
    return Execution(folder=folder, output=place / f"{name}.log", inputs=(inputs,), seconds=60)


async def timed(executor: Executor, execution: Execution) -> float:
    """Return the seconds of one run."""
    start = time.perf_counter()
    outcome = await executor.run(execution)
    if outcome.returncode != 0:
        raise RuntimeError(outcome.message)
    return time.perf_counter() - start


async def overhead(place: Path, remote: Executor, rounds: int) -> tuple[float, float]:
    """Return the median seconds of an empty script on the cluster and here, in turn."""
    here = LocalExecutor(sandbox=choose())
    seconds: tuple[list[float], list[float]] = ([], [])
    for i in range(rounds + 3):
        for kind, executor in enumerate((remote, here)):
            seconds[kind].append(await timed(executor, laid_out(place, f"empty-{i}-{kind}", "print('done')")))
    await here.aclose()
    return statistics.median(seconds[0][3:]), statistics.median(seconds[1][3:])


async def throughput(place: Path, executor: Executor, name: str) -> float:
    """Return the seconds of scripts that sleep, all submitted at once."""
    code = f"import time; time.sleep({_SLEEP})"
    runs = [laid_out(place, f"{name}-{i}", code) for i in range(_SCRIPTS)]
    start = time.perf_counter()
    await asyncio.gather(*(timed(executor, run) for run in runs))
    return time.perf_counter() - start


async def measure(place: Path, nodes: RayNodes, rounds: int) -> list[Result]:
    """Measure, print and return."""
    nodes.add("one", num_cpus=1)
    executor = RayExecutor(nodes.address)
    await executor.start()
    remote, here = await overhead(place, executor, rounds)
    print(f"empty script: {remote * 1e3:.0f} ms on Ray, {here * 1e3:.0f} ms here, {(remote - here) * 1e3:.0f} ms more")
    one = await throughput(place, executor, "one")
    await executor.aclose()
    await asyncio.to_thread(nodes.add, "two", num_cpus=1)
    executor = RayExecutor(nodes.address)
    await executor.start()
    two = await throughput(place, executor, "two")
    await executor.aclose()
    print(f"{_SCRIPTS} scripts that sleep {_SLEEP:g} s: {one:.1f} s on 1 node, {two:.1f} s on 2: {one / two:.2f} times")
    seconds, what = ([remote * 1e3], [here * 1e3]), "an empty script on a warm Ray cluster"
    return [
        measured(f"{what}, beyond one here", [(remote - here) * 1e3], "ms", limit=100),
        compared(what, *seconds, "ms", "here"),
        compared(
            "sleeping scripts on 2 nodes: times as fast",
            [two],
            [one],
            "s",
            "on 1",
            limit=1.7,
            bound="least",
            inverse=True,
        ),
    ]


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones."""
    return told(5 if quick else 20)


def told(rounds: int) -> list[Result]:
    """Start the cluster, measure, end it."""
    nodes = RayNodes()
    try:
        with tempfile.TemporaryDirectory() as place:
            return asyncio.run(measure(Path(place), nodes, rounds))
    finally:
        nodes.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    told(parser.parse_args().rounds)


if __name__ == "__main__":
    main()

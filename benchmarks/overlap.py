"""Overlap of thinking and training: wall-clock of a search against the ideal schedule of the same work.

Run: python -m benchmarks.overlap
Four model streams, two execution slots, a model and scripts that only sleep. The ideal is a list schedule of the same
durations on four streams and two slots with no cost of its own and no limit on how far the model writes ahead.
"""

from __future__ import annotations

import asyncio
import heapq
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared
from tests.doubles import FirstLineScorer, SleepingExecutor, SleepingModel, toy_task
from tests.searches import started
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy
from tui_aide.models.chat import Limits
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.store import FolderStore
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

STREAMS, SLOTS = 4, 2


def ideal(nodes: int, think: float, run: float) -> float:
    """Seconds of the ideal schedule: each node thinks on the first free stream, then runs in the first free slot."""
    streams, slots = [0.0] * STREAMS, [0.0] * SLOTS
    end = 0.0
    for _ in range(nodes):
        ready = heapq.heappop(streams) + think
        heapq.heappush(streams, ready)
        done = max(ready, heapq.heappop(slots)) + run
        heapq.heappush(slots, done)
        end = max(end, done)
    return end


async def search(nodes: int, think: float, run: float, place: Path) -> float:
    """Seconds that the engine takes for the same work."""
    prepared = toy_task(place)
    tree, store = SolutionTree(), FolderStore(SessionFolder(place))
    tree.apply(store.append(started(budget=ev.Budget(nodes=nodes))))
    engine = Engine(
        tree=tree,
        store=store,
        model=SleepingModel(seconds=think, write=lambda r: "# score 0.5\n"),
        policy=make_policy("greedy"),
        strategy=make_strategy("single"),
        evaluator=Evaluator(
            executor=SleepingExecutor(run),
            scorer=FirstLineScorer(),
            prepared=prepared,
            store=store,
            limits=Limits(60, None, 1),
            slots=SLOTS,
        ),
        view=prepared.view,
        settings=Settings(workers=STREAMS, slots=SLOTS),
    )
    start = time.perf_counter()
    await engine.run()
    seconds = time.perf_counter() - start
    store.close()
    return seconds


def results(quick: bool) -> list[Result]:
    """Measure searches of few nodes or of the usual ones."""
    return measure(12 if quick else 40)


def measure(nodes: int) -> list[Result]:
    """Measure model-bound, balanced and execution-bound searches."""
    rows = []
    for name, think, run in (("model-bound", 1.0, 0.2), ("balanced", 0.8, 0.4), ("execution-bound", 0.4, 0.8)):
        with tempfile.TemporaryDirectory() as place:
            best, took = ideal(nodes, think, run), asyncio.run(search(nodes, think, run, Path(place)))
        alone = nodes * (think + run)
        print(
            f"{name} (model {think} s, script {run} s, {nodes} nodes): {took:.2f} s, ideal {best:.2f} s, "
            f"ratio {took / best:.3f} (limit 1.15); one after the other it would be {alone:.0f} s"
        )
        what = f"wall-clock of a search, {name}, {STREAMS} streams, {SLOTS} slots"
        rows.append(compared(what, [took], [best], "s", "the ideal schedule", limit=1.15))
    return rows


def main() -> None:
    """Measure and print."""
    measure(40)


if __name__ == "__main__":
    main()

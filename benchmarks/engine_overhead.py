"""Engine overhead: wall-clock a node that is neither model nor script, from node 10 to node 1,000.

Run: python -m benchmarks.engine_overhead [--nodes N] [--task NAME]
The model answers at once and "running" a script is writing a ready submission file; all else is real: policy,
prompt, journal, node files, extraction, and scoring in its own process (check, metric, 32 jackknife replicates).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.result import Result, compared, measured
from tests.doubles import SleepingModel
from tests.searches import started
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy
from tui_aide.execution.executor import Execution, Outcome, Place, Usage
from tui_aide.models.chat import Limits
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.places import cache_dir
from tui_aide.sessions.store import FolderStore
from tui_aide.tasks.bundled import materialise
from tui_aide.tasks.scoring_service import ScoringService, prepare_apart
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree


class ReadySubmission:
    """Writes the sample submission with random values at once, instead of running a script."""

    def __init__(self, sample: Path) -> None:
        lines = sample.read_text().splitlines()
        self._header, self._ids = lines[0], [line.split(",")[0] for line in lines[1:]]
        self.seconds = 0.0

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        start = time.perf_counter()
        rng = random.Random()
        rows = "\n".join(f"{i},{rng.uniform(1, 20):.4f}" for i in self._ids)
        (execution.folder / "submission.csv").write_text(f"{self._header}\n{rows}\n")
        self.seconds += time.perf_counter() - start
        return Outcome("exited", 0, 0.0, 0.0, 0, "exit code 0")

    place = Place("nowhere")

    async def start(self) -> None:
        pass

    def kill(self, execution: Execution) -> None:
        pass

    async def aclose(self) -> None:
        pass


async def measure(nodes: int, task: str, place: Path) -> list[Result]:
    """Run a search of `nodes` nodes; print and return the overhead by stretch of the search."""
    folder = SessionFolder(place)
    prepared = await prepare_apart(materialise(task, cache_dir() / "tasks"), place, 0)
    tree, store = SolutionTree(), FolderStore(folder)
    tree.apply(store.append(started(prepared.view.direction, budget=ev.Budget(nodes=nodes))))
    executor = ReadySubmission(prepared.inputs[0] / "sample_submission.csv")
    marks: list[tuple[float, float]] = []

    def note(event: ev.Event) -> None:
        if isinstance(event, ev.NodeFinished):
            marks.append((time.perf_counter(), executor.seconds))

    async with ScoringService(place) as scorer:
        engine = Engine(
            tree=tree,
            store=store,
            model=SleepingModel(lambda r: "import pandas as pd\n" * 80),
            policy=make_policy("greedy"),
            strategy=make_strategy("single"),
            evaluator=Evaluator(
                executor=executor, scorer=scorer, prepared=prepared, store=store, limits=Limits(60, None, 1), slots=1
            ),
            view=prepared.view,
            settings=Settings(sequential=True),
            on_event=note,
        )
        await engine.run()
    store.close()
    valid = sum(n.valid for n in tree.nodes.values())
    print(f"{task}: {prepared.view.test_rows} rows a submission, {valid} of {len(tree.nodes)} nodes valid")
    costs = [(b[0] - a[0] - (b[1] - a[1])) * 1e3 for a, b in itertools.pairwise(marks)]
    early = costs[9:59]
    print(f"overhead a node, nodes 10-60: median {statistics.median(early):.1f} ms (limit 30)")
    rows = [measured("engine's overhead a node, nodes 10 to 60", early, "ms", limit=30)]
    for start in (100, 450, nodes - 51):
        if start + 50 <= len(costs):
            late = costs[start : start + 50]
            ratio = statistics.median(late) / statistics.median(early)
            print(f"  nodes {start}-{start + 50}: median {statistics.median(late):.1f} ms, ratio {ratio:.2f}")
            what = f"the same, nodes {start} to {start + 50}"
            rows.append(compared(what, late, early, "ms", "nodes 10 to 60", limit=1.5))
    return rows


def results(quick: bool) -> list[Result]:
    """Measure a shorter search or the usual one."""
    with tempfile.TemporaryDirectory() as place:
        return asyncio.run(measure(160 if quick else 1000, "friedman", Path(place)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--task", default="friedman")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(options.nodes, options.task, Path(place)))


if __name__ == "__main__":
    main()

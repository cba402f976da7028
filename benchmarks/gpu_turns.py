"""Thinking and training in turns on one GPU: wall-clock of a search against the ideal turns of the same work.

Run: python -m benchmarks.gpu_turns
Four model streams, two execution slots; model, scripts and hand-overs only sleep. The ideal are rounds of the best size
that the nodes in flight allow: a round's samples on the streams, a hand-over, its scripts in the slots, a hand-over,
with no cost of its own. Beside it stands what both at once would take, were there a GPU for each.
"""

from __future__ import annotations

import asyncio
import heapq
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.overlap import SLOTS, STREAMS
from benchmarks.overlap import ideal as both_at_once
from benchmarks.result import Result, compared
from tests.doubles import FirstLineScorer, SleepingExecutor, SleepingModel, toy_task
from tests.engine.dozing import DozingServer
from tests.searches import started
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.gpu import AlternatingGate
from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy
from tui_aide.models.chat import Limits
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.store import FolderStore
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

NODES = 40
KINDS = (("model-bound", 1.0, 0.2), ("balanced", 0.8, 0.4), ("execution-bound", 0.4, 0.8))
"""(name, seconds of the model, of a script)"""


def spread(count: int, places: int, seconds: float) -> float:
    """Seconds that `count` equal pieces of work take on so many places."""
    ends = [0.0] * places
    for _ in range(count):
        heapq.heappush(ends, heapq.heappop(ends) + seconds)
    return max(ends)


def ideal(in_flight: int, think: float, run: float, hand_over: float) -> float:
    """Seconds of the best rounds."""

    def rounds(size: int) -> float:
        one = spread(size, STREAMS, think) + spread(size, SLOTS, run) + 2 * hand_over
        left = NODES % size
        rest = spread(left, STREAMS, think) + spread(left, SLOTS, run) + 2 * hand_over if left else 0.0
        return NODES // size * one + rest

    return min(rounds(size) for size in range(1, in_flight + 1))


async def search(in_flight: int, think: float, run: float, hand_over: float, place: Path) -> tuple[float, int]:
    """Seconds and hand-overs of the engine for the same work."""
    prepared = toy_task(place)
    tree, store = SolutionTree(), FolderStore(SessionFolder(place))
    tree.apply(store.append(started(budget=ev.Budget(nodes=NODES))))
    server = DozingServer(hand_over)
    gate = AlternatingGate(server, lambda event: engine.record(event), batch=in_flight)
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
            gate=gate,
        ),
        view=prepared.view,
        settings=Settings(workers=STREAMS, slots=SLOTS, turns=in_flight == STREAMS),
    )
    start = time.perf_counter()
    await engine.run()
    seconds = time.perf_counter() - start
    store.close()
    return seconds, len(server.calls)


def results(quick: bool) -> list[Result]:
    """Measure one kind of search or all, as they are searched."""
    return measure(KINDS[1:2] if quick else KINDS, (STREAMS,))


def measure(kinds: Sequence[tuple[str, float, float]], sizes: Sequence[int]) -> list[Result]:
    """Measure and print searches with so many nodes in flight."""
    rows = []
    for name, think, run in kinds:
        hand_over = 0.1
        for in_flight in sizes:
            with tempfile.TemporaryDirectory() as place:
                best = ideal(in_flight, think, run, hand_over)
                took, hand_overs = asyncio.run(search(in_flight, think, run, hand_over, Path(place)))
            how = "as searched, limit 1.15" if in_flight == STREAMS else "for comparison"
            alone = NODES * (think + run + 2 * hand_over)
            print(
                f"{name} (model {think} s, script {run} s, hand-over {hand_over} s), {in_flight} of {NODES} at once: "
                f"{took:.2f} s, {hand_overs} hand-overs, ideal {best:.2f} s, ratio {took / best:.3f} ({how}); "
                f"with a GPU for each {both_at_once(NODES, think, run):.2f} s, one after the other {alone:.0f} s"
            )
            what, limit = (
                f"{name} search in turns on one GPU, {in_flight} nodes in flight",
                1.15 if in_flight == STREAMS else None,
            )
            rows.append(compared(what, [took], [best], "s", "ideal turns", limit=limit))
    return rows


def main() -> None:
    """Measure with a node in flight for each stream, as `Settings.turns` has it, and with one more for each slot."""
    measure(KINDS, (STREAMS, STREAMS + SLOTS))


if __name__ == "__main__":
    main()

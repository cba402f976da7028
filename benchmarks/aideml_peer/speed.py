"""Nodes an hour at a server's pace: ours with some workers, AIDE as one process or as many."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from benchmarks.aideml_peer.programs import Program, searching
from benchmarks.aideml_peer.server import Manner

PACE = Manner(first=0.2, rate=50.0)
"""0.2 s to the first token, then 50 tokens/s a stream; scripts have 600 tokens, reviews 120."""
PATIENCE = 900.0


class Speed(msgspec.Struct, frozen=True):
    """Nodes an hour, and the bytes that all processes took, at the median."""

    nodes_an_hour: float
    memory: float


def speed(program: Program, place: Path, task: Path, nodes: int, workers: int, processes: int = 1) -> Speed:
    """Run searches side by side, each with a server of its own, and add up what they make.

    A search counts from its first request to the end of its process.

    Args:
        program: which.
        place: an empty folder.
        task: theirs.
        nodes: of each search.
        workers: of each search.
        processes: searches at once.
    """
    with ExitStack() as stack:
        searches = [
            stack.enter_context(searching(program, place / str(number), task, PACE)) for number in range(processes)
        ]
        for search in searches:
            search.start(program.command(search.place, nodes, workers, 60))
        ends: dict[int, float] = {}
        memory: list[int] = []
        limit, look = time.time() + PATIENCE, time.time() + 5
        while len(ends) < processes and time.time() < limit:
            time.sleep(0.1)
            for number, search in enumerate(searches):
                assert search.process is not None
                if number not in ends and search.process.poll() is not None:
                    ends[number] = time.time()
            if time.time() > look and not ends:
                memory.append(sum(search.memory() for search in searches))
                look = time.time() + 10
        made = [search.made.nodes for search in searches]
        if made != [nodes] * processes:
            raise RuntimeError(f"{program.name} made {made} of {nodes} nodes each in {PATIENCE:.0f} s")
        rates = [3600 * nodes / (ends[number] - search.answered[0].began) for number, search in enumerate(searches)]
    return Speed(sum(rates), statistics.median(memory) if memory else 0.0)

"""Whether something grows: the slope common to the lives of a process, each with a level of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from benchmarks.soak.census import Held

YOUNG = 30.0
"""Seconds after its start in which a process still loads what it needs for good."""


def second_half(samples: Sequence[Held]) -> list[Held]:
    """Return the samples of the second half of the nodes, but for those of young processes."""
    most = max((s.nodes for s in samples), default=0)
    return [s for s in samples if s.nodes >= most / 2 and s.age >= YOUNG]


def slope(samples: Sequence[Held], value: Callable[[Held], float]) -> float | None:
    """Return by how much a value grows with a node: least squares with an intercept for each process.

    None when no process was seen at two numbers of nodes.
    """
    lives: dict[int, list[Held]] = defaultdict(list)
    for sample in samples:
        lives[sample.pid].append(sample)
    above = below = 0.0
    for life in lives.values():
        mean_x = sum(s.nodes for s in life) / len(life)
        mean_y = sum(value(s) for s in life) / len(life)
        above += sum((s.nodes - mean_x) * (value(s) - mean_y) for s in life)
        below += sum((s.nodes - mean_x) ** 2 for s in life)
    return above / below if below else None

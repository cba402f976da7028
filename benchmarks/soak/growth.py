"""Whether something grows: the slope common to the lives of a process, each with a level of its own."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks.soak.census import Held

YOUNG = 30.0
"""Seconds after its start in which a process still loads what it needs for good."""


def second_half(samples: Sequence[Held]) -> list[Held]:
    """Return the samples of the second half of the nodes, but for those of young processes."""
    most = max((s.nodes for s in samples), default=0)
    return [s for s in samples if s.nodes >= most / 2 and s.age >= YOUNG]


class Slope(NamedTuple):
    """By how much a value grows with a node, and the standard error of that."""

    value: float
    error: float


def slope(samples: Sequence[Held], value: Callable[[Held], float]) -> Slope | None:
    """Return by how much a value grows with a node: least squares with an intercept for each process.

    None when no process was seen at two numbers of nodes, or too few samples were taken to know the error.
    """
    lives: dict[int, list[Held]] = defaultdict(list)
    for sample in samples:
        lives[sample.pid].append(sample)
    points: list[tuple[float, float]] = []
    for life in lives.values():
        mean_x = sum(s.nodes for s in life) / len(life)
        mean_y = sum(value(s) for s in life) / len(life)
        points += [(s.nodes - mean_x, value(s) - mean_y) for s in life]
    below = sum(x * x for x, _ in points)
    free = len(points) - len(lives) - 1
    if not below or free < 1:
        return None
    found = sum(x * y for x, y in points) / below
    left = sum((y - found * x) ** 2 for x, y in points)
    return Slope(found, math.sqrt(left / free / below))

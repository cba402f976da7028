"""Blends of several nodes' predictions: means of values and probabilities, votes of labels and texts; the best blend.

Nodes are told by their place, the best single node first.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tui_aide.tasks.task import PredictionKind
from tui_aide.tree.node import Direction

Array = npt.NDArray[Any]

STEPS = 25
"""Members, counted with their repetitions, that an ensemble has at most: weights are multiples of 1/25 or larger."""

_LEAST = 1e-9
"""A gain below this share of the score is rounding."""


class Blend(Protocol):
    """A blend that grows by one member at a time."""

    def with_one(self, node: int) -> Array:
        """Return the predictions that the blend would have with one more of `node`: (rows,) or (rows, classes)."""
        ...

    def add(self, node: int) -> None:
        """Take one more of `node`."""
        ...


class Mean:
    """The weighted mean of values or probabilities.

    Args:
        predictions: one array a node, (rows,), (rows, classes) or (rows, targets).
    """

    def __init__(self, predictions: Sequence[Array]) -> None:
        self._predictions = predictions
        self._sum = np.zeros_like(predictions[0], dtype=np.float64)
        self._count = 0

    def with_one(self, node: int) -> Array:
        """Return the mean with one more of `node`."""
        return np.asarray((self._sum + self._predictions[node]) / (self._count + 1))

    def add(self, node: int) -> None:
        """Take one more of `node`."""
        self._sum += self._predictions[node]
        self._count += 1


class Vote:
    """The label with most votes, row by row; of labels with as many, the one that the best node voting for them has.

    Votes are counted for each node's label rather than for each class, so what they cost does not grow with classes.

    Args:
        predictions: (rows,) class codes or texts a node.
    """

    def __init__(self, predictions: Sequence[Array]) -> None:
        self._labels = np.stack(predictions)
        self._votes = np.zeros(self._labels.shape, dtype=np.int32)
        self._rows = np.arange(self._labels.shape[1])

    def with_one(self, node: int) -> Array:
        """Return the labels with one more vote of `node`."""
        winners = (self._votes + (self._labels == self._labels[node])).argmax(axis=0)
        return np.asarray(self._labels[winners, self._rows])

    def add(self, node: int) -> None:
        """Take one more of `node`."""
        self._votes += self._labels == self._labels[node]


def start_blend(predictions: Sequence[Array], kind: PredictionKind) -> Blend:
    """Return a blend without members."""
    return Vote(predictions) if kind in ("labels", "texts") else Mean(predictions)


def blend(predictions: Sequence[Array], counts: Sequence[int], kind: PredictionKind) -> Array:
    """Return the blend that has each node so many times; at least one of them is needed."""
    members = [node for node, count in enumerate(counts) for _ in range(count)]
    growing = start_blend(predictions, kind)
    for node in members[:-1]:
        growing.add(node)
    return growing.with_one(members[-1])


def greedy_counts(
    predictions: Sequence[Array],
    kind: PredictionKind,
    score: Callable[[Array], float],
    direction: Direction,
    seconds: float = math.inf,
) -> tuple[tuple[int, ...], float]:
    """Choose how many times each node goes into the ensemble, by greedy forward selection with replacement.

    It starts with the best node alone; each step adds the node with which the blend scores best, and of all blends on
    the way the first best one is taken. Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble Selection from Libraries
    of Models (2004). Of nodes that do as well, the one with the least weight is added: two voters never change the
    label of the first, and without a second there would be no third.

    Args:
        predictions: one array a node, best node first, each (rows,) or (rows, classes).
        kind: what they are.
        score: the metric of a blend; what is not finite is never the best.
        direction: of the metric.
        seconds: how long to look; what was found until then is taken.

    Returns:
        The counts, one a node, and the blend's score.
    """
    end = time.perf_counter() + seconds
    sign = 1.0 if direction == "max" else -1.0
    growing = start_blend(predictions, kind)
    counts = [1] + [0] * (len(predictions) - 1)
    best_value = score(growing.with_one(0))
    best = tuple(counts)
    growing.add(0)
    for _ in range(STEPS - 1):
        found: tuple[float, int] | None = None
        for node in sorted(range(len(predictions)), key=lambda n: (counts[n], n)):
            if time.perf_counter() > end:
                return best, best_value
            value = score(growing.with_one(node))
            if math.isfinite(value) and (found is None or sign * value > sign * found[0]):
                found = value, node
        if found is None:
            break
        value, node = found
        growing.add(node)
        counts[node] += 1
        if not math.isfinite(best_value) or sign * value > sign * best_value + _LEAST * abs(best_value):
            best_value, best = value, tuple(counts)
    return best, best_value

"""Standard errors of a metric by the delete-group jackknife, for one node and for the difference of two.

NumPy is not imported here, so that the engine can compare nodes without it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from tui_aide.tree.node import Direction

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Scored(Protocol):
    """What a paired comparison needs; a `ScoreReport` has it."""

    @property
    def value(self) -> float:
        """The metric."""

    @property
    def replicates(self) -> tuple[float, ...]:
        """The metric with each group left out."""


def replicate(
    score: Callable[[Any, Any], float],
    truth: npt.NDArray[Any],
    predictions: npt.NDArray[Any],
    groups: npt.NDArray[np.int64],
) -> tuple[float, ...]:
    """Return the metric with each group of rows left out; empty where it is not defined for one of them.

    Args:
        score: the metric.
        truth: (rows,).
        predictions: (rows,) or (rows, classes).
        groups: (rows,) group codes 0..G-1.
    """
    count = int(groups.max()) + 1 if len(groups) else 0
    if count < 2:
        return ()
    values: list[float] = []
    for group in range(count):
        rows = groups != group
        value = score(truth[rows], predictions[rows])
        if not math.isfinite(value):
            return ()
        values.append(value)
    return tuple(values)


def standard_error(replicates: Sequence[float]) -> float | None:
    """Return the delete-group jackknife's standard error; None for fewer than two replicates or
    where floats do not hold it.

    Quenouille (1956), Tukey (1958); for groups, and for statistics that are not smooth: Shao and Wu (1989).
    """
    count = len(replicates)
    if count < 2:
        return None
    try:
        mean = math.fsum(replicates) / count
        error = math.sqrt((count - 1) / count * math.fsum((value - mean) ** 2 for value in replicates))
    except (OverflowError, ValueError):  # fsum raises ValueError for inf - inf
        return None
    return error if math.isfinite(error) else None


def paired_gain(direction: Direction, new: Scored, old: Scored) -> tuple[float, float | None]:
    """Return how much better `new` is than `old`, and the standard error of that difference.

    The gain is positive where `new` is better. Both replicates leave out the same groups of rows, so what makes a
    group hard for both cancels out. The standard error is None where either has no replicates.
    """
    sign = 1.0 if direction == "max" else -1.0
    gain = sign * (new.value - old.value)
    if len(new.replicates) != len(old.replicates):
        return gain, None
    return gain, standard_error([a - b for a, b in zip(new.replicates, old.replicates, strict=True)])

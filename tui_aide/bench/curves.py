"""Anytime curves: what the best so far is worth after so many tokens or seconds, over many searches on one grid."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from tui_aide.bench.record import Record
from tui_aide.bench.statistics import band

Axis = Literal["tokens", "execution_seconds", "gpu_seconds", "wall_seconds"]
POINTS = 101


class Curve(msgspec.Struct, frozen=True):
    """Mean normalised score after so much was spent, with a 95 % band.

    Attributes:
        x: (points,) from 0 to the largest spend of any search that is compared.
        mean, low, high: (points,) within 0..1.
        area: mean height of the curve: 1 is the top from the first moment on.
    """

    x: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    area: float


def spend(record: Record, axis: Axis) -> float:
    """Return what a search has spent in all."""
    process = record.process
    return float(process.tokens.total) if axis == "tokens" else float(getattr(process, axis) or 0.0)


def grid(records: Sequence[Record], axis: Axis) -> npt.NDArray[np.float64]:
    """Return the common grid of searches that are compared, (POINTS,); all zeros where nothing was spent."""
    return np.linspace(0.0, max((spend(r, axis) for r in records), default=0.0), POINTS)


def curve(tasks: Sequence[Sequence[Record]], axis: Axis, x: npt.NDArray[np.float64]) -> Curve:
    """Return the curve of one way to search.

    A search is a step function: 0 before its first valid node, then what its best so far is worth on private rows; a
    search that ended keeps its last value.

    Args:
        tasks: the records, task by task.
        axis: what was spent.
        x: the grid.
    """
    values = [np.array([_steps(record, axis, x) for record in records]) for records in tasks if records]
    mean, low, high = band(values)
    area = float(np.mean((mean[:-1] + mean[1:]) / 2))
    return Curve(tuple(x.tolist()), tuple(mean.tolist()), tuple(low.tolist()), tuple(high.tolist()), area)


def _steps(record: Record, axis: Axis, x: npt.NDArray[np.float64]) -> list[float]:
    if record.standing == "failed":
        return [0.0] * len(x)
    moments = record.process.moments
    times = [getattr(moment, axis) for moment in moments]
    places = [bisect_right(times, at + 1e-9) for at in x.tolist()]
    return [moments[place - 1].value if place else 0.0 for place in places]

"""Means over tasks and seeds with bootstrap intervals, and paired contrasts."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

_REPLICATES = 4000


class Estimate(msgspec.Struct, frozen=True):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


def estimate(values: npt.NDArray[np.float64], seed: int = 0) -> Estimate:
    """Return the mean over tasks of the means over seeds, with a stratified bootstrap interval (percentiles).

    Seeds are drawn anew within each task; tasks are fixed, since nothing is claimed of other tasks (Efron and
    Tibshirani, 1993; stratified as in Agarwal et al., 2021).

    Args:
        values: (tasks, seeds).
        seed: of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    tasks, seeds = values.shape
    drawn = rng.integers(0, seeds, size=(_REPLICATES, tasks, seeds))
    means = values[np.arange(tasks)[None, :, None], drawn].mean(axis=(1, 2))
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))


def contrast(values: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> Estimate:
    """Return the mean of the differences, paired by task and seed; arrays as for `estimate`."""
    return estimate(values - others)

"""What a benchmark says of many runs: means with bootstrap intervals, paired contrasts, pass@k and best-of-k.

Values come as strata, one a task, each with one value a seed; strata may differ in length where runs are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import comb

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Strata = Sequence[Sequence[float] | Floats] | Floats
"""(tasks, seeds), ragged or not."""

REPLICATES = 4000
LEVEL = 0.95


class Estimate(msgspec.Struct, frozen=True):
    """A mean with its 95 % interval; without one where no task has two seeds, as nothing tells the spread then."""

    mean: float
    low: float | None
    high: float | None


def estimate(values: Strata, seed: int = 0) -> Estimate:
    """Return the mean over tasks of the means over seeds, with a stratified bootstrap interval (percentiles).

    Seeds are drawn anew within each task; tasks are fixed, since nothing is claimed of other tasks (Efron and
    Tibshirani, 1993; stratified as in Agarwal et al., 2021).

    Args:
        values: (tasks, seeds), at least one value; tasks without any are left out.
        seed: of the bootstrap.

    Raises:
        ValueError: there is no value at all.
    """
    strata = _strata(values)
    mean = float(np.mean([s.mean() for s in strata]))
    if all(len(s) < 2 for s in strata):
        return Estimate(mean, None, None)
    low, high = _interval(replicates(strata, seed))
    return Estimate(mean, float(low), float(high))


def contrast(values: Strata, others: Strata, seed: int = 0) -> Estimate:
    """Return the mean of the differences, paired by task and seed.

    Args:
        values: as for `estimate`.
        others: the same tasks and seeds in the same order.
        seed: of the bootstrap.

    Raises:
        ValueError: both differ in shape, or hold nothing.
    """
    pairs = zip(values, others, strict=True)
    return estimate([[a - b for a, b in zip(own, other, strict=True)] for own, other in pairs], seed)


def band(curves: Sequence[Floats], seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Return mean, low and high of curves, point by point, as `estimate` has them for a single value.

    Args:
        curves: one a task, (seeds, points).
        seed: of the bootstrap.

    Returns:
        Three arrays (points,). Where no task has two seeds, low and high are the mean.
    """
    strata = [np.asarray(c, dtype=np.float64) for c in curves if len(c)]
    mean = np.mean([s.mean(axis=0) for s in strata], axis=0)
    if all(len(s) < 2 for s in strata):
        return mean, mean, mean
    low, high = _interval(replicates(strata, seed, count=1000))
    return mean, low, high


def replicates(strata: Sequence[Floats], seed: int, count: int = REPLICATES) -> Floats:
    """Return bootstrap replicates of the mean over strata, (count,) or for curves (count, points).

    A replicate is a weighted mean, its weights being how often each seed was drawn, so that curves cost no more memory
    than their points.
    """
    weights = _weights(tuple(len(s) for s in strata), seed, count)
    return np.asarray(np.mean([own @ s for own, s in zip(weights, strata, strict=True)], axis=0))


def pass_at_k(successes: int, runs: int, k: int) -> float:
    """Return the unbiased estimate of the chance that one of k runs succeeds (Chen et al., 2021, equation 1).

    Raises:
        ValueError: k is not within 1..runs, or successes not within 0..runs.
    """
    _check_k(k, runs)
    if not 0 <= successes <= runs:
        raise ValueError(f"{successes} of {runs} runs cannot succeed")
    return 1.0 - comb(runs - successes, k) / comb(runs, k)


def best_of_k(validation: Sequence[float | None], outcomes: Sequence[float], k: int) -> float:
    """Return the expected outcome of the run that scores best on validation among k runs, over all subsets of k.

    It is exact: the run of rank i (from 0) is the best of comb(n - 1 - i, k - 1) of all comb(n, k) subsets. Runs of
    equal validation share the chances of their ranks; without a validation score (None) a run comes last.

    Args:
        validation: greater is better, a run each.
        outcomes: what each run is worth.
        k: runs to choose among.

    Raises:
        ValueError: k is not within 1..runs.
    """
    runs = len(outcomes)
    _check_k(k, runs)
    values = [-np.inf if v is None else v for v in validation]
    order = sorted(range(runs), key=lambda run: -values[run])
    expected, rank = 0.0, 0
    while rank < runs:
        tied = [run for run in order[rank:] if values[run] == values[order[rank]]]
        chances = sum(comb(runs - 1 - i, k - 1) for i in range(rank, rank + len(tied))) / comb(runs, k)
        expected += chances * sum(outcomes[run] for run in tied) / len(tied)
        rank += len(tied)
    return expected


def _strata(values: Strata) -> list[Floats]:
    strata = [np.asarray(own, dtype=np.float64) for own in values if len(own)]
    if not strata:
        raise ValueError("there is no value to take a mean of")
    return strata


@lru_cache(maxsize=8)
def _weights(lengths: tuple[int, ...], seed: int, count: int) -> list[Floats]:
    """Return the share of each seed in each draw, (count, seeds) a task; a report asks for the same ones many times."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, np.array(lengths)[None, :, None], size=(count, len(lengths), max(lengths)))
    found = []
    for place, seeds in enumerate(lengths):
        counts = np.zeros((count, seeds))
        np.add.at(counts, (np.arange(count)[:, None], drawn[:, place, :seeds]), 1.0)
        found.append(counts / seeds)
    return found


def _interval(values: Floats) -> tuple[Floats, Floats]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _check_k(k: int, runs: int) -> None:
    if not 1 <= k <= runs:
        raise ValueError(f"k is {k}; it must be within 1 and the {runs} runs")

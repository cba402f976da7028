"""Which training rows are hidden, in which fold, which part scores, and the jackknife's groups. Seeded; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tui_aide.errors import TaskError
from tui_aide.tasks.target import as_number

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

JACKKNIFE_GROUPS = 32
"""Groups of the delete-group jackknife: enough for a stable standard error, few enough to score fast."""


class SplitPlan(msgspec.Struct, frozen=True):
    """What becomes of each labelled training row; all arrays are (rows,).

    Attributes:
        fold: the fold that hides the row; -1 is never hidden.
        selection: whether a hidden row is in the selection part (else in the search part).
        group: the jackknife group of a row of the search part; -1 elsewhere.
        selection_group: the jackknife group of a row of the selection part; -1 elsewhere.
    """

    fold: Ints
    selection: npt.NDArray[np.bool_]
    group: Ints
    selection_group: Ints


def plan_split(
    split: str,
    truth: Array,
    classes: int,
    cells: Sequence[str] | None,
    *,
    holdout: float,
    folds: int,
    seed: int,
) -> SplitPlan:
    """Plan a split.

    Args:
        split: as task.toml has it.
        truth: (rows,) class codes or values.
        classes: number of classes; 0 for values.
        cells: (rows,) text of the split's column, for a grouped or timed split.
        holdout: share to hide where `folds` is 1.
        folds: number of folds; 1 is a single hold-out.
        seed: the same seed gives the same plan.

    Raises:
        TaskError: the split's column does not allow it.
    """
    rng = np.random.default_rng([seed, 0x5EED])
    rows = len(truth)
    how, _, column = split.partition(":")
    clusters: Ints | None = None
    if how == "group" and cells is not None:
        clusters = _codes(cells)
        fold = _by_group(clusters, column, holdout, folds, rng)
    elif how == "time" and cells is not None:
        fold = _latest(cells, column, holdout)
    elif how == "stratified":
        fold = _deal(_stratified_order(truth, rng), holdout, folds, rng)
        if classes:
            counts = np.bincount(truth, minlength=classes)
            fold[counts[truth] == 1] = -1  # else a class would be missing from what scripts learn from
    else:
        fold = _deal(rng.permutation(rows), holdout, folds, rng)
    selection = _selection(fold, truth, classes, clusters, rng)
    group = _jackknife_groups((fold >= 0) & ~selection, truth, classes, clusters, rng)
    selection_group = _jackknife_groups(selection, truth, classes, clusters, rng)
    return SplitPlan(fold, selection, group, selection_group)


def _codes(cells: Sequence[str]) -> Ints:
    places: dict[str, int] = {}
    return np.array([places.setdefault(cell, len(places)) for cell in cells], dtype=np.int64)


def _stratified_order(truth: Array, rng: np.random.Generator) -> Ints:
    return np.lexsort((rng.random(len(truth)), truth))


def _deal(order: Ints, holdout: float, folds: int, rng: np.random.Generator) -> Ints:
    """Deal rows, in this order, over the folds, or hide every so-many-th: neighbours in the order are spread evenly."""
    rows = len(order)
    fold = np.full(rows, -1, dtype=np.int64)
    if folds > 1:
        fold[order] = (np.arange(rows) + rng.integers(folds)) % folds
        return fold
    hidden = min(max(round(holdout * rows), 2), rows - 1)
    marks = np.arange(rows + 1) * hidden // rows
    fold[order[np.diff(marks) > 0]] = 0
    return fold


def _by_group(clusters: Ints, column: str, holdout: float, folds: int, rng: np.random.Generator) -> Ints:
    sizes = np.bincount(clusters)
    if len(sizes) < max(2, folds):
        raise TaskError(
            f'task.toml: split = "group:{column}": column {column!r} has {len(sizes)} different values, '
            f"too few for {max(2, folds)} parts; use fewer `folds` or another split."
        )
    by_cluster = np.full(len(sizes), -1, dtype=np.int64)
    if folds == 1:
        hidden = 0
        for cluster in rng.permutation(len(sizes))[:-1]:
            if hidden and hidden + sizes[cluster] / 2 > holdout * len(clusters):
                continue
            by_cluster[cluster] = 0
            hidden += sizes[cluster]
    else:
        filled = np.zeros(folds)
        for cluster in sorted(rng.permutation(len(sizes)), key=lambda c: -sizes[c]):
            least = int(np.argmin(filled))
            by_cluster[cluster] = least
            filled[least] += sizes[cluster]
    return by_cluster[clusters]


def _latest(cells: Sequence[str], column: str, holdout: float) -> Ints:
    times = read_times(cells, column)
    distinct, counts = np.unique(times, return_counts=True)
    if len(distinct) < 2:
        raise TaskError(f'task.toml: split = "time:{column}": column {column!r} has one value only; use another split.')
    later = np.cumsum(counts[::-1])[::-1] / len(times)
    cut = distinct[1 + int(np.argmin(np.abs(later[1:] - holdout)))]
    return np.where(times >= cut, 0, -1)


def read_times(cells: Sequence[str], column: str) -> npt.NDArray[np.float64]:
    """Return the cells as numbers that rise with time: numbers as they are, dates in seconds.

    Raises:
        TaskError: a cell is neither.
    """
    numbers = [as_number(cell) for cell in cells]
    if None not in numbers:
        return np.array(numbers, dtype=np.float64)
    import pandas as pd

    codes, distinct = pd.factorize(np.array(cells, dtype=object))
    dates = pd.to_datetime(pd.Series(distinct, dtype=object), errors="coerce", format="mixed", utc=True)
    if dates.isna().any():
        example = str(distinct[int(np.argmax(dates.isna().to_numpy()))])
        raise TaskError(
            f'task.toml: split = "time:{column}": {example!r} in column {column!r} is neither a number nor a date; '
            "use another split."
        )
    seconds = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(dtype=np.float64)
    return np.asarray(seconds[codes], dtype=np.float64)


def _selection(
    fold: Ints, truth: Array, classes: int, clusters: Ints | None, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Mark a third of the hidden rows: of each class where there are classes, whole groups where rows are grouped."""
    selection = np.zeros(len(fold), dtype=np.bool_)
    hidden = np.flatnonzero(fold >= 0)
    if clusters is not None:
        own = np.unique(clusters[hidden])
        if len(own) >= 3:
            chosen = rng.permutation(own)[: len(own) // 3]
            selection[hidden] = np.isin(clusters[hidden], chosen)
            return selection
    strata = truth[hidden] if classes else np.zeros(len(hidden))
    order = hidden[np.lexsort((rng.random(len(hidden)), strata))]
    starts = np.searchsorted(np.sort(strata), np.sort(strata), side="left")
    within = np.arange(len(order)) - starts
    selection[order[within % 3 == 2]] = True
    if not selection.any() and len(hidden) > 1:
        selection[order[-1]] = True
    return selection


def _jackknife_groups(
    part: npt.NDArray[np.bool_], truth: Array, classes: int, clusters: Ints | None, rng: np.random.Generator
) -> Ints:
    """Deal a part of the hidden rows over the groups: of each class evenly, so that no replicate loses a rare one.

    Values are dealt at random: groups alike in the target would hide the spread that the target brings.
    """
    group = np.full(len(part), -1, dtype=np.int64)
    rows = np.flatnonzero(part)
    if clusters is not None:
        own, codes = np.unique(clusters[rows], return_inverse=True)
        if len(own) > 1:
            group[rows] = (rng.permutation(len(own)) % min(JACKKNIFE_GROUPS, len(own)))[codes]
            return group
    order = np.lexsort((rng.random(len(rows)), truth[rows])) if classes else rng.permutation(len(rows))
    group[rows[order]] = np.arange(len(rows)) % min(JACKKNIFE_GROUPS, max(len(rows), 1))
    return group

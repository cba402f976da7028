"""Whether two submissions of one script agree: after more data it may know better, but not something else."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tui_aide.tasks.task import PredictionKind

Array = npt.NDArray[Any]

CLOSEST, FARTHEST = 0.1, 0.5
"""Within these limits lies how far apart two submissions may be: near perfect ones a tenth, poor ones a half."""


class Agreement(msgspec.Struct, frozen=True):
    """How far two submissions agree: 1 is the same, and less than `least` is too little."""

    value: float
    least: float


def agree(kind: PredictionKind, before: Array, after: Array, hidden: Array, truth: Array) -> Agreement:
    """Compare the predictions for the test rows from before with those from a run with more labels.

    Two solutions that are both wrong by e can be no further apart than 2 e (the triangle inequality), and e is known
    from the hidden rows. So their distance may be 2 e, but never less than a tenth nor more than a half. The distance
    of labels and texts is the share of rows with another one; that of values and probabilities is the mean absolute
    difference (of several classes: half the sum over them) as a share of the mean distance of the predictions to their
    own mean. A difference in scale or order thus counts as much as one in kind.

    Args:
        kind: what the predictions are.
        before, after: (rows,), (rows, classes) or (rows, targets) predictions for the test rows.
        hidden: predictions from before for the hidden rows, of the same form.
        truth: (hidden,) class codes, values or texts; (hidden, targets) of several targets, each of which is compared
            on its own scale and counts the same.
    """
    if truth.ndim == 2:
        return _mean([agree(kind, *columns) for columns in zip(before.T, after.T, hidden.T, truth.T, strict=True)])
    spread = 1.0 if kind in ("labels", "texts") else _distance(kind, before, before.mean(axis=0, keepdims=True))
    if spread == 0 or not np.isfinite(spread):
        return Agreement(float(np.array_equal(before, after)), 1 - CLOSEST)
    right = _one_hot(truth, hidden.shape[1]) if hidden.ndim == 2 else truth
    allowed = float(np.clip(2 * _distance(kind, hidden, right) / spread, CLOSEST, FARTHEST))
    return Agreement(max(0.0, 1 - _distance(kind, before, after) / spread), 1 - allowed)


def _mean(columns: list[Agreement]) -> Agreement:
    count = len(columns)
    return Agreement(sum(c.value for c in columns) / count, sum(c.least for c in columns) / count)


def _distance(kind: PredictionKind, one: Array, other: Array) -> float:
    if kind in ("labels", "texts"):
        return float(np.mean(one != other))
    with np.errstate(all="ignore"):
        apart = np.abs(one - other)
        return float(np.mean(apart.sum(axis=1) / 2 if apart.ndim == 2 else apart))


def _one_hot(codes: Array, classes: int) -> Array:
    table = np.zeros((len(codes), classes))
    table[np.arange(len(codes)), codes] = 1.0
    return table

"""Whether a blend of the best nodes is worth handing in: chosen on the search part, judged on the selection part."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tui_aide.tasks.blending import blend, greedy_counts
from tui_aide.tasks.final_reports import EnsembleReport
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.jackknife import paired_gain
from tui_aide.tasks.task import PredictionKind
from tui_aide.tree.node import Direction

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

SECONDS = 30.0
"""How long the weights are looked for; only a slow metric of the user's own needs that."""


class Candidates(msgspec.Struct, frozen=True):
    """What stands to be blended.

    Attributes:
        hidden: (hidden,) or (hidden, classes) predictions a node, best search score first.
        selected: the place of the selected node.
        search, selection: places of the two parts among the hidden rows.
    """

    hidden: Sequence[Array]
    selected: int
    search: Rows
    selection: Rows


class _Measured(msgspec.Struct, frozen=True):
    """A metric with its replicates, as a paired comparison takes it."""

    value: float
    replicates: tuple[float, ...]


def choose_ensemble(
    candidates: Candidates,
    kind: PredictionKind,
    direction: Direction,
    value: Callable[[Array, Rows], float],
    replicates: Callable[[Array], tuple[float, ...]],
    seconds: float = SECONDS,
) -> tuple[EnsembleReport, tuple[int, ...]]:
    """Choose an ensemble's weights, and whether it is kept.

    Args:
        candidates: the nodes' predictions.
        kind: what they are.
        direction: of the metric.
        value: the metric of hidden rows' predictions on some of these rows.
        replicates: the metric of hidden rows' predictions with each group of the selection part left out.
        seconds: how long to look for weights.

    Returns:
        The report, and how many times each node was taken.
    """

    def score(predictions: Array, rows: Rows) -> float:
        try:
            return value(predictions, rows)
        except ScoringFailed:  # a blend may be what the user's metric does not take
            return math.nan

    whole = np.empty_like(candidates.hidden[0], dtype=_dtype(candidates.hidden, kind))

    def on_search(predictions: Array) -> float:
        whole[candidates.search] = predictions
        return score(whole, candidates.search)

    parts = [own[candidates.search] for own in candidates.hidden]
    counts, search = greedy_counts(parts, kind, on_search, direction, seconds)
    weights = tuple(count / sum(counts) for count in counts)
    if sum(count > 0 for count in counts) < 2:
        none = EnsembleReport(
            (0.0,) * len(counts), False, "no blend scores better on the search part than the best node"
        )
        return none, counts
    blended, alone = blend(candidates.hidden, counts, kind), candidates.hidden[candidates.selected]
    ours = _Measured(score(blended, candidates.selection), replicates(blended))
    theirs = _Measured(score(alone, candidates.selection), replicates(alone))
    gain, se = paired_gain(direction, ours, theirs)
    kept, reason = _judge(gain, se)
    report = EnsembleReport(
        weights,
        kept,
        reason,
        search=search,
        selection=ours.value if math.isfinite(ours.value) else None,
        gain=gain if math.isfinite(gain) else None,
        se=se,
    )
    return report, counts


def _dtype(predictions: Sequence[Array], kind: PredictionKind) -> np.dtype[Any]:
    """Return what holds every blend: of texts as wide as the longest."""
    if kind == "texts":
        return np.result_type(*predictions)
    return np.dtype(np.int64 if kind == "labels" else np.float64)


def _judge(gain: float, se: float | None) -> tuple[bool, str]:
    if not math.isfinite(gain):
        return False, "the metric is not defined for it on the selection part"
    if gain <= 0:
        return False, f"no better on the selection part (by {gain:.5g})"
    if se is None:
        return False, f"better by {gain:.5g} on the selection part, but with no standard error to tell it from chance"
    if gain <= se:
        return False, f"better by {gain:.5g} on the selection part, which is within one standard error ({se:.5g})"
    return True, f"better by {gain:.5g} on the selection part, more than one standard error of {se:.5g}"

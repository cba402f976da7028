"""What is known of a metric, what computes it, and which targets it fits. Importing this imports no numeric library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from tui_aide.tasks.task import PredictionKind
from tui_aide.tree.node import Direction

if TYPE_CHECKING:
    from tui_aide.tasks.target import Target

MOST_CLASSES = 1000
"""Class tasks with more classes than this are refused: a table of probabilities would not fit."""


class MetricInfo(msgspec.Struct, frozen=True):
    """What is known of a metric without computing it.

    Attributes:
        name: its name in task.toml.
        direction: whether less or more is better.
        kind: what it takes as predictions.
        summary: one line for listings.
        binary: whether it is defined for two classes only.
        numeric: whether class labels must be numbers (ordinal metrics).
        minimum: the least target value and prediction it is defined for.
        nonzero: whether it is undefined where the target is zero.
        best: the value of a perfect prediction.
    """

    name: str
    direction: Direction
    kind: PredictionKind
    summary: str
    binary: bool = False
    numeric: bool = False
    minimum: float | None = None
    nonzero: bool = False
    best: float = 1.0


class Metric(msgspec.Struct, frozen=True):
    """A metric that can be computed.

    Attributes:
        info: its name, direction, kind and limits.
        score: takes y_true and y_pred, both (n,), or y_pred (n, classes) for probabilities of several classes, or both
            (n, targets) for several targets, and returns the value. Classes are codes 0..K-1 in sorted order, unless
            `decoded`.
        decoded: whether `score` takes class labels rather than their codes.
        custom: whether it is a function of the user's file.
    """

    info: MetricInfo
    score: Callable[[Any, Any], float]
    decoded: bool = False
    custom: bool = False

    @property
    def name(self) -> str:
        """Its name in task.toml."""
        return self.info.name

    @property
    def direction(self) -> Direction:
        """Whether less or more is better."""
        return self.info.direction

    @property
    def kind(self) -> PredictionKind:
        """What it takes as predictions."""
        return self.info.kind

    def fits(self, target: Target) -> str:
        """Return why this metric cannot be used with `target`, or an empty string where it can."""
        return misfit(self.info, target)


def misfit(info: MetricInfo, target: Target) -> str:
    """Return why a metric cannot be used with a target, or an empty string where it can."""
    if info.kind == "values":
        if not target.numeric:
            return f"it needs numbers, but there are values such as {target.example!r}"
        if info.minimum is not None and target.minimum < info.minimum:
            return f"it needs values of {info.minimum:g} or more, but the least is {target.minimum:g}"
        if info.nonzero and target.has_zero:
            return "it divides by the target, but there are zeros"
        return ""
    if target.count > MOST_CLASSES:
        return f"it needs classes, but there are {target.count:,} different values"
    if info.binary and target.count != 2:
        return f"it needs two classes, but there are {target.count}"
    if info.numeric and not target.numeric:
        return f"it needs ordered numeric labels, but there are labels such as {target.example!r}"
    return ""

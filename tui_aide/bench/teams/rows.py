"""The rows that a task's reference teams train on and predict, and how their predictions are scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from tui_aide.tasks.metrics import Metric, get_metric

if TYPE_CHECKING:
    from tui_aide.tasks.bundled import BundledTask
    from tui_aide.tasks.bundled.generated import Generated

Array = npt.NDArray[Any]


class Known(Protocol):
    """What a team may know: rows to train on with their target, and rows to predict."""

    @property
    def x(self) -> pd.DataFrame:
        """The training rows, without id and target."""

    @property
    def y(self) -> pd.Series:
        """Their target, as train.csv has it."""

    @property
    def z(self) -> pd.DataFrame:
        """The rows to predict, with the columns of `x`."""


@dataclass(frozen=True)
class TeamRows:
    """A task with the truth of its test rows, which only `score` looks at.

    Predictions are (n,) values for metrics of values, else (n, classes) shares of the classes, sorted as `classes` are;
    labels are the classes with the greatest share.
    """

    name: str
    metric: Metric
    x: pd.DataFrame
    y: pd.Series
    z: pd.DataFrame
    truth: Array
    classes: Array
    by_time: bool

    @property
    def values(self) -> bool:
        """Whether quantities are predicted."""
        return self.metric.kind == "values"

    @property
    def graded(self) -> bool:
        """Whether the classes are ordered numbers that the metric takes as such."""
        return self.metric.info.numeric

    def part(self, share: float, seed: int) -> TeamRows:
        """Return the rows with a share of the training rows: the latest of a task in time order, else random ones."""
        count = max(2, round(share * len(self.x)))
        if share >= 1:
            return self
        order = np.random.default_rng(seed).permutation(len(self.x))
        chosen = np.arange(len(self.x) - count, len(self.x)) if self.by_time else np.sort(order[:count])
        return replace(self, x=self.x.iloc[chosen], y=self.y.iloc[chosen])

    def submitted(self, predictions: Array) -> Array:
        """Return predictions as the metric takes them."""
        if self.values:
            least = self.metric.info.minimum
            return predictions if least is None else np.maximum(predictions, least)
        if self.metric.kind == "labels":
            codes: Array = predictions.argmax(axis=1)
            return self.classes[codes] if self.metric.decoded else codes
        shares: Array = predictions / predictions.sum(axis=1, keepdims=True)
        return predictions[:, 1] if len(self.classes) == 2 else shares

    def score(self, predictions: Array, rows: Array | None = None) -> float:
        """Return the metric over the test rows, or over some of them."""
        chosen = np.arange(len(self.truth)) if rows is None else rows
        return self.metric.score(self.truth[chosen], self.submitted(predictions)[chosen])

    def as_shares(self, labels: Array) -> Array:
        """Return class labels as shares: (n,) to (n, classes)."""
        shares: Array = (np.asarray(labels)[:, None] == self.classes[None, :]).astype(float)
        return shares


def team_rows(task: BundledTask, tables: Generated) -> TeamRows:
    """Return the rows of a bundled task, as its generator made them.

    Args:
        task: what is known of the task.
        tables: of the bundled instance, or of a fresh one.
    """
    metric = get_metric(task.metric, Path())
    y, hidden = tables.train[task.target], tables.hidden[task.target].to_numpy()
    classes = np.array([]) if metric.kind == "values" else np.array(sorted(y.unique()))
    truth = hidden
    if metric.kind == "values":
        truth = hidden.astype(float)
    elif not metric.decoded:
        truth = np.searchsorted(classes, hidden)
    return TeamRows(
        name=task.name,
        metric=metric,
        x=tables.train.drop(columns=[task.id, task.target]),
        y=y,
        z=tables.test.drop(columns=task.id),
        truth=truth,
        classes=classes,
        by_time=task.split.startswith("time"),
    )

"""The rows that a task's reference teams train on and predict, and how their predictions are scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from tui_aide.tasks.metric import Metric
from tui_aide.tasks.metrics import get_metric

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
    def y(self) -> Any:
        """Their target, as train.csv has it: a series, or a frame of several."""

    @property
    def z(self) -> pd.DataFrame:
        """The rows to predict, with the columns of `x`."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """What lies beside the tables."""


@dataclass(frozen=True)
class TeamRows:
    """A task with the truth of its test rows, which only `score` looks at.

    Predictions are (n,) values for metrics of values, else (n, classes) shares of the classes, sorted as `classes` are;
    labels are the classes with the greatest share. Of several targets they are (n, targets) values, or chances of a 1;
    of free texts (n,) texts.

    Attributes:
        by_time: whether the rows are in time order, and the test rows the latest.
        group: the column whose rows belong together, where there is one.
        texts: whether the target is free text.
        files: what lies beside the tables.
    """

    name: str
    metric: Metric
    x: pd.DataFrame
    y: Any
    z: pd.DataFrame
    truth: Array
    classes: Array
    by_time: bool
    group: str = ""
    texts: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether there are several targets."""
        return self.truth.ndim == 2

    @property
    def values(self) -> bool:
        """Whether quantities are predicted."""
        return self.metric.kind == "values"

    @property
    def graded(self) -> bool:
        """Whether the classes are ordered numbers that the metric takes as such."""
        return self.metric.info.numeric

    def part(self, share: float, seed: int) -> TeamRows:
        """Return the rows with a share of the training rows.

        They are the latest ones of a task in time order, random groups where rows belong together, else random ones.
        """
        count = max(2, round(share * len(self.x)))
        if share >= 1:
            return self
        rng = np.random.default_rng(seed)
        if self.by_time:
            chosen = np.arange(len(self.x) - count, len(self.x))
        elif self.group:
            groups = self.x[self.group].unique()
            some = rng.permutation(groups)[: max(2, round(share * len(groups)))]
            chosen = np.flatnonzero(self.x[self.group].isin(some))
        else:
            chosen = np.sort(rng.permutation(len(self.x))[:count])
        return replace(self, x=self.x.iloc[chosen], y=self.y.iloc[chosen])

    def submitted(self, predictions: Array) -> Array:
        """Return predictions as the metric takes them."""
        if self.values:
            least = self.metric.info.minimum
            return predictions if least is None else np.maximum(predictions, least)
        if self.texts or self.several:
            return predictions
        if self.metric.kind == "labels":
            codes: Array = predictions.argmax(axis=1)
            return self.classes[codes] if self.metric.decoded else codes
        shares: Array = predictions / predictions.sum(axis=1, keepdims=True)
        return predictions[:, 1] if len(self.classes) == 2 else shares

    def score(self, predictions: Array, rows: Array | None = None) -> float:
        """Return the metric over the test rows, or over some of them."""
        chosen = np.arange(len(self.truth)) if rows is None else rows
        return self.metric.score(self.truth[chosen], self.submitted(predictions)[chosen])

    def jackknife_groups(self, count: int) -> Array:
        """Return codes 0..count-1 for the test rows, drawn at random; rows that belong together have the same."""
        rng = np.random.default_rng(0)
        if not self.group:
            return np.asarray(rng.permutation(len(self.truth)) % count)
        _, codes = np.unique(self.z[self.group].to_numpy(), return_inverse=True)
        return np.asarray((rng.permutation(codes.max() + 1) % count)[codes])

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
    targets, texts = list(task.targets), task.kind == "texts"
    wanted: Any = targets if len(targets) > 1 else targets[0]
    metric = get_metric(task.metric, Path(), several=len(targets) > 1)
    y, hidden = tables.train[wanted], tables.hidden[wanted].to_numpy()
    classless = texts or len(targets) > 1 or metric.kind == "values"
    classes = np.array([]) if classless else np.array(sorted(y.unique()))
    truth = hidden
    if metric.kind == "values":
        truth = hidden.astype(float)
    elif not classless and not metric.decoded:
        truth = np.searchsorted(classes, hidden)
    return TeamRows(
        name=task.name,
        metric=metric,
        x=tables.train.drop(columns=[task.id, *targets]),
        y=y,
        z=tables.test.drop(columns=task.id),
        truth=truth,
        classes=classes,
        by_time=task.split.startswith("time"),
        group=task.split.removeprefix("group:") if task.split.startswith("group:") else "",
        texts=texts,
        files=tables.files,
    )

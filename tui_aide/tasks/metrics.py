"""The metrics by name, with direction and prediction kind. Importing this imports no numeric library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tui_aide.errors import UsageError, nearest
from tui_aide.tasks.task import PredictionKind
from tui_aide.tree.node import Direction

if TYPE_CHECKING:
    from tui_aide.tasks.target import Target


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


def _infos() -> tuple[MetricInfo, ...]:
    info = MetricInfo
    return (
        info("accuracy", "max", "labels", "share of rows with the right class"),
        info("balanced_accuracy", "max", "labels", "mean recall over the classes"),
        info("f1", "max", "labels", "F1 of the positive class", binary=True),
        info("f1_macro", "max", "labels", "mean F1 over the classes"),
        info("mcc", "max", "labels", "Matthews correlation coefficient"),
        info("quadratic_kappa", "max", "labels", "Cohen's kappa, quadratic weights, for ordinal labels", numeric=True),
        info("roc_auc", "max", "probabilities", "area under the ROC curve; several classes: mean one-vs-rest"),
        info("roc_auc_columns", "max", "probabilities", "mean area under the ROC curve over the prediction columns"),
        info("log_loss_columns", "min", "probabilities", "mean log loss over the prediction columns", best=0.0),
        info("average_precision", "max", "probabilities", "area under the precision-recall curve", binary=True),
        info("log_loss", "min", "probabilities", "cross-entropy of the class probabilities", best=0.0),
        info("brier", "min", "probabilities", "mean squared error of the class probabilities", best=0.0),
        info("rmse", "min", "values", "root mean squared error", best=0.0),
        info("mcrmse", "min", "values", "mean root mean squared error over the target columns", best=0.0),
        info("mcmae", "min", "values", "mean absolute error, mean over the target columns", best=0.0),
        info("rmsle", "min", "values", "root mean squared error of log(1 + y)", minimum=0.0, best=0.0),
        info("mae", "min", "values", "mean absolute error", best=0.0),
        info("median_ae", "min", "values", "median absolute error", best=0.0),
        info("mape", "min", "values", "mean absolute error as a share of the target", nonzero=True, best=0.0),
        info("smape", "min", "values", "symmetric mean absolute percentage error, 0..2", best=0.0),
        info("r2", "max", "values", "coefficient of determination"),
        info("spearman", "max", "values", "Spearman's rank correlation"),
    )


METRICS: dict[str, MetricInfo] = {info.name: info for info in _infos()}


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


MOST_CLASSES = 1000
"""Class tasks with more classes than this are refused: a table of probabilities would not fit."""


def is_custom(name: str) -> bool:
    """Whether a metric's name means a function of the user's file, as ``metric.py:score`` does."""
    return ".py:" in name


def metric_info(name: str) -> MetricInfo:
    """Return what is known of a registered metric.

    Raises:
        UsageError: there is none of this name.
    """
    info = METRICS.get(name)
    if info is None:
        hint = nearest(name, METRICS) or f" Known: {', '.join(METRICS)}."
        raise UsageError(f'there is no metric {name!r}.{hint} A function of your own: metric = "metric.py:score".')
    return info


def get_metric(
    name: str,
    folder: Path,
    direction: Direction | None = None,
    kind: PredictionKind | None = None,
    *,
    several: bool = False,
) -> Metric:
    """Return the metric of this name, ready to compute.

    Args:
        name: a registered name, or "file.py:function" with the file relative to `folder`.
        folder: where a custom metric's file lies.
        direction: the direction of a custom metric.
        kind: the prediction kind of a custom metric; class labels where left out.
        several: whether there are several targets: a registered metric is then the mean over their columns.

    Raises:
        UsageError: there is no such metric, or a custom one cannot be loaded.
    """
    if is_custom(name):
        from tui_aide.tasks.custom_metric import load_custom_metric

        return load_custom_metric(name, folder, direction, kind or "labels")
    info = metric_info(name)
    from tui_aide.tasks.metric_functions import FUNCTIONS, by_column

    return Metric(info, by_column(FUNCTIONS[name]) if several else FUNCTIONS[name], decoded=info.numeric)

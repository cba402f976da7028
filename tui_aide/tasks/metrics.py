"""The metrics by name. Importing this imports no numeric library."""

from __future__ import annotations

from pathlib import Path

from tui_aide.errors import UsageError, nearest
from tui_aide.tasks.metric import Metric, MetricInfo
from tui_aide.tasks.task import PredictionKind
from tui_aide.tree.node import Direction


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

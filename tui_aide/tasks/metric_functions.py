"""The registered metrics in NumPy, defined as scikit-learn defines them (the tests hold both equal).

The delete-group jackknife calls a metric some thirty times a node; scikit-learn's own functions spend ten times as
long in their input checks as these take in all, and importing them costs more than a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


def _confusion(y_true: Array, y_pred: Array) -> Floats:
    size = int(max(y_true.max(), y_pred.max())) + 1
    counts = np.bincount(y_true * size + y_pred, minlength=size * size)
    return counts.reshape(size, size).astype(np.float64)


def accuracy(y_true: Array, y_pred: Array) -> float:
    """Share of rows whose class, or text, is right."""
    return float(np.mean(y_true == y_pred))


def balanced_accuracy(y_true: Array, y_pred: Array) -> float:
    """Mean recall over the classes that occur in `y_true`."""
    confusion = _confusion(y_true, y_pred)
    support = confusion.sum(axis=1)
    present = support > 0
    return float(np.mean(np.diag(confusion)[present] / support[present]))


def f1(y_true: Array, y_pred: Array) -> float:
    """F1 of class 1; 0 where it is neither there nor predicted."""
    hits = float(np.sum((y_true == 1) & (y_pred == 1)))
    total = float(np.sum(y_true == 1) + np.sum(y_pred == 1))
    return 2 * hits / total if total else 0.0


def f1_macro(y_true: Array, y_pred: Array) -> float:
    """Mean F1 over the classes that are there or predicted."""
    confusion = _confusion(y_true, y_pred)
    total = confusion.sum(axis=0) + confusion.sum(axis=1)
    present = total > 0
    return float(np.mean(2 * np.diag(confusion)[present] / total[present]))


def mcc(y_true: Array, y_pred: Array) -> float:
    """Matthews correlation coefficient, for any number of classes (Gorodkin, 2004)."""
    confusion = _confusion(y_true, y_pred)
    true, predicted, total = confusion.sum(axis=1), confusion.sum(axis=0), confusion.sum()
    covariance = np.trace(confusion) * total - true @ predicted
    spread = (total**2 - true @ true) * (total**2 - predicted @ predicted)
    return float(covariance / np.sqrt(spread)) if spread > 0 else 0.0


def quadratic_kappa(y_true: Array, y_pred: Array) -> float:
    """Cohen's kappa with quadratic weights (Cohen, 1968), from numeric labels: distances are between the labels.

    The expected disagreement of independent labels is E[(t - p)^2] = var t + var p + (mean t - mean p)^2.
    """
    true, predicted = y_true.astype(np.float64), y_pred.astype(np.float64)
    expected = true.var() + predicted.var() + (true.mean() - predicted.mean()) ** 2
    if expected == 0:
        return 1.0
    return float(1 - np.mean((true - predicted) ** 2) / expected)


def _auc(positive: npt.NDArray[np.bool_], scores: Floats) -> float:
    """Area under the ROC curve by the rank-sum statistic, ties counted half (Mann and Whitney, 1947)."""
    positives = int(np.count_nonzero(positive))
    negatives = len(positive) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    rank_sum = float(_ranks(scores)[positive].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, ties by their mean rank."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    ends = np.concatenate((starts[1:], [len(values)]))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return ranks


def roc_auc(y_true: Array, y_pred: Floats) -> float:
    """Area under the ROC curve; for several columns the mean one-vs-rest over the classes that can be told."""
    if y_pred.ndim == 1:
        return _auc(y_true == 1, y_pred)
    areas = np.array([_auc(y_true == code, y_pred[:, code]) for code in range(y_pred.shape[1])])
    known = areas[~np.isnan(areas)]
    return float(known.mean()) if len(known) else float("nan")


def average_precision(y_true: Array, y_pred: Floats) -> float:
    """Average precision: precision at each distinct threshold, weighted by the gain in recall."""
    order = np.argsort(-y_pred, kind="stable")
    hits = np.cumsum(y_true[order] == 1)
    if hits[-1] == 0:
        return float("nan")
    ordered = y_pred[order]
    last = np.flatnonzero(np.concatenate((ordered[1:] != ordered[:-1], [True])))
    precision = hits[last] / (last + 1)
    gains = np.diff(hits[last], prepend=0) / hits[-1]
    return float(np.sum(precision * gains))


def log_loss(y_true: Array, y_pred: Floats) -> float:
    """Cross-entropy in nats; probabilities are kept off 0 and 1 by the float's epsilon."""
    if y_pred.ndim == 1:
        own = np.where(y_true == 1, y_pred, 1 - y_pred)
    else:
        own = y_pred[np.arange(len(y_true)), y_true] / y_pred.sum(axis=1)
    epsilon = np.finfo(np.float64).eps
    return float(-np.mean(np.log(np.clip(own, epsilon, 1 - epsilon))))


def brier(y_true: Array, y_pred: Floats) -> float:
    """Brier score: squared error of the positive class's probability, or summed over several classes (Brier, 1950)."""
    if y_pred.ndim == 1:
        return float(np.mean((y_pred - (y_true == 1)) ** 2))
    rows = np.arange(len(y_true))
    return float(np.mean(np.sum(y_pred**2, axis=1) - 2 * y_pred[rows, y_true] + 1))


def rmse(y_true: Floats, y_pred: Floats) -> float:
    """Root mean squared error."""
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))


def rmsle(y_true: Floats, y_pred: Floats) -> float:
    """Root mean squared error of log(1 + y)."""
    return rmse(np.log1p(y_true), np.log1p(y_pred))


def mae(y_true: Floats, y_pred: Floats) -> float:
    """Mean absolute error."""
    return float(np.mean(np.abs(y_true - y_pred)))


def median_ae(y_true: Floats, y_pred: Floats) -> float:
    """Median absolute error."""
    return float(np.median(np.abs(y_true - y_pred)))


def mape(y_true: Floats, y_pred: Floats) -> float:
    """Mean absolute error as a share of the target."""
    scale = np.maximum(np.abs(y_true), np.finfo(np.float64).eps)
    return float(np.mean(np.abs(y_true - y_pred) / scale))


def smape(y_true: Floats, y_pred: Floats) -> float:
    """Symmetric mean absolute percentage error, 0..2; a row where both are zero counts 0."""
    scale = (np.abs(y_true) + np.abs(y_pred)) / 2
    error = np.abs(y_true - y_pred)
    return float(np.mean(np.divide(error, scale, out=np.zeros_like(error), where=scale > 0)))


def r2(y_true: Floats, y_pred: Floats) -> float:
    """Coefficient of determination; not defined for a constant target."""
    spread = float(np.sum((y_true - y_true.mean()) ** 2))
    return 1 - float(np.sum((y_true - y_pred) ** 2)) / spread if spread else float("nan")


def spearman(y_true: Floats, y_pred: Floats) -> float:
    """Spearman's rank correlation; not defined where either side is constant."""
    a, b = _ranks(y_true), _ranks(y_pred)
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread else float("nan")


_FUNCTIONS: tuple[Callable[[Any, Any], float], ...] = (
    accuracy,
    balanced_accuracy,
    f1,
    f1_macro,
    mcc,
    quadratic_kappa,
    roc_auc,
    average_precision,
    log_loss,
    brier,
    rmse,
    rmsle,
    mae,
    median_ae,
    mape,
    smape,
    r2,
    spearman,
)


def by_column(score: Callable[[Any, Any], float]) -> Callable[[Any, Any], float]:
    """Return the mean of a metric over the columns of both sides, (n, targets).

    A column whose truth is constant is left out where the metric is not defined for it; where none is left the mean
    is not defined either. What is wrong with the predictions stays: a constant one is never left out.
    """

    def mean(y_true: Array, y_pred: Array) -> float:
        if y_true.ndim == 1:
            return score(y_true, y_pred)
        values = [
            value
            for truth, predicted in zip(y_true.T, y_pred.T, strict=True)
            if not math.isnan(value := score(truth, predicted)) or (truth != truth[0]).any()
        ]
        return float(np.mean(values)) if values else float("nan")

    return mean


def log_loss_columns(y_true: Array, y_pred: Floats) -> float:
    """Mean over the columns of each one's binary cross-entropy; of class codes each column is its class against all."""
    if y_pred.ndim == 2 and y_true.ndim == 1:
        y_true = y_true[:, None] == np.arange(y_pred.shape[1])
    return by_column(log_loss)(y_true, y_pred)


FUNCTIONS: dict[str, Callable[[Any, Any], float]] = {function.__name__: function for function in _FUNCTIONS} | {
    "roc_auc_columns": roc_auc,
    "log_loss_columns": log_loss_columns,
    "mcrmse": rmse,
    "mcmae": mae,
}

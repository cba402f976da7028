"""The part of a script that scores its own out-of-fold predictions."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.layout import Imports

_VALUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "rmse": ("np.sqrt(mean_squared_error(y, predicted))", ("mean_squared_error",)),
    "rmsle": ("np.sqrt(mean_squared_log_error(y, predicted))", ("mean_squared_log_error",)),
    "mae": ("mean_absolute_error(y, predicted)", ("mean_absolute_error",)),
    "median_ae": ("median_absolute_error(y, predicted)", ("median_absolute_error",)),
    "mape": ("mean_absolute_percentage_error(y, predicted)", ("mean_absolute_percentage_error",)),
    "smape": ("np.mean(2 * np.abs(y - predicted) / np.maximum(np.abs(y) + np.abs(predicted), 1e-12))", ()),
    "r2": ("r2_score(y, predicted)", ("r2_score",)),
    "spearman": ('pd.Series(y).corr(pd.Series(predicted), method="spearman")', ()),
}
_SEVERAL: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "values": {
        "mcrmse": ("np.mean(np.sqrt(np.mean((y - predicted) ** 2, axis=0)))", ()),
        "mcmae": ("np.mean(np.abs(y - predicted))", ()),
        "r2": ("r2_score(y, predicted)", ("r2_score",)),
    },
    "probabilities": {
        "roc_auc_columns": ("roc_auc_score(y, predicted)", ("roc_auc_score",)),
        "log_loss_columns": (
            "-np.mean(np.log(np.clip(np.where(y == 1, predicted, 1 - predicted), 1e-3, 1)))",
            (),
        ),
    },
}
"""Means over the columns of several targets."""
_LABELS: dict[str, tuple[str, tuple[str, ...]]] = {
    "accuracy": ("accuracy_score(y, labels)", ("accuracy_score",)),
    "balanced_accuracy": ("balanced_accuracy_score(y, labels)", ("balanced_accuracy_score",)),
    "f1": ("f1_score(y, labels, zero_division=0)", ("f1_score",)),
    "f1_macro": ('f1_score(y, labels, average="macro", zero_division=0)', ("f1_score",)),
    "mcc": ("matthews_corrcoef(y, labels)", ("matthews_corrcoef",)),
    "quadratic_kappa": ('cohen_kappa_score(y, labels, weights="quadratic")', ("cohen_kappa_score",)),
}
_LOG_LOSS = ("log_loss(y, predicted, labels=range(len(CLASSES)))", ("log_loss",))
_PROBABILITIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "roc_auc": ("roc_auc_score(y, predicted[:, 1])", ("roc_auc_score",)),
    "average_precision": ("average_precision_score(y, predicted[:, 1])", ("average_precision_score",)),
    "brier": ("np.mean(np.sum((predicted - np.eye(len(CLASSES))[y]) ** 2, axis=1)) / 2", ()),
    "log_loss": _LOG_LOSS,
}


def own_metric(facts: Facts) -> str:
    """Return the metric that the script scores itself by: the task's, or a near one where that is the user's own."""
    view = facts.view
    if facts.several:
        usual = "mcrmse" if view.kind == "values" else "roc_auc_columns"
        return view.metric if view.metric in _SEVERAL[view.kind] else usual
    if facts.regression:
        return view.metric if view.metric in _VALUES else "rmse"
    if view.kind == "labels":
        return view.metric if view.metric in _LABELS else "accuracy"
    if view.metric in ("roc_auc", "average_precision") and facts.problem != "binary":
        return "log_loss"
    return view.metric if view.metric in _PROBABILITIES else "log_loss"


def higher_is_better(facts: Facts) -> bool:
    """Whether more is better in the script's own metric."""
    return own_metric(facts) not in _LESS


_LESS = frozenset(
    {"rmse", "rmsle", "mae", "median_ae", "mape", "smape", "log_loss", "brier", "mcrmse", "mcmae", "log_loss_columns"}
)


def scoring(facts: Facts, imports: Imports) -> str:
    """Return the function that scores predictions (numbers, or an array of class probabilities)."""
    metric = own_metric(facts)
    if facts.several:
        formula, names = _SEVERAL[facts.view.kind][metric]
        lines = [f"    return {formula}"]
    elif facts.regression:
        formula, names = _VALUES[metric]
        lines = [f"    return {formula}"]
    elif facts.view.kind == "labels":
        formula, names = _LABELS[metric]
        lines = ["    labels = predicted.argmax(axis=1)", f"    return {formula}"]
    else:
        formula, names = _PROBABILITIES[metric]
        lines = [f"    return {formula}"]
    imports.names("sklearn.metrics", *names)
    if "np." in formula:
        imports.module("numpy", "np")
    better = "higher" if higher_is_better(facts) else "lower"
    title = metric.replace("_", " ")
    return f'def score(y, predicted):\n    """Return the {title} of predictions; {better} is better."""\n' + "\n".join(
        lines
    )


def ordered_scoring(imports: Imports) -> str:
    """Return the function that scores ranks of ordered classes."""
    imports.names("sklearn.metrics", "cohen_kappa_score")
    imports.module("numpy", "np")
    return (
        "def score(y, predicted, cuts=None):\n"
        '    """Return the quadratic kappa of predicted ranks, cut into classes; higher is better."""\n'
        "    cuts = np.arange(len(CLASSES) - 1) + 0.5 if cuts is None else cuts\n"
        '    return cohen_kappa_score(y, np.searchsorted(cuts, predicted), weights="quadratic")'
    )

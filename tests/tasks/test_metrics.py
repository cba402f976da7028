from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from tui_aide.errors import TaskError, UsageError
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.metric_functions import FUNCTIONS
from tui_aide.tasks.metrics import METRICS, get_metric
from tui_aide.tasks.target import read_target

HERE = Path()


@pytest.mark.parametrize(
    ("name", "truth", "predictions", "expected"),
    [
        ("accuracy", [0, 1, 1, 0], [0, 1, 0, 0], 0.75),
        ("balanced_accuracy", [0, 0, 0, 1], [0, 0, 1, 1], (2 / 3 + 1) / 2),
        ("f1", [0, 1, 1, 0], [1, 1, 0, 0], 0.5),
        ("f1", [0, 0, 1, 1], [0, 0, 0, 0], 0.0),
        ("f1_macro", [0, 1, 1, 0], [0, 1, 0, 0], (4 / 5 + 2 / 3) / 2),
        ("mcc", [1, 1, 0, 0], [1, 0, 0, 0], 1 / math.sqrt(3)),
        ("quadratic_kappa", [1, 2, 3, 4], [1, 2, 3, 4], 1.0),
        ("quadratic_kappa", [1, 2, 3], [3, 2, 1], -1.0),
        ("roc_auc", [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.75),
        ("roc_auc", [0, 1], [0.5, 0.5], 0.5),
        ("average_precision", [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.5 + 0.5 * 2 / 3),
        ("log_loss", [1, 0], [0.9, 0.2], -(math.log(0.9) + math.log(0.8)) / 2),
        ("brier", [1, 0], [0.9, 0.2], (0.01 + 0.04) / 2),
        ("rmse", [1.0, 2.0], [2.0, 4.0], math.sqrt(2.5)),
        ("rmsle", [0.0, math.e - 1], [math.e - 1, 0.0], 1.0),
        ("mae", [1.0, 2.0], [2.0, 4.0], 1.5),
        ("median_ae", [1.0, 2.0, 3.0], [1.5, 2.0, 9.0], 0.5),
        ("mape", [1.0, 2.0], [2.0, 1.0], 0.75),
        ("smape", [1.0, 0.0], [3.0, 0.0], 0.5),
        ("r2", [1.0, 2.0, 3.0], [1.0, 2.0, 2.0], 0.5),
        ("spearman", [1.0, 2.0, 3.0], [10.0, 30.0, 20.0], 0.5),
    ],
)
def test_values_worked_out_by_hand(name: str, truth: list[Any], predictions: list[Any], expected: float) -> None:
    value = get_metric(name, HERE).score(np.array(truth), np.array(predictions))
    assert value == pytest.approx(expected)


def _spearman(truth: Any, predictions: Any) -> float:
    return float(stats.spearmanr(truth, predictions).statistic)


VALUES: dict[str, Callable[..., float]] = {
    "rmse": sk.root_mean_squared_error,
    "rmsle": sk.root_mean_squared_log_error,
    "mae": sk.mean_absolute_error,
    "median_ae": sk.median_absolute_error,
    "mape": sk.mean_absolute_percentage_error,
    "r2": sk.r2_score,
    "spearman": _spearman,
}
LABELS: dict[str, Callable[..., float]] = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "f1_macro": lambda t, p: sk.f1_score(t, p, average="macro"),
    "mcc": sk.matthews_corrcoef,
    "quadratic_kappa": lambda t, p: sk.cohen_kappa_score(t, p, weights="quadratic"),
}
BINARY: dict[str, Callable[..., float]] = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "log_loss": sk.log_loss,
    "brier": sk.brier_score_loss,
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", VALUES)
def test_value_metrics_equal_scikit_learn(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 8, 70).astype(float)
    predictions = rng.integers(1, 8, 70) + rng.choice([0.0, 0.5], 70)
    assert FUNCTIONS[name](truth, predictions) == pytest.approx(VALUES[name](truth, predictions))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", LABELS)
def test_label_metrics_equal_scikit_learn(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predictions = np.concatenate([np.arange(4), rng.integers(0, 4, 60)]), rng.integers(0, 4, 64)
    assert FUNCTIONS[name](truth, predictions) == pytest.approx(LABELS[name](truth, predictions))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", BINARY)
def test_binary_metrics_equal_scikit_learn_with_ties(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.concatenate([[0, 1], rng.integers(0, 2, 60)])
    predictions = rng.integers(1, 10, 62) / 10
    assert FUNCTIONS[name](truth, predictions) == pytest.approx(BINARY[name](truth, predictions))


@pytest.mark.parametrize("seed", range(3))
def test_several_classes_equal_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(3), rng.integers(0, 3, 60)])
    predictions = rng.dirichlet(np.ones(3), 63)
    area = sk.roc_auc_score(truth, predictions, multi_class="ovr")
    assert FUNCTIONS["roc_auc"](truth, predictions) == pytest.approx(area)
    assert FUNCTIONS["roc_auc_columns"](truth, predictions) == pytest.approx(area)
    assert FUNCTIONS["log_loss"](truth, predictions) == pytest.approx(sk.log_loss(truth, predictions))
    brier = np.mean(np.sum((predictions - np.eye(3)[truth]) ** 2, axis=1))
    assert FUNCTIONS["brier"](truth, predictions) == pytest.approx(brier)


def test_column_mean_leaves_out_a_class_that_does_not_occur() -> None:
    truth = np.array([0, 1, 0, 1])
    predictions = np.array([[0.8, 0.2, 0.0], [0.3, 0.7, 0.0], [0.6, 0.3, 0.1], [0.1, 0.9, 0.0]])
    assert FUNCTIONS["roc_auc_columns"](truth, predictions) == 1.0


def test_certain_and_wrong_costs_much_but_not_infinitely() -> None:
    assert 30 < FUNCTIONS["log_loss"](np.array([1]), np.array([0.0])) < 40


@given(st.lists(st.integers(1, 5), min_size=4, max_size=30).filter(lambda values: len(set(values)) > 2))
def test_a_perfect_prediction_gets_the_best_value(values: list[int]) -> None:
    codes = np.unique(values, return_inverse=True)[1]
    for info in METRICS.values():
        truth: Any = codes
        predictions: Any
        if info.kind == "values":
            truth = predictions = np.array(values, dtype=float)
        elif info.kind == "labels" and not info.binary:
            predictions = codes
        elif info.binary or info.name == "brier":
            truth = (codes == 0).astype(int)
            predictions = truth if info.kind == "labels" else truth.astype(float)
        else:
            predictions = np.eye(codes.max() + 1)[codes]
        assert FUNCTIONS[info.name](truth, predictions) == pytest.approx(info.best, abs=1e-12), info.name


@given(st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    truth = np.array([0, 1, 2] * 4)
    values = np.linspace(0.1, 0.9, 12)
    for info in METRICS.values():
        own = (truth == 1).astype(int) if info.kind == "probabilities" or info.binary else truth
        predictions: Any = np.roll(own, 1) if info.kind == "labels" else values
        function = FUNCTIONS[info.name]
        scale = own + 1.0 if info.kind == "values" else own
        assert function(scale[order], predictions[order]) == pytest.approx(function(scale, predictions)), info.name


def test_directions() -> None:
    least = {info.name for info in METRICS.values() if info.direction == "min"}
    columns = {"log_loss_columns", "mcrmse", "mcmae"}
    assert least == columns | {"log_loss", "brier", "rmse", "rmsle", "mae", "median_ae", "mape", "smape"}


def test_unknown_metric_offers_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'spearman'"):
        get_metric("Spearmans", HERE)


def test_names_are_read_without_a_numeric_library() -> None:
    code = (
        "import sys, tui_aide.tasks.metrics, tui_aide.tasks.loading, tui_aide.tasks.scoring_service, "
        "tui_aide.tasks.jackknife; print([m for m in ('numpy', 'pandas', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_custom_metric_takes_its_direction_from_the_task(tmp_path: Path) -> None:
    (tmp_path / "metric.py").write_text("def score(y_true, y_pred):\n    return abs(y_true - y_pred).sum()\n")
    metric = get_metric("metric.py:score", tmp_path, "min", "values")
    assert (metric.direction, metric.kind, metric.custom) == ("min", "values", True)
    assert metric.score(np.array([1.0, 2.0]), np.array([2.0, 4.0])) == 3.0
    assert metric.fits(read_target(["a", "b"])).startswith("it needs numbers")


@pytest.mark.parametrize(
    ("source", "direction", "part"),
    [
        (
            "def score(a, b):\n    raise KeyError('no such')\n",
            "max",
            "metric.py: score(y_true, y_pred) failed: KeyError",
        ),
        ("import sys\ndef score(a, b):\n    sys.exit(3)\n", "max", "failed: SystemExit"),
        ("def score(a, b):\n    return 'high'\n", "max", "failed: ValueError"),
        ("def scores(a, b):\n    return 1\n", "max", "there is no function 'score' in it"),
        ("import no_such_module\n", "max", "importing it failed: ModuleNotFoundError"),
        ("def score(a, b)\n", "max", "importing it failed: SyntaxError"),
        ("def score(a, b):\n    return 1\n", None, 'add direction = "min"'),
    ],
)
def test_errors_of_a_custom_metric_name_file_and_function(
    tmp_path: Path, source: str, direction: Any, part: str
) -> None:
    (tmp_path / "metric.py").write_text(source)
    with pytest.raises((TaskError, ScoringFailed)) as caught:
        get_metric("metric.py:score", tmp_path, direction).score(np.array([1]), np.array([1]))
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)

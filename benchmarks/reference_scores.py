"""Measure the reference scores of the bundled tasks on their hidden test labels, and write them for the package.

OMP_NUM_THREADS=1 python -m benchmarks.reference_scores            # print the table
OMP_NUM_THREADS=1 python -m benchmarks.reference_scores --write    # and update references.toml
OMP_NUM_THREADS=1 python -m benchmarks.reference_scores leaky --share 0.8
"""

from __future__ import annotations

import argparse
import platform
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
import tomli_w
from sklearn import metrics

from benchmarks.reference_models import Data, dummy, load, sensible, simple
from tui_aide.bench.teams.strong import STRONG
from tui_aide.tasks.bundled import BUNDLED

TARGET = Path(__file__).parent.parent / "tui_aide" / "tasks" / "bundled" / "references.toml"
LEVELS: dict[str, Callable[[Data], np.ndarray]] = {
    "dummy": dummy,
    "simple": simple,
    "sensible": sensible,
    "strong": lambda data: STRONG[data.task.name](data),
}


def score(metric: str, truth: Any, predictions: np.ndarray) -> float:
    """Return the metric; classes are in sorted order, and the last one is the positive one of two."""
    y = truth.to_numpy()
    positive = y == max(y) if y.ndim == 1 else y
    functions: dict[str, Callable[[], float]] = {
        "log_loss": lambda: metrics.log_loss(y, predictions / predictions.sum(axis=1, keepdims=True)),
        "rmsle": lambda: metrics.root_mean_squared_log_error(y, predictions),
        "rmse": lambda: metrics.root_mean_squared_error(y, predictions),
        "mcrmse": lambda: metrics.root_mean_squared_error(y, predictions),
        "accuracy": lambda: float(np.mean(y == predictions)),
        "roc_auc_columns": lambda: metrics.roc_auc_score(y, predictions),
        "mae": lambda: metrics.mean_absolute_error(y, predictions),
        "average_precision": lambda: metrics.average_precision_score(positive, predictions),
        "roc_auc": lambda: metrics.roc_auc_score(positive, predictions),
        "brier": lambda: metrics.brier_score_loss(positive, predictions),
        "quadratic_kappa": lambda: metrics.cohen_kappa_score(y, predictions, weights="quadratic"),
    }
    return float(functions[metric]())


def measure(name: str, share: float = 1.0) -> dict[str, float]:
    """Return the score of every level, printing each as it comes."""
    data = load(name, share)
    found: dict[str, float] = {}
    for level, model in LEVELS.items():
        began = time.perf_counter()
        found[level] = round(score(data.task.metric, data.truth, model(data)), 4)
        took = time.perf_counter() - began
        print(f"{name:12} {data.task.metric:18} {level:9} {found[level]:8.4f} {took:7.1f} s", flush=True)
    return found


def main() -> None:
    """Measure the tasks asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(BUNDLED)}; default: all")
    parser.add_argument("--share", type=float, default=1.0, help="train on the first share of train.csv only")
    parser.add_argument("--write", action="store_true", help="update references.toml in the package")
    options = parser.parse_args()
    if unknown := set(options.tasks) - set(BUNDLED):
        parser.error(f"no bundled task is named {sorted(unknown)[0]!r}; there are {', '.join(BUNDLED)}")
    if options.write and options.share != 1.0:
        parser.error("--write needs all training rows: leave --share out")
    table = tomllib.loads(TARGET.read_text(encoding="utf-8"))
    for name in options.tasks or BUNDLED:
        table[name] = measure(name, options.share)
    table["measured_with"] = {
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
    }
    if options.write:
        TARGET.write_text(tomli_w.dumps(table), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

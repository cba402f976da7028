"""A metric from a file of the user's. Its errors become one line that names file and function."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_aide.errors import TaskError
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.metric import Metric, MetricInfo
from tui_aide.tasks.target import as_number
from tui_aide.tasks.task import PredictionKind, Task
from tui_aide.tree.node import Direction

Array = npt.NDArray[Any]


def split_name(name: str) -> tuple[str, str]:
    """Split ``metric.py:score`` in file and function."""
    file, _, function = name.rpartition(":")
    return file, function


def load_custom_metric(name: str, folder: Path, direction: Direction | None, kind: PredictionKind) -> Metric:
    """Import the user's file and wrap its function.

    The function takes `y_true` and `y_pred` as NumPy arrays: class labels as they stand in train.csv (integers where
    all are) for labels; labels and (n,) or (n, classes) probabilities; floats for values; or texts. Of several targets
    both are (n, targets): labels 0 and 1 with probabilities, or floats.

    Raises:
        TaskError: no direction, no such file or function, or the file fails as it is imported.
    """
    if direction is None:
        raise TaskError(f'task.toml: metric {name!r} is your own; add direction = "min" or direction = "max".')
    file, function_name = split_name(name)
    path = folder / file
    if not path.is_file():
        raise TaskError(f"task.toml: metric {name!r}: there is no file {file!r} in {folder}.")
    function = _import_function(path, function_name)
    info = MetricInfo(name, direction, kind, f"{function_name} of {file}", best=math.nan)
    return Metric(info, _guarded(function, name), decoded=True, custom=True)


def _import_function(path: Path, function_name: str) -> Callable[[Any, Any], Any]:
    module_name = f"_tui_aide_metric_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise TaskError(f"{path.name}: not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    write_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        del sys.modules[module_name]
        raise TaskError(f"{path.name}: importing it failed: {describe(error)}") from error
    finally:
        sys.dont_write_bytecode = write_bytecode
    function = getattr(module, function_name, None)
    if not callable(function):
        raise TaskError(
            f"{path.name}: there is no function {function_name!r} in it; write def {function_name}(y_true, y_pred)."
        )
    return function  # type: ignore[no-any-return]


def _guarded(function: Callable[[Any, Any], Any], name: str) -> Callable[[Any, Any], float]:
    file, function_name = split_name(name)

    def score(y_true: Any, y_pred: Any) -> float:
        try:
            return float(function(y_true, y_pred))
        except (Exception, SystemExit) as error:  # the user's code may raise anything
            raise ScoringFailed(f"{file}: {function_name}(y_true, y_pred) failed: {describe(error)}") from error

    return score


def describe(error: BaseException) -> str:
    """Return an error as one line of text."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300]


def label_values(classes: tuple[str, ...]) -> Array:
    """Class labels as a user's metric takes them: integers or floats where all are, else text."""
    numbers = [as_number(label) for label in classes]
    if classes and None not in numbers:
        values = np.array(numbers, dtype=np.float64)
        return values.astype(np.int64) if (values == np.round(values)).all() else values
    return np.array(classes, dtype=np.str_) if classes else np.zeros(0)


def try_out(task: Task, truth: Array) -> None:
    """Call the user's metric once, with perfect predictions, so that a mistake in it shows before the search.

    Args:
        task: a task whose metric is the user's own.
        truth: (rows,) class codes, values or texts, or (rows, targets).

    Raises:
        TaskError: the metric fails.
    """
    metric = load_custom_metric(task.metric, task.folder, task.direction, task.kind)
    labels = label_values(task.classes)[truth] if task.classes else truth
    predictions: Array = labels.astype(np.float64) if task.targets else labels
    if task.kind == "probabilities" and not task.targets:
        wide = len(task.prediction_columns) > 2 or len(task.classes) > 2
        predictions = np.eye(len(task.classes))[truth] if wide else (truth == 1).astype(np.float64)
    try:
        metric.score(labels, predictions)
    except ScoringFailed as error:
        raise TaskError(f"{error} (called once with perfect predictions); correct it.") from error

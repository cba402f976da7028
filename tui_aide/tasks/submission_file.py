"""The final submission: the real test rows, in the original sample submission's columns and order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tui_aide.tasks.blending import blend
from tui_aide.tasks.private_store import Secrets
from tui_aide.tasks.sealed import Sealed

Array = npt.NDArray[Any]


def final_predictions(task: Sealed, secrets: Secrets, hidden: Array, predictions: Sequence[Array]) -> Array:
    """Return a node's predictions for the real test rows, in the order of test.csv; without a test.csv the hidden ones.

    Over several folds, values and probabilities are averaged, and labels and texts chosen by majority.

    Args:
        task: the session's task.
        secrets: its rows.
        hidden: predictions for the hidden rows.
        predictions: those for the shown test rows, fold by fold.
    """
    if not secrets.real_ids:
        return hidden
    return combine([_real(fold.owner, own) for fold, own in zip(secrets.folds, predictions, strict=True)], task)


def write_final(path: Path, task: Sealed, secrets: Secrets, final: Array) -> None:
    """Write the final submission from what `final_predictions` returns."""
    if secrets.real_ids:
        ids, final = np.array(secrets.real_ids, dtype=object)[secrets.output_order], final[secrets.output_order]
    else:
        ids = np.array(secrets.hidden_ids, dtype=object)
    columns: dict[str, Any] = {task.id: ids}
    if task.kind == "labels":
        columns[task.prediction_columns[0]] = np.array(task.classes, dtype=object)[final]
    elif len(task.prediction_columns) == 1:  # texts, too
        columns[task.prediction_columns[0]] = final
    elif final.ndim == 1:
        columns[task.prediction_columns[0]], columns[task.prediction_columns[1]] = 1 - final, final
    else:
        columns |= {name: final[:, place] for place, name in enumerate(task.prediction_columns)}
    shown = [name for name in task.output_columns if name in columns]
    scratch = path.with_name(f".{path.name}.part")
    pd.DataFrame(columns)[shown].to_csv(scratch, index=False, sep=task.output_separator)
    scratch.replace(path)


def _real(owner: npt.NDArray[np.int64], predictions: Array) -> Array:
    """Return the real rows' predictions in the order of the original test.csv."""
    mask = owner < 0
    real = np.empty((int(mask.sum()), *predictions.shape[1:]), dtype=predictions.dtype)
    real[-1 - owner[mask]] = predictions[mask]
    return real


def combine(folds: Sequence[Array], task: Sealed) -> Array:
    """Average values and probabilities over the folds; of labels and texts take the most frequent.

    Ties go to the first class, of texts to the first fold.
    """
    if len(folds) == 1:
        return folds[0]
    if task.kind == "texts":
        return blend(folds, [1] * len(folds), "texts")
    if task.kind != "labels":
        return np.asarray(np.mean(folds, axis=0))
    votes = np.zeros((len(folds[0]), len(task.classes)), dtype=np.int64)
    for own in folds:
        votes[np.arange(len(own)), own] += 1
    return np.asarray(votes.argmax(axis=1))

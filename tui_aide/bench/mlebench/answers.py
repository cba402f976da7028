"""The private answers of a competition, read for our own metric where MLE-bench's package is not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tui_aide.errors import TaskError, UsageError
from tui_aide.tasks.csv_format import sniff
from tui_aide.tasks.csv_rows import CsvFile, open_csv
from tui_aide.tasks.hiding import encode_targets
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder
from tui_aide.tasks.target import as_number
from tui_aide.tasks.task import Task

_NAMES = ("answers.csv", "test.csv")


def read_private(competition: CompetitionFolder, task: Task) -> tuple[list[str], npt.NDArray[Any]]:
    """Return the ids of the test rows and their truth: class codes or values, (rows,), or (rows, targets).

    The target is a column of its own, or one column of 0 and 1 for each class.

    Raises:
        UsageError: the answers are missing, or their columns are not those of the task.
    """
    where = f"mlebench:{competition.id}"
    path = next((competition.private / name for name in _NAMES if (competition.private / name).is_file()), None)
    if path is None:
        raise UsageError(f"{where}: there are no answers in {competition.private}; run `mlebench prepare` again")
    try:
        file = open_csv(path, sniff(path))
        targets = list(task.target_columns)
        if {task.id, *targets} <= set(file.header):
            cells = file.columns([task.id, *targets])
            return cells[task.id], encode_targets([cells[name] for name in targets], task)
        if {task.id, *task.prediction_columns} <= set(file.header) and len(task.classes) > 1:
            return _one_hot(file, task)
    except (OSError, UnicodeDecodeError, TaskError) as error:
        raise UsageError(f"{where}: {path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    raise UsageError(f"{where}: {path}: has not the columns {task.id!r} and {task.target!r}, nor one for each class")


def _one_hot(file: CsvFile, task: Task) -> tuple[list[str], npt.NDArray[Any]]:
    cells = file.columns([task.id, *task.prediction_columns])
    rows = np.array([[as_number(cell) or 0.0 for cell in cells[name]] for name in task.prediction_columns])
    if not np.array_equal(rows.sum(axis=0), np.ones(rows.shape[1])):
        raise TaskError("a row has no class, or several")
    return cells[task.id], rows.argmax(axis=0)

"""What a task is, and what of it a script and a model may see. Data only: loading is in `loading`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from tui_aide.tree.node import Direction, ScoreSource

PredictionKind = Literal["labels", "probabilities", "values", "texts"]
"""What a submission holds: class labels, class probabilities (one column a class, or the positive class's
only where the task is binary), real values, or free text. Several targets are all probabilities or all values: one
column each, named like the target."""

ColumnKind = Literal["numeric", "categorical", "boolean", "date", "text", "id", "constant"]


class Column(msgspec.Struct, frozen=True):
    """One column as the preview shows it; `missing` is a share in 0..1, `samples` are a few values as text."""

    name: str
    kind: ColumnKind
    dtype: str
    unique: int
    missing: float
    samples: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    in_test: bool = True


def split_targets(target: str, targets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the target columns of a task, one or several; none where it has none."""
    return targets or ((target,) if target else ())


class TaskView(msgspec.Struct, frozen=True):
    """What the model and the scripts may know of a task; everything here is true of the shown files.

    Attributes:
        target: the target column; of several their names in one line, for people.
        prediction_columns: columns of the submission that hold predictions, in order, without the id.
        classes: class labels as they stand in train.csv, as text, in the order of `prediction_columns` where these
            are probabilities of several classes; empty for values.
        train_rows, test_rows: rows of the train.csv and test.csv that the scripts see (hidden rows included).
        files: path relative to the work folder -> size in bytes, e.g. "input/train.csv".
        folds: how often the script is run, each time with other hidden rows; 1 is a single hold-out.
        score: where the score comes from; anything but "holdout" means that no rows are hidden.
        notes: what was found odd in the data, one line each.
        targets: the target columns where there are several, in the order of train.csv; else empty.
    """

    name: str
    goal: str
    description: str
    metric: str
    direction: Direction
    kind: PredictionKind
    target: str
    id: str
    prediction_columns: tuple[str, ...]
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    train_rows: int
    test_rows: int
    files: dict[str, int]
    separator: str = ","
    encoding: str = "utf-8"
    split: str = "random"
    folds: int = 1
    score: ScoreSource = "holdout"
    notes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def target_columns(self) -> tuple[str, ...]:
        """The columns to predict, however many."""
        return split_targets(self.target, self.targets)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task folder, read and completed: what was in task.toml and what was inferred.

    `inferred` maps each key that task.toml left out to why it has its value, in words.
    `metric` is a registry name, or "file.py:function" relative to the folder, with `direction` given.
    `id` names a column of the submission; where test.csv has none of that name, it numbers the rows of test.csv.
    `classes` are sorted (by number where all are numbers), and empty for values, texts and several targets; of two, the
    second is the positive one.
    `targets` are the target columns where there are several, and `target` their names in one line; else it is empty.
    `command` is the private grading command where `score` is "command".
    `link` shares the other files of the folder with sessions by links rather than copies.
    """

    folder: Path
    name: str
    goal: str
    description: str
    metric: str
    direction: Direction
    target: str
    id: str
    kind: PredictionKind
    classes: tuple[str, ...]
    prediction_columns: tuple[str, ...]
    split: str = "random"
    holdout: float = 0.2
    folds: int = 1
    separator: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    train: Path
    test: Path | None
    sample_submission: Path | None = None
    inferred: dict[str, str] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    score: ScoreSource = "holdout"
    command: tuple[str, ...] = ()
    link: bool = False
    targets: tuple[str, ...] = ()

    @property
    def target_columns(self) -> tuple[str, ...]:
        """The columns to predict, however many."""
        return split_targets(self.target, self.targets)


class Prepared(msgspec.Struct, frozen=True):
    """What `prepare` wrote below a session folder: the input folders, one a fold, and the view of them.

    Hidden labels lie in `private`, which no script is shown.
    """

    view: TaskView
    inputs: tuple[Path, ...]
    private: Path


class ScoreReport(msgspec.Struct, frozen=True):
    """A node's score on the search part, with what a paired comparison needs.

    Attributes:
        value: the metric over the search part.
        se: its standard error by the delete-group jackknife; None where it cannot be told.
        replicates: the metric with each group of rows left out, in a fixed order, so that two nodes' replicates
            can be subtracted pair by pair. Empty where there is no standard error.
        rows: rows of the search part.
        source: holdout, command or reported.
        seconds: how long scoring took.
        notes: what the submission check mended or found odd, one line each.
    """

    value: float
    se: float | None
    replicates: tuple[float, ...]
    rows: int
    source: Literal["holdout", "command", "reported"] = "holdout"
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

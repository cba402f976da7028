"""Tasks without hidden rows (``split = "none"``): a grading command scores them, or the script reports its score."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from tui_aide.errors import TaskError
from tui_aide.tasks.csv_format import sniff
from tui_aide.tasks.csv_rows import open_csv
from tui_aide.tasks.goal import describe_goal
from tui_aide.tasks.metrics import METRICS
from tui_aide.tasks.several import title
from tui_aide.tasks.task import PredictionKind, Task
from tui_aide.tasks.task_toml import TaskToml
from tui_aide.tree.node import Direction, ScoreSource


def load_unsplit(folder: Path, keys: TaskToml) -> Task:
    """Complete a task of which nothing is hidden; train.csv and test.csv are optional.

    Raises:
        TaskError: no direction can be told, or score and command do not go together.
    """
    inferred: dict[str, str] = {}
    source: ScoreSource = "command" if keys.command else "reported"
    if keys.score is None:
        inferred["score"] = "there is a grading command" if keys.command else "there is no grading command"
    elif keys.score == "command" and not keys.command:
        raise TaskError('task.toml: score = "command" needs the key `command`, e.g. command = ["python", "grade.py"].')
    elif keys.score == "reported" and keys.command:
        raise TaskError('task.toml: `command` is given, but score = "reported"; remove one of them.')
    elif keys.score == "holdout":
        raise TaskError('task.toml: score = "holdout" needs a split; remove split = "none" or `score`.')
    info = METRICS.get(keys.metric or "")
    direction = keys.direction or (info.direction if info else None)
    if keys.metric is None or direction is None:
        raise TaskError(
            'task.toml: with split = "none" the metric cannot be told; add metric = "accuracy" (or a name of your own '
            'with direction = "min" or "max").'
        )
    paths = {"train": keys.train or "train.csv", "test": keys.test or "test.csv"}
    test = folder / paths["test"] if (folder / paths["test"]).is_file() else None
    sample = folder / (keys.sample_submission or "sample_submission.csv")
    columns: tuple[str, ...] = ()
    if sample.is_file():
        columns = open_csv(sample, sniff(sample)).header
    id_name = keys.id or (columns[0] if columns else "")
    targets = (keys.target,) if isinstance(keys.target, str) else keys.target or ()
    name, goal, description = describe_goal(folder, keys, title(targets), inferred)
    return Task(
        folder=folder,
        name=name,
        goal=goal,
        description=description,
        metric=keys.metric,
        direction=cast(Direction, direction),
        target=title(targets),
        targets=targets if len(targets) > 1 else (),
        id=id_name,
        kind=cast(PredictionKind, keys.kind or (info.kind if info else "values")),
        classes=(),
        prediction_columns=tuple(column for column in columns if column != id_name),
        split="none",
        folds=1,
        train=folder / paths["train"],
        test=test,
        sample_submission=sample if sample.is_file() else None,
        inferred=inferred,
        score=source,
        command=keys.command or (),
        link=bool(keys.link),
        notes=(
            "No rows are hidden: your grading command scores."
            if source == "command"
            else "No rows are hidden: the script reports its score itself, and nothing checks it.",
        ),
    )

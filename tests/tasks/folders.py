"""Small task folders for the tests of this floor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.task import Prepared, Task


def table(rows: int, first_id: int = 0, seed: int = 0, classes: tuple[object, ...] = (0, 1)) -> pd.DataFrame:
    """A table with an id, a number, a category and a target of these classes, or numbers where there are none."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"Id": np.arange(first_id, first_id + rows), "x": rng.normal(size=rows).round(4)})
    frame["color"] = rng.choice(["red", "green", "blue"], rows)
    if classes:
        frame["y"] = [classes[code % len(classes)] for code in rng.permutation(rows)]
    else:
        frame["y"] = (frame["x"] * 3 + rng.normal(size=rows)).round(3)
    return frame


def write_folder(
    folder: Path,
    train: pd.DataFrame | str | None = None,
    test: pd.DataFrame | str | None = None,
    sample: pd.DataFrame | str | None = None,
    toml: str = "",
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("train", train), ("test", test), ("sample_submission", sample)):
        if isinstance(content, pd.DataFrame):
            content.to_csv(folder / f"{name}.csv", index=False)
        elif content is not None:
            (folder / f"{name}.csv").write_text(content)
    if toml:
        (folder / "task.toml").write_text(toml)
    return folder


def simple_folder(
    folder: Path, rows: int = 60, test_rows: int = 40, classes: tuple[object, ...] = (0, 1), toml: str = ""
) -> Path:
    """A complete task folder: train.csv and test.csv, and a task.toml where given."""
    test = table(test_rows, rows, 1, classes).drop(columns="y")
    return write_folder(folder, table(rows, classes=classes), test, toml=toml)


def prepared(folder: Path, session: Path, seed: int = 0) -> tuple[Task, Prepared]:
    task = load_task(folder)
    return task, prepare(task, session, seed)


def submit(result: Prepared, folder: Path, seed: int = 0) -> list[Path]:
    """Write a random but valid submission a fold, for a binary probability or a value."""
    paths = []
    for number, shown in enumerate(result.inputs):
        frame = pd.read_csv(shown / "sample_submission.csv")
        rng = np.random.default_rng([seed, number])
        for column in result.view.prediction_columns:
            frame[column] = rng.random(len(frame))
        if len(result.view.prediction_columns) > 1:
            columns = list(result.view.prediction_columns)
            frame[columns] = frame[columns].div(frame[columns].sum(axis=1), axis=0)
        if result.view.kind == "labels":
            frame[result.view.prediction_columns[0]] = rng.choice(list(result.view.classes), len(frame))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"submission-{number}.csv"
        frame.to_csv(path, index=False)
        paths.append(path)
    return paths

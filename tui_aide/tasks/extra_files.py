"""The other files of a task folder (images, further tables): which ones scripts may see, and putting them there."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tui_aide.tasks.task import Task

_ARCHIVES = (".zip", ".gz", ".bz2", ".xz", ".7z", ".tar", ".tgz", ".rar")
_CODE = (".py", ".pyc", ".ipynb", ".toml", ".pkl", ".pickle")
_SESSION_MARKS = ("private/task.json", "*/private/task.json", "*/*/private/task.json")
COPIED_BYTES = 200_000_000
"""Folders and files up to this size in all are copied, so that a session stands on its own; larger ones are linked."""


def extra_files(task: Task, session_folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files and folders that scripts may see beside the tables, and notes on those withheld.

    Withheld is whatever may hold hidden labels: archives, notebooks and code, other copies of train.csv, tables with
    the target column in them, and folders of sessions (this one's may lie in the task folder).
    """
    session_folder = session_folder.resolve()
    own = {path.name for path in (task.train, task.test, task.sample_submission) if path is not None}
    own |= {"task.toml", "train.csv", "test.csv", "sample_submission.csv", "description.md"}
    shown: list[Path] = []
    notes: list[str] = []
    if task.split == "none":
        own -= {path.name for path in (task.train, task.test, task.sample_submission) if path is not None}
    for path in sorted(task.folder.iterdir()):
        if path.name in own or path.name.startswith((".", "__")):
            continue
        if session_folder.is_relative_to(path.resolve()):
            continue
        if reason := _withheld(path, task):
            notes.append(f"{path.name} is not shown to scripts: {reason}.")
        else:
            shown.append(path)
    return shown, notes


def _withheld(path: Path, task: Task) -> str:
    suffix = path.suffix.casefold()
    if suffix in _CODE:
        return "" if task.split == "none" and suffix in (".pkl", ".pickle") else "code and settings are private"
    if path.is_dir() and any(next(path.glob(mark), None) for mark in _SESSION_MARKS):
        return "it holds sessions, with hidden labels in them"
    if task.split == "none":
        return ""
    if suffix in _ARCHIVES:
        return "an archive may hold the hidden rows' labels"
    if path.stem.casefold() == task.train.stem.casefold() and path.is_file():
        return "it looks like a copy of the training table"
    if suffix in (".csv", ".tsv", ".txt") and path.is_file() and _has_column(path, task.target):
        return f"it has the target column {task.target!r}"
    return ""


def _has_column(path: Path, column: str) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(1_000_000)
    return any(column in next(csv.reader([line], delimiter=separator), []) for separator in ",;\t|")


def place_files(paths: Iterable[Path], folders: Sequence[Path]) -> None:
    """Copy files and folders into the first of `folders` and share that copy with the others.

    Where they are large in all they are linked instead.
    """
    paths = list(paths)
    copied = sum(_size(path) for path in paths) <= COPIED_BYTES
    for path in paths:
        for number, folder in enumerate(folders):
            goal = folder / path.name
            if not copied:
                goal.symlink_to(path.resolve())
            elif path.is_dir():
                source = folders[0] / path.name if number else path
                shutil.copytree(source, goal, copy_function=os.link if number else shutil.copyfile)
            elif number:
                goal.hardlink_to(folders[0] / path.name)
            else:
                shutil.copyfile(path, goal)


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(Path(root, name).stat().st_size for root, _, names in os.walk(path) for name in names)

"""The other files of a task folder (images, further tables): which ones scripts may see, and putting them there."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tui_aide.errors import SessionError, TaskError
from tui_aide.tasks import leaderboard
from tui_aide.tasks.task import Task

_ARCHIVES = (".zip", ".gz", ".bz2", ".xz", ".7z", ".tar", ".tgz", ".rar")
_CODE = (".py", ".pyc", ".ipynb", ".toml", ".pkl", ".pickle")
_SESSION_MARKS = ("private/task.json", "*/private/task.json", "*/*/private/task.json")
MOST_BYTES = 20_000_000_000
"""What the files and folders beside the tables may hold in all; each session has its own copy."""


def extra_files(task: Task, session_folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files and folders that scripts may see beside the tables, and notes on those withheld.

    Withheld is whatever may hold hidden labels: archives, notebooks and code, other copies of train.csv, tables with
    the target column in them, and folders of sessions (this one's may lie in the task folder).
    """
    session_folder = session_folder.resolve()
    own = {path.name for path in (task.train, task.test, task.sample_submission) if path is not None}
    own |= {"task.toml", "train.csv", "test.csv", "sample_submission.csv", "description.md", leaderboard.FILE}
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
    table = suffix in (".csv", ".tsv", ".txt") and path.is_file()
    if table and (target := next((name for name in task.target_columns if _has_column(path, name)), "")):
        return f"it has the target column {target!r}"
    return ""


def _has_column(path: Path, column: str) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(1_000_000)
    return any(column in next(csv.reader([line], delimiter=separator), []) for separator in ",;\t|")


def place_files(paths: Iterable[Path], folders: Sequence[Path]) -> None:
    """Copy files and folders into the first of `folders` and share that copy with the others.

    They are never linked to the originals, which a script could change through the link. Where the file system can,
    the copies share their blocks with the originals until either is written.

    Raises:
        TaskError: they are larger than `MOST_BYTES` in all.
        SessionError: there is no room for them.
    """
    paths = list(paths)
    _refuse_too_large(paths, folders[0])
    for path in paths:
        for number, folder in enumerate(folders):
            goal = folder / path.name
            if path.is_dir():
                source = folders[0] / path.name if number else path
                shutil.copytree(source, goal, copy_function=os.link if number else _copy)
            elif number:
                goal.hardlink_to(folders[0] / path.name)
            else:
                _copy(path, goal)


def _refuse_too_large(paths: Sequence[Path], folder: Path) -> None:
    sizes = {path: _size(path) for path in paths}
    size = sum(sizes.values())
    if size > MOST_BYTES:
        largest = max(paths, key=sizes.__getitem__)
        raise TaskError(
            f"{largest}: the files beside the tables hold {_gigabytes(size)}, and a session copies at most "
            f"{_gigabytes(MOST_BYTES)}; set link = true in task.toml to share them by links."
        )
    free = shutil.disk_usage(folder).free
    if size > free:
        raise SessionError(
            f"{folder}: no space for a copy of the task's files ({_gigabytes(size)}, {_gigabytes(free)} are free); "
            "free some, or choose another --sessions-dir."
        )


def _copy(source: str | Path, goal: str | Path) -> None:
    """Copy a file's content: by reference on file systems that can, which takes no time and no room."""
    if not (hasattr(os, "copy_file_range") and Path(source).is_file() and _copy_by_reference(source, goal)):
        shutil.copyfile(source, goal)


def _copy_by_reference(source: str | Path, goal: str | Path) -> bool:
    """Return whether the kernel has copied the whole file."""
    with Path(source).open("rb") as reader, Path(goal).open("wb", buffering=0) as writer:
        try:
            while os.copy_file_range(reader.fileno(), writer.fileno(), 1 << 30):
                pass
        except OSError:
            return False  # as these file systems cannot; or the plain copy meets the same error and names the file
        size = os.fstat(writer.fileno()).st_size
        return 0 < size == os.fstat(reader.fileno()).st_size


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def _size(path: Path) -> int:
    """Return what a file or all files of a folder hold; linked folders count, as they are copied."""
    if path.is_file():
        return path.stat().st_size
    total, seen = 0, set[tuple[int, int]]()
    for root, folders, names in os.walk(path, followlinks=True):
        status = Path(root).stat()
        if (status.st_dev, status.st_ino) in seen:  # links that run in a circle
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        total += sum(Path(root, name).stat().st_size for name in names)
    return total

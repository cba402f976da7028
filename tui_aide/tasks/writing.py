"""Writing task.toml from what a folder holds, with the reason of everything inferred as a comment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tomli_w

from tui_aide.errors import TaskError
from tui_aide.tasks.goal import DESCRIPTION_FILES
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.metrics import is_custom
from tui_aide.tasks.task import Task
from tui_aide.tasks.task_toml import FILE, TaskToml, read_task_toml


def init_task(folder: Path, force: bool = False, changes: Mapping[str, object] | None = None) -> tuple[Task, Path]:
    """Infer a task from a folder and write its task.toml.

    Args:
        folder: the task folder.
        force: overwrite a task.toml that is there; its keys are kept, the rest is inferred again.
        changes: keys that are to be otherwise.

    Returns:
        The task, and the path of the file.

    Raises:
        TaskError: there is a task.toml already, the folder cannot be used, or the file cannot be written.
    """
    path = folder.expanduser() / FILE
    if path.exists() and not force:
        raise TaskError(f"{path}: it exists already; edit it, or overwrite it with --force.")
    task = load_task(folder, changes)
    try:
        path.write_text(write_task_toml(task, read_task_toml(folder.expanduser())), encoding="utf-8")
    except OSError as error:
        raise TaskError(f"{path}: cannot be written: {error.strerror}.") from error
    return task, path


def write_task_toml(task: Task, keys: TaskToml | None = None) -> str:
    """Return a commented task.toml that loads as this task; `keys` are those of the file that it replaces."""
    return "\n".join([*_task_lines(task), *(_kept(keys) if keys is not None else [])]) + "\n"


def _kept(keys: TaskToml) -> list[str]:
    """Return the keys that say how scripts run; the table comes last, as TOML wants it."""
    plain = [
        line
        for name in ("network", "link")
        if (value := getattr(keys, name)) is not None
        for line in _plain(name, value)
    ]
    lines = ["", *plain] if plain else []
    if keys.python is not None:
        lines += ["", "[python]", *_plain("path", keys.python.path)]
    return lines


def _task_lines(task: Task) -> list[str]:
    lines = ["# What this task is. Whatever is left out is inferred again from the tables."]
    lines += [f"# Note: {_one_line(note)}" for note in task.notes]
    lines.append("")
    lines += _key(task, "name", task.name)
    lines += _key(task, "goal", task.goal)
    if task.description and not any((task.folder / name).is_file() for name in DESCRIPTION_FILES):
        lines += _key(task, "description", task.description)
    lines += ["", '# A metric of your own: metric = "metric.py:score", with a direction.']
    lines += _key(task, "metric", task.metric)
    if is_custom(task.metric) or task.split == "none":
        lines += _key(task, "direction", task.direction)
        lines += _key(task, "kind", task.kind)
    else:
        if task.kind == "texts":
            lines += _key(task, "kind", task.kind)
        lines.append(f'# direction: "{task.direction}", {task.inferred.get("direction", "given")}')
    if task.target:
        lines += _key(task, "target", list(task.targets) if task.targets else task.target)
    lines += _id(task)
    lines += ["", "# How rows are held out: random, stratified, group:<column>, time:<column> or none."]
    lines += _key(task, "split", task.split)
    if task.split == "none":
        if task.command:
            lines += _key(task, "score", task.score)
            lines += _key(task, "command", list(task.command))
        return lines
    if task.folds > 1 or "folds" not in task.inferred:
        lines += _key(task, "folds", task.folds)
    if task.folds == 1:
        lines += _key(task, "holdout", task.holdout)
    lines += ["", "# How the tables are written."]
    for key, value in (("separator", task.separator), ("encoding", task.encoding)):
        line = _key(task, key, value)
        # found for train.csv only: the other tables may be written otherwise
        lines += [f"# {line[-1]}  # {_reason(task, key)}"] if key in task.inferred else line
    for key, path in (("train", task.train), ("test", task.test), ("sample_submission", task.sample_submission)):
        if path is not None and path.name != f"{key}.csv":
            inside = path.is_relative_to(task.folder)
            lines += _key(task, key, (path.relative_to(task.folder) if inside else path).as_posix())
    return lines


def _id(task: Task) -> list[str]:
    """An id that only numbers the rows is no column, and cannot be named."""
    reason = task.inferred.get("id", "")
    if reason.startswith("no column"):
        return [f"# id: {reason}"]
    return _key(task, "id", task.id) if task.id else []


def _key(task: Task, key: str, value: object) -> list[str]:
    line = _plain(key, value)
    reason = _reason(task, key)
    return [f"# {key}: {reason}", *line] if reason else line


def _plain(key: str, value: object) -> list[str]:
    return [tomli_w.dumps({key: value}).rstrip("\n")]


def _reason(task: Task, key: str) -> str:
    return _one_line(task.inferred.get(key, ""))


def _one_line(text: str) -> str:
    # control characters are not allowed in TOML, not even in comments
    return "".join(char if char.isprintable() else " " for char in text)

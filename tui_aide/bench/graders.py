"""Who grades a task: the labels of a bundled one, a folder's answers file, or what grades a competition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy.typing as npt

from tui_aide.bench.grade import Grade, Grader, worth_nothing
from tui_aide.bench.suite import SuiteTask
from tui_aide.bench.table_grader import TableGrader
from tui_aide.errors import TaskError, UsageError
from tui_aide.sessions.places import cache_dir
from tui_aide.tasks.bundled import generate, materialise
from tui_aide.tasks.bundled.catalogue import BUNDLED
from tui_aide.tasks.csv_format import sniff
from tui_aide.tasks.csv_rows import open_csv
from tui_aide.tasks.hiding import encode_targets
from tui_aide.tasks.leaderboard import Leaderboard, leaderboard_of, read_leaderboard
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.task import Task

Array = npt.NDArray[Any]


def grader_for(entry: SuiteTask, name: str) -> Grader:
    """Return the grader of a suite's task.

    Args:
        entry: the task's table.
        name: its name in the suite, for errors.

    Raises:
        UsageError: it cannot be graded, or its files cannot be used.
    """
    if entry.bundled is not None:
        return _bundled(entry, entry.bundled)
    if entry.folder is not None:
        return _of_folder(entry, Path(entry.folder), name)
    from tui_aide.bench.mlebench.choosing import competition_grader

    return competition_grader(entry)


class Unlabelled:
    """Grades a task without private labels: only whether there is a submission, which the session has checked."""

    terms = None

    def __init__(self, name: str) -> None:
        self._why = f"not scored: [tasks.{name}] has no key 'answers'"

    def grade(self, submission: Path) -> Grade:
        """Return whether there is one."""
        if not submission.is_file():
            return worth_nothing(None, made=False, why="there is no submission")
        return Grade(made=True, valid=True, why=self._why)


def _bundled(entry: SuiteTask, name: str) -> TableGrader:
    task = load_task(materialise(name, cache_dir() / "tasks", entry.salt))
    hidden = generate(name, entry.salt).hidden
    usual = BUNDLED[name].references if not entry.salt else None  # other rows have other scores
    board = _leaderboard(entry, "" if entry.salt else name, task)
    return TableGrader(
        task,
        [str(i) for i in hidden[task.id]],
        encode_targets([[str(cell) for cell in hidden[name]] for name in task.target_columns], task),
        board,
        dummy=usual.dummy if usual is not None else None,
        strong=usual.strong if usual is not None else None,
    )


def _of_folder(entry: SuiteTask, folder: Path, name: str) -> Grader:
    if entry.answers is None:
        return Unlabelled(name)
    task = load_task(folder)
    if task.score != "holdout":
        raise UsageError(f'[tasks.{name}]: its split is "none", so that its columns are not known to grade by answers')
    ids, truth = _read_answers(Path(entry.answers), task, name)
    return TableGrader(task, ids, truth, _leaderboard(entry, str(folder), task))


def _leaderboard(entry: SuiteTask, source: str, task: Task) -> Leaderboard | None:
    if entry.leaderboard is not None:
        return read_leaderboard(Path(entry.leaderboard), task.direction)
    return leaderboard_of(source, task.direction)


def _read_answers(path: Path, task: Task, name: str) -> tuple[list[str], Array]:
    """Return ids and truth out of a CSV file with the task's id and target columns.

    Raises:
        UsageError: it cannot be read, lacks a column, or holds labels that train.csv has not.
    """
    key = f"[tasks.{name}]: key 'answers'"
    where = f"{key}: {path}"
    try:
        file = open_csv(path, sniff(path))
        wanted = (task.id, *task.target_columns)
        missing = [column for column in wanted if column not in file.header]
        if missing:
            needed = ", ".join(map(repr, wanted))
            raise UsageError(f"{where}: has no column {missing[0]!r}; it needs {needed}")
        cells = file.columns(wanted)
    except TaskError as e:
        raise UsageError(f"{key}: {e}") from e
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"{where}: cannot be read: {getattr(e, 'strerror', None) or e}") from e
    try:
        return cells[task.id], encode_targets([cells[name] for name in task.target_columns], task)
    except TaskError as e:
        raise UsageError(f"{where}: {task.target!r} holds what train.csv's has not") from e

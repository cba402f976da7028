"""What a prepared session knows of its task, as JSON; with it a session is resumed without the task folder.

No numeric library is imported here; hidden labels and id maps are in `private_store`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tui_aide.errors import SessionError
from tui_aide.tasks.task import PredictionKind, Prepared, TaskView
from tui_aide.tree.node import Direction, ScoreSource

PRIVATE = "private"
INPUT = "input"
TASK = "task.json"
REFIT = "refit"
"""The folder below `private` for the input of a run with all labels; whoever had it made removes it."""
FORMAT_VERSION = 1


class Inferred(msgspec.Struct, frozen=True):
    """A key that task.toml left out, the value it got (as text), and why."""

    key: str
    value: str
    why: str


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The task as scoring needs it, kept as JSON.

    Attributes:
        output_columns: columns of the final submission, in the order of the original sample submission.
        output_separator: its separator.
        output_rows: its rows, where no rows are hidden and there is a sample submission; else 0.
        task_folder: where the task lay, for a grading command only.
        inferred: what task.toml left out.
        notes: what was odd about the data, one line each.
        targets: the target columns where there are several, else empty.
    """

    version: int = FORMAT_VERSION
    seed: int
    metric: str
    direction: Direction
    kind: PredictionKind
    classes: tuple[str, ...]
    prediction_columns: tuple[str, ...]
    id: str
    output_columns: tuple[str, ...]
    output_separator: str = ","
    output_rows: int = 0
    folds: int
    score: ScoreSource
    command: tuple[str, ...] = ()
    task_folder: str = ""
    inferred: tuple[Inferred, ...] = ()
    notes: tuple[str, ...] = ()
    view: TaskView
    targets: tuple[str, ...] = ()


def write_sealed(private: Path, sealed: Sealed) -> None:
    """Write the task as scoring needs it."""
    (private / TASK).write_bytes(msgspec.json.format(msgspec.json.encode(sealed)))


def read_sealed(session_folder: Path) -> Sealed:
    """Read the task of a prepared session.

    Raises:
        SessionError: it is not prepared, or its files are damaged or from a newer version.
    """
    path = session_folder / PRIVATE / TASK
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SessionError(f"{session_folder}: its task was never prepared (there is no {path.name}).") from error
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        sealed = msgspec.json.decode(content, type=Sealed)
    except msgspec.DecodeError as error:
        raise SessionError(f"{path}: damaged: {error}.") from error
    if sealed.version > FORMAT_VERSION:
        raise SessionError(f"{path}: written by a newer version of tui-aide (format {sealed.version}); upgrade.")
    return sealed


def load_prepared(session_folder: Path) -> Prepared:
    """Re-read what `prepare` wrote; the task folder is not needed.

    Raises:
        SessionError: the session is not prepared, or its files are damaged.
    """
    sealed = read_sealed(session_folder)
    folder = session_folder / INPUT
    inputs = tuple(folder / f"fold-{place}" for place in range(sealed.folds)) if sealed.folds > 1 else (folder,)
    missing = next((path for path in inputs if not path.is_dir()), None)
    if missing is not None:
        raise SessionError(f"{missing}: the folder is gone; the session cannot go on without its inputs.")
    return Prepared(view=sealed.view, inputs=inputs, private=session_folder / PRIVATE)

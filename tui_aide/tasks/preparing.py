"""Preparing a session: what its scripts see, and what they must not, written at once or not at all."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

import numpy as np

from tui_aide.errors import SessionError, TaskError
from tui_aide.tasks.csv_format import CsvFormat, sniff
from tui_aide.tasks.csv_rows import open_csv
from tui_aide.tasks.custom_metric import split_name, try_out
from tui_aide.tasks.extra_files import extra_files, place_files
from tui_aide.tasks.hiding import hide_rows
from tui_aide.tasks.linked import link_files
from tui_aide.tasks.metrics import is_custom
from tui_aide.tasks.preview import MOST_COLUMNS, preview_columns
from tui_aide.tasks.private_store import HELD_OUT, write_secrets
from tui_aide.tasks.read_only import make_read_only, remove_tree
from tui_aide.tasks.sealed import INPUT, PRIVATE, TASK, Inferred, Sealed, load_prepared, write_sealed
from tui_aide.tasks.shown_files import list_files, note_linked_folders
from tui_aide.tasks.shown_tables import count_rows, write_shown
from tui_aide.tasks.task import Column, Prepared, Task, TaskView

_SCRATCH = ".prepare-"


def prepare(task: Task, session_folder: Path, seed: int) -> Prepared:
    """Write `<session>/input` (what scripts see) and `<session>/private` (labels and id maps, mode 0700).

    A session that is prepared already is left as it is. A crash in the middle leaves nothing half: both folders are
    written elsewhere and renamed, `private` last. `input` is made read-only; remove the session with `remove_tree`.

    Args:
        task: the loaded task.
        session_folder: the session's folder; made where it is missing.
        seed: the same seed gives the same split, order and ids.

    Raises:
        TaskError: the tables changed since they were loaded, or do not allow the split, or too much lies beside them.
        SessionError: the session folder cannot be written.
    """
    if (session_folder / PRIVATE / TASK).exists():
        return load_prepared(session_folder)
    try:
        session_folder.mkdir(parents=True, exist_ok=True)
        for stale in session_folder.glob(f"{_SCRATCH}*"):
            remove_tree(stale, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=session_folder))
        try:
            _write(task, scratch, seed)
            for name in (INPUT, PRIVATE):
                remove_tree(session_folder / name, ignore_errors=True)
                (scratch / name).rename(session_folder / name)
                if name == INPUT:  # not sooner: a folder that may not be written cannot be moved
                    make_read_only(session_folder / name)
        finally:
            remove_tree(scratch, ignore_errors=True)
    except OSError as error:
        raise _explain(task, session_folder, error) from error
    return load_prepared(session_folder)


def _explain(task: Task, folder: Path, error: OSError) -> SessionError | TaskError:
    if isinstance(error, shutil.Error):  # of a copied folder: one entry a file
        source, _, reason = error.args[0][0]
        return TaskError(f"{source}: cannot be copied: {reason}.")
    if error.filename is not None and Path(error.filename).is_relative_to(task.folder):
        inside = not Path(error.filename).is_relative_to(folder.resolve())
        if inside and error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return TaskError(f"{error.filename}: cannot be read: {error.strerror}.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SessionError(f"{folder}: no space left on the disk; free some, or choose another --sessions-dir.")
    where = error.filename or folder
    return SessionError(f"{where}: cannot be written: {error.strerror or error}; choose another --sessions-dir.")


def _write(task: Task, scratch: Path, seed: int) -> None:
    private = scratch / PRIVATE
    private.mkdir(mode=0o700)
    inputs = [scratch / INPUT / f"fold-{fold}" for fold in range(task.folds)] if task.folds > 1 else [scratch / INPUT]
    for folder in inputs:
        folder.mkdir(parents=True)
    extras, notes = extra_files(task, scratch)
    (link_files if task.link else place_files)(extras, inputs)
    notes += note_linked_folders(inputs[0])
    for folder in inputs:
        if task.description:
            (folder / "description.md").write_text(task.description, encoding="utf-8")
    output_columns = (task.id, *task.prediction_columns)
    separator = ","
    if task.sample_submission is not None:
        sample = open_csv(task.sample_submission, sniff(task.sample_submission))
        output_columns, separator = sample.header, sample.format.separator
    columns: tuple[Column, ...] = ()
    train_rows = test_rows = 0
    shown = CsvFormat(",", "utf-8")
    output_rows = 0
    if task.split == "none":
        output_rows = count_rows(task.sample_submission) if task.sample_submission else 0
        train_rows, test_rows, shown, columns = _preview_unsplit(task, inputs[0])
    else:
        secrets, tables = hide_rows(task, seed)
        if is_custom(task.metric):
            try_out(task, tables.truth)
        held_out = private / HELD_OUT if secrets.held_places is not None else None
        write_shown(task, tables, secrets, inputs, output_columns, held_out)
        write_secrets(private, secrets)
        train_rows = len(tables.truth) - int(np.sum(tables.plan.fold == 0))
        test_rows = len(secrets.folds[0].ids)
        columns = preview_columns(
            inputs[0] / "train.csv", shown, train_rows, tables.test_header, task.target_columns, task.id
        )
        if len(tables.train.header) > MOST_COLUMNS:
            notes.append(f"{len(tables.train.header):,} columns; {MOST_COLUMNS} of them are described here.")
    if is_custom(task.metric):
        file, _ = split_name(task.metric)
        (private / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(task.folder / file, private / file)
    view = TaskView(
        name=task.name,
        goal=task.goal,
        description=task.description,
        metric=task.metric,
        direction=task.direction,
        kind=task.kind,
        target=task.target,
        id=task.id,
        prediction_columns=task.prediction_columns,
        classes=task.classes,
        columns=columns,
        train_rows=train_rows,
        test_rows=test_rows,
        files=list_files(inputs[0]),
        separator=shown.separator,
        encoding=shown.encoding,
        split=task.split,
        folds=task.folds,
        score=task.score,
        notes=(*task.notes, *notes),
        targets=task.targets,
    )
    sealed = Sealed(
        seed=seed,
        metric=task.metric,
        direction=task.direction,
        kind=task.kind,
        classes=task.classes,
        prediction_columns=task.prediction_columns,
        id=task.id,
        output_columns=output_columns,
        output_separator=separator,
        output_rows=output_rows,
        folds=task.folds,
        score=task.score,
        command=task.command,
        task_folder=str(task.folder) if task.command else "",
        inferred=tuple(Inferred(key, _as_text(getattr(task, key, "")), why) for key, why in task.inferred.items()),
        notes=task.notes,
        view=view,
        targets=task.targets,
    )
    write_sealed(private, sealed)


def _as_text(value: object) -> str:
    """Return a task's value on one short line."""
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value[:8]) + (", ..." if len(value) > 8 else "")
    text = " ".join(str(value).split())[:80]
    return text if text or not value else repr(value)  # a separator may be a tab


def _preview_unsplit(task: Task, folder: Path) -> tuple[int, int, CsvFormat, tuple[Column, ...]]:
    """Describe the tables of a task that hides nothing, as far as there are any; they are shown as they are."""
    table, test = folder / task.train.name, folder / (task.test.name if task.test else "test.csv")
    test_rows = count_rows(test)
    if not table.is_file():
        return 0, test_rows, CsvFormat(",", "utf-8"), ()
    shown = sniff(table)
    rows = count_rows(table)
    header = open_csv(test, sniff(test)).header if test.is_file() else ()
    return rows, test_rows, shown, preview_columns(table, shown, rows, header, task.target_columns, task.id)

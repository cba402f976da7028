"""The input folder of a run with all labels: train.csv with the hidden rows in it, test.csv without them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tui_aide.errors import SessionError
from tui_aide.tasks.csv_format import CsvFormat
from tui_aide.tasks.csv_rows import CsvFile, RowFormatter, open_csv
from tui_aide.tasks.private_store import HELD_OUT, Secrets, read_secrets
from tui_aide.tasks.read_only import make_read_only, remove_tree
from tui_aide.tasks.sealed import INPUT, PRIVATE, REFIT, Sealed, load_prepared, read_sealed

_SHOWN = CsvFormat(",", "utf-8")
_TABLES = ("train.csv", "test.csv", "sample_submission.csv")


def write_refit_input(session_folder: Path) -> Path | None:
    """Write what a script would see if nothing were hidden, and return the folder, which is read-only.

    train.csv holds every row with a label, test.csv the real test rows under their own ids, both in their original
    order; all else is as the scripts of the search see it. The session's own copy of the data is read.

    Returns:
        The folder; None where there is nothing to win: no rows are hidden, there are no test rows, or the session was
        prepared before hidden rows were kept whole. Of several folds there is nothing to win either: the submission is
        the mean over models that have seen every label between them, and as good as one model that has seen all.

    Raises:
        SessionError: the session's files are damaged, or there is no room.
    """
    task = read_sealed(session_folder)
    private = session_folder / PRIVATE
    if task.score != "holdout" or task.folds > 1 or not (private / HELD_OUT).is_file():
        return None
    secrets = read_secrets(session_folder)
    if not secrets.real_ids or secrets.held_places is None:
        return None
    source, goal = load_prepared(session_folder).inputs[0], private / REFIT / INPUT
    try:
        remove_tree(private / REFIT, ignore_errors=True)
        goal.mkdir(parents=True)
        for path in source.iterdir():
            if path.name not in _TABLES:
                _share(path, goal / path.name)
        _write_train(source / _TABLES[0], private / HELD_OUT, secrets.held_places.tolist(), goal / _TABLES[0])
        for name in _TABLES[1:]:
            _write_real(source / name, goal / name, task, secrets)
        make_read_only(goal)
    except OSError as error:
        raise SessionError(f"{error.filename or goal}: cannot be written: {error.strerror}.") from error
    return goal


def _share(path: Path, goal: Path) -> None:
    """Link a file or a folder's files: both sides are read-only."""
    if path.is_symlink():
        goal.symlink_to(path.readlink())  # never into it: what it leads to is the user's
    elif path.is_dir():
        shutil.copytree(path, goal, copy_function=os.link)
    else:
        goal.hardlink_to(path)


def _write_train(shown: Path, held_out: Path, places: list[int], goal: Path) -> None:
    """Merge the shown rows and those held out, whose places among all rows are known."""
    ours, held = open_csv(shown, _SHOWN), open_csv(held_out, _SHOWN)
    rest, missing, hidden = ours.rows(), held.rows(), frozenset(places)
    row = RowFormatter()
    with goal.open("w", encoding="utf-8", newline="") as file:
        file.write(row.line(ours.header))
        for place in count():
            cells = next(missing if place in hidden else rest, None)
            if cells is None:
                break
            file.write(row.line(cells))
    if next(rest, None) is not None or next(missing, None) is not None:
        raise SessionError(f"{held_out}: damaged: its rows do not fill the gaps of {shown.name}.")


def _write_real(shown: Path, goal: Path, task: Sealed, secrets: Secrets) -> None:
    """Write the real test rows' lines of a shown table, in the order and with the ids of the original test.csv."""
    table = open_csv(shown, _SHOWN)
    at = table.header.index(task.id)
    lines = sorted(_real_rows(table, secrets), key=lambda line: line[0])
    row = RowFormatter()
    with goal.open("w", encoding="utf-8", newline="") as file:
        file.write(row.line(table.header))
        for place, cells in lines:
            file.write(row.line([*cells[:at], secrets.real_ids[place], *cells[at + 1 :]]))


def _real_rows(table: CsvFile, secrets: Secrets) -> Iterator[tuple[int, list[str]]]:
    for cells, owner in zip(table.rows(), secrets.folds[0].owner.tolist(), strict=True):
        if owner < 0:
            yield -1 - owner, cells

"""Writing the tables that scripts see: train.csv without hidden rows, test.csv with them mixed in, the sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import numpy as np

from tui_aide.tasks.csv_format import sniff
from tui_aide.tasks.csv_rows import CsvFile, RowFormatter, open_csv
from tui_aide.tasks.hiding import Tables
from tui_aide.tasks.private_store import Secrets
from tui_aide.tasks.spelling import spell_plainly
from tui_aide.tasks.task import Task


def write_shown(
    task: Task,
    tables: Tables,
    secrets: Secrets,
    inputs: Sequence[Path],
    output_columns: Sequence[str],
    held_out: Path | None,
) -> None:
    """Write train.csv, test.csv and sample_submission.csv of every fold, comma-separated in UTF-8.

    What the first fold's train.csv lacks goes to `held_out`, if there is such a file, in the same form.

    Cells keep their text, but for whole numbers that only one table writes as 5.0. Hidden and real rows go through
    the same formatting, so nothing but their values differs.
    """
    row = RowFormatter()
    halves = _write_train(task, tables, inputs, held_out)
    if tables.test is not None:
        place = _TestRow(tables.test.header, tables.test_header, task.id)
        places = [tables.test.header.index(name) for name in tables.plain & set(tables.test.header)]
        real = [place.halves(cells) for cells in spell_plainly(tables.test.rows(), places)]
    else:
        real = []
    columns = [name for name in output_columns if name == task.id or name in task.prediction_columns]
    if task.id not in columns:
        columns.insert(0, task.id)
    for number, (folder, fold) in enumerate(zip(inputs, secrets.folds, strict=True)):
        with _create(folder / "test.csv") as file:
            file.write(row.line(tables.test_header))
            for text, owner in zip(fold.ids, fold.owner.tolist(), strict=True):
                before, after = halves[owner] if owner >= 0 else real[-1 - owner]
                file.write(before + row.part([text]) + after)
        prior = _prior(task, tables, number)
        with _create(folder / "sample_submission.csv") as file:
            file.write(row.line(columns))
            for text in fold.ids:
                file.write(row.line([text if name == task.id else prior[name] for name in columns]))


def _create(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


class _TestRow:
    """Formats a row in the shown test.csv's columns as what stands before its id and after it."""

    def __init__(self, header: Sequence[str], shown: Sequence[str], id_name: str) -> None:
        at = shown.index(id_name)
        self._before = [header.index(name) for name in shown[:at]]
        self._after = [header.index(name) for name in shown[at + 1 :]]
        self._row = RowFormatter()

    def halves(self, cells: Sequence[str]) -> tuple[str, str]:
        """Return the text before and after the id, with separators and line feed."""
        before = self._row.part([cells[place] for place in self._before])
        after = self._row.part([cells[place] for place in self._after])
        return before + "," if self._before else "", ("," + after if self._after else "") + "\n"


def _kept_rows(tables: Tables) -> Iterator[list[str]]:
    keep = tables.kept.tolist()
    places = [tables.train.header.index(name) for name in tables.plain]
    for cells, kept in zip(spell_plainly(tables.train.rows(), places), keep, strict=True):
        if kept:
            yield cells


def _write_train(task: Task, tables: Tables, inputs: Sequence[Path], held_out: Path | None) -> list[tuple[str, str]]:
    """Write each fold's train.csv, and the rows that the first one hides.

    Returns the hidden rows, formatted for test.csv, in their order.
    """
    halves: list[tuple[str, str]] = []
    place = _TestRow(tables.train.header, tables.test_header, task.id) if _has_all(tables) else None
    place = place or _TestRow((*tables.train.header, task.id), tables.test_header, task.id)
    row = RowFormatter()
    with ExitStack() as stack:
        files = [stack.enter_context(_create(folder / "train.csv")) for folder in inputs]
        writes = [file.write for file in files]
        withheld = [stack.enter_context(_create(path)).write for path in (held_out,) if path is not None]
        for write in (*writes, *withheld):
            write(row.line(tables.train.header))
        for cells, fold in zip(_kept_rows(tables), tables.plan.fold.tolist(), strict=True):
            if fold >= 0:
                halves.append(place.halves(cells))
            line = row.line(cells)
            for write in withheld if fold == 0 else ():
                write(line)
            for number, write in enumerate(writes):
                if number != fold:
                    write(line)
    return halves


def _has_all(tables: Tables) -> bool:
    return all(name in tables.train.header for name in tables.test_header)


def _prior(task: Task, tables: Tables, fold: int) -> dict[str, str]:
    """The constant predictions of the sample submission: from the rows that this fold's scripts may learn from."""
    seen = tables.truth[tables.plan.fold != fold]
    if task.targets:
        means = seen.astype(np.float64).mean(axis=0)
        return {name: f"{mean:.6g}" for name, mean in zip(task.prediction_columns, means.tolist(), strict=True)}
    if task.kind == "texts":
        values, counts = np.unique(seen, return_counts=True)
        return dict.fromkeys(task.prediction_columns, str(values[int(np.argmax(counts))]))
    if task.kind == "values":
        return dict.fromkeys(task.prediction_columns, f"{float(np.mean(seen)):.6g}")
    shares = np.bincount(seen, minlength=len(task.classes)) / max(len(seen), 1)
    if task.kind == "labels":
        return dict.fromkeys(task.prediction_columns, task.classes[int(np.argmax(shares))])
    if len(task.prediction_columns) == 1:
        return {task.prediction_columns[0]: f"{shares[-1]:.6g}"}
    return {name: f"{share:.6g}" for name, share in zip(task.prediction_columns, shares, strict=True)}


def count_rows(path: Path) -> int:
    """Return the rows of a table; 0 where there is none."""
    if not path.is_file():
        return 0
    file: CsvFile = open_csv(path, sniff(path))
    return sum(1 for _ in file.rows())

"""What a folder holds, for a user who is about to search it: rows, columns, the task as it is understood, and why.

Only the first part of large tables is looked at, so that the answer comes at once.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tui_aide.errors import TaskError
from tui_aide.tasks.columns import named_targets
from tui_aide.tasks.csv_format import CsvFormat, sniff
from tui_aide.tasks.csv_rows import CsvFile, RowFormatter, open_csv
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.metric import misfit
from tui_aide.tasks.metrics import METRICS
from tui_aide.tasks.several import fitting_metrics, read_several
from tui_aide.tasks.target import read_target
from tui_aide.tasks.task import Column, Task
from tui_aide.tasks.task_toml import FILE, read_task_toml
from tui_aide.tasks.writing import write_task_toml

MOST_BYTES = 8 << 20
"""Bytes of each table that are looked at."""

_SHOWN_ROWS = 40
_DESCRIBED_ROWS = 5_000
_DESCRIBED_CELLS = 1_000_000

KEYS = ("target", "metric", "id", "split")
"""The keys of task.toml that a user may change before the file is written."""


class TableSize(msgspec.Struct, frozen=True):
    """A table's rows and bytes; of a table that was not read to its end the rows are estimated from its bytes."""

    name: str
    rows: int
    size: int
    exact: bool = True


class Understood(msgspec.Struct, frozen=True):
    """A key of the task: its value, and why it has it; empty where task.toml or the user says so."""

    value: str
    why: str = ""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a folder.

    Attributes:
        tables: train.csv, then test.csv where there is one.
        header: the columns of train.csv, and `only_train` those that test.csv lacks.
        rows: its first rows, as text.
        keys: name, metric, direction, target, id, split, folds and holdout by name; empty where they are not known.
        notes: what is odd, one line each.
        problem: why this is no task yet, with the remedy; "" where all is well.
        field: the key that the problem is about, or "task".
        metrics: the metrics that fit the target.
        toml: the task.toml that says all this.
        written: the text of the folder's own task.toml, None where it has none.
    """

    folder: str
    tables: tuple[TableSize, ...] = ()
    header: tuple[str, ...] = ()
    only_train: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    keys: dict[str, Understood] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problem: str = ""
    field: str = ""
    metrics: tuple[str, ...] = ()
    toml: str = ""
    written: str | None = None


def survey(folder: Path, changes: Mapping[str, str]) -> Survey:
    """Return what a folder holds; a folder that is no task gives a `problem`, never an error.

    Args:
        folder: the task's folder.
        changes: keys of task.toml that the user wants otherwise.
    """
    found = Survey(folder=str(folder))
    try:
        found = _look(folder, found)
        task = load_task(folder, changes, MOST_BYTES)
    except TaskError as error:
        return msgspec.structs.replace(found, problem=str(error), field=_field(str(error)))
    except OSError as error:
        problem = f"{error.filename or folder}: cannot be read: {error.strerror}."
        return msgspec.structs.replace(found, problem=problem, field="task")
    except UnicodeDecodeError as error:
        problem = f"{folder}: a table is not written in {error.encoding} throughout; save it as UTF-8."
        return msgspec.structs.replace(found, problem=problem, field="task")
    return msgspec.structs.replace(
        found,
        keys=_understood(task),
        notes=task.notes,
        metrics=_fitting(folder, task),
        toml=write_task_toml(task, read_task_toml(folder)),
    )


def describe_columns(folder: Path, target: str, id_name: str) -> tuple[Column, ...]:
    """Return what the columns of train.csv hold, by its first rows, in the words of the models' prompts.

    Imports pandas.

    Raises:
        TaskError: the table cannot be read.
    """
    from tui_aide.tasks.preview import preview_columns

    train = _train(folder)
    if train is None:
        return ()
    test = _table(folder, "test")
    most = max(100, min(_DESCRIBED_ROWS, _DESCRIBED_CELLS // len(train.header)))
    with tempfile.TemporaryDirectory(prefix="tui-aide-") as made:
        copy, rows = Path(made, "train.csv"), 0
        line = RowFormatter().line
        with copy.open("w", encoding="utf-8", newline="") as file:
            file.write(line(train.header))
            for row in itertools.islice(train.rows(), most):
                file.write(line(row))
                rows += 1
        header = test.header if test is not None else ()
        targets = named_targets(target, train.header)
        return preview_columns(copy, CsvFormat(",", "utf-8"), rows, header, targets, id_name)


def _look(folder: Path, found: Survey) -> Survey:
    path = folder / FILE
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        found = msgspec.structs.replace(found, written=text)
    if (train := _train(folder)) is None:
        return found
    test = _table(folder, "test")
    rows = list(itertools.islice(train.rows(), _SHOWN_ROWS))
    in_test = set(test.header) if test is not None else set(train.header)
    return msgspec.structs.replace(
        found,
        tables=tuple(_size(table) for table in (train, test) if table is not None),
        header=train.header,
        only_train=tuple(c for c in train.header if c not in in_test),
        rows=tuple(tuple(cell[:200] for cell in row) for row in rows),
    )


def _train(folder: Path) -> CsvFile | None:
    return _table(folder, "train")


def _table(folder: Path, key: str) -> CsvFile | None:
    keys = read_task_toml(folder)
    path = folder / (getattr(keys, key) or f"{key}.csv")
    if not path.is_file():
        return None
    return open_csv(path, sniff(path, keys.separator, keys.encoding, MOST_BYTES), MOST_BYTES)


def _size(table: CsvFile) -> TableSize:
    size = table.path.stat().st_size
    counted = sum(1 for _ in table.rows())
    if table.whole:
        return TableSize(table.path.name, counted, size)
    with table.path.open("rb") as file:
        head = file.read(1 << 20)
    lines = max(1, head.count(b"\n"))
    return TableSize(table.path.name, round(size * lines / len(head)), size, exact=False)


def _understood(task: Task) -> dict[str, Understood]:
    values = {key: str(getattr(task, key)) for key in ("name", "metric", "direction", "target", "id", "split", "folds")}
    values["target"] = ", ".join(task.target_columns)
    values["holdout"] = f"{task.holdout:g}"
    return {key: Understood(value, task.inferred.get(key, "")) for key, value in values.items()}


def _fitting(folder: Path, task: Task) -> tuple[str, ...]:
    """Return the registered metrics that the target can be scored by."""
    train = _train(folder)
    if train is None or any(name not in train.header for name in task.target_columns) or not task.target_columns:
        return tuple(METRICS)
    cells = train.columns(list(task.target_columns))
    if task.targets:
        return fitting_metrics(read_several(cells))
    if task.kind == "texts":
        return ("accuracy",)
    target = read_target(cells[task.target])
    return tuple(name for name, info in METRICS.items() if not misfit(info, target))


def _field(message: str) -> str:
    """Return the key that an error is about, by the words of its message."""
    keys = "|".join(KEYS)
    for pattern in (rf"`({keys})`", rf"\b({keys}) = \"", r"\b(metric|split) '", r"the (target)\b"):
        if match := re.search(pattern, message):
            return match[1]
    return "task"

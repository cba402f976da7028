"""Loading a task folder: task.toml, the CSV files, and what is inferred where keys are left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tui_aide.errors import TaskError
from tui_aide.tasks.columns import check_columns, find_id, find_targets
from tui_aide.tasks.csv_format import sniff
from tui_aide.tasks.csv_rows import CsvFile, open_csv
from tui_aide.tasks.goal import describe_goal
from tui_aide.tasks.inference import MetricChoice, check_split, choose_metric, choose_metric_of_several, choose_split
from tui_aide.tasks.metric import misfit
from tui_aide.tasks.sample import read_sample
from tui_aide.tasks.several import check_several, read_several, title
from tui_aide.tasks.target import Target, read_target
from tui_aide.tasks.task import Task
from tui_aide.tasks.task_toml import TaskToml, changed_keys, read_task_toml
from tui_aide.tasks.unsplit import load_unsplit

FEWEST_ROWS = 10
"""Rows with a target that a task must have: fewer give no score worth the name."""

SMALL_DATA = 1000
"""Below so many rows a single hold-out is too noisy, and folds are the default."""


def load_task(folder: Path, changes: Mapping[str, object] | None = None, most: int | None = None) -> Task:
    """Read a task folder and complete it.

    Args:
        folder: the task folder.
        changes: keys that replace those of its task.toml, as if they stood there.
        most: for a preview, bytes of each table to look at; None for all, as a search needs it.

    `Task.inferred` says of each key that task.toml leaves out why it has its value; `Task.notes` what was odd.

    Raises:
        TaskError: the folder, a file in it or a key of task.toml cannot be used; the message names it and the remedy.
    """
    folder = folder.expanduser()
    _check_folder(folder)
    try:
        return _load(folder.resolve(), changes or {}, most)
    except OSError as error:
        raise TaskError(f"{error.filename or folder}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TaskError(
            f"{folder}: a table is not written in {error.encoding} throughout; save it as UTF-8."
        ) from error


def _load(folder: Path, changes: Mapping[str, object], most: int | None) -> Task:
    keys = changed_keys(read_task_toml(folder), changes)
    if keys.split == "none":
        return load_unsplit(folder, keys)
    if keys.score in ("command", "reported"):
        raise TaskError(f'task.toml: score = "{keys.score}" goes with split = "none"; add it, or leave `score` out.')
    notes: list[str] = []
    train = _open(folder, keys.train or "train.csv", keys, notes, most, required=keys.train is not None)
    if train is None:
        raise TaskError(f"{folder}: there is no train.csv{_listing(folder)}; {_way_to_train(folder)}.")
    test = _open(folder, keys.test or "test.csv", keys, notes, most, required=keys.test is not None)
    sample = _open(
        folder,
        keys.sample_submission or "sample_submission.csv",
        keys,
        notes,
        most,
        required=keys.sample_submission is not None,
    )
    return _complete(folder, keys, train, test, sample, notes)


def _complete(
    folder: Path, keys: TaskToml, train: CsvFile, test: CsvFile | None, sample: CsvFile | None, notes: list[str]
) -> Task:
    inferred: dict[str, str] = {}
    if keys.separator is None:
        inferred["separator"] = f"found in {train.path.name}"
    if keys.encoding is None:
        inferred["encoding"] = f"found in {train.path.name}"
    targets = find_targets(keys, train, test, sample, inferred)
    notes += check_columns(train, test, sample, targets, keys)
    id_name, cells = find_id(keys, train, test, sample, targets, inferred)
    target_name = title(targets)
    if len(targets) > 1:
        choice, classes, rows = _understand_several(folder, keys, train, sample, cells, id_name, inferred, notes)
        strata: tuple[str, ...] = ("0", "1") if choice.kind == "probabilities" else ()
    else:
        choice, classes, rows = _understand(
            folder, keys, train, sample, target_name, cells[target_name], id_name, inferred, notes
        )
        strata = classes
    split = choose_split(keys, train, choice.kind, strata, id_name, inferred, notes)
    check_split(split, train)
    if keys.holdout is None and "folds" not in inferred:
        inferred["holdout"] = "the default"
    folds = _choose_folds(keys, split, rows, inferred)
    name, goal, description = describe_goal(folder, keys, target_name, inferred)
    columns = choice.columns or ((target_name,) if not _wide(choice.kind, classes) else classes)
    return Task(
        folder=folder,
        name=name,
        goal=goal,
        description=description,
        metric=choice.info.name,
        direction=choice.info.direction,
        target=target_name,
        id=id_name,
        kind=choice.kind,
        classes=classes,
        prediction_columns=columns,
        split=split,
        holdout=keys.holdout if keys.holdout is not None else 0.2,
        folds=folds,
        separator=train.format.separator,
        encoding=train.format.encoding,
        decimal=train.format.decimal,
        train=train.path,
        test=test.path if test else None,
        sample_submission=sample.path if sample else None,
        inferred=inferred,
        notes=tuple(notes),
        targets=targets if len(targets) > 1 else (),
        link=bool(keys.link),
    )


def _understand(
    folder: Path,
    keys: TaskToml,
    train: CsvFile,
    sample: CsvFile | None,
    name: str,
    cells: list[str],
    id_name: str,
    inferred: dict[str, str],
    notes: list[str],
) -> tuple[MetricChoice, tuple[str, ...], int]:
    """Return one target's metric, its classes where it has any, and the rows that have a value."""
    target = read_target(cells)
    _check_target(target, name, train, len(cells), notes)
    _check_rows(target.rows, train)
    outline = read_sample(sample, id_name, name, target) if sample else None
    choice = choose_metric(keys, target, name, outline, folder, inferred)
    if choice.kind != "texts" and (reason := misfit(choice.info, target)):
        raise TaskError(f"task.toml: metric {choice.info.name!r} does not fit the target {name!r}: {reason}.")
    if choice.kind != "values" and target.count == 1:
        raise TaskError(
            f"{train.path.name}: the target {name!r} has one class only ({target.example!r}); "
            "there is nothing to learn. Check the column, or add rows of the other classes."
        )
    return choice, target.values if choice.kind in ("labels", "probabilities") else (), target.rows


def _understand_several(
    folder: Path,
    keys: TaskToml,
    train: CsvFile,
    sample: CsvFile | None,
    cells: dict[str, list[str]],
    id_name: str,
    inferred: dict[str, str],
    notes: list[str],
) -> tuple[MetricChoice, tuple[str, ...], int]:
    """Return several targets' metric, no classes, and the rows that have a value in each."""
    several = read_several(cells)
    rows = several.rows + several.missing
    if not rows:
        raise TaskError(f"{train.path.name}: there is a header but no rows; add the training rows.")
    if several.missing:
        share = 100 * several.missing / rows
        notes.append(f"{several.missing:,} of {rows:,} training rows ({share:.1f} %) lack a target and are left out.")
    _check_rows(several.rows, train)
    check_several(several, train.path.name)
    return choose_metric_of_several(keys, several, sample, id_name, folder, inferred), (), several.rows


def _check_rows(rows: int, train: CsvFile) -> None:
    if rows < FEWEST_ROWS:
        raise TaskError(
            f"{train.path.name}: {rows} rows with a target are too few to hold any out; "
            f'add rows ({FEWEST_ROWS} at least), or set split = "none" in task.toml.'
        )


def _wide(kind: str, classes: tuple[str, ...]) -> bool:
    return kind == "probabilities" and len(classes) > 2


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise TaskError(f"{folder}: there is no such folder; give a folder that holds train.csv.")
    if not folder.is_dir():
        raise TaskError(f"{folder}: this is a file; give the folder that holds train.csv.")
    try:
        empty = not any(folder.iterdir())
    except OSError as error:
        raise TaskError(f"{folder}: cannot be read: {error.strerror}.") from error
    if empty:
        raise TaskError(f"{folder}: the folder is empty; put train.csv and test.csv there.")


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f" (it holds: {shown})" if names else ""


def _way_to_train(folder: Path) -> str:
    """Return what to do in a folder without train.csv, by what it holds."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    tables = [name for name in names if name.lower().endswith((".csv", ".tsv"))]
    tables.sort(key=lambda name: "train" not in name.casefold())
    if tables:
        return f'rename the table with the target, or name it in task.toml: train = "{tables[0]}"'
    readers = {".parquet": "read_parquet", ".feather": "read_feather", ".xlsx": "read_excel", ".xls": "read_excel"}
    for name in sorted(names, key=lambda name: "train" not in name.casefold()):
        if reader := readers.get(Path(name).suffix.lower()):
            return f'make it a CSV file, by pandas: pd.{reader}("{name}").to_csv("{Path(name).stem}.csv", index=False)'
    packed = [name for name in names if name.lower().endswith((".zip", ".gz", ".tar", ".tgz", ".7z"))]
    return f"unpack {packed[0]} there" if packed else "put it there"


def _open(
    folder: Path, name: str, keys: TaskToml, notes: list[str], most: int | None, required: bool = False
) -> CsvFile | None:
    path = folder / name
    if not path.is_file():
        if required:
            key = next(key for key in ("sample_submission", "test", "train") if name == getattr(keys, key))
            raise TaskError(
                f"task.toml: `{key}` is {name!r}, but there is no such file in {folder}{_listing(folder)}; correct it."
            )
        return None
    # a sample submission is often written by another program than the data
    own = name == (keys.sample_submission or "sample_submission.csv")
    format = sniff(path, None if own else keys.separator, None if own else keys.encoding, most)
    if format.note:
        notes.append(format.note)
    file = open_csv(path, format, most)
    if len(file.header) == 1 and not own:
        raise TaskError(
            f"{name}: there is only one column ({file.header[0][:40]!r}); "
            "if it is separated by another character, set `separator` in task.toml."
        )
    return file


def _check_target(target: Target, name: str, train: CsvFile, rows: int, notes: list[str]) -> None:
    if not rows:
        raise TaskError(f"{train.path.name}: there is a header but no rows; add the training rows.")
    if not target.rows:
        raise TaskError(f"{train.path.name}: the target {name!r} has no value in any row; check the column.")
    if target.missing:
        share = 100 * target.missing / rows
        notes.append(
            f"{target.missing:,} of {rows:,} training rows ({share:.1f} %) have no {name!r} and are left out."
            + (" That is much: check that the target is right." if share > 20 else "")
        )


def _choose_folds(keys: TaskToml, split: str, rows: int, inferred: dict[str, str]) -> int:
    if split.startswith("time:"):
        if keys.folds is not None and keys.folds > 1:
            raise TaskError(
                'task.toml: `folds` does not go with split = "time:..."; leave it out (the latest rows are held out).'
            )
        return 1
    if keys.folds is not None:
        if keys.folds * 2 > rows:
            raise TaskError(f"task.toml: `folds` is {keys.folds}, but there are only {rows} rows; use 5 or fewer.")
        return keys.folds
    if keys.holdout is not None:
        return 1
    if rows < SMALL_DATA:
        inferred["folds"] = f"{rows:,} rows are few for a single hold-out, so every row is predicted once in 5 folds"
        return 5
    inferred["folds"] = f"{rows:,} rows are enough for a single hold-out"
    return 1

"""Hiding rows: reading the tables again, planning the split, and giving the shown test rows their ids and order."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from tui_aide.errors import TaskError
from tui_aide.tasks.csv_format import CsvFormat, sniff
from tui_aide.tasks.csv_rows import CsvFile, open_csv
from tui_aide.tasks.identifiers import betray, fresh_ids
from tui_aide.tasks.private_store import FoldMap, Secrets
from tui_aide.tasks.several import zero_one
from tui_aide.tasks.spelling import whole_number_columns
from tui_aide.tasks.splitting import Array, SplitPlan, plan_split
from tui_aide.tasks.target import as_number, is_missing
from tui_aide.tasks.task import Task

FEWEST = 4
"""Rows that must be hidden to score at all, and that must stay to learn from."""


class Tables(msgspec.Struct, frozen=True):
    """The original tables with their split.

    Attributes:
        train, test: the files.
        kept: (rows of train.csv,) whether the row has a target; rows without are dropped.
        truth: (kept rows,) class codes, values or texts, or (kept rows, targets).
        plan: the split of the kept rows.
        test_header: columns of the shown test.csv.
        plain: columns whose whole numbers are written without ``.0``, as only one table had it.
    """

    train: CsvFile
    test: CsvFile | None
    kept: npt.NDArray[np.bool_]
    truth: Array
    plan: SplitPlan
    test_header: tuple[str, ...]
    plain: frozenset[str] = frozenset()


def hide_rows(task: Task, seed: int) -> tuple[Secrets, Tables]:
    """Plan which rows are hidden, and under which ids and in which order the test rows are shown.

    Raises:
        TaskError: a table changed since it was loaded, or does not allow the split.
    """
    train = open_csv(task.train, CsvFormat(task.separator, task.encoding, decimal=task.decimal))
    test = _open_test(task)
    column = task.split.partition(":")[2]
    wanted = [*task.target_columns]
    wanted += [name for name in (task.id, column) if name in train.header and name not in wanted]
    cells = train.columns(wanted)
    given = zip(*(cells[name] for name in task.target_columns), strict=True)
    kept = np.array([not any(map(is_missing, row)) for row in given], dtype=np.bool_)
    texts = {
        name: [cell for cell, keep in zip(column_cells, kept, strict=True) if keep]
        for name, column_cells in cells.items()
    }
    truth = encode_targets([texts[name] for name in task.target_columns], task)
    strata, count = stratify(truth, task)
    plan = plan_split(
        task.split,
        strata,
        count,
        texts.get(column),
        holdout=task.holdout,
        folds=task.folds,
        seed=seed,
    )
    _check_sizes(task, plan)
    _check_classes(task, truth[(plan.fold >= 0) & ~plan.selection])
    hidden = np.flatnonzero(plan.fold >= 0)
    train_ids = texts.get(task.id) or [str(place) for place in np.flatnonzero(kept)]
    hidden_ids = [train_ids[place] for place in hidden]
    real_ids, order = _real_rows(task, test)
    own_ids = task.id in texts and (test is None or task.id in test.header) and not betray(hidden_ids, real_ids)
    own_ids = own_ids or (test is None and task.id in texts)
    secrets = Secrets(
        truth=truth[hidden],
        fold=plan.fold[hidden],
        group=plan.group[hidden],
        selection_group=plan.selection_group[hidden],
        selection=plan.selection[hidden],
        hidden_ids=hidden_ids,
        real_ids=real_ids,
        output_order=order,
        folds=_shuffle(plan.fold[hidden], hidden_ids, real_ids, own_ids, texts.get(task.id) or [], task.folds, seed),
        held_places=np.flatnonzero(plan.fold == 0) if task.folds == 1 else None,
    )
    shown = test.header if test else tuple(name for name in train.header if name not in task.target_columns)
    header = shown if task.id in shown else (task.id, *shown)
    plain = whole_number_columns(train, test) - {task.id} if test else frozenset()
    return secrets, Tables(train, test, kept, truth, plan, header, plain)


def _check_sizes(task: Task, plan: SplitPlan) -> None:
    hidden, rows = int(np.sum(plan.fold >= 0)), len(plan.fold)
    if task.folds == 1 and min(hidden, rows - hidden) < FEWEST:
        raise TaskError(
            f"task.toml: `holdout` is {task.holdout:g}, which hides {hidden} of {rows} rows; at least {FEWEST} must be "
            "hidden and as many stay. Correct it, or leave it out."
        )


def _check_classes(task: Task, search: Array) -> None:
    if task.classes and len(np.unique(search)) < 2:
        remedy = (
            "set folds = 5" if task.folds == 1 and not task.split.startswith("time:") else 'set split = "stratified"'
        )
        raise TaskError(
            f"task.toml: split {task.split!r} hides rows of one class only, so that no score can be told; "
            f"{remedy} in task.toml."
        )


def _open_test(task: Task) -> CsvFile | None:
    if task.test is None:
        return None
    # what task.toml names holds for both tables, what was found for train.csv only
    separator = None if "separator" in task.inferred else task.separator
    encoding = None if "encoding" in task.inferred else task.encoding
    return open_csv(task.test, sniff(task.test, separator, encoding))


def stratify(truth: Array, task: Task) -> tuple[Array, int]:
    """Return what a stratified split keeps even, (rows,), and how many classes that has; 0 for values.

    Of several labels a row's stratum is the rarest that it has (or that it has none), as iterative stratification
    deals the rarest label first (Sechidis, Tsoumakas and Vlahavas, 2011). Of several values it is their mean, each on
    its own scale.
    """
    if not task.targets:
        return truth, len(task.classes)
    if task.kind == "values":
        spread = truth.std(axis=0)
        return ((truth - truth.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).mean(axis=1), 0
    order = np.argsort(truth.sum(axis=0), kind="stable")
    ranked = truth[:, order] == 1
    return np.where(ranked.any(axis=1), ranked.argmax(axis=1), len(order)), len(order) + 1


def encode_targets(columns: list[list[str]], task: Task) -> Array:
    """Return one target's codes, values or texts, (rows,), or several targets' labels or values, (rows, targets).

    Raises:
        TaskError: a cell is not what it was when the task was loaded.
    """
    if not task.targets:
        return encode_target(columns[0], task)
    # a submission may have its columns in another order; truth is in that order
    place = {name: at for at, name in enumerate(task.targets)}
    ordered = [columns[place[name]] for name in task.prediction_columns]
    try:
        if task.kind == "values":
            return np.array(ordered, dtype=np.float64).T
        labels = np.array([[zero_one(cell) for cell in column] for column in ordered], dtype=np.float64)
        if np.isnan(labels).any():
            raise ValueError("a target holds other values than 0 and 1")
        return labels.T.astype(np.int64)
    except (TypeError, ValueError) as error:
        raise TaskError(f"{task.train.name}: it changed since the task was loaded ({error}); start again.") from error


def encode_target(texts: list[str], task: Task) -> Array:
    """Return class codes (int64), values (float64) or texts of the target's cells."""
    try:
        if task.kind == "texts":
            return np.array([text.strip() for text in texts], dtype=np.str_)
        if not task.classes:
            return np.array(texts, dtype=np.float64)
        codes: dict[str, int] = {label: code for code, label in enumerate(task.classes)}
        by_number = {as_number(label): code for label, code in codes.items()}
        for text in set(texts) - codes.keys():
            codes[text] = by_number[as_number(text)]  # another spelling, such as 1.0 for 1
        return np.array([codes[text] for text in texts], dtype=np.int64)
    except (KeyError, ValueError) as error:
        raise TaskError(f"{task.train.name}: it changed since the task was loaded ({error}); start again.") from error


def _real_rows(task: Task, test: CsvFile | None) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the real test rows' original ids, and their order in the final submission."""
    if test is None:
        return [], np.zeros(0, dtype=np.int64)
    first = task.id if task.id in test.header else test.header[0]
    ids = test.columns([first])[first]
    listed: list[str] | None = None
    if task.sample_submission is not None:
        sample = open_csv(task.sample_submission, sniff(task.sample_submission))
        listed = sample.columns([task.id])[task.id] if task.id in sample.header else None
    if task.id not in test.header:
        numbered = [str(place) for place in range(len(ids))]
        ids = listed if listed is not None and len(set(listed)) == len(ids) else numbered
        return ids, np.arange(len(ids))
    place = {text: row for row, text in enumerate(ids)}
    if listed is None or len(listed) != len(ids) or place.keys() != set(listed):
        return ids, np.arange(len(ids))
    return ids, np.array([place[text] for text in listed], dtype=np.int64)


def _shuffle(
    fold: npt.NDArray[np.int64],
    hidden_ids: list[str],
    real_ids: list[str],
    own_ids: bool,
    train_ids: list[str],
    folds: int,
    seed: int,
) -> list[FoldMap]:
    maps: list[FoldMap] = []
    real = -1 - np.arange(len(real_ids))
    for place in range(folds):
        rng = np.random.default_rng([seed, 0xF01D, place])
        owner = rng.permutation(np.concatenate([np.flatnonzero(fold == place), real]))
        if own_ids:
            ids = [hidden_ids[row] if row >= 0 else real_ids[-1 - row] for row in owner.tolist()]
        else:
            ids = fresh_ids(len(owner), train_ids)
        maps.append(FoldMap(ids, owner))
    return maps

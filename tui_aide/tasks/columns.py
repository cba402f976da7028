"""Which column is the target, which the id, and whether the files' columns go together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tui_aide.errors import TaskError, nearest
from tui_aide.tasks.csv_rows import CsvFile
from tui_aide.tasks.target import MISSING, as_number
from tui_aide.tasks.task_toml import TaskToml

_TARGET_NAMES = ("target", "label", "class", "y", "outcome")
ROW_ID = "row_id"


def _names(columns: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(repr(column) for column in columns[:most])
    return shown + (f" and {len(columns) - most} more" if len(columns) > most else "")


def named_targets(target: str | tuple[str, ...], header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that `target` names, in the order of the table; a text may name several, with commas between.

    A name that is no column stays as it is, for the caller to refuse.
    """
    names = (target,) if isinstance(target, str) else target
    if isinstance(target, str) and target not in header and "," in target:
        parts = tuple(dict.fromkeys(part.strip() for part in target.split(",")))
        names = parts if all(part in header for part in parts) else names
    place = {column: at for at, column in enumerate(header)}
    return tuple(sorted(names, key=lambda name: place.get(name, -1)))


def find_targets(
    keys: TaskToml, train: CsvFile, test: CsvFile | None, sample: CsvFile | None, inferred: dict[str, str]
) -> tuple[str, ...]:
    """Return the target columns: as task.toml has them, or what train has and test lacks; of several the sample tells.

    Raises:
        TaskError: there is no such column, or it cannot be told which.
    """
    name = train.path.name
    if keys.target is not None:
        targets = named_targets(keys.target, train.header)
        for target in targets:
            if target not in train.header:
                hint = nearest(target, train.header) or f" Its columns: {_names(train.header)}."
                raise TaskError(f"task.toml: `target` is {target!r}, but {name} has no such column.{hint}")
            if test is not None and target in test.header:
                raise TaskError(
                    f"{test.path.name}: it holds the target {target!r}, so there is nothing to predict; "
                    "remove that column or correct `target` in task.toml."
                )
        return targets
    if test is None:
        last = train.header[-1]
        raise TaskError(
            f'{name}: without test.csv the target cannot be told; add target = "{last}" or another to task.toml.'
        )
    in_test = set(test.header)
    candidates = [column for column in train.header if column not in in_test and column != keys.id]
    if not candidates:
        raise TaskError(
            f"{name}: no target found: {test.path.name} has all of its columns; "
            f"name one as `target` in task.toml (columns: {_names(train.header)})."
        )
    if len(candidates) == 1:
        inferred["target"] = f"the one column that {name} has and {test.path.name} lacks"
        return (candidates[0],)
    if sample is not None:
        wanted = [column for column in candidates if column in sample.header]
        if len(wanted) == 1:
            inferred["target"] = f"the column of {sample.path.name} that {name} has and {test.path.name} lacks"
            return (wanted[0],)
        if len(wanted) > 1 and len(sample.header) - len(wanted) <= 1:
            inferred["target"] = f"the columns of {sample.path.name} that {name} has and {test.path.name} lacks"
            return tuple(wanted)
        candidates = wanted or candidates
    known = [column for column in candidates if column.casefold() in _TARGET_NAMES]
    if len(known) == 1:
        inferred["target"] = f"of {len(candidates)} columns that {test.path.name} lacks, the one named like a target"
        return (known[0],)
    raise TaskError(
        f"{name}: {len(candidates)} columns may be the target ({_names(candidates)}); "
        "name one, or a list of them, as `target` in task.toml."
    )


def check_columns(
    train: CsvFile, test: CsvFile | None, sample: CsvFile | None, targets: Sequence[str], keys: TaskToml
) -> list[str]:
    """Check that train and test have the same columns, but for the targets; return notes on what may stay.

    A column that only train has is kept and noted: scripts may learn from it, but cannot use it on test.csv.
    One that only test has is an error, unless it is the id.
    """
    if test is None:
        return []
    ids = {keys.id} | ({sample.header[0]} if sample else set())
    in_train, in_test = set(train.header), set(test.header)
    extra = [column for column in test.header if column not in in_train and column not in ids]
    lacking = [column for column in train.header if column not in in_test and column not in targets]
    if extra and lacking:
        spelt = {column.strip().casefold(): column for column in train.header}
        if alike := [(spelt[c.strip().casefold()], c) for c in extra if c.strip().casefold() in spelt]:
            raise TaskError(
                f"{train.path.name} and {test.path.name} spell {len(alike)} columns differently: "
                + ", ".join(f"{one!r} and {other!r}" for one, other in alike[:4])
                + f"{', ...' if len(alike) > 4 else ''}. Give both the same."
            )
        raise TaskError(
            f"{train.path.name} and {test.path.name} have different columns: only in {train.path.name}: "
            f"{_names(lacking)}; only in {test.path.name}: {_names(extra)}. Give both the same."
        )
    if extra:
        raise TaskError(
            f"{test.path.name}: {train.path.name} lacks its columns {_names(extra)}; "
            "remove them, or name the id column as `id` in task.toml."
        )
    if len(lacking) == len(train.header) - len(targets):
        raise TaskError(f"{train.path.name} and {test.path.name} have no column in common; check both files.")
    if lacking:
        return [f"{_names(lacking)}: only in {train.path.name}, so a model cannot use it on {test.path.name}."]
    return []


def find_id(
    keys: TaskToml,
    train: CsvFile,
    test: CsvFile | None,
    sample: CsvFile | None,
    targets: Sequence[str],
    inferred: dict[str, str],
) -> tuple[str, dict[str, list[str]]]:
    """Return the id column's name and the targets' cells; every row of both files is read and checked on the way.

    Raises:
        TaskError: ids are missing or repeat, or the id that task.toml names is in neither file.
    """
    first = sample.header[0] if sample else None
    name, why = _id_candidate(keys, train, test, first, targets)
    wanted = [*targets] + ([name] if name is not None and name in train.header else [])
    cells = train.columns(wanted)
    own = {target: cells[target] for target in targets}
    test_cells = _read_test(test, name)
    guessed = why == _GUESSED and not _coded([*cells.get(name or "", ()), *(test_cells or ())])
    if name is not None and keys.id is None and (guessed or not _all_unique(name, cells.get(name), test_cells)):
        if name == first or name.casefold() in ("id", ROW_ID):
            _check_ids(name, train.path.name, cells.get(name), keys)
            _check_ids(name, test.path.name if test else "", test_cells, keys)
        name, why = None, ""
    if name is None:
        name = first if first is not None and first not in train.header else ROW_ID
        while name in train.header:
            name += "_"
        inferred["id"] = "no column identifies the rows, so they are numbered in the order of test.csv"
        return name, own
    _check_ids(name, train.path.name, cells.get(name), keys)
    if test is not None:
        _check_ids(name, test.path.name, test_cells, keys)
    whole = all(file is None or file.whole for file in (sample, test))
    if whole and sample is not None and test is not None and test_cells is not None and name in sample.header:
        _check_sample_ids(sample, test, name, test_cells, keys)
    if keys.id is None:
        inferred["id"] = why
    return name, own


def _id_candidate(
    keys: TaskToml, train: CsvFile, test: CsvFile | None, first: str | None, targets: Sequence[str]
) -> tuple[str | None, str]:
    in_train = set(train.header)
    shared = [c for c in (test or train).header if c in in_train and c not in targets]
    if keys.id is not None:
        if keys.id in targets:
            raise TaskError(f"task.toml: `id` and `target` are both {keys.id!r}; correct one.")
        if keys.id in shared or (test is not None and keys.id in test.header) or keys.id == first:
            return keys.id if keys.id in (test or train).header else None, ""
        hint = nearest(keys.id, shared) or f" Its columns: {_names(shared)}."
        raise TaskError(f"task.toml: `id` is {keys.id!r}, but {(test or train).path.name} has no such column.{hint}")
    if first is not None and first not in targets:
        if first in (test or train).header:
            return first, "the first column of the sample submission, which test.csv has too"
        return None, ""
    named = [c for c in shared if c.casefold() in ("id", "row_id", "index", "uuid")]
    named += [c for c in shared if c.casefold().endswith(("_id", " id")) or c.endswith(("Id", "ID"))]
    named = [c for c in named if c == shared[0] or c.casefold() in ("id", "row_id")]
    if named:
        return named[0], "it is named like an id and is unique in both files"
    if test is not None and shared and shared[0] == train.header[0] == test.header[0]:
        return shared[0], _GUESSED
    return None, ""


_GUESSED = "the first column of both files holds codes that are unique in each"


def _coded(cells: Sequence[str]) -> bool:
    """Whether all cells are codes such as s0042 or a7-c3: letters and digits, no words, numbers or dates."""
    return all(_CODE.fullmatch(cell) for cell in cells)


_CODE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[\w.:-]{2,64}")


def _read_test(test: CsvFile | None, name: str | None) -> list[str] | None:
    if test is None:
        return None
    column = name if name is not None and name in test.header else test.header[0]
    cells = test.columns([column])[column]
    if not cells:
        raise TaskError(
            f"{test.path.name}: there is a header but no rows; add the rows to predict, or remove the file."
        )
    return cells if column == name else None


def _check_sample_ids(sample: CsvFile, test: CsvFile, name: str, test_cells: list[str], keys: TaskToml) -> None:
    """Refuse a sample submission that is for other rows; one that lists only some of them is taken."""
    listed = sample.columns([name])[name]
    _check_ids(name, sample.path.name, listed, keys)
    known = set(test_cells)
    unknown = [cell for cell in listed if cell not in known]
    if unknown:
        numbers = {as_number(cell) for cell in known} - {None}
        unknown = [cell for cell in unknown if as_number(cell) not in numbers]
    if unknown:
        raise TaskError(
            f"{sample.path.name}: {len(unknown):,} ids in column {name!r} are not in {test.path.name}, "
            f"e.g. {unknown[0]!r}; it must be for the same rows. Correct or remove it."
        )


def _all_unique(name: str, *columns: list[str] | None) -> bool:
    return all(c is None or (len(set(c)) == len(c) and not MISSING.intersection(c)) for c in columns)


def _check_ids(name: str, file: str, cells: list[str] | None, keys: TaskToml) -> None:
    if cells is None or _all_unique(name, cells):
        return
    remedy = "make them unique, or name another column as `id` in task.toml"
    missing = sum(cell in MISSING for cell in cells)
    if missing:
        raise TaskError(f"{file}: {missing:,} rows have no {name!r}; {remedy}.")
    tally = Counter(cells)
    example, times = tally.most_common(1)[0]
    repeated = sum(count > 1 for count in tally.values())
    raise TaskError(f"{file}: {repeated:,} ids repeat in column {name!r}, e.g. {example!r} {times} times; {remedy}.")

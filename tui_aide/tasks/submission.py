"""Reading and checking a submission: ids, columns, rows, and values that the metric can take."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd

from tui_aide.tasks.csv_format import SEPARATORS
from tui_aide.tasks.identifiers import as_integers
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.metrics import METRICS
from tui_aide.tasks.received import open_below
from tui_aide.tasks.target import as_number
from tui_aide.tasks.task import PredictionKind

Array = npt.NDArray[Any]

_MOST_COLUMNS = 100_000

MOST_CHARACTERS = 2_000
"""Of a text that is predicted."""

SUM_TOLERANCE = 0.02
"""How far a row's class probabilities may sum from 1; within it they are scaled, beyond it they are refused."""


class Expected(msgspec.Struct, frozen=True):
    """What a submission must hold: its columns, and what they mean; `several` targets have one column each."""

    id: str
    columns: tuple[str, ...]
    kind: PredictionKind
    classes: tuple[str, ...]
    metric: str
    several: bool = False


class Checked(msgspec.Struct, frozen=True):
    """A checked submission, in the order of the shown test rows.

    Attributes:
        predictions: (rows,) codes, values, texts or the positive class's probability; (rows, classes) probabilities;
            (rows, targets) where there are several targets.
        notes: what was mended.
    """

    predictions: Array
    notes: tuple[str, ...] = ()


class IdIndex:
    """Finds the place of an id among the shown test rows; integers are compared as numbers, so 007 and 7.0 are 7."""

    def __init__(self, ids: Sequence[str]) -> None:
        numbers = as_integers(ids)
        self.ids = ids
        self._numeric = numbers is not None
        self._index: pd.Index[Any] = pd.Index(
            np.array(numbers, dtype=np.int64) if numbers is not None else np.array([*ids], dtype=object)
        )

    def places(self, cells: pd.Series[Any]) -> npt.NDArray[np.int64]:
        """Return each cell's place; -1 for an id that is not among the rows."""
        if not self._numeric:
            text = np.array([cell.strip() for cell in cells], dtype=object)
            return np.asarray(self._index.get_indexer(pd.Index(text, dtype=object)), dtype=np.int64)
        try:
            numbers = np.array(cells.to_numpy(dtype=object), dtype=np.int64)
        except (ValueError, OverflowError):
            floats = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
            whole = np.isfinite(floats) & (np.abs(floats) < 2**53) & (floats == np.round(floats))
            places = np.full(len(cells), -1, dtype=np.int64)
            places[whole] = self._index.get_indexer(pd.Index(floats[whole].astype(np.int64)))
            return places
        return np.asarray(self._index.get_indexer(pd.Index(numbers)), dtype=np.int64)


def check_submission(path: Path, expected: Expected, index: IdIndex) -> Checked:
    """Read a submission and check it against what is expected.

    Raises:
        InvalidSubmission: it is missing, unreadable, or not what the task asks for.
    """
    table = _read(path)
    _check_columns(table, expected)
    rows = _rows_in_order(table, expected, index)
    frame = table.iloc[rows]
    notes: list[str] = []
    if expected.kind == "labels":
        predictions: Array = _labels(frame, expected)
    elif expected.kind == "texts":
        predictions = _texts(frame[expected.columns[0]], expected)
    else:
        predictions = _numbers(frame, expected)
        if expected.kind == "probabilities":
            predictions = _probabilities(predictions, expected, index.ids, notes)
        else:
            predictions = predictions if expected.several else predictions[:, 0]
            predictions = _in_range(predictions, expected, index.ids)
    return Checked(predictions, tuple(notes))


def _read(path: Path) -> pd.DataFrame:
    name = path.name
    fd = open_below(path.parent, (name,))
    if fd is None:
        raise InvalidSubmission(
            "there is no submission: the script must write ./submission.csv for every row of input/test.csv"
        )
    try:
        with os.fdopen(fd, "rb") as raw:
            separator = _separator(raw.readline().decode("utf-8-sig"))
            raw.seek(0)
            table = pd.read_csv(
                raw, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
            )
    except pd.errors.EmptyDataError as error:
        raise InvalidSubmission(f"{name} is empty") from error
    except (pd.errors.ParserError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise InvalidSubmission(f"{name} cannot be read as CSV: {' '.join(str(error).split())[:200]}") from error
    except OSError as error:
        raise InvalidSubmission(f"{name} cannot be read: {error.strerror}") from error
    if isinstance(table.index, pd.RangeIndex):
        return table
    raise InvalidSubmission(f"{name}: its rows have more fields than its header")


def _separator(line: str) -> str:
    """Return what separates the fields of a header.

    Raises:
        ValueError: it has so many that no table of it could be made.
    """
    header = next(csv.reader([line]), [])
    separator = ","
    if len(header) == 1:
        separator = max(SEPARATORS, key=header[0].count) if any(s in header[0] for s in SEPARATORS) else ","
    if line.count(separator) > _MOST_COLUMNS:
        raise ValueError(f"its header has {line.count(separator) + 1:,} columns")
    return separator


def _quote(names: Sequence[object], most: int = 6) -> str:
    shown = ", ".join(repr(str(name)) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _check_columns(table: pd.DataFrame, expected: Expected) -> None:
    wanted = (expected.id, *expected.columns)
    missing = [name for name in wanted if name not in table.columns]
    extra = [name for name in table.columns if name not in wanted]
    if extra == ["Unnamed: 0"] and not missing:
        return  # a frame's index, written by mistake, does no harm
    if missing or extra:
        parts = [f"lacks {_quote(missing)}"] if missing else []
        parts += [f"has {_quote(extra)} too many"] if extra else []
        raise InvalidSubmission(f"wrong columns: it {' and '.join(parts)}; it must have {_quote(wanted, 12)}")


def _rows_in_order(table: pd.DataFrame, expected: Expected, index: IdIndex) -> npt.NDArray[np.int64]:
    """Return, for each shown test row, the submission's row."""
    cells = table[expected.id]
    places = index.places(cells)
    known = places >= 0
    counts = np.bincount(places[known], minlength=len(index.ids))
    problems: list[str] = []
    if not known.all():
        example = str(cells.iloc[int(np.argmin(known))])
        problems.append(f"{int((~known).sum()):,} rows with an unknown {expected.id}, e.g. {example!r}")
    if (counts == 0).any():
        example = index.ids[int(np.argmin(counts))]
        problems.append(f"{int((counts == 0).sum()):,} of {len(index.ids):,} rows missing, e.g. {example!r}")
    if (counts > 1).any():
        example = index.ids[int(np.argmax(counts))]
        problems.append(f"{int((counts > 1).sum()):,} ids more than once, e.g. {example!r}")
    if problems:
        count = f"{len(index.ids):,}"
        raise InvalidSubmission(
            f"wrong rows: {'; '.join(problems)}; write one row for each of the {count} rows of input/test.csv"
        )
    rows = np.empty(len(index.ids), dtype=np.int64)
    rows[places] = np.arange(len(places))
    return rows


def _labels(frame: pd.DataFrame, expected: Expected) -> Array:
    column = expected.columns[0]
    codes: dict[str, int] = {label: code for code, label in enumerate(expected.classes)}
    by_number = {as_number(label): code for label, code in codes.items() if as_number(label) is not None}
    folded = {label.casefold(): code for label, code in codes.items()}
    cells = frame[column]
    for text in cells.unique():
        if text in codes:
            continue
        code = by_number.get(as_number(text), folded.get(text.strip().casefold()))
        if code is None:
            count = int((cells == text).sum())
            hint = "; probabilities are not asked for" if as_number(text) is not None else ""
            raise InvalidSubmission(
                f"column {column!r}: unknown class {text!r} in {count:,} rows; "
                f"classes are {_quote(expected.classes)}{hint}"
            )
        codes[text] = code
    return cells.map(codes).to_numpy(dtype=np.int64)


def _texts(cells: pd.Series[Any], expected: Expected) -> Array:
    """Return texts without blanks around them; the array is as wide as the longest."""
    texts = [cell.strip() for cell in cells]
    longest = max(map(len, texts), default=0)
    if longest > MOST_CHARACTERS:
        raise InvalidSubmission(
            f"column {expected.columns[0]!r}: a text has {longest:,} characters; {MOST_CHARACTERS:,} are allowed"
        )
    return np.array(texts, dtype=np.str_)


def _numbers(frame: pd.DataFrame, expected: Expected) -> npt.NDArray[np.float64]:
    values = np.empty((len(frame), len(expected.columns)))
    for place, column in enumerate(expected.columns):
        cells = frame[column]
        try:
            values[:, place] = cells.to_numpy(dtype=np.float64)
        except ValueError:
            values[:, place] = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
        bad = ~np.isfinite(values[:, place])
        if bad.any():
            at = int(np.argmax(bad))
            raise InvalidSubmission(
                f"column {column!r}: {int(bad.sum()):,} predictions are not finite numbers, "
                f"e.g. {str(cells.iloc[at])!r} for {expected.id} {frame[expected.id].iloc[at]}"
            )
    return values


def _probabilities(
    values: npt.NDArray[np.float64], expected: Expected, ids: Sequence[str], notes: list[str]
) -> npt.NDArray[np.float64]:
    slack = 1e-6
    bad = ((values < -slack) | (values > 1 + slack)).any(axis=1)
    if bad.any():
        at = int(np.argmax(bad))
        cell = values[at][(values[at] < -slack) | (values[at] > 1 + slack)][0]
        raise InvalidSubmission(
            f"{int(bad.sum()):,} rows have probabilities outside 0..1, e.g. {cell:g} for {expected.id} {ids[at]}"
        )
    values = np.clip(values, 0.0, 1.0)
    if expected.several:
        return values
    if values.shape[1] == 1:
        return values[:, 0]
    if expected.metric in ("roc_auc_columns", "log_loss_columns"):
        return values  # columns are scored one by one; their sum has no meaning
    sums = values.sum(axis=1)
    off = np.abs(sums - 1)
    if off.max() > SUM_TOLERANCE:
        at = int(np.argmax(off))
        raise InvalidSubmission(
            f"{int((off > SUM_TOLERANCE).sum()):,} rows of probabilities do not sum to 1, "
            f"e.g. {sums[at]:.4g} for {expected.id} {ids[at]}"
        )
    if off.max() > 1e-3:
        notes.append(f"probabilities were scaled to sum to 1 (they were up to {off.max():.3f} off)")
    values = values / sums[:, None]
    # of two classes the metrics take the positive one's
    return values[:, 1] if values.shape[1] == 2 else values


def _in_range(values: npt.NDArray[np.float64], expected: Expected, ids: Sequence[str]) -> npt.NDArray[np.float64]:
    info = METRICS.get(expected.metric)
    if info is None or info.minimum is None or values.min() >= info.minimum:
        return values
    bad = (values < info.minimum).reshape(len(values), -1).any(axis=1)
    at = int(np.argmax(bad))
    least = float(np.min(values[at]))
    raise InvalidSubmission(
        f"{expected.metric} needs predictions of {info.minimum:g} or more, but {int(bad.sum()):,} are less, "
        f"e.g. {least:g} for {expected.id} {ids[at]}; clip them"
    )


def refuse_constant(checked: Sequence[Checked], expected: Expected) -> None:
    """Refuse submissions that are constant, each in itself: they tell nothing of the rows.

    A single fold may have so few rows that they are alike by chance, so all must be constant.

    Raises:
        InvalidSubmission: they are.
    """
    every = [one.predictions for one in checked]
    if sum(map(len, every)) <= 1 or any((own != own[:1]).any() for own in every):
        return
    first = every[0][0]
    shown = ""
    if expected.kind == "labels":
        shown = f" ({expected.classes[int(first)]})"
    elif expected.kind == "texts":
        shown = f" ({str(first)[:40]!r})"
    elif every[0].ndim == 1:
        shown = f" ({first:g})"
    raise InvalidSubmission(f"all predictions are the same{shown}")

"""What a generator returns, and how rows become train, test and sample submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Generated:
    """A bundled task's tables; `hidden` (id and targets of the test rows) is never written to a task folder.

    `files` are others that lie beside them, by their paths, such as pictures of training and test rows.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    sample_submission: pd.DataFrame
    hidden: pd.DataFrame
    files: dict[str, bytes] = field(default_factory=dict)


def with_ids(frame: pd.DataFrame, name: str, rng: np.random.Generator, *, start: int = 10_000) -> pd.DataFrame:
    """Put a column of unique ids first; they are in random order, so they tell nothing of the rows."""
    ids = start + rng.permutation(len(frame))
    return pd.concat([pd.Series(ids, name=name, index=frame.index), frame], axis=1)


def divide(
    frame: pd.DataFrame,
    *,
    id_column: str,
    target: str | Sequence[str],
    train_rows: int,
    predictions: Mapping[str, float | int | str],
) -> Generated:
    """Make the first `train_rows` rows train.csv and the others test.csv.

    Args:
        frame: all rows, target included, in an order that tells nothing (or in time order).
        id_column: the column that names a row.
        target: the column, or columns, that test.csv lacks.
        train_rows: rows of train.csv.
        predictions: prediction columns of the sample submission and the constant each holds.
    """
    train = frame.iloc[:train_rows].reset_index(drop=True)
    rest = frame.iloc[train_rows:].reset_index(drop=True)
    targets = [target] if isinstance(target, str) else list(target)
    sample = pd.DataFrame({id_column: rest[id_column], **predictions})
    return Generated(train, rest.drop(columns=targets), sample, rest[[id_column, *targets]])


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Return the logistic function of `logit`."""
    result: np.ndarray = 1.0 / (1.0 + np.exp(-logit))
    return result


def blank(column: pd.Series, share: float, rng: np.random.Generator) -> pd.Series:
    """Return the column with about `share` of its values missing, at random."""
    return column.mask(rng.random(len(column)) < share)

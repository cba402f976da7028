"""The data preview: what the columns of the shown tables hold. It reads the shown files only, never hidden labels."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from tui_aide.tasks.csv_format import CsvFormat
from tui_aide.tasks.task import Column, ColumnKind

MOST_COLUMNS = 200
"""Columns described in detail; of wider tables the first ones, and the target."""

SAMPLED_ROWS = 50_000
"""Rows looked at for kinds, samples and counts of larger tables; ranges and missing shares are then of these."""

_SAMPLES = 4
_SAMPLE_WIDTH = 60


def preview_columns(
    train: Path, format: CsvFormat, rows: int, test_header: tuple[str, ...], targets: tuple[str, ...], id_name: str
) -> tuple[Column, ...]:
    """Describe the columns of a shown train.csv.

    Args:
        train: the file.
        format: how it is written.
        rows: its rows.
        test_header: columns of the shown test.csv.
        targets: the target columns, of which at least the first is described however wide the table is.
        id_name: the id column.
    """
    header = list(pd.read_csv(train, sep=format.separator, encoding=format.encoding, nrows=0).columns)
    wanted = header[:MOST_COLUMNS]
    beyond = [name for name in targets if name in header and name not in wanted][: MOST_COLUMNS // 10]
    if beyond:
        wanted = [*wanted[: -len(beyond)], *beyond]
    table = _read_sample(train, format, rows, wanted)
    return tuple(_describe(table[name], name, name in test_header, name == id_name) for name in wanted)


def _read_sample(train: Path, format: CsvFormat, rows: int, columns: list[str]) -> pd.DataFrame:
    every = max(1, rows // SAMPLED_ROWS)
    # the first rows may be sorted by time or class; rows from all over the file are not
    chunks = pd.read_csv(
        train, sep=format.separator, encoding=format.encoding, usecols=columns, chunksize=100_000, low_memory=False
    )
    with chunks:
        return pd.concat([chunk.iloc[::every] for chunk in chunks], ignore_index=True)


def _describe(values: pd.Series[Any], name: str, in_test: bool, is_id: bool) -> Column:
    present = values.dropna()
    unique = int(present.nunique())
    kind = _kind(present, unique, is_id)
    minimum = maximum = None
    if pd.api.types.is_numeric_dtype(present) and not pd.api.types.is_bool_dtype(present) and len(present):
        minimum, maximum = float(present.min()), float(present.max())
    frequent = kind in ("categorical", "boolean", "constant")
    picked = present.value_counts().index[:_SAMPLES] if frequent else present.drop_duplicates().iloc[:_SAMPLES]
    return Column(
        name=name,
        kind=kind,
        dtype=_dtype(values),
        unique=unique,
        missing=float(values.isna().mean()) if len(values) else 0.0,
        samples=tuple(_shorten(value) for value in picked),
        minimum=minimum,
        maximum=maximum,
        in_test=in_test,
    )


def _dtype(values: pd.Series[Any]) -> str:
    # pandas 3 reads text as "str", pandas 2 as "object": scripts run where the preview was made
    return str(values.dtype)


def _shorten(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _SAMPLE_WIDTH else text[: _SAMPLE_WIDTH - 1] + "…"


def _kind(present: pd.Series[Any], unique: int, is_id: bool) -> ColumnKind:
    if is_id:
        return "id"
    if unique <= 1:
        return "constant"
    if pd.api.types.is_bool_dtype(present):
        return "boolean"
    if pd.api.types.is_numeric_dtype(present):
        if unique == 2 and set(present.unique()) <= {0, 1}:
            return "boolean"
        return "numeric"
    text = present.astype(str)
    if unique == 2:
        return "categorical"
    if _are_dates(text):
        return "date"
    if unique <= min(20, 0.2 * len(present)):
        return "categorical"  # however long: answers to a question, not texts
    lengths = text.str.len()
    words = text.iloc[:2000].str.count(r"\s+").mean() + 1
    if words >= 4 or float(lengths.mean()) > 50:
        return "text"
    if unique > 0.95 * len(present) and len(present) > 20 and words < 2:
        return "id"
    if unique > 0.5 * len(present) and words >= 2:
        return "text"
    return "categorical"


def _are_dates(text: pd.Series[str]) -> bool:
    some = text.iloc[:: max(1, len(text) // 200)]
    # plain numbers and words such as "May" parse as dates too
    if float(some.str.contains(r"\d\d?[-/.:]\d\d?|\d{4}").mean()) < 0.95:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        dates = pd.to_datetime(some, errors="coerce", format="mixed", utc=True)
    return float(dates.notna().mean()) >= 0.95

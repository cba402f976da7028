"""The target column as text, and what it is: numbers, classes, missing values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

MISSING = frozenset(
    [
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    ]
)
"""What pandas reads as missing by default; scripts read the same files with it."""


class Target(msgspec.Struct, frozen=True):
    """What the target's values are.

    Attributes:
        values: the distinct values as text: sorted by number where all are numbers, else as text.
        counts: how often each occurs.
        missing: rows without a value.
        numeric: whether all values are numbers.
        integer: whether all are whole numbers.
        minimum: the least number; nan where not numeric.
        has_zero: whether zero is among the numbers.
    """

    values: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int
    numeric: bool
    integer: bool
    minimum: float
    has_zero: bool

    @property
    def count(self) -> int:
        """Distinct values."""
        return len(self.values)

    @property
    def rows(self) -> int:
        """Rows with a value."""
        return sum(self.counts)

    @property
    def example(self) -> str:
        """A value, one that is no number where there is one."""
        return next((v for v in self.values if as_number(v) is None), self.values[0] if self.values else "")


def as_number(text: str) -> float | None:
    """Return a finite number, or None where the text is none (missing, inf and nan are none)."""
    try:
        value = float(text)
    except ValueError:
        return None
    # float() takes "1_000", which no CSV reader takes for a number
    return value if math.isfinite(value) and "_" not in text else None


def is_missing(text: str) -> bool:
    """Whether pandas would read this cell as missing."""
    return text.strip() in MISSING


def read_target(cells: Sequence[str]) -> Target:
    """Summarise the target's cells, one a row of train.csv."""
    tally = Counter(cells)
    missing = sum(count for cell, count in tally.items() if is_missing(cell))
    present = {cell: count for cell, count in tally.items() if not is_missing(cell)}
    numbers = {cell: as_number(cell) for cell in present}
    numeric = bool(numbers) and None not in numbers.values()
    if numeric:
        present = _merge_spellings(present)
        ordered = sorted(present, key=float)
        values = [float(cell) for cell in ordered]
    else:
        ordered, values = sorted(present), []
    return Target(
        values=tuple(ordered),
        counts=tuple(present[cell] for cell in ordered),
        missing=missing,
        numeric=numeric,
        integer=numeric and all(value.is_integer() for value in values),
        minimum=values[0] if values else math.nan,
        has_zero=0.0 in values,
    )


def _merge_spellings(present: dict[str, int]) -> dict[str, int]:
    """Count `1` and `1.0` as one value, under the spelling that is the more frequent."""
    by_value: dict[float, str] = {}
    counts: dict[float, int] = {}
    best: dict[float, int] = {}
    for cell, count in present.items():
        value = float(cell)
        counts[value] = counts.get(value, 0) + count
        if count > best.get(value, 0):
            best[value], by_value[value] = count, cell
    return {by_value[value]: count for value, count in counts.items()}

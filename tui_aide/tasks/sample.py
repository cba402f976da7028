"""What a sample submission tells: its prediction columns, and whether they hold labels or probabilities."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.errors import TaskError
from tui_aide.tasks.csv_rows import CsvFile
from tui_aide.tasks.target import Target, as_number


class SampleOutline(msgspec.Struct, frozen=True):
    """What a sample submission tells.

    Attributes:
        file: its name.
        columns: its prediction columns; one a class in the order of the classes where `by_class`.
        by_class: whether there is one column a class.
        holds: what a single prediction column seems to hold; None where it cannot be told.
    """

    file: str
    columns: tuple[str, ...]
    by_class: bool
    holds: Literal["labels", "fractions"] | None


def read_sample(sample: CsvFile, id_name: str, target_name: str, target: Target) -> SampleOutline:
    """Read a sample submission.

    Raises:
        TaskError: its columns are neither one for the target nor one for each class.
    """
    name = sample.path.name
    columns = tuple(column for column in sample.header if column != id_name)
    if not columns:
        raise TaskError(f"{name}: there is no column beside the id {id_name!r}; add the prediction column.")
    cells = sample.columns([columns[0]])[columns[0]]
    if len(columns) == 1:
        return SampleOutline(name, columns, False, _holds(cells, target))
    ordered = match_classes(columns, target.values)
    if ordered is None:
        shown = ", ".join(repr(value) for value in target.values[:6])
        raise TaskError(
            f"{name}: its columns {', '.join(map(repr, columns[:6]))} are neither one column for {target_name!r} "
            f"nor one for each of its classes ({shown}); correct the file, or `id` in task.toml."
        )
    return SampleOutline(name, ordered, True, "fractions")


def match_classes(columns: tuple[str, ...], classes: tuple[str, ...]) -> tuple[str, ...] | None:
    """Order one-column-a-class names by the classes: same text, same number, or both after a common prefix."""
    if len(columns) != len(classes):
        return None
    for cut in range(_common_prefix(columns), -1, -1):
        by_key = {_key(column[cut:]): column for column in columns}
        if len(by_key) == len(classes) and all(_key(label) in by_key for label in classes):
            return tuple(by_key[_key(label)] for label in classes)
    return None


def _common_prefix(columns: tuple[str, ...]) -> int:
    first, last = min(columns), max(columns)
    return next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))


def _key(text: str) -> str | float:
    number = as_number(text)
    return text.strip().casefold() if number is None else number


def _holds(cells: list[str], target: Target) -> Literal["labels", "fractions"] | None:
    distinct = set(cells[:100_000])
    numbers = [as_number(cell) for cell in distinct]
    if any(number is not None and not number.is_integer() for number in numbers):
        return "fractions"
    labels = {_key(value) for value in target.values}
    fits = bool(distinct) and all(_key(cell) in labels for cell in distinct)
    # a column of zeros may stand for either
    if fits and (len(distinct) > 1 or None in numbers):
        return "labels"
    return None

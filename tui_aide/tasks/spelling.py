"""Spelling numbers of train.csv and test.csv alike, where one table writes 5 and the other 5.0.

pandas writes a column of whole numbers with ``.0`` as soon as one is missing; the spelling would then tell hidden
training rows from real test rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from tui_aide.tasks.csv_rows import CsvFile

_WHOLE = re.compile(r"-?\d+")
_POINT_ZERO = re.compile(r"-?\d+\.0")

LOOKED_AT = 2000
"""Rows looked at in each table."""


def whole_number_columns(train: CsvFile, test: CsvFile) -> frozenset[str]:
    """Return the columns that hold whole numbers in both tables, with ``.0`` in one of them only."""
    ours, theirs = _forms(train), _forms(test)
    whole = {"plain", "point"}
    return frozenset(
        name
        for name in ours.keys() & theirs.keys()
        if ours[name] and theirs[name] and ours[name] | theirs[name] == whole and ours[name] != theirs[name]
    )


def _forms(file: CsvFile) -> dict[str, set[str]]:
    forms: dict[str, set[str]] = {name: set() for name in file.header}
    for row in islice(file.rows(), LOOKED_AT):
        for name, cell in zip(file.header, row, strict=True):
            if cell:
                forms[name].add(_form(cell))
    return forms


def _form(cell: str) -> str:
    if _WHOLE.fullmatch(cell):
        return "plain"
    return "point" if _POINT_ZERO.fullmatch(cell) else "other"


def spell_plainly(rows: Iterable[list[str]], places: Sequence[int]) -> Iterable[list[str]]:
    """Yield rows with ``5.0`` written ``5`` at some places."""
    if not places:
        yield from rows
        return
    for row in rows:
        for place in places:
            if _POINT_ZERO.fullmatch(row[place]):
                row[place] = row[place][:-2]
        yield row

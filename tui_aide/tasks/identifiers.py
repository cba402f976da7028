"""Ids of the shown test rows: the rows' own where these betray nothing, else fresh ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_INTEGER_WIDTH = 18


def as_integers(ids: Sequence[str]) -> list[int] | None:
    """Return ids as integers, or None where one is none or two would become equal."""
    numbers: list[int] = []
    for text in ids:
        digits = text[1:] if text.startswith("-") else text
        if not digits.isascii() or not digits.isdigit() or len(digits) > _INTEGER_WIDTH:
            return None
        numbers.append(int(text))
    return numbers if len(set(numbers)) == len(numbers) else None


def betray(hidden: Sequence[str], real: Sequence[str]) -> bool:
    """Whether ids let a script tell hidden training rows from real test rows.

    They do where the same id is on both sides, where their lengths or forms differ, or where their order does: ids
    from one random draw pass, running numbers that go on from train to test do not. The order is compared by the
    two-sample Kolmogorov-Smirnov statistic at the 0.1 % level.
    """
    if not hidden or not real or not set(hidden).isdisjoint(real):
        return True
    both = [*hidden, *real]
    numbers = as_integers(both)
    if numbers is None:
        if not _same_lengths(hidden, real):
            return True
        rank = {text: place for place, text in enumerate(sorted(both))}
        numbers = [rank[text] for text in both]
    order = np.argsort(np.array(numbers, dtype=np.int64), kind="stable")
    from_hidden = order < len(hidden)
    steps = np.where(from_hidden, 1 / len(hidden), -1 / len(real))
    distance = float(np.abs(np.cumsum(steps)).max())
    # of few rows any order could be chance: fresh ids do no harm then
    return distance > min(1.95 * math.sqrt(1 / len(hidden) + 1 / len(real)), 0.5)


def _same_lengths(hidden: Sequence[str], real: Sequence[str]) -> bool:
    return {len(text) for text in hidden} == {len(text) for text in real}


def fresh_ids(count: int, known: Sequence[str]) -> list[str]:
    """Return running ids for rows in shown (shuffled) order: integers above all known ones, or text for text ids.

    Args:
        count: how many.
        known: ids of the training rows, which the fresh ones must not repeat; may be empty.
    """
    if not known:
        return [str(number) for number in range(count)]
    numbers = as_integers(known)
    if numbers is not None:
        start = max(max(numbers) + 1, 0)
        return [str(start + number) for number in range(count)]
    prefix, taken = "row_", set(known)
    width = len(str(count))
    fresh = [f"{prefix}{number:0{width}d}" for number in range(count)]
    while not taken.isdisjoint(fresh):
        prefix += "_"
        fresh = [f"{prefix}{number:0{width}d}" for number in range(count)]
    return fresh

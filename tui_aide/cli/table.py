"""Tables on standard output, fitted to the terminal's width; whole where the output goes to a file or a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_GAP = "  "


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: its heading.
        right: whether it is aligned to the right, as numbers are.
        least: cells that it may be cut to; None for a column that is shown whole.
        rank: columns with a rank are left out where there is no room, the highest first.
    """

    title: str
    right: bool = False
    least: int | None = None
    rank: int = 0


def printable(text: str) -> str:
    """Return text of models and scripts without what would command the terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def counted(number: int, noun: str) -> str:
    """Return `1 session`, `2 sessions`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def terminal_width() -> int | None:
    """Return the cells of a line, or None where standard output is no terminal and COLUMNS is not set."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size().columns
    return None


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int | None) -> list[str]:
    """Return the lines of a table, its headings first.

    Args:
        columns: what stands side by side.
        rows: a text for each column.
        width: cells of a line; None for no limit.
    """
    cells = [[c.title for c in columns], *([printable(text) for text in row] for row in rows)]
    widths = [max(_cells(row[i]) for row in cells) for i in range(len(columns))]
    shown = list(range(len(columns)))
    if width is not None:
        shown = _kept(columns, widths, width)
        _shrink(columns, widths, shown, width)
    lines = []
    for row in cells:
        fitted = [_fit(row[i], widths[i], right=columns[i].right) for i in shown]
        lines.append(_GAP.join(fitted).rstrip())
    return lines


def _kept(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """Return the columns that there is room for, when those that may be cut are."""
    shown = list(range(len(columns)))
    least = [widths[i] if c.least is None else min(widths[i], c.least) for i, c in enumerate(columns)]
    while sum(least[i] for i in shown) + len(_GAP) * (len(shown) - 1) > width:
        ranked = [i for i in shown if columns[i].rank]
        if not ranked:
            break
        shown.remove(max(ranked, key=lambda i: columns[i].rank))
    return shown


def _shrink(columns: Sequence[Column], widths: list[int], shown: Sequence[int], width: int) -> None:
    """Cut columns, always the widest that may be cut further, until the line fits."""
    over = sum(widths[i] for i in shown) + len(_GAP) * (len(shown) - 1) - width
    while over > 0:
        room = [i for i in shown if (least := columns[i].least) is not None and widths[i] > least]
        if not room:
            break
        widths[max(room, key=lambda i: widths[i])] -= 1
        over -= 1


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _fit(text: str, width: int, *, right: bool) -> str:
    if _cells(text) > width:
        while _cells(text) > width - 1:
            text = text[:-1]
        text += "…" if _encodes("…") else "~"
    blanks = " " * (width - _cells(text))
    return blanks + text if right else text + blanks


def _encodes(sign: str) -> bool:
    try:
        sign.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True

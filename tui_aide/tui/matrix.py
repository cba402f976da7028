"""A run's cells as a matrix: which row and column each stands in, and the few letters that it shows. No widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, get_args

from tui_aide.bench.progress import CellProgress, Shown
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import number
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, one_line

Filter = Literal["all", "running", "failed", "waiting", "stopped", "done"]
FILTERS: Final[tuple[Filter, ...]] = get_args(Filter)

MEDAL_LETTERS: Final = {"gold": "G", "silver": "S", "bronze": "B"}
_ROOM_FOR_WORDS: Final = 17
"""Cells of a column from which on medals are told in a word."""

_SIGNS: Final[dict[Shown, tuple[str, str]]] = {
    "waiting": ("queued", "faint"),
    "running": ("live", "live"),
    "interrupted": ("warning", "warn"),
    "stopped": ("cancelled", "muted"),
    "done": ("valid", "good"),
    "failed": ("buggy", "bad"),
}
"""Sign, by its name in the table of glyphs, and style."""


def sign_of(shown: Shown) -> Span:
    """Return the sign of a state, with its style."""
    name, style = _SIGNS[shown]
    return getattr(GLYPHS, name), style


def holds(wanted: Filter, shown: Shown) -> bool:
    """Whether a filter lets a state through; interrupted cells count as stopped."""
    return wanted in ("all", "stopped" if shown == "interrupted" else shown)


class Row(NamedTuple):
    """A row's head."""

    task: str
    seed: int


class Column(NamedTuple):
    """A column's head."""

    model: str
    strategy: str


class Matrix:
    """Where each cell stands: tasks with their seeds below each other, models with their strategies beside.

    Attributes:
        rows, columns: the heads that are shown.
        hidden: how many rows the filter hides.
    """

    def __init__(self, cells: Sequence[CellProgress] = (), wanted: Filter = "all") -> None:
        self._at: Mapping[tuple[Row, Column], int] = {
            (Row(c.cell.task, c.cell.seed), Column(c.cell.model, c.cell.strategy)): i for i, c in enumerate(cells)
        }
        tasks = list(dict.fromkeys(c.cell.task for c in cells))
        seeds = list(dict.fromkeys(c.cell.seed for c in cells))
        kept = [key for key, i in self._at.items() if holds(wanted, cells[i].shown)]
        kept_rows, kept_columns = {row for row, _ in kept}, {column for _, column in kept}
        all_rows = [Row(task, seed) for task in tasks for seed in seeds]
        self.rows = tuple(row for row in all_rows if row in kept_rows)
        self.columns = tuple(c for c in dict.fromkeys(c for _, c in self._at) if c in kept_columns)
        self.hidden = len(all_rows) - len(self.rows)
        self._row_at = {row: i for i, row in enumerate(self.rows)}

    def index(self, row: int, column: int) -> int | None:
        """Return which of the cells stands at a place; None for none."""
        if not (0 <= row < len(self.rows) and 0 <= column < len(self.columns)):
            return None
        return self._at.get((self.rows[row], self.columns[column]))

    def first_of(self, cells: Sequence[CellProgress], wanted: Filter) -> tuple[int, int]:
        """Return the place of the first cell, row by row, that a filter lets through."""
        places = ((row, column) for row in range(len(self.rows)) for column in range(len(self.columns)))
        found = ((p, self.index(*p)) for p in places)
        return next((p for p, i in found if i is not None and holds(wanted, cells[i].shown)), (0, 0))

    def row_of(self, cell: CellProgress) -> int | None:
        """Return the row of a cell; None where the filter hides it."""
        return self._row_at.get(Row(cell.cell.task, cell.cell.seed))

    def column_of(self, cell: CellProgress) -> int | None:
        """Return the column of a cell; None where the filter hides it."""
        column = Column(cell.cell.model, cell.cell.strategy)
        return self.columns.index(column) if column in self.columns else None


def cell_span(cell: CellProgress, nodes: int | None, width: int) -> Span:
    """Return what a cell shows: its sign, then how far it is, or what it is worth.

    Args:
        cell: the cell.
        nodes: how many nodes its search may make; None where another budget holds.
        width: cells that there are for it; the text is exactly that wide.
    """
    sign, style = sign_of(cell.shown)
    if cell.shown == "done":
        text, style = _worth(cell, style, width - 2)
    elif cell.shown == "failed":
        text = "failed"
    elif cell.shown == "waiting":
        text = ""
    else:
        text = _progress(cell, nodes)
        if cell.best is not None and len(text) + 3 + len(number(cell.best)) <= width - 2:
            text += f"   {number(cell.best)}"
    return fit(f"{sign} {text}", width), style


def nodes_of(cell: CellProgress, nodes: int | None, tokens_as: str) -> int | None:
    """Return how many nodes a cell's search may make; None where its budget is another cell's tokens, or unknown."""
    return None if tokens_as and cell.cell.strategy != tokens_as and cell.state.tokens else nodes


def _progress(cell: CellProgress, nodes: int | None) -> str:
    if nodes is not None:
        return f"{cell.nodes}/{nodes}"
    if limit := cell.state.tokens:
        return f"{cell.nodes} {GLYPHS.dot} {min(100, 100 * cell.tokens // limit)}%"
    return str(cell.nodes)


def _worth(cell: CellProgress, style: str, width: int) -> tuple[str, str]:
    """Return what a searched cell is worth: on the private rows where it was graded, else on its search's."""
    grade = cell.grade
    if grade is None:
        return ("none ?", "warn") if cell.best is None else (f"{number(cell.best)} ?", style)
    if grade.score is None and not grade.valid and (grade.made or cell.best is None):
        return "none", "warn"
    if grade.score is None:  # there are no private labels: the search's own score
        return (number(cell.best) if cell.best is not None else "valid"), style
    text = number(grade.score)
    if grade.medal is None:
        return text, style
    word = grade.medal if width >= _ROOM_FOR_WORDS - 2 else MEDAL_LETTERS[grade.medal]
    return f"{text} {word}", "best" if grade.medal == "gold" else style


def row_head(row: Row, *, first: bool, width: int) -> str:
    """Return a row's head: its task where that is not the one above, and its seed at the right."""
    seed = f"{row.seed}"
    room = width - len(seed) - 1
    return fit(one_line(row.task) if first else "", room) + f" {seed}"

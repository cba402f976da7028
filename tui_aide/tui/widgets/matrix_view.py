"""The matrix of a run's cells: heads that stay, a cursor on one cell, and only what is visible is ever drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message

from tui_aide.bench.progress import CellProgress
from tui_aide.tui.actions import COLUMNS, bindings
from tui_aide.tui.documents import Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.matrix import Filter, Matrix, cell_span, holds, nodes_of, row_head
from tui_aide.tui.plain_text import fit, one_line, wrap
from tui_aide.tui.widgets.lines import ScrollingLines

HEADS = 2
"""Rows of headings: models, and below them strategies."""
_LEAST, _USUAL, _MOST = 13, 19, 22
"""Cells of a column, with the gap before it: with little room, with enough, and of columns that scroll."""
_SEED = len("seed")


class MatrixView(ScrollingLines):
    """Shows `CellProgress`es: a row a task and seed, a column a model and strategy.

    Attributes:
        cells: all of them, in the run's order.
        matrix: where each is.
        cursor: row and column.
        left: the column that is drawn first.
        empty: what it says while there is no cell to show.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(COLUMNS)

    class Moved(Message):
        """The cursor is on another cell."""

    class Opened(Message):
        """A cell was clicked twice."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cells: Sequence[CellProgress] = ()
        self.matrix = Matrix()
        self.cursor = (0, 0)
        self.left = 0
        self.empty = "Reading the run ..."
        self._wanted: Filter = "all"
        self._limit: int | None = None
        self._tokens_as = ""

    @property
    def cell(self) -> CellProgress | None:
        """The cell under the cursor."""
        index = self.matrix.index(*self.cursor)
        return self.cells[index] if index is not None else None

    def begin(self, nodes: int | None, tokens_as: str) -> None:
        """Take over the suite's budget of nodes, and the strategy whose tokens are the others' budget."""
        self._limit, self._tokens_as = nodes, tokens_as

    def show(self, cells: Sequence[CellProgress], wanted: Filter) -> None:
        """Take over how the cells stand now; only the rows that differ are drawn."""
        old, here = self.cells, self.cell
        self.cells = cells
        same = wanted == self._wanted and len(old) == len(cells)
        changed = [i for i, cell in enumerate(cells) if old[i] != cell] if same else []
        if same and (wanted == "all" or not any(old[i].shown != cells[i].shown for i in changed)):
            self.refresh_rows(*{r for i in changed if (r := self.matrix.row_of(cells[i])) is not None})
            return
        self._wanted = wanted
        self.matrix = Matrix(cells, wanted)
        if here is not None and holds(wanted, here.shown):
            self.cursor = (self.matrix.row_of(here) or 0, self.matrix.column_of(here) or 0)
        else:
            self.cursor = self.matrix.first_of(cells, wanted)
        self._hold_cursor()
        self.refresh()

    def go_to(self, cell: CellProgress) -> bool:
        """Put the cursor on a cell; return whether it is shown at all."""
        row, column = self.matrix.row_of(cell), self.matrix.column_of(cell)
        if row is None or column is None:
            return False
        self._go(row, column)
        return True

    # ---- where things are

    def row_count(self) -> int:
        """Return the number of rows without the headings."""
        return len(self.matrix.rows)

    @property
    def room(self) -> int:
        """How many rows fit below the headings."""
        return max(1, self.size.height - HEADS)

    @property
    def first(self) -> int:
        """The row that is drawn first below the headings."""
        return max(0, min(self.top, self.row_count() - self.room))

    @property
    def head_width(self) -> int:
        """Cells of the rows' heads."""
        rows = self.matrix.rows
        longest = max((cell_len(one_line(row.task)) for row in rows), default=4)
        seeds = max((len(str(row.seed)) for row in rows), default=1)
        return min(longest, max(8, self.text_width // 4)) + 1 + max(_SEED, seeds)

    @property
    def column_width(self) -> int:
        """Cells of each column, with the gap before it."""
        columns = self.matrix.columns
        longest = max((cell_len(one_line(c.strategy)) for c in columns), default=0) + 2
        share = (self.text_width - self.head_width) // max(1, len(columns))
        if share >= _LEAST:  # all of them fit
            return min(share, max(longest, _USUAL))
        return max(_LEAST, min(longest, _MOST))

    @property
    def visible_columns(self) -> range:
        """The columns that are drawn."""
        count = max(1, (self.text_width - self.head_width) // self.column_width)
        left = max(0, min(self.left, len(self.matrix.columns) - count))
        return range(left, min(len(self.matrix.columns), left + count))

    # ---- moving

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._go(self.cursor[0] + rows, self.cursor[1])

    def action_move_column(self, columns: int) -> None:
        """Move the cursor by columns."""
        self._go(self.cursor[0], self.cursor[1] + columns)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.action_move(pages * max(1, self.room - 1))

    def scroll_rows(self, rows: int) -> None:
        """Move the window, and the cursor with it where it would leave it."""
        top = max(0, min(self.row_count() - self.room, self.first + rows))
        if top != self.first:
            self.top = top
            row = max(top, min(top + self.room - 1, self.cursor[0]))
            self._go(row, self.cursor[1], force=True)

    def _go(self, row: int, column: int, *, force: bool = False) -> None:
        before = self.cursor, self.first, self.visible_columns
        self.cursor = (row, column)
        self._hold_cursor()
        if force or (self.first, self.visible_columns) != before[1:]:
            self.refresh()
        elif self.cursor != before[0]:
            self.refresh_rows(before[0][0], self.cursor[0])
            if self.cursor[1] != before[0][1]:
                self.refresh(Region(0, 0, self.size.width, HEADS))
        if self.cursor != before[0]:
            self.post_message(self.Moved())

    def _hold_cursor(self) -> None:
        """Keep the cursor on the matrix and in view."""
        row = max(0, min(len(self.matrix.rows) - 1, self.cursor[0]))
        column = max(0, min(len(self.matrix.columns) - 1, self.cursor[1]))
        self.cursor = (row, column)
        self.top = max(row - self.room + 1, min(self.first, row))
        shown = self.visible_columns
        self.left = max(column - len(shown) + 1, min(shown.start, column))

    def on_resize(self) -> None:
        """Keep the cursor in view at the new size."""
        self._hold_cursor()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked cell; a second click opens it."""
        row = self.first + event.y - (self.content_region.y - self.region.y) - HEADS
        x = event.x - (self.content_region.x - self.region.x) - self.head_width
        column = self.visible_columns.start + x // self.column_width
        if row < self.first or x < 0 or column not in self.visible_columns or self.matrix.index(row, column) is None:
            return
        self._go(row, column)
        if event.chain == 2:
            self.post_message(self.Opened())

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Move by a column."""
        event.stop()
        self.action_move_column(1)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Move by a column."""
        event.stop()
        self.action_move_column(-1)

    # ---- drawing

    def refresh_rows(self, *rows: int) -> None:
        """Redraw some rows, where they are visible."""
        regions = [
            Region(0, HEADS + r - self.first, self.size.width, 1) for r in rows if 0 <= r - self.first < self.room
        ]
        if regions:
            self.refresh(*regions)

    def line(self, y: int) -> Sequence[Span]:
        """Return a heading or a row, with the thumb at its right edge."""
        if not self.matrix.rows:
            said = wrap(self.empty, self.text_width)
            return ((said[y], "muted"),) if y < len(said) else ()
        if y < HEADS:
            return self._models() if y == 0 else self._strategies()
        index = self.first + y - HEADS
        if index >= self.row_count():
            return ()
        spans = self.row(index, self.text_width)
        count, room = self.row_count(), self.room
        start = self.first * room // count
        if count <= room or not start <= y - HEADS < max(start + 1, (self.first + room) * room // count):
            return spans
        used = sum(cell_len(text) for text, _ in spans)
        return [*spans, (" " * max(0, self.text_width - used), ""), (GLYPHS.thumb, "faint")]

    def row(self, index: int, width: int) -> Sequence[Span]:
        """Return a row: its head, then its cells."""
        row = self.matrix.rows[index]
        here = index == self.cursor[0]
        first = here or index == self.first or self.matrix.rows[index - 1].task != row.task
        spans: list[Span] = [(row_head(row, first=first, width=self.head_width), "strong" if here else "muted")]
        each = self.column_width
        for column in self.visible_columns:
            spans += self._cell(index, column, each, here=here and column == self.cursor[1])
        return spans

    def _cell(self, row: int, column: int, width: int, *, here: bool) -> Sequence[Span]:
        index = self.matrix.index(row, column)
        if index is None:
            return ((" " * width, ""),)
        cell = self.cells[index]
        text, style = cell_span(cell, nodes_of(cell, self._limit, self._tokens_as), width - 2)
        if here:
            return (" ", ""), (GLYPHS.cursor + text, "cursor" if self.has_focus else "weak-cursor")
        return ("  ", ""), (text, style)

    def _models(self) -> Sequence[Span]:
        """Return the upper heading: each model over its strategies."""
        spans: list[Span] = [(self._more(), "faint")]
        shown, each = self.visible_columns, self.column_width
        at = shown.start
        while at < shown.stop:
            model = self.matrix.columns[at].model
            end = next((c for c in range(at, shown.stop) if self.matrix.columns[c].model != model), shown.stop)
            spans.append(("  " + fit(one_line(model), (end - at) * each - 2), "title"))
            at = end
        return spans

    def _strategies(self) -> Sequence[Span]:
        """Return the lower heading."""
        spans: list[Span] = [(fit("task", self.head_width - _SEED) + "seed", "faint")]
        each = self.column_width
        for column in self.visible_columns:
            name = fit(one_line(self.matrix.columns[column].strategy), each - 2)
            spans.append(("  " + name, "strong" if column == self.cursor[1] else "muted"))
        return spans

    def _more(self) -> str:
        """Return, for the corner, how many columns lie to the left and to the right of those that are drawn."""
        shown, count = self.visible_columns, len(self.matrix.columns)
        before, after = shown.start, count - shown.stop
        parts = [f"{GLYPHS.mark} {before}"] if before else []
        parts += [f"{after} {GLYPHS.closed}"] if after else []
        return fit("  ".join(parts), self.head_width)

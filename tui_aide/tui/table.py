"""A table as a document: columns of their own width, the last one as wide as there is room. No widget is known here."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui_aide.tui.documents import Span, WrappedRows
from tui_aide.tui.plain_text import fit, fit_right, wrap

_GAP = 2
_LAST = 16


class Table(WrappedRows):
    """Rows of cells with a head. Below a row may stand a note, wrapped and indented.

    Columns are right-aligned but for those named in `left` and a stretched last one, which is cut where it lacks room.
    A column without any cell is left out.
    """

    def __init__(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[Span]],
        notes: Sequence[Span] = (),
        *,
        left: Sequence[int] = (),
        stretch: bool = True,
    ) -> None:
        """Make the table.

        Args:
            head: the columns' names.
            rows: each row's cells with their styles, as many as there are names; cleaned, on one line.
            notes: what stands below each row; "" for nothing.
            left: columns that are aligned at the left.
            stretch: whether the last column takes the room there is, and its text stands at the left.
        """
        kept = [i for i in range(len(head)) if any(row[i][0] for row in rows)]
        self._head = [head[i] for i in kept]
        self._cells = [[row[i] for i in kept] for row in rows]
        self._left = [i in left or (stretch and i == len(head) - 1) for i in kept]
        self._notes = list(notes)
        self._widths = [
            max(cell_len(self._head[c]), *(cell_len(row[c][0]) for row in self._cells)) if self._cells else 0
            for c in range(len(kept))
        ]
        super().__init__()

    def _laid_out(self, width: int) -> list[Sequence[Span]]:
        if not self._cells or not self._head:
            return []
        rows = [self._line([(name, "muted") for name in self._head])]
        for index, cells in enumerate(self._cells):
            rows.append(self._line(cells))
            text, style = self._notes[index] if index < len(self._notes) else ("", "")
            indent = self._widths[0] + _GAP
            rows += [((" " * indent, ""), (row, style)) for row in wrap(text, width - indent)] if text else []
        return rows

    def _line(self, cells: Sequence[Span]) -> Sequence[Span]:
        spans: list[Span] = []
        used = 0
        for column, (text, style) in enumerate(cells):
            size, last = self._widths[column], column == len(cells) - 1
            if last and self._left[column]:
                size = self._width - used if self._width - used >= _LAST else 0
            spans.append(((fit if self._left[column] else fit_right)(text, size), style))
            if not last:
                spans.append((" " * _GAP, ""))
            used += size + _GAP
        return spans

    def text(self) -> str:
        """Return the rows as they are laid out now."""
        return "\n".join("".join(text for text, _ in row).rstrip() for row in self._rows)

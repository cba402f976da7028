"""A panel whose rows are made elsewhere: redraws only the rows that differ from what it shows."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region

from tui_aide.tui.documents import Span
from tui_aide.tui.widgets.lines import Lines

Row = Sequence[Span]


class Board(Lines):
    """Shows rows of spans, not focusable, not scrolling."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = []

    def show(self, rows: Sequence[Row]) -> None:
        """Replace the rows."""
        old, new = self._rows, list(rows)
        if old == new:
            return
        self._rows = new
        changed = [
            y
            for y in range(min(max(len(old), len(new)), self.size.height))
            if y >= len(old) or y >= len(new) or old[y] != new[y]
        ]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def line(self, y: int) -> Row:
        """Return a row, empty below the last one."""
        return self._rows[y] if y < len(self._rows) else ()

"""A list to pick from: a cursor over rows of which only the visible ones are drawn; headings are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui_aide.tui.documents import Span
from tui_aide.tui.widgets.lines import ScrollingLines

Row = Sequence[Span]


class PickList(ScrollingLines):
    """Shows rows of spans.

    Attributes:
        cursor: index of the row under the cursor.
    """

    DEFAULT_CSS = "PickList { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "choose(0)", "Choose", show=False),
        Binding("left,h,minus", "choose(-1)", "Less", show=False),
        Binding("right,l,plus", "choose(1)", "More", show=False),
    ]

    class Moved(Message):
        """The cursor went to another row."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Chosen(Message):
        """The row under the cursor was chosen; `step` is -1 or 1 where its value is to go a step, else 0."""

        def __init__(self, index: int, step: int) -> None:
            super().__init__()
            self.index = index
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self._rows: list[Row] = []
        self._headings: frozenset[int] = frozenset()

    def show(self, rows: Sequence[Row], *, cursor: int | None = None, headings: Sequence[int] = ()) -> None:
        """Replace the rows; the cursor stays where it is unless it is given."""
        self._rows, self._headings = list(rows), frozenset(headings)
        self.cursor = max(0, min(self.cursor if cursor is None else cursor, len(self._rows) - 1))
        self._reveal()

    def row_count(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def row(self, index: int, width: int) -> Row:
        """Return a row."""
        return self._rows[index]

    def row_style(self, y: int) -> str:
        """Return the cursor's style for its row."""
        if self.first + y != self.cursor or not self._rows:
            return ""
        return "cursor" if self.has_focus else "weak-cursor"

    def action_move(self, rows: int) -> None:
        """Move the cursor, over headings."""
        step = 1 if rows > 0 else -1
        last = len(self._rows) - 1
        goal = max(0, min(last, self.cursor + rows))
        while goal in self._headings and 0 <= goal + step <= last:
            goal += step
        while goal in self._headings and goal != self.cursor:
            goal -= step
        if goal != self.cursor and self._rows:
            self.cursor = goal
            self._reveal()
            self.post_message(self.Moved(goal))

    def action_choose(self, step: int) -> None:
        """Choose the row under the cursor."""
        if self._rows:
            self.post_message(self.Chosen(self.cursor, step))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row; a click on the row that has it chooses it."""
        index = self.first + event.y - (self.content_region.y - self.region.y)
        if not 0 <= index < len(self._rows) or index in self._headings:
            return
        if index == self.cursor:
            self.action_choose(0)
        else:
            self.action_move(index - self.cursor)

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._reveal()

    def _reveal(self) -> None:
        height = max(1, self.size.height)
        top = self.cursor - 1 if self.cursor - 1 in self._headings else self.cursor
        if top < self.first:
            self.top = top
        elif self.cursor >= self.first + height:
            self.top = self.cursor - height + 1
        self.refresh()

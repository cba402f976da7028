"""A line that folds what stands below it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui_aide.tui.documents import Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit
from tui_aide.tui.widgets.board import Board


class FoldLine(Board, can_focus=True):
    """A heading with a sign; enter, space or a click opens or folds.

    Attributes:
        opened: whether what stands below is shown.
    """

    DEFAULT_CSS = """
    FoldLine { height: 1; &:focus { background: $panel; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "Open/fold", show=False),
        Binding("right", "fold(True)", "Open", show=False),
        Binding("left", "fold(False)", "Fold", show=False),
    ]

    class Toggled(Message):
        """It was opened or folded."""

        def __init__(self, opened: bool) -> None:
            super().__init__()
            self.opened = opened

    class Entered(Message):
        """It has the focus now."""

    def __init__(self, title: str, about: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.opened = False
        self._title, self._about = title, about
        self._filled = 0

    def on_mount(self) -> None:
        """Draw it."""
        self.fill(self._filled)

    def fill(self, filled: int) -> None:
        """Tell in how many of the fields below something stands, which is seen while they are folded."""
        self._filled = filled
        spans: list[Span] = [
            (f"{GLYPHS.opened if self.opened else GLYPHS.closed} ", "accent"),
            (self._title, "title"),
        ]
        if filled:
            spans.append((f"  {filled} filled in", "accent"))
        used = sum(len(text) for text, _ in spans)
        if not self.opened and (room := self.size.width - used - 2) > 8:
            spans.append((f"  {fit(self._about, room).rstrip()}", "muted"))
        self.show([spans])

    def put(self, opened: bool) -> None:
        """Open or fold it."""
        if opened != self.opened:
            self.opened = opened
            self.fill(self._filled)
            self.post_message(self.Toggled(opened))

    def action_fold(self, opened: bool | None = None) -> None:
        """Open or fold it; None for whatever it is not."""
        self.put(not self.opened if opened is None else opened)

    def on_click(self, event: events.Click) -> None:
        """Open or fold it."""
        event.stop()
        self.action_fold()

    def on_resize(self) -> None:
        """Cut what it says to the new width."""
        self.fill(self._filled)

    def on_focus(self) -> None:
        """Redraw, and tell the form, which says what it is for."""
        super().on_focus()
        self.post_message(self.Entered())

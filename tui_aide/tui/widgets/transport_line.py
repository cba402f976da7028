"""The line of a replay's controls as a widget: a click on its sign plays, one on its bar goes there."""

from __future__ import annotations

from textual import events
from textual.message import Message

from tui_aide.tui.transport import Transport
from tui_aide.tui.widgets.board import Board


class TransportLine(Board):
    """Shows a `Transport`; its bar can be clicked, dragged and scrolled."""

    DEFAULT_CSS = "TransportLine { height: 1; }"

    class Sought(Message):
        """A place of the bar was clicked, as a share 0..1 of the recording."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    class Toggled(Message):
        """The sign was clicked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.transport: Transport | None = None
        self._dragged = False

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to the place on the bar, or play or stand."""
        event.stop()
        line = self.transport
        if line is None:
            return
        if (share := line.share_at(event.x)) is not None:
            self._dragged = True
            self.capture_mouse()
            self.post_message(self.Sought(share))
        elif event.x < line.bar:
            self.post_message(self.Toggled())

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while its button is held."""
        if self._dragged and self.transport is not None:
            at = min(max(event.x, self.transport.bar), self.transport.bar + self.transport.width - 1)
            share = self.transport.share_at(at)
            if share is not None:
                self.post_message(self.Sought(share))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the bar."""
        if self._dragged:
            self._dragged = False
            self.release_mouse()

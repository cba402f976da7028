"""The bottom line: the main keys, from the registry of actions."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events

from tui_aide.tui.actions import Action, first_key
from tui_aide.tui.documents import Span
from tui_aide.tui.widgets.board import Board

_ALWAYS = ("app.help", "screen.close", "home.quit", "new.leave")
"""What stands in the footer however narrow it is; the others go first."""


class KeyFooter(Board):
    """Shows the actions that have a rank in the footer."""

    DEFAULT_CSS = "KeyFooter { height: 1; background: $footer-background; }"

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(id="footer")
        self._actions = sorted((a for a in actions if a.footer), key=lambda a: a.footer)
        self._labels: dict[str, str] = {}
        self._spots: list[tuple[int, int, str]] = []

    def label(self, labels: dict[str, str] | None = None) -> None:
        """Show the keys; `labels` replaces an action's label by its id, "" leaves it out."""
        self._labels = labels or {}
        shown: list[tuple[Action, Span, Span]] = []
        for action in self._actions:
            label = self._labels.get(action.id, action.label)
            if label and (pressed := first_key(action)):
                shown.append((action, (f" {pressed} ", "key"), (f"{label} ", "")))
        room = self.size.width or 1 << 16
        for part in sorted(shown, key=lambda p: p[0].id not in _ALWAYS):
            room -= cell_len(part[1][0]) + cell_len(part[2][0])
            if room < 0:
                shown.remove(part)
        at, self._spots = 0, []
        for action, key, label_span in shown:
            end = at + cell_len(key[0]) + cell_len(label_span[0])
            self._spots.append((at, end, action.target))
            at = end
        self.show([[span for _, key, label_span in shown for span in (key, label_span)]])

    def redraw(self) -> None:
        """Show the keys as they are now."""
        self.label(self._labels)

    async def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        for start, stop, target in self._spots:
            if start <= event.x < stop:
                await self.screen.run_action(target)
                return

    def on_resize(self) -> None:
        """Show as many keys as there is room for now."""
        self.redraw()

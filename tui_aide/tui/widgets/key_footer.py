"""The bottom line: the main keys, from the registry of actions."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tui.actions import Action, first_key
from tui_aide.tui.documents import Span
from tui_aide.tui.widgets.board import Board


class KeyFooter(Board):
    """Shows the actions that have a rank in the footer."""

    DEFAULT_CSS = "KeyFooter { height: 1; background: $footer-background; }"

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(id="footer")
        self._actions = sorted((a for a in actions if a.footer), key=lambda a: a.footer)

    def label(self, labels: dict[str, str] | None = None) -> None:
        """Show the keys; `labels` replaces an action's label by its id, "" leaves it out."""
        labels = labels or {}
        spans: list[Span] = []
        for action in self._actions:
            label = labels.get(action.id, action.label)
            if label:
                spans += [(f" {first_key(action)} ", "key"), (f"{label} ", "")]
        self.show([spans])

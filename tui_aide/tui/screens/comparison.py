"""The screen that compares nodes: figures, scripts and plans, side by side where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.comparison_report import comparison_document
from tui_aide.tui.difference import Difference
from tui_aide.tui.widgets.text_pane import TextPane


class ComparisonScreen(ModalScreen[None]):
    """Compares nodes; of more than two, two at a time are compared line by line."""

    CSS = """
    ComparisonScreen {
        background: $background;
        & > Vertical {
            border: round $border; padding: 0 1; background: $background;
            border-title-color: $text; border-subtitle-color: $text-muted;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c", "dismiss", "Close"),
        Binding("w", "split", "Side by side"),
        Binding("n", "pair(1)", "Next pair"),
        Binding("N", "pair(-1)", "Previous pair"),
        Binding("y", "copy", "Copy"),
    ]

    def __init__(self, folder: SessionFolder, tree: SolutionTree, nodes: Sequence[Node]) -> None:
        """Compare nodes as they are now."""
        super().__init__()
        self._folder, self._tree, self._compared = folder, tree, list(nodes)
        self._pairs = list(combinations(range(len(nodes)), 2))
        self._at = 0
        self._split: bool | None = None
        self._difference: Difference | None = None

    def compose(self) -> ComposeResult:
        """Make the pane."""
        with Vertical():
            yield TextPane(id="comparison")

    def on_mount(self) -> None:
        """Compare the first two."""
        self._show()
        self.query_one(TextPane).focus()

    def _show(self, *, keep: bool = False) -> None:
        pair = self._pairs[self._at]
        document, self._difference = comparison_document(
            self._folder, self._tree, self._compared, pair, split=self._split
        )
        names = " and ".join(f"#{self._compared[i].id}" for i in pair)
        box = self.query_one(Vertical)
        box.border_title = Content(f"Compare {names}")
        more = f"n next pair ({self._at + 1} of {len(self._pairs)})   " if len(self._pairs) > 1 else ""
        box.border_subtitle = Content(f"{more}w side by side   y copy   esc closes")
        self.query_one(TextPane).show(document, keep=keep)

    def action_pair(self, step: int) -> None:
        """Compare the next two."""
        self._at = (self._at + step) % len(self._pairs)
        self._show(keep=True)

    def action_split(self) -> None:
        """Show the scripts side by side, or line by line."""
        if self._difference is not None:
            self._split = not self._difference.beside
            self._show(keep=True)

    def action_copy(self) -> None:
        """Copy all of it."""
        from tui_aide.tui.clipboard import copy

        copy(self, self.query_one(TextPane).document.text(), "the comparison")

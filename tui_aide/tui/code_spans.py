"""A script's lines as styled spans, through the code floor's highlighter."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tui.documents import Span


class CodeSpans:
    """Calls the highlighter for the lines that are drawn."""

    def __init__(self, code: str) -> None:
        self._lines = code.splitlines()

    def __call__(self, index: int) -> Sequence[Span]:
        """Return one line's spans."""
        return ((self._lines[index], ""),)

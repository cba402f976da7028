"""A pane that shows a document and follows its end while it grows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from tui_aide.tui.actions import key_for
from tui_aide.tui.documents import Document, Paragraphs, Span
from tui_aide.tui.figures import count
from tui_aide.tui.plain_text import wrap
from tui_aide.tui.widgets.lines import ScrollingLines


class TextPane(ScrollingLines):
    """Shows a `Document`. Scrolling up stops following; reaching the end, or `G`, follows again.

    Attributes:
        sought: the text that is searched for in it, "" for none.
    """

    DEFAULT_CSS = """
    TextPane { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.document: Document = Paragraphs()
        self.empty = ""
        self.sought = ""
        self._pattern: re.Pattern[str] | None = None
        self._found: int | None = None
        self._seen = (0, 0)

    def show(self, document: Document, *, keep: bool = False) -> None:
        """Show a document.

        Args:
            document: what to show.
            keep: stay at the same place, for a newer version of the same text.
        """
        self.document = document
        document.resize(self.text_width)
        if not keep:
            self.top = 0
            self.follow = document.follow
            self._found = None
        self._seen = (document.dropped, len(document))
        self.refresh()

    def grown(self) -> None:
        """Redraw what the document's growth changed: nothing where the reader looks elsewhere."""
        dropped, rows = self._seen
        document = self.document
        self._seen = (document.dropped, len(document))
        if document.dropped > dropped:
            self.top = max(0, self.top - (document.dropped - dropped))
            if self._found is not None:
                self._found -= document.dropped - dropped
        if self.follow or self.top + self.size.height >= rows or document.dropped > dropped:
            self.refresh()

    @property
    def newer(self) -> int:
        """Rows below the window."""
        return max(0, self.row_count() - self.first - self.size.height)

    def on_resize(self) -> None:
        """Lay the document out for the new width."""
        self.document.resize(self.text_width)
        self._seen = (self.document.dropped, len(self.document))
        self.refresh()

    def row_count(self) -> int:
        """Return the document's rows."""
        return len(self.document)

    def row(self, index: int, width: int) -> Sequence[Span]:
        """Return a row of the document, with what is searched for marked in it."""
        spans = self.document.row(index)
        if self._pattern is None:
            return spans
        return marked(spans, self._pattern, "cursor" if index == self._found else "match")

    def find(self, text: str) -> int:
        """Search for a text, whatever its letters' case, and go to the first row from here on that holds it.

        Returns:
            How many rows hold it.
        """
        self.sought = text
        self._pattern = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._found = None
        self.refresh()
        rows = self._holding()
        if rows:
            self._go_found(next((r for r in rows if r >= self.first), rows[0]))
        return len(rows)

    def go_found(self, step: int) -> None:
        """Go to the next row that holds the text, or the one before where `step` is below 0; around the ends, too."""
        rows = self._holding()
        if rows:
            here = self.first if self._found is None else self._found
            later = [r for r in rows if r > here] if step > 0 else [r for r in reversed(rows) if r < here]
            self._go_found(later[0] if later else rows[0 if step > 0 else -1])

    def _holding(self) -> list[int]:
        pattern, document = self._pattern, self.document
        if pattern is None:
            return []
        return [i for i in range(len(document)) if pattern.search("".join(t for t, _ in document.row(i)))]

    def _go_found(self, row: int) -> None:
        self._found = row
        if not self.first <= row < self.first + self.size.height - 1:
            self.top, self.follow = max(0, row - self.size.height // 3), False
        self.refresh()

    def line(self, y: int) -> Sequence[Span]:
        """Return a visible row: the document's, or in an empty pane the reason for that."""
        if not len(self.document):
            rows = wrap(self.empty, self.text_width)
            return ((rows[y], "muted"),) if y < len(rows) else ()
        if y == self.size.height - 1 and y > 2 and self.document.follow and not self.follow and self.newer:
            return ((f"  {count(self.newer)} newer lines below ({key_for('move.bottom')} follows)", "accent"),)
        return super().line(y)

    def follows_at_end(self) -> bool:
        """Return whether the document grows at its end."""
        return self.document.follow

    def render_line(self, y: int) -> Strip:
        """Draw a row, with what the mouse selected of it."""
        strip = super().render_line(y)
        index = self.first + y
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(index)) is not None:
            start, end = span
            end = strip.cell_length if end == -1 else min(end, strip.cell_length)
            if start < end:
                before, selected, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end)
                strip = Strip.join([before, selected.apply_style(Style(reverse=True)), after])
        return strip.apply_offsets(0, index)

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text of the rows shown."""
        rows = ["".join(t for t, _ in self.document.row(i)) for i in range(len(self.document))]
        return selection.extract("\n".join(rows)), "\n"


def marked(spans: Sequence[Span], pattern: re.Pattern[str], style: str) -> Sequence[Span]:
    """Return a row with what a pattern finds in it in another style."""
    text = "".join(t for t, _ in spans)
    found = [m.span() for m in pattern.finditer(text)]
    if not found:
        return spans
    marked: list[Span] = []
    at = 0
    for piece, own in spans:
        cuts = sorted({at, at + len(piece), *(c for span in found for c in span if at < c < at + len(piece))})
        for start, end in pairwise(cuts):
            inside = any(a <= start < b for a, b in found)
            marked.append((text[start:end], style if inside else own))
        at += len(piece)
    return marked

"""A pane that shows a document and follows its end while it grows."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from tui_aide.tui.documents import Document, Paragraphs, Span
from tui_aide.tui.figures import count
from tui_aide.tui.plain_text import wrap
from tui_aide.tui.widgets.lines import ScrollingLines


class TextPane(ScrollingLines):
    """Shows a `Document`. Scrolling up stops following; reaching the end, or `G`, follows again."""

    DEFAULT_CSS = """
    TextPane { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.document: Document = Paragraphs()
        self.empty = ""
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
        self._seen = (document.dropped, len(document))
        self.refresh()

    def grown(self) -> None:
        """Redraw what the document's growth changed: nothing where the reader looks elsewhere."""
        dropped, rows = self._seen
        document = self.document
        self._seen = (document.dropped, len(document))
        if document.dropped > dropped:
            self.top = max(0, self.top - (document.dropped - dropped))
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
        """Return a row of the document."""
        return self.document.row(index)

    def line(self, y: int) -> Sequence[Span]:
        """Return a visible row: the document's, or in an empty pane the reason for that."""
        if not len(self.document):
            rows = wrap(self.empty, self.text_width)
            return ((rows[y], "muted"),) if y < len(rows) else ()
        if y == self.size.height - 1 and y > 2 and self.document.follow and not self.follow and self.newer:
            return ((f"  {count(self.newer)} newer lines below (G follows)", "accent"),)
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

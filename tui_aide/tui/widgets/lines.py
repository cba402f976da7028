"""The base of our widgets: rows of styled spans, of which only the visible ones are ever made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_aide.tui.actions import MOVE, bindings
from tui_aide.tui.documents import Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.span_styles import span_style


class Lines(Widget):
    """A widget that draws itself from `line(y)`, row by row.

    Styles are looked up once until the theme or the focus changes them.
    """

    DEFAULT_CSS = """
    Lines { height: 1fr; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._spans_style: dict[str, Style] = {}
        self._drawn: dict[int, tuple[Sequence[Span], str]] = {}

    def line(self, y: int) -> Sequence[Span]:
        """Return the spans of one visible row."""
        return ()

    def row_style(self, y: int) -> str:
        """Return the name of the style that lies over a whole row; "" for none."""
        return ""

    def notify_style_update(self) -> None:
        """Forget the styles: the theme or a pseudo class changed."""
        super().notify_style_update()
        self._spans_style = {}
        self._drawn = {}

    def on_focus(self) -> None:
        """Redraw: the cursor looks different."""
        self._spans_style = {}
        self.refresh()

    def on_blur(self) -> None:
        """Redraw: the cursor looks different."""
        self._spans_style = {}
        self.refresh()

    def span_style(self, name: str) -> Style:
        """Return the style of a name over the widget's own."""
        styles = self._spans_style
        if not styles:
            styles[""] = self.rich_style
        if (style := styles.get(name)) is None:
            layer = span_style(name, self.app.theme_variables, self.background_colors[1])
            style = styles[name] = styles[""] + layer
        return style

    def refresh_changed(self) -> None:
        """Redraw the rows that are no longer as they were drawn last."""
        width, drawn = self.size.width, self._drawn
        changed = [y for y in range(self.size.height) if drawn.get(y) != (self.line(y), self.row_style(y))]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width = self.size.width
        spans, over_name = self._drawn[y] = self.line(y), self.row_style(y)
        over = self.span_style(over_name) if over_name else None
        segments: list[Segment] = []
        used = 0
        for text, name in spans:
            if not text:
                continue
            style = self.span_style(name)
            if over is not None:
                style = style + over if over_name == "cursor" else style + Style(bgcolor=over.bgcolor, bold=True)
            segments.append(Segment(text, style))
            used += len(text) if text.isascii() else cell_len(text)
        base = over if over is not None else self.span_style("")
        if used < width:
            segments.append(Segment(" " * (width - used), base))
            return Strip(segments, width)
        strip = Strip(segments, used)
        return _cut(strip, width) if used > width else strip


def _cut(strip: Strip, width: int) -> Strip:
    """Return a row cut to a width, with the sign of a cut at its edge where more than blanks is lost."""
    if not strip.crop(width - 1, width + 200).text.strip() or width < 2:
        return strip.crop(0, width)
    kept = strip.crop(0, width - 1)
    style = kept._segments[-1].style if kept._segments else None
    return Strip([*kept, Segment(GLYPHS.ellipsis[:1], style)], width)


class ScrollingLines(Lines, can_focus=True):
    """Lines of which a window is visible: keeps its own place, draws its own thumb, never triggers a layout.

    Attributes:
        top: the row at the upper edge.
        follow: whether the end is kept in view as rows are added.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(MOVE)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.top = 0
        self.follow = False

    def row_count(self) -> int:
        """Return how many rows there are."""
        return 0

    def row(self, index: int, width: int) -> Sequence[Span]:
        """Return the spans of a row, at most `width` cells wide."""
        return ()

    @property
    def first(self) -> int:
        """The row that is drawn first."""
        return self._first(self.row_count(), self.size.height)

    def _first(self, count: int, height: int) -> int:
        last = max(0, count - height)
        return last if self.follow else max(0, min(self.top, last))

    @property
    def text_width(self) -> int:
        """Cells that rows have, without the thumb's column."""
        return max(1, self.size.width - 1)

    def line(self, y: int) -> Sequence[Span]:
        """Return a visible row, with the thumb at its right edge."""
        count, (width, height) = self.row_count(), self.size
        width = max(1, width - 1)
        first = self._first(count, height)
        index = first + y
        spans = list(self.row(index, width)) if index < count else []
        if count <= height:
            return spans
        start = first * height // count
        stop = max(start + 1, (first + height) * height // count)
        if not start <= y < stop:
            return spans
        used = sum(cell_len(text) for text, _ in spans)
        return [*spans, (" " * (width - used), ""), (GLYPHS.thumb, "faint")] if used <= width else spans

    def scroll_rows(self, rows: int) -> None:
        """Move the window; at the end it follows what comes, where that is of use."""
        last = max(0, self.row_count() - self.size.height)
        top = max(0, min(last, self.first + rows))
        moved = top != self.first
        self.top = top
        self.follow = self.follows_at_end() and top >= last
        if moved:
            self.refresh()

    def follows_at_end(self) -> bool:
        """Return whether reaching the end means to follow it."""
        return False

    def refresh_rows(self, *rows: int) -> None:
        """Redraw some rows of the content, where they are visible."""
        width, height, first = self.size.width, self.size.height, self.first
        regions = [Region(0, r - first, width, 1) for r in rows if 0 <= r - first < height]
        if regions:
            self.refresh(*regions)

    def action_move(self, rows: int) -> None:
        """Move by rows."""
        self.scroll_rows(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_top(self) -> None:
        """Go to the first row."""
        self.action_move(-self.row_count())

    def action_bottom(self) -> None:
        """Go to the last row."""
        self.action_move(self.row_count())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll three rows."""
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll three rows back."""
        event.stop()
        self.scroll_rows(-3)

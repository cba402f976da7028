"""What a text pane can show: rows of styled spans, wrapped to a width. No widget and no file is known here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from rich.cells import cell_len

from tui_aide.tui.plain_text import StreamCleaner, fold_returns, wrap

Span = tuple[str, str]
"""A piece of a row: its text and the name of its style ("" is the pane's own)."""

Tint = Callable[[str], str]
"""Names the style of a logical line."""


class Document(Protocol):
    """Rows to show. `dropped` rows were there before row 0 and are gone, so that a reader's place can be kept."""

    @property
    def dropped(self) -> int:
        """Rows gone from the start."""
        ...

    @property
    def follow(self) -> bool:
        """Whether it grows at its end."""
        ...

    def resize(self, width: int) -> None:
        """Lay the rows out anew for a width in cells."""
        ...

    def __len__(self) -> int: ...

    def row(self, index: int) -> Sequence[Span]:
        """Return one row's spans."""
        ...

    def text(self) -> str:
        """Return all of it as plain text, for copying."""
        ...


class StreamText:
    """Text that grows at its end, wrapped as it comes; memory is bounded by `limit` characters.

    Carriage returns are folded, so that a progress bar is one row with its last state. A text that does not wrap is
    cut at the pane's edge.
    """

    follow = True

    def __init__(self, tint: Tint | None = None, *, limit: int = 400_000, width: int = 80, wraps: bool = True) -> None:
        self.dropped = 0
        self._tint = tint
        self._wraps = wraps
        self._limit = limit
        self._width = width
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.dropped = 0
        self._lines: list[str] = []
        self._size = 0
        self._open = ""
        self._rows: list[tuple[str, str]] = []
        self._open_rows = 0
        self._cleaner = StreamCleaner()

    def feed(self, text: str) -> bool:
        """Add text; return whether anything was added."""
        text = self._cleaner.feed(text)
        if not text:
            return False
        parts = (self._open + text).split("\n")
        if self._open_rows:
            del self._rows[-self._open_rows :]
        for part in parts[:-1]:
            line = fold_returns(part)
            self._lines.append(line)
            self._size += len(line) + 1
            self._add(line)
        self._open = parts[-1]
        if "\r" in self._open:  # keep only what can still be seen
            shown = fold_returns(self._open)
            self._open = shown + "\r" if self._open.endswith("\r") else shown
        before = len(self._rows)
        if self._open:
            self._add(fold_returns(self._open), keep=False)
        self._open_rows = len(self._rows) - before
        if self._size > self._limit * 5 // 4:
            self._trim()
        return True

    def resize(self, width: int) -> None:
        """Wrap to another width."""
        if width == self._width:
            return
        self._width = width
        self.dropped = 0
        self._rows = []
        for line in self._lines:
            self._add(line)
        before = len(self._rows)
        if self._open:
            self._add(fold_returns(self._open), keep=False)
        self._open_rows = len(self._rows) - before

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Sequence[Span]:
        """Return one row."""
        return (self._rows[index],)

    def text(self) -> str:
        """Return what is kept of the text."""
        return "\n".join([*self._lines, fold_returns(self._open)])

    def _add(self, line: str, *, keep: bool = True) -> None:
        style = self._tint(line) if self._tint and keep else ""
        if not self._wraps or (len(line) <= self._width and line.isascii()):
            self._rows.append((line, style))
        else:
            self._rows.extend((row, style) for row in wrap(line, self._width))

    def _trim(self) -> None:
        over = self._size - self._limit
        gone = rows = 0
        for index, line in enumerate(self._lines):
            if over <= 0:
                break
            over -= len(line) + 1
            self._size -= len(line) + 1
            rows += len(wrap(line, self._width)) if self._wraps else 1
            gone = index + 1
        del self._lines[:gone]
        del self._rows[:rows]
        self.dropped += rows


class Stack:
    """Documents one under the other; the last one's end is its own."""

    def __init__(self, parts: Sequence[Document], *, follow: bool = True) -> None:
        self.parts = parts
        self.follow = follow

    @property
    def dropped(self) -> int:
        """Rows that are gone from all parts."""
        return sum(p.dropped for p in self.parts)

    def resize(self, width: int) -> None:
        """Lay out every part."""
        for part in self.parts:
            part.resize(width)

    def __len__(self) -> int:
        return sum(len(p) for p in self.parts)

    def row(self, index: int) -> Sequence[Span]:
        """Return one row of the part that it falls in."""
        for part in self.parts:
            if index < len(part):
                return part.row(index)
            index -= len(part)
        raise IndexError(index)

    def text(self) -> str:
        """Return the parts' texts."""
        return "\n".join(t for p in self.parts if (t := p.text()))


class WrappedRows:
    """Rows that are all made anew for each width; a subclass makes them in `_laid_out`, at first as it is made."""

    dropped = 0

    def __init__(self, *, follow: bool = False) -> None:
        self.follow = follow
        self._width = 0
        self._rows: list[Sequence[Span]] = []
        self.resize(80)

    def resize(self, width: int) -> None:
        """Lay the rows out for another width."""
        if width != self._width:
            self._width = width
            self._rows = self._laid_out(width)

    def _laid_out(self, width: int) -> list[Sequence[Span]]:
        """Return the rows for a width in cells."""
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Sequence[Span]:
        """Return one row."""
        return self._rows[index]


class Paragraphs(WrappedRows):
    """Blocks of text that do not grow: each is a line's spans, wrapped as one, `indent` cells from the left.

    A line whose first span is `hang` cells wide is wrapped beside that span, not below it.
    """

    def __init__(
        self, lines: Iterable[Sequence[Span]] = (), *, follow: bool = False, indent: int = 0, hang: int = 0
    ) -> None:
        self._lines = [tuple(line) for line in lines]
        self._indent = indent
        self._hang = hang
        super().__init__(follow=follow)

    def _laid_out(self, width: int) -> list[Sequence[Span]]:
        rows = [row for line in self._lines for row in self._wrapped(line, width - self._indent)]
        return [((" " * self._indent, ""), *row) for row in rows] if self._indent else rows

    def _wrapped(self, line: Sequence[Span], width: int) -> list[Sequence[Span]]:
        hang = self._hang
        if not hang or len(line) < 2 or cell_len(line[0][0]) != hang or width < 2 * hang:
            return _wrap_spans(line, width)
        first, *more = _wrap_spans(line[1:], width - hang)
        return [(line[0], *first), *(((" " * hang, ""), *row) for row in more)]

    def text(self) -> str:
        """Return the blocks, a line each."""
        return "\n".join("".join(t for t, _ in line) for line in self._lines)


class Listing:
    """Lines of code with a gutter, not wrapped; a line's spans are made when it is drawn."""

    def __init__(
        self, lines: Sequence[str], spans: Callable[[int], Sequence[Span]], gutter: Callable[[int], Span]
    ) -> None:
        self.dropped = 0
        self.follow = False
        self._lines = lines
        self._spans = spans
        self._gutter = gutter

    def resize(self, width: int) -> None:
        """Do nothing: lines are cut at the pane's edge."""

    def __len__(self) -> int:
        return len(self._lines)

    def row(self, index: int) -> Sequence[Span]:
        """Return one line behind its gutter."""
        return (self._gutter(index), *self._spans(index))

    def text(self) -> str:
        """Return the lines without the gutter."""
        return "\n".join(self._lines)


def _wrap_spans(line: Sequence[Span], width: int) -> list[Sequence[Span]]:
    """Wrap a line of several spans: the text is wrapped as one, the styles are laid over it again."""
    if len(line) <= 1:
        style = line[0][1] if line else ""
        text = line[0][0] if line else ""
        return [((row, style),) for row in wrap(text, width)]
    text = "".join(t for t, _ in line)
    styles = [s for t, s in line for _ in t]
    rows: list[Sequence[Span]] = []
    at = 0
    for row in wrap(text, width):
        at = text.find(row, at) if row else at
        spans: list[Span] = []
        for offset, char in enumerate(row):
            style = styles[at + offset]
            if spans and spans[-1][1] == style:
                spans[-1] = (spans[-1][0] + char, style)
            else:
                spans.append((char, style))
        at += len(row)
        rows.append(tuple(spans) or (("", ""),))
    return rows

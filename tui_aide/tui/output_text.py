"""A script's output as a document: progress bars folded, stderr marked at the edge, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tui_aide.tui.documents import Span, Stack, Tint
from tui_aide.tui.figures import size, thousands
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import clean, wrap

_LONGEST = 8_192
"""Bytes of a line that are shown."""

_EDGE = 2

_UNSETTLED = 500
"""Of so many newest lines it may still be told that they came from stderr."""


class _Line(NamedTuple):
    text: str
    style: str
    begin: int
    end: int


class OutputText:
    """Output that grows at its end, line by line as a terminal would show it; memory is bounded by `limit` characters.

    Each row has an edge of two cells, with a sign where any of its line came from stderr.
    """

    follow = True

    def __init__(
        self,
        stderr: Callable[[int, int], bool],
        tint: Callable[[], Tint] | None = None,
        *,
        limit: int = 400_000,
        width: int = 80,
        wraps: bool = True,
    ) -> None:
        """Begin without text.

        Args:
            stderr: tells whether any of the bytes from the one place to before the other came from stderr.
            tint: makes what colours lines.
            limit: characters that are kept.
            width: cells of a row.
            wraps: whether long lines are wrapped, or cut at the pane's edge.
        """
        self._stderr = stderr
        self._make_tint = tint
        self._limit = limit
        self._width = width
        self._wraps = wraps
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.dropped = 0
        self._tint = self._make_tint() if self._make_tint else None
        self._lines: list[_Line] = []
        self._gone = 0
        self._rows: list[tuple[int, str]] = []
        self._open_rows = 0
        self._size = 0
        self._open = b""
        self._open_cut = 0
        self._open_begin = self._end = 0
        self._counted = self._of_stderr = 0

    def feed(self, data: bytes, begin: int) -> bool:
        """Add bytes that stand at `begin` in the file; return whether there were any."""
        if not data:
            return False
        if begin != self._end and not self._open:
            self._open_begin = begin
        self._drop_open_rows()
        start = 0
        while (newline := data.find(b"\n", start)) >= 0:
            self._write(data[start:newline])
            self._end = begin + newline + 1
            text = self._shown()
            self._add(_Line(text, self._tint(text) if self._tint else "", self._open_begin, self._end))
            self._open, self._open_cut, self._open_begin = b"", 0, self._end
            start = newline + 1
        self._write(data[start:])
        self._end = begin + len(data)
        self._add_open_rows()
        if self._size > self._limit * 5 // 4:
            self._trim()
        return True

    def counts(self) -> tuple[int, int]:
        """Return how many lines came since the start of what was read, and how many of them hold some of stderr."""
        settled = max(0, len(self._lines) - _UNSETTLED)
        at = max(0, self._counted - self._gone)
        self._of_stderr += sum(self._stderr(line.begin, line.end) for line in self._lines[at:settled])
        self._counted = max(self._counted, self._gone + settled)
        newest = self._lines[max(0, self._counted - self._gone) :]
        marked = self._of_stderr + sum(self._stderr(line.begin, line.end) for line in newest)
        return self._gone + len(self._lines) + bool(self._shown()), marked

    def resize(self, width: int) -> None:
        """Wrap to another width."""
        if width == self._width:
            return
        self._width = width
        self.dropped = 0
        self._rows, self._open_rows = [], 0
        for number, line in enumerate(self._lines, self._gone):
            self._rows += [(number, row) for row in self._wrap(line.text)]
        self._add_open_rows()

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Sequence[Span]:
        """Return one row behind its edge."""
        number, text = self._rows[index]
        if number - self._gone < len(self._lines):
            line = self._lines[number - self._gone]
        else:
            line = _Line("", "", self._open_begin, self._end)
        edge = GLYPHS.stderr if self._stderr(line.begin, line.end) else " "
        return ((edge + " ", "warn"), (text, line.style))

    def text(self) -> str:
        """Return what is kept of the text, without the edge."""
        return "\n".join([*(line.text for line in self._lines), self._shown()])

    def _write(self, piece: bytes) -> None:
        """Add a piece to the open line; of what returns to its start only the last is kept, of a long one its start."""
        if b"\r" in piece or b"\r" in self._open:
            *overwritten, last = (self._open + piece).split(b"\r")
            self._open_cut = 0
            if not _visible(last):  # what shows next overwrites what stands there now
                kept = next((p for p in reversed(overwritten) if _visible(p)), b"")
                self._open = kept[:_LONGEST] + b"\r" + last[:_LONGEST]
                return
            piece, self._open = last, b""
        room = max(0, _LONGEST - len(self._open))
        self._open += piece[:room]
        self._open_cut += len(piece) - len(piece[:room])

    def _shown(self) -> str:
        text = clean(self._open.decode("utf-8", "replace")).replace("\r", "")
        return f"{text} {GLYPHS.ellipsis} {size(self._open_cut)} more" if self._open_cut else text

    def _wrap(self, text: str) -> list[str]:
        width = max(1, self._width - _EDGE)
        if not self._wraps or (len(text) <= width and text.isascii()):
            return [text]
        return wrap(text, width)

    def _add(self, line: _Line) -> None:
        number = self._gone + len(self._lines)
        self._lines.append(line)
        self._size += len(line.text) + 1
        self._rows += [(number, row) for row in self._wrap(line.text)]

    def _drop_open_rows(self) -> None:
        if self._open_rows:
            del self._rows[-self._open_rows :]
            self._open_rows = 0

    def _add_open_rows(self) -> None:
        if text := self._shown():
            rows = self._wrap(text)
            self._rows += [(self._gone + len(self._lines), row) for row in rows]
            self._open_rows = len(rows)

    def _trim(self) -> None:
        over, lines = self._size - self._limit, 0
        while over > 0 and lines < len(self._lines):
            length = len(self._lines[lines].text) + 1
            over -= length
            self._size -= length
            lines += 1
        del self._lines[:lines]
        self._gone += lines
        rows = next((i for i, (number, _) in enumerate(self._rows) if number >= self._gone), len(self._rows))
        del self._rows[:rows]
        self.dropped += rows


def _visible(piece: bytes) -> bool:
    return bool(piece) and bool(clean(piece[:_LONGEST].decode("utf-8", "replace")))


def line_counts(document: object) -> str:
    """Return how many lines of output a document holds, and how many of stderr, in words; "" where it is none."""
    parts = document.parts if isinstance(document, Stack) else [document]
    counts = [part.counts() for part in parts if isinstance(part, OutputText)]
    lines, of_stderr = sum(c for c, _ in counts), sum(c for _, c in counts)
    if not lines:
        return ""
    words = f"stdout {thousands(lines - of_stderr)}"
    return words + (f"  stderr {thousands(of_stderr)} " if of_stderr else " ") + ("line" if lines == 1 else "lines")

"""The lines of all scripts, each kept once with its highlighting: children repeat most lines of their parents."""

from __future__ import annotations

from tui_aide.code.highlighting import TOKENS, Highlighter
from tui_aide.code.terminal_text import clean

_PLAIN = frozenset({"variable", "property", "operator"})
"""Tokens that have no colour of their own."""

_NAMES = {name: at for at, name in enumerate(TOKENS)}
_LONGEST = 2_000


class CodeLines:
    """A table of lines: each its text, then `start, end, token` for each span, in characters, by number in `TOKENS`.

    Attributes:
        lines: the table.
        size: about how many bytes it takes as JSON.
    """

    def __init__(self) -> None:
        self.lines: list[list[str | int]] = []
        self.size = 0
        self._known: dict[tuple[str | int, ...], int] = {}

    def add(self, code: str) -> list[int]:
        """Take a script in, and return the numbers of its lines."""
        text = shown(code)
        highlighter = Highlighter(text)
        spans = highlighter.spans(0, highlighter.line_count)
        found = []
        for line, marks in zip(text.split("\n"), spans, strict=True):
            row: list[str | int] = [line]
            for start, end, token in marks:
                if token not in _PLAIN:
                    row += (start, end, _NAMES[token])
            key = tuple(row)
            if key not in self._known:
                self._known[key] = len(self.lines)
                self.lines.append(row)
                self.size += len(line) + 4 * len(row)
            found.append(self._known[key])
        return found


def shown(code: str) -> str:
    """Return a script as it is shown: without control characters, and without its last newline; long lines are cut."""
    lines = clean(code.replace("\r", "\n")).rstrip("\n").split("\n")
    return "\n".join(x if len(x) <= _LONGEST else f"{x[:_LONGEST]} [... {len(x):,} characters]" for x in lines)

"""What changed from one script to another: side by side where there is room, else line by line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len

from tui_aide.tui.code_spans import CodeSpans
from tui_aide.tui.documents import Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit

SPLIT_WIDTH = 110
"""From this width on, scripts stand side by side."""
_CONTEXT = 4
_LONG = 2_000
"""Of longer scripts, lines that are often there are not looked for."""
_WORD = re.compile(r"\w+|\s+|.")
_STYLES = {"+": "added", "-": "removed", "@": "hunk"}


class _Pair(NamedTuple):
    """A row of two lines, by their indexes; a row of none stands for lines that are left out."""

    before: int | None
    after: int | None
    equal: bool


class Difference:
    """Two scripts as a document.

    Attributes:
        split: True for side by side, False for line by line, None for what there is room for.
        added: how many lines are new, and `removed` how many are gone.
    """

    dropped = 0
    follow = False

    def __init__(self, before: Sequence[str], after: Sequence[str], names: tuple[str, str]) -> None:
        """Compare two scripts, given as their lines, under two names."""
        self.split: bool | None = None
        self._before, self._after, self._names = before, after, names
        self._unified = list(difflib.unified_diff(before, after, *names, lineterm="", n=_CONTEXT))[2:]
        self.added = sum(r.startswith("+") for r in self._unified)
        self.removed = sum(r.startswith("-") for r in self._unified)
        head = f"{names[0]} -> {names[1]}   +{self.added} -{self.removed} lines"
        self._unified = [head, "", *self._unified]
        self._pairs: list[_Pair] | None = None
        self._colours = CodeSpans(list(before)), CodeSpans(list(after))
        self._width = 80

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return not self.added and not self.removed

    @property
    def beside(self) -> bool:
        """Whether it is laid out side by side now."""
        return self._width >= SPLIT_WIDTH if self.split is None else self.split

    def resize(self, width: int) -> None:
        """Lay it out for a width."""
        self._width = width
        if self.beside and self._pairs is None:
            self._pairs = list(_pairs(self._before, self._after))

    def __len__(self) -> int:
        return len(self._pairs or ()) + 2 if self.beside else len(self._unified)

    def row(self, index: int) -> Sequence[Span]:
        """Return one row."""
        if not self.beside:
            row = self._unified[index]
            return ((row, _STYLES.get(row[:1], "") if index > 1 else "title"),)
        assert self._pairs is not None
        half = (self._width - 3) // 2
        between: Span = (f" {GLYPHS.separator} ", "faint")
        if index == 0:
            return ((self._unified[0], "title"),)
        if index == 1:
            return ((fit(f"{'':7}{self._names[0]}", half), "muted"), between, (f"{'':7}{self._names[1]}", "muted"))
        pair = self._pairs[index - 2]
        if pair.before is None and pair.after is None:
            return ((fit(f"{'':7}{GLYPHS.ellipsis}", half), "hunk"), between, (f"{'':7}{GLYPHS.ellipsis}", "hunk"))
        return (*self._side(0, pair, half), between, *self._side(1, pair, half))

    def _side(self, side: int, pair: _Pair, width: int) -> Sequence[Span]:
        number = pair.after if side else pair.before
        if number is None:
            return ((" " * width, ""),)
        head = f"{number + 1:>4} "
        if pair.equal:
            spans: Sequence[Span] = ((head + "  ", "muted"), *self._colours[side](number))
        else:
            sign, style = ("+ ", "added") if side else ("- ", "removed")
            line = (self._after if side else self._before)[number]
            other = pair.before if side else pair.after
            parts: Iterable[Span] = ((line, style),)
            if other is not None:
                parts = _changed((self._before if side else self._after)[other], line, style)
            spans = ((head, "muted"), (sign, style), *parts)
        return fit_spans(spans, width)

    def text(self) -> str:
        """Return it line by line."""
        return "\n".join(self._unified)


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterable[_Pair]:
    long = max(len(before), len(after)) > _LONG
    groups = difflib.SequenceMatcher(None, before, after, autojunk=long).get_grouped_opcodes(_CONTEXT)
    for index, group in enumerate(groups):
        if index or group[0][1]:
            yield _Pair(None, None, True)
        for tag, a, a_end, b, b_end in group:
            for left, right in zip_longest(range(a, a_end), range(b, b_end)):
                yield _Pair(left, right, tag == "equal")


def _changed(other: str, line: str, style: str) -> list[Span]:
    """Return a line with the words that another one does not have underlined; whole where they are not alike."""
    old, new = _WORD.findall(other), _WORD.findall(line)
    if len(old) > 200 or len(new) > 200:
        return [(line, style)]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.4:
        return [(line, style)]
    parts: list[Span] = []
    for tag, _, _, start, end in matcher.get_opcodes():
        if start < end:
            parts.append(("".join(new[start:end]), style if tag == "equal" else f"{style}-part"))
    return parts


def fit_spans(spans: Iterable[Span], width: int) -> list[Span]:
    """Return spans cut or padded to exactly `width` cells."""
    kept: list[Span] = []
    room = width
    for text, style in spans:
        cells = len(text) if text.isascii() else cell_len(text)
        if cells > room:
            kept.append((fit(text, room), style))
            return kept
        kept.append((text, style))
        room -= cells
    if room:
        kept.append((" " * room, ""))
    return kept

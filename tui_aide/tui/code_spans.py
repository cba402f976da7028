"""A script's lines as styled spans, through the code floor's highlighter."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.code.highlighting import Highlighter
from tui_aide.code.highlighting import Span as Mark
from tui_aide.tui.documents import Span

_CHUNK = 32
_LIMIT = 400_000
_STYLES = {
    "variable": "",
    "property": "",
    "parameter": "code-parameter",
    "constant": "code-number",
    "type": "code-type",
    "function": "code-function",
    "builtin": "code-function",
    "decorator": "code-decorator",
    "keyword": "code-keyword",
    "operator": "code-operator",
    "number": "code-number",
    "string": "code-string",
    "escape": "code-number",
    "comment": "code-comment",
    "error": "bad",
}


class CodeSpans:
    """Highlights the lines that are drawn, some at a time; a very large script stays plain."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        source = "\n".join(lines)
        self._highlighter = Highlighter(source) if len(source) <= _LIMIT else None
        self._chunks: dict[int, list[list[Mark]]] = {}

    def __call__(self, index: int) -> Sequence[Span]:
        """Return one line's spans."""
        line = self._lines[index]
        if self._highlighter is None:
            return ((line, ""),)
        chunk, offset = divmod(index, _CHUNK)
        if chunk not in self._chunks:
            self._chunks[chunk] = self._highlighter.spans(chunk * _CHUNK, (chunk + 1) * _CHUNK)
        marks = self._chunks[chunk]
        spans: list[Span] = []
        at = 0
        for mark in marks[offset] if offset < len(marks) else ():
            if mark.start > at:
                spans.append((line[at : mark.start], ""))
            spans.append((line[mark.start : mark.end], _STYLES.get(mark.token, "")))
            at = mark.end
        spans.append((line[at:], ""))
        return spans

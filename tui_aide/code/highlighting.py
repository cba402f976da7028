"""Spans of a Python script for a screen: which columns of a line are a keyword, a string, a call. No colours here."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

if TYPE_CHECKING:
    from tree_sitter import Language, Parser, Query

Token = Literal[
    "variable",
    "property",
    "parameter",
    "constant",
    "type",
    "function",
    "builtin",
    "decorator",
    "keyword",
    "operator",
    "number",
    "string",
    "escape",
    "comment",
    "error",
]


class Span(NamedTuple):
    """Columns `start` to `end` (exclusive, in characters) of a line, and what stands there."""

    start: int
    end: int
    token: Token


_BUILTINS = (
    "abs all any bool bytes callable dict dir enumerate Exception filter float format frozenset getattr hasattr hash "
    "id input int isinstance issubclass iter len list map max min next object open print property range repr reversed "
    "round set setattr slice sorted staticmethod classmethod str sum super tuple type vars zip "
    "KeyError ValueError TypeError RuntimeError IndexError OSError FileNotFoundError ImportError NotImplementedError"
)
_KEYWORDS = (
    "as assert async await break class continue def del elif else except finally for from global if import lambda "
    "nonlocal pass raise return try while with yield and in is not or"
)
_OPERATORS = "- -= != * ** **= *= / // //= /= & &= % %= ^ ^= -> + += < << <<= <= = := == > >= >> >>= | |= ~ @ @="

# Later patterns win over earlier ones on the same text, inner nodes over outer ones; `plain` clears.
_PATTERNS = f"""
(identifier) @variable
(attribute attribute: (identifier) @property)
(keyword_argument name: (identifier) @parameter)
(parameters (identifier) @parameter)
(lambda_parameters (identifier) @parameter)
(default_parameter name: (identifier) @parameter)
(typed_parameter (identifier) @parameter)
(typed_default_parameter name: (identifier) @parameter)
((identifier) @constant (#match? @constant "^[A-Z][A-Z0-9_]*$"))
((identifier) @type (#match? @type "^[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*$"))
((identifier) @builtin (#match? @builtin "^({_BUILTINS.replace(" ", "|")})$"))
(call function: (attribute attribute: (identifier) @function))
(type (identifier) @type)
(function_definition name: (identifier) @function)
(class_definition name: (identifier) @type)
[{" ".join(f'"{word}"' for word in _OPERATORS.split())}] @operator
[{" ".join(f'"{word}"' for word in _KEYWORDS.split())} "match" "case" "is not" "not in"] @keyword
(decorator "@" @decorator)
(decorator [(identifier) (attribute)] @decorator)
(decorator (attribute (identifier) @decorator))
(decorator (call function: [(identifier) (attribute)] @decorator))
(decorator (call function: (attribute (identifier) @decorator)))
[(none) (true) (false) (ellipsis)] @constant
[(integer) (float)] @number
(string) @string
(interpolation) @plain
(escape_sequence) @escape
(comment) @comment
(ERROR) @error
"""


@functools.cache
def _language() -> tuple[Language, Parser, Query]:
    import tree_sitter
    import tree_sitter_python

    language = tree_sitter.Language(tree_sitter_python.language())
    return language, tree_sitter.Parser(language), tree_sitter.Query(language, _PATTERNS)


class Highlighter:
    """A script parsed once, whose spans are asked for by lines.

    Broken and half-written scripts are highlighted as far as they go.
    """

    def __init__(self, source: str) -> None:
        """Parse `source`, whose lines end with newlines alone."""
        self._encoded = source.encode("utf-8", "replace")
        self._lines = self._encoded.split(b"\n")
        self._tree = _language()[1].parse(self._encoded)

    @property
    def line_count(self) -> int:
        """Lines of the source; text after the last newline is one, too, if it is empty."""
        return len(self._lines)

    def spans(self, first: int, last: int) -> list[list[Span]]:
        """Return the spans of the lines `first` to `last` (exclusive, from 0), ordered, without overlap."""
        from tree_sitter import QueryCursor

        first, last = max(0, first), min(last, len(self._lines))
        if first >= last:
            return []
        cursor = QueryCursor(_language()[2])
        cursor.set_point_range((first, 0), (last, 0))
        marks: list[tuple[int, int, int, int, int, int, str]] = []
        for pattern, captures in cursor.matches(self._tree.root_node):
            for name, nodes in captures.items():
                for node in nodes:
                    (row, column), (end_row, end_column) = node.start_point, node.end_point
                    marks.append((node.start_byte - node.end_byte, pattern, row, column, end_row, end_column, name))
        marks.sort()
        painted: list[list[str]] = [["plain"] * len(line) for line in self._lines[first:last]]
        for _, _, row, column, end_row, end_column, name in marks:
            for at in range(max(row, first), min(end_row + 1, last)):
                line = painted[at - first]
                start, end = column if at == row else 0, end_column if at == end_row else len(line)
                line[start:end] = [name] * (min(end, len(line)) - start)
        return [_runs(line, names) for line, names in zip(self._lines[first:last], painted, strict=True)]


def _runs(line: bytes, names: list[str]) -> list[Span]:
    """Return the spans of a line from the name of each of its bytes, with columns in characters."""
    columns: Any = range(len(line) + 1) if line.isascii() else _columns(line)
    runs: list[Span] = []
    at = 0
    while at < len(names):
        end = at + 1
        while end < len(names) and names[end] == names[at]:
            end += 1
        if names[at] != "plain" and line[at:end].strip():
            runs.append(Span(columns[at], columns[end], cast("Token", names[at])))
        at = end
    return runs


def _columns(line: bytes) -> list[int]:
    """Return the character column of each byte of a line, and of its end."""
    columns, column = [], -1
    for byte in line:
        column += byte & 0xC0 != 0x80
        columns.append(column)
    return [*columns, column + 1]


TOKENS: tuple[str, ...] = get_args(Token)
"""Every token name, for a theme to give each its colour."""

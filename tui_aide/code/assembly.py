"""Putting a script together from segments that were written one after the other, by its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tui_aide.code.syntax import parsed


def assemble(segments: Sequence[str]) -> str:
    """Return one script of segments: imports once and first, repeated statements once, the rest in order.

    A model that is asked for one part often repeats those before it: a top-level statement that an earlier segment
    holds word for word is left out. `from __future__` lines come first of all. Comments go with the statement below
    them. A segment that does not parse is kept as it is, so that the error is seen.
    """
    imports: dict[str, None] = {}
    futures: dict[str, None] = {}
    bodies: list[str] = []
    seen: set[str] = set()
    for segment in segments:
        tree = parsed(segment)
        if tree is None:
            bodies.append(segment.strip("\n"))
            continue
        kept: list[str] = []
        fresh: set[str] = set()
        for statement, text in _statements(segment, tree):
            key = ast.dump(statement)
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                futures.setdefault(ast.unparse(statement))
            elif isinstance(statement, ast.Import | ast.ImportFrom):
                imports.setdefault(ast.unparse(statement))
            elif key not in seen:
                fresh.add(key)
                kept.append(text)
        seen |= fresh
        if kept:
            bodies.append("\n".join(kept).strip("\n"))
    head = "\n".join([*futures, *imports])
    return "\n\n".join(part for part in (head, *bodies) if part) + "\n"


def _statements(code: str, tree: ast.Module) -> list[tuple[ast.stmt, str]]:
    """Return each top-level statement with its text, the comments and blank lines above it included."""
    lines = code.split("\n")  # as the syntax tree counts them: other separators stand inside of strings
    found = []
    above = 0
    for index, statement in enumerate(tree.body):
        following = tree.body[index + 1] if index + 1 < len(tree.body) else None
        end = statement.end_lineno or statement.lineno
        if following is not None and _first_line(following) <= end:  # two on one line
            found.append((statement, ast.unparse(statement)))
            above = end
            continue
        alone = _first_line(statement) > above
        text = "\n".join(lines[above:end]) if alone else ast.unparse(statement)
        found.append((statement, text))
        above = end
    return found


def _first_line(statement: ast.stmt) -> int:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return min([statement.lineno, *(d.lineno for d in statement.decorator_list)])
    return statement.lineno

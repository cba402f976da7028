"""A script as the cells of a notebook: cut at blank lines between statements of the top level, never inside one."""

from __future__ import annotations

import ast

from tui_aide.code.syntax import parsed

_FEW, _MANY = 6, 30
"""Lines that a cell should have at least before a comment begins another, and at most where it can be cut."""


def cells(code: str) -> list[str]:
    """Return the parts of a script, in order; joined by blank lines they do what the script does.

    A cell begins with the comments above its first statement. Text that does not compile is one cell.
    """
    lines = code.rstrip().split("\n")
    tree = parsed(code)
    if tree is None:
        return [code.strip("\n")] if code.strip() else []
    paragraphs = _paragraphs(lines, _starts(lines, tree))
    found: list[list[str]] = []
    for paragraph in paragraphs:
        if found and _belongs(found[-1], paragraph):
            found[-1] += [*(["", ""] if _kind(paragraph) == "define" else [""]), *paragraph]
        else:
            found.append(paragraph)
    return ["\n".join(cell) for cell in found]


def _starts(lines: list[str], tree: ast.Module) -> list[int]:
    """Return the lines (from 0) at which a paragraph begins: after a blank line, with the comments before it."""
    starts, end = [0], 0
    for node in tree.body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
        blank = [at for at in range(end, first) if not lines[at].strip()]
        if blank and first > 0:
            begin = next(at for at in range(blank[0], first + 1) if lines[at].strip())
            starts.append(begin)
        end = max(end, node.end_lineno or first + 1)
    return sorted(set(starts))


def _paragraphs(lines: list[str], starts: list[int]) -> list[list[str]]:
    found = []
    for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        while end > begin and not lines[end - 1].strip():
            end -= 1
        while begin < end and not lines[begin].strip():
            begin += 1
        if begin < end:
            found.append(lines[begin:end])
    return found


def _belongs(cell: list[str], paragraph: list[str]) -> bool:
    """Whether a paragraph goes on with a cell rather than begin another."""
    if len(cell) + len(paragraph) > _MANY:
        return False
    before, after = _kind(cell), _kind(paragraph)
    if before != after and before != "text":
        return False
    return len(cell) < _FEW or not paragraph[0].startswith("#")


def _kind(lines: list[str]) -> str:
    """Return what a paragraph, or a cell, begins with: `import`, `define`, a `text` alone, or `do` for all else."""
    code = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if code.startswith(("import ", "from ")):
        return "import"
    if code.startswith(("def ", "class ", "@", "async def ")):
        return "define"
    return "text" if code.startswith(("'", '"')) or not code else "do"

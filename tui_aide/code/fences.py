"""Fenced code blocks of Markdown, as models write them: found with their place, never joined, never run."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

_OPENING = re.compile(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_PYTHON = frozenset({"py", "python", "python3", "py3", "ipython", "ipython3"})


class Block(msgspec.Struct, frozen=True):
    """A fenced block: `lines[start]` is its opening fence and `lines[end]` the closing one (`closed`), else the end.

    `bare` tells that it names no language; `python` that it names Python.
    """

    start: int
    end: int
    text: str
    python: bool
    bare: bool
    closed: bool


def blocks(lines: list[str], extended: Callable[[Block], Block] = lambda found: found) -> list[Block]:
    """Return the fenced blocks of a text in order, the last of them perhaps unclosed.

    Args:
        lines: the text.
        extended: may return a longer block in place of each that is found.
    """
    found: list[Block] = []
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at])
        if not opening:
            at += 1
            continue
        closings = closing_lines(lines, at)
        found.append(extended(block(lines, at, closings[0] if closings else len(lines))))
        at = found[-1].end + 1
    return found


def block(lines: list[str], start: int, end: int) -> Block:
    """Return the block that opens at line `start` and closes at line `end`; at the end of the text it is unclosed."""
    opening = _OPENING.match(lines[start])
    assert opening is not None
    indent, info = opening["indent"], opening["info"].strip().strip("{}").lstrip(".").split()
    language = re.split(r"[:,{]", info[0])[0].lower() if info else ""
    content = [_without(indent, line) for line in lines[start + 1 : end]]
    return Block(
        start=start,
        end=end,
        text="".join(f"{line}\n" for line in content),
        python=language in _PYTHON,
        bare=not language,
        closed=end < len(lines),
    )


def closing_lines(lines: list[str], start: int) -> list[int]:
    """Return the numbers of all lines that could close the fence opened at line `start`, in order."""
    opening = _OPENING.match(lines[start])
    assert opening is not None
    fence = opening["fence"]
    closing = re.compile(rf"^[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return [at for at in range(start + 1, len(lines)) if closing.match(lines[at])]


def _without(indent: str, line: str) -> str:
    """Return the line without the fence's own indentation, or as much of it as the line has."""
    if line.startswith(indent):
        return line[len(indent) :]
    kept = 0
    while kept < min(len(indent), len(line)) and line[kept] in " \t":
        kept += 1
    return line[kept:]

"""The best solution as a script that runs on its own, with what it requires as inline metadata (PEP 723)."""

from __future__ import annotations

import re

from tui_aide.code.requirements import requirements
from tui_aide.sessions.exports.source import Source, named, score_words
from tui_aide.tree.node import Node

_OWN_BLOCK = re.compile(r"^# /// script\s*$", re.MULTILINE)


def script(source: Source, node: int | None = None) -> str:
    """Return a node's script, by default the best, headed by where it comes from and what it requires.

    Raises:
        UsageError: there is no such node, or it has no script.
        SessionError: there is no valid solution yet.
    """
    chosen = source.chosen(node)
    code = source.script(chosen)
    heading = "".join(f"# {line}\n" for line in _heading(source, chosen, code))
    if _OWN_BLOCK.search(code):  # a second block would be an error to every reader of them
        return f"{heading}\n{code}"
    return f"{metadata(source, code)}#\n{heading}\n{code}"


def metadata(source: Source, code: str) -> str:
    """Return a script's requirements as inline metadata, at the versions that it ran with where these are known."""
    python, packages = python_of(source)
    needed = requirements(code, packages)
    lines = ["/// script", f'requires-python = ">={".".join(python.split(".")[:2])}"']
    if needed:
        lines += ["dependencies = [", *(f'    "{one}",' for one in needed), "]"]
    else:
        lines.append("dependencies = []")
    return "".join(f"# {line}\n" for line in [*lines, "///"])


def python_of(source: Source) -> tuple[str, dict[str, str]]:
    """Return the version of the Python that the scripts ran with, and its packages; the least we take, if unknown."""
    placed = source.tree.placed
    if placed is None or not placed.python:
        return "3.8", {}
    return placed.python, placed.packages


def _heading(source: Source, node: Node, code: str) -> list[str]:
    started = source.started
    lines = [f"tui_aide session {source.folder.id}, node #{node.id}: {named(node)}"]
    if node.score is not None:
        lines.append(f"Task {_line(started.task)}: {_line(started.metric)} {score_words(node.score)}")
    else:
        lines.append(f"Task {_line(started.task)}; this node has no score ({node.verdict or 'it was cut off'}).")
    if node.id == source.tree.selected:
        if source.selection_score is not None:
            lines.append(f"On the selection part of the hidden rows: {source.selection_score:.6g}")
        if source.blend:
            lines.append(f"What is handed in is a blend: {source.blend}. This is the best of them alone;")
            lines.append("the session's best/members/ has all their scripts, best/submission.csv the blend.")
    if requirements(code, {}) and not python_of(source)[1]:
        lines.append("The versions that it ran with are not known.")
    lines.append("Reads ./input, writes ./submission.csv. Run: uv run solution.py, or python solution.py")
    return lines


def _line(text: str) -> str:
    return " ".join(text.split())

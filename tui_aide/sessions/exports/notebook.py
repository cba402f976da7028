"""The best solution as a Jupyter notebook (nbformat 4.5): task, search and the way to it in words, then the code."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from tui_aide.code.cells import cells
from tui_aide.code.requirements import requirements
from tui_aide.code.terminal_text import clean
from tui_aide.sessions.exports.script import python_of
from tui_aide.sessions.exports.source import Source, better_words, named, score_words
from tui_aide.tree.node import Node

_GOAL, _PLAN = 4_000, 1_500


def notebook(source: Source, node: int | None = None) -> str:
    """Return a notebook of a node, by default the best, as JSON.

    Raises:
        UsageError: there is no such node, or it has no script.
        SessionError: there is no valid solution yet.
    """
    chosen = source.chosen(node)
    code = source.script(chosen)
    python, packages = python_of(source)
    needed = requirements(code, packages)
    parts = [_markdown(text) for text in (_task(source, chosen), _search(source), _way(source, chosen))]
    if needed:
        words = f"This needs `{'`, `'.join(needed)}`. It reads `./input` and writes `./submission.csv`."
        parts.append(_markdown(f"## The code\n\n{words}"))
    parts += [_code(text) for text in (_setting(code), *cells(code)) if text]
    for number, part in enumerate(parts):
        part["id"] = hashlib.sha256(f"{number}/{part['source']}".encode()).hexdigest()[:12]
    found: dict[str, Any] = {
        "cells": parts,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "version": python},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"


def _setting(code: str) -> str:
    """Return a cell that gives the code what only a script has: its own file's name, and no arguments."""
    lines = []
    if re.search(r"\b__file__\b", code):
        lines.append('__file__ = "solution.py"')
    if re.search(r"\b(argparse|sys\s*\.\s*argv|argv|click|absl)\b", code):
        lines += ["import sys", "", 'sys.argv = ["solution.py"]']
    return "\n".join(lines)


def _task(source: Source, node: Node) -> str:
    started = source.started
    lines = [f"# {plain(started.task)}", "", f"Metric: {plain(started.metric)}, {better_words(started.direction)}."]
    goal, more = _goal(source)
    lines += ["", *(f"> {plain(line)}" for line in goal.splitlines())] if goal else []
    lines += ["", f"This is node #{node.id} of the tui_aide session `{source.folder.id}`: **{plain(named(node))}**."]
    lines.append(f"Its score: {score_words(node.score)}.")
    if node.id == source.tree.selected and source.selection_score is not None:
        lines.append(f"On the selection part of the hidden rows: {source.selection_score:.6g}.")
    if node.id == source.tree.selected and source.blend:
        lines.append(f"What the session hands in is a blend, {source.blend}; this is the best of them alone.")
    return "\n".join([*lines, *more])


def _goal(source: Source) -> tuple[str, list[str]]:
    """Return the task's goal in the words of its owner, as far as the session still has it."""
    from tui_aide.errors import SessionError
    from tui_aide.tasks.sealed import read_sealed

    try:
        view = read_sealed(source.folder.path).view
    except SessionError:
        return "", []
    return clean(view.goal)[:_GOAL].strip(), ["", f"To predict: `{plain(view.target)}`."]


def _search(source: Source) -> str:
    tree = source.tree
    valid = sum(n.valid for n in tree.nodes.values())
    minutes = tree.wall(tree.last_time) / 60
    lines = [
        "## The search",
        "",
        "| | |",
        "|---|---|",
        f"| model | {plain(tree.model or source.started.model)} |",
        f"| strategy, policy | {plain(tree.strategy)}, {plain(tree.policy)} |",
        f"| nodes | {len(tree.nodes)}, {valid} of them valid |",
        f"| tokens | {tree.tokens.total:,} |",
        f"| time | {minutes:.1f} min, scripts {tree.execution_seconds / 60:.1f} min |",
        f"| seed | {source.started.seed} |",
        f"| status | {plain(source.status)} |",
    ]
    return "\n".join(lines)


def _way(source: Source, node: Node) -> str:
    lines = ["## The way to it", ""]
    for one in source.way(node):
        also = f", merged with {', '.join(f'#{p}' for p in one.parents[1:])}" if len(one.parents) > 1 else ""
        result = score_words(one.score) if one.score else f"{one.verdict or 'cut off'}"
        lines.append(f"- **#{one.id}** {one.operator}{also}, {result}: {plain(named(one))}")
        asked = one.instruction if one.by == "user" else ""
        if asked:
            lines += ["", f"  The user asked: {plain(' '.join(asked.split())[:_PLAN])}"]
        plan = " ".join(source.plan(one).split())
        if plan:
            lines += ["", f"  {plain(plan[:_PLAN])}{' ...' if len(plan) > _PLAN else ''}"]
        lines.append("")
    return "\n".join(lines).rstrip()


def plain(text: str) -> str:
    """Return text so that Markdown shows it as it is, on one line."""
    one = " ".join(clean(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~$!&])", r"\\\1", one)


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": text,
    }

"""The signs of nodes on the page, as the screen has them, and the words of their verdicts."""

from __future__ import annotations

from typing import NamedTuple

from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree


class Mark(NamedTuple):
    """A sign, the class that colours it, and what it means."""

    sign: str
    kind: str
    words: str


def mark(tree: SolutionTree, node: Node) -> Mark:
    """Return a node's sign."""
    words = (node.verdict or "unfinished").replace("_", " ")
    if node.verdict is None:
        return Mark("⊘", "muted", words)
    if node.id == tree.selected and tree.selection is not None:
        return Mark("◆", "best", "handed in")
    if node.id == tree.incumbent:
        return Mark("★", "best", "best")
    if node.valid:
        return Mark("✓", "good", words)
    if node.cut_short:
        return Mark("⊘", "muted", words)
    if node.verdict == "suspect":
        return Mark("?", "warn", words)
    return Mark("✗", "bad", words)

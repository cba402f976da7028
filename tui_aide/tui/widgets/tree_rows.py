"""Which nodes of the solution tree have a row, in which order, and with which guides. No widget is known here."""

from __future__ import annotations

from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.glyphs import GLYPHS


class TreeRows:
    """The unfolded nodes, depth first, drafts in order of creation. A merge stands below its first parent.

    Attributes:
        ids: node id of each row.
        row_of: row of each visible node id.
        folded: ids of the nodes whose children are hidden.
    """

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.row_of: dict[int, int] = {}
        self.folded: set[int] = set()

    def rebuild(self, tree: SolutionTree) -> None:
        """Make the rows anew, after nodes were added or folded."""
        nodes, folded = tree.nodes, self.folded
        ids: list[int] = []
        stack = tree.roots[::-1]
        while stack:
            i = stack.pop()
            ids.append(i)
            if i not in folded and (below := nodes[i].children):
                stack.extend(c for c in reversed(below) if nodes[c].parents[0] == i)
        self.ids = ids
        self.row_of = {i: row for row, i in enumerate(ids)}

    def visible(self, tree: SolutionTree, node: int) -> int:
        """Return the node, or the ancestor of it that has a row."""
        while node not in self.row_of and tree.nodes[node].parents:
            node = tree.nodes[node].parents[0]
        return node

    def reveal(self, tree: SolutionTree, node: int) -> bool:
        """Unfold what hides a node; return whether anything was folded."""
        changed = False
        while tree.nodes[node].parents:
            node = tree.nodes[node].parents[0]
            if node in self.folded:
                self.folded.discard(node)
                changed = True
        return changed


def own_children(tree: SolutionTree, node: Node) -> list[int]:
    """Return the children that stand below this node."""
    return [c for c in node.children if tree.nodes[c].parents[0] == node.id]


def has_children(tree: SolutionTree, node: Node) -> bool:
    """Return whether a node stands below this one."""
    return any(tree.nodes[c].parents[0] == node.id for c in node.children)


def guides(tree: SolutionTree, node: Node, levels: int) -> str:
    """Return the lines that join a node to its ancestors, at most `levels` of them; deeper ones show their depth."""
    parts: list[str] = []
    current = node
    while current.parents and len(parts) < levels:
        parent = tree.nodes[current.parents[0]]
        last = _is_last(tree, parent, current.id)
        if current is node:
            parts.append(f"{GLYPHS.corner if last else GLYPHS.tee} ")
        else:
            parts.append("  " if last else f"{GLYPHS.down} ")
        current = parent
    hidden = f"{current.depth}{GLYPHS.ellipsis} " if current.parents else ""
    return hidden + "".join(reversed(parts))


def _is_last(tree: SolutionTree, parent: Node, child: int) -> bool:
    for c in reversed(parent.children):
        if tree.nodes[c].parents[0] == parent.id:
            return c == child
    return True

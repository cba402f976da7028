"""Which nodes of the solution tree have a row, in which order, and with which guides. No widget is known here."""

from __future__ import annotations

from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.glyphs import GLYPHS


class TreeRows:
    """The unfolded nodes, depth first, drafts in order of creation. A merge stands below its first parent.

    Candidates stand directly below their node: while it lives, and where the user asked for them.

    Attributes:
        ids: node id of each row; a candidate's row has its node's.
        row_of: row of each visible node id.
        candidate_at: the candidate's number for each row that is a candidate's.
        folded: ids of the nodes whose children are hidden.
        opened: ids of nodes whose candidates the user wants to see.
        closed: ids of nodes whose candidates the user hid, though they live.
    """

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.row_of: dict[int, int] = {}
        self.candidate_at: dict[int, int] = {}
        self.folded: set[int] = set()
        self.opened: set[int] = set()
        self.closed: set[int] = set()
        self._shown: dict[int, tuple[int, ...]] = {}

    def rebuild(self, tree: SolutionTree) -> None:
        """Make the rows anew, after nodes were added or folded."""
        nodes, folded, shown = tree.nodes, self.folded, self._wanted(tree)
        ids: list[int] = []
        candidate_at: dict[int, int] = {}
        stack = tree.roots[::-1]
        while stack:
            i = stack.pop()
            ids.append(i)
            if i in shown:
                for candidate in shown[i]:
                    candidate_at[len(ids)] = candidate
                    ids.append(i)
            if i not in folded and (below := nodes[i].children):
                stack.extend(c for c in reversed(below) if nodes[c].parents[0] == i)
        self.ids, self.candidate_at, self._shown = ids, candidate_at, shown
        if candidate_at:
            self.row_of = {i: row for row, i in enumerate(ids) if row not in candidate_at}
        else:
            self.row_of = {i: row for row, i in enumerate(ids)}

    def keep(self, tree: SolutionTree) -> None:
        """Forget what was folded or opened of nodes that another tree of the session does not have."""
        for known in (self.folded, self.opened, self.closed):
            known.intersection_update(tree.nodes)

    def stale(self, tree: SolutionTree) -> bool:
        """Return whether candidates came, or their node was done, since the rows were made."""
        return self._wanted(tree) != self._shown

    def _wanted(self, tree: SolutionTree) -> dict[int, tuple[int, ...]]:
        wanted = (tree.running.keys() - self.closed) | self.opened
        return {i: tuple(sorted(found)) for i in wanted if (found := tree.nodes[i].candidates)}

    def shows_candidates(self, node: int) -> bool:
        """Return whether a node's candidates have rows."""
        return node in self._shown

    def show_candidates(self, node: int, shown: bool) -> None:
        """Show or hide a node's candidates from the next rebuild on."""
        (self.opened if shown else self.closed).add(node)
        (self.closed if shown else self.opened).discard(node)

    def find(self, node: int, candidate: int | None) -> int | None:
        """Return the row of a node or of one of its candidates, the node's where that has none; None if hidden."""
        row = self.row_of.get(node)
        numbers = self._shown.get(node, ())
        if row is None or candidate not in numbers:
            return row
        return row + 1 + numbers.index(candidate)

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
    hidden, parts = _lines(tree, node, levels)
    return hidden + "".join(parts)


def candidate_guides(tree: SolutionTree, node: Node, levels: int, *, children: bool) -> str:
    """Return the lines beside a node's candidates, as wide as those beside its children.

    Args:
        tree: the node's.
        node: whose candidates.
        levels: as for `guides`.
        children: whether children of the node stand below.
    """
    hidden, parts = _lines(tree, node, levels)
    if parts:
        parts[-1] = "  " if parts[-1][0] == GLYPHS.corner else f"{GLYPHS.down} "
    return " " * len(hidden) + "".join(parts) + (f"{GLYPHS.down}  " if children else "   ")


def _lines(tree: SolutionTree, node: Node, levels: int) -> tuple[str, list[str]]:
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
    return hidden, parts[::-1]


def _is_last(tree: SolutionTree, parent: Node, child: int) -> bool:
    for c in reversed(parent.children):
        if tree.nodes[c].parents[0] == parent.id:
            return c == child
    return True

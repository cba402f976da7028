"""Which nodes of the solution tree have a row, in which order, and with which guides. No widget is known here."""

from __future__ import annotations

from collections.abc import Collection

from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.branch_figures import Sum, branch_sums
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.node_filter import NodeFilter
from tui_aide.tui.orders import Order


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
        order: how siblings are ordered; `flat` is a list of nodes without branches.
        filter: what chooses the nodes with rows; those above them have rows, too.
        marked: the nodes that the user marked, which a filter may ask for.
        hits: the nodes that the filter holds for, None without one.
        sums: of the branches, as they were when the rows were made; empty where nothing is folded.
    """

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.row_of: dict[int, int] = {}
        self.candidate_at: dict[int, int] = {}
        self.folded: set[int] = set()
        self.opened: set[int] = set()
        self.closed: set[int] = set()
        self.order: Order = "created"
        self.filter: NodeFilter | None = None
        self.marked: Collection[int] = ()
        self.hits: set[int] | None = None
        self.sums: dict[int, Sum] = {}
        self._below: dict[int, list[int]] | None = None
        self._shown: dict[int, tuple[int, ...]] = {}

    @property
    def arranged(self) -> bool:
        """Whether rows depend on more than on which nodes there are: on their verdicts and scores."""
        return self.filter is not None or self.order != "created"

    def rebuild(self, tree: SolutionTree, keep: int | None = None) -> None:
        """Make the rows anew, after nodes were added or folded, or another order or filter was chosen.

        Args:
            tree: the nodes.
            keep: a node that has a row whether the filter holds for it or not: the one under the cursor.
        """
        nodes, folded, shown = tree.nodes, self.folded, self._wanted(tree)
        self.sums = branch_sums(tree) if folded or self.order == "score" else {}
        first = tree.roots
        if self.arranged:
            first = self._arrange(tree, keep)
        else:
            self.hits = self._below = None
        below_of = self._below
        ids: list[int] = []
        candidate_at: dict[int, int] = {}
        stack = first[::-1]
        while stack:
            i = stack.pop()
            ids.append(i)
            if i in shown:
                for candidate in shown[i]:
                    candidate_at[len(ids)] = candidate
                    ids.append(i)
            if i in folded:
                continue
            if below_of is not None:
                stack.extend(reversed(below_of.get(i, ())))
            elif below := nodes[i].children:
                stack.extend(c for c in reversed(below) if nodes[c].parents[0] == i)
        self.ids, self.candidate_at, self._shown = ids, candidate_at, shown
        if candidate_at:
            self.row_of = {i: row for row, i in enumerate(ids) if row not in candidate_at}
        else:
            self.row_of = {i: row for row, i in enumerate(ids)}

    def _arrange(self, tree: SolutionTree, keep: int | None) -> list[int]:
        """Choose and order the nodes; return the first ones, those without one above."""
        nodes = tree.nodes
        wanted: set[int] | dict[int, Node] = nodes
        self.hits = None
        if self.filter is not None:
            self.hits = {n.id for n in nodes.values() if self.filter.holds(n, tree, self.marked)}
            wanted = set(self.hits)
            if keep in nodes and keep is not None:
                wanted.add(keep)
        if self.order == "flat":
            self._below = {}
            return sorted(wanted, key=lambda i: _by_score(tree, _value(nodes[i]), i))
        if isinstance(wanted, set):
            for i in list(wanted):
                while nodes[i].parents and (i := nodes[i].parents[0]) not in wanted:
                    wanted.add(i)
        below: dict[int, list[int]] = {}
        first: list[int] = []
        for i in sorted(wanted) if isinstance(wanted, set) else wanted:
            parents = nodes[i].parents
            (below.setdefault(parents[0], []) if parents else first).append(i)
        self._below = below
        if self.order == "created":
            return first
        for siblings in (first, *below.values()):
            if self.order == "newest":
                siblings.reverse()
            else:
                siblings.sort(key=lambda i: _by_score(tree, self.sums[i].best, i))
        return first

    def keep(self, tree: SolutionTree) -> None:
        """Forget what was folded or opened of nodes that another tree of the session does not have."""
        for known in (self.folded, self.opened, self.closed):
            known.intersection_update(tree.nodes)

    def stale(self, tree: SolutionTree) -> bool:
        """Return whether candidates came, or their node was done, since the rows were made, or rows lie elsewhere."""
        return self.arranged or bool(self.folded) or self._wanted(tree) != self._shown

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

    def children(self, tree: SolutionTree, node: Node) -> list[int]:
        """Return the children that stand below a node, or would if it were unfolded."""
        if self._below is not None:
            return self._below.get(node.id, [])
        return [c for c in node.children if tree.nodes[c].parents[0] == node.id]

    def has_children(self, tree: SolutionTree, node: Node) -> bool:
        """Return whether a node stands below this one, or would if it were unfolded."""
        if self._below is not None:
            return node.id in self._below
        return any(tree.nodes[c].parents[0] == node.id for c in node.children)

    def guides(self, tree: SolutionTree, node: Node, levels: int) -> str:
        """Return the lines that join a node to its ancestors, at most `levels`; deeper ones show their depth."""
        hidden, parts = self._lines(tree, node, levels)
        return hidden + "".join(parts)

    def candidate_guides(self, tree: SolutionTree, node: Node, levels: int, *, children: bool) -> str:
        """Return the lines beside a node's candidates, as wide as those beside its children.

        Args:
            tree: the node's.
            node: whose candidates.
            levels: as for `guides`.
            children: whether children of the node stand below.
        """
        hidden, parts = self._lines(tree, node, levels)
        if parts:
            parts[-1] = "  " if parts[-1][0] == GLYPHS.corner else f"{GLYPHS.down} "
        return " " * len(hidden) + "".join(parts) + (f"{GLYPHS.down}  " if children else "   ")

    def _lines(self, tree: SolutionTree, node: Node, levels: int) -> tuple[str, list[str]]:
        if self.order == "flat":
            return "", []
        parts: list[str] = []
        current = node
        while current.parents and len(parts) < levels:
            parent = tree.nodes[current.parents[0]]
            last = self._is_last(tree, parent, current.id)
            if current is node:
                parts.append(f"{GLYPHS.corner if last else GLYPHS.tee} ")
            else:
                parts.append("  " if last else f"{GLYPHS.down} ")
            current = parent
        hidden = f"{current.depth}{GLYPHS.ellipsis} " if current.parents else ""
        return hidden, parts[::-1]

    def _is_last(self, tree: SolutionTree, parent: Node, child: int) -> bool:
        if self._below is not None:
            return self._below.get(parent.id, [child])[-1] == child
        for c in reversed(parent.children):
            if tree.nodes[c].parents[0] == parent.id:
                return c == child
        return True


def _value(node: Node) -> float | None:
    return node.score.value if node.valid and node.score is not None else None


def _by_score(tree: SolutionTree, value: float | None, number: int) -> tuple[bool, float, int]:
    """Return what orders by a score, best first; what has none comes last."""
    if value is None:
        return True, 0.0, number
    return False, value if tree.direction == "min" else -value, number

"""The solution tree as Monte Carlo tree search sees it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tui_aide.engine.policies.worth import Worth
from tui_aide.tree.solution_tree import SolutionTree

ROOT = -1
"""The virtual root, whose children are the drafts."""


class Sums(msgspec.Struct):
    """How many worths there are, their sum and their sum of squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, other: Sums, sign: int = 1) -> None:
        """Add other sums, or take them off with `sign` -1."""
        self.count += sign * other.count
        self.total += sign * other.total
        self.squares += sign * other.squares


class SearchTree:
    """Children, worths and their sums over subtrees, derived anew from the nodes.

    A node in flight counts as a visit worth `virtual`; 0 is virtual loss (Chaslot et al., Parallel Monte-Carlo Tree
    Search, 2008), so that choices made side by side go to different places. A node that was cut short counts as no
    visit, yet what a user made of it does. A failure that was debugged counts as what became of it, so that a chain of
    debug steps is one try. A merge belongs to its first parent.

    Attributes:
        worth: worth of the nodes that are done.
        children: ids by the parent's id; `ROOT` has the drafts. Those cut short only where something came of them.
        own: the sums of each node alone, or of the end of its chain of debug steps.
        below: the sums of each node and all under it; of `ROOT`, of the whole tree.
    """

    def __init__(self, tree: SolutionTree, virtual: float = 0.0) -> None:
        self.worth = Worth(tree)
        self.children: dict[int, list[int]] = {ROOT: []}
        self.own: dict[int, Sums] = {}
        self.below: dict[int, Sums] = {ROOT: Sums()}
        self._parent = {node.id: node.parents[0] if node.parents else ROOT for node in tree.nodes.values()}
        for node in tree.nodes.values():
            worth = self.worth.of.get(node.id, virtual)
            counts = not node.cut_short
            self.own[node.id] = Sums(1, worth, worth * worth) if counts else Sums()
            self.below[node.id] = Sums()
            self.children[node.id] = []
        for node in reversed(tree.nodes.values()):  # children have higher ids than their parents
            if node.buggy and (children := self.children[node.id]):
                self.own[node.id] = self.own[children[-1]]
            else:
                self.below[node.id].add(self.own[node.id])
            if self.below[node.id].count:
                parent = self._parent[node.id]
                self.below[parent].add(self.below[node.id])
                self.children[parent].append(node.id)
        for children in self.children.values():
            children.reverse()

    def leading_to(self, nodes: Iterable[int]) -> set[int]:
        """Return the ids of these nodes and of all above them."""
        found: set[int] = set()
        for node in nodes:
            at = node
            while at != ROOT and at not in found:
                found.add(at)
                at = self._parent[at]
        return found

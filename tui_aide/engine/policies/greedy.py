"""AIDE's own search policy: a few drafts, then debug or improve the best (Jiang et al., AIDE, 2025, section 3)."""

from __future__ import annotations

import random

from tui_aide.engine.policies.policy import Choice
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree


class Greedy:
    """Greedy search with the parameters of AIDE's paper and code.

    Until there are `drafts` drafts, draft. Then, with `debug_probability`, debug a random buggy leaf that at most
    `debug_depth` debug steps led to. Else improve the best valid node, or draft again while there is none.
    Nodes in flight count as drafts and as children; so one node at a time is AIDE exactly, and several side by side
    never work on the same bug.
    """

    def __init__(self, drafts: int = 5, debug_probability: float = 0.5, debug_depth: int = 3) -> None:
        self.drafts = drafts
        self.debug_probability = debug_probability
        self.debug_depth = debug_depth

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        """Return the next choice; see the class."""
        drafts = sum(1 for i in tree.roots if tree.nodes[i].operator == "draft")
        if drafts < self.drafts:
            return Choice("draft", (), f"draft {drafts + 1} of {self.drafts}")
        if rng.random() < self.debug_probability:
            leaves = [n for n in tree.nodes.values() if self._debuggable(tree, n)]
            if leaves:
                node = rng.choice(leaves)
                return Choice(
                    "debug",
                    (node.id,),
                    f"with probability {self.debug_probability:g} debug: #{node.id} ended as {node.verdict}, "
                    f"one of {len(leaves)} buggy leaves",
                )
        if not (best_first := tree.ranked(1)):
            return Choice("draft", (), "no valid node yet, so another draft")
        best = best_first[0]
        value = best.score.value if best.score else float("nan")
        return Choice("improve", (best.id,), f"improve the best node, #{best.id} ({value:.5g})")

    def _debuggable(self, tree: SolutionTree, node: Node) -> bool:
        return node.buggy and not node.children and tree.debug_depth(node) <= self.debug_depth

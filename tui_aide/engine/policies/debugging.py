"""Which failed nodes are worth another debug step, and when a fresh draft is worth more."""

from __future__ import annotations

from tui_aide.engine.policies.policy import Choice
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree


class Debugging:
    """The rules of debugging that policies share.

    A failed node is debugged once at a time, and at most `steps` debug steps follow each other. With
    `give_up_on_repeats`, a debug step that failed as its parent did is the last of its chain, and one fresh draft is
    made instead.
    """

    def __init__(self, steps: int, give_up_on_repeats: bool) -> None:
        self.steps = steps
        self.give_up_on_repeats = give_up_on_repeats

    def candidates(self, tree: SolutionTree) -> list[Node]:
        """Return the failed nodes that may be debugged, the oldest first; one with a child in flight is not."""
        return [
            node
            for node in tree.nodes.values()
            if node.buggy
            and not live_children(tree, node)
            and tree.debug_depth(node) < self.steps
            and not (self.give_up_on_repeats and repeats(tree, node))
        ]

    def before_all(self, tree: SolutionTree, drafts: int) -> Choice | None:
        """Return what goes before any improvement: the newest failure, an owed draft, one of the first drafts."""
        if failed := self.candidates(tree):
            return debug(failed[-1], f"the newest of {len(failed)} that may be debugged")
        if owed := self.owed_draft(tree):
            return owed
        if (made := drafts_made(tree)) < drafts:
            return Choice("draft", (), f"draft {made + 1} of {drafts}")
        return None

    def owed_draft(self, tree: SolutionTree) -> Choice | None:
        """Return the fresh draft that a chain given up calls for, if none was made since; one for each such chain."""
        if not self.give_up_on_repeats:
            return None
        drafts = iter(i for i in tree.roots if tree.nodes[i].verdict != "cancelled")
        for node in tree.nodes.values():
            if repeats(tree, node) and not any(draft > node.id for draft in drafts):
                failure = f"{node.verdict}, {kind}" if (kind := node.failure) else str(node.verdict)
                return Choice(
                    "draft",
                    (),
                    f"a fresh draft: #{node.parents[0]} and #{node.id}, which was to debug it, "
                    f"failed alike ({failure}), so no third try",
                    f"Two scripts before yours failed alike: {node.verdict}: {node.message[:200]}. "
                    "Do it in another way, that cannot fail so.",
                )
        return None


def repeats(tree: SolutionTree, node: Node) -> bool:
    """Whether `node` was to debug its parent and failed with the same verdict and exception type."""
    if not node.buggy or node.operator != "debug" or not node.parents:
        return False
    parent = tree.nodes[node.parents[0]]
    return parent.verdict == node.verdict and parent.failure == node.failure


def live_children(tree: SolutionTree, node: Node) -> int:
    """Return how many children a node has that are in flight or done; cancelled ones do not count."""
    return sum(1 for child in node.children if tree.nodes[child].verdict != "cancelled")


def drafts_made(tree: SolutionTree) -> int:
    """Return how many drafts there are, those in flight included, cancelled ones not."""
    return sum(1 for i in tree.roots if tree.nodes[i].operator == "draft" and tree.nodes[i].verdict != "cancelled")


def debug(node: Node, why: str) -> Choice:
    """Return the choice to debug `node`."""
    return Choice("debug", (node.id,), f"debug #{node.id}, which ended as {node.verdict}: {why}")


def figure(node: Node) -> str:
    """Return a valid node with its score, as reasons name it: `#12 (0.812)`."""
    return f"#{node.id} ({node.score.value:.4g})" if node.score else f"#{node.id}"

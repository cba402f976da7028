"""Best-first search with a bounded number of children a node."""

from __future__ import annotations

import random
from typing import ClassVar

from tui_aide.engine.policies.debugging import Debugging, figure, live_children
from tui_aide.engine.policies.policy import Choice
from tui_aide.engine.spec import require, spec_of
from tui_aide.tree.solution_tree import SolutionTree


class BestFirst:
    """Improves the best valid node until it has `width` children, then the next best.

    Failures are debugged at once, the newest first. Where every valid node has its children, another draft opens new
    ground. Nothing is left to chance.

    Args:
        drafts: drafts to begin with.
        width: children that a valid node gets at most.
        debug_depth: debug steps in a row at most.
        give_up_on_repeats: draft afresh where a debug step failed as its parent did.
    """

    source: ClassVar[str] = "Pearl, Heuristics, 1984"

    def __init__(self, drafts: int = 3, width: int = 3, debug_depth: int = 2, give_up_on_repeats: bool = True) -> None:
        require("drafts", drafts, 1)
        require("width", width, 1)
        require("debug_depth", debug_depth, 0)
        self.drafts = drafts
        self.width = width
        self.debug_depth = debug_depth
        self.give_up_on_repeats = give_up_on_repeats
        self._debugging = Debugging(debug_depth, give_up_on_repeats)

    @property
    def spec(self) -> str:
        """What the user writes to get it."""
        return spec_of("best-first", self)

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        """Return the next choice; see the class."""
        if first := self._debugging.before_all(tree, self.drafts):
            return first
        valid = tree.ranked()
        for rank, node in enumerate(valid, 1):
            if (children := live_children(tree, node)) < self.width:
                place = "the best" if rank == 1 else f"number {rank} of {len(valid)}, as those before have theirs"
                return Choice(
                    "improve",
                    (node.id,),
                    f"improve {figure(node)}: {place}, {children} of {self.width} children so far",
                )
        if not valid:
            return Choice("draft", (), "no valid node yet, so another draft")
        return Choice("draft", (), f"all {len(valid)} valid nodes have their {self.width} children, so another draft")

"""AIDE's own search policy: a few drafts, then debug or improve the best (Jiang et al., AIDE, 2025, section 3)."""

from __future__ import annotations

import random
from typing import ClassVar

from tui_aide.engine.policies.debugging import Debugging
from tui_aide.engine.policies.policy import Choice
from tui_aide.engine.spec import require, spec_of
from tui_aide.tree.solution_tree import SolutionTree


class Greedy:
    """Greedy search with the parameters of AIDE's paper and code.

    Until there are `drafts` drafts, draft. Then, with `debug_probability`, debug a random buggy leaf that at most
    `debug_depth` debug steps led to. Else improve the best valid node, or draft again while there is none.
    Nodes in flight count as drafts and as children; so one node at a time is AIDE exactly, and several side by side
    never work on the same bug.

    Args:
        drafts: drafts to begin with.
        debug_probability: how often to debug rather than improve, 0..1.
        debug_depth: debug steps that may lead to a node that is still debugged.
        give_up_on_repeats: draft afresh where a debug step failed as its parent did; AIDE does not.
        ablate: how often an improvement begins with an ablation study of its parent, 0..1; AIDE has none.
    """

    source: ClassVar[str] = "Jiang et al., AIDE, 2025"

    def __init__(
        self,
        drafts: int = 5,
        debug_probability: float = 0.5,
        debug_depth: int = 3,
        give_up_on_repeats: bool = False,
        ablate: float = 0.0,
    ) -> None:
        require("drafts", drafts, 1)
        require("debug_probability", debug_probability, 0, 1)
        require("debug_depth", debug_depth, 0)
        self.drafts = drafts
        self.debug_probability = debug_probability
        self.debug_depth = debug_depth
        self.give_up_on_repeats = give_up_on_repeats
        require("ablate", ablate, 0, 1)
        self.ablate = ablate
        self._debugging = Debugging(debug_depth + 1, give_up_on_repeats)

    @property
    def spec(self) -> str:
        """What the user writes to get it."""
        return spec_of("greedy", self)

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        """Return the next choice; see the class."""
        drafts = sum(1 for i in tree.roots if tree.nodes[i].operator == "draft")
        if drafts < self.drafts:
            return Choice("draft", (), f"draft {drafts + 1} of {self.drafts}")
        if owed := self._debugging.owed_draft(tree):
            return owed
        if rng.random() < self.debug_probability and (leaves := self._debugging.candidates(tree)):
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
        if self.ablate and rng.random() < self.ablate:
            return Choice("ablate", (best.id,), f"find what matters most in the best node, #{best.id} ({value:.5g})")
        return Choice("improve", (best.id,), f"improve the best node, #{best.id} ({value:.5g})")

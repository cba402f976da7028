"""Monte Carlo tree search by UCT (Kocsis and Szepesvari, Bandit based Monte-Carlo Planning, 2006)."""

from __future__ import annotations

import math
import random
from typing import ClassVar

from tui_aide.engine.policies.debugging import Debugging, debug, drafts_made, figure
from tui_aide.engine.policies.policy import Choice
from tui_aide.engine.policies.search_tree import ROOT, SearchTree
from tui_aide.engine.spec import require, spec_of
from tui_aide.tree.solution_tree import SolutionTree


class Mcts:
    """Weighs good branches against little visited ones by upper confidence bounds (UCT).

    From a virtual root above the drafts it goes down to the child with the highest mean worth of its subtree plus
    exploration x sqrt(ln(visits of the parent) / visits of the child), until a node may have another child: a failed
    one that is worth debugging, or a valid one with fewer than visits^widening children (progressive widening; Coulom,
    2007). Worth is the score scaled to 0..1 over the valid nodes, 0 for failures. Nodes in flight count as visits
    without worth (virtual loss), so that many workers spread.

    Args:
        exploration: weight of the bound's width; 0 only exploits.
        widening: exponent of visits that limits children and drafts, 0..1.
        drafts: drafts to begin with.
        debug_depth: debug steps in a row at most.
        give_up_on_repeats: draft afresh where a debug step failed as its parent did.
    """

    source: ClassVar[str] = "Kocsis and Szepesvari, 2006"

    def __init__(
        self,
        exploration: float = 0.25,
        widening: float = 0.5,
        drafts: int = 3,
        debug_depth: int = 2,
        give_up_on_repeats: bool = True,
    ) -> None:
        require("exploration", exploration, 0)
        require("widening", widening, 0, 1)
        require("drafts", drafts, 1)
        require("debug_depth", debug_depth, 0)
        self.exploration = exploration
        self.widening = widening
        self.drafts = drafts
        self.debug_depth = debug_depth
        self.give_up_on_repeats = give_up_on_repeats
        self._debugging = Debugging(debug_depth, give_up_on_repeats)

    @property
    def spec(self) -> str:
        """What the user writes to get it."""
        return spec_of("mcts", self)

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        """Return the next choice; see the class. It leaves nothing to chance: ties go to the earlier node."""
        if owed := self._debugging.owed_draft(tree):
            return owed
        search = SearchTree(tree)
        made, limit = drafts_made(tree), max(self.drafts, self._limit(search.below[ROOT].count))
        if made < limit:
            visits = search.below[ROOT].count
            return Choice("draft", (), f"draft {made + 1} of {limit} that {visits} visits allow")
        failed = {node.id for node in self._debugging.candidates(tree)}
        valid = [node.id for node in tree.ranked()]
        stops = failed | {i for i in valid if len(search.children[i]) < self._limit(search.below[i].count)}
        leading = search.leading_to(stops)
        if not leading:  # all that may grow is in flight: one child beyond a limit is better than a worker that waits
            leading = search.leading_to(valid)
        if not leading:
            return Choice("draft", (), f"none of the {made} drafts can be built on, so another one")
        at, why = self._descend(search, leading, stops)
        node = tree.nodes[at]
        return debug(node, why) if at in failed else Choice("improve", (at,), f"improve {figure(node)}: {why}")

    def _descend(self, search: SearchTree, leading: set[int], stops: set[int]) -> tuple[int, str]:
        """Go down from the root to the first of `stops`, or as deep as `leading` goes; return the node, and why."""
        at, why = ROOT, ""
        while at not in stops and (children := [i for i in search.children[at] if i in leading]):
            visits = search.below[at].count
            bounds = [self._bound(search, i, visits) for i in children]
            value, exploration = max(bounds, key=sum)
            at = children[bounds.index((value, exploration))]
            why = (
                f"best of {len(children)} by UCT {value + exploration:.2f} = value {value:.2f} + "
                f"exploration {exploration:.2f}, {search.below[at].count} visits"
            )
        return at, why

    def _bound(self, search: SearchTree, node: int, visits: int) -> tuple[float, float]:
        sums = search.below[node]
        return sums.total / sums.count, self.exploration * math.sqrt(math.log(visits) / sums.count)

    def _limit(self, visits: int) -> int:
        return max(1, int(visits**self.widening + 1e-9))

"""Adaptive branching Monte Carlo tree search with node aggregation, AB-MCTS-A (Inoue et al., 2025)."""

from __future__ import annotations

import math
import random
from typing import ClassVar

from tui_aide.engine.policies.debugging import Debugging, debug, drafts_made, figure
from tui_aide.engine.policies.policy import Choice
from tui_aide.engine.policies.search_tree import ROOT, SearchTree, Sums
from tui_aide.engine.spec import require, spec_of
from tui_aide.tree.solution_tree import SolutionTree

_WEIGHT, _FREEDOM = 1.0, 1.0
"""Nodes that the prior mean, and the prior variance, count as; 1 each as in the paper."""

_BETA = 0.5
"""Both parameters of Jeffreys' prior of a share of valid nodes."""


class AbMcts:
    """Decides by Thompson sampling whether to widen or to deepen, at each node on the way down.

    At each node it draws the mean worth of a new child (GEN) and of going deeper (CONT) from their posteriors, and
    takes the higher; going deeper, it draws one for each child. GEN learns from the direct children, CONT from all
    under these, a child from its whole subtree. Worth is the score scaled to 0..1 over the valid nodes, 0 for failures;
    the posterior is normal-inverse-chi-squared, or Beta as long as only validity tells nodes apart. Nodes in flight
    count as worth the prior: as nothing, two of them would make an unexplored CONT look hopeless. At the virtual root a
    new child is a draft; a failed node has a new child only while it is worth debugging.

    The library treequest (0.3, Apache) needs scipy and joblib, and keeps a state that grows by ask and tell; here all
    is derived from our tree at each choice, so that a resumed search chooses alike.

    Args:
        prior: expected worth of what nothing is known of, 0..1.
        spread: expected standard deviation of worth before there are scores.
        debug_depth: debug steps in a row at most.
        give_up_on_repeats: draft afresh where a debug step failed as its parent did.
    """

    source: ClassVar[str] = "Inoue et al., Wider or Deeper?, 2025"

    def __init__(
        self, prior: float = 0.5, spread: float = 0.1, debug_depth: int = 2, give_up_on_repeats: bool = True
    ) -> None:
        require("prior", prior, 0, 1)
        require("spread", spread, 0.01, 1)
        require("debug_depth", debug_depth, 0)
        self.prior = prior
        self.spread = spread
        self.debug_depth = debug_depth
        self.give_up_on_repeats = give_up_on_repeats
        self._debugging = Debugging(debug_depth, give_up_on_repeats)

    @property
    def spec(self) -> str:
        """What the user writes to get it."""
        return spec_of("ab-mcts", self)

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        """Return the next choice; see the class."""
        if owed := self._debugging.owed_draft(tree):
            return owed
        search = SearchTree(tree, virtual=self.prior)
        failed = {node.id for node in self._debugging.candidates(tree)}
        growing = failed | {node.id for node in tree.ranked()}
        leading = search.leading_to(growing)
        at, why = ROOT, "nothing to build on yet"
        while children := [i for i in search.children[at] if i in leading]:
            below = search.below[at].count
            if at == ROOT or at in growing:
                new, deeper = self._draw_both(search, at, rng)
                why = f"a new child drew {new:.2f}, going deeper {deeper:.2f}, from {below} nodes"
                if new >= deeper:
                    break
            draws = [self._draw(search.below[i], search.worth.flat, rng) for i in children]
            at = children[draws.index(max(draws))]
            why = f"drew {max(draws):.2f}, the most of {len(children)}, and has nothing below to go on with"
        if at == ROOT:
            return Choice("draft", (), f"draft {drafts_made(tree) + 1}: {why}")
        node = tree.nodes[at]
        return debug(node, why) if at in failed else Choice("improve", (at,), f"improve {figure(node)}: {why}")

    def _draw_both(self, search: SearchTree, at: int, rng: random.Random) -> tuple[float, float]:
        """Draw the mean worth of a new child of `at`, and of one further below."""
        direct, deeper = Sums(), Sums()
        for child in search.children[at]:
            direct.add(search.own[child])
            deeper.add(search.below[child])
        deeper.add(direct, -1)
        flat = search.worth.flat
        return self._draw(direct, flat, rng), self._draw(deeper, flat, rng)

    def _draw(self, seen: Sums, flat: bool, rng: random.Random) -> float:
        """Draw a mean worth from its posterior.

        Conjugate updates as in Murphy, Conjugate Bayesian analysis of the Gaussian distribution, 2007, section 5.
        """
        if flat:
            return rng.betavariate(_BETA + seen.total, _BETA + seen.count - seen.total)
        weight, freedom = _WEIGHT + seen.count, _FREEDOM + seen.count
        mean = (_WEIGHT * self.prior + seen.total) / weight
        squares = _FREEDOM * self.spread**2
        if seen.count:
            average = seen.total / seen.count
            squares += max(0.0, seen.squares - seen.total * average)
            squares += _WEIGHT * seen.count / weight * (self.prior - average) ** 2
        variance = squares / rng.gammavariate(freedom / 2, 2.0)
        return rng.gauss(mean, math.sqrt(variance / weight))

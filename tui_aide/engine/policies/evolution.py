"""Evolution on islands: tournaments, merges, migration (Tanese, 1989; Romera-Paredes et al., FunSearch, 2023)."""

from __future__ import annotations

import random
import re
from typing import ClassVar

from tui_aide.engine.policies.debugging import Debugging, figure
from tui_aide.engine.policies.policy import Choice
from tui_aide.engine.spec import require, spec_of
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree

_SHOWN = 10
"""With how many of the best nodes a plan is compared for novelty."""


class Evolution:
    """Evolves several populations apart, lets them meet now and then, and prefers novel plans among equals.

    Drafts go to the islands in turn, and their descendants stay there. Failures are debugged first, the newest first.
    Else an island is drawn, and the winner of a tournament among its valid nodes is improved, or with
    `merge_probability` merged with a winner of another island. Contestants within a standard error of the best are its
    equals; of these the one wins whose title and plan are least like those of the ten best nodes (Jaccard likeness of
    words). Only nodes with the fewest children in flight contest, so that many workers spread. Each `migrate`-th node
    is made from the best of the next island and belongs to the island it came to.

    Args:
        islands: populations that evolve apart.
        drafts: drafts to begin with, over all islands.
        tournament: contestants in each tournament.
        merge_probability: how often two islands' winners are merged rather than one improved, 0..1.
        migrate: every how many nodes one migrates to another island; 0 for never.
        debug_depth: debug steps in a row at most.
        give_up_on_repeats: draft afresh where a debug step failed as its parent did.
    """

    source: ClassVar[str] = "Tanese, 1989; Romera-Paredes et al., FunSearch, 2023"

    def __init__(
        self,
        islands: int = 3,
        drafts: int = 6,
        tournament: int = 4,
        merge_probability: float = 0.15,
        migrate: int = 10,
        debug_depth: int = 2,
        give_up_on_repeats: bool = True,
    ) -> None:
        require("islands", islands, 1)
        require("drafts", drafts, 1)
        require("tournament", tournament, 1)
        require("merge_probability", merge_probability, 0, 1)
        require("migrate", migrate, 0)
        require("debug_depth", debug_depth, 0)
        self.islands = islands
        self.drafts = drafts
        self.tournament = tournament
        self.merge_probability = merge_probability
        self.migrate = migrate
        self.debug_depth = debug_depth
        self.give_up_on_repeats = give_up_on_repeats
        self._debugging = Debugging(debug_depth, give_up_on_repeats)

    @property
    def spec(self) -> str:
        """What the user writes to get it."""
        return spec_of("evolution", self)

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        """Return the next choice; see the class."""
        if first := self._debugging.before_all(tree, self.drafts):
            return first
        populations = self._populations(tree)
        if not populations:
            return Choice("draft", (), "no valid node yet, so another draft")
        if migrant := self._migrant(tree, populations):
            return migrant
        island = rng.choice(sorted(populations))
        winner, why = self._winner(tree, populations[island], rng)
        others = sorted(i for i in populations if i != island)
        if others and rng.random() < self.merge_probability:
            other = rng.choice(others)
            second, _ = self._winner(tree, populations[other], rng)
            return Choice(
                "merge",
                (winner.id, second.id),
                f"merge {figure(winner)} of island {island + 1} with {figure(second)} of island {other + 1}, "
                f"with probability {self.merge_probability:g}",
            )
        return Choice("improve", (winner.id,), f"improve {figure(winner)}: on island {island + 1}, {why}")

    def island_of(self, tree: SolutionTree) -> dict[int, int]:
        """Return the island of each node, from 0, by its id."""
        found: dict[int, int] = {root: index % self.islands for index, root in enumerate(tree.roots)}
        for node in tree.nodes.values():
            if node.parents:
                home = found[node.parents[0]]
                arrives = self._arrival(node.id) if node.by == "policy" and node.operator == "improve" else None
                found[node.id] = home if arrives is None else arrives
        return found

    def _arrival(self, number: int) -> int | None:
        """Return the island to which node `number` migrates, if it does."""
        if not self.migrate or self.islands < 2 or not number or number % self.migrate:
            return None
        return (number // self.migrate) % self.islands

    def _populations(self, tree: SolutionTree) -> dict[int, list[Node]]:
        """Return each island's valid nodes, best first; islands without any are left out."""
        home = self.island_of(tree)
        found: dict[int, list[Node]] = {}
        for node in tree.ranked():
            found.setdefault(home[node.id], []).append(node)
        return found

    def _migrant(self, tree: SolutionTree, populations: dict[int, list[Node]]) -> Choice | None:
        arrives = self._arrival(len(tree.nodes))
        if arrives is None:
            return None
        steps = (i % self.islands for i in range(arrives + 1, arrives + self.islands))
        source = next((i for i in steps if i in populations), None)
        if source is None:
            return None
        best = populations[source][0]
        return Choice(
            "improve",
            (best.id,),
            f"improve {figure(best)}: the best of island {source + 1} migrates to island {arrives + 1}, "
            f"as every {self.migrate} nodes",
        )

    def _winner(self, tree: SolutionTree, population: list[Node], rng: random.Random) -> tuple[Node, str]:
        """Return the winner of a tournament among those with the fewest children in flight, and why it won."""
        flying = [sum(1 for child in node.children if not tree.nodes[child].done) for node in population]
        least = min(flying)
        population = [node for node, count in zip(population, flying, strict=True) if count == least]
        ranks = sorted(rng.sample(range(len(population)), min(self.tournament, len(population))))
        best, *rest = (population[i] for i in ranks)
        place = f"best of {len(ranks)} drawn from {len(population)}"
        equals = [best, *(node for node in rest if _equal(best, node))]
        if len(equals) == 1:
            return best, place
        shown = [(node.id, _words(node)) for node in tree.ranked(_SHOWN)]
        likeness = {node.id: _likeness(node, shown) for node in equals}
        winner = min(equals, key=lambda node: likeness[node.id])  # the better one of equally novel ones
        return winner, f"{place}; most novel of {len(equals)} equals, likeness {likeness[winner.id]:.2f}"


def _equal(best: Node, node: Node) -> bool:
    """Whether a node is no more than one standard error of the better one behind."""
    if best.score is None or node.score is None or best.score.source != node.score.source:
        return False
    return abs(best.score.value - node.score.value) <= (best.score.se or 0.0)


def _words(node: Node) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", f"{node.title} {node.plan}".lower()))


def _likeness(node: Node, shown: list[tuple[int, frozenset[str]]]) -> float:
    """Return the mean Jaccard likeness of a node's words to the other nodes', 0..1."""
    mine = _words(node)
    others = [len(mine & words) / max(1, len(mine | words)) for other, words in shown if other != node.id]
    return sum(others) / max(1, len(others))

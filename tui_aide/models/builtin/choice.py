"""What the rules decide on: a recipe with the reasons for it, before it becomes text."""

from __future__ import annotations

import msgspec

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.recipe import Recipe, fingerprint, read_marker
from tui_aide.models.chat import Attempt, Proposal


class Choice(msgspec.Struct, frozen=True):
    """A recipe to write, a title of a few words, and the reasons as sentences in order."""

    recipe: Recipe
    title: str
    reasons: tuple[str, ...]


class Tried(msgspec.Struct, frozen=True):
    """An earlier attempt whose recipe could be read."""

    attempt: Attempt
    recipe: Recipe

    @property
    def valid(self) -> bool:
        """Whether it has a score."""
        return self.attempt.verdict == "valid" and self.attempt.score is not None


class Context(msgspec.Struct, frozen=True):
    """All that a rule may look at.

    Attributes:
        tried: attempts with a readable recipe, parents first, then the memory, best first.
    """

    facts: Facts
    proposal: Proposal
    tried: tuple[Tried, ...]
    seed: int

    @property
    def seen(self) -> frozenset[bytes]:
        """Fingerprints of all recipes that were tried."""
        return frozenset(fingerprint(t.recipe) for t in self.tried)

    @property
    def ranked(self) -> tuple[Tried, ...]:
        """Valid attempts, best first; those whose scores are only their scripts' word come last."""
        sign = 1.0 if self.facts.view.direction == "min" else -1.0
        valid = [(t, t.attempt.score) for t in self.tried if t.valid]
        scored = [(score.source == "reported", sign * score.value, t) for t, score in valid if score is not None]
        return tuple(t for _, _, t in sorted(scored, key=lambda place: place[:2]))

    def better(self, a: float, b: float) -> bool:
        """Whether score `a` is better than `b`."""
        return a < b if self.facts.view.direction == "min" else a > b


def read_context(proposal: Proposal, facts: Facts, seed: int) -> Context:
    """Read the recipes of the parents and of the memory."""
    tried: list[Tried] = []
    nodes: set[int] = set()
    for attempt in (*proposal.parents, *proposal.memory):
        recipe = read_marker(attempt.code)
        if recipe is not None and recipe.members and attempt.node not in nodes:
            nodes.add(attempt.node)
            tried.append(Tried(attempt, recipe))
    return Context(facts, proposal, tuple(tried), seed)

"""Hand-made trees, and a made-up landscape to search, for tests of policies."""

from __future__ import annotations

import random
from typing import ClassVar

import msgspec

from tests.searches import created, finished, started
from tui_aide.engine.policies import Choice, Policy
from tui_aide.tree import events as ev
from tui_aide.tree.node import Direction, Operator, Verdict
from tui_aide.tree.solution_tree import SolutionTree

OPTIMUM = 1.0
"""The best score that the landscape has."""


def tree_of(*events: ev.Event, direction: Direction = "max") -> SolutionTree:
    tree = SolutionTree()
    for event in (started(direction), *events):
        tree.apply(event)
    return tree


def node(
    number: int,
    value: float | None = None,
    parent: int | None = None,
    operator: Operator | None = None,
    verdict: Verdict = "crash",
    message: str = "",
) -> list[ev.Event]:
    """A node that is done: valid with a value, else failed."""
    operator = operator or ("draft" if parent is None else "improve")
    make = created(number, () if parent is None else (parent,), operator)
    end = finished(number, value, verdict="valid" if value is not None else verdict)
    return [make, msgspec.structs.replace(end, message=message)]


def nodes(*each: list[ev.Event] | ev.Event) -> list[ev.Event]:
    return [event for some in each for event in (some if isinstance(some, list) else [some])]


class Landscape:
    """A draft has a random value and a ceiling; a child its parent's value plus noise, below the ceiling.

    Three of ten nodes fail; a debug step mends half of the failures. All is settled by seed, node and choice.
    """

    def __init__(self, seed: int, failures: float = 0.3) -> None:
        self.seed = seed
        self.failures = failures
        self._hidden: dict[int, tuple[float, float]] = {}

    def evaluate(self, number: int, choice: Choice) -> float | None:
        rng = random.Random(f"{self.seed}/landscape/{number}")
        fails, noise, start, ceiling = rng.random(), rng.gauss(0, 0.05), rng.gauss(0.4, 0.1), rng.uniform(0.6, OPTIMUM)
        if choice.operator != "draft":
            parents = [self._hidden[i] for i in choice.parents]
            start = sum(value for value, _ in parents) / len(parents)
            ceiling = max(top for _, top in parents)
            start += 0.0 if choice.operator == "debug" else noise
        self._hidden[number] = min(start, ceiling), ceiling
        limit = 0.5 if choice.operator == "debug" else self.failures
        return None if fails < limit else self._hidden[number][0]

    def end(self, number: int, value: float | None) -> ev.NodeFinished:
        """The node's last event; a failure is one of four exceptions."""
        kind = random.Random(f"{self.seed}/exception/{number}").choice(("Key", "Value", "Type", "Index"))
        end = finished(number, value, verdict="valid" if value is not None else "crash")
        return end if value is not None else msgspec.structs.replace(end, message=f"{kind}Error: a test")


class Chance:
    """Chooses operator and parents by chance alone."""

    source: ClassVar[str] = "none"
    spec = "chance"

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        done = [n for n in tree.nodes.values() if n.verdict not in (None, "cancelled")]
        if not done or rng.random() < 1 / 3:
            return Choice("draft", (), "by chance")
        parent = rng.choice(done)
        return Choice("improve" if parent.valid else "debug", (parent.id,), "by chance")


def search(policy: Policy, seed: int, count: int, workers: int = 1) -> tuple[SolutionTree, list[ev.Event]]:
    """Search the landscape with `workers` nodes in flight, which end in the order they began."""
    land = Landscape(seed)
    tree = tree_of()
    log: list[ev.Event] = []
    flying: list[tuple[int, float | None]] = []

    def note(*events: ev.Event) -> None:
        for event in events:
            tree.apply(event)
            log.append(event)

    for number in range(count):
        choice = policy.choose(tree, random.Random(f"{seed}/choice/{number}"))
        note(created(number, choice.parents, choice.operator))
        flying.append((number, land.evaluate(number, choice)))
        if len(flying) == workers:
            end, value = flying.pop(0)
            note(land.end(end, value))
    for end, value in flying:
        note(land.end(end, value))
    return tree, log


def best(tree: SolutionTree) -> float:
    first = tree.ranked(1)
    return first[0].score.value if first and first[0].score else 0.0

"""Policies: which node to work on next, and why. One a file, known here by name."""

from __future__ import annotations

from tui_aide.engine.policies.ab_mcts import AbMcts
from tui_aide.engine.policies.best_first import BestFirst
from tui_aide.engine.policies.evolution import Evolution
from tui_aide.engine.policies.greedy import Greedy
from tui_aide.engine.policies.mcts import Mcts
from tui_aide.engine.policies.policy import Choice, Policy
from tui_aide.engine.spec import build, parse_spec
from tui_aide.errors import UsageError

POLICIES: dict[str, type[Policy]] = {
    "greedy": Greedy,
    "best-first": BestFirst,
    "mcts": Mcts,
    "ab-mcts": AbMcts,
    "evolution": Evolution,
}
"""Every policy by its name on the command line."""


def make_policy(spec: str) -> Policy:
    """Return the policy that a spec asks for, such as `greedy` or `mcts(exploration=1)`.

    Raises:
        UsageError: there is none (the nearest name is offered), a parameter is wrong, or the spec names several.
    """
    first, *more = parse_spec(spec, "--policy")
    policy = build(first, POLICIES, "--policy")
    if more:
        raise UsageError(f"--policy {spec!r} names {len(more) + 1} policies, but a search has one")
    return policy


__all__ = [
    "POLICIES",
    "AbMcts",
    "BestFirst",
    "Choice",
    "Evolution",
    "Greedy",
    "Mcts",
    "Policy",
    "make_policy",
]

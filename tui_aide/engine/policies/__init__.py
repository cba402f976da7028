"""Policies: which node to work on next, and why. One a file, known here by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from tui_aide.engine.plugins import adapted, with_plugins
from tui_aide.engine.policies.ab_mcts import AbMcts
from tui_aide.engine.policies.best_first import BestFirst
from tui_aide.engine.policies.evolution import Evolution
from tui_aide.engine.policies.greedy import Greedy
from tui_aide.engine.policies.mcts import Mcts
from tui_aide.engine.policies.policy import Choice, Policy
from tui_aide.engine.spec import build, parse_spec, spec_of
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
    known = POLICIES if first.name in POLICIES else known_policies([first.name])
    policy = build(first, known, "--policy")
    if more:
        raise UsageError(f"--policy {spec!r} names {len(more) + 1} policies, but a search has one")
    return policy


def known_policies(wanted: Iterable[str] | None = None) -> dict[str, type[Policy]]:
    """Return our policies and those of the user and of packages; of the latter only those wanted are loaded
    (None: all).

    Raises:
        UsageError: one of those wanted cannot be loaded.
    """
    return with_plugins("policies", POLICIES, wanted, Policy, _adapt)


class _Own:
    """What a policy that is a function has besides it."""

    source: ClassVar[str] = ""
    name: ClassVar[str] = ""

    @property
    def spec(self) -> str:
        """What the user writes to get it."""
        return spec_of(self.name, self)


def _adapt(name: str, function: Callable[..., Any]) -> type:
    return adapted(name, function, _Own, "choose", given=2)


__all__ = [
    "POLICIES",
    "AbMcts",
    "BestFirst",
    "Choice",
    "Evolution",
    "Greedy",
    "Mcts",
    "Policy",
    "known_policies",
    "make_policy",
]

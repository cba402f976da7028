"""Policies: which node to work on next, and why. One a file, known here by name."""

from __future__ import annotations

from tui_aide.engine.policies.greedy import Greedy
from tui_aide.engine.policies.policy import Choice, Policy
from tui_aide.errors import UsageError, nearest

POLICIES: dict[str, type[Policy]] = {"greedy": Greedy}
"""Every policy by its name on the command line."""


def make_policy(name: str) -> Policy:
    """Return the policy of that name.

    Raises:
        UsageError: there is none; the nearest name is offered.
    """
    if name not in POLICIES:
        raise UsageError(f"--policy {name!r} is not known.{nearest(name, POLICIES)} Known: {', '.join(POLICIES)}")
    return POLICIES[name]()


__all__ = ["POLICIES", "Choice", "Greedy", "Policy", "make_policy"]

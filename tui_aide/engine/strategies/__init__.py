"""Strategies: how an operator spends inference-time compute. One a file, known here by name."""

from __future__ import annotations

from tui_aide.engine.strategies.single import Single
from tui_aide.engine.strategies.strategy import Completion, Result, Strategy, Workbench
from tui_aide.errors import UsageError, nearest

STRATEGIES: dict[str, type[Strategy]] = {"single": Single}
"""Every strategy by its name on the command line."""


def make_strategy(spec: str) -> Strategy:
    """Return the strategy that a spec names.

    Raises:
        UsageError: there is none; the nearest name is offered.
    """
    if spec not in STRATEGIES:
        raise UsageError(f"--strategy {spec!r} is not known.{nearest(spec, STRATEGIES)} Known: {', '.join(STRATEGIES)}")
    return STRATEGIES[spec]()


__all__ = ["STRATEGIES", "Completion", "Result", "Strategy", "Workbench", "make_strategy"]

"""Strategies: how an operator spends inference-time compute. One a file, known here by name."""

from __future__ import annotations

from tui_aide.engine.spec import build, parse_spec
from tui_aide.engine.strategies.preflight import Preflight
from tui_aide.engine.strategies.single import Single
from tui_aide.engine.strategies.strategy import Completion, Result, Strategy, Workbench
from tui_aide.errors import UsageError

STRATEGIES: dict[str, type[Strategy]] = {"single": Single, "preflight": Preflight}
"""Every strategy by its name on the command line."""


def make_strategy(spec: str) -> Strategy:
    """Return the strategy that a spec names, such as `preflight(rounds=1)`.

    Raises:
        UsageError: the name or a parameter is not known (the nearest is offered), or there is more than one name.
    """
    parts = parse_spec(spec, "--strategy")
    if len(parts) > 1:
        raise UsageError(f"--strategy {spec!r}: this version takes one strategy, without '+'")
    return build(parts[0], STRATEGIES, "--strategy")


__all__ = ["STRATEGIES", "Completion", "Result", "Strategy", "Workbench", "make_strategy"]

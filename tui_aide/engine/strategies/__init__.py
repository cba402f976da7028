"""Strategies: how an operator spends inference-time compute. One a file, known here by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tui_aide.engine.plugins import adapted, with_plugins
from tui_aide.engine.presets import PRESETS
from tui_aide.engine.spec import build, parse_spec
from tui_aide.engine.strategies.best_of_n import BestOfN
from tui_aide.engine.strategies.budget_forcing import BudgetForcing
from tui_aide.engine.strategies.chain import Chain
from tui_aide.engine.strategies.chain_of_thought import ChainOfThought
from tui_aide.engine.strategies.planner import Planner
from tui_aide.engine.strategies.preflight import Preflight
from tui_aide.engine.strategies.prompt_chaining import PromptChaining
from tui_aide.engine.strategies.self_consistency import SelfConsistency
from tui_aide.engine.strategies.self_debugging import SelfDebugging
from tui_aide.engine.strategies.self_refine import SelfRefine
from tui_aide.engine.strategies.self_reflection import SelfReflection
from tui_aide.engine.strategies.single import Single
from tui_aide.engine.strategies.strategy import Completion, Desk, Maker, Result, Strategy, Writer
from tui_aide.engine.strategies.tree_of_thoughts import TreeOfThoughts
from tui_aide.engine.strategies.verifier import Verifier
from tui_aide.errors import UsageError, nearest

_ALL: tuple[type[Strategy], ...] = (
    Single,
    Preflight,
    BestOfN,
    SelfConsistency,
    SelfDebugging,
    SelfReflection,
    SelfRefine,
    PromptChaining,
    Planner,
    ChainOfThought,
    TreeOfThoughts,
    Verifier,
    BudgetForcing,
)

STRATEGIES: dict[str, type[Strategy]] = {kind.name: kind for kind in _ALL}
"""Every strategy that comes with the program, by its name on the command line."""


def make_strategy(spec: str) -> Chain:
    """Return the strategies that a spec names, such as `self-consistency(n=5)+self-debugging(rounds=2)`.

    Raises:
        UsageError: a name or a parameter is not known (the nearest is offered), a value is out of its range, or a
            user's own strategy cannot be loaded.
    """
    parts = parse_spec(spec, "--strategy")
    known = STRATEGIES if all(part.name in STRATEGIES for part in parts) else known_strategies(p.name for p in parts)
    if len(parts) == 1 and parts[0].name not in known:
        names = [*known, *PRESETS]  # a preset stands alone, and was taken for itself if it was spelt well
        raise UsageError(f"--strategy {spec!r} is not known.{nearest(parts[0].name, names)} Known: {', '.join(names)}")
    return Chain([build(part, known, "--strategy") for part in parts])


def known_strategies(wanted: Iterable[str] | None = None) -> dict[str, type[Strategy]]:
    """Return our strategies and those of the user and of packages; of the latter only those wanted are loaded
    (None: all).

    Raises:
        UsageError: one of those wanted cannot be loaded.
    """
    return with_plugins("strategies", STRATEGIES, wanted, Strategy, _adapt)


def _adapt(name: str, function: Callable[..., Any]) -> type:
    return adapted(name, function, Strategy, "make", given=2)


__all__ = [
    "STRATEGIES",
    "Chain",
    "Completion",
    "Desk",
    "Maker",
    "Result",
    "Strategy",
    "Writer",
    "known_strategies",
    "make_strategy",
]

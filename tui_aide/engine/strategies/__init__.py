"""Strategies: how an operator spends inference-time compute. One a file, known here by name."""

from __future__ import annotations

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
        UsageError: a name or a parameter is not known (the nearest is offered), or a value is out of its range.
    """
    return Chain([build(part, STRATEGIES, "--strategy") for part in parse_spec(spec, "--strategy")])


__all__ = ["STRATEGIES", "Chain", "Completion", "Desk", "Maker", "Result", "Strategy", "Writer", "make_strategy"]

"""A cell of a suite: one model, strategy, task and seed, which one session searches."""

from __future__ import annotations

import hashlib
import re

import msgspec

from tui_aide.bench.suite import Suite

_LONGEST = 90
"""Letters of an id: a session's name has at most 100."""


class Cell(msgspec.Struct, frozen=True):
    """One search of a bench, by the names that the suite's tables have."""

    model: str
    strategy: str
    task: str
    seed: int

    @property
    def id(self) -> str:
        """A name for files and sessions, unique within a suite: `model_strategy_task_s0`, a long one cut."""
        parts = (self.model, self.strategy, self.task, f"s{self.seed}")
        plain = "_".join(parts)
        safe = re.sub(r"[^\w.-]+", "-", plain, flags=re.ASCII).lstrip(".-") or "cell"
        ambiguous = any("_" in part for part in parts[:3])  # a_b + c and a + b_c would be the same
        if safe == plain and not ambiguous and len(safe) <= _LONGEST:
            return safe
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
        return f"{safe[: _LONGEST - 9]}_{digest}"

    @property
    def words(self) -> str:
        """The cell for people: `builtin · aide · digits · 0`."""
        return " · ".join((self.model, self.strategy, self.task, str(self.seed)))


def cells_of(suite: Suite) -> tuple[Cell, ...]:
    """Return a suite's cells in the order in which they are begun.

    Models come one after the other, so that a server is loaded once; then seeds, so that an early end leaves whole
    replicates; strategies change fastest, so that what drifts meets all of them alike.
    """
    return tuple(
        Cell(model, strategy, task, seed)
        for model in suite.models
        for seed in suite.run.seeds
        for task in suite.tasks
        for strategy in _reference_first(suite)
    )


def reference_of(suite: Suite, cell: Cell) -> Cell | None:
    """Return the cell whose tokens are this one's budget; None where its budget is known from the start."""
    if not suite.tokens_as or cell.strategy == suite.tokens_as:
        return None
    return Cell(cell.model, suite.tokens_as, cell.task, cell.seed)


def _reference_first(suite: Suite) -> list[str]:
    return sorted(suite.strategies, key=lambda name: name != suite.tokens_as)

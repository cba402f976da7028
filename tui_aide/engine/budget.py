"""The ledger of a search's budget: reserve before work starts, commit what it cost after.

It keeps no clock of its own; whoever asks says how many wall-clock seconds have passed.
"""

from __future__ import annotations

from tui_aide.tree.events import Budget


class Ledger:
    """Counts what is spent and what is promised to nodes in flight.

    A node in flight holds a reservation of the mean cost so far, so that several nodes side by side overshoot a
    limit on tokens or execution by little; how much one node costs is known only when it is done.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.nodes = 0
        self.tokens = 0
        self.execution_seconds = 0.0
        self._in_flight = 0

    def exhausted(self, wall_seconds: float) -> str:
        """Return which limit allows no further node, in words, or an empty string."""
        b = self.budget
        if b.nodes is not None and self.nodes + self._in_flight >= b.nodes:
            return f"the budget of {b.nodes} nodes is spent"
        if b.wall_seconds is not None and wall_seconds >= b.wall_seconds:
            return f"the time of {b.wall_seconds:.0f} s is over"
        mean_tokens, mean_seconds = self._means()
        if b.tokens is not None and self.tokens + mean_tokens * self._in_flight >= b.tokens:
            return f"the budget of {b.tokens} tokens is spent"
        if (
            b.execution_seconds is not None
            and self.execution_seconds + mean_seconds * self._in_flight >= b.execution_seconds
        ):
            return f"the budget of {b.execution_seconds:.0f} s of execution is spent"
        return ""

    def reserve(self) -> None:
        """Promise the cost of one node."""
        self._in_flight += 1

    def commit(self, tokens: int, execution_seconds: float) -> None:
        """Replace a node's reservation by what it cost."""
        self._in_flight -= 1
        self.nodes += 1
        self.tokens += tokens
        self.execution_seconds += execution_seconds

    def release(self) -> None:
        """Give a reservation back: its node came to no end and counts for nothing."""
        self._in_flight -= 1

    def execution_left(self) -> float | None:
        """Return the execution seconds that are left, or None without a limit."""
        limit = self.budget.execution_seconds
        return None if limit is None else max(0.0, limit - self.execution_seconds)

    def _means(self) -> tuple[float, float]:
        n = max(1, self.nodes)
        return self.tokens / n, self.execution_seconds / n

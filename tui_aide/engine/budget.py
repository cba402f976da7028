"""The ledger of a search's budget: reserve before work starts, commit what it cost after.

It keeps no clock of its own; whoever asks says how many wall-clock seconds have passed.
"""

from __future__ import annotations

from tui_aide.errors import TuiAideError
from tui_aide.tree.events import Budget

_LETTERS_PER_TOKEN = 3.5
"""Of a prompt, before any server has counted one."""

_MARGIN = 1.1
"""Prompts differ; one is taken for a little longer than it should be, so that a budget is not overrun."""


class BudgetSpent(TuiAideError):
    """The budget of tokens ended in the middle of a sample, or does not allow one."""

    def __init__(self) -> None:
        super().__init__("the budget of tokens ended")


class Ledger:
    """Counts what is spent and what is promised to nodes in flight.

    A node in flight holds a reservation of the mean cost so far, so that few nodes are begun that the budget cannot
    pay. Tokens are counted as they stream, of all nodes together: whoever would go on beyond the limit is stopped.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.nodes = 0
        self.tokens = 0
        self.execution_seconds = 0.0
        self._finished_tokens = 0
        self._finished_seconds = 0.0
        self._seconds_in_flight = 0.0
        self._in_flight = 0
        self._letters = 0
        self._prompts = 0
        self._refused: tuple[int | None, int] | None = None

    def exhausted(self, wall_seconds: float) -> str:
        """Return which limit allows no further node, in words, or an empty string."""
        b = self.budget
        if b.nodes is not None and self.nodes + self._in_flight >= b.nodes:
            return f"the budget of {b.nodes} nodes is spent"
        if b.wall_seconds is not None and wall_seconds >= b.wall_seconds:
            return f"the time of {b.wall_seconds:.0f} s is over"
        if self._refused is not None and b.tokens == self._refused[0] and (self.tokens_left() or 0) < self._refused[1]:
            return f"the budget of {b.tokens} tokens is spent"
        mean_tokens, mean_seconds = self._means()
        promised = self._finished_tokens + mean_tokens * self._in_flight
        if b.tokens is not None and max(self.tokens, promised) >= b.tokens:
            return f"the budget of {b.tokens} tokens is spent"
        promised_seconds = self.execution_seconds - self._seconds_in_flight + mean_seconds * self._in_flight
        if b.execution_seconds is not None and max(self.execution_seconds, promised_seconds) >= b.execution_seconds:
            return f"the budget of {b.execution_seconds:.0f} s of execution is spent"
        return ""

    def reserve(self) -> None:
        """Promise the cost of one node."""
        self._in_flight += 1

    def commit(self, tokens: int, execution_seconds: float) -> None:
        """Replace a node's reservation by what it cost; all of that was counted while it was spent."""
        self._in_flight -= 1
        self.nodes += 1
        self._finished_tokens += tokens
        self._finished_seconds += execution_seconds
        self._seconds_in_flight -= execution_seconds

    def release(self) -> None:
        """Give a reservation back: its node came to no end and counts for nothing."""
        self._in_flight -= 1

    def recall(self, tokens: int, execution_seconds: float) -> None:
        """Take up a node that was finished before this process began."""
        self.reserve()
        self.count(tokens)
        self.spend(execution_seconds)
        self.commit(tokens, execution_seconds)

    def count(self, tokens: int) -> None:
        """Count tokens as they come, or, below 0, give back what was estimated too high."""
        self.tokens += tokens

    def spend(self, execution_seconds: float) -> None:
        """Count what a script of a node in flight took."""
        self.execution_seconds += execution_seconds
        self._seconds_in_flight += execution_seconds

    def tokens_left(self) -> int | None:
        """Return how many tokens are left, 0 when it is overrun; None without a limit."""
        return None if self.budget.tokens is None else max(0, self.budget.tokens - self.tokens)

    def refuse(self, needed: int) -> BudgetSpent:
        """Return the error for who wants more tokens than are left.

        No node begins under this budget until `needed` tokens are left: prompts in flight, which were taken for longer
        than they turn out to be, may give some back.
        """
        self._refused = (self.budget.tokens, needed)
        return BudgetSpent()

    def learn(self, letters: int, tokens: int) -> None:
        """Learn from a server's count how many tokens a prompt has."""
        if tokens > 0:
            self._letters += letters
            self._prompts += tokens

    def prompt_tokens(self, letters: int) -> int:
        """Return about how many tokens a prompt of so many characters has."""
        ratio = self._letters / self._prompts if self._prompts else _LETTERS_PER_TOKEN
        return round(letters / ratio * _MARGIN)

    def execution_left(self) -> float | None:
        """Return the execution seconds that are left, or None without a limit."""
        limit = self.budget.execution_seconds
        return None if limit is None else max(0.0, limit - self.execution_seconds)

    def _means(self) -> tuple[float, float]:
        n = max(1, self.nodes)
        return self._finished_tokens / n, self._finished_seconds / n

"""The clock of the execution budget: scripts that run side by side share what is left of it."""

from __future__ import annotations

import asyncio
import time

from tui_aide.engine.budget import Ledger

_GRACE = 0.1
"""Seconds that a script's own limit has to end it, before it is stopped from here."""


class Run:
    """Scripts that run one after the other, such as those of one candidate's folds.

    Attributes:
        limit: the context to run them in; it raises `TimeoutError`, and has expired, when the budget ends.
        fold: which of them runs, or ran last.
    """

    def __init__(self, meter: ExecutionMeter) -> None:
        self.limit = asyncio.timeout(None)
        self.fold = 0
        self._meter = meter

    def begin(self, fold: int) -> None:
        """Note that a script's process starts."""
        self.fold = fold
        self._meter.begin(self)

    def end(self, seconds: float | None = None) -> float:
        """Note that it ended, and return what it took: `seconds`, or what has passed; 0 where none runs."""
        return self._meter.end(self, seconds)


class ExecutionMeter:
    """Counts execution seconds while they pass, and stops all scripts when the budget is spent by them together.

    Each script alone is limited to what was left when it began; of several at once, that would let each have all of it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._running: dict[Run, float] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def left(self) -> float | None:
        """Return the seconds that no script has used yet, 0 when they are overrun; None without a limit."""
        left = self._ledger.execution_left()
        now = time.monotonic()
        return None if left is None else max(0.0, left - sum(now - since for since in self._running.values()))

    def begin(self, run: Run) -> None:
        """Start to count a run's script."""
        self._running[run] = time.monotonic()
        self._set()

    def end(self, run: Run, seconds: float | None) -> float:
        """Replace what has passed of a run's script by what it took."""
        since = self._running.pop(run, None)
        if since is None:
            return 0.0
        took = time.monotonic() - since if seconds is None else seconds
        self._ledger.spend(took)
        self._set()
        return took

    def _set(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        left = self.left()
        if left is not None and self._running:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(left / len(self._running) + _GRACE, self._ring)

    def _ring(self) -> None:
        left = self.left()
        if left is None or left > 0:  # the budget was raised meanwhile
            self._set()
            return
        for run in [r for r in self._running if not r.limit.expired()]:  # the others are being killed
            run.limit.reschedule(asyncio.get_running_loop().time())

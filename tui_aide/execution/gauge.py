"""What a running script uses, read again and again: from the table of processes, or from what else counts it."""

from __future__ import annotations

from typing import Protocol

from tui_aide.execution.processes import ProcessTable, proportional_memory


class Gauge(Protocol):
    """Reads the use of one running script.

    Attributes:
        memory: bytes that it uses now.
        peak_memory: the most that it used.
        cpu_seconds: of all its processes so far.
    """

    memory: int
    peak_memory: int
    cpu_seconds: float

    def measure(self, *, exact: bool, limit: int | None) -> None:
        """Note what is used now; never blocks.

        Args:
            exact: the reading may cost more this time.
            limit: bytes of memory past which it must be exact anyway.
        """
        ...


class ProcessGauge:
    """Sums up the processes below one.

    Resident sizes count what processes share once for each of them, so several processes are, from time to time and
    whenever that sum is past the limit, weighed by their proportional sizes.
    """

    def __init__(self, table: ProcessTable, pid: int) -> None:
        self.memory = self.peak_memory = 0
        self.cpu_seconds = 0.0
        self._table, self._pid = table, pid

    def measure(self, *, exact: bool, limit: int | None) -> None:
        """Note what is used now."""
        load = self._table.load(self._pid)
        self.memory = load.memory
        if len(load.processes) > 1 and (exact or (limit is not None and load.memory > limit)):
            self.memory = proportional_memory(load.processes)
            exact = exact or (limit is not None and self.memory > limit)
        if exact or len(load.processes) <= 1:
            self.peak_memory = max(self.peak_memory, self.memory)
        self.cpu_seconds = max(self.cpu_seconds, load.cpu_seconds)

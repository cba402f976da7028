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
        processes: how many there are now; 0 where that is not counted.
    """

    memory: int
    peak_memory: int
    cpu_seconds: float
    processes: int

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
    whenever that sum is past the limit, weighed by their proportional sizes; meanwhile they are taken to share as much.
    """

    def __init__(self, table: ProcessTable, pid: int, *, forked: bool = False) -> None:
        """Say below which process; `forked` where even one of them shares memory with processes that are not."""
        self.memory = self.peak_memory = self.processes = 0
        self.cpu_seconds = 0.0
        self._table, self._pid, self._forked = table, pid, forked
        self._shared: int | None = None

    def measure(self, *, exact: bool, limit: int | None) -> None:
        """Note what is used now."""
        load = self._table.load(self._pid)
        self.memory, self.processes = load.memory, len(load.processes)
        over = limit is not None and load.memory > limit
        sharing = self._forked or len(load.processes) > 1 or over
        exact = exact or not sharing or self._shared is None or over
        if sharing and exact:
            self.memory = proportional_memory(load.processes)
            self._shared = load.memory - self.memory
        elif sharing and self._shared is not None:
            self.memory = max(0, load.memory - self._shared)
        if exact:
            self.peak_memory = max(self.peak_memory, self.memory)
        self.cpu_seconds = max(self.cpu_seconds, load.cpu_seconds)

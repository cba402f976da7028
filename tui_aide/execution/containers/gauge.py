"""What a container uses: from the kernel's own files where its processes are this machine's, else from the engine."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import Executor, Future
from typing import Any

from tui_aide.execution.containers.control_group import ControlGroup
from tui_aide.execution.containers.engine import Engine

_STATS_SECONDS = 1.0


class ContainerGauge:
    """Reads memory (without what of the disk is cached) and CPU time of one container.

    Args:
        engine: whose container it is.
        name: of the container.
        control: its control group, as `control_group()` finds it; None asks the engine once a second.
        threads: where the engine is asked.
    """

    def __init__(self, engine: Engine, name: str, control: ControlGroup | None, threads: Executor) -> None:
        self.memory = self.peak_memory = 0
        self.processes = 0  # the kernel holds their limit
        self.cpu_seconds = 0.0
        self._engine, self._name, self._control, self._threads = engine, name, control, threads
        self._asked: Future[dict[str, Any]] | None = None
        self._next = 0.0

    def measure(self, *, exact: bool, limit: int | None) -> None:
        """Note what is used now; the kernel itself holds the limit, so that it is never seen to be passed."""
        if self._control is None:
            self._ask()
        else:
            with contextlib.suppress(OSError, ValueError, KeyError):  # it is ending
                self._note(self._control.memory(), self._control.cpu_seconds())

    def _ask(self) -> None:
        now = time.monotonic()
        if self._asked is not None and self._asked.done():
            if self._asked.exception() is None:
                self._note(*_used(self._asked.result()))
            self._asked = None
        if self._asked is None and now > self._next:
            self._next = now + _STATS_SECONDS
            self._asked = self._threads.submit(self._engine.stats, self._name)

    def _note(self, memory: int, cpu_seconds: float) -> None:
        self.memory = memory
        self.peak_memory = max(self.peak_memory, memory)
        self.cpu_seconds = max(self.cpu_seconds, cpu_seconds)


def _used(stats: dict[str, Any]) -> tuple[int, float]:
    memory = stats.get("memory_stats") or {}
    detail = memory.get("stats") or {}
    cached = detail.get("total_inactive_file", detail.get("inactive_file", 0))
    cpu = ((stats.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage", 0)
    return max(0, int(memory.get("usage", 0)) - int(cached)), cpu / 1e9

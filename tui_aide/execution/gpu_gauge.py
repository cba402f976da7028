"""How much memory of the GPUs a running script holds: nvidia-smi's processes, matched with those of the script."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Collection

from tui_aide.execution.gpu_processes import PROGRAM, ask_gpu_processes
from tui_aide.execution.processes import ProcessTable

_MAX_AGE = 2.0


class GpuTable:
    """Which process holds how much of the GPUs, asked in the background and seldom, however many scripts run.

    Args:
        processes: tells which processes are a script's.
        max_age: seconds between two askings.
    """

    def __init__(self, processes: ProcessTable, max_age: float = _MAX_AGE) -> None:
        self.processes = processes
        self.max_age = max_age
        self._held: Counter[int] = Counter()
        self._asking: threading.Thread | None = None
        self._next = float("-inf")

    def gauge(self, pid: int, gpus: str | None) -> GpuGauge | None:
        """Return what reads the use of the processes from `pid` down.

        None where the script is to see no GPU (`gpus` as in `Execution`), or nothing here tells of any.
        """
        return None if gpus == "" or shutil.which(PROGRAM) is None else GpuGauge(self, pid)

    def held(self, processes: Collection[int]) -> int:
        """Return the bytes that these held when last asked; asks anew, without waiting, where that is long ago."""
        now = time.monotonic()
        if now > self._next and (self._asking is None or not self._asking.is_alive()):
            self._next = now + self.max_age
            self._asking = threading.Thread(target=self._ask, name="nvidia-smi", daemon=True)
            self._asking.start()
        held = self._held
        return sum(held[pid] for pid in processes if pid in held)

    def _ask(self) -> None:
        held: Counter[int] = Counter()
        for process in ask_gpu_processes():
            held[process.pid] += process.memory  # a line for each GPU that it uses
        self._held = held


class GpuGauge:
    """Reads the memory that one script holds of the GPUs.

    Attributes:
        memory: bytes that it holds now.
        peak_memory: the most that it was seen to hold.
    """

    def __init__(self, table: GpuTable, pid: int) -> None:
        self.memory = self.peak_memory = 0
        self._table, self._pid = table, pid

    def measure(self) -> None:
        """Note what is held now; never blocks."""
        self.memory = self._table.held((self._pid, *self._table.processes.descendants(self._pid)))
        self.peak_memory = max(self.peak_memory, self.memory)

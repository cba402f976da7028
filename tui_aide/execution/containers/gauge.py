"""What a container uses: from the kernel's own files where its processes are this machine's, else from the engine."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from tui_aide.execution.containers.engine import Engine

_CGROUPS = Path("/sys/fs/cgroup")
_STATS_SECONDS = 1.0


class ContainerGauge:
    """Reads memory (without what of the disk is cached) and CPU time of one container.

    Args:
        engine: whose container it is.
        name: of the container.
        control: its control group, as `control_group` finds it; None asks the engine once a second.
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


class ControlGroup:
    """The kernel's account of one container, in the files of control groups of version 1 or 2."""

    def __init__(self, memory: Path, cpu: Path, *, unified: bool) -> None:
        self._memory, self._cpu, self._unified = memory / "memory.stat", cpu, unified

    def memory(self) -> int:
        """Return the bytes of anonymous and shared memory."""
        fields = _fields(self._memory)
        names = ("anon", "shmem") if self._unified else ("total_rss", "total_shmem")
        return sum(fields.get(name, 0) for name in names)

    def cpu_seconds(self) -> float:
        """Return the CPU seconds used so far."""
        if self._unified:
            return _fields(self._cpu / "cpu.stat")["usage_usec"] / 1e6
        return int((self._cpu / "cpuacct.usage").read_bytes()) / 1e9


def control_group(
    pid: int, identity: str, root: Path = _CGROUPS, processes: Path = Path("/proc")
) -> ControlGroup | None:
    """Return the control group of a container; None where its first process is not one of this machine's.

    Args:
        pid: of the first process, as the engine has it.
        identity: the container's whole id, which the group is named after.
        root: where control groups are mounted.
        processes: where processes are.
    """
    try:
        lines = (processes / str(pid) / "cgroup").read_text().splitlines()
    except OSError:
        return None
    paths = {name: path for line in lines for _, names, path in [line.split(":", 2)] for name in names.split(",")}
    if not any(identity in path for path in paths.values()):
        return None
    candidates: list[Callable[[], ControlGroup]] = []
    if "memory" in paths and "cpuacct" in paths:
        memory, cpu = (root / name / paths[name].lstrip("/") for name in ("memory", "cpuacct"))
        candidates.append(lambda: ControlGroup(memory, cpu, unified=False))
    if "" in paths:
        whole = root / paths[""].lstrip("/")
        candidates.append(lambda: ControlGroup(whole, whole, unified=True))
    for candidate in candidates:
        with contextlib.suppress(OSError, ValueError, KeyError):
            found = candidate()
            found.memory(), found.cpu_seconds()
            return found
    return None


def _fields(path: Path) -> dict[str, int]:
    return {name: int(number) for name, number in (line.split() for line in path.read_text().splitlines())}

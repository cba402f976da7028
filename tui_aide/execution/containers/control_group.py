"""The kernel's account of a container, where its processes are this machine's; and their death by it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tui_aide.execution.cgroups.files import PROCESSES, fields, paths

_CGROUPS = Path("/sys/fs/cgroup")
_KILL_SECONDS = 2.0


class ControlGroup:
    """The kernel's account of one container, in the files of control groups of version 1 or 2."""

    def __init__(self, memory: Path, cpu: Path, *, unified: bool) -> None:
        self._memory, self._cpu, self._unified = memory / "memory.stat", cpu, unified

    def memory(self) -> int:
        """Return the bytes of anonymous and shared memory."""
        told = fields(self._memory)
        names = ("anon", "shmem") if self._unified else ("total_rss", "total_shmem")
        return sum(told.get(name, 0) for name in names)

    def cpu_seconds(self) -> float:
        """Return the CPU seconds used so far."""
        if self._unified:
            return fields(self._cpu / "cpu.stat")["usage_usec"] / 1e6
        return int((self._cpu / "cpuacct.usage").read_bytes()) / 1e9


def control_group(pid: int, identity: str, root: Path = _CGROUPS, processes: Path = PROCESSES) -> ControlGroup | None:
    """Return the control group of a container; None where its first process is not one of this machine's.

    Args:
        pid: of the first process, as the engine has it.
        identity: the container's whole id, which the group is named after.
        root: where control groups are mounted.
        processes: where processes are.
    """
    own = paths(pid, processes)
    if not any(identity in path for path in own.values()):
        return None
    candidates: list[Callable[[], ControlGroup]] = []
    if "memory" in own and "cpuacct" in own:
        memory, cpu = (root / name / own[name].lstrip("/") for name in ("memory", "cpuacct"))
        candidates.append(lambda: ControlGroup(memory, cpu, unified=False))
    if "" in own:
        whole = root / own[""].lstrip("/")
        candidates.append(lambda: ControlGroup(whole, whole, unified=True))
    for candidate in candidates:
        with contextlib.suppress(OSError, ValueError, KeyError):
            found = candidate()
            found.memory(), found.cpu_seconds()
            return found
    return None


def kill_all(identity: str) -> None:
    """Kill the processes of a container, and wait for a moment until they are dead.

    For an engine that has died or does not answer. Nothing happens where its processes are not this machine's.
    """
    if sys.platform != "linux":
        return
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline:
        found = [int(p.name) for p in PROCESSES.iterdir() if p.name.isdigit() and _belongs(int(p.name), identity)]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                handle = os.pidfd_open(pid)
                try:
                    if _belongs(pid, identity):  # still, now that the handle holds on to it
                        signal.pidfd_send_signal(handle, signal.SIGKILL)
                finally:
                    os.close(handle)
        time.sleep(0.02)


def _belongs(pid: int, identity: str) -> bool:
    return any(identity in path for path in paths(pid).values())

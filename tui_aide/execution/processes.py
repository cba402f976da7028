"""What the descendants of one process use, and how to find and kill strays. /proc where there is one, else psutil."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import msgspec
import psutil

from tui_aide.execution.environment import MARKER

_LINUX = sys.platform == "linux"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_GONE = (OSError, psutil.Error)
_DYING_SECONDS = 0.2


class Load(msgspec.Struct, frozen=True):
    """What a group of processes uses: resident bytes (shared pages counted in each), CPU seconds, process ids."""

    memory: int
    cpu_seconds: float
    processes: tuple[int, ...]


class ProcessTable:
    """Who is whose child, looked up at most once in `max_age` seconds, however many groups ask.

    Attributes:
        adopted: processes that are to count as below another one than their parent, by their id.
    """

    def __init__(self, max_age: float = 0.2) -> None:
        self.max_age = max_age
        self.adopted: dict[int, int] = {}
        self._children: dict[int, list[int]] = {}
        self._time = float("-inf")

    def descendants(self, root: int) -> list[int]:
        """Return the ids of the processes below `root`, without it."""
        if time.monotonic() - self._time > self.max_age:
            self._children = _children()
            for child, parent in self.adopted.items():
                self._children.setdefault(parent, []).append(child)
            self._time = time.monotonic()
        found: list[int] = []
        front = [root]
        while front:
            front = [child for pid in front for child in self._children.get(pid, ())]
            found += front
        return found

    def load(self, root: int) -> Load:
        """Return what the processes below `root` use now."""
        memory, cpu, alive = 0, 0.0, []
        for pid in self.descendants(root):
            with contextlib.suppress(*_GONE):
                one_memory, one_cpu = _use(pid)
                memory, cpu = memory + one_memory, cpu + one_cpu
                alive.append(pid)
        return Load(memory, cpu, tuple(alive))


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    if not _LINUX:
        for process in psutil.process_iter(["ppid"]):
            children.setdefault(process.info["ppid"], []).append(process.pid)
        return children
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(_stat(name)[1]), []).append(int(name))
    return children


def _stat(pid: int | str) -> list[bytes]:
    """Return the fields of /proc/PID/stat from the state on, which is number 0."""
    with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
        return file.read().rpartition(b")")[2].split()


def _use(pid: int) -> tuple[int, float]:
    """Return resident bytes and CPU seconds of a process, with those of its children that have ended."""
    if _LINUX:
        fields = _stat(pid)
        return int(fields[21]) * _PAGE, sum(map(int, fields[11:15])) / _TICK
    process = psutil.Process(pid)
    cpu = process.cpu_times()
    return process.memory_info().rss, cpu.user + cpu.system + cpu.children_user + cpu.children_system


def proportional_memory(processes: tuple[int, ...]) -> int:
    """Return the bytes that processes hold together, shared pages counted once; resident bytes where that is unknown.

    What a single one shares with processes that are not asked about, such as the one it was forked from, is not its.
    Pages of files, such as of a `numpy.memmap`, are not counted where they can be told: the kernel drops them at need.

    The kernel walks the page tables for this, so it is asked only where the cheap sum may mislead.
    """
    total = 0
    for pid in processes:
        with contextlib.suppress(*_GONE):
            total += _proportional(pid, alone=len(processes) == 1) if _LINUX else psutil.Process(pid).memory_info().rss
    return total


def _proportional(pid: int, *, alone: bool) -> int:
    try:
        told = {
            line[0]: line[1] for line in map(bytes.split, Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines())
        }
        kept = (b"Pss_Anon:", b"Pss_Shmem:") if b"Pss_Anon:" in told else (b"Pss:",)
        memory = sum(int(told.get(name, 0)) for name in kept)
        return (min(memory, int(told.get(b"Private_Dirty:", memory))) if alone else memory) * 1024
    except PermissionError:
        pass  # a hardened kernel; the resident size is the next best
    return _use(pid)[0]


def kill_marked(run: str) -> int:
    """Kill every process that carries the marker of `run`, and wait until they are dead; return how many there were.

    For the cases that the launcher cannot see: it was killed itself, or the system has no subreapers.
    """
    killed = []
    for process in psutil.process_iter():
        with contextlib.suppress(*_GONE):
            if process.environ().get(MARKER) == run:
                process.kill()
                killed.append(process)
    deadline = time.monotonic() + _DYING_SECONDS
    while any(map(_lives, killed)) and time.monotonic() < deadline:
        time.sleep(0.002)
    return len(killed)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except _GONE:
        return False

"""One run's control group: its limits, its account, and the death of all that is in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Set
from pathlib import Path

import msgspec

from tui_aide.execution.cgroups.files import fields, write
from tui_aide.execution.executor import EndReason

_KILL_SECONDS = 2.0
_REMOVAL_SECONDS = 2.0
_PAUSE = 0.005


class Account(msgspec.Struct, frozen=True):
    """What the kernel told of a run's group in the end.

    Attributes:
        killed: processes of it that the kernel killed for want of memory.
        at_limit: whether that was for its own limit, and not for the machine's memory.
        refused: how often it was refused another process or thread.
        peak: the most bytes that it held, pages of files among them; 0 where the kernel does not tell.
        cpu_seconds: of all that was ever in it.
    """

    killed: int = 0
    at_limit: bool = False
    refused: int = 0
    peak: int = 0
    cpu_seconds: float = 0.0

    @property
    def reason(self) -> EndReason | None:
        """The limit that a run which failed has failed at, as far as this tells."""
        return "out_of_memory" if self.killed else "process_limit" if self.refused else None


class RunGroup:
    """The group of one run, from `make` to `remove`. While it is held here, no other runner sweeps it away.

    Attributes:
        place: its folder.
        holds_memory: whether the kernel holds it to a limit of memory.
    """

    def __init__(self, place: Path, lock: int) -> None:
        """Take a group that lies at `place`, and the descriptor that its lock is held by."""
        self.place = place
        self.holds_memory = False
        self._lock = lock

    @classmethod
    def make(cls, place: Path) -> RunGroup:
        """Make a group without limits, at a place.

        Raises:
            OSError: the kernel refuses; nothing is left of it then.
        """
        place.mkdir()
        group = cls(place, -1)
        try:
            group._lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(group._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            group.remove(seconds=0)
            raise
        return group

    @classmethod
    def left(cls, place: Path) -> RunGroup | None:
        """Take over a group whose runner is dead; None where it lives, or the group is gone."""
        lock = -1
        try:
            lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if lock >= 0:
                os.close(lock)
            return None
        return cls(place, lock)

    def limit(self, controllers: Set[str], memory: int | None, processes: int) -> None:
        """Set its limits.

        Args:
            controllers: those that its parent hands down.
            memory: the most bytes that it may hold, of which none are swapped out; None is no limit.
            processes: of the script and its sandbox, threads included; there are always fewer.

        Raises:
            OSError: the kernel refuses.
        """
        if "memory" in controllers:
            write(self.place / "memory.oom.group", "1")
            if memory is not None:
                write(self.place / "memory.max", str(memory))
                with contextlib.suppress(FileNotFoundError):  # a kernel without swap
                    write(self.place / "memory.swap.max", "0")
                self.holds_memory = True
        if "pids" in controllers:
            # One less than RLIMIT_NPROC in namespaces, which would refuse first and tell nobody.
            write(self.place / "pids.max", str(max(processes - 1, 1)))

    def entrance(self) -> int | None:
        """Return a descriptor that a process writes `0` to, to enter; the caller closes it. None: the group is gone."""
        try:
            return os.open(self.place / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            return None

    def processes(self) -> list[int]:
        """Return the numbers of the processes in it."""
        try:
            return [int(line) for line in (self.place / "cgroup.procs").read_text().split()]
        except OSError:
            return []

    def kill(self) -> None:
        """Kill all that is in it; they are dead within moments. Before Linux 5.14 it returns when none is left."""
        try:
            write(self.place / "cgroup.kill", "1")
        except FileNotFoundError:
            self._kill_each()
        except OSError:
            return  # the group is gone

    def _kill_each(self) -> None:
        deadline = time.monotonic() + _KILL_SECONDS
        while (left := self.processes()) and time.monotonic() < deadline:
            for process in left:
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(_PAUSE)

    def account(self) -> Account:
        """Return what the kernel tells of it; what it does not tell is 0."""
        memory, events = self._told("memory.events"), self._told("pids.events")
        peak = 0
        with contextlib.suppress(OSError, ValueError):
            peak = int((self.place / "memory.peak").read_text())
        return Account(
            killed=memory.get("oom_kill", 0),
            at_limit=memory.get("oom", 0) > 0,
            refused=events.get("max", 0),
            peak=peak,
            cpu_seconds=self._told("cpu.stat").get("usage_usec", 0) / 1e6,
        )

    def _told(self, name: str) -> dict[str, int]:
        try:
            return fields(self.place / name)
        except (OSError, ValueError):
            return {}

    def remove(self, seconds: float = _REMOVAL_SECONDS) -> bool:
        """Kill what is in it and remove it, within so many seconds; return whether it is gone.

        What stays is removed by a later start's sweep.
        """
        deadline = time.monotonic() + seconds
        try:
            while True:
                try:
                    self.place.rmdir()
                except FileNotFoundError:
                    return True
                except OSError:
                    if time.monotonic() >= deadline:
                        return False
                    self.kill()
                    time.sleep(_PAUSE)
                else:
                    return True
        finally:
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1

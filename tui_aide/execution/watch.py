"""The watch over one running script: it looks every 50 ms whether a limit is passed, and says which."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tui_aide.execution.executor import EndReason, Execution, Usage
from tui_aide.execution.gauge import Gauge
from tui_aide.execution.gpu_gauge import GpuGauge
from tui_aide.execution.pump import Pump
from tui_aide.execution.running import RunningScript

_TICK = 0.05
_MEMORY_TICKS = 2
_USAGE_TICKS = 5
_SANDBOX_PROCESSES = 3
_DISK_SECONDS = 0.5
_DISK_SHARE = 0.05
"""Of the time, so much is spent on summing up folders at most."""
MOST_FILES = 200_000
"""Files that a work folder may come to hold: each takes an inode, of which disks have a limited number."""


class Watch:
    """Looks at a running script until it ends or must be ended.

    Attributes:
        script: what is watched.
        gauge: what it uses, as last read.
        disk: the most bytes that its folder was seen to hold, in `files` files.
        gpus: what it holds of the GPUs; None where it has none, or nothing tells.
    """

    def __init__(
        self,
        script: RunningScript,
        execution: Execution,
        pump: Pump,
        gauge: Gauge,
        gpus: GpuGauge | None = None,
        processes: Callable[[], Sequence[int]] = tuple,
    ) -> None:
        """Begin to count its time; `processes` tells those whose open files are looked at, too."""
        self.script = script
        self.execution = execution
        self.gauge = gauge
        self.gpus = gpus
        self.disk = self.files = 0
        self._pump = pump
        self._processes = processes
        self._asked: EndReason | None = None
        self._began = time.monotonic()
        self._sizing: asyncio.Future[None] | None = None
        self._size_next = self._began + _DISK_SECONDS

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    @property
    def gpu_memory(self) -> int:
        """The most bytes of the GPUs that it was seen to hold."""
        return self.gpus.peak_memory if self.gpus else 0

    def stop(self, reason: EndReason) -> None:
        """Have the script killed, and its end told as `reason`."""
        self._asked = self._asked or reason
        self.script.kill()

    async def until_end(self, on_usage: Callable[[Usage], None] | None) -> EndReason:
        """Return why the script has ended, or must be ended now."""
        execution, tick = self.execution, 0
        while not self.script.ended.done():
            left = execution.seconds - self.seconds
            if left <= 0:
                return self._asked or "timeout"
            await asyncio.wait({self.script.ended}, timeout=min(_TICK, left))
            if self.script.ended.done():
                break
            tick += 1
            if self._pump.total > execution.output_bytes:
                return self._asked or "output_limit"
            if tick % _MEMORY_TICKS == 0 and self._measure(exact=tick % (2 * _USAGE_TICKS) == 0):
                return self._asked or "out_of_memory"
            if self.gauge.processes > execution.processes + _SANDBOX_PROCESSES:
                return self._asked or "process_limit"
            if self._measure_disk():
                return self._asked or "disk_full"
            if tick % _USAGE_TICKS == 0:
                usage = self._usage()
                if on_usage:
                    on_usage(usage)
        return self._asked or "exited"

    async def close(self) -> None:
        """Wait until nothing of ours looks at the folder any more."""
        if self._sizing is not None:
            await asyncio.wait({self._sizing})

    def _usage(self) -> Usage:
        if self.gpus:
            self.gpus.measure()
        held = self.gpus.memory if self.gpus else 0
        return Usage(self.seconds, self.gauge.memory, self.gauge.cpu_seconds, self._pump.total, self.disk, held)

    def _measure(self, exact: bool) -> bool:
        """Note what is used now; return whether it is more memory than allowed."""
        limit = self.execution.memory
        self.gauge.measure(exact=exact, limit=limit)
        return limit is not None and self.gauge.memory > limit

    def _measure_disk(self) -> bool:
        """Begin to sum up the folder, in a thread, when that is due; return whether it holds more than allowed."""
        if self.disk > self.execution.disk or self.files > MOST_FILES:
            return True
        if time.monotonic() > self._size_next and (self._sizing is None or self._sizing.done()):
            self._size_next = float("inf")
            self._sizing = asyncio.get_running_loop().run_in_executor(None, self._sum_up, self._processes())
        return False

    def _sum_up(self, processes: Sequence[int]) -> None:
        began = time.monotonic()
        size, files = folder_size(self.execution.folder, MOST_FILES + 1)
        size += nameless_size(self.execution.folder, processes)
        self.disk, self.files = max(self.disk, size), max(self.files, files)
        took = time.monotonic() - began
        self._size_next = time.monotonic() + max(_DISK_SECONDS, took / _DISK_SHARE)


def folder_size(folder: Path, most: int = MOST_FILES) -> tuple[int, int]:
    """Return the bytes on the disk below a folder, and the number of files; links are not followed.

    Args:
        folder: where to look; what vanishes meanwhile is not counted.
        most: the sum ends after so many files.
    """
    size = files = 0
    left = [os.fspath(folder)]
    while left and files < most:
        try:
            place = left.pop()
            if not os.access(place, os.R_OK | os.X_OK):
                _open_up(place, folder)
            with os.scandir(place) as entries:
                for entry in entries:
                    files += 1
                    try:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            left.append(entry.path)
                    except OSError:
                        continue
                    if files >= most:
                        break
        except OSError:
            continue
    return size, files


def nameless_size(folder: Path, processes: Sequence[int]) -> int:
    """Return the bytes of files that processes have open but that have no name any more, on the disk of a folder."""
    found: dict[int, int] = {}
    with contextlib.suppress(OSError):
        device = folder.stat().st_dev
        for process in processes:
            with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        told = entry.stat()
                        if not told.st_nlink and told.st_dev == device and stat.S_ISREG(told.st_mode):
                            found[told.st_ino] = told.st_blocks * 512
    return sum(found.values())


def _open_up(place: str, folder: Path) -> None:
    """Let us look into a folder that a script has closed, where it lies below `folder` and not behind a link."""
    if not hasattr(os, "O_PATH"):
        return
    with contextlib.suppress(OSError):
        fd = os.open(place, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            opened = f"/proc/self/fd/{fd}"
            if Path(opened).readlink().is_relative_to(folder.resolve()):
                Path(opened).chmod(0o700)
        finally:
            os.close(fd)

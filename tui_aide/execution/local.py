"""The executor for this machine: each script in its own session below a launcher, watched for time, memory and output.

It keeps honest mistakes in check, and leftovers; it is no sandbox against a script that means harm.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_aide.errors import ExecutionError
from tui_aide.execution.ending import describe
from tui_aide.execution.executor import EndReason, Execution, Outcome, Usage
from tui_aide.execution.processes import ProcessTable, proportional_memory
from tui_aide.execution.spool import length, shorten
from tui_aide.execution.supervised import SupervisedScript

_TICK = 0.05
_MEMORY_TICKS = 2
_USAGE_TICKS = 5
_LONGEST_TEMPORARY = 70
"""Sockets below TMPDIR must fit in about 100 bytes of path."""


class LocalExecutor:
    """Runs scripts on this machine; several `run` at once are independent.

    Args:
        python: the interpreter of the scripts; by default the one that runs this.
    """

    def __init__(self, python: Path | None = None) -> None:
        self._python = python or Path(sys.executable)
        self._table = ProcessTable()
        self._watches: set[_Watch] = set()

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        """Run one script to its end; whatever it has started is dead when this returns or raises.

        Args:
            execution: what to run, and its limits.
            on_usage: told four times a second what the script uses.

        Raises:
            ExecutionError: it could not be started.
        """
        if not execution.folder.is_dir():
            raise ExecutionError(f"{execution.folder} cannot be used as a work folder: there is no such folder.")
        with _own_folders(execution.folder) as (home, temporary):
            start = length(execution.output)
            script = SupervisedScript(execution, self._python, home, temporary)
            watch = _Watch(script, execution, start, self._table)
            self._watches.add(watch)
            try:
                reason = await watch.until_end(on_usage)
            finally:
                self._watches.discard(watch)
                report = await script.close()
                shorten(execution.output, start, execution.output_bytes)
        returncode = report.returncode if report else None
        return Outcome(
            reason=reason,
            returncode=returncode,
            seconds=report.seconds if report else watch.seconds,
            cpu_seconds=max(report.cpu_seconds if report else 0.0, watch.cpu_seconds),
            peak_memory=max(report.largest if report else 0, watch.peak_memory),
            message=describe(reason, returncode, execution, watch.memory),
        )

    async def aclose(self) -> None:
        """Kill whatever still runs, and wait until it is dead; those runs end as cancelled."""
        watches = list(self._watches)
        for watch in watches:
            watch.cancel()
        if watches:
            await asyncio.wait({watch.script.ended for watch in watches})


class _Watch:
    """Looks at a running script every 50 ms and kills it at its limits."""

    def __init__(self, script: SupervisedScript, execution: Execution, start: int, table: ProcessTable) -> None:
        self.script = script
        self.memory = 0
        self.peak_memory = 0
        self.cpu_seconds = 0.0
        self._execution = execution
        self._start = start
        self._table = table
        self._cancelled = False
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def cancel(self) -> None:
        """Have the script killed as cancelled."""
        self._cancelled = True
        self.script.kill()

    async def until_end(self, on_usage: Callable[[Usage], None] | None) -> EndReason:
        """Return why the script has ended, or must be ended now."""
        execution, tick = self._execution, 0
        while not self.script.ended.done():
            left = execution.seconds - self.seconds
            if left <= 0:
                return "timeout"
            await asyncio.wait({self.script.ended}, timeout=min(_TICK, left))
            if self.script.ended.done():
                break
            tick += 1
            if length(execution.output) - self._start > execution.output_bytes:
                return "output_limit"
            if tick % _MEMORY_TICKS == 0 and self._measure(exact=tick % (2 * _USAGE_TICKS) == 0):
                return "out_of_memory"
            if tick % _USAGE_TICKS == 0 and on_usage:
                on_usage(Usage(self.seconds, self.memory, self.cpu_seconds))
        return "cancelled" if self._cancelled else "exited"

    def _measure(self, exact: bool) -> bool:
        """Note what is used now; return whether it is more memory than allowed.

        Resident sizes count what processes share once for each of them, so several processes are, from time to time
        and whenever that sum is past the limit, weighed by their proportional sizes.
        """
        load = self._table.load(self.script.pid)
        limit = self._execution.memory
        self.memory = load.memory
        if len(load.processes) > 1 and (exact or (limit is not None and load.memory > limit)):
            self.memory = proportional_memory(load.processes)
        if exact or len(load.processes) <= 1:
            self.peak_memory = max(self.peak_memory, self.memory)
        self.cpu_seconds = max(self.cpu_seconds, load.cpu_seconds)
        if limit is None or self.memory <= limit:
            return False
        self.peak_memory = max(self.peak_memory, self.memory)
        return True


@contextmanager
def _own_folders(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Make a script's home and folder for temporary files, and remove both in the end."""
    home = folder.absolute() / ".home"
    try:
        home.mkdir(exist_ok=True)
        if len(str(folder.absolute())) < _LONGEST_TEMPORARY:
            temporary = folder.absolute() / ".tmp"
            temporary.mkdir(exist_ok=True)
        else:
            temporary = Path(tempfile.mkdtemp(prefix="tui-aide-"))
    except OSError as error:
        raise ExecutionError(f"{folder} cannot be written: {error.strerror}.") from error
    try:
        yield home, temporary
    finally:
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(temporary, ignore_errors=True)

"""The executor for this machine: each script in a sandbox below a launcher, watched for time, memory, output, disk."""

from __future__ import annotations

import asyncio
import errno
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution.cgroups.group import Account, RunGroup
from tui_aide.execution.cgroups.groups import RunGroups, open_groups, run_group
from tui_aide.execution.ending import describe
from tui_aide.execution.environment import HOOKS, script_environment
from tui_aide.execution.executor import EndReason, Execution, Outcome, Place, Usage
from tui_aide.execution.gauge import ProcessGauge
from tui_aide.execution.gpu_gauge import GpuTable
from tui_aide.execution.interpreter import Interpreter, find_interpreter
from tui_aide.execution.outwaiting import outwait
from tui_aide.execution.processes import ProcessTable
from tui_aide.execution.pump import OutputPump, Sink
from tui_aide.execution.running import RunningScript
from tui_aide.execution.sandboxes.plain import NoSandbox
from tui_aide.execution.sandboxes.sandbox import Confined, Sandbox
from tui_aide.execution.spool import KEPT, Spool
from tui_aide.execution.supervised import SupervisedScript
from tui_aide.execution.warm.warm_script import WarmScript
from tui_aide.execution.warm.warm_starter import WarmStarter
from tui_aide.execution.watch import Watch
from tui_aide.tasks.read_only import remove_tree

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SECOND_LINE = 2**28
_LONGEST_TEMPORARY = 70
"""Sockets below TMPDIR must fit in about 100 bytes of path; of a longer one a link elsewhere is the short name."""


class LocalExecutor:
    """Runs scripts on this machine; several `run` at once are independent.

    Args:
        python: the interpreter of the scripts; by default the one that runs this.
        sandbox: what keeps them to their folders; by default nothing does.
        sink: makes what takes a run's output, given its file and the bytes to keep at each end; by default a spool.
        warm_threads: CPU threads of the scripts that are to be forked from a process that has the usual modules loaded;
            None has each start in a fresh interpreter, as a script with other threads does in any case.
        groups: opens the control groups of runs, None where there are none and the watch is all that holds limits.
    """

    def __init__(
        self,
        python: Path | None = None,
        sandbox: Sandbox | None = None,
        *,
        sink: Callable[[Path, int], Sink] = Spool,
        warm_threads: int | None = None,
        groups: Callable[[], RunGroups | None] = open_groups,
    ) -> None:
        self._python = python
        self._sink = sink
        self._sandbox = sandbox or NoSandbox()
        self._table = ProcessTable()
        self._gpus = GpuTable(self._table)
        self._runs: set[_Run] = set()
        self._closed = False
        self._warm_threads = warm_threads if sys.platform == "linux" else None
        self._starter: WarmStarter | None = None
        self._open_groups = groups
        self._groups: asyncio.Future[RunGroups | None] | None = None

    @property
    def place(self) -> Place:
        """Where scripts run."""
        return self._sandbox.place

    @property
    def warm(self) -> WarmStarter | None:
        """What starts scripts warm; None before `start`, and where each starts in a fresh interpreter."""
        return self._starter

    async def start(self) -> None:
        """Ask the interpreter where it lies, open control groups, and have modules begin to load for warm starts.

        Raises:
            ExecutionError: it cannot be run.
        """
        python = await self.interpreter()
        if self._groups is None:
            self._groups = asyncio.ensure_future(asyncio.to_thread(self._open_groups))
        await asyncio.shield(self._groups)
        if self._warm_threads is not None and not self._closed:
            self._starter = self._starter or WarmStarter(python.path)
            self._starter.prepare(self._warm_threads)

    async def interpreter(self) -> Interpreter:
        """Return the scripts' Python.

        Raises:
            ExecutionError: it cannot be run.
        """
        return await asyncio.to_thread(find_interpreter, self._python)

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
        run = _Run(execution, "cancelled" if self._closed else None)
        self._runs.add(run)
        try:
            await self.start()
            async with _own_folders(execution.folder) as (home, temporary):
                return await self._run(run, home, temporary, on_usage)
        finally:
            self._runs.discard(run)
            run.ended.set_result(None)

    async def _run(self, run: _Run, home: Path, temporary: Path, on_usage: Callable[[Usage], None] | None) -> Outcome:
        execution = run.execution
        groups = await self._groups if self._groups else None
        async with run_group(groups, execution.memory, execution.processes) as group:
            return await self._run_in(group, run, home, temporary, on_usage)

    async def _run_in(
        self, group: RunGroup | None, run: _Run, home: Path, temporary: Path, on_usage: Callable[[Usage], None] | None
    ) -> Outcome:
        execution = run.execution
        pump = OutputPump(execution.output, min(KEPT, execution.output_bytes // 2), self._sink)
        try:
            warm = await self._begin_warm(execution, home, temporary, pump, group)
            script = warm or self._begin(execution, home, temporary, pump, group)
            pump.started()
            if warm and warm.beside:
                self._table.adopted[warm.beside] = warm.pid
            gauge = ProcessGauge(self._table, script.pid, forked=warm is not None)
            gpus = self._gpus.gauge(script.pid, execution.gpus)
            watch = Watch(
                script, _watched(execution, group), pump, gauge, gpus, lambda: self._table.descendants(script.pid)
            )
            run.begun(watch)
            try:
                reason = await watch.until_end(on_usage)
            finally:
                if group and not script.ended.done():
                    group.kill()
                report = await script.close()
                await watch.close()
                if warm:
                    self._table.adopted.pop(warm.beside, None)
        finally:
            await pump.close()
        account = group.account() if group else Account()
        returncode = report.returncode if report and not report.lost else None
        if reason == "exited" and returncode != 0:
            reason = account.reason or reason
        if report and report.failure and reason == "exited":
            raise ExecutionError(f"the sandbox of {execution.folder} could not be set up: {report.failure}.")
        if report and report.lost and reason == "exited":
            reason = "lost"
        if reason == "timeout" and returncode == 0:
            reason = "exited"  # by itself, in the very moment of its limit
        peak = max(report.largest if report else 0, watch.gauge.peak_memory)
        if account.killed and account.at_limit:
            peak = account.peak or execution.memory or peak  # pages of libraries may count for another group
        memory = peak if account.killed else watch.gauge.memory
        message = describe(
            reason,
            returncode,
            execution,
            memory=memory,
            disk=watch.disk,
            by_system=bool(account.killed) and not account.at_limit,
        )
        if reason == "exited" and returncode != 0 and pump.error is not None:
            message += f"; what it printed could not be kept: {pump.error.strerror}"
            reason = "disk_full" if pump.error.errno in _FULL else reason
        return Outcome(
            reason=reason,
            returncode=returncode,
            seconds=report.seconds if report else watch.seconds,
            cpu_seconds=max(report.cpu_seconds if report else 0.0, watch.gauge.cpu_seconds, account.cpu_seconds),
            peak_memory=peak,
            message=message,
            output=pump.total,
            disk=watch.disk,
            gpu_memory=watch.gpu_memory,
        )

    def kill(self, execution: Execution) -> None:
        """Have a run end as `killed`."""
        for run in self._runs:
            if run.execution is execution:
                run.stop("killed")

    async def aclose(self) -> None:
        """Kill whatever still runs, and wait until it is dead; those runs end as cancelled."""
        self._closed = True
        runs = list(self._runs)
        for run in runs:
            run.stop("cancelled")
        if runs:
            await asyncio.wait({run.ended for run in runs})
        if self._starter is not None:
            await self._starter.aclose()

    async def _begin_warm(
        self, execution: Execution, home: Path, temporary: Path, pump: OutputPump, group: RunGroup | None
    ) -> WarmScript | None:
        """Fork a script from what has its modules loaded; return None where it must be started cold."""
        if self._starter is None:
            return None
        python = find_interpreter(self._python)
        confinement = self._sandbox.specification(execution, (*python.places, HOOKS), (temporary,))
        if confinement is None:
            return None
        environment = _environment(execution, home, temporary, python.path)
        return await self._starter.begin(execution, environment, confinement, pump, group)

    def _begin(
        self, execution: Execution, home: Path, temporary: Path, pump: OutputPump, group: RunGroup | None
    ) -> RunningScript:
        """Start a script cold, in a fresh interpreter."""
        python = find_interpreter(self._python)

        def confine(variables: dict[str, str]) -> Confined:
            return self._sandbox.confine(
                execution, [str(python.path), execution.script], variables, (*python.places, HOOKS), (temporary,)
            )

        environment = _environment(execution, home, temporary, python.path)
        return SupervisedScript(execution, python.path, environment, confine, pump, group)


class _Run:
    """One call of `run`, from its begin on: it may be told to stop before its script has started.

    Attributes:
        ended: done when the call is about to return or raise.
    """

    def __init__(self, execution: Execution, asked: EndReason | None) -> None:
        self.execution = execution
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked = asked
        self._watch: Watch | None = None

    def begun(self, watch: Watch) -> None:
        """Take the watch over the script; it is stopped at once where that was asked for before."""
        self._watch = watch
        if self._asked:
            watch.stop(self._asked)

    def stop(self, reason: EndReason) -> None:
        self._asked = self._asked or reason
        if self._watch:
            self._watch.stop(self._asked)


def _watched(execution: Execution, group: RunGroup | None) -> Execution:
    """Return a run with the limits that the watch is to hold it to: memory is the kernel's to hold, if it does.

    The two differ: only the watch counts its share of what a warm script has in common with others.
    """
    if execution.memory is None or not (group and group.holds_memory):
        return execution
    return msgspec.structs.replace(execution, memory=execution.memory + execution.memory // 8 + _SECOND_LINE)


def _environment(execution: Execution, home: Path, temporary: Path, python: Path) -> Callable[[str], dict[str, str]]:
    """Return what makes the script's variables, given the identity of its run."""

    def environment(run: str) -> dict[str, str]:
        return script_environment(
            home,
            temporary,
            execution.threads,
            run,
            python=python,
            gpus=execution.gpus,
            gpu_fraction=execution.gpu_fraction,
        )

    return environment


@asynccontextmanager
async def _own_folders(folder: Path) -> AsyncIterator[tuple[Path, Path]]:
    """Make a script's home and folder for temporary files, and remove both in the end."""
    home, temporary = (folder.absolute() / name for name in (".home", ".tmp"))
    made = [home, temporary]
    short = temporary
    try:
        for place in (home, temporary):
            place.mkdir(exist_ok=True)
        if len(str(temporary.parent)) >= _LONGEST_TEMPORARY:
            made.append(Path(tempfile.mkdtemp(prefix="tui-aide-")))
            short = made[-1] / "tmp"
            short.symlink_to(temporary)
    except OSError as error:
        await _removed(*made)
        raise ExecutionError(f"{folder} cannot be written: {error.strerror}.") from error
    try:
        yield home, short
    finally:
        await _removed(*made)


async def _removed(*folders: Path) -> None:
    """Remove folders, which may hold very many files; a cancellation is kept until they are gone."""
    removing = [asyncio.ensure_future(asyncio.to_thread(remove_tree, folder, ignore_errors=True)) for folder in folders]
    if await outwait(*removing):
        raise asyncio.CancelledError

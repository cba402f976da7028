"""One script under its launcher: started, let go of, and its end reported. What the limits are is not known here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import uuid
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution import launcher
from tui_aide.execution.environment import script_environment
from tui_aide.execution.executor import Execution
from tui_aide.execution.processes import kill_marked
from tui_aide.execution.spool import open_spool

_NICENESS = 10
_GRACE_SECONDS = 15.0
_FILE_FLOOR = 2**31
_DATA_MARGIN = 2**30


class Report(msgspec.Struct, frozen=True):
    """What the launcher saw: exit code (negative for a signal), seconds, CPU seconds, largest process in bytes."""

    returncode: int
    seconds: float
    cpu_seconds: float
    largest: int
    survivors: int


class SupervisedScript:
    """A script that runs below a launcher process.

    The launcher reads from a pipe of ours: once that is written to or closed, by `kill` or by the death of this
    process, it kills all that the script has started.

    Attributes:
        ended: done when the launcher has ended and so nothing of the script runs any more.
        pid: process id of the launcher; the script and its children are below it.
    """

    def __init__(self, execution: Execution, python: Path, home: Path, temporary: Path) -> None:
        """Start the script.

        Raises:
            ExecutionError: it could not be started.
        """
        self._run = uuid.uuid4().hex
        self._report = b""
        environment = script_environment(
            home,
            temporary,
            execution.threads,
            self._run,
            gpus=execution.gpus,
            gpu_fraction=execution.gpu_fraction,
        )
        self._process = _spawn(execution, python, environment)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._lifeline, self._reports = self._process.stdin, self._process.stdout
        self.pid = self._process.pid
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        os.set_blocking(self._reports.fileno(), False)
        self._loop.add_reader(self._reports.fileno(), self._read)

    def _read(self) -> None:
        data = os.read(self._reports.fileno(), 4096)
        self._report += data
        if not data:
            self._loop.remove_reader(self._reports.fileno())
            if not self.ended.done():
                self.ended.set_result(None)

    def kill(self) -> None:
        """Have everything killed; `ended` tells when that is done."""
        if not self._lifeline.closed:
            with contextlib.suppress(BrokenPipeError):
                self._lifeline.write(b".")
            self._lifeline.close()

    async def close(self) -> Report | None:
        """Kill whatever is left, wait for it and return the launcher's report; None where there is none.

        A cancellation is kept until all is dead.
        """
        self.kill()
        cancelled = False
        deadline = self._loop.time() + _GRACE_SECONDS
        while not self.ended.done() and (left := deadline - self._loop.time()) > 0:
            try:
                await asyncio.wait({self.ended}, timeout=left)
            except asyncio.CancelledError:
                cancelled = True
        report = self._finish()
        if cancelled:
            raise asyncio.CancelledError
        return report

    def _finish(self) -> Report | None:
        self._loop.remove_reader(self._reports.fileno())
        self._reports.close()
        if not self.ended.done():
            self._process.kill()  # stopped or stuck
            self.ended.set_result(None)
        self._process.wait()
        report = parse_report(self._report)
        if report is None or report.survivors or sys.platform != "linux":
            kill_marked(self._run)
        return report


def parse_report(line: bytes) -> Report | None:
    """Return what the launcher wrote at its end; None where it was killed before."""
    fields = line.split()
    if len(fields) != 5:
        return None
    code, seconds, cpu, largest, survivors = fields
    return Report(int(code), float(seconds), float(cpu), int(largest), int(survivors))


def _spawn(execution: Execution, python: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    if not (execution.folder / execution.script).is_file():
        raise ExecutionError(f"{execution.folder / execution.script} cannot be run: there is no such file.")
    file_bytes = max(_FILE_FLOOR, 4 * execution.output_bytes)
    data_bytes = 2 * execution.memory + _DATA_MARGIN if execution.memory else 0
    command = [str(python), "-I", "-S", launcher.__file__]
    command += [str(_NICENESS), str(file_bytes), str(data_bytes), "0", str(python), execution.script]
    try:
        output = open_spool(execution.output)
    except OSError as error:
        raise ExecutionError(f"{execution.output} cannot be written: {error.strerror}.") from error
    try:
        return subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd=execution.folder,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise ExecutionError(
            f"{execution.script} in {execution.folder} cannot be started by {python}: {error.strerror}."
        ) from error
    finally:
        os.close(output)

"""One script under its launcher: started, let go of, and its end reported. What the limits are is not known here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution import launcher
from tui_aide.execution.cgroups.group import RunGroup
from tui_aide.execution.executor import Execution
from tui_aide.execution.inside.enter import ENTERED
from tui_aide.execution.outwaiting import outwait
from tui_aide.execution.processes import kill_marked
from tui_aide.execution.pump import OutputPump
from tui_aide.execution.running import Report
from tui_aide.execution.sandboxes.sandbox import Confined

NICENESS = 10
"""Of scripts: engine and screens go first."""
_GRACE_SECONDS = 15.0
_FILE_FLOOR = 2**31
_DATA_MARGIN = 2**30
_LONGEST_FAILURE = 4096


class SupervisedScript:
    """A script that runs below a launcher process.

    The launcher reads from a pipe of ours: once that is written to or closed, by `kill` or by the death of this
    process, it kills all that the script has started.

    Attributes:
        ended: done when the launcher has ended and so nothing of the script runs any more.
        pid: process id of the launcher; the script and its children are below it.
    """

    def __init__(
        self,
        execution: Execution,
        python: Path,
        environment: Callable[[str], dict[str, str]],
        confine: Callable[[dict[str, str]], Confined],
        pump: OutputPump,
        group: RunGroup | None = None,
    ) -> None:
        """Start the script.

        Args:
            execution: the run.
            python: the interpreter of the launcher.
            environment: makes the script's variables, given the identity of this run that they must hold.
            confine: makes the command that the launcher executes, given the variables.
            pump: takes the output.
            group: the control group that the script enters before anything else.

        Raises:
            ExecutionError: it could not be started.
        """
        self._run = uuid.uuid4().hex
        self._report = b""
        variables = environment(self._run)
        self._process, self._reports, self._confined = _spawn(execution, python, variables, confine, pump, group)
        assert self._process.stdin is not None
        self._lifeline = self._process.stdin
        self.pid = self._process.pid
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        os.set_blocking(self._reports, False)
        self._loop.add_reader(self._reports, self._read)

    def _read(self) -> None:
        data = os.read(self._reports, 4096)
        self._report += data
        if not data:
            self._loop.remove_reader(self._reports)
            if not self.ended.done():
                self.ended.set_result(None)

    def kill(self) -> None:
        """Have everything killed; `ended` tells when that is done."""
        if not self._lifeline.closed:
            with contextlib.suppress(BrokenPipeError):
                self._lifeline.write(b".")
            self._lifeline.close()
            self._process.send_signal(signal.SIGCONT)  # without a sandbox a script can have stopped it

    async def close(self) -> Report | None:
        """Kill whatever is left, wait for it and return the launcher's report; None where there is none.

        A cancellation is kept until all is dead.
        """
        self.kill()
        cancelled = await outwait(self.ended, seconds=_GRACE_SECONDS)
        report = self._finish()
        if cancelled:
            raise asyncio.CancelledError
        return report

    def _finish(self) -> Report | None:
        self._loop.remove_reader(self._reports)
        os.close(self._reports)
        if not self.ended.done():
            self._process.kill()  # stopped or stuck
            self.ended.set_result(None)
        self._process.wait()
        report = parse_report(self._report)
        if report is None or report.survivors or sys.platform != "linux":
            kill_marked(self._run)
        failure = _not_entered(self._confined)
        if report is None:
            return None
        code = report.returncode
        if self._confined.adds_128 and 128 < code < 128 + signal.NSIG:
            code = 128 - code
        return msgspec.structs.replace(report, returncode=code, failure=failure)


def file_limit(execution: Execution) -> int:
    """Return the bytes that one file of a script may come to hold."""
    return max(_FILE_FLOOR, execution.disk)


def data_limit(execution: Execution) -> int:
    """Return the bytes of data that one process of a script may ask for, well above what the watch allows; 0: any."""
    return 2 * execution.memory + _DATA_MARGIN if execution.memory else 0


def parse_report(line: bytes) -> Report | None:
    """Return what the launcher wrote at its end; None where it was killed before."""
    fields = line.split()
    if len(fields) != 5:
        return None
    code, seconds, cpu, largest, survivors = fields
    return Report(int(code), float(seconds), float(cpu), int(largest), int(survivors))


def _not_entered(confined: Confined) -> str:
    """Return why the script did not begin; empty where it did."""
    if confined.entered is None:
        return ""
    with open(confined.entered, "rb") as pipe:  # noqa: PTH123 - a descriptor
        os.set_blocking(confined.entered, False)
        told = pipe.read(_LONGEST_FAILURE) or b""
    return "" if told.startswith(ENTERED) else told.decode(errors="replace") or "it ended before the script began"


def _spawn(
    execution: Execution,
    python: Path,
    environment: dict[str, str],
    confine: Callable[[dict[str, str]], Confined],
    pump: OutputPump,
    group: RunGroup | None,
) -> tuple[subprocess.Popen[bytes], int, Confined]:
    """Start the launcher; return it, the pipe that it reports to and what it was to start."""
    if not (execution.folder / execution.script).is_file():
        raise ExecutionError(f"{execution.folder / execution.script} cannot be run: there is no such file.")
    confined = confine(environment)
    reports, report = os.pipe()
    entrance = group.entrance() if group else None
    inherited = (report, *confined.descriptors, *((entrance,) if entrance else ()))
    command = [str(python), "-I", "-S", launcher.__file__]
    command += [
        str(report),
        str(NICENESS),
        str(file_limit(execution)),
        str(data_limit(execution)),
        "0",
        str(entrance or 0),
        *confined.command,
    ]
    try:
        process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=pump.stdout,
            stderr=pump.stderr,
            pass_fds=inherited,
            cwd=execution.folder,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        for fd in (reports, confined.entered):
            if fd is not None:
                os.close(fd)
        raise ExecutionError(
            f"{execution.script} in {execution.folder} cannot be started by {python}: {error.strerror}."
        ) from error
    finally:
        for fd in inherited:
            os.close(fd)
    return process, reports, confined

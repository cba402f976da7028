"""A server's process under the launcher of scripts, which ends all of it when told to or when this process dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

from tui_aide.errors import ServerFailedError
from tui_aide.execution import launcher
from tui_aide.execution.environment import MARKER
from tui_aide.execution.outwaiting import outwait
from tui_aide.execution.processes import kill_marked
from tui_aide.execution.running import Report
from tui_aide.execution.supervised import parse_report
from tui_aide.models.serving.command import ServeCommand

GRACE_SECONDS = 15
"""Between asking the server to end and killing all of it."""

_REPORT_SECONDS = GRACE_SECONDS + 20.0


class SupervisedServer:
    """A server below a launcher process that outlives neither it nor us.

    Attributes:
        pid: process id of the launcher; all of the server is below it.
    """

    def __init__(self, process: asyncio.subprocess.Process, run: str) -> None:
        self._process = process
        self._run = run
        self.pid = process.pid
        self._waiting = asyncio.ensure_future(self._read())

    @classmethod
    async def start(cls, command: ServeCommand, log: Path) -> SupervisedServer:
        """Start the server; what it says is appended to `log`.

        Raises:
            ServerFailedError: there is no such program, or no place for the log.
        """
        program = shutil.which(command.words[0])
        if program is None:
            raise ServerFailedError(
                f"{command.words[0]} is no program that can be run here; install it or name another"
            )
        run = uuid.uuid4().hex
        words = [sys.executable, "-I", "-S", launcher.__file__, "1", "0", "0", "0", str(GRACE_SECONDS), "0"]
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
                process = await asyncio.create_subprocess_exec(
                    *words,
                    program,
                    *command.words[1:],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=output,
                    env={**command.full_environment(), MARKER: run},
                    start_new_session=True,
                )
        except OSError as error:
            raise ServerFailedError(
                f"{error.filename or program}: {error.strerror}; the server was not started"
            ) from error
        return cls(process, run)

    async def _read(self) -> Report | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.read()
        await self._process.wait()
        report = parse_report(line)
        if report is None or report.survivors or sys.platform != "linux":
            kill_marked(self._run)
        return report

    @property
    def ended(self) -> bool:
        """Whether nothing of the server runs any more."""
        return self._waiting.done()

    async def wait(self) -> Report | None:
        """Wait until nothing of the server runs any more; None where the launcher itself was killed."""
        return await asyncio.shield(self._waiting)

    def end(self) -> None:
        """Have the server asked to end, and killed after a grace."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def close(self) -> None:
        """End the server and wait until nothing of it runs; a cancellation is kept until then."""
        self.end()
        cancelled = await outwait(self._waiting, seconds=_REPORT_SECONDS)
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, 9)  # stopped or stuck; the marked processes are killed when it is reaped
            await asyncio.wait({self._waiting}, timeout=10)
        if cancelled:
            raise asyncio.CancelledError

"""One script that a zygote has forked, as the watch sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tui_aide.execution.cgroups.group import RunGroup
from tui_aide.execution.environment import MARKER
from tui_aide.execution.executor import Execution
from tui_aide.execution.outwaiting import outwait
from tui_aide.execution.processes import kill_marked
from tui_aide.execution.pump import OutputPump
from tui_aide.execution.running import Report
from tui_aide.execution.supervised import NICENESS, data_limit, file_limit, parse_report
from tui_aide.execution.warm.client import Zygote

_GRACE_SECONDS = 15.0
_START_SECONDS = 10.0


class WarmScript:
    """A script below its supervisor, which the zygote has forked; made by `start`.

    Attributes:
        ended: done when nothing of the script runs any more, as far as its supervisor tells.
        pid: process id that the script and all that it has started are below of, but for `beside`.
        beside: the script itself where it is not, as it is the zygote's own child; else 0.
        failure: why it could not be started, if it could not.
    """

    def __init__(self, zygote: Zygote, run: str) -> None:
        self.pid = self.beside = 0
        self.failure = ""
        self._zygote = zygote
        self._run = run
        self._said = b""
        self._abandoned = False
        self._report: Report | None = None
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._begun: asyncio.Future[None] = self._loop.create_future()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._ours, self.its = socket.socketpair()
        self._ours.setblocking(False)
        self._loop.add_reader(self._ours, self._read)

    @property
    def reported(self) -> bool:
        """Whether its supervisor has told of its end."""
        return self._report is not None

    @classmethod
    async def start(
        cls,
        zygote: Zygote,
        execution: Execution,
        python: Path,
        environment: Callable[[str], dict[str, str]],
        confinement: Mapping[str, Any],
        pump: OutputPump,
        group: RunGroup | None = None,
    ) -> WarmScript:
        """Have a script forked, and wait until it begins; look at `failure` then.

        Args:
            zygote: what forks it; it is fit.
            execution: the run.
            python: the interpreter, as scripts see it.
            environment: makes the script's variables, given the identity of this run that they must hold.
            confinement: what `inside.confine` takes.
            pump: takes the output.
            group: the control group that the script enters before anything else.
        """
        run = uuid.uuid4().hex
        script = cls(zygote, run)
        limits = {"core": 0, "fsize": file_limit(execution)}
        if execution.memory:
            limits["data"] = data_limit(execution)
        order = {
            "folder": str(execution.folder.absolute()),
            "script": execution.script,
            "python": str(python),
            "environment": environment(run),
            "marker": MARKER,
            "threads": execution.threads,
            "niceness": NICENESS,
            "confine": {**confinement, "limits": {**limits, **confinement.get("limits", {})}},
        }
        entrance = group.entrance() if group else None
        inherited = (pump.stdout, pump.stderr, script.its.fileno())
        asked = zygote.request(order, inherited if entrance is None else (*inherited, entrance))
        script.its.close()
        if entrance is not None:
            os.close(entrance)
        try:
            if asked:
                await asyncio.wait({script._begun}, timeout=_START_SECONDS)
        except asyncio.CancelledError:
            await script.close()
            raise
        if not script.pid:
            script._abandon()
        return script

    def _abandon(self) -> None:
        """Have it never begin: its supervisor can tell nobody of its start any more. If it just has, it is lost."""
        with contextlib.suppress(OSError):
            self._ours.shutdown(socket.SHUT_RDWR)
        while not self.ended.done() and self._ours.fileno() >= 0:
            self._read()
        self._abandoned = bool(self.pid)
        if not self.pid:
            self.failure = self.failure or "it was not started in time"
            self._ours.close()

    def _read(self) -> None:
        if self._ours.fileno() < 0:
            return
        try:
            data = self._ours.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._said += data
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            self._hear(line)
        if not data:
            self._loop.remove_reader(self._ours)
            self.failure = self.failure or ("" if self.pid else "it could not be forked")
            for future in (self._begun, self.ended):
                if not future.done():
                    future.set_result(None)

    def _hear(self, line: bytes) -> None:
        word, _, rest = line.partition(b" ")
        if word == b"started":
            self.pid, *beside = map(int, rest.split())
            self.beside = beside[0] if beside else 0
            if not self._begun.done():
                self._begun.set_result(None)
        elif word == b"failed":
            self.failure = rest.decode(errors="replace")
        elif word == b"ended":
            self._report = parse_report(rest)

    def kill(self) -> None:
        """Have everything killed; `ended` tells when that is done."""
        with contextlib.suppress(OSError):
            self._ours.shutdown(socket.SHUT_WR)

    async def close(self) -> Report | None:
        """Kill whatever is left, wait for it and return the supervisor's report; None where there is none.

        A cancellation is kept until all is dead.
        """
        self.kill()
        cancelled = await outwait(self.ended, seconds=_GRACE_SECONDS)
        if not self.ended.done():
            self.ended.set_result(None)
        self._loop.remove_reader(self._ours)
        self._ours.close()
        alive = self._zygote.alive
        if self._report is None and self.pid and (self.beside or not alive):  # scripts inside cannot be what killed it
            if not alive:
                cancelled = await outwait(self._zygote.ended, seconds=_GRACE_SECONDS) or cancelled
            self._report = Report(0, self._loop.time() - self._began, 0.0, 0, lost=True)
        if self._report is None or self._report.survivors or self._report.lost:
            kill_marked(self._run)
        if cancelled:
            raise asyncio.CancelledError
        if self._abandoned:
            return Report(0, self._loop.time() - self._began, 0.0, 0, lost=True)
        return self._report

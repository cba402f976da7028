"""One script in a container of its own: made, attached to, started, followed to its end and removed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tui_aide.errors import ExecutionError
from tui_aide.execution.containers.control_group import control_group, kill_all
from tui_aide.execution.containers.engine import Ending, Engine, EngineGoneError
from tui_aide.execution.containers.gauge import ContainerGauge
from tui_aide.execution.containers.output import AttachedOutput
from tui_aide.execution.outwaiting import outwait
from tui_aide.execution.pump import Sink
from tui_aide.execution.running import Report

_GRACE_SECONDS = 15.0
_SIGNALLED = 128
_Answer = TypeVar("_Answer")


class ContainerScript:
    """A script that runs in a container.

    The container lives as long as this process holds the connection to it; see `first.py`.

    Attributes:
        ended: done when nothing of the script runs any more, or when the engine is gone.
        pid: process id of the container's first process, as the engine has it.
        closed: done when the container is gone, too.
        ending: what the engine told of the end; None before, and where it could not be asked.
    """

    def __init__(self, engine: Engine, threads: ThreadPoolExecutor, name: str) -> None:
        self.pid = 0
        self.ending: Ending | None = None
        self.seconds = 0.0
        self.name = name
        self._engine, self._threads = engine, threads
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._output: AttachedOutput | None = None
        self._following: asyncio.Task[None] | None = None
        self._identity = ""
        self._began = 0.0

    async def start(
        self, image: str, options: dict[str, Any], host: dict[str, Any], sink: Callable[[], Sink]
    ) -> tuple[AttachedOutput, ContainerGauge]:
        """Start the script; return what carries its output and what reads its use.

        Args:
            image: of the container.
            options: as `container_options` returns them.
            host: likewise.
            sink: opens what takes the output.

        Raises:
            ExecutionError: the engine refuses, or is gone; nothing of the container is left.
        """
        self._identity = await self._ask(self._engine.create, self.name, image, options, host)
        connection = await self._ask(self._engine.attach, self.name)
        try:
            self._output = AttachedOutput(sink(), connection)
        except ExecutionError:
            os.close(connection)
            raise
        await self._ask(self._engine.start, self.name)
        self._began = time.monotonic()
        with contextlib.suppress(EngineGoneError):  # which is found below to be so
            self.pid = await self._ask(self._engine.first_process, self.name)
        control = control_group(self.pid, self._identity) if self.pid else None
        self._following = asyncio.create_task(self._follow(self._output))
        return self._output, ContainerGauge(self._engine, self.name, control, self._threads)

    async def _follow(self, output: AttachedOutput) -> None:
        """Wait for the end of the output, which is that of the first process, and ask how it ended."""
        await asyncio.wait({output.done})
        self.seconds = time.monotonic() - self._began
        try:
            self.ending = await self._in_thread(self._engine.wait, self.name)
        except ExecutionError:
            self._slay()
        if not self.ended.done():
            self.ended.set_result(None)

    def kill(self) -> None:
        """Have everything killed; `ended` tells when that is done."""
        asked = self._in_thread(self._engine.kill, self.name)
        asked.add_done_callback(lambda done: self._slay() if not done.cancelled() and done.exception() else None)

    async def close(self) -> Report | None:
        """Kill whatever is left, remove the container and return what was seen at the end; None for a lost one.

        A cancellation is kept until all is dead.
        """
        await _whole(asyncio.ensure_future(self._close()))
        if self.ending is None:
            return None
        code = self.ending.exit_code
        return Report(_SIGNALLED - code if _is_signal(code - _SIGNALLED) else code, self.seconds, 0.0, 0)

    async def _close(self) -> None:
        if self._following is not None:
            if not self.ended.done():
                self.kill()
            await asyncio.wait({self.ended}, timeout=_GRACE_SECONDS)
            if not self.ended.done():  # the engine is stuck
                self._slay()
        if self._output is not None:
            self._output.hang_up()
            await self._output.close()
        removal = self._in_thread(self._engine.remove, self.name)
        await asyncio.wait({removal}, timeout=_GRACE_SECONDS)
        if not removal.done() or removal.exception():
            self._slay()  # the container itself is swept by the next start
        if self._following is not None and not self._following.done():
            self._following.cancel()
        if not self.ended.done():
            self.ended.set_result(None)
        self.closed.set_result(None)

    def _slay(self) -> None:
        """Kill without the engine what runs in the container, where its processes are this machine's."""
        if self._identity:
            kill_all(self._identity)

    def _in_thread(self, call: Callable[..., _Answer], *arguments: object) -> asyncio.Future[_Answer]:
        return self._loop.run_in_executor(self._threads, call, *arguments)

    async def _ask(self, call: Callable[..., _Answer], *arguments: object) -> _Answer:
        return await _whole(self._in_thread(call, *arguments))


def _is_signal(number: int) -> bool:
    return number in signal.valid_signals()


async def _whole(asked: asyncio.Future[_Answer]) -> _Answer:
    """Return what is asked for; a cancellation is kept until that is there."""
    if await outwait(asked):
        with contextlib.suppress(Exception):
            asked.result()
        raise asyncio.CancelledError
    return asked.result()

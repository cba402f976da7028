"""The executor for a Ray cluster: scripts run in the sandboxes of its nodes, told of by a process of its own.

Ray's client takes its process along when the cluster's head dies, blocks where an address is dead, and sets signal
handlers; so it lives in `remote.bridge`, and the search only reads and writes lines.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

import tui_aide
from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Execution, Outcome, Place, Usage
from tui_aide.execution.interpreter import Interpreter
from tui_aide.execution.remote.messages import from_line, to_line
from tui_aide.execution.remote.protocol import (
    Answer,
    Command,
    Connect,
    Connected,
    Ended,
    Failed,
    Run,
    Stop,
    Unstarted,
    Used,
)

_CONNECT_SECONDS = 150.0
_CLOSE_SECONDS = 12.0
_STOP_SECONDS = 20.0
_LINE_BYTES = 1 << 24


def ray_address(given: str | None) -> str:
    """Return the address of the cluster: the one given, else RAY_ADDRESS, else `auto`."""
    return given or os.environ.get("RAY_ADDRESS") or "auto"


class _Pending(msgspec.Struct):
    """A run that has not ended."""

    execution: Execution
    ended: asyncio.Future[Outcome]
    on_usage: Callable[[Usage], None] | None


class RayExecutor:
    """Runs scripts on a Ray cluster; several `run` at once are independent.

    Args:
        address: as `ray_address` returns it.
        python: the scripts' interpreter on each node; None for that of Ray's workers.
        sandbox: what keeps scripts to their folders there, as `--sandbox` has it.
        gpus: GPUs that Ray is to reserve for a script, or a share of one; None for as many as a run names.
        reserve_memory: whether Ray is to reserve a run's memory limit; else a script's limit is its CPUs' share of the
            memory of the node that it runs on.
    """

    def __init__(
        self,
        address: str,
        *,
        python: str | None = None,
        sandbox: str = "auto",
        gpus: float | None = None,
        reserve_memory: bool = True,
    ) -> None:
        self._settings = Connect(
            address=address, python=python, sandbox=sandbox, gpus=gpus, reserve_memory=reserve_memory
        )
        self._place = Place("Ray cluster")
        self._interpreter: Interpreter | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._runs: dict[int, _Pending] = {}
        self._count = 0
        self._errors: IO[bytes] | None = None

    @property
    def place(self) -> Place:
        """Where scripts run; known after `start`."""
        return self._place

    async def start(self) -> None:
        """Connect to the cluster and look at its nodes, where that is not done.

        Raises:
            ExecutionError: no cluster answers, its versions differ, or a node cannot run scripts.
        """
        async with self._starting:
            if self._reader is not None and not self._reader.done():
                return
            await self._end_process()
            process = self._process = await self._spawn()
            assert process.stdout is not None
            self._send(self._settings)
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    line = await process.stdout.readline()
            except TimeoutError:
                await self._end_process()
                raise ExecutionError(
                    f"the Ray cluster at {self._settings.address} does not answer; look at `ray status` there."
                ) from None
            except asyncio.CancelledError:
                await self._end_process()
                raise
            answer = from_line(line, Answer) if line else Failed(self._last_words())
            if not isinstance(answer, Connected):
                await self._end_process()
                raise ExecutionError(answer.message if isinstance(answer, Failed) else "the Ray cluster said nonsense.")
            self._place, self._interpreter = answer.place, answer.interpreter
            self._reader = asyncio.create_task(self._read(process.stdout))

    async def interpreter(self) -> Interpreter:
        """Return what scripts may count on, on whichever node they run; its path is none of this machine's.

        Raises:
            ExecutionError: as `start` does.
        """
        await self.start()
        assert self._interpreter is not None
        return self._interpreter

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        """Run one script to its end, on some node.

        Args:
            execution: what to run, and its limits; its time counts from its start there.
            on_usage: told four times a second what the script uses.

        Raises:
            ExecutionError: it could not be started.
        """
        if not (execution.folder / execution.script).is_file():
            raise ExecutionError(f"{execution.folder / execution.script} cannot be run: there is no such file.")
        await self.start()
        self._count += 1
        number = self._count
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._runs[number] = _Pending(execution, ended, on_usage)
        self._send(Run(number, _absolute(execution)))
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            self._send(Stop(number, "cancelled"))
            await _settled(ended)
            raise
        finally:
            del self._runs[number]

    def kill(self, execution: Execution) -> None:
        """Have a run end as `killed`."""
        for number, pending in self._runs.items():
            if pending.execution is execution:
                self._send(Stop(number, "killed"))

    async def aclose(self) -> None:
        """Kill whatever still runs, and disconnect; the cluster goes on."""
        for number in self._runs:
            self._send(Stop(number, "cancelled"))
        waiting = [pending.ended for pending in self._runs.values()]
        if waiting:
            await asyncio.wait(waiting, timeout=_CLOSE_SECONDS)
        await self._end_process()

    async def _spawn(self) -> asyncio.subprocess.Process:
        package = str(Path(tui_aide.__file__).parent.parent)
        path = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from tui_aide.execution.remote.bridge import run; run()",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._errors,
            cwd="/",  # Ray puts it on its workers' path
            env={**os.environ, "PYTHONPATH": path},
            limit=_LINE_BYTES,
            start_new_session=True,
        )

    def _send(self, command: Command) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(to_line(command))

    async def _read(self, answers: asyncio.StreamReader) -> None:
        """Hand out answers; when the process ends, all that still runs is lost."""
        try:
            while line := await answers.readline():
                self._hand_out(from_line(line, Answer))
        finally:
            for pending in self._runs.values():
                if not pending.ended.done():
                    words = "lost with the connection to the Ray cluster"
                    pending.ended.set_result(Outcome("lost", None, 0, 0, 0, words))

    def _hand_out(self, answer: Answer) -> None:
        pending = self._runs.get(answer.number) if not isinstance(answer, Connected | Failed) else None
        if pending is None or pending.ended.done():
            return
        if isinstance(answer, Used):
            if pending.on_usage:
                pending.on_usage(answer.usage)
        elif isinstance(answer, Ended):
            pending.ended.set_result(answer.outcome)
        elif isinstance(answer, Unstarted):
            pending.ended.set_exception(ExecutionError(answer.message))

    async def _end_process(self) -> None:
        """Let the process end, or have it end."""
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            reader = self._reader
            try:
                async with asyncio.timeout(_CLOSE_SECONDS if reader is not None else 0):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            if reader is not None:
                await asyncio.wait({reader})
        self._reader = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _last_words(self) -> str:
        """Return why the process ended before it was connected."""
        assert self._errors is not None
        self._errors.seek(0)
        lines = self._errors.read()[-20_000:].decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no reason was given")
        return f"no connection to the Ray cluster at {self._settings.address}: {last[:300]}"


def _absolute(execution: Execution) -> Execution:
    return msgspec.structs.replace(
        execution,
        folder=execution.folder.absolute(),
        output=execution.output.absolute(),
        inputs=tuple(path.absolute() for path in execution.inputs),
    )


async def _settled(ended: asyncio.Future[Outcome]) -> None:
    """Wait until a run has ended, however often that is cancelled; not for ever, should the process hang."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _STOP_SECONDS
    while not ended.done() and (left := deadline - loop.time()) > 0:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({ended}, timeout=left)
    if ended.done() and not ended.cancelled():
        ended.exception()  # it was cancelled; whether it could have been started matters no more

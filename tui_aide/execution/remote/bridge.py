"""The process between a search and a Ray cluster: Ray's client lives, blocks and dies here, never in the search.

It takes a `protocol.Command` a line on its standard input and answers on its standard output. When its input ends, the
search is done or dead: scripts are stopped and the connection is closed; the cluster stays as it is.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import BinaryIO

from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Usage
from tui_aide.execution.remote import cluster
from tui_aide.execution.remote.cluster_run import ClusterRun
from tui_aide.execution.remote.messages import from_line, to_line
from tui_aide.execution.remote.parcel_store import ParcelStore
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

_CLOSE_SECONDS = 6.0


class Bridge:
    """Carries out commands.

    Args:
        answers: where the answers go.
    """

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._store = ParcelStore()
        self._runs: dict[int, ClusterRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, commands: asyncio.Queue[Command | None]) -> None:
        """Connect, then run scripts until the commands end."""
        settings = await commands.get()
        if not isinstance(settings, Connect):
            return
        try:
            cluster.connect(settings.address)
            place, interpreter = await asyncio.to_thread(cluster.look_at_nodes, settings.python, settings.sandbox)
        except ExecutionError as error:
            self._tell(Failed(str(error)))
            return
        self._tell(Connected(place, interpreter))
        while (command := await commands.get()) is not None:
            if isinstance(command, Run):
                self._begin(command, settings)
            elif isinstance(command, Stop) and command.number in self._runs:
                self._runs[command.number].stop(command.reason)
        for run in self._runs.values():
            run.stop("cancelled")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_SECONDS)
        import ray

        await asyncio.to_thread(ray.shutdown)

    def _begin(self, command: Run, settings: Connect) -> None:
        def told(usage: Usage) -> None:
            self._tell(Used(command.number, usage))

        run = self._runs[command.number] = ClusterRun(command.execution, settings, self._store, told)
        task = asyncio.create_task(self._carry_out(command.number, run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, number: int, run: ClusterRun) -> None:
        try:
            self._tell(Ended(number, await run.to_end()))
        except ExecutionError as error:
            self._tell(Unstarted(number, str(error)))
        except Exception as error:  # noqa: BLE001 - one run's trouble must not be the others'
            self._tell(Unstarted(number, f"the Ray executor failed: {type(error).__name__}: {error}"))
        finally:
            del self._runs[number]

    def _tell(self, answer: Answer) -> None:
        try:
            self._answers.write(to_line(answer))
            self._answers.flush()
        except OSError:  # the search is dead; the end of its commands tells, too
            return


def _read(commands: asyncio.Queue[Command | None], loop: asyncio.AbstractEventLoop) -> None:
    for line in sys.stdin.buffer:
        command: Command = from_line(line, Command)
        loop.call_soon_threadsafe(commands.put_nowait, command)
    loop.call_soon_threadsafe(commands.put_nowait, None)


async def _main(answers: BinaryIO) -> None:
    commands: asyncio.Queue[Command | None] = asyncio.Queue()
    threading.Thread(target=_read, args=(commands, asyncio.get_running_loop()), daemon=True).start()
    await Bridge(answers).serve(commands)


def run() -> None:
    """Serve until the input ends, then end this process; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.argv = ["/"]  # Ray puts the folder of the program before all others on its workers' path
    try:
        asyncio.run(_main(answers))
    finally:
        sys.stderr.flush()
        os._exit(0)  # threads of Ray's client may still hang on a cluster that is gone

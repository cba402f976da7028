"""A server of our own behind a pool: started for a search, started anew when it dies, never left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tui_aide.errors import ServerFailedError, UsageError
from tui_aide.models.pool import PooledServer, ServerPool
from tui_aide.models.serving.plan import GpuMode
from tui_aide.models.serving.server import ManagedServer, serve_model
from tui_aide.tree.node import ServerState

_STARTS = 3


class HostedServer:
    """The server that a search starts for itself.

    Args:
        name: preset, hub name or folder of the model.
        gpu: how thinking and training go about the GPU.
        log: file for the server's output.

    Raises:
        UsageError: vLLM is not installed, the model is not known, or does not fit.
    """

    def __init__(self, name: str, gpu: GpuMode, log: Path) -> None:
        self._name, self._gpu, self._log = name, gpu, log
        self._pool: ServerPool | None = None
        self._member: PooledServer | None = None
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: ManagedServer | None = None

    async def prepare(self) -> str:
        """Plan the server and return its address; nothing runs yet."""
        self._server = await serve_model(self._name, gpu=self._gpu, log=self._log, on_change=self._changed)
        return self._server.base_url

    async def keep(self, pool: ServerPool) -> None:
        """Start the server and keep it up: it is started anew after a death, a few times in all.

        Cancelling this stops the server, whole.
        """
        assert self._server is not None
        self._pool, self._member = pool, pool.members[0]
        await pool.set_state(self._member, "starting", f"starting {self._name}")
        try:
            for start in range(_STARTS):
                try:
                    await self._server.start()
                except (ServerFailedError, UsageError) as error:
                    await pool.set_state(self._member, "failed", str(error))
                    return
                await pool.set_state(self._member, "up", "ready")
                cause = await self._server.wait()
                again = start + 1 < _STARTS
                await pool.set_state(self._member, "starting" if again else "failed", f"it ended: {cause}")
                await self._server.aclose()
        finally:
            await self._server.aclose()

    def _changed(self, state: ServerState, detail: str, share: float | None) -> None:
        """Pass progress of a start on; what it is up to otherwise, `keep` knows."""
        if state == "starting" and self._pool is not None and self._member is not None:
            task = self._loop.create_task(self._pool.set_state(self._member, "starting", detail, share))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

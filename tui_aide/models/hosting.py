"""A server of our own behind a pool: started for a search, started anew when it dies, never left behind."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tui_aide.errors import ServerFailedError, UsageError
from tui_aide.models.pool import PooledServer, ServerPool
from tui_aide.models.serving.plan import GpuMode
from tui_aide.models.serving.server import ManagedServer, serve_model
from tui_aide.tree.node import ServerState

_STARTS = 3


class HostedServer:
    """The server that a search starts for itself; it begins as a plan, by `prepare`."""

    def __init__(self) -> None:
        self._server: ManagedServer
        self._pool: ServerPool | None = None
        self._member: PooledServer | None = None

    @classmethod
    async def prepare(cls, name: str, gpu: GpuMode, log: Path, *, samples: int) -> HostedServer:
        """Plan a server; nothing runs yet.

        Args:
            name: preset, hub name or folder of the model.
            gpu: how thinking and training go about the GPU.
            log: file for the server's output.
            samples: completions that will be asked for at once.

        Raises:
            UsageError: vLLM is not installed, the model is not known, or does not fit.
        """
        hosted = cls()
        hosted._server = await serve_model(name, gpu=gpu, log=log, on_change=hosted._changed, samples=samples)
        return hosted

    @property
    def base_url(self) -> str:
        """Its address."""
        return self._server.base_url

    @property
    def cards(self) -> Collection[int] | None:
        """Numbers of the GPUs that it uses, none on a CPU; None where it takes them itself."""
        plan = self._server.command.plan
        return () if plan.device == "cpu" else plan.cards or None

    async def keep(self, pool: ServerPool) -> None:
        """Start the server and keep it up: it is started anew after a death, a few times in all.

        Cancelling this stops the server, whole.
        """
        self._pool, self._member = pool, pool.members[0]
        pool.set_state(self._member, "starting", f"starting {self._server.model}")
        try:
            for start in range(_STARTS):
                try:
                    await self._server.start()
                except (ServerFailedError, UsageError) as error:
                    pool.set_state(self._member, "failed", str(error))
                    return
                pool.set_state(self._member, "up", "ready")
                cause = await self._server.wait()
                again = start + 1 < _STARTS
                pool.set_state(self._member, "starting" if again else "failed", f"it ended: {cause}")
                await self._server.aclose()
        finally:
            await self._server.aclose()

    def _changed(self, state: ServerState, detail: str, share: float | None) -> None:
        """Pass progress of a start on; what it is up to otherwise, `keep` knows."""
        if state == "starting" and self._pool is not None and self._member is not None:
            self._pool.set_state(self._member, "starting", detail, share)

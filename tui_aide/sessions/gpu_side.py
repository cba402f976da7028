"""The GPU's part in a search: who may use it when, what scripts see of it, and its live figures."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection

from tui_aide.engine.gpu import GpuGate, make_gate
from tui_aide.engine.gpu_switch import Sleeper
from tui_aide.engine.script_gpus import ScriptGpus, script_gpus
from tui_aide.execution.gpu_processes import gpu_holders
from tui_aide.models.serving.hardware import gpu_use
from tui_aide.sessions.config import SearchSettings
from tui_aide.tree.commands import GpuUse
from tui_aide.tree.events import Event

_POLL_SECONDS = 2.0


class GpuSide:
    """What a runner knows and does of its machine's GPUs.

    Attributes:
        use: the newest figures, a GPU each; empty where there is none.
        gate: lets samples and scripts at the GPU.
    """

    def __init__(self, search: SearchSettings, urls: list[str], record: Callable[[Event], object]) -> None:
        """Set up.

        Args:
            search: the settings.
            urls: the model servers' addresses.
            record: takes the events of hand-overs.

        Raises:
            UsageError: `alternate` without a server that could sleep.
        """
        self.use: tuple[GpuUse, ...] = ()
        self._search = search
        self._watching: asyncio.Task[None] | None = None
        sleeper: Sleeper | None = None
        if urls and search.gpu == "alternate":
            from tui_aide.models.sleep import SleepingServers

            sleeper = SleepingServers(urls)
        self.gate: GpuGate = make_gate(
            search.gpu, sleeper, record, batch=search.workers, gpu_use=gpu_use, holders=gpu_holders
        )

    async def look(self, server: Collection[int] | None) -> ScriptGpus:
        """Return what scripts see of the GPUs, and follow their figures from now on where there are any.

        Args:
            server: numbers of the GPUs that the model server uses; None where that is not known.
        """
        self.use = await gpu_use()
        if self.use:
            self._watching = asyncio.create_task(self._watch())
        allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
        return script_gpus(self._search.gpu, self.use, server, slots=self._search.slots, allowed=allowed)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            self.use = await gpu_use()

    async def aclose(self) -> None:
        """Stop following."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

"""One server for all cells of a model that a suite has the bench serve; its port stays the same in a run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from tui_aide.bench.ordering import Served
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.suite import Suite
from tui_aide.errors import ServerFailedError
from tui_aide.models.serving.command import serve_command
from tui_aide.models.serving.managed import ManagedServer
from tui_aide.models.serving.plan import Wishes
from tui_aide.models.serving.ports import free_port
from tui_aide.models.serving.server import managed, prepare
from tui_aide.tree.node import ServerState

Say = Callable[[str], None]


class ModelServer:
    """Serves one model while it is entered; a server that ends is started anew, `retries` times.

    Attributes:
        served: what its cells ask, from when it is entered.
        lost: set when it ended for good; `why` says of what.
    """

    def __init__(self, run: RunFolder, model: str, say: Say) -> None:
        self._run, self._model, self._say = run, model, say
        self._server: ManagedServer | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.served: Served | None = None
        self.lost = asyncio.Event()
        self.why = ""

    async def start(self) -> Served:
        """Start it, and return when it is ready.

        Raises:
            UsageError: it cannot be served here.
            ServerFailedError: it did not start.
        """
        self._server = await asyncio.to_thread(self._prepare)
        self._say(f"starting a server for {self._server.model}; log: {self._server.log}")
        await self._server.start()
        self.served = Served(self._server.model, self._server.base_url)
        self._say(f"{self._server.model} is ready at {self._server.base_url}")
        self._keeping = asyncio.create_task(self._keep(self._server))
        return self.served

    def _prepare(self) -> ManagedServer:
        suite = self._run.suite
        options = suite.models[self._model].options
        wishes = Wishes(
            gpu=options.gpu or suite.run.options.gpu or "separate",
            samples=suite.run.parallel * (options.workers or suite.run.options.workers or 4),
        )
        found = prepare(suite.models[self._model].model, wishes)
        folder = self._run.path / "servers"
        folder.mkdir(exist_ok=True)
        command = serve_command(found.plan, found.installation, _kept_port(folder / f"{self._model}.port"))
        return managed(command, folder / f"{self._model}.log", self._tell)

    def _tell(self, state: ServerState, detail: str, _load: float | None) -> None:
        if state == "failed":
            self._say(f"the server of {self._model}: {detail}")

    async def _keep(self, server: ManagedServer) -> None:
        for _ in range(self._run.suite.run.retries):
            self.why = await server.wait()
            self._say(f"the server of {self._model} ended ({self.why}); starting it again")
            try:
                await server.start()
            except ServerFailedError as e:
                self.why = str(e)
                break
        else:
            self.why = await server.wait()
        self.lost.set()

    async def aclose(self) -> None:
        """Stop the server, whole."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._server is not None:
            await self._server.aclose()


def serves(suite: Suite, model: str) -> bool:
    """Whether the bench serves this model itself."""
    return suite.models[model].serve


def _kept_port(file: Path) -> int:
    """Return the port that the run's sessions know the model's server by; one that is free the first time."""
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text())
    port = free_port()
    file.write_text(f"{port}\n")
    return port

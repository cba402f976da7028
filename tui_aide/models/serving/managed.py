"""A model server that we start and stop: its state is told as it changes, its failure explained, nothing left of it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from tui_aide.errors import ServerFailedError
from tui_aide.models.serving.causes import Circumstances
from tui_aide.models.serving.command import ServeCommand
from tui_aide.models.serving.failures import explain_failure
from tui_aide.models.serving.health import is_healthy
from tui_aide.models.serving.orphans import find_orphans
from tui_aide.models.serving.ports import check_free, holder
from tui_aide.models.serving.progress import LoadProgress
from tui_aide.models.serving.supervision import SupervisedServer
from tui_aide.tree.node import ServerState

OnChange = Callable[[ServerState, str, float | None], None]

_LOOK_SECONDS = 0.25
_LOG_BYTES = 2**20
"""What is read of a log at once, and to explain an end."""


class ManagedServer:
    """One server process, with all that it starts.

    Attributes:
        base_url: its address for clients.
        model: what requests must call the model.
        state: `starting`, `up`, `stopped` or `failed`.
        kv_tokens: tokens that its KV cache holds, once it told.
    """

    def __init__(
        self,
        command: ServeCommand,
        *,
        base_url: str,
        model: str,
        log: Path,
        on_change: OnChange,
        patience: float = 1800.0,
    ) -> None:
        """Make a server that is not started yet.

        Args:
            command: how it is started.
            base_url: its address for clients.
            model: what requests must call the model.
            log: file that its output is appended to.
            on_change: is told each state, what it is about in words, and how far a start is (0..1).
            patience: seconds without any progress after which a start is given up.
        """
        self.base_url = base_url
        self.model = model
        self.command = command
        self.log = log
        self.state: ServerState = "stopped"
        self.kv_tokens: int | None = None
        self._on_change = on_change
        self._patience = patience
        self._process: SupervisedServer | None = None
        self._begin = 0
        self._closing = False

    @property
    def pid(self) -> int | None:
        """Process id of the launcher that all of the server is below; None before the start."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the server, anew if it ended, and return when it is ready.

        Raises:
            ServerFailedError: it ended, made no progress for too long, or could not be started; nothing is left of it.
        """
        check_free(self.command.port)
        self._closing, self.kv_tokens = False, None
        self._begin = self.log.stat().st_size if self.log.exists() else 0
        self._process = await SupervisedServer.start(self.command, self.log)
        self._tell("starting", "starting", 0.0)
        try:
            ready = await self._follow(self._process)
        except BaseException:
            await self.aclose()
            raise
        self._tell("up", ready, None)

    async def _follow(self, process: SupervisedServer) -> str:
        """Tell the progress until the server is ready; return what to say of it then."""
        progress = LoadProgress()
        loop = asyncio.get_running_loop()
        last, offset = loop.time(), self._begin
        while not process.ended:
            healthy = await is_healthy(self.command.port)  # asked first, so that the log is read to its end
            text, offset = await asyncio.to_thread(_read_from, self.log, offset)
            if progress.feed(text):
                last = loop.time()
                self._tell("starting", progress.stage.words, progress.stage.share)
            if healthy:
                self.kv_tokens = progress.kv_tokens
                self._begin = offset  # what ends it later stands behind this
                held = f", KV cache of {progress.kv_tokens:,} tokens" if progress.kv_tokens else ""
                return f"ready{held}"
            if loop.time() - last > self._patience:
                words = progress.stage.words
                raise self._failed(f"no progress for {self._patience / 60:.0f} minutes ({words}). Log: {self.log}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _LOOK_SECONDS)
        raise self._failed(await self._cause(process))

    def _failed(self, cause: str) -> ServerFailedError:
        self._tell("failed", cause, None)
        return ServerFailedError(f"the server for {self.model} did not start: {cause}")

    async def wait(self) -> str:
        """Wait until the server ends, and return why, in words."""
        assert self._process is not None, "not started"
        await self._process.wait()
        if self._closing:
            return "it was stopped"
        cause = await self._cause(self._process)
        self._tell("failed", cause, None)
        return cause

    async def _cause(self, process: SupervisedServer) -> str:
        report = await process.wait()
        return await asyncio.to_thread(self._explain, report.returncode if report else None)

    def _explain(self, returncode: int | None) -> str:
        plan = self.command.plan
        now = Circumstances(
            model=plan.checkpoint,
            port=self.command.port,
            smaller=plan.smaller,
            port_holder=holder(self.command.port),
            orphans=find_orphans(),
            python=str(self.command.python or ""),
        )
        return explain_failure(_telling_part(self.log, self._begin), self.log, returncode, now)

    async def aclose(self) -> None:
        """Stop the server: ask it to end, and kill all of it if it has not after 15 seconds."""
        if self._process is None:
            return
        self._closing = True
        try:
            await self._process.close()
        finally:
            if self.command.container is not None:
                await asyncio.to_thread(_remove_container, self.command.container)
            if self.state not in ("failed", "stopped"):
                self._tell("stopped", "stopped", None)

    def _tell(self, state: ServerState, detail: str, load: float | None) -> None:
        self.state = state
        self._on_change(state, detail, load)


def _read_from(log: Path, offset: int) -> tuple[str, int]:
    """Return what was written since `offset`, and the new offset."""
    with log.open("rb") as file:
        file.seek(offset)
        data = file.read(_LOG_BYTES)
    return data.decode(errors="replace"), offset + len(data)


def _telling_part(log: Path, begin: int) -> str:
    """Return a log from `begin` on, of a long one the end."""
    try:
        with log.open("rb") as file:
            file.seek(max(begin, file.seek(0, 2) - _LOG_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _remove_container(name: str) -> None:
    """Remove a container that its own command may have left behind."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(["docker", "rm", "-f", name], capture_output=True, timeout=30, check=False)

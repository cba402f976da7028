"""The runner's end of its socket: takes commands from any number of viewers, pushes progress to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tui_aide.sessions.client import RunnerAddress, ToViewer
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.commands import Command, Progress, Reply

_PROGRESS_SECONDS = 0.25
_BACKLOG = 1 << 20


class SocketServer:
    """Listens on a Unix socket in a private folder of its own, whose path stands in the session's runner.json.

    The socket is not in the session folder, since paths of sockets are limited to about 100 bytes and not every
    file system can hold one.
    """

    def __init__(
        self, folder: SessionFolder, handle: Callable[[Command], Reply], progress: Callable[[], Progress]
    ) -> None:
        self._folder = folder
        self._handle = handle
        self._progress = progress
        self._viewers: set[asyncio.StreamWriter] = set()
        self._decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
        self._place: Path | None = None
        self._server: asyncio.Server | None = None
        self._pusher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, and tell viewers where."""
        self._place = Path(tempfile.mkdtemp(prefix="tui-aide-"))
        path = str(self._place / "runner.sock")
        self._server = await asyncio.start_unix_server(self._serve, path, limit=1 << 24)
        address = RunnerAddress(pid=os.getpid(), socket=path, started=time.time())
        write_atomically(self._folder.runner_file, msgspec.json.encode(address))
        self._pusher = asyncio.create_task(self._push())

    async def close(self) -> None:
        """Stop listening and remove what `start` made."""
        self._folder.runner_file.unlink(missing_ok=True)
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for viewer in list(self._viewers):
            viewer.close()
        if self._place is not None:
            shutil.rmtree(self._place, ignore_errors=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._viewers.add(writer)
        try:
            while line := await reader.readline():
                try:
                    reply = self._handle(self._decoder.decode(line))
                except msgspec.DecodeError as e:
                    reply = Reply(False, f"not a command: {e}")
                writer.write(msgspec.json.encode(ToViewer(reply=reply)) + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass  # the viewer went away, or sent a line without end
        finally:
            self._viewers.discard(writer)
            writer.close()

    async def _push(self) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            if not self._viewers:
                continue
            line = msgspec.json.encode(ToViewer(progress=self._progress())) + b"\n"
            for viewer in list(self._viewers):
                if viewer.transport.get_write_buffer_size() < _BACKLOG:
                    with contextlib.suppress(OSError):
                        viewer.write(line)

"""The runner's end of its socket: takes commands from any number of viewers, pushes progress to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from tui_aide.errors import SessionError, TuiAideError
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.messages import RunnerAddress, ToViewer
from tui_aide.tree.commands import Command, Progress, Reply

_PROGRESS_SECONDS = 0.25
_BACKLOG = 1 << 20
_PREFIX = "tui-aide-"
_LONGEST = 80


class SocketServer:
    """Listens on a Unix socket in a private folder of its own, whose path stands in the session's runner.json.

    The socket is not in the session folder, since paths of sockets are limited to about 100 bytes and not every
    file system can hold one.
    """

    def __init__(
        self, folder: SessionFolder, handle: Callable[[Command], Awaitable[Reply]], progress: Callable[[], Progress]
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
        """Listen, and tell viewers where; remove what a killed runner of this session left.

        Raises:
            SessionError: no socket can be made.
        """
        self._sweep()
        try:
            await self._listen()
        except OSError as e:
            raise SessionError(f"{self._folder.path}: no socket can be made for viewers: {e.strerror or e}") from e
        self._pusher = asyncio.create_task(self._push())

    async def _listen(self) -> None:
        place = Path(tempfile.mkdtemp(prefix=_PREFIX))
        if len(str(place)) > _LONGEST:  # a long TMPDIR
            place.rmdir()
            place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
        self._place = place
        self._server = await asyncio.start_unix_server(self._serve, place / "runner.sock", limit=1 << 24)
        self._announce()

    def _announce(self) -> None:
        assert self._place is not None
        address = RunnerAddress(pid=os.getpid(), socket=str(self._place / "runner.sock"))
        write_atomically(self._folder.runner_file, msgspec.json.encode(address), durable=False)

    def _sweep(self) -> None:
        try:
            old = msgspec.json.decode(self._folder.runner_file.read_bytes(), type=RunnerAddress)
        except (OSError, msgspec.DecodeError):
            return
        place = Path(old.socket).parent
        if place.name.startswith(_PREFIX):
            shutil.rmtree(place, ignore_errors=True)

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
                    reply = await self._handle(self._decoder.decode(line))
                except msgspec.DecodeError as e:
                    reply = Reply(False, f"not a command: {e}")
                except TuiAideError as e:
                    reply = Reply(False, str(e))
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
            if not self._folder.runner_file.exists():
                with contextlib.suppress(OSError):  # a full disk: tried again at the next beat
                    self._announce()
            if not self._viewers:
                continue
            line = msgspec.json.encode(ToViewer(progress=self._progress())) + b"\n"
            for viewer in list(self._viewers):
                if viewer.transport.get_write_buffer_size() < _BACKLOG:
                    with contextlib.suppress(OSError):
                        viewer.write(line)

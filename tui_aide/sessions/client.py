"""A viewer's end of the runner's socket: commands out, replies and progress in."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any

import msgspec

from tui_aide.errors import SessionError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.messages import RunnerAddress, ToViewer
from tui_aide.tree.commands import Command, Progress, Reply


class RunnerClient:
    """A connection to a live runner.

    `progress` is the newest snapshot; `closed` is set when the runner is gone.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.progress: Progress | None = None
        self.closed = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._waiting: deque[asyncio.Future[Reply]] = deque()
        self._task = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, folder: SessionFolder) -> RunnerClient:
        """Connect to the session's runner.

        Raises:
            SessionError: no runner listens.
        """
        try:
            if not is_running(folder):  # a file of a dead runner, or, in a copied folder, of the original's
                raise ConnectionRefusedError
            address = msgspec.json.decode(folder.runner_file.read_bytes(), type=RunnerAddress)
            reader, writer = await asyncio.open_unix_connection(address.socket, limit=1 << 22)
        except (OSError, msgspec.DecodeError) as e:
            raise SessionError(
                f"session {folder.id} is not running; go on with it by: tui-aide resume {folder.id}"
            ) from e
        return cls(reader, writer)

    async def send(self, command: Command, timeout: float = 10.0) -> Reply:
        """Send a command and return the runner's answer.

        Raises:
            SessionError: the runner is gone, or silent for `timeout` seconds.
        """
        if self.closed.is_set():
            raise SessionError("the search is not running any more")
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            self._writer.write(msgspec.json.encode(command) + b"\n")
            await self._writer.drain()
            async with asyncio.timeout(timeout):
                return await future
        except (OSError, TimeoutError) as e:
            raise SessionError("the runner does not answer") from e

    async def _listen(self) -> None:
        decoder: Any = msgspec.json.Decoder(ToViewer)
        try:
            while line := await self._reader.readline():
                message = decoder.decode(line)
                if message.progress is not None:
                    self.progress = message.progress
                if message.reply is not None and self._waiting:
                    future = self._waiting.popleft()
                    if not future.done():
                        future.set_result(message.reply)
        except (OSError, msgspec.DecodeError, ValueError):
            pass
        finally:
            self.closed.set()
            self.progress = None
            for future in self._waiting:
                if not future.done():
                    future.set_exception(SessionError("the runner ended before it answered"))

    async def aclose(self) -> None:
        """Disconnect; the search goes on."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def send_once(folder: SessionFolder, command: Command) -> Reply:
    """Connect to the session's runner, send one command and return the answer.

    Raises:
        SessionError: no runner listens, or it does not answer.
    """
    client = await RunnerClient.connect(folder)
    try:
        return await client.send(command)
    finally:
        await client.aclose()

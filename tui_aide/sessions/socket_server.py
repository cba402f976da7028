"""The runner's end of its socket: takes commands from any number of viewers, pushes progress to them.

Who connects is of the runner's own user, or root. Whatever is sent, a viewer costs the engine little time and memory:
lines are bounded, commands come no faster than `_RATE`, and a viewer that does not read is told nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from tui_aide.errors import SessionError, TuiAideError
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.messages import RunnerAddress, ToViewer
from tui_aide.tree.commands import Command, Progress, Reply

LONGEST = 1 << 20
"""Bytes that a command may have."""

MOST_VIEWERS = 64

_PROGRESS_SECONDS = 0.25
_BACKLOG = 1 << 18
_RATE = 50.0
_BURST = 20
_LINE_SECONDS = 20.0
"""How long a line may take from its first byte to its end."""


class SocketServer:
    """Listens on a Unix socket in the runner's own temporary folder; its path stands in the session's runner.json.

    The socket is not in the session folder, since paths of sockets are limited to about 100 bytes and not every
    file system can hold one.
    """

    def __init__(
        self, folder: SessionFolder, handle: Callable[[Command], Awaitable[Reply]], progress: Callable[[], Progress]
    ) -> None:
        self._folder = folder
        self._handle = handle
        self._progress = progress
        self._viewers: dict[_Viewer, asyncio.Task[None]] = {}
        self._path: Path | None = None
        self._server: asyncio.Server | None = None
        self._pusher: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Listen, and tell viewers where.

        Raises:
            SessionError: no socket can be made.
        """
        try:
            self._path = Path(tempfile.mkdtemp(prefix="viewers-")) / "runner.sock"
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=LONGEST)
            self._path.chmod(0o600)
            self._announce()
        except OSError as e:
            raise SessionError(f"{self._folder.path}: no socket can be made for viewers: {e.strerror or e}") from e
        self._pusher = asyncio.create_task(self._push())

    def _announce(self) -> None:
        address = RunnerAddress(pid=os.getpid(), socket=str(self._path))
        write_atomically(self._folder.runner_file, msgspec.json.encode(address), durable=False)

    async def close(self) -> None:
        """Stop listening and remove what `start` made."""
        self._closed = True
        with contextlib.suppress(OSError):  # a disk that cannot be written any more; nobody listens there
            self._folder.runner_file.unlink(missing_ok=True)
        if self._server is not None:
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            await asyncio.sleep(0)  # who was accepted in this very moment comes to `_serve`, and is told
            self._server.close()
        tasks = [task for task in (self._pusher, *self._viewers.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
                self._path.parent.rmdir()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        viewer, task = _Viewer(reader, writer, self._handle), asyncio.current_task()
        refusal = "the search has ended" if self._closed else self._refusal(writer)
        if refusal:
            viewer.say(ToViewer(reply=Reply(False, refusal)))
            writer.close()
            return
        assert task is not None
        self._viewers[viewer] = task
        try:
            await viewer.serve()
        except (OSError, asyncio.CancelledError):
            pass  # it went away, or the runner ends
        finally:
            self._viewers.pop(viewer, None)
            writer.close()

    def _refusal(self, writer: asyncio.StreamWriter) -> str:
        """Return why a connection is not served, or an empty string."""
        user = _peer(writer)
        if user is not None and user not in (0, os.getuid()):
            return "this search is another user's"
        if len(self._viewers) >= MOST_VIEWERS:
            return f"there are {MOST_VIEWERS} viewers already; close one"
        return ""

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
                viewer.push(line)


class _Viewer:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Callable[[Command], Awaitable[Reply]]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
        self._allowance, self._counted = float(_BURST), time.monotonic()

    async def serve(self) -> None:
        """Answer its commands until it goes away, or sends what nobody should.

        Raises:
            OSError: it went away.
        """
        while True:
            try:
                line = await self._line()
            except (ValueError, asyncio.LimitOverrunError):
                self.say(ToViewer(reply=Reply(False, f"too long: a command has at most {LONGEST} bytes")))
                return
            except TimeoutError:
                self.say(ToViewer(reply=Reply(False, f"too slow: a command takes at most {_LINE_SECONDS:.0f} s")))
                return
            if not line:
                return
            self.say(ToViewer(reply=await self._answer(line)))
            await self._writer.drain()
            await self._wait_its_turn()

    async def _line(self) -> bytes:
        """Return the next line; a viewer may be silent as long as it likes, but not in the middle of one."""
        first = await self._reader.read(1)
        if first in (b"", b"\n"):
            return first
        async with asyncio.timeout(_LINE_SECONDS):
            return first + await self._reader.readline()

    async def _answer(self, line: bytes) -> Reply:
        try:
            return await self._handle(self._decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
            return Reply(False, f"not a command: {e}")
        except TuiAideError as e:
            return Reply(False, str(e))
        except Exception as e:  # noqa: BLE001 - a bug in one command must not end the viewer's connection
            return Reply(False, f"unexpected {type(e).__name__}: {e}; please report it")

    async def _wait_its_turn(self) -> None:
        """Let others run, and hold back a viewer that sends more than anybody can mean."""
        now = time.monotonic()
        self._allowance = min(float(_BURST), self._allowance + (now - self._counted) * _RATE) - 1.0
        self._counted = now
        await asyncio.sleep(max(0.0, -self._allowance / _RATE))

    def say(self, message: ToViewer) -> None:
        """Send a reply."""
        self._writer.write(msgspec.json.encode(message) + b"\n")

    def push(self, line: bytes) -> None:
        """Send a snapshot, unless those before were not taken yet."""
        if self._writer.transport.get_write_buffer_size() < _BACKLOG:
            with contextlib.suppress(OSError):
                self._writer.write(line)


def _peer(writer: asyncio.StreamWriter) -> int | None:
    """Return the user at the other end, None where the system does not tell."""
    end = writer.get_extra_info("socket")
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    try:
        _, user, _ = struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    except OSError:
        return -1
    return int(user)

"""The thread that carries a script's output from its pipes into the spool, in chunks, however fast it comes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tui_aide.errors import ExecutionError
from tui_aide.execution.outwaiting import outwait
from tui_aide.execution.spool import KEPT, Spool

_PIPE_BYTES = 1 << 20
_CHUNK = 1 << 18
_MARK_SECONDS = 0.2
_SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", None)


class Sink(Protocol):
    """What takes the output, from one thread: a `Spool`, or what sends it elsewhere.

    Attributes:
        total: bytes that were written.
        error: why no more is kept, such as a full disk.
    """

    total: int
    error: OSError | None

    def write(self, data: bytes | memoryview, *, stderr: bool = False) -> None:
        """Take output; the data is only good until this returns."""
        ...

    def write_marks(self) -> None:
        """Tell which bytes are stderr's, some times a second."""
        ...

    def close(self) -> None:
        """Take the end of the output."""
        ...


class Pump:
    """A thread that carries output into a sink until it ends, or until nobody waits for more.

    A thread, so that neither a slow disk holds up the event loop nor a busy loop the script.

    Attributes:
        done: done when all is in the sink and the sink is closed.
    """

    def __init__(self, sink: Sink, *opened: int) -> None:
        """Begin to read.

        Args:
            sink: what takes the output; it is closed at the end.
            opened: descriptors that are read from; they are closed at the end.

        Raises:
            ExecutionError: there are too many open files; sink and descriptors are closed then.
        """
        self._sink, self._opened = sink, opened
        try:
            self._stop, self._stopper = os.pipe()
        except OSError as error:
            for fd in opened:
                os.close(fd)
            sink.close()
            raise ExecutionError(f"no pipe for the output of a script: {error.strerror}.") from error
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._carry, name="output", daemon=True)
        self._thread.start()

    @property
    def total(self) -> int:
        """Bytes that came so far."""
        return self._sink.total

    @property
    def error(self) -> OSError | None:
        """Why the sink takes no more, such as a full disk; None while it does."""
        return self._sink.error

    async def close(self, patience: float = 1.0) -> None:
        """Wait until all that was written is in the sink; whoever still holds a pipe then is not waited for.

        A cancellation is kept until then.
        """
        cancelled = await outwait(self.done, seconds=patience)
        if self._stopper >= 0:
            os.close(self._stopper)
            self._stopper = -1
        if await outwait(self.done) or cancelled:
            raise asyncio.CancelledError

    def _carry(self) -> None:
        try:
            self._empty()
        finally:
            for fd in (*self._opened, self._stop):
                os.close(fd)
            self._sink.close()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _empty(self) -> None:
        """Read until all has ended, or until told to stop; what has come by then still counts."""
        poll = select.poll()
        for fd in (*self._opened, self._stop):
            poll.register(fd, select.POLLIN)
        buffer = memoryview(bytearray(_CHUNK))
        open_ends, stopping, told, left = set(self._opened), False, 0.0, 4 * _PIPE_BYTES
        while open_ends:
            ready = {fd for fd, _ in poll.poll(0 if stopping else 1000)}
            stopping |= self._stop in ready
            for fd in self._opened:
                if fd in ready and fd in open_ends:
                    count = self._read(fd, buffer)
                    left -= count if stopping else 0
                    if count:
                        self._take(fd, buffer[:count])
                    else:
                        poll.unregister(fd)
                        open_ends.discard(fd)
            if stopping and (left < 0 or not ready & open_ends):
                return
            if (now := time.monotonic()) - told > _MARK_SECONDS:
                told = now
                self._sink.write_marks()

    def _read(self, fd: int, buffer: memoryview) -> int:
        return os.readv(fd, [buffer])

    def _take(self, fd: int, data: memoryview) -> None:
        """Put what was read from a descriptor into the sink."""
        raise NotImplementedError


class OutputPump(Pump):
    """Two pipes whose writing ends a script gets as stdout and stderr, and the thread that empties them.

    Lines of the two streams that are written within the same moment may change places.

    Attributes:
        stdout: the writing end for stdout, and `stderr` that for stderr; to be let go of by `started`.
    """

    def __init__(self, output: Path, kept: int = KEPT, sink: Callable[[Path, int], Sink] = Spool) -> None:
        """Open the spool, which keeps `kept` bytes at each end, or what else `sink` makes of both, and begin to read.

        Raises:
            ExecutionError: the spool cannot be written, or there are too many open files.
        """
        spool = sink(output, kept)
        opened: list[int] = []
        try:
            for _ in range(2):
                opened += os.pipe()
        except OSError as error:
            for fd in opened:
                os.close(fd)
            spool.close()
            raise ExecutionError(f"no pipe for the output of {output.parent}: {error.strerror}.") from error
        self._out, self.stdout, self._err, self.stderr = opened
        if _SET_PIPE_SIZE is not None:
            for fd in (self._out, self._err):
                with contextlib.suppress(OSError):  # the user's pages for pipes are used up: slower, no worse
                    fcntl.fcntl(fd, _SET_PIPE_SIZE, _PIPE_BYTES)
        try:
            super().__init__(spool, self._out, self._err)
        except ExecutionError:
            self.started()
            raise

    def started(self) -> None:
        """Close our copies of the writing ends: the script has its own, or there is none."""
        for fd in (self.stdout, self.stderr):
            if fd >= 0:
                os.close(fd)
        self.stdout = self.stderr = -1

    async def close(self, patience: float = 1.0) -> None:
        """Wait until all that was written is in the spool; whoever still holds a pipe then is not waited for."""
        self.started()
        await super().close(patience)

    def _take(self, fd: int, data: memoryview) -> None:
        self._sink.write(data, stderr=fd == self._err)
